"""Facts that a formula states by itself: memberships, ranges, values, maps between sets, distributions, families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..formula.names import canonical, plain
from ..formula.render import to_latex
from ..formula.tree import (
    Apply,
    Binary,
    Decorated,
    Ellipsis,
    Fraction,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Root,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from .declarations_sets import set_facts, size
from .statements_kind import is_diagonal

_EQUAL = ("=", ":=", "≡", "def=")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a formula says of a symbol, without the place. `what` and `value` are those of `SymbolFact`."""

    symbol: str
    what: str
    value: str


def formula_facts(tree: Node, *, conditional: bool = False) -> Iterator[Fact]:
    """The facts in one statement. `conditional`: it stands behind "if" or "when", so that it states no value."""
    match tree:
        case Quantified(kind, body, condition):
            yield from formula_facts(body, conditional=conditional)
            if kind in ("forall", "exists", "with", "where"):
                for part in (
                    condition.items
                    if isinstance(condition, List) and any(isinstance(i, Relation) for i in condition.items)
                    else (condition,)
                ):
                    yield from formula_facts(part, conditional=True)
        case Decorated(_, body):
            yield from formula_facts(body, conditional=conditional)
        case Relation():
            yield from _relation(tree, conditional)
        case _:
            yield from _families(tree)


def _relation(tree: Relation, conditional: bool) -> Iterator[Fact]:
    members = [tree.first, *(item for _, item in tree.rest)]
    for k, (op, right) in enumerate(tree.rest):
        left = members[k]
        match op:
            case "∈":
                yield from _membership(left, right)
                if k and all(o in _EQUAL for o, _ in tree.rest[:k]):
                    yield from _membership(members[0], right)  # `X = [x_1, …, x_n]^\\top \\in S`
                    yield from _stacked(members[0], left)
            case "⊂" | "⊆":
                yield from _subset(left, right)
            case "∼":
                for name in names(left):
                    yield Fact(name, "distribution", to_latex(right))
            case "→" if k == 0:
                yield from _map(left, right)
            case ">" | "<" | "≥" | "≤" | "≫" | "≪":
                if not conditional:
                    yield from _comparison(left, op, right)
    if all(op in _EQUAL for op, _ in tree.rest):
        yield from _stacked(members[0], members[-1])
        yield from _equalities(tree, members, conditional)


# --- names ----------------------------------------------------------------------------------------


def names(node: Node) -> list[str]:
    """The symbols that a left side names: one, a list, a tuple, or a family (`x_1, …, x_n` is `x_{i}`)."""
    match node:
        case Symbol() | Scripted(Symbol()):
            return [canonical(node)]
        case Scripted(Group("{" | "(", _, body), _, _):
            return names(body)
        case Group("(" | "{" | ".", _, body):
            return names(body)
        case Decorated(_, body):
            return names(body)
        case List(items):
            found = family(items)
            if found is not None:
                return [found[0]]
            return [name for item in items for name in names(item)]
        case Juxtaposition((Symbol("Delta" | "delta") as step, Symbol() | Scripted() as name)):
            return [canonical(step) + canonical(name)]
    return []


def family(items: tuple[Node, ...]) -> tuple[str, str] | None:
    """`x_1, …, x_n` as (`x_{i}`, "1..n"); None where the items are not such a list."""
    if len(items) < 3 or not any(isinstance(i, Ellipsis) for i in items):
        return None
    first, last = items[0], items[-1]
    if isinstance(first, Scripted) and isinstance(last, Scripted) and first.base == last.base:
        for place in ("sub", "sup"):
            low, high = getattr(first, place), getattr(last, place)
            if low is not None and high is not None and low != high:
                low, high = _unbraced(low), _unbraced(high)
                letter = "i" if size(high) not in ("i", "I") else "k"
                index = Symbol(letter)
                member = Scripted(
                    first.base,
                    index if place == "sub" else first.sub,
                    index if place == "sup" else first.sup,
                    first.primes,
                )
                return canonical(member), f"{size(low)}..{size(high)}"
    return None


def _unbraced(node: Node) -> Node:
    return node.body if isinstance(node, Group) else node


def _families(tree: Node) -> Iterator[Fact]:
    """`x_1, …, x_n`; `\\{x_i\\}_{i=1}^n`."""
    match tree:
        case List(items):
            found = family(items)
            if found is not None:
                yield Fact(found[0], "range", found[1])
        case Group(_, _, body):
            yield from _families(body)
        case Scripted(Group("{" | "(", _, body), sub, sup) if sub is not None:
            index, low = sub, None
            if isinstance(sub, Relation) and len(sub.rest) == 1:
                index, (op, low) = sub.first, sub.rest[0]
                if op == "∈":
                    yield from _membership(index, low)
                    low = None
            if isinstance(index, Symbol) and low is not None and sup is not None:
                yield Fact(canonical(index), "range", f"{size(low)}..{size(sup)}")


# --- relations --------------------------------------------------------------------------------------


def _membership(left: Node, right: Node) -> Iterator[Fact]:
    application = _application(left)
    facts = set_facts(right)
    if facts is None:
        return
    if application is not None:
        function, _ = application
        if facts.shape is not None:
            yield Fact(function, "kind", "function")
            yield Fact(function, "result", ", ".join(facts.shape))
        if facts.domain:
            yield Fact(function, "domain", facts.domain)
        return
    for name in names(left):
        if facts.shape is not None:
            yield Fact(name, "shape", ", ".join(facts.shape))
        if facts.domain:
            yield Fact(name, "domain", facts.domain)
        if facts.range:
            yield Fact(name, "range", facts.range)
        if facts.named:
            yield Fact(name, "set", facts.named)
    if isinstance(left, List) and (found := family(left.items)) is not None:
        yield Fact(found[0], "range", found[1])
    yield from _families(left)


def _stacked(whole: Node, value: Node) -> Iterator[Fact]:
    """`X = [x_1, …, x_n]^\\top`: the members are its rows; without the transpose its columns."""
    relation = "column-of"
    if isinstance(value, Scripted) and isinstance(value.sup, Symbol) and value.sup.name in ("top", "T"):
        value, relation = value.base, "row-of"
    if isinstance(value, Group) and value.open in "[(" and isinstance(value.body, List):
        found = family(value.body.items)
        name = names(whole)
        if found is not None and name and (value.open == "[" or relation == "row-of"):
            yield Fact(found[0], relation, name[0])


def _subset(left: Node, right: Node) -> Iterator[Fact]:
    """`\\{x_i\\}_{i=1}^n \\subset \\mathbb{R}^d` speaks of the elements, `\\mathcal{X} \\subseteq \\mathbb{R}^d` of a set."""
    if isinstance(left, (Symbol, Scripted)) and names(left) and not isinstance(getattr(left, "base", None), Group):
        facts = set_facts(right)
        for name in names(left):
            yield Fact(name, "kind", "set")
            if facts is not None and facts.shape is not None:
                yield Fact(name, "elements", ", ".join(facts.shape))
            if facts is not None and facts.domain:
                yield Fact(name, "domain", facts.domain)
    else:
        yield from _membership(left, right)


def _map(left: Node, right: Node) -> Iterator[Fact]:
    """`f : A \\to B`."""
    if not (isinstance(left, List) and ":" in left.separators):
        return
    cut = left.separators.index(":")
    sources: tuple[Node, ...] = left.items[cut + 1 :]
    if len(sources) == 1:
        sources = _factors(sources[0])
    for function in names(List(left.items[: cut + 1], (",",) * cut) if cut else left.items[0]):
        yield Fact(function, "kind", "function")
        arguments = [set_facts(s) for s in sources]
        if all(a is not None and a.shape is not None for a in arguments):
            yield Fact(function, "arguments", "; ".join(", ".join(a.shape or ()) for a in arguments if a))
        result = set_facts(right)
        if result is not None and result.shape is not None:
            yield Fact(function, "result", ", ".join(result.shape))
        if result is not None and result.domain:
            yield Fact(function, "domain", result.domain)
        yield Fact(function, "signature", f"{' × '.join(map(to_latex, sources))} → {to_latex(right)}")


def _factors(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Binary) and node.op == "×":
        return _factors(node.left) + _factors(node.right)
    return (node,)


_TURNED = {">": "<", "<": ">", "≥": "≤", "≤": "≥", "≫": "≪", "≪": "≫"}


def _comparison(left: Node, op: str, right: Node) -> Iterator[Fact]:
    """`\\lambda > 0`: the side that is a plain name against a number."""
    if number(left) is not None:
        left, op, right = right, _TURNED[op], left
    value = number(right)
    if value is None:
        return
    for name in names(left):
        if value == 0:
            domain = {">": "positive", "≥": "nonnegative", "<": "negative", "≤": "nonpositive"}.get(op, "")
        else:
            domain = f"{op} {plain(right)}" if op in "<>≤≥" else ""
        if domain:
            yield Fact(name, "domain", domain)


def _equalities(tree: Relation, members: list[Node], conditional: bool) -> Iterator[Fact]:
    """Values (`d_k = d_v = 64`), ranges (`i = 1, …, N`), families (`x = (x_1, …, x_n)`), named sets."""
    last = members[-1]
    if isinstance(last, (Text, Juxtaposition)) and (words := _words(last)):
        for name in names(members[0]):
            yield Fact(name, "meaning", words)
        return
    items = last.items if isinstance(last, (List, Juxtaposition)) else ()
    if any(isinstance(i, Ellipsis) for i in items) and family(items) is None:
        ends = [i for i in items if not isinstance(i, Ellipsis)]
        numeric = len(ends) >= 2 and not any(isinstance(i, (Scripted, Group)) for i in ends[:1])
        if numeric and isinstance(last, List):
            for name in names(members[0]):
                yield Fact(name, "range", f"{size(ends[0])}..{size(ends[-1])}")
        return
    value = number(last)
    if value is not None and not conditional:
        for member in members[:-1]:
            if isinstance(member, (Symbol, Scripted)) and not is_diagonal(member):
                for name in names(member):
                    yield Fact(name, "value", written(value))
    elif isinstance(last, List) and all(number(i) is not None for i in last.items) and not conditional:
        for name in names(members[0]):
            for item in last.items:
                found = number(item)
                if found is not None:
                    yield Fact(name, "value", written(found))
    if isinstance(last, (Group, Scripted, List)):
        inner = last.body if isinstance(last, Group) else last
        if isinstance(inner, List) and (found_family := family(inner.items)) is not None:
            yield Fact(found_family[0], "range", found_family[1])
            low, _ = found_family[1].split("..")
            if low == "1" and isinstance(last, Group) and last.open in "([":
                for name in names(members[0]):
                    yield Fact(name, "elements", found_family[0])
        yield from _families(last)
    facts = set_facts(last)
    if facts is not None and facts.shape and isinstance(members[0], Symbol) and members[0].font == "cal":
        yield Fact(canonical(members[0]), "kind", "set")
        yield Fact(canonical(members[0]), "elements", ", ".join(facts.shape))


def _words(node: Node) -> str:
    """`\\text{number of layers in block } j`: words, with formulas in dollars."""
    items = node.items if isinstance(node, Juxtaposition) else (node,)
    if not isinstance(items[0], Text):
        return ""
    return " ".join(i.text if isinstance(i, Text) else f"${to_latex(i)}$" for i in items)


def _application(node: Node) -> tuple[str, tuple[Node, ...]] | None:
    """`f(x)` as its function and its arguments."""
    match node:
        case Juxtaposition((Symbol() | Scripted(Symbol()) as function, Group("(", ")", body))):
            return canonical(function), body.items if isinstance(body, List) else (body,)
        case Apply(function, Group("(", ")", body)):
            return canonical(function), body.items if isinstance(body, List) else (body,)
    return None


# --- numbers -----------------------------------------------------------------------------------------


def number(node: Node) -> float | None:
    """The value of a number written out (`10^{-4}`, `5 \\times 10^{-3}`, `1/2`, `\\sqrt{2}`), or None."""
    match node:
        case Number(text):
            return float(text)
        case Unary("-", operand):
            inner = number(operand)
            return None if inner is None else -inner
        case Unary("+", operand):
            return number(operand)
        case Unary("%", operand):
            inner = number(operand)
            return None if inner is None else float(f"{inner!r}e-2") if "e" not in repr(inner) else inner / 100
        case Scripted(base, None, sup, 0) if sup is not None:
            low, high = number(base), number(sup)
            if (
                low is None
                or high is None
                or abs(high) > 300
                or (low <= 0 and high != int(high))
                or (low == 0 and high < 0)
            ):
                return None
            return _exact(low, high)
        case Binary("×" | "·", left, right):
            low, high = number(left), number(right)
            if low is None or high is None:
                return None
            return float(f"{low!r}e{_exponent(right)}") if _exponent(right) is not None else low * high
        case Binary("/", upper, lower) | Fraction(upper, lower):
            low, high = number(upper), number(lower)
            return None if low is None or not high else low / high
        case Group("(" | ".", _, body):
            return number(body)
        case Root(radicand, None):
            inner = number(radicand)
            return None if inner is None or inner < 0 else float(inner**0.5)
        case Juxtaposition((Number(text), Symbol("e"), *rest)) if not rest:
            return None
        case Binary("-", Juxtaposition((Number(text), Symbol("e"))), Number(power)) if power.isdigit():
            return float(f"{text}e-{power}")
    return None


def _exponent(node: Node) -> int | None:
    match node:
        case Scripted(Number("10"), None, Number(power)) if power.isdigit():
            return int(power)
        case Scripted(Number("10"), None, Unary("-", Number(power))) if power.isdigit():
            return -int(power)
    return None


def _exact(base: float, power: float) -> float:
    """Powers of ten as written: 10^-4 is 0.0001, not 0.00010000000000000002."""
    if base == 10 and power == int(power):
        return float(f"1e{int(power)}")
    return float(base**power)


def written(value: float) -> str:
    """A value as facts hold it: whole where it is whole."""
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


__all__ = ["Fact", "Placeholder", "family", "formula_facts", "names", "number", "written"]
