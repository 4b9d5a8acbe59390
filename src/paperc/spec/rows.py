"""Numbered rows of one display that are one formula: `L = a` in the first row, `- b` in the second."""

from __future__ import annotations

from dataclasses import replace

from ..document import Document, Equation
from ..formula import continues


def with_joined_rows(document: Document) -> Document:
    """The document with every row that only goes on moved to the row that it goes on with.

    A row keeps its record (its number is printed); its formula, which says nothing alone, is empty. A row that begins
    with a relation stays: it has a value of its own for the left side before it.
    """
    out: list[Equation] = []
    first = -1
    for equation in document.equations:
        before = out[first] if first >= 0 else None
        if before is not None and before.display == equation.display and continues(before.latex, equation.latex):
            out[first] = replace(before, latex=f"{before.latex} \\\\ {equation.latex}")
            out.append(replace(equation, latex=""))
            continue
        first = len(out)
        out.append(equation)
    return replace(document, equations=tuple(out))
