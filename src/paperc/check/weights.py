"""Arguments of an equation into the parameters of a module: by names, by shapes, and by a search among those of one shape.

A library stores what a paper writes in several ways: a linear layer transposed, the gates of a cell or the projections of an
attention stacked, one matrix of a concatenation as two, the heads side by side.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..ir.node import Argument, ArrayType
from .model import Feed
from .names import fit

MOST = 200
_MOST_CHOICES = 2000


@dataclass(frozen=True, slots=True)
class Stored:
    """One way to fill a module's parameters."""

    weights: tuple[tuple[str, Feed], ...]
    zeroed: tuple[str, ...]


def stored(
    arguments: Sequence[Argument],
    shapes: Mapping[str, tuple[int, ...]],
    said: Mapping[str, str],
    sizes: Mapping[str, int],
) -> list[Stored]:
    """The ways, the fullest and best named first; at most `MOST`. `said`: argument → parameter, in the user's words."""
    forms = [f for a in arguments for f in _forms(a, sizes)]
    options: list[list[tuple[Feed, int] | None]] = []
    for name, shape in shapes.items():
        told = [a for a, p in said.items() if p == name]
        single = [(f, _named(arguments, f, name, bool(told))) for f, s in forms if s == shape]
        if told:
            single = [(f, n) for f, n in single if f.name in told]
        # A linear layer stores (out, in): where both ways fit a square weight, the transposed one comes first.
        single.sort(key=lambda x: (-x[1], not (x[0].transposed and name.endswith("weight"))))
        options.append([*single, *((f, 0) for f in _packs(forms, shape)), None])
    optional = {n for n in shapes if n.endswith("bias")}
    found: list[tuple[int, Stored]] = []
    for chosen in itertools.islice(_disjoint(options), _MOST_CHOICES):
        filled = [(n, c) for n, c in zip(shapes, chosen) if c is not None]
        weights = tuple((n, f) for n, (f, _) in filled)
        left = tuple(n for n, c in zip(shapes, chosen) if c is None)
        held = len({a for _, f in weights for a in f.arguments})
        whole = all(_whole(a, [f for _, f in weights]) for a in arguments)
        if whole:
            rank = 100 * held + sum(n for _, (_, n) in filled)
            found.append((-rank, Stored(weights, tuple(n for n in left if n in optional))))
    found.sort(key=lambda x: x[0])
    return [s for _, s in found[:MOST]]


def _disjoint(options: Sequence[Sequence[tuple[Feed, int] | None]]) -> Iterator[tuple[tuple[Feed, int] | None, ...]]:
    """One option for each parameter, no part of an argument in two of them, all gates in one order."""

    def go(k: int, chosen: tuple[tuple[Feed, int] | None, ...]) -> Iterator[tuple[tuple[Feed, int] | None, ...]]:
        if k == len(options):
            yield chosen
            return
        before = [c[0] for c in chosen if c is not None]
        used = {x for f in before for x in _pieces(f)}
        for option in options[k]:
            if option is None or (
                not used & set(_pieces(option[0])) and _one_order([*before, option[0]]) and _alike([*before, option[0]])
            ):
                yield from go(k + 1, (*chosen, option))

    return go(0, ())


def _alike(feeds: Sequence[Feed]) -> bool:
    """Whether the pieces of one matrix are all stored as they are, or all transposed."""
    ways: dict[str, bool] = {}
    return all(
        ways.setdefault(p.name, p.transposed) == p.transposed
        for f in feeds
        for p in (f.parts if f.kind == "packed" else (f,))
        if p.columns
    )


def _pieces(feed: Feed) -> list[tuple[str, tuple[str, ...]]]:
    if feed.kind == "packed":
        return [x for p in feed.parts for x in _pieces(p)]
    return [(feed.name, feed.columns)]


def _whole(argument: Argument, feeds: Sequence[Feed]) -> bool:
    """Whether a matrix that is stored in pieces is stored in all of its pieces, and never both whole and in pieces."""
    own = {columns for f in feeds for name, columns in _pieces(f) if name == argument.name}
    if not own or own == {()}:
        return True
    return () not in own and len(own) == 2 and {c.index("|") == 0 for c in own} == {True, False}


# --- how one argument may be stored --------------------------------------------------------------------------


def _forms(argument: Argument, sizes: Mapping[str, int]) -> list[tuple[Feed, tuple[int, ...]]]:
    """Layouts of an argument, each with its shape."""
    assert isinstance(argument.type, ArrayType)
    dims = argument.type.dims
    if any(n not in sizes for d in dims for n in d.names):
        return []
    shape = tuple(d(sizes) for d in dims)
    plain = Feed("argument", argument.name)
    if not shape:
        return [(plain, ()), (replace(plain, form="one"), (1,))]
    out = [(plain, shape)]
    if len(shape) == 3:
        joined = (shape[1], shape[0] * shape[2])
        out.append((replace(plain, heads=True), joined))
    if len(shape) == 2:
        terms = [m[0][0] for m, c in dims[1].terms if c == 1 and len(m) == 1 and m[0][1] == 1]
        if len(terms) == 2 == len(dims[1].terms):
            for first, second in (terms, terms[::-1]):
                out.append((replace(plain, columns=("|", first)), (shape[0], sizes[first])))
                out.append((replace(plain, columns=(first, "|", second)), (shape[0], sizes[second])))
    turned = [(replace(f, transposed=True), s[::-1]) for f, s in out if len(s) == 2]
    return out + turned


def _named(arguments: Sequence[Argument], feed: Feed, parameter: str, told: bool) -> int:
    if told:
        return 5
    argument = next(a for a in arguments if a.name == feed.name)
    return max(fit(feed.name, argument.symbol, part) for part in (parameter, *parameter.split(".")))


# --- several arguments stacked -----------------------------------------------------------------------------------


def _packs(forms: Sequence[tuple[Feed, tuple[int, ...]]], shape: tuple[int, ...]) -> Iterator[Feed]:
    """Arguments of one family (`W_f, W_i, …`), stored alike, that fill a parameter when stacked: in the equation's order first."""
    if not shape:
        return
    for count in (2, 3, 4):
        if shape[0] % count:
            continue
        part = (shape[0] // count, *shape[1:])
        families: dict[tuple[str, bool, bool, tuple[str, ...]], list[Feed]] = {}
        for f, s in forms:
            if s == part and not f.form:
                key = (_family(f.name), f.transposed, f.heads, f.columns)
                families.setdefault(key, []).append(f)
        for members in families.values():
            if count <= len(members) <= count + 1 and math.perm(len(members), count) <= 24:
                for chosen in itertools.permutations(members, count):
                    yield Feed("packed", parts=chosen)


def _family(name: str) -> str:
    return name.rpartition("_")[0]


def _one_order(feeds: Sequence[Feed]) -> bool:
    """Whether all stacks have their gates in one order: W_r, W_z, W_n and then b_r, b_z, b_n."""
    orders = [tuple(p.name.rpartition("_")[2] for p in f.parts) for f in feeds if f.kind == "packed"]
    return all(a == b or set(a) != set(b) for a, b in itertools.combinations(orders, 2))
