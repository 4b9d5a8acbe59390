"""How a landmark states what is known about a paper.

`landmarks/<slug>/paper.tex` prints the equations as the original does; `landmarks/<slug>/reference.py` computes the
same quantities with a library that never saw our parser, and lists them as `CHECKS`. Nothing here imports paperc:
the references must stay an oracle that does not share its reading of the formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Check:
    """One printed equation (or algorithm) with inputs and the value that a trusted implementation gives.

    `inputs` maps LaTeX symbols as printed to float64 arrays, floats, ints, or callables (networks, densities: the
    value first, then what it is conditioned on; they receive tensors). Hyper-parameters that the paper fixes may be
    left out. Stored labels are zero-based. More may be given than a function asks for, such as the size of a dim.
    """

    number: str  # as printed
    oracle: str  # dotted name of the trusted implementation, or "numpy" where no library has it
    inputs: Callable[[np.random.Generator], Inputs]
    expect: Callable[[Inputs], Any]  # over the free indices, then the symbol's own axes; NaN: not compared
    what: str = ""
    kind: str = "equation"  # or "algorithm"
    derived: Callable[[Inputs], Inputs] | None = None  # values the paper defines elsewhere, used only if asked for
    also: Callable[[Inputs], Any] | None = None  # another value that the paper leaves open as much
    defines: str = ""  # the left side that is meant, where one number holds several statements
    tolerance: float = 1e-9


def tensors(inputs: Inputs, *symbols: str) -> tuple[torch.Tensor, ...]:
    """The named inputs as tensors (float64, labels int64)."""
    return tuple(torch.as_tensor(inputs[s]) for s in symbols)


def evaluate(check: Check, seed: int) -> tuple[Inputs, list[np.ndarray]]:
    """Seeded inputs and the values that are right, as float64 arrays."""
    inputs = check.inputs(np.random.default_rng(seed))
    return inputs, [_array(f(inputs)) for f in (check.expect, check.also) if f]


def _array(value: Any) -> np.ndarray:
    return np.asarray(value.detach().numpy() if isinstance(value, torch.Tensor) else value, dtype=np.float64)
