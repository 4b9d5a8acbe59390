"""report.html: the annotated paper in one file, without any script or address from elsewhere."""

from __future__ import annotations

import base64

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..document import Algorithm, Cell, Section, Table
from ..ir.node import Function
from ..verify.record import LADDER
from . import paper_text
from .code import Listing, listing, whole_files
from .configuration import configuration, value_text
from .entries import Entry, is_note
from .math import formula, visible
from .page import parts
from .record import BuildRecord
from .reproduction import trial_text
from .summary import CODE_KINDS, ENOUGH_KILLED, MEANING, measurements, number_text, reason, summary
from .templates import TEMPLATES

STATES = ("failed", *reversed(LADDER), "gap", "other")
_AREAS = ("architecture", "training", "data", "evaluation", "method")


def report_html(record: BuildRecord) -> str:
    """The whole page as text. The paper is untrusted: everything of it is escaped, and the page forbids scripts."""
    found = summary(record)
    entries = {e.id: e for e in found.all_entries}
    writer = paper_text.Writer(record.document)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "LADDER": LADDER,
        "MEANING": MEANING,
        "reason": reason,
        "number": number_text,
        "cells": _cells,
        "value_text": value_text,
        "is_algorithm": lambda entry: isinstance(entry.source, Algorithm),
    }
    environment.filters |= {
        "display": lambda latex: Markup(formula(latex)),
        "symbol": paper_text.inline,
        "mixed": paper_text.mixed,
        "link": paper_text.link,
        "quote": writer.quote,
        "cited": writer.cited,
        "value": paper_text.value,
    }
    environment.tests["note"] = is_note
    page = environment.get_template("report.html.j2").render(
        record=record,
        document=record.document,
        spec=record.spec,
        summary=found,
        enough=ENOUGH_KILLED,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        parts=parts(record.document, entries, record.spec.claims),
        settings=configuration(record),
        measurements=measurements(record),
        trials=trial_text(record),
        areas=[(a, [c for c in record.spec.claims if c.area == a]) for a in _AREAS],
        diagram=_diagram(record),
        listing=_Listings(record),
        sources=whole_files(record.files),
        anchor=lambda subject: next((s for s in (subject, subject.rsplit(".", 1)[0]) if s in entries), ""),
        state=state,
        states=[(w, n) for w in STATES if (n := sum(1 for e in found.all_entries if state(e) == w))],
        section_name=_section_names(record),
    )
    return visible(page).strip() + "\n"


def state(entry: Entry) -> str:
    """The word by which the page filters: the status of what has code or was tested, or "failed", "gap" (no code, though it states what to compute), "other"."""
    if entry.failed:
        return "failed"
    if entry.functions or any(c.passed for c in entry.checks):
        return entry.status
    return "gap" if entry.gaps or entry.kind in CODE_KINDS else "other"


class _Listings:
    """The code of a function; called from the template."""

    def __init__(self, record: BuildRecord) -> None:
        self.record = record

    def __call__(self, function: Function) -> Listing | None:
        return listing(self.record.files, self.record.module_of(function), function.name)


def _cells(table: Table) -> list[list[Cell]]:
    """The rows without the empty cells that a cell over several columns or rows covers."""
    covered: set[tuple[int, int]] = set()
    out = []
    for r, row in enumerate(table.rows):
        shown = []
        for c, cell in enumerate(row):
            if (r, c) in covered:
                continue
            shown.append(cell)
            covered |= {(r + i, c + j) for i in range(min(cell.rows, 200)) for j in range(min(cell.columns, 200))}
        out.append(shown)
    return out


def _diagram(record: BuildRecord) -> str:
    """The architecture as a data address (an image can run nothing), "" where there is none."""
    svg = record.files.get("architecture.svg", "")
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii") if svg else ""


def _section_names(record: BuildRecord) -> dict[str, str]:
    def name(section: Section) -> str:
        return f"§{section.number}" if section.number else section.title

    return {s.id: name(s) for s in record.document.sections}
