"""The slow meaning of the IR: plain loops over indices, float64 (or any precision), one callable call an assignment.

This is the reference that emitted code is compared with. It takes `node.py` literally and shares nothing with emission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from . import meanings
from .dims import Dim
from .meanings import FLOAT, Array, Library
from .node import (
    Access,
    Along,
    Arg,
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
    Reduce,
    ReduceAxes,
    Sample,
    Size,
    Slice,
    StopGradient,
)
from .shapes import Scope, scope_of, size_argument, solvable, type_of


class EvaluationError(ValueError):
    """The inputs do not fit the function: a shape, a missing argument, an index out of range."""


class TooLong(EvaluationError):
    """The evaluation was given up; smaller sizes would help."""


BUDGET = 400_000
"""Nodes that one evaluation may visit (some seconds)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything that a node's value depends on."""

    names: Mapping[str, Any]
    sizes: Mapping[str, int]
    functions: Mapping[str, Function]
    lib: Library
    scope: Scope
    types: dict[int, ArrayType]
    """Types of nodes met so far, by identity: the tree outlives the evaluation."""
    numbers: Mapping[str, int] = field(default_factory=dict)
    still: Place | None = None
    """Where `StopGradient` is evaluated while a derivative is being taken."""
    rng: np.random.Generator | None = None
    left: list[int] = field(default_factory=lambda: [BUDGET])
    """How many nodes may still be evaluated: a bound that does not depend on the machine's speed."""

    def type(self, node: Node) -> ArrayType:
        if id(node) not in self.types:
            self.types[id(node)] = type_of(node, self.scope)
        return self.types[id(node)]

    def bind(self, name: str, value: Any, type: ArrayType) -> Place:
        return replace(self, names={**self.names, name: value}, scope=self.scope.with_name(name, type))

    def within(self, index: Index) -> Place:
        """Inside the binding of an index."""
        return replace(self, scope=self.scope.with_index(index), still=self.still and self.still.within(index))

    def at(self, index: str, number: int) -> Place:
        still = None if self.still is None else self.still.at(index, number)
        return replace(self, numbers={**self.numbers, index: number}, still=still)


def evaluate(
    function: Function,
    arguments: Mapping[str, Any],
    functions: Mapping[str, Function] | None = None,
    lib: Library = FLOAT,
    rng: np.random.Generator | None = None,
    still: Mapping[str, Any] | None = None,
) -> Array:
    """The function's value: leading axes are its free indices, then the own shape of its body.

    `arguments`: arrays, numbers and callables by name; those with a default may be left out. `functions`: all compiled
    functions by id. `still`: arguments at which what `StopGradient` holds is evaluated (default: the same).
    Raises EvaluationError if the arguments do not fit.
    """
    place = _enter(function, arguments, functions or {}, lib, rng)
    if still is not None:
        place = replace(place, still=_enter(function, still, functions or {}, lib, rng))
    return _whole(function, place)


def _enter(
    function: Function,
    arguments: Mapping[str, Any],
    functions: Mapping[str, Function],
    lib: Library,
    rng: np.random.Generator | None,
) -> Place:
    names: dict[str, Any] = {}
    for a in function.arguments:
        given = arguments.get(a.name, a.default)
        if given is None:
            raise EvaluationError(f"{function.name} needs its argument {a.name}")
        names[a.name] = given
        if isinstance(a.type, ArrayType):
            names[a.name] = lib.array(given)
            if names[a.name].ndim != len(a.type.axes):
                raise EvaluationError(f"{a.name} has {names[a.name].ndim} axes, not {len(a.type.axes)}")
    return Place(names, solve_sizes(function, names), functions, lib, scope_of(function, functions), {}, rng=rng)


def solve_sizes(function: Function, values: Mapping[str, Any]) -> dict[str, int]:
    """The named sizes that the arguments tell. Raises EvaluationError where two arguments disagree."""
    sizes: dict[str, int] = {}
    equations: list[tuple[Dim, int, str]] = []
    for a in function.arguments:
        if not isinstance(a.type, ArrayType):
            continue
        if (name := size_argument(a)) is not None:
            sizes[name] = int(values[a.name])
        for axis, size in zip(a.type.axes, np.shape(values[a.name])):
            equations.append((axis.dim, size, a.name))
    while True:
        for dim, size, _ in equations:
            name = solvable(dim, set(sizes))
            if name is not None:
                sizes[name] = _solve(dim, name, size, sizes)
                break
        else:
            break
    for dim, size, argument in equations:
        if all(n in sizes for n in dim.names) and dim(sizes) != size:
            raise EvaluationError(f"an axis of {argument} has {size} elements, and {dim} is {dim(sizes)}")
    return sizes


def _solve(dim: Dim, name: str, size: int, sizes: Mapping[str, int]) -> int:
    rest, factor = Fraction(0), Fraction(1)
    for monomial, coefficient in dim.terms:
        value = coefficient
        for n, power in monomial:
            value *= Fraction(sizes[n]) ** power if n != name else 1
        if any(n == name for n, _ in monomial):
            factor = value
        else:
            rest += value
    out = (size - rest) / factor
    if out.denominator != 1 or out < 0:
        raise EvaluationError(f"no {name} makes {dim} equal to {size}")
    return int(out)


def _numbers(index: Index, place: Place) -> range:
    match index.domain:
        case Over(axis):
            return range(axis.base, axis.base + axis.dim(place.sizes))
        case _:
            return range(_integer(index.domain.lo, place), _integer(index.domain.hi, place) + 1)


def _whole(function: Function, place: Place, lead: tuple[int, ...] = ()) -> Array:
    """The function's array, its first indices fixed to the numbers `lead`."""
    for index, number in zip(function.indices, lead):
        place = place.at(index.name, number)
    return _over(function.indices[len(lead) :], function.body, place)


def _over(indices: tuple[Index, ...], body: Node, place: Place) -> Array:
    if not indices:
        return _value(body, place)
    first, rest = indices[0], indices[1:]
    items = [_over(rest, body, place.at(first.name, n)) for n in _numbers(first, place)]
    return _stack(items, place)


def _stack(items: list[Array], place: Place) -> Array:
    if not items:
        return place.lib.array(np.zeros((0,)))
    return np.stack([np.asarray(i) for i in items])


def _integer(node: Node, place: Place) -> int:
    value = np.asarray(_value(node, place))
    number = int(value)
    if value.ndim or number != value:
        raise EvaluationError(f"{value} where a whole number is needed")
    return number


_MEANINGS: dict[type, Callable[[Any, Place], Array]] = {}


def _value(node: Node, place: Place) -> Array:
    place.left[0] -= 1
    if place.left[0] < 0:
        raise TooLong(f"the slow evaluation takes more than {BUDGET} steps")
    return _MEANINGS[type(node)](node, place)


def _meaning(kind: type) -> Callable[[Callable[[Any, Place], Array]], Callable[[Any, Place], Array]]:
    def keep(meaning: Callable[[Any, Place], Array]) -> Callable[[Any, Place], Array]:
        _MEANINGS[kind] = meaning
        return meaning

    return keep


def _shape(axes: tuple[Axis, ...], place: Place) -> tuple[int, ...]:
    return tuple(a.dim(place.sizes) for a in axes)


# --- leaves and element-wise ------------------------------------------------------------------------------


@_meaning(Const)
def _const(node: Const, place: Place) -> Array:
    return np.asarray(node.value) if isinstance(node.value, int) else place.lib.array(node.value)


@_meaning(Arg)
def _arg(node: Arg, place: Place) -> Array:
    return place.names[node.name]


@_meaning(Size)
def _size(node: Size, place: Place) -> Array:
    return np.asarray(node.dim(place.sizes))


@_meaning(IndexNumber)
def _index_number(node: IndexNumber, place: Place) -> Array:
    return np.asarray(place.numbers[node.index])


@_meaning(Op)
def _op(node: Op, place: Place) -> Array:
    if node.op == "where":
        condition = np.asarray(_value(node.args[0], place))
        if not condition.ndim:  # the other branch need not have a value: x_{t-1} if t > 1, else 0
            return _value(node.args[1 if condition else 2], place)
    args = [_value(a, place) for a in node.args]
    with np.errstate(all="ignore"):
        return np.asarray(meanings.OPERATIONS[node.op](place.lib, *args))


@_meaning(Expand)
def _expand(node: Expand, place: Place) -> Array:
    return np.broadcast_to(_value(node.body, place), _shape(node.axes, place))


@_meaning(Identity)
def _identity(node: Identity, place: Place) -> Array:
    return place.lib.array(np.eye(node.axis.dim(place.sizes)))


@_meaning(Filled)
def _filled(node: Filled, place: Place) -> Array:
    return place.lib.array(np.full(_shape(node.axes, place), float(node.value)))


# --- linear algebra -----------------------------------------------------------------------------------


@_meaning(MatMul)
def _matmul(node: MatMul, place: Place) -> Array:
    left, right = _value(node.left, place), _value(node.right, place)
    if left.shape[-1] != right.shape[0]:
        raise EvaluationError(f"a matrix product of {left.shape} and {right.shape}")
    return np.asarray(np.dot(left, right))


@_meaning(Outer)
def _outer(node: Outer, place: Place) -> Array:
    left, right = _value(node.left, place), _value(node.right, place)
    return np.stack([x * right for x in left])


def _symmetric(f: Callable[[Library, Array], Array]) -> Callable[[Library, Array], Array]:
    def apply(m: Library, a: Array) -> Array:
        if not np.allclose(np.asarray(a, dtype=np.float64), np.asarray(a.T, dtype=np.float64)):
            raise EvaluationError("a symmetric matrix is needed")
        values, vectors = m.eigh(a)
        return vectors @ np.diag(f(m, values)) @ vectors.T

    return apply


def _pinv(m: Library, a: Array) -> Array:
    # Full rank is the only case with a continuous meaning: (A^T A)^-1 A^T, or A^T (A A^T)^-1 for wide matrices.
    return m.inv(a.T @ a) @ a.T if a.shape[0] >= a.shape[1] else a.T @ m.inv(a @ a.T)


def _matrix_power(m: Library, a: Array, k: Array) -> Array:
    out = m.array(np.eye(len(a)))
    for _ in range(abs(int(k))):
        out = out @ a
    return m.inv(out) if k < 0 else out


def _kron(m: Library, a: Array, b: Array) -> Array:
    return np.concatenate([np.concatenate([x * b for x in row], axis=1) for row in a], axis=0)


def _cross(m: Library, a: Array, b: Array) -> Array:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


LINEAR: dict[str, Callable[..., Array]] = {
    "transpose": lambda m, a: a.T,
    "inverse": lambda m, a: m.inv(a),
    "pinv": _pinv,
    "det": lambda m, a: m.det(a),
    "logdet": lambda m, a: m.log(m.abs(m.det(a))),
    "trace": lambda m, a: sum((a[i, i] for i in range(len(a))), m.number(0)),
    "diag": lambda m, a: np.where(np.eye(len(a), dtype=bool), a[None, :], m.number(0)),
    "diagonal": lambda m, a: np.stack([a[i, i] for i in range(len(a))]),
    "kron": _kron,
    "cholesky": lambda m, a: m.cholesky(a),
    "matrix_power": _matrix_power,
    "matrix_exp": lambda m, a: m.expm(a),
    "matrix_sqrt": _symmetric(lambda m, v: m.sqrt(v)),
    "cross": _cross,
    "vec": lambda m, a: a.T.reshape(-1),
    "flatten": lambda m, a: a.reshape(-1),
    "tril": lambda m, a: np.where(np.tri(a.shape[0], a.shape[1]) > 0, a, m.number(0)),
    "triu": lambda m, a: np.where(np.tri(a.shape[0], a.shape[1], k=-1) > 0, m.number(0), a),
    "solve": lambda m, a, b: m.inv(a) @ b,
    "inner": lambda m, a, b: np.sum(a * b),
    "max_eigenvalue": lambda m, a: m.eigh(a)[0].max(),
    "min_eigenvalue": lambda m, a: m.eigh(a)[0].min(),
    "column": lambda m, a: a[:, None],
    "row": lambda m, a: a[None, :],
}


@_meaning(Linear)
def _linear(node: Linear, place: Place) -> Array:
    return np.asarray(LINEAR[node.op](place.lib, *(_value(a, place) for a in node.args)))


@_meaning(Norm)
def _norm(node: Norm, place: Place) -> Array:
    m, body = place.lib, _value(node.body, place)
    size = m.abs(body)
    match node.kind:
        case "2":
            return np.asarray(m.sqrt(np.sum(size * size)))
        case "1":
            return np.asarray(np.sum(size))
        case "0":
            return np.asarray(np.sum(np.asarray(body != 0, dtype=np.int64)))
        case "inf":
            return np.asarray(size.max())
        case "p":
            assert node.p is not None
            p = _value(node.p, place) * m.number(1)
            return np.asarray(m.power(np.sum(m.power(size, p)), 1 / p))
    # The smaller Gram matrix: the other one has zeros whose roots are rounding errors.
    gram = body @ body.T if body.shape[0] <= body.shape[1] else body.T @ body
    values = m.eigh(gram)[0]
    singular = m.sqrt(np.maximum(values, 0))
    return np.asarray(singular.max() if node.kind == "spectral" else singular.sum())


# --- indices and axes ---------------------------------------------------------------------------------


@_meaning(Access)
def _access(node: Access, place: Place) -> Array:
    base = _value(node.base, place)
    axes = place.type(node.base).axes
    key: list[int | slice] = []
    for position, axis, size in zip(node.positions, axes, base.shape):
        match position:
            case Pick(number):
                stored = place.type(number).sort == "stored"
                where = _integer(number, place) - (0 if stored else axis.base)
                if not 0 <= where < size:
                    raise EvaluationError(f"position {where} of {size}")
                key.append(where)
            case Slice(lo, hi):
                start = 0 if lo is None else _integer(lo, place) - axis.base
                stop = size if hi is None else _integer(hi, place) - axis.base + 1
                if start < 0 or stop > size:
                    raise EvaluationError(f"the slice {start}:{stop} of {size}")
                key.append(slice(start, max(start, stop)))
            case _:
                key.append(slice(None))
    return np.asarray(base[tuple(key)])


def _terms(index: Index, place: Place, body: Node, where: Node | None = None) -> Iterator[tuple[int, Array]]:
    """The body's values over an index, with the index's number."""
    numbers = _numbers(index, place)
    place = place.within(index)
    for number in numbers:
        here = place.at(index.name, number)
        if where is None or bool(_value(where, here)):
            yield number, _value(body, here)


def _zero(index: Index) -> int:
    """The number that a zero-based position 0 stands for."""
    if isinstance(index.domain, Over):
        return index.domain.axis.base
    return 0 if index.domain.lo == Const(0) else 1


@_meaning(Reduce)
def _reduce(node: Reduce, place: Place) -> Array:
    terms = list(_terms(node.index, place, node.body, node.where))
    if not terms:
        shape = _shape(place.type(node).axes, place)
        empty = {"prod": 1.0, "max": -np.inf, "logsumexp": -np.inf, "min": np.inf, "mean": np.nan, "all": True}
        return place.lib.array(np.full(shape, empty.get(node.op, False if node.op == "any" else 0)))
    values = np.stack([np.asarray(v) for _, v in terms])
    if node.op in ("argmax", "argmin"):
        best = _reduced(node.op, values, place.lib)
        numbers = np.asarray([n - _zero(node.index) for n, _ in terms])
        return numbers[np.asarray(best, dtype=int)]
    return _reduced(node.op, values, place.lib)


def _reduced(op: str, x: Array, m: Library) -> Array:
    """A reduction over the first axis, element after element."""
    n = len(x)
    with np.errstate(all="ignore"):
        match op:
            case "sum" | "mean":
                total = np.add.reduce(x, axis=0, dtype=None if x.dtype == object else np.result_type(x, np.int64))
                return np.asarray(total if op == "sum" else total / m.number(n))
            case "prod":
                return np.asarray(np.multiply.reduce(x, axis=0))
            case "max":
                return np.asarray(np.maximum.reduce(x, axis=0))
            case "min":
                return np.asarray(np.minimum.reduce(x, axis=0))
            case "any":
                return np.any(np.asarray(x, dtype=bool), axis=0)
            case "all":
                return np.all(np.asarray(x, dtype=bool), axis=0)
            case "argmax":
                return np.asarray(np.argmax(x, axis=0))
            case "argmin":
                return np.asarray(np.argmin(x, axis=0))
            case "logsumexp":
                return np.asarray(m.log(np.add.reduce(m.exp(x), axis=0)))
        mean = np.add.reduce(x, axis=0) / m.number(n)
        squares = np.add.reduce((x - mean) * (x - mean), axis=0)
        variance = squares / m.number(n - 1 if op.endswith("unbiased") else n)
        return np.asarray(m.sqrt(variance) if op.startswith("std") else variance)


@_meaning(ReduceAxes)
def _reduce_axes(node: ReduceAxes, place: Place) -> Array:
    x = _value(node.body, place)
    rest = [k for k in range(x.ndim) if k not in node.axes]
    flat = np.transpose(x, (*node.axes, *rest)).reshape((-1, *(x.shape[k] for k in rest)))
    out = _reduced(node.op, flat, place.lib)
    return out.reshape([1 if k in node.axes else size for k, size in enumerate(x.shape)]) if node.keep else out


def _softmax(m: Library, x: Array) -> Array:
    e = m.exp(x)
    return e / np.sum(e)


def _along_one(op: str, m: Library, x: Array) -> Array:
    match op:
        case "softmax":
            return _softmax(m, x)
        case "log_softmax":
            return m.log(_softmax(m, x))
        case "cumsum":
            return np.stack([np.sum(x[: k + 1]) for k in range(len(x))])
        case "cumprod":
            return np.stack([np.prod(x[: k + 1]) for k in range(len(x))])
        case "normalize":
            return x / m.sqrt(np.sum(x * x))
        case "sort":
            return np.sort(x)
        case "sort_descending":
            return np.sort(x)[::-1]
    return x[::-1]


ALONG = ("softmax", "log_softmax", "cumsum", "cumprod", "normalize", "sort", "sort_descending", "flip")


@_meaning(Along)
def _along(node: Along, place: Place) -> Array:
    x = np.moveaxis(_value(node.body, place), node.axis, -1)
    flat = x.reshape(-1, x.shape[-1])
    with np.errstate(all="ignore"):
        out = np.stack([_along_one(node.op, place.lib, row) for row in flat])
    return np.moveaxis(out.reshape(x.shape), -1, node.axis)


@_meaning(Build)
def _build(node: Build, place: Place) -> Array:
    items = [v for _, v in _terms(node.index, place, node.body)]
    return np.stack(items) if items else place.lib.array(np.zeros(_shape(place.type(node).axes, place)))


@_meaning(Join)
def _join(node: Join, place: Place) -> Array:
    items = [_value(i, place) for i in node.items]
    return np.stack(items) if node.kind == "stack" else np.concatenate(items, axis=node.axis)


@_meaning(ConcatOver)
def _concat_over(node: ConcatOver, place: Place) -> Array:
    return np.concatenate([v for _, v in _terms(node.index, place, node.body)], axis=node.axis)


@_meaning(Block)
def _block(node: Block, place: Place) -> Array:
    def cell(node: Node) -> Array:
        value = np.asarray(_value(node, place))
        return value.reshape((*value.shape, 1, 1)[:2])

    return np.concatenate([np.concatenate([cell(c) for c in row], axis=1) for row in node.rows], axis=0)


# --- functions ----------------------------------------------------------------------------------------


@_meaning(Call)
def _call(node: Call, place: Place) -> Array:
    args = [np.asarray(_value(a, place)) for a in node.args]
    args = [place.lib.array(a.astype(np.float64)) if a.dtype.kind in "iub" else a for a in args]
    return np.asarray(place.lib.array(place.names[node.function](*(a if a.ndim else a[()] for a in args))))


@_meaning(CallCompiled)
def _call_compiled(node: CallCompiled, place: Place) -> Array:
    callee = place.functions[node.function]
    arguments = {
        name: place.names[value.name] if isinstance(value, Arg) else _value(value, place) for name, value in node.args
    }
    inner = replace(_enter(callee, arguments, place.functions, place.lib, place.rng), left=place.left)
    if place.still is not None:
        frozen = {
            n: _value(v, place.still) if not isinstance(v, Arg) else place.still.names[v.name] for n, v in node.args
        }
        inner = replace(inner, still=_enter(callee, frozen, place.functions, place.lib, place.rng))
    lead = []
    for number, index in zip(node.lead, callee.indices):
        stored = place.type(number).sort == "stored"
        lead.append(_integer(number, place) + (_zero(index) if stored else 0))
    return _whole(callee, inner, tuple(lead))


@_meaning(Let)
def _let(node: Let, place: Place) -> Array:
    inner = place.bind(node.name, _value(node.value, place), place.type(node.value))
    if place.still is not None:
        still = place.still.bind(node.name, _value(node.value, place.still), place.type(node.value))
        inner = replace(inner, still=still)
    return _value(node.body, inner)


@_meaning(StopGradient)
def _stop(node: StopGradient, place: Place) -> Array:
    return _value(node.body, place.still or place)


_STENCIL = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
"""Eighth-order central differences; at h = 0.005 they leave about twelve digits of a smooth function."""


def derivative(f: Callable[[Array], Array], at: Array, lib: Library) -> Array:
    """The Jacobian of f by central differences: own shape of f's value, then that of `at`."""
    at = np.asarray(lib.array(at.astype(np.float64)) if at.dtype.kind in "iub" else at)
    columns = []
    for k in range(at.size):

        def shifted(step: Any, k: int = k) -> Array:
            flat = at.reshape(-1).copy()
            flat[k] = flat[k] + step
            return f(flat.reshape(at.shape))

        if lib.digits is None:
            h = 0.005
            slope = sum(c * (shifted(n * h) - shifted(-n * h)) for n, c in _STENCIL) / h
        else:  # at high precision a tiny step needs no stencil
            h = lib.number(10.0) ** (-lib.digits // 4)
            slope = (shifted(h) - shifted(-h)) / (2 * h)
        columns.append(np.asarray(slope))
    return np.stack(columns, axis=-1).reshape((*columns[0].shape, *at.shape))


@_meaning(Gradient)
def _gradient(node: Gradient, place: Place) -> Array:
    at = np.asarray(place.names[node.wrt] if node.at is None else _value(node.at, place))
    point = replace(place, names={**place.names, node.wrt: at})
    base = replace(point, still=place.still or point)

    def f(x: Array) -> Array:
        return _value(node.body, replace(base, names={**base.names, node.wrt: x}))

    lib = place.lib
    if node.kind in ("gradient", "jacobian"):
        return derivative(f, at, lib)
    if node.kind == "divergence":
        return np.asarray(np.trace(derivative(f, at, lib).reshape(at.size, at.size)))
    hessian = derivative(lambda x: derivative(f, x, lib), at, lib)
    return hessian if node.kind == "hessian" else np.asarray(np.trace(hessian.reshape(at.size, at.size)))


@_meaning(LogDensity)
def _log_density(node: LogDensity, place: Place) -> Array:
    parameters = {n: _value(v, place) for n, v in node.parameters}
    with np.errstate(all="ignore"):
        return np.asarray(meanings.DENSITIES[node.family](place.lib, _value(node.value, place), parameters))


@_meaning(Sample)
def _sample(node: Sample, place: Place) -> Array:
    raise EvaluationError("a draw has no one value: its distribution is what is tested")


MEANINGS: Mapping[type, Callable[[Any, Place], Array]] = _MEANINGS
"""The reference meaning of every node."""
