"""Runs of letters that a paper uses as one name: `lrate`, `step\\_num`, `PE`, `FiLM`, declared operators."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ..document import Document
from ..formula import notation as n
from ..formula.tokens import Token, tokenize

_PROSE_WORD = re.compile(r"[A-Za-z]{2,}")
_BEFORE_NAME = ("=", "(", "[", ":", "_", "^", "|", "∝")


def paper_words(document: Document) -> frozenset[str]:
    """The names of several letters that the formulas of the paper type as plain letters.

    A run is a name if the paper declares it as an operator, joins it by an underscore, sets it upright elsewhere,
    writes it alone between dollars, uses it in prose as an abbreviation, or applies a word of its prose (`input(i, j)`).
    A letter with a digit (`x1`) is a name if it stands alone between dollars; a run of two letters also needs that
    neither of them occurs alone, and that it begins a statement or is an abbreviation — or that it begins two.
    """
    plain, upright, alone, leading = Counter[str](), set[str](), set[str](), Counter[str]()
    single, applied, numbered = set[str](), set[str](), set[str]()
    for latex in _formulas(document):
        tokens = [t for t in tokenize(latex) if t.kind != "space"]
        upright |= {t.text for t in tokens if t.kind == "word"}
        runs = list(_runs(tokens))
        for k, run, after in runs:
            if len(run) == 1:
                single.add(run)
                continue
            plain.update([run])
            if k == 0 and after in _BEFORE_NAME:
                leading.update([run])
            if after in ("(", "["):
                applied.add(run)
        if [t.kind for t in tokens] == ["letter", "number"] and tokens[1].text.isdigit() and not tokens[1].spaced:
            numbered.add(tokens[0].text + tokens[1].text)
        if len(runs) == 1 and len(tokens) == 1 + len(runs[0][1]) - 1:
            alone.add(runs[0][1])
    prose = Counter(word for text in _prose(document) for word in _PROSE_WORD.findall(text))
    words = numbered | {w for w in document.operators if re.fullmatch(r"\w\w+", w)}
    for run in plain:
        function = run in n.WORD_FUNCTIONS and run not in ("det", "dim", "tr", "deg")
        if "_" in run or run in upright or function:
            words.add(run)
        elif len(run) >= 3:
            told = prose[run] > 0 and (not run.islower() or run in leading or (len(run) > 3 and run in applied))
            named = run in alone or told
            if named or (leading[run] and not set(run) <= single) or _spelled(run, plain[run]):
                words.add(run)
        elif not set(run) & single and (leading[run] or (run.isupper() and prose[run])):
            words.add(run)
        elif run.isupper() and leading[run] >= 2:
            words.add(run)  # what the paper defines twice by the same two letters is no product
    return frozenset(words)


def _spelled(run: str, count: int) -> bool:
    """`threshold`: nobody writes a product of so many letters, one of them twice, or several times the same one."""
    return len(run) >= 6 and bool(re.search("[aeiou]", run)) and (len(set(run)) < len(run) or count >= 2)


def _formulas(document: Document) -> Iterator[str]:
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "math":
                yield inline.text
    for equation in document.equations:
        yield equation.latex
    for algorithm in document.algorithms:
        for line in algorithm.lines:
            yield from line.text.split("$")[1::2]


def _prose(document: Document) -> Iterator[str]:
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "text":
                yield inline.text


def _runs(tokens: list[Token]) -> Iterator[tuple[int, str, str]]:
    """Runs of neighbouring letters with the index of their first token and what follows them."""
    k = 0
    while k < len(tokens):
        first = k
        while k < len(tokens) and tokens[k].kind == "letter" and (k == first or not tokens[k].spaced):
            k += 1
        if k == first:
            k += 1
            continue
        after = tokens[k] if k < len(tokens) else None
        sign = "" if after is None else {"sub": "_", "sup": "^", "left": after.text}.get(after.kind, after.text)
        yield first, "".join(t.text for t in tokens[first:k]), sign
