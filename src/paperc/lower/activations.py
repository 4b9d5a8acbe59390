"""The field's activation functions under the spellings that papers use, and the parameters that some of them have."""

from __future__ import annotations

import re

from ..formula.tree import Node as Tree
from ..ir.node import Const
from . import elementwise as ew
from .refusal import Refusal
from .scope import Reading
from .types import Term, Unknown

PLAIN = {
    "relu": "relu", "relu6": "relu6", "gelu": "gelu", "silu": "silu", "swish": "silu", "mish": "mish", "selu": "selu",
    "sigmoid": "sigmoid", "logsigmoid": "logsigmoid", "softplus": "softplus", "softsign": "softsign", "tanh": "tanh",
    "hardtanh": "hardtanh", "hardsigmoid": "hardsigmoid", "hardswish": "hardswish",
}  # fmt: skip
"""Names in lower case without marks → operations of one operand."""
LEAKY = frozenset({"leakyrelu", "lrelu"})
NUMBER = r"\$?\s*(?:\\?[a-z]+\s*=\s*)?(\d*\.?\d+(?:[eE]-?\d+)?)\b"
SLOPE = re.compile(r"(?:negative|leaky)[^.;]{0,40}?slope[^.;0-9]{0,25}?" + NUMBER)
SLOPE_BEFORE = re.compile(r"slope of " + NUMBER)


def activation(name: str) -> str | None:
    """The plain name of an activation in any case and with any marks: "Leaky-ReLU" → "leakyrelu"; None for other names."""
    word = re.sub(r"[-_ \\]", "", name).lower()
    return word if word in PLAIN or word in LEAKY or word == "elu" else None


def known(r: Reading, word: str) -> bool:
    """Whether all of the function is known: a leaky rectifier is, where the paper tells its slope."""
    return word not in LEAKY or slope(r) is not None


def slope(r: Reading) -> float | None:
    """The slope of the leaky rectifier that the words around the formula tell."""
    patterns = (SLOPE, SLOPE_BEFORE) if "leaky" in r.prose else (SLOPE,)
    found = {float(m[1]) for pattern in patterns for m in pattern.finditer(r.prose)}
    return found.pop() if len(found) == 1 else None


def applied(r: Reading, word: str, x: Term, subs: tuple[Tree, ...], at: Tree) -> Term:
    """An activation at a value; `Swish_β` scales inside, `ELU_α` has the saturation α.

    Raises Refusal for a subscript on another one.
    """
    if word == "swish" and len(subs) == 1:
        return ew.binary(r, "mul", x, ew.unary(r, "sigmoid", ew.binary(r, "mul", _number(r, subs[0]), x, at)), at)
    if word == "elu":
        scale = _number(r, subs[0]) if len(subs) == 1 else Term(Const(1))
        if not subs:
            r.decide("elu", "alpha = 1", ("alpha = 1",), "ELU saturates at -1: the paper names no other alpha")
        return ew.binary(r, "elu", x, scale, at)
    if subs:
        raise Refusal("subscript", f"a subscript on the function {word}", at=at)
    if word in LEAKY:
        told = slope(r)
        assert told is not None
        r.note(f"the negative slope of the leaky rectifier is {told:g}, as the paper says")
        return ew.binary(r, "leaky_relu", x, Term(Const(told)), at)
    return ew.unary(r, PLAIN[word], x)


def _number(r: Reading, tree: Tree) -> Term:
    """A parameter of an activation: a number, if nothing says otherwise."""
    term = r.term(tree)
    if isinstance(shape := r.solver.shape(term.shape), Unknown):
        r.solver.suggest(shape, (), 8)
    return term
