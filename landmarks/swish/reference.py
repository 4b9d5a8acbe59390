"""Ramachandran et al., Searching for Activation Functions, 2017 (arXiv:1710.05941)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def points(r):
    return {"x": r.normal(size=13) * 3, r"\beta": 1.0}


def slope(i):
    (x,) = tensors(i, "x")
    x.requires_grad_()
    return torch.autograd.grad(F.silu(x).sum(), x)[0]


CHECKS = (
    Check("1", "torch.nn.functional.silu", points, lambda i: F.silu(*tensors(i, "x"))),
    Check("2", "torch.autograd.grad of silu", points, slope, derived=lambda i: {"f": F.silu}),
)
