"""Left sides: what an equality may define, and what only states a relation between things that are known."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Literal

from ..formula.names import plain
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Decorated,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Text,
    Unary,
)

LeftKind = Literal[
    "symbol", "application", "negation", "log", "derivative", "notation", "operator", "expectation", "increment", "tuple"
]  # fmt: skip

_OPERATORS = frozenset(["⊕", "⊗", "⊙", "⋆", "*", "∘", "∥", "⊖", "⊘", "×", "∧", "∨"])
_DIFFERENTIALS = frozenset(["d", "partial"])
_STEPS = frozenset(["Delta", "delta"])


@dataclass(frozen=True, slots=True)
class Left:
    """What the left side of an equality would define.

    `key` names it: the canonical symbol without fonts, or the whole left side where it is a notation.
    `arguments` are those of an application; `simple` says that each of them is a plain variable.
    """

    kind: LeftKind
    key: str
    arguments: tuple[Node, ...] = ()
    simple: bool = True


def left_side(node: Node) -> Left | None:
    """The thing that `node = …` would define, or None where the left side is compound (`\\sum_k \\pi_k = 1`)."""
    match node:
        case Decorated(_, body) | Group(".", ".", body):
            return left_side(body)
        case Quantified(_, body, _):
            return left_side(body)
        case Symbol():
            return Left("symbol", plain(node))
        case Scripted(base, sub, sup, primes):
            return _scripted(node, base, sub, sup, primes)
        case Apply(function, argument, bracketed):
            return _applied(function, argument, bracketed)
        case Juxtaposition(items):
            return _juxtaposed(items)
        case Unary("-", operand):
            inner = left_side(operand)
            return replace(inner, kind="negation") if inner else None
        case Fraction() | Binary("/"):
            return Left("derivative", plain(node)) if _is_derivative(node) else None
        case Binary(op, left, right) if op in _OPERATORS and _is_variable(left) and _is_variable(right):
            return Left("operator", op, (left, right))
        case Group(opener, closer, body):
            return _grouped(node, opener, closer, body)
        case BigOp(op, _, _, body) if op in ("E", "Var", "Cov", "Pr"):
            return Left("expectation", plain(node), (body,))
        case List(items):
            return _several(items)
        case Matrix(rows):
            return _several(tuple(cell for row in rows for cell in row))
    return None


def _scripted(node: Scripted, base: Node, sub: Node | None, sup: Node | None, primes: int) -> Left | None:
    if isinstance(base, Symbol):
        if base.name == "nabla":
            return None
        return Left("symbol", plain(node))
    inner = left_side(base)
    if inner is None:
        return None
    if inner.kind == "application" and sup is None and not primes:
        return inner  # `softmax(x)_i`: the elements of an application
    if isinstance(base, Group):
        # `[x]_+`, `‖x‖_2^2`, `(x)_i`: the whole is one notation.
        return Left("notation", plain(_blank(node)), inner.arguments, inner.simple)
    return inner if isinstance(base, Scripted) else Left(inner.kind, plain(node), inner.arguments, inner.simple)


def _blank(node: Scripted) -> Node:
    return replace(node, base=replace(node.base, body=Placeholder())) if isinstance(node.base, Group) else node


def _applied(function: Node, argument: Node, bracketed: bool) -> Left | None:
    name = function.base if isinstance(function, Scripted) else function
    if isinstance(name, Symbol) and name.name in ("log", "ln"):
        inner = left_side(argument.body if isinstance(argument, Group) else argument)
        return replace(inner, kind="log") if inner and inner.kind in ("application", "symbol", "expectation") else None
    arguments = _arguments(argument)
    return Left("application", plain(function), arguments, all(map(_is_variable, arguments)))


def _juxtaposed(items: tuple[Node, ...]) -> Left | None:
    first, rest = items[0], items[1:]
    head = first.base if isinstance(first, Scripted) else first
    if isinstance(head, Symbol) and head.name == "nabla":
        return Left("derivative", plain(Juxtaposition(items)))
    if isinstance(first, Fraction) and _is_derivative(first):
        return Left("derivative", plain(Juxtaposition(items)))
    if isinstance(head, Symbol) and head.name in _STEPS and len(items) == 2 and left_side(items[1]):
        return Left("symbol", plain(Juxtaposition(items)))
    if isinstance(first, Symbol) and first.name in _DIFFERENTIALS and len(items) == 2 and not _bracketed(items[1]):
        return Left("increment", plain(Juxtaposition(items)))
    if len(rest) == 1 and isinstance(rest[0], Group):
        return _call(first, rest[0], plain(Juxtaposition(items)))
    if len(rest) == 1 and isinstance(rest[0], Scripted) and isinstance(rest[0].base, Group):
        # `f(x)_i`; `f(x)^2` and `f(x)^{-1}` name a power of a value.
        group, script = rest[0].base, rest[0]
        if script.sup is None or isinstance(script.sup, (Number, Symbol, Unary)):
            return _call(first, group, plain(Juxtaposition(items)))
    if len(rest) == 2 and all(isinstance(r, Group) and r.open in ("(", "[") for r in rest):
        # `f(x)(y)`, `(Tf)(x)[i]`: a curried application.
        inner = _call(first, rest[0], "")  # type: ignore[arg-type]
        if inner is not None and isinstance(rest[1], Group):
            arguments = inner.arguments + _arguments(rest[1])
            return replace(inner, arguments=arguments, simple=all(map(_is_variable, arguments)))
    return None


def _bracketed(node: Node) -> bool:
    return isinstance(node, Group) or (isinstance(node, Scripted) and isinstance(node.base, Group))


def _call(function: Node, group: Group, whole: str) -> Left | None:
    if group.open not in ("(", "[", "{"):
        return None
    if isinstance(function, Group):
        # `(f * g)(x) = …` defines the operator.
        inner = left_side(function.body)
        if inner is not None and inner.kind in ("operator", "application", "symbol"):
            return Left("operator" if inner.kind == "operator" else "application", inner.key, _arguments(group))
        return None
    base = function.base if isinstance(function, Scripted) else function
    if not isinstance(base, Symbol) or base.name == "partial":
        return None
    arguments = _arguments(group)
    return Left("application", plain(function), arguments, all(map(_is_variable, arguments)))


def _grouped(node: Node, opener: str, closer: str, body: Node) -> Left | None:
    if opener in ("⟨", "|", "‖") or (opener == "[" and closer == "]" and not isinstance(body, List)):
        arguments = _arguments(Group(opener, closer, body))
        if all(map(_is_variable, arguments)):
            return Left("notation", plain(Group(opener, closer, Placeholder())), arguments)
        return None
    if opener in ("(", "[") and isinstance(body, List):
        return _several(body.items)
    if opener in ("(", "["):
        inner = left_side(body)
        if inner is not None and isinstance(body, (Symbol, Scripted, Placeholder)):
            return Left("notation", plain(node), (body,))
    return None


def _several(items: tuple[Node, ...]) -> Left | None:
    lefts = [left_side(item) for item in items if not isinstance(item, Ellipsis)]
    if not lefts or any(left is None or left.kind not in ("symbol", "application") for left in lefts):
        return None
    return Left("tuple", ",".join(left.key for left in lefts if left))


def _arguments(argument: Node) -> tuple[Node, ...]:
    match argument:
        case Group(_, _, body):
            return _arguments(body)
        case List(items):
            return tuple(part for item in items for part in _arguments(item))
        case Given(left, right):
            return _arguments(left) + _arguments(right)
    return (argument,)


def _is_variable(node: Node) -> bool:
    """A name that an argument place may hold: a symbol with or without scripts, a tuple of them, a dot."""
    match node:
        case Symbol() | Placeholder() | Ellipsis() | Text():
            return True
        case Scripted(base, _, sup):
            return isinstance(base, (Symbol, Group)) and _is_variable(base) and not isinstance(sup, Number)
        case Group(_, _, body) | Decorated(_, body):
            return _is_variable(body)
        case List(items):
            return all(map(_is_variable, items))
        case Given(left, right):
            return _is_variable(left) and _is_variable(right)
        case Relation(first, rest):
            # `P(X = x)`, `y_1 \succ y_2`: an event, named by its variables.
            return _is_variable(first) and all(_is_variable(item) or isinstance(item, Number) for _, item in rest)
        case Juxtaposition(items):
            # `\Delta x`, `x_i x_j` without a sign: two names side by side.
            return all(isinstance(i, (Symbol, Scripted)) and _is_variable(i) for i in items)
    return False


def _is_derivative(node: Node) -> bool:
    """`\\frac{\\partial f}{\\partial x}`, `\\frac{d}{dt}`, `\\partial f / \\partial x`."""
    match node:
        case Fraction(upper, lower) | Binary("/", upper, lower):
            return _starts_differential(upper) and _starts_differential(lower)
    return False


def _starts_differential(node: Node) -> bool:
    while True:
        match node:
            case Juxtaposition(items):
                node = items[0]
            case Scripted(base):
                node = base
            case Symbol(name):
                return name in _DIFFERENTIALS
            case _:
                return False


def is_known_application(left: Left, defined: Set[str]) -> bool:
    """`\\sigma(-x) = …` where σ has been defined: it says something about σ."""
    return left.kind == "application" and not left.simple and left.key in defined
