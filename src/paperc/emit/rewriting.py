"""What the rewriting rules share: what they know of a place, and the parts of sums, products and logistic functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..ir.node import Access, Along, ArrayType, Build, Const, Index, IndexNumber, Node, Op, Pick
from ..ir.shapes import IllegalIR, Scope, bound_index, domain_axis, free_indices, parts, substitute, type_of


@dataclass(frozen=True, slots=True)
class Where:
    """What a rule may know of the place: names, the indices in force, which arguments are positive, which are sizes."""

    scope: Scope
    domains: Mapping[str, str]
    sizes: Mapping[str, str]
    """Integer arguments that give a size, with the size's name."""

    def type(self, node: Node) -> ArrayType | None:
        try:
            return type_of(node, self.scope)
        except IllegalIR:
            return None

    def rank(self, node: Node) -> int:
        kind = self.type(node)
        return -1 if kind is None else len(kind.axes)

    def rank_in(self, index: Index, node: Node) -> int:
        """The same inside the binding of an index."""
        if index.name in self.scope.indices:
            return self.rank(node)
        return replace(self, scope=self.scope.with_index(index)).rank(node)


def factors(node: Node) -> Iterator[Node]:
    if isinstance(node, Op) and node.op == "mul":
        for a in node.args:
            yield from factors(a)
    else:
        yield node


def terms_of(node: Node) -> Iterator[Node]:
    if isinstance(node, Op) and node.op == "add":
        for a in node.args:
            yield from terms_of(a)
    else:
        yield node


def product(factors: list[Node]) -> Node:
    return Const(1) if not factors else factors[0] if len(factors) == 1 else Op("mul", tuple(factors))


def is_number(node: Node, value: float) -> bool:
    return isinstance(node, Const) and node.value == value


def negated(node: Node) -> Node:
    match node:
        case Op("neg", (x,)):
            return x
        case Op("sub", (a, b)):
            return Op("sub", (b, a))
    return Op("neg", (node,))


def canonical(node: Node) -> Node:
    """Bound indices renamed in reading order: equal formulas become equal trees."""
    count = 0

    def go(n: Node) -> Node:
        nonlocal count
        index = bound_index(n)
        if index is not None:
            count += 1
            fresh = f"%{count}"
            n = _renamed(n, index, fresh)
        direct = {id(p) for p in parts(n)}
        return substitute(n, lambda p: go(p) if id(p) in direct else None)

    return go(node)


def _renamed(node: Node, index: Index, fresh: str) -> Node:
    inner = substitute(node, lambda p: IndexNumber(fresh) if p == IndexNumber(index.name) else None)
    own = bound_index(inner)
    assert own is not None
    return replace(inner, index=Index(fresh, fresh, own.domain))  # type: ignore[call-arg, arg-type]


def same(a: Node, b: Node) -> bool:
    """Equal up to the names of bound indices."""
    return a == b or canonical(a) == canonical(b)


def renamed_index(node: Node, old: str, new: str) -> Node:
    return substitute(node, lambda p: IndexNumber(new) if p == IndexNumber(old) else None)


def logistic(low: Node) -> Node | None:
    """σ(x) where the node is 1 + exp(-x)."""
    terms = list(terms_of(low))
    if len(terms) == 2:
        for one, other in (terms, terms[::-1]):
            if is_number(one, 1) and isinstance(other, Op) and other.op == "exp":
                return Op("sigmoid", (negated(other.args[0]),))
    return None


def softmax_at(a: Node, index: Index, b: Node, where: Where) -> Node | None:
    """The element of a softmax where a is b at an index in force that runs over the same axis as the summed one."""
    for name in free_indices(a):
        own = where.scope.indices.get(name)
        if own is None or domain_axis(own) != domain_axis(index) or name in free_indices(b):
            continue
        if same(renamed_index(b, index.name, name), a) and where.rank(a) == 0:
            return Access(Along("softmax", Build(index, b), 0), (Pick(IndexNumber(name)),))
    return None


def softmax_along(a: Node, b: Node, axis: int, keep: bool, where: Where) -> Node | None:
    """The softmax of a along an axis, where the sum over that axis is of a itself."""
    return Along("softmax", a, axis) if same(a, b) and (keep or where.rank(a) == 1) else None
