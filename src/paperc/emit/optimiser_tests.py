"""`tests/test_optimisers.py` of a package: every optimiser class against the function of its algorithm."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.optimiser import Optimiser
from ..ir.optimiser_trial import Given, Trial, trial
from .equations import formatted

STEPS = 60

_HEAD = '''"""The optimisers: after {steps} steps each has the same parameters as the function of its algorithm.

The function sees all parameters as one vector, the class as tensors of several shapes. It is stopped half way, saved, and
goes on as another object.
"""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from {package} import algorithms, optimisers

STEPS = {steps}
SHAPES = ((3,), (2, 4), (), (5,))
MATRICES = ((3, 2), (2, 4))


def start(shapes: tuple[tuple[int, ...], ...] = SHAPES) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(sum(math.prod(s) for s in shapes), generator=generator, dtype=torch.float64)


def objective(theta: Tensor, *_: object) -> Tensor:
    x = theta.reshape(-1)
    return torch.sqrt(1 + x**2).sum() + 0.3 * torch.sin(0.7 * x[1:] + x[:-1]).sum()


def gradient(theta: Tensor, *_: object) -> Tensor:
    return torch.func.grad(objective)(theta)


def pieces(shapes: tuple[tuple[int, ...], ...]) -> list[nn.Parameter]:
    parts = start(shapes).split([math.prod(s) for s in shapes])
    return [nn.Parameter(part.clone().reshape(s)) for part, s in zip(parts, shapes)]


def trained(kind: type, settings: dict, shapes: tuple[tuple[int, ...], ...] = SHAPES) -> Tensor:
    params = pieces(shapes)
    optimiser = kind(params, **settings)

    def closure() -> Tensor:
        optimiser.zero_grad()
        if shapes is MATRICES:
            loss = torch.stack([objective(p) for p in params]).sum()
        else:
            loss = objective(torch.cat([p.reshape(-1) for p in params]))
        loss.backward()
        return loss

    for k in range(STEPS):
        if k == STEPS // 2:
            saved = optimiser.state_dict()
            optimiser = kind(params, **settings)
            optimiser.load_state_dict(saved)
        optimiser.step(closure)
    return torch.cat([p.detach().reshape(-1) for p in params])
'''


def emit_optimiser_tests(found: Sequence[Optimiser], package: str) -> str:
    """The text of the module, "" where there is nothing to try."""
    tests = [_test(o, how) for o in found if (how := trial(o, STEPS)) is not None]
    if not tests:
        return ""
    return formatted("\n\n".join([_HEAD.format(steps=STEPS, package=package), *tests]))


def _test(found: Optimiser, how: Trial) -> str:
    settings = ", ".join(f"{found.called[n]}={v!r}" for n, v in how.settings.items())
    given = ", ".join(f"{n}={_text(g, how)}" for n, g in how.arguments.items())
    if found.form == "matrix":
        shapes, expected = ", MATRICES", "torch.cat([whole(p.detach()).reshape(-1) for p in pieces(MATRICES)])"
    else:
        shapes, expected = "", "whole(start())"
    return f"""
def test_{found.program.name}() -> None:
    settings = dict({settings})

    def whole(theta: Tensor) -> Tensor:
        return algorithms.{found.program.name}({given})

    got = trained(optimisers.{found.class_name}, settings{shapes})
    torch.testing.assert_close(got, {expected}, rtol=1e-12, atol=1e-12)
"""


def _text(given: Given, how: Trial) -> str:
    match given.kind:
        case "start":
            return "theta"
        case "setting":
            return repr(how.settings[str(given.value)])
        case "number":
            return repr(given.value)
        case "series":
            return f"torch.full(({given.length},), {how.settings[str(given.value)]!r}, dtype=torch.float64)"
        case "function":
            return f"lambda t: {how.settings[str(given.value)]!r}"
        case "zeros":
            return f"torch.zeros({given.length}, dtype=torch.float64)"
    return given.kind
