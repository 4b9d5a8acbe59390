"""What the paper calls its symbols."""

from __future__ import annotations

import re

from .grammar import STOP, TERM_BY_NAME, term_pattern
from .lexicon import TERMS
from .prose import ASSIGN, SYM, Sentence

_FUNCTION = r"(?:where|whose|enough|given|through|between|among|under|any|some|no|such|if|then|thus|since|via|until|against|within|compared|vary|varying|replace|let|case|extra|respectively|hence|so|only|not|whether|how|what|more|few|several|all|both|either|itself|themselves)"
_QUANTITIES = re.compile(
    r"(?:.*\W)?(?:rate|factor|coefficient|temperature|weight|weighting|parameter|threshold|number|length|depth|width|ratio|probability|strength|scale|margin|speed|constant|penalty|variance|deviation|bound|radius|horizon|discount|expectile|quantile|dropout|momentum|decay|sparsity|level|order|rank|budget|frequency|capacity|smoothing|resolution|degree|noise|bandwidth|tolerance|epsilon|power|exponent|multiplier|interval|window|stride|patience|gain|schedule)s?"
)
_BEFORE_SIGN = re.compile(rf"(?P<np>(?:[A-Za-z][\w-]*\s+){{1,3}})(?P<sign>{SYM}|{ASSIGN})(?!\s*(?:,|and)\s*{SYM})")
"""Words of the field right before a symbol name it without an article: "and length penalty $\\alpha$"."""
_ADJECTIVAL = re.compile(r"(?:ic|al|ive|ous|able|ible|ed|ing|less|ful|ary|ant|ent)$")
_NAMING = re.compile(
    rf"(?:\b(?:[Tt]he|[Aa]n?|[Oo]ur|its|their|larger|smaller)\s+)(?P<np>(?:(?!(?:{STOP}|{_FUNCTION})\b)[a-z][\w-]*\s+){{1,4}})(?P<sign>{SYM}|{ASSIGN})(?!\s*(?:,|and)\s*{SYM})"
)
_WHERE = re.compile(
    rf"(?P<sign>{SYM})\s+(?:is|denotes|represents|refers to)\s+(?:the|an?)\s+(?P<np>(?:(?!(?:{STOP}|{_FUNCTION})\b)[a-z][\w-]*[\s.,;]*){{1,4}})"
)
_NOT_A_NAME = re.compile(
    r"(?:values?|scalars?|parameters?|vector|matrix|matrices|constant|number|set|function|case|setting|larger?|smaller?|small|large|different|same|given|single|following|learnable|hyper-?parameters?|random|using|model|models|"
    r"tasks?|loss|state|samples?|data|all|network|high|low|that|this|where|input|output|first|second|whole|entire|real|true|new|variable|index|term|symbol|point|factor|coefficient|weight|position|user|node|image|class|when|both)+",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?:last|first|extra|best|particular|optimal|default|initial|larger?|smaller?|small|higher|lower|low|high|different|same|given|single|certain|fixed|specific|suitable|appropriate|new|current|next|previous|final|corresponding|learnable|random|continuous|discrete|sufficiently|very|relatively|average|have|has|having|keys|values|scalar|positive|constant|tuned|chosen|additional|respective|original|our|its|their)$"
)


_VERB = re.compile(
    r"(?:require|need|use|give|lead|show|denote|become|exceed|increase|decrease|yield|make|take|control|set|perform|include|contain|allow|depend|determine|correspond)s?|\w+(?:ing|ly)"
)


def naming(sentences: tuple[Sentence, ...]) -> dict[str, str]:
    """What the paper calls its symbols: the words that stand most often before one ("the inverse temperature $\\beta$")."""
    counts: dict[str, dict[str, int]] = {}
    for sentence in (s for s in sentences if not s.endless):
        for pattern in (_NAMING, _WHERE):
            for m in pattern.finditer(sentence.text):
                name = _name(m["np"])
                for symbol in sentence.atoms[m["sign"]].symbols[:1] if name else ():
                    counts.setdefault(symbol, {}).setdefault(name, 0)
                    counts[symbol][name] += 1
        for m in _BEFORE_SIGN.finditer(sentence.text):
            name = _known(m["np"].strip())
            if name in TERM_BY_NAME:
                for symbol in sentence.atoms[m["sign"]].symbols[:1]:
                    counts.setdefault(symbol, {}).setdefault(name, 0)
                    counts[symbol][name] += 1
    best = {s: max(sorted(c, key=lambda n: (-len(n), n)), key=lambda n: c[n]) for s, c in sorted(counts.items())}
    return {
        s: name
        for s, name in best.items()
        if name in TERM_BY_NAME
        or _QUANTITIES.fullmatch(name)
        or (counts[s][name] >= 3 and not _ADJECTIVAL.search(name))
    }


def _name(words_before: str) -> str:
    """The noun phrase at the end of some words, "" if there is none that could name a quantity."""
    words = words_before.strip(" .,;").split()
    while words and (_NOT_A_NAME.fullmatch(words[0]) or _ATTRIBUTE.match(words[0])):
        words = words[1:]
    if (
        not words
        or len(words[-1]) < 3
        or words[-1] in ("size", "dimension", "step")
        or _NOT_A_NAME.fullmatch(" ".join(words))
    ):
        return ""
    if _NOT_A_NAME.fullmatch(words[-1]) and len(words) < 2:
        return ""
    name = _known(" ".join(words))
    if name == " ".join(words) and any(_VERB.fullmatch(w) for w in words):
        return ""
    return name


def _known(words: str) -> str:
    """The field's term for these words if they end in one of its phrases."""
    for term in TERMS:
        pattern = term_pattern(term, False)
        if pattern and (m := pattern.search(words)) and m.end() == len(words):
            return term.name
    return words
