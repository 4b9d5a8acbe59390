"""Steps in time: which symbols of an algorithm are one variable carried through a loop, and which are series.

A pass over the statements of a box. `m_t ← β m_{t-1} + …` in a loop over t becomes an assignment to one variable m, if
nothing but the step before is ever read; otherwise m is a series, kept by number. What is read from an array that the
box never assigns (`r_t`, `α_{t-1}`) is an element of an input. Loops whose steps do not depend on each other
(`for n = 1, …, N: z_n ← …`) dissolve: n becomes a free index.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace

from ..formula import ascii_name, canonical, plain
from ..formula.tree import BigOp, Ellipsis, Group, Juxtaposition, List, Node, Number, Scripted, Symbol
from ..ir.dims import Dim
from ..spec.algorithms import Assign, Condition, Declare, Draw, Each, For, Hole, If, Return, Step, While
from ..spec.model import SymbolInfo
from .box_notation import settled_notation
from .index import Parts, as_dim, is_letter, rebuilt, split, unwrapped, walk
from .refusal import Refusal
from .tables import Tables
from .timeline_loops import Picked, Read, Rewritten, counted, dissolve, increments
from .timeline_names import totals
from .timeline_trees import (
    Slot,
    all_trees,
    base_of,
    blocks_of,
    flat,
    has_labels,
    is_step,
    key_of,
    occurrences,
    offset_of,
    replace_sups,
    slots_of,
    targets_of,
    tree_of,
    values_of,
    with_item,
    without_item,
)


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


def rewrite(steps: Sequence[Step], symbols: Mapping[str, SymbolInfo] | None = None) -> Rewritten:
    """Raises Refusal where the steps cannot be followed. `symbols`: what the paper says of shapes."""
    out = Rewritten(())
    steps = increments(settled_notation(tuple(steps)))
    dissolved = tuple(dissolve(s, out, ()) for s in totals(counted(tuple(steps), out)))
    return _Timeline(dissolved, out, Tables(dissolved, symbols or {})).run()


# --- steps ---------------------------------------------------------------------------------------------------


class _Timeline:
    def __init__(self, steps: tuple[Step, ...], out: Rewritten, tables: Tables) -> None:
        self.steps, self.out, self.tables = steps, out, tables
        out.stored = frozenset(tables.stored)
        self.timed: dict[str, Timed] = {}
        self.assigned: set[str] = set()
        self.callables: set[str] = set()
        self.numbers: set[str] = set()
        """Letters that may be the number of a step: counters, ends of loops, variables of the box."""
        self.loops: dict[int, For] = {}
        self.given: set[str] = set()
        """Input arrays that are read by element, by key; `B_{1,j}` outside the loop is an element too."""

    def run(self) -> Rewritten:
        for step in flat(self.steps):
            self.assigned |= {base_of(t) for t in targets_of(step)}
            if isinstance(step, For):
                ends = (step.first, step.last, *((step.variable,) if step.variable is not None else ()))
                self.numbers |= {plain(n) for e in ends for n in walk(e)}
            if isinstance(step, Declare):
                for tree, _ in step.trees:
                    if isinstance(tree, Juxtaposition) and isinstance(tree.items[-1], Group):
                        self.callables.add(base_of(tree.items[0]))
        declared = [t for s in flat(self.steps) if isinstance(s, Declare) for t, _ in s.trees]
        bound = [n for s in flat(self.steps) for t in all_trees(s) for n in walk(t) if isinstance(n, BigOp)]
        self.numbers |= self.assigned | set(self.out.ranges) | {plain(n) for t in declared for n in walk(t) if n is t}
        self.numbers |= {plain(n) for b in bound for n in (*walk(b.sub), *walk(b.sup))}
        self._collect(self.steps, ())
        self._judge()
        self.out.steps = self._block(self.steps, {}, ())
        return self.out

    def _find(self, node: Node) -> tuple[Timed, str, Node, Parts] | None:
        """A symbol that has steps: (what is known, its key, the step, its other scripts). A superscript is a power or
        a transpose unless the box assigns the symbol with one."""
        if base_of(node) in self.tables.of:
            return None
        whole = split(node)
        for parts in (whole, replace(whole, sups=())) if whole.sups else (whole,):
            for slot, item in slots_of(parts):
                timed = self.timed.get(key_of(parts, slot))
                if timed is not None and timed.slot == slot and is_step(item) and not self._label(item):
                    subs = tuple(x for k, x in enumerate(whole.subs) if ("sub", k) != slot)
                    sups = tuple(x for k, x in enumerate(whole.sups) if ("sup", k) != slot)
                    rest = replace(whole, subs=subs, sups=sups)
                    if timed.renamed:
                        rest = replace(rest, base=timed.array, primes=0)
                    return timed, key_of(parts, slot), item, rest
        return None

    def _label(self, item: Node) -> bool:
        """A letter that is no counter, no end of a loop and no variable of the box: the g of `z_g` beside `z_t`."""
        inner = unwrapped(item)
        return isinstance(inner, Symbol) and len(inner.name) == 1 and plain(inner) not in self.numbers

    # --- which symbols have steps

    def _collect(self, steps: Sequence[Step], loops: tuple[For, ...]) -> None:
        for step in steps:
            if isinstance(step, For):
                own = (*loops, step) if step.variable is not None else loops
                self.loops[id(step)] = step
                self._collect(step.body, own)
                continue
            for block in blocks_of(step):
                self._collect(block, loops)
            for target in targets_of(step):
                self._target(target, loops)

    def _target(self, target: Node, loops: tuple[For, ...]) -> None:
        if base_of(target) in self.tables.of:
            return
        parts = split(target)
        for loop in reversed(loops):
            letter = plain(loop.variable)  # type: ignore[arg-type]
            for slot, item in slots_of(parts):
                offset = offset_of(item, letter)
                if offset is None:
                    continue
                array = rebuilt(parts, (), ()) if not has_labels(parts, slot) else without_item(parts, slot)
                if any(k.split(" ")[0] == base_of(target) and t.slot != slot for k, t in self.timed.items()):
                    raise Refusal("steps", f"{canonical(array)} has its step in two places", at=target)
                found = self.timed.setdefault(key_of(parts, slot), Timed(array, slot))
                found.offsets.add(offset)
                found.loops.add(id(loop))
                return

    def _judge(self) -> None:
        """Carried or series."""
        bare = {plain(n) for n in occurrences([all_trees(s) for s in flat(self.steps)]) if self._find(n) is None}
        bare |= {
            plain(replace_sups(n))
            for n in occurrences([all_trees(s) for s in flat(self.steps)])
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
            early = next((r for r in sorted(timed.reads) if (r - offset) * direction > 0), None)
            if early is not None and loop.variable is not None:
                step = tree_of(Dim.of(plain(loop.variable)) + Dim.constant(early))
                shown = canonical(with_item(timed.array, timed.slot, step))
                raise Refusal("steps", f"{shown} is read before it is assigned")
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
                printed = with_item(timed.array, timed.slot, tree_of(version))
                self.out.initial[key] = printed
        for key, timed in self.timed.items():
            if not timed.series:
                self.out.carried[key] = timed.array
            if timed.series:
                self.out.initial.pop(key, None)
                self.out.series[key] = timed.array
                self._given_start(key, timed)

    def _given_start(self, key: str, timed: Timed) -> None:
        """A series whose first version the loop reads, and that no line outside sets, begins with what is given (`w_1`)."""
        if len(timed.offsets) != 1 or len(timed.loops) != 1 or timed.start not in timed.reads:
            return
        loop = self.loops[next(iter(timed.loops))]
        first = as_dim(loop.first)
        if first is None:
            return
        begin = first + Dim.constant(timed.start)
        outside = [s for s in flat(self.steps) if all(s is not inner for inner in flat(loop.body))]
        set_ = (found for s in outside for t in targets_of(s) if (found := self._find(t)) is not None)
        if all(k != key or as_dim(unwrapped(item)) != begin for _, k, item, _ in set_):
            number = tree_of(begin)
            self.out.starts[key] = (number, with_item(timed.array, timed.slot, number))

    def _reads(self, steps: Sequence[Step], loops: tuple[For, ...]) -> None:
        for step in steps:
            if isinstance(step, For):
                self._reads(step.body, (*loops, step) if step.variable is not None else loops)
                continue
            for block in blocks_of(step):
                self._reads(block, loops)
            for tree in values_of(step):
                for node in occurrences(tree):
                    found = self._find(node)
                    if found is None:
                        self._given(node, loops)
                        continue
                    timed, _, item, _ = found
                    for loop in loops:
                        offset = offset_of(item, plain(loop.variable))  # type: ignore[arg-type]
                        if id(loop) in timed.loops and offset is not None:
                            timed.reads.add(offset)
                        elif id(loop) in timed.loops or offset is not None:
                            timed.series = True  # `m_0` or `m_i` in the loop, or steps that another loop reads

    def _given(self, node: Node, loops: tuple[For, ...]) -> None:
        """An input array that a loop reads by its step: `B_{t,j}` in a loop over t."""
        if base_of(node) in self.tables.of:
            return
        parts = replace(split(node), sups=())
        for loop in loops:
            for slot, item in slots_of(parts):
                if offset_of(item, plain(loop.variable)) is not None and base_of(node) not in self.assigned:  # type: ignore[arg-type]
                    self.given.add(key_of(parts, slot))

    def _outside(self, key: str, timed: Timed, loop: For) -> Iterator[tuple[Node, Dim | None, bool, bool]]:
        """Occurrences of a symbol outside its loop: (node, number, behind the loop, in a list with an ellipsis)."""
        behind = False

        def visit(steps: Sequence[Step]) -> Iterator[tuple[Node, Dim | None, bool, bool]]:
            nonlocal behind
            for step in steps:
                if step is loop:
                    behind = True
                    continue
                trees = (
                    [t for t, _ in step.trees] if isinstance(step, Declare) else [*values_of(step), *targets_of(step)]
                )
                for tree in trees:
                    listed = any(isinstance(n, Ellipsis) for n in walk(tree))
                    for node in occurrences(tree):
                        found = self._find(node)
                        if found is not None and found[1] == key:
                            yield node, as_dim(unwrapped(found[2])), behind, listed
                if isinstance(step, For):
                    yield from visit(step.body)
                for block in blocks_of(step):
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
                        replace(
                            step, condition=self._condition(condition, now, loops), body=self._block(body, now, loops)
                        )
                    )
                case If(branches):
                    made, states = [], []
                    for test, body in branches:
                        state = dict(now)
                        test = self._condition(test, now, loops) if test is not None else None
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
                case Hole():
                    out.append(self._hole(step, now, loops, steps[k + 1 :]))
                case Each(targets, items, body, _):
                    if any(self._find(t) is not None for t in targets):
                        raise Refusal("steps", "a loop over elements sets a variable that has steps")
                    items = self._hole(items, now, loops, ())
                    out.append(replace(step, items=items, body=self._block(body, now, loops)))
                case _:
                    out.append(step)
        return tuple(out)

    def _condition(self, condition: Condition, now: dict[str, int], loops: tuple[For, ...]) -> Condition:
        if isinstance(condition, Hole):
            return self._hole(condition, now, loops, ())
        return self._tree(condition, now, loops)

    def _hole(self, hole: Hole, now: dict[str, int], loops: tuple[For, ...], rest: Sequence[Step]) -> Hole:
        """What it mentions is read as it is now; then it sets its targets."""
        symbols = tuple(self._tree(s, now, loops) for s in hole.symbols)
        targets = []
        for target in hole.targets:
            made, carried = self._assigned(target, now, loops)
            targets.append(made)
            if carried is not None and self._read_later(carried, rest, loops):
                if hole.line in self.out.saves:
                    raise Refusal("steps", "a line that sets several variables whose values before are still read")
                self.out.saves[hole.line] = f"{ascii_name(self.timed[carried].array)}_before"
        return replace(hole, symbols=symbols, targets=tuple(targets))

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
        picked = self._picked(target, now, loops)
        if picked is not None:
            return picked, None
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
        for step in flat(rest):
            for tree in values_of(step):
                for node in occurrences(tree):
                    found = self._find(node)
                    if found is not None and found[1] == key and offset_of(found[2], letter) == timed.start:
                        return True
        return False

    def _picked(self, node: Node, now: dict[str, int], loops: tuple[For, ...]) -> Node | None:
        """The symbol that stands for an entry of a table, with the scripts that are indices of the formula."""
        found = self.tables.numbers(node, loops)
        if found is None:
            return None
        table, items = found
        parts = split(node)
        numbers = tuple(self._tree(unwrapped(i), now, loops) if i is not None else None for i in items)
        shown = "_".join(ascii_name(i) if i is not None else "all" for i in numbers)
        symbol = Symbol(f"item_{ascii_name(table.array)}_{shown}", (), "", True)
        picked = Picked(table, numbers)
        if self.out.picked.setdefault(plain(symbol), picked) != picked:
            raise Refusal("steps", f"two things would be called {symbol.name}", at=node)
        return rebuilt(
            replace(parts, base=symbol, primes=0), parts.sups, tuple(s for s, i in zip(parts.subs, items) if i is None)
        )

    def _stand_in(self, array: Node, number: Node, printed: Node, rest: Parts) -> Node:
        """The symbol that stands for an element, with the scripts that are no step."""
        item = with_item(array, ("sub", len(split(array).subs)), number)
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
        if base_of(item) in self.assigned or not isinstance(parts.base, Symbol):
            return None
        known = base_of(item) in self.callables or parts.base.name in ("f", "g", "h", "L", "J", "ell", "l", "F")
        for loop in loops:
            for slot, script in slots_of(parts):
                if slot[0] == "sub" and known and offset_of(script, plain(loop.variable)) is not None:  # type: ignore[arg-type]
                    return without_item(parts, slot)
        return None

    def _symbol(self, node: Scripted, now: dict[str, int], loops: tuple[For, ...], go: object) -> Node:
        picked = self._picked(node, now, loops)
        if picked is not None:
            return picked
        found = self._find(node)
        if found is not None:
            timed, key, item, rest = found
            rest = replace(rest, sups=tuple(go(x) for x in rest.sups), subs=tuple(go(x) for x in rest.subs))  # type: ignore[operator]
            return self._version(node, timed, key, item, rest, now, loops)
        parts = split(node)
        bare = replace(parts, sups=())
        for slot, item in slots_of(bare):
            stepped = any(offset_of(item, plain(x.variable)) is not None for x in loops)  # type: ignore[arg-type]
            number = key_of(bare, slot) in self.given and as_dim(unwrapped(item)) is not None and not is_letter(item)
            if not stepped and not number:
                continue
            if base_of(node) in self.assigned:
                raise Refusal("steps", f"{canonical(node)} is an element of a variable of the box", at=node)
            others = tuple(x for k, x in enumerate(parts.subs) if ("sub", k) != slot)
            labelled = has_labels(bare, slot)
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
            offset = offset_of(item, plain(loop.variable)) if id(loop) in timed.loops else None  # type: ignore[arg-type]
            if offset is None:
                continue
            if offset == now[key]:
                return rebuilt(rest, rest.sups, rest.subs)
            if offset == timed.start:
                before = Symbol(f"{ascii_name(timed.array)}_before", (), "", True)
                return rebuilt(replace(rest, base=before, primes=0), rest.sups, rest.subs)
            raise Refusal("steps", f"{canonical(node)} is read before it is assigned", at=node)
        return rebuilt(rest, rest.sups, rest.subs)
