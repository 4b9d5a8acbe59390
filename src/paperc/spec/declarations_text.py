"""Paragraphs as text in which each formula is one sign, so that a rule of grammar is a short regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ..document import Document, Inline
from ..formula import parse
from ..formula.tree import Node
from ..provenance import Quote, Span

MARK = "[\ue000-\uf7ff]"
"""One formula of the running text."""
DISPLAY = "\uf8f0"
"""A display; what stands around it goes on."""
CITE = "\uf8f1"
DEFAULT = re.compile(
    r"\bunless\b|\bdefaults?\b|\botherwise (?:stated|noted|specified|mentioned)\b|\ball (?:our )?experiments\b", re.I
)
"""Words that mark a value as the one to be used."""
_FIRST, _LAST = 0xE000, 0xF7FF


@dataclass(frozen=True)
class Formula:
    """A formula of the running text."""

    latex: str
    span: Span
    words: frozenset[str]

    @cached_property
    def statements(self) -> tuple[Node, ...]:
        """Its trees; () where it does not parse."""
        parsed = parse(self.latex, self.words)
        return () if parsed.problems else parsed.statements


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph: text with one sign for each formula, and where the pieces of the text come from."""

    text: str
    formulas: Mapping[str, Formula]
    pieces: tuple[tuple[int, int, Inline], ...]
    """Stretches of `text` with the inline that each comes from."""
    section: str
    caption: bool = False

    def marks(self, text: str) -> list[Formula]:
        """The formulas whose signs stand in `text`, in order."""
        return [self.formulas[c] for c in text if c in self.formulas]

    def sentence(self, at: int) -> tuple[int, int]:
        """The stretch of the sentence that holds the character `at`."""
        start = max((m.end() for m in _STOP.finditer(self.text, 0, at)), default=0)
        stop = _STOP.search(self.text, at)
        return start, stop.start() + 1 if stop else len(self.text)


_STOP = re.compile(
    r"(?<!e\.g)(?<!i\.e)(?<!\bcf)(?<! vs)(?<!Fig)(?<!Eq)(?<!Eqs)(?<!Sec)(?<! al)(?<!resp)(?<!w\.r\.t)[.?!]\s+(?=[A-Z\ue000-\uf7ff(])"
)


def passages(document: Document, words: frozenset[str]) -> Iterator[Passage]:
    """Every paragraph with formulas in it, in reading order."""
    for paragraph in document.paragraphs:
        parts: list[str] = []
        formulas: dict[str, Formula] = {}
        pieces: list[tuple[int, int, Inline]] = []
        at = 0
        for inline in paragraph.inlines:
            match inline.kind:
                case "math" if _FIRST + len(formulas) <= _LAST:
                    part = chr(_FIRST + len(formulas))
                    formulas[part] = Formula(inline.text, inline.span, words)
                case "text" | "code" | "url":
                    part = re.sub(r"\s+", " ", inline.text)
                case "display":
                    part = f" {DISPLAY} "
                case "cite":
                    part = CITE
                case "ref":
                    part = inline.text
                case _:
                    part = ""
            pieces.append((at, at + len(part), inline))
            parts.append(part)
            at += len(part)
        if formulas:
            yield Passage("".join(parts), formulas, tuple(pieces), paragraph.section, paragraph.role == "caption")


class Quotes:
    """Cuts verbatim quotes out of the source files."""

    def __init__(self, document: Document) -> None:
        self._texts = {f.path: f.text for f in document.files}
        self._names = {s.id: s.number or s.title for s in document.sections}

    def of(self, passage: Passage, start: int, end: int) -> Quote:
        """The source of the stretch `start:end` of a passage; at least the formulas in it."""
        inside = [(low, high, i) for low, high, i in passage.pieces if low < end and high > start and i.span.start >= 0]
        if not inside:
            return Quote("", Span("", 0), self._names.get(passage.section, ""))
        file = inside[0][2].span.file
        inside = [p for p in inside if p[2].span.file == file]
        source = self._texts.get(file, "")
        low, high, inline = inside[0]
        begin = inline.span.start
        if inline.kind != "math" and start > low:
            found = _find(source, inline.span, passage.text[start : min(end, high)])
            begin = found[0] if found else inline.span.end if len(inside) > 1 else begin
        low, high, inline = inside[-1]
        stop = inline.span.end
        if inline.kind != "math" and end < high:
            found = _find(source, inline.span, passage.text[max(start, low) : end])
            stop = found[1] if found else inline.span.start if len(inside) > 1 else stop
        return self.at(file, begin, stop, passage.section)

    def at(self, file: str, start: int, end: int, section: str) -> Quote:
        """The source between two offsets, white space at the ends left out."""
        source = self._texts.get(file, "")
        text = source[start:end]
        start, end = start + len(text) - len(text.lstrip()), end - (len(text) - len(text.rstrip()))
        line = source.count("\n", 0, start) + 1
        column = start - (source.rfind("\n", 0, start) + 1) + 1
        span = Span(file, line, column, start, end, source.count("\n", 0, max(start, end - 1)) + 1)
        return Quote(source[start:end], span, self._names.get(section, ""))


def _find(source: str, span: Span, phrase: str) -> tuple[int, int] | None:
    """Where the words of a printed phrase stand in the source of an inline."""
    words = re.findall(r"[A-Za-z0-9]+", phrase)[:40]
    if not words:
        return None
    pattern = r"(?:[^A-Za-z0-9\\]|\\[A-Za-z]+)*".join(map(re.escape, words))
    m = re.compile(rf"(?<![A-Za-z0-9]){pattern}").search(source, span.start, span.end)
    return m.span() if m else None
