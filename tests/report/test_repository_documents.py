"""The repository's own README must not rot: what it names exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from paperc.verify.record import LADDER

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def commands() -> list[str]:
    listed = subprocess.run(
        [sys.executable, "-m", "paperc", "--help"], capture_output=True, text=True, check=True
    ).stdout
    return re.findall(r"^  (\w+)  ", listed.split("Commands:")[1], re.M)


def test_every_command_is_described_and_no_other() -> None:
    assert re.findall(r"^    paperc (\w+)", README, re.M) == commands()


def test_the_ladder_is_the_one_of_the_code() -> None:
    assert tuple(re.findall(r"^\| (\w+) \| ", README.split("What a verdict means")[1], re.M)[1:7]) == LADDER


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text()
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_targets_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"\bmake (\w+)", README + (ROOT / "CONTRIBUTING.md").read_text())):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_example_of_a_wrong_entry_is_what_is_printed(tmp_path: Path) -> None:
    wanted = README.split("    error[wrong-setting]")[1].split("\n\n")[0]
    lines = [
        "error[wrong-setting]" + wanted.splitlines()[0],
        *(l.removeprefix("    ") for l in wanted.splitlines()[1:]),
    ]
    place = re.search(r"paper\.toml:(\d+):1", lines[1])
    assert place is not None
    path = tmp_path / "paper.toml"
    path.write_text("[choices]" + "\n" * (int(place.group(1)) - 1) + "'model.norm_epz' = 1e-6\n")
    paper = str(ROOT / "examples" / "attention" / "paper.tex")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "paperc",
            "build",
            paper,
            "-o",
            str(tmp_path / "out"),
            "--no-verify",
            "--settings",
            str(path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "\n".join(lines) in done.stderr
