"""A call of a compiled function that a formula holds more than once is computed once, under a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from ..ir.node import Arg, CallCompiled, Function, Gradient, Let, Node, Op, Reduce
from ..ir.shapes import free_indices, parts, substitute, walk
from .emitter import Emitted


def shared(body: Node, function: Function, emitted: Mapping[str, Emitted]) -> Node:
    """The body inside a `Let` for each call that it repeats with the same arguments, the widest call first.

    Only what is computed in any case moves: not a call that stands in branches alone. A call that draws random numbers
    draws anew each time, and one that depends on an index or variable bound inside stays where that is known.
    """
    outer = {a.name for a in function.arguments}
    indices = {i.name for i in function.indices}
    taken = {*outer, *(n.name for n in walk(body) if isinstance(n, Let)), *(e.name for e in emitted.values())}

    def movable(node: Node) -> bool:
        return (
            isinstance(node, CallCompiled)
            and not any(isinstance(p, CallCompiled) and _draws(p, emitted) for p in walk(node))
            and set(free_indices(node)) <= indices
            and all(p.name in outer for p in walk(node) if isinstance(p, Arg))
            and not any(isinstance(p, Let | Gradient) for p in walk(node))
        )

    kept: set[Node] = set()
    while True:
        certain = [n for n in _certain(body) if movable(n)]
        count = Counter(n for n in _outside_gradients(body) if n in certain and n not in kept)
        repeated = [n for n, times in count.items() if times > 1]
        if not repeated:
            return body
        call = max(repeated, key=lambda n: sum(1 for _ in walk(n)))
        assert isinstance(call, CallCompiled)
        name = _fresh(emitted[call.function].name if call.function in emitted else "value", taken)
        taken.add(name)
        body = Let(name, call, _replaced(body, call, Arg(name)))


def _draws(call: CallCompiled, emitted: Mapping[str, Emitted]) -> bool:
    return call.function not in emitted or emitted[call.function].generator


def _fresh(wanted: str, taken: set[str]) -> str:
    name, number = f"{wanted}_value", 2
    while name in taken:
        name, number = f"{wanted}_value_{number}", number + 1
    return name


def _below(node: Node, enter: Callable[[Node], bool]) -> Iterator[Node]:
    yield node
    if enter(node):
        for part in parts(node):
            yield from _below(part, enter)


def _certain(body: Node) -> Iterator[Node]:
    """What is computed in any case."""
    return _below(
        body,
        lambda n: (
            not (
                isinstance(n, Gradient)
                or (isinstance(n, Op) and n.op == "where")
                or (isinstance(n, Reduce) and n.where is not None)
            )
        ),
    )


def _outside_gradients(body: Node) -> Iterator[Node]:
    """A variable of differentiation hides the argument of its name."""
    return _below(body, lambda n: not isinstance(n, Gradient))


def _replaced(body: Node, call: Node, by: Node) -> Node:
    return substitute(body, lambda n: n if isinstance(n, Gradient) else by if n == call else None)
