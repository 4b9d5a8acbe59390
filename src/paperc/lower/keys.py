"""Keys of symbols: canonical LaTeX in which bold and upright letters are the plain ones, and script letters are their own.

A vector and its elements differ in weight (`\\mathbf{a}`, `a_i`); `L` and `\\mathcal{L}`, `D` and `\\mathcal{D}` are two symbols.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

from ..formula import canonical
from ..formula.tree import Node, Symbol

KEPT = frozenset({"cal", "bb", "frak"})


@lru_cache(maxsize=50_000)
def plain(node: Node) -> str:
    """The key of a symbol, or of any tree."""
    return canonical(_unweighted(node))


def _unweighted(node: Any) -> Any:
    if isinstance(node, Symbol):
        return node if node.font in KEPT or not node.font else replace(node, font="")
    if isinstance(node, tuple):
        new = tuple(_unweighted(i) for i in node)
        return node if all(a is b for a, b in zip(new, node)) else new
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changed = {}
    for f in fields(node):
        if f.name != "at":
            value = getattr(node, f.name)
            new = _unweighted(value)
            if new is not value:
                changed[f.name] = new
    return replace(node, **changed) if changed else node
