"""What the instructions of a program read: variables before anything sets them, and sizes."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir.node import ArrayType, Function
from ..ir.program import Branch, Collect, Expression, Give, Instruction, Loop, Set, Store, WhileLoop


def reads(expression: Expression) -> set[str]:
    """Variables that an expression reads, through elements too."""
    out = {a.name for a in expression.function.arguments if a.name not in expression.elements}
    for element in expression.elements.values():
        out |= {element.array} | {a.name for a in element.number.arguments}
    return out


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


def sizes_read(body: Sequence[Instruction]) -> set[str]:
    """Names of whole-number arguments of the expressions, which may be sizes."""
    out: set[str] = set()

    def of(function: Function) -> None:
        out.update(
            a.name
            for a in function.arguments
            if isinstance(a.type, ArrayType) and not a.type.axes and a.type.sort == "integer"
        )

    def expression(e: Expression) -> None:
        of(e.function)
        for element in e.elements.values():
            of(element.number)

    for step in body:
        match step:
            case Set():
                expression(step.value)
            case Store():
                expression(step.value)
                of(step.number)
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
