"""Derivatives: gradients and partial derivatives by automatic differentiation."""

from __future__ import annotations

from ..formula import canonical
from ..formula.tree import Binary, Fraction, Group, Juxtaposition, Scripted, Symbol
from ..formula.tree import Node as Tree
from ..ir.node import Access, Arg, Gradient
from .index import split, walk
from .keys import plain
from .nodes import arguments
from .refusal import Refusal
from .scope import Reading
from .types import Term, Unknown


def derivative(r: Reading, node: Fraction) -> Term | None:
    """`\\frac{\\partial f}{\\partial x}` or `\\frac{d f}{d x}`, if the fraction is one."""
    top, bottom = _differential(node.numerator), _differential(node.denominator)
    if top is None or not bottom:
        return None
    if isinstance(top, tuple) and not top:
        raise Refusal("derivative", "a differential operator without what it is applied to", at=node)
    body = top[0] if len(top) == 1 else Juxtaposition(top)
    target = bottom[0] if len(bottom) == 1 else Juxtaposition(bottom)
    return gradient(r, body, target, node)


def slash_derivative(r: Reading, node: Binary) -> Term | None:
    if _differential(node.left) is not None and _differential(node.right) is not None:
        return derivative(r, Fraction(node.left, node.right, at=node.at))
    return None


def _differential(node: Tree) -> tuple[Tree, ...] | None:
    """What stands behind ∂ or d."""
    items = node.items if isinstance(node, Juxtaposition) else (node,)
    head = items[0]
    if isinstance(head, Scripted):
        return None
    if isinstance(head, Symbol) and not head.accents and head.name in ("partial", "d"):
        return tuple(items[1:])
    return None


def gradient(r: Reading, body: Tree, target: Tree, at: Tree) -> Term:
    """The gradient of a scalar with respect to a symbol, as an array of the symbol's shape."""
    value = r.term(body)
    shape = r.solver.shape(value.shape)
    if isinstance(shape, tuple) and shape != ():
        raise Refusal("jacobian", f"the derivative of {canonical(body)}, which is no scalar", at=at)
    return gradient_value(r, value, target, at)


def gradient_prefix(r: Reading, items: list[Tree], k: int) -> tuple[Term, int] | None:
    """`\\nabla_\\theta L(\\theta)`: the gradient of all that follows."""
    item = items[k]
    base = item.base if isinstance(item, Scripted) else item
    if isinstance(item, Fraction):
        top, bottom = _differential(item.numerator), _differential(item.denominator)
        if top == () and bottom is not None and k + 1 < len(items):
            rest = items[k + 1 :]
            target = bottom[0] if len(bottom) == 1 else Juxtaposition(bottom)
            return gradient(r, rest[0] if len(rest) == 1 else Juxtaposition(tuple(rest)), target, item), len(items) - k
        return None
    if not (isinstance(base, Symbol) and base.name == "nabla"):
        return None
    rest = items[k + 1 :]
    if not rest:
        raise Refusal("gradient", "a gradient of nothing", at=item)
    parts = split(item)
    if parts.sups:
        raise Refusal("hessian", "second derivatives", at=item)
    if not parts.subs:
        return _oracle(r, item, rest)
    if len(parts.subs) > 1:
        raise Refusal("gradient", "a gradient with respect to several symbols", at=item)
    body = rest[0] if len(rest) == 1 else Juxtaposition(tuple(rest))
    return _gradient_of(r, item, parts.subs[0], body), len(items) - k


def _oracle(r: Reading, item: Tree, rest: list[Tree]) -> tuple[Term, int]:
    """`\\nabla f(x)` of an unknown function: its gradient at its argument."""
    if len(rest) >= 2 and isinstance(rest[1], Group) and isinstance(rest[0], (Symbol, Scripted)):
        target = rest[1].body
        if isinstance(target, (Symbol, Scripted)):
            body = Juxtaposition((rest[0], rest[1]))
            return _gradient_of(r, item, target, body), 3
    raise Refusal("gradient", "a gradient that does not say with respect to what", "the symbol below ∇", at=item)


def _gradient_of(r: Reading, item: Tree, target: Tree, body: Tree) -> Term:
    """The gradient by a symbol; `\\nabla_θ f(θ_{t-1})` is that of f at θ_{t-1}."""
    value = r.term(body)
    if plain(target) in r.entries or plain(target) in r.bound:
        found = r.entries.get(plain(target))
        if found is None or found.name in arguments(value.node):
            return gradient_value(r, value, target, item)
    base = split(target).base
    points = {
        plain(n): n
        for n in walk(body)
        if isinstance(n, Scripted) and plain(split(n).base) == plain(base) and plain(n) in r.entries
    }
    points = {k: n for k, n in points.items() if r.entries[k].name in arguments(value.node)}
    if len(points) == 1:
        return gradient_value(r, value, next(iter(points.values())), item)
    # The function hides the symbol (`\\nabla_\\theta \\log \\pi_\\theta(a|s)`): nothing to differentiate by.
    raise Refusal(
        "gradient", f"the gradient with respect to {canonical(target)}, which the formula hides in a name", at=item
    )


def gradient_value(r: Reading, value: Term, target: Tree, at: Tree) -> Term:
    shape = r.solver.shape(value.shape)
    if isinstance(shape, tuple) and shape != ():
        raise Refusal("jacobian", "the gradient of what is no scalar", at=at)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (), 9)
    wrt = r.term(target)
    base = wrt.node.base if isinstance(wrt.node, Access) else wrt.node
    if not isinstance(base, Arg):
        raise Refusal("derivative", f"the derivative with respect to {canonical(target)}, which is no argument", at=at)
    if base.name not in arguments(value.node):
        raise Refusal(
            "derivative",
            f"a derivative with respect to {canonical(target)} of what does not depend on it as printed",
            at=at,
        )
    whole = Gradient(value.node, base.name)
    if isinstance(wrt.node, Access):
        return Term(Access(whole, wrt.node.positions), wrt.shape)
    return Term(whole, wrt.shape)
