"""Dinh et al., Density Estimation using Real NVP, 2016 (arXiv:1605.08803)."""

import torch
from torch.distributions import transforms

from landmarks._format import Check, tensors


def s(x):
    return torch.tanh(x) * 0.5


def t(x):
    return x**2


def vector(r):
    x = r.normal(size=6)
    return {"x": x, "x_{1:d}": x[:3], "x_{d+1:D}": x[3:], "d": 3, "D": 6, "s": s, "t": t, "b": (r.uniform(size=6) < 0.5) * 1.0}


def coupled(i):
    (x,) = tensors(i, "x")
    return transforms.AffineTransform(t(x[:3]), s(x[:3]).exp())(x[3:])


def masked(i):
    x, b = tensors(i, "x", "b")
    return torch.where(b > 0, x, transforms.AffineTransform(t(b * x), s(b * x).exp())(x))


CHECKS = (
    Check("2", "torch.distributions.AffineTransform", vector, coupled, "slices on both sides"),
    Check("5", "torch.distributions.AffineTransform", vector, masked),
)
