"""Golden files of the reader: `tests/fixtures/read/*.md`.

A case is a heading, one or more blocks of source (```latex, or ```latex name.tex for a further file), and blocks of what
is read from it, each named by the part of the Document that it shows (`facets.py`). A source without `\\documentclass`
is the body of an article. `UPDATE_GOLDEN=1 pytest tests/read` writes what is read now; look at the difference.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from facets import FACETS

from paperc.document import Document
from paperc.errors import PapercError
from paperc.read import read
from paperc.source import SourceTree

FOLDER = Path(__file__).parent.parent / "fixtures" / "read"
_BLOCK = re.compile(r"^```(\S+)[ ]?([^\n]*)\n(.*?)^```$", re.M | re.S)


@dataclass
class Case:
    file: Path
    title: str
    sources: dict[str, str] = field(default_factory=dict)
    expected: list[tuple[str, str]] = field(default_factory=list)


def cases() -> list[Case]:
    out = []
    for file in sorted(FOLDER.glob("*.md")):
        for part in re.split(r"^## ", file.read_text(), flags=re.M)[1:]:
            title, _, text = part.partition("\n")
            case = Case(file, title.strip())
            for m in _BLOCK.finditer(text):
                if m.group(1) == "latex":
                    case.sources[m.group(2).strip() or "paper.tex"] = m.group(3)
                else:
                    case.expected.append((m.group(1), m.group(3).rstrip("\n")))
            out.append(case)
    return out


def document(case: Case) -> Document:
    sources = dict(case.sources)
    main = next(iter(sources))
    if "\\documentclass" not in sources[main] and "main" not in dict(case.expected):
        head, found, body = sources[main].rpartition("%%\n")
        preamble = head if found else ""
        sources[main] = f"\\documentclass{{article}}\n{preamble}\\begin{{document}}\n{body}\\end{{document}}\n"
    named = "" if "main" in dict(case.expected) else main
    return read(SourceTree("case", named, {k: v.encode() for k, v in sources.items()}))


def shown(case: Case, facet: str) -> str:
    try:
        found = document(case)
        return FACETS[facet](found) if facet != "error" else "no error"
    except PapercError as problem:
        return "\n".join(f"{type(problem).__name__} {d.code} {d.span or ''}: {d.message}" for d in problem.diagnostics)


@pytest.mark.parametrize("case", cases(), ids=lambda c: f"{c.file.stem}: {c.title}")
def test_golden(case: Case) -> None:
    assert case.sources, "no source"
    assert case.expected, "nothing expected"
    found = [(facet, shown(case, facet)) for facet, _ in case.expected]
    if os.environ.get("UPDATE_GOLDEN"):
        _update(case, found)
        return
    for (facet, expected), (_, got) in zip(case.expected, found, strict=True):
        assert got == expected, facet


def _update(case: Case, found: list[tuple[str, str]]) -> None:
    text = case.file.read_text()
    start = text.index(f"## {case.title}\n")
    end = text.find("\n## ", start)
    end = len(text) if end < 0 else end
    part = text[start:end]
    for facet, got in found:
        block = f"```{facet}\n{got}\n```"
        part = re.sub(rf"^```{facet}[ ]?[^\n]*\n.*?^```$", lambda _, b=block: b, part, count=1, flags=re.M | re.S)
    case.file.write_text(text[:start] + part + text[end:])
