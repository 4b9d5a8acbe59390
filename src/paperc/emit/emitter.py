"""The state of emitting one function: names, indices, sizes, and the lines that stand before the result.

Free indices become axes. An index that cannot (the slice `x_{<t}`, a call of a user's function) runs in a comprehension
instead: whoever binds it catches `NotVectorised` and emits its body once more with the index as a loop variable.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ..ir.dims import Dim
from ..ir.node import ArrayType, Function, Index, Node, Over, Range, Sort
from ..ir.shapes import Scope, as_dim, is_size, scope_of, size_argument, solvable, type_of, walk
from .names import Namer
from .samples import samples
from .values import ATOM, MATMUL, POWER, PRODUCT, SUM, UNARY, Kind, Value, spread, union


class NotVectorised(Exception):
    """These indices must be loop variables."""

    def __init__(self, indices: Iterable[str]) -> None:
        super().__init__(", ".join(indices))
        self.indices = frozenset(indices)


class CannotEmit(Exception):
    """There is no emission for this node; the message says for what."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How an index runs. An axis holds the numbers lo, …, lo + size - 1; a loop's variable is the number less `offset`."""

    index: Index
    lo: Dim
    size: Dim
    loop: str = ""
    offset: int = 0
    mask: tuple[Node, ...] = ()
    """Conditions that cut the axis down where the range depends on outer indices."""


@dataclass(frozen=True, slots=True)
class Emitted:
    """What callers need to know of an emitted function."""

    name: str
    parameters: tuple[str, ...]
    """In the order of the signature."""
    required: int
    batchable: frozenset[str]
    """Arguments that may carry leading batch axes, all of them or some."""
    generator: bool = False
    kind: Kind = "tensor"
    """ "scalar": a Python number if all its arguments are."""

    @property
    def alias(self) -> str:
        """The name under which it is called where an argument of the caller has its name."""
        return f"{self.name}_equation"


@dataclass
class State:
    """What emission has asked for so far; copied so that a failed attempt leaves no trace."""

    sizes: dict[str, str] = field(default_factory=dict)
    aranges: dict[str, str] = field(default_factory=dict)
    arange_lines: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    tensors: dict[str, None] = field(default_factory=dict)
    """Scalar arguments that must be tensors."""
    real_indices: dict[str, None] = field(default_factory=dict)
    unbatchable: dict[str, None] = field(default_factory=dict)
    generator: bool = False


_EMISSIONS: dict[type, Callable[[Emitter, Any], Value]] = {}


def emission(kind: type) -> Callable[[Callable[[Emitter, Any], Value]], Callable[[Emitter, Any], Value]]:
    """Registers the emission of a node."""

    def keep(rule: Callable[[Emitter, Any], Value]) -> Callable[[Emitter, Any], Value]:
        _EMISSIONS[kind] = rule
        return rule

    return keep


EMISSIONS: Mapping[type, Callable[[Emitter, Any], Value]] = _EMISSIONS


class Emitter:
    def __init__(
        self,
        function: Function,
        functions: Mapping[str, Function],
        emitted: Mapping[str, Emitted],
        known: State | None = None,
    ) -> None:
        self.function = function
        self.functions = functions
        self.emitted = emitted
        self.scope = scope_of(function, functions)
        self.samples = samples(function, functions)
        self.state = State()
        # What the first pass found out: which scalars are tensors, which index numbers must be real.
        self.known = known or State()
        self.namer = Namer(function, [e.name for e in emitted.values()])
        self.frames: dict[str, Frame] = {}
        self.order: list[str] = []
        self.locals: dict[str, Value | Node] = {}
        self.zipped: dict[tuple[str, str], str] = {}
        """(array, index) → the local that holds the array's element in the loop over the index."""
        self._unknown: dict[str, Node] = {}
        self.depth = 0
        """How many lambdas and comprehensions enclose this place: no line can be put before them."""

    # --- nodes ---------------------------------------------------------------------------------------

    def emit(self, node: Node) -> Value:
        return _EMISSIONS[type(node)](self, node)

    def type(self, node: Node) -> ArrayType:
        return type_of(node, self.scope)

    def real(self, value: Value) -> Value:
        """As a real tensor or number: whole-number tensors take the dtype of the inputs."""
        if value.kind != "tensor" or value.sort == "real":
            return value
        if not value.uses:  # made of numbers of indices only: the next pass makes these real from the start
            self.state.real_indices |= dict.fromkeys(value.indices)
        return value.atom(f".to({self.dtype()})", sort="real")

    def tensor(self, value: Value) -> Value:
        """As a tensor, whatever the caller gave for the scalars in it."""
        if value.kind == "tensor":
            return value
        if value.kind == "scalar":
            sorts = {u: self._scalar_sort(u) for u in sorted(value.uses)}
            marked = [u for u, sort in sorts.items() if sort in ("real", "boolean")]
            if marked or value.sort in ("stored", "boolean"):
                self.state.tensors |= dict.fromkeys(marked or [u for u, sort in sorts.items() if sort])
                return replace(value, kind="tensor")
            # Whole numbers stay what they are (they may be sizes too): only this use of them is a tensor.
            return value.remade(f"torch.as_tensor({value.text}, {self.options()})", kind="tensor", sort="real")
        if value.sort == "boolean":
            device = self.device()
            return value.remade(f"torch.tensor({value.text}{', device=' + device if device else ''})", kind="tensor")
        return value.remade(f"torch.tensor({value.text}, {self.options()})", kind="tensor", sort="real")

    def _scalar_sort(self, name: str) -> Sort | None:
        """What a scalar argument is; None for anything else."""
        kind = self.scope.names.get(name)
        return kind.sort if isinstance(kind, ArrayType) and not kind.axes else None

    def spread(self, values: list[Value]) -> list[Value]:
        """The values, made to broadcast against each other."""
        indices, own = union(values, self.order)
        out = [spread(v, indices, own) for v in values]
        rank = len(indices) + own
        for value, one in zip(values, out):
            # Relying on broadcasting from the left leaves no room for batch axes.
            if one.rank < rank or (value.indices and one.rank < rank):
                self.unbatchable(value.uses)
        return out

    def unbatchable(self, names: Iterable[str]) -> None:
        self.state.unbatchable |= dict.fromkeys(sorted(names))

    # --- reference for dtype and device -------------------------------------------------------------------

    def reference(self) -> str | None:
        """The argument whose dtype and device new tensors take."""
        for a in self.function.arguments:
            if isinstance(a.type, ArrayType) and a.type.axes and a.type.sort == "real":
                return a.name
        for a in self.function.arguments:
            if isinstance(a.type, ArrayType) and a.type.sort == "real" and a.default is None:
                self.state.tensors[a.name] = None
                return a.name
        return None

    def dtype(self) -> str:
        name = self.reference()
        return f"{name}.dtype" if name else "torch.float64"

    def device(self) -> str:
        name = self.reference() or next(
            (a.name for a in self.function.arguments if isinstance(a.type, ArrayType) and a.type.axes), None
        )
        return f"{name}.device" if name else ""

    def options(self, real: bool = True) -> str:
        """`dtype=x.dtype, device=x.device` for a new tensor."""
        device = self.device()
        parts = [f"dtype={self.dtype()}"] if real else []
        return ", ".join([*parts, *([f"device={device}"] if device else [])])

    # --- sizes -------------------------------------------------------------------------------------------

    def size(self, name: str) -> str:
        """A variable that holds a named size."""
        for a in self.function.arguments:
            if size_argument(a) == name:
                return a.name
        if name not in self.state.sizes:
            self.state.sizes[name] = ""
            self.state.sizes[name] = self._size_text(name)
        return self.namer.size(name)

    def _size_text(self, name: str) -> str:
        axes = [
            (a.name, k if a.name in self.samples else k - len(a.type.axes), axis.dim)
            for a in self.function.arguments
            if isinstance(a.type, ArrayType)
            for k, axis in enumerate(a.type.axes)
        ]
        for argument, place, dim in axes:
            if dim.name == name:
                return f"{argument}.shape[{place}]"
        known = {s for a in self.function.arguments if (s := size_argument(a)) is not None}
        plain = {d.name for _, _, d in axes if d.name is not None}
        for argument, place, dim in sorted(axes, key=lambda t: len(t[2].names)):
            if solvable(dim, known | plain) == name:
                return self._solved(f"{argument}.shape[{place}]", dim, name)
        raise CannotEmit(f"no argument tells the size {name}")

    def _solved(self, shape: str, dim: Dim, name: str) -> str:
        holding = next((m, c) for m, c in dim.terms if any(n == name for n, _ in m))
        rest = dim - Dim((holding,))
        factor = Dim(((tuple(p for p in holding[0] if p[0] != name), holding[1]),))
        top = shape if not rest.terms else f"({shape} - {self.dim(rest).at(PRODUCT)})"
        if factor.value == 1:
            return top.strip("()") if rest.terms else top
        return f"{top} // {self.dim(factor).at(UNARY)}"

    def dim(self, dim: Dim) -> Value:
        """A size as a Python expression."""
        for name in dim.names:  # the number of a loop's index is its variable plus an offset
            if name[0] == "#" and (frame := self.frames[name[1:]]).loop and frame.offset:
                dim = dim.replace({name: Dim.of(f"~{name[1:]}") + Dim.constant(frame.offset)})
        terms: list[tuple[bool, str]] = []
        for monomial, coefficient in dim.terms:
            size = abs(coefficient)
            above = [str(size.numerator)] if size.numerator != 1 or not any(p > 0 for _, p in monomial) else []
            below = [str(size.denominator)] if size.denominator != 1 else []
            for name, power in monomial:
                text = self.dim_name(name)
                (above if power > 0 else below).append(text if abs(power) == 1 else f"{text}**{abs(power)}")
            text = " * ".join(above)
            for b in below:
                text = f"{text} // {b}"
            terms.append((coefficient < 0, text))
        if not terms:
            return Value("0", kind="python", sort="integer")
        terms.sort(key=lambda t: t[0])  # n - 1, not -1 + n
        text = ("-" if terms[0][0] else "") + terms[0][1]
        for negative, term in terms[1:]:
            text += f" {'-' if negative else '+'} {term}"
        level = (
            SUM
            if len(terms) > 1
            else MATMUL
            if "/" in text
            else PRODUCT
            if "*" in text
            else UNARY
            if text[0] == "-"
            else ATOM
        )
        return Value(text, level, kind="python", sort="integer")

    def dim_name(self, name: str) -> str:
        if name[0] == "@":
            return name[1:]
        if name[0] in "#~":
            frame = self.frames[name[1:]]
            if not frame.loop:
                raise NotVectorised([name[1:]])
            return frame.loop
        if name in self._unknown:  # others with a "?" are sizes that the paper does not name
            value = self.emit(self._unknown[name])
            if value.indices or value.kind == "tensor":
                raise NotVectorised(value.indices)
            return value.at(POWER)
        return self.size(name)

    def as_dim(self, node: Node) -> Dim:
        """A whole number as a size; what is no polynomial is kept by name."""
        for part in walk(node):
            name = as_dim(part).name
            if name is not None and name[0] == "?" and not is_size(name):
                self._unknown = {**self._unknown, name: part}
        return as_dim(node)

    # --- indices ------------------------------------------------------------------------------------------

    def frame(self, index: Index) -> Frame:
        """The index as an axis: its range widened over outer indices, with conditions that cut it back."""
        if isinstance(index.domain, Over):
            axis = index.domain.axis
            return Frame(index, Dim.constant(axis.base), axis.dim)
        lo, hi = self.as_dim(index.domain.lo), self.as_dim(index.domain.hi)
        least, most = self._extreme(lo, low=True), self._extreme(hi, low=False)
        mask: list[Node] = []
        from ..ir.node import IndexNumber, Op

        if least != lo:
            mask.append(Op("ge", (IndexNumber(index.name), index.domain.lo)))
        if most != hi:
            mask.append(Op("le", (IndexNumber(index.name), index.domain.hi)))
        return Frame(index, least, most - least + Dim.constant(1), mask=tuple(mask))

    def _extreme(self, dim: Dim, low: bool) -> Dim:
        """The least or greatest value of a bound over the axes of outer indices."""
        for name in dim.names:
            if name[0] != "#" or self.frames[name[1:]].loop:
                continue
            holding = [(m, c) for m, c in dim.terms if any(n == name for n, _ in m)]
            if any(m != ((name, 1),) for m, _ in holding):
                raise NotVectorised([name[1:]])
            frame = self.frames[name[1:]]
            ends = (frame.lo, frame.lo + frame.size - Dim.constant(1))
            dim = dim.replace({name: ends[0] if (holding[0][1] > 0) == low else ends[1]})
        return dim

    @contextmanager
    def binding(self, index: Index, frame: Frame) -> Iterator[None]:
        """Inside the scope of an index."""
        scope, frames, order = self.scope, self.frames, self.order
        self.scope = self.scope if index.name in self.scope.indices else self.scope.with_index(index)
        self.frames = {**self.frames, index.name: frame}
        self.order = [*self.order, index.name]
        try:
            yield
        finally:
            self.scope, self.frames, self.order = scope, frames, order

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Inside a lambda or a comprehension."""
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1

    def loop(self, index: Index) -> Frame:
        """The index as a loop variable."""
        if isinstance(index.domain, Range):
            lo, hi = self.as_dim(index.domain.lo), self.as_dim(index.domain.hi)
        else:
            lo = Dim.constant(index.domain.axis.base)
            hi = lo + index.domain.axis.dim - Dim.constant(1)
        offset = 0 if lo.value == 0 else 1
        return Frame(index, lo, hi - lo + Dim.constant(1), self.namer.loop(index.name), offset)

    def range(self, frame: Frame) -> str:
        """`range(n)`, `range(1, n)` over a loop's variable."""
        start = self.dim(frame.lo - Dim.constant(frame.offset))
        stop = self.dim(frame.lo - Dim.constant(frame.offset) + frame.size)
        return f"range({stop.text})" if start.text == "0" else f"range({start.text}, {stop.text})"

    def attempt(self, index: Index, axis: Callable[[], Value], loop: Callable[[], Value]) -> Value:
        """The axis form, or the loop form where the index cannot be an axis."""
        before = self.snapshot()
        try:
            return axis()
        except NotVectorised as problem:
            if index.name not in problem.indices:
                raise
        self.restore(before)
        return loop()

    def snapshot(self) -> tuple[State, dict[str, Value | Node], Scope]:
        return copy.deepcopy(self.state), self.locals, self.scope

    def restore(self, before: tuple[State, dict[str, Value | Node], Scope]) -> None:
        self.state, self.locals, self.scope = copy.deepcopy(before[0]), before[1], before[2]

    def arange(self, index: str) -> Value:
        """The numbers of an index, as a tensor along its axis: a line of its own where it does not depend on a loop."""
        real = index in self.known.real_indices
        sort: Sort = "real" if real else "integer"
        frame = self.frames[index]
        lo, hi = self.dim(frame.lo), self.dim(frame.lo + frame.size)
        if _may_be_negative(frame.size):  # an empty range must not count downwards
            hi = hi.remade(f"max({hi.text}, {lo.text})")
        ends = hi.text if lo.text == "0" else f"{lo.text}, {hi.text}"
        options = self.options(real)
        line = f"torch.arange({ends}{', ' + options if options else ''})"
        fixed = all(n[0] not in "#~" and n not in self._unknown for d in (frame.lo, frame.size) for n in d.names)
        if not fixed or self.state.arange_lines.get(index, line) != line:
            return Value(line, indices=(index,), sort=sort)
        self.state.aranges[index] = self.namer.index(index)
        self.state.arange_lines[index] = line
        return Value(self.state.aranges[index], indices=(index,), sort=sort)


def _may_be_negative(size: Dim) -> bool:
    """Whether a range may have its end before its beginning: `n - 2` or `n - m`, but not `n` or `n - 1`."""
    return any(c < (-1 if not m else 0) for m, c in size.terms)
