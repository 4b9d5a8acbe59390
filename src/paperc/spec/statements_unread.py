"""Displays that could not be read: a gap for each, with the place in the formula and what would help."""

from __future__ import annotations

from collections.abc import Iterator

from ..document import Document, Equation
from ..formula import parse
from ..formula.tree import Problem
from .model import Gap

_NEEDS = {
    "unbalanced-bracket": "the missing bracket in the source of the paper",
    "ambiguous": "brackets in the source of the paper that tell the two readings apart",
    "unknown-command": "the definition of the command",
    "unknown-environment": "another environment for these rows",
    "too-deep": "a formula within the limits",
    "too-long": "a formula within the limits",
}


def unread(document: Document, words: frozenset[str]) -> tuple[Gap, ...]:
    """A gap ("U1", "U2", …) for each display of which the parser left something unread, in order of appearance."""
    return tuple(_gaps(document, words))


def _gaps(document: Document, words: frozenset[str]) -> Iterator[Gap]:
    count = 0
    for equation in document.equations:
        problems = [p for p in parse(equation.latex, words).problems if p.code != "empty"]
        if problems:
            count += 1
            first = problems[0]
            needs = _NEEDS.get(first.code, "a plainer form of the formula, or a report of this one")
            yield Gap(f"U{count}", first.code, _why(equation, first), needs, equation.span, equation.id)


def _why(equation: Equation, problem: Problem) -> str:
    start = problem.at[0]
    if start < 0:
        return f"the formula could not be read: {problem.message}"
    around = " ".join(equation.latex[max(0, start - 25) : start + 10].split())
    return f"the formula could not be read: {problem.message}, near “{around}”"
