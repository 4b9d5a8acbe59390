"""Tokens of a formula as it is printed, and a stream of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import symbols as s

MAX_TOKENS = 20_000

_TOKEN = re.compile(
    r"(?P<comment>(?<!\\)%[^\n]*\n?)"
    r"|\\(?P<env>begin|end)\s*\{(?P<name>[A-Za-z]+\*?)\}"
    r"|(?P<row>\\\\\*?(?:\s*\[[^\]\n]{0,12}\])?|\\(?:tabularnewline|cr)(?![A-Za-z]))"
    r"|\\(?P<command>operatorname\*|cases\*|hspace\*|vspace\*|tag\*|[A-Za-z@]+)"
    r"|\\(?P<control>.)"
    r"|(?P<space>\s+)"
    r"|(?P<number>\d+(?:\{,\}\d{3})*(?:\.\d+)?|\.\d+)"
    r"|(?P<char>.)",
    re.S,
)


_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class MathError(ValueError):
    """The formula cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is "begin", "end", "row", "command", "control", "space", "number" or "char"."""

    kind: str
    text: str
    start: int
    end: int


def visible(text: str) -> str:
    """Without the characters that no document may hold (control characters, lone surrogates)."""
    return _INVISIBLE.sub("\ufffd", text)


def tokens(latex: str) -> Iterator[Token]:
    for m in _TOKEN.finditer(latex):
        kind = m.lastgroup or ""
        if kind == "name":
            kind = str(m.group("env"))
            yield Token(kind, m.group("name"), m.start(), m.end())
        elif kind == "row":
            yield Token("row", "\\\\", m.start(), m.end())
        elif kind != "comment":
            yield Token(kind, m.group(kind), m.start(), m.end())


class Stream:
    """The tokens of a formula and the place in them."""

    def __init__(self, latex: str) -> None:
        self.latex = visible(latex)
        self.tokens = list(tokens(self.latex))
        if len(self.tokens) > MAX_TOKENS:
            raise MathError(f"more than {MAX_TOKENS} signs")
        self.i = 0

    def peek(self) -> Token | None:
        return self.tokens[self.i] if self.i < len(self.tokens) else None

    def peek_is(self, char: str) -> bool:
        k = self.i
        while k < len(self.tokens) and self.tokens[k].kind == "space":
            k += 1
        return k < len(self.tokens) and self.tokens[k].kind == "char" and self.tokens[k].text == char

    def next(self) -> Token | None:
        token = self.peek()
        self.i += 1
        return token

    def skip_spaces(self) -> None:
        while (token := self.peek()) is not None and token.kind == "space":
            self.i += 1

    def expect(self, char: str) -> None:
        self.skip_spaces()
        token = self.next()
        if token is None or token.kind != "char" or token.text != char:
            raise MathError(f"{char!r} is missing")

    def raw_argument(self) -> str:
        """The source of a braced argument (or of one sign)."""
        self.skip_spaces()
        token = self.next()
        if token is None:
            raise MathError("an argument is missing")
        if token.text != "{":
            return token.text
        depth, start = 1, token.end
        while depth:
            token = self.next()
            if token is None:
                raise MathError("a brace is opened and never closed")
            depth += (token.kind == "char") * ((token.text == "{") - (token.text == "}"))
        return self.latex[start : token.start]

    def delimiter(self) -> str:
        self.skip_spaces()
        token = self.next()
        if token is None:
            raise MathError("a delimiter is missing")
        if token.kind == "control" and token.text == "|":
            return "‖"
        sign = s.DELIMITERS.get(token.text)
        if sign is None:
            sign = s.RELATIONS.get(token.text)
        if sign is None:
            raise MathError(f"{token.text!r} is no delimiter")
        return sign
