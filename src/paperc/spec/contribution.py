"""What is new and which problem it answers, in the paper's words; the equations that carry it."""

from __future__ import annotations

import re

from ..document import Document
from ..provenance import Quote
from .model import Contribution
from .ownership import own_section
from .prose import Prose, Sentence

_NEW = re.compile(
    r"\b(?:we|this (?:paper|work|article|report|study))\s+(?:\w+ )?(?:propose|introduce|present|develop|show|describe|establish|demonstrate|devise|design|derive)s?\b|\bour (?:main |key )?(?:contribution|approach|method|model|framework)\w*\b",
    re.IGNORECASE,
)
_STRONG = re.compile(r"\b(?:propose|introduce|present|develop|devise|contribution)", re.IGNORECASE)
_PROBLEM = re.compile(
    r"\b(?:however|unfortunately|challeng\w+|difficult\w*|limit(?:ation|s|ed)\w*|lack\w*|fails?|costly|expensive|inefficien\w+"
    r"|suffers?|hard to|bottleneck|preclud\w+|rules? out|hurts?|drawback|unstable|prohibitive\w*|restrict\w+)\b",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:we|our|ours|this (?:paper|work))\b", re.IGNORECASE)


def read_contribution(document: Document, prose: Prose | None = None) -> Contribution:
    """Quotes from abstract and introduction, and the displays and algorithms of the method's sections."""
    prose = prose or Prose(document)
    opening = [s for s in prose.sentences if _opening(s)]
    new = [s for s in opening if _NEW.search(s.text)]
    new.sort(key=lambda s: (not _STRONG.search(s.text), s.index))
    problem = [s for s in opening if _PROBLEM.search(s.text) and not _OURS.search(s.text)]
    return Contribution(
        _quotes(prose, new, 3),
        _quotes(prose, problem, 3),
        _key_equations(document),
        tuple(a.id for a in document.algorithms if own_section(document.section_of(a.section), document)),
    )


def _opening(sentence: Sentence) -> bool:
    if not sentence.text[:1].isupper() or sentence.text.endswith("?") or len(sentence.text) < 30 or sentence.endless:
        return False
    title = sentence.section.title if sentence.section else ""
    return sentence.paragraph.role == "abstract" or (
        bool(re.search(r"introduction|abstract", title, re.IGNORECASE)) and sentence.paragraph.role in ("body", "item")
    )


def _quotes(prose: Prose, sentences: list[Sentence], limit: int) -> tuple[Quote, ...]:
    found = (prose.quote(s) for s in sentences[: limit * 2])
    return tuple(q for q in found if q is not None)[:limit]


_FORMAL = re.compile(r"proof|appendix|supplement|derivation|background|preliminar|related", re.IGNORECASE)


def _key_equations(document: Document) -> tuple[str, ...]:
    """Displays that define something, outside background and appendices; those that are referred to come first."""
    keys = []
    for e in document.equations:
        section = document.section_of(e.section)
        titles = []
        while section is not None:
            titles.append(section.title)
            if re.fullmatch(r"[A-Z]", section.number or "-"):
                titles.append("appendix")
            section = document.section_of(section.parent) if section.parent else None
        if "=" in e.latex and not _FORMAL.search(" ".join(titles)):
            keys.append(e.id)
    return tuple(keys[:20])
