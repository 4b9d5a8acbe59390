"""Defazio et al., The Road Less Scheduled, 2024 (arXiv:2405.15682): Eqs. (3)-(5) and Algorithm 1."""

import numpy as np
import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, objective


def state(r):
    return {"z_t": r.normal(size=5), "x_t": r.normal(size=5), r"\beta": 0.9, r"\gamma": 0.1, "f": objective, r"\zeta_t": 0.0, "t": 3}


def start(r):
    return {"x_1": r.normal(size=5), r"\gamma": 0.05, r"\lambda": 0.01, r"T_{\text{warmup}}": 10, r"\beta_1": 0.9, r"\beta_2": 0.99,
            r"\epsilon": 1e-8, "f": objective, r"\zeta": np.zeros(STEPS), "T": STEPS}


def averaged(i):
    """The average is kept as a weighted mean over the whole history, not by the printed recurrence."""
    x = torch.as_tensor(i["x_1"])
    z, v, history, weights = x, torch.zeros_like(x), [], []
    for t in range(1, STEPS + 1):
        y = torch.lerp(z, x, 0.9)
        g = gradient(y)
        v = torch.lerp(g**2, v, 0.99)
        lr = 0.05 * min(1, t / 10)
        z = z - lr * (g / ((v / (1 - 0.99**t)).sqrt() + 1e-8) + 0.01 * y)
        history.append(z.numpy()), weights.append(lr**2)
        x = torch.as_tensor(np.average(history, axis=0, weights=weights))
    return x


def interpolated(i):
    return torch.lerp(*(torch.as_tensor(i[s]) for s in ("z_t", "x_t")), 0.9)


CHECKS = (
    Check("1", "torch.lerp", state, interpolated),
    Check("2", "torch.func.grad", state, lambda i: torch.as_tensor(i["z_t"]) - 0.1 * gradient(interpolated(i)), "through Eq. 1",
          derived=lambda i: {"y_t": interpolated(i)}),
    Check("1", "numpy.average", start, averaged, "60 steps; a subgradient by membership", kind="algorithm"),
)
