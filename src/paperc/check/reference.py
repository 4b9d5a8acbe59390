"""A part of the emitted model against a reference module, sub-module by sub-module: where do the two part first?"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Diagnostic, Severity, UsageError
from ..verify.sandbox import run_python

_VERIFY = Path(__file__).parents[1] / "verify"
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Step:
    """A sub-module of ours, and the one of theirs that gives the same values."""

    ours: str
    theirs: str
    error: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison with a reference module found, in float64 on the same weights and inputs."""

    reference: str
    part: str
    """The class of the emitted model."""
    error: float
    """The largest relative difference of the outputs."""
    steps: tuple[Step, ...] = ()
    """In the order in which ours run."""
    diverges: Step | None = None
    """The first sub-module of ours that nothing of theirs equals, with the nearest one that runs later."""
    weights: tuple[str, ...] = ()
    """How theirs were filled."""
    left: tuple[str, ...] = ()
    """Weights of either that have no counterpart."""
    sandbox: str = ""

    @property
    def equal(self) -> bool:
        return self.error <= TOLERANCE

    @property
    def exit_code(self) -> int:
        return 0 if self.equal else 1


def compare_reference(files: Mapping[str, str], package: str, reference: str) -> Comparison:
    """Hold the emitted model in `files` against `reference`: "torch.nn:TransformerEncoderLayer" or "layer.py:EncoderLayer".

    Raises UsageError where the paper has no model, or the reference does not exist or cannot be built; SandboxError.
    """
    if f"{package}/model.py" not in files:
        raise _wrong(
            "the paper says too little of a model to emit one, so there is nothing to hold the reference against"
        )
    where, _, name = reference.rpartition(":")
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name) or not where:
        raise _wrong(f"{reference!r} names no class")
    with tempfile.TemporaryDirectory(prefix="paperc-reference-") as folder:
        root = Path(folder)
        for path, text in files.items():
            if path.startswith(f"{package}/") and path.endswith(".py"):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
        module = where
        if where.endswith(".py"):
            if not Path(where).is_file():
                raise _wrong(f"there is no file {where}")
            module = "the_reference"
            shutil.copy(where, root / f"{module}.py")
        shutil.copy(_VERIFY / "_reference.py", root)
        shutil.copy(_VERIFY / "_look.py", root / "paperc_look.py")
        order = {"package": package, "module": module, "name": name}
        done = run_python(
            root,
            "_reference.py",
            arguments=[json.dumps(order)],
            cpu_seconds=120,
            wall_seconds=180,
            memory_bytes=8 << 30,
        )
    try:
        found = json.loads(done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
        return _read(found, reference, done.level)
    except (IndexError, ValueError, KeyError, TypeError):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it ended without an answer"]
        raise _wrong(f"{reference} could not be compared: {said[0][:300]}") from None


def _read(found: Mapping[str, Any], reference: str, level: str) -> Comparison:
    steps = tuple(Step(str(s["ours"]), str(s["theirs"]), float(s["error"])) for s in found["steps"])
    apart = found["diverges"]
    diverges = None
    if apart is not None:
        error = float("inf") if apart["error"] is None else float(apart["error"])
        diverges = Step(str(apart["ours"]), str(apart["theirs"]), error)
    weights, left = (tuple(map(str, found[k])) for k in ("weights", "left"))
    return Comparison(reference, str(found["part"]), float(found["error"]), steps, diverges, weights, left, level)


def _wrong(message: str) -> UsageError:
    help = (
        "name a class that holds what a part of the model does: torch.nn:TransformerEncoderLayer, layer.py:EncoderLayer"
    )
    return UsageError(Diagnostic("no-reference", message, help=help, severity=Severity.ERROR))


def reference_text(found: Comparison) -> str:
    """The sub-modules side by side, then the verdict."""
    same = dict.fromkeys((s.ours, s.theirs) for s in found.steps)
    width = max((len(ours) for ours, _ in same), default=0)
    lines = [f"{found.part} against {found.reference}, the same weights and inputs in float64:", ""]
    lines += [f"  {ours:<{width}}  equals {theirs}" for ours, theirs in same]
    if found.diverges is not None:
        d = found.diverges
        near = f"; {d.theirs} comes nearest, off by {d.error:.1e}" if d.theirs else ""
        lines += ["", f"they part at {d.ours}: nothing of the reference gives the same{near}"]
    if found.left:
        lines += ["", f"weights without a counterpart: {', '.join(found.left)}"]
    lines += ["", f"{'equal' if found.equal else 'different'}: error {found.error:.1e} (tolerance {TOLERANCE:.0e})"]
    return "\n".join(lines) + "\n"


def reference_json(found: Comparison) -> dict[str, Any]:
    """The same as one object."""

    def step(s: Step) -> dict[str, Any]:
        return {"ours": s.ours, "theirs": s.theirs, "error": s.error if s.error < float("inf") else None}

    return {
        "passed": found.equal, "reference": found.reference, "part": found.part, "tolerance": TOLERANCE,
        "error": found.error if found.error < float("inf") else None, "steps": [step(s) for s in found.steps],
        "diverges": step(found.diverges) if found.diverges else None, "weights": list(found.weights),
        "left": list(found.left), "dtype": "float64", "sandbox": found.sandbox,
    }  # fmt: skip
