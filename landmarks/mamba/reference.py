"""Gu and Dao, Mamba, 2023 (arXiv:2312.00752). The exponential is the matrix exponential."""

import numpy as np
from scipy.signal import cont2discrete

from landmarks._format import Check

A, B, C = r"\bm{A}", r"\bm{B}", r"\bm{C}"


def system(r):
    return {A: r.normal(size=(3, 3)), B: r.normal(size=(3, 1)), C: r.normal(size=(1, 3)), r"\Delta": 0.1, "h_{t-1}": r.normal(size=3),
            "x_t": 0.7, "N": 3}


def discrete(i):
    a, b, _, _, _ = cont2discrete((i[A], i[B], i[C], np.zeros((1, 1))), 0.1, method="zoh")
    return a, b


def state(i):
    a, b = discrete(i)
    return a @ i["h_{t-1}"] + b[:, 0] * 0.7


def barred(i):
    a, b = discrete(i)
    return {r"\overline{\bm{A}}": a, r"\overline{\bm{B}}": b}


CHECKS = (
    Check("1", "scipy.signal.cont2discrete", system, lambda i: discrete(i)[0], "a matrix exponential; two statements", defines=r"\overline{\bm{A}}"),
    Check("2", "scipy.signal.cont2discrete", system, state, "through Eq. 1", derived=barred),
    Check("3", "scipy.signal.cont2discrete", system, lambda i: i[C] @ state(i), "through Eqs. 1 and 2", derived=barred),
)
