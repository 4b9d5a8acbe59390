"""Sets as domains of indices: ranges, whole batches, and subsets as boolean masks."""

from __future__ import annotations

from dataclasses import dataclass

from ..formula import canonical
from ..formula.tree import (
    Binary,
    Ellipsis,
    Given,
    Group,
    Juxtaposition,
    List,
    Number,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.dims import Dim
from ..ir.node import (
    Access,
    Arg,
    Axis,
    Domain,
    Index,
    IndexNumber,
    Node,
    Op,
    Over,
    Pick,
    Range,
    Reduce,
    Size,
)
from .index import as_dim, split, unwrapped
from .keys import plain
from .refusal import Refusal
from .scope import Entry, Reading
from .types import Term

WHOLE = (
    "batch",
    "dataset",
    "data set",
    "training set",
    "all ",
    "set of examples",
    "set of samples",
    "corpus",
    "minibatch",
)
WHOLE_LETTERS = frozenset({"B", "D", "X", "S", "I", "V"})


@dataclass(frozen=True, slots=True)
class Domained:
    """A domain, and the condition that restricts it (a function of the index, once that is bound)."""

    domain: Domain
    condition: Tree | None = None
    member: Tree | None = None
    """The set whose mask restricts it."""
    remove: Tree | None = None
    """An element that is taken out: `S \\ {i}`."""
    add: Tree | None = None


def explicit_range(r: Reading, set_: Tree, key: str) -> Domain | None:
    """`\\{1, …, n\\}`, `\\{0, 1\\}`, `[K]`, `1, …, n` as a range of numbers."""
    body = set_.body if isinstance(set_, Group) and set_.open in ("{", "[", "(") else set_
    if isinstance(set_, Group) and set_.open == "[" and isinstance(body, (Symbol, Scripted)):
        return number_range(r, Number("1"), body)
    if isinstance(body, Juxtaposition) and len(body.items) == 3 and isinstance(body.items[1], Ellipsis):
        return number_range(r, body.items[0], body.items[2])
    if (
        isinstance(set_, Group)
        and set_.open != "{"
        and isinstance(body, List)
        and not any(isinstance(i, Ellipsis) for i in body.items)
    ):
        if len(body.items) == 2 and isinstance(body.items[0], Number) and body.items[0].text == "1":
            return number_range(r, body.items[0], body.items[1])
        raise Refusal("interval", f"{canonical(set_)} is an interval of real numbers", "a finite set", at=set_)
    if isinstance(body, List):
        items = [i for i in body.items if not isinstance(i, Ellipsis)]
        if any(isinstance(i, Ellipsis) for i in body.items) and len(items) >= 2:
            return number_range(r, items[0], items[-1])
        if items and all(isinstance(i, Number) and i.text.isdigit() for i in items):
            values = [int(i.text) for i in items if isinstance(i, Number)]
            if values == list(range(values[0], values[0] + len(values))):
                return Over(Axis(Dim.constant(len(values)), values[0]))
        if isinstance(set_, Group) and len(items) > 1 and all(_mere_label(r, i) for i in items):
            names = ", ".join(canonical(i) for i in items)
            r.note(f"the {len(items)} elements stand in the order {names}")
            return Over(Axis(Dim.constant(len(items))))
    return None


def _mere_label(r: Reading, item: Tree) -> bool:
    """A name in an enumerated set that has no value anywhere: it only tells elements apart (`\\{x, y, w, h\\}`)."""
    if not isinstance(item, Symbol) or plain(item) in r.bound or plain(item) in r.entries or plain(item) in r.valued:
        return False
    info = r.facts.exact(item)
    return info is None or (info.shape is None and info.value is None and not info.kind)


def number_range(r: Reading, lo: Tree, hi: Tree) -> Domain:
    """lo, …, hi: all of an axis where both are sizes, else a range that may depend on outer indices."""
    from .positions import number

    low, high = as_dim(lo), as_dim(hi)
    bound = set(r.bound)
    if low is not None and low.value is not None and high is not None and not set(high.names) & (bound | r.steps):
        for name in high.names:
            if name not in r.entries or name in r.local_dims:
                r.local_dims.add(name)
        return Over(Axis(r.solver.dim(high) - low + Dim.constant(1), int(low.value)))
    return Range(number(r, lo), number(r, hi))


def domain_of_set(r: Reading, letter: Tree, set_: Tree, key: str) -> Domained:
    """The domain for `letter ∈ set_`."""
    found = explicit_range(r, set_, key)
    if found is not None:
        return Domained(found)
    from .link import Links

    if isinstance(r.links, Links) and (said := r.links.set_of(set_)) is not None:
        return domain_of_set(r, letter, said, key)
    match set_:
        case Binary("∖", whole, Group("{", "}", element)):
            inner = domain_of_set(r, letter, whole, key)
            return Domained(inner.domain, inner.condition, inner.member, element, inner.add)
        case Binary("∪", whole, Group("{", "}", element)):
            inner = domain_of_set(r, letter, whole, key)
            return Domained(inner.domain, inner.condition, inner.member, inner.remove, element)
        case Symbol() | Scripted() | Juxtaposition():
            over = Over(r.stable_axis(key))
            if whole_set(r, set_):
                axis = r.set_axes.setdefault(plain(set_), r.stable_axis(f"set {plain(set_)}"))
                return Domained(Over(r.solver.axis(axis)))
            return Domained(over, member=set_)
        case Group("{", "}", Given() as given):
            return Domained(Over(r.stable_axis(key)), condition=given.right)
    raise Refusal("set", f"the set {canonical(set_)} is not known", at=set_)


def whole_set(r: Reading, set_: Tree) -> bool:
    """A set that is simply all that there is: a batch, a data set, an alphabet."""
    if not isinstance(set_, (Symbol, Scripted)):
        return False
    parts = split(set_)
    if any(plain(unwrapped(s)) in r.bound for s in (*parts.subs, *parts.sups)):
        return False
    info = r.facts.exact(set_)
    if info is not None and any(w in info.meaning.lower() + " " for w in WHOLE):
        return True
    return (
        isinstance(parts.base, Symbol)
        and parts.base.font in ("cal", "")
        and parts.base.name in WHOLE_LETTERS
        and not parts.subs
    )


def mask(r: Reading, set_: Tree, index: Index) -> Node:
    """Whether the current number of an index is in a set: an element of a boolean array, an argument.

    `N(i)` and `N_i` are rows of a boolean matrix over (i, element).
    """
    entry, lead = mask_entry(r, set_)
    entry.uses[len(lead)].append((r.bounds(IndexNumber(index.name)), True))  # type: ignore[arg-type]
    for k, p in enumerate(lead):
        bounds = r.bounds(p)
        if bounds is not None:
            entry.uses[k].append((bounds, isinstance(p, IndexNumber)))
    return Access(Arg(entry.name), (*(Pick(p) for p in lead), Pick(IndexNumber(index.name))))


def mask_entry(r: Reading, set_: Tree, members: int = 1) -> tuple[Entry, list[Node]]:
    from .positions import number

    outer: list[Tree] = []
    tree: Tree = set_
    if isinstance(set_, Juxtaposition) and len(set_.items) == 2 and isinstance(set_.items[1], Group):
        tree = set_.items[0]
        body = set_.items[1].body
        outer = list(body.items) if isinstance(body, List) else [body]
    parts = split(tree)
    if not isinstance(parts.base, Symbol):
        raise Refusal("set", f"the set {canonical(set_)} is not known", at=set_)
    labels_down = [s for s in parts.subs if plain(unwrapped(s)) not in r.bound]
    outer = [unwrapped(s) for s in (*parts.sups, *parts.subs) if plain(unwrapped(s)) in r.bound] + outer
    from .index import rebuilt

    ups = tuple(s for s in parts.sups if plain(unwrapped(s)) not in r.bound)
    bare = rebuilt(parts, ups, tuple(labels_down))
    lead = [number(r, o) for o in outer]
    key = "set " + plain(bare)
    entry = r.entries.get(key)
    if entry is None:
        entry = Entry(0, key, bare, None, sort="boolean")
        unknown = r.solver.new_shape()
        entry.number, entry.own = unknown.of[0], unknown
        r.solver.fix(entry.number, ())
        r.add(entry)
    while len(entry.axes) < len(lead) + members:
        entry.axes.append(r.solver.new_axis())
        entry.uses.append([])
        r.solver.changes += 1
    r.note(f"the set {canonical(bare)} is a boolean mask")
    return entry, lead


def cardinality(r: Reading, body: Tree) -> Term | None:
    """`|S|` for a set: the number of true entries of its mask, or a size."""
    tree = body
    if isinstance(body, Juxtaposition) and len(body.items) == 2 and isinstance(body.items[1], Group):
        tree = body.items[0]
    parts = split(tree)
    base = parts.base
    if not isinstance(base, Symbol):
        return None
    info = r.facts.exact(tree)
    is_set = (info is not None and info.kind == "set") or base.font == "cal"
    if not is_set and "set " + plain(tree) not in r.entries:
        return None
    key = plain(Group("|", "|", body))
    if whole_set(r, body) if isinstance(body, (Symbol, Scripted)) else False:
        axis = r.set_axes.get(plain(body))
        if axis is not None:
            return Term(Size(r.solver.dim(axis.dim)), (), "integer")
        if key in r.local_dims or key in r.facts.dims:
            return Term(Size(Dim.of(key)), (), "integer")
        axis = r.set_axes.setdefault(plain(body), r.stable_axis(f"set {plain(body)}"))
        return Term(Size(r.solver.dim(axis.dim)), (), "integer")
    if isinstance(body, (Symbol, Scripted)) and (key in r.local_dims or key in r.facts.dims):
        return Term(Size(Dim.of(key)), (), "integer")
    entry, lead = mask_entry(r, body)
    axis = entry.axes[len(lead)]
    with r.binding():
        index = r.bind_index(Symbol("j"), Over(axis))
        for k, p in enumerate(lead):
            bounds = r.bounds(p)
            if bounds is not None:
                entry.uses[k].append((bounds, isinstance(p, IndexNumber)))
        member = Access(Arg(entry.name), (*(Pick(p) for p in lead), Pick(IndexNumber(index.name))))
        count = Reduce("sum", index, Op("indicator", (member,)))
    return Term(count, (), "integer")
