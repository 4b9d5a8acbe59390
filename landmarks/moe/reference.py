"""Fedus et al., Switch Transformers, 2021 (arXiv:2101.03961)."""

import torch

from landmarks._format import Check, tensors


def router(r):
    return {r"\mathcal{B}": r.normal(size=(7, 3)), "W_r": r.normal(size=(3, 4)), "N": 4, "T": 7, "x": r.normal(size=3), "d": 3}


def probabilities(i):
    x, w = tensors(i, r"\mathcal{B}", "W_r")
    return (x @ w).softmax(-1)


def auxiliary(i):
    from transformers.models.switch_transformers.modeling_switch_transformers import load_balancing_loss_func

    p = probabilities(i)[None]
    return 0.01 * load_balancing_loss_func(p, p.argmax(-1))


def gate(i):
    x, w = tensors(i, "x", "W_r")
    return (x @ w).softmax(-1)


CHECKS = (
    Check("1", "transformers switch_transformers.load_balancing_loss_func", router, auxiliary, "through Eqs. 2-4",
          derived=lambda i: {"f": probabilities(i).argmax(-1).bincount(minlength=4) / 7.0, "P": probabilities(i).mean(0)}),
    Check("3", "torch.softmax", router, lambda i: probabilities(i).mean(0), "a sum over the batch as a set"),
    Check("4", "torch.softmax", router, gate, "an index on a function's value"),
)
