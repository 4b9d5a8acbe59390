"""Watkins, 1989; Sutton and Barto, 2018; the recursion of Schulman et al., 2015, as a box."""

import numpy as np
import torch
from scipy.signal import lfilter
from torch.optim.swa_utils import get_ema_avg_fn

from landmarks._format import Check


def step(r):
    return {"V": lambda s: s**2, "s_t": 0.3, "s_{t+1}": -0.7, "r_{t+1}": 1.1, r"\gamma": 0.9}


def episode(r):
    return {"r": r.normal(size=60), "V": r.normal(size=61), r"\gamma": 0.95, r"\lambda": 0.9, "T": 60}


def advantages(i):
    delta = i["r"] + 0.95 * i["V"][1:] - i["V"][:-1]
    return lfilter([1.0], [1.0, -0.95 * 0.9], delta[::-1])[::-1].copy()


def transitions(r):
    return {"s": r.integers(0, 4, size=60), "a": r.integers(0, 3, size=60), "r": r.normal(size=60), "s'": r.integers(0, 4, size=60),
            r"\alpha": 0.3, r"\gamma": 0.9, "Q": r.normal(size=(4, 3)), "N": 60}


def table(i):
    """Each step by SGD on half the squared error of one entry."""
    q = torch.nn.Parameter(torch.as_tensor(i["Q"]).clone())
    opt = torch.optim.SGD([q], lr=0.3)
    for s, a, r, s2 in zip(i["s"], i["a"], i["r"], i["s'"], strict=True):
        opt.zero_grad()
        (0.5 * torch.nn.functional.mse_loss(q[s, a], r + 0.9 * q[s2].detach().amax())).backward()
        opt.step()
    return q.detach()


def tracked(i):
    average = get_ema_avg_fn(1 - 0.05)
    theta = torch.as_tensor(i[r"\theta"])
    target = theta[0]
    for t in range(1, 60):
        target = average(target, theta[t], t)
    return target


CHECKS = (
    Check("2", "numpy", step, lambda i: np.polyval([1, 0, 0], -0.7) * 0.9 + 1.1 - 0.09),
    Check("1", "scipy.signal.lfilter", episode, advantages, "60 steps, backwards", kind="algorithm"),
    Check("2", "torch.optim.SGD", transitions, table, "60 transitions, zero-based states and actions", kind="algorithm"),
    Check("3", "torch.optim.swa_utils.get_ema_avg_fn", lambda r: {r"\theta": r.normal(size=(60, 4)), "N": 60, "d": 4}, tracked,
          "60 steps, the rate from the prose", kind="algorithm"),
)
