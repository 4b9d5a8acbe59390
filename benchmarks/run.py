"""Speed, as ratios against peers in the same run; writes docs/benchmarks.md.

    make benchmarks            (pandoc comes with the `bench` extra)

Times are medians of several runs in fresh processes for commands, and of many calls for functions, one thread each.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAPER = ROOT / "examples" / "attention" / "paper.tex"
os.environ.setdefault("OMP_NUM_THREADS", "1")

Row = tuple[str, str, str, str]
"""What, ours, the peer's, the ratio."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--paper", type=Path, default=PAPER)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--stdout", action="store_true", help="print the table instead of writing docs/benchmarks.md")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "package"
        rows = [*commands(chosen.paper, folder, chosen.runs), *emitted(folder)]
    text = table(rows)
    if chosen.stdout:
        print(text)
    else:
        document = ROOT / "docs" / "benchmarks.md"
        others = document.read_text(encoding="utf-8").partition("\n## ")  # other benchmarks write sections of their own
        document.write_text(text + "".join(others[1:]), encoding="utf-8")
        print(text)


def commands(paper: Path, folder: Path, runs: int) -> list[Row]:
    """The command line beside pandoc's reading of the same file."""
    paperc = [sys.executable, "-m", "paperc"]
    peer = timed([pandoc(), "-f", "latex", "-t", "json", str(paper), "-o", os.devnull], runs) if pandoc() else None
    rows: list[Row] = []
    rows.append(("`paperc --version` (import time)", seconds(timed([*paperc, "--version"], runs)), "", ""))
    for name, arguments in (
        ("`paperc read --json`", ["read", "--json", str(paper)]),
        ("`paperc spec --json`", ["spec", "--json", str(paper)]),
        ("`paperc build --no-verify`", ["build", str(paper), "-o", str(folder), "--no-verify", "--force"]),
        ("`paperc build`, with verification", ["build", str(paper), "-o", str(folder), "--force"]),
    ):
        own = timed([*paperc, *arguments], 1 if name.endswith("verification") else runs)
        rows.append((name, seconds(own), f"pandoc {seconds(peer)}" if peer else "pandoc missing", ratio(own, peer)))
    return rows


def emitted(folder: Path) -> list[Row]:
    """Emitted code beside its torch.nn twin on the same inputs, forward and backward, float32."""
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(1)
    torch.manual_seed(0)
    sys.path.insert(0, str(folder))
    package = next(p.parent.name for p in folder.glob("*/model.py"))
    rows: list[Row] = []
    equations = importlib.import_module(f"{package}.equations")
    query, key, value = (torch.randn(8, 8, 128, 64, requires_grad=True) for _ in range(3))
    own, peer = paired(
        lambda: equations.Attention(query, key, value).sum().backward(),
        lambda: F.scaled_dot_product_attention(query, key, value).sum().backward(),
    )
    rows.append(
        (
            "emitted `Attention`, (8, 8, 128, 64)",
            ms(own),
            f"`F.scaled_dot_product_attention` {ms(peer)}",
            ratio(own, peer),
        )
    )
    rows += model(package)
    return rows


def model(package: str) -> list[Row]:
    import torch
    from torch import nn

    config = importlib.import_module(f"{package}.config")
    module = importlib.import_module(f"{package}.model")
    base = config.ModelConfig()
    own_model = module.Transformer(base).train()
    width, heads = base.d_model, base.n_heads
    peer_model = nn.Transformer(
        width, heads, base.encoder_layers, base.decoder_layers, base.d_ff, base.dropout, batch_first=True
    ).train()
    embedding = nn.Embedding(base.vocabulary_size, width)
    source, target = (torch.randint(1, base.vocabulary_size, (4, 48)) for _ in range(2))
    mask = nn.Transformer.generate_square_subsequent_mask(48)

    def peer_step() -> None:
        hidden = peer_model(embedding(source), embedding(target), tgt_mask=mask, tgt_is_causal=True)
        (hidden @ embedding.weight.T).logsumexp(-1).sum().backward()

    own, peer = paired(lambda: own_model(source, target).logsumexp(-1).sum().backward(), peer_step, calls=4)
    return [("emitted model, base, 4 × 48 tokens", ms(own), f"`nn.Transformer` {ms(peer)}", ratio(own, peer))]


def timed(command: list[str], runs: int) -> float:
    """Median wall time of a command in fresh processes."""
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def paired(own: Callable[[], None], peer: Callable[[], None], calls: int = 30) -> tuple[float, float]:
    """Median times of two calls, alternating, after a warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for k in range(calls + 2):
        for call, found in zip((own, peer), times):
            start = time.perf_counter()
            call()
            if k >= 2:
                found.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def pandoc() -> str:
    try:
        import pypandoc

        return str(pypandoc.get_pandoc_path())
    except (ImportError, OSError):
        return shutil.which("pandoc") or ""


def table(rows: list[Row]) -> str:
    import torch

    head = (
        "# Benchmarks\n\n"
        "Written by `make benchmarks`; the paper is `examples/attention/paper.tex`. Ratios are against the peer in the\n"
        "same run: below 1 paperc (or the code that it emits) is faster.\n\n"
        f"Python {platform.python_version()}, PyTorch {torch.__version__}, one thread.\n\n"
        "| what | paperc | peer | ratio |\n| --- | ---: | ---: | ---: |\n"
    )
    return head + "".join(f"| {' | '.join(r)} |\n" for r in rows)


def seconds(value: float | None) -> str:
    return f"{value:.2f} s" if value is not None else ""


def ms(value: float) -> str:
    return f"{value * 1000:.1f} ms"


def ratio(own: float, peer: float | None) -> str:
    return f"{own / peer:.2f}" if peer else ""


if __name__ == "__main__":
    main()
