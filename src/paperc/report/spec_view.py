"""The PaperSpec for tools (JSON) and for people (an outline)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..formula import to_text
from ..provenance import Quote
from ..read.json import diagnostic_json
from ..read.unicode import text_of
from ..spec.model import Architecture, Claim, Evaluation, PaperSpec, Value
from .configuration import value_text
from .evidence import choice_json, claim_json, gap_json, quote_json, span_json
from .terminal import printable


def spec_json(spec: PaperSpec) -> dict[str, Any]:
    """The JSON object of `paperc spec --json`. Trees are shown as text and LaTeX."""
    new = spec.contribution
    return {
        "title": spec.title,
        "authors": list(spec.authors),
        "source": spec.source,
        "sha256": spec.sha256,
        "contribution": {
            "what_is_new": [quote_json(q) for q in new.what_is_new],
            "problem": [quote_json(q) for q in new.problem],
            "key_equations": list(new.key_equations),
            "key_algorithms": list(new.key_algorithms),
        },
        "statements": [
            {
                "id": s.id,
                "equation": s.equation,
                "kind": s.kind,
                "why": s.why,
                "latex": s.latex,
                "text": to_text(s.tree),
                "section": s.section,
                "span": span_json(s.span),
            }
            for s in spec.statements
        ],
        "symbols": [
            {
                "symbol": key,
                "name": i.name,
                "kind": i.kind,
                "shape": list(i.shape) if i.shape is not None else None,
                "role": i.role,
                "value": i.value,
                "domain": i.domain,
                "meaning": i.meaning,
                "indices": list(i.indices),
                "defined_by": list(i.defined_by),
                "facts": [{"what": f.what, "value": f.value} | quote_json(f.quote) for f in i.facts],
            }
            for key, i in spec.symbols.items()
        ],
        "claims": [claim_json(c) for c in spec.claims],
        "architecture": _architecture(spec.architecture) if spec.architecture else None,
        "training": {k: asdict(v) for k, v in spec.training.settings.items()} if spec.training else None,
        "evaluation": _evaluation(spec.evaluation),
        "choices": [choice_json(c) for c in spec.choices],
        "gaps": [gap_json(g) for g in spec.gaps],
        "diagnostics": [diagnostic_json(d) for d in spec.diagnostics],
    }


def _architecture(found: Architecture) -> dict[str, Any]:
    return {
        "family": found.family,
        "stacks": [
            {
                "name": s.name,
                "layers": asdict(s.layers),
                "residual": asdict(s.residual),
                "norm": asdict(s.norm),
                "norm_position": asdict(s.norm_position),
                "sublayers": [
                    {"kind": b.kind, "masked": b.masked, "name": b.name} | quote_json(b.quote) for b in s.sublayers
                ],
            }
            for s in found.stacks
        ],
        "dims": {k: asdict(v) for k, v in found.dims.items()},
        "quotes": [quote_json(q) for q in found.quotes],
    }


def _evaluation(found: Evaluation) -> dict[str, Any]:
    return {
        "datasets": [claim_json(c) for c in found.datasets],
        "metrics": list(found.metrics),
        "baselines": list(found.baselines),
        "results": [
            {
                "metric": r.metric,
                "dataset": r.dataset,
                "split": r.split,
                "method": r.method,
                "value": r.value,
                "number": r.number,
                "own": r.own,
                "table": r.table,
            }
            | quote_json(r.quote)
            for r in found.results
        ],
    }


def spec_text(spec: PaperSpec) -> str:
    """The outline for people: what is new, what to build, with which values, and what is missing."""
    out = [spec.title or "(no title)"]
    if spec.authors:
        out.append(", ".join(spec.authors))
    out += _section("What is new", [_words(q) for q in spec.contribution.what_is_new])
    out += _section("The problem", [_words(q) for q in spec.contribution.problem])
    out += _section("Statements", _statements(spec))
    out += _section("Symbols", _symbols(spec))
    if spec.architecture is not None:
        out += _section(f"Architecture: {spec.architecture.family}", _network(spec.architecture, spec))
    if spec.training is not None:
        out += _section("Training", [_setting(k, v, spec) for k, v in spec.training.settings.items()])
    for area in ("architecture", "training", "data", "evaluation", "method"):
        found = [_claim(c) for c in spec.claims if c.area == area]
        out += _section(f"Claims: {area}", found)
    out += _section(
        "Results of the paper's own method",
        [
            _aligned(
                f"{r.value} {r.metric}", ", ".join(w for w in (r.method, r.dataset, r.split) if w), str(r.quote.span)
            )
            for r in spec.evaluation.results
            if r.own
        ],
    )
    out += _section("Choices", [f"{c.id:<4} {c.key} = {c.value}  ({_short(c.why)})" for c in spec.choices])
    out += _section("Gaps", [line for g in spec.gaps for line in _gap(g.id, g.what, g.why, g.needs, g.key)])
    return printable("\n".join(out)) + "\n"


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _words(quote: Quote) -> str:
    where = f"§{quote.section} " if quote.section else ""
    return f"“{_short(quote.text, 150)}”  {where}({quote.span})"


def _statements(spec: PaperSpec) -> list[str]:
    return [f"{s.id:<9} {s.kind:<12} {_short(to_text(s.tree), 90)}" for s in spec.statements if s.equation is not None]


def _symbols(spec: PaperSpec) -> list[str]:
    out = []
    for key, i in spec.symbols.items():
        shape = "" if i.shape is None else f"({', '.join(text_of(d) for d in i.shape)})" if i.shape else "scalar"
        value = f"= {i.value:g}" if i.value is not None else ""
        facts = "  ".join(w for w in (i.kind if not shape else "", shape, i.role or "", value, i.domain) if w)
        if facts or i.meaning:
            out.append(f"{text_of(key):<12} {facts}{'  — ' + _short(i.meaning, 60) if i.meaning else ''}")
    return out


def _network(found: Architecture, spec: PaperSpec) -> list[str]:
    out = []
    for stack in found.stacks:
        out.append(f"{stack.name}: {_value(stack.layers)} layers")
        out += [f"  {'masked ' if b.masked else ''}{b.kind}" for b in stack.sublayers]
        out.append(f"  residual {_value(stack.residual)}; {_value(stack.norm_position)}-{_value(stack.norm)}")
    return out + [_setting(k, v, spec) for k, v in found.dims.items()]


def _setting(name: str, value: Value, spec: PaperSpec) -> str:
    return _aligned(name, _value(value), _source(value, spec))


def _value(value: Value) -> str:
    return "?" if value.value is None else str(value.value)


def _source(value: Value, spec: PaperSpec) -> str:
    claim = next((c for c in spec.claims if c.id == value.claim), None)
    if claim is not None:
        return f"{claim.id}, {claim.quote.span}"
    if value.choice:
        return f"assumed, {value.choice}"
    return f"not stated, {value.gap}" if value.gap else ""


def _claim(claim: Claim) -> str:
    name = claim.name + (f" [{claim.context}]" if claim.context else "")
    return f"{claim.id:<5}{_short(name, 48):<48} {_short(value_text(claim), 30):<24} {claim.quote.span}"


def _gap(id: str, what: str, why: str, needs: str, key: str) -> list[str]:
    return [
        f"{id:<4} {_short(what, 100)}",
        f"       {_short(why, 110)}",
        f"       needs: {_short(needs, 90)}{f'  [{key}]' if key else ''}",
    ]


def _aligned(name: str, value: str, place: str) -> str:
    return f"{name:<34} {value:<22} {place}".rstrip()


def _short(text: str, width: int = 100) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
