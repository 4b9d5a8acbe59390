"""Names of symbols: canonical LaTeX for looking them up, ASCII identifiers for code (design: Names)."""

from __future__ import annotations

import keyword
import re
import unicodedata

from .tree import (
    Apply,
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

_FONT_COMMANDS = {"bf": "mathbf", "cal": "mathcal", "bb": "mathbb", "frak": "mathfrak", "sf": "mathsf", "tt": "mathtt"}
_RESERVED = frozenset(
    {"lambda", "torch", "math", "F", "print", "Callable", "Tensor", "functools", "nn", "np", "einops"}
)


def canonical(node: Node) -> str:
    """Canonical LaTeX of a symbol: no spaces, no needless braces, fonts kept; equal for equal symbols."""
    return _write(node, fonts=True)


def plain(node: Node) -> str:
    """The same without fonts: `\\mathbf{x}_i` and `x_i` agree."""
    return _write(node, fonts=False)


def _write(node: Node | None, *, fonts: bool) -> str:
    def go(k: Node | None) -> str:
        return _write(k, fonts=fonts)

    match node:
        case None:
            return ""
        case Number(text) | Text(text):
            return text
        case Placeholder():
            return "\\cdot"
        case Symbol(name, accents, font, word):
            core = name.replace("_", "\\_") if word or len(name) == 1 else f"\\{name}"
            if fonts and font in _FONT_COMMANDS:
                core = f"\\{_FONT_COMMANDS[font]}{{{core}}}"
            for accent in reversed(accents):
                core = f"\\{accent}{{{core}}}"
            return core
        case Scripted(base, sub, sup, primes):
            low, high = go(sub), go(sup)
            return go(base) + "'" * primes + (f"^{{{high}}}" if high else "") + (f"_{{{low}}}" if low else "")
        case List(items, separators):
            return "".join(go(i) + s for i, s in zip(items, (*separators, "")))
        case Juxtaposition(items):
            return _side_by_side([go(i) for i in items])
        case Binary(op, left, right):
            return f"{go(left)}{op}{go(right)}"
        case Unary(op, operand):
            return f"{op}{go(operand)}"
        case Given(left, right, op):
            return f"{go(left)}{op}{go(right)}"
        case Group(opener, closer, body):
            return f"{opener.strip('.')}{go(body)}{closer.strip('.')}"
        case Relation(first, rest):
            return go(first) + "".join(f"{op}{go(item)}" for op, item in rest)
        case Fraction(numerator, denominator):
            return f"\\frac{{{go(numerator)}}}{{{go(denominator)}}}"
        case Apply(function, argument):
            return f"{go(function)}{go(argument)}"
        case Decorated(kind, body):
            return f"\\{kind}{{{go(body)}}}"
    return type(node).__name__


def _side_by_side(parts: list[str]) -> str:
    """Neighbours; a space where a command or a word would swallow the next letter (`\\Delta W`)."""
    out = ""
    for part in parts:
        swallows = re.search(r"\\[A-Za-z]+$|(?<![\\A-Za-z])[A-Za-z]{2,}$", out) is not None
        out += f" {part}" if swallows and part[:1].isalpha() else part
    return out


def ascii_name(node: Node) -> str:
    """A valid Python identifier for a symbol, by the rules of the design.

    `\\alpha_t` → `alpha_t`, `\\hat m_t` → `m_hat_t`, `W^Q` → `W_Q`, `x_{t-1}` → `x_tm1`, `x'` → `x_prime`, `x^*` → `x_star`.
    """
    name = re.sub(r"__+", "_", _ascii(node)).strip("_")
    if not name or not (name[0].isalpha() or name[0] == "_"):
        name = f"v_{name}".rstrip("_")
    if keyword.iskeyword(name) or name in _RESERVED or keyword.issoftkeyword(name):
        name += "_"
    return name


def _ascii(node: Node | None) -> str:
    match node:
        case None | Placeholder():
            return ""
        case Number(text):
            return text.replace(".", "p")
        case Text(text):
            return _clean(text)
        case Symbol(name, accents):
            core = {"+": "plus", "-": "minus", "*": "star", "perp": "perp"}.get(name, _clean(name))
            return "_".join((core, *accents))
        case Scripted(base, sub, sup, primes):
            parts = [_ascii(base)] + ["prime"] * primes + [_ascii(sup), _ascii(sub)]
            return "_".join(p for p in parts if p)
        case List(items, _):
            return "_".join(filter(None, (_ascii(i) for i in items)))
        case Juxtaposition(items):
            parts = [_ascii(i) for i in items]
            return "".join(parts) if all(len(p) == 1 for p in parts) else "_".join(filter(None, parts))
        case Binary(op, left, right):
            word = {"+": "p", "-": "m"}.get(op)
            low, high = _ascii(left), _ascii(right)
            return f"{low}{word}{high}" if word else f"{low}_{high}"
        case Unary(op, operand):
            return ("m" if op == "-" else "") + _ascii(operand)
        case Given(left, right, _):
            return f"{_ascii(left)}_{_ascii(right)}"
        case Group(_, _, body) | Decorated(_, body):
            return _ascii(body)
        case Relation(first, rest):
            words = {"→": "to", "<": "lt", ">": "gt", "≤": "le", "≥": "ge", "≠": "ne", "=": "eq"}
            return _ascii(first) + "".join(f"_{words.get(op, '')}_{_ascii(item)}" for op, item in rest)
        case Fraction(numerator, denominator):
            return f"{_ascii(numerator)}_over_{_ascii(denominator)}"
        case Apply(function, argument):
            return f"{_ascii(function)}_{_ascii(argument)}"
    return ""


def _clean(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", folded).strip("_")
