"""Facts about symbols, each with the words of the paper that say it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..document import Document
from ..formula import parse
from ..formula.tree import Node, Relation, Scripted, Symbol
from .declarations_formulas import Fact, formula_facts
from .declarations_prose import prose_facts
from .declarations_text import DEFAULT, MARK, Formula, Passage, Quotes, passages
from .model import SymbolFact
from .statements_words import paper_words
from .values import BEST, is_setting

_NO_VALUE = re.compile(
    r"(?:\b(?:if|when|whenever|iff|unless|until|case|cases|only|for|at|once|while|provided|suppose|that|than|since|because"
    r"|implies|equals?|labels?|class|classes|case of|every|all|each|any|some|e\.g\.,?|say|either|or|between|like|step|time|index|starting)|≤|≥)\s*$",
    re.I,
)
_A_CASE = re.compile(
    r"\s*,?\s*(?:corresponds?|gives?|yields?|recovers?|reduces?|means|leads?|results?|amounts?|becomes?|implies"
    r"|is (?:equivalent|equal|the (?:special )?case)|we (?:recover|obtain|get))\b",
    re.I,
)
_NO_DOMAIN = re.compile(
    r"(?:\b(?:if|when|whenever|iff|unless|until|case|provided|since|because|that|as|then|and hence|so|for|where the))\s*$",
    re.I,
)


def find_facts(document: Document, words: frozenset[str] | None = None) -> tuple[SymbolFact, ...]:
    """What the paper says of its symbols, in prose, inline formulas and displays, in order of appearance.

    Every fact quotes its words verbatim. `words` are those of `paper_words(document)`.
    """
    words = paper_words(document) if words is None else words
    quotes = Quotes(document)
    found: list[SymbolFact] = []
    for passage in passages(document, words):
        found += _of_formulas(passage, quotes)
        for fact, (start, end) in prose_facts(passage):
            found.append(_fact(fact, passage, quotes, start, end))
    for equation in document.equations:
        quote = quotes.at(equation.span.file, equation.span.start, equation.span.end, equation.section)
        for tree in parse(equation.latex, words).statements:
            for fact in formula_facts(tree):
                found.append(SymbolFact(fact.symbol, fact.what, fact.value, quote, equation.section))  # type: ignore[arg-type]
    return tuple(dict.fromkeys(found))


def _fact(fact: Fact, passage: Passage, quotes: Quotes, start: int, end: int) -> SymbolFact:
    quote = quotes.of(passage, start, end)
    setting = fact.what == "value" and is_setting(passage, start, end)
    return SymbolFact(fact.symbol, fact.what, fact.value, quote, passage.section, setting)  # type: ignore[arg-type]


def _clause(passage: Passage, at: int) -> tuple[int, int]:
    """The part of the sentence between commas that holds a formula; "unless …" behind it belongs to it."""
    low, high = passage.sentence(at)
    commas = [m.start() for m in re.finditer(r"[,;:]\s", passage.text[low:high])]
    start = max((low + c + 1 for c in commas if low + c < at), default=low)
    ends = [low + c for c in commas if low + c > at]
    end = ends[0] if ends else high
    if ends and re.match(r"[,;]\s+(?:unless|by default|if not)\b", passage.text[end:]):
        end = ends[1] if len(ends) > 1 else high
    return start, end


_SHARED = re.compile(rf"({MARK}(?:\s*,\s*{MARK})*\s*(?:,\s*(?:and\s+)?|\s+and\s+))({MARK})")


def _shared_memberships(passage: Passage) -> Iterator[tuple[Formula, Formula, int, int]]:
    """`$x^a$, $x^p$, $x^n \\in \\mathbb{R}^d$`: what the last says holds for plain names of the same letter before it."""
    for m in _SHARED.finditer(passage.text):
        last = passage.formulas[m[2]]
        base = _letter(last, member=True)
        for formula in passage.marks(m[1]):
            if base is not None and _letter(formula, member=False) == base:
                yield formula, last, m.start(), m.end()


def _letter(formula: Formula, *, member: bool) -> Node | None:
    """The letter of `x_i^n \\in S` (a membership) or of `x_i^a` (a plain name)."""
    if len(formula.statements) != 1:
        return None
    tree = formula.statements[0]
    if member:
        if not isinstance(tree, Relation) or [op for op, _ in tree.rest] != ["∈"]:
            return None
        tree = tree.first
    return tree.base if isinstance(tree, Scripted) and isinstance(tree.base, Symbol) else None


def _of_formulas(passage: Passage, quotes: Quotes) -> Iterator[SymbolFact]:
    for formula, last, start, end in _shared_memberships(passage):
        tree = last.statements[0]
        if isinstance(tree, Relation):
            for fact in formula_facts(replace(tree, first=formula.statements[0])):
                yield _fact(fact, passage, quotes, start, end)
    for at, char in enumerate(passage.text):
        found = passage.formulas.get(char)
        if found is None:
            continue
        before = passage.text[max(0, at - 60) : at]
        case = _NO_VALUE.search(before) is not None and BEST.search(before) is None
        conditional = case or _A_CASE.match(passage.text, at + 1) is not None
        conditional = conditional or re.match(r"\s+to\b", passage.text[at + 1 : at + 6]) is not None
        for tree in found.statements:
            for fact in formula_facts(tree, conditional=conditional):
                if (
                    fact.what == "domain"
                    and _NO_DOMAIN.search(before)
                    and not re.search(r"(?:any|all|some|every)\s*$", before)
                ):
                    continue
                start, end = at, at + 1
                if fact.what == "value":
                    low, high = _clause(passage, at)
                    start, end = (low, high) if DEFAULT.search(passage.text, low, high) else (start, end)
                yield _fact(fact, passage, quotes, start, end)
