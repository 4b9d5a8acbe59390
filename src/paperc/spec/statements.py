"""From the displays and inline formulas of a paper to its statements, each with its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..document import Document, Equation, Inline
from ..formula import parse
from ..formula.names import plain
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Cases,
    Decorated,
    Fraction,
    Group,
    Juxtaposition,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Root,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from ..formula.walk import walk
from ..provenance import Span
from .model import Statement
from .statements_kind import Kind, classify
from .statements_left import left_side
from .statements_words import paper_words

__all__ = ["find_statements", "paper_words"]

_MINIMISES = re.compile(
    r"\b(?:minimi[sz]\w*|maximi[sz]\w*|objective|loss|cost|optimi[sz]\w*|criterion)\b[^.;]{0,60}$", re.I
)
_RESTATES = re.compile(
    r"\b(?P<cue>equivalently|identity|identities|satisf(?:y|ies)|equals|property|holds?|obeys?|consistent with"
    r"|can (?:also )?be (?:re)?written|rewr(?:ite|itten)|is equivalent to|one (?:can )?(?:shows?|verif\w+|checks?)"
    r"|constraint|subject to|such that)\b[^.;]{0,60}$",
    re.I,
)
_GIVES = re.compile(
    r"(?:\b(?:defined as|given by|as follows|approximat\w+ [^.;]{0,30}(?:with|by|as|using)|(?:comput|calculat|evaluat)\w+"
    r"(?: (?:as|by|via|with|from))?)|□[\s,]*or|:)\s*:?\s*$",
    re.I,
)
"""Words before a formula without a relation that make it a value: `we approximate it with …`, `it is defined as follows: …`."""
_DEFINES = re.compile(r"\b(?:defin\w+|denot\w+|let|identity|take|set|us(?:e|ing)|choos\w+)\b[^.;,]*$", re.I)
_CONDITION = re.compile(
    r"(?:\b(?:if|when|whenever|iff|unless|until|case|cases|only|for|at|once|while|provided|suppose|assume|assuming|that|than"
    r"|from|setting|since|because|implies|unless|every|all|each|any|some|where the|equals?|take|taking)|≤|≥)\s*(?:\w+\s+)?$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A formula in the running text: a record of a display or an inline formula, and the words before it."""

    latex: str
    span: Span
    section: str
    before: str
    equation: Equation | None = None


def find_statements(document: Document, words: frozenset[str] = frozenset()) -> tuple[Statement, ...]:
    """All statements of displays, and the definitions that stand in running text, in order of appearance.

    The first statement of the record "eq:4" is "eq:4", the next ones "eq:4.2", "eq:4.3"; an inline definition is
    "inline:1", "inline:2", … A record that does not parse gives no statement (its problems are `formula.parse`'s).
    """
    out: list[Statement] = []
    defined: set[str] = set()
    inline = 0
    display = -1
    chain: Node | None = None
    for place in _places(document):
        parsed = parse(place.latex, words)
        number = 0
        if place.equation is None and (parsed.problems or not _may_define(place, parsed.statements)):
            continue
        if place.equation is None or place.equation.display != display:
            chain = None
        elif out and (joined := _cases_joined(out[-1], parsed.statements)) is not None:
            out[-1] = joined
            continue
        for tree in parsed.statements:
            tree, continued = _continued(tree, chain)
            chain = _chain(tree) or chain
            for kind in _kinds(tree, place, defined, continued):
                if place.equation is None and not _is_inline_definition(kind, tree, place):
                    continue
                if place.equation is not None:
                    number += 1
                    id = place.equation.id if number == 1 else f"{place.equation.id}.{number}"
                else:
                    inline += 1
                    id = f"inline:{inline}"
                out.append(
                    Statement(
                        id,
                        place.equation.id if place.equation else None,
                        kind.kind,
                        kind.tree,
                        place.latex,
                        place.span,
                        place.section,
                        kind.why,
                    )
                )
                if kind.kind in ("definition", "update", "distribution", "objective") and _names(kind):
                    defined.add(kind.defines)
        display = place.equation.display if place.equation else display
    return tuple(out)


def _names(kind: Kind) -> bool:
    """It gives a meaning to a name; what it says of `D[N(a, A) ‖ N(b, B)]` it does not say of D."""
    core = _core(kind.tree)
    left = left_side(core.first) if isinstance(core, Relation) else None
    return bool(kind.defines) and not (left is not None and left.kind == "application" and not left.simple)


def _cases_joined(before: Statement, trees: tuple[Node, ...]) -> Statement | None:
    """A numbered row of a case distinction joins the rows before it: `f(x) = { …` in one row, `{ …` in the next."""
    first, second = before.tree, trees[0] if len(trees) == 1 else None
    if not (isinstance(first, Relation) and isinstance(second, Relation) and first.first == second.first):
        return None
    old, new = first.rest[-1][1], second.rest[-1][1]
    if not (isinstance(old, Cases) and isinstance(new, Cases) and len(new.rows) == 1):
        return None
    tree = replace(first, rest=(*first.rest[:-1], (first.rest[-1][0], replace(old, rows=old.rows + new.rows))))
    return replace(before, tree=tree)


def _chain(tree: Node) -> Node | None:
    """The left side that a next row may go on with (`= …`)."""
    core = _core(tree)
    return core.first if isinstance(core, Relation) and not isinstance(core.first, Placeholder) else None


def _continued(tree: Node, chain: Node | None) -> tuple[Node, bool]:
    """A numbered row that begins with its relation sign has the left side of the row before."""
    if chain is not None and isinstance(tree, Relation) and isinstance(tree.first, Placeholder):
        return replace(tree, first=chain), True
    return tree, False


def _kinds(tree: Node, place: _Place, defined: set[str], continued: bool) -> list[Kind]:
    if isinstance(tree, Relation) and isinstance(tree.first, Placeholder):
        return [Kind("prose", "a relation without its left side", tree)]
    minimised = _MINIMISES.search(place.before) is not None
    kinds = classify(tree, defined, minimised=minimised)
    if kinds[0].kind == "prose" and not continued and _is_computed(tree) and _GIVES.search(place.before) is not None:
        name = Symbol("expression", (), "", True)
        return [Kind("definition", "the sentence says that this is computed", Relation(name, (("=", tree),)))]
    if continued:
        return [
            replace(k, kind="identity", why="the row goes on with the chain of the row before")
            if k.kind == "definition"
            else k
            for k in kinds
        ]
    restates = _RESTATES.search(place.before)
    if restates is None:
        return kinds
    cue = restates["cue"].lower()
    return [
        replace(k, kind="identity", why=f"{k.defines} is already defined, and the text says “{cue}”")
        if k.kind == "definition" and k.defines in defined
        else k
        for k in kinds
    ]


def _is_computed(tree: Node) -> bool:
    """An expression of letters that computes something; words side by side (`Conv - BN - ReLU`) draw a picture."""
    core = _core(tree)
    if not isinstance(core, (Binary, Unary, Apply, BigOp, Fraction, Juxtaposition, Root)):
        return False
    names = [n for n in walk(core) if isinstance(n, Symbol) and n.name not in ("to", "cdot")]
    words = [n for n in walk(core) if isinstance(n, Text) or (isinstance(n, Symbol) and n.word)]
    acts = any(isinstance(n, (Apply, BigOp, Fraction, Root, Group)) for n in walk(core))
    return acts and any(not n.word for n in names) and 2 * len(words) <= len(names) + len(words)


# --- where formulas stand -------------------------------------------------------------------------


def _places(document: Document) -> Iterator[_Place]:
    """Formulas in reading order; records that no paragraph holds come last, in order of their place."""
    by_id = {e.id: e for e in document.equations}
    by_display: dict[int, list[Equation]] = {}
    for equation in document.equations:
        by_display.setdefault(equation.display, []).append(equation)
    seen: set[str] = set()
    for paragraph in document.paragraphs:
        before = ""
        for inline in paragraph.inlines:
            if inline.kind == "display" and inline.text in by_id and inline.text not in seen:
                for equation in by_display[by_id[inline.text].display]:
                    seen.add(equation.id)
                    yield _Place(equation.latex, equation.span, equation.section, before, equation)
            elif inline.kind == "math":
                yield _Place(inline.text, inline.span, paragraph.section, before)
            before = _context(before, inline)
    for equation in document.equations:
        if equation.id not in seen:
            yield _Place(equation.latex, equation.span, equation.section, "", equation)


def _context(before: str, inline: Inline) -> str:
    """The last words before the next formula; a formula is one sign in them."""
    piece = inline.text if inline.kind == "text" else " " if inline.kind in ("cite", "footnote") else "□"
    return (before + piece)[-240:]


# --- definitions in running text --------------------------------------------------------------------


def _says_nothing_new(core: Relation) -> bool:
    """`L = L(\\theta)` says what L depends on, `f(x) = x` of which x it speaks: neither gives a value."""
    right = core.rest[-1][1]
    if len(core.rest) == 1 and isinstance(right, Juxtaposition) and plain(right.items[0]) == plain(core.first):
        return isinstance(right.items[1], Group)
    if not isinstance(core.first, Juxtaposition) or len(core.first.items) != 2:
        return False
    bracket = core.first.items[1]
    return isinstance(bracket, Group) and isinstance(right, (Symbol, Scripted)) and plain(bracket.body) == plain(right)


def _may_define(place: _Place, statements: tuple[Node, ...]) -> bool:
    return any(isinstance(_core(s), Relation) for s in statements)


def _core(node: Node) -> Node:
    while isinstance(node, (Quantified, Decorated)):
        node = node.body
    return node


def _is_inline_definition(kind: Kind, tree: Node, place: _Place) -> bool:
    """`where λ = 0.8 - 0.6 exp(…)`: words that introduce it, a name on the left and more than a name on the right."""
    if kind.kind not in ("definition", "update", "distribution") or not kind.defines:
        return False
    core = _core(kind.tree)
    if not isinstance(core, Relation):
        return False
    before = place.before.rstrip("( ")
    if _CONDITION.search(before) is not None:
        return False
    if kind.kind == "distribution":
        return core.rest[0][0] != "∼"
    if core.rest[0][0] == "=" and _says_nothing_new(core) and _DEFINES.search(before) is None:
        return False
    left = left_side(core.first)
    application = left is not None and left.kind in ("application", "notation", "operator")
    return application or any(not isinstance(item, (Symbol, Scripted, Number)) for _, item in core.rest)
