"""van den Oord et al., Neural Discrete Representation Learning, 2017 (arXiv:1711.00937)."""

import numpy as np
from scipy.spatial import cKDTree

from landmarks._format import Check


def codebook(r):
    return {"e": r.normal(size=(7, 3)), "x": r.normal(size=3), "z_e": lambda x: x**2 - 0.3, "K": 7, "D": 3}


def nearest(i):
    return cKDTree(i["e"]).query(i["x"] ** 2 - 0.3)[1]


CHECKS = (
    Check("1", "scipy.spatial.cKDTree", codebook, lambda i: np.eye(7)[nearest(i)], "an argmin inside the condition of cases"),
    Check("2", "scipy.spatial.cKDTree", codebook, lambda i: i["e"][nearest(i)], "an index defined after the equation"),
)
