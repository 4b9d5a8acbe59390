"""A table as a grid whose header cells are spread over the columns and rows that they span."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..document import Table
from .quantities import IN_TEXT, Quantity, quantity_in_text, read_math


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with its spanning cells spread: `text[i][j]`, the column's heading path, the row's quote."""

    table: Table
    text: tuple[tuple[str, ...], ...]
    header_rows: int

    def heading(self, column: int) -> tuple[str, ...]:
        """The different headings above a column, outermost first."""
        return tuple(
            dict.fromkeys(
                t for row in self.text[: self.header_rows] if column < len(row) and (t := row[column].strip())
            )
        )

    def body(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        for i in range(self.header_rows, len(self.text)):
            yield i, self.text[i]


def grid(table: Table) -> Grid:
    """Spreads cells over the columns and rows that they span."""
    width = max((len(r) for r in table.rows), default=0)
    text = [["" for _ in range(width)] for _ in table.rows]
    for i, row in enumerate(table.rows):
        for j, cell in enumerate(row):
            content = clean(cell.text)
            if not content:
                continue
            for di in range(max(1, cell.rows)):
                for dj in range(max(1, cell.columns)):
                    if i + di < len(text) and j + dj < width and not text[i + di][j + dj]:
                        text[i + di][j + dj] = content
    return Grid(table, tuple(tuple(r) for r in text), _header_rows(table, text))


def _header_rows(table: Table, text: list[list[str]]) -> int:
    """The reader's count, or the rows before the first with numbers in it."""
    for i, row in enumerate(text):
        if sum(number_of(c) is not None for c in row[1:]) >= max(1, (len(row) - 1) // 3):
            return max(i, 0) if i else min(table.header_rows, 1)
    return table.header_rows


def clean(text: str) -> str:
    """A cell without emphasis, citations and the spacing that is left of them."""
    text = re.sub(r"\[[\w:.,/+-]*[A-Za-z][\w:.,/ +-]*\d[\w:.,/ +-]*\]", "", text)
    text = re.sub(r"\\(?:bf|boldmath|textbf|mathbf|underline|textit|emph|bm)(?![A-Za-z])", "", text)
    return re.sub(r"\s+", " ", text).strip(" ~")


_STYLED = re.compile(
    r"\\(?:text|math)?(?:color|bf|it|rm|sf|tt|cal)\b\s*(?:\{[A-Za-z!0-9.:]*[A-Za-z][^{}]*\}(?=\s*\{))?"
)


def _bare(latex: str) -> str:
    """A formula without colours, weights and the braces around them."""
    return (
        re.sub(r"(?<![\^_])[{}]", "", _STYLED.sub("", latex)).strip(" $")
        if "^" not in latex
        else _STYLED.sub("", latex).strip(" $")
    )


def number_of(text: str) -> Quantity | None:
    """The number that a cell holds, None for words; "47.4±0.2" is 47.4."""
    stripped = text.replace("\\%", "%").replace("{,}", ",").strip(" *†‡")
    if not stripped or len(stripped) > 60 or not any(ch.isdigit() for ch in stripped):
        return None
    core = re.split(r"±|\$?\s*\\pm|\s*\(|\s+/\s+|→|\$\\rightarrow", stripped)[0].strip()
    core = _bare(re.sub(r"^\$(.*)\$$", r"\1", core))
    if m := IN_TEXT.fullmatch(core):
        q = quantity_in_text(m)
        return Quantity(q.text, q.number, q.unit) if q and not m["word"] else None
    if "$" in core or re.search(r"[A-Za-z]{3}", core.replace("cdot", "").replace("times", "").replace("mathrm", "")):
        return None
    read = read_math(core)
    return read[0].quantity if len(read) == 1 and not read[0].symbols else None


def row_label(g: Grid, row: tuple[str, ...]) -> str:
    """The words at the head of a row."""
    out: list[str] = []
    for cell in row:
        if number_of(cell) is not None:
            break
        if cell and cell not in out:
            out.append(cell)
        elif out:
            break
    return " ".join(out[:2])
