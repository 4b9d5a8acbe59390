"""Watkins, 1989; Sutton and Barto, 2018; the recursion of Schulman et al., 2015, as a box."""

import numpy as np
from scipy.signal import lfilter

from landmarks._format import Check


def step(r):
    return {"V": lambda s: s**2, "s_t": 0.3, "s_{t+1}": -0.7, "r_{t+1}": 1.1, r"\gamma": 0.9}


def episode(r):
    return {"r": r.normal(size=60), "V": r.normal(size=61), r"\gamma": 0.95, r"\lambda": 0.9, "T": 60}


def advantages(i):
    delta = i["r"] + 0.95 * i["V"][1:] - i["V"][:-1]
    return lfilter([1.0], [1.0, -0.95 * 0.9], delta[::-1])[::-1].copy()


CHECKS = (
    Check("2", "numpy", step, lambda i: np.polyval([1, 0, 0], -0.7) * 0.9 + 1.1 - 0.09),
    Check("1", "scipy.signal.lfilter", episode, advantages, "60 steps, backwards", kind="algorithm"),
)
