"""Schulman et al., High-Dimensional Continuous Control Using Generalized Advantage Estimation, 2015 (arXiv:1506.02438).

The last exponent is T-t+1 in the original, an off-by-one: the sum of the printed pattern ends in T-t-1.
"""

import numpy as np
from scipy.signal import lfilter

from landmarks._format import Check


def trajectory(r):
    s = r.normal(size=8)
    return {"r": r.normal(size=7), "s": s, "V": lambda s: s**2, r"\gamma": 0.9, r"\lambda": 0.8, "T": 7}


def residuals(i):
    v = i["s"] ** 2
    return i["r"] + 0.9 * v[1:] - v[:-1]


def advantages(i):
    return lfilter([1.0], [1.0, -0.9 * 0.8], residuals(i)[::-1])[::-1].copy()


CHECKS = (
    Check("2", "scipy.signal.lfilter", trajectory, advantages, "an ellipsis whose last term disagrees with the pattern",
          derived=lambda i: {r"\delta": residuals(i)}),
    Check("3", "numpy", lambda r: {"r_t": 0.7, "s_t": 1.3, "s_{t+1}": -0.4, "V": lambda s: s**2, r"\gamma": 0.9},
          lambda i: 0.7 + 0.9 * 0.4**2 - 1.3**2, "one step"),
)
