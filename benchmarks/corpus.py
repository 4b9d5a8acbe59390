"""Builds a folder of papers and counts: displays by kind, definition-like ones by status, refusals by reason.

    python benchmarks/corpus.py FOLDER [--no-verify] [--only SLUG] [--jobs 2] [--json FILE] [--keep DIR] [--sample N]

FOLDER has one folder a paper and a `manifest.jsonl` with `slug` and `main`. `--sample` prints N conforming equations with
their code, chosen with a fixed seed, to be read against the paper.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFINING = ("definition", "update", "objective", "distribution")
LADDER = ("read", "parsed", "typed", "runs", "conforms", "corroborated")


@dataclass
class Result:
    """One paper: its evidence, or what went wrong."""

    slug: str
    seconds: float
    code: int
    evidence: dict[str, Any] = field(default_factory=dict)
    error: str = ""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    options.add_argument("--no-verify", action="store_true")
    options.add_argument("--only", default="")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--json", type=Path)
    options.add_argument("--keep", type=Path)
    options.add_argument("--sample", type=int, default=0)
    chosen = options.parse_args()
    papers = [json.loads(line) for line in (chosen.folder / "manifest.jsonl").read_text().splitlines()]
    papers = sorted((p for p in papers if chosen.only in ("", p["slug"])), key=lambda p: p["slug"])
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(chosen.jobs) as pool:
        keep = chosen.keep or Path(temporary)
        results = list(pool.map(lambda p: build(chosen.folder, p, keep, not chosen.no_verify), papers))
        report(results)
        if chosen.sample:
            sample(results, keep, chosen.sample)
    if chosen.json:
        chosen.json.write_text(json.dumps([vars(r) for r in results], indent=1))


def build(folder: Path, paper: dict[str, Any], keep: Path, verify: bool) -> Result:
    main = folder / paper["slug"] / paper["main"]
    out = keep / paper["slug"]
    start = time.perf_counter()
    command = [sys.executable, "-m", "paperc", "build", str(main), "-o", str(out), "--force"]
    try:
        done = subprocess.run(
            command if verify else [*command, "--no-verify"], capture_output=True, timeout=900, check=False
        )
    except subprocess.TimeoutExpired:
        return Result(paper["slug"], time.perf_counter() - start, -1, error="past 900 s")
    spent = time.perf_counter() - start
    record = out / "evidence.json"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    if not record.is_file():
        first = next((x for x in said if x.startswith("error")), said[-1] if said else "")
        return Result(paper["slug"], spent, done.returncode, error=first)
    evidence = json.loads(record.read_text())
    result = Result(paper["slug"], spent, done.returncode, evidence)
    print(f"{spent:6.1f} s  {summary(result)}", file=sys.stderr, flush=True)
    return result


def entries(result: Result) -> list[dict[str, Any]]:
    return [e for e in result.evidence.get("equations", []) if e["kind"] in DEFINING]


def summary(result: Result) -> str:
    if not result.evidence:
        return f"{result.slug:32} FAILED ({result.code}) {result.error[:90]}"
    counts = Counter(e["status"] for e in entries(result))
    total = sum(counts.values())
    high = counts["conforms"] + counts["corroborated"]
    parts = " ".join(f"{s} {counts[s]}" for s in LADDER if counts[s])
    return f"{result.slug:32} {high:4}/{total:<4} {parts}"


def report(results: list[Result]) -> None:
    for result in results:
        print(summary(result))
    kinds = Counter(e["kind"] for r in results for e in r.evidence.get("equations", []))
    status = Counter(e["status"] for r in results for e in entries(r))
    total = sum(status.values()) or 1
    parsed = total - status["read"]
    functions = sum(1 for r in results for e in entries(r) if e.get("function"))
    high = status["conforms"] + status["corroborated"]
    reasons: Counter[str] = Counter()
    for r in results:
        gaps = {g["id"]: g["what"] for g in r.evidence.get("gaps", [])}
        for e in entries(r):
            if not e.get("function"):
                reasons[gaps.get(e["gaps"][0], "?") if e["gaps"] else "no gap recorded"] += 1
    failed = Counter(
        c["name"]
        for r in results
        for e in entries(r)
        for c in e["checks"]
        if not c["passed"] and c["name"][:4] != "info"
    )
    print("\ndisplays by kind:      ", ", ".join(f"{k} {n}" for k, n in kinds.most_common()))
    print(f"definition-like:        {total}, parsed {parsed / total:.1%}, with a function {functions / total:.1%}, "
          f"conforms {high / total:.1%}")  # fmt: skip
    print("by status:             ", ", ".join(f"{s} {status[s]}" for s in LADDER if status[s]))
    print("refusals by reason:    ", ", ".join(f"{k} {n}" for k, n in reasons.most_common(40)))
    print("checks that failed:    ", ", ".join(f"{k} {n}" for k, n in failed.most_common()) or "none")
    crashed = [r for r in results if not r.evidence]
    times = sorted(r.seconds for r in results)
    print(f"papers:                 {len(results)}, without a record {len(crashed)}; seconds: median "
          f"{times[len(times) // 2]:.1f}, largest {times[-1]:.1f}")  # fmt: skip


def sample(results: list[Result], keep: Path, count: int) -> None:
    """Conforming equations beside their code, to be read by eye."""
    found = [
        (r.slug, e)
        for r in results
        for e in entries(r)
        if e["status"] in ("conforms", "corroborated") and e["function"]
    ]
    random.Random(20).shuffle(found)
    for slug, entry in found[:count]:
        module = entry["function"]["module"].replace(".", "/") + ".py"
        text = (keep / slug / module).read_text()
        name = entry["function"]["name"]
        body = text[text.index(f"\ndef {name}(") :].split("\n\n\n")[0]
        print(f"\n===== {slug} {entry['id']} ({entry['number']}) {entry['span']['file']}:{entry['span']['line']}{body}")


if __name__ == "__main__":
    main()
