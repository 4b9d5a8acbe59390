"""How an optimiser is tried: values for its settings, and the arguments with which its whole algorithm makes so many steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .dims import Dim
from .evaluate import EvaluationError, evaluate
from .node import ArrayType, Function
from .optimiser import Optimiser, Setting
from .program import Loop

WITHIN = {"(0,1)", "[0,1)", "(0,1]", "[0,1]", "unit", "probability"}


@dataclass(frozen=True, slots=True)
class Given:
    """One argument of the whole algorithm. `value`: a number, a setting's name, or the length of an array."""

    kind: Literal["start", "objective", "gradient", "number", "setting", "series", "function", "zeros"]
    value: float | int | str = 0
    length: int = 0
    base: int = 1
    """Number of the first element of an array over the steps."""


@dataclass(frozen=True, slots=True)
class Trial:
    """`settings` by the names of the step's arguments; `arguments` of the whole algorithm by name."""

    settings: Mapping[str, float | int]
    arguments: Mapping[str, Given]


def trial(found: Optimiser, steps: int) -> Trial | None:
    """None where no number of steps is found for the loop, or an argument is of no known kind."""
    settings = {s.argument.name: _value(found, s, k) for k, s in enumerate(found.settings)}
    by_source = {s.source: s for s in found.settings}
    counted = _counts(found, steps, {n: v for n, v in settings.items() if isinstance(v, int)})
    if counted is None:
        return None
    settings |= {n: v for n, v in counted.items() if n in settings}
    arguments: dict[str, Given] = {}
    for a in found.program.arguments:
        s = by_source.get(a.name)
        if a.name == found.start:
            arguments[a.name] = Given("start")
        elif a.name == found.objective:
            arguments[a.name] = Given("gradient" if found.oracle else "objective")
        elif a.name in counted:
            arguments[a.name] = Given("number", counted[a.name])
        elif s is not None and s.kind == "function":
            arguments[a.name] = Given("function", s.argument.name)
        elif isinstance(a.type, ArrayType) and a.type.axes:
            length = a.type.axes[0].dim.replace({n: Dim.constant(v) for n, v in counted.items()}).value
            if length is None:
                return None
            kind: Literal["series", "zeros"] = "series" if s is not None else "zeros"
            arguments[a.name] = Given(kind, s.argument.name if s is not None else "", int(length), a.type.axes[0].base)
        elif s is not None:
            arguments[a.name] = Given("setting", s.argument.name)
        else:
            return None
    return Trial(settings, arguments)


def _value(found: Optimiser, setting: Setting, k: int) -> float | int:
    """The paper's value, or one that keeps the steps small."""
    a = setting.argument
    if a.default is not None:
        return a.default
    if isinstance(a.type, ArrayType) and a.type.sort == "integer":
        return 5
    if a.name == found.rate:
        return 0.02
    return round(0.6 + 0.05 * (k % 6), 2) if a.domain.replace(" ", "") in WITHIN else round(0.3 + 0.05 * (k % 6), 2)


def _counts(found: Optimiser, steps: int, known: Mapping[str, int]) -> dict[str, int] | None:
    """The number that makes the loop run so many steps."""
    loop = next(s for s in found.program.body if isinstance(s, Loop))
    last: Function = loop.last.function
    open_ = [a.name for a in last.arguments]
    if loop.last.elements or len(open_) > 1:
        return None
    for value in range(steps - 2, steps + 3) if open_ else [0]:
        given = dict.fromkeys(open_, value)
        try:
            if int(evaluate(last, given, {})) - found.first + 1 == steps:
                return given
        except (EvaluationError, ValueError, TypeError):
            return None
    return None
