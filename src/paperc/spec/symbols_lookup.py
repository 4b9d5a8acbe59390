"""Looking a symbol up where it stands: indices renamed, and the nearest facts where the paper uses a letter twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..document import Document
from ..formula.names import canonical, plain
from ..formula.tree import Binary, Juxtaposition, List, Node, Number, Scripted, Symbol
from ..formula.walk import walk
from ..provenance import Span
from .model import Statement, SymbolFact, SymbolInfo
from .symbols import told, tree_of, unfonted

_MANY = 10**9


def find(
    table: Mapping[str, SymbolInfo], node: Node, section: str = "", document: Document | None = None
) -> SymbolInfo | None:
    """What is known of a symbol as it stands in a formula of `section`.

    Tried in order: the symbol itself, with or without fonts; the same with its indices renamed (`x_j` where `x_i` is
    declared), shifted (`x_{t-1}`) or given as numbers (`x_0`). Where facts disagree about the shape or the value, those
    nearest to `section` decide. None if nothing is known; elements of a declared array (`x_i` of `x`) are not followed.
    """
    info = _exact(table, node)
    if info is None and isinstance(node, Scripted):
        for numbers in (False, True):
            wanted = _pattern(node, numbers)
            info = next((i for i in table.values() if i.indices and _pattern_of(i, numbers) == wanted), None)
            if info is not None:
                break
    if info is None or document is None or not section:
        return info
    return _near(info, section, None, Sections(document))


def scopes(
    table: Mapping[str, SymbolInfo], statements: Sequence[Statement], document: Document
) -> dict[str, dict[str, SymbolInfo]]:
    """For each statement (by id) the symbols of which the paper says different things in different places, as they are
    there: the facts nearest to the statement come first. Statements without such symbols are left out."""
    disputed = {key: info for key, info in table.items() if _disputed(info)}
    sections = Sections(document)
    out: dict[str, dict[str, SymbolInfo]] = {}
    for statement in statements:
        here = {}
        for key, info in disputed.items():
            near = _near(info, statement.section, statement.span, sections)
            if near != info:
                here[key] = near
        if here:
            out[statement.id] = here
    return out


def _exact(table: Mapping[str, SymbolInfo], node: Node) -> SymbolInfo | None:
    fontless_bold = canonical(unfonted(node, frozenset(plain(n) for n in walk(node) if isinstance(n, Symbol))))
    for key in (canonical(node), fontless_bold, plain(node)):
        if key in table:
            return table[key]
    return None


def _pattern_of(info: SymbolInfo, numbers: bool) -> str:
    node = tree_of(info.symbol)
    return _pattern(node, numbers) if isinstance(node, Scripted) else ""


def _pattern(node: Scripted, numbers: bool) -> str:
    """The symbol with a slot for each script that counts."""
    return plain(replace(node, sub=_slots(node.sub, numbers), sup=_slots(node.sup, False)))


def _slots(script: Node | None, numbers: bool) -> Node | None:
    slot = Symbol("□")
    match script:
        case Symbol(name, (), "", False) if len(name) == 1 and name.islower():
            return slot
        case Number() if numbers:
            return slot
        case Binary("+" | "-", Symbol(name, (), "", False), Number()) if len(name) == 1 and name.islower():
            return slot
        case List(items, _):
            return Juxtaposition(tuple(s for i in items if (s := _slots(i, numbers)) is not None))
        case Juxtaposition(items) if all(isinstance(i, (Symbol, Number)) for i in items):
            return replace(script, items=tuple(s for i in items if (s := _slots(i, numbers)) is not None))
    return script


# --- the nearest facts ------------------------------------------------------------------------------


class Sections:
    """How far two sections are apart."""

    def __init__(self, document: Document) -> None:
        self._order = {s.id: k for k, s in enumerate(document.sections)}
        self._parents = {s.id: s.parent for s in document.sections}

    def distance(self, there: str, here: str) -> tuple[int, int]:
        """The section itself, those around it, the ones before, the ones after."""
        if there == here:
            return (0, 0)
        above, depth = self._parents.get(here), 1
        while above is not None:
            if above == there:
                return (1, depth)
            above, depth = self._parents.get(above), depth + 1
        low, high = self._order.get(there, -1), self._order.get(here, -1)
        return (2, high - low) if low <= high else (3, low - high)


def _disputed(info: SymbolInfo) -> list[str]:
    return [w for w in ("shape", "value", "kind") if len({f.value for f in info.facts if f.what == w}) > 1]


def _near(info: SymbolInfo, section: str, span: Span | None, sections: Sections) -> SymbolInfo:
    disputed = _disputed(info)
    if not disputed:
        return info

    def far(fact: SymbolFact) -> tuple[tuple[int, int], int]:
        return sections.distance(fact.section, section), _lines(fact.quote.span, span)

    ordered = sorted(info.facts, key=far)
    nearest = replace(told(info, ordered), default=info.default)
    values = [f for f in ordered if f.what == "value"]
    if "value" in disputed and values:
        first = sections.distance(values[0].section, section)
        close = {float(f.value) for f in values if sections.distance(f.section, section) == first}
        single = len(close) == 1 and first[0] < 2 and nearest.kind not in ("function", "distribution", "set")
        nearest = replace(nearest, value=close.pop() if single else info.value)
    return replace(nearest, facts=info.facts)


def _lines(there: Span, here: Span | None) -> int:
    """Lines between a fact and a statement; a sentence behind a display speaks of it as much as one before it."""
    if here is None or there.file != here.file:
        return 0 if here is None else _MANY
    if there.line > here.line:
        return max(0, there.line - max(here.line, here.end_line))
    return here.line - max(there.line, there.end_line)
