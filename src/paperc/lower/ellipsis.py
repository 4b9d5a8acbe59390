"""Ellipses: `x_1 + ⋯ + x_n`, `Concat(head_1, …, head_h)`, `[x_1, …, x_n]` as operations over an index.

The terms around an ellipsis show its pattern: what differs between them runs, in steps of one; all else stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from ..formula import canonical
from ..formula.tree import Binary, Ellipsis, List, Number, Scripted, Symbol
from ..formula.tree import Node as Tree
from ..ir.dims import Dim
from ..ir.node import Access, Axis, Build, Call, CallCompiled, ConcatOver, Linear, Node, Over, Reduce
from .index import as_dim, letters, split, walk, word_index
from .keys import plain
from .refusal import Final, Refusal
from .scope import Reading
from .sets import number_range
from .types import Term, Unknown

INDEX_LETTERS = "ijklmnpqrs"


@dataclass(frozen=True, slots=True)
class Pattern:
    """The general term over an index letter, the first and last value of the index, and how many terms show it."""

    term: Tree
    letter: Symbol
    first: Tree
    last: Tree
    shown: int


def in_sum(r: Reading, node: Binary) -> Term | None:
    """A sum with an ellipsis between like terms."""
    from . import elementwise as ew

    terms = _flat(node)
    gaps = [k for k, t in enumerate(terms) if isinstance(t, Ellipsis)]
    if not gaps:
        return None
    if len(gaps) > 1 or gaps[0] in (0, len(terms) - 1):
        raise Refusal("ellipsis", "a sum with an ellipsis whose pattern is not clear", at=node)
    k = gaps[0]
    found = _pattern(r, terms[:k], terms[k + 1], node)
    rest = [*terms[: k - found.shown], *terms[k + 2 :]]
    running = {plain(split(n).base) for n in walk(found.term) if isinstance(n, Scripted)}
    for extra in rest:
        # `c_0 + c_1 x + c_2 x^2 + ⋯`: the first terms are of the pattern, in another spelling.
        if running & {plain(split(n).base) for n in walk(extra) if isinstance(n, Scripted)}:
            raise Refusal("ellipsis", "the terms before and behind the ellipsis are not of one form", at=node)
    total = _over(r, "sum", found, node)
    for extra in rest:
        total = ew.binary(r, "add", total, r.term(extra), node)
    return total


def in_product(r: Reading, items: Sequence[Tree], at: Tree) -> Term | None:
    """`a_1 a_2 ⋯ a_n` of numbers."""
    gaps = [k for k, t in enumerate(items) if isinstance(t, Ellipsis)]
    if not gaps:
        return None
    k = gaps[0]
    if len(gaps) > 1 or k == 0 or k + 2 != len(items):
        raise Refusal("ellipsis", "a product with an ellipsis whose pattern is not clear", at=at)
    found = _pattern(r, list(items[:k]), items[k + 1], at)
    if found.shown != k:
        raise Refusal("ellipsis", "a product with an ellipsis whose pattern is not clear", at=at)
    return _over(r, "prod", found, at)


def _flat(node: Tree) -> list[Tree]:
    if isinstance(node, Binary) and node.op == "+":
        return [*_flat(node.left), *_flat(node.right)]
    return [node]


def over_list(r: Reading, op: str, body: List, at: Tree) -> Term:
    """A list with an ellipsis, concatenated, stacked or reduced."""
    items = list(body.items)
    gaps = [k for k, t in enumerate(items) if isinstance(t, Ellipsis)]
    if len(gaps) != 1 or gaps[0] in (0, len(items) - 1):
        raise Refusal("ellipsis", "a list with an ellipsis whose pattern is not clear", at=at)
    k = gaps[0]
    if k + 2 != len(items):
        raise Refusal("ellipsis", "a list that goes on behind its last element", at=at)
    found = _pattern(r, items[:k], items[k + 1], at)
    if found.shown != k:
        raise Refusal("ellipsis", "a list that begins with something else than its ellipsis goes on with", at=at)
    return _over(r, op, found, at)


# --- the pattern ------------------------------------------------------------------------------------


class _Unlike(Exception):
    """Two terms that differ in more than the value of an index."""


def _pattern(r: Reading, before: list[Tree], last: Tree, at: Tree) -> Pattern:
    """What the terms before an ellipsis and the one behind it have in common.

    Raises Refusal where they differ in several indices, or not in steps of one.
    """
    before, last = [word_index(t) for t in before], word_index(last)
    taken = {*r.bound, *letters(last), *(x for t in before for x in letters(t))}
    free = [x for x in INDEX_LETTERS if x not in taken]
    if not free:
        raise Refusal("ellipsis", "an ellipsis between terms that leave no letter for its index", at=at)
    letter = Symbol(free[0])
    unclear = Refusal("ellipsis", "an ellipsis between terms that differ in more than one index", at=at)
    try:
        form, ends = _compared(before[-1], last, letter)
    except _Unlike:
        raise unclear from None
    starts = [as_dim(a) for a, _ in ends]
    numbers = [int(d.value) for d in starts if d is not None and d.value is not None]
    if not numbers or len(numbers) < len(ends) or len({_length(a, b) for a, b in ends}) > 1:
        raise unclear
    steps = iter([number - numbers[0] for number in numbers])
    general = _together(before[-1], last, lambda a, b: _shifted(letter, next(steps)))
    shown = 1
    for back, term in enumerate(reversed(before[:-1]), 1):
        try:
            like, earlier = _compared(term, before[-1], letter)
        except _Unlike:
            break
        if not earlier or like != form or any(_length(a, b) != Dim.constant(back) for a, b in earlier):
            raise Refusal("ellipsis", "the terms before the ellipsis do not go on in steps of one", at=at)
        shown = back + 1
    first = numbers[0] - (shown - 1)
    return Pattern(general, letter, Number(str(first)), ends[0][1], shown)


def _compared(a: Tree, b: Tree, letter: Symbol) -> tuple[Tree, list[tuple[Tree, Tree]]]:
    """The form that two terms share, with a letter for what differs, and the values that differ.

    Raises _Unlike.
    """
    found: list[tuple[Tree, Tree]] = []

    def note(x: Tree, y: Tree) -> Tree:
        found.append((x, y))
        return letter

    return _together(a, b, note), found


def _length(a: Tree, b: Tree) -> Dim | None:
    low, high = as_dim(a), as_dim(b)
    return high - low if low is not None and high is not None else None


def _shifted(letter: Symbol, step: int) -> Tree:
    if not step:
        return letter
    return Binary("+" if step > 0 else "-", letter, Number(str(abs(step))))


def _together(a: Any, b: Any, differing: Callable[[Tree, Tree], Tree]) -> Any:
    """`a` with what `differing` makes of each number in it that is another one, or a size, in `b`.

    Raises _Unlike where the two differ in anything else.
    """
    if a == b:
        return a
    if isinstance(a, Number) and as_dim(a) is not None and as_dim(b) is not None:
        return differing(a, b)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(_together(x, y, differing) for x, y in zip(a, b))
    if type(a) is type(b) and is_dataclass(a) and not isinstance(a, (Symbol, Number, type)):
        return replace(
            a,
            **{
                f.name: _together(getattr(a, f.name), getattr(b, f.name), differing)
                for f in fields(a)
                if f.name != "at"
            },
        )
    raise _Unlike


# --- the operation ----------------------------------------------------------------------------------


def _over(r: Reading, op: str, found: Pattern, at: Tree) -> Term:
    domain = number_range(r, found.first, found.last)
    with r.binding():
        index = r.bind_index(found.letter, domain)
        body = r.term(found.term)
    shape = r.solver.shape(body.shape)
    size = domain.axis if isinstance(domain, Over) else None
    match op:
        case "sum" | "max" | "min":
            return Term(Reduce(op, index, body.node), body.shape)
        case "prod":
            if isinstance(shape, tuple) and shape:
                raise Final(
                    "matrix-product", f"a product of the arrays {canonical(found.term)} one after another", at=at
                )
            return Term(Reduce(op, index, body.node), body.shape)
    if size is None:
        raise Refusal("ellipsis", "a list whose length depends on an index", at=at)
    if isinstance(shape, Unknown):
        if op in ("concat", "below"):
            r.solver.suggest(shape, (r.stable_axis(f"over {getattr(at, 'at', '')}"),), 3)
        return Term(body.node, r.solver.new_shape())
    if op == "concat" and shape == () and _of_unknown_rank(r, body.node):
        raise Refusal("rank", "nothing tells whether the parts of the concatenation are vectors or matrices", at=at)
    stacked = Term(Build(index, body.node), (Axis(size.dim), *shape))
    if shape == ():
        return stacked
    last = len(shape) - 1
    joined = Term(ConcatOver(index, body.node, last), (*shape[:-1], Axis(size.dim * shape[-1].dim)), "real", body.row)
    if op == "concat" or len(shape) > 1:
        return stacked if op == "list" else joined
    if body.row:
        # `[x_1^T; …; x_n^T]` has the rows below one another, `[x_1^T, …, x_n^T]` side by side.
        return stacked if op == "below" else joined
    if op == "below":
        return joined
    match r.chooser.choose("list", ("rows", "columns", "joined"), rival=True):
        case "rows":
            return stacked
        case "columns":
            return Term(Linear("transpose", (stacked.node,)), (shape[0], Axis(size.dim)))
    return joined


def _of_unknown_rank(r: Reading, node: Node) -> bool:
    """The value of another equation that is nothing but an unknown function of arrays: it is a number for want of a word."""
    from .link import Links

    while isinstance(node, Access):
        node = node.base
    if not isinstance(node, CallCompiled) or not isinstance(r.links, Links):
        return False
    return isinstance(r.links.body_of(node.function), Call)
