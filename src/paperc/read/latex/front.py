"""Title and authors."""

from __future__ import annotations

import re

from .lexer import Token
from .printed import printed
from .stream import Stream

_BREAKS = frozenset(["and", "And", "AND", "\\", "quad", "qquad", "newline"])
_AFFILIATION = re.compile(
    r"universit|institut|departm|laborator|\blab\b|research|school|college|google|facebook|microsoft|openai|deepmind|inc\.|corp|"
    r"@|https?:|\bcent(?:er|re)\b|academy|facult|\bUSA\b|\bCA\b|\bMIT\b|\bUK\b|\d{4,}|equal|contribut|correspond|work done|street|avenue",
    re.IGNORECASE,
)


def authors_of(groups: list[list[Token]]) -> tuple[str, ...]:
    """Names out of the `\\author` arguments: affiliations, addresses and footnotes are left out."""
    names: list[str] = []
    for group in groups:
        for block in _blocks(group):
            for name in _names(block):
                if name not in names:
                    names.append(name)
    return tuple(names)


def _blocks(tokens: list[Token]) -> list[str]:
    parts: list[list[Token]] = [[]]
    stream = Stream(tokens)
    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text in ("thanks", "footnote", "footnotemark", "inst", "textsuperscript", "affil", "IEEEauthorrefmark", "email", "orcid", "affiliation", "institute", "IEEEauthorblockA", "footnotetext", "addr", "vspace", "hspace", "includegraphics"):  # fmt: skip
            stream.optional()
            nxt = stream.peek()
            if nxt is not None and nxt.kind == "char":
                parts.append([])  # the jmlr class: \name Jane Doe \email jane@… \addr …
            else:
                stream.group()
        elif token.kind == "dollar":
            while (inner := stream.next()) is not None and inner.kind != "dollar":
                pass
        elif (
            (token.kind == "command" and token.text in _BREAKS)
            or token.kind == "par"
            or (token.kind in ("begin", "end"))
        ):
            parts.append([])
            if token.text == "\\":
                stream.optional()
            elif token.kind == "begin" and token.text.startswith("tabular"):
                stream.optional()
                stream.group()
        else:
            parts[-1].append(token)
    return [printed(p).strip() for p in parts]


def _names(block: str) -> list[str]:
    out: list[str] = []
    for part in re.split(r",(?!\s*(?:Jr|Sr|II|III)\b)|\s+and\s+|;|&", block):
        name = re.sub(r"\$[^$]*\$?|\^+\S*|[\d*†‡§¶∗⋆]+|\(.*?\)", " ", part).strip(" ,.{}")
        name = re.sub(r"^and\s+", "", name)
        words = name.split()
        if not 2 <= len(words) <= 6 or _AFFILIATION.search(name) or not words[0][:1].isupper():
            continue
        out.append(name)
    return out
