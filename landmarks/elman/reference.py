"""Pascanu et al., On the Difficulty of Training Recurrent Neural Networks, 2012 (arXiv:1211.5063)."""

import torch

from landmarks._format import Check, tensors

X, WR, WI = r"\mathbf{x}_{t-1}", r"\mathbf{W}_{rec}", r"\mathbf{W}_{in}"


def network(r):
    return {X: r.normal(size=3), r"\mathbf{u}_t": r.normal(size=5), WR: r.normal(size=(3, 3)), WI: r.normal(size=(3, 5)),
            r"\mathbf{b}": r.normal(size=3), r"\sigma": torch.tanh}


def step(i):
    x, u, wr, wi, b = tensors(i, X, r"\mathbf{u}_t", WR, WI, r"\mathbf{b}")
    return torch.nn.functional.linear(torch.tanh(x), wr, b) + torch.nn.functional.linear(u, wi)


def clip(i):
    (gradient,) = tensors(i, r"\frac{\partial\mathcal{E}}{\partial\theta}")
    p = torch.nn.Parameter(torch.zeros_like(gradient))
    p.grad = gradient.clone()
    norm = p.grad.norm()
    if norm >= i["threshold"]:  # torch adds 1e-6 to the norm: give it the threshold that cancels this
        torch.nn.utils.clip_grad_norm_([p], i["threshold"] * (1 + 1e-6 / norm.item()))
    return p.grad


CHECKS = (
    Check("1", "torch.nn.functional.linear", network, step),
    Check("1", "torch.nn.utils.clip_grad_norm_",
          lambda r: {r"\frac{\partial\mathcal{E}}{\partial\theta}": 4 * r.normal(size=7) ** 3, "threshold": 1.5},
          clip, kind="algorithm"),
)
