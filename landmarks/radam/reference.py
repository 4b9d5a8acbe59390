"""Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, 2019 (arXiv:1908.03265): Algorithm 2.

torch asks for rho_t > 5 where the paper has 4; with beta_2 = 0.9 no step falls between the two.
"""

import numpy as np
import torch

from landmarks._format import Check
from landmarks._training import STEPS, objective, train

B2 = 0.9


def start(r):
    return {r"\theta_0": r.normal(size=5), "f_t": objective, "f": objective, r"\alpha": np.full(STEPS, 0.02), r"\alpha_t": np.full(STEPS, 0.02),
            r"\beta_1": 0.8, r"\beta_2": B2, "T": STEPS}


def rectified(i):
    t = np.arange(1, STEPS + 1)
    rho = 2 / (1 - B2) - 1 - 2 * t * B2**t / (1 - B2**t)
    assert not ((rho > 4) & (rho <= 5)).any()
    return train(torch.optim.RAdam, i[r"\theta_0"], lr=0.02, betas=(0.8, B2), eps=0.0)


CHECKS = (Check("1", "torch.optim.RAdam", start, rectified, "60 steps", kind="algorithm"),)
