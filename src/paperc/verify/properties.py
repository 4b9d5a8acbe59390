"""The paper's identities and bounds, tried on random inputs through the formulas that were compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from ..ir.evaluate import EvaluationError, evaluate
from ..ir.node import Arg, Function, FunctionType, Gradient
from ..ir.shapes import IllegalIR, check, walk
from .cases import ATOL, RTOL, contains, find_inputs
from .record import Check, Verdict

TRIES = ((0, 0), (1, 1), (2, 2), (0, 3), (1, 4))
LOOSE = 1e-6
"""Tolerance where a side differentiates."""


class Claimed(Protocol):
    """Two sides of a relation, as functions of the same arguments."""

    @property
    def id(self) -> str: ...
    @property
    def equation(self) -> str | None: ...
    @property
    def relation(self) -> str: ...
    @property
    def left(self) -> Function: ...
    @property
    def right(self) -> Function: ...


def verify_properties(properties: Sequence[Claimed], functions: Sequence[Function]) -> dict[str, Verdict]:
    """Verdicts by statement id: one check for each relation that could be tried.

    A relation that fails is reported as failing only where nothing unsaid can excuse it: an equality between two explicit
    formulas of the same arguments that fails on every input. Others may rest on assumptions in the prose.
    """
    by_id = {f.id: f for f in functions}
    checks: dict[str, list[Check]] = {}
    equations: dict[str, str | None] = {}
    for claimed in properties:
        equations.setdefault(claimed.id, claimed.equation)
        found = checks.setdefault(claimed.id, [])
        one = _try(claimed, by_id)
        if one is not None:
            found.append(one)
    return {
        id: Verdict(
            equations[id] or id, "conforms" if found and all(c.passed for c in found) else "typed", tuple(found)
        )
        for id, found in checks.items()
    }


def _try(claimed: Claimed, functions: Mapping[str, Function]) -> Check | None:
    left, right = claimed.left, claimed.right
    try:
        for side in (left, right):
            check(side, functions)
    except IllegalIR:
        return None
    inputs = []
    for round, seed in TRIES:
        found = find_inputs(replace(left, id=claimed.id), functions, round, seed)
        if found is not None:
            inputs.append(found)
    if not inputs:
        return None
    tolerance = LOOSE if any(contains(s, (Gradient,), functions) for s in (left, right)) else RTOL
    gaps = [
        g for given in inputs if (g := _gap(claimed.relation, left, right, given, functions, tolerance)) is not None
    ]
    if not gaps:
        return None
    worst = max(gaps)
    holds = worst <= tolerance
    if not holds and (claimed.relation not in _EQUAL or _excused(left, right) or min(gaps) <= tolerance):
        return None
    name = f"property: {_WORDS.get(claimed.relation, claimed.relation)}"
    return Check(
        name, holds, worst, tolerance, f"both sides on {len(gaps)} random inputs", step="conforms" if holds else None
    )


_EQUAL = ("=", ":=", "≡")
_WORDS = {"=": "both sides are equal", ":=": "both sides are equal", "≡": "both sides are equal",
          "≤": "the left side is at most the right", "≥": "the left side is at least the right",
          "<": "the left side is below the right", ">": "the left side is above the right"}  # fmt: skip


def _excused(left: Function, right: Function) -> bool:
    """Whether an equality may fail and yet be right: it is about unknown functions, or ties arguments to each other
    (`A x + s = b` is a condition on b; only two expressions of the very same arguments must agree for all of them)."""
    names = [{n.name for n in walk(side.body) if isinstance(n, Arg)} for side in (left, right)]
    return names[0] != names[1] or not names[0] or any(isinstance(a.type, FunctionType) for a in left.arguments)


def _gap(
    relation: str,
    left: Function,
    right: Function,
    given: Mapping[str, Any],
    functions: Mapping[str, Function],
    tolerance: float,
) -> float | None:
    """By how much the relation is missed (0 if it holds), relative to the size of the sides; None if it has no value."""
    try:
        a = np.asarray(evaluate(left, given, functions), dtype=np.float64)
        b = np.asarray(evaluate(right, given, functions), dtype=np.float64)
        a, b = np.broadcast_arrays(a, b)
    except (EvaluationError, IllegalIR, ValueError, ArithmeticError, TypeError):
        return None
    if not a.size or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), ATOL / tolerance)
    scale = np.maximum(scale, np.max(scale) * 1e-3)
    match relation:
        case "≤" | "<":
            missed = np.maximum(a - b, 0)
        case "≥" | ">":
            missed = np.maximum(b - a, 0)
        case _:
            missed = np.abs(a - b)
    return float(np.max(missed / scale))
