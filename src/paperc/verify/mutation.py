"""Could the checks have failed at all? Faults are planted in the emitted code, and must be caught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..ir.node import Function, Gradient
from .cases import (
    DERIVED_RTOL,
    GRADIENT_RTOL,
    RTOL,
    Case,
    Prepared,
    contains,
    error_of,
    passes,
    prepare,
    slope_error,
)
from .execute import CallSpec, Outcome, run_calls
from .mutants import Mutant, mutants
from .record import Mutation, Verdict

AGAIN = tuple((k % 3, 20 + k) for k in range(6))
"""Sizes and seeds of further inputs on which a survivor must differ from the original, or it is the same function."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The outcome for one function."""

    tried: int
    killed: int
    equivalent: int
    survivors: tuple[Mutant, ...]

    @property
    def record(self) -> Mutation:
        listed = tuple(f"line {m.line}: {m.operator}: {m.before} -> {m.after}" for m in self.survivors)
        return Mutation(self.tried, self.killed, listed)


def mutate_functions(
    package: Path,
    functions: Sequence[Function],
    module: str = "equations",
    limit: int = 40,
    seconds: int = 300,
    cases: int = 2,
) -> dict[str, Survey]:
    """Kill counts by function id. At most `limit` mutants a function, spread evenly over all.

    A mutant is killed if a call fails, or its value or gradient no longer conforms. One that equals the original on all
    further inputs, in value and gradient, is the same function and does not count.
    """
    by_id = {f.id: f for f in functions}
    text = (package / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    prepared = {f.id: prepare(f, by_id) for f in functions}
    planted = {f.id: some(mutants(text, f.name), limit) for f in functions if prepared[f.id].cases}
    calls = [
        c
        for id, found in planted.items()
        for k, m in enumerate(found)
        for c in _calls(prepared[id], _few(prepared[id], cases), module, f"{id}#{k}", m.source)
    ]
    run = run_calls(package, calls, seconds)
    alive: dict[str, list[int]] = {}
    for id, found in planted.items():
        alive[id] = [k for k in range(len(found)) if not _killed(prepared[id], run.outcomes, f"{id}#{k}", by_id, cases)]
    same = _equivalent(package, planted, alive, by_id, module, seconds)
    out: dict[str, Survey] = {}
    for id, found in planted.items():
        left = [k for k in alive[id] if k not in same[id]]
        tried = len(found) - len(same[id])
        out[id] = Survey(tried, tried - len(left), len(same[id]), tuple(found[k] for k in left))
    return out


def with_mutation(verdict: Verdict, survey: Survey) -> Verdict:
    """The verdict with its kill count."""
    return replace(verdict, mutation=survey.record)


def some(found: list[Mutant], limit: int) -> list[Mutant]:
    """At most `limit` of them: an even selection that keeps every operator."""
    if len(found) <= limit:
        return found
    by_operator: dict[str, list[Mutant]] = {}
    for m in found:
        by_operator.setdefault(m.operator, []).append(m)
    chosen: list[Mutant] = []
    while len(chosen) < limit:
        for group in by_operator.values():
            if group and len(chosen) < limit:
                chosen.append(group.pop(len(group) // 2))
    return [m for m in found if m in chosen]


def _few(prepared: Prepared, count: int) -> tuple[Case, ...]:
    """The first inputs, those drawn for the sides of conditions, and the last: the one with ties."""
    first, rest = prepared.cases[:count], prepared.cases[count:]
    return (*first, *(c for c in rest[:-1] if c.side), *rest[-1:])


def _calls(prepared: Prepared, cases: Sequence[Case], module: str, id: str, source: str) -> list[CallSpec]:
    return [
        CallSpec(
            f"{id}/{n}", module, prepared.function.name, case.arguments,
            tuple(case.direction) if case.slope is not None else (), case.weights, source=source,
        )
        for n, case in enumerate(cases)
    ]  # fmt: skip


def _killed(
    prepared: Prepared, outcomes: Mapping[str, Outcome], id: str, functions: Mapping[str, Function], cases: int
) -> bool:
    rtol = DERIVED_RTOL if contains(prepared.function, (Gradient,), functions) else RTOL
    for n, case in enumerate(_few(prepared, cases)):
        outcome = outcomes[f"{id}/{n}"]
        if outcome.error or not passes(error_of(outcome.value, case.expected, rtol), rtol):
            return True
        if case.slope is not None and slope_error(case, outcome, case.slope) > GRADIENT_RTOL:
            return True
    return False


def _equivalent(
    package: Path,
    planted: Mapping[str, list[Mutant]],
    alive: Mapping[str, list[int]],
    functions: Mapping[str, Function],
    module: str,
    seconds: int,
) -> dict[str, set[int]]:
    """Mutants that equal the original on many more inputs."""
    more = {id: prepare(functions[id], functions, AGAIN) for id, left in alive.items() if left}
    calls: list[CallSpec] = []
    for id, prepared in more.items():
        calls += _calls(prepared, prepared.cases, module, f"{id}#", "")
        for k in alive[id]:
            calls += _calls(prepared, prepared.cases, module, f"{id}#{k}", planted[id][k].source)
    outcomes = run_calls(package, calls, seconds).outcomes if calls else {}
    out: dict[str, set[int]] = {id: set() for id in planted}
    for id, prepared in more.items():
        for k in alive[id]:
            pairs = [(outcomes[f"{id}#/{n}"], outcomes[f"{id}#{k}/{n}"]) for n in range(len(prepared.cases))]
            if pairs and all(alike(a, b) for a, b in pairs):
                out[id].add(k)
    return out


def alike(a: Outcome, b: Outcome) -> bool:
    """The same value and gradients, or the same error."""
    if a.error or b.error:
        return a.error == b.error
    if set(a.gradients) != set(b.gradients):
        return False
    pairs: list[tuple[Any, Any]] = [(a.value, b.value), *((a.gradients[n], b.gradients[n]) for n in a.gradients)]
    return all(
        np.shape(x) == np.shape(y) and np.allclose(x, y, rtol=1e-9, atol=1e-12, equal_nan=True) for x, y in pairs
    )
