"""Golden files that read like documents: `## title`, an input, and the expected lines, indented.

`PAPERC_GOLDEN=write pytest …` writes what the code says now into the files; the difference is then read by a person.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Case:
    """One case of a golden file: its title, the input, the expected lines."""

    path: Path
    title: str
    text: str
    expected: str


def cases(folder: Path) -> list[Case]:
    """All cases of the `*.md` files of a folder, in order."""
    found = []
    for path in sorted(folder.glob("*.md")):
        for block in re.split(r"^(?=## )", path.read_text(), flags=re.M)[1:]:
            title, _, rest = block.partition("\n")
            lines = rest.split("\n")
            first = next((k for k, line in enumerate(lines) if line.startswith("    ")), len(lines))
            expected = "\n".join(line[4:].rstrip() for line in lines[first:] if line.startswith("    "))
            found.append(Case(path, title.removeprefix("## ").strip(), "\n".join(lines[:first]).strip(), expected))
    return found


def check(folder: Path, render: Callable[[str], str]) -> pytest.MarkDecorator:
    """Parametrize a test over the cases of a folder; see `compare`."""
    found = cases(folder)
    if os.environ.get("PAPERC_GOLDEN") == "write":
        _write(found, render)
        found = cases(folder)
    return pytest.mark.parametrize("case", found, ids=lambda c: f"{c.path.stem}: {c.title}")


def _write(found: list[Case], render: Callable[[str], str]) -> None:
    for path in dict.fromkeys(c.path for c in found):
        head = re.split(r"^(?=## )", path.read_text(), flags=re.M)[0]
        blocks = []
        for case in (c for c in found if c.path == path):
            body = "\n".join(f"    {line}".rstrip() for line in render(case.text).split("\n"))
            blocks.append(f"## {case.title}\n\n{case.text}\n\n{body}\n")
        path.write_text(head + "\n".join(blocks))
