"""Sums, products and extrema: what they bind, over what, and under which conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..formula import canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Ellipsis,
    Group,
    Juxtaposition,
    List,
    Number,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Text,
)
from ..formula.tree import Node as Tree
from ..ir.dims import Dim
from ..ir.node import Access, Arg, Axis, Domain, Index, IndexNumber, Node, Op, Over, Pick, Reduce
from .conditions import condition
from .index import as_dim, is_letter, letters, split, unwrapped, walk
from .keys import plain
from .norms import operator_norm
from .refusal import Final, Refusal
from .scope import Reading
from .sets import Domained, domain_of_set, explicit_range, mask, mask_entry, number_range
from .side_conditions import names
from .types import Term, Unknown

OPERATIONS = {
    "sum": "sum", "prod": "prod", "max": "max", "min": "min", "sup": "max", "inf": "min", "argmax": "argmax", "argmin": "argmin",
    "and": "all", "or": "any",
}  # fmt: skip


@dataclass(slots=True)
class Binder:
    """What stands below and above a big operator."""

    letters: list[tuple[Tree, Domained | None]] = field(default_factory=list)
    conditions: list[Tree] = field(default_factory=list)
    together: list[tuple[Tree, list[Tree]]] = field(default_factory=list)
    """Sets of pairs with the letters of their members; these letters come first in `letters`."""


def reduction(r: Reading, node: BigOp) -> Term:
    """A big operator over its indices.

    Raises Refusal for what is not finite (integrals, limits, optimisation over real variables).
    """
    op = OPERATIONS.get(node.op)
    if op is None:
        raise Refusal(
            {"int": "integral", "lim": "limit"}.get(node.op, node.op),
            f"the operator “{node.op}” is not computed",
            at=node,
        )
    if node.accents:
        raise Refusal("accent", f"an accent on “{node.op}”", at=node)
    if op == "max" and (operator := operator_norm(r, node)) is not None:
        return operator
    key = f"{node.op} {node.at}"
    with r.binding():
        binder = read_binder(r, node, key)
        if not binder.letters:
            raise Refusal(
                "unbound-sum", f"the “{node.op}” does not say what it runs over", "the index and its range", at=node
            )
        indices: list[Index] = []
        wheres: list[Node] = []
        taken = 0
        for set_, names in binder.together:
            # `(x, y) ∈ D`: the members are pairs, not all combinations.
            found = _bind_together(r, set_, names, key, node)
            indices += found[0]
            wheres += found[1]
            taken += len(names)
        for k, (letter, domained) in enumerate(binder.letters):
            if k < taken:
                continue
            domain: Domain = domained.domain if domained is not None else Over(r.stable_axis(f"{key} {k}"))
            if _is_value(r, letter, node, domained):
                indices.append(_bind_value(r, letter, f"{key} {k}", node, domained))
                continue
            index = r.bind_index(unwrapped(letter), domain)
            indices.append(index)
            if domained is not None:
                where = _membership(r, domained, letter, index)
                if where is not None:
                    wheres.append(where)
        for tree in binder.conditions:
            wheres.append(_condition(r, tree, indices))
        body = r.term(node.body)
        if op == "prod":
            _check_product(r, body, node)
        if op in ("argmax", "argmin") and len(indices) > 1:
            raise Refusal(op, f"{op} over several indices", at=node)
        _check_used(r, node, binder, indices, body, op)
        value: Node = body.node
        for k, index in reversed(list(enumerate(indices))):
            where = (
                _conjunction([w for w in wheres if k == len(indices) - 1 or len(indices) == 1])
                if k == len(indices) - 1
                else None
            )
            value = Reduce(op, index, value, where)
    if op in ("argmax", "argmin"):
        if indices[0].sample:
            # Over values the extremum is attained at a value, not at a number.
            entry = next(e for e in r.entries.values() if e.sample is not None and e.sample.name == indices[0].name)
            return Term(Access(Arg(entry.name), (Pick(value),)), r.solver.shape(entry.own), entry.sort)
        return Term(value, (), "stored")
    if op in ("any", "all"):
        return Term(value, body.shape, "boolean")
    if isinstance(body.shape, tuple) and op in ("max", "min") and body.shape:
        pass
    sort = body.sort if op in ("sum", "prod", "max", "min") and body.sort == "integer" else "real"
    return Term(value, body.shape, sort, body.row)


def _check_product(r: Reading, body: Term, node: BigOp) -> None:
    """Π multiplies numbers: for matrices it is the matrix product in an order that nobody states, for vectors nothing."""
    shape = r.solver.shape(body.shape)
    if isinstance(shape, Unknown) or not shape:
        return
    if len(shape) == 1 and (body.pointwise or re.search(r"(element|entry|component)-?\s?wise|hadamard", r.prose)):
        return
    raise Final(
        "matrix-product",
        f"a product over arrays, {canonical(node.body)}: of matrices in which order, or element by element",
        "the product written out",
        at=node,
    )


def _conjunction(wheres: list[Node]) -> Node | None:
    if not wheres:
        return None
    return wheres[0] if len(wheres) == 1 else Op("and", tuple(wheres))


def read_binder(r: Reading, node: BigOp, key: str) -> Binder:
    binder = Binder()
    sub = node.sub
    if sub is None:
        return binder
    parts = list(sub.items) if isinstance(sub, List) else [sub]
    while len(parts) == 1 and isinstance(parts[0], Quantified):
        quantified = parts[0]
        parts = [quantified.body]
        condition_ = quantified.condition
        binder.conditions += list(condition_.items) if isinstance(condition_, List) else [condition_]
    pending: list[Tree] = []
    at = 0
    while at < len(parts):
        part = unwrapped(parts[at])
        match part:
            case Symbol() | Scripted():
                pending.append(part)
            case Group("(", _, List(items, _)):
                pending += list(items)
            case Juxtaposition(items) if all(isinstance(i, Symbol) for i in items):
                pending += list(items)
            case Relation(first, ((("=" | ":="), low),)) if isinstance(first, (Symbol, Scripted)) and not (
                pending and isinstance(node.sup, List)
            ):
                if at + 1 < len(parts) and isinstance(parts[at + 1], Ellipsis):
                    high = parts[at + 2]
                    binder.letters.append((first, Domained(number_range(r, low, high))))
                    at += 3
                    continue
                window = _window(r, first, low, node, key)
                binder.letters.append((first, window if window is not None else _from(r, low, node)))
            case Relation(first, (("=", low),)) if pending and isinstance(node.sup, List):
                binder.letters += _limits(r, [*pending, first], low, node.sup, node)
                pending = []
            case Relation(List(items, _), ((("=" | ":="), low),)) if isinstance(node.sup, List):
                binder.letters += _limits(r, list(items), low, node.sup, node)
            case Relation(List(items, _), ((("=" | ":="), low),)):
                binder.letters += [(i, _from(r, low, node)) for i in items]
            case Relation(first, (("∈", set_),)):
                names = _names(first)
                if len(names) > 1 and isinstance(first, Group) and not pending:
                    binder.together.append((set_, names))
                    binder.letters = [*((n, None) for n in names), *binder.letters]
                    at += 1
                    continue
                for k, name in enumerate([*pending, *names]):
                    binder.letters.append((name, domain_of_set(r, name, set_, f"{key} ∈ {k}")))
                pending = []
            case Relation(first, (("∉", set_),)) if isinstance(first, (Symbol, Scripted)):
                inner = domain_of_set(r, first, set_, f"{key} ∉")
                if inner.member is None:
                    raise Refusal("set", f"{canonical(part)}: the complement of a set that is not known", at=part)
                binder.letters.append((first, Domained(inner.domain, condition=part)))
            case Relation():
                _comparison(r, part, binder, node, key)
            case Text():
                raise Refusal("text", f"the words “{part.text}” stand below the “{node.op}”", at=part)
            case _:
                raise Refusal("binder", f"{canonical(part)} below the “{node.op}”", at=part)
        at += 1
    for name in pending:
        if plain(name) in (plain(x) for x, _ in binder.letters):
            continue
        if node.sup is not None and len(pending) == 1:
            binder.letters.append((name, Domained(number_range(r, Number("1"), node.sup))))
        else:
            binder.letters.append((name, None))
    _exclude(r, binder, node)
    return binder


def _exclude(r: Reading, binder: Binder, node: BigOp) -> None:
    """What the sentence behind the display excludes from a sum: "where i ≠ y"."""
    letters = {plain(x) for x, _ in binder.letters}
    below = {canonical(c) for c in binder.conditions}
    for said in r.side_conditions:
        sides = (unwrapped(said.first), unwrapped(said.rest[0][1]))
        about = [plain(s) in letters for s in sides]
        others = [s for s, own in zip(sides, about) if not own]
        known = all(plain(s) in r.bound or plain(s) in r.parameters or plain(s) in names(node.body) for s in others)
        if not any(about) or canonical(said) in below:
            continue
        if not known:
            raise Refusal("side-condition", f"the sum leaves out what {canonical(said)} says, in words alone", at=node)
        binder.conditions.append(said)


def _bind_together(r: Reading, set_: Tree, names: list[Tree], key: str, node: BigOp) -> tuple[list[Index], list[Node]]:
    """The letters of pairs: positions in a joint mask, or values whose samples run together."""
    if all(_picks(n, node.body) for n in names):
        indices = [r.bind_index(unwrapped(n), Over(r.stable_axis(f"{key} pair {k}"))) for k, n in enumerate(names)]
        entry, lead = mask_entry(r, set_, len(names))
        for k, index in enumerate(indices):
            bounds = r.bounds(IndexNumber(index.name))
            if bounds is not None:
                entry.uses[len(lead) + k].append((bounds, True))
        picks = (*(Pick(p) for p in lead), *(Pick(IndexNumber(i.name)) for i in indices))
        return indices, [Access(Arg(entry.name), picks)]
    if any(_picks(n, node.body) for n in names):
        raise Refusal("set", f"members of {canonical(set_)} that are values and positions at once", at=node)
    axis = r.set_axes.setdefault(plain(set_), r.stable_axis(f"set {plain(set_)}"))
    name = r.fresh_name("n")
    index = Index(name, ", ".join(canonical(n) for n in names), Over(r.solver.axis(axis)), True)
    r.indices[name] = index
    for n in names:
        tree = unwrapped(n)
        entry = r.variable(tree)
        if entry.sample_axis is not None and entry.sample_axis != axis:
            r.solver.same_dim(entry.sample_axis.dim, axis.dim, f"the members of {canonical(set_)}", node)
        entry.sample, entry.sample_axis = index, axis
        r.bound[plain(tree)] = r.whole(entry)
    return [index], []


def _names(first: Tree) -> list[Tree]:
    match first:
        case List(items, _) | Group("(" | "{", _, List(items, _)):
            return list(items)
        case Juxtaposition(items) if all(isinstance(i, Symbol) for i in items):
            return list(items)
    return [first]


def _limits(r: Reading, letters: list[Tree], low: Tree, high: List, node: BigOp) -> list[tuple[Tree, Domained | None]]:
    """`\\sum_{i,j=1}^{m,n}`: each letter to its own limit."""
    if len(letters) != len(high.items) or set(high.separators) != {","}:
        raise Refusal("binder", f"{len(letters)} indices and {len(high.items)} limits on the “{node.op}”", at=node)
    return [(letter, Domained(number_range(r, low, end))) for letter, end in zip(letters, high.items)]


def _window(r: Reading, letter: Tree, low: Tree, node: BigOp, key: str) -> Domained | None:
    """`\\sum_{j = \\max(0, i - w)}^{\\min(N - 1, i + w)}`: the numbers of an axis between two limits that move with i."""
    first, above = _bounded(low, "max"), _bounded(node.sup, "min")
    if node.sup is None or (first is None and above is None):
        return None
    start, lower = first if first is not None else (low, None)
    end, upper = above if above is not None else (node.sup, None)
    lo, hi = as_dim(start), as_dim(end)
    if lo is None or lo.value is None:
        return None
    axis = Axis(r.stable_axis(key).dim, int(lo.value))
    if hi is not None and not set(hi.names) & set(r.bound):
        axis = Axis(r.solver.dim(hi) - lo + Dim.constant(1), int(lo.value))
        r.local_dims.update(hi.names)
    else:
        upper = end
    for moving in (lower, upper):
        for name in letters(moving) if moving is not None else ():
            _counts_from(r, name, int(lo.value))
    relation: Tree
    if lower is not None:
        relation = Relation(lower, (("≤", letter), *((("≤", upper),) if upper is not None else ())))
    else:
        assert upper is not None
        relation = Relation(letter, (("≤", upper),))
    r.note(f"the {node.op} runs over the whole numbers between its limits")
    return Domained(Over(axis), condition=relation)


def _counts_from(r: Reading, letter: str, base: int) -> None:
    """A free index of the left side that moves a window counts as the elements of the window do."""
    term = r.bound.get(letter)
    if term is None or not isinstance(term.node, IndexNumber):
        return
    domain = r.indices[term.node.index].domain
    open_ = isinstance(domain, Over) and any(n.startswith("?") for n in r.solver.dim(domain.axis.dim).names)
    if open_ and r.left_bases.get(letter, 1) != base:
        r.left_bases[letter] = base
        r.stale = True


def _bounded(tree: Tree | None, op: str) -> tuple[Tree, Tree] | None:
    """The end of the axis, and the limit that moves, in `\\max(1, i - w)`; in either order."""
    if not (
        isinstance(tree, Apply)
        and isinstance(tree.function, Symbol)
        and tree.function.name == op
        and isinstance(tree.argument, Group)
        and isinstance(tree.argument.body, List)
        and len(tree.argument.body.items) == 2
    ):
        return None
    a, b = tree.argument.body.items
    if op == "max":
        return (a, b) if isinstance(a, Number) else (b, a) if isinstance(b, Number) else None
    # The end of the axis is a size; what moves holds the letter of the outer index.
    return (a, b) if len(letters(a)) <= len(letters(b)) else (b, a)


def _from(r: Reading, low: Tree, node: BigOp) -> Domained | None:
    if isinstance(low, List) and node.sup is None and (found := explicit_range(r, low, "")) is not None:
        return Domained(found)
    if isinstance(low, List) and any(isinstance(i, Ellipsis) for i in low.items):
        items = [i for i in low.items if not isinstance(i, Ellipsis)]
        return Domained(number_range(r, items[0], items[-1]))
    if isinstance(low, List) and ":" in low.separators and len(low.items) == 2:
        return Domained(number_range(r, low.items[0], low.items[1]))
    if node.sup is None:
        if isinstance(low, Number) and low.text in ("0", "1"):
            key = f"{node.op} {node.at} from"
            axis = r.stable_axis(key)
            return Domained(Over(Axis(axis.dim, int(low.text))))
        return None
    if isinstance(node.sup, Symbol) and node.sup.name == "infty":
        raise Refusal("infinite-sum", f"the {node.op} has infinitely many terms", at=node)
    return Domained(number_range(r, low, node.sup))


def _comparison(r: Reading, part: Relation, binder: Binder, node: BigOp, key: str) -> None:
    """`j ≠ i`, `i < j`, `1 ≤ i ≤ n`: binds the letters that nothing has bound, and keeps the condition."""
    first, rest = part.first, part.rest
    if len(rest) == 2 and all(op in ("≤", "<") for op, _ in rest) and is_letter(rest[0][1]):
        low, (op1, letter), (op2, high) = first, rest[0], rest[1]
        if plain(letter) not in r.bound:
            from ..formula.tree import Binary

            lo = low if op1 == "≤" else Binary("+", low, Number("1"))
            hi = high if op2 == "≤" else Binary("-", high, Number("1"))
            if not any(
                is_letter(x) and plain(x) not in r.bound and not r.is_size(x) and x is not letter for x in (low,)
            ):
                binder.letters.append((letter, Domained(number_range(r, lo, hi))))
                return
    known = {plain(x) for x, _ in binder.letters}
    for side in (first, *(t for _, t in rest)):
        for name in _names(side):
            if (
                isinstance(name, (Symbol, Scripted))
                and plain(name) not in r.bound
                and plain(name) not in known
                and plain(name) not in r.steps
                and not r.is_size(name)
            ):
                inner = unwrapped(name)
                if isinstance(inner, Symbol) and not inner.word and plain(inner) not in r.facts_values:
                    binder.letters.append((name, None))
                    known.add(plain(name))
    binder.conditions.append(part)


def _membership(r: Reading, domained: Domained, letter: Tree, index: Index) -> Node | None:
    wheres: list[Node] = []
    inside: Node | None = None
    if domained.member is not None:
        inside = mask(r, domained.member, index)
    if domained.condition is not None:
        inside = condition(r, domained.condition).node
    if domained.add is not None:
        same = Op("eq", (IndexNumber(index.name), r.term(domained.add).node))
        inside = same if inside is None else Op("or", (inside, same))
    if inside is not None:
        wheres.append(inside)
    if domained.remove is not None:
        removed = r.term(domained.remove)
        wheres.append(Op("ne", (IndexNumber(index.name), removed.node)))
        _same_set(r, index, removed.node)
    return _conjunction(wheres)


def _condition(r: Reading, tree: Tree, indices: list[Index]) -> Node:
    node = condition(r, tree).node
    match node:
        case Op("ne" | "lt" | "gt" | "le" | "ge" | "eq", (IndexNumber(a), IndexNumber(b))):
            if a in r.indices and b in r.indices:
                _same_set(r, r.indices[a], IndexNumber(b))
    return node


def _same_set(r: Reading, index: Index, other: Node) -> None:
    """Two indices that are compared run over the same numbers, unless the arrays say otherwise."""
    if isinstance(other, IndexNumber) and other.index in r.indices:
        a, b = index.domain, r.indices[other.index].domain
        if isinstance(a, Over) and isinstance(b, Over):
            r.pending.append((a.axis.dim, b.axis.dim))


def _is_value(r: Reading, letter: Tree, node: BigOp, domained: Domained | None) -> bool:
    """The letter stands for elements of a set (`x ∈ D`, `\\max_{a'} Q(s', a')`) and picks nothing by number."""
    if isinstance(unwrapped(letter), Scripted):
        return not _picks(letter, node.body)
    if domained is not None and domained.member is None and not isinstance(domained.domain, Over):
        return False
    if (
        domained is not None
        and isinstance(domained.domain, Over)
        and not (domained.domain.axis.dim.name or "").startswith("?")
    ):
        return False
    return not _picks(letter, node.body) and _as_value(letter, node.body)


def _picks(letter: Tree, body: Tree) -> bool:
    """The letter stands in a script, or in brackets of its own (`p(k)`)."""
    name = plain(unwrapped(letter))
    for n in walk(body):
        if isinstance(n, Scripted) and n.base != Symbol("nabla"):  # `∇_x` is no element
            scripts = [s for s in (n.sub, n.sup) if s is not None]
            if any(plain(k) == name for s in scripts for k in walk(s) if isinstance(k, (Symbol, Scripted))):
                return True
        if isinstance(n, BigOp) and n.sub is not None:
            if any(plain(k) == name for k in walk(n.sub) if isinstance(k, Symbol)):
                return True
    return False


def _as_value(letter: Tree, body: Tree) -> bool:
    name = plain(unwrapped(letter))
    calls = [
        n for n in walk(body)
        if isinstance(n, Juxtaposition)
        for a, b in zip(n.items, n.items[1:])
        if isinstance(b, Group) and any(plain(k) == name for k in walk(b) if isinstance(k, (Symbol, Scripted)))
    ]  # fmt: skip
    if not calls:
        return any(plain(n) == name for n in walk(body) if isinstance(n, (Symbol, Scripted)))
    # `p(k)`: a distribution over a discrete letter is an array; `Q(s, a)` takes values.
    return name not in ("i", "j", "k", "l", "m", "n", "c")


def _bind_value(r: Reading, letter: Tree, key: str, node: BigOp, domained: Domained | None) -> Index:
    if node.op in ("max", "min", "sup", "inf", "argmax", "argmin"):
        inner = unwrapped(letter)
        base = split(inner).base
        greek = isinstance(base, Symbol) and len(base.name) > 1 and not base.word
        info = r.facts.exact(inner)
        if info is not None and info.shape and info.domain not in ("one-hot", "{0,1}"):
            raise Refusal(
                "optimisation",
                f"{node.op} over the real array {canonical(inner)} is no finite search",
                "a finite set",
                at=node,
            )
        if domained is None and (
            greek
            or (
                isinstance(base, Symbol)
                and (base.name.isupper() or base.name in ("w", "x", "z", "q", "p", "f", "u", "h"))
            )
        ):
            raise Refusal(
                "optimisation",
                f"{node.op} over {canonical(inner)} is an optimisation, no finite search",
                "a finite set",
                at=node,
            )
        if domained is not None and domained.condition is not None:
            raise Refusal("optimisation", f"{node.op} under constraints", at=node)
    known = r.sampled(plain(unwrapped(letter)))
    if known is not None and known.sample_axis is not None:
        axis = r.solver.axis(known.sample_axis)
    elif domained is not None and domained.member is not None and plain(domained.member) in r.set_axes:
        axis = r.solver.axis(r.set_axes[plain(domained.member)])
    elif domained is not None and isinstance(domained.domain, Over):
        axis = domained.domain.axis
    else:
        axis = r.stable_axis(key)
    name = r.fresh_name("n")
    index = Index(name, canonical(letter), Over(r.solver.axis(axis)), True)
    r.indices[name] = index
    tree = unwrapped(letter)
    entry = r.variable(tree)
    entry.sample = index
    entry.sample_axis = axis
    r.bound[plain(tree)] = r.whole(entry)
    return index


def _check_used(r: Reading, node: BigOp, binder: Binder, indices: list[Index], body: Term, op: str) -> None:
    """An index that its body does not use is nearly always a slip of the paper."""
    from .nodes import mentions

    if binder.together:
        return
    for index, (letter, _) in zip(indices, binder.letters):
        used = mentions(body.node, index.name)
        if not used and not any(
            plain(unwrapped(letter)) in {plain(k) for k in walk(c) if isinstance(k, Symbol)} for c in binder.conditions
        ):
            later = [i for i in indices if i is not index]
            if any(_in_domain(i.domain, index.name) for i in later):
                continue
            if isinstance(node.body, Number):
                continue
            if isinstance(body.shape, Unknown):
                continue
            raise Refusal(
                "unused-index",
                f"the {node.op} binds {plain(letter)}, but nothing under it depends on {plain(letter)}",
                f"the index {plain(letter)} on what is summed",
                at=node,
            )


def _in_domain(domain: Domain, name: str) -> bool:
    from .nodes import mentions

    return not isinstance(domain, Over) and (mentions(domain.lo, name) or mentions(domain.hi, name))
