"""One algorithm box after another: a program, or the reasons why there is none, with a word for each printed line.

A line that no rule reads becomes an argument of the function, and a gap. Where a formula may be wrong the box has no code: the
gap names the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from ..errors import Diagnostic, Severity
from ..ir.program import Program
from ..spec.algorithms import Box, Ensure, Remark
from ..spec.model import Gap, SymbolInfo
from .box_fonts import font_clashes
from .holes import holes_in, mostly_words, opened, settled, with_result
from .program import BoxCompiler
from .program_expressions import place, short
from .program_variables import LineRefusal
from .refusal import Mismatch, Refusal
from .timeline import rewrite
from .timeline_names import named
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
    box = replace(box, steps=named(box.steps))
    algorithm = box.algorithm
    if not algorithm.lines:
        return LoweredBox(gaps=(_gap(box, -1, Refusal("empty", "the box has no lines that could be read")),))
    problems = [(line, Refusal("blocks", why, "matching begin and end of blocks")) for line, why in box.problems]
    box, uncertain = settled(box)
    problems += uncertain or font_clashes(box.steps)
    if problems:
        return _refused(box, problems)
    if mostly_words(box):
        words = {h.line for s in flat(box.steps) for h in holes_in(s) if not h.told}
        why = f"more than half of the box is words that no rule reads ({len(words)} lines)"
        return _refused(box, [(-1, Refusal("words", why, "formulas for its lines"))], words)
    try:
        box, program = _compiled(with_result(box), symbols, _function_name(box, names))
    except LineRefusal as at:
        return _refused(box, [(at.line, at.refusal)])
    except Refusal as refusal:
        return _refused(box, [(-1, refusal)])
    except RecursionError:
        return _refused(box, [(-1, Refusal("too-deep", "the box nests too deeply"))])
    except Exception as fault:
        why = f"a fault of paperc: {type(fault).__name__}: {fault}"
        return _refused(box, [(-1, Refusal("internal", why, "a report of this box"))])
    holes = [h for s in flat(box.steps) for h in holes_in(s) if not h.told]
    lines = _lines(box, {h.line for h in holes})
    found = [
        (
            h.line,
            Refusal(
                "hole",
                f"no rule reads “{short(algorithm.lines[h.line].text.strip())}”{f' ({h.why})' if h.why else ''}: an argument stands for it",
                "a formula for this line",
            ),
        )
        for h in {h.line: h for h in holes}.values()
    ]
    gaps = tuple(_gap(box, line, refusal) for line, refusal in found)
    return LoweredBox(replace(program, lines=lines), gaps, _diagnostics(box, found), lines)


def _refused(box: Box, problems: Sequence[tuple[int, Refusal]], words: Set[int] = frozenset()) -> LoweredBox:
    lines = _lines(box, {line for line, _ in problems} | words)
    return LoweredBox(None, tuple(_gap(box, n, r) for n, r in problems), _diagnostics(box, problems), lines)


MAX_OPENED = 12
"""So many formulas of a box may become holes because no type fits them."""


def _compiled(box: Box, symbols: Mapping[str, SymbolInfo], name: str) -> tuple[Box, Program]:
    """The program; a formula that no type fits becomes a hole, one after another."""
    for _ in range(MAX_OPENED):
        try:
            return box, _attempts(box, symbols, name)
        except LineRefusal as at:
            more = opened(box, at.line, at.refusal)
            if more is None or mostly_words(more):
                raise
            box = more
    return box, _attempts(box, symbols, name)


def _attempts(box: Box, symbols: Mapping[str, SymbolInfo], name: str) -> Program:
    """First with numbers for the elements of arrays of which nothing is declared, then with arrays."""
    first: LineRefusal | Refusal | None = None
    for scalar in (True, False):
        compiler = BoxCompiler(box, rewrite(box.steps, symbols), symbols)
        compiler.scalar_items = scalar
        try:
            return compiler.program(name)
        except (LineRefusal, Refusal) as refusal:
            first = first or refusal
    assert first is not None
    raise first


def _lines(box: Box, bad: Set[int]) -> tuple[str, ...]:
    remarks = {s.line for s in flat(box.steps) if isinstance(s, Remark | Ensure)}
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
