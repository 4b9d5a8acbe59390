"""Arrays of a box whose entries its variables pick: `D_{i,k}` in loops over i and k, `Q_{s_t,a}` at a stored index s_t.

A symbol is such a table only where its shape is declared and each entry that the box reads or sets fits that shape: loops
that pick along an axis end where the axis ends, so that the letter is a place and no step in time. Loops count as the paper
counts; indices that the caller stores count from zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..formula import plain
from ..formula.tree import BigOp, List, Node, Number, Relation, Scripted, Symbol
from ..ir.dims import Dim
from ..spec.algorithms import Assign, Declare, For, Hole, If, Return, Step, While
from ..spec.model import SymbolInfo
from .facts import membership, size_of, tree_of
from .index import as_dim, split, unwrapped, walk
from .refusal import Refusal
from .timeline_trees import all_trees, base_of, blocks_of, flat, occurrences, targets_of, values_of


@dataclass(frozen=True, slots=True)
class Table:
    """An array of known shape. `bases` are the paper's numbers of the first element along each axis."""

    array: Symbol
    bases: tuple[int, ...]
    written: bool


@dataclass(frozen=True, slots=True)
class _Use:
    """A symbol where it stands: the loops around it, whether the line sets it, whether a line of words holds it."""

    node: Node
    loops: tuple[For, ...]
    target: bool = False
    words: bool = False
    returned: bool = False


class Tables:
    """Knows the tables of a box, and which of their scripts pick. Letters of loops that became axes are free indices.

    Raises Refusal where an index that picks is computed with as well.
    """

    def __init__(self, steps: Sequence[Step], symbols: Mapping[str, SymbolInfo]) -> None:
        self.uses = list(_uses(steps, ()))
        self.assigned = {base_of(t) for s in flat(steps) for t in targets_of(s)}
        declared = [t for s in flat(steps) if isinstance(s, Declare) for t, _ in s.trees]
        self.given = {base_of(n) for t in declared for n in occurrences(t)} - self.assigned
        self.stored: set[str] = set()
        """Given symbols that pick entries of some table."""
        self.of: dict[str, Table] = {}
        for key, (array, sizes) in _shapes(declared, symbols).items():
            found = self._table(key, array, sizes)
            if found is not None:
                self.of[key] = found
        bound = {
            plain(n)
            for s in flat(steps)
            for t in all_trees(s)
            for b in walk(t)
            if isinstance(b, BigOp)
            for n in walk(b.sub)
        }
        for name in {base_of(unwrapped(i)) for u in self.uses for i in self._stored_items(u)}:
            # Stored indices count from zero: beside a counter that starts at one, such an index would count two ways.
            picks = sum(1 for u in self.uses for i in self._stored_items(u) if base_of(unwrapped(i)) == name)
            read = sum(1 for u in self.uses if base_of(u.node) == name and plain(u.node) not in bound)
            if read != picks:
                raise Refusal(
                    "element", f"{name} picks entries of a table and is read as a number too", "one use of it"
                )
        self.stored |= {base_of(unwrapped(i)) for u in self.uses for i in self._stored_items(u)}

    def numbers(self, node: Node, loops: Sequence[For]) -> tuple[Table, tuple[Node | None, ...]] | None:
        """The table and what picks along each axis (None: the script is an index of the formula)."""
        table = self.of.get(base_of(node))
        parts = split(node)
        if table is None or len(parts.subs) != len(table.bases):
            return None
        kinds = [self._kind(i, loops) for i in parts.subs]
        if "stored" not in kinds and not (table.written and any(kinds)):
            return None
        return table, tuple(i if k else None for i, k in zip(parts.subs, kinds))

    # --- judging

    def _kind(self, item: Node, loops: Sequence[For]) -> str:
        """ "counted", "stored" or "": what a script is."""
        inner = unwrapped(item)
        number = as_dim(inner)
        letters = {plain(x.variable) for x in loops if x.variable is not None}
        if number is not None and set(number.names) <= letters:
            return "counted" if number.names or number.value is not None else ""
        if isinstance(inner, Scripted) and isinstance(split(inner).base, Symbol):
            inside = split(inner)
            steps = [as_dim(unwrapped(i)) for i in inside.subs]
            given = base_of(inner) in self.given and not inside.sups and len(steps) == 1
            if given and all(d is not None and set(d.names) <= letters for d in steps):
                return "stored"
        return ""

    def _stored_items(self, use: _Use) -> Iterator[Node]:
        if base_of(use.node) in self.of:
            yield from (i for i in split(use.node).subs if self._kind(i, use.loops) == "stored")

    def _table(self, key: str, array: Symbol, sizes: Sequence[Dim]) -> Table | None:
        uses = [u for u in self.uses if base_of(u.node) == key]
        written = key in self.assigned
        ends: list[list[tuple[Dim, Dim]]] = [[] for _ in sizes]
        picks = False
        for use in uses:
            parts = split(use.node)
            if not parts.subs:
                if written and not use.returned:
                    return None
                continue
            if len(parts.subs) != len(sizes) or not all(isinstance(i, Number) for i in parts.sups):
                return None
            kinds = [self._kind(i, use.loops) for i in parts.subs]
            if use.words and (written or "stored" in kinds):
                return None  # a callable stands for the line, and takes variables as they are
            if use.target and (parts.sups or not all(kinds)):
                return None
            picks = picks or use.target or "stored" in kinds
            for axis, (item, kind) in enumerate(zip(parts.subs, kinds)):
                if kind == "counted":
                    reached = _reached(as_dim(unwrapped(item)), use.loops)
                    if reached is None:
                        return None
                    ends[axis].append(reached)
        bases = [_base(found, size) for found, size in zip(ends, sizes)]
        if not picks or any(b is None for b in bases):
            return None
        return Table(array, tuple(b for b in bases if b is not None), written)


def _uses(steps: Sequence[Step], loops: tuple[For, ...]) -> Iterator[_Use]:
    for step in steps:
        if isinstance(step, Declare):
            continue
        targets = targets_of(step)
        words = isinstance(step, Hole) or (bool(targets) and not isinstance(step, Assign))
        match step:
            case While(condition=Hole()):
                words = True
            case If(branches):
                words = any(isinstance(test, Hole) for test, _ in branches)
        for tree in targets:
            outer = plain(tree)
            for node in occurrences(tree):
                yield _Use(node, loops, plain(node) == outer, words)
        for tree in values_of(step):
            for node in occurrences(tree):
                yield _Use(node, loops, words=words, returned=isinstance(step, Return))
        if isinstance(step, For):
            yield from _uses(step.body, (*loops, step))
        for block in blocks_of(step):
            yield from _uses(block, loops)


def _shapes(declared: Sequence[Node], symbols: Mapping[str, SymbolInfo]) -> dict[str, tuple[Symbol, tuple[Dim, ...]]]:
    """Symbols with the sizes of their axes, from the box or the paper; only those all of whose sizes are known."""
    found: dict[str, tuple[Symbol, tuple[str, ...]]] = {}
    for info in symbols.values():
        tree = tree_of(info.symbol)
        if isinstance(tree, Symbol) and info.shape:
            found[plain(tree)] = tree, info.shape
    for tree in declared:
        if isinstance(tree, Relation) and tree.rest[0][0] == "∈":
            sides = membership(tree.rest[0][1])
            for target in tree.first.items if isinstance(tree.first, List) else (tree.first,):
                if isinstance(target, Symbol) and sides:
                    found[plain(target)] = target, sides
    out = {}
    for key, (tree, shape) in found.items():
        sizes = tuple(size_of(s) for s in shape)
        if all(s is not None for s in sizes):
            out[key] = tree, tuple(s for s in sizes if s is not None)
    return out


def _reached(number: Dim | None, loops: Sequence[For]) -> tuple[Dim, Dim] | None:
    """The smallest and the largest value of `i + c`, where the loops end."""
    if number is None:
        return None
    low = high = number
    for loop in reversed(loops):
        if loop.variable is None:
            continue
        letter = plain(loop.variable)
        first, last = as_dim(loop.first), as_dim(loop.last)
        if first is None or last is None:
            if letter in low.names or letter in high.names:
                return None
            continue
        if loop.down:
            first, last = last, first
        for side in (low, high):
            if letter in side.names and letter in (side - Dim.of(letter)).names:
                return None
        low, high = low.replace({letter: first}), high.replace({letter: last})
    return low, high


def _base(ends: Sequence[tuple[Dim, Dim]], size: Dim) -> int | None:
    """0 or 1, as the loops tell; None where they do not fit the axis or leave it open."""
    if not ends:
        return 0
    if any(low.value is None for low, _ in ends):
        return None
    least = min(int(low.value) for low, _ in ends if low.value is not None)
    left = [(size - high).value for _, high in ends]
    if any(rest is None for rest in left):
        return None
    room = min(int(rest) for rest in left if rest is not None)
    if least == 0:
        return 0 if room >= 1 else None
    return 1 if least >= 1 and room == 0 else None
