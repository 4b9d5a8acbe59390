"""Hinton et al., Distilling the Knowledge in a Neural Network, 2015 (arXiv:1503.02531)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def logits(r):
    return {"z": r.normal(size=5), "v": r.normal(size=5), "T": 3.0}


def gradient(i):
    z, v = tensors(i, "z", "v")
    return torch.func.grad(lambda z: F.cross_entropy(z[None] / 3.0, F.softmax(v / 3.0, -1)[None]))(z)


CHECKS = (
    Check("1", "torch.nn.functional.softmax", logits, lambda i: F.softmax(tensors(i, "z")[0] / 3.0, -1)),
    Check("2", "torch.func.grad of cross_entropy", logits, gradient, "a chain; a printed derivative",
          derived=lambda i: {"p": F.softmax(tensors(i, "v")[0] / 3.0, -1)}),
)
