"""`tests/test_equations.py` of a package: one test for each equation, with the formula as plain loops for the oracle.

The emitted file needs torch, numpy and pytest, and nothing of paperc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..ir.inputs import domain_of, positions_of, sizes_for
from ..ir.node import (
    Along,
    Argument,
    ArrayType,
    Axis,
    CallCompiled,
    Function,
    FunctionType,
    Gradient,
    Node,
    StopGradient,
)
from ..ir.shapes import size_argument, size_names, walk
from .equations import Context, formatted, in_order
from .loops import NoSlowForm, slow_function
from .names import identifier

Domains = Mapping[str, Mapping[str, str]]
"""Function id → argument → the domain on which the formula was found to be finite, where the paper declares none."""

_DRAWS = {
    "real": "rng.normal(size={shape})",
    "positive": "rng.uniform(0.3, 2.2, size={shape})",
    "negative": "-rng.uniform(0.3, 2.2, size={shape})",
    "unit": "rng.uniform(0.08, 0.92, size={shape})",
    "above one": "rng.uniform(1.1, 3.0, size={shape})",
    "boolean": "rng.uniform(size={shape}) < 0.6",
    "mask": "rng.uniform(size={shape}) < 0.6",
    "binary": "1.0 * rng.integers(0, 2, size={shape})",
    "integer": "rng.integers(-3, 6, size={shape})",
    "positive integer": "rng.integers(1, 7, size={shape})",
    "small integer": "rng.integers(1, 4, size={shape})",
    "large integer": "rng.integers(8, 12, size={shape})",
    "counts": "1.0 * rng.integers(0, 3, size={shape})",
    "simplex": "rng.dirichlet(np.full({last}, 5.0), size={lead})",
    "spd": "positive_definite(rng, {shape})",
    "unit vector": "unit(rng.normal(size={shape}))",
}

_HEAD = '''
def tensors(given):
    """Arrays as double-precision tensors; numbers and functions as they are."""
    return {n: torch.tensor(v) if isinstance(v, np.ndarray) else v for n, v in given.items()}


def arrays(given):
    """Functions as functions of arrays, for the slow form."""
    return {n: (lambda *xs, f=v: f(*(torch.as_tensor(np.asarray(x, dtype=float)) for x in xs)).numpy()) if callable(v) else v
            for n, v in given.items()}


def close(got, expected, tolerance=1e-9):
    np.testing.assert_allclose(np.asarray(torch.as_tensor(got).detach(), dtype=float), np.asarray(expected, dtype=float), rtol=tolerance, atol=tolerance * 1e-3)
'''
_SMOOTH = '''
def smooth(seed, shape=(), kind="real"):
    """A smooth function of any arguments, fixed by its seed."""

    def f(*xs):
        size = tuple(n if isinstance(n, int) else xs[n[0]].shape[n[1]] for n in shape)
        out = []
        for r in range(math.prod(size)):
            q = math.sin(seed + r) + sum(
                (torch.cos(seed + 0.7 * torch.arange(x.numel()) + k + 0.5 * r) * x.reshape(-1) + 0.1 * x.reshape(-1) ** 2).sum()
                for k, x in enumerate(xs)
            )
            out.append(torch.as_tensor({"positive": 0.2 + q**2 / (1 + q**2), "unit": 0.05 + 0.9 * q**2 / (1 + q**2)}.get(kind, q)))
        return torch.stack(out).reshape(size) if size else out[0]

    return f
'''
_HELPERS = {
    "erf": "erf = np.vectorize(math.erf, otypes=[float])",
    "lgamma": "lgamma = np.vectorize(math.lgamma, otypes=[float])",
    "positive_definite": '''
def positive_definite(rng, shape):
    a = rng.normal(size=shape)
    return a @ np.swapaxes(a, -1, -2) / shape[-1] + np.eye(shape[-1])''',
    "unit": '''
def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)''',
    "derivative": '''
def derivative(f, x, h=0.005):
    """Central differences of order eight."""
    x, out = np.asarray(x, dtype=float), []
    for k in range(x.size):
        e = np.zeros(x.size)
        e[k] = h
        e = e.reshape(x.shape)
        stencil = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
        out.append(sum(c * (np.asarray(f(x + n * e)) - np.asarray(f(x - n * e))) for n, c in stencil) / h)
    return np.stack(out, axis=-1).reshape((*np.shape(out[0]), *x.shape))''',
}  # fmt: skip


def emit_equation_tests(
    functions: Sequence[Function], package: str, context: Context | None = None, domains: Domains | None = None
) -> str:
    """The test module for the functions that were emitted. Those without a slow form in numpy are tested for shapes only."""
    context = context or Context()
    by_id = {f.id: f for f in functions}
    slow: dict[str, str] = {}
    for f in in_order(functions):
        try:
            if any(isinstance(n, CallCompiled) and n.function not in slow for n in walk(f.body)):
                continue
            slow[f.id] = slow_function(f, by_id)
        except NoSlowForm:
            continue
    parts = [_one(f, by_id, slow, context, (domains or {}).get(f.id, {})) for f in in_order(functions)]
    body = "\n\n\n".join(parts)
    helpers = [text for name, text in _HELPERS.items() if re.search(rf"\b{name}\(", body)]
    if "smooth(" in body:
        helpers.append(_SMOOTH)
    head = [
        f'"""Every equation against the formula as plain loops{f": {context.title}" if context.title else ""}."""',
        "import math\n\nimport numpy as np\nimport pytest\nimport torch\n",
        f"from {package} import equations",
        _HEAD,
        *helpers,
    ]
    return formatted("\n\n".join(head) + "\n\n\n" + body + "\n")


def _one(
    f: Function,
    functions: Mapping[str, Function],
    slow: Mapping[str, str],
    context: Context,
    domains: Mapping[str, str],
) -> str:
    names = [identifier(n) if n[0] != "?" else f"n_{n[1:]}" for n in size_names(f)]
    rounds = [sizes_for(f, functions, r) for r in (0, 1)]
    sizes = [{name: r[n] for name, n in zip(names, size_names(f))} for r in rounds]
    cite = context.origin(f).cite or f.id
    lines = [f"# {cite}", ""]
    if f.id in slow:
        lines += [slow[f.id], ""]
    lines += [_inputs(f, functions, names, domains), ""]
    tolerance = ", 1e-6" if any(isinstance(n, Gradient) for n in _reached(f, functions)) else ""
    check = (
        f"close(equations.{f.name}(**tensors(given)), {f.name}_slow(**arrays(given)){tolerance})"
        if f.id in slow
        else f"assert torch.isfinite(torch.as_tensor(equations.{f.name}(**tensors(given)))).all()"
    )
    what = "equals the formula" if f.id in slow else "has a finite value"
    lines += [
        f'@pytest.mark.parametrize("sizes", {sizes!r})',
        f"def test_{f.name}(sizes):",
        f'    """{cite}: {what}."""',
        f"    given = inputs_{f.name}(**sizes)",
        f"    {check}",
    ]
    if isinstance(f.body, Along) and f.body.op == "softmax":
        lines += [
            "", "", f"def test_{f.name}_sums_to_one():",
            f"    value = equations.{f.name}(**tensors(inputs_{f.name}(**{sizes[0]!r})))",
            f"    close(value.sum({f.body.axis - len(f.result.axes)}), torch.ones(()).expand(value.sum({f.body.axis - len(f.result.axes)}).shape))",
        ]  # fmt: skip
    if (wanted := _differentiable(f, functions)) is not None:
        lines += [
            "", "", f"def test_{f.name}_gradient():",
            f"    given = tensors(inputs_{f.name}(**{sizes[0]!r}))",
            f"    names = {wanted!r}",
            "    points = [torch.as_tensor(given[n], dtype=torch.float64).requires_grad_() for n in names]",
            f"    assert torch.autograd.gradcheck(lambda *xs: equations.{f.name}(**{{**given, **dict(zip(names, xs))}}), points)",
        ]  # fmt: skip
    return "\n".join(lines)


def _reached(f: Function, functions: Mapping[str, Function], depth: int = 8) -> list[Node]:
    out: list[Node] = []
    for node in walk(f.body):
        out.append(node)
        if isinstance(node, CallCompiled) and node.function in functions and depth:
            out += _reached(functions[node.function], functions, depth - 1)
    return out


def _differentiable(f: Function, functions: Mapping[str, Function]) -> list[str] | None:
    """The arguments for gradcheck; None where differences are no test (a stopped gradient, a jump) or too many."""
    nodes = _reached(f, functions)
    if any(isinstance(n, (StopGradient, Gradient)) for n in nodes):
        return None
    if any(
        getattr(n, "op", "") in ("floor", "ceil", "round", "sign", "mod", "argmax", "argmin", "heaviside")
        for n in nodes
    ):
        return None
    used = {n.name for n in walk(f.body) if hasattr(n, "name")}
    names = [
        a.name
        for a in f.arguments
        if isinstance(a.type, ArrayType) and a.type.sort == "real" and a.default is None and a.name in used
        and "integer" not in domain_of(a) and domain_of(a) not in ("binary", "counts")
    ]  # fmt: skip
    return names if names and f.result.sort == "real" else None


def _inputs(f: Function, functions: Mapping[str, Function], names: Sequence[str], domains: Mapping[str, str]) -> str:
    along = positions_of(f, functions)
    entries = []
    for n, a in enumerate(f.arguments):
        if a.default is not None:
            continue
        entries.append(f"{a.name}={_draw(a, n, along.get(a.name), domains.get(a.name, 'real'))}")
    random = "    rng = np.random.default_rng(seed)\n" if any("rng" in e for e in entries) else ""
    parameters = ", ".join([*names, "seed=0"])
    return f"def inputs_{f.name}({parameters}):\n{random}    return dict({', '.join(entries)})"


def _draw(a: Argument, n: int, axis: Axis | None, otherwise: str) -> str:
    domain = domain_of(a)
    if isinstance(a.type, FunctionType):
        where = {x.dim: (k, p) for k, t in reversed(list(enumerate(a.type.arguments))) for p, x in enumerate(t.axes)}
        places = [str(where[x.dim]) if x.dim in where else _size(x) for x in a.type.result.axes]
        kind = domain or otherwise
        kind = kind if kind in ("positive", "unit") else "real"
        return f"smooth({0.4 + n}, {_tuple(places)}, {kind!r})"
    if (size := size_argument(a)) is not None and not domain.startswith(("small", "large")):
        return identifier(size)
    dims = [_size(x) for x in a.type.axes]
    shape = _tuple(dims)
    if a.type.sort == "stored":
        limit = _size(axis) if axis is not None else "2"
        draw = f"rng.integers(0, {limit}, size={shape})"
    elif a.type.sort == "integer" and axis is not None:
        draw = f"rng.integers({axis.base}, {axis.base} + {_size(axis)}, size={shape})"
    else:
        word = (
            "boolean"
            if a.type.sort == "boolean"
            else domain or ("positive integer" if a.type.sort == "integer" else otherwise)
        )
        if word == "simplex" and not dims:
            word = "unit"
        if word == "spd" and len(dims) < 2:
            word = "positive"
        form = _DRAWS.get(word, _DRAWS["real"])
        draw = form.format(shape=shape, last=dims[-1] if dims else "1", lead=_tuple(dims[:-1]))
    if not dims:
        kind = {"stored": "int", "integer": "int", "boolean": "bool"}.get(a.type.sort, "float")
        return f"{kind}({draw})"
    return draw


def _size(axis: Axis) -> str:
    terms = []
    for monomial, coefficient in axis.dim.terms:
        above = (
            [str(coefficient.numerator)] if coefficient.numerator != 1 or not any(p > 0 for _, p in monomial) else []
        )
        below = [str(coefficient.denominator)] if coefficient.denominator != 1 else []
        for name, power in monomial:
            text = identifier(name) if name[0] != "?" else f"n_{name[1:]}"
            (above if power > 0 else below).extend([text] * abs(power))
        terms.append(" * ".join(above) + "".join(f" // {b}" for b in below))
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _tuple(items: Sequence[str]) -> str:
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
