#!/usr/bin/env python3
"""Compile the formulas of PyTorch's own documentation and hold each against the module that it documents.

    python tools/torch_docs.py [NAME …]           print the table (NAME: `ELU`, `F.softplus`)
    python tools/torch_docs.py --markdown         also write docs/torch-docs.md

The docstrings are those of the installed PyTorch; nothing of them lies in this repository. Each becomes a small paper
(`rst.py`), is compiled like any other, and its functions are called with what the module was called with
(`torch_calls.py`). Counted is every formula in the docstrings of torch.nn's modules and of torch.nn.functional that says
what something equals: each display with a relation, and each formula in running text that gives a symbol, or a function of
symbols, an expression. Not counted: displays that only tell letters in words, shapes, values of letters, inequalities.

A row ends as `corroborated` (every statement of the formula has a function, and each result that the module shows is equal
in float64, for two seeds), `refused` (no function, with the reason; or nothing of the module to hold it against), or
`WRONG`. Exit code 1 if anything is WRONG.
"""

from __future__ import annotations

import argparse
import collections
import importlib
import inspect
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from matching import array, ascii_name, error, find, hint, plain
from rst import paper
from torch import nn
from torch_calls import CASES, FUNCTIONS, NAMES, Case

from paperc import pipeline
from paperc.report.record import BuildRecord

ROOT = Path(__file__).resolve().parent.parent
STATUSES = ("corroborated", "refused", "WRONG")
GROUPS = ("value", "size", "initialisation")
SEEDS = (0, 1)
TOLERANCE = 1e-9
SYMBOL = r"\\?(?:text)?[A-Za-z]\w*(?:[_^]\\?(?:text)?\w+)*(?:\([A-Za-z]\w*(?:,[A-Za-z]\w*)*\))?"


@dataclass(frozen=True)
class Formula:
    """A formula of a docstring: its number there among those that count, and its statements in the paper made of it."""

    number: int
    latex: str
    group: str
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """What became of one formula."""

    name: str
    number: int
    group: str
    function: str
    status: str
    detail: str  # the largest relative error, or the reason


# ---- what is counted ------------------------------------------------------------------------------------------------------


def documented() -> Iterator[tuple[str, str]]:
    """The names and docstrings of the modules of torch.nn and of the functions of torch.nn.functional."""
    for name in sorted(vars(nn)):
        found = getattr(nn, name)
        if inspect.isclass(found) and issubclass(found, nn.Module) and vars(found).get("__doc__"):
            yield name, found.__doc__ or ""
    for name in sorted(vars(F)):
        found = getattr(F, name)
        if (
            not name.startswith("_")
            and callable(found)
            and not inspect.isclass(found)
            and getattr(found, "__doc__", None)
        ):
            yield f"F.{name}", found.__doc__


def formulas(record: BuildRecord) -> Iterator[Formula]:
    """The formulas that count, in the order of the text: displays, then those of running text."""
    number = 0
    for equation in record.document.equations:
        if any(_tells(row) for row in _rows(equation.latex)):
            number += 1
            own = tuple(s.id for s in record.spec.statements if s.equation == equation.id)
            yield Formula(number, equation.latex, _group(equation.latex), own)
    written: dict[str, str] = {}
    for statement in record.spec.statements:
        if not statement.equation:
            written.setdefault(_squeezed(statement.latex), statement.id)
    for paragraph in record.document.paragraphs:
        for inline in paragraph.inlines:
            if inline.kind == "math" and _defines(inline.text):
                number += 1
                own = tuple(filter(None, [written.get(_squeezed(inline.text))]))
                yield Formula(number, inline.text, _group(inline.text), own)


def _rows(latex: str) -> list[str]:
    """The rows of a display, without the environment around all of them; cases stay whole."""
    text = re.sub(r"\\(?:begin|end)\{(?:aligned|split|array)\}(?:\{[a-z]*\})?", "", latex)
    return [text] if "cases" in text else re.split(r"\\\\", text)


def _tells(row: str) -> bool:
    """Whether a row has a relation whose right side is more than words."""
    left, relation, right = _parts(row)
    return bool(relation and left.strip()) and not re.fullmatch(
        r"[\s\d.]*", re.sub(r"\\text\{[^}]*\}|[{}&]", "", right)
    )


def _defines(latex: str) -> bool:
    """Whether a formula in running text gives a symbol, or a function of symbols, an expression."""
    left, relation, right = _parts(latex)
    name = re.fullmatch(rf"\(?{SYMBOL}(,{SYMBOL})*\)?", _squeezed(left)) and not re.match(r"\\(log|lim|frac)\b", left)
    bare = re.sub(r"[_^](?:\\text)?(?:\{[^{}]*\}|\\?\w)|\\text\{[^}]* [^}]*\}", "", right)
    bare = re.sub(r"\\text\{[^}]*\}", "a", bare)
    number = re.fullmatch(r"\s*[-+]?\s*(?:[\d.]+|\\infty)\s*", right)
    expression = re.search(r"[-+*/]|\\(?:frac|times|prod|sum|max|min|log|otimes)|[A-Za-z]\s*[A-Za-z(]", bare)
    return bool(relation == "=" and name and expression and not number and "\\dots" not in right)


def _parts(row: str) -> tuple[str, str, str]:
    """The row before, at and after its first relation outside of brackets."""
    depth = 0
    for mark in re.finditer(r"[({\[\])}]|=|\\sim|(?<!\\)[<>]|\\(?:leq?|geq?|neq?|not)\b", row):
        if mark[0] in "({[":
            depth += 1
        elif mark[0] in ")}]":
            depth -= 1
        elif depth == 0:
            return row[: mark.start()], mark[0], row[mark.end() :]
    return row, "", ""


def _squeezed(latex: str) -> str:
    return re.sub(r"[\s{}]", "", latex)


def _group(latex: str) -> str:
    left = _squeezed(_rows(latex)[0].split("=")[0])
    if re.fullmatch(r"\(?([A-Z](_(\\text)?\w+)?,?)+\)?", left) and left not in ("Y", "X"):
        return "size"
    return "initialisation" if left == "k" else "value"


# ---- one docstring --------------------------------------------------------------------------------------------------------


def judge(name: str, docstring: str, folder: Path) -> list[Row]:
    """The rows of one docstring; `folder` gets its paper and its package."""
    package = re.sub(r"\W", "_", f"doc_{name}").lower()
    source = folder / f"{package}.tex"
    source.write_text(paper(package, docstring), encoding="utf-8")
    record = pipeline.build(str(source), folder / f"{package}-built", verify=False).record
    sys.path.insert(0, str(folder / f"{package}-built"))
    try:
        equations = importlib.import_module(f"{record.package}.equations") if record.functions else None
        return [_judged(name, formula, record, equations) for formula in formulas(record)]
    finally:
        sys.path.pop(0)


def _judged(name: str, formula: Formula, record: BuildRecord, equations: Any) -> Row:
    functions = [f for f in record.functions if f.id in formula.statements]
    shown = ", ".join(dict.fromkeys(f.name for f in functions))
    missing = [
        s for s in record.spec.statements
        if s.id in formula.statements and s.kind not in ("declaration", "prose") and s.id not in {f.id for f in functions}
    ]  # fmt: skip

    def row(status: str, detail: str) -> Row:
        return Row(name, formula.number, formula.group, shown, status, detail)

    if not functions or missing:
        return row("refused", _reason(record, [s.id for s in missing] or list(formula.statements)))
    if name not in CASES:
        return row("refused", "there is nothing to hold it against")
    worst, compared = 0.0, 0
    for seed in SEEDS:
        with torch.no_grad():
            case = CASES[name](_drawing(seed), formula.number)
            for function in functions:
                wanted = _expected(function.symbol, case)
                if wanted is None:
                    continue
                try:
                    got = array(_called(getattr(equations, function.name), function, case))
                except Asks as asks:
                    return row("refused", str(asks))
                except Exception as fault:
                    return row("WRONG", f"call: {type(fault).__name__}: {str(fault).splitlines()[0]}")
                want = array(torch.as_tensor(wanted))
                gap = error(got, want)
                if not gap <= TOLERANCE:
                    return row("WRONG", hint(got, want))
                worst, compared = max(worst, gap), compared + 1
    return (
        row("corroborated", f"{worst:.1e}")
        if compared
        else row("refused", "the module shows nothing to hold it against")
    )


class Asks(Exception):
    """A function wants an argument that the call does not have."""


def _drawing(seed: int) -> Any:
    torch.manual_seed(seed)

    def draw(*shape: int, low: float | None = None, high: float = 1.0) -> torch.Tensor:
        return torch.randn(shape) if low is None else low + (high - low) * torch.rand(shape)

    return draw


def _expected(symbol: str, case: Case) -> Any:
    """What the module gives for a left side; None where it does not show it."""
    known = {**(case.results if isinstance(case.results, Mapping) else {}), **case.sizes}
    left = re.sub(r"\(.*\)$", "", symbol) if not symbol.startswith("(") else symbol
    key = find({"symbol": left, "name": ascii_name(left)}, known, strict=False) if known else None
    if key is not None:
        return known[key]
    return None if isinstance(case.results, Mapping) else case.results


def _called(call: Any, function: Any, case: Case) -> Any:
    described = {a.name: a for a in function.arguments}
    found = {}
    for parameter in inspect.signature(call).parameters.values():
        argument = described.get(parameter.name)
        symbol = argument.symbol if argument else parameter.name
        value = _value(parameter.name, symbol, case)
        if value is not None:
            found[parameter.name] = value
        elif parameter.default is parameter.empty:
            raise Asks(f"asks for {symbol}")
    return call(**found)


def _value(name: str, symbol: str, case: Case) -> Any:
    """A value for an argument: as the table says, a method or an attribute by its name, or a well-known function."""
    for strict in (True, False):
        key = find({"symbol": symbol, "name": name}, case.values, strict)
        if key is not None:
            return _as_argument(case.values[key])
    words = plain(symbol).replace(r"\_", "_")
    if "." in words:  # a method of an input: `x.size`
        holder, method = words.split(".", 1)
        if holder in case.values and hasattr(case.values[holder], method):
            return lambda *k: torch.tensor(getattr(case.values[holder], method)(*map(int, k)))
    attribute, _, at = words.partition("[") if "[" in words else (NAMES.get(name, name), "", "")
    if (numbered := re.fullmatch(r"(\w+)_(\d)", name)) and not hasattr(case.owner, name):
        attribute, at = numbered[1], numbered[2]
    if hasattr(case.owner, attribute):
        value = getattr(case.owner, attribute)
        if isinstance(value, tuple) and at:
            value = value[int(at.rstrip("]"))]
        return _as_argument(value[0] if isinstance(value, tuple) and len(value) == 1 else value)
    return FUNCTIONS.get(find({"symbol": symbol, "name": name}, FUNCTIONS, strict=True) or "")


def _as_argument(value: Any) -> Any:
    """Numbers and arrays as the calling convention wants them."""
    if isinstance(value, tuple):
        return torch.tensor(value, dtype=torch.float64)
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    return value


def _reason(record: BuildRecord, statements: Sequence[str]) -> str:
    """Why there is no function for these statements."""
    for statement in record.spec.statements:
        if statement.id in statements:
            names = (statement.id, statement.equation)
            for gap in record.gaps:
                if gap.subject in names or gap.span == statement.span:
                    return f"{gap.what}: {gap.why}"
            return f"read as {statement.kind}"
    return "not read as a statement"


# ---- the table --------------------------------------------------------------------------------------------------------------


def totals(rows: Sequence[Row]) -> list[str]:
    lines = []
    for group in ("", *GROUPS):
        chosen = [r for r in rows if group in ("", r.group)]
        count = collections.Counter(r.status for r in chosen)
        said = ", ".join(f"{count[s]} {s}" for s in STATUSES)
        share = f" ({count['corroborated'] / max(1, len(chosen)):.0%} corroborated)"
        docstrings = len({r.name for r in chosen})
        lines.append(f"{group or 'all'}: {len(chosen)} formulas of {docstrings} docstrings: {said}{share}")
    return lines


def markdown(rows: Sequence[Row]) -> str:
    """docs/torch-docs.md: what was counted, totals and the table."""
    out = [
        "# PyTorch's documentation as a test", "",
        f"Written by `python tools/torch_docs.py --markdown` with PyTorch {torch.__version__}. The docstrings of the installed",
        "`torch.nn` modules and functionals are turned into small papers by one converter, compiled like any paper, and the",
        "emitted functions are called with what the module was called with; compared in float64 (relative 1e-9, two seeds).", "",
        "Counted is every formula that says what something equals: each display with a relation, and each formula in running",
        "text that gives a symbol, or a function of symbols, an expression. Not counted: displays that only tell letters in",
        "words, shapes, values of letters, inequalities. *value*: what the module computes; *size*: the size of its output;",
        "*initialisation*: the interval that its weights are drawn from.", "",
        *[f"- {line}" for line in totals(rows)], "",
        "| docstring | formula | of | function | status | relative error, or reason |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for r in rows:
        cells = (f"`{r.name}`", str(r.number), r.group, f"`{r.function}`" if r.function else "", r.status, r.detail)
        out.append("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |")
    return "\n".join([*out, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these docstrings")
    parser.add_argument("--keep", type=Path, help="keep the papers and packages here")
    parser.add_argument("--markdown", action="store_true", help="write docs/torch-docs.md")
    args = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="torch-docs-") as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, docstring in documented():
            if (args.names and name not in args.names) or not re.search(r":math:|\.\. math", docstring):
                continue
            for r in judge(name, docstring, folder):
                print(
                    f"{r.status:13} {r.name:30} {r.number:2} {r.group[:5]:5} {r.function:20} {r.detail[:140]}",
                    flush=True,
                )
                rows.append(r)
    print(*totals(rows), sep="\n")
    if args.markdown:
        (ROOT / "docs" / "torch-docs.md").write_text(markdown(rows), encoding="utf-8")
    return 1 if any(r.status == "WRONG" for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
