"""The paper's own text as HTML, safe to show: mathematics as MathML, facts that were read underlined."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlsplit

from markupsafe import Markup

from ..document import Document, Inline, Paragraph
from ..provenance import Quote, Span
from ..spec.model import Claim
from .math import formula

_MATH = re.compile(r"(?<!\\)\$([^$]+)\$")


def mixed(text: str) -> Markup:
    """Plain text with mathematics in dollars (a caption, a cell, a line of an algorithm)."""
    out = []
    for k, piece in enumerate(_MATH.split(text)):
        out.append(formula(piece, display=False) if k % 2 else escape(piece))
    return Markup("".join(out))


def inline(latex: str) -> Markup:
    """A symbol within a line."""
    return Markup(formula(latex, display=False))


def value(text: str) -> Markup:
    """A value as printed: mathematics also where it stands without dollars (`10^{-9}`)."""
    bare = "$" not in text and re.search(r"\\[A-Za-z]|[\^_]\{", text)
    return inline(text) if bare else mixed(text)


def link(url: str) -> Markup:
    """A link where the address is one of the web; the bare text of anything else (`javascript:` …)."""
    address = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return Markup(f"<code>{escape(url)}</code>")
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or re.search(r"[\s<>\"']", url):
        return Markup(f"<code>{escape(url)}</code>")
    return Markup(f'<a href="{escape(address)}" rel="noreferrer">{escape(url)}</a>')


class Writer:
    """Renders inlines of one document."""

    def __init__(self, document: Document) -> None:
        self._numbers = {r.key: k for k, r in enumerate(document.references, 1)}
        self._equations = {e.id: e.latex for e in document.equations}
        self._inlines: dict[str, list[Inline]] = {}
        for paragraph in document.paragraphs:
            for item in paragraph.inlines:
                if item.span.start >= 0:
                    self._inlines.setdefault(item.span.file, []).append(item)
        for found in self._inlines.values():
            found.sort(key=lambda i: i.span.start)

    def cited(self, text: str) -> Markup:
        """A table's cell, in which citations stand by their keys: shown by their numbers."""

        def number(m: re.Match[str]) -> str:
            keys = [k.strip() for k in m.group(1).split(",")]
            return (
                f"[{', '.join(str(self._numbers[k]) for k in keys)}]" if set(keys) <= set(self._numbers) else m.group()
            )

        return mixed(re.sub(r"\[([^\[\]$]+)\]", number, text))

    def quote(self, quote: Quote) -> Markup:
        """A quotation as printed, macros expanded; its source text where it is no running text (a table's cell)."""
        out = [self._part(item, quote.span) for item in self._within(quote.span)]
        return Markup("".join(out).strip()) if out else mixed(quote.text)

    def plain(self, quote: Quote) -> str:
        """The same as plain text, mathematics in dollars."""
        out = []
        for item in self._within(quote.span):
            match item.kind:
                case "display":
                    out.append(f" ${self._equations.get(item.text, '')}$ ")
                case "math":
                    out.append(f"${item.text}$")
                case "cite":
                    keys = [k.strip() for k in item.text.split(",") if k.strip()]
                    out.append("[" + ", ".join(str(self._numbers.get(k, k)) for k in keys) + "]")
                case _:
                    out.append(_slice(item, quote.span))
        return "".join(out).strip() if out else quote.text

    def _within(self, span: Span) -> Iterator[Inline]:
        found = self._inlines.get(span.file, [])
        for item in found[bisect_left(found, span.start, key=lambda i: i.span.end) :]:
            if item.span.start >= span.end:
                return
            if _overlap(item.span, span):
                yield item

    def _part(self, item: Inline, span: Span) -> str:
        if item.kind == "display":
            return f" {formula(self._equations.get(item.text, ''), display=False)} "
        return escape(_slice(item, span)) if item.kind == "text" else self._one(item, ())

    def run(self, inlines: Sequence[Inline], claims: Sequence[Claim] = ()) -> Markup:
        """Inlines without displays; what the quotes of `claims` cover is marked."""
        return Markup("".join(self._one(i, claims) for i in inlines))

    def _one(self, item: Inline, claims: Sequence[Claim]) -> str:
        match item.kind:
            case "text":
                return _marked(item, claims)
            case "math":
                shown = formula(item.text, display=False)
                covered = any(_overlap(item.span, c.quote.span) for c in claims)
                return f'<span class="q">{shown}</span>' if covered else shown
            case "cite":
                return "[" + ", ".join(self._cite(k.strip()) for k in item.text.split(",") if k.strip()) + "]"
            case "footnote":
                return f'<small class="footnote">({mixed(item.text)})</small>'
            case "code":
                return f"<code>{escape(item.text)}</code>"
            case "url":
                return str(link(item.text))
            case "display":
                return ""
        return escape(item.text)

    def _cite(self, key: str) -> str:
        number = self._numbers.get(key)
        return f'<a href="#ref-{number}">{number}</a>' if number else escape(key)


def claims_in(paragraph: Paragraph, claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """The claims whose quotes begin in the paragraph."""
    span = paragraph.span
    return tuple(
        c
        for c in claims
        if c.quote.span.file == span.file
        and (
            span.start <= c.quote.span.start < span.end
            if span.start >= 0 and c.quote.span.start >= 0
            else span.line <= c.quote.span.line <= max(span.line, span.end_line)
        )
    )


def _slice(item: Inline, span: Span) -> str:
    """The part of a run that the span covers; all of it where printed and source text differ in length."""
    if item.span.end - item.span.start != len(item.text):
        return item.text
    return item.text[max(0, span.start - item.span.start) : max(0, span.end - item.span.start)]


def _overlap(a: Span, b: Span) -> bool:
    return a.file == b.file and a.start >= 0 and b.start >= 0 and a.start < b.end and b.start < a.end


def _marked(item: Inline, claims: Sequence[Claim]) -> str:
    """The part of a text that quotes cover; the whole where printed and source text differ in length."""
    text, span = item.text, item.span
    hits = [c.quote.span for c in claims if _overlap(span, c.quote.span)]
    if not hits or not text.strip():
        return escape(text)
    if span.end - span.start != len(text):
        return f'<span class="q">{escape(text)}</span>'
    low = max(0, min(h.start for h in hits) - span.start)
    high = min(len(text), max(h.end for h in hits) - span.start)
    return f'{escape(text[:low])}<span class="q">{escape(text[low:high])}</span>{escape(text[high:])}'
