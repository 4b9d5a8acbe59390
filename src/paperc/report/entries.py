"""One entry an equation or algorithm of the paper: what became of it, with everything that was seen on the way.

The JSON record, the README, the page and the terminal all show entries, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..document import Algorithm, Equation
from ..errors import Diagnostic
from ..ir.node import Function
from ..provenance import Span
from ..spec.model import EquationKind, Gap, Statement
from ..verify.record import LADDER, Check, Mutation, Status, Verdict
from .record import BuildRecord

INLINE = "inline"
"""The environment of an entry that stands in running text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An equation record or an algorithm. `gaps` and `diagnostics` are those that concern it."""

    source: Equation | Algorithm
    kind: EquationKind
    status: Status
    """The highest step that *all* its compiled statements reached."""
    functions: tuple[Function, ...] = ()
    steps: tuple[Status, ...] = ()
    """The step that each of the functions reached."""
    checks: tuple[Check, ...] = ()
    gaps: tuple[Gap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    mutation: Mutation = field(default_factory=Mutation)

    @property
    def id(self) -> str:
        return self.source.id

    @property
    def number(self) -> str | None:
        return self.source.number

    @property
    def span(self) -> Span:
        return self.source.span

    @property
    def title(self) -> str:
        """ "Eq. (4)", "Algorithm 2", or a place where the paper prints no number."""
        if isinstance(self.source, Algorithm):
            return f"Algorithm {self.number}" if self.number else f"Algorithm at line {self.span.line}"
        where = "In the text," if self.source.environment == INLINE else "Display at"
        return f"Eq. ({self.number})" if self.number else f"{where} line {self.span.line}"

    @property
    def failed(self) -> tuple[Check, ...]:
        """Checks that were tried and did not pass; what was only noted (low precision) is no verdict."""
        return tuple(c for c in self.checks if not c.passed and not is_note(c))


def is_note(check: Check) -> bool:
    """It was run for information: it neither proves a step nor fails one."""
    return check.name.startswith("information")


def equation_entries(record: BuildRecord) -> tuple[Entry, ...]:
    """The equations, in the order of the paper."""
    found = []
    for equation in record.document.equations:
        statements = tuple(s for s in record.spec.statements if s.equation == equation.id)
        functions = tuple(f for f in record.functions if f.equation == equation.id)
        verdicts = _verdicts(record, equation.id, [*(s.id for s in statements), *(f.id for f in functions)])
        steps = _steps(equation.id, functions, verdicts)
        found.append(
            Entry(
                equation,
                _kind(statements, functions),
                _status(bool(statements), steps, verdicts),
                functions,
                steps,
                _seen(verdicts.values()),
                gaps=_gaps(record, equation.id, equation.span),
                diagnostics=_diagnostics(record, equation.span),
                mutation=_mutation(verdicts.values()),
            )
        )
    return tuple(found)


def algorithm_entries(record: BuildRecord) -> tuple[Entry, ...]:
    """The algorithms, in the order of the paper."""
    found = []
    for algorithm in record.document.algorithms:
        functions = tuple(f for f in record.functions if f.id == algorithm.id or f.id.startswith(f"{algorithm.id}."))
        verdicts = _verdicts(record, algorithm.id, [f.id for f in functions])
        steps = _steps(algorithm.id, functions, verdicts)
        found.append(
            Entry(
                algorithm,
                "definition",
                _status(False, steps, verdicts),
                functions,
                steps,
                _seen(verdicts.values()),
                gaps=_gaps(record, algorithm.id, algorithm.span),
                diagnostics=_diagnostics(record, algorithm.span),
                mutation=_mutation(verdicts.values()),
            )
        )
    return tuple(found)


def inline_entries(record: BuildRecord) -> tuple[Entry, ...]:
    """Definitions in running text that were compiled. The paper has no record of them; their own text stands for one."""
    found = []
    for statement in record.spec.statements:
        functions = tuple(f for f in record.functions if f.id == statement.id)
        if statement.equation is not None or not functions:
            continue
        verdicts = _verdicts(record, statement.id, ())
        steps = _steps(statement.id, functions, verdicts)
        found.append(
            Entry(
                Equation(
                    statement.id,
                    None,
                    None,
                    statement.latex,
                    statement.latex,
                    INLINE,
                    -1,
                    statement.section,
                    statement.span,
                ),
                statement.kind,
                _status(True, steps, verdicts),
                functions,
                steps,
                _seen(verdicts.values()),
                gaps=_gaps(record, statement.id, statement.span),
                mutation=_mutation(verdicts.values()),
            )
        )
    return tuple(found)


def total_mutation(record: BuildRecord) -> Mutation:
    """Planted faults over the whole package."""
    return _mutation(record.verification.verdicts.values() if record.verification else ())


def _verdicts(record: BuildRecord, id: str, statements: Iterable[str]) -> dict[str, Verdict]:
    """Verdicts by the id of the record or of its statements."""
    found = record.verification.verdicts if record.verification else {}
    return {key: found[key] for key in dict.fromkeys((id, *statements)) if key in found}


def _kind(statements: tuple[Statement, ...], functions: tuple[Function, ...]) -> EquationKind:
    """That of the first statement which compiled; else of the first that says something of mathematics."""
    compiled = {f.id for f in functions}
    ordered = (
        [s for s in statements if s.id in compiled]
        + [s for s in statements if s.kind not in ("declaration", "prose")]
        + list(statements)
    )
    return ordered[0].kind if ordered else "prose"


def _steps(id: str, functions: tuple[Function, ...], verdicts: Mapping[str, Verdict]) -> tuple[Status, ...]:
    """The step of each function; one without a verdict has been typed and no more.

    A verdict on the whole record speaks for functions that have none of their own and do not bear the record's id.
    """
    whole = verdicts.get(id) if all(f.id != id for f in functions) else None
    found = [verdicts.get(f.id, whole) for f in functions]
    return tuple(v.status if v else "typed" for v in found)


def _status(parsed: bool, steps: tuple[Status, ...], verdicts: Mapping[str, Verdict]) -> Status:
    """The lowest over the functions; without any, that of the record's own verdict (a tested identity)."""
    reached = steps or tuple(v.status for v in verdicts.values())
    return min(reached, key=LADDER.index) if reached else "parsed" if parsed else "read"


def _seen(verdicts: Iterable[Verdict]) -> tuple[Check, ...]:
    return tuple(dict.fromkeys(c for v in verdicts for c in v.checks))


def _mutation(verdicts: Iterable[Verdict]) -> Mutation:
    found = [v.mutation for v in verdicts]
    return Mutation(
        sum(m.tried for m in found), sum(m.killed for m in found), tuple(s for m in found for s in m.survivors)
    )


def _gaps(record: BuildRecord, id: str, span: Span) -> tuple[Gap, ...]:
    return tuple(
        g
        for g in record.gaps
        if g.subject == id
        or g.subject.startswith(f"{id}.")
        or (not g.subject and g.span is not None and _within(g.span, span))
    )


def _diagnostics(record: BuildRecord, span: Span) -> tuple[Diagnostic, ...]:
    return tuple(d for d in record.all_diagnostics if d.span is not None and _within(d.span, span))


def _within(inner: Span, outer: Span) -> bool:
    if inner.file != outer.file:
        return False
    if inner.start >= 0 and outer.start >= 0:
        return outer.start <= inner.start < max(outer.end, outer.start + 1)
    return outer.line <= inner.line <= max(outer.line, outer.end_line)
