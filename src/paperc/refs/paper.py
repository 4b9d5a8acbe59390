"""References that the paper names: links to code in its text and notes, and its bibliography.

Offline by design. What services on the network would add (reviews, third-party implementations,
licences) is said to be missing, not guessed.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from ..document import Document, Paragraph, Reference
from ..provenance import Span

_CODE_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "huggingface.co"})
_OWN_WORDS = re.compile(
    r"\b(our|we|us)\b.{0,80}\b(code|implementation|repository|models?|source|software|package)\b"
    r"|\b(code|implementation|source code|software|package)\b.{0,60}\b(is|are|can be|will be|was)\b.{0,30}"
    r"\b(available|found|released|published|open)\b"
    r"|\bofficial (code|implementation|repository)\b|\bwe (release|open[- ]source|publish|provide)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Link:
    """An address that the paper gives. `kind` is "official code", "code" or "page"; `why` quotes the reason."""

    url: str
    kind: str
    why: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class References:
    links: tuple[Link, ...]
    bibliography: tuple[Reference, ...]


def references(document: Document) -> References:
    """Collect every link of the document and its bibliography, in order of appearance."""
    found: dict[str, Link] = {}
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "url" and inline.text not in found:
                found[inline.text] = _link(inline.text, paragraph, inline.span)
    for inline in document.urls:
        found.setdefault(inline.text, Link(inline.text, _kind(inline.text), "", inline.span))
    for entry in document.references:
        for url in entry.urls:
            found.setdefault(url, Link(url, _kind(url), f"bibliography entry [{entry.key}]", entry.span))
    order = {"official code": 0, "code": 1, "page": 2}
    return References(tuple(sorted(found.values(), key=lambda l: order[l.kind])), document.references)


def _kind(url: str) -> str:
    host = urlsplit(url if "://" in url else f"https://{url}").hostname or ""
    return "code" if host.removeprefix("www.") in _CODE_HOSTS else "page"


def _link(url: str, paragraph: Paragraph, span: Span) -> Link:
    kind = _kind(url)
    text = paragraph.text
    if kind == "code" and (hit := _OWN_WORDS.search(text)):
        return Link(url, "official code", " ".join(hit.group(0).split()), span)
    return Link(url, kind, "", span)


def refs_json(found: References) -> dict[str, Any]:
    """The JSON object of `paperc refs --json`."""
    return {
        "links": [asdict(l) for l in found.links],
        "bibliography": [asdict(r) for r in found.bibliography],
    }


def refs_text(found: References) -> str:
    """The same for people."""
    lines = ["Links that the paper gives"]
    for link in found.links:
        place = f"  ({link.span})" if link.span else ""
        lines.append(f"  {link.kind:<13}  {link.url}{place}")
    if not found.links:
        lines.append("  none")
    lines += ["", f"Bibliography ({len(found.bibliography)} entries)"]
    lines += [f"  [{r.key}] {r.title or r.text[:100]}" for r in found.bibliography]
    return "\n".join(lines)
