"""Objectives: the value that a statement minimises or maximises is what its function computes; the search is not part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..formula import ascii_name, canonical
from ..formula.tree import (
    BigOp,
    Binary,
    Decorated,
    Group,
    List,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from .index import is_letter, split, unwrapped
from .left import Left

SEARCHES = {
    "min": "minimised",
    "inf": "minimised",
    "argmin": "minimised",
    "max": "maximised",
    "sup": "maximised",
    "argmax": "maximised",
}
INDICES = frozenset("ijklmnct")


@dataclass(frozen=True, slots=True)
class Objective:
    """What is optimised, over what, and the name of its function."""

    left: Left
    body: Tree
    over: tuple[tuple[str, Tree], ...] = ()
    """ "minimised" or "maximised", and what stands below the extremum; outermost first."""
    searches: bool = False
    """The statement is an equation for the minimiser: over a finite set it has a value of its own."""
    named: bool = False
    """It names a minimiser."""
    continuous: bool = False
    """The search runs over something that cannot be listed."""

    def sentence(self, statement: Tree) -> str:
        """For the docstring: what the function is, and what the paper asks beside it."""
        parts: dict[str, list[str]] = {}
        for how, tree in self.over:
            parts.setdefault(how, []).append(canonical(tree))
        text = "the objective"
        if parts:
            text += " that is " + " and ".join(f"{how} over {', '.join(names)}" for how, names in parts.items())
        conditions = [canonical(q.condition) for q in _quantified(statement) if q.kind == "st"]
        if conditions:
            text += f", subject to {' and '.join(conditions)}"
        return f"{text}; the search is not part of the function"


def objective(tree: Tree) -> Objective | None:
    """The objective of a statement, with the name of what it determines; None where the statement has none."""
    name: Tree | None = None
    searches = False
    body = _bare(tree)
    if isinstance(body, Relation):
        op, last = body.rest[-1]
        if op in ("→", "↦") and isinstance(last, BigOp) and last.op in SEARCHES and isinstance(last.body, Placeholder):
            # `L(θ) → \\min_θ`
            inner = body.first
            return Objective(_named(None), inner, _over(last))
        if len(body.rest) > 1 or op not in ("=", ":=", "∈", "←", "≈"):
            return None
        name, body, searches = body.first, _bare(last), op != "∈"
        if not (isinstance(body, BigOp) and body.op in ("argmin", "argmax")):
            return None
    over: list[tuple[str, Tree]] = []
    first = _leading(body)
    while (search := _leading(body)) is not None and (search is first or _continuous(search)):
        over += _over(search)
        body = _bare(_without(body, search))
    listed = first is None or not _continuous(first)
    return Objective(_named(name), body, tuple(over), searches, name is not None, not listed)


def _named(name: Tree | None) -> Left:
    symbol = Symbol(
        "objective" if name is None or not _simple(name) else f"objective_{ascii_name(_head(name))}", (), "", True
    )
    return Left(symbol, symbol)


def _simple(name: Tree) -> bool:
    return isinstance(_head(name), (Symbol, Scripted)) and isinstance(split(_head(name)).base, Symbol)


def _head(name: Tree) -> Tree:
    from .left import head_of

    return head_of(name)[0]


def _bare(tree: Tree) -> Tree:
    """Without clauses beside it, and without what only decorates."""
    while isinstance(tree, (Quantified, Decorated)) or (isinstance(tree, Group) and tree.open in ".{"):
        tree = tree.body
    return tree


def _leading(tree: Tree) -> BigOp | None:
    """The extremum with which a formula begins; it reaches over the terms behind its own: `\\max_D E_1 + E_2`."""
    while isinstance(tree, Binary) and tree.op in ("+", "-"):
        tree = tree.left
    return tree if isinstance(tree, BigOp) and tree.op in SEARCHES else None


def _without(tree: Tree, search: BigOp) -> Tree:
    if isinstance(tree, Binary):
        return replace(tree, left=_without(tree.left, search))
    return search.body


def _over(big: BigOp) -> tuple[tuple[str, Tree], ...]:
    if big.sub is None:
        return ()
    return tuple((SEARCHES[big.op], t) for t in (big.sub.items if isinstance(big.sub, List) else (big.sub,)))


def _continuous(big: BigOp) -> bool:
    """The search runs over parameters, functions or real arrays, not over an index or a finite set that can be listed."""
    for _, item in _over(big):
        first = item.first if isinstance(item, Relation) else item
        inner = unwrapped(first)
        if isinstance(item, Relation) and item.rest[0][0] == "=":
            return False
        if is_letter(inner) and isinstance(inner, Symbol) and inner.name in INDICES:
            return False
        if isinstance(inner, (Number, Relation)):
            return False
    return bool(_over(big))


def _quantified(tree: Tree) -> list[Quantified]:
    found = []
    while isinstance(tree, Quantified):
        found.append(tree)
        tree = tree.body
    return found
