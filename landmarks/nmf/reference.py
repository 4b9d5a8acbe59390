"""Lee and Seung, Algorithms for Non-negative Matrix Factorization, 2001."""

import warnings

import numpy as np
from sklearn.decomposition import non_negative_factorization

from landmarks._format import Check


def factors(r):
    return {"V": r.uniform(0.1, 1, size=(6, 5)), "W": r.uniform(0.1, 1, size=(6, 2)), "H": r.uniform(0.1, 1, size=(2, 5)), "T": 50}


def product(i):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        w, h, _ = non_negative_factorization(i["V"], W=i["W"].copy(), H=i["H"].copy(), n_components=2, init="custom", solver="mu", max_iter=50, tol=0)
    return w @ h


def step(i):
    w, h = i["W"], i["H"]
    return h * np.linalg.multi_dot([w.T, i["V"]]) / np.linalg.multi_dot([w.T, w, h])


CHECKS = (
    Check("1", "numpy.linalg.multi_dot", factors, step, "entries of products; two updates in a display", defines="H"),
    Check("1", "sklearn.decomposition.non_negative_factorization", factors, product, "50 iterations", kind="algorithm"),
)
