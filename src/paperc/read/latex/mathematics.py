"""Formulas in the text and displays."""

from __future__ import annotations

from ...document import Equation
from . import displays
from .lexer import Token
from .mathnames import KNOWN
from .printed import math_of, take_math, without_labels
from .stream import Stream, environment_body, labels_in, until
from .walk import Handler, Walk


def display(walk: Walk, name: str, body: list[Token], begin: Token, end: Token | None) -> None:
    """Record a display: one Equation a numbered row, one for a display without numbers."""
    if not walk.started:
        return
    _report(walk, body)
    rows = displays.rows_of(name, body, walk.counters)
    groups = displays.grouped(rows)
    whole = walk.covered(body, begin, end)
    first = f"eq:{len(walk.equations) + 1}"
    for group in groups:
        number = next((r.number for r in group if r.number is not None), None)
        labels = [label for r in sorted(group, key=lambda r: r.number is None) for label in r.labels]
        tokens = displays.joined(group)
        span = whole if len(groups) == 1 else walk.covered(tokens or body, None if tokens else begin)
        source = walk.places.text_of(span)
        latex = without_labels(math_of(tokens))
        ident = f"eq:{len(walk.equations) + 1}"
        walk.equations.append(Equation(ident, number, labels[0] if labels and not walk.restating else None, latex, source, name, walk.displays, walk.section, span))  # fmt: skip
        for row in group:
            for label, parent in row.own_labels.items():
                walk.name(label, parent, "equation")
            for label in row.labels:
                walk.name(label, row.number or number or walk.current, "equation")
    if groups:
        walk.runs.add("display", first, whole)
        walk.runs.space = True
    for row in rows:
        if row.text:
            walk.flow(Stream(row.text))
    walk.displays += 1


def _report(walk: Walk, tokens: list[Token]) -> None:
    """Commands in a formula that neither the paper nor LaTeX defines."""
    for token in tokens:
        name = token.text
        if token.kind != "command" or name in KNOWN or not name[0].isalpha() or name in walk.commands:
            continue
        if not (name.startswith("the") and name[3:] in walk.counters.forms | walk.counters.values | {"equation": 0}):
            walk.unknown.setdefault(token.text, walk.span(token))


def inline(walk: Walk, tokens: list[Token], opener: Token, end: Token | None) -> None:
    for label in labels_in(tokens):
        walk.label(label)
    latex = without_labels(math_of(tokens))
    _report(walk, tokens)
    if latex:
        walk.runs.add("math", latex, walk.covered(tokens, opener, end))


def _dollar(walk: Walk, token: Token, stream: Stream) -> None:
    if not walk.started:
        return
    if token.text == "$$":
        body, end = until(stream, "$$", "dollar")
        display(walk, "$$", body, token, end)
        return
    tokens, end = take_math(stream, token)
    inline(walk, tokens, token, end)


def _bracket(walk: Walk, token: Token, stream: Stream) -> None:
    body, end = until(stream, ")" if token.text == "(" else "]", "command")
    if not walk.started:
        return
    if token.text == "(":
        inline(walk, body, token, end)
    else:
        display(walk, "\\[", body, token, end)


def _environment(walk: Walk, token: Token, stream: Stream) -> None:
    body, end = environment_body(stream, token.text)
    display(walk, token.text, body, token, end)


def _math(walk: Walk, token: Token, stream: Stream) -> None:
    body, end = environment_body(stream, token.text)
    if walk.started:
        inline(walk, body, token, end)


def _subequations(walk: Walk, token: Token, stream: Stream) -> None:
    frame = walk.open(token)
    stream.optional()
    group = walk.counters.begin_parts()
    walk.refer(group.number, "equation")
    frame.close = lambda _: walk.counters.end_parts(group)


COMMANDS: dict[str, Handler] = {" dollar": _dollar, "(": _bracket, "[": _bracket}
ENVIRONMENTS: dict[str, Handler] = {
    **dict.fromkeys([*displays.ONE_NUMBER, *displays.ROWS, *displays.CASES], _environment),
    "math": _math,
    "subequations": _subequations,
}
