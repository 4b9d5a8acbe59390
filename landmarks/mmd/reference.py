"""Gretton et al., A Kernel Two-Sample Test, 2012."""

import numpy as np
from sklearn.metrics.pairwise import rbf_kernel

from landmarks._format import Check


def samples(r):
    return {"x": r.normal(size=(5, 3)), "y": r.normal(size=(7, 3)) + 0.5, "m": 5, "n": 7, "k": lambda a, b: (-((a - b) ** 2).sum(-1)).exp()}


def gram(i):
    return rbf_kernel(i["x"], i["x"], 1.0), rbf_kernel(i["y"], i["y"], 1.0), rbf_kernel(i["x"], i["y"], 1.0)


def unbiased(i):
    a, b, c = gram(i)
    off = lambda g: g[~np.eye(len(g), dtype=bool)].mean()  # noqa: E731
    return off(a) + off(b) - 2 * c.mean()


def biased(i):
    a, b, c = gram(i)
    return np.sqrt(a.mean() - 2 * c.mean() + b.mean())


CHECKS = (
    Check("1", "sklearn.metrics.pairwise.rbf_kernel", samples, unbiased, "a continued row; a kernel as a callable"),
    Check("2", "sklearn.metrics.pairwise.rbf_kernel", samples, biased, "a double limit m,n"),
)
