"""Running text: the inlines of a paragraph, each with the stretch of source it was printed from."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ...document import Inline, InlineKind, Paragraph
from ...provenance import Span
from .lexer import Places, Token

Role = Literal["body", "abstract", "item", "caption", "footnote", "theorem", "proof"]


class Runs:
    """Builds one paragraph.

    Text is cut so that a run either has exactly as many characters as its span (character `k` stands at `start + k`)
    or is a single printed piece whose source is longer (an accent, a line break with indentation, a macro's text).
    """

    def __init__(self, places: Places, section: str, role: Role) -> None:
        self.places, self.section, self.role = places, section, role
        self.inlines: list[Inline] = []
        self._text: list[str] = []
        self._length = 0
        self._file = self._start = self._end = -1
        self._whole = False  # the run is one piece of which each character stands for the whole span
        self.space = True  # the text so far ends with a space, or there is none

    def text(self, text: str, token: Token, end: int = -1) -> None:
        """Add printed characters that `token` (up to `end`) stands for."""
        if not text:
            return
        if text == " ":
            if self.space:
                return
            self.space = True
        else:
            self.space = text[-1] == " "
        stop = end if end >= 0 else token.end
        same = token.file == self._file
        exact = len(text) == stop - token.start
        if self._text and same and not self._whole and exact and token.start == self._end:
            self._text.append(text)
            self._end = stop
            return
        if self._text and same and token.start == self._start and stop == self._end and (self._whole or not exact):
            self._text.append(text)
            self._whole = True
            return
        self._flush()
        self._text, self._file, self._start, self._end, self._whole = [text], token.file, token.start, stop, not exact

    def add(self, kind: InlineKind, text: str, span: Span) -> None:
        self._flush()
        self.inlines.append(Inline(kind, text, span))
        self.space = False

    def _flush(self) -> None:
        if self._text:
            span = self.places.span(self._file, self._start, self._end)
            self.inlines.append(Inline("text", "".join(self._text), span))
            self._text = []

    @property
    def empty(self) -> bool:
        return not self.inlines and not "".join(self._text).strip()

    def paragraph(self) -> Paragraph | None:
        """The paragraph, None if nothing is printed."""
        self._flush()
        inlines = self.inlines
        while inlines and inlines[-1].kind == "text" and not inlines[-1].text.strip():
            inlines.pop()
        if not inlines:
            return None
        if inlines[-1].kind == "text" and inlines[-1].text.endswith(" "):
            inlines[-1] = _trimmed(inlines[-1])
        first = inlines[0].span
        here = [i.span for i in inlines if i.span.file == first.file]
        last = max(here, key=lambda s: s.end)
        start = min(here, key=lambda s: s.start)
        span = Span(start.file, start.line, start.column, start.start, last.end, last.end_line)
        return Paragraph(self.section, tuple(inlines), span, self.role)


def _trimmed(inline: Inline) -> Inline:
    """Without the space at its end."""
    text, span = inline.text.rstrip(" "), inline.span
    if span.end - span.start == len(inline.text):
        span = replace(span, end=span.start + len(text))
    return replace(inline, text=text, span=span)
