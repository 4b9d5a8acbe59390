"""Documents of a few lines for tests: `# Section`, paragraphs, `$inline$`, `$$display$$`; spans point into the text."""

import hashlib
import re

from paperc.document import Document, Equation, Inline, Paragraph, Section, SourceFile
from paperc.provenance import Span

_PIECE = re.compile(r"\$\$(?P<display>.+?)\$\$|\$(?P<math>[^$]+)\$|(?P<text>[^$]+)", re.S)


def paper(text: str, operators: tuple[str, ...] = ()) -> Document:
    """A document read from the small format above."""
    sections: list[Section] = []
    paragraphs: list[Paragraph] = []
    equations: list[Equation] = []
    at = 0
    for block in re.split(r"(\n\s*\n)", text):
        start, at = at, at + len(block)
        if not block.strip():
            continue
        if block.startswith("#"):
            number = str(len(sections) + 1)
            section_id = f"sec:{number}"
            sections.append(Section(section_id, number, block.strip("# \n"), 1, None, _span(text, start, at)))
            continue
        here = sections[-1].id if sections else ""
        inlines: list[Inline] = []
        for m in _PIECE.finditer(block):
            span = _span(text, start + m.start(), start + m.end())
            if m["display"] is not None:
                id = f"eq:{len(equations) + 1}"
                latex = m["display"].strip()
                number = str(len(equations) + 1)
                equations.append(Equation(id, number, None, latex, latex, "equation", len(equations), here, span))
                inlines.append(Inline("display", id, span))
            elif m["math"] is not None:
                inlines.append(Inline("math", m["math"], span))
            else:
                inlines.append(Inline("text", re.sub(r"\s+", " ", m["text"].replace("~", " ")), span))
        paragraphs.append(Paragraph(here, tuple(inlines), _span(text, start, at)))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(
        "", (), "", "paper.tex", digest, tuple(sections), tuple(paragraphs), tuple(equations),
        operators=operators, files=(SourceFile("paper.tex", text, digest),),
    )  # fmt: skip


def _span(text: str, start: int, end: int) -> Span:
    line = text.count("\n", 0, start) + 1
    return Span(
        "paper.tex", line, start - (text.rfind("\n", 0, start) + 1) + 1, start, end, text.count("\n", 0, end) + 1
    )
