"""The way from a surface node to its reading: one rule a kind of node."""

from __future__ import annotations

import re
from dataclasses import replace

from ..formula import canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Binomial,
    Cases,
    Decorated,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Root,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from ..formula.tree import Node as Tree
from ..ir.node import Const, Linear, MatMul, Op, Outer
from . import arrays, bars, calculus, conditions, elementwise, ellipsis, expectation, functions, products, reductions
from .index import is_letter, split, unwrapped, walk
from .keys import plain
from .left import bound_letters
from .link import Links
from .refusal import Mismatch, Refusal
from .scope import Reading
from .symbols import read_symbol
from .types import Term, Unknown, show_shape

ADDITIVE = {"+": "add", "-": "sub"}
PAIR = {"⊙": "mul", "⊘": "div"}


def read(r: Reading, node: Tree) -> Term:
    """Reads one node of the surface tree.

    Raises Refusal (or Mismatch) where the paper leaves open what it means.
    """
    match node:
        case Number(text):
            value = float(text)
            return Term(
                Const(int(value) if value.is_integer() and "." not in text else value),
                (),
                "integer" if text.isdigit() else "real",
            )
        case Symbol() | Scripted():
            return read_symbol(r, node)
        case Group():
            return group(r, node)
        case Unary():
            return unary(r, node)
        case Binary():
            return binary(r, node)
        case Juxtaposition():
            return products.juxtaposition(r, node)
        case Apply():
            return functions.apply_by_notation(r, node)
        case Fraction(top, bottom):
            derivative = calculus.derivative(r, node)
            if derivative is not None:
                return derivative
            return divided(r, top, bottom, node)
        case Binomial(upper, lower):
            return elementwise.binary(r, "binomial", r.term(upper), r.term(lower), node)
        case Root(radicand, degree):
            return root(r, radicand, degree)
        case BigOp("E" | "Var" | "Cov" | "Pr"):
            return expectation.expectation(r, node)
        case BigOp():
            return reductions.reduction(r, node)
        case Relation():
            return conditions.condition(r, node)
        case Cases():
            return conditions.cases(r, node)
        case Matrix():
            return arrays.matrix(r, node)
        case Quantified("forall" | "with" | "where", body, _):
            return r.term(body)
        case Quantified("if", body, _):
            raise Refusal("condition", "the formula holds under a condition that stands beside it", at=node)
        case Decorated(kind, body):
            if kind in (
                "underbrace",
                "overbrace",
                "boxed",
                "cancel",
                "overset",
                "underset",
                "stackrel",
                "fbox",
            ) or kind.startswith("math"):
                return r.term(body)
            if kind in ("textcolor", "colorbox", "hl", "uline", "underline", "smash"):
                return r.term(body)
            raise Refusal("accent", f"the accent “{kind}” over an expression", at=node)
        case List():
            raise Refusal("list", "a list stands where one value should", at=node)
        case Given():
            raise Refusal("bar", "a condition bar stands where a value should", at=node)
        case Text(text):
            raise Refusal("text", f"the words “{text}” stand inside the formula", at=node)
        case Ellipsis():
            raise Refusal("ellipsis", "an ellipsis whose pattern is not clear", at=node)
        case Placeholder():
            raise Refusal("placeholder", "a place is left open", at=node)
        case Quantified(kind):
            raise Refusal(kind, f"a “{kind}” clause stands inside the formula", at=node)
    raise Refusal(type(node).__name__.lower(), f"{type(node).__name__} is not read yet", at=node)


# --- brackets -----------------------------------------------------------------------------------------


def group(r: Reading, node: Group) -> Term:
    body = node.body
    match node.open:
        case "|" | "‖":
            return bars.norm(r, node, None, node)
        case "⟨":
            if isinstance(r.links, Links) and (said := r.links.notation(r, node)) is not None:
                return said
            if isinstance(body, List) and len(body.items) == 2:
                return arrays.inner(r, r.term(body.items[0]), r.term(body.items[1]), node)
            raise Refusal("angle-bracket", "angle brackets without two arguments", at=node)
        case "⌊":
            return elementwise.unary(r, "floor", r.term(body))
        case "⌈":
            return elementwise.unary(r, "ceil", r.term(body))
    if isinstance(body, List):
        return arrays.bracket_list(r, node, body)
    if isinstance(body, Given) and body.op == "||" and node.open in "[(":
        return arrays.concat(r, [r.term(body.left), r.term(body.right)], node)
    if isinstance(body, Given):
        raise Refusal("bar", "a bracket with a bar stands where a value should", at=node)
    if isinstance(body, Relation) and node.open in ("[", "{"):
        return elementwise.unary(r, "indicator", conditions.condition(r, body))
    return r.term(body)


def unary(r: Reading, node: Unary) -> Term:
    x = r.term(node.operand)
    match node.op:
        case "-":
            if isinstance(x.node, Const):
                return Term(Const(-x.node.value, f"-{x.node.text}" if x.node.text else ""), (), x.sort)
            return elementwise.unary(r, "neg", x)
        case "+":
            return x
        case "!":
            return elementwise.unary(r, "factorial", x)
        case "%":
            return elementwise.binary(r, "div", x, Term(Const(100)), node)
        case "¬":
            return elementwise.unary(r, "not", x)
    raise Refusal("plus-minus", f"the sign “{node.op}” has two values", at=node)


# --- operators ------------------------------------------------------------------------------------------


def binary(r: Reading, node: Binary) -> Term:
    op = node.op
    if op in ADDITIVE:
        ellipses = ellipsis.in_sum(r, node)
        if ellipses is not None:
            return ellipses
        wider = _wider_sum(r, node)
        if wider is not None:
            return r.term(wider)
        x, y = r.term(node.left), r.term(node.right)
        return elementwise.binary(r, ADDITIVE[op], x, y, node, what=f"the terms of “{_short(node)}”")
    if op == "÷" and str(getattr(r.statement, "id", "")).startswith("alg:"):
        raise Refusal("division", "÷ in an algorithm: a division of whole numbers, or of real ones", at=node)
    if op in ("/", "÷"):
        derivative = calculus.slash_derivative(r, node)
        return derivative if derivative is not None else divided(r, node.left, node.right, node)
    if op in ("∪", "∩", "∖", "Δ"):
        raise Refusal("set", f"the set operation {op} stands where a value should", at=node)
    if op == "∘":
        _check_composition(r, node)
    x, y = r.term(node.left), r.term(node.right)
    if op in PAIR:
        return elementwise.binary(r, PAIR[op], x, y, node, what=f"the operands of {op}")
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if a == () or b == ():
        if op in ("·", "×", "*", "⊗", "∘"):
            return products.product(r, x, y, node, node.left, node.right)
    match op:
        case "·":
            return dot(r, x, y, node)
        case "×":
            if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) == 1:
                raise Refusal("cross", "× between vectors: a cross product, or an element-wise one", at=node)
            return products.product(r, x, y, node, node.left, node.right)
        case "∘":
            return elementwise.binary(r, "mul", x, y, node, what="the operands of ∘")
        case "⊗":
            return _tensor(r, x, y, node)
        case "*" | "⋆":
            if isinstance(a, Unknown) or isinstance(b, Unknown):
                return elementwise.binary(r, "mul", x, y, node)
            raise Refusal("convolution", f"{op} between arrays: a convolution, or an element-wise product", at=node)
        case "⊕":
            return _direct_sum(r, x, y, node)
        case "∥":
            return arrays.concat(r, [x, y], node)
        case "mod":
            return elementwise.binary(r, "mod", x, y, node)
        case "∧" | "∨":
            return elementwise.binary(r, "and" if op == "∧" else "or", x, y, node)
    raise Refusal("operator", f"the operator {op} is not known", at=node)


def _check_composition(r: Reading, node: Binary) -> None:
    """Between two names of which nothing is said, ∘ may compose functions or multiply arrays element by element.

    Raises Refusal.
    """
    if re.search(r"(element|entry|component|point)-?\s?wise|hadamard", r.prose):
        return
    sides = (node.left, node.right)
    if not all(isinstance(s, (Symbol, Scripted)) for s in sides):
        return
    known = [r.facts.exact(s) for s in sides]
    functions = isinstance(r.links, Links) and any(r.links.is_function(s) for s in sides)
    if functions or any(k is not None and k.kind in ("function", "distribution") for k in known):
        raise Refusal("composition", f"{canonical(node)} composes functions", at=node)
    if not any(k is not None and (k.shape or k.kind in ("vector", "matrix", "tensor")) for k in known):
        raise Refusal("composition", f"{canonical(node)}: a composition, or an element-wise product of arrays", at=node)


def _short(node: Tree) -> str:
    text = canonical(node)
    return text if len(text) < 60 else text[:57] + "…"


def _wider_sum(r: Reading, node: Binary) -> Tree | None:
    """`\\sum_i a_i + b_i` with an i that only the sum can bind: the sum reaches over both."""
    big = _last_big(node.left)
    if big is None or big.op not in ("sum", "prod") or big.sub is None:
        return None
    letters = {plain(b) for b in bound_letters(big)} - set(r.bound)
    loose = {
        plain(unwrapped(s))
        for n in walk(node.right)
        if isinstance(n, Scripted)
        for s in (*split(n).subs, *split(n).sups)
        if is_letter(s)
    } - {plain(b) for b in bound_letters(node.right)}
    if not letters & loose:
        return None
    r.decide(
        "sum", "both terms", ("both terms",), "the sum reaches over both terms, since nothing else binds its index"
    )
    inner = Group(".", ".", Binary(node.op, big.body, node.right, at=node.at), at=node.at)
    return _with_last_big(node.left, replace(big, body=inner))


def _last_big(tree: Tree) -> BigOp | None:
    match tree:
        case BigOp():
            return tree
        case Juxtaposition(items):
            return _last_big(items[-1])
        case Unary("-" | "+", operand):
            return _last_big(operand)
        case Binary("·" | "×", _, right):
            return _last_big(right)
    return None


def _with_last_big(tree: Tree, big: BigOp) -> Tree:
    match tree:
        case Juxtaposition(items):
            return replace(tree, items=(*items[:-1], _with_last_big(items[-1], big)))
        case Unary(_, operand):
            return replace(tree, operand=_with_last_big(operand, big))
        case Binary(_, _, right):
            return replace(tree, right=_with_last_big(right, big))
    return big


def dot(r: Reading, x: Term, y: Term, node: Binary) -> Term:
    """`a \\cdot b`: an inner product of vectors, else a product."""
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    vector_a = isinstance(a, tuple) and len(a) == 1
    vector_b = isinstance(b, tuple) and len(b) == 1
    if vector_a and vector_b:
        if r.chooser.choose("dot", ("inner product", "element-wise")) == "element-wise":
            return elementwise.binary(r, "mul", x, y, node, what="the operands of ·")
        return arrays.inner(r, x, y, node)
    if (isinstance(a, Unknown) and vector_b and products._vector_like(r, x)) or (
        isinstance(b, Unknown) and vector_a and products._vector_like(r, y)
    ):
        return arrays.inner(r, x, y, node)
    if (
        isinstance(a, Unknown)
        and isinstance(b, Unknown)
        and products._vector_like(r, x)
        and products._vector_like(r, y)
    ):
        if _bare(node.left) and _bare(node.right):
            return arrays.inner(r, x, y, node)
        return Term(Op("mul", (x.node, y.node)), Unknown(tuple(sorted({*a.of, *b.of}))))
    return products.product(r, x, y, node, node.left, node.right)


def _bare(tree: Tree) -> bool:
    """A single symbol, perhaps indexed: nobody puts a dot between two numbers that are named so."""
    return isinstance(tree, Symbol) or (isinstance(tree, Scripted) and isinstance(tree.base, Symbol))


def _tensor(r: Reading, x: Term, y: Term, node: Tree) -> Term:
    """`⊗`: element-wise, outer or Kronecker; the paper says so, or the shapes leave only one."""
    info = r.facts.symbols.get("\\otimes") or r.facts.symbols.get("⊗")
    words = info.meaning.lower() if info is not None else ""
    options: tuple[str, ...] = ("element-wise", "outer")
    prose = re.search(r"(element|component)-?\s?wise|hadamard", r.prose) is not None
    other = re.search(r"outer product|kronecker|tensor product", r.prose) is not None
    if not words and prose and not other:
        words = "element-wise"
    if any(w in words for w in ("element", "component", "hadamard", "point")):
        options = ("element-wise",)
    elif any(w in words for w in ("outer", "kronecker", "tensor")):
        options = ("outer",)
    taken = options[0] if len(options) == 1 else r.chooser.choose("tensor-product", options, rival=True)
    if taken == "element-wise":
        return elementwise.binary(r, "mul", x, y, node, what="the operands of ⊗")
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return elementwise.binary(r, "mul", x, y, node)
    if len(a) == len(b) == 1:
        return Term(Outer(x.node, y.node), (a[0], b[0]))
    if len(a) == len(b) == 2:
        from ..ir.node import Axis

        return Term(Linear("kron", (x.node, y.node)), (Axis(a[0].dim * b[0].dim), Axis(a[1].dim * b[1].dim)))
    raise Mismatch(f"⊗ between {show_shape(a)} and {show_shape(b)}", at=node)


def _direct_sum(r: Reading, x: Term, y: Term, node: Tree) -> Term:
    info = r.facts.symbols.get("\\oplus") or r.facts.symbols.get("⊕")
    words = info.meaning.lower() if info is not None else ""
    if "concat" in words:
        return arrays.concat(r, [x, y], node)
    if any(w in words for w in ("element", "sum", "addition", "add")):
        return elementwise.binary(r, "add", x, y, node)
    if r.chooser.choose("direct-sum", ("concatenation", "sum"), rival=True) == "sum":
        return elementwise.binary(r, "add", x, y, node)
    return arrays.concat(r, [x, y], node)


def divided(r: Reading, top: Tree, bottom: Tree, node: Tree) -> Term:
    x, y = r.term(top), r.term(bottom)
    tie_scale(r, x, bottom)
    b = r.solver.shape(y.shape)
    if isinstance(b, tuple) and len(b) == 2:
        raise Refusal("matrix-division", "a division by a matrix", at=node)
    value = elementwise.binary(r, "div", x, y, node, what=f"numerator and denominator of “{_short(node)}”")
    quotient = isinstance(b, tuple) and len(b) == 1 and not y.row
    return Term(value.node, value.shape, "real", x.row, quotient=quotient)


def tie_scale(r: Reading, x: Term, bottom: Tree) -> None:
    """A product over a size that the paper does not name, divided by the root of a size: the two are the same.

    This is how attention is written: `Q K^\\top / \\sqrt{d_k}` says that queries and keys have d_k elements.
    """
    if not (isinstance(bottom, Root) and bottom.degree is None and isinstance(bottom.radicand, (Symbol, Scripted))):
        return
    name = plain(bottom.radicand)
    node = x.node
    if not isinstance(node, MatMul):
        return
    from ..ir.dims import Dim

    inner = r.inner_dims.get(node)
    if inner is not None:
        dim = r.solver.dim(inner)
        if dim.name is not None and dim.name.startswith("?") and _size_name(name):
            r.solver.same_dim(dim, Dim.of(name), "the scaled product", bottom)
            r.local_dims.add(name)
            r.note(f"{name} is the size over which the scaled product sums")


def _size_name(name: str) -> bool:
    return name.split("_")[0] in ("d", "D", "n", "h", "k", "C", "c", "H", "K", "m")


def root(r: Reading, radicand: Tree, degree: Tree | None) -> Term:
    x = r.term(radicand)
    if degree is None:
        return elementwise.unary(r, "sqrt", x)
    n = r.term(degree)
    return elementwise.binary(r, "pow", x, elementwise.binary(r, "div", Term(Const(1)), n))
