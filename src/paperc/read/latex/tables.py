"""Tabulars as grids of cells."""

from __future__ import annotations

import re

from ...document import Cell
from .lexer import Places, Token, detokenize
from .printed import printed
from .stream import TABULARS, Stream, skip_arguments, span_of

_RULES = frozenset(["hline", "toprule", "midrule", "bottomrule", "cmidrule", "cline", "specialrule", "hhline", "Xhline", "addlinespace", "noalign", "rowcolor", "arrayrulecolor", "endhead", "endfirsthead", "endfoot", "endlastfoot", "tabularnewline", "morecmidrules", "cdashline", "hdashline", "thickhline", "Xcline", "rowfont", "rule"])  # fmt: skip
MAX_HEAD = 4
_PARTIAL = frozenset(["cmidrule", "cline", "cdashline", "Xcline"])
_INNER_RULES = (
    "midrule",
    "hline",
    "hdashline",
    "cmidrule",
    "specialrule",
    "Xhline",
    "thickhline",
    "hhline",
    "cline",
    "cdashline",
    "Xcline",
)


def grid(name: str, body: list[Token], places: Places) -> tuple[tuple[tuple[Cell, ...], ...], int]:
    """The rows of a tabular and how many of them make up its head."""
    stream = Stream(body)
    skip_arguments(name, stream)
    rows: list[list[Cell]] = []
    rules: list[tuple[int, bool]] = []  # rows that stand before each rule; does it go all the way across
    cell: list[Token] = []
    row: list[Cell] = []
    depth = 0

    def end_cell() -> None:
        made = _cell(cell, places)
        row.append(made)
        for _ in range(made.columns - 1):
            row.append(Cell("", made.span))
        cell.clear()

    def end_row(last: bool) -> None:
        nothing = not any(t.kind not in ("space", "par") for t in cell)
        if nothing and not row and last:
            cell.clear()
            return
        end_cell()
        if len(row) > 1 or row[0].text or not last:
            if any(c.text for c in row) or len(row) > 1:
                rows.append(list(row))
        row.clear()

    while (token := stream.next()) is not None:
        depth += (token.kind in ("open", "begin")) - (token.kind in ("close", "end"))
        if depth == 0 and token.kind == "char" and token.text == "&":
            end_cell()
        elif depth == 0 and token.kind == "command" and token.text in ("\\", "tabularnewline", "cr"):
            if (nxt := stream.peek()) is not None and nxt.text == "*":
                stream.next()
            stream.optional()
            end_row(last=False)
        elif depth == 0 and token.kind == "command" and token.text in _RULES and not _inked(cell):
            _skip_rule(token.text, stream)
            if token.text in _INNER_RULES:
                rules.append((len(rows), token.text not in _PARTIAL))
            cell.clear()
        else:
            cell.append(token)
    end_row(last=True)
    width = max((len(r) for r in rows), default=0)
    filled = tuple(tuple(r) + tuple(Cell("", r[-1].span) for _ in range(width - len(r))) for r in rows)
    return filled, _header(len(filled), rules)


def _inked(tokens: list[Token]) -> bool:
    return any(t.kind not in ("space", "par") for t in tokens)


def _skip_rule(name: str, stream: Stream) -> None:
    stream.optional()
    stream.optional("(", ")")
    arguments = {"cmidrule": 1, "cline": 1, "specialrule": 3, "hhline": 1, "Xhline": 1, "noalign": 1, "rowcolor": 1,
                 "arrayrulecolor": 1, "cdashline": 1, "Xcline": 2, "rowfont": 1, "rule": 2}.get(name, 0)  # fmt: skip
    for _ in range(arguments):
        stream.group()
    if name in ("cmidrule", "rowcolor"):
        stream.optional()


def _header(rows: int, rules: list[tuple[int, bool]]) -> int:
    """The rows above the first rule that goes all the way across; without one, above the last partial rule."""
    across = [k for k, whole in rules if whole and 0 < k < rows]
    partial = [k for k, whole in rules if not whole and 0 < k < min(rows, MAX_HEAD)]
    head = across[0] if across else partial[-1] if partial else 0
    return head if head <= MAX_HEAD else 0


def _cell(tokens: list[Token], places: Places) -> Cell:
    columns = rows = 1
    stream = Stream(tokens)
    kept: list[Token] = []
    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text == "multicolumn":
            number = detokenize(stream.group()).strip()
            columns = max(1, min(100, int(number))) if number.isdigit() else 1
            stream.group()
            stream.push(stream.group())
        elif token.kind == "command" and token.text == "multirow":
            stream.optional()
            number = detokenize(stream.group()).strip()
            rows = max(1, min(1000, abs(int(number)))) if re.fullmatch(r"-?\d+", number) else 1
            stream.optional()
            stream.group()
            stream.optional()
            stream.push(stream.group())
        elif token.kind == "command" and token.text in ("rotatebox", "adjustbox"):
            stream.optional()
            stream.group()
            stream.push(stream.group())
        elif token.kind in ("begin", "end") and token.text in TABULARS:
            if token.kind == "begin":
                skip_arguments(token.text, stream)
        else:
            kept.append(token)
    return Cell(
        printed([t for t in kept if not (t.kind == "char" and t.text == "&")]), span_of(places, tokens), columns, rows
    )
