"""Builds a folder of papers and counts: displays by kind, definition-like ones by status, refusals by reason.

    python benchmarks/corpus.py FOLDER [--no-verify] [--only SLUG] [--jobs 2] [--json FILE] [--keep DIR]
                                [--sample N] [--sample-boxes N] [--seed N] [--reuse]

FOLDER has one folder a paper and a `manifest.jsonl` with `slug` and `main`. `--sample` prints N equations that have a
function (with verification: those that conform) beside their code, chosen with the seed, to be read against the paper;
`--sample-boxes` does the same for algorithm boxes. `--reuse` builds nothing: it reads the packages an earlier run kept.
"""

from __future__ import annotations

import argparse
import json
import random
import re
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
REMARKS = ("//", "▷", "$\\triangleright$", "$\\rhd$")
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
    options.add_argument("--sample-boxes", type=int, default=0)
    options.add_argument("--seed", type=int, default=20)
    options.add_argument("--reuse", action="store_true")
    chosen = options.parse_args()
    papers = [json.loads(line) for line in (chosen.folder / "manifest.jsonl").read_text().splitlines()]
    papers = sorted((p for p in papers if chosen.only in ("", p["slug"])), key=lambda p: p["slug"])
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(chosen.jobs) as pool:
        keep = chosen.keep or Path(temporary)
        if chosen.reuse:
            results = [recorded(p["slug"], keep) for p in papers]
        else:
            results = list(pool.map(lambda p: build(chosen.folder, p, keep, not chosen.no_verify), papers))
        report(results)
        report_boxes(results)
        if chosen.sample:
            sample(compiled_equations(results, verified=not chosen.no_verify), keep, chosen.sample, chosen.seed)
        if chosen.sample_boxes:
            sample(compiled_boxes(results), keep, chosen.sample_boxes, chosen.seed)
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


def recorded(slug: str, keep: Path) -> Result:
    """What an earlier run kept of a paper."""
    record = keep / slug / "evidence.json"
    if not record.is_file():
        return Result(slug, 0.0, -1, error="no package kept")
    return Result(slug, 0.0, 0, json.loads(record.read_text()))


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


def boxes(result: Result) -> list[dict[str, Any]]:
    return list(result.evidence.get("algorithms", []))


def line_kind(line: dict[str, Any]) -> str:
    """`compiled`, `hole` (no rule reads it), `read only` (its box has no function) or `remark` (no statement)."""
    text = line["text"].strip()
    if not text or text.startswith(REMARKS) or line["status"] == "remark":
        return "remark"
    return {"hole": "hole", "parsed": "read only"}.get(line["status"], "compiled")


CONTROL = re.compile(r"\s*(?:end|for|while|if|else|elif|elseif|repeat|until|loop|return|function|procedure|require|ensure|input|output|break)\b", re.I)  # fmt: skip
STOCK = re.compile(r"\W*(?:\w+ly )?(?:sample|draw|compute|calculate|evaluate|take|update|initiali[sz]e|shuffle|append|store|add|insert|normali[sz]e|set|let|get|observe|receive|collect|train|optimi[sz]e|minimi[sz]e|define|generate|select|obtain)\b", re.I)  # fmt: skip


def line_form(line: dict[str, Any]) -> str:
    """What a line is printed as: `control` words, a `formal` one (mathematics alone), a `stock` phrase, or `prose`."""
    text = line["text"]
    words = " ".join(text.split("$")[::2])
    if CONTROL.match(text):
        return "control"
    if "$" in text and not re.search(r"[A-Za-z]{2}", re.sub(r"\([^)]*\)", "", words)):
        return "formal"
    return "stock" if STOCK.match(text) else "prose"


def report_boxes(results: list[Result]) -> None:
    """Algorithm boxes: how many have a function, their lines, and the first thing that stood in the way."""
    found = [(r, b) for r in results for b in boxes(r)]
    complete = [b for _, b in found if b["function"] and not b["gaps"]]
    partial = [b for _, b in found if b["function"] and b["gaps"]]
    lines = Counter(line_kind(x) for _, b in found for x in b["lines"])
    reasons: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for result, box in found:
        gaps = {g["id"]: g["what"] for g in result.evidence.get("gaps", [])}
        named = [gaps.get(g, "?") for g in box["gaps"]]
        reasons.update(named)
        if not box["function"]:
            first[named[0] if named else "no gap recorded"] += 1
    forms = Counter((line_form(x), line_kind(x)) for _, b in found for x in b["lines"] if line_kind(x) != "remark")
    statements = sum(n for kind, n in lines.items() if kind != "remark") or 1
    print(f"\nalgorithm boxes:        {len(found)} in {len({r.slug for r, _ in found})} papers: complete {len(complete)}, "
          f"with holes {len(partial)}, none {len(found) - len(complete) - len(partial)}")  # fmt: skip
    print(f"their lines:            {sum(lines.values())}: "
          + ", ".join(f"{k} {lines[k]}" for k in ("compiled", "read only", "hole", "remark"))
          + f"; compiled {lines['compiled'] / statements:.1%} of the statements")  # fmt: skip
    for form in ("formal", "control", "stock", "prose"):
        total = sum(n for (f, _), n in forms.items() if f == form)
        print(f"  {form:8}              {total}: "
              + ", ".join(f"{k} {forms[form, k]}" for k in ("compiled", "read only", "hole")))  # fmt: skip
    print("why a box has none:    ", ", ".join(f"{k} {n}" for k, n in first.most_common(40)) or "-")
    print("all gaps in boxes:     ", ", ".join(f"{k} {n}" for k, n in reasons.most_common(40)) or "-")


Pair = tuple[str, dict[str, Any]]


def compiled_equations(results: list[Result], *, verified: bool) -> list[Pair]:
    high = ("conforms", "corroborated") if verified else LADDER[2:]
    return [(r.slug, e) for r in results for e in entries(r) if e["status"] in high and e["function"]]


def compiled_boxes(results: list[Result]) -> list[Pair]:
    return [(r.slug, b) for r in results for b in boxes(r) if b["function"]]


def sample(found: list[Pair], keep: Path, count: int, seed: int) -> None:
    """Entries beside their code, to be read by eye: the same ones for the same corpus and seed."""
    random.Random(seed).shuffle(found)
    print(f"\nsample: {min(count, len(found))} of {len(found)}")
    for position, (slug, entry) in enumerate(found[:count], start=1):
        module = entry["function"]["module"].replace(".", "/") + ".py"
        text = (keep / slug / module).read_text()
        name = entry["function"]["name"]
        start = next(
            i for i in (text.find(f"\n{kind} {name}{end}") for kind in ("def", "class") for end in "(:") if i >= 0
        )
        body = text[start:].split("\n\n\n")[0]
        shown = entry.get("latex") or "\n".join(f"{x['number']:>3} {x['status']:7} {x['text']}" for x in entry["lines"])
        place = f"{entry['span']['file']}:{entry['span']['line']}"
        print(
            f"\n===== {position}. {slug} {entry['id']} ({entry['number']}) {entry['status']} {place}\n{shown}\n-----{body}"
        )


if __name__ == "__main__":
    main()
