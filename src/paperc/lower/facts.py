"""What the paper says about a symbol, found by its printed form with or without its indices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..formula import canonical, parse
from ..formula import plain as bare
from ..formula.tree import Binary, Group, List, Node, Number, Scripted, Symbol
from ..ir.dims import Dim
from ..spec.model import SymbolInfo
from .index import Parts, as_dim, is_letter, shifted, split, unwrapped
from .keys import plain


@dataclass(frozen=True, slots=True)
class Known:
    """A symbol of the table. `covered`: its printed form holds the indices, so its shape is that of one element."""

    info: SymbolInfo
    covered: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    info: SymbolInfo
    parts: Parts


class Facts:
    """The paper's symbols, for look-up by surface tree."""

    def __init__(self, symbols: Mapping[str, SymbolInfo], bound: frozenset[str] = frozenset()) -> None:
        self.symbols = symbols
        self.bound = bound
        """Letters that some sum of the paper binds."""
        self._exact: dict[str, SymbolInfo] = {}
        self._by_base: dict[str, list[_Entry]] = {}
        for key, info in symbols.items():
            tree = tree_of(key)
            if tree is None:
                continue
            self._keep(plain(tree), info)
            parts = split(tree)
            self._by_base.setdefault(plain(parts.base) + "'" * parts.primes, []).append(_Entry(info, parts))
        self.dims = frozenset(
            name
            for info in symbols.values()
            for size in info.shape or ()
            if (dim := size_of(size)) is not None
            for name in dim.names
        )

    def _keep(self, key: str, info: SymbolInfo) -> None:
        """Of two fonts of one letter, the one of which more is known answers for the plain form."""
        before = self._exact.get(key)
        if before is None or (before.shape is None and info.shape is not None):
            self._exact[key] = info

    def exact(self, tree: Node) -> SymbolInfo | None:
        found = self._exact.get(plain(tree))
        # The table drops fonts where a letter has only one.
        return found if found is not None else self._exact.get(bare(tree))

    def find(self, tree: Node, indices: int) -> Known | None:
        """The symbol for an occurrence of which `indices` script items are indices (the rest are labels)."""
        found = self.exact(tree)
        if found is not None and (indices == 0 or self._says(found)):
            return Known(found, indices > 0)
        parts = split(tree)
        alike = _alike if indices else _same_at_another_step
        group = self._by_base.get(plain(parts.base) + "'" * parts.primes)
        for entry in group if group is not None else self._by_base.get(bare(parts.base) + "'" * parts.primes, []):
            if (
                len(entry.parts.sups) == len(parts.sups)
                and len(entry.parts.subs) == len(parts.subs)
                and self._says(entry.info)
                and all(alike(a, b) for a, b in zip(entry.parts.sups, parts.sups))
                and all(alike(a, b) for a, b in zip(entry.parts.subs, parts.subs))
            ):
                return Known(entry.info, indices > 0)
        return Known(found, indices > 0) if found is not None else None

    @staticmethod
    def _says(info: SymbolInfo) -> bool:
        return info.shape is not None or info.kind in ("scalar", "vector", "matrix", "tensor")


def _alike(a: Node, b: Node) -> bool:
    """Equal script items, or two index letters (`z_k` tells of `z_i`, `z_1` of `z_i`)."""
    if plain(a) == plain(b):
        return True
    letter_a, letter_b = is_letter(a), is_letter(b)
    return (letter_a and letter_b and _bracketed(a) == _bracketed(b)) or (
        letter_b and not letter_a and plain(unwrapped(a)) in ("1", "i", "j", "k")
    )


def _same_at_another_step(a: Node, b: Node) -> bool:
    """Equal script items, or one step of time: `h_t` tells of `h_{t-1}` and of `h_0`."""
    if plain(a) == plain(b):
        return True
    if not is_letter(a) or _bracketed(a) != _bracketed(b):
        return False
    inner = unwrapped(b)
    return shifted(inner) == plain(unwrapped(a)) or (
        isinstance(inner, Number) and plain(unwrapped(a)) in ("t", "k", "n")
    )


def _bracketed(node: Node) -> bool:
    return unwrapped(node) is not node


_PARSED: dict[str, Node | None] = {}


def tree_of(latex: str) -> Node | None:
    """The surface tree of a symbol's LaTeX."""
    if latex not in _PARSED:
        parsed = parse(latex)
        _PARSED[latex] = parsed.statements[0] if len(parsed.statements) == 1 and not parsed.problems else None
        if _PARSED[latex] is None and re.fullmatch(r"[A-Za-z_\\]+", latex):
            _PARSED[latex] = Symbol(latex.replace("\\_", "_"), (), "", True)
    return _PARSED[latex]


def size_of(text: str) -> Dim | None:
    """A declared size: "n", "d_{k}", "2N", "512"."""
    tree = tree_of(text)
    return as_dim(tree) if tree is not None else None


def membership(tree: Node) -> tuple[str, ...] | None:
    r"""The shape in `\mathbb{R}^{n \times d}`; () for an interval; None for anything else."""
    match tree:
        case Group("[" | "(", _, List()):
            return ()
        case Symbol("R" | "Z" | "N", font="bb"):
            return ()
        case Scripted(Symbol("R", font="bb"), None, sup, 0) if sup is not None:
            sides = _factors(sup)
            return tuple(canonical(s) for s in sides)
    return None


def _factors(tree: Node) -> list[Node]:
    if isinstance(tree, Binary) and tree.op == "×":
        return [*_factors(tree.left), *_factors(tree.right)]
    return [tree]
