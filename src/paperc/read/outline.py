"""The outline of a paper for people: what was read, in the order of the paper."""

from __future__ import annotations

import re

from ..document import Document
from .unicode import text_of

_MATH = re.compile(r"\$([^$]+)\$")


def outline(document: Document) -> str:
    """Sections with their equations as text, algorithms, tables, then what could not be resolved."""
    out = [document.title or "(no title)"]
    if document.authors:
        out.append(", ".join(document.authors))
    out.append("")
    for section in ["", *(s.id for s in document.sections)]:
        out += _section(document, section)
    if document.references:
        out += ["", f"References: {len(document.references)}"]
    missing = sorted({i.span for p in document.paragraphs for i in p.inlines if i.kind == "ref" and "??" in i.text})
    if missing:
        out += ["", f"Unresolved references: {len(missing)}", *(f"  {span}" for span in missing)]
    if document.unknown_commands:
        out += ["", "Unknown commands: " + ", ".join(f"\\{name}" for name in document.unknown_commands)]
    return "\n".join(out) + "\n"


def _section(document: Document, id: str) -> list[str]:
    out: list[str] = []
    section = document.section_of(id) if id else None
    pad = ""
    if section is not None:
        pad = "  " * max(0, section.level - 1)
        out.append(f"{pad}{section.number + '  ' if section.number else ''}{_printed(section.title)}")
    pad += "    "
    found: list[tuple[str, int, str]] = []
    for e in document.equations:
        if e.section == id:
            number = f"({e.number})" if e.number else "   "
            found.append((e.span.file, e.span.start, f"{pad}{number:>6}  {_cut(text_of(e.latex.replace('&', ' ')))}"))
    for a in document.algorithms:
        if a.section == id:
            rows = [f"{pad}Algorithm {a.number or '–'}  {_printed(a.caption)}"]
            rows += [f"{pad}{line.number:>6}  {'  ' * line.indent}{_cut(_printed(line.text))}" for line in a.lines]
            found.append((a.span.file, a.span.start, "\n".join(rows)))
    for t in document.tables:
        if t.section == id:
            size = f"{len(t.rows)} × {max((len(r) for r in t.rows), default=0)}"
            found.append((t.span.file, t.span.start, f"{pad}Table {t.number or '–'}  [{size}]  {_cut(_printed(t.caption))}"))  # fmt: skip
    for f in document.figures:
        if f.section == id:
            found.append((f.span.file, f.span.start, f"{pad}Figure {f.number or '–'}  {_cut(_printed(f.caption))}"))
    for thm in document.theorems:
        if thm.section == id:
            title = f" ({_printed(thm.title)})" if thm.title else ""
            found.append((thm.span.file, thm.span.start, f"{pad}{thm.kind} {thm.number or ''}{title}".rstrip()))
    return out + [text for _, _, text in sorted(found, key=lambda item: item[:2])]


def _printed(text: str) -> str:
    return _MATH.sub(lambda m: text_of(m.group(1)), text)


def _cut(text: str, width: int = 160) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
