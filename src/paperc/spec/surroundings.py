"""The words around a statement: what the sentence that introduces a display, and the one behind it, say of it."""

from __future__ import annotations

from collections.abc import Sequence

from ..document import Document, Paragraph
from .model import Statement

THIS = "[this display]"
"""What stands for the statement's own display."""


def surroundings(document: Document, statements: Sequence[Statement]) -> dict[str, str]:
    """Statement id → the paragraph in which its display stands, with the next one where the display ends it."""
    paragraphs = [p for p in document.paragraphs if p.role != "caption"]
    first = {e.display: e.id for e in reversed(document.equations)}
    display = {e.id: first[e.display] for e in document.equations}
    place: dict[str, int] = {}
    for k, paragraph in enumerate(paragraphs):
        for inline in paragraph.inlines:
            if inline.kind == "display":
                place.setdefault(inline.text, k)
    out = {}
    for statement in statements:
        at = place.get(display.get(statement.equation or "", ""))
        if at is not None:
            own = f" [{display[statement.equation or '']}] "
            out[statement.id] = _text(paragraphs, at).replace(own, f" {THIS} ")
    return out


def _text(paragraphs: Sequence[Paragraph], at: int) -> str:
    here = paragraphs[at]
    words = here.text
    following = paragraphs[at + 1] if at + 1 < len(paragraphs) else None
    # A blank line behind a display is often only the author's habit: the sentence goes on.
    if here.inlines and here.inlines[-1].kind == "display" and following and following.section == here.section:
        words += " " + following.text
    return words
