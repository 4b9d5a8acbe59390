"""He et al., Momentum Contrast, 2019 (arXiv:1911.05722)."""

import torch
from torch.nn import functional as F
from torch.optim.swa_utils import get_ema_avg_fn

from landmarks._format import Check, tensors


def dictionary(r):
    k = r.normal(size=(6, 3)) * 0.3
    return {"q": r.normal(size=3) * 0.3, "k": k, "k_+": k[0], "K": 5}


def loss(i):
    q, k = tensors(i, "q", "k")
    return F.cross_entropy((k @ q)[None] / 0.07, torch.tensor([0]))


def parameters(r):
    return {r"\theta_\textrm{k}": r.normal(size=7), r"\theta_\textrm{q}": r.normal(size=7)}


CHECKS = (
    Check("1", "torch.nn.functional.cross_entropy", dictionary, loss, "the value of tau from the prose"),
    Check("2", "torch.optim.swa_utils.get_ema_avg_fn", parameters,
          lambda i: get_ema_avg_fn(0.999)(*tensors(i, r"\theta_\textrm{k}", r"\theta_\textrm{q}"), 1)),
)
