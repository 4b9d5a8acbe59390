"""Conditions on a bound index that stand in the sentence behind a display: "where i ≠ y"."""

from __future__ import annotations

import re

from ..formula import parse
from ..formula.tree import Node, Relation, Scripted, Symbol
from ..spec.surroundings import THIS
from .index import walk
from .keys import plain


def side_conditions(prose: str) -> tuple[Relation, ...]:
    """The inequations of the clause that goes on behind the display with "where", "with" or "for".

    Ranges and memberships stand in the symbol table; an exclusion belongs to the formula alone.
    """
    _, found, behind = prose.partition(THIS)
    if not found or not re.match(r"[\s,;]*(?:where|with|for|such that)\b", behind):
        return ()
    out = []
    for k, part in enumerate(behind.split("$")):
        if k % 2:
            trees = parse(part).statements if "\\ne" in part or "≠" in part else ()
            out += [t for t in trees if isinstance(t, Relation) and [op for op, _ in t.rest] == ["≠"]]
        elif re.search(r"[.:](?:\s|$)", part):
            break
    return tuple(out)


def names(tree: Node) -> frozenset[str]:
    """All symbols of a formula, with and without their scripts."""
    return frozenset(plain(n) for n in walk(tree) if isinstance(n, (Symbol, Scripted)))
