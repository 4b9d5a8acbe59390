"""The symbol table: all facts about each symbol of the paper, joined, and how to look a symbol up.

A key is canonical LaTeX without fonts (`x_{i}`, `W^{Q}_{i}`, `\\hat{A}_{t}`). Where the paper uses one letter in two
fonts with two meanings (`N` and `\\mathcal{N}`, `D` and `\\mathcal{D}`), the keys keep their fonts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ..document import Document
from ..formula import parse
from ..formula.names import ascii_name, canonical, plain
from ..formula.tree import BigOp, Binary, Juxtaposition, List, Node, Number, Relation, Scripted, Symbol
from ..formula.walk import walk
from .declarations_text import DEFAULT
from .model import Claim, Role, Statement, SymbolFact, SymbolInfo
from .statements_left import left_side
from .statements_words import paper_words
from .values import speaks_of_settings

_DOMAINS = (
    "spd", "psd", "orthogonal", "one-hot", "simplex", "unit norm", "invertible", "{0,1}", "positive integer", "natural", "integer",
    "complex", "positive", "nonnegative", "negative", "nonpositive", "nonzero",
)  # fmt: skip
_ROLES: tuple[Role, ...] = (
    "learnable",
    "label",
    "index",
    "random",
    "callable",
    "hyper-parameter",
    "constant",
    "input",
    "derived",
)


def symbol_table(
    document: Document,
    statements: Sequence[Statement],
    facts: Sequence[SymbolFact],
    claims: Sequence[Claim] = (),
    words: frozenset[str] | None = None,
) -> dict[str, SymbolInfo]:
    """Facts, left sides and claimed values, joined per symbol; keys in order of first appearance in `facts`.

    A value is given only where the paper states exactly one (or marks one as its default). Shapes that differ between
    sections stay in `facts`; `find` with a section takes the nearest.
    """
    keys = Keys(document, paper_words(document) if words is None else words)
    joined: dict[str, list[SymbolFact]] = {}
    for fact in facts:
        joined.setdefault(keys.of_text(fact.symbol), []).append(fact)
    defined: dict[str, list[str]] = {}
    for statement in statements:
        for name in _defined_names(statement, keys):
            defined.setdefault(name, []).append(statement.id)
    claimed = _claimed(claims, keys)
    table = {}
    for key in dict.fromkeys((*joined, *defined, *claimed)):
        table[key] = _join(key, joined.get(key, []), defined.get(key, []), claimed.get(key, []), keys)
    return {key: _through_sets(info, table, keys) for key, info in table.items()}


def _claimed(claims: Sequence[Claim], keys: Keys) -> dict[str, list[Claim]]:
    found: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.symbol and claim.number is not None:
            found.setdefault(keys.of_text(claim.symbol), []).append(claim)
    return found


def _defined_names(statement: Statement, keys: Keys) -> Iterator[str]:
    if statement.kind in ("definition", "update", "distribution", "objective"):
        relation = next((n for n in walk(statement.tree) if isinstance(n, Relation)), None)
        if relation is not None:
            yield from _names_on_left(relation.first, keys)


def _names_on_left(node: Node, keys: Keys) -> Iterator[str]:
    """The keys of what a left side gives a value to: `f(x)` is about f, `[x]_+` about the notation."""
    left = left_side(node)
    if left is None or left.kind in ("derivative", "expectation", "increment"):
        return
    if left.kind in ("notation", "operator") or (isinstance(node, Juxtaposition) and left.kind == "symbol"):
        yield left.key
        return
    if left.kind == "tuple":
        for part in walk(node):
            if isinstance(part, List):
                for item in part.items:
                    yield from _names_on_left(item, keys)
                return
    for part in walk(node):
        if isinstance(part, Symbol) or (isinstance(part, Scripted) and isinstance(part.base, Symbol)):
            if not (isinstance(part, Symbol) and part.name in ("log", "ln")):
                yield keys.of(part)
                return


# --- keys -----------------------------------------------------------------------------------------


class Keys:
    """Canonical keys for the symbols of one paper, and which of its letters are indices."""

    def __init__(self, document: Document, words: frozenset[str]) -> None:
        self.words = words
        fonts: dict[str, set[str]] = {}
        self.bound: set[str] = set()
        self._nodes: dict[str, Node] = {}
        for tree in _trees(document, words):
            for node in walk(tree):
                if isinstance(node, Symbol):
                    fonts.setdefault(plain(node), set()).add("" if node.font == "bf" else node.font)
                if isinstance(node, (Symbol, Scripted)):
                    self._nodes.setdefault(canonical(node), node)
                if isinstance(node, BigOp):
                    self.bound |= set(_bound_letters(node))
        self.two_fonts = frozenset(name for name, found in fonts.items() if len(found) > 1)

    def of(self, node: Node) -> str:
        """The key of a symbol."""
        return canonical(unfonted(node, self.two_fonts))

    def of_text(self, latex: str) -> str:
        """The key of a symbol that is given as canonical LaTeX."""
        node = self._nodes.get(latex) or tree_of(latex)
        return latex if node is None else self.of(node)

    def indices(self, node: Node) -> tuple[str, ...]:
        """The letters among the scripts of a symbol that count: superscripts first, then subscripts."""
        if not isinstance(node, Scripted):
            return ()
        found = [*self._letters(node.sup), *self._letters(node.sub)]
        return tuple(dict.fromkeys(found))

    def _letters(self, script: Node | None) -> Iterator[str]:
        match script:
            case Symbol(name, (), font, False) if not font and (
                name in self.bound or (len(name) == 1 and name in "ijklmnt")
            ):
                yield plain(script)
            case List(items) | Juxtaposition(items):
                for item in items:
                    yield from self._letters(item)
            case Binary("+" | "-", left, Number()):
                yield from self._letters(left)


def unfonted(node: Node, keep: frozenset[str]) -> Node:
    """Fonts dropped, except calligraphic and blackboard ones of letters that the paper also uses without."""
    match node:
        case Symbol(font=font):
            return node if font in ("cal", "bb", "frak") and plain(node) in keep else replace(node, font="")
        case Scripted(base, sub, sup):
            return replace(
                node,
                base=unfonted(base, keep),
                sub=None if sub is None else unfonted(sub, keep),
                sup=None if sup is None else unfonted(sup, keep),
            )
        case List(items) | Juxtaposition(items):
            return replace(node, items=tuple(unfonted(i, keep) for i in items))
        case Binary(_, left, right):
            return replace(node, left=unfonted(left, keep), right=unfonted(right, keep))
    return node


def _bound_letters(node: BigOp) -> Iterator[str]:
    """The letters that a sum or product runs over."""
    if node.op in ("E", "Var", "Cov", "Pr", "int"):
        return
    sub = node.sub.first if isinstance(node.sub, Relation) else node.sub
    for part in sub.items if isinstance(sub, List) else (sub,):
        part = part.first if isinstance(part, Relation) else part
        if isinstance(part, Symbol) and len(part.name) == 1 and part.name.islower():
            yield part.name


def _trees(document: Document, words: frozenset[str]) -> Iterator[Node]:
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "math":
                yield from parse(inline.text, words).statements
    for equation in document.equations:
        yield from parse(equation.latex, words).statements


# --- joining --------------------------------------------------------------------------------------


def _join(key: str, facts: list[SymbolFact], defined: list[str], claims: list[Claim], keys: Keys) -> SymbolInfo:
    node = tree_of(key)
    info = SymbolInfo(
        key,
        ascii_name(node) if node is not None else re.sub(r"\W+", "_", key).strip("_"),
        indices=keys.indices(node) if node is not None else (),
        defined_by=tuple(dict.fromkeys(defined)),
        facts=tuple(facts),
    )
    return told(info, facts, claims, keys)


def tree_of(key: str) -> Node | None:
    """The tree of a key; letters that it begins with are a word (`head_{i}`), those of a script are its indices."""
    word = re.match(r"(?:\\[a-z]+\{)*([A-Za-z]{2,}(?:\\_[A-Za-z]+)*)", key)
    parsed = parse(key, frozenset({word[1].replace("\\_", "_")}) if word else frozenset())
    return parsed.statements[0] if len(parsed.statements) == 1 and not parsed.problems else None


def told(
    info: SymbolInfo, facts: Sequence[SymbolFact], claims: Sequence[Claim] = (), keys: Keys | None = None
) -> SymbolInfo:
    """The fields of a symbol from these facts; the first shape stands (`symbols_lookup` orders them by place)."""
    by: dict[str, list[str]] = {}
    for fact in facts:
        by.setdefault(fact.what, []).append(fact.value)
    shape = _tuple(by["shape"][0]) if "shape" in by else None
    kinds = by.get("kind", [])
    function = "arguments" in by or "result" in by or "signature" in by
    if shape is not None:
        # A declared shape overrules what a noun suggests ("the observation model H ∈ R^{m×n}" is a matrix).
        kinds = [("scalar", "vector", "matrix")[len(shape)] if len(shape) < 3 else "tensor"]
    elif function:
        kinds = ["function"]
    roles = [r for r in by.get("role", []) if not (shape is not None and r == "callable")]
    role = next((r for r in _ROLES if r in roles), None)
    counted = info.indices
    value = None if kinds[:1] in (["function"], ["distribution"], ["set"]) else _value(info.symbol, facts, claims, keys)
    if role in ("label", "index", "random"):
        value = None  # `y = 1` is one of its values
    default = value if _set(facts, claims, value) and role != "learnable" and not counted else None
    if role is None and value is not None:
        role = "hyper-parameter"
    if role is None and kinds[:1] == ["function"]:
        role = "callable"
    ranges = by.get("range", [])
    counts = "positive integer" in by.get("domain", []) and not shape
    return replace(
        info,
        indices=() if counts or value is not None else info.indices,
        kind=kinds[0] if kinds else "",
        shape=shape,
        role=role,
        value=value,
        default=default,
        domain=_domain(by.get("domain", [])),
        meaning=max(by.get("meaning", [""]), key=lambda m: m.lower().startswith(("the ", "a ", "an "))),
        arguments=tuple(_tuple(a) for a in by["arguments"][0].split(";")) if "arguments" in by else None,
        result=_tuple(by["result"][0]) if "result" in by else None,
        range=(ranges[0].split("..")[0], ranges[0].split("..")[1]) if ranges else None,
        distribution=by.get("distribution", [""])[0],
        elements=_tuple(by["elements"][0]) if "elements" in by else None,
    )


def _tuple(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _domain(domains: list[str]) -> str:
    """The narrowest of several domains; `≥ 0` and `≤ 1` together are [0,1]."""
    found = set(domains)
    if found >= {"nonnegative", "≤ 1"}:
        found = (found - {"nonnegative", "≤ 1"}) | {"[0,1]"}
    if found >= {"positive", "< 1"}:
        found = (found - {"positive", "< 1"}) | {"(0,1)"}
    for name in _DOMAINS[:11]:
        if name in found:
            return name
    bounded = [d for d in [*domains, *sorted(found)] if d in found and d[0] in "([{"]
    if bounded:
        return bounded[0]
    for name in _DOMAINS[11:]:
        if name in found:
            return name
    return next(iter(domains), "")


def _value(key: str, facts: Sequence[SymbolFact], claims: Sequence[Claim], keys: Keys | None) -> float | None:
    """The one value that the paper states, or the one that it marks as its default."""
    if keys is not None and key in keys.bound:
        return None
    stated = [(float(f.value), f.quote.text) for f in facts if f.what == "value"]
    stated += [(c.number, c.quote.text) for c in claims if c.number is not None]
    values = {v for v, _ in stated}
    if len(values) > 1:
        values = {v for v, quote in stated if DEFAULT.search(quote)}
    return values.pop() if len(values) == 1 else None


def _set(facts: Sequence[SymbolFact], claims: Sequence[Claim], value: float | None) -> bool:
    """Some sentence sets the symbol to the value."""
    if any(f.what == "value" and f.setting and float(f.value) == value for f in facts):
        return True
    return any(c.number == value and speaks_of_settings(c.quote.text) for c in claims)


def _through_sets(info: SymbolInfo, table: Mapping[str, SymbolInfo], keys: Keys) -> SymbolInfo:
    """`x ∈ \\mathcal{X}` with `\\mathcal{X} ⊆ R^d` elsewhere: x has the shape of the members; "of the same dimension as h"."""
    if info.shape is not None:
        return info
    for fact in info.facts:
        found = table.get(keys.of_text(fact.value)) if fact.what in ("set", "same-shape") else None
        shape = None if found is None else found.elements if fact.what == "set" else found.shape
        if found is not None and shape is not None:
            kind = ("scalar", "vector", "matrix")[len(shape)] if len(shape) < 3 else "tensor"
            domain = info.domain or (found.domain if fact.what == "set" else "")
            return replace(info, shape=shape, kind=kind, domain=domain)
    return info
