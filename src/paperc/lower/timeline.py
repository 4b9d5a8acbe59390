"""Steps in time: which symbols of an algorithm are one variable carried through a loop, and which are series.

A pass over the statements of a box. `m_t ← β m_{t-1} + …` in a loop over t becomes an assignment to one variable m, if
nothing but the step before is ever read; otherwise m is a series, kept by number. What is read from an array that the
box never assigns (`r_t`, `α_{t-1}`) is an element of an input. Loops whose steps do not depend on each other
(`for n = 1, …, N: z_n ← …`) dissolve: n becomes a free index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TypeAlias

from ..formula import ascii_name, canonical, plain
from ..formula.tree import Binary, Ellipsis, Group, Juxtaposition, List, Node, Number, Scripted, Symbol
from ..ir.dims import Dim
from ..spec.algorithms import Assign, Declare, Draw, Endless, For, Hole, If, Remark, Return, Step, While
from .index import Parts, as_dim, is_letter, rebuilt, split, unwrapped
from .refusal import Refusal

Slot: TypeAlias = tuple[str, int]
"""Where the step stands: ("sub", 0) is the first subscript."""


@dataclass(frozen=True, slots=True)
class Read:
    """A symbol of a rewritten formula that stands for an element: of a series, or of an input array."""

    array: Node
    number: Node


@dataclass(slots=True)
class Timed:
    """A symbol that is assigned under a step index of one loop."""

    array: Node
    slot: Slot
    offsets: set[int] = field(default_factory=set)
    reads: set[int] = field(default_factory=set)
    loops: set[int] = field(default_factory=set)
    series: bool = False
    renamed: bool = False
    """The symbol without its step is another one in this box."""
    start: int = 0
    """Offset of the version that the variable holds when an iteration begins."""


@dataclass(slots=True)
class Rewritten:
    """The box in terms of variables. Trees hold no steps any more."""

    steps: tuple[Step, ...]
    reads: dict[str, Read] = field(default_factory=dict)
    """Plain name of a stand-in → what it stands for."""
    series: dict[str, Node] = field(default_factory=dict)
    inputs: dict[str, Node] = field(default_factory=dict)
    """Input arrays that are read by element: plain name → symbol."""
    ranges: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    """Free letters of dissolved loops → first and last number."""
    saves: dict[int, str] = field(default_factory=dict)
    """Line of an assignment → name under which the value before is kept."""
    initial: dict[str, Node] = field(default_factory=dict)
    """Carried symbol, by key → its printed first version (`θ_0`), which is an input if nothing assigns it."""
    carried: dict[str, Node] = field(default_factory=dict)
    """Carried symbol, by key → the variable that holds it."""
    steps_argument: str = ""
    """Name of the number of steps that the paper leaves open."""
    collected: dict[str, tuple[str, Node, Node]] = field(default_factory=dict)
    """Plain name of a returned stand-in → (series, first, last)."""
    notes: list[str] = field(default_factory=list)


def rewrite(steps: Sequence[Step]) -> Rewritten:
    """Raises Refusal where the steps cannot be followed."""
    out = Rewritten(())
    steps = _increments(steps)
    counted = _counted(tuple(steps), out)
    dissolved = tuple(_dissolve(s, out, ()) for s in counted)
    return _Timeline(dissolved, out).run()


# --- increments: `Δx ← …` assigns one variable -------------------------------------------------------------------


def _increments(steps: Sequence[Step]) -> Sequence[Step]:
    """Where the box assigns `Δx`, the two symbols are one name everywhere in it."""
    names = {
        plain(split(t.items[1]).base)
        for s in _flat(steps)
        if isinstance(s, Assign)
        for t in s.targets
        if isinstance(t, Juxtaposition) and len(t.items) == 2 and t.items[0] == Symbol("Delta")
    }
    if not names:
        return steps

    def joined(symbol: Node) -> Node:
        parts = split(symbol)
        name = Symbol(f"Delta{ascii_name(parts.base)}", (), "", True)
        return rebuilt(replace(parts, base=name), parts.sups, parts.subs)

    def go(node: object) -> object:
        if isinstance(node, tuple):
            return tuple(go(i) for i in node)
        if isinstance(node, Juxtaposition):
            items: list[Node] = []
            for item in node.items:
                if items and items[-1] == Symbol("Delta") and plain(split(item).base) in names:
                    items[-1] = joined(item)
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


def _counted(steps: tuple[Step, ...], out: Rewritten) -> tuple[Step, ...]:
    result: list[Step] = []
    for step in steps:
        match step:
            case Endless(_, body, line):
                body = _counted(body, out)
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
                result.append(replace(step, body=_counted(step.body, out)))
            case While():
                result.append(replace(step, body=_counted(step.body, out)))
            case If():
                result.append(replace(step, branches=tuple((c, _counted(b, out)) for c, b in step.branches)))
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
    for step in _flat(body):
        for target in step.targets if isinstance(step, Assign) else ():
            for item in (*split(target).subs, *split(target).sups):
                dim = as_dim(unwrapped(item))
                if dim is None or len(dim.names) != 1 or len(dim.names[0]) > 5:
                    continue
                letter = dim.names[0]
                offset = (dim - Dim.of(letter)).value
                if offset is None or not any(
                    (o := _offset(i, letter)) is not None and o == offset - 1
                    for n in _occurrences(body)
                    for i in (*split(n).subs, *split(n).sups)
                ):
                    continue
                first = 1 - int(offset) if offset > 0 else 1
                return Symbol(letter), Number(str(first)), first - 1, body
    return None


def _steps_name(steps: Sequence[Step], out: Rewritten) -> str:
    used = {plain(n) for n in _occurrences(steps)}
    name = next(n for n in ("T", "N", "K", "S", "n_steps", "n_steps_2") if n not in used and n != out.steps_argument)
    out.steps_argument = name
    return name


# --- loops without dependence ------------------------------------------------------------------------------


def _dissolve(step: Step, out: Rewritten, outer: tuple[str, ...]) -> Step:
    match step:
        case For(variable, first, last, down, body, line):
            own = (*outer, plain(variable)) if variable is not None else outer
            step = replace(step, body=tuple(_dissolve(s, out, own) for s in body))
            if variable is not None and not down and _independent(variable, first, last, step.body, outer):
                out.ranges[plain(variable)] = (first, last)
                return For(None, Number("1"), Number("1"), False, step.body, line)  # flattened below
            return step
        case While():
            return replace(step, body=tuple(_dissolve(s, out, outer) for s in step.body))
        case If():
            return replace(
                step, branches=tuple((c, tuple(_dissolve(s, out, outer) for s in b)) for c, b in step.branches)
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
    for step in _flat(body):
        if isinstance(step, Remark):
            continue
        if not isinstance(step, Assign) or len(step.targets) != 1:
            return False
        parts = split(step.targets[0])
        if letter not in {plain(unwrapped(i)) for i in (*parts.subs, *parts.sups)}:
            return False
        assigned.add(plain(parts.base) + "'" * parts.primes)
    for step in _flat(body):
        for value in step.values if isinstance(step, Assign) else ():
            for node in _occurrences(value):
                parts = split(node)
                if any((o := _offset(i, x)) is not None and o != 0 for _, i in _slots(parts) for x in outer):
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


# --- steps ---------------------------------------------------------------------------------------------------


class _Timeline:
    def __init__(self, steps: tuple[Step, ...], out: Rewritten) -> None:
        self.steps, self.out = steps, out
        self.timed: dict[str, Timed] = {}
        self.assigned: set[str] = set()
        self.callables: set[str] = set()
        self.loops: dict[int, For] = {}
        self.given: set[str] = set()
        """Input arrays that are read by element, by key; `B_{1,j}` outside the loop is an element too."""

    def run(self) -> Rewritten:
        for step in _flat(self.steps):
            if isinstance(step, Assign):
                self.assigned |= {_base(t) for t in step.targets}
            if isinstance(step, Draw):
                self.assigned.add(_base(step.target))
            if isinstance(step, Declare):
                for tree, _ in step.trees:
                    if isinstance(tree, Juxtaposition) and isinstance(tree.items[-1], Group):
                        self.callables.add(_base(tree.items[0]))
        self._collect(self.steps, ())
        self._judge()
        self.out.steps = self._block(self.steps, {}, ())
        return self.out

    def _find(self, node: Node) -> tuple[Timed, str, Node, Parts] | None:
        """A symbol that has steps: (what is known, its key, the step, its other scripts). A superscript is a power or
        a transpose unless the box assigns the symbol with one."""
        whole = split(node)
        for parts in (whole, replace(whole, sups=())) if whole.sups else (whole,):
            for slot, item in _slots(parts):
                timed = self.timed.get(_key(parts, slot))
                if timed is not None and timed.slot == slot and _is_step(item):
                    subs = tuple(x for k, x in enumerate(whole.subs) if ("sub", k) != slot)
                    sups = tuple(x for k, x in enumerate(whole.sups) if ("sup", k) != slot)
                    rest = replace(whole, subs=subs, sups=sups)
                    if timed.renamed:
                        rest = replace(rest, base=timed.array, primes=0)
                    return timed, _key(parts, slot), item, rest
        return None

    # --- which symbols have steps

    def _collect(self, steps: Sequence[Step], loops: tuple[For, ...]) -> None:
        for step in steps:
            if isinstance(step, For):
                own = (*loops, step) if step.variable is not None else loops
                self.loops[id(step)] = step
                self._collect(step.body, own)
                continue
            for block in _blocks(step):
                self._collect(block, loops)
            targets = step.targets if isinstance(step, Assign) else (step.target,) if isinstance(step, Draw) else ()
            for target in targets:
                self._target(target, loops)

    def _target(self, target: Node, loops: tuple[For, ...]) -> None:
        parts = split(target)
        for loop in reversed(loops):
            letter = plain(loop.variable)  # type: ignore[arg-type]
            for slot, item in _slots(parts):
                offset = _offset(item, letter)
                if offset is None:
                    continue
                array = rebuilt(parts, (), ()) if not _labels(parts, slot) else _without(parts, slot)
                if any(k.split(" ")[0] == _base(target) and t.slot != slot for k, t in self.timed.items()):
                    raise Refusal("steps", f"{canonical(array)} has its step in two places", at=target)
                found = self.timed.setdefault(_key(parts, slot), Timed(array, slot))
                found.offsets.add(offset)
                found.loops.add(id(loop))
                return

    def _judge(self) -> None:
        """Carried or series."""
        bare = {plain(n) for n in _occurrences([_all_trees(s) for s in _flat(self.steps)]) if self._find(n) is None}
        bare |= {
            plain(replace_sups(n))
            for n in _occurrences([_all_trees(s) for s in _flat(self.steps)])
            if self._find(n) is None
        }
        for timed in self.timed.values():
            if plain(timed.array) in bare:
                # `γ_t ← γ min(1, t)`: the step's value and the constant are two things.
                loop = self.loops[next(iter(sorted(timed.loops)))]
                timed.array = Symbol(f"{ascii_name(timed.array)}_at_{ascii_name(loop.variable)}", (), "", True)  # type: ignore[arg-type]
                timed.renamed = True
        self._reads(self.steps, ())
        for key, timed in self.timed.items():
            if len(timed.offsets) != 1 or len(timed.loops) != 1:
                timed.series = True
                continue
            loop = self.loops[next(iter(timed.loops))]
            (offset,) = timed.offsets
            direction = -1 if loop.down else 1
            timed.start = offset - direction
            if not timed.reads <= {offset, timed.start}:
                timed.series = True
            first, last = as_dim(loop.first), as_dim(loop.last)
            if first is None or last is None:
                timed.series = True
                continue
            begin, end = first + Dim.constant(timed.start), last + Dim.constant(offset)
            letter = Dim.of(plain(loop.variable)) + Dim.constant(offset)  # type: ignore[arg-type]
            for node, number, behind, listed in self._outside(key, timed, loop):
                if listed or (number not in (end, letter) if behind else number != begin):
                    timed.series = True
                elif not behind:
                    self.out.initial[key] = node
            if not timed.series and timed.start in timed.reads and key not in self.out.initial:
                version = begin
                printed = _with(timed.array, timed.slot, _tree_of(version))
                self.out.initial[key] = printed
        for key, timed in self.timed.items():
            if not timed.series:
                self.out.carried[key] = timed.array
            if timed.series:
                self.out.initial.pop(key, None)
                self.out.series[key] = timed.array

    def _reads(self, steps: Sequence[Step], loops: tuple[For, ...]) -> None:
        for step in steps:
            if isinstance(step, For):
                self._reads(step.body, (*loops, step) if step.variable is not None else loops)
                continue
            for block in _blocks(step):
                self._reads(block, loops)
            for tree in _values(step):
                for node in _occurrences(tree):
                    found = self._find(node)
                    if found is None:
                        self._given(node, loops)
                        continue
                    timed, _, item, _ = found
                    for loop in loops:
                        offset = _offset(item, plain(loop.variable))  # type: ignore[arg-type]
                        if id(loop) in timed.loops and offset is not None:
                            timed.reads.add(offset)
                        elif id(loop) in timed.loops or offset is not None:
                            timed.series = True  # `m_0` or `m_i` in the loop, or steps that another loop reads

    def _given(self, node: Node, loops: tuple[For, ...]) -> None:
        """An input array that a loop reads by its step: `B_{t,j}` in a loop over t."""
        parts = replace(split(node), sups=())
        for loop in loops:
            for slot, item in _slots(parts):
                if _offset(item, plain(loop.variable)) is not None and _base(node) not in self.assigned:  # type: ignore[arg-type]
                    self.given.add(_key(parts, slot))

    def _outside(self, key: str, timed: Timed, loop: For) -> Iterator[tuple[Node, Dim | None, bool, bool]]:
        """Occurrences of a symbol outside its loop: (node, number, behind the loop, in a list with an ellipsis)."""
        behind = False

        def visit(steps: Sequence[Step]) -> Iterator[tuple[Node, Dim | None, bool, bool]]:
            nonlocal behind
            for step in steps:
                if step is loop:
                    behind = True
                    continue
                trees = [*_values(step), *(step.targets if isinstance(step, Assign) else ())]
                if isinstance(step, Draw):
                    trees.append(step.target)
                if isinstance(step, Declare):
                    trees = [t for t, _ in step.trees]
                for tree in trees:
                    listed = any(isinstance(n, Ellipsis) for n in _walk(tree))
                    for node in _occurrences(tree):
                        found = self._find(node)
                        if found is not None and found[1] == key:
                            yield node, as_dim(unwrapped(found[2])), behind, listed
                if isinstance(step, For):
                    yield from visit(step.body)
                for block in _blocks(step):
                    yield from visit(block)

        yield from visit(self.steps)

    # --- rewriting

    def _block(self, steps: Sequence[Step], now: dict[str, int], loops: tuple[For, ...]) -> tuple[Step, ...]:
        """`now`: offset of the version that each carried variable holds here, inside its loop."""
        out: list[Step] = []
        for k, step in enumerate(steps):
            match step:
                case For(None, _, _, _, body, _) if step.first == Number("1") == step.last:
                    out += self._block(body, now, loops)
                case For(variable, first, last, _, body, _):
                    first, last = self._tree(first, now, loops), self._tree(last, now, loops)
                    inner = dict(now)
                    for key, timed in self.timed.items():
                        if id(step) in timed.loops and not timed.series:
                            inner[key] = timed.start
                    own = (*loops, step) if variable is not None else loops
                    out.append(replace(step, first=first, last=last, body=self._block(body, inner, own)))
                case While(condition, body):
                    out.append(
                        replace(step, condition=self._tree(condition, now, loops), body=self._block(body, now, loops))
                    )
                case If(branches):
                    made, states = [], []
                    for test, body in branches:
                        state = dict(now)
                        test = self._tree(test, now, loops) if test is not None else None
                        made.append((test, self._block(body, state, loops)))
                        states.append(state)
                    if branches[-1][0] is not None:
                        states.append(dict(now))
                    for state in states:
                        if state != states[0]:
                            # A version that only one branch makes: the variable holds it in either case.
                            for key in state:
                                now[key] = max(state[key], states[0][key], key=lambda o: abs(o - self.timed[key].start))
                        else:
                            now.update(state)
                    out.append(replace(step, branches=tuple(made)))
                case Assign(targets, values, _):
                    new_values = tuple(self._tree(v, now, loops) for v in values)
                    new_targets = []
                    saves = ""
                    for target in targets:
                        made_target, carried = self._assigned(target, now, loops)
                        new_targets.append(made_target)
                        if carried is not None and self._read_later(carried, steps[k + 1 :], loops):
                            saves = f"{ascii_name(self.timed[carried].array)}_before"
                    made_step = Assign(tuple(new_targets), new_values, step.line)
                    if saves:
                        self.out.saves[step.line] = saves
                    out.append(made_step)
                case Draw(target, distribution, _):
                    shown = self._tree(distribution, now, loops)
                    out.append(replace(step, target=self._assigned(target, now, loops)[0], distribution=shown))
                case Return(values, _):
                    made_values = []
                    for value in values:
                        collected = self._collected(value)
                        shown = collected or self._tree(value, now, loops)
                        made_values.append(shown)
                    out.append(replace(step, values=tuple(made_values)))
                case Hole(_, symbols, _):
                    out.append(replace(step, symbols=tuple(self._tree(s, now, loops) for s in symbols)))
                case _:
                    out.append(step)
        return tuple(out)

    def _collected(self, value: Node) -> Node | None:
        """`A_0, …, A_{T-1}` and the bare name of a series."""
        ends: list[Node] = []
        if isinstance(value, List) and any(isinstance(i, Ellipsis) for i in value.items):
            ends = [value.items[0], value.items[-1]]
        keys: dict[str, list[Node]] = {}
        for end in ends:
            found = self._find(end)
            if found is not None and found[0].series:
                keys.setdefault(found[1], []).append(unwrapped(found[2]))
        for key, numbers in keys.items():
            if len(numbers) == 2:
                name = Symbol(f"{ascii_name(self.out.series[key])}_series", (), "", True)
                self.out.collected[plain(name)] = (key, numbers[0], numbers[1])
                return name
        return None

    def _assigned(self, target: Node, now: dict[str, int], loops: tuple[For, ...]) -> tuple[Node, str | None]:
        found = self._find(target)
        if found is None:
            return target, None
        timed, key, item, rest = found
        if timed.series:
            return self._stand_in(timed.array, self._tree(unwrapped(item), now, loops), target, rest), None
        before = now.get(key)
        (offset,) = timed.offsets
        inside = any(id(x) in timed.loops for x in loops)
        if inside:
            now[key] = offset
        return rebuilt(rest, rest.sups, rest.subs), key if inside and before == timed.start else None

    def _read_later(self, key: str, rest: Sequence[Step], loops: tuple[For, ...]) -> bool:
        """The version before is read by a later statement of the iteration."""
        timed = self.timed[key]
        loop = next(x for x in loops if id(x) in timed.loops)
        letter = plain(loop.variable)  # type: ignore[arg-type]
        for step in _flat(rest):
            for tree in _values(step):
                for node in _occurrences(tree):
                    found = self._find(node)
                    if found is not None and found[1] == key and _offset(found[2], letter) == timed.start:
                        return True
        return False

    def _stand_in(self, array: Node, number: Node, printed: Node, rest: Parts) -> Node:
        """The symbol that stands for an element, with the scripts that are no step."""
        item = _with(array, ("sub", len(split(array).subs)), number)
        name = ascii_name(item)
        symbol = Symbol(f"item_{name}", (), "", True)
        known = self.out.reads.get(plain(symbol))
        if known is not None and (known.array, known.number) != (array, number):
            raise Refusal("steps", f"two things would be called {name}", at=printed)
        self.out.reads[plain(symbol)] = Read(array, number)
        return rebuilt(replace(rest, base=symbol, primes=0), rest.sups, rest.subs)

    def _tree(self, tree: Node, now: dict[str, int], loops: tuple[For, ...]) -> Node:
        """A formula with every step index resolved."""

        def go(node: object) -> object:
            if isinstance(node, tuple):
                return tuple(go(i) for i in node)
            if isinstance(node, Juxtaposition):
                items = [
                    self._head(item, node.items[k + 1] if k + 1 < len(node.items) else None, loops) or go(item)
                    for k, item in enumerate(node.items)
                ]
                return replace(node, items=tuple(items))  # type: ignore[arg-type]
            if isinstance(node, Scripted) and isinstance(split(node).base, Symbol):
                return self._symbol(node, now, loops, go)
            if is_dataclass(node) and not isinstance(node, type):
                changed = {
                    f.name: go(getattr(node, f.name))
                    for f in fields(node)
                    if f.name not in ("at",)
                    and (is_dataclass(getattr(node, f.name)) or isinstance(getattr(node, f.name), tuple))
                }
                changed = {k: v for k, v in changed.items() if v != getattr(node, k)}
                return replace(node, **changed) if changed else node
            return node

        return go(tree)  # type: ignore[return-value]

    def _head(self, item: Node, follower: Node | None, loops: tuple[For, ...]) -> Node | None:
        """`f_t(θ)` with a function f that the box takes: the function at this step."""
        if not isinstance(item, Scripted) or not isinstance(follower, Group) or follower.open not in "([":
            return None
        parts = split(item)
        if _base(item) in self.assigned or not isinstance(parts.base, Symbol):
            return None
        known = _base(item) in self.callables or parts.base.name in ("f", "g", "h", "L", "J", "ell", "l", "F")
        for loop in loops:
            for slot, script in _slots(parts):
                if slot[0] == "sub" and known and _offset(script, plain(loop.variable)) is not None:  # type: ignore[arg-type]
                    return _without(parts, slot)
        return None

    def _symbol(self, node: Scripted, now: dict[str, int], loops: tuple[For, ...], go: object) -> Node:
        found = self._find(node)
        if found is not None:
            timed, key, item, rest = found
            rest = replace(rest, sups=tuple(go(x) for x in rest.sups), subs=tuple(go(x) for x in rest.subs))  # type: ignore[operator]
            return self._version(node, timed, key, item, rest, now, loops)
        parts = split(node)
        bare = replace(parts, sups=())
        for slot, item in _slots(bare):
            stepped = any(_offset(item, plain(x.variable)) is not None for x in loops)  # type: ignore[arg-type]
            number = _key(bare, slot) in self.given and as_dim(unwrapped(item)) is not None and not is_letter(item)
            if not stepped and not number:
                continue
            if _base(node) in self.assigned:
                raise Refusal("steps", f"{canonical(node)} is an element of a variable of the box", at=node)
            others = tuple(x for k, x in enumerate(parts.subs) if ("sub", k) != slot)
            labelled = _labels(bare, slot)
            array = rebuilt(parts, (), others if labelled else ())
            self.out.inputs[plain(array)] = array
            keep = replace(parts, subs=() if labelled else others)
            return self._stand_in(array, self._tree(unwrapped(item), now, loops), node, keep)
        sups = tuple(go(s) for s in parts.sups)  # type: ignore[operator]
        subs = tuple(go(s) for s in parts.subs)  # type: ignore[operator]
        return rebuilt(parts, sups, subs) if (sups, subs) != (parts.sups, parts.subs) else node

    def _version(
        self,
        node: Node,
        timed: Timed,
        key: str,
        item: Node,
        rest: Parts,
        now: dict[str, int],
        loops: tuple[For, ...],
    ) -> Node:
        if timed.series:
            return self._stand_in(timed.array, self._tree(unwrapped(item), now, loops), node, rest)
        for loop in loops:
            offset = _offset(item, plain(loop.variable)) if id(loop) in timed.loops else None  # type: ignore[arg-type]
            if offset is None:
                continue
            if offset == now[key]:
                return rebuilt(rest, rest.sups, rest.subs)
            if offset == timed.start:
                before = Symbol(f"{ascii_name(timed.array)}_before", (), "", True)
                return rebuilt(replace(rest, base=before, primes=0), rest.sups, rest.subs)
            raise Refusal("steps", f"{canonical(node)} is read before it is assigned", at=node)
        return rebuilt(rest, rest.sups, rest.subs)


# --- trees -----------------------------------------------------------------------------------------------------


def _blocks(step: Step) -> tuple[tuple[Step, ...], ...]:
    match step:
        case While():
            return (step.body,)
        case Endless():
            return (step.body,)
        case If():
            return tuple(b for _, b in step.branches)
    return ()


def _flat(steps: Sequence[Step]) -> Iterator[Step]:
    """All statements, blocks included, in order."""
    for step in steps:
        yield step
        if isinstance(step, For):
            yield from _flat(step.body)
        for block in _blocks(step):
            yield from _flat(block)


def _values(step: Step) -> tuple[Node, ...]:
    """The formulas that a statement reads (not those of its blocks)."""
    match step:
        case Assign():
            return step.values
        case Draw():
            return (step.distribution,)
        case While():
            return (step.condition,)
        case If():
            return tuple(c for c, _ in step.branches if c is not None)
        case Return():
            return step.values
        case For():
            return (step.first, step.last)
        case Hole():
            return step.symbols
    return ()


def _all_trees(step: Step) -> tuple[Node, ...]:
    """The formulas of a statement, targets included."""
    match step:
        case Assign():
            return (*step.targets, *step.values)
        case Draw():
            return (step.target, step.distribution)
    return _values(step)


def replace_sups(node: Node) -> Node:
    """The symbol without superscripts (powers, transposes)."""
    return rebuilt(split(node), (), split(node).subs)


def _occurrences(tree: object) -> Iterator[Node]:
    """Symbols with their scripts, outermost first; also those inside scripts."""
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from _occurrences(item)
        return
    if isinstance(tree, Scripted) and isinstance(split(tree).base, Symbol):
        yield tree
        parts = split(tree)
        if parts.base != Symbol("nabla"):  # `∇_θ` only says by what is differentiated
            yield from _occurrences((*parts.sups, *parts.subs))
        return
    if isinstance(tree, Symbol):
        yield tree
        return
    if is_dataclass(tree) and not isinstance(tree, type):
        for f in fields(tree):
            if f.name != "at":
                yield from _occurrences(getattr(tree, f.name))


def _walk(tree: object) -> Iterator[object]:
    yield tree
    if isinstance(tree, tuple):
        for item in tree:
            yield from _walk(item)
    elif is_dataclass(tree) and not isinstance(tree, type):
        for f in fields(tree):
            if f.name != "at":
                yield from _walk(getattr(tree, f.name))


def _slots(parts: Parts) -> Iterator[tuple[Slot, Node]]:
    for k, item in enumerate(parts.subs):
        yield ("sub", k), item
    for k, item in enumerate(parts.sups):
        yield ("sup", k), item


def _offset(item: Node, letter: str) -> int | None:
    """c of `letter + c`; None for anything else."""
    dim = as_dim(unwrapped(item))
    if dim is None or letter not in dim.names:
        return None
    rest = (dim - Dim.of(letter)).value
    return int(rest) if rest is not None and rest.denominator == 1 else None


def _is_step(item: Node) -> bool:
    """It may be the number of a step: a number, a letter, a sum of them; no word and no infinity."""
    inner = unwrapped(item)
    if isinstance(inner, Symbol):
        return not inner.word and inner.name not in ("infty", "star", "*", "top", "perp")
    return as_dim(inner) is not None or isinstance(inner, Scripted)


def _labels(parts: Parts, slot: Slot) -> bool:
    """It has scripts beside its step that are no free indices."""
    return any(place != slot and not is_letter(item) for place, item in _slots(parts))


def _key(parts: Parts, slot: Slot) -> str:
    """What makes symbols one variable: base, labels and the number of free indices; the step is left out."""
    words = []
    for place, item in _slots(parts):
        if place == slot:
            continue
        letter = is_letter(item) and len(plain(unwrapped(item)).lstrip("\\")) >= 1 and plain(unwrapped(item)).islower()
        words.append("#" if letter or not isinstance(unwrapped(item), (Symbol, Number)) else plain(item))
    return f"{plain(parts.base)}{chr(39) * parts.primes} {slot[0]}{slot[1]} {','.join(words)}"


def _without(parts: Parts, slot: Slot) -> Node:
    kind, place = slot
    subs = tuple(i for k, i in enumerate(parts.subs) if (kind, k) != ("sub", k) or k != place)
    sups = tuple(i for k, i in enumerate(parts.sups) if (kind, k) != ("sup", k) or k != place)
    return rebuilt(parts, sups, subs)


def _with(array: Node, slot: Slot, item: Node) -> Node:
    parts = split(array)
    subs, sups = list(parts.subs), list(parts.sups)
    (subs if slot[0] == "sub" else sups).insert(slot[1], item)
    return rebuilt(parts, tuple(sups), tuple(subs))


def _tree_of(dim: Dim) -> Node:
    """A number as a surface tree: `0`, `T`, `T + 1`."""
    total: Node | None = None
    for monomial, coefficient in dim.terms:
        factor: Node = Symbol(monomial[0][0]) if monomial else Number(str(abs(int(coefficient))))
        if total is None:
            total = factor
        else:
            total = Binary("-" if coefficient < 0 else "+", total, factor)
    return total or Number("0")


def _base(tree: Node) -> str:
    parts = split(tree)
    return plain(parts.base) + "'" * parts.primes
