"""Sentences with the place of every character, and the numbers and symbols in them as single marks.

A claim is found on the printed text but quoted from the source, so each character of a sentence knows where
it came from. Numbers, assignments (`$h=8$`), symbols and other formulas stand as one private-use character
each, so that a rule of grammar is a short regular expression.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby
from typing import Literal

from ..document import Document, Inline, Paragraph, Section
from ..provenance import Quote, Span
from .quantities import IN_TEXT, SCALES, Assignment, Quantity, quantity_in_text, read_math

AtomKind = Literal["number", "assign", "symbol", "formula", "cite", "display", "ref"]

_BASE: dict[AtomKind, int] = {
    "number": 0xE100,
    "assign": 0xE200,
    "symbol": 0xE300,
    "formula": 0xE400,
    "cite": 0xE500,
    "display": 0xE600,
    "ref": 0xE700,
}
compiled = cache(re.compile)
"""Patterns that are built from data, each compiled once: there are more of them than `re` keeps."""
NUM, ASSIGN, SYM, FORMULA, CITE = (f"[\\u{b:04x}-\\u{b + 255:04x}]" for b in (0xE100, 0xE200, 0xE300, 0xE400, 0xE500))
DISPLAY, REF = (f"[\\u{b:04x}-\\u{b + 255:04x}]" for b in (0xE600, 0xE700))
MARK = "[\\ue100-\\ue7ff]"


MAX_SENTENCE = 2000
"""Characters: what is longer is no sentence (a listing, a broken paragraph), and no rule reads it."""


@dataclass(frozen=True, slots=True)
class Atom:
    """What one mark stands for. `text` is as printed, `start` and `end` are offsets into the source file."""

    kind: AtomKind
    text: str
    start: int
    end: int
    quantity: Quantity | None = None
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """One sentence: `text` with marks, `where[k]` the source range of character k ((-1, -1) if unknown)."""

    text: str
    atoms: dict[str, Atom]
    where: tuple[tuple[int, int], ...]
    file: str
    paragraph: Paragraph
    section: Section | None
    index: int
    """Position in the paper, counted over all sentences."""

    @property
    def endless(self) -> bool:
        """Too long to be a sentence."""
        return len(self.text) > MAX_SENTENCE

    @cached_property
    def readable(self) -> str:
        """The sentence with its numbers and formulas written out."""
        return self.written(0, len(self.text))

    def written(self, start: int, end: int) -> str:
        """A stretch of the sentence with its marks written out."""
        out = "".join(self.atoms[c].text if c in self.atoms else c for c in self.text[start:end])
        return re.sub(r"\s+", " ", out).strip()

    @cached_property
    def place(self) -> tuple[int, int] | None:
        """Where the sentence stands in the source file."""
        return self.source_range()

    def source_range(self, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Where a stretch of the sentence stands in the source file."""
        known = [w for w in self.where[start:end] if w[0] >= 0]
        if not known:
            return None
        low, high = min(w[0] for w in known), max(w[1] for w in known)
        return (low, high) if low < high else None


class Prose:
    """All sentences of a document in reading order."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._texts = {f.path: f.text for f in document.files}
        self._starts: dict[str, list[int]] = {}
        self._sections = {s.id: s for s in document.sections}
        self.sentences: tuple[Sentence, ...] = tuple(self._all())

    def _all(self) -> Iterator[Sentence]:
        index = 0
        for paragraph in self.document.paragraphs:
            for sentence in self._of(paragraph):
                yield Sentence(*sentence, paragraph, self._sections.get(paragraph.section), index)
                index += 1

    def _of(self, paragraph: Paragraph) -> Iterator[tuple[str, dict[str, Atom], tuple[tuple[int, int], ...], str]]:
        """Text, atoms, places and file of each sentence of a paragraph."""
        flat = _Flat(self._texts)
        for joined in _joined(paragraph.inlines):
            flat.add(joined)
        text = "".join(flat.chars)
        begin = 0
        for end in _ends(text):
            piece = text[begin:end]
            lead = len(piece) - len(piece.lstrip())
            low, high = begin + lead, begin + len(piece.rstrip())
            begin = end
            if high <= low:
                continue
            file = flat.files[low]
            where = tuple(w if f == file else (-1, -1) for w, f in zip(flat.where[low:high], flat.files[low:high]))
            sentence = text[low:high]
            yield sentence, {c: flat.atoms[c] for c in sentence if c in flat.atoms}, where, file

    def quote(self, sentence: Sentence, start: int = 0, end: int | None = None) -> Quote | None:
        """The source of a stretch of a sentence; None where its place is not known."""
        found = sentence.place if start == 0 and end is None else sentence.source_range(start, end)
        if found is None:
            return None
        return self.quote_at(sentence.file, *found, self.place(sentence.section))

    def quote_at(self, file: str, start: int, end: int, section: str = "") -> Quote | None:
        """The source between two offsets as a quote; None if there is no such place."""
        text = self._texts.get(file)
        if text is None or not 0 <= start < end <= len(text):
            return None
        line, column = self.position(file, start)
        last, _ = self.position(file, end - 1)
        return Quote(text[start:end], Span(file, line, column, start, end, last), section)

    def place(self, section: Section | None) -> str:
        """The printed number of a section, of the numbered one around it, or its title where none is numbered."""
        at = section
        while at is not None:
            if at.number:
                return at.number
            at = self._sections.get(at.parent) if at.parent else None
        return section.title.rstrip(" .:") if section else ""

    def position(self, file: str, offset: int) -> tuple[int, int]:
        """Line and column, from one."""
        if file not in self._starts:
            self._starts[file] = [0, *(m.end() for m in re.finditer("\n", self._texts[file]))]
        starts = self._starts[file]
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1


def _joined(inlines: Iterable[Inline]) -> Iterator[Inline | tuple[Inline, ...]]:
    """Runs of text that stand side by side in one file together, all others alone."""
    for (textual, _), group in groupby(inlines, key=lambda i: (i.kind in ("text", "code", "url"), i.span.file)):
        if textual:
            yield tuple(group)
        else:
            yield from group


class _Flat:
    """The running text of a paragraph being built, one character at a time."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.chars: list[str] = []
        self.where: list[tuple[int, int]] = []
        self.files: list[str] = []
        self.atoms: dict[str, Atom] = {}
        self._counts: dict[AtomKind, int] = {}

    def add(self, run: Inline | tuple[Inline, ...]) -> None:
        """A run, or the runs of text that stand side by side (a command between them splits a number: `5\\%`)."""
        if isinstance(run, tuple):
            places = [p for i in run for p in _align(i.text, self.texts.get(i.span.file, ""), i.span)]
            self._text("".join(i.text for i in run), places, run[0].span.file)
            return
        inline, span = run, run.span
        match inline.kind:
            case "math":
                self._math(inline.text, span)
            case "cite":
                self._mark(Atom("cite", f"[{inline.text}]", span.start, span.end), span.file)
            case "display":
                self._put(" ", (-1, -1), span.file)
                self._mark(Atom("display", inline.text, span.start, span.end), span.file)
                self._put(" ", (-1, -1), span.file)
            case "ref":
                self._mark(Atom("ref", inline.text, span.start, span.end), span.file)
            case "footnote":
                pass

    def _put(self, char: str, where: tuple[int, int], file: str) -> None:
        self.chars.append(char)
        self.where.append(where)
        self.files.append(file)

    def _mark(self, atom: Atom, file: str) -> None:
        count = self._counts.get(atom.kind, 0)
        self._counts[atom.kind] = count + 1
        if count > 255:
            self._put("…", (atom.start, atom.end), file)
            return
        char = chr(_BASE[atom.kind] + count)
        self.atoms[char] = atom
        self._put(char, (atom.start, atom.end), file)

    def _text(self, text: str, places: list[tuple[int, int]], file: str) -> None:
        text = re.sub(MARK, "\ufffd", text)  # the paper's own private-use characters are no marks
        at = self._scale(text)
        for k in range(at):
            self._put(text[k], places[k], file)
        for m in IN_TEXT.finditer(text, at):
            quantity = quantity_in_text(m)
            if quantity is None or _glued(m, self.chars) or _marker(text, m):
                continue
            for k in range(at, m.start()):
                self._put(text[k], places[k], file)
            known = [p for p in places[m.start() : m.end()] if p[0] >= 0]
            low, high = (known[0][0], known[-1][1]) if known else (-1, -1)
            self._mark(Atom("number", m[0].strip(), low, high, quantity), file)
            at = m.end()
        for k in range(at, len(text)):
            self._put(text[k], places[k], file)

    def _scale(self, text: str) -> int:
        """Joins "million" to the number in dollars before it; returns how much of the text it took."""
        m = _SCALE_WORD.match(text)
        last = self.chars[-1] if self.chars else ""
        atom = self.atoms.get(last)
        if m is None or atom is None or atom.kind != "number" or atom.quantity is None or atom.quantity.number is None:
            return 0
        value = atom.quantity.number * SCALES[m[1]]
        quantity = Quantity(f"{atom.quantity.text} {m[1]}", value, atom.quantity.unit)
        self.atoms[last] = Atom("number", atom.text, atom.start, atom.end, quantity)
        return m.end()

    def _math(self, latex: str, span: Span) -> None:
        assignments = read_math(latex)
        text = f"${latex}$"
        if not assignments:
            self._mark(Atom("formula", text, span.start, span.end), span.file)
            return
        for k, a in enumerate(assignments):
            if k:
                self._put(",", (-1, -1), span.file)
                self._put(" ", (-1, -1), span.file)
            self._mark(_atom(a, text, span), span.file)


_SCALE_WORD = re.compile(r"\s(thousand|million|billion|trillion)\b")


def _atom(a: Assignment, text: str, span: Span) -> Atom:
    if a.symbols and a.quantity:
        return Atom("assign", text, span.start, span.end, a.quantity, a.symbols)
    if a.quantity:
        return Atom("number", text, span.start, span.end, a.quantity)
    if a.whole:
        return Atom("formula", text, span.start, span.end, None, a.symbols)
    return Atom("symbol", text, span.start, span.end, None, a.symbols)


def _marker(text: str, m: re.Match[str]) -> bool:
    """The mark of a list in running text: "1) first, (2) second"."""
    if not m[0].isdigit() or int(m[0]) > 12 or text[m.end() : m.end() + 1] != ")":
        return False
    return text[: m.start()].endswith("(") or text.count("(", 0, m.start()) <= text.count(")", 0, m.start())


def _glued(m: re.Match[str], before: list[str]) -> bool:
    """Part of a name that began in the run before (`$h$2`), or of a version ("v2")."""
    return m.start() == 0 and bool(before) and before[-1] not in " (~–—" and not before[-1].isspace()


_HIDDEN = re.compile(r"(?<!\\)%[^\n]*|\\[A-Za-z@]+\*?|\\(?:label|vspace|hspace)\{[^{}]*\}")


def _align(text: str, source: str, span: Span) -> list[tuple[int, int]]:
    """For each printed character its range in the source: words found one after the other, the rest between them."""
    places = [(-1, -1)] * len(text)
    if span.start < 0 or span.end <= span.start:
        return places
    base = span.start
    body = _HIDDEN.sub(lambda m: "\0" * len(m[0]), source[span.start : span.end])
    at = 0
    for m in _WORD.finditer(text):
        word = m[0]
        start = _find(body, word, at) if word.isalnum() else body.find(word, at, at + 4)
        if start < 0:
            continue
        for k in range(len(word)):
            places[m.start() + k] = (base + start + k, base + start + k + 1)
        at = start + len(word)
    return places


_WORD = re.compile(r"[A-Za-z0-9]+|[^\sA-Za-z0-9]")


def _find(body: str, word: str, at: int) -> int:
    """Where a word stands next: as a whole word within some lines, else inside another one close by."""
    first = start = body.find(word, at, at + 600)
    while start > 0 and body[start - 1].isalnum() and body[start - 1].isascii():
        start = body.find(word, start + 1, at + 600)
    return start if start >= 0 else (first if first < at + 200 else -1)


_ABBREVIATIONS = ("e.g", "i.e", "et al", "fig", "figs", "eq", "eqs", "sec", "secs", "tab", "vs", "cf", "resp", "approx", "no", "etc", "w.r.t", "ref", "refs", "app", "alg", "eqn", "eqns", "thm", "def", "prop", "dr", "prof", "st", "i.i.d", "a.k.a", "viz", "incl", "max", "min", "avg", "ca", "al")  # fmt: skip


def _ends(text: str) -> Iterator[int]:
    """Where each sentence ends (exclusive)."""
    for m in re.finditer(r"[.?!][)\"”’']*(?=\s|$|[\ue500-\ue5ff])|[\ue600-\ue6ff]\s*(?=[A-Z][a-z]+ )", text):
        rest = text[m.end() :].lstrip()
        before = text[: m.start()].rsplit(None, 1)
        word = before[-1].lower().lstrip('("“') if before else ""
        if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word not in "i"):
            continue
        rest = re.sub(r"^[\ue500-\ue5ff]+\s*", "", rest)
        if rest and not (
            rest[0].isupper() or rest[0] in '“"([' or "\ue100" <= rest[0] <= "\ue7ff" or rest[0].isdigit()
        ):
            continue
        yield m.end()
    yield len(text)
