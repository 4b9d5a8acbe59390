"""Evidence: one record a check, one status an equation, and the machine-readable evidence.json."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
class Trial:
    """The emitted network trained on a small data set, with its contribution and without it, over paired seeds.

    Evidence that the contribution does something; no reproduction of any number of the paper.
    """

    data: str
    protocol: str
    metric: str
    higher_is_better: bool
    contribution: str
    """What the control goes without: "attention", "the activation"."""
    seeds: tuple[int, ...]
    whole: tuple[float, ...] = ()
    """The metric on rows kept back, a seed each."""
    control: tuple[float, ...] = ()
    interval: tuple[float, float] | None = None
    """95 % interval of the mean paired difference, whole − control; None where the trial did not run."""
    why: str = ""
    """Why it did not run."""

    def not_run(self, why: str) -> Trial:
        return replace(self, why=why)

    def ran(self, whole: tuple[float, ...], control: tuple[float, ...], interval: tuple[float, float]) -> Trial:
        return replace(self, whole=whole, control=control, interval=interval)

    @property
    def difference(self) -> float | None:
        """Mean of whole − control."""
        return sum(a - b for a, b in zip(self.whole, self.control)) / len(self.whole) if self.whole else None

    @property
    def finding(self) -> str:
        """What the interval says, in a word or two."""
        if self.interval is None:
            return f"not run: {self.why}"
        low, high = self.interval if self.higher_is_better else (-self.interval[1], -self.interval[0])
        return "helps" if low > 0 else "harms" if high < 0 else "no difference shown"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of the verify stage for a whole package."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    model: tuple[Check, ...] = ()
    """Checks of the whole model: parameter count, twin, causality, save/load, overfit."""
    sandbox: str = ""
    """The level of isolation that was reached."""
    trials: tuple[Trial, ...] = ()
    """Training of the emitted network on small data, beside its control."""
