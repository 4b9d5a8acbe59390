"""Problems as data: a code, a place in the paper, what is wrong, what the user can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .provenance import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem. `code` is a stable kebab-case name (`missing-include`, `shape-mismatch`)."""

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    severity: Severity = Severity.WARNING


class PapercError(Exception):
    """A failure that the user can understand and act on; carries its diagnostics."""

    exit_code = 2

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("; ".join(d.message for d in diagnostics))
        self.diagnostics = diagnostics

    def __reduce__(self) -> tuple[type[PapercError], tuple[Diagnostic, ...]]:
        # Errors cross from the bounded child of a stage.
        return type(self), self.diagnostics


class SourceError(PapercError):
    """The paper could not be opened: missing, empty, not a paper, or unsafe."""


class LimitError(PapercError):
    """A bound on untrusted input was passed; the diagnostic names the limit."""


class UsageError(PapercError):
    """A wrong option, or a wrong entry in paper.toml."""


class NothingCompiled(PapercError):
    """The build ended without a single function."""

    exit_code = 1


class Collector:
    """Collects diagnostics, each once, in the order of their discovery."""

    def __init__(self) -> None:
        self._seen: dict[Diagnostic, None] = {}

    def add(self, diagnostic: Diagnostic) -> None:
        self._seen.setdefault(diagnostic)

    def warn(self, code: str, message: str, span: Span | None = None, help: str = "") -> None:
        self.add(Diagnostic(code, message, span, help))

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    def done(self) -> tuple[Diagnostic, ...]:
        return tuple(self._seen)
