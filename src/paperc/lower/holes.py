"""Which lines of a box become holes: words that no rule reads, and formulas that no type fits though what they read is certain.

A hole never swallows a formula that is wrong: where shapes disagree, names clash or steps cannot be followed, the box is
refused. A box that is words for the most part is no function.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..formula import ascii_name, canonical, plain
from ..formula.tree import Given, Group, Juxtaposition, List, Node, Placeholder, Scripted, Symbol
from ..spec.algorithms import (
    Assign,
    Box,
    Declare,
    Draw,
    Each,
    Endless,
    Ensure,
    For,
    Hole,
    If,
    Remark,
    Return,
    Step,
    While,
)
from ..spec.algorithms_holes import TAKES_OUT, call_of, hole_name
from .index import is_letter, rebuilt, split, unwrapped
from .refusal import Mismatch, Refusal
from .timeline_trees import all_trees, base_of, blocks_of, flat, occurrences, targets_of

NEVER = frozenset(
    "names simultaneous steps form internal unsolved no-result unknown-size first-element target empty blocks unused-index"
    " unbound-index bound-index shape-mismatch element elements loop hole quantifier function-series too-deep".split()
)
"""Refusals after which a line may be wrong, or does more than it shows: no hole for it."""


def settled(box: Box) -> tuple[Box, list[tuple[int, Refusal]]]:
    """The box with every hole sure of what it sets, and the lines where that cannot be known."""
    problems: list[tuple[int, Refusal]] = []
    problems += [
        (line, Refusal("unreachable", "the line stands behind a return", "one procedure a box"))
        for line in _behind_return(box.steps)
    ]
    order = list(flat(box.steps))
    changed: dict[int, Hole] = {}
    for k, step in enumerate(order):
        for hole in holes_in(step):
            if hole.unread:
                problems.append(
                    (hole.line, Refusal("hole", f"words that no rule reads: {hole.unread}", "a formula for this line"))
                )
                continue
            if not hole.doubtful:
                continue
            before = {plain(n) for s in order[:k] for n in _named(s)}
            after = {plain(n) for s in order[k + 1 :] for n in _named(s)}
            new = [d for d in hole.doubtful if plain(d) not in before and plain(d) in after]
            if new and hole.name.split("_")[0] not in TAKES_OUT:
                shown = ", ".join(canonical(d) for d in new)
                why = f"words that no rule reads: whether the line sets {shown} is not said"
                problems.append((hole.line, Refusal("hole", why, "a formula for this line")))
                continue
            reads = tuple(s for s in hole.symbols if not any(_mentions(s, d) for d in new))
            changed[id(hole)] = replace(hole, targets=(*hole.targets, *new), symbols=reads, doubtful=())
    return replace(box, steps=_replaced(box.steps, changed)) if changed else box, problems


def _behind_return(steps: Sequence[Step]) -> Iterator[int]:
    """The first line of each block that is never reached: another procedure, or words that close one."""
    done = False
    for step in steps:
        if done and not isinstance(step, Declare | Remark | Ensure):
            yield step.line
            return
        done = done or isinstance(step, Return)
        if isinstance(step, For):
            yield from _behind_return(step.body)
        for block in blocks_of(step):
            yield from _behind_return(block)


def _mentions(tree: Node, symbol: Node) -> bool:
    return any(plain(n) == plain(symbol) for n in occurrences(tree))


def _named(step: Step) -> Iterator[Node]:
    trees: tuple[Node, ...] = all_trees(step)
    if isinstance(step, Declare):
        trees = tuple(t for t, _ in step.trees)
    elif isinstance(step, Ensure):
        trees = step.values
    yield from occurrences(trees)


def holes_in(step: Step) -> Iterator[Hole]:
    """The holes of a statement itself."""
    match step:
        case Hole():
            yield step
        case Each():
            if step.items.name or step.items.unread:
                yield step.items
        case While(condition=Hole() as hole):
            yield hole
        case If():
            yield from (c for c, _ in step.branches if isinstance(c, Hole))


def _replaced(steps: Sequence[Step], changed: dict[int, Hole]) -> tuple[Step, ...]:
    def one(hole: object) -> object:
        return changed.get(id(hole), hole)

    out: list[Step] = []
    for step in steps:
        match step:
            case Hole():
                out.append(one(step))  # type: ignore[arg-type]
            case Each():
                out.append(replace(step, items=one(step.items), body=_replaced(step.body, changed)))  # type: ignore[arg-type]
            case While():
                out.append(replace(step, condition=one(step.condition), body=_replaced(step.body, changed)))  # type: ignore[arg-type]
            case For() | Endless():
                out.append(replace(step, body=_replaced(step.body, changed)))
            case If():
                made = tuple((one(c), _replaced(b, changed)) for c, b in step.branches)
                out.append(replace(step, branches=made))  # type: ignore[arg-type]
            case _:
                out.append(step)
    return tuple(out)


# --- formulas that no type fits -------------------------------------------------------------------------------------


def opened(box: Box, line: int, refusal: Refusal) -> Box | None:
    """The box with a hole for the statement of a line that could not be compiled; None where that would be a guess."""
    if isinstance(refusal, Mismatch) or refusal.code in NEVER or line < 0:
        return None
    text = box.algorithm.lines[line].text
    known = frozenset(plain(n) for s in flat(box.steps) if s.line != line for n in _named(s))
    done = False

    def go(steps: Sequence[Step]) -> tuple[Step, ...]:
        nonlocal done
        out: list[Step] = []
        for step in steps:
            match step:
                case Assign() | Draw() if step.line == line:
                    made = _hole_of(step, text, known, refusal.why)
                    if made is None:
                        out.append(step)
                        continue
                    done = True
                    out.append(made)
                case Return() if step.line == line and step.values:
                    result = Symbol("result", (), "", True)
                    done = True
                    out += [
                        Hole(text, step.values, line, hole_name(text) or "result", (result,), why=refusal.why),
                        Return((result,), line),
                    ]
                case While() if step.line == line and not isinstance(step.condition, Hole):
                    done = True
                    out.append(replace(step, condition=_question(step.condition, text, line, refusal.why)))
                case If() if step.line == line:
                    asked = []
                    for test, body in step.branches:
                        if test is not None and not isinstance(test, Hole):
                            test, done = _question(test, text, line, refusal.why), True
                        asked.append((test, go(body)))
                    out.append(replace(step, branches=tuple(asked)))
                case For() | Endless() | While() | Each():
                    out.append(replace(step, body=go(step.body)))
                case If():
                    out.append(replace(step, branches=tuple((c, go(b)) for c, b in step.branches)))
                case _:
                    out.append(step)
        return tuple(out)

    steps = go(box.steps)
    return replace(box, steps=steps) if done else None


def _question(test: Node, text: str, line: int, why: str) -> Hole:
    return Hole(text, (test,), line, f"condition_{line + 1}", why=why)


def _hole_of(step: Assign | Draw, text: str, known: frozenset[str], why: str) -> Hole | None:
    if isinstance(step, Draw):
        return _drawing(step, text, known)
    targets = tuple(dict.fromkeys(step.targets))
    if not all(map(_settable, targets)):
        return None
    values = tuple(dict.fromkeys(step.values))
    called = call_of(values[0]) if len(values) == 1 else None
    if called is not None and all(isinstance(a, Symbol | Scripted) for a in called[1]):
        # `A, b ← Fit(x)`: the paper names the function.
        return Hole(text, called[1], step.line, ascii_name(called[0]), targets, told=True)
    names = "_".join(ascii_name(t) for t in targets)
    return Hole(text, values, step.line, f"compute_{names}", targets, why=why)


def _settable(target: Node) -> bool:
    return isinstance(target, Symbol) or (isinstance(target, Scripted) and isinstance(split(target).base, Symbol))


FAMILIES = frozenset(
    "N U normal uniform bernoulli categorical multinomial gaussian beta gamma dirichlet gumbel poisson laplace exponential".split()
)
"""Distributions that have a density of their own: a draw from one is a formula, not a function that the reader supplies."""


def _drawing(step: Draw, text: str, known: frozenset[str]) -> Hole | None:
    r"""`s ∼ p(\cdot|a)`, `x ∼ p_0`, `(s, a) ∼ \mathcal{R}`: sampling what the paper only names is a function of what it depends on."""
    match step.distribution:
        case Symbol() | Scripted() as head:
            reads: tuple[Node, ...] = (head,) if plain(head) in known else ()
        case Juxtaposition((Symbol() | Scripted() as head, Group("(", ")", body))):
            given = body.right if isinstance(body, Given) else body
            reads = given.items if isinstance(given, List) else (given,)
            own = plain(split(step.target).base) if not isinstance(body, Given) else ""
            # `x_0 ∼ p(x)` names the variable of the density; `a ∼ π(s)` what the draw depends on
            reads = tuple(r for r in reads if not isinstance(r, Placeholder) and plain(split(r).base) != own)
        case _:
            return None
    base = split(head).base
    named = isinstance(base, Symbol) and (base.name.lower() in FAMILIES or base.name in FAMILIES)
    told = not named and all(isinstance(r, Symbol | Scripted) for r in reads)
    bare = step.target.body if isinstance(step.target, Group) else step.target
    targets = bare.items if isinstance(bare, List) else (bare,)
    if not all(map(_settable, targets)):
        return None
    reads = (step.distribution,) if named else reads
    return Hole(text, reads, step.line, f"sample_{ascii_name(head if told else targets[0])}", tuple(targets), told=told)


# --- results, and how much of a box is words ---------------------------------------------------------------------------


def with_result(box: Box) -> Box:
    """Where no line returns, what the box announced (`Output: θ`) is returned at its end, if a line sets it."""
    steps = list(flat(box.steps))
    if any(isinstance(s, Return) for s in steps):
        return box
    promised = [v for s in steps if isinstance(s, Ensure) for v in s.values]
    line = next((s.line for s in steps if isinstance(s, Ensure)), -1)
    set_ = {base_of(t) for s in steps for t in targets_of(s)}
    if not promised or not all(isinstance(v, Symbol | Scripted) and base_of(v) in set_ for v in promised):
        return box
    counters = {plain(s.variable) for s in steps if isinstance(s, For) and s.variable is not None}
    return replace(box, steps=(*box.steps, Return(tuple(_whole(v, counters) for v in promised), line)))


def _whole(value: Node, counters: set[str]) -> Node:
    """`y_i` for all i, where the box counts no i: the array y."""
    parts = split(value)
    subs = tuple(i for i in parts.subs if not is_letter(i) or plain(unwrapped(i)) in counters)
    return rebuilt(parts, parts.sups, subs)


def mostly_words(box: Box) -> bool:
    """More than half of the statements are holes of which the paper does not even name the function."""
    statements = [s for s in flat(box.steps) if not isinstance(s, Declare | Remark | Ensure)]
    words = {h.line for s in statements for h in holes_in(s) if not h.told}
    return 2 * len(words) > len({s.line for s in statements})
