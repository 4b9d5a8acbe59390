"""Inputs on which a formula has a value, with that value and its slope: what emitted code is held against."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..ir.evaluate import EvaluationError, TooLong, derivative, evaluate
from ..ir.inputs import covariances, domain_of, draw
from ..ir.meanings import FLOAT, high
from ..ir.node import Argument, ArrayType, CallCompiled, Function, FunctionType, Op, Sample, StopGradient
from ..ir.shapes import IllegalIR, size_argument, walk
from .execute import Outcome

RTOL, ATOL = 1e-9, 1e-12
DERIVED_RTOL = 1e-6
"""Where the formula itself differentiates: the reference is then a difference quotient."""
GRADIENT_RTOL = 1e-6
SMALL_SLOPE = 1e-3
"""Below it a difference quotient has too few digits, and high precision is asked."""
ROUNDS = ((0, 0), (1, 1), (2, 2), (0, 3))
"""(sizes, seed) of each comparison."""
SPARE = ((3, 4), (4, 5))
"""Tried too where those do not give two sizes (a product that is singular unless n < m)."""

FEW = 8
"""A result with no more numbers than these shows few sides of a condition at once."""
SIDES = ((0, 31, 1.0), (1, 32, 4.0), (0, 33, 0.25), (1, 34, 1.0), (0, 35, 4.0), (1, 36, 0.25))
"""(sizes, seed, scale) of what such a formula is tried on too; the scale is that of single real numbers."""
_BRANCHES = frozenset({
    "where", "indicator", "heaviside", "sign", "abs", "min", "max", "clip", "relu", "relu6", "leaky_relu", "elu", "selu",
    "hardtanh", "hardsigmoid", "hardswish", "lt", "le", "gt", "ge",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One set of inputs with the value that the formula gives."""

    arguments: Mapping[str, Any]
    expected: Any
    round: int
    seed: int
    slope: float | None = None
    """Derivative of the weighted sum of the value along `direction`."""
    direction: Mapping[str, Any] = field(default_factory=dict)
    weights: Any = None
    sharp: bool = False
    """The slope was computed at high precision: it may be compared however small it is."""
    side: bool = False
    """Drawn to reach another side of a condition."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The inputs of one function, or why there are none."""

    function: Function
    cases: tuple[Case, ...] = ()
    problem: str = ""


def contains(function: Function, kinds: tuple[type, ...], functions: Mapping[str, Function], depth: int = 8) -> bool:
    """Whether the body, or that of a function it calls, has a node of these kinds."""
    for node in walk(function.body):
        if isinstance(node, kinds):
            return True
        if isinstance(node, CallCompiled) and node.function in functions and depth:
            if contains(functions[node.function], kinds, functions, depth - 1):
                return True
    return False


# --- inputs ---------------------------------------------------------------------------------------------

_FALLBACKS = ("real", "positive", "unit", "above one", "spd")


def prepare(
    function: Function,
    functions: Mapping[str, Function],
    rounds: Sequence[tuple[int, int]] = ROUNDS,
    slopes: bool = True,
) -> Prepared:
    """Inputs on which the formula has a finite value, with that value."""
    if contains(function, (Sample,), functions):
        return Prepared(function, problem="it draws random numbers: its value is not fixed")
    cases: list[Case] = []
    problem = "no inputs were found on which the formula is finite"
    domains: Mapping[str, str] | None = None
    for n, (round, seed) in enumerate((*rounds, *SPARE)):
        if n >= len(rounds) and (not cases or len({c.round for c in cases}) > 1):
            break
        try:
            found = next(
                (
                    f
                    for again in range(4)
                    if (f := _finite(function, functions, round, seed + 10 * again, domains, n == 0, again == 3))
                ),
                None,
            )
        except (
            EvaluationError,
            IllegalIR,
            ValueError,
            ArithmeticError,
            IndexError,
            KeyError,
            np.linalg.LinAlgError,
        ) as wrong:
            problem = str(wrong) or type(wrong).__name__
            continue
        if found is None:
            continue
        arguments, expected, domains = found
        case = Case(arguments, expected, round, seed)
        cases.append(with_slope(function, functions, case) if slopes and n < 2 else case)
    if len(cases) > 1 and cases[0].expected.size <= FEW and _branches(function, functions):
        sides = (_side(function, functions, round, seed, scale, domains) for round, seed, scale in SIDES)
        cases += [with_slope(function, functions, c) if slopes else c for c in sides if c is not None]
    if cases and domains is not None and (edge := _edge(function, functions, domains)) is not None:
        cases.append(edge)
    return Prepared(function, tuple(cases), "" if cases else problem)


def _branches(function: Function, functions: Mapping[str, Function], depth: int = 8) -> bool:
    """Whether the formula, or one that it calls, is put together of pieces."""
    for node in walk(function.body):
        if isinstance(node, Op) and node.op in _BRANCHES:
            return True
        if isinstance(node, CallCompiled) and node.function in functions and depth:
            if _branches(functions[node.function], functions, depth - 1):
                return True
    return False


def _side(
    function: Function,
    functions: Mapping[str, Function],
    round: int,
    seed: int,
    scale: float,
    domains: Mapping[str, str] | None,
) -> Case | None:
    """Further inputs, where the formula is finite: a margin or a threshold is also drawn larger and smaller."""
    try:
        arguments = draw(function, functions, round, seed, domains or {})
        for argument in function.arguments:
            free = (domain_of(argument) or (domains or {}).get(argument.name, "real")) in ("real", "positive")
            if free and argument.name in arguments and isinstance(arguments[argument.name], float):
                arguments[argument.name] *= scale
        value = np.asarray(evaluate(function, arguments, functions))
    except (EvaluationError, IllegalIR, ValueError, ArithmeticError, IndexError, KeyError, np.linalg.LinAlgError):
        return None
    finite = value.size and np.all(np.isfinite(value.astype(np.float64)))
    return Case(arguments, value, round, seed, side=True) if finite else None


def _edge(function: Function, functions: Mapping[str, Function], domains: Mapping[str, str]) -> Case | None:
    """Inputs with ties and at the borders of conditions, where the formula is finite there."""
    try:
        arguments = draw(function, functions, 0, 9, domains, keep_defaults=True, edges=True)
        value = np.asarray(evaluate(function, arguments, functions))
    except (EvaluationError, IllegalIR, ValueError, ArithmeticError, IndexError, KeyError, np.linalg.LinAlgError):
        return None
    finite = value.size and np.all(np.isfinite(value.astype(np.float64)))
    return Case(arguments, value, 0, 9) if finite else None


def find_inputs(function: Function, functions: Mapping[str, Function], round: int, seed: int) -> dict[str, Any] | None:
    """Inputs on which the formula has a finite value; None if none were found."""
    try:
        found = _finite(function, functions, round, seed, None, False, False)
    except (EvaluationError, IllegalIR, ValueError, ArithmeticError, IndexError, KeyError, np.linalg.LinAlgError):
        return None
    return found[0] if found else None


def _finite(
    function: Function,
    functions: Mapping[str, Function],
    round: int,
    seed: int,
    known: Mapping[str, str] | None,
    keep_defaults: bool,
    thorough: bool,
) -> tuple[dict[str, Any], Any, Mapping[str, str]] | None:
    """Inputs with a finite value: arguments without a declared domain are tried on ever narrower ones."""
    positive = dict.fromkeys(covariances(function, functions), "spd")
    names = [n for n in open_names(function.arguments) if n not in positive]
    assignments = ({**words, **positive} for words in _assignments(names, thorough))
    for domains in itertools.chain([known] if known else [], assignments):
        arguments = draw(function, functions, round, seed, domains, keep_defaults)
        try:
            value = np.asarray(evaluate(function, arguments, functions))
        except TooLong:
            raise
        except EvaluationError:
            if not names or any(domains[n] == "spd" for n in names):
                raise
            continue
        if value.size and np.all(np.isfinite(value.astype(np.float64))):
            return arguments, value, domains
    return None


def open_names(arguments: Sequence[Argument]) -> list[str]:
    """The arguments of which nothing says from where their values come: no domain, no default."""
    return [
        a.name
        for a in arguments
        if not domain_of(a) and a.default is None and (isinstance(a.type, FunctionType) or a.type.sort == "real")
    ]


def _assignments(names: list[str], thorough: bool) -> Iterable[Mapping[str, str]]:
    """The same domain for all, then (`thorough`) each combination for a few names."""
    for word in _FALLBACKS:
        yield dict.fromkeys(names, word)
    if thorough and 1 < len(names) <= 3:
        for words in itertools.product(_FALLBACKS, repeat=len(names)):
            if len(set(words)) > 1:
                yield dict(zip(names, words))


def real_arguments(function: Function, arguments: Mapping[str, Any]) -> list[str]:
    """The arguments by which a derivative makes sense."""
    return [
        a.name
        for a in function.arguments
        if isinstance(a.type, ArrayType)
        and a.type.sort == "real"
        and a.name in arguments
        and size_argument(a) is None
        and "integer" not in domain_of(a)
        and domain_of(a) not in ("binary", "counts")
        and not isinstance(arguments[a.name], (bool, int))
        and np.asarray(arguments[a.name]).dtype.kind == "f"
    ]


def with_slope(function: Function, functions: Mapping[str, Function], case: Case) -> Case:
    """The case with the reference derivative along one direction of all real arguments."""
    names = real_arguments(function, case.arguments)
    if not names or np.asarray(case.expected).dtype.kind != "f":
        return case
    rng = np.random.default_rng([case.seed, 7])
    direction = {n: _direction(case.arguments[n], rng) for n in names}
    weights = rng.normal(size=np.shape(case.expected))
    still = _frozen(function, functions, case.arguments)

    def along(step: Any) -> Any:
        moved = {n: np.asarray(case.arguments[n]) + step * direction[n] for n in names}
        return np.asarray(np.sum(weights * evaluate(function, {**case.arguments, **moved}, functions, still=still)))

    try:
        slope = float(derivative(along, np.asarray(0.0), FLOAT))
    except (EvaluationError, IllegalIR, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return case
    if not np.isfinite(slope):
        return case
    case = replace(case, slope=slope, direction=direction, weights=weights)
    if abs(slope) < SMALL_SLOPE and (exact := sharp_slope(function, functions, case)) is not None:
        case = replace(case, slope=exact, sharp=True)
    return case


def _direction(value: Any, rng: np.random.Generator) -> Any:
    """A random direction; a symmetric matrix stays one."""
    out = 0.2 * rng.normal(size=np.shape(value))
    if out.ndim >= 2 and out.shape[-1] == out.shape[-2] and np.array_equal(value, np.swapaxes(value, -1, -2)):
        out = (out + np.swapaxes(out, -1, -2)) / 2
    return out


def _frozen(
    function: Function, functions: Mapping[str, Function], arguments: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Where `StopGradient` is held: the point itself, if the formula stops any gradient."""
    return arguments if contains(function, (StopGradient,), functions) else None


# --- comparison -----------------------------------------------------------------------------------------


def error_of(got: Any, expected: Any, rtol: float) -> float | str:
    """The largest error, relative where the reference is larger than `ATOL / rtol`; a text if shapes differ.

    A looser `rtol` than the usual one means a reference by difference quotients: errors are then relative to the largest
    element, since a zero comes out only as near as the others allow.
    """
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return f"shape {got.shape}, expected {expected.shape}"
    if not got.size:
        return 0.0
    g, x = got.astype(np.float64), expected.astype(np.float64)
    if not np.array_equal(np.isnan(g), np.isnan(x)) or not np.array_equal(g[np.isinf(g)], x[np.isinf(g)]):
        return "not finite where the formula is"
    keep = np.isfinite(x)
    if not keep.any():
        return 0.0
    scale = np.maximum(np.abs(x[keep]), ATOL / rtol)
    if rtol > RTOL:
        scale = np.maximum(scale, np.max(scale))
    return float(np.max(np.abs(g[keep] - x[keep]) / scale))


def passes(error: float | str, tolerance: float) -> bool:
    return isinstance(error, float) and error <= tolerance


def slope_error(case: Case, outcome: Outcome, slope: float) -> float:
    """The error of autograd's derivative along the case's direction."""
    found = sum(float(np.sum(outcome.gradients.get(n, 0.0) * d)) for n, d in case.direction.items())
    size = sum(float(np.sum(np.abs(outcome.gradients.get(n, 0.0) * d))) for n, d in case.direction.items())
    return abs(found - slope) / max(abs(slope), size, max(1e-10, _rounding(case)) if case.sharp else SMALL_SLOPE)


def _rounding(case: Case) -> float:
    """The slope below which a derivative is rounding: where terms cancel (a ratio that is constant on the point's side
    of its kinks), autograd leaves some units of the last place of |value| · |step| / |argument|."""
    steps = [
        np.max(np.abs(d) / np.maximum(np.abs(case.arguments[n]), 1e-3)) for n, d in case.direction.items() if d.size
    ]
    return 1e-7 * float(np.sum(np.abs(case.weights * case.expected))) * float(max(steps, default=0.0))


def sharp_slope(function: Function, functions: Mapping[str, Function], case: Case) -> float | None:
    """The reference derivative by central differences at 60 digits; None where that cannot be had."""
    try:
        lib = high(60)
    except ImportError:
        return None
    still = _frozen(function, functions, case.arguments)

    def along(step: Any) -> Any:
        moved = {n: lib.array(np.asarray(case.arguments[n])) + step * lib.array(d) for n, d in case.direction.items()}
        value = evaluate(function, {**case.arguments, **moved}, functions, lib, still=still)
        return np.asarray(np.sum(lib.array(case.weights) * value))

    try:
        return float(derivative(along, np.asarray(lib.number(0.0), dtype=object), lib))
    except (EvaluationError, IllegalIR, TypeError, ValueError, ArithmeticError, AttributeError):
        return None
