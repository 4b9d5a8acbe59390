"""Ba et al., Layer Normalization, 2016 (arXiv:1607.06450)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def recurrent(r):
    return {
        r"\mathbf{x}^t": r.normal(size=3), "h^{t-1}": r.normal(size=5), "W_{hh}": r.normal(size=(5, 5)),
        "W_{xh}": r.normal(size=(5, 3)), r"\mathbf{g}": r.normal(size=5), r"\mathbf{b}": r.normal(size=5),
        "f": torch.tanh, "H": 5,
    }


def summed(i):
    x, h, whh, wxh = tensors(i, r"\mathbf{x}^t", "h^{t-1}", "W_{hh}", "W_{xh}")
    return F.linear(h, whh) + F.linear(x, wxh)


def normed(i):
    g, b = tensors(i, r"\mathbf{g}", r"\mathbf{b}")
    return torch.tanh(F.layer_norm(summed(i), (5,), g, b, eps=0.0))


def statistics(i):
    return {r"\mathbf{a}^t": summed(i).numpy(), r"\mu^t": summed(i).mean().item(),
            r"\sigma^t": summed(i).std(correction=0).item()}


CHECKS = (
    Check("2", "torch.nn.functional.linear", recurrent, summed),
    Check("3", "torch.nn.functional.layer_norm", recurrent, normed, derived=statistics),
)
