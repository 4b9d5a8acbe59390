"""Dabney et al., Distributional Reinforcement Learning with Quantile Regression, 2017 (arXiv:1710.10044)."""

import torch
from sklearn.metrics import mean_pinball_loss
from torch.nn import functional as F

from landmarks._format import Check, tensors


def errors(r):
    return {"u": r.normal(size=9), r"\tau": 0.3, r"\kappa": 0.8}


def huber(i):
    (u,) = tensors(i, "u")
    return F.huber_loss(u, 0 * u, delta=0.8, reduction="none")


def asymmetric(i):
    (u,) = tensors(i, "u")
    return torch.where(u < 0, torch.full_like(u, 1 - 0.3), torch.full_like(u, 0.3)) * huber(i)


CHECKS = (
    Check("1", "sklearn.metrics.mean_pinball_loss", errors, lambda i: [mean_pinball_loss([u], [0.0], alpha=0.3) for u in i["u"]],
          "a delta that is an indicator"),
    Check("2", "torch.nn.functional.huber_loss", errors, huber),
    Check("3", "torch.nn.functional.huber_loss", errors, asymmetric),
)
