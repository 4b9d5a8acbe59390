"""Haarnoja et al., Soft Actor-Critic, 2018 (arXiv:1801.01290, arXiv:1812.05905)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors

S, A = r"\mathbf{s}_t", r"\mathbf{a}_t"


def density(a, s):
    """A normal density around half the state."""
    return torch.exp(torch.distributions.Normal(s / 2, 1.0).log_prob(a))


def data(r):
    return {S: r.normal(size=7), A: r.normal(size=7), r"\mathbf{s}_{t+1}": r.normal(size=7),
            r"Q_\theta": lambda s, a: s * a + a, r"\hat Q": lambda s, a: s - a**2}


def soft_bellman(i):
    s, a = tensors(i, S, A)
    return F.mse_loss(s * a + a, s - a**2) / 2


def target(i):
    return i["r"](0.3, -0.2) + 0.9 * torch.as_tensor(i[r"\mathbf{s}_{t+1}"]).square().mean()


def temperature(i):
    (a,) = tensors(i, A)
    return -0.2 * torch.distributions.Normal(0.4, 1.0).log_prob(a).mean() + 0.2 * 1.5


CHECKS = (
    Check("3", "torch.mean", lambda r: {S: 0.3, A: -0.2, r"\mathbf{s}_{t+1}": r.normal(size=7), "r": lambda s, a: s + a,
                                         r"V_{\bar\psi}": lambda s: s**2, r"\gamma": 0.9}, target),
    Check("4", "torch.distributions.Normal.log_prob", lambda r: {S: 0.8, A: r.normal(size=7), r"\pi_t": density, r"\alpha": 0.2,
                                                                 r"\bar{\mathcal{H}}": -1.5}, temperature),
)
