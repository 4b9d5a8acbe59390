"""The annotated paper: its text in order, and beside each place what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from ..document import Algorithm, Document, Equation, Figure, Inline, Paragraph, Section, Table
from ..provenance import Span
from ..spec.model import Claim
from .entries import INLINE, Entry
from .paper_text import Writer, claims_in


@dataclass(frozen=True, slots=True)
class Row:
    """One stretch of the paper. Exactly one of `text`, `entry`, `table` and `figure` is given."""

    text: Markup | None = None
    role: str = "body"
    claims: tuple[Claim, ...] = ()
    entry: Entry | None = None
    table: Table | None = None
    figure: Figure | None = None

    @property
    def quiet(self) -> bool:
        """Text that nothing was read from."""
        return self.text is not None and not self.claims and self.role != "abstract"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that are shown, or quiet ones that are folded away together."""

    rows: tuple[Row, ...]
    folded: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the paper (None: what stands before the first one)."""

    section: Section | None
    groups: tuple[Group, ...]
    entries: tuple[Entry, ...] = field(default=())


def parts(document: Document, entries: Mapping[str, Entry], claims: Sequence[Claim]) -> tuple[Part, ...]:
    """Every section in order, with every entry exactly once."""
    flow = _Flow(document, entries, claims)
    found = []
    known = {s.id for s in document.sections}
    for section in (None, *document.sections):
        rows = flow.section(section.id if section else None, known)
        found.append(Part(section, tuple(_groups(rows)), tuple(r.entry for r in rows if r.entry)))
    return tuple(p for p in found if p.section is not None or p.groups)


def _groups(rows: Sequence[Row]) -> list[Group]:
    """Quiet rows next to each other are folded; a lone one before an equation introduces it and stays."""
    out: list[Group] = []
    k = 0
    while k < len(rows):
        end = k
        while end < len(rows) and rows[end].quiet == rows[k].quiet:
            end += 1
        chunk = rows[k:end]
        if rows[k].quiet:
            introduces = end < len(rows) and rows[end].entry is not None
            explains = k > 0 and rows[k - 1].entry is not None and len(chunk) == 1
            shown = int(introduces or explains)
            head = chunk[: len(chunk) - shown]
            if head:
                out.append(Group(tuple(head), True))
            if shown:
                out.append(Group(tuple(chunk[-shown:]), False))
        else:
            out.append(Group(tuple(chunk), False))
        k = end
    return out


class _Flow:
    def __init__(self, document: Document, entries: Mapping[str, Entry], claims: Sequence[Claim]) -> None:
        self.document, self.entries, self.claims = document, entries, claims
        self.writer = Writer(document)
        self.displays: dict[int, list[str]] = {}
        for equation in document.equations:
            self.displays.setdefault(equation.display, []).append(equation.id)
        self.display_of = {e.id: e.display for e in document.equations}
        self.shown: set[str] = set()
        self.floats: list[Algorithm | Table | Figure] = [*document.algorithms, *document.tables, *document.figures]

    def section(self, id: str | None, known: set[str]) -> list[Row]:
        def here(section: str) -> bool:
            return section == id if id is not None else section not in known

        rows: list[tuple[Span, Row]] = []
        for paragraph in self.document.paragraphs:
            if here(paragraph.section) and not self._in_float(paragraph):
                rows += self._paragraph(paragraph)
        for item in self.floats:
            if here(item.section):
                _insert(rows, item.span, self._float(item))
        for equation in self.document.equations:
            if here(equation.section) and equation.id not in self.shown:
                self.shown.add(equation.id)
                _insert(rows, equation.span, Row(entry=self.entries[equation.id]))
        for entry in self.entries.values():
            source = entry.source
            if isinstance(source, Equation) and source.environment == INLINE and here(source.section):
                _insert(rows, source.span, Row(entry=entry))
        return [row for _, row in rows]

    def _paragraph(self, paragraph: Paragraph) -> list[tuple[Span, Row]]:
        found = claims_in(paragraph, self.claims)
        rows: list[tuple[Span, Row]] = []
        run: list[Inline] = []

        def flush() -> None:
            if any(i.text.strip() for i in run):
                span = run[0].span
                own = tuple(c for c in found if _begins_in(c, run))
                rows.append((span, Row(self.writer.run(tuple(run), found), paragraph.role, own)))
            run.clear()

        for item in paragraph.inlines:
            if item.kind != "display":
                run.append(item)
                continue
            flush()
            for id in self.displays.get(self.display_of.get(item.text, -1), []):
                if id not in self.shown:
                    self.shown.add(id)
                    rows.append((item.span, Row(entry=self.entries[id])))
        flush()
        return rows

    def _in_float(self, paragraph: Paragraph) -> bool:
        return paragraph.role == "caption" and any(
            f.span.file == paragraph.span.file and f.span.start <= paragraph.span.start < f.span.end
            for f in self.floats
        )

    def _float(self, item: Algorithm | Table | Figure) -> Row:
        if isinstance(item, Algorithm):
            return Row(entry=self.entries[item.id])
        if isinstance(item, Table):
            return Row(table=item, claims=self._claims_at(item.span))
        return Row(figure=item)

    def _claims_at(self, span: Span) -> tuple[Claim, ...]:
        return tuple(
            c
            for c in self.claims
            if c.quote.span.file == span.file and span.start <= c.quote.span.start < span.end and span.start >= 0
        )


def _begins_in(claim: Claim, run: Sequence[Inline]) -> bool:
    """Claims stand at the stretch in which their quote begins; those without offsets at every one."""
    start = claim.quote.span.start
    return start < 0 or run[0].span.start <= start < max(i.span.end for i in run)


def _insert(rows: list[tuple[Span, Row]], span: Span, row: Row) -> None:
    """After the last row of the same file that begins before it; at the end where there is none."""
    at = len(rows)
    before = [k for k, (s, _) in enumerate(rows) if s.file == span.file and s.start < span.start]
    if before:
        at = before[-1] + 1
    rows.insert(at, (span, row))
