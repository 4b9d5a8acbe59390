"""What people get wrong, as operators on the meaning of an equation: which of them explains a difference?

They work on the typed formula and not on emitted text, where a fused library call hides the scale or the axis; so a cause
is said in the paper's terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..ir.node import (
    Along,
    Arg,
    ArrayType,
    CallCompiled,
    Const,
    Function,
    Index,
    IndexNumber,
    Linear,
    MatMul,
    Node,
    Norm,
    Op,
    Over,
    Range,
    Reduce,
    ReduceAxes,
    Size,
    StopGradient,
)  # fmt: skip
from ..ir.shapes import substitute, walk
from ..ir.text import text
from .model import Variant


@dataclass(frozen=True, slots=True)
class Fault:
    """An equation with one fault."""

    operator: str
    says: str
    """ "the scale sqrt(d_k) is dropped"."""
    variant: Variant


_CALL = re.compile(r"<([^<>]+)>\([^()]*\)")
"""A call of another equation as `ir.text` writes it."""
_SIZE = re.compile(r"\|(\{?[^|]+)\|")
"""A size as `ir.text` marks it."""

Change = tuple[str, str, Node]
"""(operator, what it says, the node instead)."""

MOST = 160


def faults(variant: Variant, literals: Sequence[float] = ()) -> Iterator[Fault]:
    """The equation with each fault of each operator, at each place; `literals` are numbers in the user's code."""
    count = 0
    for owner in _owners(variant):
        for operator, said, body in _bodies(owner.body, literals):
            says = _CALL.sub(lambda m: variant.functions[m[1]].name if m[1] in variant.functions else m[0], said)
            changed = replace(owner, body=body)
            if owner.id == variant.function.id:
                yield Fault(operator, says, replace(variant, function=changed))
            else:
                functions = {**variant.functions, owner.id: changed}
                yield Fault(operator, f"{says} (in {owner.name})", replace(variant, functions=functions))
            count += 1
            if count >= MOST:
                break
    yield from _arguments_swapped(variant)


def _owners(variant: Variant, most: int = 5) -> list[Function]:
    """The function and those that it calls, nearest first."""
    out = [variant.function]
    for function in out:
        for node in walk(function.body):
            if isinstance(node, CallCompiled) and (callee := variant.functions.get(node.function)) is not None:
                if callee.id not in [f.id for f in out] and len(out) < most:
                    out.append(callee)
    return out


def _bodies(body: Node, literals: Sequence[float]) -> Iterator[tuple[str, str, Node]]:
    """The body with one change; then with the same change wherever the same expression stands (`z / T` twice in a softmax)."""
    alike: dict[tuple[str, str, str], list[tuple[Node, Node]]] = {}
    for node, operator, said, new in _changes(body, literals):
        alike.setdefault((operator, _unnamed(said), _unnamed(text(node))), []).append((node, new))
        yield operator, said, _replaced(body, [(node, new)])
    for (operator, _, _), pairs in alike.items():
        if len(pairs) > 1:
            said = next(
                s
                for n, o, s, new in _changes(body, literals)
                if n is pairs[0][0] and o == operator and new == pairs[0][1]
            )
            yield operator, said, _replaced(body, pairs)


def _unnamed(said: str) -> str:
    """Without the names of indices."""
    return re.sub(r"#\w+", "#", said)


def _replaced(body: Node, pairs: Sequence[tuple[Node, Node]]) -> Node:
    """Some nodes (by identity) replaced."""
    new = {id(old): put for old, put in pairs}
    return substitute(body, lambda n: new.get(id(n)))


def _changes(body: Node, literals: Sequence[float]) -> Iterator[tuple[Node, str, str, Node]]:
    for node in walk(body):
        for operator in OPERATORS:
            for name, says, new in operator(node):
                yield node, name, says, new
    for node in walk(body):
        for name, says, new in _stray_constant(node, literals):
            yield node, name, says, new


def _arguments_swapped(variant: Variant) -> Iterator[Fault]:
    """Two arguments of the same shape exchanged."""
    f = variant.function
    for a in f.arguments:  # the weights of a moving average exchanged
        if isinstance(a.type, ArrayType) and not a.type.axes and a.type.sort == "real":
            rest = Op("sub", (Const(1), Arg(a.name)))
            body = _replaced(f.body, [(n, rest) for n in walk(f.body) if isinstance(n, Arg) and n.name == a.name])
            yield Fault(
                "operands swapped",
                f"1 - {a.name} stands for {a.name}",
                replace(variant, function=replace(f, body=body)),
            )
    real = [a for a in f.arguments if isinstance(a.type, ArrayType) and a.type.sort == "real" and a.default is None]
    for k, a in enumerate(real):
        for b in real[k + 1 :]:
            assert isinstance(a.type, ArrayType) and isinstance(b.type, ArrayType)
            if len(a.type.axes) != len(b.type.axes):
                continue
            names = {a.name: Arg(b.name), b.name: Arg(a.name)}
            body = _replaced(
                f.body, [(n, names[n.name]) for n in walk(f.body) if isinstance(n, Arg) and n.name in names]
            )
            yield Fault(
                "operands swapped",
                f"{a.name} and {b.name} are exchanged",
                replace(variant, function=replace(f, body=body)),
            )


def says(node: Node) -> str:
    """A node for a message, cut where it is long."""
    said = _SIZE.sub(r"\1", text(node)).replace("#", "")
    return said if len(said) <= 60 else said[:57] + "…"


# --- operators -------------------------------------------------------------------------------------------


def _number(value: float) -> Const:
    return Const(int(value) if float(value).is_integer() else value)


def _arithmetic(node: Node) -> Iterator[Change]:
    match node:
        case Op("div", (a, b)):
            yield "scale dropped", f"the scale 1/{says(b)} is dropped", a
            yield "operands swapped", f"{says(a)} and {says(b)} are exchanged in the quotient", Op("div", (b, a))
            yield "scale inverted", f"it multiplies by {says(b)} instead of dividing", Op("mul", (a, b))
            if not isinstance(a, Const):
                yield "scale dropped", f"the factor {says(a)} is dropped", Op("div", (Const(1), b))
            if isinstance(b, Op) and b.op == "sqrt":
                yield "root dropped", f"the root of {says(b)} is dropped", Op("div", (a, b.args[0]))
        case Op("mul", args):
            for k, a in enumerate(args):
                rest = args[:k] + args[k + 1 :]
                yield (
                    "scale dropped",
                    f"the factor {says(a)} is dropped",
                    rest[0] if len(rest) == 1 else Op("mul", rest),
                )
            yield from _factors(args)
        case Op("add", args):
            for k, a in enumerate(args):
                rest = args[:k] + args[k + 1 :]
                yield "term dropped", f"the term {says(a)} is dropped", rest[0] if len(rest) == 1 else Op("add", rest)
                turned = args[:k] + (Op("neg", (a,)),) + args[k + 1 :]
                yield "sign flipped", f"the sign of the term {says(a)} is wrong", Op("add", turned)
        case Op("sub", (a, b)):
            yield "sign flipped", f"{says(b)} is added instead of subtracted", Op("add", (a, b))
            yield "operands swapped", f"{says(a)} and {says(b)} are exchanged in the difference", Op("sub", (b, a))
            yield "term dropped", f"the term {says(b)} is dropped", a
            yield "term dropped", f"the term {says(a)} is dropped", Op("neg", (b,))
            yield "complement dropped", f"it is {says(b)} instead of {says(node)}", b
        case Op("neg", (a,)):
            yield "sign flipped", "the sign is wrong", a
        case Op("pow", (a, b)):
            yield "exponent changed", f"the power {says(b)} is dropped", a
            yield "exponent changed", f"the sign of the power {says(b)} is wrong", Op("pow", (a, Op("neg", (b,))))
            for power in (-2, -1, -0.5, 0.5, 2, 3, 4):
                if not (isinstance(b, Const) and b.value == power):
                    yield (
                        "exponent changed",
                        f"the power is {power:g} instead of {says(b)}",
                        Op("pow", (a, _number(power))),
                    )
        case Op("square", (a,)):
            yield "exponent changed", f"the square of {says(a)} is dropped", a
            yield "exponent changed", f"{says(a)} is cubed, not squared", Op("pow", (a, Const(3)))
            yield "exponent changed", f"it is |{says(a)}| instead of the square", Op("abs", (a,))
        case Op("abs", (a,)):
            yield "exponent changed", f"{says(a)} is squared instead of its absolute value", Op("square", (a,))
            yield "bound changed", "the absolute value is dropped", a
        case Op("reciprocal", (a,)):
            yield "scale dropped", "the reciprocal is dropped", a


def _factors(args: tuple[Node, ...]) -> Iterator[Change]:
    """The function of one factor applied to another; the gate of `x sigmoid(x)` exchanged."""
    for k, a in enumerate(args):
        if not isinstance(a, Op) or not (len(a.args) == 1 or a.op in ("max", "min")):
            continue
        inner = next((x for x in a.args if not isinstance(x, Const)), None)
        for j, b in enumerate(args):
            if j != k and inner is not None:
                turned = Op(a.op, tuple(b if x is inner else x for x in a.args))
                swapped = tuple(inner if n == k else turned if n == j else x for n, x in enumerate(args))
                yield "operands swapped", f"the {a.op} is of {says(b)} instead of {says(inner)}", Op("mul", swapped)
        if a.op == "sigmoid" and a.args[0] in args:
            rest = tuple(x for x in args if x is not a and x != a.args[0])
            for other in ("gelu", "relu", "tanh", "gelu_tanh", "mish"):
                gate: Node = Op(other, (a.args[0],))
                said = f"{other} instead of {says(a.args[0])} times its sigmoid"
                yield "another activation", said, Op("mul", (gate, *rest)) if rest else gate


def _roots(node: Node) -> Iterator[Change]:
    match node:
        case Op("sqrt", (Op("add", args) as inside,)):
            for k, a in enumerate(args):
                rest = args[:k] + args[k + 1 :]
                left = rest[0] if len(rest) == 1 else Op("add", rest)
                yield "epsilon moved", f"{says(a)} is outside the root", Op("add", (Op("sqrt", (left,)), a))
            yield "root dropped", f"the root of {says(inside)} is dropped", inside
        case Op("div", (a, b)) if not (isinstance(b, Op) and b.op in ("sqrt", "add")):
            yield "root added", f"{says(b)} is under a root", Op("div", (a, Op("sqrt", (b,))))
        case Op("sqrt", (a,)):
            yield "root dropped", f"the root of {says(a)} is dropped", a
        case Op("add", (Op("sqrt", (a,)), b)):
            yield "epsilon moved", f"{says(b)} is inside the root", Op("sqrt", (Op("add", (a, b)),))
        case Op("add", (b, Op("sqrt", (a,)))):
            yield "epsilon moved", f"{says(b)} is inside the root", Op("sqrt", (Op("add", (a, b)),))
        case Op("div", (a, Op("add", (b, c)))):
            yield "epsilon moved", f"{says(c)} is added outside the quotient", Op("add", (Op("div", (a, b)), c))
            yield (
                "epsilon moved",
                f"it takes the larger of {says(b)} and {says(c)} instead of their sum",
                Op("div", (a, Op("max", (b, c)))),
            )


def _matrices(node: Node) -> Iterator[Change]:
    match node:
        case Linear("transpose", (a,)):
            yield "transposed", f"the transpose of {says(a)} is missing", a
        case MatMul(a, b):
            yield "transposed", f"{says(a)} is transposed", MatMul(Linear("transpose", (a,)), b)
            yield "transposed", f"{says(b)} is transposed", MatMul(a, Linear("transpose", (b,)))
            yield "operands swapped", f"the product of {says(a)} and {says(b)} is in the other order", MatMul(b, a)
        case Norm(a, "2", None):
            yield "root dropped", f"the norm of {says(a)} is squared", Op("square", (node,))
            yield "wrong reduction", f"the norm of {says(a)} is the 1-norm", Norm(a, "1")
            yield "wrong reduction", f"the norm of {says(a)} is the maximum", Norm(a, "inf")
        case Norm(a, "1", None):
            yield "wrong reduction", f"the norm of {says(a)} is the 2-norm", Norm(a, "2")


_REDUCTIONS = {
    "sum": ("mean", "max", "prod"), "mean": ("sum", "max"), "max": ("min", "mean", "sum"), "min": ("max", "mean"),
    "prod": ("sum", "mean"), "var": ("std", "mean"), "std": ("var",), "argmax": ("argmin",), "argmin": ("argmax",),
    "logsumexp": ("max", "sum"), "any": ("all",), "all": ("any",),
}  # fmt: skip
_ALONG = {
    "softmax": ("log_softmax",),
    "log_softmax": ("softmax",),
    "cumsum": ("cumprod",),
    "cumprod": ("cumsum",),
    "sort": ("flip",),
}


def _reductions(node: Node) -> Iterator[Change]:
    match node:
        case Reduce(op, index, body, where):
            for other in _REDUCTIONS.get(op, ()):
                yield "wrong reduction", f"{other} over {index.symbol} instead of {op}", replace(node, op=other)
            if where is not None:
                yield "comparison changed", f"the condition {says(where)} is dropped", replace(node, where=None)
            if op == "mean" and isinstance(index.domain, Over):
                size = Size(index.domain.axis.dim)
                less = Op("div", (size, Op("sub", (size, Const(1)))))
                yield (
                    "biased for unbiased",
                    f"it divides by {says(size)} - 1 instead of {says(size)}",
                    Op("mul", (node, less)),
                )
            if isinstance(index.domain, Range):
                lo, hi = index.domain.lo, index.domain.hi
                for what, domain in (
                    ("ends one earlier", Range(lo, Op("sub", (hi, Const(1))))),
                    ("begins one later", Range(Op("add", (lo, Const(1))), hi)),
                    ("ends one later", Range(lo, Op("add", (hi, Const(1))))),
                    ("begins one earlier", Range(Op("sub", (lo, Const(1))), hi)),
                ):
                    yield (
                        "off by one",
                        f"the {op} over {index.symbol} {what}",
                        replace(node, index=replace(index, domain=domain)),
                    )
            elif isinstance(index.domain, Over):
                base, size = index.domain.axis.base, Size(index.domain.axis.dim)
                last: Node = Op("add", (size, Const(base - 1))) if base != 1 else size
                for what, domain in (
                    ("leaves the first out", Range(Const(base + 1), last)),
                    ("leaves the last out", Range(Const(base), Op("sub", (last, Const(1))))),
                ):
                    yield (
                        "off by one",
                        f"the {op} over {index.symbol} {what}",
                        replace(node, index=Index(index.name, index.symbol, domain, index.sample)),
                    )
        case ReduceAxes(op, body, axes, _):
            for other in _REDUCTIONS.get(op, ()):
                yield "wrong reduction", f"{other} instead of {op}", replace(node, op=other)
            if len(axes) == 1:
                yield (
                    "wrong axis",
                    f"the {op} runs over the other axis",
                    replace(node, axes=(1 - axes[0],) if axes[0] < 2 else axes),
                )
        case Along(op, body, axis):
            if axis < 2:
                yield "wrong axis", f"the {op} runs over the other axis", replace(node, axis=1 - axis)
            yield "activation dropped", f"the {op} is missing", body
            for other in _ALONG.get(op, ()):
                yield "another activation", f"{other} instead of {op}", replace(node, op=other)


_ACTIVATIONS = {
    "tanh": ("sigmoid",), "sigmoid": ("tanh",), "relu": ("abs", "gelu"), "gelu": ("gelu_tanh", "silu"), "silu": ("gelu",),
    "exp": ("expm1",), "log": ("log1p", "log2", "log10"), "log1p": ("log",), "log2": ("log",), "log10": ("log",),
    "softplus": ("relu", "sigmoid"), "logsigmoid": ("sigmoid",), "sin": ("cos",), "cos": ("sin",), "erf": ("tanh",), "expm1": ("exp",),
    "mish": ("silu",), "gelu_tanh": ("gelu",), "normal_cdf": ("sigmoid",), "selu": ("elu",), "max": ("min",), "min": ("max",),
    "floor": ("ceil", "round"), "ceil": ("floor", "round"), "asin": ("acos",), "acos": ("asin",), "sinh": ("cosh",), "cosh": ("sinh",),
}  # fmt: skip
_KINDS = {"max": "bound changed", "min": "bound changed", "expm1": "term dropped"}
_COMPARED = {
    "lt": ("le", "gt"),
    "le": ("lt", "ge"),
    "gt": ("ge", "lt"),
    "ge": ("gt", "le"),
    "eq": ("ne",),
    "ne": ("eq",),
}


def _activations(node: Node) -> Iterator[Change]:
    if not isinstance(node, Op):
        return
    for other in _ACTIVATIONS.get(node.op, ()):
        kind = _KINDS.get(node.op, "another activation")
        yield kind, f"{other} instead of {node.op}", Op(other, node.args)
    if node.op in _ACTIVATIONS and len(node.args) == 1:
        yield "sign flipped", f"the {node.op} is of -{says(node.args[0])}", Op(node.op, (Op("neg", node.args),))
        yield "activation dropped", f"the {node.op} is missing", node.args[0]
    if node.op == "max" and len(node.args) == 2 and Const(0) in node.args:
        x = node.args[1 - node.args.index(Const(0))]
        for other in ("gelu", "silu", "tanh", "sigmoid", "abs", "softplus"):
            yield "another activation", f"{other} instead of the part above zero", Op(other, (x,))
        yield "activation dropped", "the maximum with zero is missing", x
    if node.op in ("max", "min") and len(node.args) == 2:
        for k in (0, 1):
            yield "bound changed", f"the bound {says(node.args[1 - k])} is dropped", node.args[k]
    for other in _COMPARED.get(node.op, ()):
        yield "comparison changed", f"{other} instead of {node.op}", Op(other, node.args)
    if node.op == "where" and len(node.args) == 3:
        c, a, b = node.args
        yield "branches swapped", "the two cases are exchanged", Op("where", (c, b, a))
        yield "branches swapped", f"the case {says(b)} is missing", a
        yield "branches swapped", f"the case {says(a)} is missing", b
    if node.op == "clip":
        x, lo, hi = node.args
        yield "bound changed", f"the upper bound {says(hi)} is missing", Op("max", (x, lo))
        yield "bound changed", f"the lower bound {says(lo)} is missing", Op("min", (x, hi))
        yield "bound changed", "the bounds are missing", x


def _indices(node: Node) -> Iterator[Change]:
    match node:
        case IndexNumber(index):
            yield "index shifted", f"the index {index} is one too small", Op("sub", (node, Const(1)))
            yield "index shifted", f"the index {index} is one too large", Op("add", (node, Const(1)))
        case Size(dim) if dim.value is None:
            yield "off by one", f"{says(node)} - 1 instead of {says(node)}", Op("sub", (node, Const(1)))
        case StopGradient(body):
            yield "stop-gradient missing", "a gradient flows where the paper stops it", body


def _constants(node: Node) -> Iterator[Change]:
    if isinstance(node, Const) and node.value:
        for value in dict.fromkeys((node.value * 2, node.value / 2, node.value + 1, node.value - 1, -node.value, 1)):
            if value != node.value:
                yield "constant changed", f"{value:g} stands for {says(node)}", _number(value)


def _stray_constant(node: Node, literals: Sequence[float]) -> Iterator[Change]:
    """A number of the user's code in place of a constant, or added to keep a root or quotient finite."""
    for value in literals:
        if isinstance(node, Const) and float(node.value) != value:
            yield "constant changed", f"{value:g} stands for {says(node)}", _number(value)
        if isinstance(node, Op) and node.op == "sqrt" and 0 < value < 0.1:
            yield (
                "constant added",
                f"{value:g} is added inside the root",
                Op("sqrt", (Op("add", (node.args[0], _number(value))),)),
            )
            yield "constant added", f"{value:g} is added to the root", Op("add", (node, _number(value)))
        if isinstance(node, Op) and node.op == "div" and 0 < value < 0.1:
            a, b = node.args
            yield (
                "constant added",
                f"{value:g} is added to the divisor {says(b)}",
                Op("div", (a, Op("add", (b, _number(value))))),
            )
            yield (
                "constant added",
                f"the divisor {says(b)} is at least {value:g}",
                Op("div", (a, Op("max", (b, _number(value))))),
            )
        if isinstance(node, Op) and node.op == "log" and 0 < value < 0.1:
            yield (
                "constant added",
                f"{value:g} is added inside the logarithm",
                Op("log", (Op("add", (node.args[0], _number(value))),)),
            )


OPERATORS: tuple[Callable[[Node], Iterator[Change]], ...] = (
    _arithmetic, _roots, _matrices, _reductions, _activations, _indices, _constants,
)  # fmt: skip
