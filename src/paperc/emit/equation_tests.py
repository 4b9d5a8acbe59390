"""`tests/test_equations.py` of a package: one test for each equation, with the formula as plain loops for the oracle.

The emitted file needs torch, numpy and pytest, and nothing of paperc.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..ir.evaluate import EvaluationError
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

_INTEGERS = {
    "binary": "(0, 2, {shape})",
    "integer": "(-3, 6, {shape})",
    "positive integer": "(1, 7, {shape})",
    "small integer": "(1, 4, {shape})",
    "large integer": "(8, 12, {shape})",
    "counts": "(0, 3, {shape})",
}
_REAL = ("real", "positive", "negative", "unit", "above one", "simplex", "spd", "unit vector")

_HEAD = '''
def draw(rng, domain, shape=()):
    """Random numbers of a domain."""
    if domain == "positive":
        return rng.uniform(0.3, 2.2, shape)
    if domain == "negative":
        return -rng.uniform(0.3, 2.2, shape)
    if domain == "unit":
        return rng.uniform(0.08, 0.92, shape)
    if domain == "above one":
        return rng.uniform(1.1, 3.0, shape)
    x = rng.normal(size=shape)
    if domain == "simplex" and shape:
        return np.exp(x) / np.exp(x).sum(-1, keepdims=True)
    if domain == "unit vector":
        return x / np.linalg.norm(x, axis=-1, keepdims=True)
    if domain == "spd" and len(shape) > 1 and shape[-1] == shape[-2]:
        return x @ np.swapaxes(x, -1, -2) / shape[-1] + np.eye(shape[-1])
    return x


def finite(inputs, f, sizes, convert=None):
    """Inputs on which the formula is finite: arguments without a declared domain are tried on several."""
    for domain in ("real", "positive", "unit", "above one", "spd"):
        given = inputs(**sizes, domain=domain)
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(f(**(convert or arrays)(given)), dtype=float)
        except (ValueError, IndexError, RuntimeError, np.linalg.LinAlgError):
            continue
        if np.isfinite(value).all():
            return given
    pytest.skip("no inputs were found on which the formula is finite")


def tensors(given):
    """Arrays as double-precision tensors; numbers and functions as they are."""
    return {n: torch.tensor(v) if isinstance(v, np.ndarray) else v for n, v in given.items()}


def arrays(given):
    """Functions as functions of arrays, for the slow form."""
    return {n: on_arrays(v) if callable(v) else v for n, v in given.items()}


def on_arrays(f):
    return lambda *xs: f(*(torch.as_tensor(np.asarray(x, dtype=float)) for x in xs)).numpy()


def close(got, expected, tolerance=1e-9):
    got = torch.as_tensor(got, dtype=torch.float64).detach().numpy()
    np.testing.assert_allclose(got, np.asarray(expected, dtype=float), rtol=tolerance, atol=tolerance * 1e-3)
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


def emit_equation_tests(functions: Sequence[Function], package: str, context: Context | None = None) -> str:
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
    parts = []
    for f in in_order(functions):
        try:
            parts.append(_one(f, by_id, slow, context))
        except EvaluationError:
            continue  # sizes that fit it are too large to try
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


def _one(f: Function, functions: Mapping[str, Function], slow: Mapping[str, str], context: Context) -> str:
    names = [identifier(n) if n[0] != "?" else f"n_{n[1:]}" for n in size_names(f)]
    rounds = [sizes_for(f, functions, r) for r in (0, 1)]
    sizes = [{name: r[n] for name, n in zip(names, size_names(f))} for r in rounds]
    cite = context.origin(f).cite or f.id
    lines = [f"# {cite}", ""]
    if f.id in slow:
        lines += [slow[f.id], ""]
    lines += [_inputs(f, functions, names), ""]
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
        f"    given = {_given(f, slow, 'sizes')}",
        f"    {check}",
    ]
    if isinstance(f.body, Along) and f.body.op == "softmax":
        lines += [
            "", "", f"def test_{f.name}_sums_to_one():",
            f"    value = equations.{f.name}(**tensors({_given(f, slow, repr(sizes[0]))}))",
            f"    close(value.sum({f.body.axis - len(f.result.axes)}), torch.ones(()).expand(value.sum({f.body.axis - len(f.result.axes)}).shape))",
        ]  # fmt: skip
    if (wanted := _differentiable(f, functions)) is not None:
        lines += [
            "", "", f"def test_{f.name}_gradient():",
            f"    given = tensors({_given(f, slow, repr(sizes[0]))})",
            f"    names = {wanted!r}",
            "    points = [torch.as_tensor(given[n], dtype=torch.float64).requires_grad_() for n in names]",
            f"    assert torch.autograd.gradcheck(lambda *xs: equations.{f.name}(**{{**given, **dict(zip(names, xs))}}), points)",
        ]  # fmt: skip
    return "\n".join(lines)


def _given(f: Function, slow: Mapping[str, str], sizes: str) -> str:
    return (
        f"finite(inputs_{f.name}, {f.name}_slow, {sizes})"
        if f.id in slow
        else (f"finite(inputs_{f.name}, equations.{f.name}, {sizes}, tensors)")
    )


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
        getattr(n, "op", "")
        in (
            "floor",
            "ceil",
            "round",
            "sign",
            "mod",
            "argmax",
            "argmin",
            "heaviside",
            "matrix_sqrt",
            "cholesky",
            "max_eigenvalue",
            "min_eigenvalue",
        )
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


def _inputs(f: Function, functions: Mapping[str, Function], names: Sequence[str]) -> str:
    along = positions_of(f, functions)
    entries = []
    for n, a in enumerate(f.arguments):
        if a.default is not None:
            continue
        entries.append(f"{a.name}={_draw(a, n, along.get(a.name), size_names(f))}")
    random = "    rng = np.random.default_rng(seed)\n" if any("rng" in e for e in entries) else ""
    parameters = ", ".join([*names, "seed=0", 'domain="real"'])
    return f"def inputs_{f.name}({parameters}):\n{random}    return dict({', '.join(entries)})"


def _draw(a: Argument, n: int, axis: Axis | None, sizes: Sequence[str]) -> str:
    domain = domain_of(a)
    if axis is not None and not set(axis.dim.names) <= set(sizes):
        axis = None
    if isinstance(a.type, FunctionType):
        where = {x.dim: (k, p) for k, t in reversed(list(enumerate(a.type.arguments))) for p, x in enumerate(t.axes)}
        places = [
            str(where[x.dim]) if x.dim in where else _size(x) if set(x.dim.names) <= set(sizes) else "3"
            for x in a.type.result.axes
        ]
        kind = repr(domain if domain in ("positive", "unit") else "real") if domain else "domain"
        return f"smooth({0.4 + n}, {_tuple(places)}, {kind})"
    if (size := size_argument(a)) is not None and size in sizes:
        return identifier(size)
    dims = [_size(x) for x in a.type.axes]
    shape = _tuple(dims)
    if a.type.sort == "stored":
        limit = _size(axis) if axis is not None else "2"
        draw = f"rng.integers(0, {limit}, {shape})"
    elif a.type.sort == "boolean" or domain in ("boolean", "mask"):
        draw = f"rng.uniform(size={shape}) < 0.6"
    elif a.type.sort == "integer" and axis is not None:
        draw = f"rng.integers({axis.base}, {axis.base} + {_size(axis)}, {shape})"
    elif a.type.sort == "integer" or domain in _INTEGERS:
        form = _INTEGERS.get(domain, _INTEGERS["positive integer"]).format(shape=shape)
        draw = f"{'' if a.type.sort == 'integer' else '1.0 * '}rng.integers{form}"
    else:
        word = repr(domain) if domain in _REAL else "domain"
        draw = f"draw(rng, {word}, {shape})"
    if not dims:
        kind = {"stored": "int", "integer": "int", "boolean": "bool"}.get(a.type.sort, "float")
        return f"{kind}({draw.replace(', ()', '').replace('size=()', '')})"
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
