"""A check for people and for programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .model import CheckReport, Counterexample, Finding

_HOW = {"map": "your map", "mention": "a comment", "name": "its name", "behaviour": "proposed"}
_SHOWN = 12


def check_text(report: CheckReport) -> str:
    """A line for each bound equation, then each difference with its counter-example and cause, then what is not bound."""
    lines: list[str] = []
    rows = [
        (f.title, f.place, f.code, f.code_place, f.verdict, _HOW[f.how], _error(f)) for f in report.findings
    ]  # fmt: skip
    widths = [max((len(r[k]) for r in rows), default=0) for k in range(6)]
    for row in rows:
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0))).rstrip())
    for f in report.findings:
        if f.verdict != "equals":
            lines += ["", *_difference(f)]
    noted = [f for f in report.findings if f.verdict == "equals" and (f.adapted or f.notes or f.how == "behaviour")]
    if noted:
        lines += ["", "how they were held against each other:"]
        for f in noted:
            said = [*([f.evidence] if f.how == "behaviour" else []), *f.adapted, *f.notes]
            lines.append(f"  {f.title} {f.code}: {'; '.join(said)}")
    if report.unbound:
        lines += ["", "not bound:"]
        lines += [f"  {u.title}  {u.symbol}  {u.place}: {u.why}".replace("    ", "  ") for u in report.unbound]
    if report.left:
        lines += ["", f"code without an equation: {', '.join(report.left)}"]
    lines += ["", _summary(report)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _error(f: Finding) -> str:
    if f.verdict == "not run":
        return ""
    if not isinstance(f.error, float):
        return str(f.error)
    return (
        f"error {f.error:.1e} <= {f.tolerance:.0e}, {f.inputs} inputs{', gradients too' if f.gradient is not None else ''}"
        if f.verdict == "equals"
        else f"error {f.error:.1e}"
    )


def _difference(f: Finding) -> list[str]:
    lines = [f"{f.title} ({f.place}) and {f.code} ({f.code_place}): {f.verdict}"]
    if f.verdict == "not run":
        return [*lines, f"  {f.error}"]
    if f.adapted:
        lines.append(f"  held against each other with: {'; '.join(f.adapted)}")
    if f.slopes:
        lines.append("  the values are equal, the gradients are not; along one direction each:")
        lines += [f"    by {a}: the paper gives {x:.6g}, the code gives {y:.6g}" for a, x, y in f.slopes]
    if f.counterexample is not None:
        lines += [f"  {line}" for line in _example(f.counterexample)]
    if f.causes:
        lines += [f"  it matches if {f.causes[0]}", *(f"  or if {c}" for c in f.causes[1:])]
    else:
        lines.append("  no single change of the equation explains it")
    if f.library:
        lines.append(f"  your code equals {f.library} on these inputs: the equation may be misprinted")
    lines += [f"  note: {n}" for n in f.notes]
    return lines


def _example(example: Counterexample) -> list[str]:
    sizes = ", ".join(f"{n} = {k}" for n, k in example.sizes)
    names = [*(n for n, _ in example.inputs), "the paper gives", "the code gives"]
    width = max(map(len, names))
    rows = [*example.inputs, ("the paper gives", example.expected), ("the code gives", example.got)]
    return [
        f"smallest difference found{f' ({sizes})' if sizes else ''}:",
        *(f"  {n:<{width}}  {_value(v)}" for n, v in rows),
    ]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    array = array + 0.0 if array.dtype.kind == "f" else array  # no -0
    if array.size > _SHOWN:
        return f"array of {' x '.join(map(str, array.shape))}"
    if not array.ndim:
        return f"{array.item():.6g}" if array.dtype.kind == "f" else str(array.item())
    return np.array2string(array, precision=6, separator=", ", suppress_small=True).replace("\n", "")


def _summary(report: CheckReport) -> str:
    counts = {v: sum(f.verdict == v for f in report.findings) for v in ("equals", "differs", "not run")}
    if not report.findings:
        return "nothing is bound: no code says that it is an equation of the paper, or behaves like one"
    said = [f"{counts['equals']} of {len(report.findings)} bound equations equal"]
    said += [f"{counts['differs']} {'differs' if counts['differs'] == 1 else 'differ'}"] if counts["differs"] else []
    said += [f"{counts['not run']} could not be run"] if counts["not run"] else []
    level = next((f.sandbox for f in report.findings if f.sandbox), "")
    return f"{', '.join(said)}, {len(report.unbound)} equations not bound" + (f" (sandbox: {level})" if level else "")


def check_json(report: CheckReport) -> dict[str, Any]:
    """The same as one object."""
    return {
        "passed": report.exit_code == 0,
        "findings": [_finding(f) for f in report.findings],
        "unbound": [
            {"equation": u.equation, "title": u.title, "symbol": u.symbol, "place": u.place, "why": u.why}
            for u in report.unbound
        ],
        "without_equation": list(report.left),
        "diagnostics": [{"code": d.code, "message": d.message} for d in report.diagnostics],
    }  # fmt: skip


def _finding(f: Finding) -> dict[str, Any]:
    out: dict[str, Any] = {
        "equation": f.equation, "function": f.function, "title": f.title, "symbol": f.symbol, "place": f.place,
        "code": f.code, "code_place": f.code_place, "bound_by": f.how, "evidence": f.evidence, "verdict": f.verdict,
        "error": f.error, "tolerance": f.tolerance, "inputs": f.inputs, "sizes": f.sizes, "seeds": list(f.seeds),
        "gradient": f.gradient, "slopes": [list(s) for s in f.slopes], "adapted": list(f.adapted), "causes": list(f.causes), "operators": list(f.operators), "library": f.library,
        "notes": list(f.notes), "sandbox": f.sandbox, "counterexample": None,
    }  # fmt: skip
    if (e := f.counterexample) is not None:
        out["counterexample"] = {
            "sizes": dict(e.sizes), "inputs": {n: _plain(v) for n, v in e.inputs},
            "expected": _plain(e.expected), "got": _plain(e.got),
        }  # fmt: skip
    return out


def _plain(value: Any) -> Any:
    """As JSON has it: no NaN or infinity, which are no JSON."""
    if isinstance(value, str) or value is None:
        return value
    array = np.asarray(value)
    if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
        array = np.where(np.isfinite(array), array, np.nan)
        return np.vectorize(lambda x: None if np.isnan(x) else float(x), otypes=[object])(array).tolist()
    return array.tolist()
