"""Optimisers among the compiled algorithms, recognised by what they do, and one step of them as a program of its own.

An optimiser carries an array through one loop, asks in every iteration for the gradient of a scalar function (or is handed
it), changes the array by it, and returns it. What else the loop carries is state; numbers that are given, or given anew at
each step, are settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

import numpy as np

from .evaluate import EvaluationError
from .flow import needed
from .interpret import interpret
from .node import Arg, Argument, ArrayType, Call, Const, Filled, Function, FunctionType, Gradient, Let, Node, Op
from .program import Branch, Cell, Expression, Give, Instruction, Loop, Program, Set, instructions
from .shapes import walk

Form = Literal["element-wise", "vector", "matrix"]
_RATE = re.compile(r"\b(?:learning[- ]rates?|step[- ]?sizes?)\b(?! (?:decay|schedule|multiplier))", re.I)


@dataclass(frozen=True, slots=True)
class State:
    """A variable that the loop carries beside the parameters."""

    name: str
    start: Node
    """Its value before the first step, over the settings and the parameters."""
    tensor: bool
    """It has the shape of the parameters or of a part of them (a running mean of gradients); else it is a number."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that a step is given, and how the whole algorithm takes it: once, as an array over the steps, or as a
    function of the step's number. `source` is the algorithm's argument."""

    argument: Argument
    source: str
    kind: Literal["number", "series", "function"] = "number"


@dataclass(frozen=True, slots=True)
class Optimiser:
    """What is needed to write an algorithm as a step function and as a class that keeps its state."""

    program: Program
    step: Program
    """One iteration: (parameters, gradient, state …, number of the step, settings …) → (parameters, state …)."""
    parameters: str
    start: str
    """The algorithm's argument that holds the first parameters."""
    gradient: str
    """The step's argument: the gradient at the parameters or, `ahead`, a function that gives it at any point."""
    ahead: bool
    state: tuple[State, ...]
    counter: str
    """The step's number, "" where no statement reads it."""
    first: int
    settings: tuple[Setting, ...]
    objective: str
    """The algorithm's function argument: a scalar function, or (`oracle`) its gradient."""
    oracle: bool
    form: Form
    """What a statement needs to see at once: single elements, all parameters as one vector, one matrix."""
    tensors: frozenset[str]
    """Variables of a step that have the shape of the parameters."""
    constants: int
    """So many statements at the beginning of the step compute with settings alone."""
    rate: str = ""
    """The setting that is the learning rate, "" if that is not certain."""

    @property
    def class_name(self) -> str:
        return "".join(w[:1].upper() + w[1:] for w in self.program.name.split("_"))

    @property
    def called(self) -> dict[str, str]:
        """What a parameter group calls each setting: the paper's name, but `lr` for the learning rate, on which the
        schedulers of `torch.optim.lr_scheduler` act."""
        return {s.argument.name: "lr" if s.argument.name == self.rate else s.argument.name for s in self.settings}


class _No(Exception):
    """The program is no optimiser."""


def optimiser(program: Program) -> Optimiser | None:
    """The program as an optimiser, if it is one in every respect."""
    try:
        return _Reader(program).read()
    except _No:
        return None


class _Reader:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.given = {a.name: a for a in program.arguments}
        self.settings: dict[str, Setting] = {}
        self.oracle = False

    def read(self) -> Optimiser:
        before, loop, self.theta = self._blocks()
        self.counter = loop.variable
        starts = {s.target: s.value.function.body for s in before}
        self.start = _name(starts[self.theta]) if self.theta in starts else self.theta
        source = self.given.get(self.start)
        if source is None or not isinstance(source.type, ArrayType) or source.type.sort != "real":
            raise _No
        self.kind = source.type
        assigned = {s.target for s in instructions(loop.body) if isinstance(s, Set)}
        if self.theta not in assigned:
            raise _No
        self._ask(loop.body, assigned)
        body = self._block(loop.body)
        wanted = needed(body, {loop.variable})
        carried = [n for n in dict.fromkeys(_targets(body)) if n in wanted and n != self.theta]
        if self.gradient in assigned and self.gradient in carried:
            raise _No
        if not set(carried) <= starts.keys():
            raise _No
        # A state that starts as the parameters reads them under the name that the step gives them.
        begun = {n: _renamed(starts[n], {self.start: self.theta}) for n in carried}
        tensors = self._tensors(body, begun)
        constants = self._constants(before, body, assigned)
        whole = (*constants, *body)
        asked = needed(whole, {self.theta, self.gradient, loop.variable, *carried})
        asked |= {n for b in begun.values() for n in arguments_of(b)} - {self.theta}
        sizes = tuple(n for n in self.program.sizes if n in asked)
        for name in self.given:
            if name in asked:
                self._setting(name)
        if asked - self.settings.keys() - set(sizes):
            raise _No
        state = tuple(State(n, begun[n], n in tensors) for n in carried)
        counter = loop.variable if loop.variable in needed(whole, set()) else ""
        settings = tuple(sorted(self.settings.values(), key=lambda s: s.argument.default is not None))
        first = loop.first.function.body
        assert isinstance(first, Const)
        found = Optimiser(
            self.program, self._step(whole, state, tensors, counter, settings, sizes), self.theta, self.start,
            self.gradient, self.ahead, state, counter, int(first.value), settings, self.objective, self.oracle,
            self._form(whole, tensors), tensors, len(constants),
        )  # fmt: skip
        return replace(found, rate=_rate(found))

    def _blocks(self) -> tuple[list[Set], Loop, str]:
        """The statements before the one loop, the loop, and the variable that is returned behind it."""
        body, p = self.program.body, self.program
        if p.random or p.series or len(body) < 2:
            raise _No
        *before, loop, give = body
        if not isinstance(loop, Loop) or loop.down or not isinstance(loop.first.function.body, Const):
            raise _No
        if not isinstance(give, Give) or len(give.values) != 1 or not isinstance(give.values[0], Expression):
            raise _No
        sets = [s for s in before if isinstance(s, Set)]
        if len(sets) < len(before) or not all(_plain(s) for s in instructions(loop.body)):
            raise _No
        loop = replace(loop, body=_pointed(loop.body))
        return sets, loop, _name(give.values[0].function.body)

    # --- the gradient

    def _ask(self, body: Sequence[Instruction], assigned: set[str]) -> None:
        """Which function is asked for its gradient, where, and what the gradient is called."""
        asked = [
            (name, point)
            for s in instructions(body)
            if isinstance(s, Set)
            for n in walk(s.value.function.body)
            for name, point in self._points(n)
        ]
        if not asked or len({name for name, _ in asked}) != 1:
            raise _No
        self.objective = asked[0][0]
        # Handed in is the gradient at the parameters that the step begins with; any other has to be asked for.
        moved = False
        self.ahead = any(point != Arg(self.theta) for _, point in asked)
        for s in body:
            for inner in instructions([s]):
                if isinstance(inner, Set):
                    here = any(True for n in walk(inner.value.function.body) for _ in self._points(n))
                    self.ahead = self.ahead or (here and (moved or isinstance(s, Branch)))
                    moved = moved or inner.target == self.theta
        named = [
            s.target
            for s in instructions(body)
            if isinstance(s, Set) and any(True for _ in self._points(s.value.function.body))
        ]
        wish = named[0] if len(named) == len(asked) == 1 and not self.ahead else "gradient" if self.ahead else "grad"
        while wish in (assigned | self.given.keys()) - set(named if not self.ahead else ()):
            wish += "_"
        self.gradient = wish

    def _points(self, node: object) -> Iterable[tuple[str, Node]]:
        """(function, point) where a node is a gradient of a function that the algorithm is given."""
        match node:
            case Gradient(Call(name, args), wrt, at, "gradient") if name in self.given:
                inner = [a for a in args if wrt in arguments_of(a)]
                if len(inner) == 1 and _shift(inner[0], wrt):
                    yield name, inner[0] if at is None else _put(inner[0], wrt, at)
            case Call(name, args) if "gradient" in self._meaning(name) and len(args) >= 1:
                self.oracle = True
                yield name, args[0]

    def _meaning(self, name: str) -> str:
        found = self.given.get(name)
        return found.meaning.lower() if found is not None and isinstance(found.type, FunctionType) else ""

    # --- one iteration

    def _block(self, body: Sequence[Instruction]) -> tuple[Instruction, ...]:
        out: list[Instruction] = []
        for step in body:
            match step:
                case Set(target, Expression(Function(body=Call(name, (Arg(at),)))), _, "") if at == self.counter:
                    if name not in self.given or target in self.given:
                        raise _No
                    self._scheduled(target, name, "function")  # `η_t ← Schedule(t)`
                case Set(target, value, line, saves):
                    made = self._expression(value)
                    if made.function.body != Arg(target):  # `g = ∇f(θ)` is now handed in, `η_t = schedule(t)` given
                        out.append(Set(target, made, line, saves))
                case Branch(branches, line):
                    parts = tuple(
                        (self._expression(c) if isinstance(c, Expression) else None, self._block(b))
                        for c, b in branches
                    )
                    out.append(Branch(parts, line))
                case _:
                    raise _No
        return tuple(out)

    def _expression(self, value: Expression) -> Expression:
        """Gradients are handed in; values that are given anew at each step are settings."""
        read = value.elements

        def change(node: object) -> Node | None:
            found = next(iter(self._points(node)), None)
            if found is not None:
                return Call(self.gradient, (found[1],)) if self.ahead else Arg(self.gradient)
            if isinstance(node, Arg) and node.name in read:
                element = read[node.name]
                if (
                    isinstance(element, Cell)
                    or element.number.body != Arg(self.counter)
                    or element.array not in self.given
                ):
                    raise _No
                return Arg(self._scheduled(element.array, element.array, "series"))
            if isinstance(node, Call) and node.function in self.given:
                if node.args != (Arg(self.counter),):
                    raise _No
                return Arg(self._scheduled(node.function, node.function, "function"))
            return None

        function = value.function
        body = replaced(function.body, change)
        types = {a.name: a.type for a in function.arguments} | {
            s.argument.name: s.argument.type for s in self.settings.values()
        }
        types[self.gradient] = FunctionType((self.kind,), self.kind) if self.ahead else self.kind
        types.setdefault(self.theta, self.kind)
        if not arguments_of(body) <= types.keys():
            raise _No
        arguments = tuple(Argument(n, n, types[n]) for n in sorted(arguments_of(body)))
        return Expression(replace(function, body=body, arguments=arguments))

    def _scheduled(self, name: str, source: str, kind: Literal["series", "function"]) -> str:
        old = self.given[source]
        result = old.type.result if isinstance(old.type, FunctionType) else replace(old.type, axes=old.type.axes[1:])
        if result.axes or result.sort != "real":
            raise _No
        meaning = old.meaning if name == source else f"{source} at this step"
        symbol = old.symbol if name == source else name
        argument = Argument(name, symbol, ArrayType(), "hyper-parameter", None, old.domain, meaning)
        self.settings[name] = Setting(argument, source, kind)
        return name

    def _constants(self, before: Sequence[Set], body: Sequence[Instruction], assigned: set[str]) -> list[Set]:
        """Statements before the loop whose values it reads and never changes."""
        found: list[Set] = []
        wanted = needed(body, set())
        for step in reversed(before):
            if step.target in wanted and step.target not in assigned and step.line >= 0:
                if step.value.elements:
                    raise _No
                found.insert(0, step)
                wanted |= arguments_of(step.value.function.body)
        return found

    def _setting(self, name: str) -> None:
        argument = self.given[name]
        if name in self.settings:
            return
        if not isinstance(argument.type, ArrayType) or argument.type.axes:
            raise _No
        self.settings[name] = Setting(replace(argument, role="hyper-parameter"), name)

    def _tensors(self, body: Sequence[Instruction], begun: Mapping[str, Node]) -> frozenset[str]:
        """All that depends on parameters or gradients."""
        found = {self.theta, self.gradient}
        found |= {n for n, b in begun.items() if (isinstance(b, Filled) and b.axes) or arguments_of(b) & found}
        sets = [s for s in instructions(body) if isinstance(s, Set)]
        while True:
            more = {s.target for s in sets if arguments_of(s.value.function.body) & found}
            more |= {s.saves for s in sets if s.saves and s.target in found}
            if more <= found:
                return frozenset(found)
            found |= more

    def _form(self, body: Sequence[Instruction], tensors: frozenset[str]) -> Form:
        plain = not any(
            isinstance(c, Expression) and arguments_of(c.function.body) & tensors
            for s in instructions(body)
            if isinstance(s, Branch)
            for c, _ in s.branches
        )
        for s in instructions(body):
            if isinstance(s, Set) and s.target in tensors:
                nodes = [
                    n for n in walk(s.value.function.body) if not (isinstance(n, Call) and n.function == self.gradient)
                ]
                plain = plain and not s.value.function.indices and all(isinstance(n, Const | Arg | Op) for n in nodes)
        rank = len(self.kind.axes)
        if plain:
            return "element-wise"
        if rank == 1:
            return "vector"
        if rank == 2 and not self.ahead:
            return "matrix"
        raise _No

    def _step(
        self, body: Sequence[Instruction], state: Sequence[State], tensors: frozenset[str], counter: str,
        settings: Sequence[Setting], sizes: tuple[str, ...],
    ) -> Program:  # fmt: skip
        """One iteration as a program. What starts as a number and becomes an array has the parameters' shape."""
        p = self.program
        asked = (
            "the gradient of the objective at any point"
            if self.ahead
            else "the gradient of the objective at the parameters"
        )
        kinds: dict[str, ArrayType] = {}
        for s in state:
            if isinstance(s.start, Filled):
                kinds[s.name] = ArrayType(s.start.axes)
            else:
                kinds[s.name] = self.kind if s.tensor else ArrayType()
        gradient = FunctionType((self.kind,), self.kind) if self.ahead else self.kind
        start = self.given[self.start]
        arguments = [
            Argument(
                self.theta,
                start.symbol if self.start == self.theta else self.theta,
                self.kind,
                meaning="the parameters",
            ),
            Argument(self.gradient, self.gradient, gradient, "callable" if self.ahead else "input", meaning=asked),
            *(
                Argument(s.name, s.name, kinds[s.name], meaning=f"state, {_begins(s.start)} before the first step")
                for s in state
            ),
        ]
        if counter:
            arguments.append(Argument(counter, counter, ArrayType((), "integer"), meaning="the number of this step"))
        arguments += [s.argument for s in settings]
        values = [(self.theta, self.kind), *((s.name, kinds[s.name]) for s in state)]
        last = p.body[-1]
        give = Give(tuple(_value(n, kind) for n, kind in values), last.line)
        return Program(
            f"{p.id}.step", None, f"{p.name}_step", p.symbol, tuple(arguments), (*body, give), self.kind, (), sizes
        )


# --- the learning rate ---------------------------------------------------------------------------------------------


def _rate(found: Optimiser) -> str:
    """One that is given anew at each step and without which nothing moves; else what the paper calls so; else the one
    setting without which nothing moves."""
    anew = [s.argument.name for s in found.settings if s.kind != "number"]
    called = [s.argument.name for s in found.settings if _RATE.search(s.argument.meaning)]
    for names in (
        [n for n in anew if _rests(found, n)],
        called,
        [s.argument.name for s in found.settings if _rests(found, s.argument.name)],
    ):
        if len(names) == 1:
            return names[0]
    return ""


def _rests(found: Optimiser, name: str) -> bool:
    """With this setting at zero the first step leaves the parameters where they are."""
    shape = tuple(3 for _ in found.step.arguments[0].type.axes)  # type: ignore[union-attr]
    settings = {s.argument.name for s in found.settings}
    filled = {s.name for s in found.state if isinstance(s.start, Const | Filled)}
    values: dict[str, object] = {}
    for k, a in enumerate(found.step.arguments):
        if a.name in settings:
            values[a.name] = 0.0 if a.name == name else 0.3 + 0.05 * k
        elif a.name == found.counter:
            values[a.name] = found.first
        elif a.name in filled:
            values[a.name] = np.zeros(shape[: len(a.type.axes)])  # type: ignore[union-attr]
        elif isinstance(a.type, ArrayType):
            own = shape[: len(a.type.axes)]
            values[a.name] = np.linspace(0.2, 0.9, int(np.prod(own))).reshape(own) + (
                0.01 * k if a.name == found.gradient else 0
            )
        else:
            values[a.name] = lambda x: np.asarray(x) * 0.5 + 0.1
    try:
        with np.errstate(all="ignore"):
            after = interpret(found.step, values)[0]
    except (EvaluationError, ArithmeticError, ValueError, KeyError, TypeError):
        return False
    return bool(np.allclose(after, np.asarray(values[found.parameters]), rtol=0, atol=1e-12))


def _pointed(body: Sequence[Instruction]) -> tuple[Instruction, ...]:
    """A gradient at a point that has a name of its own is a gradient at that point."""

    def change(node: object) -> Node | None:
        match node:
            case Let(name, value, Gradient(inner, wrt, None, kind)) if name == wrt:
                return Gradient(inner, wrt, value, kind)
        return None

    out: list[Instruction] = []
    for step in body:
        match step:
            case Set(_, value):
                function = replace(value.function, body=replaced(value.function.body, change))
                step = replace(step, value=replace(value, function=function))
            case Branch(branches):
                step = replace(step, branches=tuple((c, _pointed(b)) for c, b in branches))
        out.append(step)
    return tuple(out)


# --- helpers ---------------------------------------------------------------------------------------------------------


def _plain(step: Instruction) -> bool:
    """No other kind of statement belongs to a step; conditions are formulas."""
    match step:
        case Set():
            return True
        case Branch(branches, _):
            return all(c is None or isinstance(c, Expression) for c, _ in branches)
    return False


def _name(node: Node) -> str:
    if not isinstance(node, Arg):
        raise _No
    return node.name


def _targets(body: Sequence[Instruction]) -> list[str]:
    return [s.target for s in instructions(body) if isinstance(s, Set)]


def arguments_of(node: Node) -> set[str]:
    """Names of what a formula reads or calls."""
    return {n.name if isinstance(n, Arg) else n.function for n in walk(node) if isinstance(n, Arg | Call)}


def _shift(node: Node, name: str) -> bool:
    """`x`, `x + a`, `x - a`: the derivative by x is one."""
    match node:
        case Arg():
            return True
        case Op("add", args):
            inside = [a for a in args if name in arguments_of(a)]
            return len(inside) == 1 and _shift(inside[0], name)
        case Op("sub", (left, right)):
            return name not in arguments_of(right) and _shift(left, name)
    return False


def replaced(node: Any, change: Callable[[Any], Any]) -> Any:
    """A formula in which a part becomes what `change` says of it; where that is None, its own parts are asked."""
    if isinstance(node, tuple):
        return tuple(replaced(item, change) for item in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    made = change(node)
    if made is not None:
        return made
    parts = {f.name: replaced(getattr(node, f.name), change) for f in fields(node)}
    return replace(node, **parts) if any(parts[n] != getattr(node, n) for n in parts) else node


def _begins(start: Node) -> str:
    match start:
        case Const(value) | Filled(value):
            return "zero" if value == 0 else f"{value:g}"
        case Arg():
            return "the parameters"
    return "a number"


def _put(node: Node, name: str, value: Node) -> Node:
    made: Node = replaced(node, lambda n: value if n == Arg(name) else None)
    return made


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    made: Node = replaced(node, lambda n: Arg(names.get(n.name, n.name)) if isinstance(n, Arg) else None)
    return made


def _value(name: str, kind: ArrayType) -> Expression:
    return Expression(Function("value", None, "value", name, (Argument(name, name, kind),), (), Arg(name), kind))
