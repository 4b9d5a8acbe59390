"""Places in an array: what a script that picks elements says, as positions, and the elements that it picks."""

from __future__ import annotations

from ..formula import canonical
from ..formula.tree import (
    Binary,
    List,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.node import (
    Access,
    All,
    Arg,
    Axis,
    Const,
    IndexNumber,
    Node,
    Op,
    Over,
    Pick,
    Position,
    Slice,
)
from .index import (
    is_letter,
    unwrapped,
)
from .keys import plain
from .refusal import Mismatch, Refusal
from .scope import Reading
from .scripts import is_stored_element
from .types import Term, Unknown, show_shape


def is_label_word(r: Reading, label: Tree) -> bool:
    info = r.facts.exact(unwrapped(label))
    words = f"{info.meaning} {info.role} {info.kind}".lower() if info is not None else ""
    return any(w in words for w in ("label", "class", "target", "ground", "correct", "category"))


def positions(r: Reading, found: tuple[Tree, ...]) -> tuple[Position, ...]:
    return tuple(position(r, unwrapped(item)) for item in found)


def is_stored(r: Reading, item: Tree) -> bool:
    """A free letter that chooses an element of a value: a class label, or a parameter of the left side."""
    item = unwrapped(item)
    if not is_letter(item) or plain(item) in r.bound or r.is_size(item):
        return False
    return is_label_word(r, item) or plain(item) in r.parameters or plain(item) in ("y", "c")


def element_positions(r: Reading, found: tuple[Tree, ...]) -> tuple[Position, ...]:
    """Positions in a value, which has no numbers of its own: a free letter there is stored, so it counts from zero."""
    out: list[Position] = []
    for item in found:
        if is_stored(r, item):
            entry = r.entry(unwrapped(item), unwrapped(item), 0)
            if entry.sort == "real" and not entry.axes:
                r.solver.fix(entry.number, ())
                entry.sort = "stored"
        out.append(position(r, unwrapped(item)))
    return tuple(out)


def position(r: Reading, item: Tree) -> Position:
    match item:
        case Placeholder():
            return All()
        case List((lo, hi), (":",)):
            low = None if isinstance(lo, Placeholder) else number(r, lo)
            high = None if isinstance(hi, Placeholder) else number(r, hi)
            return Slice(low, high)
        case Relation(Placeholder(), ((op, limit),)):
            edge = number(r, limit)
            one = Const(1)
            match op:
                case "<":
                    return Slice(None, Op("sub", (edge, one)))
                case "≤":
                    return Slice(None, edge)
                case ">":
                    return Slice(Op("add", (edge, one)), None)
            return Slice(edge, None)
    return Pick(number(r, item))


def number(r: Reading, item: Tree) -> Node:
    """A whole number in the paper's counting, as an integer node."""
    if isinstance(item, Binary) and item.op in ("+", "-"):
        for part in (item.left, item.right):
            if isinstance(part, Symbol):
                number(r, part)  # the d of `x_{d+1:D}` is a whole number like that of `x_{1:d}`
    term = r.term(item)
    if term.sort == "real" and isinstance(term.node, Access) and isinstance(item, Scripted):
        entry = next((e for e in r.entries.values() if Arg(e.name) == term.node.base), None)
        if entry is not None and is_stored_element(r, item):
            r.solver.fix(entry.number, ())
            entry.sort = "stored"
            return term.node
    if term.sort == "real" and isinstance(term.node, Arg):
        entry = next((e for e in r.entries.values() if e.name == term.node.name), None)
        if entry is not None and not entry.axes and not entry.declared:
            r.solver.fix(entry.number, ())
            entry.sort = "integer"
            return term.node
    if term.shape != () or term.sort not in ("integer", "stored"):
        if isinstance(term.node, Const) and float(term.node.value).is_integer():
            return Const(int(term.node.value))
        raise Refusal("index", f"{canonical(item)} stands where a whole number should", at=item)
    return term.node


def pick_from(r: Reading, term: Term, where: tuple[Position, ...], at: Tree) -> Term:
    """Elements of any array term."""
    if not where:
        return term
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown):
        shape = tuple(r.stable_axis(f"pick {getattr(at, 'at', '')} {k}") for k in range(len(where)))
        r.solver.suggest(term.shape, shape, 6)
    if len(shape) < len(where):
        raise Mismatch(f"{canonical(at)} has more indices than the {len(shape)} axes of {show_shape(shape)}", at=at)
    kept: list[Axis] = []
    for axis, p in zip(shape, where):
        match p:
            case Pick(IndexNumber(name)) if name in r.indices and isinstance(domain := r.indices[name].domain, Over):
                r.solver.same_dim(domain.axis.dim, axis.dim, f"the index of {canonical(at)}", at)
            case All():
                kept.append(axis)
            case Slice():
                kept.append(r.slice_axis(axis, p))
    node = term.node
    if isinstance(node, Access) and all(isinstance(p, Pick) for p in node.positions):
        node = Access(node.base, node.positions + where)
    else:
        node = Access(node, where)
    return Term(node, (*kept, *shape[len(where) :]), term.sort)
