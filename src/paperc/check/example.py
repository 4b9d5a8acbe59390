"""The smallest inputs that show a difference: few and short axes first, then round numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..ir.evaluate import evaluate
from ..ir.inputs import SyntheticCallable, domain_of, draw
from ..ir.node import ArrayType
from ..ir.shapes import size_names
from ..verify.cases import Case
from ..verify.execute import Outcome
from .inputs import ERRORS, Drawn, DrawnProgram
from .model import Counterexample, Variant
from .trial import Runs, Trial, compare

MOST = 40


def smallest(trials: Sequence[Trial], runs: Runs) -> list[Counterexample | None]:
    """For each trial the first of its small inputs on which the code is not the equation; all in one run."""
    found = [list(itertools.islice(_small(t), MOST)) for t in trials]
    flat = [Trial(d, t.candidate, t.plan, t.tensors) for t, own in zip(trials, found) for d, _ in own]
    outcomes = iter(zip(flat, runs.trials(flat, 0)))
    out: list[Counterexample | None] = []
    for own in found:
        tried = [(sizes, *next(outcomes)) for _, sizes in own]
        out.append(next((e for t in tried if (e := _example(*t)) is not None), None))
    return out


def _example(sizes: dict[str, int], trial: Trial, outcome: Outcome) -> Counterexample | None:
    plan, drawn = trial.plan, trial.drawn
    expected = drawn.value(0, plan)
    if expected is None or outcome.error or compare(trial, outcome, expected).equal:
        return None
    inputs = tuple((n, _shown(v)) for n, v in (drawn.inputs(0, plan) or {}).items() if n in plan.taken or plan.fixed)
    got = outcome.value
    if plan.lead and got is not None and np.shape(got)[: plan.lead] in ((4,), (2, 2)):
        got, expected = np.asarray(got).reshape(4, *np.shape(got)[plan.lead :])[0], expected[0]
    return Counterexample(inputs, expected, got, tuple(sorted(sizes.items())))


def _shown(value: Any) -> Any:
    return "a smooth function" if isinstance(value, SyntheticCallable) else value


def _small(trial: Trial) -> Iterator[tuple[Drawn, dict[str, int]]]:
    variant = trial.drawn.variant
    if isinstance(trial.drawn, DrawnProgram):
        return
    for sizes in _sizes(variant):
        for word, digits in (("positive", 0), ("real", 0), ("real", 1), ("positive", 1), ("unit", 1)):
            try:
                own, other = (_draw(variant, sizes, seed, word, digits) for seed in (0, 1))
                expected = np.asarray(evaluate(variant.function, own, variant.functions), dtype=np.float64)
            except ERRORS:
                continue
            if not expected.size or not np.all(np.isfinite(expected)):
                continue
            drawn = _Small(variant, (Case(own, expected, 0, 0),))
            drawn.own, drawn._partners[0] = sizes, other
            yield drawn, sizes


class _Small(Drawn):
    own: dict[str, int]

    def sizes(self, n: int) -> dict[str, int]:
        return self.own


def _sizes(variant: Variant) -> Iterator[dict[str, int]]:
    names = list(dict.fromkeys(size_names(variant.function)))[:5]
    options = sorted(itertools.product((1, 2, 3), repeat=len(names)), key=lambda s: (sum(s), max(s, default=0), s))
    for chosen in options[:60]:
        yield dict(zip(names, chosen))


def _draw(variant: Variant, sizes: dict[str, int], seed: int, word: str, digits: int) -> dict[str, Any]:
    values = draw(variant.function, variant.functions, 0, seed, word, True, sizes)
    for a in variant.function.arguments:
        if a.name in values and isinstance(a.type, ArrayType) and a.type.sort == "real" and a.default is None:
            if domain_of(a) not in ("simplex", "unit vector", "spd", "orthogonal"):
                value = np.round(np.asarray(values[a.name], dtype=np.float64) * (1 if digits else 2), digits)
                values[a.name] = value if np.ndim(value) else float(value)
    return values
