"""The values that a paper states, each with its verbatim words.

`find_claims` reads sentences with a grammar over the field's terms (`lexicon`, `grammar`), names of choices
(`vocabulary`), and tables of configurations and results (`tables`). Precision comes before recall: a number whose term is
not certain is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..document import Document
from ..provenance import Quote, Span
from .circumstances import circumstances
from .features import display_statements, features, is_rate
from .grammar import Hit, hits
from .lexicon import TERMS
from .model import Area, Claim, Result
from .naming import naming
from .ownership import context, own_names, own_section, own_sentence
from .prose import Prose, Sentence, compiled
from .reported import results
from .tables import table_facts
from .told import Told
from .vocabulary import CHOOSABLE, Choosable

ONCE = frozenset({"dataset", "framework", "decoding"})
"""Mentions of these are not statements each time; the first counts."""
ANYWHERE = frozenset({"hardware", "compute cost"})
"""What introductions and conclusions tell of the paper's own experiments as well."""


@dataclass(frozen=True, slots=True)
class Found:
    """A claim before it has its number, with its place in the reading order."""

    order: tuple[int, int]
    claim: Claim


def find_claims(document: Document) -> tuple[Claim, ...]:
    """Every setting, data set and result that the paper states, in order of appearance ("C1", "C2", …)."""
    prose = Prose(document)
    return claims_of(document, prose)


def claims_of(document: Document, prose: Prose) -> tuple[Claim, ...]:
    """`find_claims` for prose that is already split into sentences."""
    meanings, own = naming(prose.sentences), own_names(document, prose)
    found: list[Found] = []
    for sentence in prose.sentences:
        if not _counts(sentence, document):
            continue
        found += _numeric(prose, sentence, meanings, document)
        found += _named(prose, sentence, document)
        found += _told(prose, sentence, document, (*features(sentence), *circumstances(sentence)))
    for sentence in prose.sentences:
        if not _readable(sentence) or not own_sentence(sentence):
            continue
        found += _told(prose, sentence, document, results(sentence, own))
        if not _counts(sentence, document):
            anywhere = (t for t in circumstances(sentence) if t.name in ANYWHERE)
            found += _told(prose, sentence, document, anywhere)
    found += _from_displays(document, prose)
    places = _table_places(document, prose)
    for k, table in enumerate(document.tables):
        facts = table_facts(document, prose, table, meanings, own)
        rows = [*facts.claims, *(_result_claim(r) for r in facts.results if r.own)]
        found += [Found((places[k], n), c) for n, c in enumerate(rows)]
    return number_claims(found)


def _told(prose: Prose, sentence: Sentence, document: Document, told: Iterable[Told]) -> Iterator[Found]:
    for s in told:
        quote = prose.quote(sentence)
        if quote is not None:
            claim = Claim(
                "",
                s.area,
                s.name,
                s.value,
                quote,
                s.number,
                None,
                s.unit,
                s.context or context(sentence, s.start, s.end, document),
            )
            yield Found((sentence.index, s.start), claim)


def _from_displays(document: Document, prose: Prose) -> Iterator[Found]:
    """What formulas say about the network, quoted from the display; a named activation goes before a written one."""
    for k, equation in enumerate(document.equations):
        at = _sentence_before(prose, equation.span)
        told = [*display_statements(equation.latex)]
        if is_rate(equation.latex) and any(_RATE.search(s.text) for s in prose.sentences[max(0, at - 1) : at + 1]):
            told.append(("schedule equation", "training", equation.id))
        section = document.section_of(equation.section)
        if not told or not own_section(section, document):
            continue
        span = equation.span
        quote = prose.quote_at(span.file, span.start, span.end, prose.place(section))
        if quote is None:
            continue
        for n, (name, area, value) in enumerate(told):
            claim = Claim("", area, name, value, quote, context=f"display {equation.number or equation.id}")
            yield Found((at, 10_000 + 10 * k + n), claim)


_RATE = re.compile(r"learning[- ]rate|step[- ]size|\blr\b", re.IGNORECASE)


def _sentence_before(prose: Prose, span: Span) -> int:
    """The index of the last sentence that begins before a place."""
    before = (s.index for s in prose.sentences if s.file == span.file and s.place and s.place[0] <= span.start)
    return max(before, default=0)


def _result_claim(result: Result) -> Claim:
    where = "; ".join(p for p in (result.method, result.dataset, result.split) if p)
    return Claim(
        "", "evaluation", "reported result", result.value, result.quote, result.number, None, result.metric, where
    )


def _table_places(document: Document, prose: Prose) -> list[int]:
    """Where each table stands among the sentences: behind the last one before it in the same file."""
    out = []
    for table in document.tables:
        before = [
            s.index for s in prose.sentences if s.file == table.span.file and s.paragraph.span.start <= table.span.start
        ]
        out.append(max(before, default=len(prose.sentences)))
    return out


def number_claims(found: Iterable[Found]) -> tuple[Claim, ...]:
    """Sorts by place, drops repetitions of the same statement, gives the ids."""
    seen: dict[tuple[str, str, str, str, int], None] = {}
    told: set[tuple[str, str]] = set()
    out: list[Claim] = []
    for f in sorted(found, key=lambda f: f.order):
        c = f.claim
        if c.name in ONCE and (c.name, c.value) in told:
            continue
        told.add((c.name, c.value))
        key = (c.name, c.value, c.context, c.quote.span.file, c.quote.span.start)
        if key not in seen:
            seen[key] = None
            out.append(replace(c, id=f"C{len(out) + 1}"))
    return tuple(out)


def _readable(sentence: Sentence) -> bool:
    prose = sentence.paragraph.role not in ("proof", "theorem") and not sentence.endless
    return prose and not _CODE.search(sentence.text)


_CODE = re.compile(r"\w\.\w+\(|\bdef \w+\(|\w = \w+\(|\w+_\w+ = ")
"""What runs on as a program is no sentence."""


def _counts(sentence: Sentence, document: Document) -> bool:
    """Sentences that may state a setting of this paper."""
    if sentence.paragraph.role == "abstract" or not _readable(sentence):
        return False
    return own_section(sentence.section, document) and own_sentence(sentence)


def _numeric(prose: Prose, sentence: Sentence, meanings: dict[str, str], document: Document) -> Iterator[Found]:
    for hit in hits(sentence, meanings):
        quote = prose.quote(sentence)
        if quote is None:
            return
        atoms = [sentence.atoms[m] for m in hit.atoms]
        quantity = atoms[0].quantity
        single = quantity if len(atoms) == 1 else None
        value = hit.text or (quantity.text if quantity else "")
        number = single.number if single else None
        symbols: tuple[str | None, ...] = (hit.symbol,)
        names: tuple[str, ...] = (hit.name,)
        if atoms[0].kind == "assign" and len(atoms[0].symbols) > 1:
            names, symbols = _each_symbol(hit, atoms[0].symbols)
        for name, symbol in zip(names, symbols):
            claim = Claim(
                "", hit.area, name, value, quote, number, symbol,
                _unit(sentence, hit, single.unit if single else ""),
                "; ".join(p for p in (hit.context, context(sentence, hit.start, hit.end, document)) if p),
            )  # fmt: skip
            yield Found((sentence.index, hit.start), claim)


def _each_symbol(hit: Hit, symbols: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str | None, ...]]:
    """`d_k = d_v = 64` is a claim of each symbol, by the field's term where it has one."""
    terms = {s: t.name for s in symbols for t in TERMS if s in t.symbols}
    if terms:
        return tuple(terms.values()), tuple(terms)
    if hit.name in symbols:
        return symbols, symbols
    return (hit.name,), (hit.symbol or symbols[0],)


def _unit(sentence: Sentence, hit: Hit, given: str) -> str:
    """ "%", or the words behind the number: "source tokens"."""
    if given:
        return given
    at = sentence.text.index(hit.atoms[-1]) + 1
    m = re.match(
        r"\s(?P<unit>(?:[a-z]+ )?(?:tokens|sentences|examples|samples|images|steps|iterations|epochs|words|hours|days|minutes|seconds|pixels|frames|transitions))\b",
        sentence.text[at:],
    )
    return m["unit"] if m else ""


def _named(prose: Prose, sentence: Sentence, document: Document) -> Iterator[Found]:
    for kind in CHOOSABLE:
        for value, start, end in _mentions(kind, sentence):
            quote = prose.quote(sentence)
            if quote is not None:
                claim = Claim("", kind.area, kind.name, value, quote, context=context(sentence, start, end, document))
                yield Found((sentence.index, start), claim)


_REJECTED = re.compile(
    r"\b(?:instead of|rather than|unlike|compared (?:to|with)|without|replac\w+|remov\w+|than|no|not|alternative to|comparison (?:to|with)|closer to|of which|variations? of|variants? of|including|equivalent to|such as|e\.g\.)\s+(?:using\s+|the\s+|a\s+)*$|\b(?:such as|including|e\.g\.,?)\s[^.;:]{0,40}$",
    re.IGNORECASE,
)


_POSSIBLE = re.compile(
    r"\b(?:can|could|may|might) (?:also )?(?:be )?(?:optimi[sz]\w*|train\w*|us\w+|minimi[sz]\w*|appl\w+|(?:easily |readily )?adapt\w*)|\bis (?:defined|given|equivalent) (?:as|by|to)\b",
    re.IGNORECASE,
)


def _mentions(kind: Choosable, sentence: Sentence) -> Iterator[tuple[str, int, int]]:
    text = sentence.text
    if _POSSIBLE.search(text):
        return
    taken: list[tuple[int, int]] = []
    for value, pattern in kind.values:
        for m in compiled(rf"(?<![\w-])(?:{pattern})").finditer(text):
            if any(a < m.end() and m.start() < b for a, b in taken):
                continue
            before, after = text[: m.start()], text[m.end() :]
            near = re.split(r"[;]", before)[-1][-kind.reach :]
            triggered = bool(kind.before and compiled(kind.before, re.IGNORECASE).search(near + m[0])) or bool(
                kind.after and compiled(kind.after, re.IGNORECASE).search(after)
            )
            if triggered and not _REJECTED.search(before):
                taken.append((m.start(), m.end()))
                yield value, m.start(), m.end()
                break


def quoted(prose: Prose, quote: Quote) -> bool:
    """The quote's text equals the source between its offsets."""
    file = prose.document.file(quote.span.file)
    return file is not None and file.text[quote.span.start : quote.span.end] == quote.text


def area_of(name: str) -> Area:
    """The area of a term of the field, "method" for the paper's own."""
    return next((t.area for t in TERMS if t.name == name), "method")
