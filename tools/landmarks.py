#!/usr/bin/env python3
"""Corroborate the landmarks: build each paper, call what was emitted, compare with a trusted implementation.

    python tools/landmarks.py [SLUG …]            print the table
    python tools/landmarks.py --markdown          also write docs/landmarks.md
    python tools/landmarks.py --json FILE         also write the rows as JSON
    python tools/landmarks.py --jobs 2 --keep DIR parallel; keep the built packages

A row ends as `corroborated` (equal in float64 to the check's tolerance, for two seeds), `refused` (no function, with
the reason that the build gives), `error` (the build, the import or the call failed, or the function asks for something
that the reference does not have) or `WRONG` (a function whose value differs). Exit code 1 if anything is WRONG.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import importlib
import importlib.util
import inspect
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matching import array, ascii_name, bare, error, find, hint

ROOT = Path(__file__).resolve().parent.parent
LANDMARKS = ROOT / "landmarks"
SEEDS = (0, 1)
STATUSES = ("corroborated", "refused", "error", "WRONG")


@dataclass
class Row:
    """What became of one check."""

    paper: str
    slug: str
    kind: str
    number: str
    function: str
    status: str
    oracle: str
    detail: str  # the largest relative error, or the reason


# ---- references ---------------------------------------------------------------------------------------------------


def slugs() -> list[str]:
    return sorted(p.parent.name for p in LANDMARKS.glob("*/reference.py"))


def reference(slug: str) -> Any:
    """The reference module of a landmark; raises whatever it raises."""
    if sys.path[0] != str(ROOT):  # before this folder: its `landmarks` is this file
        sys.path.insert(0, str(ROOT))
    name = f"landmarks.{slug.replace('-', '_')}_reference"
    spec = importlib.util.spec_from_file_location(name, LANDMARKS / slug / "reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def citation(slug: str) -> str:
    text = (LANDMARKS / slug / "reference.py").read_text(encoding="utf-8")
    first = re.match(r'r?"""(.*?)(?:"""|\n)', text)
    return (first.group(1) if first else slug).strip().rstrip(".")


# ---- one check ------------------------------------------------------------------------------------------------------


class Asks(Exception):
    """A function wants an argument that the reference does not have."""


def entries(evidence: dict[str, Any], check: Any) -> list[dict[str, Any]]:
    pool = evidence.get("algorithms" if check.kind == "algorithm" else "equations") or []
    return [e for e in pool if str(e.get("number")) == check.number]


def arguments(function: dict[str, Any], call: Any, check: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    described = {a["name"]: a for a in function.get("arguments") or []}
    extra = dict(check.derived(inputs)) if check.derived else {}
    found = {}
    for parameter in inspect.signature(call).parameters.values():
        argument = described.get(parameter.name) or {"name": parameter.name}
        optional = parameter.default is not parameter.empty
        sources = [(inputs, True)] if optional else [(inputs, True), (extra, True), (inputs, False), (extra, False)]
        for values, strict in sources:
            key = find(argument, values, strict)
            if key is not None:
                found[parameter.name] = values[key]
                break
        if parameter.name in found:
            continue
        if parameter.name == "generator":
            found[parameter.name] = Seeded()
        elif not optional:
            raise Asks(f"asks for {argument.get('symbol') or parameter.name}")
    return found


class Seeded:
    """A fresh torch.Generator of seed 0."""


def tensor(value: Any) -> Any:
    """An input as the calling convention wants it: arrays and reals as float64 tensors, integers as they are."""
    import numpy as np
    import torch

    if isinstance(value, Seeded):
        return torch.Generator().manual_seed(0)
    if isinstance(value, np.ndarray):
        return torch.as_tensor(value.copy())
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (float, np.floating)):
        return torch.tensor(float(value), dtype=torch.float64)
    return int(value) if isinstance(value, np.integer) else value


def judge(evidence: dict[str, Any], check: Any) -> tuple[str, str, str]:
    """(function, status, detail) of a check against the package beside evidence.json."""
    from landmarks._format import evaluate

    found = entries(evidence, check)
    if not found:
        return "", "error", "not found in evidence.json"
    functions = [f for e in found for f in e.get("functions") or ([e["function"]] if e.get("function") else [])]
    if not functions:
        return "", "refused", reason(evidence, found)
    if check.defines:
        functions = [f for f in functions if bare(str(f.get("symbol"))) == bare(check.defines)] or [
            f for f in functions if ascii_name(check.defines) in (re.sub(r"[^A-Za-z0-9]", "", f["name"]), f["name"])
        ]
        if not functions:
            return "", "refused", reason(evidence, found)
    function = functions[0]
    name, worst = function["name"], 0.0
    try:
        call = getattr(importlib.import_module(function["module"].removesuffix(".py").replace("/", ".")), name)
    except Exception as e:
        return name, "error", f"import: {type(e).__name__}: {e}"
    for seed in SEEDS:
        inputs, wanted = evaluate(check, seed)
        inputs = dict(inputs)
        try:
            found_values = arguments(function, call, check, inputs)
            out = call(**{k: tensor(v) for k, v in found_values.items()})
            got = array(out)
        except Asks as e:
            return name, "error", str(e)
        except Exception as e:
            return name, "error", f"call: {type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"
        gap, want = min((error(got, w), k, w) for k, w in enumerate(wanted))[::2]
        if not gap <= check.tolerance:
            return name, "WRONG", hint(got, want)
        worst = max(worst, gap)
    return name, "corroborated", f"{worst:.1e}"


def reason(evidence: dict[str, Any], found: list[dict[str, Any]]) -> str:
    """Why the build gives no function for these entries."""
    own = {g for e in found for g in e.get("gaps") or []}
    gaps = [g for g in evidence.get("gaps") or [] if g["id"] in own]
    notes = [d["message"] for e in found for d in e.get("diagnostics") or []]
    why = [f"{g['what']}: {g['why']}" if g.get("what") else g["why"] for g in gaps] or notes
    return why[0] if why else f"{found[0].get('kind', 'algorithm')}, {found[0]['status']}, no gap reported"


def judge_all(checks: Any, record: Path, pipe: Any) -> None:
    """In a forked process: one result a check, as soon as it is known."""
    import torch

    torch.set_num_threads(1)
    quiet = os.open(os.devnull, os.O_WRONLY)  # emitted code and libraries may chat
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    evidence = json.loads(record.read_text(encoding="utf-8"))
    sys.path.insert(0, str(record.parent))
    for k, check in enumerate(checks):
        torch.manual_seed(0)
        try:
            result = judge(evidence, check)
        except Exception as e:
            result = ("", "error", f"judging: {type(e).__name__}: {e}")
        pipe.send((k, *result))
    pipe.close()


# ---- the table --------------------------------------------------------------------------------------------------------


def build(slug: str, folder: Path, seconds: int, verify: bool) -> str:
    """Build one landmark into folder/slug; the problem if there is no evidence, else nothing."""
    command = [sys.executable, "-m", "paperc", "build", str(LANDMARKS / slug / "paper.tex"), "-o", str(folder / slug)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command + ([] if verify else ["--no-verify"]),
            capture_output=True,
            text=True,
            timeout=seconds,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return f"build ran past {seconds} s"
    if (folder / slug / "evidence.json").exists():
        return ""
    said = [x.strip() for x in done.stderr.splitlines() if "rror" in x] or [done.stderr.strip()]
    return f"build exit {done.returncode}: {said[0]}"


def corroborate(slug: str, folder: Path, problem: str, seconds: int) -> list[Row]:
    """The rows of one landmark, built in folder/slug unless there was a problem."""
    checks, paper = reference(slug).CHECKS, citation(slug)
    results: dict[int, tuple[str, str, str]] = {}
    if not problem:
        context = multiprocessing.get_context("fork")  # the libraries are loaded once, here
        here, there = context.Pipe(duplex=False)
        child = context.Process(target=judge_all, args=(checks, folder / slug / "evidence.json", there))
        child.start()
        there.close()
        try:
            while here.poll(seconds):
                k, *rest = here.recv()
                results[k] = (rest[0], rest[1], rest[2])
            problem = f"ran past {seconds} s"
        except EOFError:
            problem = "the process died"
        child.kill()
        child.join()
    rows = []
    for k, check in enumerate(checks):
        function, status, detail = results.get(k, ("", "error", problem))
        rows.append(Row(paper, slug, check.kind, check.number, function, status, check.oracle, detail))
    return rows


def totals(rows: list[Row]) -> list[str]:
    lines = []
    for kind in ("equation", "algorithm"):
        of_kind = [r for r in rows if r.kind == kind]
        count = collections.Counter(r.status for r in of_kind)
        papers = len({r.slug for r in of_kind if r.status == "corroborated"})
        said = ", ".join(f"{count[s]} {s}" for s in STATUSES if count[s])
        lines.append(
            f"{len(of_kind)} {kind}s of {len({r.slug for r in of_kind})} papers: {said}; corroborated in {papers} papers"
        )
    return lines


def markdown(rows: list[Row]) -> str:
    """docs/landmarks.md: totals and the table."""
    out = ["# Landmarks", "",
           "Papers whose results are known: `landmarks/<slug>/paper.tex` prints the equations as the original does, and",
           "`reference.py` computes them with a library that shares nothing with paperc. `python tools/landmarks.py --markdown`",
           "builds every paper, calls the emitted functions on random float64 inputs (two seeds), compares, and writes this page.",
           "", *[f"- {line}" for line in totals(rows)], ""]  # fmt: skip
    for kind in ("equation", "algorithm"):
        out += [
            f"## {kind.capitalize()}s",
            "",
            "| paper | no. | function | status | oracle | relative error, or reason |",
            "|---|---|---|---|---|---|",
        ]
        for r in (r for r in rows if r.kind == kind):
            cells = (r.paper, r.number, f"`{r.function}`" if r.function else "", r.status, f"`{r.oracle}`", r.detail)
            out.append("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |")
        out.append("")
    return "\n".join(out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slugs", nargs="*", help="only these landmarks")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=180, help="limit of a build, and of its checks")
    parser.add_argument("--verify", action="store_true", help="let the build verify its package as well")
    parser.add_argument("--keep", type=Path, help="keep the built packages here")
    parser.add_argument("--json", type=Path, help="write the rows here")
    parser.add_argument("--markdown", action="store_true", help="write docs/landmarks.md")
    args = parser.parse_args()
    rows: list[Row] = []
    chosen = args.slugs or slugs()
    with (
        tempfile.TemporaryDirectory(prefix="landmarks-") as temporary,
        concurrent.futures.ThreadPoolExecutor(max(1, args.jobs)) as pool,
    ):
        folder = Path(temporary)
        for slug, problem in zip(
            chosen, pool.map(lambda s: build(s, folder, args.seconds, args.verify), chosen), strict=True
        ):
            for r in corroborate(slug, folder, problem, args.seconds):
                print(
                    f"{r.status:13} {r.slug:22} {r.kind[:2]} {r.number:4} {r.function:28} {r.oracle[:44]:44} {r.detail[:150]}",
                    flush=True,
                )
                rows.append(r)
            if args.keep and not problem:
                shutil.copytree(folder / slug, args.keep / slug, dirs_exist_ok=True)
    print(*totals(rows), sep="\n")
    if args.json:
        args.json.write_text(json.dumps([asdict(r) for r in rows], indent=1) + "\n", encoding="utf-8")
    if args.markdown:
        (ROOT / "docs" / "landmarks.md").write_text(markdown(rows), encoding="utf-8")
    return 1 if any(r.status == "WRONG" for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
