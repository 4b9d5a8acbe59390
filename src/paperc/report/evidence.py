"""evidence.json: the machine-readable record of a build. Its keys are a contract that other tools rely on."""

from __future__ import annotations

import math
from typing import Any

from ..document import Algorithm, Equation
from ..ir.dims import Dim
from ..ir.node import Argument, ArrayType, Const, Function, FunctionType, HoleType, Index, Over, Size
from ..provenance import Quote, Span
from ..read import json as read_json
from ..spec.model import Choice, Claim, Gap
from ..verify.record import Check, Mutation, Trial
from .configuration import configuration
from .entries import Entry, algorithm_entries, equation_entries, inline_entries, total_mutation
from .record import BuildRecord
from .reproduction import reproductions
from .summary import measurements


def evidence_json(record: BuildRecord) -> dict[str, Any]:
    """The record as plain JSON values: same build, same bytes. Infinite and undefined numbers become words."""
    document, verification = record.document, record.verification
    return {
        "paper": {
            "title": document.title,
            "authors": list(document.authors),
            "source": document.main,
            "sha256": document.sha256,
            "identifier": record.identifier,
            "paperc": record.version,
        },
        "package": record.package,
        "verified": verification is not None,
        "sandbox": verification.sandbox if verification else "",
        "equations": [_entry(e, record) for e in equation_entries(record)],
        "inline": [_entry(e, record) for e in inline_entries(record)],
        "algorithms": [_entry(e, record) for e in algorithm_entries(record)],
        "claims": [claim_json(c) for c in record.spec.claims],
        "choices": [choice_json(c) for c in record.choices],
        "configuration": [
            {"area": s.area, "name": s.name, "value": s.value, "source": s.source, "id": s.id}
            for s in configuration(record)
        ],
        "gaps": [gap_json(g) for g in record.gaps],
        "diagnostics": [read_json.diagnostic_json(d) for d in record.all_diagnostics],
        "mutation": _mutation(total_mutation(record)),
        "model": {"checks": [_check(c) for c in verification.model] if verification else []},
        "measurements": [
            {
                "what": m.what,
                "claimed": m.claimed,
                "measured": m.measured,
                "verdict": m.verdict,
                "note": m.note,
                "span": span_json(m.span),
            }
            for m in measurements(record)
        ],
        "reproduction": [
            {
                "method": r.result.method,
                "dataset": r.result.dataset,
                "split": r.result.split,
                "metric": r.result.metric,
                "claimed": r.result.value,
                "number": r.result.number,
                "table": r.result.table,
                **quote_json(r.result.quote),
                "measured": r.measured,
                "protocol": r.protocol,
                "verdict": r.verdict,
                "why": r.why,
            }
            for r in reproductions(record)
        ],
        "trials": [_trial(t) for t in verification.trials] if verification else [],
        "references": _references(record),
    }


def _entry(entry: Entry, record: BuildRecord) -> dict[str, Any]:
    functions = [_function(f, record) | {"status": s} for f, s in zip(entry.functions, entry.steps, strict=True)]
    out: dict[str, Any] = {
        "id": entry.id,
        "number": entry.number,
        "label": entry.source.label,
        "section": entry.source.section,
        "span": span_json(entry.span),
    }
    if isinstance(entry.source, Equation):
        out |= {"latex": entry.source.latex, "kind": entry.kind}
    else:
        out |= {"caption": entry.source.caption}
    out |= {
        "status": entry.status,
        "function": functions[0] if functions else None,
        "functions": functions,
        "checks": [_check(c) for c in entry.checks],
        "gaps": [g.id for g in entry.gaps],
        "diagnostics": [read_json.diagnostic_json(d) for d in entry.diagnostics],
        "mutation": _mutation(entry.mutation),
    }
    if isinstance(entry.source, Algorithm):
        for found in record.optimisers:
            if found.program.id == entry.id:
                names = {"class": found.class_name, "step": found.step.name}
                out["optimiser"] = {"module": f"{record.package}.optimisers", **names}
        reached = record.lines.get(entry.id, ())
        out["lines"] = [
            {"number": line.number, "status": reached[k] if k < len(reached) else "read", "text": line.text}
            for k, line in enumerate(entry.source.lines)
        ]
    return out


def _function(function: Function, record: BuildRecord) -> dict[str, Any]:
    return {
        "module": record.module_of(function),
        "name": function.name,
        "statement": function.id,
        "kind": function.kind,
        "symbol": function.symbol,
        "arguments": [_argument(a) for a in function.arguments],
        "returns": {"shape": result_shape(function)},
        "assumed": list(function.assumed),
        "notes": list(function.notes),
    }


def _argument(argument: Argument) -> dict[str, Any]:
    out: dict[str, Any] = {
        "name": argument.name,
        "symbol": argument.symbol,
        "role": argument.role,
        "shape": None,
        "default": argument.default,
    }
    if isinstance(argument.type, ArrayType):
        out["shape"] = array_shape(argument.type)
        out["sort"] = argument.type.sort
    else:
        out["signature"] = _signature(argument.type)
    optional = {"domain": argument.domain, "meaning": argument.meaning, "claim": argument.claim}
    return out | {k: v for k, v in optional.items() if v}


def _signature(type: FunctionType) -> dict[str, Any]:
    out: dict[str, Any] = {"arguments": [array_shape(a) for a in type.arguments], "returns": array_shape(type.result)}
    if isinstance(type, HoleType):
        out |= {"takes": list(type.takes), "gives": list(type.gives), "form": type.form}
        out["returns"] = [array_shape(r) for r in type.results]
    return out


def array_shape(type: ArrayType) -> list[str]:
    """Named dims as text; [] for a scalar."""
    return [str(d) for d in type.dims]


def result_shape(function: Function) -> list[str]:
    """Named dims of the result: its free indices, then the own shape of its body."""
    return [_extent(i) for i in function.indices] + array_shape(function.result)


def _extent(index: Index) -> str:
    """How many numbers an index runs over, where that is plain; else "?" (the code tells)."""
    if isinstance(index.domain, Over):
        return str(index.domain.axis.dim)
    low, high = (_dim(n) for n in (index.domain.lo, index.domain.hi))
    return str(high - low + Dim.constant(1)) if low is not None and high is not None else "?"


def _dim(node: object) -> Dim | None:
    if isinstance(node, Size):
        return node.dim
    if isinstance(node, Const) and isinstance(node.value, int):
        return Dim.constant(node.value)
    return None


def _check(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "passed": check.passed,
        "observed": _number(check.observed),
        "tolerance": _number(check.tolerance),
        "oracle": check.oracle,
        "dtype": check.dtype,
        "seed": check.seed,
        "step": check.step,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "data": trial.data,
        "protocol": trial.protocol,
        "metric": trial.metric,
        "higher_is_better": trial.higher_is_better,
        "contribution": trial.contribution,
        "seeds": list(trial.seeds),
        "with": list(trial.whole),
        "without": list(trial.control),
        "difference": trial.difference,
        "interval": list(trial.interval) if trial.interval else None,
        "finding": trial.finding,
        "is_reproduction": False,
    }


def _number(value: float | str) -> float | str:
    """JSON has no NaN and no infinity."""
    return value if isinstance(value, str) or math.isfinite(value) else str(value)


def _mutation(mutation: Mutation) -> dict[str, Any]:
    return {"tried": mutation.tried, "killed": mutation.killed, "survivors": list(mutation.survivors)}


def claim_json(claim: Claim) -> dict[str, Any]:
    """A value with the words and the place that state it."""
    return {
        "id": claim.id,
        "area": claim.area,
        "what": claim.name,
        "value": claim.value,
        "number": claim.number,
        "symbol": claim.symbol,
        "unit": claim.unit,
        "context": claim.context,
        "quote": claim.quote.text,
        "span": span_json(claim.quote.span),
        "section": claim.quote.section,
    }


def choice_json(choice: Choice) -> dict[str, Any]:
    """A decision, by the key that overrules it."""
    return {
        "id": choice.id,
        "key": choice.key,
        "value": choice.value,
        "options": list(choice.options),
        "why": choice.why,
        "span": span_json(choice.span),
    }


def gap_json(gap: Gap) -> dict[str, Any]:
    """What is missing, and what would resolve it."""
    return {
        "id": gap.id,
        "what": gap.what,
        "why": gap.why,
        "needs": gap.needs,
        "span": span_json(gap.span),
        "subject": gap.subject,
        "key": gap.key,
        "options": list(gap.options),
    }


def _references(record: BuildRecord) -> list[dict[str, Any]]:
    links = [{"kind": l.kind, "url": l.url, "why": l.why, "span": span_json(l.span)} for l in record.references.links]
    entries = [
        {
            "kind": "bibliography",
            "key": r.key,
            "title": r.title,
            "text": r.text,
            "year": r.year,
            "urls": list(r.urls),
            "span": span_json(r.span),
        }
        for r in record.references.bibliography
    ]
    return links + entries


def quote_json(quote: Quote) -> dict[str, Any]:
    """The words and their place."""
    return {"quote": quote.text, "section": quote.section, "span": span_json(quote.span)}


def span_json(span: Span | None) -> dict[str, Any] | None:
    """A place as every JSON output of paperc shows it."""
    return read_json.span_json(span) if span is not None else None
