"""Checks of the emitted model as a whole, run in the sandbox (`_model_probe.py`) against torch.nn.

What the network should be is read from the Architecture again, without the emitter.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..spec.model import Architecture, Claim
from .record import Check
from .sandbox import run_python

_PROBE = [Path(__file__).with_name(name) for name in ("_model_probe.py", "_model_twin.py")]
_SUBLAYERS = (("self-attention", "feed-forward"), ("self-attention", "cross-attention", "feed-forward"))


def verify_model(
    folder: Path, package: str, architecture: Architecture, claims: Sequence[Claim] = (), *, overfit: bool = True
) -> tuple[Check, ...]:
    """Check the model in `folder`/`package`; () if there is none. Raises SandboxError where nothing can be isolated."""
    if not (folder / package / "model.py").is_file():
        return ()
    order = {
        "package": package,
        "parameters": printed_parameters(claims),
        "variants": _printed_for_others(claims),
        "twin": _twin(architecture, package, folder),
        "norm_first": [_says(stack.norm_position.value, "pre") for stack in architecture.stacks],
        "causal": architecture.family in ("encoder-decoder", "decoder-only"),
        "overfit": overfit and (folder / "train.py").is_file(),
    }
    with tempfile.TemporaryDirectory(prefix="paperc-model-") as temporary:
        root = Path(temporary)
        shutil.copytree(folder / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
        if order["overfit"]:
            shutil.copy(folder / "train.py", root / "train.py")
        for part in _PROBE:
            shutil.copy(part, root)
        result = run_python(root, "_model_probe.py", arguments=[json.dumps(order)], cpu_seconds=180, wall_seconds=240)
    lines = result.stdout.decode("utf-8", "replace").strip().splitlines()
    try:
        found = json.loads(lines[-1]) if lines else None
    except ValueError:
        found = None
    if not isinstance(found, list):
        why = result.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no output"]
        text = "past the time limit" if result.timed_out else why[0]
        return (Check("model runs", False, text, "", "the model's probe", sandbox=result.level),)
    return tuple(
        Check(
            name=str(c["name"]),
            passed=c["passed"] is True,
            observed=c["observed"] if isinstance(c["observed"], int | float) else str(c["observed"]),
            tolerance=c["tolerance"],
            oracle=str(c["oracle"]),
            dtype="float32" if "overfits" in c["name"] else "float64",
            sandbox=result.level,
        )
        for c in found
    )


def printed_parameters(claims: Sequence[Claim]) -> float | None:
    """The number of parameters that the paper prints for its first configuration."""
    numbers = (c.number for c in claims if "parameters" in c.name.lower() and c.number)
    return next((n for n in numbers if n >= 1000), None)


def _printed_for_others(claims: Sequence[Claim]) -> list[tuple[list[str], float]]:
    """Further numbers of parameters, with the words that tell which configuration they are of."""
    found = [c for c in claims if "parameters" in c.name.lower() and c.number and c.number >= 1000]
    return [(re.findall(r"\w+", c.context.lower()), c.number) for c in found[1:] if c.number]


def _twin(architecture: Architecture, package: str, folder: Path) -> str:
    """The torch.nn class with the same structure, or "" if there is none."""
    if architecture.family == "mlp":
        return "torch.nn.Sequential"
    source = (folder / package / "model.py").read_text(encoding="utf-8")
    if "GatedFeedForward" in source or "RotaryMultiHeadAttention" in source:
        return ""
    for stack in architecture.stacks:
        kinds = tuple(s.kind for s in stack.sublayers)
        if kinds not in _SUBLAYERS or stack.residual.value is False or _says(stack.norm.value, "none"):
            return ""
    return "torch.nn.Transformer" if architecture.family == "encoder-decoder" else "torch.nn.TransformerEncoder"


def _says(value: object, word: str) -> bool:
    return word in str(value).lower()
