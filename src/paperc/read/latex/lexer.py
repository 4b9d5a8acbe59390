"""TeX's tokens with their place in the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

from ...provenance import Span

_VERBATIM = ("verbatim\\*", "verbatim", "Verbatim", "lstlisting", "minted", "alltt", "tcblisting", "pycode", "BVerbatim", "comment")  # fmt: skip
Kind = Literal["command", "begin", "end", "char", "space", "par", "open", "close", "dollar", "verbatim", "param"]

_TOKEN = re.compile(
    r"(?P<word>[A-Za-z]+)"
    r"|(?P<space>[ \t\r\f\v]*\n[ \t]*(?!\n)|[ \t\r\f\v]+(?!\n))"
    r"|(?P<par>[ \t\r\f\v]*\n(?:[ \t]*\n)+[ \t]*)"
    r"|(?P<comment>%[^\n]*(?:\n[ \t]*)?)"
    rf"|(?P<verbatim>\\begin\s*\{{(?P<venv>{'|'.join(_VERBATIM)})\}})"
    r"|(?P<verb>\\(?:verb\*?|lstinline)(?P<vd>[^\w\s*{])(?P<vtext>[^\n]*?)(?P=vd))"
    r"|(?P<url>\\(?P<urlname>url|href|nolinkurl|path)\s*\{(?P<address>[^{}\\\n]*)\})"
    r"|(?P<env>\\(?P<side>begin|end)\s*\{(?P<name>[^{}\\\n]{1,60})\})"
    r"|(?P<command>\\(?:(?P<control>[A-Za-z@]+\*?)[ \t]*(?:\n[ \t]*(?!\n))?|.|\n))"
    r"|(?P<open>\{)|(?P<close>\})|(?P<dollar>\$\$?)|(?P<param>\#+\d)"
    r"|(?P<char>.)",
    re.S,
)


class Token(NamedTuple):
    """`text` is the name of a command (with its star) or environment, or the characters: letters that stand together
    are one token, and count as so many characters where TeX would take one."""

    kind: Kind
    text: str
    file: int
    start: int
    end: int

    def like(self, kind: Kind, text: str) -> Token:
        """Another token that stands where this one stands."""
        return Token(kind, text, self.file, self.start, self.end)

    def split(self) -> tuple[Token, Token]:
        """The first character and the rest."""
        whole = self.end - self.start == len(self.text)
        middle = self.start + 1 if whole else self.start
        return (
            Token(self.kind, self.text[0], self.file, self.start, middle if whole else self.end),
            Token(self.kind, self.text[1:], self.file, middle, self.end),
        )

    def at(self, call: Token) -> Token:
        """This token of a macro's body, standing where the macro was called."""
        return Token(self.kind, self.text, call.file, call.start, call.end)


# Commands whose star belongs to the name; for all others a star is a character of its own.
_STARRED = frozenset(
    (
        "section subsection subsubsection paragraph subparagraph chapter part newcommand renewcommand "
        "providecommand DeclareMathOperator operatorname tag caption hspace vspace newtheorem "
        "DeclarePairedDelimiter title NewDocumentCommand includegraphics footnote ref eqref cref Cref autoref "
        "cite citet citep Citet Citep citealp citealt citeauthor textcite parencite captionof counterwithin "
        "counterwithout Title operatornamewithlimits DeclareRobustCommand spnewtheorem"
    ).split()
)


def lex_part(text: str, file: int, begin: int, end: int) -> list[Token]:
    """The tokens of a stretch of a file."""
    return [Token(t.kind, t.text, file, t.start + begin, t.end + begin) for t in lex(text[begin:end], file)]


def lex(text: str, file: int) -> list[Token]:
    """All tokens of one file; comments are dropped, verbatim material is one token."""
    out: list[Token] = []
    add = out.append
    match = _TOKEN.match
    at, size = 0, len(text)
    endless: set[str] = set()  # verbatim environments that are never closed from here on
    while at < size:
        m = match(text, at)
        assert m is not None  # any character is a token
        kind, start, at = m.lastgroup, at, m.end()
        if kind == "word":
            add(Token("char", m.group(), file, start, at))
        elif kind == "space":
            add(Token("space", " ", file, start, at))
        elif kind == "command":
            # A control word swallows the spaces behind it.
            name = m.group("control") or m.group()[1:]
            end = start + 1 + len(name)
            if len(name) > 1 and name[-1] == "*" and name[:-1] not in _STARRED:
                add(Token("command", name[:-1], file, start, end - 1))
                add(Token("char", "*", file, end - 1, end))
            else:
                add(Token("command", " " if name == "\n" else name, file, start, end))
        elif kind == "comment":
            # The end of a commented line swallows the line end, but not a blank line behind it.
            if text.startswith("\n", at) and text[at - 1] != "%":
                add(Token("par", "\n\n", file, start, at))
        elif kind == "env":
            side: Kind = "begin" if m.group("side") == "begin" else "end"
            add(Token(side, m.group("name").strip(), file, start, at))
        elif kind == "verbatim":
            name = m.group("venv")
            closed = None if name in endless else re.compile(rf"\\end\s*\{{{re.escape(name)}\}}").search(text, at)
            if closed is None:
                endless.add(name)
                add(Token("begin", name, file, start, at))
                continue
            body, at = text[at : closed.start()], closed.end()
            if name != "comment":
                add(Token("verbatim", f"{name}\n{body}", file, start, at))
        elif kind == "verb":
            add(Token("verbatim", f"verb\n{m.group('vtext')}", file, start, at))
        elif kind == "url":
            add(Token("verbatim", f"{m.group('urlname')}\n{m.group('address')}", file, start, at))
        else:
            add(Token(kind, m.group(), file, start, at))  # type: ignore[arg-type]
    return out


def lines_of(text: str) -> list[int]:
    """Offsets at which the lines of a text begin."""
    starts = [0]
    at = text.find("\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find("\n", at + 1)
    return starts


class Places:
    """Turns offsets into spans, for all files of a paper."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.texts: list[str] = []
        self._lines: list[list[int]] = []

    def add(self, path: str, text: str) -> int:
        self.paths.append(path)
        self.texts.append(text)
        self._lines.append(lines_of(text))
        return len(self.paths) - 1

    def text_of(self, span: Span) -> str:
        """The source that a span covers."""
        return self.texts[self.paths.index(span.file)][span.start : span.end]

    def span(self, file: int, start: int, end: int) -> Span:
        lines = self._lines[file]
        line = bisect_right(lines, start)
        last = bisect_right(lines, max(start, end - 1))
        return Span(self.paths[file], line, start - lines[line - 1] + 1, start, end, last)


def detokenize(tokens: list[Token]) -> str:
    """LaTeX again, with a space after a command name where a letter follows or the source had one."""
    out: list[str] = []
    word: Token | None = None  # the control word just written
    for token in tokens:
        match token.kind:
            case "command":
                text = "\\" + token.text
            case "begin" | "end":
                text = f"\\{token.kind}{{{token.text}}}"
            case "par":
                text = " "
            case "verbatim":
                text = token.text.partition("\n")[2]
            case _:
                text = token.text
        if word is not None and (
            text[:1].isalpha() or (word.file == token.file and token.start > word.end and text[:1] not in " {")
        ):
            out.append(" ")
        out.append(text)
        word = token if token.kind == "command" and token.text[-1:].isalpha() else None
    return "".join(out)
