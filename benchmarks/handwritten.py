"""Emitted functions beside what an expert writes by hand for the same landmark, on the same inputs, in one process.

    python benchmarks/handwritten.py [--calls 40] [--markdown]      (`--markdown` replaces the section in docs/benchmarks.md)

Each landmark of the list is built, both versions must agree in float64 (rtol 1e-9), then forward and backward of both are
timed in turns in float32 on one thread. A ratio below 1 means that the emitted function is faster.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import torch.nn.functional as F
from run import ROOT, ms, paired
from torch import Tensor

HEADING = "## Emitted functions beside hand-written ones"


@dataclass(frozen=True)
class Pair:
    """A function of a landmark by its name, the expert's version, and the shapes of the inputs that both take in order."""

    paper: str
    function: str
    expert: Callable[..., Tensor]
    shapes: Sequence[tuple[int, ...]]
    constants: Sequence[Any] = ()  # further arguments of both, the same values
    what: str = ""


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(q, k, v)


def layer_norm(g: Tensor, W_hh: Tensor, h: Tensor, W_xh: Tensor, x: Tensor, b: Tensor, f: Any) -> Tensor:
    out: Tensor = f(F.layer_norm(W_hh @ h + W_xh @ x, g.shape, g, b, eps=0.0))
    return out


def rms_norm(a: Tensor, g: Tensor) -> Tensor:
    return F.rms_norm(a, g.shape, g, eps=0.0)


def smooth_l1(x: Tensor) -> Tensor:
    return F.smooth_l1_loss(x, torch.zeros_like(x), reduction="none")


def swiglu(x: Tensor, W: Tensor, V: Tensor, W_2: Tensor) -> Tensor:
    return (F.silu(x @ W) * (x @ V)) @ W_2


def geglu(x: Tensor, W: Tensor, V: Tensor, W_2: Tensor) -> Tensor:
    return (F.gelu(x @ W) * (x @ V)) @ W_2


def softened(z: Tensor, T: float) -> Tensor:
    return F.softmax(z / T, dim=-1)


def cross_correlation(a: Tensor, b: Tensor) -> Tensor:
    return F.normalize(a, dim=0).T @ F.normalize(b, dim=0)


def gate(W: Tensor, h: Tensor, x: Tensor, b: Tensor) -> Tensor:
    return torch.sigmoid(F.linear(torch.cat([h, x]), W, b))


def excitation(W_2: Tensor, W_1: Tensor, u: Tensor, sigma: Any) -> Tensor:
    out: Tensor = sigma(W_2 @ F.relu(W_1 @ u.mean((-2, -1))))
    return out


def info_nce(q: Tensor, positive: Tensor, keys: Tensor) -> Tensor:
    return torch.logsumexp(keys @ q / 0.07, 0) - q @ positive / 0.07


def dice(p: Tensor, g: Tensor) -> Tensor:
    return 2 * (p @ g) / (p @ p + g @ g)


ACTIVATION = [(64, 4096)]
PAIRS = (
    Pair("attention", "Attention", attention, [(8, 8, 128, 64)] * 3, what="scaled dot-product attention"),
    Pair("layer-norm", "h_t", layer_norm, [(512,), (512, 512), (512,), (512, 256), (256,), (512,)], [torch.tanh]),
    Pair("rms-norm", "a_bar", rms_norm, [(65536,), (65536,)]),
    Pair("gelu", "GELU", F.gelu, ACTIVATION),
    Pair("mish", "f", F.mish, ACTIVATION),
    Pair("elu", "f", F.elu, ACTIVATION, [0.7]),
    Pair("selu", "selu", F.selu, ACTIVATION),
    Pair("smooth-l1", "smooth_L_1", smooth_l1, ACTIVATION),
    Pair("glu-variants", "FFN_SwiGLU", swiglu, [(256, 256), (256, 512), (256, 512), (512, 256)]),
    Pair("glu-variants", "FFN_GEGLU", geglu, [(256, 256), (256, 512), (256, 512), (512, 256)]),
    Pair("distillation", "q", softened, [(65536,)], [4.0]),
    Pair("barlow-twins", "C", cross_correlation, [(256, 512), (256, 512)]),
    Pair("lstm", "f_t", gate, [(512, 768), (512,), (256,), (512,)]),
    Pair("squeeze-excitation", "s", excitation, [(256, 16), (16, 256), (256, 28, 28)], [torch.sigmoid]),
    Pair("moco", "L_q", info_nce, [(128,), (128,), (4097, 128)]),
    Pair("dice", "D", dice, [(65536,), (65536,)]),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=40)
    options.add_argument("--markdown", action="store_true")
    options.add_argument("--keep", type=Path, help="use packages that lie here, build the others here")
    chosen = options.parse_args()
    torch.set_num_threads(1)
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for pair in PAIRS:
            emitted = function(pair, chosen.keep or Path(temporary))
            agree(pair, emitted)
            own, peer = measured(pair, emitted, chosen.calls)
            rows.append((pair, own, peer))
            print(f"{pair.paper:20} {pair.function:12} {ms(own):>10} {ms(peer):>10} {own / peer:6.2f}", flush=True)
    median = statistics.median(own / peer for _, own, peer in rows)
    print(f"median ratio {median:.2f}")
    if chosen.markdown:
        write(rows, median)
    return 0


def function(pair: Pair, folder: Path) -> Callable[..., Any]:
    """The emitted function, its landmark built if it is not there."""
    folder = folder / pair.paper
    if not (folder / "evidence.json").is_file():
        known = ROOT / "landmarks" / pair.paper / "paper.tex"
        source = known if known.is_file() else ROOT / "examples" / pair.paper / "paper.tex"
        command = [sys.executable, "-m", "paperc", "build", str(source), "-o", str(folder), "--no-verify", "--force"]
        subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    package = next(p.parent.name for p in folder.glob("*/equations.py"))
    found: Callable[..., Any] = getattr(importlib.import_module(f"{package}.equations"), pair.function)
    return found


def inputs(pair: Pair, dtype: torch.dtype) -> list[Tensor]:
    torch.manual_seed(0)
    return [(torch.randn(s, dtype=dtype) / max(1, s[-1]) ** (len(s) == 2) * 3).requires_grad_() for s in pair.shapes]


def agree(pair: Pair, emitted: Callable[..., Any]) -> None:
    """Raises AssertionError where the two differ in float64."""
    given = inputs(pair, torch.float64)
    torch.testing.assert_close(
        emitted(*given, *pair.constants), pair.expert(*given, *pair.constants), rtol=1e-9, atol=1e-12
    )


def measured(pair: Pair, emitted: Callable[..., Any], calls: int) -> tuple[float, float]:
    """Median seconds of forward and backward, emitted and by hand."""
    given = inputs(pair, torch.float32)

    def step(call: Callable[..., Any]) -> Callable[[], None]:
        def run() -> None:
            for x in given:
                x.grad = None
            call(*given, *pair.constants).sum().backward()

        return run

    return paired(step(emitted), step(pair.expert), calls)


def write(rows: Sequence[tuple[Pair, float, float]], median: float) -> None:
    """Replaces the section of docs/benchmarks.md."""
    path = ROOT / "docs" / "benchmarks.md"
    text = path.read_text(encoding="utf-8").split(HEADING)[0].rstrip() + "\n\n"
    text += (
        f"{HEADING}\n\nWritten by `python benchmarks/handwritten.py --markdown`: forward and backward, float32, one thread, in turns; "
        f"both agree in float64\nbefore they are timed. Median ratio {median:.2f}.\n\n"
        "| landmark | function | inputs | emitted | by hand | ratio |\n| --- | --- | --- | ---: | ---: | ---: |\n"
    )
    for pair, own, peer in rows:
        shapes = ", ".join("×".join(map(str, s)) for s in dict.fromkeys(pair.shapes))
        text += f"| {pair.paper} | `{pair.function}` | {shapes} | {ms(own)} | {ms(peer)} | {own / peer:.2f} |\n"
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
