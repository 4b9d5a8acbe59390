"""Loops of a box in plain form: counters, increments, loops without an end, and loops that are no loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace

from ..formula import ascii_name, plain
from ..formula.tree import Binary, Juxtaposition, Node, Number, Symbol
from ..ir.dims import Dim
from ..spec.algorithms import Assign, Each, Endless, For, If, Remark, Step, While
from .index import as_dim, rebuilt, split, unwrapped
from .tables import Table
from .timeline_trees import (
    flat,
    occurrences,
    offset_of,
    slots_of,
    targets_of,
)


@dataclass(frozen=True, slots=True)
class Read:
    """A symbol of a rewritten formula that stands for an element: of a series, or of an input array."""

    array: Node
    number: Node


@dataclass(frozen=True, slots=True)
class Picked:
    """A symbol of a rewritten formula that stands for an entry, or a slice, of a table."""

    table: Table
    numbers: tuple[Node | None, ...]
    """Along each axis what picks; None: a script of the symbol is the index."""


@dataclass(slots=True)
class Rewritten:
    """The box in terms of variables. Trees hold no steps any more."""

    steps: tuple[Step, ...]
    reads: dict[str, Read] = field(default_factory=dict)
    """Plain name of a stand-in → what it stands for."""
    picked: dict[str, Picked] = field(default_factory=dict)
    """Plain name of a stand-in → the entry of a table that it stands for."""
    stored: frozenset[str] = frozenset()
    """Given symbols whose values are places in tables, from zero."""
    series: dict[str, Node] = field(default_factory=dict)
    inputs: dict[str, Node] = field(default_factory=dict)
    """Input arrays that are read by element: plain name → symbol."""
    ranges: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    """Free letters of dissolved loops → first and last number."""
    saves: dict[int, str] = field(default_factory=dict)
    """Line of an assignment → name under which the value before is kept."""
    initial: dict[str, Node] = field(default_factory=dict)
    """Carried symbol, by key → its printed first version (`θ_0`), which is an input if nothing assigns it."""
    starts: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    """Series, by key → (number, printed symbol) of a first version that the loop reads and nothing sets: it is given."""
    carried: dict[str, Node] = field(default_factory=dict)
    """Carried symbol, by key → the variable that holds it."""
    steps_arguments: list[str] = field(default_factory=list)
    """Names of the numbers of steps that the paper leaves open."""
    collected: dict[str, tuple[str, Node, Node]] = field(default_factory=dict)
    """Plain name of a returned stand-in → (series, first, last)."""
    notes: list[str] = field(default_factory=list)


# --- increments: `Δx ← …` and `dx ← …` assign one variable -------------------------------------------------------------------


_SIGNS = (Symbol("Delta"), Symbol("d"))


def increments(steps: Sequence[Step]) -> Sequence[Step]:
    """Where the box assigns `Δx` or `dx`, the two symbols are one name everywhere in it."""
    names = {
        (t.items[0].name, plain(split(t.items[1]).base))
        for s in flat(steps)
        if isinstance(s, Assign)
        for t in s.targets
        if isinstance(t, Juxtaposition)
        and len(t.items) == 2
        and isinstance(t.items[0], Symbol)
        and t.items[0] in _SIGNS
    }
    if not names:
        return steps

    def joined(sign: str, symbol: Node) -> Node:
        parts = split(symbol)
        name = Symbol(f"{sign}{ascii_name(parts.base)}", (), "", True)
        return rebuilt(replace(parts, base=name), parts.sups, parts.subs)

    def go(node: object) -> object:
        if isinstance(node, tuple):
            return tuple(go(i) for i in node)
        if isinstance(node, Juxtaposition):
            items: list[Node] = []
            for item in node.items:
                sign = items[-1].name if items and items[-1] in _SIGNS and isinstance(items[-1], Symbol) else ""
                if (sign, plain(split(item).base)) in names:
                    items[-1] = joined(sign, item)
                else:
                    items.append(go(item))  # type: ignore[arg-type]
            return items[0] if len(items) == 1 else replace(node, items=tuple(items))
        if is_dataclass(node) and not isinstance(node, type):
            changed = {f.name: go(getattr(node, f.name)) for f in fields(node) if f.name not in ("at", "line")}
            changed = {k: v for k, v in changed.items() if v != getattr(node, k)}
            return replace(node, **changed) if changed else node
        return node

    return go(tuple(steps))  # type: ignore[return-value]


# --- counters: `t ← 0; while …: t ← t + 1; …` is a loop over t -------------------------------------------------


def counted(steps: tuple[Step, ...], out: Rewritten) -> tuple[Step, ...]:
    result: list[Step] = []
    for step in steps:
        match step:
            case Endless(_, body, line):
                body = counted(body, out)
                found = _counter(body, result) or _implicit(body, result)
                if found is None:
                    count = Symbol("k_step", (), "", True)
                    found = count, Number("1"), 0, body
                letter, first, shift, body = found
                total = _steps_name(steps, out)
                last: Node = Symbol(total) if shift == 0 else Binary("+", Symbol(total), Number(str(shift)))
                if shift < 0:
                    last = Binary("-", Symbol(total), Number(str(-shift)))
                out.notes.append(f"the paper leaves open when the loop ends: {total} is the number of its steps")
                result.append(For(letter, first, last, False, body, line))
            case For():
                result.append(replace(step, body=counted(step.body, out)))
            case While() | Each():
                result.append(replace(step, body=counted(step.body, out)))
            case If():
                result.append(replace(step, branches=tuple((c, counted(b, out)) for c, b in step.branches)))
            case _:
                result.append(step)
    return tuple(result)


def _counter(body: tuple[Step, ...], before: list[Step]) -> tuple[Node, Node, int, tuple[Step, ...]] | None:
    """A step `t ← t + 1` at the beginning or the end of the body, with `t ← number` before the loop."""
    for place in (0, len(body) - 1):
        step = body[place] if body else None
        if not (isinstance(step, Assign) and len(step.targets) == 1 and isinstance(step.targets[0], Symbol)):
            continue
        letter = step.targets[0]
        if as_dim(step.values[0]) != Dim.of(plain(letter)) + Dim.constant(1):
            continue
        for k, earlier in enumerate(before):
            if isinstance(earlier, Assign) and plain(letter) in [plain(t) for t in earlier.targets]:
                start = as_dim(earlier.values[0])
                if start is None or start.value is None or len(earlier.targets) != 1:
                    return None
                del before[k]
                first = int(start.value) + (1 if place == 0 else 0)
                rest = body[1:] if place == 0 else body[:-1]
                return letter, Number(str(first)), first - 1, rest
    return None


def _implicit(body: tuple[Step, ...], before: list[Step]) -> tuple[Node, Node, int, tuple[Step, ...]] | None:
    """No counter, but `m_t` and `m_{t-1}`: the letter of the step counts from the first version that is given."""
    for step in flat(body):
        for target in targets_of(step):
            for item in (*split(target).subs, *split(target).sups):
                dim = as_dim(unwrapped(item))
                if dim is None or len(dim.names) != 1 or len(dim.names[0]) > 5:
                    continue
                letter = dim.names[0]
                offset = (dim - Dim.of(letter)).value
                if offset is None or not any(
                    (o := offset_of(i, letter)) is not None and o == offset - 1
                    for n in occurrences(body)
                    for i in (*split(n).subs, *split(n).sups)
                ):
                    continue
                first = 1 - int(offset) if offset > 0 else 1
                return Symbol(letter), Number(str(first)), first - 1, body
    return None


def _steps_name(steps: Sequence[Step], out: Rewritten) -> str:
    used = {plain(n) for n in occurrences(steps)}
    name = next(
        n
        for n in ("T", "N", "K", "S", *(f"n_steps_{k}" for k in range(1, 99)))
        if n not in used and n not in out.steps_arguments
    )
    out.steps_arguments.append(name)
    return name


# --- loops without dependence ------------------------------------------------------------------------------


def dissolve(step: Step, out: Rewritten, outer: tuple[str, ...]) -> Step:
    match step:
        case For(variable, first, last, down, body, line):
            own = (*outer, plain(variable)) if variable is not None else outer
            step = replace(step, body=tuple(dissolve(s, out, own) for s in body))
            if variable is not None and not down and _independent(variable, first, last, step.body, outer):
                out.ranges[plain(variable)] = (first, last)
                return For(None, Number("1"), Number("1"), False, step.body, line)  # flattened below
            return step
        case While() | Each():
            return replace(step, body=tuple(dissolve(s, out, outer) for s in step.body))
        case If():
            return replace(
                step, branches=tuple((c, tuple(dissolve(s, out, outer) for s in b)) for c, b in step.branches)
            )
    return step


def _independent(variable: Node, first: Node, last: Node, body: tuple[Step, ...], outer: tuple[str, ...]) -> bool:
    start, end = as_dim(first), as_dim(last)
    if start is None or start.value not in (0, 1) or end is None or end.value is not None:
        return False
    if (
        not end.names
        or (start.value == 0 and (end + Dim.constant(1)).name is None)
        or (start.value == 1 and end.name is None)
    ):
        return False
    letter = plain(variable)
    assigned: set[str] = set()
    for step in flat(body):
        if isinstance(step, Remark):
            continue
        if not isinstance(step, Assign) or len(step.targets) != 1:
            return False
        parts = split(step.targets[0])
        if letter not in {plain(unwrapped(i)) for i in (*parts.subs, *parts.sups)}:
            return False
        assigned.add(plain(parts.base) + "'" * parts.primes)
    for step in flat(body):
        for value in step.values if isinstance(step, Assign) else ():
            for node in occurrences(value):
                parts = split(node)
                if any((o := offset_of(i, x)) is not None and o != 0 for _, i in slots_of(parts) for x in outer):
                    continue  # another step of an enclosing loop
                if plain(parts.base) + "'" * parts.primes in assigned and letter not in {
                    plain(unwrapped(i)) for i in (*parts.subs, *parts.sups)
                }:
                    return False
                if any(
                    letter in (d.names if (d := as_dim(unwrapped(i))) is not None else ())
                    and plain(unwrapped(i)) != letter
                    for i in (*parts.subs, *parts.sups)
                ):
                    return False
    return bool(assigned)
