"""What the instructions of a program read: variables before anything sets them, and sizes."""

from __future__ import annotations

from collections.abc import Sequence

from .node import ArrayType, Function
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
    Set,
    Store,
    WhileLoop,
    Write,
)


def reads(expression: Expression | Call) -> set[str]:
    """Variables that an expression or a call reads, through elements too."""
    if isinstance(expression, Call):
        out: set[str] = set()
        for given in expression.arguments:
            out |= {given.array, *(a.name for a in given.number.arguments)} if isinstance(given, Element) else {given}
        return out
    out = {a.name for a in expression.function.arguments if a.name not in expression.elements}
    for element in expression.elements.values():
        out |= {element.array} | _picked_by(element)
    return out


def _picked_by(element: Element | Cell) -> set[str]:
    """Variables that say which element it is."""
    if isinstance(element, Cell):
        return {name for number in element.numbers if number is not None for name in reads(number)}
    return {a.name for a in element.number.arguments}


def needed(body: Sequence[Instruction], defined: set[str]) -> set[str]:
    """Names that are read before anything sets them; `defined` grows."""
    found: set[str] = set()

    def read(names: set[str]) -> None:
        found.update(names - defined)

    for step in body:
        match step:
            case Set():
                read(reads(step.value))
                if step.saves:
                    defined.add(step.saves)
                if step.saves and step.target not in defined:
                    found.add(step.target)
                defined.add(step.target)
            case Store():
                read(reads(step.value) | {a.name for a in step.number.arguments})
                defined.add(step.series)
            case Write():
                read(reads(step.value) | _picked_by(step.cell) | {step.cell.array})
            case Do():
                read(reads(step.call))
                for k, target in enumerate(step.targets):
                    if isinstance(target, Element):
                        read({a.name for a in target.number.arguments})
                        defined.add(target.array)
                        continue
                    if k < len(step.saves) and step.saves[k]:
                        read({target})
                        defined.add(step.saves[k])
                    defined.add(target)
            case Each():
                read({step.items} if isinstance(step.items, str) else reads(step.items))
                own = {*defined, *step.targets}
                found |= needed(step.body, own)
            case Loop():
                read(reads(step.first) | reads(step.last))
                defined.add(step.variable)
                found |= needed(step.body, defined)
            case WhileLoop():
                if not step.until:
                    read(reads(step.condition))
                found |= needed(step.body, defined)
                read(reads(step.condition))
            case Branch():
                after: set[str] | None = None
                for condition, block in step.branches:
                    if condition is not None:
                        read(reads(condition))
                    own = set(defined)
                    found |= needed(block, own)
                    after = own if after is None else after & own
                if step.branches and step.branches[-1][0] is None and after is not None:
                    defined |= after
            case Give():
                for value in step.values:
                    if isinstance(value, Collect):
                        read({value.series} | {a.name for f in (value.first, value.last) for a in f.arguments})
                    else:
                        read(reads(value))
    return found


def left_behind(body: Sequence[Instruction]) -> list[str]:
    """What a box that returns nothing is run for: inputs that it changes, and values that it sets and reads no more."""
    given = needed(body, set())
    sets: dict[str, list[tuple[int, bool, bool]]] = {}
    """Name → (place, certain to be run, in a loop) of each statement that sets it."""
    last_read: dict[str, int] = {}
    place = 0

    def visit(steps: Sequence[Instruction], certain: bool, loop: bool) -> None:
        nonlocal place
        for step in steps:
            place += 1
            last_read.update(dict.fromkeys(_read_by(step), place))
            targets: Sequence[object] = ()
            match step:
                case Set():
                    targets = (step.target,)
                case Write():
                    targets = (step.cell.array,)
                case Do():
                    targets = step.targets
                case Loop():
                    visit(step.body, certain, True)
                case Each() | WhileLoop():
                    visit(step.body, certain and isinstance(step, WhileLoop) and step.until, True)
                case Branch():
                    for _, block in step.branches:
                        visit(block, False, loop)
            for target in targets:
                if isinstance(target, str):
                    sets.setdefault(target, []).append((place, certain, loop))

    visit(body, True, False)
    out = []
    for name, places in sets.items():
        never = name not in last_read and any(certain for _, certain, _ in places)
        final = not any(loop for _, _, loop in places) and places[0][1] and places[-1][0] >= last_read.get(name, 0)
        if name in given or never or final:
            out.append(name)
    return out


def _read_by(step: Instruction) -> set[str]:
    """What an instruction itself reads (not its blocks)."""
    match step:
        case Set() | Store():
            return reads(step.value)
        case Write():
            return reads(step.value) | _picked_by(step.cell)
        case Do():
            return reads(step.call)
        case Each():
            return {step.items} if isinstance(step.items, str) else reads(step.items)
        case WhileLoop():
            return reads(step.condition)
        case Branch():
            return {name for test, _ in step.branches if test is not None for name in reads(test)}
        case Loop():
            return reads(step.first) | reads(step.last)
    return set()


def sizes_read(body: Sequence[Instruction]) -> set[str]:
    """Names of whole-number arguments of the expressions, which may be sizes."""
    out: set[str] = set()

    def of(function: Function) -> None:
        out.update(
            a.name
            for a in function.arguments
            if isinstance(a.type, ArrayType) and not a.type.axes and a.type.sort == "integer"
        )

    def expression(e: Expression | Call) -> None:
        if isinstance(e, Call):
            for given in e.arguments:
                if isinstance(given, Element):
                    of(given.number)
            return
        of(e.function)
        for element in e.elements.values():
            cell(element) if isinstance(element, Cell) else of(element.number)

    def cell(c: Cell) -> None:
        for number in c.numbers:
            if number is not None:
                expression(number)

    for step in body:
        match step:
            case Set():
                expression(step.value)
            case Store():
                expression(step.value)
                of(step.number)
            case Write():
                expression(step.value)
                cell(step.cell)
            case Do():
                expression(step.call)
                for target in step.targets:
                    if isinstance(target, Element):
                        of(target.number)
            case Each():
                if isinstance(step.items, Call):
                    expression(step.items)
                out |= sizes_read(step.body)
            case Loop():
                expression(step.first)
                expression(step.last)
                out |= sizes_read(step.body)
            case WhileLoop():
                expression(step.condition)
                out |= sizes_read(step.body)
            case Branch():
                for condition, block in step.branches:
                    if condition is not None:
                        expression(condition)
                    out |= sizes_read(block)
            case Give():
                for value in step.values:
                    if isinstance(value, Collect):
                        of(value.first)
                        of(value.last)
                    else:
                        expression(value)
    return out
