"""Misra, Mish, 2019 (arXiv:1908.08681)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def points(r):
    return {"x": r.normal(size=13) * 2}


def slope(i):
    (x,) = tensors(i, "x")
    x.requires_grad_()
    return torch.autograd.grad(F.mish(x).sum(), x)[0]


CHECKS = (
    Check("1", "torch.nn.functional.mish", points, lambda i: F.mish(*tensors(i, "x"))),
    Check("2", "torch.autograd.grad of mish", points, slope, "two symbols defined after it, in prose"),
)
