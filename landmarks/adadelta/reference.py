"""Zeiler, ADADELTA, 2012 (arXiv:1212.5701): Algorithm 1."""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, train


def start(r):
    return {"x_1": r.normal(size=5), "g": gradient, "g_t": gradient, r"\rho": 0.9, r"\epsilon": 1e-6, "T": STEPS}


CHECKS = (
    Check("1", "torch.optim.Adadelta", start, lambda i: train(torch.optim.Adadelta, i["x_1"], lr=1.0, rho=0.9, eps=1e-6),
          "60 steps; averages named E[g^2]_t", kind="algorithm"),
    Check("1", "torch.lerp", lambda r: {"E[g^2]_{t-1}": r.uniform(size=5), "g_t": r.normal(size=5), r"\rho": 0.9},
          lambda i: torch.lerp(torch.as_tensor(i["g_t"]) ** 2, torch.as_tensor(i["E[g^2]_{t-1}"]), 0.9)),
)
