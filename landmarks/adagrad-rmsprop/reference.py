"""Goodfellow et al., Deep Learning, 2016: Algorithms 8.4 (Duchi et al., 2011) and 8.5 (Hinton, 2012).

RMSProp's constant stands under the root here and outside it in torch; the check sets it to zero.
"""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, objective, train

THETA = r"\bm{\theta}"


def start(r):
    return {THETA: r.normal(size=5), "L": objective, r"\epsilon": 0.1, r"\delta": 1e-7, "T": STEPS}


CHECKS = (
    Check("1", "torch.optim.Adagrad", start, lambda i: train(torch.optim.Adagrad, i[THETA], lr=0.1, eps=1e-7), "60 steps", kind="algorithm"),
    Check("2", "torch.optim.RMSprop", lambda r: start(r) | {r"\delta": 0.0, r"\rho": 0.9, r"\epsilon": 0.01},
          lambda i: train(torch.optim.RMSprop, i[THETA], lr=0.01, alpha=0.9, eps=0.0), "60 steps", kind="algorithm"),
)
