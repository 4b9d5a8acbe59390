"""Walking the statements and symbols of a box: their formulas, scripts and steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import TypeAlias

from ..formula import plain
from ..formula.tree import Binary, Node, Number, Scripted, Symbol
from ..ir.dims import Dim
from ..spec.algorithms import Assign, Condition, Draw, Each, Endless, For, Hole, If, Return, Step, While
from .index import Parts, as_dim, is_letter, rebuilt, split, unwrapped

Slot: TypeAlias = tuple[str, int]
"""Where the step stands: ("sub", 0) is the first subscript."""


def blocks_of(step: Step) -> tuple[tuple[Step, ...], ...]:
    match step:
        case While():
            return (step.body,)
        case Endless() | Each():
            return (step.body,)
        case If():
            return tuple(b for _, b in step.branches)
    return ()


def flat(steps: Sequence[Step]) -> Iterator[Step]:
    """All statements, blocks included, in order."""
    for step in steps:
        yield step
        if isinstance(step, For):
            yield from flat(step.body)
        for block in blocks_of(step):
            yield from flat(block)


def targets_of(step: Step) -> tuple[Node, ...]:
    """The symbols that a statement sets (not those of its blocks)."""
    match step:
        case Assign() | Hole() | Each():
            return step.targets
        case Draw():
            return (step.target,)
    return ()


def values_of(step: Step) -> tuple[Node, ...]:
    """The formulas that a statement reads (not those of its blocks)."""
    match step:
        case Assign():
            return step.values
        case Draw():
            return (step.distribution,)
        case While():
            return _read_by(step.condition)
        case If():
            return tuple(n for c, _ in step.branches if c is not None for n in _read_by(c))
        case Return():
            return step.values
        case For():
            return (step.first, step.last)
        case Hole():
            return step.symbols
        case Each():
            return step.items.symbols
    return ()


def _read_by(condition: Condition) -> tuple[Node, ...]:
    return condition.symbols if isinstance(condition, Hole) else (condition,)


def all_trees(step: Step) -> tuple[Node, ...]:
    """The formulas of a statement, targets included."""
    return (*targets_of(step), *values_of(step))


def replace_sups(node: Node) -> Node:
    """The symbol without superscripts (powers, transposes)."""
    return rebuilt(split(node), (), split(node).subs)


def occurrences(tree: object) -> Iterator[Node]:
    """Symbols with their scripts, outermost first; also those inside scripts."""
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from occurrences(item)
        return
    if isinstance(tree, Scripted) and isinstance(split(tree).base, Symbol):
        yield tree
        parts = split(tree)
        if parts.base != Symbol("nabla"):  # `∇_θ` only says by what is differentiated
            yield from occurrences((*parts.sups, *parts.subs))
        return
    if isinstance(tree, Symbol):
        yield tree
        return
    if is_dataclass(tree) and not isinstance(tree, type):
        for f in fields(tree):
            if f.name != "at":
                yield from occurrences(getattr(tree, f.name))


def slots_of(parts: Parts) -> Iterator[tuple[Slot, Node]]:
    for k, item in enumerate(parts.subs):
        yield ("sub", k), item
    for k, item in enumerate(parts.sups):
        yield ("sup", k), item


def offset_of(item: Node, letter: str) -> int | None:
    """c of `letter + c`; None for anything else."""
    dim = as_dim(unwrapped(item))
    if dim is None or letter not in dim.names:
        return None
    rest = (dim - Dim.of(letter)).value
    return int(rest) if rest is not None and rest.denominator == 1 else None


def is_step(item: Node) -> bool:
    """It may be the number of a step: a number, a letter, a sum of them; no word and no infinity."""
    inner = unwrapped(item)
    if isinstance(inner, Symbol):
        return not inner.word and inner.name not in ("infty", "star", "*", "top", "perp")
    return as_dim(inner) is not None or isinstance(inner, Scripted)


def has_labels(parts: Parts, slot: Slot) -> bool:
    """It has scripts beside its step that are no free indices."""
    return any(place != slot and not is_letter(item) for place, item in slots_of(parts))


def key_of(parts: Parts, slot: Slot) -> str:
    """What makes symbols one variable: base, labels and the number of free indices; the step is left out."""
    words = []
    for place, item in slots_of(parts):
        if place == slot:
            continue
        letter = is_letter(item) and len(plain(unwrapped(item)).lstrip("\\")) >= 1 and plain(unwrapped(item)).islower()
        words.append("#" if letter or not isinstance(unwrapped(item), (Symbol, Number)) else plain(item))
    return f"{plain(parts.base)}{chr(39) * parts.primes} {slot[0]}{slot[1]} {','.join(words)}"


def without_item(parts: Parts, slot: Slot) -> Node:
    kind, place = slot
    subs = tuple(i for k, i in enumerate(parts.subs) if (kind, k) != ("sub", k) or k != place)
    sups = tuple(i for k, i in enumerate(parts.sups) if (kind, k) != ("sup", k) or k != place)
    return rebuilt(parts, sups, subs)


def with_item(array: Node, slot: Slot, item: Node) -> Node:
    parts = split(array)
    subs, sups = list(parts.subs), list(parts.sups)
    (subs if slot[0] == "sub" else sups).insert(slot[1], item)
    return rebuilt(parts, tuple(sups), tuple(subs))


def tree_of(dim: Dim) -> Node:
    """A number as a surface tree: `0`, `T`, `T + 1`."""
    total: Node | None = None
    for monomial, coefficient in dim.terms:
        factor: Node = Symbol(monomial[0][0]) if monomial else Number(str(abs(int(coefficient))))
        if total is None:
            total = factor
        else:
            total = Binary("-" if coefficient < 0 else "+", total, factor)
    return total or Number("0")


def base_of(tree: Node) -> str:
    parts = split(tree)
    return plain(parts.base) + "'" * parts.primes
