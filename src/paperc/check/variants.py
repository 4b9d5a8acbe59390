"""An equation with the values of other equations as arguments: code rarely computes a whole chain in one function.

The compiled function of `y = a / RMS(a)` with `a = W x` in an equation before takes W and x; a user's `rms_norm` takes a.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..ir.node import Access, Arg, Argument, ArrayType, CallCompiled, Function, FunctionType, Node, Pick
from ..ir.shapes import IllegalIR, call_axes, call_dims, check, scope_of, size_argument, substitute, walk
from .model import Variant

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
