"""Numbers as papers print them: `100,000`, `4.5 million`, `$3\\cdot10^{-4}$`, `1e-3`, `16K`, `five`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from ..formula import canonical, parse
from ..formula.tree import (
    Apply,
    Binary,
    Fraction,
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
class Quantity:
    """A number with its text. `number` is None for a size (`224×224`) or a number with a remark."""

    text: str
    number: float | None
    unit: str = ""
    approximate: bool = False


SUFFIXES = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "sixteen": 16, "twenty": 20, "thirty-two": 32,
}  # fmt: skip

_PLAIN = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\.\d+|\d+"
IN_TEXT = re.compile(
    rf"(?<![\w.,/+\-–^])(?P<size>\d+\s?[x×]\s?\d+(?:\s?[x×]\s?\d+)?)(?![\w])"
    rf"|(?<![\w.,/^–])(?<!\w-)(?P<sign>[-−](?=\d))?(?P<number>{_PLAIN})"
    r"(?P<exponent>[eE][-−–+]?\d{1,2}(?!\w))?"
    r"(?:(?P<suffix>[KkMBT])(?![\w])|(?P<scale>\s(?:thousand|million|billion|trillion)\b)|(?P<percent>\s?%)|(?P<times>[x×](?!\w)))?"
    r"(?![\w^])(?!-\d)(?!\.\d)(?!–\d)(?!,\d)(?!/\d)"
    rf"|\b(?P<word>{'|'.join(WORDS)})\b(?![-]\w+-)",
)


def read_number(text: str) -> float | None:
    """The value of a printed decimal ("100,000", "1e-3"), None for anything else.

    >>> read_number("100,000")
    100000.0
    """
    try:
        return float(text.replace(",", "").replace("−", "-").replace("–", "-"))
    except ValueError:
        return None


def quantity_in_text(match: re.Match[str]) -> Quantity | None:
    """The quantity of a match of `IN_TEXT`; None for a ratio like "4x"."""
    if match["size"]:
        return Quantity(re.sub(r"\s?[x×]\s?", "×", match["size"]), None)
    if match["word"]:
        return Quantity(match["word"], float(WORDS[match["word"].lower()]))
    if match["times"]:
        return None
    value = read_number(match["number"] + (match["exponent"] or "").lower())
    if value is None:
        return None
    if match["sign"]:
        value = -value
    unit = "%" if match["percent"] else ""
    if match["suffix"]:
        value *= SUFFIXES[match["suffix"]]
    if match["scale"]:
        value *= SCALES[match["scale"].strip()]
    return Quantity(match[0].strip(), _clean(value), unit)


@dataclass(frozen=True, slots=True)
class Assignment:
    """`symbols = value`: `d_k = d_v = 64` has two symbols; a bare symbol has no value; a bare number no symbol."""

    symbols: tuple[str, ...]
    quantity: Quantity | None
    whole: str = ""
    """The right side where it is not one number: "learning rate in [0, 1]"."""


_LONGEST = 160
_NO_SYMBOL = re.compile(
    r"=|\+|\\(?:in|leq?|geq?|to|sim|sum|frac|mid|times|subset|rightarrow|leftarrow|approx|mathbb|int)(?![A-Za-z])|[|<>]"
)
"""Without a digit, what holds one of these is a formula of another kind: there is nothing to parse it for."""


@lru_cache(maxsize=4096)
def read_math(latex: str) -> tuple[Assignment, ...]:
    """Inline mathematics as assignments; () where it is a formula of another kind."""
    cleaned = _trim(latex)
    if (plain := re.fullmatch(rf"({_PLAIN})\s*(?:\\?%)?", cleaned)) is not None:
        value = read_number(plain[1])
        unit = "%" if cleaned.endswith("%") else ""
        if value is not None:
            return (Assignment((), Quantity(cleaned.replace("\\", ""), value, unit)),)
    if len(cleaned) > _LONGEST or (not re.search(r"\d", cleaned) and _NO_SYMBOL.search(cleaned)):
        return ()
    if re.fullmatch(r"[\d.]+(?:\s*[:/]\s*[\d.]+)+", cleaned) and ":" in cleaned:
        return ()
    cleaned = re.sub(r"(\d),(\d{3})(?!\d)", r"\1\2", cleaned)
    parsed = parse(cleaned.replace("\\%", "").replace("%", ""))
    if parsed.problems or not parsed.statements:
        return ()
    out: list[Assignment] = []
    for statement in parsed.statements:
        out += _assignments(statement, "%" if "%" in cleaned else "", cleaned)
    return tuple(out)


def _trim(latex: str) -> str:
    text = re.sub(r"\\(?:bf|boldmath|displaystyle|,|;|!|:|quad|left|right)(?![A-Za-z])", " ", latex)
    while (
        m := re.fullmatch(r"\s*\\(?:mathbf|textbf|boldsymbol|bm|text|mathrm|underline)\{([^{}]*)\}\s*", text)
    ) and re.search(r"\d", m[1]):
        text = m[1]
    return re.sub(r"\s+", " ", text).strip(" .,;~")


def _assignments(node: Node, unit: str, latex: str) -> list[Assignment]:
    if isinstance(node, List) and all(s in ",;" for s in node.separators):
        return [a for item in node.items for a in _assignments(item, unit, latex)]
    if isinstance(node, Relation):
        sides = [node.first, *(item for _, item in node.rest)]
        ops = [op for op, _ in node.rest]
        if all(op in ("=", ":=", "≡", "≈", "∼", "←") for op in ops):
            return _equality(sides, unit, any(op in ("≈", "∼") for op in ops), latex)
        return []
    quantity = _quantity(node, unit)
    if quantity is not None:
        return [Assignment((), quantity)]
    if is_name(node):
        return [Assignment((canonical(node),), None)]
    return []


def _equality(sides: list[Node], unit: str, approximate: bool, latex: str) -> list[Assignment]:
    if isinstance(sides[0], Placeholder) and len(sides) == 2:
        q = _quantity(sides[1], unit)
        return [Assignment((), Quantity(q.text, q.number, q.unit, True))] if q else []
    if len(sides) == 2 and (pairs := _pairwise(sides[0], sides[1], unit)):
        return pairs
    quantity = _quantity(sides[-1], unit)
    names = tuple(canonical(s) for s in sides if is_name(s))
    if not names or (quantity is None and not isinstance(sides[-1], (List, Group))):
        return []
    if quantity is None:
        return [Assignment(names, None, canonical(sides[-1]))] if _set_of_numbers(sides[-1]) else []
    return [Assignment(names, Quantity(quantity.text, quantity.number, quantity.unit, approximate))]


def _pairwise(left: Node, right: Node, unit: str) -> list[Assignment]:
    """`(\\beta_1, \\beta_2) = (0.9, 0.95)` assigns each."""
    names, values = _items(left), _items(right)
    if len(names) < 2 or len(names) != len(values) or not all(is_name(n) for n in names):
        return []
    quantities = [_quantity(v, unit) for v in values]
    if not all(quantities):
        return []
    return [Assignment((canonical(n),), q) for n, q in zip(names, quantities)]


def _items(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Group):
        return _items(node.body)
    return node.items if isinstance(node, List) else (node,)


def _set_of_numbers(node: Node) -> bool:
    return len(_items(node)) > 1 and all(_quantity(i, "") is not None for i in _items(node))


def is_name(node: Node) -> bool:
    """A symbol, perhaps with scripts; not a number and not a compound expression."""
    match node:
        case Symbol():
            return True
        case Scripted(base, _, sup, _):
            return is_name(base) and not isinstance(sup, Number)
        case Group("|", "|", body):
            return is_name(body)
        case Juxtaposition(items):
            return all(isinstance(i, Symbol) and not i.word for i in items)
    return False


def _quantity(node: Node, unit: str) -> Quantity | None:
    if isinstance(node, Binary) and node.op == "±":
        left = evaluate(node.left)
        return Quantity(canonical(node), left, unit) if left is not None else None
    if isinstance(node, Binary) and node.op in ("×", "*") and _size(node):
        return Quantity(canonical(node), None, unit)
    value = evaluate(node)
    return Quantity(_written(node), value, unit) if value is not None else None


def _size(node: Node) -> bool:
    """`224 × 224` is a size; `3 × 10^{-4}` is a number."""
    match node:
        case Binary("×" | "*", left, right):
            return _size(left) and _size(right)
        case Number(text):
            return text.isdigit()
    return False


def _written(node: Node) -> str:
    return canonical(node).replace("·", "×") if not isinstance(node, Number) else node.text


def evaluate(node: Node | None) -> float | None:
    """The value of an expression of numbers alone, None if any symbol occurs."""
    match node:
        case Number(text):
            return read_number(text)
        case Unary("-", operand):
            inner = evaluate(operand)
            return -inner if inner is not None else None
        case Binary(op, left, right):
            return _apply(op, evaluate(left), evaluate(right))
        case Fraction(top, bottom):
            return _apply("/", evaluate(top), evaluate(bottom))
        case Scripted(base, None, sup, 0) if sup is not None:
            low, high = evaluate(base), evaluate(sup)
            if low is None or high is None or abs(high) > 30 or (low == 0 and high < 0) or (low < 0 and high % 1):
                return None
            return _clean(low**high)
        case Group(_, _, body):
            return evaluate(body)
        case Juxtaposition((Number(text), Symbol("e"), rest)):
            exponent = evaluate(rest)
            return read_number(f"{text}e{int(exponent)}") if exponent is not None and exponent % 1 == 0 else None
        case Juxtaposition((Number(text), Symbol(name, (), _))) if name in SUFFIXES:
            base_value = read_number(text)
            return base_value * SUFFIXES[name] if base_value is not None else None
        case Apply():
            return None
    return None


def _apply(op: str, left: float | None, right: float | None) -> float | None:
    if left is None or right is None:
        return None
    match op:
        case "·" | "×" | "*":
            return _clean(left * right)
        case "/":
            return left / right if right else None
        case "+":
            return left + right
        case "-":
            return left - right
    return None


def _clean(value: float) -> float:
    """Decimal noise of `3 × 10^-4` away: the nearest float of twelve printed digits."""
    return float(f"{value:.12g}")


def printed(value: float) -> str:
    """A number as people write it: "512", "0.1", "1e-09".

    >>> printed(512.0), printed(1e-09)
    ('512', '1e-09')
    """
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(value)
