"""Finn et al., Model-Agnostic Meta-Learning, 2017 (arXiv:1703.03400)."""

import torch

from landmarks._format import Check

CENTRES = (0.3, -0.7, 1.1)


def loss(c):
    return lambda theta: torch.cosh(theta - c).sum() + (theta**2).sum() ** 2 / 10


LOSSES = [loss(c) for c in CENTRES]


def tasks(r):
    return {r"\theta": r.normal(size=4), r"\alpha": 0.05, r"\beta": 0.03, r"\ell": LOSSES, "M": 3, "T": 50}


def meta(i):
    p = torch.nn.Parameter(torch.as_tensor(i[r"\theta"]).clone())
    opt = torch.optim.SGD([p], lr=0.03)
    for _ in range(50):
        opt.zero_grad()
        for f in LOSSES:
            (g,) = torch.autograd.grad(f(p), p, create_graph=True)
            f(p - 0.05 * g).backward()
        opt.step()
    return p.detach()


CHECKS = (Check("1", "torch.autograd.grad(create_graph)", tasks, meta, "50 steps; a callable for each task", kind="algorithm"),)
