"""Emitted models and training scripts do what they say when they are run: their own tests pass, the loss falls."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from model_paper import PAPERS, paper

from paperc.emit.model import emit_model

ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}


def write(name: str, folder: Path, package: str = "net") -> None:
    made = paper(name, package=package)
    for path, source in emit_model(made.architecture, made.training, made.context).files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(source)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=300, env=ONE_THREAD
    )


def test_the_emitted_tests_of_every_family_pass(tmp_path: Path) -> None:
    """All in one process: each family as a package of its own."""
    for name in PAPERS:
        write(name, tmp_path, package=name)
        (tmp_path / "tests/test_model.py").rename(tmp_path / f"tests/test_{name}.py")
        (tmp_path / "tests/test_training.py").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    done = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout
    count = int(done.stdout.split(" passed")[0].split()[-1])
    assert count > 8 * (len(PAPERS) - 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("transformer")
    write("post_norm", folder)
    done = run(folder, "train.py", "--steps", "60", "--out", "run")
    assert done.returncode == 0, done.stderr
    return folder, done


@pytest.fixture
def transformer(trained: tuple[Path, object]) -> Path:
    return trained[0]


def test_training_leaves_a_log_a_curve_and_the_weights(
    trained: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    transformer, done = trained
    assert "parameters, loss" in done.stdout
    about, *steps = [json.loads(line) for line in (transformer / "run/log.jsonl").read_text().splitlines()]
    assert about["training"]["beta_2"] == 0.98 and about["model"]["d_model"] == 32
    losses = [step["loss"] for step in steps]
    assert [step["step"] for step in steps] == list(range(1, 61))
    assert sum(losses[-5:]) < 0.95 * sum(losses[:5])
    assert (transformer / "run/loss.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert (transformer / "run/model.pt").stat().st_size > 10_000
    assert "\r" not in done.stderr and "step 60/60" in done.stderr  # no bar where there is no terminal


def test_the_same_seed_gives_the_same_losses(transformer: Path) -> None:
    assert run(transformer, "train.py", "--steps", "3", "--out", "again").returncode == 0
    first, again = (
        [json.loads(line)["loss"] for line in (transformer / out / "log.jsonl").read_text().splitlines()[1:4]]
        for out in ("run", "again")
    )
    assert first == again


def test_training_on_text(transformer: Path) -> None:
    (transformer / "source.txt").write_text("a b c\nb c\n\nc a\n" * 5)
    (transformer / "target.txt").write_text("A B C\nB C\nC A\n" * 5)
    done = run(transformer, "train.py", "--data", "source.txt", "target.txt", "--steps", "3", "--out", "text")
    assert done.returncode == 0, done.stderr
    assert set(json.loads((transformer / "text/vocabulary.json").read_text())) == set("abcABC")
    (transformer / "short.txt").write_text("A\n")
    done = run(transformer, "train.py", "--data", "source.txt", "short.txt", "--steps", "3", "--out", "text")
    assert done.returncode != 0 and "has 15 sentences" in done.stderr and "Traceback" not in done.stderr


def test_two_processes_train_together(transformer: Path) -> None:
    """What torchrun sets: each process has its own batches, the first one writes."""
    command = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "train.py", "--steps", "2")
    done = run(transformer, *command, "--out", "both")
    if "Operation not permitted" in done.stderr or "failed to listen" in done.stderr:
        pytest.skip("this machine lets no process listen")
    assert done.returncode == 0, done.stderr[-2000:]
    assert len((transformer / "both/log.jsonl").read_text().splitlines()) == 3


def test_what_the_paper_leaves_open_must_be_given(tmp_path: Path) -> None:
    write("unshared_biased_rms", tmp_path)
    done = run(tmp_path, "train.py", "--paper", "--steps", "1")
    assert done.returncode == 2 and "--paper needs --vocabulary-size" in done.stderr
