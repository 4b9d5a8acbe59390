"""Sun and Saenko, Deep CORAL, 2016 (arXiv:1607.01719)."""

import numpy as np

from landmarks._format import Check


def domains(r):
    return {"D_S": r.normal(size=(7, 3)), "D_T": r.normal(size=(5, 3)) * 2, "d": 3, "n_S": 7, "n_T": 5}


def covariances(i):
    return {"C_S": np.cov(i["D_S"], rowvar=False), "C_T": np.cov(i["D_T"], rowvar=False), r"\mathbf{x}": i["D_S"], r"\mathbf{u}": i["D_T"]}


CHECKS = (
    Check("1", "numpy.linalg.norm of numpy.cov", domains,
          lambda i: np.linalg.norm(covariances(i)["C_S"] - covariances(i)["C_T"], "fro") ** 2 / 36, "through Eqs. 2 and 3", derived=covariances),
    Check("2", "numpy.cov", domains, lambda i: covariances(i)["C_S"], derived=covariances),
)
