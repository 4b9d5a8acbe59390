"""Calls of emitted functions, run together in one sandboxed process; only plain arrays and JSON cross the border."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ir.inputs import SyntheticCallable
from .sandbox import run_python

_RUNNER = Path(__file__).with_name("_runner.py")


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One call of a function of the package."""

    id: str
    module: str
    name: str
    arguments: Mapping[str, Any]
    """Arrays, numbers and synthetic callables by name."""
    gradients: tuple[str, ...] = ()
    """Arguments by which the weighted sum of the value is differentiated."""
    weights: Any = None
    dtype: str = "float64"
    scalars_as_tensors: bool = False
    gradcheck: bool = False
    source: str = ""
    """Text of the function to call instead of the module's own; it sees the module's names."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave: its value and gradients, or an error."""

    value: Any = None
    gradients: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    outcomes: Mapping[str, Outcome]
    level: str
    """The sandbox level reached."""
    problem: str = ""
    """Why the process as a whole did not finish."""


def run_calls(package: Path, calls: Sequence[CallSpec], seconds: int = 300) -> Run:
    """Run all calls against the modules in the folder `package`. Raises SandboxError where isolation is not to be had."""
    with (
        tempfile.TemporaryDirectory(prefix="paperc-run-") as folder,
        tempfile.TemporaryDirectory(prefix="paperc-out-") as out,
    ):
        root = Path(folder)
        for path in sorted(package.rglob("*.py")):
            target = root / path.relative_to(package)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        shutil.copyfile(_RUNNER, root / "paperc_runner.py")
        arrays: dict[str, Any] = {}
        job = {"calls": [_call(c, arrays) for c in calls]}
        (root / "job.json").write_text(json.dumps(job))
        np.savez(root / "inputs.npz", **arrays)
        result = run_python(
            root,
            "paperc_runner.py",
            cpu_seconds=seconds,
            wall_seconds=seconds + 60,
            memory_bytes=8 << 30,
            writable=Path(out),
        )
        return _outcomes(calls, Path(out), result.level, _problem(result.returncode, result.timed_out, result.stderr))


def _problem(code: int, late: bool, stderr: bytes) -> str:
    if not code:
        return ""
    return "the time limit was reached" if late else stderr[-400:].decode(errors="replace").strip() or f"status {code}"


def _call(call: CallSpec, arrays: dict[str, Any]) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for name, value in call.arguments.items():
        if isinstance(value, SyntheticCallable):
            arguments[name] = {"callable": value.spec()}
        elif isinstance(value, (bool, int, float)):
            tensor = call.scalars_as_tensors or name in call.gradients
            arguments[name] = {"number": value, "tensor": tensor}
        else:
            key = f"a{len(arrays)}"
            arrays[key] = np.asarray(value)
            arguments[name] = {"array": key}
    out = {
        "id": call.id, "module": call.module, "name": call.name, "arguments": arguments, "dtype": call.dtype,
        "gradients": list(call.gradients), "gradcheck": call.gradcheck, "source": call.source,
    }  # fmt: skip
    if call.weights is not None:
        key = f"a{len(arrays)}"
        arrays[key] = np.asarray(call.weights)
        out["weights"] = key
    return out


def _outcomes(calls: Sequence[CallSpec], out: Path, level: str, problem: str) -> Run:
    try:
        said = json.loads((out / "result.json").read_text())
        with np.load(out / "result.npz", allow_pickle=False) as stored:
            values = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as wrong:
        reason = problem or f"no result could be read ({type(wrong).__name__})"
        return Run({c.id: Outcome(error=reason) for c in calls}, level, reason)
    outcomes: dict[str, Outcome] = {}
    for call in calls:
        entry = said.get(call.id) if isinstance(said, dict) else None
        if not isinstance(entry, dict):
            outcomes[call.id] = Outcome(error=problem or "no result")
        elif "error" in entry:
            outcomes[call.id] = Outcome(error=str(entry["error"]))
        else:
            grads = {n: values[f"{call.id}/grad.{n}"] for n in call.gradients if f"{call.id}/grad.{n}" in values}
            outcomes[call.id] = Outcome(values.get(f"{call.id}/value"), grads, str(entry.get("dtype", "")))
    return Run(outcomes, level, problem)
