"""Ellipses: `x_1 + ⋯ + x_n`, `Concat(head_1, …, head_h)`, `[x_1, …, x_n]` as operations over an index."""

from __future__ import annotations

from ..formula.tree import Binary, Ellipsis, List, Number, Symbol
from ..formula.tree import Node as Tree
from ..ir.node import Axis, Build, ConcatOver, Over, Reduce
from .index import as_dim, word_index
from .keys import plain
from .refusal import Refusal
from .scope import Reading
from .sets import number_range
from .types import Term, Unknown

LETTER = Symbol("i")


def in_sum(r: Reading, node: Binary) -> Term | None:
    """A sum with an ellipsis between like terms."""
    terms = _flat(node)
    gaps = [k for k, t in enumerate(terms) if isinstance(t, Ellipsis)]
    if not gaps:
        return None
    if len(gaps) > 1 or gaps[0] in (0, len(terms) - 1):
        raise Refusal("ellipsis", "a sum with an ellipsis whose pattern is not clear", at=node)
    k = gaps[0]
    body, lo, hi = _pattern(terms[k - 1], terms[k + 1], [*terms[: k - 1]], node)
    total = _over(r, "sum", body, lo, hi, node)
    from . import elementwise as ew

    for extra in terms[k + 2 :]:
        total = ew.binary(r, "add", total, r.term(extra), node)
    return total


def _flat(node: Tree) -> list[Tree]:
    if isinstance(node, Binary) and node.op == "+":
        return [*_flat(node.left), *_flat(node.right)]
    return [node]


def over_list(r: Reading, op: str, body: List, at: Tree) -> Term:
    """A list with an ellipsis, concatenated, stacked or reduced."""
    items = list(body.items)
    gaps = [k for k, t in enumerate(items) if isinstance(t, Ellipsis)]
    if len(gaps) != 1 or gaps[0] in (0, len(items) - 1):
        raise Refusal("ellipsis", "a list with an ellipsis whose pattern is not clear", at=at)
    k = gaps[0]
    if k + 2 != len(items):
        raise Refusal("ellipsis", "a list that goes on behind its last element", at=at)
    tree, lo, hi = _pattern(items[k - 1], items[k + 1], items[: k - 1], at)
    return _over(r, op, tree, lo, hi, at)


def _pattern(before: Tree, last: Tree, earlier: list[Tree], at: Tree) -> tuple[Tree, Tree, Tree]:
    """The general term, and the first and last value of its index."""
    first = earlier[0] if earlier else before
    differing = _difference(first, last)
    if differing is None:
        raise Refusal("ellipsis", "an ellipsis between terms that differ in more than one index", at=at)
    lo, hi = differing
    return _replace(first, lo), lo, hi


def _difference(a: Tree, b: Tree) -> tuple[Tree, Tree] | None:
    """The one place where two like terms differ: the values of the running index."""
    a, b = word_index(a), word_index(b)
    if isinstance(a, Number) and not isinstance(b, type(a)) and as_dim(b) is not None:
        return a, b
    if type(a) is not type(b):
        return None
    found: list[tuple[Tree, Tree]] = []
    _compare(a, b, found)
    distinct = {(plain(x), plain(y)) for x, y in found}
    return found[0] if len(distinct) == 1 else None


def _compare(a: object, b: object, found: list[tuple[Tree, Tree]]) -> None:
    from dataclasses import fields, is_dataclass

    if a == b:
        return
    if isinstance(a, Number) and as_dim(b) is not None:  # type: ignore[arg-type]
        found.append((a, b))  # type: ignore[arg-type]
        return
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        for x, y in zip(a, b):
            _compare(x, y, found)
        return
    if type(a) is type(b) and is_dataclass(a) and not isinstance(a, (Symbol, Number)):
        for f in fields(a):
            if f.name != "at":
                _compare(getattr(a, f.name), getattr(b, f.name), found)
        return
    found.append((a, b))  # type: ignore[arg-type]
    found.append((b, a))  # type: ignore[arg-type]


def _replace(node: Tree, lo: Tree) -> Tree:
    """The term with the running value replaced by an index letter."""
    from dataclasses import fields, is_dataclass, replace

    def go(x: object) -> object:
        if x == lo and isinstance(x, Number):
            return LETTER
        if isinstance(x, tuple):
            return tuple(go(i) for i in x)
        if is_dataclass(x) and not isinstance(x, (Symbol, Number, type)):
            return replace(x, **{f.name: go(getattr(x, f.name)) for f in fields(x) if f.name != "at"})
        return x

    return go(word_index(node))  # type: ignore[return-value]


def _over(r: Reading, op: str, tree: Tree, lo: Tree, hi: Tree, at: Tree) -> Term:
    domain = number_range(r, lo, hi)
    with r.binding():
        index = r.bind_index(LETTER, domain)
        body = r.term(tree)
    shape = r.solver.shape(body.shape)
    size = domain.axis if isinstance(domain, Over) else None
    match op:
        case "sum" | "max" | "min":
            return Term(Reduce(op, index, body.node), body.shape)
    if size is None:
        raise Refusal("ellipsis", "a list whose length depends on an index", at=at)
    if isinstance(shape, Unknown):
        if op == "concat":
            r.solver.suggest(shape, (r.stable_axis(f"over {getattr(at, 'at', '')}"),), 3)
        return Term(body.node, r.solver.new_shape())
    if op == "list" or shape == ():
        return Term(Build(index, body.node), (Axis(size.dim), *shape))
    last = len(shape) - 1
    return Term(ConcatOver(index, body.node, last), (*shape[:-1], Axis(size.dim * shape[-1].dim)))
