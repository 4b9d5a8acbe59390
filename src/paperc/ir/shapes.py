"""Shapes are derived, never stored: the type of a node in a scope, its free indices, and whether a function is legal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, get_args

from . import legal
from .dims import Dim
from .node import (
    Access,
    All,
    Along,
    Arg,
    Argument,
    ArrayType,
    Axis,
    Block,
    Build,
    Call,
    CallCompiled,
    ConcatOver,
    Const,
    Expand,
    Filled,
    Function,
    FunctionType,
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
    Sample,
    Size,
    Slice,
    Sort,
    StopGradient,
    Type,
)


class IllegalIR(TypeError):
    """The node has no type; the message says why, in the paper's words where it can."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at a place: arguments and locals, the indices in force, the other compiled functions by id."""

    names: Mapping[str, Type] = field(default_factory=dict)
    indices: Mapping[str, Index] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)

    def with_name(self, name: str, type: Type) -> Scope:
        return replace(self, names={**self.names, name: type})

    def with_index(self, index: Index) -> Scope:
        return replace(self, indices={**self.indices, index.name: index})


def scope_of(function: Function, functions: Mapping[str, Function] | None = None) -> Scope:
    """The scope of a function's body."""
    return Scope({a.name: a.type for a in function.arguments}, {i.name: i for i in function.indices}, functions or {})


SCALAR = ArrayType()
_RULES: dict[type, Callable[[Any, Scope], ArrayType]] = {}


def type_of(node: Node, scope: Scope) -> ArrayType:
    """The own shape and sort of `node`. Raises IllegalIR with the reason if it has none."""
    return _RULES[type(node)](node, scope)


def _rule(kind: type) -> Callable[[Callable[[Any, Scope], ArrayType]], Callable[[Any, Scope], ArrayType]]:
    def keep(rule: Callable[[Any, Scope], ArrayType]) -> Callable[[Any, Scope], ArrayType]:
        _RULES[kind] = rule
        return rule

    return keep


# --- leaves -----------------------------------------------------------------------------------------


@_rule(Const)
def _const(node: Const, scope: Scope) -> ArrayType:
    return ArrayType((), "integer" if isinstance(node.value, int) else "real")


@_rule(Arg)
def _arg(node: Arg, scope: Scope) -> ArrayType:
    kind = scope.names.get(node.name)
    if kind is None:
        raise IllegalIR(f"the name {node.name} is not bound")
    if isinstance(kind, FunctionType):
        raise IllegalIR(f"{node.name} is a function, not a value")
    return kind


@_rule(Size)
def _size(node: Size, scope: Scope) -> ArrayType:
    return ArrayType((), "integer")


@_rule(IndexNumber)
def _index_number(node: IndexNumber, scope: Scope) -> ArrayType:
    if node.index not in scope.indices:
        raise IllegalIR(f"the index {node.index} is not bound")
    return ArrayType((), "integer")


@_rule(Identity)
def _identity(node: Identity, scope: Scope) -> ArrayType:
    return ArrayType((node.axis, node.axis))


@_rule(Filled)
def _filled(node: Filled, scope: Scope) -> ArrayType:
    return ArrayType(node.axes)


# --- element-wise -------------------------------------------------------------------------------------


@_rule(Op)
def _op(node: Op, scope: Scope) -> ArrayType:
    rule = legal.OPERATIONS.get(node.op)
    if rule is None:
        raise IllegalIR(f"there is no operation {node.op}")
    if len(node.args) < rule.least or (rule.most is not None and len(node.args) > rule.most):
        raise IllegalIR(f"{node.op} of {len(node.args)} operands")
    operands = [type_of(a, scope) for a in node.args]
    axes: tuple[Axis, ...] = ()
    for operand in operands:
        axes = _same(node.op, axes, operand.axes) if axes and operand.axes else axes or operand.axes
    if rule.result != "join":
        return ArrayType(axes, rule.result)
    sorts = {o.sort for o in (operands[1:] if node.op == "where" else operands)}
    if sorts == {"stored"} and node.op in ("min", "max", "where"):
        return ArrayType(axes, "stored")
    return ArrayType(axes, "integer" if sorts <= {"integer", "stored", "boolean"} else "real")


def _same(what: str, left: tuple[Axis, ...], right: tuple[Axis, ...]) -> tuple[Axis, ...]:
    if len(left) != len(right):
        raise IllegalIR(f"{what} of {_shape(left)} and {_shape(right)}")
    for a, b in zip(left, right):
        if a.dim != b.dim:
            raise IllegalIR(f"{what} of {_shape(left)} and {_shape(right)}: {a.dim} is not {b.dim}")
    return left


def _shape(axes: tuple[Axis, ...]) -> str:
    return f"({', '.join(str(a.dim) for a in axes)})" if axes else "a scalar"


@_rule(Expand)
def _expand(node: Expand, scope: Scope) -> ArrayType:
    body = type_of(node.body, scope)
    if body.axes and body.dims != tuple(a.dim for a in node.axes[len(node.axes) - len(body.axes) :]):
        raise IllegalIR(f"{_shape(body.axes)} does not repeat to {_shape(node.axes)}")
    return ArrayType(node.axes, body.sort)


# --- linear algebra -----------------------------------------------------------------------------------


@_rule(MatMul)
def _matmul(node: MatMul, scope: Scope) -> ArrayType:
    left, right = type_of(node.left, scope).axes, type_of(node.right, scope).axes
    if not 1 <= len(left) <= 2 or not 1 <= len(right) <= 2:
        raise IllegalIR(f"a matrix product of {_shape(left)} and {_shape(right)}")
    if left[-1].dim != right[0].dim:
        raise IllegalIR(f"a matrix product of {_shape(left)} and {_shape(right)}: {left[-1].dim} is not {right[0].dim}")
    return ArrayType((*left[:-1], *right[1:]))


@_rule(Outer)
def _outer(node: Outer, scope: Scope) -> ArrayType:
    left, right = type_of(node.left, scope).axes, type_of(node.right, scope).axes
    if len(left) != 1 or len(right) != 1:
        raise IllegalIR(f"an outer product of {_shape(left)} and {_shape(right)}")
    return ArrayType((*left, *right))


@_rule(Linear)
def _linear(node: Linear, scope: Scope) -> ArrayType:
    rule = legal.LINEAR.get(node.op)
    if rule is None:
        raise IllegalIR(f"there is no operation {node.op}")
    if len(node.args) != len(rule.takes):
        raise IllegalIR(f"{node.op} of {len(node.args)} operands")
    bound: dict[str, Axis] = {}
    for arg, letters in zip(node.args, rule.takes):
        axes = type_of(arg, scope).axes
        if len(axes) != len(letters.split()):
            raise IllegalIR(f"{node.op} of {_shape(axes)}")
        for letter, axis in zip(letters.split(), axes):
            if bound.setdefault(letter, axis).dim != axis.dim:
                raise IllegalIR(f"{node.op} of {_shape(axes)}: {bound[letter].dim} is not {axis.dim}")
    out = []
    for word in rule.gives.split():
        size, base = Dim.constant(1), 1
        for factor in word.split("*"):
            axis = bound.get(factor, Axis(Dim.constant(1)))
            size, base = size * axis.dim, axis.base if "*" not in word else 1
        out.append(Axis(size, base))
    sort = type_of(node.args[0], scope).sort if node.op in ("transpose", "diagonal", "column", "row") else "real"
    return ArrayType(tuple(out), sort)


@_rule(Norm)
def _norm(node: Norm, scope: Scope) -> ArrayType:
    body = type_of(node.body, scope)
    if node.kind not in legal.NORMS:
        raise IllegalIR(f"there is no norm {node.kind}")
    if node.kind == "p" and (node.p is None or type_of(node.p, scope).axes):
        raise IllegalIR("a p-norm without a scalar p")
    if node.kind in ("nuclear", "spectral") and len(body.axes) != 2:
        raise IllegalIR(f"the {node.kind} norm of {_shape(body.axes)}")
    return ArrayType((), "integer" if node.kind == "0" else "real")


# --- indices and axes ---------------------------------------------------------------------------------


@_rule(Access)
def _access(node: Access, scope: Scope) -> ArrayType:
    base = type_of(node.base, scope)
    if len(node.positions) > len(base.axes):
        raise IllegalIR(f"{len(node.positions)} positions in {_shape(base.axes)}")
    out: list[Axis] = []
    for position, axis in zip(node.positions, base.axes):
        match position:
            case Pick(number):
                _number("a position", number, scope)
            case Slice(lo, hi):
                first = Dim.constant(axis.base) if lo is None else as_dim(_number("a position", lo, scope))
                last = (
                    axis.dim + Dim.constant(axis.base - 1) if hi is None else as_dim(_number("a position", hi, scope))
                )
                out.append(Axis(last - first + Dim.constant(1), 1 if lo is not None else axis.base))
            case All():
                out.append(axis)
    return ArrayType((*out, *base.axes[len(node.positions) :]), base.sort)


def _number(what: str, node: Node, scope: Scope) -> Node:
    kind = type_of(node, scope)
    if kind.axes or kind.sort not in ("integer", "stored"):
        raise IllegalIR(f"{what} must be a whole number")
    return node


def as_dim(node: Node) -> Dim:
    """A whole number as a size: polynomials of sizes and constants; an index counts as the name "#i", a scalar argument
    as "@name", and anything else as a name of its own."""
    match node:
        case Const(value) if isinstance(value, int):
            return Dim.constant(value)
        case Size(dim):
            return dim
        case IndexNumber(index):
            return Dim.of(f"#{index}")
        case Arg(name):
            return Dim.of(f"@{name}")
        case Op("add", args):
            total = Dim(())
            for a in args:
                total = total + as_dim(a)
            return total
        case Op("mul", args):
            total = Dim.constant(1)
            for a in args:
                total = total * as_dim(a)
            return total
        case Op("sub", (a, b)):
            return as_dim(a) - as_dim(b)
        case Op("neg", (a,)):
            return Dim(()) - as_dim(a)
        case Op("div", (a, b)) if len(as_dim(b).terms) == 1:
            return as_dim(a) / as_dim(b)
    from .text import text

    return Dim.of(f"?{text(node)}")


def domain_axis(index: Index) -> Axis:
    """The axis that an index becomes."""
    match index.domain:
        case Over(axis):
            return axis
        case Range(lo, hi):
            first = as_dim(lo)
            base = first.value
            return Axis(as_dim(hi) - first + Dim.constant(1), int(base) if base is not None else 1)


def _bind(index: Index, scope: Scope) -> Scope:
    if isinstance(index.domain, Range):
        _number("a bound", index.domain.lo, scope)
        _number("a bound", index.domain.hi, scope)
    if index.name in scope.indices:
        raise IllegalIR(f"the index {index.name} is bound twice")
    return scope.with_index(index)


@_rule(Reduce)
def _reduce(node: Reduce, scope: Scope) -> ArrayType:
    if node.op not in legal.REDUCTIONS:
        raise IllegalIR(f"there is no reduction {node.op}")
    inner = _bind(node.index, scope)
    body = type_of(node.body, inner)
    if node.where is not None:
        condition = type_of(node.where, inner)
        if condition.axes or condition.sort != "boolean":
            raise IllegalIR("a condition must be a scalar truth value")
    return ArrayType(body.axes, reduced_sort(node.op, body.sort))


def reduced_sort(op: str, sort: Sort) -> Sort:
    """The sort of a reduction of elements of a sort."""
    if op in ("argmax", "argmin"):
        return "stored"
    if op in ("any", "all"):
        return "boolean"
    if op in ("max", "min"):
        return sort
    return "integer" if op in ("sum", "prod") and sort != "real" else "real"


@_rule(ReduceAxes)
def _reduce_axes(node: ReduceAxes, scope: Scope) -> ArrayType:
    if node.op not in legal.AXES_REDUCTIONS:
        raise IllegalIR(f"there is no reduction {node.op}")
    body = type_of(node.body, scope)
    if not node.axes or any(not 0 <= a < len(body.axes) for a in node.axes) or len(set(node.axes)) != len(node.axes):
        raise IllegalIR(f"{node.op} over axes {node.axes} of {_shape(body.axes)}")
    if node.op in ("argmax", "argmin") and len(node.axes) != 1:
        raise IllegalIR(f"{node.op} over several axes")
    one = Axis(Dim.constant(1))
    kept = tuple(one if i in node.axes else a for i, a in enumerate(body.axes) if node.keep or i not in node.axes)
    return ArrayType(kept, reduced_sort(node.op, body.sort))


@_rule(Along)
def _along(node: Along, scope: Scope) -> ArrayType:
    body = type_of(node.body, scope)
    if node.op not in legal.ALONG:
        raise IllegalIR(f"there is no operation {node.op} along an axis")
    if not 0 <= node.axis < len(body.axes):
        raise IllegalIR(f"{node.op} along axis {node.axis} of {_shape(body.axes)}")
    return body if node.op in ("cumsum", "cumprod", "sort", "sort_descending", "flip") else ArrayType(body.axes)


@_rule(Build)
def _build(node: Build, scope: Scope) -> ArrayType:
    body = type_of(node.body, _bind(node.index, scope))
    return ArrayType((domain_axis(node.index), *body.axes), body.sort)


@_rule(Join)
def _join(node: Join, scope: Scope) -> ArrayType:
    if not node.items:
        raise IllegalIR("nothing to join")
    items = [type_of(i, scope) for i in node.items]
    sort: Sort = items[0].sort if len({i.sort for i in items}) == 1 else "real"
    first = items[0].axes
    if node.kind == "stack":
        for item in items[1:]:
            if [a.dim for a in item.axes] != [a.dim for a in first]:
                raise IllegalIR(f"a list of {_shape(first)} and {_shape(item.axes)}")
        return ArrayType((Axis(Dim.constant(len(items))), *first), sort)
    total = Dim(())
    for item in items:
        if len(item.axes) != len(first) or not 0 <= node.axis < len(first):
            raise IllegalIR(f"a concatenation of {_shape(first)} and {_shape(item.axes)}")
        if any(i != node.axis and a.dim != b.dim for i, (a, b) in enumerate(zip(item.axes, first))):
            raise IllegalIR(f"a concatenation of {_shape(first)} and {_shape(item.axes)}")
        total = total + item.axes[node.axis].dim
    return ArrayType((*first[: node.axis], Axis(total), *first[node.axis + 1 :]), sort)


@_rule(ConcatOver)
def _concat_over(node: ConcatOver, scope: Scope) -> ArrayType:
    body = type_of(node.body, _bind(node.index, scope))
    if not 0 <= node.axis < len(body.axes):
        raise IllegalIR(f"a concatenation along axis {node.axis} of {_shape(body.axes)}")
    axis = body.axes[node.axis]
    if any(name == f"#{node.index.name}" for name in axis.dim.names):
        raise IllegalIR("a concatenation of parts of different sizes")
    size = axis.dim * domain_axis(node.index).dim
    return ArrayType((*body.axes[: node.axis], Axis(size), *body.axes[node.axis + 1 :]), body.sort)


@_rule(Block)
def _block(node: Block, scope: Scope) -> ArrayType:
    if not node.rows or len({len(r) for r in node.rows}) != 1 or not node.rows[0]:
        raise IllegalIR("a matrix with rows of different lengths")
    one = Dim.constant(1)
    heights: list[Dim] = []
    widths: list[Dim | None] = [None] * len(node.rows[0])
    for row in node.rows:
        height: Dim | None = None
        for c, cell in enumerate(row):
            dims = type_of(cell, scope).dims
            if len(dims) > 2:
                raise IllegalIR("a block of more than two axes")
            tall, wide = (*dims, *(one, one))[:2]
            if (height or tall) != tall or (widths[c] or wide) != wide:
                raise IllegalIR("blocks that do not fit together")
            height, widths[c] = tall, wide
        heights.append(height or one)
    tall, wide = Dim(()), Dim(())
    for h in heights:
        tall = tall + h
    for w in widths:
        wide = wide + (w or one)
    return ArrayType((Axis(tall), Axis(wide)))


# --- functions ----------------------------------------------------------------------------------------


@_rule(Call)
def _call(node: Call, scope: Scope) -> ArrayType:
    kind = scope.names.get(node.function)
    if not isinstance(kind, FunctionType):
        raise IllegalIR(f"{node.function} is not a function")
    if len(kind.arguments) != len(node.args):
        raise IllegalIR(f"{node.function} takes {len(kind.arguments)} arguments, not {len(node.args)}")
    dims: dict[str, Dim] = {}
    for formal, arg in zip(kind.arguments, node.args):
        actual = type_of(arg, scope)
        if len(actual.axes) != len(formal.axes):
            raise IllegalIR(f"{node.function} takes {_shape(formal.axes)}, not {_shape(actual.axes)}")
        for f, a in zip(formal.axes, actual.axes):
            if f.dim.name is not None:
                dims.setdefault(f.dim.name, a.dim)
    # The result's shape follows the arguments' where it shares a size with them: f: R^d -> R^d.
    return ArrayType(tuple(Axis(a.dim.replace(dims), a.base) for a in kind.result.axes), kind.result.sort)


@_rule(CallCompiled)
def _call_compiled(node: CallCompiled, scope: Scope) -> ArrayType:
    axes = call_axes(node, scope)
    for number in node.lead:
        _number("a position", number, scope)
    return ArrayType(axes[len(node.lead) :], scope.functions[node.function].result.sort)


def call_axes(node: CallCompiled, scope: Scope) -> tuple[Axis, ...]:
    """All axes of the called function's value (its free indices, then its own shape), in the caller's sizes.

    Raises IllegalIR if the arguments do not fit.
    """
    callee = scope.functions.get(node.function)
    if callee is None:
        raise IllegalIR(f"there is no compiled function {node.function}")
    if len(node.lead) > len(callee.indices):
        raise IllegalIR(f"{callee.name} has {len(callee.indices)} free indices, not {len(node.lead)}")
    axes = [*(domain_axis(i) for i in callee.indices), *callee.result.axes]
    dims = call_dims(node, scope)
    return tuple(Axis(a.dim.replace(dims), a.base) for a in axes)


def call_dims(node: CallCompiled, scope: Scope) -> dict[str, Dim]:
    """The called function's named sizes in the caller's. Raises IllegalIR if the arguments do not fit."""
    callee = scope.functions[node.function]
    given = dict(node.args)
    formals = {a.name: a for a in callee.arguments}
    if unknown := [n for n in given if n not in formals]:
        raise IllegalIR(f"{callee.name} has no argument {unknown[0]}")
    dims: dict[str, Dim] = {}
    equations: list[tuple[Dim, Dim]] = []
    for name, formal in formals.items():
        if name not in given:
            if formal.default is None:
                raise IllegalIR(f"{callee.name} needs its argument {name}")
            continue
        value = given[name]
        if isinstance(formal.type, FunctionType):
            if not isinstance(value, Arg) or not isinstance(scope.names.get(value.name), FunctionType):
                raise IllegalIR(f"{callee.name} takes a function for {name}")
            continue
        actual = type_of(value, scope)
        if len(actual.axes) != len(formal.type.axes):
            raise IllegalIR(f"{callee.name} takes {_shape(formal.type.axes)} for {name}, not {_shape(actual.axes)}")
        equations += [(f.dim, a.dim) for f, a in zip(formal.type.axes, actual.axes)]
        if not formal.type.axes and (size := size_argument(formal)) is not None:
            dims.setdefault(size, as_dim(value))
    for formal_dim, actual_dim in equations:
        if formal_dim.name is not None:
            dims.setdefault(formal_dim.name, actual_dim)
    for formal_dim, actual_dim in equations:  # 2N from 2M: the one name left
        name_ = solvable(formal_dim, frozenset(dims))
        if (
            name_ is not None
            and name_ not in dims
            and (found := _solve(formal_dim, name_, actual_dim, dims)) is not None
        ):
            dims[name_] = found
    for name in size_names(callee):  # what no argument tells stays apart from the caller's names
        dims.setdefault(name, Dim.of(f"?{callee.id}.{name}"))
    return dims


def _solve(dim: Dim, name: str, actual: Dim, dims: Mapping[str, Dim]) -> Dim | None:
    holding = next((m, c) for m, c in dim.terms if any(n == name for n, _ in m))
    rest = (dim - Dim((holding,))).replace(dims)
    factor = Dim(((tuple(p for p in holding[0] if p[0] != name), holding[1]),)).replace(dims)
    return (actual - rest) / factor if len(factor.terms) == 1 else None


@_rule(Let)
def _let(node: Let, scope: Scope) -> ArrayType:
    return type_of(node.body, scope.with_name(node.name, type_of(node.value, scope)))


@_rule(Gradient)
def _gradient(node: Gradient, scope: Scope) -> ArrayType:
    wrt = scope.names.get(node.wrt)
    if not isinstance(wrt, ArrayType):
        raise IllegalIR(f"a derivative with respect to {node.wrt}, which is not a value")
    if node.kind not in legal.GRADIENTS:
        raise IllegalIR(f"there is no derivative of kind {node.kind}")
    body = type_of(node.body, scope)
    if node.at is not None and [a.dim for a in type_of(node.at, scope).axes] != [a.dim for a in wrt.axes]:
        raise IllegalIR("a derivative at a point of another shape")
    if node.kind in ("gradient", "hessian", "laplacian") and body.axes:
        raise IllegalIR(f"the {node.kind} of {_shape(body.axes)}, which is not a scalar")
    match node.kind:
        case "gradient":
            return ArrayType(wrt.axes)
        case "jacobian":
            return ArrayType((*body.axes, *wrt.axes))
        case "hessian":
            return ArrayType((*wrt.axes, *wrt.axes))
    if node.kind == "divergence" and [a.dim for a in body.axes] != [a.dim for a in wrt.axes]:
        raise IllegalIR(f"the divergence of {_shape(body.axes)} with respect to {_shape(wrt.axes)}")
    return SCALAR


@_rule(StopGradient)
def _stop(node: StopGradient, scope: Scope) -> ArrayType:
    return type_of(node.body, scope)


def _family(family: str, parameters: tuple[tuple[str, Node], ...], scope: Scope) -> dict[str, ArrayType]:
    rule = legal.FAMILIES.get(family)
    if rule is None:
        raise IllegalIR(f"there is no distribution {family}")
    given = tuple(name for name, _ in parameters)
    if given not in [f.names for f in rule.forms]:
        raise IllegalIR(f"the parameters of a {family} distribution are not {', '.join(given)}")
    return {name: type_of(value, scope) for name, value in parameters}


@_rule(LogDensity)
def _log_density(node: LogDensity, scope: Scope) -> ArrayType:
    types = _family(node.family, node.parameters, scope)
    value = type_of(node.value, scope)
    if "covariance" in types:
        if len(value.axes) != 1 or types["covariance"].dims != (value.axes[0].dim,) * 2:
            raise IllegalIR("a covariance that does not fit the value")
        return SCALAR
    if legal.FAMILIES[node.family].event or node.family == "categorical":
        want = 1 if legal.FAMILIES[node.family].event else 0
        vector = types.get("concentration") or types.get("probs") or types["logits"]
        if len(value.axes) != want or len(vector.axes) != 1:
            raise IllegalIR(f"a {node.family} density of {_shape(value.axes)} with {_shape(vector.axes)}")
        return SCALAR
    axes = value.axes
    for kind in types.values():
        axes = _same("a density", axes, kind.axes) if axes and kind.axes else axes or kind.axes
    return ArrayType(axes)


@_rule(Sample)
def _sample(node: Sample, scope: Scope) -> ArrayType:
    types = _family(node.family, node.parameters, scope)
    axes: tuple[Axis, ...] = ()
    for name, kind in types.items():
        if name == "covariance":
            axes = axes or kind.axes[:1]
        elif kind.axes:
            axes = _same("a draw", axes, kind.axes) if axes else kind.axes
    if node.family == "categorical":
        return ArrayType(node.axes, "stored")
    discrete = legal.FAMILIES[node.family].value in ("binary", "positive integer", "counts")
    return ArrayType((*node.axes, *axes), "integer" if discrete else "real")


# --- walking ------------------------------------------------------------------------------------------

_NODES = get_args(Node)


def parts(node: object) -> Iterator[Node]:
    """The nodes directly below a node, in the order of its fields (bounds of a bound index included)."""
    if not is_dataclass(node):
        return
    for f in fields(node):
        yield from _nodes(getattr(node, f.name))


def _nodes(value: object) -> Iterator[Node]:
    if isinstance(value, _NODES):
        yield value
    elif isinstance(value, tuple):
        for v in value:
            yield from _nodes(v)
    elif isinstance(value, (Index, Range, Pick, Slice)):
        yield from parts(value)


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in reading order."""
    yield node
    for part in parts(node):
        yield from walk(part)


def bound_index(node: Node) -> Index | None:
    """The index that a node binds, if it binds one."""
    return node.index if isinstance(node, (Reduce, Build, ConcatOver)) else None


def free_indices(node: Node) -> tuple[str, ...]:
    """The indices that occur and are not bound inside, in order of appearance."""
    return tuple(dict.fromkeys(_free(node, frozenset())))


def _free(node: Node, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(node, IndexNumber):
        if node.index not in bound:
            yield node.index
        return
    own = bound_index(node)
    if own is None:
        for part in parts(node):
            yield from _free(part, bound)
        return
    if isinstance(own.domain, Range):  # the bounds stand outside the binding
        yield from _free(own.domain.lo, bound)
        yield from _free(own.domain.hi, bound)
    inner = bound | {own.name}
    for f in fields(node):
        if f.name != "index":
            for part in _nodes(getattr(node, f.name)):
                yield from _free(part, inner)


def substitute(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with every node replaced for which `change` gives another one (top down; replacements are not revisited)."""
    new = change(node)
    if new is not None:
        return new
    values = {f.name: _replaced(getattr(node, f.name), change) for f in fields(node)}
    if all(values[f.name] is getattr(node, f.name) for f in fields(node)):
        return node
    return type(node)(**values)


def _replaced(value: Any, change: Callable[[Node], Node | None]) -> Any:
    if isinstance(value, _NODES):
        return substitute(value, change)
    if isinstance(value, tuple):
        new = tuple(_replaced(v, change) for v in value)
        return value if all(a is b for a, b in zip(new, value)) else new
    if isinstance(value, (Index, Range, Pick, Slice)):
        values = {f.name: _replaced(getattr(value, f.name), change) for f in fields(value)}
        if all(values[f.name] is getattr(value, f.name) for f in fields(value)):
            return value
        return type(value)(**values)
    return value


# --- functions of a package ---------------------------------------------------------------------------


def size_argument(argument: Argument) -> str | None:
    """The dim that an integer argument gives, if it is one: the dim's name is the argument's symbol."""
    if isinstance(argument.type, ArrayType) and not argument.type.axes and argument.type.sort == "integer":
        return argument.symbol
    return None


def size_names(function: Function) -> tuple[str, ...]:
    """The names of all sizes that a call must know, in order."""
    found: dict[str, None] = {}
    for argument in function.arguments:
        if isinstance(argument.type, ArrayType):
            for dim in argument.type.dims:
                found |= dict.fromkeys(dim.names)
    for node in (function.body, *(n for i in function.indices for n in parts(i))):
        for part in walk(node):
            found |= dict.fromkeys(_dims_in(part))
    for axis in (*function.result.axes, *(i.domain.axis for i in function.indices if isinstance(i.domain, Over))):
        found |= dict.fromkeys(axis.dim.names)
    return tuple(n for n in found if is_size(n))


def is_size(name: str) -> bool:
    """Whether a name in a `Dim` is a size: named ("n"), or not named by the paper ("?1"); not an index or a formula."""
    return name[0] not in "#@~" and (name[0] != "?" or name[1:].isdigit())


def _dims_in(node: Node) -> Iterator[str]:
    match node:
        case Size(dim):
            yield from dim.names
        case Identity(axis):
            yield from axis.dim.names
        case Filled(_, axes) | Expand(_, axes) | Sample(_, _, axes):
            for axis in axes:
                yield from axis.dim.names
    own = bound_index(node)
    if own is not None and isinstance(own.domain, Over):
        yield from own.domain.axis.dim.names


def known_sizes(function: Function) -> frozenset[str]:
    """The names of sizes that the arguments tell, solving `2N` and `h d_v` where one name is left."""
    known = {s for a in function.arguments if (s := size_argument(a)) is not None}
    shapes = [d for a in function.arguments if isinstance(a.type, ArrayType) for d in a.type.dims]
    while True:
        new = {n for d in shapes if (n := solvable(d, known)) is not None}
        if not new - known:
            return frozenset(known)
        known |= new


def solvable(dim: Dim, known: set[str] | frozenset[str]) -> str | None:
    """The one unknown name of a size, if the size determines it: it occurs once, to the first power."""
    unknown = [n for n in dim.names if n not in known]
    if len(unknown) != 1:
        return None
    holding = [m for m, _ in dim.terms if any(n == unknown[0] for n, _ in m)]
    return unknown[0] if len(holding) == 1 and dict(holding[0])[unknown[0]] == 1 else None


def check(function: Function, functions: Mapping[str, Function] | None = None) -> ArrayType:
    """The type of a legal function's body. Raises IllegalIR with the reason otherwise."""
    names = [a.name for a in function.arguments]
    for name in (function.name, *names):
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise IllegalIR(f"{name!r} is no name")
    if len(set(names)) != len(names):
        raise IllegalIR("two arguments have the same name")
    scope = Scope({a.name: a.type for a in function.arguments}, {}, functions or {})
    for index in function.indices:
        outer = free_indices(index.domain.lo) + free_indices(index.domain.hi) if isinstance(index.domain, Range) else ()
        if outer:
            raise IllegalIR(f"the range of the free index {index.symbol} depends on {outer[0]}")
        scope = _bind(index, scope)
    loose = [i for i in free_indices(function.body) if i not in scope.indices]
    if loose:
        raise IllegalIR(f"the index {loose[0]} is not bound")
    body = type_of(function.body, scope)
    if body.dims != function.result.dims:
        raise IllegalIR(f"the body is {_shape(body.axes)}, the result {_shape(function.result.axes)}")
    known = known_sizes(function)
    if missing := [n for n in size_names(function) if n not in known]:
        raise IllegalIR(f"no argument tells the size {missing[0]}")
    return body
