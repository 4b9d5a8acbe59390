"""One algorithm box after another: a program, or the reasons why there is none, with a word for each printed line.

A line that cannot be compiled leaves the whole box without code: half an algorithm is a wrong one; the gap names the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import Diagnostic, Severity
from ..ir.program import Program
from ..spec.algorithms import Box, Hole, Remark
from ..spec.model import Gap, SymbolInfo
from .program import BoxCompiler
from .program_expressions import place, short
from .program_variables import LineRefusal
from .refusal import Mismatch, Refusal
from .timeline import rewrite
from .timeline_trees import flat


@dataclass(frozen=True, slots=True)
class LoweredBox:
    """What became of a box: a program, or the reasons why there is none; a word for each printed line."""

    program: Program | None = None
    gaps: tuple[Gap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    lines: tuple[str, ...] = ()


def lower_box(box: Box, symbols: Mapping[str, SymbolInfo], names: Sequence[str] = ()) -> LoweredBox:
    """Compile one algorithm box. `names` are function names that are taken. Never raises."""
    algorithm = box.algorithm
    if not algorithm.lines:
        return LoweredBox(gaps=(_gap(box, -1, Refusal("empty", "the box has no lines that could be read")),))
    problems = [(line, Refusal("blocks", why, "matching begin and end of blocks")) for line, why in box.problems]
    for step in flat(box.steps):
        if isinstance(step, Hole):
            problems.append(
                (
                    step.line,
                    Refusal("hole", f"words that no rule reads: “{short(step.text)}”", "a formula for this line"),
                )
            )
    lines = _lines(box, {line for line, _ in problems})
    if problems:
        gaps = tuple(_gap(box, line, refusal) for line, refusal in problems)
        return LoweredBox(None, gaps, _diagnostics(box, problems), lines)
    try:
        program = _attempts(box, symbols, _function_name(box, names))
        return LoweredBox(replace(program, lines=lines), (), (), lines)
    except LineRefusal as at:
        problems = [(at.line, at.refusal)]
    except Refusal as refusal:
        problems = [(-1, refusal)]
    except RecursionError:
        problems = [(-1, Refusal("too-deep", "the box nests too deeply"))]
    except Exception as fault:
        problems = [
            (-1, Refusal("internal", f"a fault of paperc: {type(fault).__name__}: {fault}", "a report of this box"))
        ]
    bad = {line for line, _ in problems}
    return LoweredBox(None, tuple(_gap(box, n, r) for n, r in problems), _diagnostics(box, problems), _lines(box, bad))


def _attempts(box: Box, symbols: Mapping[str, SymbolInfo], name: str) -> Program:
    """First with numbers for the elements of arrays of which nothing is declared, then with arrays."""
    first: LineRefusal | Refusal | None = None
    for scalar in (True, False):
        compiler = BoxCompiler(box, rewrite(box.steps), symbols)
        compiler.scalar_items = scalar
        try:
            return compiler.program(name)
        except (LineRefusal, Refusal) as refusal:
            first = first or refusal
    assert first is not None
    raise first


def _lines(box: Box, bad: set[int]) -> tuple[str, ...]:
    remarks = {s.line for s in flat(box.steps) if isinstance(s, Remark)}
    return tuple(
        "hole" if k in bad else "remark" if k in remarks else "compiled" for k in range(len(box.algorithm.lines))
    )


def _gap(box: Box, line: int, refusal: Refusal) -> Gap:
    where = f"line {line + 1}: " if line >= 0 else ""
    needs = refusal.needs or "a clearer statement of this line"
    return Gap("", refusal.code, f"{where}{refusal.why}", needs, place(box, line), box.algorithm.id)


def _diagnostics(box: Box, problems: Sequence[tuple[int, Refusal]]) -> tuple[Diagnostic, ...]:
    number = box.algorithm.number or box.algorithm.id
    return tuple(
        Diagnostic(
            r.code,
            f"algorithm {number}, line {line + 1}: {r.why}" if line >= 0 else f"algorithm {number}: {r.why}",
            place(box, line),
            r.needs,
            Severity.ERROR if isinstance(r, Mismatch) else Severity.WARNING,
        )
        for line, r in problems
    )


def _function_name(box: Box, taken: Sequence[str]) -> str:
    """From a procedure's name or the caption: `Sinkhorn` → sinkhorn."""
    head = next((x.condition for x in box.algorithm.lines if x.keyword in ("procedure", "function")), "")
    text = head.split("(")[0] if head else box.algorithm.caption.split(".")[0].split(":")[0]
    text = re.sub(r"\$[^$]*\$|\\[a-zA-Z]+", " ", text)
    words = re.findall(r"[A-Za-z0-9]+", text)
    words = [
        w for w in words if w.lower() not in ("algorithm", "the", "a", "an", "of", "for", "our", "with", "and", "to")
    ]
    wish = (
        "_".join(w.lower() for w in words[:4])
        or f"algorithm_{re.sub(r'[^a-zA-Z0-9]', '_', box.algorithm.number or '1')}"
    )
    if wish[0].isdigit():
        wish = f"algorithm_{wish}"
    name, count = wish, 1
    while name in taken:
        count += 1
        name = f"{wish}_{count}"
    return name
