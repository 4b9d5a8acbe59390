"""What the terminal shows: diagnostics with the line and a caret, progress, the verdict table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ..document import Equation, SourceFile
from ..errors import Diagnostic
from .entries import Entry
from .record import BuildRecord
from .summary import reason, summary

_SHOWN = 40
"""Diagnostics printed in full; all of them stand in the report."""


def printable(text: str) -> str:
    """Text of a paper for a terminal: control characters, which could move the cursor or recolour it, become "?"."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)


def format_diagnostic(diagnostic: Diagnostic, files: Mapping[str, SourceFile] | None = None) -> str:
    """`severity[code]: message`, the place, the line with a caret under it, and the advice."""
    lines = [f"{diagnostic.severity.value}[{diagnostic.code}]: {diagnostic.message}"]
    span = diagnostic.span
    if span is not None:
        lines.append(f"  --> {span.file}:{span.line}:{span.column}")
        source = (files or {}).get(span.file)
        text = source.text.splitlines() if source else []
        if 0 < span.line <= len(text):
            shown = text[span.line - 1].replace("\t", " ").rstrip()
            start = max(0, min(span.column - 1, len(shown)) - 60)
            width = max(1, min(span.end - span.start, 40)) if span.end > span.start >= 0 else 1
            head = shown[start : start + 110]
            caret = " " * (span.column - 1 - start) + "^" * max(1, min(width, len(head) - (span.column - 1 - start)))
            gutter = " " * len(str(span.line))
            lines += [f"   {span.line} | {head}", f"   {gutter} | {caret}"]
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return printable("\n".join(lines))


def print_diagnostics(
    diagnostics: Iterable[Diagnostic], files: Sequence[SourceFile] = (), *, fallback: str = ""
) -> None:
    """Print to stderr, errors first, at most `_SHOWN` of them."""
    by_path = {f.path: f for f in files}
    rank = {"error": 0, "warning": 1, "note": 2}
    found = sorted(diagnostics, key=lambda d: rank[d.severity.value])
    for diagnostic in found[:_SHOWN]:
        print(format_diagnostic(diagnostic, by_path), file=sys.stderr)
    if len(found) > _SHOWN:
        print(f"note: {len(found) - _SHOWN} more diagnostics stand in the report", file=sys.stderr)
    if not found and fallback:
        print(f"error: {fallback}", file=sys.stderr)


class Progress:
    """One line a stage on stderr; a spinner only where stderr is a terminal."""

    def __init__(self) -> None:
        self._status: Any = None
        self._console: Any = None
        if sys.stderr.isatty():
            from rich.console import Console

            self._console = Console(stderr=True)

    def __enter__(self) -> Progress:
        if self._console is not None:
            self._status = self._console.status("reading")
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()

    def step(self, stage: str, detail: str = "") -> None:
        """Say that `stage` begins (no detail) or what it found (detail)."""
        if self._status is not None:
            self._status.update(stage)
        if detail:
            print(f"  {stage:<9} {detail}", file=sys.stderr)


def print_changes(changes: Sequence[str]) -> None:
    """What a rebuild changed, compared with the build that it replaces."""
    if changes:
        print("changed since the last build:", file=sys.stderr)
        for change in changes[:30]:
            print(f"  {change}", file=sys.stderr)


_MARKS = {"corroborated": "●●", "conforms": "●", "runs": "◐", "typed": "○", "parsed": "·", "read": "·"}
_COLOURS = {"corroborated": "green", "conforms": "green", "runs": "yellow", "typed": "blue"}


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """One line of the verdict table."""

    where: str
    kind: str
    functions: str
    status: str
    place: str
    note: str
    failed: bool = False


def verdict_rows(record: BuildRecord) -> list[VerdictRow]:
    """Equation → function → status, for every equation and algorithm in the order of the paper."""
    return [
        VerdictRow(
            entry.title,
            entry.kind if isinstance(entry.source, Equation) else "algorithm",
            ", ".join(f.name for f in entry.functions) or "—",
            entry.status,
            str(entry.span),
            _cut(printable(_note(entry))),
            bool(entry.failed),
        )
        for entry in summary(record).all_entries
    ]


def _note(entry: Entry) -> str:
    if entry.failed:
        return f"FAILED {entry.failed[0].name}"
    oracles = [c.oracle for c in entry.checks if c.passed and c.step == "corroborated"]
    if oracles:
        return f"= {oracles[0]}"
    if entry.gaps:
        return f"{entry.gaps[0].id}: {entry.gaps[0].what}: {entry.gaps[0].why}"
    return "" if entry.functions else reason(entry)


def _cut(text: str, width: int = 100) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def print_build(record: BuildRecord, folder: Path) -> None:
    """The verdict table, one line of figures, and the report to open; results, so on stdout."""
    _print_verdicts(verdict_rows(record))
    print(f"\n{summary(record).sentence}")
    print(f"open {folder / 'report.html'}")


def _print_verdicts(rows: Sequence[VerdictRow]) -> None:
    if not rows:
        return
    if sys.stdout.isatty():
        _print_table(rows)
        return
    cells = [(r.where, r.kind, r.functions, r.status, r.place) for r in rows]
    widths = [min(40, max(len(c[i]) for c in cells)) for i in range(5)]
    for row, cell in zip(rows, cells, strict=True):
        line = "  ".join(text.ljust(width) for text, width in zip(cell, widths, strict=True))
        print(f"{line}  {row.note}".rstrip())


def _print_table(rows: Sequence[VerdictRow]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("where", "kind", "function", "status", "place", ""):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("where", "status"))
    for row in rows:
        style = "red" if row.failed else _COLOURS.get(row.status, "dim")
        # `Text`, because a cell of plain text would be read as markup: a paper may print "[red]".
        table.add_row(
            Text(row.where),
            Text(row.kind, "dim"),
            Text(row.functions, "bold" if row.functions != "—" else "dim"),
            Text(f"{_MARKS[row.status]} {row.status}", style),
            Text(row.place, "dim"),
            Text(row.note, "red" if row.failed else ""),
        )
    Console().print(table)
