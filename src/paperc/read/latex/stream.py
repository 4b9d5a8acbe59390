"""A stream of tokens with push-back, and ways to take stretches out of it."""

from __future__ import annotations

import re

from ...provenance import Span
from .lexer import Places, Token

MAX_LOST = 5_000_000
"""Tokens that may be looked at in vain, for brackets and braces that are never closed."""


class TooMuchWork(Exception):
    """A stretch of source that cannot be read within bounds; `token` is where."""

    def __init__(self, token: Token, limit: str = "work") -> None:
        super().__init__()
        self.token, self.limit = token, limit


class Stream:
    """Tokens to come, with push-back; the only mutable state of the expansion."""

    lost = 0

    def __init__(self, tokens: list[Token]) -> None:
        self.stack = tokens[::-1]
        self.last: Token | None = None
        """The token that was taken last."""

    def next(self) -> Token | None:
        if not self.stack:
            return None
        self.last = token = self.stack.pop()
        return token

    def peek(self) -> Token | None:
        return self.stack[-1] if self.stack else None

    def push(self, tokens: list[Token] | tuple[Token, ...]) -> None:
        self.stack.extend(reversed(tokens))

    def skip_spaces(self) -> None:
        while self.stack and self.stack[-1].kind == "space":
            self.stack.pop()

    def group(self) -> list[Token]:
        """The next argument: a braced group without its braces, or one token."""
        self.skip_spaces()
        first = self.next()
        if first is None:
            return []
        if first.kind == "char" and len(first.text) > 1:
            one, rest = first.split()
            self.stack.append(rest)
            self.last = one
            return [one]
        if first.kind != "open":
            if first.kind in ("close", "end", "par"):
                self.stack.append(first)
                return []
            return [first]
        depth = 1
        out: list[Token] = []
        while (token := self.next()) is not None:
            if token.kind == "open":
                depth += 1
            elif token.kind == "close":
                depth -= 1
                if depth == 0:
                    return out
            elif token.kind == "end" and token.text == "document":
                self.stack.append(token)
                break
            out.append(token)
        self._lose(first, len(out))
        # Never closed: the argument ends where TeX would complain, at the end of the paragraph.
        cut = next((k for k, t in enumerate(out) if t.kind == "par"), len(out))
        self.push(out[cut:])
        return out[:cut]

    def optional(self, opener: str = "[", closer: str = "]") -> list[Token] | None:
        """The next bracketed argument, if one follows."""
        kept: list[Token] = []
        while self.stack and self.stack[-1].kind == "space":
            kept.append(self.stack.pop())
        if not self.stack or self.stack[-1].kind != "char" or self.stack[-1].text != opener:
            self.stack.extend(reversed(kept))
            return None
        start = self.stack.pop()
        depth = nested = 0
        out: list[Token] = []
        while (token := self.next()) is not None:
            if token.kind == "open":
                depth += 1
            elif token.kind == "close":
                depth -= 1
                if depth < 0:
                    self.stack.append(token)
                    break
            elif depth == 0 and token.kind == "char":
                if token.text == opener:
                    nested += 1
                elif token.text == closer:
                    if nested == 0:
                        return out
                    nested -= 1
            elif token.kind == "par" or (token.kind == "end" and token.text == "document"):
                self.stack.append(token)
                break
            out.append(token)
        self._lose(start, len(out))
        # Never closed: it was no optional argument.
        self.push([*kept[::-1], start, *out])
        return None

    def _lose(self, token: Token, count: int) -> None:
        self.lost += count
        if self.lost > MAX_LOST:
            raise TooMuchWork(token)

    def star(self) -> bool:
        """Takes a star, if one follows."""
        if self.stack and self.stack[-1].kind == "char" and self.stack[-1].text == "*":
            self.stack.pop()
            return True
        return False


def plain_text(tokens: list[Token]) -> str:
    return "".join("\\" + t.text if t.kind == "command" else t.text for t in tokens).strip()


_LENGTH = re.compile(r"\s*=?\s*-?\s*(?:[\d.]+\s*)?(?:true\s*)?(?:pt|em|ex|cm|mm|in|mu|bp|sp|pc|fil+)?(?![A-Za-z])(?:\s*(?:plus|minus)\s*-?[\d.]*\s*(?:pt|em|ex|cm|mm|in|mu|fil+)?)*")  # fmt: skip


def skip_length(stream: Stream) -> None:
    """Takes what is assigned to a register: `= 3pt plus 1pt`, `-\\baselineskip`, `{2em}`."""
    nxt = stream.peek()
    if nxt is not None and nxt.kind == "open":
        stream.group()
        return
    ahead = stream.stack[-24:][::-1]
    cut = next((k for k, t in enumerate(ahead) if t.kind not in ("char", "space")), len(ahead))
    found = _LENGTH.match("".join(t.text for t in ahead[:cut]))
    left = found.end() if found else 0
    taken = 0
    while left > 0 and (token := stream.next()) is not None:
        if len(token.text) > left:
            whole = token.end - token.start == len(token.text)
            stream.push([token._replace(text=token.text[left:], start=token.start + left if whole else token.start)])
            break
        left -= len(token.text)
        taken += 1
    nxt = stream.peek()
    if taken <= 3 and nxt is not None and nxt.kind == "command" and nxt.text in ("baselineskip", "textwidth", "parskip", "linewidth", "columnwidth", "textheight"):  # fmt: skip
        stream.next()


TABULARS = frozenset(["tabular", "tabular*", "tabularx", "tabulary", "longtable", "tabu", "longtabu", "supertabular", "xltabular", "tblr", "deluxetable", "NiceTabular"])  # fmt: skip
_ONE_ARGUMENT = frozenset(["minipage", "adjustbox", "adjustwidth", "multicols", "spacing", "CJK", "changemargin", "subfigure", "subtable", "subcaptionblock", "column", "labeling", "block", "rotate", "turn", "array"])  # fmt: skip


def skip_arguments(name: str, stream: Stream) -> None:
    """Takes the arguments of an environment that say how it looks: width, columns, position."""
    stream.optional()
    if name in ("tabular*", "tabularx", "tabulary", "xltabular", "adjustwidth"):
        stream.group()
        stream.optional()
    elif name not in TABULARS:
        stream.optional()
    if name in TABULARS or name.removesuffix("*") in _ONE_ARGUMENT:
        stream.group()


def labels_in(tokens: list[Token]) -> list[str]:
    """The `\\label`s among these tokens."""
    return [
        plain_text(Stream(tokens[k + 1 : k + 120]).group())
        for k, t in enumerate(tokens)
        if t.kind == "command" and t.text == "label"
    ]


def environment_body(stream: Stream, name: str) -> tuple[list[Token], Token | None]:
    """The tokens up to the matching `\\end{name}` (already past its `\\begin`), and that end; None where it is missing."""
    out: list[Token] = []
    depth = 1
    while (token := stream.next()) is not None:
        if token.text == name and token.kind in ("begin", "end"):
            depth += 1 if token.kind == "begin" else -1
            if depth == 0:
                return out, token
        elif token.kind == "end" and token.text == "document":
            stream.push([token])
            break
        out.append(token)
    return out, None


def until(stream: Stream, stop: str, kind: str) -> tuple[list[Token], Token | None]:
    """The tokens up to the next token `stop` of `kind`."""
    out: list[Token] = []
    while (token := stream.next()) is not None:
        if token.kind == kind and token.text == stop:
            return out, token
        if token.kind == "end" and token.text == "document":
            stream.push([token])
            break
        out.append(token)
    return out, None


def span_of(places: Places, tokens: list[Token], first: Token | None = None, last: Token | None = None) -> Span:
    """The stretch of the file of the first token that these tokens cover."""
    every = [*([first] if first else []), *tokens, *([last] if last else [])]
    if not every:
        return Span(places.paths[0] if places.paths else "", 1)
    inked = [t for t in every if t.kind not in ("space", "par")] or every
    file = inked[0].file
    here = [t for t in inked if t.file == file]
    return places.span(file, min(t.start for t in here), max(t.end for t in here))


def split(tokens: list[Token], separators: tuple[str, ...]) -> list[list[Token]]:
    """The parts between the separators (commands or characters) outside braces and environments."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind in ("open", "begin")) - (token.kind in ("close", "end"))
        if depth == 0 and token.kind in ("command", "char") and token.text in separators:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
