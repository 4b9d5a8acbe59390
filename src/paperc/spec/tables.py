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
from .grammar import _TERM_BY_NAME, _pattern
from .lexicon import TERMS, Term
from .model import Area, Claim, Result
from .prose import MAX_SENTENCE, Prose, compiled
from .quantities import IN_TEXT, Quantity, quantity_in_text, read_math
from .vocabulary import CHOOSABLE, DATASETS, METRICS

LABELS: dict[str, str] = {
    "layers": "number of layers", "layer": "number of layers", "# layers": "number of layers", "depth": "number of layers", "num layers": "number of layers",
    "blocks": "number of layers", "# blocks": "number of layers", "heads": "number of heads", "# heads": "number of heads", "num heads": "number of heads",
    "attention heads": "number of heads", "width": "hidden size", "hidden": "hidden size", "hidden dim": "hidden size", "hidden dim.": "hidden size", "dim": "hidden size", "d model": "hidden size",
    "mlp dim": "feed-forward size", "mlp size": "feed-forward size", "ffn": "feed-forward size", "ffn dim": "feed-forward size", "lr": "learning rate", "learning rate": "learning rate", "batch": "batch size",
    "batch size": "batch size", "epochs": "epochs", "epoch": "epochs", "training epochs": "epochs", "steps": "training steps", "train steps": "training steps", "training steps": "training steps", "iterations": "training steps",
    "warmup": "warm-up steps", "warm-up": "warm-up steps", "warmup epochs": "warm-up epochs", "warmup steps": "warm-up steps", "optimizer": "optimizer", "optimiser": "optimizer", "params": "number of parameters",
    "# params": "number of parameters", "#params": "number of parameters", "#param": "number of parameters", "#param.": "number of parameters", "parameters": "number of parameters", "dropout": "dropout", "drop path": "stochastic depth", "activation": "activation",
    "nodes": "number of nodes", "seeds": "seeds", "vocab size": "vocabulary size", "patch": "patch size", "# train": "training examples", "#train": "training examples", "# test": "test examples", "#test": "test examples", "# validation": "validation examples", "# val": "validation examples",
    "# nodes": "number of nodes", "# edges": "number of edges", "# classes": "number of classes", "#nodes": "number of nodes", "#edges": "number of edges", "# rows": "number of rows", "# graphs": "number of graphs", "# features": "number of features", "resolution": "image size", "gamma": "discount factor", "embed dim": "hidden size",
}  # fmt: skip
_RESULT_LIKE = frozenset({"number of parameters", "training steps", "training time"})
_CONFIGURATION = re.compile(
    r"hyper-?parameter|configuration|training (?:settings?|details?|recipe|setup)|(?:pre-?training|fine-?tuning) settings?|architecture details?|settings used|default (?:values|settings)|implementation details",
    re.IGNORECASE,
)
_BY_COLUMN = re.compile(
    r"^(?:data ?-?sets?|tasks?|benchmarks?|environments?|envs?|domains?|metrics?|data|games?|problem|corpus|split|domain)\b",
    re.IGNORECASE,
)
OURS = re.compile(r"\b(?:ours?|proposed|this (?:work|paper))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its spanning cells spread: `text[i][j]`, the column's heading path, the row's quote."""

    table: Table
    text: tuple[tuple[str, ...], ...]
    header_rows: int

    def heading(self, column: int) -> tuple[str, ...]:
        """The different headings above a column, outermost first."""
        return tuple(
            dict.fromkeys(
                t for row in self.text[: self.header_rows] if column < len(row) and (t := row[column].strip())
            )
        )

    def body(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for i in range(self.header_rows, len(self.text)):
            yield i, self.text[i]


def grid(table: Table) -> Grid:
    """Spreads cells over the columns and rows that they span."""
    width = max((len(r) for r in table.rows), default=0)
    text = [["" for _ in range(width)] for _ in table.rows]
    for i, row in enumerate(table.rows):
        for j, cell in enumerate(row):
            content = clean(cell.text)
            if not content:
                continue
            for di in range(max(1, cell.rows)):
                for dj in range(max(1, cell.columns)):
                    if i + di < len(text) and j + dj < width and not text[i + di][j + dj]:
                        text[i + di][j + dj] = content
    return Grid(table, tuple(tuple(r) for r in text), _header_rows(table, text))


def _header_rows(table: Table, text: list[list[str]]) -> int:
    """The reader's count, or the rows before the first with numbers in it."""
    for i, row in enumerate(text):
        if sum(number_of(c) is not None for c in row[1:]) >= max(1, (len(row) - 1) // 3):
            return max(i, 0) if i else min(table.header_rows, 1)
    return table.header_rows


def clean(text: str) -> str:
    """A cell without emphasis, citations and the spacing that is left of them."""
    text = re.sub(r"\[[\w:.,/+-]*[A-Za-z][\w:.,/ +-]*\d[\w:.,/ +-]*\]", "", text)
    text = re.sub(r"\\(?:bf|boldmath|textbf|mathbf|underline|textit|emph|bm)(?![A-Za-z])", "", text)
    return re.sub(r"\s+", " ", text).strip(" ~")


_CELL = re.compile(r"^[\s(<>~≈]*(?P<n>.+?)(?P<rest>(?:\s*(?:±|\$?\s*\\pm\s*\$?|\()[^A-Za-z]*[)\d.$%}]*)?)\s*[*†‡§)]*$")


_STYLED = re.compile(
    r"\\(?:text|math)?(?:color|bf|it|rm|sf|tt|cal)\b\s*(?:\{[A-Za-z!0-9.:]*[A-Za-z][^{}]*\}(?=\s*\{))?"
)


def _bare(latex: str) -> str:
    """A formula without colours, weights and the braces around them."""
    return (
        re.sub(r"(?<![\^_])[{}]", "", _STYLED.sub("", latex)).strip(" $")
        if "^" not in latex
        else _STYLED.sub("", latex).strip(" $")
    )


def number_of(text: str) -> Quantity | None:
    """The number that a cell holds, None for words; "47.4±0.2" is 47.4."""
    stripped = text.replace("\\%", "%").replace("{,}", ",").strip(" *†‡")
    if not stripped or len(stripped) > 60 or not any(ch.isdigit() for ch in stripped):
        return None
    core = re.split(r"±|\$?\s*\\pm|\s*\(|\s+/\s+|→|\$\\rightarrow", stripped)[0].strip()
    core = _bare(re.sub(r"^\$(.*)\$$", r"\1", core))
    if m := IN_TEXT.fullmatch(core):
        q = quantity_in_text(m)
        return Quantity(q.text, q.number, q.unit) if q and not m["word"] else None
    if "$" in core or re.search(r"[A-Za-z]{3}", core.replace("cdot", "").replace("times", "").replace("mathrm", "")):
        return None
    read = read_math(core)
    return read[0].quantity if len(read) == 1 and not read[0].symbols else None


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
        pattern = _pattern(term, False)
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


def row_label(g: Grid, row: tuple[str, ...]) -> str:
    """The words at the head of a row."""
    out: list[str] = []
    for cell in row:
        if number_of(cell) is not None:
            break
        if cell and cell not in out:
            out.append(cell)
        elif out:
            break
    return " ".join(out[:2])


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
            term = _TERM_BY_NAME.get(name)
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
    return name in _TERM_BY_NAME or any(c.name == name for c in CHOOSABLE)


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
        term = _TERM_BY_NAME.get(name)
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


def is_own(label: str, own: tuple[str, ...]) -> bool:
    """The label names the paper's method: "(ours)", "proposed", or a name that the abstract introduces."""
    return bool(OURS.search(label)) or any(
        compiled(rf"(?<![\w]){re.escape(name)}(?![a-z])").search(label) for name in own
    )


_INTRODUCES = re.compile(
    r"\b(?:propose|introduce|present|develop|call(?:ed)?|dub(?:bed)?|named?|term(?:ed)?)s?\s+(?:it\s+|this\s+\w+\s+|a\s+|an\s+|the\s+|our\s+|new\s+|novel\s+|simple\s+|[\w-]+\s+){0,4}?"
    r"[“\"]?(?P<name>[A-Z][\w-]*[A-Za-z0-9](?:[ -][A-Z][\w-]+){0,3})(?:\s*\((?P<short>[A-Z][\w-]+)\))?"
)
_ACRONYM = re.compile(r"\b(?:propose|introduce|present|develop)\w*\s[^.]{3,120}?\((?P<short>[A-Z][\w-]*[A-Za-z0-9])\)")
_NOT_A_METHOD = frozenset(
    "In The We This A An Our It Figure Table Section Transformers LSTM CNN RNN GAN VAE MDP".split()
)


def own_names(document: Document, prose: Prose) -> tuple[str, ...]:
    """What the paper calls its own method, from its title, abstract and introduction."""
    out: dict[str, None] = {}
    if m := re.match(r"(?P<name>[A-Z][\w-]*(?: [A-Z0-9][\w-]*){0,2}):\s", document.title):
        out.setdefault(m["name"])
    for sentence in prose.sentences:
        if sentence.endless:
            continue
        title = sentence.section.title.lower() if sentence.section else "abstract"
        if sentence.paragraph.role != "abstract" and not re.search(r"abstract|introduction", title):
            continue
        if not re.search(r"\b(?:we|this (?:paper|work|report)|our)\b", sentence.text, re.IGNORECASE):
            continue
        for pattern in (_INTRODUCES, _ACRONYM):
            for m in pattern.finditer(sentence.readable):
                for name in m.groupdict().values():
                    if name and name not in _NOT_A_METHOD and len(name) > 1:
                        out.setdefault(name)
    return tuple(out)
