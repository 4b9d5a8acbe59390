"""What membership in a set says: `\\mathbb{R}^{d \\times k}`, `\\{0,1\\}^n`, `[0,1]`, `\\{1, …, K\\}`, the simplex."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..formula.names import canonical, plain
from ..formula.render import to_latex
from ..formula.tree import (
    Binary,
    Ellipsis,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
    Unary,
)


@dataclass(frozen=True, slots=True)
class SetFacts:
    """What is known of an element. `shape` is None where the set does not tell; `range` is "1..K" for an index set."""

    shape: tuple[str, ...] | None = None
    domain: str = ""
    range: str = ""
    named: str = ""
    """Canonical name of the set, where it is a symbol of the paper (`\\mathcal{X}`)."""


def set_facts(node: Node) -> SetFacts | None:
    """What membership in the set says of an element, or None where the set is not understood."""
    match node:
        case Group("{", "}", body):
            return _listed(body)
        case Group(opener, closer, List((low, high), _)) if opener in "([" and closer in ")]":
            return SetFacts((), f"{opener}{plain(low)},{plain(high)}{closer}")
        case Group("[", "]", body) if not isinstance(body, List):
            return SetFacts((), "integer", f"1..{plain(body)}")
        case Binary("∖", left, right):
            inner = set_facts(left)
            nonzero = right == Group("{", "}", Number("0")) or right == Number("0")
            return replace(inner, domain=inner.domain or "nonzero") if inner and nonzero else inner
        case Symbol():
            return _symbol(node, None, None)
        case Scripted(base, sub, sup):
            if isinstance(base, Symbol):
                return _symbol(base, sub, sup)
            if isinstance(base, Scripted) and isinstance(base.base, Symbol):
                return _symbol(base.base, base.sub or sub, base.sup or sup)
            inner = set_facts(base)
            if inner is not None and inner.shape == () and sup is not None and sub is None:
                return replace(inner, shape=dims(sup))
            return inner
        case Juxtaposition((Symbol("Delta"), Group(_, _, body))):
            return SetFacts(None, "simplex", named=plain(body))
        case Juxtaposition((Symbol(name, font=font), Group(_, _, body))) if name == "P" and font in ("cal", ""):
            return SetFacts(None, "distribution", named=plain(body))
    return None


def _symbol(base: Symbol, sub: Node | None, sup: Node | None) -> SetFacts | None:
    name = base.name
    blackboard = base.font in ("bb", "bf") or (base.font in ("cal", "rm", "") and sup is not None)
    if name in ("R", "ℝ", "Re") and blackboard:
        return _numbers("", sub, sup)
    if base.font in ("bb", "bf") and name in ("N", "Z"):
        found = _numbers("integer", sub, sup)
        return replace(found, domain="natural" if name == "N" and found.domain == "integer" else found.domain)
    if base.font == "bb" and name in ("C", "Q", "B"):
        return _numbers({"C": "complex", "Q": "", "B": "{0,1}"}[name], sub, sup)
    if name == "S" and base.font in ("bb", "cal") and (sub is not None or sup is not None):
        return _symmetric(sub, sup)
    if name in ("B", "D") and base.font in ("bb", "cal") and isinstance(sup, Symbol) and sub is None:
        return SetFacts(dims(sup), "unit ball", named=canonical(Scripted(base, sub, sup)))
    if name == "Delta":
        return SetFacts(_simplex_shape(sup if sup is not None else sub), "simplex")
    return SetFacts(None, named=canonical(base if sub is None and sup is None else Scripted(base, sub, sup)))


def _numbers(domain: str, sub: Node | None, sup: Node | None) -> SetFacts:
    """Numbers of one kind; a plus or a comparison in a script restricts them, anything else above is the shape."""
    shape: tuple[str, ...] | None = ()
    for script in (sub, sup):
        sign = _sign(script)
        if sign:
            domain = {"positive": "positive integer"}.get(sign, "natural") if domain == "integer" else sign
        elif script is not None and script is sup:
            if isinstance(script, Symbol) and script.name in ("*", "star"):
                continue
            shape = dims(script)
    return SetFacts(shape, domain)


def _sign(script: Node | None) -> str:
    match script:
        case Symbol("+") | Unary("+", Placeholder()):
            return "positive"
        case Symbol("++"):
            return "positive"
        case Symbol("-"):
            return "negative"
        case Relation(Placeholder(), ((op, Number("0")),)):
            return {">": "positive", "≥": "nonnegative", "<": "negative", "≤": "nonpositive", "≠": "nonzero"}.get(
                op, ""
            )
        case Relation(Placeholder(), ((">" | "≥", Number("1")),)):
            return "positive"
    return ""


def _symmetric(sub: Node | None, sup: Node | None) -> SetFacts:
    """`\\mathbb{S}^d_{++}` and `\\mathbb{S}^{d-1}`."""
    signs = [s.name for s in (sub, sup) if isinstance(s, Symbol) and s.name in ("+", "++")]
    size = next(
        (s for s in (sup, sub) if s is not None and not (isinstance(s, Symbol) and s.name in ("+", "++"))), None
    )
    if signs:
        shape = (plain(size), plain(size)) if size is not None else None
        return SetFacts(shape, "spd" if signs[0] == "++" else "psd")
    if isinstance(size, Binary) and size.op == "-" and size.right == Number("1"):
        return SetFacts((plain(size.left),), "unit norm")
    return SetFacts(None, named=canonical(Scripted(Symbol("S"), sub, sup)))


def _simplex_shape(size: Node | None) -> tuple[str, ...] | None:
    if isinstance(size, Binary) and size.op == "-" and size.right == Number("1"):
        return (plain(size.left),)
    return None


def _listed(body: Node) -> SetFacts | None:
    """`{0, 1}`, `{1, …, K}`, `{1 … K}`, `{-1, +1}`."""
    items = body.items if isinstance(body, (List, Juxtaposition)) else (body,)
    if any(isinstance(i, Ellipsis) for i in items):
        ends = [i for i in items if not isinstance(i, Ellipsis)]
        if len(ends) >= 2:
            return SetFacts((), "integer", f"{plain(ends[0])}..{plain(ends[-1])}")
        return None
    if isinstance(body, List) and all(isinstance(i, (Number, Unary)) for i in items):
        return SetFacts((), "{" + ",".join(plain(i).lstrip("+") for i in items) + "}")
    return None


def dims(node: Node) -> tuple[str, ...]:
    """The sizes in a superscript: `d \\times k` → ("d", "k"); a product without a sign is one size."""
    if isinstance(node, Binary) and node.op == "×":
        return dims(node.left) + dims(node.right)
    if isinstance(node, Group) and node.open in "(.":
        return dims(node.body)
    if isinstance(node, List):
        return tuple(d for item in node.items for d in dims(item))
    return (size(node),)


def size(node: Node) -> str:
    """One size as LaTeX without fonts: `2N`, `h d_v`, `n+1`."""
    match node:
        case Symbol() | Scripted() | Number():
            return plain(node)
        case Juxtaposition(items):
            return " ".join(size(i) for i in items)
        case Binary(op, left, right) if op in "+-/·×":
            sign = {"·": " ", "×": " "}.get(op, op)
            return f"{size(left)}{sign}{size(right)}"
        case Group(_, _, body):
            return f"({size(body)})"
    return to_latex(node)
