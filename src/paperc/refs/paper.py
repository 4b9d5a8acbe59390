"""References that the paper gives itself: links to code in its text and notes, and its bibliography.

Offline by design. What services on the network would add (reviews, third-party implementations, licences) is
said to be unknown, not guessed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from ..document import Document, Inline, Paragraph, Reference
from ..provenance import Quote, Span
from ..spec.prose import Prose, Sentence

Kind = Literal["official code", "code", "page"]

CODE_HOSTS = frozenset(
    {"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "huggingface.co", "sourceforge.net"}
)

_THING = (
    r"(?:code|codes|codebase|implementations?|repository|software|package|library|scripts|models?|weights|checkpoints)"
)
_STATED = re.compile(
    rf"\b{_THING}\b[^.;]{{0,90}}?\b(?:available|found|released|published|public(?:ly)?|open[- ]?sourced?|accessible|hosted|downloaded)\b"
    rf"|\bwe (?:also |will |have )?(?:release|open[- ]source|publish|share|make|provide)\w*\b[^.;]{{0,60}}\b{_THING}\b"
    rf"|^\W*(?:(?:official|source|project) )?(?:code|implementation|repository|project page)\b\W*(?::|at|is|are|https?|github|available|$)"
    rf"|\b(?:official|our) (?:open[- ]source )?{_THING}\b[^.;]{{0,40}}(?::|\bat\b|\bis\b|\bare\b|https?)"
    rf"|\b{_THING} (?:for|to|of|used) (?:all |the |our |this |these |reproduc\w+ |train)[^.;]{{0,60}}\b(?:at|is|are|in|from)\b",
    re.IGNORECASE,
)
"""How a sentence says where its paper's code is."""
_OTHERS = re.compile(
    r"\b(?:their|author[- ]provided|authors?'s?|original|third[- ]party|existing|public(?:ly available)? implementations? of|official implementations? of|baselines?|(?<!code )(?<!code that )(?<!implementation )[Ww]e (?:used?|adopt|follow|modif\w+|build|built|based)|built (?:on|upon)|based on|borrowed|taken from|adapted from|follow\w*|using|provided by|implementation (?:of|from|by) [A-Z\[])\b",
)
"""Wording that makes the code somebody else's."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address that the paper gives.

    `why` says in the paper's words (or by its place) what makes it official; `licence` is "unknown" until
    somebody has looked at the address.
    """

    url: str
    kind: Kind
    why: str
    span: Span | None = None
    quote: Quote | None = None
    """The sentence that gives it, verbatim."""
    licence: str = "unknown"


@dataclass(frozen=True, slots=True)
class References:
    links: tuple[Link, ...]
    bibliography: tuple[Reference, ...]


def gather(document: Document) -> tuple[Link, ...]:
    """Every address of the paper once: official code first, then other code, then pages, each in order of appearance."""
    context = _Context(document)
    found: dict[str, Link] = {}
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "url":
                _keep(found, context.link(inline, paragraph))
    for inline in document.urls:
        _keep(found, context.link(inline, context.paragraph(inline)))
    for entry in document.references:
        for url in entry.urls:
            _keep(found, _cited(url, entry))
    order = {"official code": 0, "code": 1, "page": 2}
    return tuple(sorted(found.values(), key=lambda link: order[link.kind]))


def references(document: Document) -> References:
    """The links of the document and its bibliography."""
    return References(gather(document), document.references)


def official_code(document: Document) -> tuple[Link, ...]:
    """The addresses that the paper names as its own code."""
    return tuple(link for link in gather(document) if link.kind == "official code")


def _keep(found: dict[str, Link], link: Link) -> None:
    """The first mention stays, unless a later one says that the code is official."""
    key = link.url.rstrip("/").removesuffix(".git").lower()
    if key not in found or (link.kind == "official code" and found[key].kind != "official code"):
        found[key] = link


def _kind(url: str) -> Kind:
    host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    return "code" if host.removeprefix("www.") in CODE_HOSTS else "page"


def _cited(url: str, entry: Reference) -> Link:
    kind = _kind(url)
    official = kind == "code" and re.search(r"\bofficial code\b", entry.text, re.IGNORECASE)
    return Link(url, "official code" if official else kind, f"bibliography entry [{entry.key}]", entry.span)


class _Context:
    """Finds the sentence that gives an address."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.prose = Prose(document)

    def paragraph(self, inline: Inline) -> Paragraph | None:
        """The paragraph or note that holds an address which is not a run of its own (`\\href`)."""
        sentence = self._covering(inline.span, note=True) or self._covering(inline.span, note=False)
        return sentence.paragraph if sentence else None

    def link(self, inline: Inline, paragraph: Paragraph | None) -> Link:
        kind = _kind(inline.text)
        sentence = self._sentence(inline, paragraph) if paragraph else None
        quote = self.prose.quote(sentence) if sentence else None
        if kind != "code" or sentence is None or paragraph is None:
            return Link(inline.text, kind, "", inline.span, quote)
        words = sentence.readable
        near = words[: words.find(inline.text)] if inline.text in words else words
        if (hit := _STATED.search(words)) and not _OTHERS.search(near[-120:]):
            return Link(inline.text, "official code", " ".join(hit[0].split()), inline.span, quote)
        if paragraph.role == "abstract" and not _OTHERS.search(near[-120:]):
            return Link(inline.text, "official code", "given in the abstract", inline.span, quote)
        return Link(inline.text, kind, "", inline.span, quote)

    def _sentence(self, inline: Inline, paragraph: Paragraph) -> Sentence | None:
        """The sentence around the address; for a bare address in a note, the sentence that carries the note."""
        around = self._covering(inline.span, note=paragraph.role == "footnote")
        alone = around is None or not re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", around.readable.replace(inline.text, ""))
        if paragraph.role == "footnote" and alone:
            return self._covering(inline.span, note=False) or around
        return around

    def _covering(self, span: Span, *, note: bool) -> Sentence | None:
        """The sentence that reaches nearest to a place; a note may stand right behind the sentence that carries it."""
        best: tuple[int, Sentence] | None = None
        for sentence in self.prose.sentences:
            place = sentence.place
            if sentence.file != span.file or place is None or (sentence.paragraph.role == "footnote") != note:
                continue
            if place[0] <= span.start <= place[1] + _NOTE_REACH and (best is None or place[0] > best[0]):
                best = place[0], sentence
        return best[1] if best else None


_NOTE_REACH = 40
"""Characters between the end of a sentence and the address in its note: `\\footnote{Code: \\url{`."""


def refs_json(found: References) -> dict[str, Any]:
    """The JSON object of `paperc refs --json`."""
    return {
        "links": [asdict(link) for link in found.links],
        "bibliography": [asdict(r) for r in found.bibliography],
    }


def refs_text(found: References) -> str:
    """The same for people."""
    lines = ["Links that the paper gives"]
    for link in found.links:
        place = f"  ({link.span})" if link.span else ""
        lines.append(f"  {link.kind:<13}  {link.url}{place}")
        if link.kind == "official code":
            lines.append(f"                 “{link.why}”; licence {link.licence}")
    if not found.links:
        lines.append("  none")
    lines += ["", f"Bibliography ({len(found.bibliography)} entries)"]
    lines += [f"  [{r.key}] {r.title or r.text[:100]}" for r in found.bibliography]
    return "\n".join(lines)
