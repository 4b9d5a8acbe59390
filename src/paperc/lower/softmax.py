"""The softmax, and along which axis it runs."""

from __future__ import annotations

from ..formula.tree import Node as Tree
from ..formula.tree import (
    Symbol,
)
from ..ir.node import (
    Along,
    Axis,
    Node,
    Op,
    Reduce,
)
from . import elementwise as ew
from .index import unwrapped
from .keys import plain
from .nodes import walk as walk_ir
from .refusal import Refusal
from .scope import Reading
from .types import Term, Unknown

OPEN = -1
"""The axis of a softmax of a matrix until a product sums over one of its axes."""


def softmax(r: Reading, trees: list[Tree], subs: tuple[Tree, ...], at: Tree, op: str) -> Term:
    """Softmax of a vector, of a matrix along a stated or forced axis, or over an index.

    Raises Refusal where rows and columns both fit and the paper does not say which.
    """
    sign = op == "softmin"
    op = "softmax" if sign else op
    if subs and all(plain(s) in r.bound for s in subs) and len(subs) == 1:
        return _softmax_over_index(r, trees, subs[0], at, op)
    if len(trees) != 1:
        raise Refusal("function", "softmax has one argument", at=at)
    x = r.term(trees[0])
    if sign:
        x = ew.unary(r, "neg", x)
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(f"softmax {getattr(at, 'at', '')}"),), 5)
        return x
    if len(shape) == 0:
        free = _free_positions(r, trees[0])
        if len(free) == 1:
            return _softmax_over_index(r, trees, free[0], at, op)
        raise Refusal(
            "axis",
            "softmax of a single number: over which index it runs is not said",
            "the index",
            at=at,
            key="axis",
            options=tuple(plain(f) for f in free),
        )
    if len(shape) == 1:
        return Term(Along(op, x.node, 0), shape, row=x.row)
    axis = _softmax_axis(r, shape, subs, at)
    return Term(Along(op, x.node, axis), shape)


def _softmax_axis(r: Reading, shape: tuple[Axis, ...], subs: tuple[Tree, ...], at: Tree) -> int:
    last = len(shape) - 1
    words = r.axis_words
    stated = r.settings.get("axis")
    if stated in ("rows", "last", "row", "-1", "1"):
        return last
    if stated in ("columns", "column", "first", "0", "cols"):
        return last - 1
    if words == "rows":
        r.note("the softmax runs along each row, as the paper says")
        return last
    if words == "columns":
        r.note("the softmax runs along each column, as the paper says")
        return last - 1
    label = "".join(plain(k) for k in subs).lower()
    if "row" in label or "col" in label:
        return last if "row" in label else last - 1
    return OPEN


def settled(node: Node, axis: int) -> Node:
    """Softmaxes in a sum of matrices take the axis that the product with it sums over, so that its weights sum to one."""
    match node:
        case Along(op, body, place) if place == OPEN:
            return Along(op, body, axis)
        case Op("add" | "sub" | "mul" | "neg" | "div" as op, args):
            return Op(op, tuple(settled(a, axis) for a in args))
    return node


def check_settled(node: Node) -> None:
    """Raises Refusal where rows and columns both fit a softmax and nothing says which."""
    for n in walk_ir(node):
        if isinstance(n, Along) and n.axis == OPEN:
            raise Refusal(
                "axis",
                "softmax of a matrix: the paper does not say along which axis (rows, columns or all entries)",
                "a sentence or a paper.toml entry that gives the axis",
                key="axis",
                options=("rows", "columns"),
            )


def _free_positions(r: Reading, tree: Tree) -> list[Tree]:
    """The index letters in scope that a tree's symbols are picked by, in order."""
    from .index import walk

    found: dict[str, Tree] = {}
    for n in walk(tree):
        if isinstance(n, Symbol) and plain(n) in r.bound and r.bound[plain(n)].sort == "integer":
            found.setdefault(plain(n), n)
    return list(found.values())


def _softmax_over_index(r: Reading, trees: list[Tree], letter: Tree, at: Tree, op: str) -> Term:
    """`softmax_j(e_{ij})` and `softmax(e_i)` with a free i: exp over the sum over a copy of the index."""
    from ..ir.node import IndexNumber

    letter = unwrapped(letter)
    value = r.term(trees[0])
    here = r.bound[plain(letter)].node
    if not isinstance(here, IndexNumber):
        raise Refusal("axis", "softmax over something that is no index", at=at)
    index = r.indices[here.index]
    with r.binding():
        copy = r.bind_index(letter, index.domain)
        inner = r.term(trees[0])
        total = Reduce("logsumexp", copy, inner.node)
    node: Node = Op("sub", (value.node, total))
    return Term(node if op == "log_softmax" else Op("exp", (node,)), value.shape)
