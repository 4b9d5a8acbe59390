"""What the terminal shows: diagnostics with the line and a caret, progress, the verdict table."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

from ..document import SourceFile
from ..errors import Diagnostic

_SHOWN = 40
"""Diagnostics printed in full; all of them stand in the report."""


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
    return "\n".join(lines)


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


def verdict_rows(evidence: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """(equation, kind, function, status, note) for every equation and algorithm."""
    rows = []
    for group, word in (("equations", "Eq."), ("algorithms", "Alg.")):
        for entry in evidence.get(group, []):
            number = (
                f"({entry['number']})" if group == "equations" and entry["number"] else entry["number"] or entry["id"]
            )
            functions = entry.get("functions") or ([entry["function"]] if entry.get("function") else [])
            names = ", ".join(f["name"] for f in functions) or "—"
            note = _note(entry, evidence)
            rows.append((f"{word} {number}", str(entry.get("kind", "")), names, str(entry["status"]), note))
    return rows


def _note(entry: Mapping[str, Any], evidence: Mapping[str, Any]) -> str:
    oracles = [c["oracle"] for c in entry["checks"] if c["passed"] and c.get("step") == "corroborated"]
    if oracles:
        return f"= {oracles[0]}"
    failing = [c["name"] for c in entry["checks"] if not c["passed"]]
    if failing:
        return f"FAILED {failing[0]}"
    gaps = {g["id"]: g["what"] for g in evidence.get("gaps", [])}
    return next((gaps[g] for g in entry["gaps"] if g in gaps), "")


def print_verdicts(evidence: Mapping[str, Any]) -> None:
    """The verdict table: equation → function → status."""
    rows = verdict_rows(evidence)
    if not rows:
        return
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(title=str(evidence["paper"]["title"]), title_justify="left")
        for heading in ("where", "kind", "function", "status", ""):
            table.add_column(heading, overflow="fold")
        colours = {"corroborated": "green", "conforms": "green", "runs": "yellow"}
        for where, kind, name, status, note in rows:
            style = colours.get(status, "dim")
            table.add_row(where, kind, name, f"[{style}]{_MARKS[status]} {status}[/]", note)
        Console().print(table)
        return
    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(w) for cell, w in zip(row[:4], widths)) + ("  " + row[4][:90] if row[4] else ""))
