"""What a paper's superscripts are: numbers of the members of a family (`W^{(l)}`, `h^{l-1}`), or powers of one thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass

from ..formula.tree import Binary, Group, Relation, Scripted, Symbol
from ..spec.model import Statement
from .index import is_letter, split, walk
from .keys import plain


def superscripts(statements: Iterable[Statement]) -> tuple[frozenset[str], frozenset[str]]:
    """The bases that superscripts number somewhere in the paper, and those that stand somewhere without one.

    A superscript in brackets numbers, so does one that a number is added to, and one on the left side of an equation.
    """
    families: set[str] = set()
    alone: set[str] = set()
    for s in statements:
        _bare(s.tree, alone)
        for n in walk(s.tree):
            if isinstance(n, Scripted) and n.sup is not None:
                parts = split(n)
                if any(isinstance(i, Group) or _shifted(i) for i in parts.sups):
                    families.add(plain(parts.base))
        left = s.tree.first if isinstance(s.tree, Relation) else None
        if isinstance(left, Scripted) and any(map(is_letter, split(left).sups)):
            families.add(plain(split(left).base))
    return frozenset(families), frozenset(alone)


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
