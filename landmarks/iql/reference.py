"""Kostrikov et al., Offline Reinforcement Learning with Implicit Q-Learning, 2021 (arXiv:2110.06169)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def data(r):
    return {"s": r.normal(size=7), "a": r.normal(size=7), "s'": r.normal(size=7), r"\tau": 0.7, r"\gamma": 0.9, r"\beta": 0.5,
            r"Q_{\hat{\theta}}": lambda s, a: s * a + a, r"Q_\theta": lambda s, a: s - a**2, r"V_\psi": lambda s: s**2 / 2,
            "r": lambda s, a: s + a, r"\pi_\phi": lambda a, s: 1 / (2 + (a - s) ** 2)}


def weights(u):
    """The expectile's weight of an error: |tau - 1(u < 0)|."""
    return torch.where(u < 0, torch.full_like(u, 1 - 0.7), torch.full_like(u, 0.7))


def asymmetric(u):
    return F.mse_loss(u, 0 * u, weight=weights(u), reduction="none")


def value(i):
    s, a = tensors(i, "s", "a")
    q, v = s * a + a, s**2 / 2
    return F.mse_loss(v, q, weight=weights(q - v), reduction="sum") / 7


def critic(i):
    s, a, t = tensors(i, "s", "a", "s'")
    return F.mse_loss(s - a**2, s + a + 0.9 * t**2 / 2)


def actor(i):
    s, a = tensors(i, "s", "a")
    return -F.l1_loss(torch.exp(0.5 * (s * a + a - s**2 / 2)) * torch.log(2 + (a - s) ** 2), 0 * s)


CHECKS = (
    Check("2", "torch.nn.functional.mse_loss(weight)", lambda r: {"u": r.normal(size=9), r"\tau": 0.7},
          lambda i: asymmetric(*tensors(i, "u"))),
    Check("3", "torch.nn.functional.mse_loss(weight)", data, value),
    Check("4", "torch.nn.functional.mse_loss", data, critic),
    Check("5", "torch.nn.functional.l1_loss", data, actor),
)
