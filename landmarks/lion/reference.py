"""Chen et al., Symbolic Discovery of Optimization Algorithms, 2023 (arXiv:2302.06675): Algorithm 2.

torch has no Lion: the signed direction goes through torch.optim.SGD, whose decay adds lambda theta to it.
"""

import numpy as np
import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, objective


def start(r):
    return {r"\theta_0": r.normal(size=5), "f": objective, r"\eta": np.full(STEPS, 0.01), r"\lambda": 0.1, "T": STEPS}


def lion(i):
    p = torch.nn.Parameter(torch.as_tensor(i[r"\theta_0"]).clone())
    opt = torch.optim.SGD([p], lr=0.01, weight_decay=0.1)
    m = torch.zeros_like(p)
    for _ in range(STEPS):
        g = gradient(p.detach())
        p.grad = torch.lerp(g, m, 0.9).sign()
        m = torch.lerp(g, m, 0.99)
        opt.step()
    return p.detach()


CHECKS = (Check("1", "torch.optim.SGD(weight_decay)", start, lion, "60 steps", kind="algorithm"),)
