"""The variables of an algorithm box: names, types, and sizes that are still open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..formula import ascii_name, plain
from ..formula.tree import BigOp, Node, Symbol
from ..ir.dims import Dim
from ..ir.node import ArrayType, Axis, FunctionType, Sort, Type
from ..spec.algorithms import Assign, Box, Declare, Draw, For, Return, Step
from ..spec.model import SymbolInfo
from .facts import Facts
from .index import as_dim, walk
from .nodes import map_dims
from .refusal import Refusal
from .timeline_loops import Rewritten
from .timeline_trees import flat

_FRESH = ("d", "n", "m", "p", "q", "l", "w", "e", "b")


@dataclass(slots=True)
class Variable:
    """A name of the box: an input or something that it assigns."""

    name: str
    tree: Node
    type: Type | None = None
    """None: nothing has told it yet; () then."""
    sort: Sort = "real"
    default: float | int | None = None
    domain: str = ""
    meaning: str = ""
    assigned: bool = False
    printed: Node | None = None
    """An input as the paper prints it (`θ_0`), where the variable goes by another name."""


class LineRefusal(Exception):
    """A refusal with the line that it is about."""

    def __init__(self, line: int, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.line, self.refusal = line, refusal


class Variables:
    """What a box knows of its symbols. Types grow as statements tell them; sizes unify."""

    def __init__(self, box: Box, timeline: Rewritten, symbols: Mapping[str, SymbolInfo]) -> None:
        self.box, self.t = box, timeline
        self.paper = symbols
        self.known = Facts(symbols)
        self.vars: dict[str, Variable] = {}
        self.changed = False
        self.dims: dict[str, None] = {}
        self.random = False
        ends = [e for s in flat(box.steps) if isinstance(s, For) for e in (s.first, s.last)]
        ends += [n.sup for s in flat(box.steps) for t in trees_of(s) for n in walk(t) if isinstance(n, BigOp) and n.sup]
        self.limits = {n for e in ends if (dim := as_dim(e)) is not None for n in dim.names}
        """Numbers up to which something runs."""
        self.softs = 0
        self.said_of_functions: dict[str, str] = {}
        """Functions that are declared with an argument (`gradient function g(θ)`), and the words before."""
        self.families: set[str] = set()
        """Letters that the declarations let run over a range."""
        self.waiting: LineRefusal | None = None
        self.drawn: dict[str, Variable] = {}
        """Variables that are drawn from N(0, I) and of which nothing tells how many elements they have."""
        self.scalar_items = True
        """Elements of input arrays of which nothing is declared are numbers."""
        self.axis_base: dict[str, int] = {}
        """Input array or series → number of its first element."""
        self.result: ArrayType | None = None
        words = " ".join([box.algorithm.caption, *(x.text for x in box.algorithm.lines)]).lower()
        elementwise = re.search(r"(?:operations?|vectors?|squares?|roots?|divisions?)[^.]*element-?\s?wise", words)
        self.answers = {"bars": "element-wise"} if elementwise else {}
        """What the box itself says of ambiguous notation."""
        self.letters = {
            plain(n) for s in flat(box.steps) for t in trees_of(s) for n in walk(t) if isinstance(n, Symbol)
        }

    # --- sizes that nothing has named yet

    def _soft(self) -> Dim:
        self.softs += 1
        return Dim.of(f"?{self.softs}")

    def _open_sizes(self) -> list[str]:
        found: dict[str, None] = {}
        for v in self.vars.values():
            for kind in array_types(v.type):
                found |= dict.fromkeys(n for a in kind.axes for n in a.dim.names if n.startswith("?"))
        return list(found)

    def _substitute(self, name: str, dim: Dim) -> None:
        """A size has been found out."""

        def put(old: Dim) -> Dim:
            return old.replace({name: dim}) if name in old.names else old

        for v in self.vars.values():
            if v.type is not None:
                v.type = map_dims(v.type, put)
        if self.result is not None:
            self.result = map_dims(self.result, put)
        self.changed = True

    def _unify(self, ours: Sequence[Axis], theirs: Sequence[Axis], local: dict[str, Dim]) -> None:
        """Our axes against those of a compiled expression, whose own unknown sizes are `local`."""
        for a, b in zip(ours, theirs):
            mine, other = a.dim.name, b.dim
            if other.name is not None and other.name.startswith("?"):
                known = local.setdefault(other.name, a.dim)
                if known != a.dim and mine is not None and mine.startswith("?"):
                    self._substitute(mine, known)
                elif known != a.dim and known.name is not None and known.name.startswith("?"):
                    self._substitute(known.name, a.dim)
                    local[other.name] = a.dim
            elif mine is not None and mine.startswith("?") and other != a.dim:
                if not any(n.startswith("?") for n in other.names):
                    self._substitute(mine, other)

    # --- names

    def _var(self, tree: Node) -> Variable | None:
        return self.vars.get(plain(tree))

    def _new(self, tree: Node, **known: object) -> Variable:
        key = plain(tree)
        name = ascii_name(tree)
        taken = {v.name for k, v in self.vars.items() if k != key}
        base, count = name, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        info = self._info(tree)
        variable = Variable(name, tree)
        if info is not None:
            variable.domain, variable.meaning = info.domain, info.meaning
            if info.default and not known.get("assigned"):
                variable.default = (
                    int(info.default) if float(info.default).is_integer() and "integer" in info.domain else info.default
                )
            if info.shape is not None:
                variable.type = ArrayType(tuple(a for s in info.shape if (a := self._axis(s)) is not None))
        for attribute, value in known.items():
            setattr(variable, attribute, value)
        self.vars[key] = variable
        return variable

    def _info(self, tree: Node) -> SymbolInfo | None:
        return self.known.exact(tree)

    def _axis(self, size: str) -> Axis:
        from .facts import size_of

        dim = size_of(size)
        return Axis(dim if dim is not None else self._soft())

    def _fresh(self) -> str:
        used = (
            self.letters
            | set(self.dims)
            | {n for i in self.paper.values() for s in i.shape or () for n in re.findall(r"[A-Za-z]+", s)}
        )
        name = next((x for x in _FRESH if x not in used), None) or f"n_{{{len(self.dims) + 1}}}"
        self.dims[name] = None
        return name


def array_types(kind: Type | None) -> tuple[ArrayType, ...]:
    if isinstance(kind, FunctionType):
        return (*kind.arguments, kind.result)
    return (kind,) if kind is not None else ()


def trees_of(step: Step) -> Iterator[Node]:
    match step:
        case Assign():
            yield from (*step.targets, *step.values)
        case Draw():
            yield from (step.target, step.distribution)
        case Declare():
            yield from (t for t, _ in step.trees)
        case Return():
            yield from step.values


def tree_named(latex: str) -> Node:
    from .facts import tree_of

    return tree_of(latex) or Symbol(latex, (), "", True)
