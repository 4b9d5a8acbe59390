"""How a statement stands in the paper: defined for good, or derived, or said of a case, an example, one theorem.

A formula `r = …` reads the same when the paper introduces r and when it solves another equation for r in a proof; only the words
around it tell. They decide whether other equations may compute r from it (`lower.expansion`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..document import Document, Inline, Paragraph
from .model import Statement

How = Literal["", "derived", "case", "example"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a statement stands, and how the words around it introduce it."""

    paragraph: int = -1
    """Number of its paragraph in the document."""
    item: bool = False
    """It stands in an item of a list."""
    environment: str = ""
    """The theorem, lemma, … (with its proof) that it belongs to; "" in plain text and in definitions."""
    how: How = ""
    words: str = ""
    """The words that say so."""


FORMULA, EQUALITY, DISPLAY = "□", "≗", "▣"
_OPEN = frozenset(
    "definition assumption notation notations setting setup model algorithm construction condition problem method".split()
)
"""Kinds of environments whose statements hold outside of them."""

_STOP = re.compile(
    r"(?<!e\.g)(?<!i\.e)(?<!\bcf)(?<! vs)(?<!Fig)(?<!Eq)(?<!Eqs)(?<!Sec)(?<! al)(?<!resp)(?<!w\.r\.t)(?:[.?!]|(?<=▣))\s+(?=[A-Z(])"
)
_DEFINES = re.compile(r"\b(?:defin\w+|denot\w+|introduc\w+|let)\b[^.;,]*$", re.I)
"""The clause right before the formula defines: what the sentence began with does not matter."""

_WHERE = re.compile(rf"\b(?:where|in which|wherein)\b|{DISPLAY}\s*,?\s*(?:with|here)\b", re.I)

_EXAMPLE = re.compile(
    r"\b(?:usually|typically|often|for (?:example|instance)|e\.g\.|(?:an?|one|as an) (?:simple |concrete |typical |illustrative )?example|such as"
    r"|(?:special|particular) cases?|(?:one|an?|another|possible|typical|common|popular) (?:\w+ ){0,2}(?:choice|option)s?|toy|would (?:then )?be)\b"
    r"|^(?:let us )?consider\b(?! the following)",
    re.I,
)
_CASE = re.compile(
    r"^(?:(?:then|and|so|also|similarly|conversely|now|but),? )*(?:if\b|suppos\w+|assum\w+|provided|in case|in the case|under the assumption"
    rf"|for the (?:special )?case|when(?:ever)?\b[^,]*[{FORMULA}{EQUALITY}])"
    rf"|\b(?:if|when|whenever|assuming|suppose|provided)\b[^.;,]*{EQUALITY}"
    rf"|\bfor (?:{FORMULA}(?:,| and|, and) )*(?:and )?{EQUALITY}|\b(?:setting|choosing|taking) (?:the \w+ ){{0,2}}{EQUALITY}"
    r"|\bin (?:this|that|which) (?:special |simple )?case\b|\bunless we\b"
    rf"|^For (?:the|an?) [^()]*\((?:[^()]*{EQUALITY}[^()]*\)|$)",
    re.I,
)
_CASE_BEHIND = re.compile(rf"\s*,?\s*(?:(?:only )?if|when|whenever|provided|in (?:the|this) case|for {EQUALITY})")
_DERIVED = re.compile(
    rf"(?:^|[,;:{FORMULA}{EQUALITY}{DISPLAY}] ?|\b(?:and|which|we|that) )(?:hence|thus|therefore|consequently|so that|it follows|follows that"
    r"|this (?:gives|implies|yields|means))\b"
    r"|\b(?:rearrang\w+|substitut(?:ing|ed)|plugging|inserting|solving (?:for|(?:the )?(?:above|eq|this|these)))\b"
    r"|\b(?:simplif\w+|reduces? to|rewrit\w+|rewrote|re-?express\w*|equivalent(?:ly)?|identit(?:y(?! (?:matri|map|func|oper|cov))|ies))\b[^.;▣]{0,50}$"
    r"|\b(?:yield\w*|arriv\w+ at|result\w* in|lead\w* to|impl(?:y|ies|ying)|becom(?:e|es|ing)|recovers?|obtain(?:s|ed)?|gets?|gives?)"
    r"(?: that| the following)?[\s:,]*$",
    re.I,
)
"""A verb of result right before the formula; with an object ("yields the weights") it names what is computed."""


def standings(document: Document, statements: Sequence[Statement]) -> dict[str, Standing]:
    """The standing of each statement, by its id; statements that no paragraph holds are left out."""
    paragraphs = document.paragraphs
    places = dict(_places(document, paragraphs))
    environments = _environments(document, paragraphs)
    display = {e.id: f"display {e.display}" for e in document.equations}
    out: dict[str, Standing] = {}
    for statement in statements:
        key = display.get(statement.equation or "", _key(statement))
        if key not in places:
            continue
        number, before, behind = places[key]
        how, words = introduced(before, "" if _ends(statement.latex) else behind)
        if paragraphs[number].role == "caption":
            how, words = "example", "a caption"
        out[statement.id] = Standing(
            number, paragraphs[number].role == "item", environments.get(number, ""), how, words
        )
    return out


def introduced(before: str, behind: str) -> tuple[How, str]:
    """How a formula is meant, by the sentence before it and the words behind it, and the words that tell.

    What stands behind "where" explains the formula before it, however that one was found.
    """
    before = before[max((m.end() for m in _WHERE.finditer(before)), default=0) :]
    kinds: tuple[tuple[How, re.Pattern[str]], ...] = (("example", _EXAMPLE), ("case", _CASE), ("derived", _DERIVED))
    defines = _DEFINES.search(before)
    for how, pattern in kinds:
        found = pattern.search(before)
        if found is not None and (how == "example" or defines is None or defines.start() < found.start()):
            return how, found.group().strip(" ,;:" + FORMULA + EQUALITY + DISPLAY)
    found = _CASE_BEHIND.match(behind)
    return ("case", found.group().strip(" ,")) if found is not None else ("", "")


def _key(statement: Statement) -> str:
    return f"{statement.span.file} {statement.span.start}"


def _ends(latex: str) -> bool:
    return latex.rstrip("\\ }").endswith(".")


def _places(document: Document, paragraphs: Sequence[Paragraph]) -> Iterator[tuple[str, tuple[int, str, str]]]:
    """Each formula's key with its paragraph, the sentence before it and the words behind it."""
    numbers = {e.id: e.display for e in document.equations}
    last = ""
    for number, paragraph in enumerate(paragraphs):
        goes_on = number > 0 and paragraphs[number - 1].section == paragraph.section and not _STOPPED.search(last)
        text = _sentence(last) + " " if goes_on else ""
        pieces = [_piece(i) for i in paragraph.inlines]
        for k, inline in enumerate(paragraph.inlines):
            if inline.kind in ("math", "display"):
                key = f"{inline.span.file} {inline.span.start}"
                if inline.kind == "display" and inline.text in numbers:
                    key = f"display {numbers[inline.text]}"
                yield key, (number, _sentence(text), "".join(pieces[k + 1 : k + 4]))
            text += pieces[k]
        last = text


_STOPPED = re.compile(r"[.?!]\s*$")


def _piece(inline: Inline) -> str:
    match inline.kind:
        case "text" | "ref":
            return re.sub(r"\s+", " ", inline.text)
        case "math":
            return EQUALITY if _gives_value(inline.text) else FORMULA
        case "display":
            return f" {DISPLAY} "
    return ""


def _gives_value(latex: str) -> bool:
    """`s = 1`, `\\phi(x) = \\max(0, x)`, and no range `i = 1, \\dots, n`."""
    return (
        re.search(r"(?<![:<>!\\])=", latex) is not None and re.search(r"\\[lc]?dots|\.\.\.|:=|\\coloneq", latex) is None
    )


def _sentence(text: str) -> str:
    """The words behind the last full stop."""
    start = max((m.end() for m in _STOP.finditer(text)), default=0)
    return text[start:].strip()


def _environments(document: Document, paragraphs: Sequence[Paragraph]) -> dict[int, str]:
    """Paragraph → the theorem that it belongs to; a proof belongs to the theorem before it in its section."""
    out: dict[int, str] = {}
    section, last = "", ""
    for number, paragraph in enumerate(paragraphs):
        if paragraph.section != section:
            section, last = paragraph.section, ""
        if paragraph.role == "theorem":
            found = next(
                (
                    t
                    for t in document.theorems
                    if t.span.file == paragraph.span.file and t.span.start <= paragraph.span.start < t.span.end
                ),
                None,
            )
            if found is not None and found.kind.lower() not in _OPEN:
                out[number] = last = found.id
        elif paragraph.role == "proof":
            out[number] = last or f"proof in {section}"
    return out
