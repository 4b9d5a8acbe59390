"""Facts that words state: "where X is …", "the learning rate $\\eta$", "of dimension $d$", "we set τ to 0.07"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from ..formula import notation as n
from ..formula.names import canonical, plain
from ..formula.tree import (
    Apply,
    Decorated,
    Given,
    Group,
    Juxtaposition,
    List,
    Node,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
)
from .declarations_formulas import Fact, names, number
from .declarations_nouns import NounFacts, noun_facts
from .declarations_sets import dims, size
from .declarations_text import CITE, DISPLAY, MARK, Formula, Passage

Found: TypeAlias = tuple[Fact, tuple[int, int]]

_LIST = rf"{MARK}(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+){MARK})*"
_VERB = (
    r"(?:is|are|was|were|be|being|denotes?|denoting|represents?|representing|stands? for|refers? to|indicates?|describes?|"
    r"means?|corresponds? to|specif(?:y|ies)|contains?|holds?|consists? of|defines?)"
)
_DETERMINER = r"(?:the|an?|our|its|their|each|some|any|this|these|all|both|another|one)"
_END = rf"(?=\s*(?:[.;:()]|,|{DISPLAY}|$|\s(?:and|while|whereas|but|with)\s+{_LIST}\s*{_VERB}\b|\s(?:where|whose|so that|such that|which|while|whereas)\b|\sand\s+{MARK}\s+{_DETERMINER}\b))"
_PHRASE = rf"(?P<phrase>[^.;:,(){DISPLAY}]{{2,160}}?){_END}"

_COPULA = re.compile(
    rf"(?P<names>{_LIST})(?:\s*\([^()]{{0,60}}\))?,?\s+(?:(?:here|again|also|now|each|all|then|both)\s+)?(?P<verb>{_VERB})\s+(?:(?:here|just|simply|again|also|then|now|respectively,?)\s+)?{_PHRASE}"
)
_APPOSED = re.compile(
    rf"(?:\b(?i:with|where|and|let|for|here|writing|having)|[,;(])\s*(?P<names>{_LIST}),?\s+(?=(?:{_DETERMINER})\s){_PHRASE}"
)
_DENOTED = re.compile(
    rf"\b(?:denote|write|call|label)\s+(?P<phrase>(?:{_DETERMINER}\s)[^.;:,(){DISPLAY}]{{2,120}}?)\s+(?:by|as|with)\s+(?P<names>{_LIST})"
)
_DENOTED_BY = re.compile(
    rf"(?P<phrase>\b(?i:{_DETERMINER})\s[^.;:,(){DISPLAY}]{{2,120}}?)\s+(?:is|are|will be|be)?\s*(?:denoted|represented|indicated|given|parametri[sz]ed)\s+(?:as|by|with)\s+(?P<names>{_LIST})"
)
_BEFORE = re.compile(rf"(?P<phrase>(?:[A-Za-z][\w'’-]*\s+){{1,7}})(?P<names>{_LIST})")
_COUNT = re.compile(
    rf"(?:^|[\s(])(?P<names>{MARK})\s+(?P<phrase>(?:[a-z][\w-]*\s+){{0,2}}[a-z][\w-]*s)\b(?!\s+(?:the|an?|{MARK})(?:\s|$))(?=[\s,.;:)]|$)"
)
_SIZED = re.compile(
    rf"(?P<names>{_LIST})(?P<between>[^.;:,()\ue000-\uf8ff]{{0,50}}?)\b(?:of|with|has|have|having)\s+(?:a\s+|an\s+|the\s+|same\s+|fixed\s+)?(?:(?:hidden|latent|embedding|feature)\s+)?(?:dimension(?:ality)?|size|shape|length)s?\s+(?P<size>{MARK})"
)
_DIMENSIONAL = re.compile(
    rf"(?P<size>{MARK})\s*-?\s*(?:dimensional|dim\.?|matri(?:x|ces))\b(?P<between>(?:[\s-]+[a-z][\w-]*){{0,4}}?)\s+(?P<names>{_LIST})",
    re.I,
)
_IS_SIZED = re.compile(
    rf"(?P<names>{_LIST})(?P<between>)\s+(?:is|are|be|denotes?|represents?)\s+(?:an?|the|some)?\s*(?P<size>{MARK})\s*-?\s*(?:dimensional\s+)?(?:[a-z]+\s+){{0,2}}(?:matri(?:x|ces)|vectors?|tensors?|arrays?)\b"
)
_OF_SIZE = re.compile(
    rf"(?:dimension(?:ality|s)?|size|length|number of (?:elements|entries|components|dimensions))\s+of\s+(?:the\s+)?(?:(?!and\b|or\b|with\b|in\b|for\b|by\b|is\b|are\b)[a-z-]+\s+){{0,3}}(?P<names>{MARK})(?:\s+(?:is|are|be|equals?|by|as|to|with)|\s*,)?\s+(?P<size>{MARK})"
)
_LET_SIZE = re.compile(
    rf"(?P<size>{MARK})\s+(?:is|be|denotes?|for|as)?\s*(?:the\s+)?(?:dimension(?:ality)?|length|size)\s+of\s+(?:the\s+)?(?:(?!and\b|or\b|with\b|in\b|for\b|by\b|is\b|are\b)[a-z-]+\s+){{0,3}}(?P<names>{_LIST})"
)
_SAME_SIZE = re.compile(
    rf"(?P<names>{_LIST})[^.;:()\ue000-\uf8ff]{{0,60}}?\b(?:of|with|has|have|having)\s+(?:the\s+)?same\s+(?:dimension(?:ality)?|size|shape|length)s?\s+as\s+(?:the\s+)?(?:[a-z-]+\s+){{0,2}}(?P<whole>{MARK})"
)
_ELEMENTS = re.compile(
    rf"(?P<names>{_LIST})[^.;:,()\ue000-\uf8ff]{{0,40}}?\s(?:the|its|their|an|a)\s+(?:(?:{MARK}|[a-z]+)\s*-?\s*(?:th|st|nd|rd)?,?\s*)?(?P<part>element|entr(?:y|ie)|component|coordinate|row|column)s?"
    rf"(?:\s+(?:of|in)\s+(?:the\s+)?(?:(?:[a-z-]+\s+){{0,2}})(?P<whole>{MARK}))?"
)
_VALUE = re.compile(
    rf"\b(?:set|setting|sets|fix|fixed|fixing|choose|chose|chosen|use|used|using|take|took|taken|keep|kept)\s+(?:the\s+)?(?:[a-z-]+\s+){{0,4}}(?P<names>{_LIST})\s+(?:to be|to|as|at|equal to)\s+(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?|{MARK})"
)
_IS_SET = re.compile(
    rf"(?P<names>{_LIST})\s+(?:is|are|was|were|being)?\s*(?:normally|usually|typically|always|generally|both|all)?\s*(?:set|fixed|chosen to be|kept|held|equal)\s+(?:fixed\s+)?(?:constant\s+)?(?:to be|to|at|as)\s+(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?|{MARK})"
)
_VALUE_OF = re.compile(rf"(?P<names>{MARK})\s+of\s+(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?)(?=[\s,.;)])")
_DRAWN = re.compile(
    rf"(?P<names>{_LIST})\s+(?:(?:is|are|was|were|be|being)\s+)?(?:(?:independently|uniformly|randomly|i\.i\.d\.)\s+)*(?:drawn|sampled|distributed|draws?|generated)\s+(?:i\.i\.d\.\s+|uniformly\s+|independently\s+)?(?:from|according to|as|over|via)\s+(?P<phrase>[^.;:,()]{{2,80}}?)(?=[.;:,()]|\sand\s|\swith\s|\sfor\s|\sin\s|$)"
)

_STOP_WORDS = frozenset(
    "is are was were be been being the a an of to in on at by for from with as and or that which where when if then than let we our "
    "this these those it its their there here so such not no into over under between per via using given minimize maximize minimise "
    "maximise compute computes computing define defines defined denote denotes denoted obtain obtains update updates updating set sets "
    "sample samples sampling draw draws drawn generate generates predict predicts output outputs produce produces consider assume "
    "suppose choose chosen take takes call have has had but also only both each any every all some because since while whereas "
    "respect equals equal write writes writing note see apply applies applied use uses used fix fixed until unless iff whether how "
    "what who whose i.e e.g cf where, add adds gives give giving yields yield get gets returns return receives receive feed approximate "
    "approximates estimate estimates learn learns optimize optimizes find finds solve solves satisfies satisfy contains contain holds "
    "becomes become replace replaces replacing against about around within without through during after before across toward towards "
    "upon onto above below maps map mapping denoting representing parameterized parametrized conditioned conditioning initialized "
    "initialize now just i.e. may can will would should could must do does did more less one two three four first second".split()
)  # fmt: skip
_OF_HEADS = frozenset(
    "number dimension dimensionality size length set rank norm gradient probability variance mean sequence vector vectors matrix matrices "
    "batch collection degree amount rate level sum standard deviation parameters weights strength index output input width depth "
    "distribution values value function order set space row rows column columns entries elements fraction".split()
)  # fmt: skip
_VERBAL = re.compile(r"\w+(?:ed|ly)(?:\s+(?:with|by|from|to|in|as|on|at|over|using|for|into)\b|$)", re.I)
"""A verb in the passive: it names nothing."""
_MEASURES = frozenset(
    "number probability amount rate level fraction proportion variance mean deviation strength".split()
)
"""What may be "of" one thing: "probability of success $p$"; in "feature vector of node $v$" v is the node."""
_PARTICIPLE = re.compile(
    r"(?:used|given|defined|obtained|computed|shown|updated|applied|not|called|then|only|always|typically|often|trained|performed|"
    r"smaller|larger|greater|less|equal|close|in|on|at|of|to|from|by|as|updat\w+|also|too|very|more|most|able|known|important|"
    r"sufficient\w*|small|large|available|possible|used|said|allowed|required|here|there|introduced|discussed|listed|independent|"
    r"differentiable|convex|continuous|monotonic\w*|bounded|symmetric|identical|unchanged|replaced|initiali[sz]ed|set|fixed|chosen|"
    r"drawn|sampled|distributed|minimi[sz]ed|maximi[sz]ed|concatenated|multiplied|added|normali[sz]ed|related|based|due|such|"
    r"either|related|expected|proportional|computed|estimated)\b",
    re.I,
)


_ADJECTIVE = re.compile(
    r"larger|smaller|higher|lower|greater|better|worse|same|different|corresponding|particular|fixed|given|initial|final|optimal|true|"
    r"current|previous|next|new|old|several|additional|respective|original|total|random|arbitrary|certain|independent|similar|simple|"
    r"standard|general|specific|small|large|high|low|good|bad|main|full|non-?zero|positive|negative|unknown|known|"
    r"(?!embedding|encoding|setting|mapping|string|ring|timing|training|ranking|reading|loading|scaling|spacing|offspring)\w+ing|"
    r"(?!seed|speed|feed|need)\w+ed|"
    r"(?!metric|critic|topic|logic|statistic|heuristic|characteristic|diagnostic)\w+ic|\w+ous|"
    r"(?!objective|derivative|negative|alternative|positive|adjective|incentive)\w+ive|"
    r"(?!signal|residual|interval|potential|total|proposal|integral|material|goal|differential|functional|marginal|polynomial|"
    r"trial|manual|individual|quantile|label|model|kernel|channel|pixel|level|conditional|exponential|diagonal|removal|arrival|"
    r"principal|terminal|optimal|reversal|rational|normal)\w+al|"
    r"(?!variable|observable|table|cable)\w+able|\w+less|\w+ful"
)


def prose_facts(passage: Passage) -> Iterator[Found]:
    """What the words of a passage say of its symbols, each with the stretch of the passage that says it."""
    text = passage.text
    for pattern in (_COPULA, _APPOSED, _DENOTED, _DENOTED_BY):
        for m in pattern.finditer(text):
            if pattern is _COPULA and not _is_subject(passage, m):
                continue
            phrase = _cut(passage, m["phrase"].strip())
            if pattern is _APPOSED and re.search(
                r"\s(?:is|are|was|were|has|have|can|will|may|does|do)\s", phrase + " "
            ):
                continue
            if pattern is _COPULA and (_PARTICIPLE.match(phrase) or _VERBAL.match(phrase)):
                yield from _predicate(passage, m)
                continue
            marks = m["names"]
            if (
                pattern is _COPULA
                and _plural_verb(m)
                and (joined := _JOINED.search(text[: m.start("names")])) is not None
            ):
                marks = joined["first"] + marks
            yield from _meant(passage, marks, phrase, m.span(), plural=_plural_verb(m))
    for m in _overlapping(_BEFORE, text):
        yield from _before(passage, m)
    for m in _COUNT.finditer(text):
        yield from _counted(passage, m)
    yield from _sizes(passage)
    yield from _same_sizes(passage)
    yield from _parts(passage)
    yield from _values(passage)
    for m in _DRAWN.finditer(text):
        phrase = _written(passage, m["phrase"])
        for symbol in _symbols(passage, m["names"]):
            yield Fact(symbol, "distribution", phrase), m.span()


_JOINED = re.compile(rf"(?P<first>{MARK})\s*,?\s+and\s+(?:the|an?|its|their)?\s*(?:[a-z-]+\s+){{0,3}}\Z")
"""Another subject before the last: "the gain $g$ and the bias $b$ are …"."""


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    at = 0
    while (m := pattern.search(text, at)) is not None:
        yield m
        at = m.end("names")


_NOT_SUBJECT = re.compile(
    r"\b(?:if|when|whenever|unless|until|because|since|whether|of|in|for|to|on|with|by|from|at|over|between|than|under|given)\s*$",
    re.I,
)


_COMPLEMENT = re.compile(
    r"\b(?:of|in|for|with|by|from|at|over|between|under|to|on)\s+(?:(?:the|an?|each|its|their|our|this|that|every)\s+)?(?:[a-z-]+\s+){1,2}\Z"
)
"""The symbol names what stands behind a preposition: "the prototype of class $k$ is …" does not speak of k."""


def _is_subject(passage: Passage, m: re.Match[str]) -> bool:
    """The names are what the sentence speaks of, and no case of them (`τ = 0.5 corresponds to …`)."""
    before = passage.text[: m.start()]
    if _NOT_SUBJECT.search(before) or _COMPLEMENT.search(before):
        return False
    for formula in passage.marks(m["names"]):
        for tree in formula.statements:
            if isinstance(tree, Relation) and tree.rest[-1][0] in ("=", ">", "<", "≥", "≤", "→"):
                op, right = tree.rest[-1]
                value = number(right)
                if (value is not None and (op == "=" or value != 0)) or op == "→":
                    return isinstance(tree.first, List)
    return True


def _plural_verb(m: re.Match[str]) -> bool:
    verb = m.groupdict().get("verb")
    return verb in (None, "are", "were", "be", "denote", "represent")


# --- subjects ----------------------------------------------------------------------------------------


def subjects(formula: Formula) -> list[str]:
    """The symbols that a formula in running text is about: `W \\in …` is about W, `f(x)` about f, `\\odot` about ⊙."""
    command = formula.latex.strip().removeprefix("\\")
    if formula.latex.strip().startswith("\\") and command in n.MULTIPLICATIVE:
        return [n.MULTIPLICATIVE[command]]
    if formula.latex.strip().startswith("\\") and command in n.ADDITIVE:
        return [n.ADDITIVE[command]]
    return [name for tree in formula.statements for name in _subject(tree)]


def _subject(tree: Node) -> list[str]:
    match tree:
        case Relation(first, rest):
            if isinstance(first, List) and ":" in first.separators:
                return _subject(first.items[0])
            found = _subject(first)
            if not found and len(rest) > 1:
                return _subject(rest[0][1])  # `0 < \beta < 1`
            return found
        case Decorated(_, body):
            return _subject(body)
        case Juxtaposition((Symbol() | Scripted(Symbol()) as function, Group("(" | "[", _, _))):
            return [canonical(function)]
        case Apply(function, _):
            name = function.base if isinstance(function, Scripted) else function
            return (
                []
                if isinstance(name, Symbol) and name.name in n.FUNCTIONS | n.OPTIONAL_BINDERS
                else [canonical(function)]
            )
        case Group(_, _, body) if _blank(body):
            return [plain(tree)]
        case Scripted(Group(_, _, body), _, _) if _blank(body):
            return [plain(tree)]
    return names(tree)


def _blank(body: Node) -> bool:
    match body:
        case Placeholder():
            return True
        case List(items):
            return all(isinstance(i, Placeholder) for i in items)
        case Given(left, right):
            return isinstance(left, Placeholder) and isinstance(right, Placeholder)
    return False


def _symbols(passage: Passage, marks: str) -> list[str]:
    found = (name for formula in passage.marks(marks) for name in subjects(formula))
    return [name for name in dict.fromkeys(found) if not _ORDINAL.search(name)]


_ORDINAL = re.compile(r"\^\{(?:th|st|nd|rd)\}|\^\{t ?h\}")


def _written(passage: Passage, text: str) -> str:
    out = "".join(f"${passage.formulas[c].latex}$" if c in passage.formulas else c for c in text if c != CITE)
    return " ".join(out.split())


# --- noun phrases ---------------------------------------------------------------------------------------


def _meant(passage: Passage, marks: str, phrase: str, span: tuple[int, int], *, plural: bool) -> Iterator[Found]:
    symbols = _symbols(passage, marks)
    for symbol, part in zip(symbols, _shared(phrase, len(symbols), plural=plural)):
        yield from _named(passage, symbol, part, span)


def _cut(passage: Passage, phrase: str) -> str:
    """Where another clause begins in the phrase, it ends: "the mean and $\\beta$ controls …", "… and let $A$ be …"."""
    for m in re.finditer(rf"\s(?P<word>and|with)\s+(?:let\s|(?P<mark>{MARK})(?P<after>\s+[a-z]+)?)", phrase):
        if m["mark"] is None or m["word"] == "with":
            return phrase[: m.start()]
        between = re.search(r"\bbetween\b", phrase[: m.start()]) is not None
        relation = any(isinstance(t, Relation) for t in passage.formulas[m["mark"]].statements)
        verb = m["after"] is not None and m["after"].strip() not in (
            "in",
            "of",
            "for",
            "at",
            "on",
            "and",
            "with",
            "from",
            "to",
        )
        if relation or (verb and not between):
            return phrase[: m.start()]
    named = re.search(
        rf"\s(?:and|while|whereas)\s+(?:the|an?|our|its)\s+(?:[a-z-]+\s+){{0,4}}?(?P<last>[a-z-]+)\s+{MARK}", phrase
    )
    if named is not None and named["last"] not in _STOP_WORDS:
        return phrase[: named.start()]
    return phrase


def _shared(phrase: str, count: int, *, plural: bool) -> list[str]:
    """A phrase for each of several symbols: "the mean and standard deviation" splits, "learnable parameters" does not."""
    parts = [p for p in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", phrase) if p]
    if count > 1 and plural and len(parts) == count:
        first_plural = re.search(r"[a-rt-z]s\b", parts[0].split(" of ")[0]) is not None
        last_plural = re.search(r"[a-rt-z]s$", parts[-1].split(" of ")[0].strip()) is not None
        shared = re.match(r"(.*\b(?:of|for)\s+)(?:the\s+)?[a-z -]+$", parts[0])
        if shared is not None and not any(re.match(rf"{_DETERMINER}\b", p) or " of " in p for p in parts[1:]):
            return [parts[0], *(shared[1] + p for p in parts[1:])]
        if first_plural or not last_plural:
            return parts
    return [phrase] * count


def _is_capital(symbol: str) -> bool:
    letter = re.search(r"[A-Za-z]", re.sub(r"\\math[a-z]+|\\(?:hat|bar|tilde|vec|dot)", "", symbol))
    return letter is not None and letter.group().isupper()


_QUALITY = re.compile(
    r"(?:strictly |always |also )?(?:smooth|convex|concave|linear|finite|sparse|dense|unique|even|odd|diagonal|symmetric|constant|valid|"
    r"invertible|orthogonal|orthonormal|bounded|deterministic|stochastic|independent|positive(?: (?:semi-?)?definite)?|binary|scalar)"
)


def _named(passage: Passage, symbol: str, phrase: str, span: tuple[int, int]) -> Iterator[Found]:
    facts = noun_facts(phrase)
    if "matri" not in phrase and facts.domain == "spd" and not _is_capital(symbol):
        facts = NounFacts("", facts.role, "")  # the covariance σ_xy of two numbers
    if " or " in phrase and facts.role is not None:
        facts = NounFacts(facts.kind, None, facts.domain)
    meaning = re.sub(r"\s*[,;]?\s*respectively$", "", _written(passage, phrase)).strip(" ,-–—")
    quality = _QUALITY.fullmatch(phrase) or _ADJECTIVE.fullmatch(phrase)
    if meaning and len(meaning) > 1 and not quality:
        yield Fact(symbol, "meaning", meaning), span
    if (m := re.search(r"\bset to\s+(-?\d+(?:\.\d+)?(?:e-?\d+)?)$", phrase)) is not None:
        yield Fact(symbol, "value", _number(float(m[1]))), span
    if facts.kind:
        yield Fact(symbol, "kind", facts.kind), span
    if facts.role is not None:
        yield Fact(symbol, "role", facts.role), span
    if facts.domain:
        yield Fact(symbol, "domain", facts.domain), span


def _predicate(passage: Passage, m: re.Match[str]) -> Iterator[Found]:
    """ "is trained", "are not learned", "is fixed": a role without a noun."""
    phrase = m["phrase"].lower()
    role = ""
    if re.match(r"(?:learn(?:ed|t)|trained|optimi[sz]ed|trainable|learnable)\b", phrase):
        role = "learnable"
    for symbol in _symbols(passage, m["names"]):
        if role:
            yield Fact(symbol, "role", role), m.span()
        if called := re.match(r"(?:called|known as)\s+(.+)", m["phrase"]):
            yield from _named(passage, symbol, called[1], m.span())


def _before(passage: Passage, m: re.Match[str]) -> Iterator[Found]:
    """The words right before a symbol: "the learning rate $\\eta$", "marginals $a$ and $b$"."""
    words = m["phrase"].split()
    if words[-1].lower() in _STOP_WORDS or re.match(r"-[A-Za-z]", passage.text[m.start("names") + 1 :]):
        return
    if any(isinstance(t, Group) for f in passage.marks(m["names"][:1]) for t in f.statements):
        return
    k = len(words)
    while k > 0 and words[k - 1].lower() not in _STOP_WORDS:
        k -= 1
    measured = words[-1].lower() in ("dimension", "dimensionality", "size", "length", "rank", "shape", "width", "depth")
    several = words[-1].lower().endswith("s") and not words[-1].lower().endswith(("ss", "us", "is"))
    heads = _OF_HEADS if several else _MEASURES
    while not measured and k >= 2 and words[k - 1].lower() == "of" and words[k - 2].lower() in heads:
        k -= 1
        while k > 0 and words[k - 1].lower() not in _STOP_WORDS:
            k -= 1
    phrase = words[k:]
    if _ADJECTIVE.fullmatch(phrase[-1].lower()) or re.match(r"\s*times\b", passage.text[m.end("names") :]):
        return
    determined = k > 0 and words[k - 1].lower() in (
        "the",
        "a",
        "an",
        "our",
        "each",
        "its",
        "their",
        "some",
        "any",
        "this",
        "every",
    )
    head = phrase[-1].lower()
    plural = head.endswith("s") and not head.endswith(("ss", "us", "is"))
    text = " ".join(phrase)
    facts = noun_facts(text)
    known = bool(facts.kind or facts.role or facts.domain)
    if not (determined or plural or known) or head.endswith("ly"):
        return
    marks = m["names"] if plural else m["names"][:1]
    start = m.start("names") - len(m["phrase"]) + _offset(m["phrase"], k)
    end = m.start("names") + len(marks)
    for symbol in _symbols(passage, marks):
        yield from _named(passage, symbol, text, (start, end))


def _offset(phrase: str, word: int) -> int:
    """Where the word with this number begins."""
    starts = [w.start() for w in re.finditer(r"\S+", phrase)]
    return starts[word] if word < len(starts) else 0


_NOUNS_TOO = frozenset("samples updates outputs sets draws labels inputs estimates returns uses".split())
_NOT_COUNTED = frozenset(
    "is has was does denotes represents indicates controls refers depends corresponds contains holds varies goes becomes satisfies is "
    "equals means takes gives yields maps outputs specifies measures this its as thus describes determines stands consists runs ranges "
    "always across versus plus minus times parameterizes minimizes maximizes uses lies follows follows ensures acts makes needs "
    "approximates returns changes accounts hurts helps works increases decreases grows vanishes converges occurs appears exists remains "
    "happens belongs provides encodes captures models allows requires performs parametrizes trains leads falls rises learns produces generates".split()
)  # fmt: skip


def _may_count(symbol: Symbol) -> bool:
    """Letters that papers use for numbers of things."""
    return (len(symbol.name) > 1 and symbol.word) or (len(symbol.name) == 1 and symbol.name not in "xyzfguvweij")


def _counted(passage: Passage, m: re.Match[str]) -> Iterator[Found]:
    """`N samples`: a number of things."""
    formula = passage.formulas.get(m["names"])
    words = m["phrase"].split()
    if formula is None or len(formula.statements) != 1 or words[-1] in _NOT_COUNTED or words[0] in _NOT_COUNTED:
        return
    if any(w in _STOP_WORDS for w in words[:-1]) or (words[-1] in _STOP_WORDS and words[-1] not in _NOUNS_TOO):
        return
    tree = formula.statements[0]
    if (
        isinstance(tree, Relation)
        and len(tree.rest) == 1
        and tree.rest[0][0] == "="
        and number(tree.rest[0][1]) is not None
    ):
        tree = tree.first
    base = tree.base if isinstance(tree, Scripted) else tree
    if not isinstance(base, Symbol) or base.accents or not _may_count(base) or words[-1].endswith(("ss", "us", "is")):
        return
    before = passage.text[: m.start("names")].rstrip()
    if re.search(
        r"(?:\b(?:variable|vector|matrix|function|parameter|state|action|input|policy|network|model)|-)$", before
    ):
        return
    for symbol in names(tree):
        yield Fact(symbol, "domain", "positive integer"), m.span()
        yield Fact(symbol, "meaning", f"number of {m['phrase']}"), m.span()


# --- sizes and parts -------------------------------------------------------------------------------------


def _sizes(passage: Passage) -> Iterator[Found]:
    for pattern in (_SIZED, _DIMENSIONAL, _IS_SIZED, _OF_SIZE, _LET_SIZE):
        for m in pattern.finditer(passage.text):
            shape = _shape(passage.formulas[m["size"]])
            if shape is None:
                continue
            if pattern is _DIMENSIONAL and re.search(r"\bspace\b", m["between"]):
                continue
            for symbol in _symbols(passage, m["names"]):
                yield Fact(symbol, "shape", ", ".join(shape)), m.span()
            if len(shape) == 1:
                for symbol in _symbols(passage, m["size"]):
                    yield Fact(symbol, "domain", "positive integer"), m.span()


def _same_sizes(passage: Passage) -> Iterator[Found]:
    """ "$g$ and $b$ are parameters of the same dimension as $h$"; a list in two parts counts as well."""
    for m in _SAME_SIZE.finditer(passage.text):
        start, _ = passage.sentence(m.start())
        before = passage.text[start : m.end("names")]
        listed = re.search(rf"{MARK}(?:\s*,?\s*and\s+(?:the\s+)?(?:[a-z-]+\s+){{0,3}}{MARK})?$", before)
        for whole in _symbols(passage, m["whole"]):
            for symbol in _symbols(passage, listed.group() if listed else m["names"]):
                if symbol != whole:
                    yield Fact(symbol, "same-shape", whole), m.span()


def _shape(formula: Formula) -> tuple[str, ...] | None:
    if len(formula.statements) != 1:
        return None
    tree = formula.statements[0]
    if isinstance(tree, Relation):
        tree = tree.first
    if isinstance(tree, (Group, Placeholder)) and not isinstance(tree, Group):
        return None
    found = dims(tree)
    return found if all(found) and size(tree) else None


def _parts(passage: Passage) -> Iterator[Found]:
    """ "with $\\mu_j$ and $\\sigma_j$ their $j$-th elements", "$x_i$ the $i$-th row of $X$"."""
    for m in _ELEMENTS.finditer(passage.text):
        relation = {"row": "row-of", "column": "column-of"}.get(m["part"], "element-of")
        for symbol in _symbols(passage, m["names"]):
            if m["whole"]:
                for whole in _symbols(passage, m["whole"]):
                    if whole != symbol:
                        yield Fact(symbol, relation, whole), m.span()
            elif "_" in symbol or "^" in symbol:
                yield Fact(symbol, relation, re.sub(r"[_^]\{[^{}]*\}$", "", symbol)), m.span()


def _values(passage: Passage) -> Iterator[Found]:
    for pattern in (_VALUE, _IS_SET, _VALUE_OF):
        for m in pattern.finditer(passage.text):
            if re.search(r"\binitiali[sz]\w*\b", m.group()):
                continue
            value = _value(passage, m["value"])
            if value is None:
                continue
            for symbol in _symbols(passage, m["names"]):
                yield Fact(symbol, "value", value), m.span()


def _value(passage: Passage, text: str) -> str | None:
    formula = passage.formulas.get(text)
    if formula is None:
        found: float | None = float(text)
    elif len(formula.statements) == 1:
        found = number(formula.statements[0])
    else:
        found = None
    return None if found is None else _number(found)


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
