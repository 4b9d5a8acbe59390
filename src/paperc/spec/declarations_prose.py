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
from ..formula.walk import walk
from . import declarations_patterns as g
from .declarations_formulas import Fact, names, number, written
from .declarations_nouns import NounFacts, noun_facts
from .declarations_sets import dims, size
from .declarations_text import CITE, DISPLAY, MARK, Formula, Passage

Found: TypeAlias = tuple[Fact, tuple[int, int]]


def prose_facts(passage: Passage) -> Iterator[Found]:
    """What the words of a passage say of its symbols, each with the stretch of the passage that says it."""
    text = passage.text
    for pattern in (g.COPULA, g.APPOSED, g.WRITTEN, g.WRITTEN_TOO, g.DENOTED, g.DENOTED_BY):
        for m in pattern.finditer(text):
            if pattern is g.COPULA and not _is_subject(passage, m):
                continue
            phrase = _cut(passage, m["phrase"].strip())
            if pattern in (g.WRITTEN, g.WRITTEN_TOO):
                phrase = re.split(rf"\s+and\s+{MARK}", phrase)[0]
            if pattern is g.APPOSED and re.search(
                r"\s(?:is|are|was|were|has|have|can|will|may|does|do)\s", phrase + " "
            ):
                continue
            if pattern is g.COPULA and (g.PARTICIPLE.match(phrase) or g.VERBAL.match(phrase)):
                yield from _predicate(passage, m)
                continue
            marks = m["names"]
            if (
                pattern is g.COPULA
                and _plural_verb(m)
                and (joined := g.JOINED.search(text[: m.start("names")])) is not None
            ):
                marks = joined["first"] + marks
            if pattern is g.COPULA and (listed := _listed(passage, m)) is not None:
                parts, end = listed
                for symbol, part in zip(_symbols(passage, marks), parts):
                    yield from _named(passage, symbol, part, (m.start(), end))
                if re.search(r"\bof (?:dimension(?:ality)?|size|length)$", parts[-1]):
                    yield from _sized_list(passage, marks, m.start(), end)
                continue
            if pattern is g.COPULA and not _plural_verb(m):
                marks = _own_subject(passage, marks)
            yield from _meant(passage, marks, phrase, m.span(), plural=_plural_verb(m))
    for m in _overlapping(g.BEFORE, text):
        yield from _before(passage, m)
    for m in g.COUNT.finditer(text):
        yield from _counted(passage, m)
    yield from _sizes(passage)
    yield from _same_sizes(passage)
    yield from _parts(passage)
    yield from _values(passage)
    for m in g.DRAWN.finditer(text):
        phrase = _written(passage, m["phrase"])
        for symbol in _symbols(passage, m["names"]):
            yield Fact(symbol, "distribution", phrase), m.span()


def _overlapping(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    at = 0
    while (m := pattern.search(text, at)) is not None:
        yield m
        at = m.end("names")


def _is_subject(passage: Passage, m: re.Match[str]) -> bool:
    """The names are what the sentence speaks of, and no case of them (`τ = 0.5 corresponds to …`)."""
    before = passage.text[: m.start()]
    if g.NOT_SUBJECT.search(before) or g.COMPLEMENT.search(before):
        return False
    for formula in passage.marks(m["names"]):
        for tree in formula.statements:
            if isinstance(tree, Relation) and tree.rest[-1][0] in ("=", ">", "<", "≥", "≤", "→"):
                op, right = tree.rest[-1]
                value = number(right)
                if (value is not None and (op == "=" or value != 0)) or op == "→":
                    return isinstance(tree.first, List)
    return True


def _own_subject(passage: Passage, marks: str) -> str:
    """What a singular verb is said of: "$\\mu \\in R^d$ and $\\pi$ is the weight" declares μ by itself and speaks of π."""
    names = [c for c in marks if c in passage.formulas]
    declared = [
        c
        for c in names[:-1]
        for t in passage.formulas[c].statements
        if isinstance(t, Relation) and t.rest[-1][0] == "∈"
    ]
    return names[-1] if declared else marks


def _plural_verb(m: re.Match[str]) -> bool:
    verb = m.groupdict().get("verb")
    return verb in (None, "are", "were", "be", "denote", "represent")


# --- subjects ----------------------------------------------------------------------------------------


def subjects(formula: Formula) -> list[str]:
    """The symbols that a formula in running text is about: `W \\in …` is about W, `f(x)` about f, `\\odot` about ⊙."""
    command = formula.latex.strip().removeprefix("\\")
    if command in ("*", "+", "/"):
        return [command]
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
        case Juxtaposition((Symbol() | Scripted(Symbol()) as function, Group("(" | "[" | "{", _, _))):
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
    return [name for name in dict.fromkeys(found) if not g.ORDINAL.search(name)]


def _written(passage: Passage, text: str) -> str:
    out = "".join(f"${passage.formulas[c].latex}$" if c in passage.formulas else c for c in text if c != CITE)
    return " ".join(out.split())


# --- noun phrases ---------------------------------------------------------------------------------------


def _meant(passage: Passage, marks: str, phrase: str, span: tuple[int, int], *, plural: bool) -> Iterator[Found]:
    symbols = _symbols(passage, marks)
    for symbol, part in zip(symbols, _shared(phrase, len(symbols), plural=plural)):
        yield from _named(passage, symbol, part, span)


def _listed(passage: Passage, m: re.Match[str]) -> tuple[list[str], int] | None:
    """ "$H$, $W$ and $C$ are the height, width and number of channels": a phrase for each of three or more symbols,
    and where the list ends."""
    count = len(_symbols(passage, m["names"]))
    stretch = re.match(rf"[^.;:(){DISPLAY}\ue000-\uf7ff]{{2,200}}", passage.text[m.start("phrase") :])
    if count < 3 or not _plural_verb(m) or stretch is None:
        return None
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", stretch.group().strip())
    if len(parts) < count or len(parts[0].split()) > 6:
        return None
    end = m.start("phrase") + stretch.group().index(parts[count - 1]) + len(parts[count - 1])
    parts = parts[:count]
    head = re.search(r"(\S+s)$", re.split(r"\s+(?:of|for|in|with)\b", parts[-1])[0])
    if head is not None and all(len(p.split()) <= 2 and not p.endswith("s") for p in parts[:-1]):
        parts = [*(f"{p} {head[1]}" for p in parts[:-1]), parts[-1]]  # the query, key and value vectors
    return parts, end


def _sized_list(passage: Passage, marks: str, start: int, end: int) -> Iterator[Found]:
    """ "… are the query, key and value vectors of dimension $d$": the size of each."""
    after = re.match(rf"\s*({MARK})", passage.text[end:])
    shape = _shape(passage.formulas[after[1]]) if after is not None else None
    if after is not None and shape is not None:
        for symbol in _symbols(passage, marks):
            yield Fact(symbol, "shape", ", ".join(shape)), (start, end + after.end())


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
    if named is not None and named["last"] not in g.STOP_WORDS:
        return phrase[: named.start()]
    return phrase


def _shared(phrase: str, count: int, *, plural: bool) -> list[str]:
    """A phrase for each of several symbols: "the mean and standard deviation" splits, "learnable parameters" does not."""
    parts = [p for p in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", phrase) if p]
    if count > 1 and plural and len(parts) == count:
        first_plural = re.search(r"[a-rt-z]s\b", parts[0].split(" of ")[0]) is not None
        last_plural = re.search(r"[a-rt-z]s$", parts[-1].split(" of ")[0].strip()) is not None
        shared = re.match(r"(.*\b(?:of|for)\s+)(?:the\s+)?[a-z -]+$", parts[0])
        if shared is not None and not any(re.match(rf"{g.DETERMINER}\b", p) or " of " in p for p in parts[1:]):
            return [parts[0], *(shared[1] + p for p in parts[1:])]
        if first_plural or not last_plural:
            return parts
    return [phrase] * count


def _is_capital(symbol: str) -> bool:
    letter = re.search(r"[A-Za-z]", re.sub(r"\\math[a-z]+|\\(?:hat|bar|tilde|vec|dot)", "", symbol))
    return letter is not None and letter.group().isupper()


def _named(passage: Passage, symbol: str, phrase: str, span: tuple[int, int]) -> Iterator[Found]:
    facts = noun_facts(phrase)
    if "matri" not in phrase and facts.domain == "spd" and not _is_capital(symbol):
        facts = NounFacts("", facts.role, "")  # the covariance σ_xy of two numbers
    if " or " in phrase and facts.role is not None:
        facts = NounFacts(facts.kind, None, facts.domain)
    meaning = re.sub(r"\s*[,;]?\s*respectively$", "", _written(passage, phrase)).strip(" ,-–—")
    if facts.role is None and phrase.lower() in g.PARAMETERS and re.fullmatch(g.WEIGHTS, symbol):
        facts = NounFacts(facts.kind, "learnable", facts.domain)
    quality = g.QUALITY.fullmatch(phrase) or g.ADJECTIVE.fullmatch(phrase)
    if meaning and len(meaning) > 1 and not quality:
        yield Fact(symbol, "meaning", meaning), span
    if (m := re.search(r"\bset to\s+(-?\d+(?:\.\d+)?(?:e-?\d+)?)$", phrase)) is not None:
        yield Fact(symbol, "value", written(float(m[1]))), span
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
    domain = noun_facts(m["phrase"]).domain
    for symbol in _symbols(passage, m["names"]):
        if domain:
            yield Fact(symbol, "domain", domain), m.span()
        if role:
            yield Fact(symbol, "role", role), m.span()
        if called := re.match(r"(?:called|known as)\s+(.+)", m["phrase"]):
            yield from _named(passage, symbol, called[1], m.span())


def _before(passage: Passage, m: re.Match[str]) -> Iterator[Found]:
    """The words right before a symbol: "the learning rate $\\eta$", "marginals $a$ and $b$"."""
    words = m["phrase"].split()
    if words[-1].lower() in g.STOP_WORDS or re.match(r"-[A-Za-z]", passage.text[m.start("names") + 1 :]):
        return
    if any(isinstance(t, Group) for f in passage.marks(m["names"][:1]) for t in f.statements):
        return
    k = len(words)
    while k > 0 and words[k - 1].lower() not in g.STOP_WORDS:
        k -= 1
    item = words[-1].lower() in g.ITEMS
    measured = item or words[-1].lower() in (
        "dimension",
        "dimensionality",
        "size",
        "length",
        "rank",
        "shape",
        "width",
        "depth",
    )
    several = words[-1].lower().endswith("s") and not words[-1].lower().endswith(("ss", "us", "is"))
    heads = g.OF_HEADS if several else g.MEASURES
    while not measured and k >= 2 and words[k - 1].lower() == "of" and words[k - 2].lower() in heads:
        k -= 1
        while k > 0 and words[k - 1].lower() not in g.STOP_WORDS:
            k -= 1
    phrase = words[k:]
    if g.ADJECTIVE.fullmatch(phrase[-1].lower()) or re.match(r"\s*times\b", passage.text[m.end("names") :]):
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


def _may_count(symbol: Symbol) -> bool:
    """Letters that papers use for numbers of things."""
    return (len(symbol.name) > 1 and symbol.word) or (len(symbol.name) == 1 and symbol.name not in "xyzfguvweij")


def _counted(passage: Passage, m: re.Match[str]) -> Iterator[Found]:
    """`N samples`: a number of things."""
    formula = passage.formulas.get(m["names"])
    words = m["phrase"].split()
    if formula is None or len(formula.statements) != 1 or words[-1] in g.NOT_COUNTED or words[0] in g.NOT_COUNTED:
        return
    if any(w in g.STOP_WORDS for w in words[:-1]) or (words[-1] in g.STOP_WORDS and words[-1] not in g.NOUNS_TOO):
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
    for pattern in (g.SIZED, g.DIMENSIONAL, g.IS_SIZED, g.OF_SIZE, g.LET_SIZE):
        for m in pattern.finditer(passage.text):
            shape = _shape(passage.formulas[m["size"]])
            if shape is None:
                continue
            if pattern is g.DIMENSIONAL and re.search(r"\bspace\b", m["between"]):
                continue
            if any(_states_value(f) for f in passage.marks(m["names"])):
                continue
            measures = {
                canonical(part)
                for tree in passage.formulas[m["size"]].statements
                for part in walk(tree)
                if isinstance(part, (Symbol, Scripted))
            }
            measures |= {n for f in passage.marks(m["names"]) if _compares(f) for n in subjects(f)}
            for symbol in _symbols(passage, m["names"]):
                if "\\mathcal" not in symbol and symbol not in measures:  # the size of a set is no shape
                    yield Fact(symbol, "shape", ", ".join(shape)), m.span()
            if len(shape) == 1:
                for symbol in _symbols(passage, m["size"]):
                    yield Fact(symbol, "domain", "positive integer"), m.span()


def _compares(formula: Formula) -> bool:
    """`d < D`: what is compared with a size is a number."""
    return any(isinstance(t, Relation) and t.rest[-1][0] in ("<", ">", "≤", "≥", "≪", "≫") for t in formula.statements)


def _states_value(formula: Formula) -> bool:
    return any(isinstance(t, Relation) and number(t.rest[-1][1]) is not None for t in formula.statements)


def _same_sizes(passage: Passage) -> Iterator[Found]:
    """ "$g$ and $b$ are parameters of the same dimension as $h$"; a list in two parts counts as well."""
    for m in g.SAME_SIZE.finditer(passage.text):
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
    for m in g.ELEMENTS.finditer(passage.text):
        relation = {"row": "row-of", "column": "column-of"}.get(m["part"], "element-of")
        for symbol in _symbols(passage, m["names"]):
            if m["whole"]:
                for whole in _symbols(passage, m["whole"]):
                    if whole != symbol:
                        yield Fact(symbol, relation, whole), m.span()
            elif m["which"] and ("_" in symbol or "^" in symbol):
                yield Fact(symbol, relation, re.sub(r"[_^]\{[^{}]*\}$", "", symbol)), m.span()


def _values(passage: Passage) -> Iterator[Found]:
    for pattern in (g.VALUE, g.IS_SET, g.VALUE_OF):
        for m in pattern.finditer(passage.text):
            if re.search(r"\binitiali[sz]\w*\b", m.group()):
                continue
            symbols = _symbols(passage, m["names"])
            values = [_value(passage, m["value"])]
            end = m.end()
            for more in g.MORE_VALUES.finditer(passage.text, end):
                if more.start() != end or len(values) == len(symbols):
                    break
                values.append(_value(passage, more["value"]))
                end = more.end()
            if len(values) != len(symbols):  # one value for all of them, or several for one
                values = values[:1] * len(symbols)
                end = m.end()
            for symbol, value in zip(symbols, values):
                if value is not None:
                    yield Fact(symbol, "value", value), (m.start(), end)


def _value(passage: Passage, text: str) -> str | None:
    formula = passage.formulas.get(text)
    if formula is None:
        found: float | None = float(text)
    elif len(formula.statements) == 1:
        found = number(formula.statements[0])
    else:
        found = None
    return None if found is None else written(found)
