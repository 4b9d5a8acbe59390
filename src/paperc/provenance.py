"""Where a thing stands in the paper: a file of the source tree and a place in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of an original source file.

    `file` is relative to the root of the source tree, with forward slashes. `line` and `column` count
    from one. `start` and `end` are character offsets into the decoded text of the file (end exclusive);
    they are what a quote is checked against. -1 where only the line is known.
    """

    file: str
    line: int
    column: int = 1
    start: int = -1
    end: int = -1
    end_line: int = -1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the paper, verbatim: `text` equals the source between the offsets of `span`."""

    text: str
    span: Span
    section: str = ""
    """Printed number (or title) of the section it stands in."""
