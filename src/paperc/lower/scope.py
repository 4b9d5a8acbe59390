"""One reading of one statement: its symbols and what is bound, while shapes and sizes are being solved.

A reading runs over the statement several times. Each pass builds the IR with what is known so far and learns more about
unknown shapes; the pass that starts with everything known gives the result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ..formula import ascii_name, canonical, to_latex
from ..formula.tree import Node as Tree
from ..formula.tree import Relation, Symbol
from ..ir.dims import Dim
from ..ir.node import (
    Access,
    All,
    Arg,
    ArrayType,
    Axis,
    Domain,
    Index,
    IndexNumber,
    Node,
    Over,
    Pick,
    Position,
    Range,
    Size,
    Slice,
    Sort,
)
from ..ir.shapes import as_dim, is_size
from .choices import Chooser
from .facts import Facts, Known, size_of
from .index import split
from .keys import plain
from .refusal import Mismatch, Refusal
from .types import Shape, Solver, Term, Unknown, show_dim
from .usage import Usage

Bounds = tuple[Dim, Dim]


@dataclass(slots=True)
class Entry:
    """A free symbol of the statement, which becomes an argument."""

    number: int
    key: str
    tree: Tree
    known: Known | None
    axes: list[Axis] = field(default_factory=list)
    """Axes by which indices pick elements; the own shape of an element comes behind them."""
    own: Shape = ()
    declared: bool = False
    sort: Sort = "real"
    sample: Index | None = None
    """The samples of an expectation run along a leading axis."""
    sample_axis: Axis | None = None
    listed: int = 0
    """How many indices pick its elements inside a function that takes it whole."""
    law: str = ""
    """What its samples are drawn from, as printed."""
    call: bool = False
    arguments: tuple[ArrayType, ...] = ()
    variables: tuple[str, ...] = ()
    """Of a density: whose it is."""
    uses: list[list[tuple[Bounds, bool]]] = field(default_factory=list)
    """For each axis the numbers that pick from it in this pass, and whether it is an index alone."""
    domain: str = ""
    name: str = ""
    """ASCII, unique in the function."""

    @property
    def symbol(self) -> str:
        return to_latex(self.tree)


class Reading:
    """The state of one reading of one statement; `term` reads a subtree."""

    def __init__(self, facts: Facts, chooser: Chooser, term: Callable[[Reading, Tree], Term]) -> None:
        self.facts, self.chooser, self._term = facts, chooser, term
        self.solver = Solver()
        self.entries: dict[str, Entry] = {}
        self.bound: dict[str, Term] = {}
        self.indices: dict[str, Index] = {}
        """Indices in scope by their unique name."""
        self._index_axes: dict[str, Axis] = {}
        self._fresh_names: dict[str, int] = {}
        self._memo_dims: dict[str, Dim] = {}
        self.notes: list[str] = []
        self.decisions: dict[str, tuple[str, tuple[str, ...], str]] = {}
        self.local_dims: set[str] = set()
        """Names that this statement uses as sizes (upper limits of sums)."""
        self.subscripted: set[str] = set()
        self.links: object | None = None
        self.statement: object | None = None
        self.row_vectors = False
        self.sample: Index | None = None
        self.depth = 0
        self.binds = False
        """This statement binds an index by a sum, a product or an extremum."""
        self.paper_indices: frozenset[str] = frozenset()
        """Letters that the statement, or a sum elsewhere in the paper, uses as an index."""
        self.bare: frozenset[str] = frozenset()
        """Symbols that stand in the statement without a bracket behind them."""
        self.settings: dict[str, str] = {}
        self.axis_words = ""
        """What the prose says about the axis of a softmax: "rows" or "columns"."""
        self.inner_dims: dict[Node, Dim] = {}
        """The size that each matrix product sums over."""
        self.length: dict[Node, Axis] = {}
        """The axis that a search for the largest element ran over."""
        self.steps: set[str] = set()
        """Letters of the left side that are labels of a step: numbers, not sizes."""
        self.loose: list[tuple[Dim, Dim]] = []
        """An index's size and the size of an axis that it picks from with an offset."""
        self.bare_delta: frozenset[str] = frozenset()
        self.prose = ""
        self.side_conditions: tuple[Relation, ...] = ()
        self.left_base = ""
        self.left_primes = 0
        self.path = ""
        """Which inlined formula is being read; part of the keys of places."""
        self.defined = ""
        """The plain symbol that the statement defines."""
        self.square = False
        """What is read next stands under a determinant or a trace: a derivative there is a Jacobian."""
        self.dummies = False
        """Parameters of the left side are numbers here, whatever the paper declares of the same letter elsewhere."""
        self.step_sups: frozenset[str] = frozenset()
        """Letters in the superscripts of the left side: steps of an iteration, no exponents."""
        self.numbered: frozenset[str] = frozenset()
        """Bases that the paper writes with the superscript 1: their numbers above are labels."""
        self.usage = Usage()
        """How the paper writes its symbols elsewhere."""
        self.upright: set[str] = set()
        """Indices that the paper sets upright."""
        self.parameters: list[str] = []
        self.taken: tuple[Tree, ...] = ()
        """The parameters of the left side and what an objective is optimised over, as printed."""
        self.valued: frozenset[str] = frozenset()
        """Symbols that stand where a value does, outside of argument brackets."""
        self.left_bases: dict[str, int] = {}
        """The number from which a free index of the left side counts, if it is not one."""
        self.stale = False
        """This pass found such a number after it had used another."""
        self.ranged: dict[str, Dim] = {}
        self.inlining: list[object] = []
        self.set_axes: dict[str, Axis] = {}
        """The axis over a whole set."""
        self.facts_values: frozenset[str] = frozenset()
        self.pending: list[tuple[Dim, Dim]] = []
        """Sizes that are equal unless something else tells them (`j \\ne i` runs over the same set)."""

    # --- passes

    def begin_pass(self) -> None:
        self.solver.evidence.clear()
        self._fresh_names.clear()
        self.notes.clear()
        self.decisions.clear()
        self.pending.clear()
        self.loose.clear()
        self.parameters.clear()
        self.inner_dims.clear()
        self.stale = False
        for entry in self.entries.values():
            entry.uses = [[] for _ in entry.axes]

    def term(self, node: Tree) -> Term:
        self.depth += 1
        if self.depth > 150:
            raise Refusal("too-deep", "the formula nests too deeply", at=node)
        try:
            found = self._term(self, node)
        finally:
            self.depth -= 1
        return replace(found, shape=self.solver.shape(found.shape))

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def decide(self, key: str, value: str, options: tuple[str, ...], why: str) -> None:
        """Records a decision that the user may overrule."""
        self.note(why)
        self.decisions[key] = (value, options, why)

    # --- fresh things that are the same in every pass

    def fresh_name(self, wish: str) -> str:
        count = self._fresh_names.get(wish, 0) + 1
        self._fresh_names[wish] = count
        return wish if count == 1 else f"{wish}_{count}"

    def stable_axis(self, key: str) -> Axis:
        """An axis of unknown size that belongs to a place of the formula."""
        key = f"{self.path} {key}"
        if key not in self._index_axes:
            self._index_axes[key] = self.solver.new_axis()
        return self.solver.axis(self._index_axes[key])

    # --- binding

    @contextmanager
    def binding(self, **_: object) -> Iterator[None]:
        saved, saved_indices = dict(self.bound), dict(self.indices)
        try:
            yield
        finally:
            self.bound, self.indices = saved, saved_indices

    def bind_index(self, tree: Tree, domain: Domain, *, sample: bool = False) -> Index:
        """A new index in scope for a letter of the paper."""
        name = self.fresh_name(ascii_name(tree))
        index = Index(name, canonical(tree), domain, sample)
        self.indices[name] = index
        self.bound[plain(tree)] = Term(IndexNumber(name), (), "integer")
        if isinstance(tree, Symbol) and tree.font:
            self.upright.add(plain(tree))
        return index

    def is_bound(self, tree: Tree) -> bool:
        return plain(tree) in self.bound

    # --- symbols

    def is_size(self, tree: Tree) -> bool:
        key = plain(tree)
        if key in self.parameters:
            return False
        if key in self.local_dims:
            return True
        return key in self.facts.dims and key in self._sizes_here()

    def _sizes_here(self) -> set[str]:
        """The names in the shapes of this statement's symbols."""
        names: set[str] = set()
        for entry in self.entries.values():
            own = self.solver.shape(entry.own)
            for axis in (*entry.axes, *(own if isinstance(own, tuple) else ())):
                names.update(self.solver.dim(axis.dim).names)
        return names

    def size(self, tree: Tree) -> Term:
        return Term(Size(self.solver.dim(Dim.of(plain(tree)))), (), "integer")

    def entry(self, tree: Tree, printed: Tree, indices: int, *, call: bool = False, signature: str = "") -> Entry:
        """The free symbol with these labels; `printed` is the occurrence with its indices."""
        key = ("call " if call else "") + plain(tree)
        if call:
            # A network that is called with and without its condition is one symbol, but two types.
            key = f"call {signature} {plain(tree)}"
        elif indices and self._listed(tree, printed, indices):
            key, tree = f"list {plain(tree)}", printed
        found = self.entries.get(key)
        if found is None:
            known = self._known(tree, printed, indices)
            found = Entry(0, key, _better_font(tree, known), known, call=call)
            self._declare(found, indices)
            self.add(found)
        while len(found.axes) < indices and not call:
            self._grow(found)
        return found

    def _listed(self, tree: Tree, printed: Tree, indices: int) -> bool:
        """`k(x_j, x)`: the x_j that the paper declares as arrays of their own are no elements of the parameter x beside them."""
        if plain(tree) not in self.parameters or plain(tree) not in self.bare:
            return False
        known = self.facts.find(printed, indices)
        return known is not None and known.covered and bool(known.info.shape)

    def variable(self, tree: Tree) -> Entry:
        """The entry of a symbol that an expectation or a search binds. A parameter of the left side that is bound within the
        formula is another variable there (`p(x) / \\sum_x p(x)`)."""
        if plain(tree) not in self.parameters:
            return self.entry(tree, tree, 0)
        key = f"bound {plain(tree)}"
        found = self.entries.get(key)
        if found is None:
            found = Entry(0, key, tree, self._known(tree, tree, 0))
            self._declare(found, 0)
            self.add(found)
        return found

    def sampled(self, key: str) -> Entry | None:
        """The entry of a bound variable by its plain name, else that of the free symbol."""
        return self.entries.get(f"bound {key}") or self.entries.get(key)

    def _known(self, tree: Tree, printed: Tree, indices: int) -> Known | None:
        """What the paper says of the symbol as it is used here."""
        bare = self.facts.exact(tree)
        known = self.facts.find(printed if indices else tree, indices)
        if indices and plain(tree) in self.parameters and plain(tree) != plain(printed):
            # `x_i` of a parameter x is an element of it, whatever other lists of x the paper has.
            return Known(bare, False) if bare is not None else None
        if known is None or (known.info.shape is None and indices and known.covered):
            known = Known(bare, False) if bare is not None else known
        if indices and known is not None and not known.covered and self._another(known, printed):
            # The paper declares a letter that looks the same elsewhere: one vector there, a list of vectors here.
            options = ("of the array", "of a list")
            if self.chooser.choose(f"elements-of-{ascii_name(tree)}", options) == "of a list":
                return Known(known.info, True)
        return known

    def _another(self, known: Known, printed: Tree) -> bool:
        """The declaration stands in another section, or in another font."""
        section = getattr(self.statement, "section", "")
        base = split(printed).base
        here = isinstance(base, Symbol) and base.font == "bf"
        told = [f for f in known.info.facts if f.what == "shape"]
        if not told:
            return False
        elsewhere = all(f.section != section for f in told)
        bold = all(re.search(r"\\(?:mathbf|bm|boldsymbol|pmb|bf|vec)\b", f.quote.text) for f in told)
        return elsewhere or bold != here

    def add(self, entry: Entry) -> None:
        """Keeps a new entry under a name that no other has."""
        wish = ascii_name(entry.tree)
        taken = {e.name for e in self.entries.values()}
        name, count = wish, 1
        while name in taken:
            count += 1
            name = f"{wish}_{count}"
        entry.name = name
        self.entries[entry.key] = entry

    def _declare(self, entry: Entry, indices: int) -> None:
        unknown = self.solver.new_shape()
        entry.number = unknown.of[0]
        entry.own = unknown
        known = entry.known
        if entry.call or known is None:
            return
        if self.dummies and plain(entry.tree) in self.parameters:
            self.solver.fix(entry.number, ())
            return
        info = known.info
        entry.domain = info.domain
        if info.domain in ("integer", "positive integer", "natural") and not indices:
            entry.sort = "integer"
        elif info.domain == "label":
            entry.sort = "stored"
        shape: tuple[Axis, ...] | None = None
        if info.shape is not None:
            shape = tuple(self.declared_axis(s) for s in info.shape)
        elif info.kind == "scalar" or info.value is not None or (info.role == "hyper-parameter" and not indices):
            shape = ()
        elif info.kind == "vector" and info.domain != "one-hot" and (indices == 0 or known.covered):
            shape = (self.solver.new_axis(),)
        elif info.kind == "matrix" and (indices == 0 or known.covered):
            shape = (self.solver.new_axis(), self.solver.new_axis())
        if shape is None:
            return
        entry.declared = info.shape is not None
        if known.covered or indices == 0:
            self.solver.fix(entry.number, shape)
        else:
            entry.axes = list(shape[:indices])
            self.solver.fix(entry.number, shape[indices:])
        entry.uses = [[] for _ in entry.axes]

    def declared_axis(self, size: str) -> Axis:
        dim = size_of(size)
        if dim is None:
            self._memo_dims.setdefault(size, self.solver.new_dim())
            return Axis(self._memo_dims[size])
        return Axis(dim)

    def _grow(self, entry: Entry) -> None:
        """One more index than before: it takes the first axis of the own shape, or a new one in front of it."""
        own = self.solver.shape(entry.own)
        covered = entry.known is not None and entry.known.covered
        if not isinstance(own, Unknown) and own and not covered:
            entry.axes.append(own[0])
            self.solver.shapes[entry.number] = own[1:]
        else:
            entry.axes.append(self.solver.new_axis())
        entry.uses.append([])
        self.solver.changes += 1

    def whole(self, entry: Entry) -> Term:
        """All of a symbol, without picking: index axes are part of its own shape here."""
        own = self.solver.shape(entry.own)
        node: Node = Arg(entry.name)
        if entry.sample is not None:
            node = Access(node, (Pick(IndexNumber(entry.sample.name)),))
        if entry.axes:
            if isinstance(own, Unknown):
                self.solver.fix(entry.number, ())
                own = ()
            return Term(node, (*(self.solver.axis(a) for a in entry.axes), *own), entry.sort)
        return Term(node, own, entry.sort)

    def pick(self, entry: Entry, positions: tuple[Position, ...], at: Tree) -> Term:
        """Elements of a symbol, one position for each of its index axes."""
        for k, position in enumerate(positions):
            if isinstance(position, Pick):
                bounds = self.bounds(position.number)
                if bounds is not None:
                    entry.uses[k].append((bounds, isinstance(position.number, IndexNumber)))
                    self._loosely(position.number, entry.axes[k])
        lead: tuple[Position, ...] = ()
        if entry.sample is not None:
            lead = (Pick(IndexNumber(entry.sample.name)),)
        node = Access(Arg(entry.name), lead + positions)
        kept: list[Axis] = []
        for axis, position in zip(entry.axes, positions):
            if isinstance(position, All):
                kept.append(self.solver.axis(axis))
            elif isinstance(position, Slice):
                kept.append(self.slice_axis(self.solver.axis(axis), position))
        own = self.solver.shape(entry.own)
        rest = entry.axes[len(positions) :]
        if kept or rest:
            if isinstance(own, Unknown):
                self.solver.fix(entry.number, ())
                own = ()
            return Term(node, (*kept, *(self.solver.axis(a) for a in rest), *own), entry.sort)
        return Term(node, own, entry.sort)

    def _loosely(self, number: Node, axis: Axis) -> None:
        for name in as_dim(number).names:
            index = self.indices.get(name[1:]) if name.startswith("#") else None
            if index is not None and isinstance(index.domain, Over) and not isinstance(number, IndexNumber):
                self.loose.append((index.domain.axis.dim, axis.dim))

    def slice_axis(self, axis: Axis, position: Slice) -> Axis:
        """The axis of a slice; its size may name outer indices ("#t") and integer arguments ("@t")."""
        first = as_dim(position.lo) if position.lo is not None else Dim.constant(axis.base)
        last = as_dim(position.hi) if position.hi is not None else axis.dim + Dim.constant(axis.base - 1)
        return Axis(self.solver.dim(last) - self.solver.dim(first) + Dim.constant(1), 1)

    # --- numbers of indices

    def bounds(self, node: Node) -> Bounds | None:
        """The least and the greatest value of an integer node, as sizes; None where it depends on an argument.

        Inner indices are put in first, so that `t + l` with l up to T - t ends at T.
        """
        low = high = self.solver.dim(as_dim(node))
        for name in reversed(self.indices):
            mark = f"#{name}"
            if mark not in low.names and mark not in high.names:
                continue
            ends = self._ends(self.indices[name].domain)
            if ends is None:
                return None
            new_low, new_high = _put(low, mark, *ends), _put(high, mark, *ends)
            if new_low is None or new_high is None:
                return None
            low, high = self.solver.dim(new_low[0]), self.solver.dim(new_high[1])
        names = (*low.names, *high.names)
        if any(n[0] in "#@" or "[" in n or (n[0] == "?" and not is_size(n)) for n in names):
            return None
        return low, high

    def _ends(self, domain: Domain) -> Bounds | None:
        match domain:
            case Over(axis):
                axis = self.solver.axis(axis)
                return Dim.constant(axis.base), axis.dim + Dim.constant(axis.base - 1)
            case Range(lo, hi):
                return as_dim(lo), as_dim(hi)
        return None

    def settle_axes(self) -> None:
        """After a pass: the size of each index axis from the numbers that picked from it.

        Raises Mismatch where an index leaves the declared axis.
        """
        for entry in self.entries.values():
            for k, uses in enumerate(entry.uses):
                if uses:
                    entry.axes[k] = self._covering(entry, entry.axes[k], uses)

    def _covering(self, entry: Entry, axis: Axis, uses: list[tuple[Bounds, bool]]) -> Axis:
        solver = self.solver
        spans = list(dict.fromkeys(((solver.dim(lo), solver.dim(hi)), alone) for (lo, hi), alone in uses))
        why = f"the index of {entry.symbol}"
        pure = [span for span, alone in spans if alone]
        if len(pure) == len(spans):
            # Indices alone: they run over the axis itself, unless their ranges differ.
            starts = {lo.value for lo, _ in pure}
            if len(starts) == 1 and (start := next(iter(starts))) is not None:
                sizes = [hi - lo + Dim.constant(1) for lo, hi in pure]
                if all(_comparable(sizes[0], s, solver) or s == sizes[0] for s in sizes):
                    if len({str(s) for s in sizes if not is_open(s)}) <= 1:
                        dim = axis.dim
                        for s in sizes:
                            dim = solver.same_dim(dim, s, why, entry.tree)
                        return Axis(dim, int(start))
        lows = [lo for (lo, _), _ in spans]
        highs = [hi for (_, hi), _ in spans]
        low, high = _least(lows, solver), _greatest(highs, solver)
        if low is None or high is None or low.value is None:
            raise Refusal("index-range", f"{why} runs over ranges that cannot be compared", at=entry.tree)
        base = int(low.value)
        size = high - low + Dim.constant(1)
        own = solver.dim(axis.dim)
        if is_open(own):
            return Axis(solver.same_dim(own, size, why, entry.tree), base)
        spare = (own - size).value
        if spare is None or spare < 0:
            raise Mismatch(f"{why} runs from {low} to {high}, but it has {show_dim(own)} elements", at=entry.tree)
        return Axis(own, base if spare == 0 or base == 0 else 1)


def _put(dim: Dim, name: str, low: Dim, high: Dim) -> Bounds | None:
    """The least and greatest value of a linear size as one name in it runs from low to high."""
    least = most = Dim(())
    for monomial, coefficient in dim.terms:
        powers = dict(monomial)
        if name not in powers:
            term = Dim(((monomial, coefficient),))
            least, most = least + term, most + term
            continue
        if powers != {name: 1}:
            return None
        factor = Dim.constant(coefficient)
        ends = (factor * low, factor * high) if coefficient > 0 else (factor * high, factor * low)
        least, most = least + ends[0], most + ends[1]
    return least, most


def is_open(dim: Dim) -> bool:
    return any(n.startswith("?") for n in dim.names)


def _comparable(a: Dim, b: Dim, solver: Solver) -> bool:
    return (a - b).value is not None or is_open(a) or is_open(b)


def _least(dims: list[Dim], solver: Solver) -> Dim | None:
    return _extreme(dims, -1, solver)


def _greatest(dims: list[Dim], solver: Solver) -> Dim | None:
    return _extreme(dims, 1, solver)


def _extreme(dims: list[Dim], sign: int, solver: Solver) -> Dim | None:
    best = dims[0]
    for d in dims[1:]:
        difference = (d - best).value
        if difference is None:
            difference = _by_least(d, best)
        if difference is None:
            return None
        if difference * sign > 0:
            best = d
    return best


def _by_least(a: Dim, b: Dim) -> Fraction | None:
    """The sign of a - b where one is a number and the other a size, which is at least one."""
    if a.value is not None and b.value is None:
        return Fraction(-1) if a.value <= 1 else None
    if b.value is not None and a.value is None:
        return Fraction(1) if b.value <= 1 else None
    return None


def _better_font(tree: Tree, known: Known | None) -> Tree:
    """The declared font of a symbol whose elements are printed in another: `a_i` of the vector \\mathbf{a}."""
    if known is None or known.covered or not isinstance(tree, Symbol):
        return tree
    from .facts import tree_of

    declared = tree_of(known.info.symbol)
    return declared if isinstance(declared, Symbol) and declared.name == tree.name else tree
