"""Walking and rebuilding IR: what a node mentions, and a node with its parts replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ..ir.dims import Dim
from ..ir.node import Arg, Axis, Call, IndexNumber


def children(node: object) -> Iterator[object]:
    """The IR nodes directly inside a node (also inside of positions, indices and domains)."""
    if isinstance(node, tuple):
        for item in node:
            yield from children(item) if isinstance(item, tuple) else _self(item)
    elif is_dataclass(node):
        for f in fields(node):
            value = getattr(node, f.name)
            if isinstance(value, tuple):
                for item in value:
                    yield from children(item) if isinstance(item, tuple) else _self(item)
            else:
                yield from _self(value)


def _self(value: object) -> Iterator[object]:
    if is_dataclass(value) and not isinstance(value, (Axis, Dim)):
        yield value


def walk(node: object) -> Iterator[object]:
    """A node and all that is inside of it, parents first."""
    yield node
    for child in children(node):
        yield from walk(child)


def mentions(node: object, index: str) -> bool:
    return any(isinstance(n, IndexNumber) and n.index == index for n in walk(node))


def arguments(node: object) -> set[str]:
    """Names of all arguments (callables too) that a node uses."""
    return {n.name if isinstance(n, Arg) else n.function for n in walk(node) if isinstance(n, (Arg, Call))}


def rebuild(node: Any, change: Callable[[Any], Any]) -> Any:
    """A node with `change` applied to its parts, innermost first, and then to itself."""
    if isinstance(node, tuple):
        return tuple(rebuild(item, change) for item in node)
    if not is_dataclass(node) or isinstance(node, (Dim, type)):
        return node
    updates = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, (tuple,)) or is_dataclass(value):
            new = rebuild(value, change)
            if new is not value and new != value:
                updates[f.name] = new
    return change(replace(node, **updates) if updates else node)


def map_dims(node: Any, dims: Callable[[Dim], Dim]) -> Any:
    """A node with every size in it replaced."""
    if isinstance(node, tuple):
        return tuple(map_dims(item, dims) for item in node)
    if isinstance(node, Dim):
        return dims(node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    updates = {f.name: map_dims(getattr(node, f.name), dims) for f in fields(node)}
    if all(updates[k] is getattr(node, k) for k in updates):
        return node
    return replace(node, **updates)
