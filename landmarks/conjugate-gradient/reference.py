"""Hestenes and Stiefel, 1952; notation of Saad, Iterative Methods for Sparse Linear Systems, 2003."""

import numpy as np
from scipy.sparse.linalg import cg

from landmarks._format import Check


def system(r):
    a = r.normal(size=(60, 60))
    return {"A": a @ a.T / 60 + np.eye(60), "b": r.normal(size=60), "x_0": r.normal(size=60), "m": 12, "n": 60}


CHECKS = (
    Check("1", "scipy.sparse.linalg.cg", system, lambda i: cg(i["A"], i["b"], x0=i["x_0"], rtol=0.0, atol=0.0, maxiter=12)[0],
          "12 iterations, before convergence", kind="algorithm"),
)
