"""Grill et al., Bootstrap Your Own Latent, 2020 (arXiv:2006.07733)."""

import torch
from torch.nn import functional as F
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.optim.swa_utils import get_ema_avg_fn

from landmarks._format import Check, tensors


def q(z):
    return torch.tanh(z) + z**2


def views(r):
    return {r"z_\theta": r.normal(size=5), r"z'_\xi": r.normal(size=5), r"q_\theta": q}


def loss(i):
    z, t = tensors(i, r"z_\theta", r"z'_\xi")
    return 5 * F.mse_loss(F.normalize(q(z), dim=0), F.normalize(t, dim=0))


def target(i):
    return get_ema_avg_fn(cosine(i))(*tensors(i, r"\xi", r"\theta"), 1)


def cosine(i):
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1 - 0.996)
    schedule = CosineAnnealingLR(opt, 100)
    for _ in range(30):
        opt.step()
        schedule.step()
    return 1 - schedule.get_last_lr()[0]


CHECKS = (
    Check("1", "torch.nn.functional.mse_loss of normalize", views, loss, "a chain of equalities that ends in a centred dot"),
    Check("2", "torch.optim.swa_utils.get_ema_avg_fn",
          lambda r: {r"\xi": r.normal(size=5), r"\theta": r.normal(size=5), "k": 30, "K": 100}, target, "through Eq. 3"),
    Check("3", "torch.optim.lr_scheduler.CosineAnnealingLR", lambda r: {"k": 30, "K": 100}, cosine),
)
