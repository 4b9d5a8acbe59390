"""The field's operators: functions by name, norms, inner products, concatenation, softmax and its axis."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from ..formula.tree import (
    Apply,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Relation,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.node import (
    Along,
    Axis,
    Build,
    Const,
    IndexNumber,
    Linear,
    Op,
    Over,
    Reduce,
    ReduceAxes,
    StopGradient,
)
from . import activations
from . import elementwise as ew
from .arrays import bracket_list, concat, cosine
from .index import number_of, split, unwrapped
from .keys import plain
from .refusal import Mismatch, Refusal
from .scope import Reading
from .softmax import softmax
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
    from .applications import apply
    from .link import Links

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
    from .applications import is_application
    from .products import bracket

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
