"""Shazeer and Stern, Adafactor, 2018 (arXiv:1804.04235): Algorithm 4."""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, objective, train


def start(r):
    return {"X_0": r.normal(size=(3, 5)), "f_t": objective, "f": objective, "T": STEPS}


def factored(i):
    return train(torch.optim.Adafactor, i["X_0"], lr=1e-2, beta2_decay=-0.8, eps=(1e-30, 1e-3), d=1.0)


CHECKS = (Check("1", "torch.optim.Adafactor", start, factored, "60 steps, settings from the prose", kind="algorithm"),)
