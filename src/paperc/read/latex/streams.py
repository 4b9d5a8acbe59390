"""Taking stretches out of a stream of expanded tokens."""

from __future__ import annotations

from ...provenance import Span
from .lexer import Places, Token
from .macros import Stream


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
