"""Formulas that PyTorch has as one call: each idiom is recognised only where the formula is exactly that operation.

Up to the order of factors and terms, and with numbers compared by value (1/√2 is √½). Values and slopes stay those of the
formula, at kinks too: `x if x ≥ 0` has another slope at 0 than `F.elu`, so it is left as it stands.

    softmax         exp(a_i - log Σ_j exp(a_j))                    also exp(a_i) / Σ_j exp(a_j) (`stabilise.softmax`)
    F.gelu          x Φ(x),  x/2 (1 + erf(x/√2))
    … "tanh"        x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
    F.silu          x σ(x),  x / (1 + exp(-x))
    F.elu           x if x > 0 else α (exp(x) - 1)
    F.leaky_relu    x if x > 0 else α x                            α a number
    F.huber_loss    x²/2 if |x| ≤ δ else δ (|x| - δ/2)             δ a number; δ = 1 is F.smooth_l1_loss
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from ..ir.node import Access, Arg, Const, Node, Op, Reduce, ReduceAxes
from .rewriting import Where, factors, is_number, logistic, product, softmax_along, softmax_at

ERF_SCALE = math.sqrt(0.5)
TANH_SCALE = math.sqrt(2 / math.pi)
CUBE = 0.044715


def softmax(node: Node, where: Where) -> Node | None:
    """exp(a_i - log Σ_j exp(a_j)) is the softmax of a at i."""
    match node:
        case Op("exp", (Op("sub", (a, Reduce("logsumexp", index, b, None))),)):
            return softmax_at(a, index, b, where)
        case Op("exp", (Op("sub", (a, ReduceAxes("logsumexp", b, (axis,), keep))),)):
            return softmax_along(a, b, axis, keep, where)
    return None


def gelu(node: Node, where: Where) -> Node | None:
    """x Φ(x) = x/2 (1 + erf(x/√2)), and its approximation with tanh."""
    if not isinstance(node, Op) or node.op not in ("mul", "div"):
        return None
    scale, found = _monomial(node)
    made: Node | None = None
    for gate in found:
        match gate:
            case Op("normal_cdf", (x,)) if _close(scale, 1):
                made = _gated("gelu", found, gate, x)
            case Op("add", args):
                for inner in args:
                    if isinstance(inner, Op) and inner.op in _GELU:
                        slope, offset = _affine(gate, inner) or (0.0, 0.0)
                        if not (_close(slope, offset) and _close(scale * slope, 0.5)):
                            continue
                        name, argument = _GELU[inner.op]
                        if (inside := argument(inner.args[0])) is not None:
                            made = _gated(name, found, gate, inside)
            case _:
                continue
        if made is not None:
            return made
    return None


def _erf_argument(node: Node) -> Node | None:
    """x of x/√2."""
    scale, found = _monomial(node)
    return product(found) if found and _close(scale, ERF_SCALE) else None


def _tanh_argument(node: Node) -> Node | None:
    """x of √(2/π) (x + 0.044715 x³)."""
    scale, found = _monomial(node)
    if len(found) == 1 and _close(scale, TANH_SCALE) and isinstance(found[0], Op) and found[0].op == "add":
        terms = found[0].args
        for x, cube in (terms, terms[::-1]) if len(terms) == 2 else ():
            weight, power = _monomial(cube)
            if power == [Op("pow", (x, Const(3)))] and _close(weight, CUBE):
                return x
    return None


_GELU: dict[str, tuple[str, Callable[[Node], Node | None]]] = {
    "erf": ("gelu", _erf_argument),
    "tanh": ("gelu_tanh", _tanh_argument),
}


def silu(node: Node, where: Where) -> Node | None:
    """x σ(x), also as x / (1 + exp(-x))."""
    match node:
        case Op("mul", _):
            found = list(factors(node))
            for gate in found:
                if isinstance(gate, Op) and gate.op == "sigmoid":
                    made = _gated("silu", found, gate, gate.args[0])
                    if made is not None:
                        return made
        case Op("div", (above, below)):
            logistic_of = logistic(below)
            if isinstance(logistic_of, Op):
                return _gated("silu", [*factors(above), logistic_of], logistic_of, logistic_of.args[0])
    return None


def elu(node: Node, where: Where) -> Node | None:
    """x if x > 0 else α (exp(x) - 1), with α a number or an argument."""
    if (split := _positive_part(node)) is None:
        return None
    x, low = split
    grown = Op("expm1", (x,))
    found = list(factors(low))
    if found.count(grown) == 1:
        found.remove(grown)
        if all(isinstance(f, Const | Arg) or (isinstance(f, Access) and isinstance(f.base, Arg)) for f in found):
            alpha = product(found)
            return Op("elu", (x, alpha)) if where.rank(alpha) == 0 else None
    return None


def leaky_relu(node: Node, where: Where) -> Node | None:
    """x if x > 0 else α x with a number α."""
    if (split := _positive_part(node)) is None:
        return None
    x, low = split
    match low:
        case Op("mul", (Const() as slope, y)) | Op("mul", (y, Const() as slope)) if y == x:
            return Op("leaky_relu", (x, slope))
    return None


def _positive_part(node: Node) -> tuple[Node, Node] | None:
    """x and y of `x if x > 0 else y`. At 0 it must be y: the slopes differ."""
    match node:
        case Op("where", (Op("gt", (x, zero)), yes, no)) | Op("where", (Op("lt", (zero, x)), yes, no)):
            pass
        case Op("where", (Op("le", (x, zero)), no, yes)) | Op("where", (Op("ge", (zero, x)), no, yes)):
            pass
        case _:
            return None
    return (x, no) if is_number(zero, 0) and yes == x else None


def huber(node: Node, where: Where) -> Node | None:
    """x²/2 if |x| ≤ δ else δ (|x| - δ/2): both sides have the same value and slope at δ, so < and ≤ are one."""
    match node:
        case Op("where", (Op("lt" | "le", (size, bound)), near, far)):
            pass
        case Op("where", (Op("gt" | "ge", (size, bound)), far, near)):
            pass
        case _:
            return None
    if not (isinstance(size, Op) and size.op == "abs" and isinstance(bound, Const) and bound.value > 0):
        return None
    x, delta = size.args[0], float(bound.value)
    parabola, line = _affine(near, Op("square", (x,))), _affine(far, size)
    if parabola is None or line is None:
        return None
    wanted = (0.5, 0.0, delta, -delta * delta / 2)
    return Op("huber", (x, bound)) if all(map(_close, (*parabola, *line), wanted)) else None


# --- the parts of a formula ---------------------------------------------------------------------------------------


def _gated(op: str, found: list[Node], gate: Node, x: Node) -> Node | None:
    """The product with its factors `gate` and x put together; None if x is not among them."""
    rest = list(found)
    place = rest.index(gate)
    rest[place] = Op(op, (x,))
    for factor in factors(x):
        if factor not in rest:
            return None
        rest.remove(factor)
    return product(rest)


def _number(node: Node) -> float | None:
    """The value of a node made of numbers alone."""
    match node:
        case Const(value):
            return float(value)
        case Op(op, args):
            values = [v for a in args if (v := _number(a)) is not None]
            if len(values) == len(args):
                try:
                    return _ARITHMETIC[op](*values) if op in _ARITHMETIC else None
                except (ArithmeticError, ValueError, TypeError):
                    return None
    return None


_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": lambda *v: math.fsum(v), "mul": lambda *v: math.prod(v), "sub": lambda a, b: a - b, "div": lambda a, b: a / b,
    "neg": lambda a: -a, "sqrt": math.sqrt, "square": lambda a: a * a, "reciprocal": lambda a: 1 / a,
}  # fmt: skip


def _monomial(node: Node) -> tuple[float, list[Node]]:
    """A product as its number and its other factors."""
    scale, found = 1.0, []
    for factor in _flat(node):
        value = _number(factor)
        if value is None:
            found.append(factor)
        else:
            scale *= value
    return scale, found


def _flat(node: Node) -> Iterator[Node]:
    """Factors, those above a number too."""
    match node:
        case Op("mul", args) if _number(node) is None:
            for a in args:
                yield from _flat(a)
        case Op("div", (above, below)) if _number(node) is None and (value := _number(below)):
            yield from _flat(above)
            yield Const(1 / value)
        case Op("neg", (x,)) if _number(node) is None:
            yield Const(-1)
            yield from _flat(x)
        case _:
            yield node


def _affine(node: Node, x: Node) -> tuple[float, float] | None:
    """(a, b) of a x + b; None for anything else."""
    if node == x:
        return 1.0, 0.0
    if (value := _number(node)) is not None:
        return 0.0, value
    match node:
        case Op("add" | "sub", args):
            known = [_affine(a, x) for a in args]
            signs = [1.0] + [-1.0 if node.op == "sub" else 1.0] * (len(args) - 1)  # type: ignore[union-attr]
            if all(k is not None for k in known):
                pairs = [(s * k[0], s * k[1]) for s, k in zip(signs, known, strict=True) if k is not None]
                return math.fsum(a for a, _ in pairs), math.fsum(b for _, b in pairs)
        case Op("mul" | "div" | "neg", _):
            scale, found = _monomial(node)
            if len(found) == 1 and found[0] != node and (inner := _affine(found[0], x)) is not None:
                return scale * inner[0], scale * inner[1]
    return None


def _close(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-14, abs_tol=1e-15)


IDIOMS = (softmax, gelu, silu, elu, leaky_relu, huber)
