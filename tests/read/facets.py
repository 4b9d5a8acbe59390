"""Parts of a Document as text, for the golden files."""

from collections.abc import Callable

from paperc.document import Document
from paperc.read import outline


def _equations(d: Document) -> str:
    return "\n".join(f"({e.number or ' '}) {e.latex}" for e in d.equations)


def _displays(d: Document) -> str:
    return "\n".join(f"{e.display} {e.environment} ({e.number or ' '}) {e.label or '-'}" for e in d.equations)


def _labels(d: Document) -> str:
    return "\n".join(f"{label} = {number}" for label, number in d.labels.items())


def _sections(d: Document) -> str:
    return "\n".join(f"{s.id} {s.number or '-'} {s.title}" + (f" <{s.label}>" if s.label else "") for s in d.sections)


def _paragraphs(d: Document) -> str:
    return "\n".join(f"{p.role}: {p.text.strip()}" for p in d.paragraphs)


def _tables(d: Document) -> str:
    out = []
    for t in d.tables:
        out.append(f"Table {t.number or '-'}: {t.caption} <{t.label or ''}>")
        for k, row in enumerate(t.rows):
            cells = []
            for c in row:
                size = (f"{c.columns}c" if c.columns > 1 else "") + (f"{c.rows}r" if c.rows > 1 else "")
                cells.append(c.text + (f" ({size})" if size else ""))
            out.append(("# " if k < t.header_rows else "  ") + " | ".join(cells).rstrip())
    return "\n".join(line.rstrip() for line in out)


def _figures(d: Document) -> str:
    return "\n".join(f"Figure {f.number or '-'}: {f.caption} <{f.label or ''}> {', '.join(f.files)}" for f in d.figures)


def _theorems(d: Document) -> str:
    return "\n".join(f"{t.kind} {t.number or '-'} ({t.title}) <{t.label or ''}>" for t in d.theorems)


def _algorithms(d: Document) -> str:
    out = []
    for a in d.algorithms:
        out.append(f"Algorithm {a.number or '-'}: {a.caption} <{a.label or ''}> [{a.style}]")
        for line in a.lines:
            condition = f" | {line.condition}" if line.condition else ""
            comment = f" % {line.comment}" if line.comment else ""
            out.append(f"{line.number:>2} {'    ' * line.indent}{line.text}   [{line.keyword}{condition}]{comment}")
    return "\n".join(out)


def _references(d: Document) -> str:
    out = []
    for r in d.references:
        out.append(f"{r.key}: {r.title} / {'; '.join(r.authors)} / {r.year} / {' '.join(r.urls)}".rstrip())
    return "\n".join(out)


def _front(d: Document) -> str:
    return f"title: {d.title}\nauthors: {'; '.join(d.authors)}\nabstract: {d.abstract.strip()}"


def _spans(d: Document) -> str:
    """Each inline beside the source that it stands for."""
    out = []
    for p in d.paragraphs:
        for i in p.inlines:
            file = d.file(i.span.file)
            assert file is not None
            source = file.text[i.span.start : i.span.end].replace("\n", "⏎")
            out.append(f"{i.span.line}:{i.span.column} {i.kind} “{i.text}” from “{source}”")
    return "\n".join(out)


def _diagnostics(d: Document) -> str:
    return "\n".join(f"{x.severity} {x.code} {x.span or ''}: {x.message}" for x in d.diagnostics)


FACETS: dict[str, Callable[[Document], str]] = {
    "equations": _equations,
    "displays": _displays,
    "labels": _labels,
    "sections": _sections,
    "paragraphs": _paragraphs,
    "tables": _tables,
    "figures": _figures,
    "theorems": _theorems,
    "algorithms": _algorithms,
    "references": _references,
    "front": _front,
    "spans": _spans,
    "diagnostics": _diagnostics,
    "operators": lambda d: "\n".join(d.operators),
    "unknown": lambda d: "\n".join(d.unknown_commands),
    "main": lambda d: d.main,
    "outline": lambda d: outline(d).rstrip("\n"),
}
