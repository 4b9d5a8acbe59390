"""Scripts: taking a printed symbol apart, and telling sizes, numbers and labels from one another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from ..formula.tree import (
    Binary,
    Decorated,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from ..ir.dims import Dim
from .keys import plain

SIGNS = frozenset({"+", "-", "*", "perp", "dagger", "ddagger", "circ", "star", "sharp", "flat", "natural"})
WORDS_OF_TIME = ("time", "step", "iteration", "epoch", "round", "episode", "layer")


@dataclass(frozen=True, slots=True)
class Parts:
    """A printed symbol: its base, and its scripts as separate items in the order of the convention."""

    base: Node
    primes: int
    sups: tuple[Node, ...]
    subs: tuple[Node, ...]
    call: bool = False


def split(node: Node) -> Parts:
    """`{x^{(k)}_{i,j}}'` → base x, superscripts (k), subscripts i, j."""
    primes = 0
    sups: list[Node] = []
    subs: list[Node] = []
    while isinstance(node, Scripted):
        primes += node.primes
        if node.sup is not None:
            sups = [*items(node.sup), *sups]
        if node.sub is not None:
            subs = [*items(node.sub), *subs]
        node = node.base
    return Parts(node, primes, tuple(sups), tuple(subs))


def items(script: Node) -> tuple[Node, ...]:
    """The items of a script: `i,j`, `ij`, `A,i`; a range, a sum, a product `2i` or a word is one item."""
    match script:
        case List(parts, separators) if ":" not in separators:
            # A place left open among others is a whole axis: `X_{:,j}`.
            return tuple(i for p in parts for i in ((p,) if isinstance(p, Placeholder) else items(p)))
        case List():
            return (script,)
        case Group("(", ")", List(parts, separators)) if ":" not in separators:
            return tuple(i for p in parts for i in items(p))
        case Juxtaposition(parts) if all(
            isinstance(p, (Symbol, Number)) or (isinstance(p, Scripted) and isinstance(p.base, Symbol)) for p in parts
        ):
            if isinstance(parts[0], Number) and len(parts) == 2 and parts[0].text not in ("0", "1"):
                return (script,)
            if all(isinstance(p, Symbol) and p.name.isupper() and len(p.name) == 1 for p in parts):
                return (script,)  # `KL`, `CE`: an abbreviation
            return tuple(parts)
        case Placeholder():
            return ()
        case Symbol(name, (), _, True) if len(name) == 2 and name[0] == name[1] and name[0] in "ijklmn":
            return (Symbol(name[0], at=script.at), Symbol(name[1], at=script.at))  # `D_{ii}`
        case Symbol(name, (), _, True) if (
            3 <= len(name) <= 5 and ("ij" in name or "jk" in name) and set(name) <= set("bcdhijklmnpqrstuvw")
        ):
            return tuple(Symbol(k, at=script.at) for k in name)  # `x_{tijk}`
    return (script,)


def unwrapped(node: Node) -> Node:
    """The body of brackets and decorations that carry no meaning in a script: `(l)` is l."""
    while isinstance(node, (Group, Decorated)) and (not isinstance(node, Group) or _encloses(node)):
        node = node.body
    return node


def _encloses(group: Group) -> bool:
    """`(l)`, `[l]`, and `⟨t⟩` around a single item."""
    return group.open in "([{." or (group.open == "⟨" and not isinstance(group.body, List))


def is_letter(node: Node) -> bool:
    node = unwrapped(node)
    return (
        isinstance(node, Symbol) and not node.word and not node.accents and node.name not in SIGNS and node.font == ""
    )


def is_greek(node: Node) -> bool:
    """A symbol that is written as a command, not as a letter or a word."""
    base = split(node).base
    return isinstance(base, Symbol) and len(base.name) > 1 and not base.word


def rebuilt(parts: Parts, sups: tuple[Node, ...], subs: tuple[Node, ...]) -> Node:
    """The symbol with only these scripts."""
    if not sups and not subs and not parts.primes:
        return parts.base

    def as_script(found: tuple[Node, ...]) -> Node | None:
        if not found:
            return None
        return found[0] if len(found) == 1 else List(found, (",",) * (len(found) - 1))

    return Scripted(parts.base, as_script(subs), as_script(sups), parts.primes, at=getattr(parts.base, "at", (-1, -1)))


def walk(node: object) -> Iterator[Node]:
    """All nodes of a tree, parents first, left to right."""
    if isinstance(node, tuple):
        for item in node:
            yield from walk(item)
    elif is_dataclass(node):
        yield node  # type: ignore[misc]
        for f in fields(node):
            if f.name not in ("at", "name", "text", "op"):
                yield from walk(getattr(node, f.name))


def letters(node: Node) -> set[str]:
    """The plain names of all symbols in a tree, without scripts."""
    return {plain(n) for n in walk(node) if isinstance(n, Symbol)}


def as_dim(node: Node) -> Dim | None:
    """A size written as a formula: `2N`, `d/h`, `T-1`, `|V|`; None for anything else."""
    match node:
        case Number(text):
            return Dim.constant(int(text)) if text.isdigit() else None
        case Symbol() | Scripted(Symbol()):
            return Dim.of(plain(node))
        case Group("|", "|", _):
            return Dim.of(plain(node))
        case Group("(" | "." | "{", _, body):
            return as_dim(body)
        case Juxtaposition(parts):
            total: Dim | None = Dim.constant(1)
            for p in parts:
                factor = as_dim(p)
                total = total * factor if total is not None and factor is not None else None
            return total
        case Binary("+" | "-" | "·" | "×" | "*" | "/" as op, left, right):
            a, b = as_dim(left), as_dim(right)
            return _arithmetic(op, a, b) if a is not None and b is not None else None
        case Fraction(top, bottom):
            a, b = as_dim(top), as_dim(bottom)
            return _arithmetic("/", a, b) if a is not None and b is not None else None
    return None


def _arithmetic(op: str, a: Dim, b: Dim) -> Dim | None:
    try:
        match op:
            case "+":
                return a + b
            case "-":
                return a - b
            case "/":
                return a / b
        return a * b
    except (ValueError, ZeroDivisionError):
        return None


def transposes(node: Node, *, array: bool) -> bool:
    """A superscript that means the transpose; a plain italic T does for what is no scalar."""
    node = unwrapped(node)
    if isinstance(node, Text):
        return node.text in ("T", "t")
    if not isinstance(node, Symbol):
        return False
    if node.name in ("top", "intercal"):
        return True
    return node.name in ("T",) and (node.font in ("rm", "sf", "bf") or array)


def number_of(node: Node) -> float | None:
    """The number that a tree spells out: `2`, `-1`, `1/2`, `10^{-8}`."""
    match node:
        case Number(text):
            return float(text)
        case Scripted(Number("10"), None, exponent, 0) if exponent is not None:
            power = number_of(exponent)
            return float(f"1e{int(power)}") if power is not None and power == int(power) and abs(power) < 300 else None
        case Unary("-", operand):
            inner = number_of(operand)
            return None if inner is None else -inner
        case Unary("+", operand) | Group("(" | "." | "{", _, operand):
            return number_of(operand)
        case Fraction(a, b) | Binary("/", a, b):
            top, bottom = number_of(a), number_of(b)
            return top / bottom if top is not None and bottom else None
    return None


def shifted(node: Node) -> str | None:
    """The letter of `t-1`, `t+1` (a letter and a number), else None."""
    match unwrapped(node):
        case Binary("+" | "-", Symbol() as letter, Number()):
            return plain(letter)
    return None


def prefix_letter(node: Node) -> str | None:
    """The letter of `<t` and `1:t-1` style scripts."""
    match unwrapped(node):
        case Relation(Placeholder(), (("<" | "≤" | ">" | "≥", Symbol() as letter),)):
            return plain(letter)
        case Given():
            return None
    return None


def word_index(node: Node) -> Node:
    """`\\mathrm{head_1}` typed as one word is head with the subscript 1."""
    if isinstance(node, Symbol) and node.word and (m := re.fullmatch(r"([A-Za-z]+)_([0-9]+|[A-Za-z])", node.name)):
        script: Node = Number(m[2]) if m[2].isdigit() else Symbol(m[2])
        return Scripted(Symbol(m[1], node.accents, node.font, True), script, at=node.at)
    return node
