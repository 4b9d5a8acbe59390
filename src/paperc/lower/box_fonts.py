"""A letter that a box uses in two fonts for two things: the variables of a box are told apart by their letters alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from ..formula.tree import Group, Juxtaposition, Relation, Scripted, Symbol
from ..spec.algorithms import Draw, Step
from .refusal import Refusal
from .timeline_trees import flat


def font_clashes(steps: Sequence[Step]) -> list[tuple[int, Refusal]]:
    """The first line where a letter comes back in another font: a noise process `\\mathcal{N}` beside a number N.

    Bold and plain are often one symbol; a set behind ∈, a distribution that is drawn from and a function are no variables.
    """
    first: dict[tuple[str, tuple[str, ...]], bool] = {}
    for step in flat(steps):
        for symbol in _variables(step):
            script = symbol.font in ("cal", "frak")
            if first.setdefault((symbol.name, symbol.accents), script) is not script:
                why = f"the box uses {symbol.name} in two fonts, for two things"
                return [(getattr(step, "line", -1), Refusal("names", why, "two letters"))]
    return []


def _variables(value: Any) -> Iterator[Symbol]:
    match value:
        case Symbol():
            if not value.word:
                yield value
        case Juxtaposition(items):
            for k, item in enumerate(items):
                called = k + 1 < len(items) and isinstance(items[k + 1], Group)
                base = item.base if isinstance(item, Scripted) else item
                if not (called and isinstance(base, Symbol)):
                    yield from _variables(item)
        case Relation(left, rest):
            yield from _variables(left)
            for op, right in rest:
                if op not in ("∈", "∼", "→"):
                    yield from _variables(right)
        case Draw():
            yield from _variables(value.target)
        case tuple():
            for part in value:
                yield from _variables(part)
        case _ if is_dataclass(value):
            for part in fields(value):
                if part.name not in ("body", "at"):  # the steps of a block come by themselves
                    yield from _variables(getattr(value, part.name))
