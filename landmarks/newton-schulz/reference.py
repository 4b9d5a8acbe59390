"""Bjorck and Bowie, 1971, as in Muon (Jordan et al., 2024); Denman and Beavers, 1976."""

import numpy as np
from scipy.linalg import polar, sqrtm

from landmarks._format import Check


def spd(r):
    a = r.normal(size=(4, 4))
    return {"A": a @ a.T + np.eye(4), "N": 50, "n": 4}


CHECKS = (
    Check("1", "scipy.linalg.polar", lambda r: {"G": r.normal(size=(5, 3)), "N": 60}, lambda i: polar(i["G"])[0], "60 steps", kind="algorithm"),
    Check("2", "scipy.linalg.sqrtm", lambda r: spd(r) | {"N": 50}, lambda i: sqrtm(i["A"]), "50 steps", kind="algorithm"),
)
