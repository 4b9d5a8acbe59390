"""Kingma and Ba, Adam, 2014 (arXiv:1412.6980): Algorithms 1 and 2."""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, objective, train


def start(r):
    return {r"\theta_0": r.normal(size=5), "f": objective, "f_t": objective, r"\alpha": 0.05, "T": STEPS}


def adam(i):
    return train(torch.optim.Adam, i[r"\theta_0"], lr=0.05, betas=(0.9, 0.999), eps=1e-8)


def adamax(i):
    return train(torch.optim.Adamax, i[r"\theta_0"], lr=0.05, betas=(0.9, 0.999), eps=0.0)


CHECKS = (
    Check("1", "torch.optim.Adam", start, adam, "60 steps, defaults from the caption", kind="algorithm"),
    Check("2", "torch.optim.Adamax", start, adamax, "60 steps, defaults from the caption", kind="algorithm"),
)
