"""Bars: norms, absolute values, determinants and the number of elements."""

from __future__ import annotations

from ..formula import canonical
from ..formula.tree import (
    Group,
    Juxtaposition,
    Placeholder,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.node import (
    Axis,
    Const,
    Linear,
    MatMul,
    Node,
    Norm,
    Op,
)
from . import elementwise as ew
from .index import Parts, number_of, split, unwrapped
from .index import walk as walk_tree
from .keys import plain
from .objects import check_number
from .refusal import Refusal
from .scope import Reading
from .types import Term, Unknown


def norm(r: Reading, node: Group, parts: Parts | None, at: Tree) -> Term:
    """`\\|x\\|`, `\\|x\\|_2^2`, `|x|`, `|S|`, `|A|`."""
    from .superscripts import apply_superscript

    subs = parts.subs if parts is not None else ()
    sups = parts.sups if parts is not None else ()
    if isinstance(node.body, Placeholder):
        raise Refusal("placeholder", "a norm of nothing", at=at)
    if plain(node) in r.local_dims and not subs:
        return _raised(r, r.size(node), sups, at, apply_superscript)
    if node.open == "|" and not subs and isinstance(node.body, (Symbol, Scripted, Juxtaposition)):
        cardinality = _cardinality(r, node.body)
        if cardinality is not None:
            return _raised(r, cardinality, sups, at, apply_superscript)
    x = r.term(node.body)
    shape = r.solver.shape(x.shape)
    if node.open == "|" and not subs:
        if shape == () and _capital_symbol(node.body):
            check_number(r, x, node.body, "between single bars: a number of elements, or an absolute value")
        if isinstance(shape, Unknown) or len(shape) == 0:
            return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
        if len(shape) == 2 and r.solver.dim(shape[0].dim) == r.solver.dim(shape[1].dim):
            return _raised(r, Term(Linear("det", (x.node,)), ()), sups, at, apply_superscript)
        if "bars" not in r.chooser.fixed and _double_bars(r):
            r.decide("bars", "element-wise", ("element-wise", "norm"), "norms have double bars in this formula")
            return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
        if len(shape) == 1 and len(sups) == 1 and number_of(unwrapped(sups[0])) == 2:
            r.decide("bars", "norm", ("norm",), "|x|² of a vector is its squared length")
            return _raised(r, Term(Norm(x.node, "2", None), ()), sups, at, apply_superscript)
        if "bars" not in r.chooser.fixed:
            raise Refusal(
                "bars",
                f"single bars around the array {canonical(node.body)}: its norm, or the absolute value of each element",
                "what the bars mean",
                at=at,
                key="bars",
                options=("norm", "element-wise"),
            )
        taken = r.chooser.choose("bars", ("norm", "element-wise"), rival=True)
        if taken == "element-wise":
            return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
    key = f"norm {getattr(at, 'at', '')}"
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(key),), 5)
        return Term(Op("abs", (x.node,)), ())
    label = "".join(plain(unwrapped(s)) for s in subs)
    if len(subs) == 1 and len(shape) == 1 and (weighted := _weighted(r, x, shape, subs[0], sups, at)) is not None:
        return weighted
    if len(shape) == 0:
        return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
    kind, p = _norm_kind(r, label, subs, shape, at)
    return _raised(r, Term(Norm(x.node, kind, p), ()), sups, at, apply_superscript)


def _double_bars(r: Reading) -> bool:
    """The statement writes norms with double bars: its single ones are absolute values."""
    return any(isinstance(n, Group) and n.open == "‖" for n in walk_tree(getattr(r.statement, "tree", None)))


def _capital_symbol(tree: Tree) -> bool:
    """A single capital letter, perhaps with scripts: a set as likely as a number."""
    base = split(tree).base if isinstance(tree, (Symbol, Scripted)) else None
    return isinstance(base, Symbol) and len(base.name) == 1 and base.name.isupper() and not base.word


def _norm_kind(
    r: Reading, label: str, subs: tuple[Tree, ...], shape: tuple[Axis, ...], at: Tree
) -> tuple[str, Node | None]:
    matrix = len(shape) > 1
    match label:
        case "F" | "Fro" | "fro" | "HS":
            return "2", None
        case "" | "2" | "\\ell_{2}" | "L_{2}" | "L2" | "l2" | "\\ell2":
            if matrix and len(shape) == 2:
                taken = r.chooser.choose("norm", ("frobenius", "spectral"), rival=True)
                return ("2" if taken == "frobenius" else "spectral"), None
            return "2", None
        case "1" | "\\ell_{1}" | "L_{1}" | "L1":
            if matrix:
                raise Refusal("norm", "the 1-norm of a matrix: of its entries, or induced", at=at)
            return "1", None
        case "\\infty" | "max":
            if matrix and label != "max":
                raise Refusal("norm", "the infinity norm of a matrix: of its entries, or induced", at=at)
            return "inf", None
        case "0":
            return "0", None
        case "*":
            return "nuclear", None
        case "op" | "2\\to2":
            return "spectral", None
    if len(subs) == 1 and not matrix:
        value = number_of(unwrapped(subs[0]))
        if value is not None:
            return "p", Const(value)
        if label in ("p", "q", "r", "\\alpha"):
            return "p", r.term(subs[0]).node
    raise Refusal("norm", f"the norm with the subscript {label}", at=at)


def _weighted(r: Reading, x: Term, shape: tuple[Axis, ...], sub: Tree, sups: tuple[Tree, ...], at: Tree) -> Term | None:
    """`\\|x\\|_{M}^2` is x^T M x."""
    inner = unwrapped(sub)
    base = inner.base if isinstance(inner, Scripted) else inner
    if not (isinstance(base, Symbol) and not base.word) or plain(inner) in ("F", "2", "p", "q", "*", "\\infty"):
        return None
    info = r.facts.exact(base)
    if info is None or not (info.kind == "matrix" or (info.shape is not None and len(info.shape) == 2)):
        return None
    weight = r.term(inner)
    form = MatMul(x.node, MatMul(weight.node, x.node))
    wshape = r.solver.shape(weight.shape)
    if isinstance(wshape, tuple) and len(wshape) == 2:
        r.solver.same_dim(wshape[1].dim, shape[0].dim, "the weight of a norm", at)
    if len(sups) == 1 and number_of(unwrapped(sups[0])) == 2:
        return Term(form, ())
    if not sups:
        return Term(Op("sqrt", (form,)), ())
    return None


def _raised(r: Reading, term: Term, sups: tuple[Tree, ...], at: Tree, apply_superscript) -> Term:  # type: ignore[no-untyped-def]
    for item in sups:
        term = apply_superscript(r, term, item, at)
    return term


def _cardinality(r: Reading, body: Tree) -> Term | None:
    from .sets import cardinality

    return cardinality(r, body)
