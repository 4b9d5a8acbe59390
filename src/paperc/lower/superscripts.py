"""Operations that a superscript writes: powers, transposes, inverses, and what looks like a matrix."""

from __future__ import annotations

from ..formula import canonical
from ..formula.tree import (
    Binary,
    Group,
    Number,
    Scripted,
    Symbol,
    Unary,
)
from ..formula.tree import Node as Tree
from ..ir.node import (
    Const,
    Linear,
)
from . import elementwise as ew
from .index import (
    number_of,
    split,
    transposes,
    unwrapped,
)
from .keys import plain
from .objects import check_number
from .positions import number
from .refusal import Mismatch, Refusal
from .scope import Entry, Reading
from .types import Term, Unknown, show_shape


def apply_superscript(r: Reading, term: Term, item: Tree, at: Tree) -> Term:
    """A power, transpose or inverse of a term."""
    shape = r.solver.shape(term.shape)
    inner = unwrapped(item)
    unknown = isinstance(shape, Unknown)
    if transposes(inner, array=shape != ()):
        if isinstance(inner, Symbol) and inner.name == "T" and unknown and (plain(inner) in r.local_dims):
            return ew.power(r, term, r.term(inner))
        if isinstance(inner, Symbol) and inner.name == "T" and not inner.font and unknown and _rate(at):
            raise Refusal("transpose", f"{canonical(at)}: a power of a number, or the transpose of a vector", at=at)
        return transpose(r, term, at)
    if isinstance(inner, Symbol) and inner.name == "H":
        return transpose(r, term, at)
    if isinstance(inner, Symbol) and inner.name == "dagger":
        return _matrix_operation(r, term, "pinv", at)
    if isinstance(inner, Symbol) and inner.name == "+":
        return ew.unary(r, "relu", term)
    if isinstance(inner, Unary) and inner.op == "-" and transposes(inner.operand, array=True):
        return transpose(r, inverse(r, term, at), at)
    value = number_of(inner)
    if not isinstance(shape, Unknown) and len(shape) == 2 and not term.pointwise:
        if value == -1:
            return inverse(r, term, at)
        if value in (0.5, -0.5):
            root = _matrix_operation(r, term, "matrix_sqrt", at)
            return root if value > 0 else inverse(r, root, at)
        if value is not None and value.is_integer() and value > 0:
            square = _square(r, term, at)
            return Term(Linear("matrix_power", (square.node, Const(int(value)))), square.shape)
        if value is not None and value.is_integer():
            whole = inverse(r, term, at)
            return whole if value == -1 else Term(Linear("matrix_power", (whole.node, Const(int(-value)))), whole.shape)
        if isinstance(inner, Symbol) and plain(inner) in r.steps:
            square = _square(r, term, at)
            return Term(Linear("matrix_power", (square.node, number(r, inner))), square.shape)
        exponent = r.term(item)
        if exponent.sort == "integer" and exponent.shape == ():
            square = _square(r, term, at)
            return Term(Linear("matrix_power", (square.node, exponent.node)), square.shape)
        raise Refusal("matrix-power", f"a matrix to the power {canonical(inner)}", at=at)
    if value == -1 and unknown and looks_matrix(r, term) and not _with_number(at):
        axis = r.stable_axis(f"inverse {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
    if value is not None:
        return ew.power(r, term, Term(Const(_plain_number(value)), (), "real"))
    exponent = r.term(item)
    if isinstance(shape, Unknown) and exponent.sort == "integer" and looks_matrix(r, term):
        axis = r.stable_axis(f"power {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
    return ew.power(r, term, exponent)


def _with_number(at: Tree) -> bool:
    """`(1 - a)^{-1}`: to what a bare number is added is a number."""
    base = at.base if isinstance(at, Scripted) else at
    return (
        isinstance(base, Group)
        and isinstance(base.body, Binary)
        and base.body.op in ("+", "-")
        and any(isinstance(side, Number) for side in (base.body.left, base.body.right))
    )


def _plain_number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _rate(tree: Tree) -> bool:
    """A letter that is hardly ever a vector: a discount, a learning rate."""
    base = split(tree).base
    return isinstance(base, Symbol) and base.name in ("gamma", "eta", "epsilon", "rho") and not base.font


def transpose(r: Reading, term: Term, at: Tree) -> Term:
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown):
        key = f"transpose {getattr(at, 'at', '')}"
        if looks_matrix(r, term):
            a, b = r.stable_axis(key + " 0"), r.stable_axis(key + " 1")
            r.solver.suggest(shape, (a, b), 7)
            return Term(term.node, r.solver.new_shape())
        r.solver.suggest(shape, (r.stable_axis(key),), 7)
        return Term(term.node, shape, term.sort, row=True)
    if len(shape) == 0:
        check_number(r, term, at, "transposed")
        return term
    if len(shape) == 1:
        return Term(term.node, shape, term.sort, row=not term.row)
    if len(shape) == 2:
        if isinstance(term.node, Linear) and term.node.op == "transpose":
            return Term(term.node.args[0], shape[::-1], term.sort)
        return Term(Linear("transpose", (term.node,)), shape[::-1], term.sort)
    raise Refusal("transpose", f"the transpose of an array with {len(shape)} axes", at=at)


def inverse(r: Reading, term: Term, at: Tree) -> Term:
    shape = r.solver.shape(term.shape)
    if shape == ():
        return ew.power(r, term, Term(Const(-1)))
    return _matrix_operation(r, term, "inverse", at)


def _matrix_operation(r: Reading, term: Term, op: str, at: Tree) -> Term:
    if op in ("inverse", "matrix_sqrt"):
        term = _square(r, term, at)
        return Term(Linear(op, (term.node,)), term.shape)
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown) or len(shape) != 2:
        raise Refusal(op, f"{op} of what is no matrix", at=at)
    return Term(Linear(op, (term.node,)), shape[::-1])


def _square(r: Reading, term: Term, at: Tree) -> Term:
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown):
        axis = r.stable_axis(f"square {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
        return Term(term.node, r.solver.new_shape())
    if len(shape) != 2:
        raise Mismatch(f"a square matrix is needed, this has the shape {show_shape(shape)}", at=at)
    r.solver.same_dim(shape[0].dim, shape[1].dim, "a square matrix is needed", at)
    return term


def looks_matrix(r: Reading, term: Term) -> bool:
    """The unknown symbols behind a term look like matrices: capitals, or a word that says so."""
    shape = term.shape
    if not isinstance(shape, Unknown):
        return len(shape) == 2
    behind = [e for e in r.entries.values() if e.number in shape.of]
    return bool(behind) and any(matrix_like(r, e) for e in behind)


def capitals(r: Reading) -> str:
    """What capitals are of which the paper says nothing: matrices, or numbers where that does not fit."""
    return r.chooser.choose("capitals", ("matrices", "numbers"))


def matrix_like(r: Reading, entry: Entry) -> bool:
    if len(entry.axes) >= 2:
        return False  # `F_{ik}` is an element
    info = entry.known.info if entry.known is not None else None
    if info is not None and info.kind:
        return info.kind == "matrix"
    if info is not None and any(w in info.meaning.lower() for w in ("matrix", "matrices", "weights", "projection")):
        return True
    base = split(entry.tree).base
    if not (isinstance(base, Symbol) and len(base.name) == 1 and base.name.isupper() and base.font in ("", "bf", "rm")):
        return False
    return base.font == "bf" or capitals(r) == "matrices"
