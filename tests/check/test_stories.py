"""The worked stories of docs/check.md are run, and say what the page says."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperc.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "check.md"
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = PAGE.read_text()
FILES = {name: body for kind, name, body in BLOCK.findall(TEXT) if kind in ("latex", "python")}
STORIES = [body for kind, _, body in BLOCK.findall(TEXT) if kind == "console"]


def run(story: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """What the command of a story prints, and its exit code."""
    for name, body in FILES.items():
        (folder / name).write_text(body)
    shutil.copy(PAGE.parents[1] / "examples" / "attention" / "paper.tex", folder / "attention.tex")
    monkeypatch.chdir(folder)
    command = story.splitlines()[0].removeprefix("$ paperc ")
    done = CliRunner().invoke(app, command.split())
    return settled(done.stdout), done.exit_code


def settled(said: str) -> str:
    """Without what depends on the machine: the level of its sandbox, and rounding."""
    said = re.sub(r"error \S+ <=", "error … <=", re.sub(r" \(sandbox: [^)]*\)", "", said))
    return re.sub(r"(off by|error) [\d.]+e-\d+", r"\1 …", said)


@pytest.mark.parametrize("story", STORIES, ids=lambda s: s.splitlines()[0].split()[-1])
def test_the_page_says_what_the_command_says(story: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said, code = run(story, tmp_path, monkeypatch)
    assert said == settled(story.split("\n", 1)[1])
    assert code == (1 if "differs" in said or "different" in said else 0)
