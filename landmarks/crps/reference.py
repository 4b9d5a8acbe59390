"""Gneiting et al., Calibrated Probabilistic Forecasting, 2005."""

import numpy as np
from scipy.integrate import quad
from scipy.stats import norm

from landmarks._format import Check


def forecast(r):
    return {"x": float(r.normal()), r"\mu": 0.3, r"\sigma": 1.4}


def integral(i):
    f, x = norm(0.3, 1.4).cdf, i["x"]
    options = {"epsabs": 1e-14, "epsrel": 1e-13, "limit": 200}
    return quad(lambda y: f(y) ** 2, -30, x, **options)[0] + quad(lambda y: (1 - f(y)) ** 2, x, 30, **options)[0]


def ensemble(i):
    x, y = np.sort(i["x"]), i["y"]
    knots = np.sort(np.append(x, y))
    steps = np.diff(knots)
    cdf = np.searchsorted(x, knots[:-1], side="right") / len(x)
    return np.sum(steps * (cdf - (knots[:-1] >= y)) ** 2)


CHECKS = (
    Check("2", "scipy.integrate.quad of Eq. 1", forecast, integral, "the closed form against the defining integral"),
    Check("3", "numpy: the integral of step functions", lambda r: {"x": r.normal(size=7), "y": 0.4, "M": 7}, ensemble),
)
