"""The Document as the JSON object of `paperc read --json`."""

from __future__ import annotations

from typing import Any

from ..document import Document
from ..errors import Diagnostic
from ..provenance import Span

Json = dict[str, Any]


def document_json(document: Document) -> Json:
    """Plain values only. `section` of an element is the printed number of its section, its title where it has none."""
    names = {s.id: s.number or s.title for s in document.sections}
    return {
        "title": document.title,
        "authors": list(document.authors),
        "abstract": document.abstract,
        "main": document.main,
        "sha256": document.sha256,
        "sections": [
            {"number": s.number, "title": s.title, "level": s.level, "label": s.label, "span": span_json(s.span)}
            for s in document.sections
        ],
        "equations": [
            {
                "id": e.id,
                "number": e.number,
                "label": e.label,
                "latex": e.latex,
                "source_latex": e.source_latex,
                "environment": e.environment,
                "display": e.display,
                "section": names.get(e.section, ""),
                "span": span_json(e.span),
            }
            for e in document.equations
        ],
        "algorithms": [
            {
                "id": a.id,
                "number": a.number,
                "label": a.label,
                "caption": a.caption,
                "lines": [
                    {
                        "number": line.number,
                        "indent": line.indent,
                        "text": line.text,
                        "keyword": line.keyword,
                        "condition": line.condition,
                        "comment": line.comment,
                        "span": span_json(line.span),
                    }
                    for line in a.lines
                ],
                "section": names.get(a.section, ""),
                "span": span_json(a.span),
            }
            for a in document.algorithms
        ],
        "tables": [
            {
                "id": t.id,
                "number": t.number,
                "label": t.label,
                "caption": t.caption,
                "rows": [[cell.text for cell in row] for row in t.rows],
                "header_rows": t.header_rows,
                "section": names.get(t.section, ""),
                "span": span_json(t.span),
            }
            for t in document.tables
        ],
        "figures": [
            {
                "id": f.id,
                "number": f.number,
                "label": f.label,
                "caption": f.caption,
                "files": list(f.files),
                "section": names.get(f.section, ""),
                "span": span_json(f.span),
            }
            for f in document.figures
        ],
        "theorems": [
            {
                "id": t.id,
                "kind": t.kind,
                "number": t.number,
                "label": t.label,
                "title": t.title,
                "section": names.get(t.section, ""),
                "span": span_json(t.span),
            }
            for t in document.theorems
        ],
        "references": [
            {
                "key": r.key,
                "text": r.text,
                "title": r.title,
                "authors": list(r.authors),
                "year": r.year,
                "urls": list(r.urls),
                "span": span_json(r.span) if r.span else None,
            }
            for r in document.references
        ],
        "labels": document.labels,
        "unknown_commands": list(document.unknown_commands),
        "diagnostics": [diagnostic_json(d) for d in document.diagnostics],
    }


def span_json(span: Span) -> Json:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "start": span.start,
        "end": span.end,
        "end_line": span.end_line,
    }


def diagnostic_json(diagnostic: Diagnostic) -> Json:
    return {
        "code": diagnostic.code,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "span": span_json(diagnostic.span) if diagnostic.span else None,
    }
