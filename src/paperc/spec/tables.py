"""Tables: settings by rows or by columns, and reported results.

A table is a grid whose header cells span columns and rows; `Grid` spreads them, so that each body cell has the path of its
column ("BLEU", "EN-DE") and the labels of its row. A column whose heading is a term of the field holds settings; a table
whose first column does holds them by rows; other numbers are results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ..document import Cell, Document, Table
from ..provenance import Quote
from .grammar import TERM_BY_NAME, term_pattern
from .grid import Grid, grid, number_of, row_label
from .lexicon import LABELS, TERMS, Term
from .model import Area, Claim, Result
from .ownership import is_own
from .prose import MAX_SENTENCE, Prose, compiled
from .quantities import read_math
from .vocabulary import CHOOSABLE, DATASETS, METRICS

_RESULT_LIKE = frozenset({"number of parameters", "training steps", "training time"})
_CONFIGURATION = re.compile(
    r"hyper-?parameter|configuration|training (?:settings?|details?|recipe|setup)|(?:pre-?training|fine-?tuning) settings?|architecture details?|settings used|default (?:values|settings)|implementation details",
    re.IGNORECASE,
)
_BY_COLUMN = re.compile(
    r"^(?:data ?-?sets?|tasks?|benchmarks?|environments?|envs?|domains?|metrics?|data|games?|problem|corpus|split|domain)\b",
    re.IGNORECASE,
)


def label_term(label: str, meanings: dict[str, str]) -> tuple[str, str | None] | None:
    """The field's term for a heading ("$d_k$", "train steps", "# heads") and its symbol."""
    bare = re.sub(r"\\times\s*10\^\{?\d+\}?|\([^)]*\)|\$\s*\$", "", label).strip(" :.$")
    if m := re.fullmatch(r"(?P<words>.*?)\s*\(?\$(?P<math>[^$]+)\$\)?\s*:?", label):
        read = read_math(m["math"])
        if len(read) == 1 and read[0].symbols and not read[0].quantity:
            symbol = read[0].symbols[0]
            if m["words"].strip():
                named = label_term(m["words"], {})
                return (named[0], symbol) if named else None
            for term in TERMS:
                if symbol in term.symbols:
                    return term.name, symbol
            if symbol in meanings and not m["words"].strip():
                return meanings[symbol], symbol
            if symbol == "N" and not m["words"].strip():
                return "number of layers", symbol
    key = re.sub(r"[_\s]+", " ", bare.lower()).strip()
    if key in LABELS:
        return LABELS[key], None
    for choice in CHOOSABLE:
        if key in (choice.name, choice.name + "s"):
            return choice.name, None
    for term in TERMS:
        pattern = term_pattern(term, False)
        if pattern and pattern.fullmatch(key):
            return term.name, None
    return None


@dataclass(frozen=True, slots=True)
class TableFacts:
    claims: tuple[Claim, ...]
    results: tuple[Result, ...]


def table_facts(
    document: Document, prose: Prose, table: Table, meanings: dict[str, str], own: tuple[str, ...]
) -> TableFacts:
    """The settings and results of one table; a quote is a row of the source, verbatim."""
    g = grid(table)
    if len(g.text) < 2:
        return TableFacts((), ())
    columns = {j: t for j in range(len(g.text[0])) if (t := _column_term(g, j, meanings))}
    settings = {j for j, t in columns.items() if t[0] not in _RESULT_LIKE}
    claims: list[Claim] = []
    if len(settings) >= 2:
        columns |= {
            j: (h, None)
            for j in range(1, len(g.text[0]))
            if j not in columns
            and re.search(r"\$[^$]+\$", h := " ".join(g.heading(j)))
            and not METRIC_PATTERN.search(h)
        }
    if len(settings) >= 2 or (settings and _CONFIGURATION.search(table.caption)):
        results = tuple(_results(document, prose, g, own, frozenset(columns)))
        claims += _by_columns(document, prose, g, columns, own if any(r.own for r in results) else None)
        return TableFacts(tuple(claims), results)
    if _is_list_of_settings(g, meanings):
        return TableFacts(tuple(_by_rows(document, prose, g, meanings)), ())
    return TableFacts((), tuple(_results(document, prose, g, own, frozenset(columns))))


def _column_term(g: Grid, j: int, meanings: dict[str, str]) -> tuple[str, str | None] | None:
    path = g.heading(j)
    return label_term(" ".join(path), meanings) or (label_term(path[-1], meanings) if path else None)


def row_quote(prose: Prose, document: Document, g: Grid, i: int) -> Quote | None:
    """The source of a row, from its first cell to its last."""
    cells: list[Cell] = [c for c in g.table.rows[i] if c.span.start >= 0 and c.span.end >= c.span.start]
    if not cells:
        return None
    start, end = min(c.span.start for c in cells), max(c.span.end for c in cells)
    return prose.quote_at(g.table.span.file, start, end, prose.place(document.section_of(g.table.section)))


def _by_columns(
    document: Document, prose: Prose, g: Grid, columns: dict[int, tuple[str, str | None]], own: tuple[str, ...] | None
) -> Iterator[Claim]:
    """Settings of each row; of a table that compares methods (`own` given) those of the paper's own alone."""
    for i, row in g.body():
        quote = row_quote(prose, document, g, i)
        if quote is None:
            continue
        label = row_label(g, row)
        if own is not None and not is_own(label, own):
            continue
        for j, (name, symbol) in sorted(columns.items()):
            value = row[j]
            q = number_of(value)
            term = TERM_BY_NAME.get(name)
            if not value or value in "-–—" or value == label or (term is not None and q is None):
                continue
            if not _named(name) and not re.search(r"\d", value):
                continue
            if term is None and _named(name) and q is not None:
                continue
            if len({*row}) == 1 or _spans(g, i, j):
                continue
            number = q.number * _scale(g, j) if q and q.number is not None else None
            heading = " ".join(g.heading(j))
            yield Claim(
                "",
                _area(term, name),
                name,
                q.text if q else value,
                quote,
                number,
                symbol,
                q.unit if q else "",
                "; ".join(p for p in (label, heading) if p),
            )


def _named(name: str) -> bool:
    return name in TERM_BY_NAME or any(c.name == name for c in CHOOSABLE)


def _spans(g: Grid, i: int, j: int) -> bool:
    """The cell is part of one that spans columns: it speaks of all of them."""
    row = g.table.rows[i]
    return any(k < len(row) and row[k].columns > 1 and k + row[k].columns > j for k in range(j + 1))


def _scale(g: Grid, j: int) -> float:
    m = re.search(r"(?:×|\\times)\s*\$?\s*10\^\{?(\d+)", " ".join(g.heading(j)))
    if m:
        return 10.0 ** int(m[1])
    return 1e6 if re.search(r"\((?:M|million)\)", " ".join(g.heading(j))) else 1.0


def _area(term: Term | None, name: str) -> Area:
    return term.area if term else next((c.area for c in CHOOSABLE if c.name == name), "method")


def _is_list_of_settings(g: Grid, meanings: dict[str, str]) -> bool:
    labels = [row[0] for _, row in g.body() if row and row[0]]
    known = sum(label_term(l, meanings) is not None for l in labels)
    values = sum(any(c.strip() for c in row[1:]) for _, row in g.body())
    named = bool(
        _CONFIGURATION.search(g.table.caption)
        or any(_CONFIGURATION.search(c) for r in g.text[: g.header_rows] for c in r)
    )
    return values >= 2 and (known >= max(3, 0.4 * len(labels)) or (named and known >= 1 and len(g.text[0]) <= 8))


def _by_rows(document: Document, prose: Prose, g: Grid, meanings: dict[str, str]) -> Iterator[Claim]:
    start = g.header_rows
    for i in range(min(start, 1) if _first_row_is_setting(g, meanings) else start, len(g.text)):
        row = g.text[i]
        quote = row_quote(prose, document, g, i)
        if quote is None or not row[0] or number_of(row[0]) is not None:
            continue
        known = label_term(row[0], meanings)
        name, symbol = known or (row[0].strip(" :$"), None)
        term = TERM_BY_NAME.get(name)
        shared = len({v for v in row[1:] if v}) == 1
        seen: set[str] = set()
        for j in range(1, len(row)):
            value = row[j]
            q = number_of(value)
            if not value or value in "-–—" or value == row[0] or value in seen or (len(value) > 80):
                continue
            seen.add(value)
            heading = " ".join(g.heading(j)) if i >= start and not shared else ""
            if term is None and _named(name) and q is not None:
                continue
            if q is None and "$" in value and not re.search(r"\d", value):
                continue  # a symbol that tells rows apart
            yield Claim(
                "",
                _area(term, name) if known else "method",
                name,
                q.text if q else value,
                quote,
                q.number if q else None,
                symbol,
                q.unit if q else "",
                heading,
            )


def _first_row_is_setting(g: Grid, meanings: dict[str, str]) -> bool:
    return g.header_rows == 1 and label_term(g.text[0][0], meanings) is not None


def _results(document: Document, prose: Prose, g: Grid, own: tuple[str, ...], skip: frozenset[int]) -> Iterator[Result]:
    caption = g.table.caption
    methods_in_columns = _methods_in_columns(g, own)
    for i, row in g.body():
        quote = row_quote(prose, document, g, i)
        if quote is None:
            continue
        label = row_label(g, row)
        for j in range(1 if label else 0, len(row)):
            if j in skip or not row[j] or j >= len(g.table.rows[i]) or not g.table.rows[i][j].text.strip():
                continue
            q = number_of(row[j])
            path = g.heading(j)
            if q is None or not (label or path):
                continue
            method = (path[-1] if path else "") if methods_in_columns else label
            other = label if methods_in_columns else " ".join(path)
            where = (other, " ".join(path), label, caption)
            metric = _first(METRIC_PATTERN, where[:3]) or _first(METRIC_PATTERN, (caption,))
            yield Result(
                metric=_metric_name(metric), dataset=_dataset(other, caption, metric), method=method, value=row[j], quote=quote, number=q.number,
                split=_split(*path, caption), own=is_own(method, own), table=g.table.id,
            )  # fmt: skip


def _methods_in_columns(g: Grid, own: tuple[str, ...]) -> bool:
    corner = " ".join(g.heading(0))
    if _BY_COLUMN.search(corner):
        return True
    heads = [" ".join(g.heading(j)) for j in range(1, len(g.text[0]))]
    labels = [row[0] for _, row in g.body()]
    return any(is_own(h, own) for h in heads) and not any(is_own(l, own) for l in labels)


METRIC_PATTERN = re.compile("|".join(rf"(?<![\w-])(?:{p})(?![\w-])" for _, p in METRICS))
_DATASET = re.compile(rf"(?<![\w-])(?:{DATASETS}|newstest ?\d{{4}})(?![\w-])")
_SPLIT = re.compile(
    r"\b(?:test|dev|development|validation|val|train)(?=\b|\d)(?:[- ](?:clean|other|set|standard))?", re.IGNORECASE
)


def _first(pattern: re.Pattern[str], texts: tuple[str, ...]) -> str:
    return next((found for t in texts if (found := _found(pattern, t[:MAX_SENTENCE]))), "")


@lru_cache(maxsize=4096)
def _found(pattern: re.Pattern[str], text: str) -> str:
    """Headings and captions are asked for each cell below them."""
    m = pattern.search(text)
    return m[0] if m else ""


def _metric_name(found: str) -> str:
    return next((name for name, p in METRICS if compiled(p).fullmatch(found)), found)


def _dataset(other: str, caption: str, metric: str) -> str:
    """The data set of a result: the heading without its metric, or what the caption names."""
    words = re.sub(r"\s+", " ", other.replace(metric, "") if metric else other).strip(" ()[]↑↓,;:$%-")
    return words if words and not _SPLIT.fullmatch(words) else _first(_DATASET, (caption,))


def _split(*texts: str) -> str:
    return _first(_SPLIT, texts).lower()
