"""Rewrites to numerically stable and readable forms, each equal in exact arithmetic wherever the original is defined.

A rule looks at one node whose parts have been rewritten already, and gives another node or None. The evaluator stays with
the literal formula, so every rewrite is checked by conformance, and at extremes against high precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..ir.node import (
    Access,
    Along,
    Arg,
    Call,
    CallCompiled,
    Const,
    Function,
    Linear,
    Node,
    Norm,
    Op,
    Reduce,
    ReduceAxes,
    Size,
)
from ..ir.shapes import (
    as_dim,
    bound_index,
    domain_axis,
    free_indices,
    is_size,
    parts,
    scope_of,
    size_argument,
    substitute,
)
from .idioms import IDIOMS
from .rewriting import (
    Where,
    canonical,
    factors,
    is_number,
    logistic,
    negated,
    product,
    same,
    softmax_along,
    softmax_at,
    terms_of,
)

Rule = Callable[[Node, Where], Node | None]


def stable(body: Node, function: Function, functions: Mapping[str, Function]) -> Node:
    """The body with all rules applied, innermost nodes first, until none applies."""
    domains = {a.name: a.domain for a in function.arguments}
    sizes = {a.name: s for a in function.arguments if (s := size_argument(a)) is not None}
    return _rewrite(body, Where(scope_of(function, functions), domains, sizes))


def _rewrite(node: Node, where: Where) -> Node:
    from ..ir.node import Gradient, Let

    inner = where
    index = bound_index(node)
    if index is not None and index.name not in where.scope.indices:
        inner = replace(where, scope=where.scope.with_index(index))
    if isinstance(node, Let):
        value = _rewrite(node.value, where)
        kind = where.type(value)
        body_where = replace(where, scope=where.scope.with_name(node.name, kind)) if kind else where
        return replace(node, value=value, body=_rewrite(node.body, body_where))
    if isinstance(node, Gradient):
        return replace(node, body=_rewrite(node.body, where), at=None if node.at is None else _rewrite(node.at, where))
    direct = {id(p) for p in parts(node)}
    node = substitute(node, lambda n: _rewrite(n, inner) if id(n) in direct else None)
    for _ in range(8):
        for rule in RULES:
            new = rule(node, where)
            if new is not None and new != node:
                node = new
                break
        else:
            return node
        # What a rule made may itself hold something to rewrite, one level down.
        direct = {id(p) for p in parts(node)}
        node = substitute(node, lambda n, direct=direct: _once(n, inner) if id(n) in direct else None)  # type: ignore[misc]
    return node


def _once(node: Node, where: Where) -> Node | None:
    for rule in RULES:
        new = rule(node, where)
        if new is not None and new != node:
            return new
    return None


# --- logarithms of exponentials ------------------------------------------------------------------------------


def _exponent(node: Node, where: Where) -> Node | None:
    """log(node), where node is an exponential or a sum of exponentials; None for anything else."""
    match node:
        case Op("exp", (x,)):
            return x
        case Op("sigmoid", (x,)):
            return Op("logsigmoid", (x,))
        case Along("softmax", body, axis):
            return Along("log_softmax", body, axis)
        case Access(Along("softmax", body, axis), positions):
            return Access(Along("log_softmax", body, axis), positions)
        case Reduce("sum", index, body, condition) if (e := _exponent(body, where)) is not None:
            return Reduce("logsumexp", index, e, condition)
        case Reduce("mean", index, body, None) if (e := _exponent(body, where)) is not None:
            size = Size(domain_axis(index).dim)
            if all(map(is_size, size.dim.names)):
                return Op("sub", (Reduce("logsumexp", index, e), Op("log", (size,))))
        case ReduceAxes("sum", body, axes, keep) if (e := _exponent(body, where)) is not None:
            return ReduceAxes("logsumexp", e, axes, keep)
        case Op("add", args):
            return _log_of_sum(list(terms_of(Op("add", args))), where)
        case Op("mul", args):
            known = [_exponent(a, where) for a in args]
            if all(k is not None for k in known):
                return Op("add", tuple(k for k in known if k is not None))
        case Op("div", (a, b)):
            top, low = _exponent(a, where), _exponent(b, where)
            if top is not None and low is not None:
                return Op("sub", (top, low))
        case Op("pow", (a, p)) if (e := _exponent(a, where)) is not None:
            return Op("mul", (p, e))
    return None


def _log_of_sum(terms: list[Node], where: Where) -> Node | None:
    """log(exp a + exp b + …), where 1 counts as exp 0."""
    logs: list[Node] = []
    ones = 0
    for term in terms:
        if is_number(term, 1):
            ones += 1
            continue
        e = _exponent(term, where)
        if e is None:
            return None
        logs.append(e)
    if not logs or ones > 1:
        return None
    total = logs[0]
    for e in logs[1:]:
        total = Op("logaddexp", (total, e))
    return Op("softplus", (total,)) if ones else total


def log_of_exponential(node: Node, where: Where) -> Node | None:
    """log(exp(a) r / s) = a + log(r) - log(s): no overflow, and log-sum-exp where s is a sum of exponentials."""
    if not isinstance(node, Op) or node.op != "log":
        return None
    (x,) = node.args
    if (whole := _exponent(x, where)) is not None:
        return whole
    above, below = (x.args[0], x.args[1]) if isinstance(x, Op) and x.op == "div" else (x, None)
    logs: list[Node] = []
    rest: list[Node] = []
    for factor in factors(above):
        e = _exponent(factor, where)
        (rest if e is None else logs).append(factor if e is None else e)
    low: list[Node] = []
    rest_low: list[Node] = []
    for factor in factors(below) if below is not None else ():
        e = _exponent(factor, where)
        (rest_low if e is None else low).append(factor if e is None else e)
    if not logs and not low:
        return None
    left = product(rest)
    if rest_low:
        left = Op("div", (left, product(rest_low)))
    if not is_number(left, 1):
        logs.append(Op("log", (left,)))
    total = logs[0] if len(logs) == 1 else Op("add", tuple(logs)) if logs else Op("neg", (low.pop(0),))
    for e in low:
        total = Op("sub", (total, e))
    return total


def softmax(node: Node, where: Where) -> Node | None:
    """exp(a_i) / Σ_j exp(a_j) is the softmax; otherwise exp(a) / Σ exp(b) = exp(a - log Σ exp(b))."""
    match node:
        case Op("div", (Op("exp", (a,)), Reduce("sum", index, Op("exp", (b,)), None))):
            if (found := softmax_at(a, index, b, where)) is not None:
                return found
        case Op("div", (Op("exp", (a,)), ReduceAxes("sum", Op("exp", (b,)), (axis,), keep))):
            if (found := softmax_along(a, b, axis, keep, where)) is not None:
                return found
    if isinstance(node, Op) and node.op == "div":
        top, low = node.args
        e: Node | None = top.args[0] if isinstance(top, Op) and top.op == "exp" else None
        if e is None:
            return None
        # exp(a) / (exp(a) + exp(b)) = sigmoid(a - b)
        terms = list(terms_of(low))
        if len(terms) == 2:
            for equal, other in (terms, terms[::-1]):
                if same(equal, top):
                    rest = Const(0) if is_number(other, 1) else _exponent(other, where)
                    if rest is not None:
                        return Op("sigmoid", (e if is_number(rest, 0) else Op("sub", (e, rest)),))
        total = _exponent(low, where)
        if total is not None and (not isinstance(low, Op) or low.op == "add"):
            return Op("exp", (Op("sub", (e, total)),))
    return None


# --- sigmoids and their like ------------------------------------------------------------------------------------


def sigmoid(node: Node, where: Where) -> Node | None:
    """1 / (1 + exp(-x)) is the sigmoid, 1 - sigmoid(x) = sigmoid(-x): no overflow, no cancellation."""
    match node:
        case Op("div", (one, low)) if is_number(one, 1):
            return logistic(low)
        case Op("reciprocal", (low,)):
            return logistic(low)
        case Op("pow", (low, exponent)) if is_number(exponent, -1):
            return logistic(low)
        case Op("sub", (one, Op("sigmoid", (x,)))) if is_number(one, 1):
            return Op("sigmoid", (negated(x),))
    return None


def near_one(node: Node, where: Where) -> Node | None:
    """log(1 + x), exp(x) - 1 and a exp(x) - a keep their digits for small x; log(cosh(x)) does not overflow."""
    match node:
        case Op("log", (Op("cosh", (x,)),)):
            return Op("logcosh", (x,))
        case Op("log", (Op("add", (a, b)),)) if is_number(a, 1) and not isinstance(b, Const):
            return Op("log1p", (b,))
        case Op("log", (Op("add", (a, b)),)) if is_number(b, 1) and not isinstance(a, Const):
            return Op("log1p", (a,))
        case Op("log", (Op("sub", (a, b)),)) if is_number(a, 1) and not isinstance(b, Const):
            return Op("log1p", (negated(b),))
        case Op("sub", (Op("exp", (x,)), one)) if is_number(one, 1) and not isinstance(x, Const):
            return Op("expm1", (x,))
        case Op("add", (Op("exp", (x,)), Const(-1))):
            return Op("expm1", (x,))
        case Op("sub", (Op("mul", (a, Op("exp", (x,)))), b)) if same(a, b) and not isinstance(x, Const):
            return Op("mul", (a, Op("expm1", (x,))))
        case Op("sub", (Op("mul", (Op("exp", (x,)), a)), b)) if same(a, b) and not isinstance(x, Const):
            return Op("mul", (a, Op("expm1", (x,))))
    return None


def zero_times_log_zero(node: Node, where: Where) -> Node | None:
    """p log p and p log(p / q) are 0 at p = 0."""
    if not isinstance(node, Op) or node.op != "mul" or len(node.args) != 2:
        return None
    for p, logarithm in (node.args, node.args[::-1]):
        if isinstance(logarithm, Op) and logarithm.op == "log":
            x = logarithm.args[0]
            if same(p, x) or (isinstance(x, Op) and x.op == "div" and same(p, x.args[0])) or _probability(p, where):
                return Op("xlogy", (p, x))
        if isinstance(logarithm, Op) and logarithm.op == "log1p":
            x = logarithm.args[0]
            if same(p, Op("sub", (Const(1), negated(x)))) or _complement(p, where):
                return Op(
                    "xlogy",
                    (
                        p,
                        Op("add", (Const(1), x))
                        if not (isinstance(x, Op) and x.op == "neg")
                        else Op("sub", (Const(1), x.args[0])),
                    ),
                )
    return None


_PROBABILITIES = ("probability", "simplex", "[0,1]", "(0,1)", "unit", "binary", "{0,1}")


def _probability(node: Node, where: Where) -> bool:
    match node:
        case Arg(name):
            return where.domains.get(name, "") in _PROBABILITIES
        case Access(Arg(name), _):
            return where.domains.get(name, "") in _PROBABILITIES
    return False


def _complement(node: Node, where: Where) -> bool:
    return (
        isinstance(node, Op) and node.op == "sub" and is_number(node.args[0], 1) and _probability(node.args[1], where)
    )


def log_of_product(node: Node, where: Where) -> Node | None:
    """log Π p = Σ log p for positive factors: a long product of probabilities underflows."""
    match node:
        case Op("log", (Reduce("prod", index, body, condition),)) if _positive(body, where):
            return Reduce("sum", index, Op("log", (body,)), condition)
    return None


def _positive(node: Node, where: Where) -> bool:
    match node:
        case Call(name, _):
            return where.domains.get(name, "") in (*_PROBABILITIES, "positive", "density")
        case Op("exp" | "sigmoid" | "softplus", _) | Along("softmax", _, _) | Access(Along("softmax", _, _), _):
            return True
        case Op("mul" | "div" | "add", args):
            return all(_positive(a, where) for a in args)
    return False


def guarded_exponential(node: Node, where: Where) -> Node | None:
    """x if x > c else f(exp(x)): the branch not taken overflows, and its infinite slope times zero spoils the gradient."""
    if not isinstance(node, Op) or node.op != "where":
        return None
    condition, yes, no = node.args
    if not (isinstance(condition, Op) and condition.op in ("gt", "ge", "lt", "le")):
        return None
    x, c = condition.args
    if not isinstance(c, Const) or isinstance(x, Const):
        return None
    # exp(x) is only used where x stays below c.
    low_branch = no if condition.op in ("gt", "ge") else yes

    def bounded(n: Node) -> Node | None:
        if isinstance(n, Op) and n.op in ("exp", "expm1") and n.args[0] == x:
            return Op(n.op, (Op("min", (x, c)),))
        return None

    new = substitute(low_branch, bounded)
    if new == low_branch:
        return None
    return Op("where", (condition, yes, new) if condition.op in ("gt", "ge") else (condition, new, no))


def log_determinant(node: Node, where: Where) -> Node | None:
    """log|A| without the determinant, which overflows."""
    match node:
        case Op("log", (Linear("det", args),)) | Op("log", (Op("abs", (Linear("det", args),)),)):
            return Linear("logdet", args)
    return None


# --- readable forms ----------------------------------------------------------------------------------------------


def condition_of_sum(node: Node, where: Where) -> Node | None:
    """Σ_j 1[c] x = Σ_{j: c} x: what is excluded is never computed with."""
    match node:
        case Reduce("sum", index, Op("mul", args), condition):
            flags = [f for f in factors(Op("mul", args)) if isinstance(f, Op) and f.op == "indicator"]
            flags = [f for f in flags if index.name in free_indices(f) and where.rank_in(index, f) == 0]
            if flags:
                rest = [f for f in factors(Op("mul", args)) if f not in flags]
                conditions = [f.args[0] for f in flags] + ([condition] if condition is not None else [])
                together = conditions[0] if len(conditions) == 1 else Op("and", tuple(conditions))
                if rest:
                    return Reduce("sum", index, product(rest), together)
    return None


def mean(node: Node, where: Where) -> Node | None:
    """(1/n) Σ_{i=1}^n x_i is the mean."""

    def size(n: Node) -> object:
        if isinstance(n, Arg) and n.name in where.sizes:
            from ..ir.dims import Dim

            return Dim.of(where.sizes[n.name])
        return as_dim(n) if isinstance(n, (Size, Op, Const)) else None

    match node:
        case Op("div", (Reduce("sum", index, body, None), n)):
            if size(n) == domain_axis(index).dim:
                return Reduce("mean", index, body)
        case Op("mul", (Op("div", (one, n)), Reduce("sum", index, body, None))) if is_number(one, 1):
            if size(n) == domain_axis(index).dim:
                return Reduce("mean", index, body)
        case Op("mul", (Op("reciprocal", (n,)), Reduce("sum", index, body, None))):
            if size(n) == domain_axis(index).dim:
                return Reduce("mean", index, body)
    return None


def constants(node: Node, where: Where) -> Node | None:
    """1/2 is 0.5; x^(1/2) is the root; |x|^2 is the sum of squares, which is smooth at 0."""
    match node:
        case Op("div", (Const(a, ""), Const(b, ""))) if isinstance(a, int) and b in (2, 4, 8, 16):
            return Const(a / b)
        case Op("pow", (x, Const(0.5))):
            return Op("sqrt", (x,))
        case Op("pow", (x, Const(2))):
            return Op("square", (x,))
        case Op("square", (Norm(x, "2"),)) if where.rank(x) > 0:
            return ReduceAxes("sum", Op("square", (x,)), tuple(range(where.rank(x))))
        case Op("square", (Norm(x, "2"),)) if where.rank(x) == 0:
            return Op("square", (x,))
        case Op("square", (Op("abs", (x,)),)):
            return Op("square", (x,))
        case Op("neg", (Op("neg", (x,)),)):
            return x
        case Op("neg", (Op("sub", (a, b)),)):
            return Op("sub", (b, a))
        case Op("log", (Op("exp", (x,)),)):
            return x
    return None


RULES: tuple[Rule, ...] = (
    constants,
    condition_of_sum,
    mean,
    sigmoid,
    softmax,
    log_of_exponential,
    near_one,
    log_of_product,
    zero_times_log_zero,
    log_determinant,
    *IDIOMS,
    guarded_exponential,
)
__all__ = ["RULES", "CallCompiled", "canonical", "same", "stable"]
