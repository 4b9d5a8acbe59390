"""Random inputs for a function over its declared domains, at sizes of pairwise distinct primes.

Everything is a plain value (arrays, numbers) or a `Callable_`, whose formula is written down here once and once more in
the sandboxed runner, so that both executions call the same function without exchanging code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .dims import Dim
from .evaluate import EvaluationError
from .node import (
    Access,
    Arg,
    Argument,
    ArrayType,
    Axis,
    CallCompiled,
    Function,
    FunctionType,
    HoleType,
    IndexNumber,
    LogDensity,
    Node,
    Op,
    Pick,
    Range,
    Sample,
    Slice,
)
from .shapes import (
    IllegalIR,
    Scope,
    bound_index,
    call_axes,
    call_dims,
    domain_axis,
    is_size,
    parts,
    scope_of,
    size_argument,
    size_names,
    type_of,
    walk,
)
from .stubs import stub_of

PRIMES = (
    (3, 5, 7, 2, 11, 13, 17, 19), (5, 3, 2, 7, 13, 11, 19, 17), (2, 7, 3, 5, 17, 19, 11, 13),
    (2, 3, 5, 7, 11, 13, 17, 19), (7, 5, 3, 2, 13, 11, 17, 19),
)  # fmt: skip
"""The sizes of the names of a function, in order of appearance; one tuple a round."""

LARGEST = 240
"""No axis of a test input is longer."""

_MEANS = {
    "": "real", "reals": "real", "nonnegative": "positive", "non-negative": "positive", "[0,1]": "unit", "(0,1)": "unit",
    "probability": "unit", "probabilities": "unit", "density": "positive", "natural": "positive integer",
    "positive definite": "spd", "positive-definite": "spd", "psd": "spd", "{0,1}": "binary", "label": "stored",
    "distribution": "simplex", "[-1,1]": "unit",
}  # fmt: skip
"""Words of declared domains, as the domains of `legal.DOMAINS`."""


@dataclass(frozen=True, slots=True)
class SyntheticCallable:
    """A smooth function by formula. Its value at index r of the result is

        q = sin(seed + r) + Σ_k Σ_j cos(seed + 0.7 j + 1.1 k + 0.5 r) u_kj / √n_k + Σ_k Σ_j sin(seed + j + 1.3 r) u_kj² / (4 n_k)

    over the arguments u_k, flattened. `kind` maps it: "real" q; "positive" 0.2 + q²/(1 + q²); "unit" 0.05 + 0.9 q²/(1 + q²);
    "boolean" q > 0. `result`: a size, or (argument, axis) where the result's axis is as long as an argument's.
    """

    seed: float
    result: tuple[int | tuple[int, int], ...] = ()
    kind: str = "real"

    def __call__(self, *args: Any) -> Any:
        us = [np.asarray(a) for a in args]
        shape = tuple(r if isinstance(r, int) else us[r[0]].shape[r[1]] for r in self.result)
        flat = []
        for r in range(math.prod(shape)):
            q: Any = math.sin(self.seed + r)
            for k, u in enumerate(us):
                for j, v in enumerate(u.reshape(-1)):
                    q = q + math.cos(self.seed + 0.7 * j + 1.1 * k + 0.5 * r) / math.sqrt(u.size) * v
                    q = q + math.sin(self.seed + j + 1.3 * r) / (4 * u.size) * v * v
            flat.append(_mapped(q, self.kind))
        return np.array(flat).reshape(shape) if shape else flat[0]

    def spec(self) -> dict[str, Any]:
        """As JSON, for the other side."""
        return {
            "seed": self.seed,
            "result": [r if isinstance(r, int) else list(r) for r in self.result],
            "kind": self.kind,
        }


def _mapped(q: Any, kind: str) -> Any:
    match kind:
        case "positive":
            return 0.2 + q * q / (1 + q * q)
        case "unit":
            return 0.05 + 0.9 * (q * q / (1 + q * q))
        case "boolean":
            return q > 0
    return q


Value: TypeAlias = Any
"""An array, a number, or a SyntheticCallable."""


# --- sizes ----------------------------------------------------------------------------------------------


def sizes_for(function: Function, functions: Mapping[str, Function], round: int = 0) -> dict[str, int]:
    """Distinct primes for the sizes of a function, made divisible where a size is a quotient."""
    names = size_names(function)
    primes = PRIMES[round % len(PRIMES)]
    sizes = {n: primes[k % len(primes)] for k, n in enumerate(names)}
    dims = list(_all_dims(function))
    for dim in dims:  # d / h: d becomes a multiple of h
        for monomial, _ in dim.terms:
            below = [n for n, p in monomial if p < 0]
            above = [n for n, p in monomial if p > 0]
            for low in below:
                if above and sizes[above[0]] % sizes[low]:
                    sizes[above[0]] *= sizes[low]
    for _ in range(6):
        wrong = [d for d in dims if not _whole(d, sizes)]
        if not wrong or max(sizes.values(), default=0) > LARGEST:
            break
        for dim in wrong:
            divisor = max((c.denominator for _, c in dim.terms), default=1)
            if divisor > 1 and dim.names and sizes[dim.names[0]] % divisor:  # 8/3 d: d becomes a multiple of 3
                sizes[dim.names[0]] *= divisor
        for dim in wrong:  # a fraction with a number below (d / 2), or T - 3 at T = 2
            for name in dim.names:
                if not _whole(dim, sizes):
                    sizes[name] = sizes[name] * 2 if _fraction(dim, sizes) else sizes[name] + 4
    if max((dim(sizes) for dim in dims if _whole(dim, sizes)), default=0) > LARGEST:
        raise EvaluationError("the sizes that fit the formula are too large to try")
    return sizes


def _fraction(dim: Dim, sizes: Mapping[str, int]) -> bool:
    try:
        dim(sizes)
    except ValueError:
        return True
    return False


def _whole(dim: Dim, sizes: Mapping[str, int]) -> bool:
    try:
        return dim(sizes) >= 1
    except ValueError:
        return False


def _all_dims(function: Function) -> Iterator[Dim]:
    for a in function.arguments:
        if isinstance(a.type, ArrayType):
            yield from a.type.dims
    yield from (d for d in function.result.dims if all(map(is_size, d.names)))
    indices = [*function.indices, *(i for n in walk(function.body) if (i := bound_index(n)) is not None)]
    for index in indices:
        dim = domain_axis(index).dim
        if all(map(is_size, dim.names)):
            yield dim


# --- what an argument must be ----------------------------------------------------------------------------


def positions_of(function: Function, functions: Mapping[str, Function]) -> dict[str, Axis]:
    """The axis that each label or integer argument counts along: that of the array which it picks from."""
    found: dict[str, Axis] = {}
    _positions(function, functions, found, 0)
    return found


def _positions(function: Function, functions: Mapping[str, Function], found: dict[str, Axis], depth: int) -> None:
    def visit(node: Node, scope: Scope) -> None:
        if isinstance(node, Access):
            try:
                axes = type_of(node.base, scope).axes
            except IllegalIR:
                axes = ()
            for position, axis in zip(node.positions, axes):
                if isinstance(position, Pick) and (name := _named(position.number)):
                    found.setdefault(name, axis)
                if isinstance(position, Slice):
                    for end in (position.lo, position.hi):  # short of the end: what is left is not empty either
                        if end is not None and (name := _named(end)):
                            found.setdefault(name, Axis(axis.dim - Dim.constant(1), axis.base))
        if isinstance(node, Op) and node.op in ("eq", "ne", "lt", "le", "gt", "ge"):
            for one, other in (node.args, node.args[::-1]):
                index = other.index if isinstance(other, IndexNumber) else ""
                if (name := _named(one)) and index in scope.indices:
                    axis = domain_axis(scope.indices[index])
                    if all(map(is_size, axis.dim.names)):
                        found.setdefault(name, axis)
        if isinstance(node, LogDensity) and node.family == "categorical" and (name := _named(node.value)):
            found.setdefault(name, type_of(node.parameters[0][1], scope).axes[0])
        if isinstance(node, CallCompiled) and node.function in functions and depth < 8:
            try:
                axes, dims = call_axes(node, scope), call_dims(node, scope)
            except IllegalIR:
                axes, dims = (), {}
            for number, axis in zip(node.lead, axes):
                if name := _named(number):
                    found.setdefault(name, axis)
            inner: dict[str, Axis] = {}
            _positions(functions[node.function], functions, inner, depth + 1)
            for formal, value in node.args:
                if formal in inner and (name := _named(value)):
                    found.setdefault(name, Axis(inner[formal].dim.replace(dims), inner[formal].base))
        index_ = bound_index(node)
        if index_ is not None:
            if isinstance(index_.domain, Range):
                for bound in (index_.domain.lo, index_.domain.hi):
                    visit(bound, scope)
            scope = scope.with_index(index_)
        from .node import Let

        if isinstance(node, Let):
            visit(node.value, scope)
            visit(node.body, scope.with_name(node.name, type_of(node.value, scope)))
            return
        for part in parts(node):
            visit(part, scope)

    visit(function.body, scope_of(function, functions))


def _named(node: Node) -> str | None:
    """The argument behind a position: `y`, `y_i`, the number of a label."""
    match node:
        case Arg(name):
            return name
        case Access(base, _):
            return _named(base)
        case Op("stored" | "number", (body,)):
            return _named(body)
        case Op("add" | "sub", (a, b)):
            return _named(a) or _named(b)
    return None


def covariances(function: Function, functions: Mapping[str, Function], depth: int = 8) -> tuple[str, ...]:
    """The arguments that a density takes for a covariance, here or in a function that is called: symmetric and positive."""
    found: dict[str, None] = {}
    for node in walk(function.body):
        if isinstance(node, LogDensity | Sample):
            for what, value in node.parameters:
                if what == "covariance" and (name := _named(value)):
                    found[name] = None
        if isinstance(node, CallCompiled) and node.function in functions and depth:
            inner = covariances(functions[node.function], functions, depth - 1)
            found.update({name: None for formal, value in node.args if formal in inner and (name := _named(value))})
    names = {a.name for a in function.arguments}
    return tuple(n for n in found if n in names)


def domain_of(argument: Argument) -> str:
    """The domain that an argument declares, "" where it declares none."""
    from .legal import DOMAINS

    word = argument.domain.strip().lower()
    word = _MEANS.get(word.replace(" ", ""), _MEANS.get(word, word)) if word else ""
    return word if word in DOMAINS else ""


# --- drawing -----------------------------------------------------------------------------------------------


def draw(
    function: Function,
    functions: Mapping[str, Function],
    round: int = 0,
    seed: int = 0,
    otherwise: str | Mapping[str, str] = "real",
    keep_defaults: bool = False,
    sizes: Mapping[str, int] | None = None,
    edges: bool = False,
) -> dict[str, Value]:
    """Values for all arguments.

    `otherwise` is the domain of real arguments that declare none (or one for each name); `sizes` those of the round, unless
    they are given; `edges`: few different and round values (0, ±1, ±1/2 …), so that ties and borders of conditions occur.
    """
    rng = np.random.default_rng([seed, round, *function.id.encode()])
    sizes = sizes_for(function, functions, round) if sizes is None else sizes
    along = positions_of(function, functions)
    values: dict[str, Value] = {}
    for n, argument in enumerate(function.arguments):
        if isinstance(argument.type, HoleType):
            values[argument.name] = stub_of(argument.type, dict(sizes), 0.37 + n + 0.1 * seed)
            continue
        if isinstance(argument.type, FunctionType):
            continue
        if (size := size_argument(argument)) is not None and size in sizes:
            values[argument.name] = sizes[size]
            continue
        if argument.default is not None:
            if not keep_defaults:
                whole = argument.type.sort in ("integer", "stored")
                values[argument.name] = _near(int(argument.default) if whole else argument.default, rng)
            continue
        fallback = otherwise if isinstance(otherwise, str) else otherwise.get(argument.name, "real")
        value = _array(argument, argument.type, sizes, along, fallback, rng)
        if edges and argument.type.sort == "real" and (domain_of(argument) or fallback) in _EDGES:
            few = _EDGES[domain_of(argument) or fallback]
            value = rng.choice(few, size=np.shape(value)) if np.ndim(value) else float(rng.choice(few))
        values[argument.name] = value
    # The size of what a network gives may count with a whole number: `D - d` behind a split at d.
    told = {**sizes, **{f"@{name}": v for name, v in values.items() if isinstance(v, int) and not isinstance(v, bool)}}
    for n, argument in enumerate(function.arguments):
        if isinstance(argument.type, FunctionType) and not isinstance(argument.type, HoleType):
            fallback = otherwise if isinstance(otherwise, str) else otherwise.get(argument.name, "real")
            domain = domain_of(argument) or fallback
            values[argument.name] = _callable(argument.type, domain, told, 0.37 + n + 0.1 * seed)
    return {a.name: values[a.name] for a in function.arguments if a.name in values}


_EDGES = {"real": (0.0, 1.0, -1.0, 0.5, -0.5, 2.0), "positive": (0.5, 1.0, 2.0), "unit": (0.25, 0.5, 0.75)}


def _near(default: float | int, rng: np.random.Generator) -> float | int:
    """Another value of a hyper-parameter: of the same sign, size and side of one."""
    if isinstance(default, int):
        return default + int(rng.integers(0, 2)) if default > 0 else default
    if default == 0:  # a term switched off: switched on
        return float(rng.uniform(0.1, 0.5))
    if 0 < default < 1:
        return (
            float(default + (1 - default) * rng.uniform(0.1, 0.4))
            if default > 0.5
            else float(default * rng.uniform(1.1, 1.6))
        )
    return float(default * rng.uniform(0.6, 1.4))


def _callable(kind: FunctionType, domain: str, sizes: Mapping[str, int], seed: float) -> SyntheticCallable:
    where = {a.dim: (k, x) for k, t in reversed(list(enumerate(kind.arguments))) for x, a in enumerate(t.axes)}
    result: list[int | tuple[int, int]] = []
    for axis in kind.result.axes:
        known = all(n in sizes for n in axis.dim.names)
        result.append(where[axis.dim] if axis.dim in where else axis.dim(sizes) if known else 3)
    word = "boolean" if kind.result.sort == "boolean" else domain if domain in ("positive", "unit") else "real"
    return SyntheticCallable(seed, tuple(result), word)


def _array(
    argument: Argument,
    kind: ArrayType,
    sizes: Mapping[str, int],
    along: Mapping[str, Axis],
    otherwise: str,
    rng: np.random.Generator,
) -> Value:
    shape = tuple(d(sizes) if all(n in sizes for n in d.names) else 3 for d in kind.dims)
    domain = domain_of(argument)
    axis = along.get(argument.name)
    if kind.sort == "object":
        return rng.normal(size=2)  # something that can be handed on, and run over
    if kind.sort == "stored":
        limit = axis.dim(sizes) if axis is not None and _known(axis, sizes) else 2
        return rng.integers(0, limit, size=shape) if shape else int(rng.integers(0, limit))
    if kind.sort == "integer" and axis is not None and _known(axis, sizes):
        low = axis.base
        return (
            rng.integers(low, low + axis.dim(sizes), size=shape)
            if shape
            else int(rng.integers(low, low + axis.dim(sizes)))
        )
    if kind.sort == "boolean" or domain == "boolean":
        flags = rng.uniform(size=shape) < 0.6
        return flags if shape else bool(flags)
    if kind.sort == "integer" and domain not in (
        "binary",
        "integer",
        "positive integer",
        "small integer",
        "large integer",
        "counts",
    ):
        domain = "positive integer"
    value = sample(domain or otherwise, shape, rng)
    if not shape:
        return int(value) if kind.sort == "integer" else float(value)
    return value if kind.sort == "integer" else np.asarray(value, dtype=np.float64)


def _known(axis: Axis, sizes: Mapping[str, int]) -> bool:
    return all(n in sizes for n in axis.dim.names)


def sample(domain: str, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """An array of a domain of `legal.DOMAINS`."""
    match domain:
        case "positive":
            return rng.uniform(0.3, 2.2, size=shape)
        case "negative":
            return -rng.uniform(0.3, 2.2, size=shape)
        case "unit":
            return rng.uniform(0.08, 0.92, size=shape)
        case "above one":
            return rng.uniform(1.1, 3.0, size=shape)
        case "boolean" | "mask":
            return rng.uniform(size=shape) < 0.6
        case "binary":
            return rng.integers(0, 2, size=shape)
        case "integer":
            return rng.integers(-3, 6, size=shape)
        case "positive integer":
            return rng.integers(1, 7, size=shape)
        case "small integer":
            return rng.integers(1, 4, size=shape)
        case "large integer":
            return rng.integers(8, 12, size=shape)
        case "stored":
            return rng.integers(0, 2, size=shape)
        case "counts":
            return rng.integers(0, 3, size=shape)
        case "simplex":
            weights = rng.uniform(0.2, 1.0, size=shape)
            return weights / weights.sum(axis=-1, keepdims=True) if shape else rng.uniform(0.08, 0.92)
        case "unit vector":
            vector = rng.normal(size=shape)
            return vector / np.sqrt((vector * vector).sum(axis=-1, keepdims=True))
        case "spd" if len(shape) >= 2 and shape[-1] == shape[-2]:
            a = rng.normal(size=shape)
            return a @ np.swapaxes(a, -1, -2) / shape[-1] + np.eye(shape[-1])
        case "spd" if len(shape) < 2:
            return rng.uniform(0.3, 2.2, size=shape)
        case "orthogonal" if len(shape) >= 2:
            return np.linalg.qr(rng.normal(size=shape))[0]
    return rng.normal(size=shape)
