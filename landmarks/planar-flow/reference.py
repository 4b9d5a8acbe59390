"""Rezende and Mohamed, Variational Inference with Normalizing Flows, 2015 (arXiv:1505.05770)."""

import torch
from torch.func import jacrev

from landmarks._format import Check, tensors

Z, U, W = r"\mathbf{z}", r"\mathbf{u}", r"\mathbf{w}"


def layer(r):
    return {Z: r.normal(size=4), U: r.normal(size=4), W: r.normal(size=4), "b": 0.3, "h": torch.tanh,
            "h'": lambda x: 1 - torch.tanh(x) ** 2, "D": 4}


def flow(i):
    u, w = tensors(i, U, W)
    return lambda z: z + u * torch.tanh(torch.dot(w, z) + 0.3)


def psi(i):
    z, w = tensors(i, Z, W)
    return jacrev(lambda z: torch.tanh(torch.dot(w, z) + 0.3))(z)


CHECKS = (
    Check("1", "torch.dot", layer, lambda i: flow(i)(*tensors(i, Z))),
    Check("2", "torch.func.jacrev", layer, psi, "the derivative of a given function"),
    Check("3", "torch.linalg.det of torch.func.jacrev", layer,
          lambda i: torch.linalg.det(jacrev(flow(i))(*tensors(i, Z))).abs(), "a chain that starts with a derivative"),
)
