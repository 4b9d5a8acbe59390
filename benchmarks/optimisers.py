"""Emitted optimisers beside `torch.optim`: time of a step over ten million parameters; writes its part of docs/benchmarks.md.

    python benchmarks/optimisers.py [--stdout] [--rounds N] [--threads N]

Each pair takes turns in one process on the same shapes and gradients, in changing order; the ratio is the median of the
pairs' ratios. The classes are those that paperc writes for landmarks/adam and landmarks/adamw.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "benchmarks.md"
WIDTH, LAYERS = 384, 6
SHAPES = [
    s
    for _ in range(LAYERS)
    for s in (
        *[(WIDTH, WIDTH)] * 4, *[(WIDTH,)] * 4,  # attention
        (4 * WIDTH, WIDTH), (4 * WIDTH,), (WIDTH, 4 * WIDTH), (WIDTH,), *[(WIDTH,)] * 4,  # network and norms
    )
]  # fmt: skip
"""An encoder's tensors: 96 of them with 10.6 million elements."""

Make = Callable[[list[torch.nn.Parameter]], torch.optim.Optimizer]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stdout", action="store_true", help="print the table instead of writing docs/benchmarks.md")
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args()
    torch.set_num_threads(chosen.threads)
    adam, adamw = emitted("adam"), emitted("adamw")
    pairs: list[tuple[str, Make, str, Make]] = []
    for foreach in (False, True):
        word = "foreach" if foreach else "single-tensor"
        pairs.append((f"emitted Adam, {word}", own(adam, foreach), f"`Adam`, {word}", peer(torch.optim.Adam, foreach)))
        pairs.append(
            (f"emitted AdamW, {word}", own(adamw, foreach), f"`AdamW`, {word}", peer(torch.optim.AdamW, foreach))
        )
    for name, kind, cls in (("Adam", adam, torch.optim.Adam), ("AdamW", adamw, torch.optim.AdamW)):
        pairs.append((f"emitted {name}, single-tensor", own(kind, False), f"`{name}`, fused", fused(cls)))
    rows = []
    for name, mine, other, theirs in pairs:
        a, b, ratio = paired(mine, theirs, chosen.rounds)
        rows.append(f"| {name} | {1000 * a:.1f} ms | {other} {1000 * b:.1f} ms | {ratio:.2f} |\n")
        print(rows[-1], end="", file=sys.stderr)
    text = section(rows, chosen.threads)
    if chosen.stdout:
        print(text)
        return
    before = DOCUMENT.read_text(encoding="utf-8")
    before = re.sub(r"\n## Optimisers\n.*?(?=\n## |\Z)", "", before, flags=re.S).rstrip("\n") + "\n"
    DOCUMENT.write_text(f"{before}\n{text}", encoding="utf-8")


def emitted(slug: str) -> Any:
    """The class that paperc writes for the first box of a landmark."""
    folder = Path(tempfile.mkdtemp(prefix="paperc-bench-")) / "package"
    command = [
        sys.executable,
        "-m",
        "paperc",
        "build",
        str(ROOT / "landmarks" / slug / "paper.tex"),
        "-o",
        str(folder),
        "--no-verify",
    ]
    subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    package = next(p.parent.name for p in folder.glob("*/optimisers.py"))
    module = importlib.import_module(f"{package}.optimisers")
    return next(v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__)


def own(kind: Any, foreach: bool) -> Make:
    """AdamW's paper multiplies its step size `alpha` by a schedule, which is `lr`, and leaves the decay open."""
    scheduled = "alpha" in inspect.signature(kind).parameters
    given = {"lr": 1.0, "alpha": 1e-3, "lambda_": 1e-5} if scheduled else {"lr": 1e-3}
    return lambda params: kind(params, **given, foreach=foreach)


def peer(kind: Any, foreach: bool) -> Make:
    return lambda params: kind(params, lr=1e-3, foreach=foreach)


def fused(kind: Any) -> Make:
    return lambda params: kind(params, lr=1e-3, fused=True)


def paired(mine: Make, theirs: Make, rounds: int) -> tuple[float, float, float]:
    """Median times of a step, and the median of the ratios of neighbours."""
    steps = [make(parameters()) for make in (mine, theirs)]
    times: tuple[list[float], list[float]] = ([], [])
    for k in range(rounds + 3):
        for which in (0, 1) if k % 2 else (1, 0):
            start = time.perf_counter()
            steps[which].step()
            if k >= 3:
                times[which].append(time.perf_counter() - start)
    ratio = statistics.median(a / b for a, b in zip(*times))
    return statistics.median(times[0]), statistics.median(times[1]), ratio


def parameters() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    found = [torch.nn.Parameter(torch.randn(s, generator=generator)) for s in SHAPES]
    for p in found:
        p.grad = torch.randn(p.shape, generator=generator)
    return found


def section(rows: list[str], threads: int) -> str:
    count = sum(torch.Size(s).numel() for s in SHAPES)
    return (
        "## Optimisers\n\n"
        f"Written by `python benchmarks/optimisers.py`: one step over {len(SHAPES)} tensors with {count / 1e6:.1f} million float32\n"
        f"parameters, PyTorch {torch.__version__} on {platform.machine()} with two cores (CPU), {threads} thread{'s' if threads > 1 else ''}. Both take turns in one process;\n"
        "the ratio is the median of the pairs' ratios. The classes are those that paperc writes for `landmarks/adam` and\n"
        "`landmarks/adamw`.\n\n"
        "| what | paperc | `torch.optim` | ratio |\n| --- | ---: | ---: | ---: |\n" + "".join(rows)
    )


if __name__ == "__main__":
    main()
