"""Numerical form: rules that rewrite IR into what an expert would write, each equal in exact arithmetic.

A rule takes a node whose parts are already in good form, and gives its replacement or None. The order of `RULES` matters
only for reading: every rule is tried until none applies.
"""

from __future__ import annotations

from collections.abc import Callable

from ..ir.dims import Dim
from ..ir.node import (
    Along,
    Const,
    Let,
    MatMul,
    Node,
    Norm,
    Op,
    Over,
    Range,
    Reduce,
    ReduceAxes,
    Size,
)
from .nodes import rebuild

Rule = Callable[[Node], Node | None]


def _is(node: Node, value: float) -> bool:
    return isinstance(node, Const) and node.value == value


def _positive(node: Node) -> Node | None:
    """x, if the node is -x."""
    match node:
        case Op("neg", (x,)):
            return x
        case Op("mul", (Const(-1), x)):
            return x
        case Op("mul", (Op("neg", (a,)), b)):
            return Op("mul", (a, b))
        case Op("div", (Op("neg", (a,)), b)):
            return Op("div", (a, b))
        case Op("mul", (Const(value, text), b)) if value < 0 and not text:
            return Op("mul", (Const(-value), b))
    return None


# --- exponentials ------------------------------------------------------------------------------------


def log_of_exp(node: Node) -> Node | None:
    match node:
        case Op("log", (Op("exp", (x,)),)):  # log exp x = x
            return x
    return None


def log_sum_exp(node: Node) -> Node | None:
    match node:
        case Op("log", (Reduce("sum", index, Op("exp", (x,)), where),)):  # log Σ exp x
            return Reduce("logsumexp", index, x, where)
        case Op("log", (Reduce("mean", index, Op("exp", (x,)), None),)) if isinstance(index.domain, Over):
            return Op("sub", (Reduce("logsumexp", index, x), Op("log", (Size(index.domain.axis.dim),))))
        case Op("log", (ReduceAxes("sum", Op("exp", (x,)), axes, keep),)):
            return ReduceAxes("logsumexp", x, axes, keep)
        case Op("log", (Reduce("sum", index, Op("mul", (Op("indicator", (c,)), Op("exp", (x,)))), None),)):
            return Reduce("logsumexp", index, x, c)
        case Op("log", (Op("exp", (a,)),)):
            return a
        case Op("log", (Op("add", (Op("exp", (a,)), Op("exp", (b,)))),)):  # log(e^a + e^b)
            return Op("logaddexp", (a, b))
        case Op("log", (Op("add", (Op("exp", (a,)), Reduce("sum", index, Op("exp", (x,)), where))),)):
            return Op("logaddexp", (a, Reduce("logsumexp", index, x, where)))
        case Op("log", (Op("add", (Reduce("sum", index, Op("exp", (x,)), where), Op("exp", (a,)))),)):
            return Op("logaddexp", (a, Reduce("logsumexp", index, x, where)))
        case Op("log", (Op("add", (Const(1), Reduce("sum", index, Op("exp", (x,)), where))),)):
            return Op("softplus", (Reduce("logsumexp", index, x, where),))
    return None


def softplus(node: Node) -> Node | None:
    match node:
        case Op("log" | "log1p" as op, args):
            body = args[0]
            match (op, body):
                case ("log", Op("add", (Const(1), Op("exp", (x,))))) | ("log", Op("add", (Op("exp", (x,)), Const(1)))):
                    return Op("softplus", (x,))
                case ("log1p", Op("exp", (x,))):
                    return Op("softplus", (x,))
    return None


def sigmoid(node: Node) -> Node | None:
    """1 / (1 + e^-x), (1 + e^-x)^-1, e^x / (1 + e^x), e^a / (e^a + e^b)."""
    match node:
        case Op("div", (Const(1), Op("add", (Const(1), Op("exp", (x,)))))) | Op(
            "reciprocal", (Op("add", (Const(1), Op("exp", (x,)))),)
        ):
            inner = _positive(x)
            return Op("sigmoid", (inner if inner is not None else Op("neg", (x,)),))
        case Op("div", (Const(1), Op("add", (Op("exp", (x,)), Const(1))))) | Op(
            "reciprocal", (Op("add", (Op("exp", (x,)), Const(1))),)
        ):
            inner = _positive(x)
            return Op("sigmoid", (inner if inner is not None else Op("neg", (x,)),))
        case Op("div", (Op("exp", (x,)), Op("add", (Const(1), Op("exp", (y,)))))) if x == y:
            return Op("sigmoid", (x,))
        case Op("div", (Op("exp", (x,)), Op("add", (Op("exp", (y,)), Const(1))))) if x == y:
            return Op("sigmoid", (x,))
        case Op("div", (Op("exp", (x,)), Op("add", (Op("exp", (a,)), Op("exp", (b,)))))) if x in (a, b):
            return Op("sigmoid", (Op("sub", (x, b if x == a else a)),))
    return None


def log_sigmoid(node: Node) -> Node | None:
    match node:
        case Op("log", (Op("sigmoid", (x,)),)):
            return Op("logsigmoid", (x,))
        case Op("log", (Op("sub", (Const(1), Op("sigmoid", (x,)))),)):  # log(1 - σ(x)) = log σ(-x)
            return Op("logsigmoid", (Op("neg", (x,)),))
        case Op("log", (Op("mul", (a, Op("sigmoid", (x,)))),)):
            return Op("add", (Op("log", (a,)), Op("logsigmoid", (x,))))
    return None


def one_minus(node: Node) -> Node | None:
    match node:
        case Op("sub", (Op("exp", (x,)), Const(1))):
            return Op("expm1", (x,))
        case Op("sub", (Const(1), Op("exp", (x,)))):
            return Op("neg", (Op("expm1", (x,)),))
        case Op("log", (Op("add", (Const(1), x)),)) if not _special(x):
            return Op("log1p", (x,))
        case Op("log", (Op("add", (x, Const(1))),)) if not _special(x):
            return Op("log1p", (x,))
        case Op("log", (Op("sub", (Const(1), x)),)) if not _special(x):
            return Op("log1p", (Op("neg", (x,)),))
    return None


def _special(x: Node) -> bool:
    """What other rules take: sums of exponentials, sigmoids."""
    match x:
        case Op("exp" | "sigmoid", _) | Reduce("sum", _, Op("exp", _), _) | Const():
            return True
    return False


def log_cosh(node: Node) -> Node | None:
    match node:
        case Op("log", (Op("cosh", (x,)),)):
            return Op("logcosh", (x,))
    return None


# --- quotients of exponentials -------------------------------------------------------------------------


def softmax(node: Node) -> Node | None:
    """exp(a) / Σ exp(b) without overflow: exp(a - logsumexp b)."""
    match node:
        case Op("div", (Op("exp", (a,)), Reduce("sum", index, Op("exp", (x,)), where))):
            return Op("exp", (Op("sub", (a, Reduce("logsumexp", index, x, where))),))
        case Op(
            "div", (Op("exp", (a,)), Reduce("sum", index, Op("mul", (Op("indicator", (c,)), Op("exp", (x,)))), None))
        ):
            return Op("exp", (Op("sub", (a, Reduce("logsumexp", index, x, c))),))
        case Op("div", (Op("exp", (a,)), Op("add", (Op("exp", (b,)), Reduce("sum", index, Op("exp", (x,)), where))))):
            return Op("exp", (Op("sub", (a, Op("logaddexp", (b, Reduce("logsumexp", index, x, where))))),))
        case Op("div", (Op("exp", (a,)), Op("add", (Reduce("sum", index, Op("exp", (x,)), where), Op("exp", (b,)))))):
            return Op("exp", (Op("sub", (a, Op("logaddexp", (b, Reduce("logsumexp", index, x, where))))),))
        case Op("div", (Op("exp", (a,)), ReduceAxes("sum", Op("exp", (x,)), axes, keep))) if (
            a == x and not keep and len(axes) == 1
        ):
            return Along("softmax", a, axes[0]) if axes == (0,) else None
        case Op("div", (Reduce("sum", i, Op("exp", (x,)), w), Reduce("sum", j, Op("exp", (y,)), v))):
            return Op("exp", (Op("sub", (Reduce("logsumexp", i, x, w), Reduce("logsumexp", j, y, v))),))
        case Op("div", (Op("exp", (a,)), Op("exp", (b,)))):
            return Op("exp", (Op("sub", (a, b)),))
        case Op("div", (Op("mul", (c, Op("exp", (a,)))), Reduce("sum", index, Op("exp", (x,)), where))):
            return Op("mul", (c, Op("exp", (Op("sub", (a, Reduce("logsumexp", index, x, where))),))))
        case Op("div", (Op("exp", (a,)), Op("mul", (c, Reduce("sum", index, Op("exp", (x,)), where))))):
            return Op("div", (Op("exp", (Op("sub", (a, Reduce("logsumexp", index, x, where))),)), c))
    return None


def log_of_quotient(node: Node) -> Node | None:
    """The logarithm of a quotient or product with an exponential in it is a difference or a sum."""
    match node:
        case Op("log", (Op("div", (a, b)),)) if _logs(a) or _logs(b):
            return Op("sub", (_log(a), _log(b)))
        case Op("log", (Op("mul", (a, b)),)) if _logs(a) or _logs(b):
            return Op("add", (_log(a), _log(b)))
        case Op("log", (Along("softmax", x, axis),)):
            return Along("log_softmax", x, axis)
        case Op("log", (Reduce("prod", index, x, where),)):  # log Π x = Σ log x
            return Reduce("sum", index, Op("log", (x,)), where)
        case Op("log", (Op("sqrt", (x,)),)):
            return Op("mul", (Const(0.5), Op("log", (x,))))
    return None


def _log(node: Node) -> Node:
    """The logarithm, brought into good form where it is an exponential's."""
    return _once(Op("log", (node,)))


def _logs(node: Node) -> bool:
    """The logarithm of the node is simpler than the node: an exponential, or a sum of them."""
    match node:
        case Op("exp" | "sigmoid", _) | Reduce("sum", _, Op("exp", _), _) | Along("softmax") | Reduce("prod"):
            return True
        case Reduce("sum", _, Op("mul", (Op("indicator", _), Op("exp", _))), _):
            return True
        case Op("add", args):
            return all(_logs(a) or _is(a, 1) for a in args) and any(_logs(a) for a in args)
        case Op("mul" | "div", (a, b)):
            return _logs(a) or _logs(b)
    return False


# --- sums, means, squares --------------------------------------------------------------------------------


def mean(node: Node) -> Node | None:
    """1/n Σ over n terms is a mean."""
    match node:
        case Op("mul", (Op("div", (Const(1), Size(dim))), Reduce("sum", index, body, None))) if (
            _size(index.domain) == dim
        ):
            return Reduce("mean", index, body)
        case Op("mul", (Op("reciprocal", (Size(dim),)), Reduce("sum", index, body, None))) if (
            _size(index.domain) == dim
        ):
            return Reduce("mean", index, body)
        case Op("div", (Reduce("sum", index, body, None), Size(dim))) if _size(index.domain) == dim:
            return Reduce("mean", index, body)
        case Op("mul", (Op("neg", (Op("div", (Const(1), Size(dim))),)), Reduce("sum", index, body, None))) if (
            _size(index.domain) == dim
        ):
            return Op("neg", (Reduce("mean", index, body),))
    return None


def _size(domain: Over | Range) -> Dim | None:
    return domain.axis.dim if isinstance(domain, Over) else None


def masked_sum(node: Node) -> Node | None:
    """Σ 1[c] x is a sum over where c holds."""
    match node:
        case Reduce("sum", index, Op("mul", (Op("indicator", (c,)), x)), None):
            return Reduce("sum", index, x, c)
        case Reduce("sum", index, Op("mul", (Op("indicator", (c,)), x)), where) if where is not None:
            return Reduce("sum", index, x, Op("and", (where, c)))
    return None


def tidy(node: Node) -> Node | None:
    match node:
        case Op("mul", (Const(1), x)) | Op("mul", (x, Const(1))) | Op("div", (x, Const(1))):
            return x
        case Op("neg", (Op("neg", (x,)),)):
            return x
        case Op("add", (x, Const(0))) | Op("add", (Const(0), x)) | Op("sub", (x, Const(0))):
            return x
        case Op("pow", (x, Const(1))):
            return x
        case Op("sqrt", (Op("square", (x,)),)):
            return Op("abs", (x,))
    return None


RULES: tuple[Rule, ...] = (
    tidy, log_of_exp, softplus, log_sum_exp, log_sigmoid, sigmoid, softmax, log_of_quotient, log_cosh, one_minus, mean, masked_sum,
)  # fmt: skip


def _once(node: Node) -> Node:
    for _ in range(12):
        for rule in RULES:
            found = rule(node)
            if found is not None and found != node:
                node = found
                break
        else:
            return node
    return node


def stabilise(node: Node) -> Node:
    """The node in good numerical form: same meaning, no needless overflow, underflow or cancellation."""
    before = None
    for _ in range(6):
        if node == before:
            break
        before = node
        node = rebuild(
            node, lambda n: _once(n) if isinstance(n, (Op, Reduce, ReduceAxes, Along, MatMul, Norm, Let)) else n
        )
    return node
