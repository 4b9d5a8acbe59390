"""evidence.json: everything that is known about the build, machine-readable (schema in docs/evidence.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version as installed_version
from typing import Any, TypeVar

from ..document import Algorithm, Document, Equation
from ..errors import Diagnostic
from ..ir.function import Function, Lowered
from ..provenance import Span
from ..refs import references
from ..spec.model import Choice, Claim, Gap, PaperSpec, Statement
from ..verify.record import LADDER, Check, Mutation, Status, Verdict, Verification

T = TypeVar("T")


def evidence(
    document: Document,
    spec: PaperSpec,
    lowered: Sequence[Lowered],
    verification: Verification,
    package: str,
    *,
    title: str | None = None,
    line_status: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> dict[str, Any]:
    """Assemble the record. `package` is the name of the emitted package, `line_status` maps an algorithm's id to
    (line number, status) pairs. Every list is in the order of the paper; nothing depends on hashes or clocks."""
    fates = _by_record(spec.statements, lowered)
    gaps = unique([*spec.gaps, *(g for l in lowered for g in l.gaps)])
    choices = unique([*spec.choices, *(c for l in lowered for c in l.choices)])
    diagnostics = unique([*document.diagnostics, *spec.diagnostics, *(d for l in lowered for d in l.diagnostics)])
    equations = [_equation(e, fates.get(e.id, []), spec, verification, package, gaps) for e in document.equations]
    equations += [
        _inline(s, fates.get(s.id, []), verification, package, gaps) for s in spec.statements if s.equation is None
    ]
    algorithms = [
        _algorithm(a, fates.get(a.id, []), verification, package, gaps, (line_status or {}).get(a.id, ()))
        for a in document.algorithms
    ]
    tried = sum(v.mutation.tried for v in verification.verdicts.values())
    killed = sum(v.mutation.killed for v in verification.verdicts.values())
    found = references(document)
    return {
        "paper": {
            "title": title or spec.title,
            "source": document.main,
            "sha256": document.sha256,
            "paperc": installed_version("paperc"),
        },
        "equations": equations,
        "algorithms": algorithms,
        "claims": [_claim(c) for c in spec.claims],
        "choices": [_choice(c) for c in choices],
        "gaps": [_gap(g) for g in gaps],
        "diagnostics": [_diagnostic(d) for d in diagnostics],
        "model": [_check(c) for c in verification.model],
        "mutation": {"tried": tried, "killed": killed},
        "sandbox": verification.sandbox,
        "references": [{"kind": l.kind, "url": l.url, "why": l.why, "span": _span(l.span)} for l in found.links],
    }


def unique(items: Iterable[T]) -> list[T]:
    """The items in their order, each once (gaps and choices are shared between stages)."""
    seen: list[T] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


def _by_record(statements: Sequence[Statement], lowered: Sequence[Lowered]) -> dict[str, list[Lowered]]:
    """Record id (equation, inline statement or algorithm) → what became of its statements, in order."""
    owner = {s.id: s.equation or s.id for s in statements}
    out: dict[str, list[Lowered]] = {}
    for item in lowered:
        out.setdefault(owner.get(item.equation, item.equation), []).append(item)
    return out


def _equation(
    record: Equation,
    fates: Sequence[Lowered],
    spec: PaperSpec,
    verification: Verification,
    package: str,
    gaps: Sequence[Gap],
) -> dict[str, Any]:
    own = [s for s in spec.statements if s.equation == record.id]
    kind = _main_kind([f.kind for f in fates] or [s.kind for s in own])
    entry: dict[str, Any] = {
        "id": record.id,
        "number": record.number,
        "label": record.label,
        "span": _span(record.span),
        "section": record.section,
        "latex": record.latex,
        "kind": kind,
    }
    return entry | _fate(record.id, [s.id for s in own], fates, verification, package, gaps, parsed=bool(own))


def _inline(
    statement: Statement,
    fates: Sequence[Lowered],
    verification: Verification,
    package: str,
    gaps: Sequence[Gap],
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": statement.id,
        "number": None,
        "label": None,
        "span": _span(statement.span),
        "section": statement.section,
        "latex": statement.latex,
        "kind": statement.kind,
    }
    return entry | _fate(statement.id, [statement.id], fates, verification, package, gaps, parsed=True)


def _algorithm(
    record: Algorithm,
    fates: Sequence[Lowered],
    verification: Verification,
    package: str,
    gaps: Sequence[Gap],
    lines: Sequence[tuple[str, str]],
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": record.id,
        "number": record.number,
        "label": record.label,
        "span": _span(record.span),
        "section": record.section,
        "caption": record.caption,
        "kind": "algorithm",
    }
    entry |= _fate(record.id, [record.id], fates, verification, package, gaps, parsed=bool(lines), module="algorithms")
    entry["lines"] = [{"number": n, "status": s} for n, s in lines] or [
        {"number": l.number, "status": "read"} for l in record.lines
    ]
    return entry


# Which kind names a display that holds several statements: the one that a user would look for first.
_KIND_RANK = (
    "objective",
    "definition",
    "update",
    "distribution",
    "bound",
    "identity",
    "declaration",
    "prose",
)


def _main_kind(kinds: Sequence[str]) -> str:
    return next((k for k in _KIND_RANK if k in kinds), "prose")


def _fate(
    id: str,
    statements: Sequence[str],
    fates: Sequence[Lowered],
    verification: Verification,
    package: str,
    gaps: Sequence[Gap],
    *,
    parsed: bool,
    module: str = "equations",
) -> dict[str, Any]:
    subjects = {id, *statements}
    verdicts = [verification.verdicts[f.equation] for f in fates if f.equation in verification.verdicts]
    functions = [_function(f.function, f"{package}.{module}") for f in fates if f.function is not None]
    own_gaps = [g.id for g in gaps if g.subject in subjects or any(g in f.gaps for f in fates)]
    out: dict[str, Any] = {
        "status": status_of(fates, verdicts, parsed=parsed),
        "function": functions[0] if functions else None,
        "checks": [_check(c) for v in verdicts for c in v.checks],
        "mutation": _mutation([v.mutation for v in verdicts]),
        "gaps": own_gaps,
        "diagnostics": [_diagnostic(d) for f in fates for d in f.diagnostics],
    }
    if len(functions) > 1:
        out["functions"] = functions
    return out


def status_of(fates: Sequence[Lowered], verdicts: Sequence[Verdict], *, parsed: bool) -> Status:
    """The step reached by the statements that have a function (the lowest of them), else by the best of the rest."""
    reached = {v.equation: v.status for v in verdicts}
    compiled = [f for f in fates if f.function is not None]
    if compiled:
        return min((reached.get(f.equation, "typed") for f in compiled), key=LADDER.index)
    rest: list[Status] = [reached.get(f.equation, f.status) for f in fates]
    return max(rest, key=LADDER.index, default="parsed" if parsed else "read")


def _function(function: Function, module: str) -> dict[str, Any]:
    return {
        "module": module,
        "name": function.name,
        "arguments": [
            {
                "name": a.name,
                "symbol": a.symbol,
                "role": a.role,
                "shape": list(a.shape) if a.shape is not None else None,
                "default": a.default,
            }
            for a in function.arguments
        ],
        "returns": {"shape": list(function.returns) if function.returns is not None else None},
    }


def _span(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"file": span.file, "line": span.line}


def _check(check: Check) -> dict[str, Any]:
    out: dict[str, Any] = {
        "name": check.name,
        "passed": check.passed,
        "observed": check.observed,
        "tolerance": check.tolerance,
        "oracle": check.oracle,
        "dtype": check.dtype,
        "seed": check.seed,
    }
    if check.step:
        out["step"] = check.step
    if check.sandbox:
        out["sandbox"] = check.sandbox
    return out


def _mutation(parts: Sequence[Mutation]) -> dict[str, Any]:
    return {
        "tried": sum(m.tried for m in parts),
        "killed": sum(m.killed for m in parts),
        "survivors": [s for m in parts for s in m.survivors],
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "id": claim.id,
        "what": claim.name,
        "value": claim.value,
        "quote": claim.quote.text,
        "span": _span(claim.quote.span),
        "section": claim.quote.section,
        "area": claim.area,
        "context": claim.context,
        "symbol": claim.symbol,
        "unit": claim.unit,
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "id": choice.id,
        "key": choice.key,
        "value": choice.value,
        "options": list(choice.options),
        "why": choice.why,
        "span": _span(choice.span),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": gap.id,
        "what": gap.what,
        "why": gap.why,
        "needs": gap.needs,
        "span": _span(gap.span),
        "subject": gap.subject,
    }
    if gap.key:
        out |= {"key": gap.key, "options": list(gap.options)}
    return out


def _diagnostic(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "span": _span(diagnostic.span),
    }
