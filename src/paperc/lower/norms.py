"""Norms that a formula defines by a maximum over all vectors."""

from __future__ import annotations

from ..formula.tree import BigOp, Fraction, Given, Group, Juxtaposition, List, Number, Relation, Scripted, Symbol
from ..formula.tree import Node as Tree
from ..ir.node import Norm
from .index import split, unwrapped
from .keys import plain
from .scope import Reading
from .types import Term, Unknown


def operator_norm(r: Reading, node: BigOp) -> Term | None:
    """`\\max_{h \\ne 0} \\|A h\\|_2 / \\|h\\|_2` and `\\max_{\\|h\\|_2 \\le 1} \\|A h\\|_2`: the largest singular value of A."""
    conditions = _conditions(node.sub)
    body = node.body
    if isinstance(body, Fraction):
        vector = _euclidean(body.denominator)
        image = _euclidean(body.numerator)
        if vector is None or not any(_nonzero(c, vector) for c in conditions):
            return None
    else:
        image = _euclidean(body)
        balls = [v for c in conditions if (v := _in_ball(c)) is not None]
        if len(balls) != 1:
            return None
        vector = balls[0]
    if not (isinstance(image, Juxtaposition) and plain(image.items[-1]) == plain(vector)):
        return None
    rest = image.items[:-1]
    matrix = r.term(rest[0] if len(rest) == 1 else Juxtaposition(rest, at=image.at))
    shape = r.solver.shape(matrix.shape)
    if isinstance(shape, Unknown):
        key = f"operator {node.at}"
        r.solver.suggest(shape, (r.stable_axis(key + " 0"), r.stable_axis(key + " 1")), 9)
        return Term(matrix.node, ())
    if len(shape) != 2:
        return None
    r.note("the maximum over all vectors is the largest singular value")
    return Term(Norm(matrix.node, "spectral"), ())


def _conditions(sub: Tree | None) -> list[Tree]:
    match sub:
        case None:
            return []
        case List(items, _):
            return [c for i in items for c in _conditions(i)]
        case Given(left, right):
            return [*_conditions(left), *_conditions(right)]
    return [sub]


def _euclidean(tree: Tree) -> Tree | None:
    """What stands in the double bars of a Euclidean norm."""
    parts = split(tree)
    group = parts.base
    if not (isinstance(group, Group) and group.open == "‖") or parts.sups:
        return None
    return group.body if not parts.subs or [plain(s) for s in parts.subs] == ["2"] else None


def _nonzero(condition: Tree, vector: Tree) -> bool:
    if not (isinstance(condition, Relation) and len(condition.rest) == 1):
        return False
    op, zero = condition.rest[0]
    return op == "≠" and plain(condition.first) == plain(vector) and plain(unwrapped(zero)).strip("{}")[-1:] in "0}"


def _in_ball(condition: Tree) -> Tree | None:
    if not (isinstance(condition, Relation) and len(condition.rest) == 1):
        return None
    op, one = condition.rest[0]
    inside = _euclidean(condition.first)
    if op in ("≤", "=") and isinstance(one, Number) and one.text == "1" and isinstance(inside, (Symbol, Scripted)):
        return inside
    return None
