"""An equation with the values of other equations as arguments: code rarely computes a whole chain in one function.

The compiled function of `y = a / RMS(a)` with `a = W x` in an equation before takes W and x; a user's `rms_norm` takes a.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from ..ir.dims import Dim
from ..ir.node import Access, Arg, Argument, ArrayType, Axis, CallCompiled, Function, FunctionType, Node, Pick
from ..ir.shapes import (
    IllegalIR,
    call_axes,
    call_dims,
    check,
    scope_of,
    size_argument,
    size_names,
    substitute,
    type_of,
    walk,
)
from .model import Candidate, Variant
from .names import fit

MOST = 8


def variants(function: Function, functions: Mapping[str, Function]) -> Iterator[Variant]:
    """The function itself, then with one, then with all of the equations that it calls given."""
    yield Variant(function, functions)
    called = _called(function, functions)
    direct = tuple(n.function for n in walk(function.body) if isinstance(n, CallCompiled))
    sets = [frozenset([c]) for c in called] + [frozenset(direct), frozenset(called)]
    seen: set[frozenset[str]] = set()
    for targets in sets[:MOST]:
        if not targets or targets in seen:
            continue
        seen.add(targets)
        try:
            cut = _Cut(targets, dict(functions))
            changed = cut.function(function)
            check(changed, cut.functions)
        except (IllegalIR, KeyError, ValueError, IndexError, RecursionError):
            continue
        if changed is not function:
            yield Variant(changed, cut.functions, tuple(dict.fromkeys(cut.given)))
    if (whole := holding(function, functions)) is not None:
        yield whole


def _called(function: Function, functions: Mapping[str, Function], depth: int = 6) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in walk(function.body):
        if isinstance(node, CallCompiled) and node.function in functions:
            found[node.function] = None
            if depth:
                found |= dict.fromkeys(_called(functions[node.function], functions, depth - 1))
    return tuple(found)


class _Cut:
    """Replaces calls of some equations by arguments, through every function on the way."""

    def __init__(self, targets: frozenset[str], functions: dict[str, Function]) -> None:
        self.targets, self.functions, self.given = targets, functions, []  # type: tuple[frozenset[str], dict[str, Function], list[str]]
        self._done: dict[str, Function] = {}

    def function(self, function: Function, depth: int = 8) -> Function:
        """The function with its calls cut; itself where there are none. Raises IllegalIR where a cut would lose something."""
        scope = scope_of(function, self.functions)
        new: dict[str, Argument] = {}
        calls: dict[str, CallCompiled] = {}

        def change(node: Node) -> Node | None:
            if not isinstance(node, CallCompiled):
                return None
            if node.function in self.targets:
                return self._argument(node, function, new, calls)
            callee = self.functions[node.function]
            inner = self._inner(callee, depth)
            args = tuple((n, substitute(v, change)) for n, v in node.args)
            if inner is callee:
                return replace(node, args=args, lead=tuple(substitute(x, change) for x in node.lead))
            dims = call_dims(node, scope)
            kept = {n: v for n, v in args if any(a.name == n for a in inner.arguments)}
            for a in inner.arguments:
                if a.name in kept or a.default is not None or not isinstance(a.type, ArrayType):
                    continue
                axes = tuple(replace(x, dim=x.dim.replace(dims)) for x in a.type.axes)
                self._add(replace(a, type=ArrayType(axes, a.type.sort)), function, new)
                kept[a.name] = Arg(a.name)
            return CallCompiled(inner.id, tuple(kept.items()), node.lead)

        body = substitute(function.body, change)
        if body == function.body:
            return function
        used = {n.name for n in walk(body) if isinstance(n, Arg)} | {
            n.function for n in walk(body) if hasattr(n, "function") and not isinstance(n, CallCompiled)
        }
        kept = [a for a in function.arguments if a.name in used]
        sizes = [a for a in function.arguments if size_argument(a) is not None and a not in kept]
        first = [a for n, a in new.items() if not any(x.name == n for x in kept)]
        out = replace(function, arguments=(*first, *kept), body=body)
        for a in sizes:  # a size that no array tells any more stays an argument
            try:
                check(out, self.functions)
            except IllegalIR:
                out = replace(out, arguments=(*out.arguments, a))
        return out

    def _inner(self, callee: Function, depth: int) -> Function:
        if not depth:
            raise IllegalIR("too deep")
        if callee.id not in self._done:
            cut = self.function(callee, depth - 1)
            if cut is not callee:
                cut = replace(cut, id=f"{callee.id}|{','.join(sorted(self.targets))}")
                self.functions[cut.id] = cut
            self._done[callee.id] = cut
        return self._done[callee.id]

    def _argument(
        self, node: CallCompiled, caller: Function, new: dict[str, Argument], calls: dict[str, CallCompiled]
    ) -> Node:
        """The argument that stands for a call; all calls of it in a function must be the same one."""
        former = calls.setdefault(node.function, node)
        if former.args != node.args or any(not isinstance(v, Arg) or v.name != n for n, v in node.args):
            raise IllegalIR("the equation is used with different arguments")
        callee = self.functions[node.function]
        axes = call_axes(node, scope_of(caller, self.functions))
        kind = ArrayType(axes, callee.result.sort)
        self._add(Argument(callee.name, callee.symbol, kind), caller, new)
        self.given.append(callee.name)
        return Access(Arg(callee.name), tuple(Pick(n) for n in node.lead)) if node.lead else Arg(callee.name)

    @staticmethod
    def _add(argument: Argument, caller: Function, new: dict[str, Argument]) -> None:
        own = next((a for a in caller.arguments if a.name == argument.name), None)
        known = new.get(argument.name) or own
        assert isinstance(argument.type, ArrayType)
        if known is not None and (
            isinstance(known.type, FunctionType) or len(known.type.axes) != len(argument.type.axes)
        ):
            raise IllegalIR("the name is taken")
        if own is None:
            new.setdefault(argument.name, argument)


# --- sizes that depend on each other ---------------------------------------------------------------------------


def tied(variant: Variant, ties: Mapping[str, Dim]) -> Variant | None:
    """The variant with some of its sizes given by others, as code that has only one of them needs; None where that is illegal."""
    function = _with_dims(variant.function, ties)
    try:
        check(function, variant.functions)
    except (IllegalIR, ValueError):
        return None
    return replace(variant, function=function, tied=tuple(ties.items()))


def _with_dims(value: Any, ties: Mapping[str, Dim]) -> Any:
    """A function, node or type with its sizes replaced wherever they stand."""
    if isinstance(value, Dim):
        return value.replace(ties)
    if isinstance(value, tuple):
        return tuple(_with_dims(v, ties) for v in value)
    if is_dataclass(value) and not isinstance(value, type):
        new = {f.name: _with_dims(getattr(value, f.name), ties) for f in fields(value)}
        changed = {n: v for n, v in new.items() if v is not getattr(value, n)}
        return replace(value, **changed) if changed else value
    return value


def possible_ties(variant: Variant, candidate: Candidate) -> Iterator[dict[str, Dim]]:
    """Ties that a module may need: a width split among heads, then two sizes equal, then all of them."""
    names = list(dict.fromkeys(size_names(variant.function)))
    heads = next((n for n in names if any(_HEADS.search(p.name) and fit(n, n, "h") for p in candidate.construct)), None)
    if heads is not None:
        arrays = [a.type for a in variant.function.arguments if isinstance(a.type, ArrayType)]
        per_head = [
            d.name for t in arrays if len(t.axes) == 3 and t.dims[0].name == heads for d in t.dims[1:] if d.name
        ]
        own = list(dict.fromkeys(per_head))
        for width in own:
            rest = [n for n in own if n != width]
            if rest:
                one = Dim.of(rest[0])
                yield {**dict.fromkeys(rest[1:], one), width: Dim.of(heads) * one}
        return
    free = [n for n in names if not any(size_argument(a) == n for a in variant.function.arguments)]
    for k, a in enumerate(free[:5]):
        for b in free[k + 1 : 5]:
            yield {b: Dim.of(a)}
    if len(free) > 2:
        yield dict.fromkeys(free[1:], Dim.of(free[0]))


_HEADS = re.compile(r"heads?$")


# --- several equations at once ---------------------------------------------------------------------------------


def holding(function: Function, functions: Mapping[str, Function]) -> Variant | None:
    """The function computing itself what other equations define, where it takes their values: a cell computes its gates.

    Where the paper writes a display for one element (all its symbols are numbers), it holds for each element of an array.
    """
    named = {f.name: f for f in functions.values() if not f.indices and f.id != function.id}
    if not any(a.name in named for a in function.arguments) or function.indices:
        return None
    known = dict(functions)
    current, held = function, []
    try:
        for _ in range(MOST):
            found = next((a for a in current.arguments if a.name in named and a.default is None), None)
            if found is None:
                break
            current = _inlined(current, found, named[found.name], known)
            held.append(found.name)
        check(current, known)
    except (IllegalIR, KeyError, ValueError, IndexError, RecursionError):
        return None
    return Variant(current, known, held=tuple(dict.fromkeys(held)))


def _inlined(caller: Function, argument: Argument, callee: Function, known: dict[str, Function]) -> Function:
    """The caller with an argument computed by the equation that defines it. Raises IllegalIR where they do not fit."""
    if not isinstance(argument.type, ArrayType) or callee.indices:
        raise IllegalIR("an element of something larger")
    if not callee.result.axes and len(argument.type.axes) == 1:
        callee = _lifted(callee, argument.type.dims[0])
    elif not callee.result.axes and any(_vector(known, callee, a) for a in callee.arguments):
        callee = _lifted(callee, Dim.of("?77"))
    if callee.result.axes and not argument.type.axes:
        caller = _lifted(caller, Dim.of("?77"))
    argument = next(a for a in caller.arguments if a.name == argument.name)
    assert isinstance(argument.type, ArrayType)
    callee = replace(callee, id=f"{callee.id}+")
    known[callee.id] = callee
    own = {a.name: a for a in caller.arguments}
    sizes: dict[str, Dim] = {}
    ties: dict[str, Dim] = {}
    pairs = [(callee.result, argument.type), *((a.type, own[a.name].type) for a in callee.arguments if a.name in own)]
    for theirs, ours in pairs:
        if not isinstance(theirs, ArrayType) or not isinstance(ours, ArrayType) or len(theirs.axes) != len(ours.axes):
            raise IllegalIR("the shapes differ")
        for t, o in zip(theirs.dims, ours.dims):
            if t.name is None:
                continue
            if t.name in sizes and sizes[t.name] != o and o.name is not None:
                ties[o.name] = sizes[t.name]
            sizes.setdefault(t.name, o)
    fresh = iter(range(80 + 10 * len(known), 80 + 10 * len(known) + 10))
    for name in size_names(callee):
        sizes.setdefault(name, Dim.of(name) if name[0] != "?" else Dim.of(f"?{next(fresh)}"))
    new = [_with_dims(a, sizes) for a in callee.arguments if a.name not in own]
    call = CallCompiled(callee.id, tuple((a.name, Arg(a.name)) for a in callee.arguments))
    body = substitute(caller.body, lambda n: call if isinstance(n, Arg) and n.name == argument.name else None)
    arguments = (*(a for a in caller.arguments if a.name != argument.name), *new)
    out: Function = _with_dims(replace(caller, arguments=arguments, body=body), ties)
    return out


def _vector(known: Mapping[str, Function], function: Function, argument: Argument) -> bool:
    """Whether an equation for numbers takes the value of one that is an array."""
    own = next((f for f in known.values() if f.name == argument.name and f.id != function.id), None)
    return own is not None and bool(own.result.axes)


def _lifted(function: Function, dim: Dim) -> Function:
    """A function of numbers as a function of arrays, element by element. Raises IllegalIR where it is no such function."""
    arguments = tuple(
        replace(a, type=ArrayType((Axis(dim),), a.type.sort))
        if isinstance(a.type, ArrayType) and not a.type.axes and a.type.sort == "real" and a.role == "input"
        else a
        for a in function.arguments
    )
    lifted = replace(function, arguments=arguments)
    return replace(lifted, result=type_of(lifted.body, scope_of(lifted)))
