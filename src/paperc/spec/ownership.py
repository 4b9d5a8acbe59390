"""Whose statement is it, and what does it hold for?

A paper tells of other people's work as well. A sentence counts as the paper's own unless its section, its subject or its
wording says otherwise; a claim then carries what it holds for ("base model", "Ant Maze tasks", "decoder").
"""

from __future__ import annotations

import re

from ..document import Document, Section
from .prose import CITE, MARK, NUM, Prose, Sentence, compiled

_FOREIGN_SECTION = re.compile(
    r"related work|prior work|previous work|background|preliminar|introduction|conclusion|discussion|limitation|future|acknowledg|broader impact|ethic|references|proofs?\b|literature|motivation|contributions and",
    re.IGNORECASE,
)
_FOREIGN_SENTENCE = re.compile(
    rf"^(?:In\s+)?{CITE}|^(?:For (?:example|instance)|Suppose|Consider|Imagine|Assume|Let|They|Their|Prior|Previous(?:ly)?|Existing|Earlier|Other (?:work|methods|approaches)|Recent(?:ly)?|Many|Most|Some|Several|Typical(?:ly)?)\b|\bet al\b|\b(?:prior|previous) (?:work|methods|approaches)\b.{{0,30}}\b(?:use|used|uses|train)"
    r"|\bin contrast to\b|\b[Uu]nlike\b|\bfuture work\b|\b(?:recent|prior|previous|earlier|concurrent|existing) (?:work|research|stud(?:y|ies)|papers?)\b.{0,20}\b(?:ha(?:s|ve)|shows?|reported|reports?|found|finds?)\b|\bwe (?:suspect|conjecture|hypothesi[sz]e|believe)\b",
)


def own_section(section: Section | None, document: Document) -> bool:
    """False in related work, introduction, conclusion, proofs and the like, and below them."""
    while section is not None:
        if _FOREIGN_SECTION.search(section.title):
            return False
        section = document.section_of(section.parent) if section.parent else None
    return True


def own_sentence(sentence: Sentence) -> bool:
    """False where the sentence speaks of other people's work."""
    return not _FOREIGN_SENTENCE.search(sentence.text)


_BREAK = r"which|that|where|and|we|is|are|was|were|to|with|as|in|on|for|by|using|but|because|when|while|since|of|from"
_WORD = r"[\w/–+-]*(?![\w/–+-])"
_NP = rf"(?!(?:{_BREAK})\b)[A-Za-z]{_WORD}(?: (?!(?:{_BREAK})\b)(?:[A-Za-z]|{NUM}(?= [A-Z])){_WORD}){{0,5}}(?: \([A-Za-z]+\))?"
_PREPOSITION = re.compile(rf"\b(?:for|on|in)\s+(?:both\s+|all\s+|each\s+|the\s+|our\s+)*(?P<np>{_NP})", re.IGNORECASE)
_FRONT = re.compile(
    rf"^(?:For|On|In|During|At)\s+(?:both\s+|all\s+|each\s+|the\s+|our\s+)*(?P<np>{_NP})", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"^(?:We (?:also )?train(?:ed)? )?(?:The|Our|Each|the|Both)\s+(?P<np>encoder|decoder|generator|discriminator|critic|actor|policy network|teacher|student|(?:[\w-]+ )?(?:models?|network|transformer))\b"
)
_SIZE = re.compile(
    r"\b(?P<np>(?:base|big|small|large|tiny|default|medium|huge)(?: and (?:base|big|small|large))?) (?:model|transformer|configuration|variant|version|setting)s?\b|\((?P<np2>base|big|small|large)\)",
    re.IGNORECASE,
)


_NOTHING_SAID = frozenset(
    "addition particular practice this each general total between model models short whole detail example instance"
    " experiments runs the both all it training inference following turn fact order principle contrast".split()
) | {"this work", "other words", "this paper", "our experiments", "all experiments", "in between"}
"""Words that follow a preposition and hold for nothing in particular."""


def context(sentence: Sentence, start: int, end: int, document: Document) -> str:
    """What a claim at `start`–`end` of a sentence holds for, "" if nothing is said."""
    parts: list[str] = []
    text = sentence.text
    rest = text[end:]
    stop = re.search(rf"[;]|,? and (?={MARK})|,\s(?={MARK})", rest)
    near = rest[: stop.start()] if stop and stop.start() > 3 else rest[:120]
    if ((m := _PREPOSITION.search(near)) and _same_clause(near[: m.start()])) or (
        (m := _PREPOSITION.search(rest[:120])) and re.fullmatch(rf"(?:[\s,]|and\b|{MARK})*", rest[: m.start()])
    ):
        parts.append(sentence.written(end + m.start("np"), end + m.end("np")))
    if m := _FRONT.match(text):
        parts.append(sentence.written(m.start("np"), m.end("np")))
    elif m := _SUBJECT.match(text):
        parts.append(m["np"])
    if (m := _SIZE.search(text)) and not any(re.search(r"\b(?:base|big|small|large)\b", p) for p in parts):
        parts.append(m["np"] or m["np2"])
    if sentence.section is not None and sentence.section.level >= 2:
        title = sentence.section.title.rstrip(".: ")
        if title and len(title) < 60:
            parts.append(f"§ {title}")
    seen: dict[str, None] = {}
    for p in parts:
        cleaned = p.strip(" ,.;")
        if cleaned and cleaned.lower() not in _NOTHING_SAID:
            seen.setdefault(cleaned)
    return "; ".join(seen)


def _same_clause(between: str) -> bool:
    """Only few words and no end of a clause stand between a value and what it holds for."""
    return not re.search(r"[.;:(]", between) and len(between.split()) <= 8


OURS = re.compile(r"\b(?:ours?|proposed|this (?:work|paper))\b", re.IGNORECASE)


def is_own(label: str, own: tuple[str, ...]) -> bool:
    """The label names the paper's method: "(ours)", "proposed", or a name that the abstract introduces."""
    return bool(OURS.search(label)) or any(
        compiled(rf"(?<![\w]){re.escape(name)}(?![a-z])").search(label) for name in own
    )


_INTRODUCES = re.compile(
    r"\b(?:propose|introduce|present|develop|call(?:ed)?|dub(?:bed)?|named?|term(?:ed)?)s?\s+(?:it\s+|this\s+\w+\s+|a\s+|an\s+|the\s+|our\s+|new\s+|novel\s+|simple\s+|[\w-]+\s+){0,4}?"
    r"[“\"]?(?P<name>[A-Z][\w-]*[A-Za-z0-9](?:[ -][A-Z][\w-]+){0,3})(?:\s*\((?P<short>[A-Z][\w-]+)\))?"
)
_ACRONYM = re.compile(r"\b(?:propose|introduce|present|develop)\w*\s[^.]{3,120}?\((?P<short>[A-Z][\w-]*[A-Za-z0-9])\)")
_NOT_A_METHOD = frozenset(
    "In The We This A An Our It Figure Table Section Transformers LSTM CNN RNN GAN VAE MDP".split()
)


def own_names(document: Document, prose: Prose) -> tuple[str, ...]:
    """What the paper calls its own method, from its title, abstract and introduction."""
    out: dict[str, None] = {}
    if m := re.match(r"(?P<name>[A-Z][\w-]*(?: [A-Z0-9][\w-]*){0,2}):\s", document.title):
        out.setdefault(m["name"])
    for sentence in prose.sentences:
        if sentence.endless:
            continue
        title = sentence.section.title.lower() if sentence.section else "abstract"
        if sentence.paragraph.role != "abstract" and not re.search(r"abstract|introduction", title):
            continue
        if not re.search(r"\b(?:we|this (?:paper|work|report)|our)\b", sentence.text, re.IGNORECASE):
            continue
        for pattern in (_INTRODUCES, _ACRONYM):
            for m in pattern.finditer(sentence.readable):
                for name in m.groupdict().values():
                    if name and name not in _NOT_A_METHOD and len(name) > 1:
                        out.setdefault(name)
    return tuple(out)
