"""Evidence: one record a check, one status an equation, and the machine-readable evidence.json."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Status = Literal["read", "parsed", "typed", "runs", "conforms", "corroborated"]
LADDER: tuple[Status, ...] = ("read", "parsed", "typed", "runs", "conforms", "corroborated")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried, and what was seen."""

    name: str
    """ "runs", "conforms", "gradient", "property: …", "oracle: torch.nn.functional.…", "normalises" …"""
    passed: bool
    observed: float | str
    """The largest relative error seen, or a short text."""
    tolerance: float | str
    oracle: str
    dtype: str = "float64"
    seed: int = 0
    sandbox: str = ""
    step: Status | None = None
    """The rung of the ladder that this check proves when it passes."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """How many planted faults the checks would have caught."""

    tried: int = 0
    killed: int = 0
    survivors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found for one compiled equation or algorithm."""

    equation: str
    status: Status
    checks: tuple[Check, ...] = ()
    mutation: Mutation = Mutation()


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of the verify stage for a whole package."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    model: tuple[Check, ...] = ()
    """Checks of the whole model: parameter count, twin, causality, save/load, overfit."""
    sandbox: str = ""
    """The level of isolation that was reached."""
