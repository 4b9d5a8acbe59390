"""Golden documents of lowering: declarations and LaTeX in, IR as text or the reason of a refusal out.

A case is a heading, declarations as a list, a `tex` block (statements one a line; a word before a line gives its kind), and the
expected `ir` block.

    ## Title
    - `x`: shape (n, d); meaning the input
    - `\\tau`: value 0.5
    ```tex
    y = x
    ```
    ```ir
    y: real (n, d)
        …
    ```
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperc.formula import parse
from paperc.ir.text import function_text
from paperc.lower import Lowered, lower
from paperc.provenance import Span
from paperc.spec.model import Statement, SymbolInfo

KINDS = ("definition", "update", "objective", "distribution", "identity", "bound")


@dataclass(frozen=True)
class Case:
    file: str
    title: str
    declarations: str
    prose: str
    tex: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}: {self.title}"


def cases(folder: Path) -> list[Case]:
    found = []
    for path in sorted(folder.glob("*.md")):
        for part in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            title, body = part.split("\n", 1)
            blocks = dict(re.findall(r"^```(tex|ir)\n(.*?)^```$", body, flags=re.M | re.S))
            before = body.split("```tex")[0]
            declared = "\n".join(line for line in before.splitlines() if line.startswith("- "))
            prose = " ".join(line for line in before.splitlines() if line and not line.startswith("- "))
            found.append(Case(path.stem, title.strip(), declared, prose, blocks["tex"].strip(), blocks["ir"].strip()))
    return found


def symbols(declarations: str) -> dict[str, SymbolInfo]:
    table = {}
    for line in declarations.splitlines():
        match = re.fullmatch(r"- `(.+?)`: (.*)", line)
        assert match, line
        name = match[1]
        fields: dict[str, Any] = {}
        for item in match[2].split("; "):
            key, _, value = item.partition(" ")
            match key:
                case "shape":
                    fields["shape"] = tuple(s.strip() for s in value.strip("()").split(",") if s.strip())
                    fields["kind"] = ("scalar", "vector", "matrix", "tensor")[min(3, len(fields["shape"]))]
                case "value":
                    fields["value"] = fields["default"] = float(value)
                    fields.setdefault("role", "hyper-parameter")
                case "range":
                    lo, hi = value.split("..")
                    fields["range"] = (lo, hi)
                case _:
                    fields[key] = value
        table[name] = SymbolInfo(name, name, **fields)
    return table


def statements(tex: str) -> list[Statement]:
    found = []
    for number, line in enumerate(tex.splitlines(), 1):
        kind, _, rest = line.partition(": ")
        kind, latex = (kind, rest) if kind in KINDS else ("definition", line)
        for part, tree in enumerate(parse(latex).statements, 1):
            id = f"eq:{number}" if part == 1 else f"eq:{number}.{part}"
            found.append(Statement(id, f"eq:{number}", kind, tree, latex, Span("paper.tex", number), "sec:1"))  # type: ignore[arg-type]
    return found


def lowered(case: Case, settings: dict[str, str] | None = None) -> Lowered:
    made = statements(case.tex)
    return lower(made, symbols(case.declarations), settings or {}, {s.id: case.prose for s in made})


def as_text(found: Lowered) -> str:
    parts = [function_text(f) for f in found.functions]
    for p in found.properties:
        sides = [function_text(f).split("=", 1)[1].strip() for f in (p.left, p.right)]
        parts.append(f"{p.kind}: {sides[0]} {p.relation} {sides[1]}")
    for g in found.refusals:
        key = f" [{g.key}: {', '.join(g.options)}]" if g.key else ""
        parts.append(f"refused {g.subject} ({g.what}): {g.why}{key}")
    return "\n".join(parts)
