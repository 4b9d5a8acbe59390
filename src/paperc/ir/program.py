"""Compiled algorithms: statements over local variables, each expression a typed `Function` of the variables that it reads.

The slow interpreter (`ir/interpret.py`) runs these statements one after another with `ir/evaluate.py`; the emitted code
writes them out as Python. Variables that a paper indexes by the step (`m_t` from `m_{t-1}`) are one variable carried
through the loop; a series whose steps are read later is kept by its number (`Series`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .node import Argument, ArrayType, Const, Function


@dataclass(frozen=True, slots=True)
class Element:
    """One step of a series, or one element of an input array: `r_t`, `\\alpha_{t-1}`.

    `number` is a whole-number function of the variables, in the paper's numbering; the array's first element has number
    `base` (a series is kept by its numbers: base 0).
    """

    array: str
    number: Function
    base: int


@dataclass(frozen=True, slots=True)
class Cell:
    """An entry or a slice of an array that variables pick: `D_{i,k}`, `Q_{s_t, a}`.

    `numbers` holds a whole number for each axis, or None for all of the axis; the first element of an axis has the number
    in `bases` (1 where the paper counts from one, 0 for stored indices).
    """

    array: str
    numbers: tuple[Expression | None, ...]
    bases: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A value: a function of variables, some of which stand for elements."""

    function: Function
    elements: Mapping[str, Element | Cell] = field(default_factory=dict)
    """Argument of the function → where its value is read."""


@dataclass(frozen=True, slots=True)
class Set:
    """`target = value`. `saves`: the target's value before, kept under this name because the paper still reads it."""

    target: str
    value: Expression
    line: int
    saves: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """`series[number] = value`."""

    series: str
    number: Function
    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Write:
    """`array[i, j] = value`, in the program's own copy of the array."""

    cell: Cell
    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """A hole of the algorithm called with variables, or elements of arrays and series, as they are."""

    function: str
    arguments: tuple[str | Element, ...]


@dataclass(frozen=True, slots=True)
class Do:
    """`a, b = function(c, d)`; a target may be a step of a series. `saves`: as in `Set`, target by target ("": nothing)."""

    targets: tuple[str | Element, ...]
    call: Call
    line: int
    saves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Each:
    """`for a, b in …`: over what a hole gives, or over the elements of a variable."""

    targets: tuple[str, ...]
    items: Call | str
    body: tuple[Instruction, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Loop:
    """`variable` runs over first, …, last (both included), or down from first to last."""

    variable: str
    first: Expression
    last: Expression
    down: bool
    body: tuple[Instruction, ...]
    line: int


@dataclass(frozen=True, slots=True)
class WhileLoop:
    """Runs while the condition holds; `until`: at least once, and until it holds."""

    condition: Expression | Call
    body: tuple[Instruction, ...]
    line: int
    until: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    branches: tuple[tuple[Expression | Call | None, tuple[Instruction, ...]], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Collect:
    """A whole series as an array: its steps first, …, last."""

    series: str
    first: Function
    last: Function


@dataclass(frozen=True, slots=True)
class Give:
    """`return`."""

    values: tuple[Expression | Collect, ...]
    line: int


Instruction: TypeAlias = Set | Store | Write | Do | Loop | Each | WhileLoop | Branch | Give


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled algorithm box; its public face is that of a `Function`."""

    id: str
    """The box's id: "alg:1"."""
    equation: str | None
    name: str
    symbol: str
    arguments: tuple[Argument, ...]
    body: tuple[Instruction, ...]
    result: ArrayType
    """Of the first value that it returns."""
    holes: tuple[str, ...] = ()
    """Callable arguments that stand for lines which no rule reads."""
    series: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()
    """Arrays among the arguments whose elements it writes: in copies, never in what the caller holds."""
    sizes: tuple[str, ...] = ()
    """Named sizes (LaTeX) that the statements use and that the arrays among the arguments tell."""
    random: bool = False
    assumed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    """For each printed line: "compiled", "hole", "remark"."""

    @property
    def signature(self) -> Function:
        """Its public face as a function, for those who only ask for names and shapes; the body says nothing."""
        return Function(
            self.id, None, self.name, self.symbol, self.arguments, (), Const(0), self.result, "definition", self.assumed,
            self.notes,
        )  # fmt: skip


def calls(step: Instruction) -> Iterator[Call]:
    """The calls of holes in an instruction itself (not in its blocks)."""
    match step:
        case Do():
            yield step.call
        case Each(_, Call() as call, _, _) | WhileLoop(Call() as call, _, _, _):
            yield call
        case Branch():
            yield from (test for test, _ in step.branches if isinstance(test, Call))


def instructions(body: Sequence[Instruction]) -> Iterator[Instruction]:
    """All instructions, those of blocks behind the one that holds them."""
    for step in body:
        yield step
        match step:
            case Loop() | WhileLoop() | Each():
                yield from instructions(step.body)
            case Branch():
                for _, block in step.branches:
                    yield from instructions(block)
