"""Zbontar et al., Barlow Twins, 2021 (arXiv:2103.03230)."""

import numpy as np

from landmarks._format import Check


def views(r):
    a, b = r.normal(size=(2, 7, 4))
    return {"z^A": a - a.mean(0), "z^B": b - b.mean(0)}


def correlation(i):
    return np.corrcoef(i["z^A"], i["z^B"], rowvar=False)[:4, 4:]


def loss(i):
    return np.linalg.norm(np.eye(4) - correlation(i), "fro") ** 2 - (1 - 5e-3) * (
        np.linalg.norm(correlation(i), "fro") ** 2 - np.linalg.norm(np.diag(correlation(i))) ** 2)


CHECKS = (
    Check("1", "numpy.corrcoef, numpy.linalg.norm", views, loss, derived=lambda i: {r"\mathcal{C}": correlation(i)}),
    Check("2", "numpy.corrcoef", views, correlation),
)
