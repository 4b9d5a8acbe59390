"""Notation that a box settles by itself: conjugate transposes, pairs in a quotient, one letter for an array and for a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace

from ..formula import ascii_name, plain
from ..formula.tree import BigOp, Binary, Fraction, Group, Juxtaposition, List, Node, Scripted, Symbol
from ..spec.algorithms import Declare, For, Step
from .index import is_letter, rebuilt, split, unwrapped, walk
from .timeline_trees import all_trees, base_of, flat, occurrences, targets_of

Change = Callable[[Node], Node]


def settled_notation(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with one meaning for each sign."""
    for rule in (_quotients, _conjugates, _numbers):
        change = rule(steps)
        if change is not None:
            steps = _everywhere(steps, change)
    return steps


def _everywhere(steps: tuple[Step, ...], change: Change) -> tuple[Step, ...]:
    """Each node of each formula changed, inner ones first."""

    def go(node: object) -> object:
        if isinstance(node, tuple):
            return tuple(go(i) for i in node)
        if not is_dataclass(node) or isinstance(node, type):
            return node
        found = {f.name: go(getattr(node, f.name)) for f in fields(node) if f.name not in ("at", "line", "text")}
        found = {k: v for k, v in found.items() if v is not getattr(node, k) and v != getattr(node, k)}
        made = replace(node, **found) if found else node
        return change(made) if hasattr(made, "at") else made  # type: ignore[arg-type]

    return go(steps)  # type: ignore[return-value]


def _quotients(steps: Sequence[Step]) -> Change | None:
    """`(r, r) / (p, q)`: pairs cannot be divided by each other, inner products can."""

    def inner(node: Node) -> Node | None:
        if isinstance(node, Group) and node.open == "(" and isinstance(node.body, List) and len(node.body.items) == 2:
            return replace(node, open="⟨", close="⟩")
        return None

    def change(node: Node) -> Node:
        match node:
            case Fraction(top, bottom):
                a, b = inner(top), inner(bottom)
                return replace(node, numerator=a, denominator=b) if a is not None and b is not None else node
            case Binary("/", top, bottom):
                a, b = inner(top), inner(bottom)
                return replace(node, left=a, right=b) if a is not None and b is not None else node
        return node

    return change


def _conjugates(steps: Sequence[Step]) -> Change | None:
    """`q^* v`, `b^* A b` where the box sets q and b: the conjugate transpose, which for real numbers is the transpose.

    A symbol with a star that a line sets or declares, or that stands anywhere but in front of another factor, is a symbol.
    """
    assigned = {base_of(t) for s in flat(steps) for t in targets_of(s)}
    trees = [t for s in flat(steps) for t in all_trees(s)]
    named = [t for s in flat(steps) for t in targets_of(s)]
    named += [t for s in flat(steps) if isinstance(s, Declare) for t, _ in s.trees]
    known = {plain(split(n).base) for t in named for n in occurrences(t) if _starred(n)}
    in_front = {
        id(item)
        for t in trees
        for n in walk(t)
        if isinstance(n, Juxtaposition)
        for item, behind in zip(n.items, n.items[1:])
        if _starred(item) and isinstance(behind, Symbol | Scripted)
    }
    stars = [n for t in trees for n in occurrences(t) if _starred(n)]
    adjoint = {
        base
        for base in assigned - known
        if (own := [n for n in stars if plain(split(n).base) == base]) and all(id(n) in in_front for n in own)
    }
    if not adjoint:
        return None

    def change(node: Node) -> Node:
        if _starred(node) and plain(split(node).base) in adjoint:
            parts = split(node)
            top = Symbol("top")
            return rebuilt(parts, tuple(top if _is_star(i) else i for i in parts.sups), parts.subs)
        return node

    return change


def _is_star(node: Node) -> bool:
    return isinstance(node, Symbol) and node.name in ("*", "ast", "star", "H", "dagger") and not node.accents


def _starred(node: object) -> bool:
    return isinstance(node, Scripted) and isinstance(split(node).base, Symbol) and any(map(_is_star, split(node).sups))


def _numbers(steps: Sequence[Step]) -> Change | None:
    """`N_k` set for each k beside a number N: two symbols, and the array is called by its printed name."""
    limits = {plain(n) for s in flat(steps) if isinstance(s, For) for e in (s.first, s.last) for n in walk(e)}
    limits |= {plain(n) for s in flat(steps) for t in all_trees(s) for n in _ends(t)}
    counters = {plain(s.variable) for s in flat(steps) if isinstance(s, For) and s.variable is not None}
    clash: dict[str, Node] = {}
    for step in flat(steps):
        for target in targets_of(step):
            parts = split(target)
            letters = [i for i in (*parts.subs, *parts.sups) if is_letter(i) and plain(unwrapped(i)) not in counters]
            bare = not parts.sups and len(parts.subs) == 1 == len(letters)
            if bare and isinstance(parts.base, Symbol) and plain(parts.base) in limits:
                clash.setdefault(plain(parts.base), Symbol(ascii_name(target), (), "", True))
    if not clash:
        return None

    def change(node: Node) -> Node:
        parts = split(node) if isinstance(node, Scripted) else None
        if parts is None or parts.sups or len(parts.subs) != 1 or not is_letter(parts.subs[0]):
            return node
        array = clash.get(plain(parts.base))
        return rebuilt(replace(parts, base=array), (), parts.subs) if array is not None else node

    return change


def _ends(tree: Node) -> list[Node]:
    return [x for n in walk(tree) if isinstance(n, BigOp) and n.sup is not None for x in walk(n.sup)]
