"""Loshchilov and Hutter, SGDR, 2016 (arXiv:1608.03983)."""

import torch

from landmarks._format import Check


def restart(i):
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(opt, T_0=7, eta_min=0.01)
    for _ in range(3):
        opt.step()
        schedule.step()
    return schedule.get_last_lr()[0]


CHECKS = (
    Check("1", "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
          lambda r: {r"\eta^i_{min}": 0.01, r"\eta^i_{max}": 0.5, "T_{cur}": 3.0, "T_i": 7.0}, restart),
)
