"""Foret et al., Sharpness-Aware Minimization, 2020 (arXiv:2010.01412): Eq. (2) and Algorithm 1."""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, objective

W = r"\bm{w}"


def start(r):
    return {rf"{W}_0": r.normal(size=5), W: r.normal(size=5), "L": objective, r"L_{\mathcal{S}}": objective, r"\eta": 0.03, r"\rho": 0.05,
            "T": STEPS, "p": 2.0, "q": 2.0}


def ascent(w):
    return 0.05 * torch.nn.functional.normalize(gradient(w), dim=0, eps=0.0)


def descend(i):
    p = torch.nn.Parameter(torch.as_tensor(i[rf"{W}_0"]).clone())
    opt = torch.optim.SGD([p], lr=0.03)
    for _ in range(STEPS):
        p.grad = gradient(p.detach() + ascent(p.detach()))
        opt.step()
    return p.detach()


CHECKS = (
    Check("1", "torch.nn.functional.normalize", start, lambda i: ascent(torch.as_tensor(i[W])), "dual norms; p from the prose, q by a relation"),
    Check("1", "torch.optim.SGD", start, descend, "60 steps", kind="algorithm"),
)
