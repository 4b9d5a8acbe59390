"""van Hasselt et al., Deep Reinforcement Learning with Double Q-learning, 2015 (arXiv:1509.06461)."""

import numpy as np
import torch

from landmarks._format import Check, tensors


def q(s, a, theta):
    """Value of action number a (zero-based) in state s under parameters theta (actions, states)."""
    return theta[a] @ s


def step(r):
    return {"R_{t+1}": 0.3, "S_{t+1}": r.normal(size=3), r"\boldsymbol{\theta}_t": r.normal(size=(4, 3)),
            r"\boldsymbol{\theta}^-_t": r.normal(size=(4, 3)), "Q": q, r"\gamma": 0.9, "m": 4, "a": np.arange(4)}


def target(i):
    s, old = tensors(i, "S_{t+1}", r"\boldsymbol{\theta}^-_t")
    return 0.3 + 0.9 * (old @ s).amax()


def double(i):
    s, new, old = tensors(i, "S_{t+1}", r"\boldsymbol{\theta}_t", r"\boldsymbol{\theta}^-_t")
    return 0.3 + 0.9 * (old @ s).gather(0, (new @ s).argmax(keepdim=True))[0]


CHECKS = (
    Check("1", "torch.amax", step, target, "a maximum over the actions"),
    Check("2", "torch.gather", step, double, "an argmax as an argument"),
)
