"""What a node has become on its way to code: a Python expression and the layout of the tensor that it yields.

A tensor has its index axes first, in the order of `indices`, then `own` axes of its own shape. Batch axes may stand in
front of all, so positions always count from the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ..ir.node import Sort

# Levels of Python's operators, loosest first.
# Python gives `@`, `//` and `%` the level of `*`; here they stand below it, so that `a * (B @ x)` keeps its brackets.
TERNARY, OR, AND, NOT, COMPARE, BIT_OR, BIT_AND, SUM, MATMUL, PRODUCT, UNARY, POWER, ATOM = range(13)

Kind = Literal["python", "scalar", "tensor"]
"""python: a number known before any tensor is (a constant, a size); scalar: made of scalar arguments, each of which may be a
Python number or a 0-d tensor; tensor: always a tensor."""


@dataclass(frozen=True, slots=True)
class Value:
    text: str
    level: int = ATOM
    indices: tuple[str, ...] = ()
    own: int = 0
    kind: Kind = "tensor"
    sort: Sort = "real"
    uses: frozenset[str] = frozenset()
    """The arguments and locals that it is made of."""

    @property
    def rank(self) -> int:
        return len(self.indices) + self.own

    def at(self, level: int) -> str:
        """The text, in brackets if it binds more loosely than `level`."""
        return self.text if self.level >= level else f"({self.text})"

    def remade(self, text: str, **changes: object) -> Value:
        """Another text that needs no brackets."""
        return replace(self, text=text, level=ATOM, **changes)  # type: ignore[arg-type]

    def atom(self, suffix: str, **changes: object) -> Value:
        """The text followed by an attribute, a call or a subscript."""
        return replace(self, text=f"{self.at(ATOM)}{suffix}", level=ATOM, **changes)  # type: ignore[arg-type]


def permuted(value: Value, order: Sequence[str], own: Sequence[int] | None = None) -> Value:
    """Index axes in another order (and own axes, given as their present positions)."""
    own = list(range(value.own)) if own is None else list(own)
    if tuple(order) == value.indices and own == list(range(value.own)):
        return value
    now: list[str | int] = [*value.indices, *range(value.own)]
    then: list[str | int] = [*order, *own]
    if now == then:
        return replace(value, indices=tuple(order))
    return moved(value, [now.index(t) for t in then], indices=tuple(order))


def moved(value: Value, places: Sequence[int], **changes: object) -> Value:
    """Axis k of the result is axis `places[k]` of the value (counted without batch axes)."""
    rank = len(places)
    if list(places) == list(range(rank)):
        return replace(value, **changes)  # type: ignore[arg-type]
    if list(places) == [*range(rank - 2), rank - 1, rank - 2]:
        return value.atom(".mT", **changes)
    # One axis moves past others, or a general permutation.
    for source in range(rank):
        rest = [k for k in range(rank) if k != source]
        target = list(places).index(source)
        if [*rest[:target], source, *rest[target:]] == list(places):
            return value.atom(f".movedim({source - rank}, {target - rank})", **changes)
    sources = ", ".join(str(p - rank) for p in places)
    targets = ", ".join(str(k - rank) for k in range(rank))
    return value.atom(f".movedim(({sources}), ({targets}))", **changes)


def spread(value: Value, indices: Sequence[str], own: int) -> Value:
    """The value with axes of size one so that it broadcasts against the layout `indices` + `own` own axes.

    Index axes that are missing on the left need none, nor does a scalar.
    """
    if not value.rank or value.kind == "python":
        return replace(value, indices=value.indices)
    present = [i for i in indices if i in value.indices]
    value = permuted(value, present)
    first = list(indices).index(present[0]) if present else len(indices)
    keys = [":" if i in value.indices else "None" for i in indices[first:]]
    keys += [":"] * own if value.own == own else ["None"] * own
    if "None" not in keys:
        return value
    if len(set(keys)) > 1 and keys[0] == ":":
        while len(keys) > 1 and keys[0] == ":":  # what `...` covers already
            keys = keys[1:]
    # Numbers of an index have no batch axes, so `i[:, None]` will do.
    lead = "" if not value.uses and value.level == ATOM and keys[0] == "None" and value.rank == 1 else "..., "
    if not lead:
        keys = [":", *keys]
    return value.atom(f"[{lead}{', '.join(keys)}]", indices=tuple(indices[first:]), own=own)


def union(values: Sequence[Value], order: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The layout that all the values broadcast to."""
    present = {i for v in values for i in v.indices}
    return tuple(i for i in order if i in present), max((v.own for v in values), default=0)


def product_level(first: Value) -> int:
    """The level of a product: one that begins with a matrix product needs brackets to the right of a factor."""
    return MATMUL if first.level == MATMUL else PRODUCT


def uses(values: Sequence[Value]) -> frozenset[str]:
    return frozenset().union(*(v.uses for v in values))


def joined_kind(values: Sequence[Value]) -> Kind:
    kinds = {v.kind for v in values}
    return "tensor" if "tensor" in kinds else "scalar" if "scalar" in kinds else "python"
