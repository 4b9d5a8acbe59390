"""The whole way on the bundled paper: the same bytes everywhere, and what the paper says is what comes out."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAPER = ROOT / "examples" / "attention" / "paper.tex"


def build(source: Path, out: Path, *options: str, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "paperc", "build", str(source), "-o", str(out), *options],
        capture_output=True, text=True, timeout=600, check=False, env=os.environ | {"PYTHONHASHSEED": seed},
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def variant(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """A copy of the bundled paper with words replaced; every change must apply."""
    text = PAPER.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    copy = tmp_path / "variant" / "paper.tex"
    copy.parent.mkdir()
    copy.write_text(text, encoding="utf-8")
    return copy


def config(out: Path) -> str:
    (found,) = out.glob("*/config.py")
    return found.read_text(encoding="utf-8")


def test_same_input_same_bytes(tmp_path: Path) -> None:
    """Two builds in different folders, with different hash seeds, from different places of the same paper."""
    elsewhere = tmp_path / "a" / "paper.tex"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(PAPER.read_bytes())
    first = build(PAPER, tmp_path / "one", seed="1")
    second = build(elsewhere, tmp_path / "deep" / "two", seed="2718")
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    one, two = contents(tmp_path / "one"), contents(tmp_path / "deep" / "two")
    assert list(one) == list(two)
    assert [name for name in one if one[name] != two[name]] == []
    assert not any(str(tmp_path).encode() in data for data in one.values()), "no absolute path in the output"
    evidence = json.loads(one["evidence.json"])
    status = {e["number"]: e["status"] for e in evidence["equations"]}
    assert {status[n] for n in ("1", "2", "4")} == {"corroborated"}, status
    assert {status[n] for n in ("3", "5", "6", "7")} <= {"conforms", "corroborated"}, status
    checks = {c["name"]: c["passed"] for c in evidence["model"]["checks"]}
    assert checks["oracle: torch.nn.Transformer"] and checks["causality"] and checks["parameters"], checks
    assert all(checks.values()), checks
    assert "Traceback" not in first.stderr and "corroborated" in first.stdout and "report.html" in first.stdout


def test_other_digits_and_structure_give_another_model(tmp_path: Path) -> None:
    source = variant(
        tmp_path,
        ("The encoder is a stack of $N=6$", "The encoder is a stack of $N=4$"),
        ("The decoder is a stack of $N=6$", "The decoder is a stack of $N=4$"),
        ("we employ $h = 8$ parallel heads", "we employ $h = 4$ parallel heads"),
        ("$\\dmodel = 512$", "$\\dmodel = 256$"),
        ("with a ReLU activation in between", "with a GELU activation in between"),
        ("\\max(0, x W_1 + b_1) W_2 + b_2", "\\mathrm{GELU}(x W_1 + b_1) W_2 + b_2"),
        ("$\\beta_2 = 0.98$", "$\\beta_2 = 0.95$"),
        ("We used $warmup\\_steps = 4000$", "We used $warmup\\_steps = 1500$"),
        ("base & 6 & 512 & 2048 & 8 & 64 & 64", "base & 4 & 256 & 2048 & 4 & 64 & 64"),
    )
    done = build(source, tmp_path / "out", "--no-verify")
    assert done.returncode == 0, done.stderr
    text = config(tmp_path / "out")
    for name, value in (
        ("encoder_layers", "4"), ("decoder_layers", "4"), ("n_heads", "4"), ("d_model", "256"), ("activation", '"gelu"'),
        ("beta_2", "0.95"), ("warmup_steps", "1500"),
    ):  # fmt: skip
        assert re.search(rf"\b{name}: \w+ = {re.escape(value)}\b|\b{name}: \w+ = {re.escape(value)}", text), (
            name,
            text,
        )


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("The inner layer has dimensionality $\\dff = 2048$.", "feed-forward size"),
        ("During training we employed label smoothing of value\n$\\epsilon_{ls} = 0.1$.", "label smoothing"),
    ],
)
def test_a_value_that_is_not_said_is_a_gap_or_an_assumption(tmp_path: Path, sentence: str, what: str) -> None:
    """Without the sentence (and the table that repeats it) the value is not simply there."""
    text = PAPER.read_text(encoding="utf-8")
    start = text.index("\\begin{table}[t]\n  \\caption{Variations")
    table = text[start : text.index("\\end{table}", start) + len("\\end{table}")]
    done = build(variant(tmp_path, (sentence, ""), (table, "")), tmp_path / "out", "--no-verify")
    assert done.returncode == 0, done.stderr
    evidence = json.loads((tmp_path / "out" / "evidence.json").read_text(encoding="utf-8"))
    stated = {c["name"]: c["source"] for c in evidence["configuration"]}
    assert stated.get(what, "missing") != "stated", stated


def test_edited_settings_are_obeyed_and_a_wrong_entry_names_its_line(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert build(PAPER, out, "--no-verify").returncode == 0
    before = config(out)
    assert "norm_eps: float = 1e-5" in before, before
    settings = out / "paper.toml"
    text = settings.read_text(encoding="utf-8")
    edited = re.sub(r"(?m)^(.*norm_eps\W*=\s*)\S+.*$", r"\g<1>1e-6  # mine", text)
    assert edited != text
    settings.write_text(edited, encoding="utf-8")
    again = build(PAPER, out, "--no-verify")
    assert again.returncode == 0 and "norm_eps" in again.stderr, again.stderr
    assert "norm_eps: float = 1e-6" in config(out)
    assert "# mine" in settings.read_text(encoding="utf-8")
    settings.write_text(edited + '\n[choices]\n"model.nrom_eps" = 1\n' if "[choices]" not in edited else
                        edited.replace("[choices]", '[choices]\n"model.nrom_eps" = 1', 1), encoding="utf-8")  # fmt: skip
    wrong = build(PAPER, out, "--no-verify")
    line = settings.read_text(encoding="utf-8").split("nrom_eps")[0].count("\n") + 1
    assert wrong.returncode == 2 and f"paper.toml:{line}" in wrong.stderr and "norm_eps" in wrong.stderr, wrong.stderr


def test_emitted_tests_pass_in_the_output_folder(tmp_path: Path) -> None:
    assert build(PAPER, tmp_path / "out", "--no-verify").returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"],
        cwd=tmp_path / "out", capture_output=True, text=True, timeout=900, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


def test_training_runs_from_the_output_folder(tmp_path: Path) -> None:
    """The default task needs no data; the loss falls; log and picture of the curve are left."""
    assert build(PAPER, tmp_path / "out", "--no-verify").returncode == 0
    done = subprocess.run(
        [sys.executable, "train.py", "--steps", "40", "--out", "run"],
        cwd=tmp_path / "out", capture_output=True, text=True, timeout=600, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    logs = list((tmp_path / "out").rglob("*.jsonl"))
    assert logs and list((tmp_path / "out").rglob("*.png"))
    losses = [json.loads(line)["loss"] for line in logs[0].read_text().splitlines() if '"loss"' in line]
    assert losses[-1] < losses[0]
