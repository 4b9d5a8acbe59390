"""A small grammar over sentences: which number belongs to which term.

Five rules, each precise rather than broad; where several claim the same number, the nearest words win:
phrase    "a dropout rate of 0.1", "we set the batch size to 32"
counted   "6 identical layers", "20 epochs"
symbol    "$\\beta_1 = 0.9$" next to an optimiser; any symbol whose meaning the paper has told
setting   "we set the bias update speed $\\gamma$ to 0.001": the paper's own words for the thing
span      "from 3072 to 15360"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from .lexicon import TERMS, Term
from .model import Area
from .prose import ASSIGN, CITE, MARK, NUM, SYM, Atom, Sentence, compiled


@dataclass(frozen=True, slots=True)
class Hit:
    """A term and its value in one sentence. `start` and `end` bound the words that carry both."""

    name: str
    area: Area
    atoms: tuple[str, ...]
    """The marks of the value's numbers."""
    start: int
    end: int
    distance: int
    """How far the term stands from its number: the nearest wins."""
    term: str = ""
    """The words that name it, as printed."""
    symbol: str | None = None
    text: str = ""
    """The value, where it is not the one number of `atoms`."""
    context: str = ""


VALUE = f"(?:{NUM}|{ASSIGN})"
_GAP = re.compile(
    rf"(?:\s|[,(=:]|{CITE}|{SYM}|(?:of|for|in) (?:each|every|the|all|our|both) [A-Za-z-]+(?= (?:is|are|was|were|to)\b)|is|are|was|were|be|been|being|of|to|at|as|with|a|an|the|set|fixed|kept|chosen|equal|equals|value|values|rate|rates"
    r"|constant|size|approximately|about|around|roughly|used|uses|using|use|we|always|also|initiali[sz]ed|initially|has|have|had|dimension|dimensionality|length|norm|parameter|coefficient"
    r"|weight|factor|threshold|selected|default|defaults|probability|up|extended|only|simply|both|annealed|decayed|increased|tuned|maximum|minimum|hyper-?parameter|s|then|constantly|in|all|our|experiments|models|layers|networks|for|each)(?=[^\w-]|$)"
    rf"|[\s,(=:]|{CITE}|{SYM}",
    re.IGNORECASE,
)
_MAX_GAP = 60
_WEIGHTLESS = re.compile(rf"{MARK}|[\s,()=:]|\b(?:of|to|is|are|was|were|set|the|a|an|at|with|as|be)\b", re.IGNORECASE)
STOP = r"(?:of|and|or|the|to|in|on|for|with|by|from|at|is|are|was|were|as|than|per|a|an|out|times|more|less|we|our|that|which|each|each|every|but|using|after|before|over|into|when)"
_ADJECTIVE = rf"(?!{STOP}\b|dimensional\b|D\b|RGB\b|way\b|time\b|environment\b|different\b)[A-Za-z][\w-]*[\s]"
_NOT_OWN_NUMBER = re.compile(
    r"(?:instead of|rather than|compared (?:to|with)|than|versus|vs\.?|unlike|from|\bby|times|below|above|exceeds?|every|each|per|these|those|both|other|"
    r"following|at least|first|last|final|top|bottom|next|\bthe|all|another|additional|remaining|original|maximum of|up to|e\.g\.,|as many as|accumulation of|level|step|layer|figure|table|section|stage|equation|the (?:first|last|other))\s*\(?$",
    re.IGNORECASE,
)
HYPOTHETICAL = re.compile(
    r"\b(?:for example|for instance|e\.g\.|suppose|assume|assuming|imagine|would|could|might|if|in theory|let|ranging|ranges?|sweep\w*|grid|search(?:ed|ing)? (?:over|in|among|space)|"
    r"candidates?|var(?:y|ied|ying)|between|tried|explored?|as few as|as low as|theorem|lemma|proof)\b",
    re.IGNORECASE,
)
_USING = re.compile(
    r"\b(?:us(?:e|es|ed|ing)|set|sets|setting|fix|fixed|choose|chose|chosen|employ\w*|adopt\w*|default|train\w*|with|where we|take|took|pick\w*|select\w*|initiali[sz]\w*|hyper-?parameters?|parameters?)\b",
    re.IGNORECASE,
)


def hits(sentence: Sentence, meanings: dict[str, str]) -> list[Hit]:
    """All settings of one sentence, each number at most once. `meanings`: symbol → what the paper calls it."""
    if not any(a.quantity for a in sentence.atoms.values()):
        return []
    caption = sentence.paragraph.role == "caption"
    found = [*_phrases(sentence), *_counted(sentence), *_symbols(sentence, {} if caption else meanings)]
    if not caption:
        found += _settings(sentence, meanings)
    best: dict[str, Hit] = {}
    for hit in found:
        for mark in hit.atoms:
            if mark not in best or (hit.distance, -len(hit.term)) < (best[mark].distance, -len(best[mark].term)):
                best[mark] = hit
    kept = [h for h in found if all(best[m] is h for m in h.atoms)]
    return sorted(kept, key=lambda h: (h.start, h.end))


@cache
def term_pattern(term: Term, counted: bool) -> re.Pattern[str] | None:
    options = term.counted if counted else term.phrases
    if not options:
        return None
    body = "|".join(options)
    if counted:
        adjectives = "" if term.bare else f"(?:{_ADJECTIVE}){{0,1}}?"
        return re.compile(rf"(?P<value>{VALUE})(?P<gap>[-–\s]\s*{adjectives})(?P<head>{body})(?![\w])", re.IGNORECASE)
    return re.compile(rf"(?<![\w-])(?:{body})(?![\w])", re.IGNORECASE)


def _title(sentence: Sentence) -> str:
    return sentence.section.title if sentence.section else ""


def _needed(term: Term, sentence: Sentence) -> bool:
    return not term.needs or bool(compiled(term.needs, re.IGNORECASE).search(f"{sentence.readable} {_title(sentence)}"))


def _fits(term: Term, atom: Atom) -> bool:
    q = atom.quantity
    if q is None or (q.unit == "%" and term.high > 1):
        return False
    if q.number is None:
        return "×" in q.text and term.name in ("patch size", "kernel size", "image size", "stride")
    value = q.number / 100 if q.unit == "%" and term.high <= 1 else q.number
    return term.low <= value <= term.high and not (term.integer and value != int(value))


def _phrases(sentence: Sentence) -> Iterator[Hit]:
    text = sentence.text
    for term in TERMS:
        pattern = term_pattern(term, False)
        if pattern is None or (pattern.search(text) and not _needed(term, sentence)):
            continue
        for m in pattern.finditer(text):
            at = m.end()
            while (g := _GAP.match(text, at)) and g.end() > at and g.end() - m.end() < _MAX_GAP:
                at = g.end()
            if (span := _span(text, m.end())) is not None and not _SEARCH.search(text):
                low, high, end = span
                if _fits(term, sentence.atoms[low]) and _fits(term, sentence.atoms[high]):
                    between = f"{_number(sentence, low)} to {_number(sentence, high)}"
                    yield Hit(term.name, term.area, (low, high), m.start(), end, 2, m[0], text=between)
                    continue
            if at >= len(text) or not re.match(VALUE, text[at]):
                continue
            yield from _listed(sentence, term, m, at)


def _listed(sentence: Sentence, term: Term, m: re.Match[str], at: int) -> Iterator[Hit]:
    """The value, or the values of "4, 4, and 2, respectively"."""
    text = sentence.text
    marks, end = _series(text, at)
    if not all(_fits(term, sentence.atoms[c]) for c in marks):
        marks, end = marks[:1], at + 1
    if not _fits(term, sentence.atoms[marks[0]]):
        return
    distance = len(_WEIGHTLESS.sub("", text[m.end() : at]))
    symbol = _symbol_between(sentence, m.end(), at + 1)
    if len(marks) == 1:
        yield Hit(term.name, term.area, tuple(marks), m.start(), end, distance, m[0], symbol)
        for mark, place in _also(text, end):
            if _fits(term, sentence.atoms[mark]):
                yield Hit(term.name, term.area, (mark,), place, place + 1, 3, m[0], symbol)
        return
    before = re.search(r"([\w-]+)(?:, ([\w-]+))* and ([\w-]+) $", text[: m.start()])
    if "respectively" in text[end : end + 20] and before and len(marks) == 2:
        for mark, context in zip(marks, (before[1], before[3])):
            yield Hit(term.name, term.area, (mark,), before.start(), end, distance, m[0], None, context=context)
        return
    if _SEARCH.search(text):
        return
    joined = ", ".join(_number(sentence, c) for c in marks)
    yield Hit(term.name, term.area, tuple(marks), m.start(), end, distance, m[0], symbol, text=joined)


def _series(text: str, at: int) -> tuple[list[str], int]:
    """`0.1, 0.2 and 0.3` from `at` on: its marks and where it ends."""
    marks, end = [text[at]], at + 1
    while m := re.compile(rf"\s*(?:,|,? and|,? or|/)\s*({NUM})(?=\s*(?:[,.;)/]|and\b|or\b|respectively|$))").match(
        text, end
    ):
        marks.append(m[1])
        end = m.end()
    return marks, end


_ALSO = re.compile(
    rf"(?:\s+(?:[a-z]+\s+)?(?:for|on|in|over)\s+[^,.;]{{2,60}}?,?\s+and\s+(?:to\s+)?)({NUM})(?=(?:\s+[a-z]+)?\s+(?:for|on|in|over)\b)"
)


def _also(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The further values of "0.1 for ViT-B and 0.4 for ViT-L"."""
    while m := _ALSO.match(text, at):
        yield m[1], m.start(1)
        at = m.end()


_SEARCH = re.compile(
    r"\b(?:grid|sweep\w*|vary|varied|varying|rang(?:e|es|ed|ing)|search(?:ed|ing)?|tuned? (?:over|in|from|among)|candidates?|tried|explored?)\b",
    re.IGNORECASE,
)


def _span(text: str, at: int) -> tuple[str, str, int] | None:
    m = re.compile(
        rf"[^.;,{MARK[1:-1]}]{{0,40}}(?:, [^.;,{MARK[1:-1]}]{{0,40}})?\b(?:from|starts? (?:at|from)) ({NUM}) (?:to|and (?:\w+ )?(?:decreases|decays|increases|grows) to) ({NUM})"
    ).match(text, at)
    return (m[1], m[2], m.end()) if m else None


def _number(sentence: Sentence, mark: str) -> str:
    q = sentence.atoms[mark].quantity
    return q.text if q else ""


def _symbol_between(sentence: Sentence, start: int, end: int) -> str | None:
    """The last symbol between the term and its value: `the number of heads $n_h$ to 128`."""
    named = [
        sentence.atoms[c].symbols for c in sentence.text[start:end] if c in sentence.atoms and sentence.atoms[c].symbols
    ]
    return named[-1][0] if named else None


def _counted(sentence: Sentence) -> Iterator[Hit]:
    text = sentence.text
    for term in TERMS:
        pattern = term_pattern(term, True)
        if pattern is None or not _needed(term, sentence):
            continue
        for m in pattern.finditer(text):
            mark = m["value"]
            lead = text[max(0, m.start() - 24) : m.start()]
            if not _fits(term, sentence.atoms[mark]) or (
                _NOT_OWN_NUMBER.search(lead) and term.name != "checkpoint averaging"
            ):
                continue
            if re.match(r"[-\s]*(?:times|sub-?layer|ago|away|deep\b)", text[m.end() :], re.IGNORECASE):
                continue
            quantity = sentence.atoms[mark].quantity
            if term.sized and (quantity is None or quantity.number is not None):
                continue
            if re.search(rf"{NUM} (?:out )?of\s*$", lead):
                continue
            if term.lead and not compiled(term.lead).search(lead):
                continue
            symbols = sentence.atoms[mark].symbols
            distance = len(m["gap"].strip("- ")) + (
                3 if sentence.atoms[mark].symbols and term.name == "hidden size" else 0
            )
            yield Hit(
                term.name, term.area, (mark,), m.start(), m.end(), distance, m["head"], symbols[0] if symbols else None
            )


def _symbols(sentence: Sentence, meanings: dict[str, str]) -> Iterator[Hit]:
    """Assignments to the field's usual symbols, and to symbols that the paper has named."""
    for at, char in enumerate(sentence.text):
        atom = sentence.atoms.get(char)
        if atom is None or atom.kind != "assign":
            continue
        for symbol in atom.symbols:
            for term in TERMS:
                if symbol in term.symbols and _needed(term, sentence) and _fits(term, atom):
                    yield Hit(term.name, term.area, (char,), at, at + 1, 6, symbol, symbol)
                    break
        known = next((s for s in atom.symbols if s in meanings), None)
        if known and _chosen(sentence, at):
            name = meanings[known]
            own = TERM_BY_NAME.get(name)
            if own is None or _fits(own, atom):
                yield Hit(name, own.area if own else "method", (char,), at, at + 1, 20, known, known)


def _chosen(sentence: Sentence, at: int) -> bool:
    """The assignment at `at` is a choice of the authors, not an example or a case."""
    if HYPOTHETICAL.search(sentence.readable) or _A_CASE.search(sentence.text):
        return False
    before = sentence.text[:at]
    if re.search(r"\([^)]*$", before) and not _USING.search(before[before.rindex("(") :]):
        return False
    return bool(_USING.search(before))


_A_CASE = re.compile(
    r"\b(?:special case|correspond\w*|equivalent|degenerat\w*|reduces? to|larger|smaller|result(?:s|ing) in|suffic\w+|by the time|at time|when|until|first frame)\b",
    re.IGNORECASE,
)
TERM_BY_NAME = {t.name: t for t in TERMS}
_NOUNS = r"(?P<np>(?:(?!(?:set|fix|the|a|an|our|we|to|of|is|are|and|that|which|with|in|for|on|use|used|by|their|its|all)\b)[A-Za-z][\w/–-]*\s+){0,5})"
_SET = re.compile(
    rf"(?:(?<!test )(?<!training )(?<!validation )(?<!data )(?<!holdout )(?<!held-out )(?<!dev )(?<!train )(?<!development )\b(?:set|sets|setting|fix|fixed|fixing|choose|chose|keep|kept|initiali[sz]e)\s+(?:the\s+|our\s+|a\s+)?{_NOUNS}(?P<sym>{SYM}\s+)?(?:to be|to|as|at|=)\s+(?:be\s+|a\s+|the\s+)?(?P<value>{NUM})"
    rf"|(?<!\w)(?:[Tt]he\s+|[Oo]ur\s+)?{_NOUNS.replace('np', 'np2')}(?P<sym2>{SYM}\s+)?(?:is|are|was|were)\s+(?:always\s+|also\s+|then\s+|simply\s+)?(?:set|fixed|chosen|initiali[sz]ed)\s+(?:to be|to|as|at)\s+(?P<value2>{NUM})"
    rf"|\band\s+(?:the\s+)?{_NOUNS.replace('np', 'np3')}(?P<sym3>{SYM}\s+)?to\s+(?P<value3>{NUM}))"
)
_PAIRED = re.compile(
    rf"(?P<symbols>{SYM}(?:(?:,|,? and)\s*{SYM})+)\s+(?:are|is|were|was|to)\s+(?:(?:set|fixed|chosen)\s+)?(?:to\s+(?:be\s+)?)?(?P<values>{NUM}(?:(?:,|,? and)\s*{NUM})+)"
)


def _settings(sentence: Sentence, meanings: dict[str, str]) -> Iterator[Hit]:
    """ "Set X to V" in the paper's own words, and "we use $x = v$"."""
    text = sentence.text
    if HYPOTHETICAL.search(sentence.readable):
        return
    for m in _PAIRED.finditer(text):
        symbols, values = re.findall(SYM, m["symbols"]), re.findall(NUM, m["values"])
        for s, v in zip(symbols, values) if len(symbols) == len(values) else ():
            paired = sentence.atoms[s].symbols[0]
            yield Hit(meanings.get(paired, paired), "method", (v,), m.start(), m.end(), 1, paired, paired)
    sets = re.search(r"\b(?:set|fix|choose|chose)\b", text)
    for m in _SET.finditer(text):
        k = "" if m["value"] else "2" if m["value2"] else "3"
        if k == "3" and not sets:
            continue
        noun = m["np" + k].strip() if m["np" + k] else ""
        sign = (m["sym" + k] or "").strip()
        symbol = sentence.atoms[sign].symbols[0] if sign else None
        name = noun or (meanings.get(symbol, symbol) if symbol else "")
        if not name or (not symbol and len(name) < 4) or _VAGUE.fullmatch(name):
            continue
        if re.search(r"initiali[sz]", m[0]):
            name = f"initial value of {name}"
        yield Hit(name, _area(sentence), (m["value" + k],), m.start(), m.end(), 30, name, symbol)
        for mark, place in _also(text, m.end()):
            yield Hit(name, _area(sentence), (mark,), place, place + 1, 30, name, symbol)
    if applied := _APPLIED.search(text):
        name = f"{applied['np'].strip()} rate"
        yield Hit(name, _area(sentence), (applied["value"],), applied.start(), applied.end(), 30, name)
    if not re.search(
        r"\b(?:we (?:\w+ )?(?:use|set|fix|choose|take|employ|adopt|pick|select)|is set|are set|default|used?\b|with|setting)",
        text,
    ):
        return
    for at, char in enumerate(text):
        atom = sentence.atoms.get(char)
        if atom is None or atom.kind != "assign" or any(s in meanings for s in atom.symbols):
            continue
        near = re.search(
            rf"\b(?:use|used|set|fix|choose|take|employ|adopt|pick|select|setting|setting of|default)\b(?:[^.;]|{MARK}){{0,40}}$",
            text[:at],
        )
        strong = re.search(
            rf"\b(?:we (?:\w+ )?(?:use|set|fix|choose)|by setting|setting)\s*(?:{ASSIGN}(?:[,\s]|and\b)*)*$", text[:at]
        )
        if near and (strong or _experimental(sentence)) and _chosen(sentence, at):
            yield Hit(atom.symbols[0], "method", (char,), at, at + 1, 40, atom.symbols[0], atom.symbols[0])


_APPLIED = re.compile(
    rf"(?:\b[Tt]he\s+|\b)(?P<np>(?:[A-Za-z][\w-]*\s+){{1,3}}?)(?:strategy\s+|method\s+)?(?:is|are)\s+applied\s+(?:at|with)\s+an?\s+(?:rate|probability)\s+of\s+(?P<value>{NUM})"
)
_VAGUE = re.compile(
    r"(?:compared|it|this|that|these|those|them|each|value|values|one|both|number|length|size|weights?|parameters?|scores?|result|results|all|score|split|label|target|output|input|probability|rest|others?)",
    re.IGNORECASE,
)
EXPERIMENTAL = re.compile(
    r"experiment|training|implementation|setup|set-up|setting|detail|hyper-?parameter|optimi[sz]|evaluation|result|appendix|regulari|data|model|architecture|ablation|baseline|schedule|configuration|protocol|comparison|inference|application|finetun|fine-tun|example|translation",
    re.IGNORECASE,
)


def _experimental(sentence: Sentence) -> bool:
    return bool(EXPERIMENTAL.search(_title(sentence)))


def _area(sentence: Sentence) -> Area:
    title = _title(sentence).lower()
    for word, area in (
        ("train", "training"),
        ("optimi", "training"),
        ("evaluat", "evaluation"),
        ("data", "data"),
        ("architect", "architecture"),
        ("model", "architecture"),
    ):
        if word in title:
            return area  # type: ignore[return-value]
    return "method"
