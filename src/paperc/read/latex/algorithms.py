"""Lines of algorithms: indentation, keyword, condition and comment kept apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from ...document import AlgorithmLine
from . import displays
from .lexer import Places, Token
from .printed import printed
from .stream import Stream, environment_body, span_of, until

_WORDS = {"for": "for {} do", "while": "while {} do", "if": "if {} then", "elif": "else if {} then", "else": "else", "repeat": "repeat",
          "until": "until {}", "loop": "loop", "endfor": "end for", "endwhile": "end while", "endif": "end if", "endloop": "end loop",
          "endprocedure": "end procedure", "endfunction": "end function"}  # fmt: skip
_SHOWN = {
    "require": "Require:",
    "ensure": "Ensure:",
    "input": "Input:",
    "output": "Output:",
    "return": "return",
    "print": "print",
}
UNNUMBERED = frozenset(["require", "ensure", "input", "output"])
# A statement that begins with one of these words is what the keyword of that name would be.
_LEADING = re.compile(
    r"(inputs?|outputs?|require|ensure|return|data|result)(s?\s*:|(?<=return)\s|(?<=return)$)", re.IGNORECASE
)
_MEANT = {
    "input": "input",
    "inputs": "input",
    "data": "input",
    "output": "output",
    "outputs": "output",
    "result": "output",
}


@dataclass(slots=True)
class Line:
    """A line while it is being read."""

    keyword: str
    indent: int
    first: Token
    numbered: bool = True
    shown: str = ""
    condition: list[Token] = field(default_factory=list)
    text: list[Token] = field(default_factory=list)
    comment: list[Token] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def _bold(tokens: list[Token]) -> bool:
    """The whole line, of several words, is set in bold by one command (`\\textbf{break}` is a word of pseudocode)."""
    inked_ones = [t for t in tokens if t.kind != "space"]
    if len(inked_ones) < 5 or (inked_ones[0].kind, inked_ones[0].text) != ("command", "textbf"):
        return False
    depth = 0
    for k, token in enumerate(inked_ones[1:], 1):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            return k == len(inked_ones) - 1
    return False


class Lines:
    """Collects lines and numbers them. `words`: what the paper prints for a keyword, where it changes that."""

    def __init__(self, places: Places, numbered: bool, words: dict[str, str] | None = None) -> None:
        self.places, self.numbered, self.words = places, numbered, _SHOWN | (words or {})
        self.lines: list[Line] = []

    def add(self, line: Line) -> Line:
        self.lines.append(line)
        return line

    def made(self) -> tuple[tuple[AlgorithmLine, ...], list[tuple[str, str]]]:
        out: list[AlgorithmLine] = []
        labels: list[tuple[str, str]] = []
        count = 0
        for line in self.lines:
            text, condition, comment = printed(line.text), printed(line.condition), printed(line.comment)
            if line.keyword in ("state", "") and not text and not comment and not line.labels:
                continue
            number = ""
            if line.numbered:
                count += 1
                number = str(count)
            labels += [(label, number) for label in line.labels]
            words = _WORDS.get(line.keyword)
            keyword = line.keyword
            if keyword == "state" and (leading := _LEADING.match(text)) is not None:
                word = leading.group(1).lower()
                keyword = _MEANT.get(word, word)
            if line.shown:
                text = f"{line.shown} {text}".strip()
            elif words is not None:
                text = f"{words.format(condition)} {text}".strip()
            elif line.keyword in self.words:
                text = f"{self.words[line.keyword]} {text}".strip()
            elif keyword == "state" and _bold(line.text):
                keyword = "heading"
            span = span_of(self.places, [*line.condition, *line.text, *line.comment], line.first)
            shown = number if self.numbered else ""
            out.append(AlgorithmLine(shown, line.indent, text, span, keyword, condition, comment))
        return tuple(out), labels


Display = Callable[[str, list[Token], Token, Token | None], None]
"""Records a display that stands in an algorithm: environment, body, its begin and its end."""


def math_line(token: Token, stream: Stream, display: Display) -> list[Token]:
    """A token of a line; a display is recorded and stands in the line as a formula."""
    if token.kind == "begin" and displays.is_display(token.text):
        name = token.text
        body, end = environment_body(stream, name)
    elif token.kind == "command" and token.text == "[":
        name = "\\["
        body, end = until(stream, "]", "command")
    elif token.kind == "dollar" and token.text == "$$":
        name = "$$"
        body, end = until(stream, "$$", "dollar")
    else:
        return [token]
    display(name, body, token, end)
    space = token.like("space", " ")
    return [space, token.like("dollar", "$"), *displays.unlabelled(body), (end or token).like("dollar", "$"), space]


def in_math(line: Line | None) -> bool:
    return line is not None and sum(t.kind == "dollar" for t in line.text) % 2 == 1


def named_call(token: Token, callee: list[Token], inputs: list[Token] | None, math: bool) -> list[Token]:
    """`step(a, b)`; in a formula the name is an operator, not a product of letters."""
    if math:
        callee = [token.like("command", "operatorname"), token.like("open", "{"), *callee, token.like("close", "}")]
    return callee if inputs is None else [*callee, token.like("char", "("), *inputs, token.like("char", ")")]


def inked(tokens: list[Token]) -> bool:
    return any(t.kind not in ("space", "par", "open", "close") for t in tokens)


def listing(text: str, token: Token, places: Places) -> tuple[AlgorithmLine, ...]:
    """The lines of a verbatim listing; indentation in steps of the smallest one."""
    source = places.texts[token.file]
    begin = source.find(text, token.start)
    at = begin if begin >= 0 else token.start
    rows: list[tuple[int, str, int]] = []
    if (options := re.match(r"\s*(?:\[[^\]]*\])?\s*(?:\{\w+\})?[ \t]*\n", text)) is not None:
        at += options.end()
        text = text[options.end() :]
    for raw in text.split("\n"):
        bare = raw.strip()
        if bare:
            rows.append((len(raw) - len(raw.lstrip()), bare, at + len(raw) - len(raw.lstrip())))
        at += len(raw) + 1
    steps = sorted({w for w, _, _ in rows})
    least = min((b - a for a, b in pairwise(steps)), default=1) or 1
    base = steps[0] if steps else 0
    return tuple(
        AlgorithmLine("", (w - base) // least, bare, places.span(token.file, start, start + len(bare)))
        for w, bare, start in rows
    )
