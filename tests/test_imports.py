"""The direction of imports: a stage knows only the stages before it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import paperc

ROOT = Path(paperc.__file__).parent
ORDER = [
    "provenance",
    "errors",
    "bounded",
    "output",
    "document",
    "source",
    "read",
    "formula",
    "settings",
    "spec",
    "ir",
    "lower",
    "components",
    "emit",
    "verify",
    "check",
    "refs",
    "report",
    "pipeline",
    "cli",
    "__main__",
]


def _stage(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imported(path: Path) -> set[str]:
    depth = len(path.relative_to(ROOT).parts)
    out = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            out |= {node.module.split(".")[0]} if node.module else {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("paperc."):
            out.add(node.module.split(".")[1])
    return out


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_backwards(path: Path) -> None:
    stage = _stage(path)
    if stage == "__init__" or "__init__" in stage:
        return
    allowed = set(ORDER[: ORDER.index(stage) + 1])
    wrong = {name for name in _imported(path) if name in ORDER and name not in allowed}
    if stage == "verify":
        wrong |= _imported(path) & {"emit"}
    assert not wrong, f"{stage} imports {sorted(wrong)}"


def test_reading_a_paper_does_not_load_pytorch() -> None:
    """`import torch` takes longer than reading a paper: only what runs code pays for it."""
    code = "import sys, paperc.pipeline; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
