"""Dozat, Incorporating Nesterov Momentum into Adam, 2016, with a constant momentum.

torch.optim.NAdam schedules its momentum by a decay; with the schedule frozen it multiplies beta_1 by 1/2, so the
reference steps the formula with torch.optim.NAdam only where the two agree: here, plainly in numpy.
"""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, objective


def start(r):
    return {r"\theta_0": r.normal(size=5), "f": objective, r"\alpha": 0.05, r"\mu": 0.9, r"\nu": 0.99, r"\epsilon": 1e-8, "T": STEPS}


def nadam(i):
    theta = torch.as_tensor(i[r"\theta_0"])
    m = n = torch.zeros(5, dtype=torch.float64)
    for t in range(1, STEPS + 1):
        g = gradient(theta)
        m, n = torch.lerp(g, m, 0.9), torch.lerp(g**2, n, 0.99)
        look = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * g / (1 - 0.9**t)
        theta = theta - 0.05 * look / ((n / (1 - 0.99**t)).sqrt() + 1e-8)
    return theta


CHECKS = (Check("1", "numpy", start, nadam, "60 steps", kind="algorithm"),)
