"""Loops with which papers define whole alphabets of macros."""

from __future__ import annotations

import re

from .lexer import Token
from .stream import Stream, plain_text, split

MAX_ITEMS = 200


def loop(token: Token, stream: Stream) -> bool:
    """pgf's `\\foreach`, LaTeX's `\\@for` and `\\@tfor`, etoolbox's `\\forcsvlist`: the body once for each item."""
    match token.text:
        case "foreach":
            return _foreach(token, stream)
        case "@for" | "@tfor":
            return _for(token, stream)
        case "forcsvlist":
            command, items = stream.group(), _items(stream.group())
            stream.push([t for item in items for t in [*command, token.like("open", "{"), *item, token.like("close", "}")]])  # fmt: skip
            return True
    return False


def _define(name: Token, item: list[Token]) -> list[Token]:
    return [name.like("command", "def"), name, name.like("open", "{"), *item, name.like("close", "}")]


def _foreach(token: Token, stream: Stream) -> bool:
    stream.skip_spaces()
    name = stream.next()
    if name is None or name.kind != "command":
        return True
    stream.optional()
    stream.skip_spaces()
    if (word := stream.peek()) is not None and word.kind == "char" and word.text == "in":
        stream.next()
    items = _items(stream.group())
    body = stream.group()
    stream.push([t for item in items for t in [*_define(name, item), *body]])
    return True


def _for(token: Token, stream: Stream) -> bool:
    stream.skip_spaces()
    name = stream.next()
    if name is None or name.kind != "command":
        return True
    listed: list[Token] = []
    while (nxt := stream.next()) is not None and not (nxt.kind == "command" and nxt.text == "do"):
        listed.append(nxt)
        if len(listed) > 2_000:
            return True
    inner = Stream(listed)
    for sign in (":", "="):
        if (first := inner.peek()) is not None and first.text == sign:
            inner.next()
    rest = inner.stack[::-1]
    if token.text == "@for":
        items = _items(rest)
    else:
        items = [[t.like("char", c)] for t in rest for c in (t.text if t.kind == "char" else "")][:MAX_ITEMS]
    body = stream.group()
    stream.push([t for item in items for t in [*_define(name, item), *body]])
    return True


def _items(tokens: list[Token]) -> list[list[Token]]:
    """The items between commas; `A,...,Z` and `1,...,9` are filled in."""
    parts = [[t for t in part if t.kind != "space"] for part in split(tokens, (",",))]
    out: list[list[Token]] = []
    for k, part in enumerate(parts):
        if plain_text(part) != "..." or not out or k + 1 >= len(parts) or not part:
            out.append(part)
            continue
        first, last = plain_text(out[-1]), plain_text(parts[k + 1])
        if re.fullmatch(r"\d{1,4}", first) and re.fullmatch(r"\d{1,4}", last):
            between = [str(n) for n in range(int(first) + 1, int(last))]
        elif len(first) == len(last) == 1:
            between = [chr(c) for c in range(ord(first) + 1, ord(last))]
        else:
            between = []
        out += [[part[0].like("char", text)] for text in between]
        if len(out) > MAX_ITEMS:
            break
    return [item for item in out[:MAX_ITEMS] if item]
