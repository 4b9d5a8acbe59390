"""Planted faults: what people get wrong when they write an equation as code, as operators on its syntax tree."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutant:
    """One function with one fault."""

    operator: str
    line: int
    """Line within the module."""
    source: str
    before: str
    after: str


Operator = Callable[[ast.expr], Iterator[ast.expr]]


def mutants(module: str, function: str) -> list[Mutant]:
    """All mutants of a function of a module's text, in order of place and operator; each differs from all others."""
    tree = ast.parse(module)
    found = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == function), None)
    if found is None:
        return []
    body = found.body[1:] if isinstance(found.body[0], ast.Expr) else found.body
    out: dict[str, Mutant] = {}
    original = ast.unparse(found)
    for path, node in _expressions(body):
        for name, operator in OPERATORS.items():
            for changed in operator(node):
                twin = copy.deepcopy(found)
                twin.body = twin.body[len(found.body) - len(body) :]
                _set(twin.body, path, changed)
                text = ast.unparse(ast.fix_missing_locations(twin))
                if text != original:
                    out.setdefault(text, Mutant(name, node.lineno, text, ast.unparse(node), ast.unparse(changed)))
    return list(out.values())


Path = tuple[tuple[str, int | None], ...]


def _expressions(body: list[ast.stmt]) -> Iterator[tuple[Path, ast.expr]]:
    """Every expression below some statements, with the way to it."""

    def visit(node: ast.AST, path: Path) -> Iterator[tuple[Path, ast.expr]]:
        if isinstance(node, ast.expr):
            yield path, node
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "targets", "ctx"):
                continue
            if isinstance(value, ast.AST):
                yield from visit(value, (*path, (field, None)))
            elif isinstance(value, list):
                for k, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        yield from visit(item, (*path, (field, k)))

    for k, statement in enumerate(body):
        yield from visit(statement, (("", k),))


def _set(body: list[ast.stmt], path: Path, new: ast.expr) -> None:
    node: ast.AST = body[path[0][1] or 0]
    for field, k in path[1:-1]:
        value = getattr(node, field)
        node = value if k is None else value[k]
    field, k = path[-1]
    if k is None:
        setattr(node, field, new)
    else:
        getattr(node, field)[k] = new


# --- operators ----------------------------------------------------------------------------------------


def _call_name(node: ast.expr) -> str:
    """ "sum" of `x.sum(…)`, `torch.sum(…)`."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return node.func.attr
        if isinstance(node.func, ast.Name):
            return node.func.id
    return ""


def _with(node: ast.expr, **fields: object) -> ast.expr:
    twin = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(twin, name, value)
    return twin


def _renamed(node: ast.expr, name: str) -> ast.expr:
    twin = copy.deepcopy(node)
    assert isinstance(twin, ast.Call) and isinstance(twin.func, ast.Attribute)
    twin.func.attr = name
    return twin


def _sign(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield _with(node, op=ast.Sub() if isinstance(node.op, ast.Add) else ast.Add())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
        yield node.operand


def _scale_dropped(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        yield node.left
        if isinstance(node.op, ast.Mult):
            yield node.right


def _term_dropped(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.left


def _transpose(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Attribute) and node.attr == "mT":
        yield node.value
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield _with(node, left=ast.Attribute(node.left, "mT", ast.Load()))
        yield _with(node, right=ast.Attribute(node.right, "mT", ast.Load()))


def _swapped(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        yield _with(node, left=node.right, right=node.left)
    if (
        isinstance(node, ast.Call)
        and len(node.args) >= 2
        and _call_name(node) not in ("as_tensor", "arange", "einsum", "where")
    ):
        for k in range(len(node.args) - 1):
            args = list(node.args)
            args[k], args[k + 1] = args[k + 1], args[k]
            yield _with(node, args=args)


def _index_shift(node: ast.expr) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Subscript):
        return
    keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
        return
    for k, key in enumerate(keys):
        new: ast.expr | None = None
        if isinstance(key, ast.Constant) and type(key.value) is int:
            new = ast.Constant(key.value + 1)
        elif isinstance(key, (ast.Name, ast.BinOp)):
            new = ast.BinOp(key, ast.Sub(), ast.Constant(1))
        elif isinstance(key, ast.Slice) and (key.lower or key.upper):
            new = ast.Slice(key.upper and None, None) if key.lower is None else ast.Slice(None, None)
        if new is not None:
            elements = [*keys[:k], new, *keys[k + 1 :]]
            yield _with(node, slice=ast.Tuple(elements, ast.Load()) if isinstance(node.slice, ast.Tuple) else new)


def _range(node: ast.expr) -> Iterator[ast.expr]:
    """Off by one: the last element left out, or counting from the wrong number."""
    if _call_name(node) in ("range", "arange") and isinstance(node, ast.Call) and node.args:
        last = 0 if len(node.args) == 1 else 1
        args = list(node.args)
        args[last] = ast.BinOp(args[last], ast.Sub(), ast.Constant(1))
        yield _with(node, args=args)
        if len(node.args) >= 2:
            yield _with(node, args=[ast.BinOp(a, ast.Sub(), ast.Constant(1)) for a in node.args[:2]] + node.args[2:])


_REDUCED = (
    "sum",
    "mean",
    "prod",
    "amax",
    "amin",
    "logsumexp",
    "softmax",
    "log_softmax",
    "cumsum",
    "cumprod",
    "argmax",
    "argmin",
    "var",
    "std",
    "vector_norm",
)


def _axis(node: ast.expr) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Call) or _call_name(node) not in _REDUCED:
        return

    def other(value: ast.expr) -> ast.expr | None:
        if (
            isinstance(value, ast.UnaryOp)
            and isinstance(value.operand, ast.Constant)
            and isinstance(value.operand.value, int)
        ):
            return ast.UnaryOp(ast.USub(), ast.Constant(2 if value.operand.value == 1 else 1))
        return None

    for k, arg in enumerate(node.args):
        if (new := other(arg)) is not None:
            yield _with(node, args=[*node.args[:k], new, *node.args[k + 1 :]])
    for k, word in enumerate(node.keywords):
        if word.arg == "dim" and (new := other(word.value)) is not None:
            yield _with(node, keywords=[*node.keywords[:k], ast.keyword("dim", new), *node.keywords[k + 1 :]])


_REDUCTIONS = {
    "sum": ("mean", "amax"), "mean": ("sum", "amax"), "prod": ("sum",), "amax": ("amin", "mean"), "amin": ("amax",),
    "argmax": ("argmin",), "argmin": ("argmax",), "std": ("var",), "var": ("std",), "cumsum": ("cumprod",), "cumprod": ("cumsum",),
}  # fmt: skip


def _reduction(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        for other in _REDUCTIONS.get(node.func.attr, ()):
            yield _renamed(node, other)


def _bias(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        for k, word in enumerate(node.keywords):
            if word.arg == "correction" and isinstance(word.value, ast.Constant):
                new = ast.keyword("correction", ast.Constant(1 - int(word.value.value)))  # type: ignore[arg-type]
                yield _with(node, keywords=[*node.keywords[:k], new, *node.keywords[k + 1 :]])


def _detach_missing(node: ast.expr) -> Iterator[ast.expr]:
    if _call_name(node) == "detach" and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield node.func.value


def _detached(node: ast.expr) -> Iterator[ast.expr]:
    """A gradient stopped where the paper stops none."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and _call_name(node) in (*_ACTIVATIONS, *_REDUCED)
    ):
        if _call_name(node) not in ("argmax", "argmin"):
            yield ast.Call(ast.Attribute(node, "detach", ast.Load()), [], [])


_ACTIVATIONS = {
    "tanh": ("sigmoid",), "sigmoid": ("tanh",), "relu": ("abs",), "gelu": ("silu",), "silu": ("gelu",), "exp": ("expm1",),
    "log": ("log1p",), "log1p": ("log",), "sqrt": ("square",), "softplus": ("relu",), "logsigmoid": ("softplus",), "sin": ("cos",),
    "cos": ("sin",), "softmax": ("log_softmax", "sigmoid_"), "log_softmax": ("softmax",), "erf": ("tanh",), "expm1": ("exp",),
}  # fmt: skip


def _activation(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        for other in _ACTIVATIONS.get(node.func.attr, ()):
            yield _renamed(node, other)
        for k, word in enumerate(node.keywords):
            if word.arg == "approximate":
                yield _with(node, keywords=[*node.keywords[:k], *node.keywords[k + 1 :]])
        if node.func.attr == "gelu" and not node.keywords:
            yield _with(node, keywords=[ast.keyword("approximate", ast.Constant("tanh"))])


def _root_dropped(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and _call_name(node) == "sqrt" and node.args:
        yield node.args[0]
    if isinstance(node, ast.Call) and _call_name(node) in ("vector_norm", "matrix_norm"):
        yield ast.BinOp(node, ast.Pow(), ast.Constant(2))


def _epsilon(node: ast.expr) -> Iterator[ast.expr]:
    """sqrt(v + eps) for sqrt(v) + eps, and back."""
    if isinstance(node, ast.Call) and _call_name(node) == "sqrt" and node.args:
        inside = node.args[0]
        if isinstance(inside, ast.BinOp) and isinstance(inside.op, ast.Add):
            yield ast.BinOp(_with(node, args=[inside.left]), ast.Add(), inside.right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _call_name(node.left) == "sqrt":
        root = node.left
        assert isinstance(root, ast.Call)
        if root.args:
            yield _with(root, args=[ast.BinOp(root.args[0], ast.Add(), node.right)])


_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip


def _comparison(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare):
        for other in _COMPARED.get(type(node.ops[0]), ()):
            yield _with(node, ops=[other()])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield node.operand


def _branches(node: ast.expr) -> Iterator[ast.expr]:
    if _call_name(node) == "where" and isinstance(node, ast.Call) and len(node.args) == 3:
        yield _with(node, args=[node.args[0], node.args[2], node.args[1]])
        yield node.args[1]


def _number(node: ast.expr) -> float | int | None:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value: float | int = node.value  # type: ignore[assignment]
        return value
    return None


def _constant(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        for side in ("left", "right"):
            value = _number(getattr(node, side))
            if value is not None:
                yield _with(node, **{side: ast.Constant(value * 2 if value else 1)})
    if isinstance(node, ast.Call):
        for k, word in enumerate(node.keywords):
            value = _number(word.value)
            if word.arg in ("min", "max") and value is not None:
                new = ast.keyword(word.arg, ast.Constant(value + 0.5))
                yield _with(node, keywords=[*node.keywords[:k], new, *node.keywords[k + 1 :]])


def _exponent(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield node.left
        if isinstance(node.right, ast.UnaryOp):
            yield _with(node, right=node.right.operand)
        elif (value := _number(node.right)) is not None:
            yield _with(node, right=ast.Constant(value + 1))


def _bound(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "clamp":
            yield node.func.value
            for k, word in enumerate(node.keywords):
                other = {"min": "max", "max": "min"}.get(word.arg or "")
                if other:
                    yield _with(
                        node, keywords=[*node.keywords[:k], ast.keyword(other, word.value), *node.keywords[k + 1 :]]
                    )
        if node.func.attr in ("maximum", "minimum"):
            yield _renamed(node, "minimum" if node.func.attr == "maximum" else "maximum")


def _letters(node: ast.expr) -> Iterator[ast.expr]:
    """An einsum with two letters of one operand exchanged."""
    if _call_name(node) == "einsum" and isinstance(node, ast.Call) and isinstance(node.args[0], ast.Constant):
        left, _, right = str(node.args[0].value).partition("->")
        words = left.split(",")
        for k, word in enumerate(words):
            if len(word) >= 2:
                turned = word[:-2] + word[-1] + word[-2]
                text = ",".join([*words[:k], turned, *words[k + 1 :]])
                yield _with(node, args=[ast.Constant(f"{text}->{right}"), *node.args[1:]])


OPERATORS: dict[str, Operator] = {
    "sign flipped": _sign,
    "scale dropped": _scale_dropped,
    "term dropped": _term_dropped,
    "transposed": _transpose,
    "operands swapped": _swapped,
    "index shifted": _index_shift,
    "off by one": _range,
    "wrong axis": _axis,
    "wrong reduction": _reduction,
    "biased for unbiased": _bias,
    "stop-gradient missing": _detach_missing,
    "term detached": _detached,
    "another activation": _activation,
    "root dropped": _root_dropped,
    "epsilon moved": _epsilon,
    "comparison changed": _comparison,
    "branches swapped": _branches,
    "constant changed": _constant,
    "exponent changed": _exponent,
    "bound changed": _bound,
    "einsum letters swapped": _letters,
}
