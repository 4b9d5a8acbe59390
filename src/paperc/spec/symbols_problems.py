"""The paper's own slips that show without types: brackets that do not pair, symbols that nothing explains, wrong references."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set

from ..document import Document, Equation
from ..errors import Diagnostic, Severity
from ..formula import parse
from ..formula.names import plain
from ..formula.tree import BigOp, Group, Juxtaposition, Node, Number, Relation, Scripted, Symbol
from ..formula.walk import children, walk
from .model import Statement, SymbolFact, SymbolInfo
from .statements_left import left_side
from .symbols_noise import scaled_by_variance

_STANDARD = frozenset(
    "e pi i d partial nabla infty top T dagger Delta delta emptyset prime star perp ell R N Z C E P I O".split()
)
"""Letters that papers use without a word about them."""


def paper_problems(
    document: Document, statements: Sequence[Statement], table: Mapping[str, SymbolInfo], words: frozenset[str]
) -> tuple[Diagnostic, ...]:
    """Diagnostics about the paper itself, each with its place, in the order of the kinds above and then of the paper."""
    return (
        *_unpaired_brackets(document, words),
        *conflicts(table),
        *_unexplained(document, statements, words),
        *_wrong_references(document),
        *scaled_by_variance(statements, table, words),
    )


# --- shapes ------------------------------------------------------------------------------------------


def conflicts(table: Mapping[str, SymbolInfo]) -> tuple[Diagnostic, ...]:
    """Shapes of one symbol that disagree within one section: a diagnostic with both places."""
    found: list[Diagnostic] = []
    for info in table.values():
        seen: dict[str, SymbolFact] = {}
        for fact in info.facts:
            if fact.what != "shape" or re.search(r"\b\d", fact.value):
                continue  # `x ∈ R^8` is an example
            first = seen.setdefault(fact.section, fact)
            if first.value != fact.value:
                found.append(
                    Diagnostic(
                        "shape-conflict",
                        f"{info.symbol} is declared with the shape ({first.value}) and with the shape ({fact.value})",
                        fact.quote.span,
                        f"the first declaration stands at {first.quote.span}; one of them has to change",
                    )
                )
                break
    return tuple(found)


# --- brackets -----------------------------------------------------------------------------------------


def _unpaired_brackets(document: Document, words: frozenset[str]) -> Iterator[Diagnostic]:
    for equation in document.equations:
        problems = parse(equation.latex, words).problems
        if any(p.code == "unbalanced-bracket" for p in problems) and not _pairs(equation.latex):
            first = next(p for p in problems if p.code == "unbalanced-bracket")
            yield Diagnostic(
                "unbalanced-bracket",
                f"{_name(equation)}: {first.message}",
                equation.span,
                "the formula is not compiled; a bracket is missing or one too many in the paper",
            )


def _pairs(latex: str) -> bool:
    """As many brackets open as close, unlike ones counted together (`[0, 1)`); sized and invisible ones as they print."""
    text = re.sub(r"\\\\(?:\[[^\]]*\])?|\\(?:left|right)\s*\.|\\(?:sqrt|xrightarrow)\s*\[[^\]]*\]", " ", latex)
    text = re.sub(r"\\[{}]", lambda m: {"{": "(", "}": ")"}[m[0][1]], re.sub(r"(?<!\\)[{}]", " ", text))
    return len(re.findall(r"[(\[]", text)) == len(re.findall(r"[)\]]", text))


def _name(equation: Equation) -> str:
    return f"Eq. ({equation.number})" if equation.number else "the display"


# --- symbols that nothing explains -----------------------------------------------------------------------


def _unexplained(document: Document, statements: Sequence[Statement], words: frozenset[str]) -> Iterator[Diagnostic]:
    """Symbols on right sides of definitions that stand in no sentence, on no left side and below no sum of the paper."""
    known = set(_mentioned(document, words))
    uses: dict[str, Statement] = {}
    for statement in statements:
        core = next((n for n in walk(statement.tree) if isinstance(n, Relation)), None)
        if core is None:
            continue
        known |= set(_names(core.first))
        if statement.kind == "declaration":
            known |= {name for _, item in core.rest for name in _names(item)}
    for statement in statements:
        if statement.equation is None or statement.kind not in ("definition", "update", "objective"):
            continue
        bound = set(_bound(statement.tree))
        for name in _names(statement.tree):
            if name not in known and name not in bound and name.lstrip("\\") not in _STANDARD:
                uses.setdefault(name, statement)
    for name, statement in uses.items():
        yield Diagnostic(
            "undefined-symbol",
            f"{name} stands in a formula and is nowhere introduced: no sentence names it and no display defines it",
            statement.span,
            f"declare it in paper.toml, or read it from the context of {statement.id}",
            Severity.NOTE,
        )


def _mentioned(document: Document, words: frozenset[str]) -> Iterator[str]:
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "math":
                for tree in parse(inline.text, words).statements:
                    yield from _names(tree)
    for algorithm in document.algorithms:
        for line in algorithm.lines:
            for latex in line.text.split("$")[1::2]:
                for tree in parse(latex, words).statements:
                    yield from _names(tree)


def _names(node: Node) -> Iterator[str]:
    """Letters and words that stand as values, without scripts: labels in scripts are no symbols of their own."""
    if isinstance(node, Symbol):
        if node.name and not node.name.isdigit() and (not node.word or len(node.name) == 1):
            yield plain(node)
        return
    if isinstance(node, Scripted):
        yield from _names(node.base)
        return
    for child in children(node):
        yield from _names(child)


def _bound(tree: Node) -> Iterator[str]:
    """Names that a sum, an extremum or an expectation of the formula binds, and letters of its scripts."""
    for node in walk(tree):
        if isinstance(node, BigOp):
            for part in (node.sub, node.sup):
                if part is not None:
                    yield from _names(part)
        elif isinstance(node, Scripted):
            for part in (node.sub, node.sup):
                if part is not None and not isinstance(part, Number):
                    yield from _names(part)
        elif isinstance(node, Relation):
            left = left_side(node.first)
            for argument in left.arguments if left is not None else ():
                yield from _names(argument)
        elif isinstance(node, Juxtaposition) and len(node.items) > 1:
            first, second = node.items[-2], node.items[-1]
            if isinstance(first, Symbol) and first.name == "d" and not isinstance(second, Group):
                yield from _names(second)


# --- references ----------------------------------------------------------------------------------------------

_KINDS = {
    "equation": r"(?:[Ee]q(?:uation)?s?\.?|[Ee]qns?\.?)",
    "table": r"(?:[Tt]ab(?:le)?s?\.?)",
    "figure": r"(?:[Ff]ig(?:ure)?s?\.?)",
    "algorithm": r"(?:[Aa]lg(?:orithm)?s?\.?)",
}
_TYPED = {kind: re.compile(rf"\b{word}\s*\(?(?P<number>\d+(?:\.\d+)*)\)?(?![\w.]*\d)") for kind, word in _KINDS.items()}
_BEFORE = {kind: re.compile(rf"\b{word}\s*\(?$") for kind, word in _KINDS.items()}


def _wrong_references(document: Document) -> Iterator[Diagnostic]:
    """Numbers typed by hand that nothing carries, and a word for one kind beside the label of another."""
    numbers = {
        "equation": {e.number for e in document.equations},
        "table": {t.number for t in document.tables},
        "figure": {f.number for f in document.figures},
        "algorithm": {a.number for a in document.algorithms},
    }
    owners = _owners(document)
    for paragraph in document.paragraphs:
        for k, inline in enumerate(paragraph.inlines):
            around = paragraph.inlines[max(0, k - 1) : k + 2]
            if inline.kind == "text" and not any(i.kind == "cite" for i in around):
                yield from _typed_numbers(inline.text, inline, numbers)
            elif inline.kind == "ref" and k and paragraph.inlines[k - 1].kind == "text":
                yield from _other_kind(document, paragraph.inlines[k - 1].text, inline, owners)


def _typed_numbers(text: str, inline: object, numbers: Mapping[str, Set[str | None]]) -> Iterator[Diagnostic]:
    for kind, pattern in _TYPED.items():
        known = numbers[kind]
        for m in pattern.finditer(text):
            elsewhere = re.search(
                r"\b(?:of|in|from)\s+(?:the\s+)?(?:appendix|supplement|their|original|paper by)",
                text[m.end() : m.end() + 40],
                re.I,
            )
            if m["number"] not in known and known and not elsewhere:
                yield Diagnostic(
                    "wrong-cross-reference",
                    f"the text refers to {kind} {m['number']}, and no {kind} of the paper carries this number",
                    getattr(inline, "span", None),
                    "the number is typed by hand; a label would have kept it right",
                )


def _owners(document: Document) -> dict[str, str]:
    """Label → kind of thing, for the kinds that a word can be checked against."""
    found: dict[str, str] = {}
    for kind, things in (
        ("equation", document.equations),
        ("table", document.tables),
        ("figure", document.figures),
        ("algorithm", document.algorithms),
    ):
        for thing in things:
            if thing.label is not None:
                found[thing.label] = kind
    return found


def _other_kind(document: Document, before: str, inline: object, owners: Mapping[str, str]) -> Iterator[Diagnostic]:
    span = getattr(inline, "span", None)
    file = document.file(span.file) if span is not None else None
    if span is None or file is None:
        return
    label = re.search(r"\{([^{}]*)\}", file.text[span.start : span.end])
    said = next((kind for kind, pattern in _BEFORE.items() if pattern.search(before)), None)
    owner = owners.get(label[1].strip()) if label is not None else None
    if said is not None and owner is not None and said != owner and {said, owner} != {"table", "figure"}:
        yield Diagnostic(
            "wrong-cross-reference",
            f"the text says “{said}”, and the label “{label[1].strip() if label else ''}” stands at {_article(owner)} {owner}",
            span,
            f"it should refer to a {said}, or the word should be “{owner}”",
        )


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"
