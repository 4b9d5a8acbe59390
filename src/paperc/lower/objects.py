"""Things that are no numbers — graphs, sets, programs, operators — where only a number, a vector or a matrix makes sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..formula import canonical
from ..formula.tree import Node as Tree
from ..ir.node import Access, Arg, Linear, MatMul, Node, Norm, Op, Outer
from ..spec.model import SymbolInfo
from ..spec.ranks import number_word
from .nodes import children
from .refusal import Refusal
from .scope import Entry, Reading
from .types import Term

_ARITHMETIC = frozenset("add sub mul div pow neg exp log sqrt abs sin cos tanh sigmoid relu".split())
_COMPLEMENT = re.compile(
    r"\b(?:of|for|that|which|with|in|at|between|on|onto|from|used|given|whose|where|under|to|as|by|over|after|and|is|are)\b"
)
_OBJECTS = re.compile(
    r"(?:.*\s)?(?P<noun>(?:hyper|sub)?graphs?|automat(?:on|a)|acceptors?|transducers?|trees?|programs?|grammars?|languages?|"
    r"(?:linear |differential |observation |projection )?operators?|functionals?|(?:metric |vector |state |action |sample |hilbert )?spaces?|"
    r"manifolds?|(?:sub|super)?sets?|polic(?:y|ies)|(?:sigma|σ)[- ]algebras?|data ?sets?|environments?|closures?|semirings?)",
    re.I,
)


def object_noun(info: SymbolInfo | None) -> str:
    """What the paper calls a symbol that it gives no shape, if that is no number: "graph", "operator"; else ""."""
    if info is None or info.shape is not None or info.value is not None:
        return ""
    if info.kind in ("scalar", "vector", "matrix", "tensor", "index") or info.domain not in ("", "distribution"):
        return ""
    found = _OBJECTS.fullmatch(_COMPLEMENT.split(info.meaning)[0].strip())
    if found is not None:
        return found["noun"].lower()
    return "set" if info.kind == "set" else ""


def check_objects(r: Reading, entries: Sequence[Entry], bodies: Sequence[Node], at: Tree) -> None:
    """No symbol that the paper calls a graph, a set, an operator … is taken as a number.

    It may be handed to a function, or compared; where the formula shows that it is an array, it is one. Raises Refusal.
    """
    nouns = {
        e.name: (e, noun)
        for e in entries
        if not e.call
        and not e.axes
        and e.known is not None
        and e.number in r.solver.defaulted
        and (noun := object_noun(e.known.info))
    }
    for body in bodies if nouns else ():
        for name in _computed(body):
            if name in nouns:
                entry, noun = nouns[name]
                raise Refusal(
                    "object",
                    f"{entry.symbol} is “{noun}” in the words of the paper, and stands where a number or an array should",
                    f"the shape of {entry.symbol}, if it is an array",
                    at=at,
                )


def _computed(node: object) -> Iterator[str]:
    """Arguments that an operation takes directly."""
    if isinstance(node, (MatMul, Outer, Linear, Norm)) or (isinstance(node, Op) and node.op in _ARITHMETIC):
        for child in children(node):
            inner = child.base if isinstance(child, Access) else child
            if isinstance(inner, Arg):
                yield inner.name
    for child in children(node):
        yield from _computed(child)


def check_number(r: Reading, term: Term, at: Tree, what: str) -> None:
    """What is transposed, or stands before a vector as a matrix does, is no number for want of a declaration.

    Raises Refusal where the term is a symbol of which nothing was found out, and which no words call a number.
    """
    inner = term.node.base if isinstance(term.node, Access) else term.node
    if not isinstance(inner, Arg):
        return
    entry = next((e for e in r.entries.values() if e.name == inner.name), None)
    if entry is None or entry.number not in r.solver.defaulted:
        return
    if entry.known is None or not number_word(entry.known.info.meaning):
        raise Refusal(
            "rank",
            f"{canonical(at)} is {what}, and nothing tells its shape",
            f"a sentence that says what {entry.symbol} is: a number, a vector, a matrix, a set",
            at=at,
        )
