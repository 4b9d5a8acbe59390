"""Values made of arrays: inner products, concatenations, matrices that are written out."""

from __future__ import annotations

from ..formula.tree import (
    Ellipsis,
    Group,
    List,
    Matrix,
    Relation,
    Text,
)
from ..formula.tree import Node as Tree
from ..ir.dims import Dim
from ..ir.node import (
    Axis,
    Block,
    Join,
    Linear,
    MatMul,
    Node,
    Norm,
    Op,
)
from . import elementwise as ew
from .refusal import Mismatch, Refusal
from .scope import Reading
from .types import Term, Unknown, show_shape


def cosine(r: Reading, x: Term, y: Term, at: Tree) -> Term:
    """`cos(q, k)`: the cosine of the angle between two vectors."""
    product = inner(r, x, y, at)
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if not (isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) == 1):
        return product
    length = Op("mul", (Norm(x.node), Norm(y.node)))
    return Term(Op("div", (product.node, length)), ())


def inner(r: Reading, x: Term, y: Term, at: Tree) -> Term:
    """The inner product of two vectors or two matrices of one shape."""
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    key = f"inner {getattr(at, 'at', '')}"
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        known = (
            b
            if isinstance(a, Unknown) and not isinstance(b, Unknown)
            else a
            if isinstance(b, Unknown) and not isinstance(a, Unknown)
            else None
        )
        suits = known if isinstance(known, tuple) and known else (r.stable_axis(key),)
        r.solver.suggest(a, suits, 7)
        r.solver.suggest(b, suits, 7)
        return Term(Op("mul", (x.node, y.node)), ())
    if len(a) != len(b):
        raise Mismatch(f"an inner product of {show_shape(a)} and {show_shape(b)}", at=at)
    r.solver.same(a, b, "the two sides of an inner product", at)
    if len(a) == 0:
        return ew.binary(r, "mul", x, y, at)
    if len(a) == 1:
        return Term(MatMul(x.node, y.node), ())
    if len(a) == 2:
        return Term(Linear("inner", (x.node, y.node)), ())
    raise Refusal("inner-product", "an inner product of arrays with more than two axes", at=at)


def concat(r: Reading, terms: list[Term], at: Tree) -> Term:
    """Concatenation along the last axis; the others agree."""
    shapes = [r.solver.shape(t.shape) for t in terms]
    known = [s for s in shapes if isinstance(s, tuple) and s]
    for k, s in enumerate(shapes):
        if isinstance(s, Unknown):
            if known:
                r.solver.suggest(s, (*known[0][:-1], r.stable_axis(f"concat {getattr(at, 'at', '')} {k}")), 6)
            else:
                r.solver.suggest(s, (r.stable_axis(f"concat {getattr(at, 'at', '')} {k}"),), 4)
    if any(isinstance(s, Unknown) for s in shapes):
        return Term(terms[0].node, r.solver.new_shape())
    if all(s == () for s in shapes):
        return Term(Join("stack", tuple(t.node for t in terms)), (Axis(Dim.constant(len(terms))),))
    full = [s for s in shapes if isinstance(s, tuple)]
    rank = max(len(s) for s in full)
    lifted: list[Node] = []
    total = Dim.constant(0)
    for term, s in zip(terms, full):
        if len(s) == 0 and rank == 1:
            lifted.append(Join("stack", (term.node,)))
            total = total + Dim.constant(1)
            continue
        if len(s) != rank:
            raise Mismatch("a concatenation of arrays with different numbers of axes", at=at)
        lifted.append(term.node)
        total = total + s[-1].dim
    first = next(s for s in full if len(s) == rank)
    for s in full:
        if len(s) == rank:
            for p, q in zip(first[:-1], s[:-1]):
                r.solver.same_dim(p.dim, q.dim, "the other axes of a concatenation", at)
    return Term(Join("concat", tuple(lifted), rank - 1), (*first[:-1], Axis(total)))


def bracket_list(r: Reading, node: Group, body: List) -> Term:
    """`[a, b]`, `[a; b]`, `(x_1, …, x_n)`: concatenation of arrays, or a vector of numbers."""
    if any(isinstance(i, Ellipsis) for i in body.items):
        from .ellipsis import over_list

        return over_list(r, "below" if ";" in body.separators else "list", body, node)
    if node.open not in ("[", "(") or any(isinstance(i, (Relation, Text)) for i in body.items):
        raise Refusal("list", "a list stands where one value should", at=node)
    terms = [r.term(i) for i in body.items]
    shapes = [r.solver.shape(t.shape) for t in terms]
    if all(s == () for s in shapes):
        return Term(Join("stack", tuple(t.node for t in terms)), (Axis(Dim.constant(len(terms))),))
    if node.open == "[":
        return concat(r, terms, node)
    raise Refusal("list", "a tuple of arrays stands where one value should", at=node)


def matrix(r: Reading, node: Matrix) -> Term:
    """A matrix written out: numbers or blocks."""
    rows = [[r.term(cell) for cell in row] for row in node.rows]
    if len({len(row) for row in rows}) != 1:
        raise Refusal("matrix", "the rows of a matrix have different lengths", at=node)
    if node.open == "‖":
        raise Refusal("matrix", "a norm of a matrix written out", at=node)
    shapes = [[r.solver.shape(t.shape) for t in row] for row in rows]
    if any(isinstance(s, Unknown) for row in shapes for s in row):
        return Term(rows[0][0].node, r.solver.new_shape())
    flat = [s for row in shapes for s in row if isinstance(s, tuple)]
    n, m = len(rows), len(rows[0])
    if all(s == () for s in flat):
        if m == 1 and node.open != "|":
            return Term(Join("stack", tuple(row[0].node for row in rows)), (Axis(Dim.constant(n)),))
        term = Term(
            Block(tuple(tuple(t.node for t in row) for row in rows)), (Axis(Dim.constant(n)), Axis(Dim.constant(m)))
        )
        return Term(Linear("det", (term.node,)), ()) if node.open == "|" else term
    if m == 1 and all(len(s) == 1 for s in flat):
        return concat(r, [row[0] for row in rows], node)
    raise Refusal("block-matrix", "a matrix of blocks", at=node)
