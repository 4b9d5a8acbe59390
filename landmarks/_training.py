"""A smooth test objective, and how the reference optimisers of torch are driven over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

STEPS = 60


def objective(theta: torch.Tensor, *_: Any) -> torch.Tensor:
    """A coupled quartic (further arguments, such as the step or a mini-batch, do not matter)."""
    flat = theta.reshape(-1)
    return (flat**2).sum() / 2 + (flat**4).sum() / 10 + (flat[1:] * flat[:-1]).sum() / 5 + torch.sin(3 * flat).sum() / 3


def gradient(theta: torch.Tensor, *_: Any) -> torch.Tensor:
    return torch.func.grad(objective)(theta)


def train(optimiser: Callable[..., torch.optim.Optimizer], start: Any, steps: int = STEPS, **options: Any) -> torch.Tensor:
    """Parameters after so many steps from the start."""
    p = torch.nn.Parameter(torch.as_tensor(start, dtype=torch.float64).clone())
    opt = optimiser([p], **options)
    for _ in range(steps):
        opt.zero_grad()
        objective(p).backward()
        opt.step()
    return p.detach()
