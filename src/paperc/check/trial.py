"""Runs of the user's code in the sandbox, and whether what it gave is what the equation gives.

The equation's values never enter the sandbox: code that wanted to look right would have to compute it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import Diagnostic, Severity, UsageError
from ..verify.cases import error_of
from ..verify.execute import CallSpec, Outcome, Session
from .code import Code, looked
from .inputs import Drawn, call
from .model import Candidate, Plan

TOLERANCE = 1e-8
SINGLE = 1e-4
"""Where the code computes in single precision."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One plan for one pair of an equation and a candidate."""

    drawn: Drawn
    candidate: Candidate
    plan: Plan
    tensors: bool = True
    """Scalars are given as tensors; else as Python's numbers."""


@dataclass(frozen=True, slots=True)
class Match:
    """How near a result came."""

    error: float | str
    """A text where the result is no such array at all."""
    tolerance: float = TOLERANCE
    notes: tuple[str, ...] = ()
    reading: str = ""
    """How the result was held against the equation's: see `_readings`."""
    shape: tuple[int, ...] = ()
    """Of the result as the code gave it."""
    member: int = 0

    @property
    def equal(self) -> bool:
        return isinstance(self.error, float) and self.error <= self.tolerance

    @property
    def comparable(self) -> bool:
        return isinstance(self.error, float)


class Runs:
    """Runs trials of one piece of code, and remembers the level of isolation and the outcomes. Use as a context."""

    def __init__(self, code: Code, seconds: int = 120) -> None:
        self.code, self.seconds, self.level, self.problem = code, seconds, "", ""
        self._folders = ExitStack()
        self._session: Session | None = None

    def __enter__(self) -> Runs:
        folder = Path(self._folders.enter_context(tempfile.TemporaryDirectory(prefix="paperc-code-")))
        self.code.stage(folder)
        self._session = self._folders.enter_context(Session(folder, self.seconds))
        return self

    def __exit__(self, *_: object) -> None:
        self._folders.close()

    def looked(self, code: Code) -> Code:
        """The code with what its installed modules have. Raises UsageError where they cannot be imported."""
        assert self._session is not None
        if not code.installed:
            return code
        said = self._session.look(code.installed)
        if isinstance(said, str):
            message = f"{', '.join(m for m, _ in code.installed)} cannot be imported: {said[-300:]}"
            raise UsageError(Diagnostic("no-code", message, severity=Severity.ERROR))
        return looked(code, said)

    def run(self, calls: Sequence[CallSpec]) -> Mapping[str, Outcome]:
        """The outcomes by id; where one call takes the process down, each piece of code runs alone."""
        assert self._session is not None
        if not calls:
            return {}
        run = self._session.run(calls)
        self.level = run.level
        if not run.problem:
            return run.outcomes
        self.problem = run.problem
        out: dict[str, Outcome] = {}
        for name in dict.fromkeys((c.module, c.name) for c in calls):
            own = [c for c in calls if (c.module, c.name) == name]
            out |= self._session.run(own, min(self.seconds, 20)).outcomes
        return out

    def trials(self, trials: Sequence[Trial], case: int) -> list[Outcome]:
        """What each trial gives on one case."""
        return [found[0] for found in self.all_cases(trials, (case,))]

    def all_cases(self, trials: Sequence[Trial], cases: Sequence[int]) -> list[list[Outcome]]:
        """What each trial gives on each of some cases, all in one run."""
        calls: list[CallSpec] = []
        for k, t in enumerate(trials):
            for n in cases:
                if n < len(t.drawn.cases) and (c := call(t.drawn, n, t.plan, t.candidate, f"t{k}.{n}")) is not None:
                    calls.append(replace(c, scalars_as_tensors=t.tensors))
        outcomes = self.run(calls)
        missing = Outcome(error="the inputs do not fit")
        return [[outcomes.get(f"t{k}.{n}", missing) for n in cases] for k in range(len(trials))]


def has_scalars(trial: Trial) -> bool:
    """Whether it makes a difference if numbers are tensors."""
    c = call(trial.drawn, 0, trial.plan, trial.candidate, "")
    return c is not None and any(isinstance(v, float) for v in c.arguments.values())


_SINGLE = re.compile(r"float32|float16|\.float\(\)|\.half\(\)")


def compare(trial: Trial, outcome: Outcome, expected: Any) -> Match:
    """`match`, with the tolerance of single precision where the code turns to it inside."""
    return match(outcome, expected, trial.plan.lead, bool(_SINGLE.search(trial.candidate.text)))


def match(outcome: Outcome, expected: Any, lead: int, single: bool = False) -> Match:
    """The user's result against the equation's: as it is, a member of a tuple, without axes of length one, a batch's mean."""
    if outcome.error:
        return Match(outcome.error)
    if expected is None or not np.all(np.isfinite(expected)):
        return Match("the equation has no value there")
    tolerance = SINGLE if single or outcome.dtype in ("float32", "bfloat16", "float16") else TOLERANCE
    notes = ("it computes in single precision",) if tolerance == SINGLE else ()
    best = Match("no array came back", tolerance)
    for k, value in enumerate((outcome.value, *outcome.more)):
        if value is None:
            continue
        for array, reference, note in _readings(np.asarray(value), np.asarray(expected), lead):
            error = error_of(array, reference, tolerance)
            member = (f"member {k + 1} of its tuple",) if k else ()
            said = (*notes, *member, *((note,) if note else ()))
            found = Match(error, tolerance, said, note, np.shape(value), k)
            if found.equal:
                return found
            if found.comparable and (not best.comparable or float(found.error) < float(best.error)):
                best = found
            elif not best.comparable and k == 0:
                best = replace(found, error=error)
    return best


def weights_of(matched: Match, expected: Any, lead: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Weights of the equation's elements, and of the code's, under which both weighted sums are the same number; None for
    the code's where its result is held otherwise."""
    if matched.member:
        return None, None
    if matched.reading.startswith("the mean over") or matched.reading.startswith("the sum over"):
        weights = rng.normal(size=expected.shape[1:])
        count = len(expected) if "mean" in matched.reading else 1
        return np.broadcast_to(weights, expected.shape) / count, weights
    if matched.reading in ("the mean of its result", "the sum of its result"):
        weight = float(rng.normal())
        count = int(np.prod(matched.shape)) if "mean" in matched.reading else 1
        return np.asarray(weight), np.full(matched.shape, weight / count)
    weights = rng.normal(size=expected.shape)
    if matched.reading == "the result transposed":
        return weights, np.ascontiguousarray(np.swapaxes(weights, -1, -2)).reshape(matched.shape)
    return weights, weights.reshape(matched.shape)


def _readings(value: Any, expected: Any, lead: int) -> list[tuple[Any, Any, str]]:
    """Ways to hold two arrays against each other, and how to say so."""
    if lead == 2 and value.shape[:2] == (2, 2):
        value = value.reshape(4, *value.shape[2:])
    out: list[tuple[Any, Any, str]] = []
    if value.shape == expected.shape:
        out.append((value, expected, ""))
    elif tuple(s for s in value.shape if s != 1) == tuple(s for s in expected.shape if s != 1):
        out.append((value.reshape(expected.shape), expected, "axes of length one left out"))
    elif value.ndim == expected.ndim >= 2 and np.swapaxes(value, -1, -2).shape == expected.shape:
        out.append((np.swapaxes(value, -1, -2), expected, "the result transposed"))
    if lead and value.shape == expected.shape[1:]:
        out += [
            (value, expected.mean(0), "the mean over the batch"),
            (value, expected.sum(0), "the sum over the batch"),
        ]
    if not lead and value.ndim == expected.ndim + 1 == 1 and value.size > 1:
        out += [(value.mean(), expected, "the mean of its result"), (value.sum(), expected, "the sum of its result")]
    return out or [(value, expected, "")]
