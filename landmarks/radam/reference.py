"""Liu et al., On the Variance of the Adaptive Learning Rate and Beyond, 2019 (arXiv:1908.03265): Algorithm 2.

torch rectifies from rho_t > 5 where the paper has 4, so the first steps, until both agree, are taken here by hand and
torch.optim.RAdam goes on from their state.
"""

import numpy as np
import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, objective

B1, B2, LR = 0.8, 0.9, 0.02


def start(r):
    return {r"\theta_0": r.normal(size=5), "f_t": objective, "f": objective, r"\alpha": np.full(STEPS, LR), r"\alpha_t": np.full(STEPS, LR),
            r"\beta_1": B1, r"\beta_2": B2, "T": STEPS}


def rectified(i):
    theta = torch.as_tensor(i[r"\theta_0"])
    m = v = torch.zeros(5, dtype=torch.float64)
    longest, t, rho = 2 / (1 - B2) - 1, 0, 0.0
    while rho <= 5:
        t += 1
        g = gradient(theta)
        m, v = torch.lerp(g, m, B1), torch.lerp(g**2, v, B2)
        rho = longest - 2 * t * B2**t / (1 - B2**t)
        step = m / (1 - B1**t)
        if rho > 4:
            step = step * np.sqrt((rho - 4) * (rho - 2) * longest / ((longest - 4) * (longest - 2) * rho)) / (v / (1 - B2**t)).sqrt()
        theta = theta - LR * step
    p = torch.nn.Parameter(theta)
    opt = torch.optim.RAdam([p], lr=LR, betas=(B1, B2), eps=0.0)
    opt.state[p] = {"step": torch.tensor(float(t)), "exp_avg": m, "exp_avg_sq": v}
    for _ in range(STEPS - t):
        p.grad = gradient(p.detach())
        opt.step()
    return p.detach()


CHECKS = (Check("1", "torch.optim.RAdam", start, rectified, "60 steps", kind="algorithm"),)
