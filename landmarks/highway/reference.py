"""Srivastava et al., Highway Networks, 2015 (arXiv:1505.00387)."""

import torch

from landmarks._format import Check, tensors


def layer(r):
    return {r"\mathbf{x}": r.normal(size=5), r"\mathbf{W_H}": r.normal(size=(5, 5)), r"\mathbf{W_T}": r.normal(size=(5, 5)),
            "H": lambda x, w: torch.tanh(w @ x), "T": lambda x, w: torch.sigmoid(w @ x)}


def output(i):
    x, wh, wt = tensors(i, r"\mathbf{x}", r"\mathbf{W_H}", r"\mathbf{W_T}")
    return torch.lerp(x, torch.tanh(wh @ x), torch.sigmoid(wt @ x))


CHECKS = (Check("2", "torch.lerp", layer, output, "transforms as callables; y has two definitions"),)
