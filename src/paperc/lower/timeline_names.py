"""What a box writes with several symbols and means as one variable, and sums over all steps so far.

`θ_{t=0}` is `θ_0`; a gradient that the box assigns (`∇f_t(θ_{t-1}) ← Batch(θ_{t-1})`) and an average with a name of its own
(`E[g^2]_t ← …`) are variables; `\\sum_{i=1}^t γ_i` inside of the loop over t is a total that grows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ..formula import ascii_name, plain
from ..formula.tree import BigOp, Binary, Group, Juxtaposition, Node, Number, Relation, Scripted, Symbol
from ..spec.algorithms import Assign, Each, For, If, Step, While
from .index import as_dim, split, unwrapped
from .timeline_trees import flat, occurrences

GRADIENT = "gradient_of_"
"""How the variable of a gradient that the box assigns is called."""


def named(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps with one symbol for each of these."""
    steps = _changed(steps, _numbered)
    assigned = [t for s in flat(steps) if isinstance(s, Assign) for t in s.targets]
    gradients = {plain(t): _gradient_name(t) for t in assigned if _is_gradient(t)}
    averages = {key for t in assigned if (found := _average(t)) is not None and (key := found[0])}
    if gradients:
        steps = _changed(
            steps,
            lambda n: Symbol(gradients[plain(n)], (), "", True) if _is_gradient(n) and plain(n) in gradients else None,
        )
    if averages:
        steps = _changed(steps, lambda n: _averaged(n, averages))
    return steps


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A tree or statements in which a part becomes what `change` says of it (None: look inside)."""
    if isinstance(value, tuple):
        return tuple(_changed(item, change) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    made = change(value)
    if made is not None:
        return made
    parts = {f.name: _changed(getattr(value, f.name), change) for f in fields(value) if f.name not in ("at", "line")}
    parts = {k: v for k, v in parts.items() if v != getattr(value, k)}
    return replace(value, **parts) if parts else value


def _numbered(node: object) -> Node | None:
    """`θ_{t=0}`: the version of step 0."""
    match node:
        case Scripted(sub=Relation(Symbol(), (("=", Number() as number),))):
            return replace(node, sub=number)
    return None


# --- gradients and averages with a name ----------------------------------------------------------------------------


def _is_gradient(node: object) -> bool:
    match node:
        case Juxtaposition((Symbol("nabla") | Scripted(Symbol("nabla")), Symbol() | Scripted(Symbol()), Group("("))):
            return True
    return False


def _gradient_name(node: Node) -> str:
    assert isinstance(node, Juxtaposition)
    return f"{GRADIENT}{ascii_name(split(node.items[1]).base)}"


def _average(node: object) -> tuple[str, Node | None] | None:
    """(plain key, step) of `E[g^2]_t`."""
    match node:
        case Juxtaposition((Symbol("E"), Scripted(Group("[", "]", inside), step, None))):
            return plain(inside), step
        case Scripted(BigOp("E", None, None, Group("[", "]", inside)), step, None):
            return plain(inside), step
    return None


def _averaged(node: object, keys: set[str]) -> Node | None:
    if isinstance(node, Juxtaposition):
        # A longer product holds the two items of an average.
        items: list[Node] = []
        for item in node.items:
            pair = Juxtaposition((items[-1], item)) if items else None
            found = _average(pair) if pair is not None else None
            if found is not None and found[0] in keys:
                items[-1] = _average_symbol(found)
            else:
                items.append(_changed(item, lambda n: _averaged(n, keys)))
        if items != list(node.items):
            return items[0] if len(items) == 1 else replace(node, items=tuple(items))
        return None
    found = _average(node)
    return _average_symbol(found) if found is not None and found[0] in keys else None


def _average_symbol(found: tuple[str, Node | None]) -> Node:
    name = "".join(c for c in found[0].replace("Delta", "Delta_") if c.isalnum() or c == "_")
    symbol = Symbol(f"E_{name}", (), "", True)
    return Scripted(symbol, found[1], None) if found[1] is not None else symbol


# --- sums over the steps so far ----------------------------------------------------------------------------------------


def totals(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """`\\sum_{i=a}^{t} f(γ_i)` in the loop over t = a, …: a variable that grows by f(γ_t) at each step."""
    out: list[Step] = []
    taken = {plain(n) for n in occurrences(tuple(s for s in flat(steps)))}
    for step in steps:
        match step:
            case For() if step.variable is not None and not step.down:
                start: list[Step] = []
                body = _grown(step, totals(step.body), start, taken)
                out += [*start, replace(step, body=body)]
            case For() | While() | Each():
                out.append(replace(step, body=totals(step.body)))
            case If():
                out.append(replace(step, branches=tuple((c, totals(b)) for c, b in step.branches)))
            case _:
                out.append(step)
    return tuple(out)


def _grown(loop: For, body: tuple[Step, ...], start: list[Step], taken: set[str]) -> tuple[Step, ...]:
    out: list[Step] = []
    made: set[str] = set()
    """Symbols with the loop's letter that this iteration has set."""
    for step in body:
        if not isinstance(step, Assign):
            out.append(step)
            continue
        grown: list[tuple[Node, Node]] = []

        def change(node: object, grown: list[tuple[Node, Node]] = grown, set_: set[str] = made) -> Node | None:
            found = _total(node, loop, set_) if isinstance(node, BigOp) else None
            if found is None:
                return None
            name, count = f"sum_{found[0]}", 1
            while name in taken:
                count += 1
                name = f"sum_{found[0]}_{count}"
            taken.add(name)
            grown.append((Symbol(name, (), "", True), found[1]))
            return grown[-1][0]

        values = _changed(step.values, change)
        for total, added in grown:
            start.append(Assign((total,), (Number("0"),), step.line))
            out.append(Assign((total,), (Binary("+", total, added),), step.line))
        out.append(replace(step, values=values))
        made |= {plain(t) for t in step.targets}
    return tuple(out)


def _total(node: BigOp, loop: For, made: set[str]) -> tuple[str, Node] | None:
    """(name, what the step adds) of a sum over all steps so far."""
    match node:
        case BigOp("sum", Relation(Symbol() as index, (("=", first),)), last, body) if last is not None:
            pass
        case _:
            return None
    letter = loop.variable
    assert letter is not None
    if as_dim(first) is None or as_dim(first) != as_dim(loop.first) or plain(unwrapped(last)) != plain(letter):
        return None
    now = _changed(body, lambda n: letter if isinstance(n, Symbol) and plain(n) == plain(index) else None)
    read = list(_stepped(body, index))
    here = [_changed(n, lambda m: letter if isinstance(m, Symbol) and plain(m) == plain(index) else None) for n in read]
    if not read or any(plain(_bare(n)) not in made for n in here):
        return None
    return ascii_name(split(read[0]).base), now


def _stepped(body: Node, index: Symbol) -> Iterator[Node]:
    for node in occurrences(body):
        if isinstance(node, Scripted) and any(plain(unwrapped(i)) == plain(index) for i in split(node).subs):
            yield node


def _bare(node: Node) -> Node:
    """Without a power."""
    return replace(node, sup=None) if isinstance(node, Scripted) else node
