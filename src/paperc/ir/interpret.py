"""The slow meaning of an algorithm: its statements one after another, each expression by the slow evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .evaluate import EvaluationError, evaluate, solve_sizes
from .node import Function
from .program import (
    Branch,
    Call,
    Cell,
    Collect,
    Do,
    Each,
    Element,
    Expression,
    Give,
    Instruction,
    Loop,
    Program,
    Set,
    Store,
    WhileLoop,
    Write,
    instructions,
)

MAX_STEPS = 20_000


class _Done(Exception):
    def __init__(self, values: tuple[Any, ...]) -> None:
        super().__init__()
        self.values = values


def interpret(program: Program, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values that the box returns, as float64 arrays.

    Raises EvaluationError where a statement has no value, or after very many statements.
    """
    machine = _Machine(dict(arguments))
    machine.values |= {name: np.array(machine.values[name]) for name in program.copied}
    machine.sizes = solve_sizes(program.signature, arguments)
    try:
        machine.run(program.body)
    except _Done as done:
        return done.values
    if any(isinstance(step, Give) for step in instructions(program.body)):
        raise EvaluationError("the box ends without returning anything")
    return ()


class _Machine:
    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values
        self.series: dict[str, dict[int, Any]] = {}
        self.sizes: dict[str, int] = {}
        self.steps = 0

    def run(self, body: Sequence[Instruction]) -> None:
        for step in body:
            self.steps += 1
            if self.steps > MAX_STEPS:
                raise EvaluationError(f"more than {MAX_STEPS} statements were run")
            self.one(step)

    def one(self, step: Instruction) -> None:
        match step:
            case Set(target, value, _, saves):
                new = self.value(value)
                if saves:
                    self.values[saves] = self.values[target]
                self.values[target] = new
            case Store(series, number, value, _):
                self.series.setdefault(series, {})[self.number(number)] = self.value(value)
            case Write(cell, value, _):
                new = self.value(value)
                self.values[cell.array][self.positions(cell)] = new
            case Do(targets, call, _, saves):
                self.assign(targets, self.call(call), saves)
            case Each(targets, items, body, _):
                for item in self.call(items) if isinstance(items, Call) else self.values[items]:
                    self.assign(targets, item, ())
                    self.run(body)
            case Loop(variable, first, last, down, body, _):
                low, high = int(self.value(first)), int(self.value(last))
                for count in range(low, high - 1, -1) if down else range(low, high + 1):
                    self.values[variable] = count
                    self.run(body)
            case WhileLoop(condition, body, _, until):
                if until:
                    self.run(body)
                while self.holds(condition) != until:
                    self.run(body)
            case Branch(branches, _):
                for test, block in branches:
                    if test is None or self.holds(test):
                        self.run(block)
                        break
            case Give(values, _):
                raise _Done(tuple(self.collect(v) if isinstance(v, Collect) else self.value(v) for v in values))

    def holds(self, test: Expression | Call) -> bool:
        return bool(self.call(test) if isinstance(test, Call) else self.value(test))

    def call(self, call: Call) -> Any:
        given = [self.read(a) if isinstance(a, Element) else self.variable(a, a) for a in call.arguments]
        return self.values[call.function](*given)

    def assign(self, targets: Sequence[str | Element], value: Any, saves: Sequence[str]) -> None:
        values = (value,) if len(targets) == 1 else tuple(value) if targets else ()
        for k, (target, new) in enumerate(zip(targets, values, strict=True)):
            if isinstance(target, Element):
                self.series.setdefault(target.array, {})[self.number(target.number)] = new
                continue
            if k < len(saves) and saves[k]:
                self.values[saves[k]] = self.values[target]
            self.values[target] = new

    def value(self, expression: Expression) -> Any:
        given = {}
        for argument in expression.function.arguments:
            element = expression.elements.get(argument.name)
            given[argument.name] = (
                self.variable(argument.name, argument.symbol) if element is None else self.read(element)
            )
        return evaluate(expression.function, given, {})

    def number(self, function: Function) -> int:
        return int(evaluate(function, {a.name: self.variable(a.name, a.symbol) for a in function.arguments}, {}))

    def variable(self, name: str, symbol: str) -> Any:
        if name in self.values:
            return self.values[name]
        if symbol in self.sizes:
            return self.sizes[symbol]
        raise EvaluationError(f"{name} is read before it is set")

    def read(self, element: Element | Cell) -> Any:
        if isinstance(element, Cell):
            return np.array(np.asarray(self.values[element.array])[self.positions(element)])
        number = self.number(element.number)
        if element.array in self.series:
            if number not in self.series[element.array]:
                raise EvaluationError(f"step {number} of {element.array} is read before it is set")
            return self.series[element.array][number]
        position = number - element.base
        array = np.asarray(self.values[element.array])
        if not 0 <= position < len(array):
            raise EvaluationError(f"{element.array} has no element {number}")
        return array[position]

    def positions(self, cell: Cell) -> tuple[int | slice, ...]:
        """Where a cell lies in its array, from zero."""
        sizes = np.asarray(self.values[cell.array]).shape
        found: list[int | slice] = []
        for number, base, size in zip(cell.numbers, cell.bases, sizes, strict=True):
            if number is None:
                found.append(slice(None))
                continue
            counted = int(self.value(number))
            if not 0 <= counted - base < size:
                raise EvaluationError(f"{cell.array} has no element {counted}")
            found.append(counted - base)
        return tuple(found)

    def collect(self, what: Collect) -> Any:
        steps = range(self.number(what.first), self.number(what.last) + 1)
        return np.stack([np.asarray(self.series[what.series][k], dtype=np.float64) for k in steps])
