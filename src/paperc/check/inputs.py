"""Inputs of an equation for a check: drawn once, with the value the equation has, as the arguments of the user's call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..ir.evaluate import EvaluationError, evaluate
from ..ir.inputs import SyntheticCallable, draw, sizes_for
from ..ir.interpret import interpret
from ..ir.node import Argument, ArrayType, FunctionType
from ..ir.program import Program, Set, instructions
from ..ir.shapes import IllegalIR
from ..verify.cases import Case, find_inputs, open_names, prepare
from ..verify.execute import CallSpec
from .model import Candidate, Feed, Plan, Variant

BATCH = (0, 1, 1, 0)
"""Which of two drawn inputs stand along a leading axis."""
ERRORS = (
    EvaluationError,
    IllegalIR,
    ValueError,
    ArithmeticError,
    IndexError,
    KeyError,
    TypeError,
    np.linalg.LinAlgError,
)


@dataclass
class Drawn:
    """The inputs of one variant. Values of the equation are computed when they are first asked for."""

    variant: Variant
    cases: tuple[Case, ...]
    problem: str = ""
    _values: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    _partners: dict[int, dict[str, Any] | None] = field(default_factory=dict)

    @staticmethod
    def of(variant: Variant, slopes: bool = False) -> Drawn:
        prepared = prepare(variant.function, variant.functions, slopes=slopes)
        return Drawn(variant, prepared.cases, prepared.problem)

    def sizes(self, n: int) -> dict[str, int]:
        """The sizes of a case, also of names that others give."""
        sizes = sizes_for(self.variant.function, self.variant.functions, self.cases[n].round)
        return sizes | {name: dim(sizes) for name, dim in self.variant.tied}

    def inputs(self, n: int, plan: Plan, partner: bool = False) -> dict[str, Any] | None:
        """The arguments of case `n`: what the plan leaves out has the paper's value, or the code's."""
        found = self.cases[n].arguments
        if partner:
            if n not in self._partners:
                case = self.cases[n]
                self._partners[n] = find_inputs(
                    self.variant.function, self.variant.functions, case.round, case.seed + 100
                )
            found = self._partners[n] or {}
            if not found:
                return None
        taken = plan.taken
        out: dict[str, Any] = {}
        for a in self.variant.function.arguments:
            if a.name in taken:
                shared = partner and a.name not in plan.batch
                value = (self.cases[n].arguments if shared else found).get(a.name, a.default)
                out[a.name] = value
            elif a.default is None and a.name in found:
                out[a.name] = self.cases[n].arguments[a.name]
        return out | dict(plan.fixed) | dict.fromkeys(plan.plain, _same)

    def evaluated(self, of: Variant, given: Mapping[str, Any]) -> Any:
        return evaluate(of.function, given, of.functions)

    def value(self, n: int, plan: Plan, variant: Variant | None = None) -> Any:
        """What the equation (or a faulty `variant` of it) gives; for a batch along the leading axis. None where it has no value."""
        of = variant or self.variant
        rows = [self._value(n, plan, partner, of) for partner in ((False, True) if plan.lead else (False,))]
        if any(r is None for r in rows):
            return None
        return np.stack([rows[k] for k in BATCH]) if plan.lead else rows[0]

    def _value(self, n: int, plan: Plan, partner: bool, of: Variant) -> Any:
        taken = tuple(sorted(plan.taken))
        key = (n, partner, taken, plan.batch if partner else (), plan.fixed, plan.plain)
        if of is self.variant and key in self._values:
            return self._values[key]
        given = self.inputs(n, plan, partner)
        try:
            found = np.asarray(self.evaluated(of, given), dtype=np.float64) if given is not None else None
        except ERRORS:
            found = None
        if of is self.variant:
            self._values[key] = found
        return found


class DrawnProgram(Drawn):
    """The inputs of an algorithm, whose value its statements give one after another."""

    program: Program

    @staticmethod
    def of_program(program: Program) -> DrawnProgram:
        """Small constants are drawn large enough to be seen, for code that takes them."""
        function = program.signature
        names = open_names(program.arguments)
        real = [a for a in program.arguments if isinstance(a.type, ArrayType) and not a.type.axes and a.name in names]
        rates = {a.name: "unit" for a in real if a.name not in started(program)}
        cases: list[Case] = []
        words: Mapping[str, str] | None = None
        drawn = DrawnProgram(
            Variant(function, {}), (), "no inputs were found on which the statements have finite values"
        )
        drawn.program = program
        for size, seed in ((0, 0), (1, 1), (2, 2)):
            for domains in (
                [words] if words else [dict.fromkeys(names, w) | rates for w in ("real", "positive", "unit")]
            ):
                try:
                    given = draw(function, {}, size, seed, domains, keep_defaults=size == 0)
                    given |= {a.name: 0.03 + 0.02 * seed for a in program.arguments if size and _is_tiny(a)}
                    value = np.asarray(interpret(program, given)[0], dtype=np.float64)
                except ERRORS:
                    continue
                if value.size and np.all(np.isfinite(value)):
                    cases.append(Case(given, value, size, seed))
                    words = domains
                    break
        drawn.cases = tuple(cases)
        return drawn

    def evaluated(self, of: Variant, given: Mapping[str, Any]) -> Any:
        return interpret(self.program, given)[0]


def started(program: Program) -> set[str]:
    """The numbers that the statements change: where an algorithm starts, and no rate."""
    return {s.target for s in instructions(program.body) if isinstance(s, Set)}


def _is_tiny(argument: Argument) -> bool:
    return isinstance(argument.default, float) and 0 < argument.default < 1e-4


def call(drawn: Drawn, n: int, plan: Plan, candidate: Candidate, id: str, describe: bool = False) -> CallSpec | None:
    """The call of the user's code for one case; None where the plan does not fit the inputs."""
    own = drawn.inputs(n, plan)
    other = drawn.inputs(n, plan, True) if plan.lead else own
    if own is None or other is None:
        return None
    sizes = drawn.sizes(n)
    try:
        values = {p: fed(f, own, other, sizes, plan) for p, f in plan.values}
        weights = {p: fed(f, own, own, sizes, Plan(())) for p, f in plan.weights}
        construct = {p: _plain(fed(f, own, own, sizes, Plan(()))) for p, f in plan.construct}
    except (KeyError, ValueError, IndexError):
        return None
    ranks = {
        p: _ranks(drawn.variant.function.arguments, f.name)
        for p, f in plan.values
        if isinstance(values[p], SyntheticCallable)
    }
    return CallSpec(
        id, candidate.module, candidate.name, values, scalars_as_tensors=True, everything=True, ranks=ranks,
        construct=construct if candidate.kind != "function" else None, parameters=weights, zeroed=plan.zeroed,
        describe=describe,
    )  # fmt: skip


def _ranks(arguments: tuple[Argument, ...], name: str) -> tuple[int, ...]:
    kind = next(a.type for a in arguments if a.name == name)
    assert isinstance(kind, FunctionType)
    return tuple(len(t.axes) for t in kind.arguments)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and value >= 1 else value


def fed(feed: Feed, own: Mapping[str, Any], other: Mapping[str, Any], sizes: Mapping[str, int], plan: Plan) -> Any:
    """What a parameter gets, of an input and (where the plan has leading axes) of another one."""
    if feed.kind == "value":
        return feed.value
    if feed.kind == "size":
        return [sizes[feed.name]] if feed.form == "list" else sizes[feed.name]
    if feed.kind == "packed":
        return np.concatenate([np.asarray(fed(p, own, other, sizes, plan)) for p in feed.parts])
    value = own[feed.name]
    if feed.name in plan.batch and plan.lead:
        rows = [np.asarray((own, other)[k][feed.name]) for k in BATCH]
        value = np.stack(rows)
        if plan.lead == 2:
            value = value.reshape(2, 2, *value.shape[1:])
    return _laid_out(feed, value, sizes)


def _laid_out(feed: Feed, value: Any, sizes: Mapping[str, int]) -> Any:
    """An argument as the code stores it."""
    if feed.form == "zeros":
        return np.zeros(np.shape(value)) if np.ndim(value) else 0.0
    if feed.form == "one":
        return np.asarray(value).reshape(1)
    if feed.form in ("edges", "edge weights"):
        targets, sources = np.nonzero(np.ones_like(value))  # every pair: a zero is an edge of weight zero
        return np.stack([sources, targets]) if feed.form == "edges" else np.asarray(value)[targets, sources]
    if feed.heads:
        value = np.concatenate(list(np.asarray(value)), axis=-1)
    if feed.columns:
        cut = feed.columns.index("|")
        first, width = (sum(sizes[n] for n in names) for names in (feed.columns[:cut], feed.columns[cut + 1 :]))
        value = np.asarray(value)[..., first : first + width]
    return np.ascontiguousarray(np.swapaxes(value, -1, -2)) if feed.transposed else value


def _same(x: Any, *_: Any) -> Any:
    """The identity, for an unknown function that the code leaves out."""
    return x
