"""Training trials: the interval against an oracle, and a tiny emitted network beside controls whose answer is known."""

import sys
from pathlib import Path

import numpy as np
import pytest

from paperc.emit.model import emit_model
from paperc.verify.record import Trial
from paperc.verify.training import T_975, paired_interval, try_training

sys.path.insert(0, str(Path(__file__).parents[1] / "emit"))
from model_paper import paper


def emitted(folder: Path, name: str = "mlp", **faults: str) -> Path:
    made = paper(name)
    for path, source in emit_model(made.architecture, made.training, made.context).files.items():
        if path == "train.py":
            for old, new in faults.items():
                assert old in source
                source = source.replace(old, new)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(source)
    return folder


def test_the_interval_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for n in (2, 3, 5, 10):
        whole, control = np.random.default_rng(n).normal(size=(2, n))
        result = stats.ttest_rel(whole, control).confidence_interval(0.95)
        assert paired_interval(whole, control) == pytest.approx((result.low, result.high), rel=1e-3)
    for freedom, t in T_975.items():
        assert t == pytest.approx(stats.t.ppf(0.975, freedom), abs=5e-4)
    with pytest.raises(ValueError, match="1 pairs"):
        paired_interval([1.0], [0.0])


def test_what_the_interval_says() -> None:
    error = Trial("d", "p", "error", False, "it", (0, 1))
    accuracy = Trial("d", "p", "accuracy", True, "it", (0, 1))
    below, around = ((0.1, 0.2), (0.3, 0.4), (-0.3, -0.1)), ((0.1, 0.4), (0.2, 0.3), (-1.4, 1.4))
    assert error.ran(*below).finding == "helps"
    assert accuracy.ran(*below).finding == "harms"
    assert accuracy.ran(*around).finding == error.ran(*around).finding == "no difference shown"
    assert error.not_run("no data").finding == "not run: no data"


def test_a_control_that_cannot_learn_is_told_apart(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    dead = "model.activation = nn.Identity()", "model.activation = lambda x: x * 0"
    trial = try_training(emitted(tmp_path, **dict([dead])), "net", (0, 1, 2), steps=100)
    assert trial is not None
    assert trial.finding == "helps"
    assert max(trial.control) < 0.2 < 0.8 < min(trial.whole)
    assert "digits" in trial.protocol


def test_what_cannot_be_tried_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert try_training(tmp_path, "net") is None
    folder = emitted(tmp_path, **{"    loss.backward()\n": "    raise RuntimeError('no gradient today')\n"})
    failed = try_training(folder, "net", (0, 1), steps=2)
    assert failed is not None
    assert "no gradient today" in failed.finding
    monkeypatch.setitem(sys.modules, "sklearn", None)
    missing = try_training(folder, "net", (0, 1), steps=2)
    assert missing is not None
    assert missing.finding == "not run: scikit-learn is not installed (the extra `oracles`)"


def test_a_control_that_changes_nothing_shows_no_difference(tmp_path: Path) -> None:
    """Pairs share split, initial weights and batches: with an empty `ablate` both runs are one and the same."""
    pytest.importorskip("sklearn")
    folder = emitted(tmp_path, "gpt", **{"torch.zeros_like(output))": "output)"})
    trial = try_training(folder, "net", (0, 1), steps=3)
    assert trial is not None
    assert trial.contribution == "attention"
    assert len(trial.whole) == 2
    assert trial.whole == trial.control
    assert (trial.interval, trial.finding) == ((0.0, 0.0), "no difference shown")
