"""Printed symbols as the inference of ranks sees them: one key for all indices, steps and fonts of a symbol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..formula import walk
from ..formula.names import canonical
from ..formula.tree import (
    BigOp,
    Binary,
    Ellipsis,
    Fraction,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Scripted,
    Symbol,
    Unary,
)

SLOT = Symbol("□")
"""Where an index stands."""
NO_NAMES = frozenset("1 0 I e pi infty nabla partial Delta d mathbbm".split())
"""Signs and constants, which name no array (unless they are bold)."""


def atom(node: Node | None) -> tuple[str, str] | None:
    """The key and the form of a symbol: fonts and operations dropped, index letters as slots (in the key only)."""
    if isinstance(node, Scripted) and not isinstance(node.base, (Symbol, Scripted)):
        return None
    base = letter(node)
    if base is None or base.word or base.font in ("cal", "bb", "frak", "sf", "tt"):
        return None
    if base.name in NO_NAMES and (base.font != "bf" or base.name in "10I"):
        return None
    bare = straight(node)
    return canonical(slotted(fontless(bare))), canonical(bare)


def letter(node: Node | None) -> Symbol | None:
    while isinstance(node, Scripted):
        node = node.base
    return node if isinstance(node, Symbol) else None


def straight(node: Node | None) -> Node:
    """The symbol without transposes, inverses and powers."""
    assert node is not None
    if isinstance(node, Scripted):
        node = replace(node, base=straight(node.base), sup=None if operation(node.sup) else node.sup)
        if node.sub is None and node.sup is None and not node.primes:
            return node.base
        if isinstance(node.base, Scripted) and node.base.sup is None and node.sub is None and not node.base.primes:
            return replace(node, base=node.base.base, sub=node.base.sub)  # `{W_i}^{(k)}`
    return node


def fontless(node: Node) -> Node:
    match node:
        case Symbol():
            return replace(node, font="" if node.font not in ("cal", "bb", "frak") else node.font)
        case Scripted(base, sub, sup):
            return replace(
                node,
                base=fontless(base),
                sub=None if sub is None else fontless(sub),
                sup=None if sup is None else fontless(sup),
            )
        case List(items) | Juxtaposition(items):
            return replace(node, items=tuple(fontless(i) for i in items))
    return node


def slotted(node: Node) -> Node:
    if isinstance(node, Scripted):
        return replace(
            node,
            base=slotted(node.base),
            sub=None if node.sub is None else slot(node.sub),
            sup=None if node.sup is None else slot(node.sup),
        )
    return node


def slot(script: Node) -> Node:
    match script:
        case Symbol(name, (), _, False) if len(name) == 1 and name.islower():
            return SLOT
        case Symbol("ell"):
            return SLOT
        case Binary("+" | "-", Symbol(name, (), _, False), Number()) if (
            len(name) == 1 and name.islower()
        ) or name == "ell":
            return SLOT
        case Group("(", closer, body):
            return Group("(", closer, SLOT if isinstance(body, Number) else slot(body))
        case List(items) | Juxtaposition(items):
            return replace(script, items=tuple(SLOT if isinstance(i, Number) else slot(i) for i in items))
    return script


def operation(sup: Node | None) -> bool:
    """A superscript that computes: a transpose, an inverse, a power."""
    if is_transpose(sup):
        return True
    match sup:
        case Number():
            return True
        case Unary("-", Number() | Symbol()) | Fraction() | Unary("-", Fraction()):
            return True
        case Symbol("dagger" | "H"):
            return True
    return False


def is_transpose(sup: Node | None) -> bool:
    match sup:
        case Symbol("top" | "intercal") | Symbol("T", (), _, _):
            return True
        case Unary("-", inner):
            return is_transpose(inner)
    return False


def operated(node: Node) -> bool:
    return isinstance(node, Scripted) and (operation(node.sup) or operated(node.base))


def turned(node: Node) -> bool:
    return isinstance(node, Scripted) and (is_transpose(node.sup) or turned(node.base))


def horizon(node: Node) -> bool:
    """A superscript T, which may be a number where the paper has one of that name."""
    return isinstance(node, Scripted) and isinstance(node.sup, Symbol) and node.sup.name == "T"


def coefficient(node: Node) -> bool:
    """A small Greek letter, which multiplies as a number."""
    base = letter(node)
    return base is not None and len(base.name) > 1 and base.name.islower() and not base.word and base.font != "bf"


def upper(base: Symbol) -> bool:
    return base.name[:1].isupper()


def capital(node: Node) -> bool:
    """A capital letter that is a symbol of its own."""
    base = letter(node)
    return base is not None and len(base.name) == 1 and base.name.isupper() and not base.word


def latin(node: Node) -> bool:
    base = letter(node)
    return base is not None and (len(base.name) == 1 or base.font == "bf") and not base.word


def listed(node: Node) -> Node | None:
    """An item of a printed list `(x_1, …, x_n)`."""
    if isinstance(node, Scripted):
        node = node.base
    if isinstance(node, Group) and node.open in "([" and isinstance(node.body, List):
        items = node.body.items
        if any(isinstance(i, Ellipsis) for i in items):
            return items[0]
    return None


def terms(node: Node) -> Iterator[Node]:
    """The terms of a sum, signs dropped."""
    match node:
        case Binary("+" | "-", left, right):
            yield from terms(left)
            yield from terms(right)
        case Unary("-" | "+", operand):
            yield from terms(operand)
        case Group("(" | ".", _, body):
            yield from terms(body)
        case _:
            yield node


def applied(head: Node, follower: Node) -> bool:
    """A symbol with a bracket behind it that is no factor: nobody puts a single symbol or a list in brackets otherwise."""
    while isinstance(follower, Scripted):
        follower = follower.base
    return (
        letter(head) is not None
        and not (isinstance(head, Scripted) and operation(head.sup))
        and isinstance(follower, Group)
        and follower.open == "("
        and not isinstance(follower.body, (Binary, Fraction, BigOp))
    )


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, without its scripts."""
    match node:
        case Scripted(part) | BigOp(body=part):
            return (part,)
    return walk.children(node)


def values(node: Node) -> Iterator[Node]:
    """Symbols where values stand, outside of scripts."""
    if isinstance(node, (Symbol, Scripted)) and letter(node) is not None:
        yield node
        return
    for child in children(node):
        yield from values(child)
