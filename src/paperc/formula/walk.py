"""Walking a surface tree: children in reading order, all nodes, and rebuilding."""

from __future__ import annotations

from collections.abc import Iterator

from .tree import (
    Apply,
    BigOp,
    Binary,
    Binomial,
    Cases,
    Decorated,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Node,
    Quantified,
    Relation,
    Root,
    Scripted,
    Unary,
)


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node, left to right; scripts after their base."""
    parts: tuple[Node | None, ...] = ()
    match node:
        case Scripted(base, sub, sup):
            parts = (base, sub, sup)
        case List(items) | Juxtaposition(items):
            parts = items
        case Given(left, right) | Binary(_, left, right):
            parts = (left, right)
        case Group(_, _, body):
            parts = (body,)
        case Unary(_, operand):
            parts = (operand,)
        case Apply(function, argument):
            parts = (function, argument)
        case Fraction(upper, lower) | Binomial(upper, lower):
            parts = (upper, lower)
        case Root(radicand, degree):
            parts = (degree, radicand)
        case BigOp(_, sub, sup, body):
            parts = (sub, sup, body)
        case Relation(first, rest):
            parts = (first, *(item for _, item in rest))
        case Cases(rows):
            parts = tuple(part for row in rows for part in row)
        case Matrix(rows):
            parts = tuple(cell for row in rows for cell in row)
        case Quantified(_, body, condition):
            parts = (body, condition)
        case Decorated(_, body, note):
            parts = (body, note)
    return tuple(part for part in parts if part is not None)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in reading order."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(children(top)))
