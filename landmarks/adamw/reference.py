"""Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017 (arXiv:1711.05101): Algorithm 2.

The paper's decay is not scaled by the learning rate; torch's is.
"""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, train


def start(r):
    return {r"\boldsymbol{\theta}_{t=0}": r.normal(size=5), r"\boldsymbol{\theta}_0": r.normal(size=5), r"\text{SelectBatch}": gradient,
            r"\text{SetScheduleMultiplier}": lambda t: 1.0, r"\lambda": 0.02, r"\alpha": 0.05, "T": STEPS}


def adamw(i):
    return train(torch.optim.AdamW, i[r"\boldsymbol{\theta}_0"], lr=0.05, weight_decay=0.02 / 0.05)


CHECKS = (Check("1", "torch.optim.AdamW", lambda r: (lambda i: i | {r"\boldsymbol{\theta}_{t=0}": i[r"\boldsymbol{\theta}_0"]})(start(r)), adamw,
                "60 steps", kind="algorithm"),)
