"""Training evidence: the emitted network against itself without its contribution, on a small public data set.

The protocol is ours, not the paper's, so that a trial is never a reproduction of a number that the paper reports. It
answers one question: does what the network adds (attention, an activation) help on data that nobody made for it?
Data comes from scikit-learn's own files; nothing is fetched. Seeds are paired: the same split, initial weights and
order of batches with the contribution and without it, and the interval is that of the mean of the paired differences.
"""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .record import Trial
from .sandbox import run_python

SEEDS = (0, 1, 2, 3, 4)
STEPS = 300
BATCH = 64
T_975 = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}
"""Student's t by degrees of freedom: 95 % lie between −t and t."""
_PROBE = Path(__file__).with_name("_training_probe.py")


def try_training(
    folder: Path, package: str, seeds: Sequence[int] = SEEDS, steps: int = STEPS, *, cpu_seconds: int = 240
) -> Trial | None:
    """Train the network in `folder` on small data; None where it has no training script or no contribution to switch off.

    The trial says why it did not run where it did not. Raises SandboxError where nothing can be isolated.
    """
    script = folder / "train.py"
    source = script.read_text(encoding="utf-8") if script.is_file() else ""
    if "def ablate(" not in source or not (folder / package / "model.py").is_file():
        return None
    regression = "import mean_squared_error" in source
    tokens = "PADDING" in source
    what = "attention" if "MultiHeadAttention" in source else "the activation"
    name = "diabetes" if regression else "digits"
    metric, higher = ("mean squared error (standardised target)", False) if regression else ("accuracy", True)
    protocol = (
        f"scikit-learn {name}{', 4 × 4 tokens a picture' if tokens else ''}; a quarter of the rows kept back, another "
        f"quarter for each seed; the emitted small sizes and optimiser, {steps} updates with {BATCH} rows"
    )
    made = Trial(name, protocol, metric, higher, what, tuple(seeds))
    data = _data(name, tokens)
    if data is None:
        return made.not_run("scikit-learn is not installed (the extra `oracles`)")
    with tempfile.TemporaryDirectory(prefix="paperc-trial-") as temporary:
        root = Path(temporary)
        shutil.copytree(folder / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(script, root / "train.py")
        shutil.copy(_PROBE, root)
        np.savez(root / "trial.npz", x=data[0], y=data[1])
        order = {"seeds": list(seeds), "steps": steps, "batch": BATCH, "regression": regression}
        result = run_python(
            root, _PROBE.name, arguments=[json.dumps(order)], cpu_seconds=cpu_seconds, wall_seconds=cpu_seconds * 1.5
        )
    if result.timed_out:
        return made.not_run("past the time limit")
    lines = result.stdout.decode("utf-8", "replace").strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else {}
        whole, control = (tuple(round(float(v), 6) for v in found[k]) for k in ("whole", "control"))
    except (ValueError, KeyError, TypeError):
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no output"]
        return made.not_run(f"the training did not end: {said[0]}")
    if not len(whole) == len(control) == len(seeds) or not all(map(math.isfinite, (*whole, *control))):
        return made.not_run("the training gave no finite number for each seed")
    return made.ran(whole, control, paired_interval(whole, control))


def paired_interval(whole: Sequence[float], control: Sequence[float]) -> tuple[float, float]:
    """The 95 % t interval of the mean of the differences whole − control. Raises ValueError for fewer than two pairs.

    mean ± t₀.₉₇₅(n−1) · s / √n, with s the deviation (n−1) of the n differences.
    """
    differences = [a - b for a, b in zip(whole, control, strict=True)]
    n = len(differences)
    if n - 1 not in T_975:
        raise ValueError(f"{n} pairs: from 2 to {max(T_975) + 1} are needed")
    mean = sum(differences) / n
    deviation = math.sqrt(sum((d - mean) ** 2 for d in differences) / (n - 1))
    half = T_975[n - 1] * deviation / math.sqrt(n)
    return mean - half, mean + half


def _data(name: str, tokens: bool) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows and answers; for networks that read tokens, 16 shades of grey from 0 to 4. None without scikit-learn."""
    try:
        from sklearn import datasets
    except ImportError:
        return None
    if name == "diabetes":
        x, y = datasets.load_diabetes(return_X_y=True)
        return (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    x, y = datasets.load_digits(return_X_y=True)
    if tokens:
        blocks = x.reshape(-1, 4, 2, 4, 2).mean((2, 4))  # (n, 4, 4), from 0 to 16
        return np.floor(blocks.reshape(-1, 16) / 4), y
    return x / 16, y
