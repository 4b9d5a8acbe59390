"""How a paper uses its symbols throughout: with superscripts that number, without any, with an argument."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from itertools import pairwise

from ..formula.tree import Binary, Group, Juxtaposition, Relation, Scripted, Symbol
from ..spec.model import Statement
from .index import is_letter, split, walk
from .keys import plain


@dataclass(frozen=True, slots=True)
class Usage:
    """Symbols by how the paper writes them somewhere; keys without scripts."""

    families: frozenset[str] = frozenset()
    """Their superscripts number them (`W^{(l)}`; `W^l` on a left side)."""
    shifted: frozenset[str] = frozenset()
    """A number is added to their superscripts (`h^{l-1}`)."""
    alone: frozenset[str] = frozenset()
    """They stand without a superscript."""
    operators: frozenset[str] = frozenset()
    """Script letters that are applied to something in brackets (`\\mathcal{H}(x)`)."""


def usage(statements: Iterable[Statement]) -> Usage:
    """A superscript in brackets numbers, so does one on the left side of an equation, and one that a number is added to
    unless it is a power."""
    families: set[str] = set()
    shifted: set[str] = set()
    alone: set[str] = set()
    operators: set[str] = set()
    for s in statements:
        _bare(s.tree, alone)
        for n in walk(s.tree):
            if isinstance(n, Scripted) and n.sup is not None:
                parts = split(n)
                if any(isinstance(i, Group) for i in parts.sups):
                    families.add(plain(parts.base))
                if any(map(_shifted, parts.sups)):
                    shifted.add(plain(parts.base))
            if isinstance(n, Juxtaposition):
                operators |= {plain(a) for a, b in pairwise(n.items) if _applies(a, b)}
        left = s.tree.first if isinstance(s.tree, Relation) else None
        if isinstance(left, Scripted) and any(map(is_letter, split(left).sups)):
            families.add(plain(split(left).base))
    return Usage(frozenset(families), frozenset(shifted), frozenset(alone), frozenset(operators))


def _applies(head: object, group: object) -> bool:
    return (
        isinstance(head, Symbol)
        and head.font == "cal"
        and isinstance(group, Group)
        and group.open == "("
        and isinstance(group.body, (Symbol, Scripted))
    )


def _shifted(item: object) -> bool:
    return isinstance(item, Binary) and item.op in ("+", "-") and isinstance(item.left, Symbol)


def _bare(node: object, found: set[str]) -> None:
    """Adds the symbols without a superscript, those in scripts aside."""
    if isinstance(node, tuple):
        for item in node:
            _bare(item, found)
    elif isinstance(node, Symbol):
        found.add(plain(node))
    elif isinstance(node, Scripted):
        parts = split(node)
        if not isinstance(parts.base, Symbol):
            _bare(node.base, found)
        elif not parts.sups:
            found.add(plain(parts.base))
    elif is_dataclass(node) and not isinstance(node, type):
        for f in fields(node):
            if f.name not in ("at", "sub", "sup"):
                _bare(getattr(node, f.name), found)
