"""The field's operators: functions by name, norms, inner products, concatenation, softmax and its axis."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from ..formula import canonical
from ..formula.tree import (
    Apply,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
    Text,
)
from ..formula.tree import Node as Tree
from ..ir.dims import Dim
from ..ir.node import (
    Along,
    Axis,
    Block,
    Build,
    Const,
    IndexNumber,
    Join,
    Linear,
    MatMul,
    Node,
    Norm,
    Op,
    Over,
    Reduce,
    ReduceAxes,
    StopGradient,
)
from . import activations
from . import elementwise as ew
from .index import Parts, number_of, split, unwrapped
from .index import walk as walk_tree
from .keys import plain
from .nodes import walk as walk_ir
from .objects import check_number
from .refusal import Mismatch, Refusal
from .scope import Reading
from .types import Term, Unknown, show_shape

ELEMENTWISE = {
    "exp": "exp", "log": "log", "ln": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh",
    "tanh": "tanh", "Tanh": "tanh", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "artanh": "atanh",
    "arctanh": "atanh", "arcsinh": "asinh", "arccosh": "acosh", "sgn": "sign", "sign": "sign", "abs": "abs",
    "erf": "erf", "erfc": "erfc", "sqrt": "sqrt", "sigmoid": "sigmoid", "Sigmoid": "sigmoid", "sigm": "sigmoid", "logistic": "sigmoid",
    "softplus": "softplus", "Softplus": "softplus", "SoftPlus": "softplus", "ReLU": "relu", "relu": "relu", "RELU": "relu", "GELU": "gelu", "gelu": "gelu",
    "SiLU": "silu", "silu": "silu", "Mish": "mish", "SELU": "selu", "hardtanh": "hardtanh", "floor": "floor",
    "ceil": "ceil", "round": "round", "logit": "logit", "softsign": "softsign", "ReLU6": "relu6", "lgamma": "lgamma", "digamma": "digamma",
}  # fmt: skip
INVERSE = {
    "sin": "asin",
    "cos": "acos",
    "tan": "atan",
    "sinh": "asinh",
    "cosh": "acosh",
    "tanh": "atanh",
    "erf": "erfinv",
}
OTHER = frozenset(
    [
        "softmax", "Softmax", "SoftMax", "SOFTMAX", "logsumexp", "LogSumExp", "LSE", "log_softmax", "logsoftmax", "LogSoftmax", "softmin",
        "max", "min", "clip", "Clip", "clamp", "Clamp", "sg", "stopgrad", "StopGrad", "stop_gradient", "stopgradient", "StopGradient", "sum", "mean",
        "Mean", "avg", "var", "Var", "std", "det", "tr", "Tr", "trace", "diag", "Diag", "vec", "cumsum", "cumprod",
        "Concat", "concat", "CONCAT", "cat", "Cat", "one_hot", "onehot", "OneHot", "sort", "atan2", "cos_sim", "logdet",
        "detach", "Concatenate", "concatenate", "mod", "argmax", "argmin", "Norm",
    ]
)  # fmt: skip
MEANINGS = (
    ("log-sigmoid", "logsigmoid"), ("sigmoid", "sigmoid"), ("logistic", "sigmoid"), ("softmax", "softmax"), ("softplus", "softplus"),
    ("hyperbolic tangent", "tanh"), ("rectified linear", "relu"), ("relu", "relu"), ("gamma function", "gamma"), ("digamma", "digamma"),
    ("error function", "erf"), ("cumulative distribution function of the standard normal", "normal_cdf"),
    ("standard normal cumulative", "normal_cdf"), ("standard normal cdf", "normal_cdf"), ("cdf of the standard normal", "normal_cdf"),
    ("standard gaussian cumulative", "normal_cdf"), ("cdf of the standard gaussian", "normal_cdf"), ("standard normal distribution function", "normal_cdf"),
    ("standard normal density", "normal_pdf"), ("pdf of the standard normal", "normal_pdf"), ("density of the standard normal", "normal_pdf"),
    ("probability density function of the standard normal", "normal_pdf"),
    ("stop-gradient", "sg"), ("stop gradient", "sg"), ("stopgradient", "sg"), ("identity function", "identity"), ("heaviside", "heaviside"),
)  # fmt: skip
PLAIN = frozenset(ELEMENTWISE.values()) | {"logsigmoid", "gamma", "normal_cdf", "normal_pdf", "heaviside"}


def named(r: Reading, head: Tree) -> str | None:
    """The field's function behind a name or a symbol that the paper explains ("σ is the logistic function")."""
    base = head.base if isinstance(head, Scripted) else head
    if not isinstance(base, Symbol) or base.accents:
        return None
    if base.word and (base.name in ELEMENTWISE or base.name in OTHER):
        return base.name
    if base.word and (word := activations.activation(base.name)) is not None and activations.known(r, word):
        return base.name
    info = r.facts.exact(head) or r.facts.exact(base)
    if info is not None and not base.word and info.shape is None and info.value is None:
        words = info.meaning.lower()
        for phrase, function in MEANINGS:
            if phrase in words:
                return function
    return None


# --- application ------------------------------------------------------------------------------------------


def gamma_function(r: Reading, head: Tree, group: Group) -> bool:
    """`Γ(k)` at a size that nobody explains otherwise."""
    from .link import Links

    if head != Symbol("Gamma") or isinstance(group.body, List) or group.open != "(":
        return False
    if r.facts.exact(head) is not None or (isinstance(r.links, Links) and r.links.defines(head)):
        return False
    return plain(group.body) in r.local_dims or r.is_size(group.body)


def apply_by_notation(r: Reading, node: Apply) -> Term:
    """`\\log x`, `\\operatorname{softmax}(z)`: a function by its name."""
    from .link import Links
    from .products import apply

    head = node.function
    argument = node.argument
    logistic = _log_of_sigma(r, head, argument)
    if logistic is not None:
        return logistic
    if not node.bracketed and isinstance(argument, Juxtaposition) and (split_at := _extent(r, argument)) is not None:
        first, rest = argument.items[:split_at], argument.items[split_at:]
        inner = replace(node, argument=first[0] if len(first) == 1 else replace(argument, items=first))
        return r.term(replace(argument, items=(inner, *rest)))
    group = (
        argument
        if isinstance(argument, Group) and node.bracketed
        else Group("(", ")", argument, at=getattr(argument, "at", (-1, -1)))
    )
    base = head.base if isinstance(head, Scripted) else head
    if isinstance(base, Symbol) and base.name in ("log", "ln", "exp") and base.word:
        return call_named(r, base.name, head, group, node)
    name = named(r, head)
    if name in PLAIN and not (isinstance(base, Symbol) and base.word):
        return call_named(r, name, head, group, node)
    if isinstance(r.links, Links) and (linked := r.links.call(r, head, group, node)) is not None:
        return linked
    if name is not None:
        return call_named(r, name, head, group, node)
    return apply(r, head, group, node)


def _log_of_sigma(r: Reading, head: Tree, argument: Tree) -> Term | None:
    """`\\log σ(x)` of a σ that the paper does not explain: only the logistic function is meant so."""
    from .link import Links
    from .products import bracket

    base = head.base if isinstance(head, Scripted) else head
    inner = argument.body if isinstance(argument, Group) else argument
    if not (
        isinstance(base, Symbol)
        and base.name in ("log", "ln")
        and isinstance(inner, Juxtaposition)
        and len(inner.items) == 2
    ):
        return None
    sigma, group = inner.items[0], bracket(inner.items[1])
    if (
        not (
            isinstance(sigma, Symbol)
            and sigma.name == "sigma"
            and not sigma.accents
            and isinstance(inner.items[1], Group)
        )
        or group is None
    ):
        return None
    info = r.facts.exact(sigma)
    if named(r, sigma) is not None or (
        info is not None and (info.shape is not None or info.value is not None or info.meaning)
    ):
        return None
    if isinstance(r.links, Links) and r.links.defines(sigma):
        return None
    r.decide("sigma", "logistic", ("logistic",), "σ under a logarithm is the logistic function")
    return ew.unary(r, "log", ew.unary(r, "sigmoid", r.term(group.body)))


def _extent(r: Reading, argument: Juxtaposition) -> int | None:
    """Where the argument of `\\log π(a|s) A` ends: behind its first call, unless densities follow that may belong to it.

    Raises Refusal for `\\log p(x) q(y)`.
    """
    from .products import bracket, is_application

    items = argument.items
    group = bracket(items[1]) if len(items) > 2 else None
    if group is None or not isinstance(items[0], (Symbol, Scripted)) or not is_application(r, items[0], group):
        return None
    for a, b in pairwise(items[2:]):
        base = a.base if isinstance(a, Scripted) else a
        follower = bracket(b)
        if (
            follower is not None
            and isinstance(base, Symbol)
            and (base.name in ("p", "q", "P", "pi") or isinstance(follower.body, Given))
        ):
            if r.chooser.choose("extent", ("first factor", "product"), rival=True) == "product":
                return None
            return 2
    return 2


def call_named(r: Reading, name: str, head: Tree, group: Group, at: Tree) -> Term:
    parts = split(head)
    subs, sups = parts.subs, parts.sups
    body = group.body
    trees: list[Tree] = list(body.items) if isinstance(body, List) else [body]
    op = ELEMENTWISE.get(name, name)
    if op not in PLAIN and (word := activations.activation(name)) is not None and len(trees) == 1 and not sups:
        return activations.applied(r, word, r.term(trees[0]), subs, at)
    if op in PLAIN:
        if name == "cos" and len(trees) == 2:
            return cosine(r, r.term(trees[0]), r.term(trees[1]), at)
        if len(trees) != 1:
            raise Refusal("function", f"{name} has one argument, here are {len(trees)}", at=at)
        return _elementwise(r, op, trees[0], subs, sups, at)
    if sups:
        raise Refusal("function", f"a superscript on {name}", at=at)
    match name:
        case "identity":
            return r.term(trees[0])
        case "softmax" | "Softmax" | "SoftMax" | "SOFTMAX":
            return softmax(r, trees, subs, at, "softmax")
        case "softmin":
            return softmax(r, trees, subs, at, "softmin")
        case "log_softmax" | "logsoftmax" | "LogSoftmax":
            return softmax(r, trees, subs, at, "log_softmax")
        case "max" | "min":
            if any(isinstance(t, (Relation, Given)) for t in trees):
                raise Refusal("set", f"the {name} over a set given by a condition", at=at)
            if isinstance(body, List) and any(isinstance(t, Ellipsis) for t in trees):
                from .ellipsis import over_list

                return over_list(r, name, body, at)
            if len(trees) >= 2:
                return ew.many(r, name, [r.term(t) for t in trees], at)
            return over_all(r, name, r.term(trees[0]), at)
        case "clip" | "Clip" | "clamp" | "Clamp":
            return _clip(r, trees, subs, at)
        case "sg" | "stopgrad" | "StopGrad" | "stop_gradient" | "detach" | "stopgradient" | "StopGradient":
            x = r.term(trees[0])
            return Term(StopGradient(x.node), x.shape, x.sort, x.row)
        case "logsumexp" | "LogSumExp" | "LSE":
            return over_all(r, "logsumexp", r.term(trees[0]), at)
        case "sum" | "mean" | "Mean" | "avg" | "var" | "Var" | "std":
            op = {"Mean": "mean", "avg": "mean", "Var": "var"}.get(name, name)
            return over_all(r, op, r.term(trees[0]), at)
        case "det" | "tr" | "Tr" | "trace" | "logdet":
            r.square = isinstance(trees[0], (Fraction, Juxtaposition))
            return _of_square(r, {"tr": "trace", "Tr": "trace"}.get(name, name), r.term(trees[0]), at)
        case "diag" | "Diag":
            if len(trees) > 1:
                return _diagonal(r, bracket_list(r, group, List(tuple(trees), (",",) * (len(trees) - 1))), at)
            return _diagonal(r, r.term(trees[0]), at)
        case "vec":
            return _vec(r, r.term(trees[0]), at)
        case "cumsum" | "cumprod" | "sort":
            return _along_only(r, name, r.term(trees[0]), at)
        case "Concat" | "concat" | "CONCAT" | "cat" | "Cat" | "Concatenate" | "concatenate":
            if name in ("cat", "Cat") and not (isinstance(body, List) and ";" not in body.separators):
                raise Refusal("density", f"{name} may be a categorical law or a concatenation", at=at)
            if isinstance(body, List) and any(isinstance(t, Ellipsis) for t in trees):
                from .ellipsis import over_list

                return over_list(r, "concat", body, at)
            return concat(r, [r.term(t) for t in trees], at)
        case "atan2":
            return ew.binary(r, "atan2", r.term(trees[0]), r.term(trees[1]), at)
        case "argmax" | "argmin":
            return over_all(r, name, r.term(trees[0]), at)
        case "one_hot" | "onehot" | "OneHot":
            return _one_hot(r, r.term(trees[0]), at)
    raise Refusal("function", f"the function {name} is not read yet", at=at)


def _one_hot(r: Reading, x: Term, at: Tree) -> Term:
    """`one_hot(argmax_i p_i)`: as long as what was searched.

    Raises Refusal for a number of which the paper does not say how many there are.
    """
    axis: Axis | None = None
    if isinstance(x.node, Reduce) and isinstance(x.node.index.domain, Over) and not x.node.index.sample:
        axis = r.solver.axis(x.node.index.domain.axis)
    elif isinstance(x.node, ReduceAxes) and x.sort == "stored":
        axis = r.length.get(x.node)
    if axis is None or x.sort != "stored":
        raise Refusal("function", "a one-hot vector whose length is not said", "the number of classes", at=at)
    with r.binding():
        index = r.bind_index(Symbol("k"), Over(axis))
        number = Op("add", (x.node, Const(axis.base))) if axis.base else x.node
        hit = Op("indicator", (Op("eq", (IndexNumber(index.name), number)),))
    return Term(Build(index, hit), (axis,))


def _elementwise(r: Reading, op: str, argument: Tree, subs: tuple[Tree, ...], sups: tuple[Tree, ...], at: Tree) -> Term:
    x = r.term(argument)
    if subs:
        value = number_of(unwrapped(subs[0]))
        if op == "log" and value in (2, 10) and len(subs) == 1:
            op = "log2" if value == 2 else "log10"
        elif op == "log" and len(subs) == 1:
            x = ew.unary(r, "log", x)
            return ew.binary(r, "div", x, ew.unary(r, "log", r.term(subs[0])), at)
        elif op == "sigmoid" or op in ("relu", "softplus"):
            raise Refusal("subscript", f"a subscript on the function {op}", at=at)
        else:
            raise Refusal("subscript", f"a subscript on the function {op}", at=at)
    if sups and number_of(unwrapped(sups[0])) == -1:
        if op not in INVERSE:
            raise Refusal("inverse-function", f"the inverse of {op}", at=at)
        return ew.unary(r, INVERSE[op], x)
    shape = r.solver.shape(x.shape)
    if op == "exp" and isinstance(shape, tuple) and len(shape) == 2 and not subs and not sups:
        if r.solver.dim(shape[0].dim) == r.solver.dim(shape[1].dim) and not re.search(
            r"element-?\s?wise|entry-?\s?wise", r.prose
        ):
            if r.chooser.choose("exponential", ("element-wise", "matrix"), rival=True) == "matrix":
                return Term(Linear("matrix_exp", (x.node,)), shape)
    term = ew.unary(r, op, x)
    for item in sups:
        term = ew.power(r, term, r.term(unwrapped(item)))
    return term


def _clip(r: Reading, trees: list[Tree], subs: tuple[Tree, ...], at: Tree) -> Term:
    if len(trees) == 3:
        x, lo, hi = (r.term(t) for t in trees)
    elif len(trees) == 1 and len(subs) == 2:
        x, lo, hi = r.term(trees[0]), r.term(subs[0]), r.term(subs[1])
    else:
        raise Refusal("function", "clip needs a value and two limits", at=at)
    if lo.shape == () and hi.shape == ():
        return Term(Op("clip", (x.node, lo.node, hi.node)), x.shape)
    return ew.binary(r, "min", ew.binary(r, "max", x, lo, at), hi, at)


def over_all(r: Reading, op: str, x: Term, at: Tree) -> Term:
    """A reduction of one argument: over a vector; over a matrix only if the paper says which axes."""
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(f"reduce {getattr(at, 'at', '')}"),), 6)
        return Term(x.node, ())
    if len(shape) == 0:
        raise Refusal("reduction", f"{op} of a single number", at=at)
    if len(shape) > 1 and op not in ("sum", "mean"):
        raise Refusal(
            "axis",
            f"{op} of a matrix: over the rows, the columns or all entries",
            "the axis",
            at=at,
            key="axis",
            options=("rows", "columns", "all"),
        )
    if op in ("var", "std"):
        kind = r.settings.get("variance", "biased")
        r.decide(
            "variance",
            kind,
            ("biased", "unbiased"),
            f"the variance is {kind}: the paper does not say by what it divides",
        )
        op = op if kind == "biased" else f"{op}_unbiased"
    sort = "stored" if op in ("argmax", "argmin") else "real"
    node = ReduceAxes(op, x.node, tuple(range(len(shape))))
    if sort == "stored":
        r.length[node] = shape[0]
    return Term(node, (), sort)  # type: ignore[arg-type]


def _of_square(r: Reading, op: str, x: Term, at: Tree) -> Term:
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown):
        axis = r.stable_axis(f"{op} {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
        return Term(x.node, ())
    if len(shape) != 2:
        raise Mismatch(f"{op} of an array of shape {show_shape(shape)}", at=at)
    r.solver.same_dim(shape[0].dim, shape[1].dim, f"{op} needs a square matrix", at)
    return Term(Linear(op, (x.node,)), ())


def _diagonal(r: Reading, x: Term, at: Tree) -> Term:
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(f"diag {getattr(at, 'at', '')}"),), 6)
        return Term(x.node, r.solver.new_shape())
    if len(shape) == 1:
        return Term(Linear("diag", (x.node,)), (shape[0], shape[0]))
    if len(shape) == 2:
        r.solver.same_dim(shape[0].dim, shape[1].dim, "diag needs a square matrix", at)
        return Term(Linear("diagonal", (x.node,)), (shape[0],))
    raise Refusal("diag", f"diag of an array of shape {show_shape(shape)}", at=at)


def _vec(r: Reading, x: Term, at: Tree) -> Term:
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown) or len(shape) != 2:
        if isinstance(shape, Unknown):
            r.solver.suggest(
                shape,
                (r.stable_axis(f"vec {getattr(at, 'at', '')} 0"), r.stable_axis(f"vec {getattr(at, 'at', '')} 1")),
                6,
            )
            return Term(x.node, r.solver.new_shape())
        raise Refusal("vec", "vec of what is no matrix", at=at)
    return Term(Linear("vec", (x.node,)), (Axis(shape[0].dim * shape[1].dim),))


def _along_only(r: Reading, op: str, x: Term, at: Tree) -> Term:
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(f"along {getattr(at, 'at', '')}"),), 6)
        return x
    if len(shape) != 1:
        raise Refusal("axis", f"{op} of a matrix: along which axis", "the axis", at=at)
    return Term(Along(op, x.node, 0), shape)


# --- softmax --------------------------------------------------------------------------------------------------


def softmax(r: Reading, trees: list[Tree], subs: tuple[Tree, ...], at: Tree, op: str) -> Term:
    """Softmax of a vector, of a matrix along a stated or forced axis, or over an index.

    Raises Refusal where rows and columns both fit and the paper does not say which.
    """
    sign = op == "softmin"
    op = "softmax" if sign else op
    if subs and all(plain(s) in r.bound for s in subs) and len(subs) == 1:
        return _softmax_over_index(r, trees, subs[0], at, op)
    if len(trees) != 1:
        raise Refusal("function", "softmax has one argument", at=at)
    x = r.term(trees[0])
    if sign:
        x = ew.unary(r, "neg", x)
    shape = r.solver.shape(x.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(f"softmax {getattr(at, 'at', '')}"),), 5)
        return x
    if len(shape) == 0:
        free = _free_positions(r, trees[0])
        if len(free) == 1:
            return _softmax_over_index(r, trees, free[0], at, op)
        raise Refusal(
            "axis",
            "softmax of a single number: over which index it runs is not said",
            "the index",
            at=at,
            key="axis",
            options=tuple(plain(f) for f in free),
        )
    if len(shape) == 1:
        return Term(Along(op, x.node, 0), shape, row=x.row)
    axis = _softmax_axis(r, shape, subs, at)
    return Term(Along(op, x.node, axis), shape)


def _softmax_axis(r: Reading, shape: tuple[Axis, ...], subs: tuple[Tree, ...], at: Tree) -> int:
    last = len(shape) - 1
    words = r.axis_words
    stated = r.settings.get("axis")
    if stated in ("rows", "last", "row", "-1", "1"):
        return last
    if stated in ("columns", "column", "first", "0", "cols"):
        return last - 1
    if words == "rows":
        r.note("the softmax runs along each row, as the paper says")
        return last
    if words == "columns":
        r.note("the softmax runs along each column, as the paper says")
        return last - 1
    label = "".join(plain(k) for k in subs).lower()
    if "row" in label or "col" in label:
        return last if "row" in label else last - 1
    return OPEN


OPEN = -1
"""The axis of a softmax of a matrix until a product sums over one of its axes."""


def settled(node: Node, axis: int) -> Node:
    """Softmaxes in a sum of matrices take the axis that the product with it sums over, so that its weights sum to one."""
    match node:
        case Along(op, body, place) if place == OPEN:
            return Along(op, body, axis)
        case Op("add" | "sub" | "mul" | "neg" | "div" as op, args):
            return Op(op, tuple(settled(a, axis) for a in args))
    return node


def check_settled(node: Node) -> None:
    """Raises Refusal where rows and columns both fit a softmax and nothing says which."""
    for n in walk_ir(node):
        if isinstance(n, Along) and n.axis == OPEN:
            raise Refusal(
                "axis",
                "softmax of a matrix: the paper does not say along which axis (rows, columns or all entries)",
                "a sentence or a paper.toml entry that gives the axis",
                key="axis",
                options=("rows", "columns"),
            )


def _free_positions(r: Reading, tree: Tree) -> list[Tree]:
    """The index letters in scope that a tree's symbols are picked by, in order."""
    from .index import walk

    found: dict[str, Tree] = {}
    for n in walk(tree):
        if isinstance(n, Symbol) and plain(n) in r.bound and r.bound[plain(n)].sort == "integer":
            found.setdefault(plain(n), n)
    return list(found.values())


def _softmax_over_index(r: Reading, trees: list[Tree], letter: Tree, at: Tree, op: str) -> Term:
    """`softmax_j(e_{ij})` and `softmax(e_i)` with a free i: exp over the sum over a copy of the index."""
    from ..ir.node import IndexNumber

    letter = unwrapped(letter)
    value = r.term(trees[0])
    here = r.bound[plain(letter)].node
    if not isinstance(here, IndexNumber):
        raise Refusal("axis", "softmax over something that is no index", at=at)
    index = r.indices[here.index]
    with r.binding():
        copy = r.bind_index(letter, index.domain)
        inner = r.term(trees[0])
        total = Reduce("logsumexp", copy, inner.node)
    node: Node = Op("sub", (value.node, total))
    return Term(node if op == "log_softmax" else Op("exp", (node,)), value.shape)


# --- norms and inner products -----------------------------------------------------------------------------------


def norm(r: Reading, node: Group, parts: Parts | None, at: Tree) -> Term:
    """`\\|x\\|`, `\\|x\\|_2^2`, `|x|`, `|S|`, `|A|`."""
    from .superscripts import apply_superscript

    subs = parts.subs if parts is not None else ()
    sups = parts.sups if parts is not None else ()
    if isinstance(node.body, Placeholder):
        raise Refusal("placeholder", "a norm of nothing", at=at)
    if plain(node) in r.local_dims and not subs:
        return _raised(r, r.size(node), sups, at, apply_superscript)
    if node.open == "|" and not subs and isinstance(node.body, (Symbol, Scripted, Juxtaposition)):
        cardinality = _cardinality(r, node.body)
        if cardinality is not None:
            return _raised(r, cardinality, sups, at, apply_superscript)
    x = r.term(node.body)
    shape = r.solver.shape(x.shape)
    if node.open == "|" and not subs:
        if shape == () and _capital_symbol(node.body):
            check_number(r, x, node.body, "between single bars: a number of elements, or an absolute value")
        if isinstance(shape, Unknown) or len(shape) == 0:
            return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
        if len(shape) == 2 and r.solver.dim(shape[0].dim) == r.solver.dim(shape[1].dim):
            return _raised(r, Term(Linear("det", (x.node,)), ()), sups, at, apply_superscript)
        if "bars" not in r.chooser.fixed and _double_bars(r):
            r.decide("bars", "element-wise", ("element-wise", "norm"), "norms have double bars in this formula")
            return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
        if len(shape) == 1 and len(sups) == 1 and number_of(unwrapped(sups[0])) == 2:
            r.decide("bars", "norm", ("norm",), "|x|² of a vector is its squared length")
            return _raised(r, Term(Norm(x.node, "2", None), ()), sups, at, apply_superscript)
        if "bars" not in r.chooser.fixed:
            raise Refusal(
                "bars",
                f"single bars around the array {canonical(node.body)}: its norm, or the absolute value of each element",
                "what the bars mean",
                at=at,
                key="bars",
                options=("norm", "element-wise"),
            )
        taken = r.chooser.choose("bars", ("norm", "element-wise"), rival=True)
        if taken == "element-wise":
            return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
    key = f"norm {getattr(at, 'at', '')}"
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(key),), 5)
        return Term(Op("abs", (x.node,)), ())
    label = "".join(plain(unwrapped(s)) for s in subs)
    if len(subs) == 1 and len(shape) == 1 and (weighted := _weighted(r, x, shape, subs[0], sups, at)) is not None:
        return weighted
    if len(shape) == 0:
        return _raised(r, ew.unary(r, "abs", x), sups, at, apply_superscript)
    kind, p = _norm_kind(r, label, subs, shape, at)
    return _raised(r, Term(Norm(x.node, kind, p), ()), sups, at, apply_superscript)


def _double_bars(r: Reading) -> bool:
    """The statement writes norms with double bars: its single ones are absolute values."""
    return any(isinstance(n, Group) and n.open == "‖" for n in walk_tree(getattr(r.statement, "tree", None)))


def _capital_symbol(tree: Tree) -> bool:
    """A single capital letter, perhaps with scripts: a set as likely as a number."""
    base = split(tree).base if isinstance(tree, (Symbol, Scripted)) else None
    return isinstance(base, Symbol) and len(base.name) == 1 and base.name.isupper() and not base.word


def _norm_kind(
    r: Reading, label: str, subs: tuple[Tree, ...], shape: tuple[Axis, ...], at: Tree
) -> tuple[str, Node | None]:
    matrix = len(shape) > 1
    match label:
        case "F" | "Fro" | "fro" | "HS":
            return "2", None
        case "" | "2" | "\\ell_{2}" | "L_{2}" | "L2" | "l2" | "\\ell2":
            if matrix and len(shape) == 2:
                taken = r.chooser.choose("norm", ("frobenius", "spectral"), rival=True)
                return ("2" if taken == "frobenius" else "spectral"), None
            return "2", None
        case "1" | "\\ell_{1}" | "L_{1}" | "L1":
            if matrix:
                raise Refusal("norm", "the 1-norm of a matrix: of its entries, or induced", at=at)
            return "1", None
        case "\\infty" | "max":
            if matrix and label != "max":
                raise Refusal("norm", "the infinity norm of a matrix: of its entries, or induced", at=at)
            return "inf", None
        case "0":
            return "0", None
        case "*":
            return "nuclear", None
        case "op" | "2\\to2":
            return "spectral", None
    if len(subs) == 1 and not matrix:
        value = number_of(unwrapped(subs[0]))
        if value is not None:
            return "p", Const(value)
        if label in ("p", "q", "r", "\\alpha"):
            return "p", r.term(subs[0]).node
    raise Refusal("norm", f"the norm with the subscript {label}", at=at)


def _weighted(r: Reading, x: Term, shape: tuple[Axis, ...], sub: Tree, sups: tuple[Tree, ...], at: Tree) -> Term | None:
    """`\\|x\\|_{M}^2` is x^T M x."""
    inner = unwrapped(sub)
    base = inner.base if isinstance(inner, Scripted) else inner
    if not (isinstance(base, Symbol) and not base.word) or plain(inner) in ("F", "2", "p", "q", "*", "\\infty"):
        return None
    info = r.facts.exact(base)
    if info is None or not (info.kind == "matrix" or (info.shape is not None and len(info.shape) == 2)):
        return None
    weight = r.term(inner)
    form = MatMul(x.node, MatMul(weight.node, x.node))
    wshape = r.solver.shape(weight.shape)
    if isinstance(wshape, tuple) and len(wshape) == 2:
        r.solver.same_dim(wshape[1].dim, shape[0].dim, "the weight of a norm", at)
    if len(sups) == 1 and number_of(unwrapped(sups[0])) == 2:
        return Term(form, ())
    if not sups:
        return Term(Op("sqrt", (form,)), ())
    return None


def _raised(r: Reading, term: Term, sups: tuple[Tree, ...], at: Tree, apply_superscript) -> Term:  # type: ignore[no-untyped-def]
    for item in sups:
        term = apply_superscript(r, term, item, at)
    return term


def _cardinality(r: Reading, body: Tree) -> Term | None:
    from .sets import cardinality

    return cardinality(r, body)


def cosine(r: Reading, x: Term, y: Term, at: Tree) -> Term:
    """`cos(q, k)`: the cosine of the angle between two vectors."""
    product = inner(r, x, y, at)
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if not (isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b) == 1):
        return product
    length = Op("mul", (Norm(x.node), Norm(y.node)))
    return Term(Op("div", (product.node, length)), ())


def inner(r: Reading, x: Term, y: Term, at: Tree) -> Term:
    """The inner product of two vectors or two matrices of one shape."""
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    key = f"inner {getattr(at, 'at', '')}"
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        known = (
            b
            if isinstance(a, Unknown) and not isinstance(b, Unknown)
            else a
            if isinstance(b, Unknown) and not isinstance(a, Unknown)
            else None
        )
        suits = known if isinstance(known, tuple) and known else (r.stable_axis(key),)
        r.solver.suggest(a, suits, 7)
        r.solver.suggest(b, suits, 7)
        return Term(Op("mul", (x.node, y.node)), ())
    if len(a) != len(b):
        raise Mismatch(f"an inner product of {show_shape(a)} and {show_shape(b)}", at=at)
    r.solver.same(a, b, "the two sides of an inner product", at)
    if len(a) == 0:
        return ew.binary(r, "mul", x, y, at)
    if len(a) == 1:
        return Term(MatMul(x.node, y.node), ())
    if len(a) == 2:
        return Term(Linear("inner", (x.node, y.node)), ())
    raise Refusal("inner-product", "an inner product of arrays with more than two axes", at=at)


# --- concatenation, lists and matrices ------------------------------------------------------------------------


def concat(r: Reading, terms: list[Term], at: Tree) -> Term:
    """Concatenation along the last axis; the others agree."""
    shapes = [r.solver.shape(t.shape) for t in terms]
    known = [s for s in shapes if isinstance(s, tuple) and s]
    for k, s in enumerate(shapes):
        if isinstance(s, Unknown):
            if known:
                r.solver.suggest(s, (*known[0][:-1], r.stable_axis(f"concat {getattr(at, 'at', '')} {k}")), 6)
            else:
                r.solver.suggest(s, (r.stable_axis(f"concat {getattr(at, 'at', '')} {k}"),), 4)
    if any(isinstance(s, Unknown) for s in shapes):
        return Term(terms[0].node, r.solver.new_shape())
    if all(s == () for s in shapes):
        return Term(Join("stack", tuple(t.node for t in terms)), (Axis(Dim.constant(len(terms))),))
    full = [s for s in shapes if isinstance(s, tuple)]
    rank = max(len(s) for s in full)
    lifted: list[Node] = []
    total = Dim.constant(0)
    for term, s in zip(terms, full):
        if len(s) == 0 and rank == 1:
            lifted.append(Join("stack", (term.node,)))
            total = total + Dim.constant(1)
            continue
        if len(s) != rank:
            raise Mismatch("a concatenation of arrays with different numbers of axes", at=at)
        lifted.append(term.node)
        total = total + s[-1].dim
    first = next(s for s in full if len(s) == rank)
    for s in full:
        if len(s) == rank:
            for p, q in zip(first[:-1], s[:-1]):
                r.solver.same_dim(p.dim, q.dim, "the other axes of a concatenation", at)
    return Term(Join("concat", tuple(lifted), rank - 1), (*first[:-1], Axis(total)))


def bracket_list(r: Reading, node: Group, body: List) -> Term:
    """`[a, b]`, `[a; b]`, `(x_1, …, x_n)`: concatenation of arrays, or a vector of numbers."""
    if any(isinstance(i, Ellipsis) for i in body.items):
        from .ellipsis import over_list

        return over_list(r, "below" if ";" in body.separators else "list", body, node)
    if node.open not in ("[", "(") or any(isinstance(i, (Relation, Text)) for i in body.items):
        raise Refusal("list", "a list stands where one value should", at=node)
    terms = [r.term(i) for i in body.items]
    shapes = [r.solver.shape(t.shape) for t in terms]
    if all(s == () for s in shapes):
        return Term(Join("stack", tuple(t.node for t in terms)), (Axis(Dim.constant(len(terms))),))
    if node.open == "[":
        return concat(r, terms, node)
    raise Refusal("list", "a tuple of arrays stands where one value should", at=node)


def matrix(r: Reading, node: Matrix) -> Term:
    """A matrix written out: numbers or blocks."""
    rows = [[r.term(cell) for cell in row] for row in node.rows]
    if len({len(row) for row in rows}) != 1:
        raise Refusal("matrix", "the rows of a matrix have different lengths", at=node)
    if node.open == "‖":
        raise Refusal("matrix", "a norm of a matrix written out", at=node)
    shapes = [[r.solver.shape(t.shape) for t in row] for row in rows]
    if any(isinstance(s, Unknown) for row in shapes for s in row):
        return Term(rows[0][0].node, r.solver.new_shape())
    flat = [s for row in shapes for s in row if isinstance(s, tuple)]
    n, m = len(rows), len(rows[0])
    if all(s == () for s in flat):
        if m == 1 and node.open != "|":
            return Term(Join("stack", tuple(row[0].node for row in rows)), (Axis(Dim.constant(n)),))
        term = Term(
            Block(tuple(tuple(t.node for t in row) for row in rows)), (Axis(Dim.constant(n)), Axis(Dim.constant(m)))
        )
        return Term(Linear("det", (term.node,)), ()) if node.open == "|" else term
    if m == 1 and all(len(s) == 1 for s in flat):
        return concat(r, [row[0] for row in rows], node)
    raise Refusal("block-matrix", "a matrix of blocks", at=node)
