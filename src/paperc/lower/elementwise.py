"""Element-wise operations: shapes that agree, scalars against arrays, a bias against every row."""

from __future__ import annotations

from ..formula.tree import Node as Tree
from ..ir.node import Axis, Const, Expand, Linear, Node, Op, Sort
from .refusal import Mismatch
from .scope import Reading
from .types import Shape, Term, Unknown, show_shape

INTEGER = frozenset({"add", "sub", "mul", "neg", "mod", "min", "max", "abs", "square"})
BOOLEAN = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "xor"})
WHOLE = frozenset({"floor", "ceil", "round", "indicator"})


def unary(r: Reading, op: str, x: Term) -> Term:
    pointwise = (x.shape != () and op != "neg") or x.pointwise
    return Term(Op(op, (x.node,)), x.shape, _sort(op, (x,)), x.row, pointwise)


def binary(r: Reading, op: str, x: Term, y: Term, at: Tree | None = None, *, what: str = "") -> Term:
    """An element-wise operation of two terms.

    Raises Mismatch where the shapes do not agree.
    """
    if op == "div" and isinstance(r.solver.shape(y.shape), Unknown) and r.solver.shape(x.shape) != ():
        # What divides is a number, unless something else says that it is an array.
        left, right, shape = x.node, y.node, r.solver.shape(x.shape)
    else:
        left, right, shape = aligned(r, x, y, at, what or f"the operands of “{op}”")
    mixed = op in ("add", "sub") and x.scalar != y.scalar
    pointwise = x.pointwise or y.pointwise or mixed
    return Term(Op(op, (left, right)), shape, _sort(op, (x, y)), x.row and (y.row or y.scalar), pointwise)


def many(r: Reading, op: str, terms: list[Term], at: Tree | None = None) -> Term:
    total = terms[0]
    for term in terms[1:]:
        total = binary(r, op, total, term, at)
    return total


def select(r: Reading, condition: Term, yes: Term, no: Term, at: Tree | None = None) -> Term:
    a, b, shape = aligned(r, yes, no, at, "the values of the cases")
    joint = Term(a, shape)
    c, a, shape = aligned(r, condition, joint, at, "a condition and its value")
    _, b, shape = aligned(r, Term(c, condition.shape), Term(b, shape if no.shape != () else ()), at, "the cases")
    sort: Sort = "integer" if yes.sort == no.sort == "integer" else "real"
    return Term(Op("where", (c, a, b)), shape if shape != () else joint.shape, sort)


def power(r: Reading, x: Term, y: Term) -> Term:
    if isinstance(y.node, Const) and y.node.value == 2:
        return Term(Op("square", (x.node,)), x.shape, _sort("square", (x,)), x.row, x.shape != ())
    if isinstance(y.node, Const) and y.node.value == 0.5:
        return Term(Op("sqrt", (x.node,)), x.shape, pointwise=x.shape != ())
    if isinstance(y.node, Const) and y.node.value == -1:
        return Term(Op("reciprocal", (x.node,)), x.shape, pointwise=x.shape != ())
    if isinstance(r.solver.shape(y.shape), Unknown) and r.solver.shape(x.shape) != ():
        # An exponent is a number, unless something else says that it is an array.
        shape = r.solver.shape(x.shape)
        return Term(Op("pow", (x.node, y.node)), shape, pointwise=True)
    left, right, shape = aligned(r, x, y, None, "a base and its exponent")
    return Term(Op("pow", (left, right)), shape, pointwise=shape != ())


def _sort(op: str, terms: tuple[Term, ...]) -> Sort:
    if op in BOOLEAN:
        return "boolean"
    if op in WHOLE:
        return "integer"
    if op in INTEGER and all(t.sort in ("integer", "boolean") for t in terms):
        return "integer"
    return "real"


def aligned(r: Reading, x: Term, y: Term, at: Tree | None, what: str) -> tuple[Node, Node, Shape]:
    """Both nodes with equal own shapes (or a scalar among them), and the shape of the result."""
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if a == () or b == ():
        return x.node, y.node, (b if a == () else a)
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        return x.node, y.node, Unknown(tuple(sorted({*a.of, *b.of})))
    if isinstance(a, Unknown):
        assert not isinstance(b, Unknown)
        r.solver.suggest(a, b, 3)
        return x.node, y.node, b
    if isinstance(b, Unknown):
        r.solver.suggest(b, a, 3)
        return x.node, y.node, a
    if len(a) == len(b):
        return x.node, y.node, r.solver.same(a, b, f"{what} do not fit", at)
    if len(a) == 2 and len(b) == 1:
        return x.node, _expanded(r, y.node, b, a, at, what), a
    if len(a) == 1 and len(b) == 2:
        return _expanded(r, x.node, a, b, at, what), y.node, b
    raise Mismatch(f"{what} do not fit: {show_shape(a)} against {show_shape(b)}", at=at)


def _expanded(
    r: Reading, vector: Node, own: tuple[Axis, ...], matrix: tuple[Axis, ...], at: Tree | None, what: str
) -> Node:
    """A vector against a matrix: it belongs to every row or to every column, whichever its size says."""
    n = r.solver.dim(own[0].dim)
    rows, columns = r.solver.dim(matrix[0].dim), r.solver.dim(matrix[1].dim)
    if n == columns and n != rows:
        r.decide("broadcast", "rows", ("rows",), "the vector is added to every row")
        return Expand(vector, (matrix[0], own[0]))
    if n == rows and n != columns:
        r.decide("broadcast", "columns", ("columns",), "the vector is added to every column")
        return Linear("transpose", (Expand(vector, (matrix[1], own[0])),))
    if n == rows == columns:
        side = r.chooser.choose("broadcast", ("rows", "columns"), rival=True)
        expanded = Expand(vector, (matrix[0], own[0]))
        return expanded if side == "rows" else Linear("transpose", (expanded,))
    if (n.name or "").startswith("?"):
        r.solver.same_dim(n, columns, what, at)
        return Expand(vector, (matrix[0], matrix[1]))
    raise Mismatch(f"{what} do not fit: {show_shape(own)} against {show_shape(matrix)}", at=at)
