"""The slow form of a formula as text: plain loops over indices with numpy, the oracle of the emitted tests.

Written from the IR by itself; it shares nothing with the vectorised emission. Indices are Python numbers that count as the
paper counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..ir.dims import Dim
from ..ir.node import (
    Access,
    All,
    Along,
    Arg,
    Block,
    Build,
    Call,
    CallCompiled,
    ConcatOver,
    Const,
    Expand,
    Filled,
    Function,
    Gradient,
    Identity,
    Index,
    IndexNumber,
    Join,
    Let,
    Linear,
    LogDensity,
    MatMul,
    Node,
    Norm,
    Op,
    Outer,
    Over,
    Pick,
    Range,
    Reduce,
    ReduceAxes,
    Size,
    Slice,
    StopGradient,
)
from ..ir.shapes import Scope, bound_index, scope_of, type_of
from .names import Namer


class NoSlowForm(Exception):
    """The formula has no slow form in plain numpy."""


@dataclass(frozen=True, slots=True)
class _Place:
    scope: Scope
    namer: Namer
    sizes: dict[str, None] = field(default_factory=dict)

    def within(self, index: Index) -> _Place:
        return replace(self, scope=self.scope.with_index(index))


OPERATIONS: dict[str, str] = {
    "neg": "(-{0})", "sub": "({0} - {1})", "div": "({0} / {1})", "pow": "np.power(1.0 * {0}, {1})", "mod": "({0} % {1})",
    "square": "({0} * {0})", "reciprocal": "(1 / {0})", "clip": "np.minimum(np.maximum({0}, {1}), {2})",
    "sqrt": "np.sqrt({0})", "abs": "np.abs({0})", "sign": "np.sign({0})", "floor": "np.floor({0})", "ceil": "np.ceil({0})",
    "round": "np.round({0})", "hypot": "np.hypot({0}, {1})", "exp": "np.exp({0})", "log": "np.log({0})",
    "log2": "np.log2({0})", "log10": "np.log10({0})", "log1p": "np.log1p({0})", "expm1": "np.expm1({0})",
    "logaddexp": "np.log(np.exp({0}) + np.exp({1}))", "xlogy": "np.where({0} == 0, 0.0, {0} * np.log({1}))",
    "entropy": "np.where({0} == 0, 0.0, -{0} * np.log({0}))", "logit": "np.log({0} / (1 - {0}))", "sin": "np.sin({0})",
    "cos": "np.cos({0})", "tan": "np.tan({0})", "asin": "np.arcsin({0})", "acos": "np.arccos({0})", "atan": "np.arctan({0})",
    "atan2": "np.arctan2({0}, {1})", "sinh": "np.sinh({0})", "cosh": "np.cosh({0})", "tanh": "np.tanh({0})",
    "asinh": "np.arcsinh({0})", "acosh": "np.arccosh({0})", "atanh": "np.arctanh({0})", "logcosh": "np.log(np.cosh({0}))",
    "sinc": "np.sinc({0})", "sigmoid": "(1 / (1 + np.exp(-{0})))", "logsigmoid": "np.log(1 / (1 + np.exp(-{0})))",
    "softplus": "np.log(1 + np.exp({0}))", "relu": "np.maximum({0}, 0)", "relu6": "np.clip({0}, 0, 6)",
    "leaky_relu": "np.where({0} > 0, {0}, {1} * {0})", "elu": "np.where({0} > 0, {0}, {1} * (np.exp({0}) - 1))",
    "selu": "1.0507009873554805 * np.where({0} > 0, {0}, 1.6732632423543772 * (np.exp({0}) - 1))",
    "huber": "np.where(np.abs({0}) <= {1}, {0} * {0} / 2, {1} * (np.abs({0}) - {1} / 2))",
    "gelu": "({0} * (1 + erf({0} / math.sqrt(2))) / 2)",
    "gelu_tanh": "({0} * (1 + np.tanh(math.sqrt(2 / math.pi) * ({0} + 0.044715 * {0} ** 3))) / 2)",
    "silu": "({0} / (1 + np.exp(-{0})))", "mish": "({0} * np.tanh(np.log(1 + np.exp({0}))))",
    "softsign": "({0} / (1 + np.abs({0})))", "hardtanh": "np.clip({0}, -1, 1)",
    "hardsigmoid": "np.clip({0} / 6 + 0.5, 0, 1)", "hardswish": "({0} * np.clip({0} / 6 + 0.5, 0, 1))",
    "erf": "erf({0})", "erfc": "(1 - erf({0}))", "normal_cdf": "((1 + erf({0} / math.sqrt(2))) / 2)",
    "normal_pdf": "(np.exp(-{0} * {0} / 2) / math.sqrt(2 * math.pi))", "gamma": "np.exp(lgamma({0}))",
    "lgamma": "lgamma({0})", "factorial": "np.exp(lgamma({0} + 1))",
    "binomial": "np.exp(lgamma({0} + 1) - lgamma({1} + 1) - lgamma({0} - {1} + 1))",
    "beta": "np.exp(lgamma({0}) + lgamma({1}) - lgamma({0} + {1}))", "bessel_i0": "np.i0({0})",
    "eq": "({0} == {1})", "ne": "({0} != {1})", "lt": "({0} < {1})", "le": "({0} <= {1})", "gt": "({0} > {1})",
    "ge": "({0} >= {1})", "xor": "np.logical_xor({0}, {1})", "not": "np.logical_not({0})", "isfinite": "np.isfinite({0})",
    "indicator": "np.where({0}, 1.0, 0.0)", "heaviside": "np.heaviside({0}, 0.5)", "stored": "({0} - 1)", "number": "({0} + 1)",
}  # fmt: skip
FOLDS = {"add": " + ", "mul": " * "}
NESTED = {"min": "np.minimum", "max": "np.maximum", "and": "np.logical_and", "or": "np.logical_or"}
LINEAR: dict[str, str] = {
    "transpose": "{0}.T", "inverse": "np.linalg.inv({0})", "pinv": "np.linalg.pinv({0})", "det": "np.linalg.det({0})",
    "logdet": "np.log(np.abs(np.linalg.det({0})))", "trace": "np.trace({0})", "diag": "np.diag({0})",
    "diagonal": "np.diag({0})", "kron": "np.kron({0}, {1})", "cholesky": "np.linalg.cholesky({0})",
    "matrix_power": "np.linalg.matrix_power({0}, {1})", "cross": "np.cross({0}, {1})", "vec": "{0}.T.reshape(-1)",
    "flatten": "{0}.reshape(-1)", "tril": "np.tril({0})", "triu": "np.triu({0})", "solve": "(np.linalg.inv({0}) @ {1})",
    "inner": "np.sum({0} * {1})", "max_eigenvalue": "np.linalg.eigvalsh({0})[-1]",
    "min_eigenvalue": "np.linalg.eigvalsh({0})[0]", "column": "{0}[:, None]", "row": "{0}[None, :]",
}  # fmt: skip
NORMS = {
    "2": "math.sqrt(np.sum({0} * {0}))", "1": "np.sum(np.abs({0}))", "0": "np.sum({0} != 0)", "inf": "np.max(np.abs({0}))",
    "p": "np.sum(np.abs({0}) ** {p}) ** (1 / {p})", "nuclear": 'np.linalg.norm({0}, "nuc")', "spectral": "np.linalg.norm({0}, 2)",
}  # fmt: skip
AXES = {
    "sum": "np.sum({0}{dim})", "prod": "np.prod({0}{dim})", "max": "np.max({0}{dim})", "min": "np.min({0}{dim})",
    "mean": "np.mean({0}{dim})", "any": "np.any({0}{dim})", "all": "np.all({0}{dim})", "var": "np.var({0}{dim})",
    "std": "np.std({0}{dim})", "var_unbiased": "np.var({0}{dim}, ddof=1)", "std_unbiased": "np.std({0}{dim}, ddof=1)",
    "logsumexp": "np.log(np.sum(np.exp({0}){dim}))", "argmax": "np.argmax({0}{dim})", "argmin": "np.argmin({0}{dim})",
}  # fmt: skip
ALONG = {
    "softmax": "(np.exp({0}) / np.sum(np.exp({0}), axis={dim}, keepdims=True))",
    "log_softmax": "np.log(np.exp({0}) / np.sum(np.exp({0}), axis={dim}, keepdims=True))",
    "cumsum": "np.cumsum({0}, axis={dim})", "cumprod": "np.cumprod({0}, axis={dim})",
    "normalize": "({0} / np.sqrt(np.sum({0} * {0}, axis={dim}, keepdims=True)))", "sort": "np.sort({0}, axis={dim})",
    "sort_descending": "np.flip(np.sort({0}, axis={dim}), axis={dim})", "flip": "np.flip({0}, axis={dim})",
}  # fmt: skip
DENSITIES: dict[tuple[str, tuple[str, ...]], str] = {
    ("normal", ("mean", "variance")): "(-(np.log(2 * np.pi * {1}) + ({x} - {0}) ** 2 / {1}) / 2)",
    ("normal", ("mean", "std")): "(-(np.log(2 * np.pi * {1} ** 2) + (({x} - {0}) / {1}) ** 2) / 2)",
    ("normal", ("mean", "precision")): "(-(np.log(2 * np.pi / {1}) + ({x} - {0}) ** 2 * {1}) / 2)",
    ("normal", ("mean", "covariance")): (
        "(-(len({x}) * np.log(2 * np.pi) + np.log(np.linalg.det({1}))"
        " + ({x} - {0}) @ np.linalg.inv({1}) @ ({x} - {0})) / 2)"
    ),
    ("laplace", ("loc", "scale")): "(-np.abs({x} - {0}) / {1} - np.log(2 * {1}))",
    ("exponential", ("rate",)): "(np.log({0}) - {0} * {x})",
    ("bernoulli", ("probs",)): "np.where({x} == 1, np.log({0}), np.log(1 - {0}))",
    ("categorical", ("probs",)): "np.log({0})[{x}]",
    ("categorical", ("logits",)): "({0} - np.log(np.sum(np.exp({0}))))[{x}]",
    ("poisson", ("rate",)): "({x} * np.log({0}) - {0} - lgamma({x} + 1))",
    ("gumbel", ("loc", "scale")): "(-({x} - {0}) / {1} - np.exp(-({x} - {0}) / {1}) - np.log({1}))",
    ("beta", ("alpha", "beta")): (
        "(({0} - 1) * np.log({x}) + ({1} - 1) * np.log(1 - {x}) - lgamma({0}) - lgamma({1}) + lgamma({0} + {1}))"
    ),
    ("dirichlet", ("concentration",)): "(np.sum(({0} - 1) * np.log({x})) + lgamma(np.sum({0})) - np.sum(lgamma({0})))",
}

_RULES: dict[type, Callable[[Any, _Place], str]] = {}


def _rule(kind: type) -> Callable[[Callable[[Any, _Place], str]], Callable[[Any, _Place], str]]:
    def keep(rule: Callable[[Any, _Place], str]) -> Callable[[Any, _Place], str]:
        _RULES[kind] = rule
        return rule

    return keep


def slow_function(function: Function, functions: Mapping[str, Function]) -> str:
    """`def name_slow(...)`: the formula with loops. Raises NoSlowForm."""
    place = _Place(scope_of(function, functions), Namer(function, [f.name for f in functions.values()]))
    body = _text(function.body, place)
    for index in reversed(function.indices):
        body = f"np.array([{body} for {index_name(index.name, place)} in {_range(index, place)}])"
    arguments = [a for a in function.arguments if a.default is None] + [
        a for a in function.arguments if a.default is not None
    ]
    parameters = ", ".join(a.name + (f"={a.default!r}" if a.default is not None else "") for a in arguments)
    lines = [f"{place.namer.size(n)} = {_size_source(n, function, place)}" for n in place.sizes]
    lines = [line for line in lines if line.partition(" = ")[0] != line.partition(" = ")[2]]
    return "\n".join([f"def {function.name}_slow({parameters}):", *(f"    {x}" for x in [*lines, f"return {body}"])])


def _text(node: Node, place: _Place) -> str:
    rule = _RULES.get(type(node))
    if rule is None:
        raise NoSlowForm(type(node).__name__)
    return rule(node, place)


def index_name(index: str, place: _Place) -> str:
    return place.namer.loop(index)


def _size_source(name: str, function: Function, place: _Place) -> str:
    """Where a size comes from: the emitted function's own way of finding it, with numpy's shapes."""
    from .emitter import Emitter

    emitter = Emitter(function, {}, {})
    text = emitter._size_text(name) if name not in _size_arguments(function) else _size_arguments(function)[name]
    for known in emitter.state.sizes:
        place.sizes.setdefault(known)
    return text


def _size_arguments(function: Function) -> dict[str, str]:
    from ..ir.shapes import size_argument

    return {s: a.name for a in function.arguments if (s := size_argument(a)) is not None}


def _dim(dim: Dim, place: _Place) -> str:
    terms = []
    for monomial, coefficient in dim.terms:
        factors = (
            [str(coefficient.numerator)] if coefficient.numerator != 1 or not any(p > 0 for _, p in monomial) else []
        )
        below = [str(coefficient.denominator)] if coefficient.denominator != 1 else []
        for name, power in monomial:
            place.sizes.setdefault(name)
            text = place.namer.size(name)
            (factors if power > 0 else below).extend([text] * abs(power))
        terms.append(" * ".join(factors) + "".join(f" // {b}" for b in below))
    return f"({' + '.join(terms)})" if len(terms) > 1 or " " in (terms or [""])[0] else (terms or ["0"])[0]


def _range(index: Index, place: _Place) -> str:
    if isinstance(index.domain, Over):
        axis = index.domain.axis
        return f"range({axis.base}, {axis.base} + {_dim(axis.dim, place)})"
    lo, hi = _text(index.domain.lo, place), _text(index.domain.hi, place)
    if isinstance(index.domain.hi, (Size, Const)):
        return f"range({lo}, {hi} + 1)"
    return f"range(int({lo}), int({hi}) + 1)"


@_rule(Const)
def _const(node: Const, place: _Place) -> str:
    text = node.text or repr(node.value)
    return {"inf": "np.inf", "-inf": "(-np.inf)", "nan": "np.nan"}.get(text, text if text.isalnum() else f"({text})")


@_rule(Arg)
def _arg(node: Arg, place: _Place) -> str:
    return node.name


@_rule(Size)
def _size(node: Size, place: _Place) -> str:
    return _dim(node.dim, place)


@_rule(IndexNumber)
def _index(node: IndexNumber, place: _Place) -> str:
    return index_name(node.index, place)


@_rule(Op)
def _op(node: Op, place: _Place) -> str:
    args = [_text(a, place) for a in node.args]
    if node.op in FOLDS:
        return f"({FOLDS[node.op].join(args)})"
    if node.op in NESTED:
        out = args[0]
        for a in args[1:]:
            out = f"{NESTED[node.op]}({out}, {a})"
        return out
    if node.op == "where":
        if type_of(node.args[0], place.scope).axes:
            return f"np.where({args[0]}, {args[1]}, {args[2]})"
        return f"({args[1]} if {args[0]} else {args[2]})"
    if node.op not in OPERATIONS:
        raise NoSlowForm(node.op)
    return OPERATIONS[node.op].format(*args)


@_rule(Expand)
def _expand(node: Expand, place: _Place) -> str:
    return f"np.broadcast_to({_text(node.body, place)}, {_shape([a.dim for a in node.axes], place)})"


def _shape(dims: list[Dim], place: _Place) -> str:
    return f"({', '.join(_dim(d, place) for d in dims)},)"


@_rule(Identity)
def _identity(node: Identity, place: _Place) -> str:
    return f"np.eye({_dim(node.axis.dim, place)})"


@_rule(Filled)
def _filled(node: Filled, place: _Place) -> str:
    return f"np.full({_shape([a.dim for a in node.axes], place)}, {node.value!r})"


@_rule(MatMul)
def _matmul(node: MatMul, place: _Place) -> str:
    return f"({_text(node.left, place)} @ {_text(node.right, place)})"


@_rule(Outer)
def _outer(node: Outer, place: _Place) -> str:
    return f"np.outer({_text(node.left, place)}, {_text(node.right, place)})"


@_rule(Linear)
def _linear(node: Linear, place: _Place) -> str:
    if node.op not in LINEAR:
        raise NoSlowForm(node.op)
    return LINEAR[node.op].format(*(_text(a, place) for a in node.args))


@_rule(Norm)
def _norm(node: Norm, place: _Place) -> str:
    p = _text(node.p, place) if node.p is not None else ""
    return f"({NORMS[node.kind].format(_text(node.body, place), p=p)})"


@_rule(Access)
def _access(node: Access, place: _Place) -> str:
    axes = type_of(node.base, place.scope).axes
    keys = []
    for position, axis in zip(node.positions, axes):
        match position:
            case All():
                keys.append(":")
            case Pick(number):
                stored = type_of(number, place.scope).sort == "stored"
                text = _text(number, place)
                keys.append(text if stored or not axis.base else f"{text} - {axis.base}")
            case Slice(lo, hi):
                start = "" if lo is None else f"{_text(lo, place)} - {axis.base}"
                stop = "" if hi is None else f"{_text(hi, place)} - {axis.base} + 1"
                keys.append(f"{start}:{stop}")
    return f"{_text(node.base, place)}[{', '.join(keys)}]"


def _loop(index: Index, body: Node, where: Node | None, place: _Place) -> str:
    over = _range(index, place)
    inner = place.within(index)
    test = f" if {_text(where, inner)}" if where is not None else ""
    return f"{_text(body, inner)} for {index_name(index.name, inner)} in {over}{test}"


@_rule(Reduce)
def _reduce(node: Reduce, place: _Place) -> str:
    each = _loop(node.index, node.body, node.where, place)
    match node.op:
        case "sum":
            return f"sum({each})"
        case "prod":
            return f"math.prod({each})"
        case "any" | "all":
            return f"{node.op}({each})"
        case "argmax" | "argmin":
            if node.where is not None:
                raise NoSlowForm("the position of a maximum under a condition")
            index = node.index
            first = index.domain.lo if isinstance(index.domain, Range) else Const(index.domain.axis.base)
            zero = index.domain.axis.base if isinstance(index.domain, Over) else 0 if first == Const(0) else 1
            return f"(np.{node.op}([{each}], axis=0) + {_text(first, place)} - {zero})"
        case "logsumexp":
            return f"np.log(sum(np.exp(v) for v in [{each}]))"
    return f"np.{node.op}([{each}], axis=0)"


@_rule(ReduceAxes)
def _reduce_axes(node: ReduceAxes, place: _Place) -> str:
    axes = str(node.axes) if len(node.axes) > 1 else str(node.axes[0])
    dim = f", axis={axes}" + (", keepdims=True" if node.keep else "")
    return AXES[node.op].format(_text(node.body, place), dim=dim)


@_rule(Along)
def _along(node: Along, place: _Place) -> str:
    return ALONG[node.op].format(_text(node.body, place), dim=node.axis)


@_rule(Build)
def _build(node: Build, place: _Place) -> str:
    return f"np.array([{_loop(node.index, node.body, None, place)}])"


@_rule(Join)
def _join(node: Join, place: _Place) -> str:
    items = ", ".join(_text(i, place) for i in node.items)
    return f"np.stack([{items}])" if node.kind == "stack" else f"np.concatenate([{items}], axis={node.axis})"


@_rule(ConcatOver)
def _concat_over(node: ConcatOver, place: _Place) -> str:
    return f"np.concatenate([{_loop(node.index, node.body, None, place)}], axis={node.axis})"


@_rule(Block)
def _block(node: Block, place: _Place) -> str:
    def cell(item: Node) -> str:
        rank = len(type_of(item, place.scope).axes)
        text = _text(item, place)
        return {0: f"np.array([[{text}]])", 1: f"{text}[:, None]"}.get(rank, text)

    rows = ", ".join(f"[{', '.join(cell(c) for c in row)}]" for row in node.rows)
    return f"np.block([{rows}])"


@_rule(Call)
def _call(node: Call, place: _Place) -> str:
    return f"{node.function}({', '.join(_text(a, place) for a in node.args)})"


@_rule(CallCompiled)
def _call_compiled(node: CallCompiled, place: _Place) -> str:
    callee = place.scope.functions[node.function]
    text = f"{callee.name}_slow({', '.join(f'{n}={_text(v, place)}' for n, v in node.args)})"
    keys = []
    for number, index in zip(node.lead, callee.indices):
        stored = type_of(number, place.scope).sort == "stored"
        first = index.domain.axis.base if isinstance(index.domain, Over) else None
        start = str(first) if first is not None else _text(index.domain.lo, place)  # type: ignore[union-attr]
        if isinstance(index.domain, Range) and not isinstance(index.domain.lo, Const):
            raise NoSlowForm("a range that starts at no constant")
        keys.append(_text(number, place) if stored else f"{_text(number, place)} - {start}")
    return f"{text}[{', '.join(keys)}]" if keys else text


@_rule(Let)
def _let(node: Let, place: _Place) -> str:
    inner = replace(place, scope=place.scope.with_name(node.name, type_of(node.value, place.scope)))
    return f"(lambda {node.name}: {_text(node.body, inner)})({_text(node.value, place)})"


@_rule(Gradient)
def _gradient(node: Gradient, place: _Place) -> str:
    if node.kind not in ("gradient", "jacobian"):
        raise NoSlowForm(node.kind)
    if any(isinstance(n, StopGradient) for n in _below(node.body)):
        raise NoSlowForm("a derivative past a stopped gradient")
    at = _text(node.at, place) if node.at is not None else node.wrt
    return f"derivative(lambda {node.wrt}: {_text(node.body, place)}, {at})"


def _below(node: Node) -> list[Node]:
    from ..ir.shapes import walk

    return list(walk(node))


@_rule(StopGradient)
def _stop(node: StopGradient, place: _Place) -> str:
    return _text(node.body, place)


@_rule(LogDensity)
def _density(node: LogDensity, place: _Place) -> str:
    form = DENSITIES.get((node.family, tuple(n for n, _ in node.parameters)))
    if form is None:
        raise NoSlowForm(node.family)
    return form.format(*(_text(p, place) for _, p in node.parameters), x=_text(node.value, place))


__all__ = ["NoSlowForm", "bound_index", "slow_function"]
