"""Code that gives the equation's values may still give other gradients: a detach too many, a stop-gradient missing.

The slope of the equation along a direction of each argument (by difference quotients of its slow meaning) is held against
autograd of the code along the same direction, however the code stores that argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..ir.evaluate import derivative, evaluate
from ..ir.inputs import SyntheticCallable
from ..ir.meanings import FLOAT
from ..ir.node import Arg, Const, Node, Op, StopGradient
from ..ir.shapes import substitute, walk
from ..verify.cases import SMALL_SLOPE, real_arguments
from ..verify.execute import CallSpec, Outcome
from .faults import says
from .inputs import ERRORS, DrawnProgram, call, fed
from .model import Feed, Plan, Variant
from .trial import SINGLE, Match, Runs, Trial, weights_of

TOLERANCE = 1e-5
CASES = 2
"""Inputs on which slopes are compared: those without ties and borders."""
MOST_CAUSES = 60


@dataclass(frozen=True, slots=True)
class Slopes:
    """What the comparison found for one trial."""

    error: float | None = None
    """The largest relative difference; None where nothing could be compared."""
    differing: tuple[tuple[str, float, float], ...] = ()
    """(argument, slope of the equation, slope of the code) where they differ."""
    none: bool = False
    """No gradient flows through the code at all."""
    causes: tuple[tuple[str, str], ...] = ()
    """(operator, what it says)."""
    problem: str = ""


def compare_gradients(trials: Sequence[tuple[Trial, Sequence[Match]]], runs: Runs) -> list[Slopes]:
    """For each trial whose values are equal (with how they were held on each input) whether its gradients are; in one run."""
    asked: list[list[tuple[int, tuple[str, ...], Any, CallSpec]]] = []
    for k, (trial, seen) in enumerate(trials):
        asked.append([])
        for n, matched in enumerate(seen[:CASES]):
            if (one := _call(trial, matched, n, f"g{k}.{n}")) is not None:
                asked[-1].append((n, *one))
    outcomes = runs.run([spec for own in asked for _, _, _, spec in own])
    return [
        _judged(trial, [(n, names, weights, outcomes[spec.id]) for n, names, weights, spec in own])
        for (trial, _), own in zip(trials, asked)
    ]


def _call(trial: Trial, matched: Match, n: int, id: str) -> tuple[tuple[str, ...], Any, CallSpec] | None:
    """The arguments to differentiate by, the weights of the value's elements, and the call; None where there are none."""
    drawn, plan = trial.drawn, trial.plan
    expected = drawn.value(n, plan)
    spec = call(drawn, n, plan, trial.candidate, id)
    if isinstance(drawn, DrawnProgram) or expected is None or spec is None or np.asarray(expected).dtype.kind != "f":
        return None
    fed_: dict[str, list[str]] = {}
    for p, f in plan.values:
        if f.kind == "argument" and f.form not in ("edges", "zeros"):
            fed_.setdefault(f.name, []).append(p)
    for p, f in plan.weights:
        for a in f.arguments:
            fed_.setdefault(a, []).append(f"@{p}")
    able = [a for a in real_arguments(drawn.variant.function, drawn.cases[n].arguments) if a in fed_]
    if not trial.tensors:
        able = [a for a in able if np.ndim(drawn.cases[n].arguments[a])]
    built = {a for _, f in plan.construct for a in f.arguments}
    names = tuple(a for a in able if a not in built)
    rng = np.random.default_rng([n, 11])
    reduced, weights = weights_of(matched, np.asarray(expected), plan.lead, rng)
    if not names or weights is None:
        return None
    gradients = tuple(dict.fromkeys(p for a in names for p in fed_[a]))
    return names, reduced, replace(spec, gradients=gradients, weights=weights, scalars_as_tensors=trial.tensors)


def _judged(trial: Trial, asked: Sequence[tuple[int, tuple[str, ...], Any, Outcome]]) -> Slopes:
    if not asked:
        return Slopes()
    worst = 0.0
    differing: dict[str, tuple[float, float]] = {}
    flows = False
    for n, names, weights, outcome in asked:
        if outcome.error:
            return Slopes(problem=outcome.error[:200])
        flows = flows or any(np.any(g) for g in outcome.gradients.values())
        tolerance = TOLERANCE if outcome.dtype == "float64" else 100 * SINGLE
        for name in names:
            ours = _slope(trial, n, name, weights, trial.drawn.variant)
            if ours is None:
                continue
            theirs, size = _their_slope(trial, n, name, outcome)
            error = abs(ours - theirs) / max(abs(ours), size, SMALL_SLOPE)
            worst = max(worst, error)
            if error > tolerance:
                differing.setdefault(name, (ours, theirs))
    if not differing:
        return Slopes(worst)
    found = tuple((a, x, y) for a, (x, y) in differing.items())
    if not flows:
        return Slopes(worst, found, True, (("detached", "no gradient flows through it at all"),))
    return Slopes(worst, found, False, tuple(_causes(trial, asked)))


# --- slopes --------------------------------------------------------------------------------------------------


def _directions(trial: Trial, n: int, name: str) -> tuple[Any, Any]:
    """A direction of one argument, for an input and for the other one of a batch."""
    value = trial.drawn.cases[n].arguments[name]
    rng = np.random.default_rng([n, 7, *name.encode()])
    own, other = (0.3 * rng.normal(size=np.shape(value)) for _ in range(2))
    return own, other if name in trial.plan.batch else own


def _slope(trial: Trial, n: int, name: str, weights: Any, of: Variant) -> float | None:
    """Of the weighted sum of the equation's value, along the direction; None where it has none."""
    drawn, plan = trial.drawn, trial.plan
    total = 0.0
    directions = _directions(trial, n, name)
    rows = np.asarray(weights)
    try:
        for k in range(2 if plan.lead else 1):
            base = drawn.inputs(n, plan, bool(k))
            if base is None:
                return None
            row = rows[[0, 3]].sum(0) if plan.lead and not k else rows[[1, 2]].sum(0) if plan.lead else rows

            def along(step: Any, base: Any = base, row: Any = row, k: int = k) -> Any:
                moved = {**base, name: np.asarray(base[name]) + step * directions[k]}
                value = evaluate(of.function, moved, of.functions, still=base)
                return np.asarray(np.sum(row * value))

            total += float(derivative(along, np.asarray(0.0), FLOAT))
    except ERRORS:
        return None
    return total if np.isfinite(total) else None


def _their_slope(trial: Trial, n: int, name: str, outcome: Outcome) -> tuple[float, float]:
    """Of the code along the same direction, as it stores the argument; and the size of the terms."""
    drawn, plan = trial.drawn, trial.plan
    own, other = drawn.inputs(n, plan) or {}, drawn.inputs(n, plan, True) if plan.lead else {}
    directions = _directions(trial, n, name)
    moves = [
        {a: directions[k] if a == name else _still(v) for a, v in given.items()}
        for k, given in enumerate((own, other or own))
    ]
    total, size = 0.0, 0.0
    feeds: list[tuple[str, Feed, Plan]] = [(p, f, plan) for p, f in plan.values]
    feeds += [(f"@{p}", f, Plan(())) for p, f in plan.weights]
    for p, f, layout in feeds:
        if name in f.arguments and p in outcome.gradients and f.form not in ("edges", "zeros"):
            term = outcome.gradients[p] * np.asarray(fed(f, moves[0], moves[1], drawn.sizes(n), layout))
            total += float(np.sum(term))
            size += float(np.sum(np.abs(term)))
    return total, size


def _still(value: Any) -> Any:
    return value if isinstance(value, SyntheticCallable) or callable(value) else np.zeros(np.shape(value))


# --- causes ----------------------------------------------------------------------------------------------------


def _causes(trial: Trial, asked: Sequence[tuple[int, tuple[str, ...], Any, Outcome]]) -> Iterator[tuple[str, str]]:
    """Stop-gradients that, left out or put in, give the code's slopes."""
    found = 0
    for operator, said, body in _stops(trial.drawn.variant.function.body):
        variant = replace(trial.drawn.variant, function=replace(trial.drawn.variant.function, body=body))
        if all(_matches(trial, variant, *one) for one in asked):
            yield operator, said
            found += 1
        if found == 3:
            return


def _matches(trial: Trial, variant: Variant, n: int, names: tuple[str, ...], weights: Any, outcome: Outcome) -> bool:
    for name in names:
        ours = _slope(trial, n, name, weights, variant)
        theirs, size = _their_slope(trial, n, name, outcome)
        if ours is None or abs(ours - theirs) > TOLERANCE * max(abs(ours), size, SMALL_SLOPE):
            return False
    return True


def _stops(body: Node) -> Iterator[tuple[str, str, Node]]:
    nodes = list(walk(body))
    for node in nodes:
        if isinstance(node, StopGradient):
            yield "stop-gradient missing", "a gradient flows where the paper stops it", _with(body, node, node.body)
    for name in dict.fromkeys(n.name for n in nodes if isinstance(n, Arg)):
        yield "detached", f"{name} is detached", _frozen(body, name)
    for node in nodes[1:MOST_CAUSES]:
        if not isinstance(node, (Arg, Const, StopGradient)):
            yield "detached", f"{says(node)} is detached", _with(body, node, StopGradient(node))


def _frozen(body: Node, name: str) -> Node:
    return substitute(body, lambda n: StopGradient(n) if isinstance(n, Arg) and n.name == name else None)


def _with(body: Node, old: Node, new: Node) -> Node:
    """One node replaced; equal nodes elsewhere too, as a name in code stands for all of them."""
    if isinstance(old, Op) or not isinstance(new, StopGradient):
        return substitute(body, lambda n: new if n is old else None)
    return substitute(body, lambda n: new if n == old else None)
