"""How well `paperc check` judges: clean code of libraries and of our own, and the same with one planted fault each.

    python benchmarks/check.py [--only SLUG] [--installed] [--json FILE]

Each file of tests/check/fixtures holds functions that a landmark paper defines. A comment `# fault (KIND): OLD -> NEW` in a
function plants one fault: a twin of the function with that change must be reported as different, with KIND among the causes.
`installed.toml` beside them names code of installed libraries that a landmark paper defines: it is found and equal, or not
(`--installed`: only that).
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from paperc.errors import PapercError
from paperc.pipeline import check

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "check" / "fixtures"
FAULT = re.compile(r"^\s*# fault \(([^)]*)\): (.*?) ->(?: (.*))?$")


@dataclass(frozen=True)
class Twin:
    """A function with one planted fault."""

    module: str
    name: str
    kind: str
    change: str


def plant(path: Path, folder: Path) -> tuple[list[str], list[Twin]]:
    """Write the clean file and one module a fault; the clean functions' names and the twins."""
    text = path.read_text()
    lines = text.splitlines()
    tree = ast.parse(text)
    head = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
    imports = "\n".join(ast.unparse(n) for n in head)
    clean, twins = [], []
    (folder / "clean.py").write_text("\n".join(x for x in lines if not FAULT.match(x)) + "\n")
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            continue
        clean.append(node.name)
        own = lines[node.lineno - 1 : node.end_lineno]
        body = "\n".join(x for x in own if not FAULT.match(x))
        for line in own:
            if (match := FAULT.match(line)) is None:
                continue
            kind, old, new = match.group(1), match.group(2), match.group(3) or ""
            if body.count(old) != 1:
                raise SystemExit(f"{path.name}: {old!r} stands {body.count(old)} times in {node.name}")
            twin = Twin(f"fault_{len(twins):02d}", node.name, kind, f"{old} -> {new}")
            (folder / f"{twin.module}.py").write_text(f"{imports}\n\n\n{body.replace(old, new)}\n")
            twins.append(twin)
    return clean, twins


def run(path: Path) -> dict[str, object]:
    """The figures of one paper."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        clean, twins = plant(path, folder)
        begin = time.perf_counter()
        report = check(str(ROOT / "landmarks" / path.stem / "paper.tex"), str(folder)).report
        seconds = time.perf_counter() - begin
    found = {f.code: f for f in report.findings}
    out: dict[str, object] = {"slug": path.stem, "seconds": round(seconds, 1)}
    verdicts = {n: found.get(f"clean.{n}") for n in clean}
    out["clean"] = {n: f.verdict if f else "not bound" for n, f in verdicts.items()}
    rows = []
    for t in twins:
        f = found.get(f"{t.module}.{t.name}")
        rows.append({
            "function": t.name, "kind": t.kind, "change": t.change, "verdict": f.verdict if f else "not bound",
            "named": bool(f and set(t.kind.split("|")) & set(f.operators)), "causes": list(f.causes) if f else [],
            "operators": list(f.operators) if f else [],
        })  # fmt: skip
    out["faults"] = rows
    return out


def run_installed(slug: str, codes: list[str]) -> dict[str, object]:
    """The verdicts on code of installed libraries."""
    begin = time.perf_counter()
    try:
        report = check(str(ROOT / "landmarks" / slug / "paper.tex"), codes).report
    except PapercError as problem:
        return {"slug": slug, "bindings": dict.fromkeys(codes, f"error: {problem}"), "seconds": 0.0}
    found = {f.code: f for f in report.findings}
    names = [f"{m}.{n.strip()}" for m, _, ns in (c.partition(":") for c in codes) for n in ns.split(",")]
    said = {n: f"{found[n].verdict} {found[n].title}" if n in found else "not bound" for n in names}
    return {"slug": slug, "bindings": said, "seconds": round(time.perf_counter() - begin, 1)}


def installed(only: str) -> list[dict[str, object]]:
    results = []
    counts: Counter[str] = Counter()
    for slug, codes in tomllib.loads((FIXTURES / "installed.toml").read_text()).items():
        if only in ("", slug):
            results.append(result := run_installed(slug, codes))
            print(f"{slug}: {result['seconds']} s", file=sys.stderr, flush=True)
            for name, verdict in result["bindings"].items():  # type: ignore[attr-defined]
                counts[verdict.split(" Eq")[0].split(" Alg")[0]] += 1
                print(f"  {slug}: {name}: {verdict}")
    print(
        f"installed libraries: {counts['equals']} of {counts.total()} found and equal, {counts['differs']} differ, "
        f"{counts['not bound']} not bound"
    )
    return results


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="")
    options.add_argument("--installed", action="store_true")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    libraries = installed(chosen.only)
    if chosen.installed:
        return
    totals: Counter[str] = Counter()
    results = []
    for path in sorted(FIXTURES.glob("*.py")):
        if chosen.only not in ("", path.stem):
            continue
        result = run(path)
        results.append(result)
        for name, verdict in result["clean"].items():  # type: ignore[attr-defined]
            totals["clean"] += 1
            totals["equal"] += verdict == "equals"
            totals["alarm"] += verdict == "differs"
            if verdict != "equals":
                print(f"  {path.stem}: {name} {verdict}")
        for row in result["faults"]:  # type: ignore[attr-defined]
            totals["faults"] += 1
            totals["found"] += row["verdict"] == "differs"
            totals["failed"] += row["verdict"] == "not run"
            totals["explained"] += bool(row["causes"])
            totals["named"] += row["named"]
            if row["verdict"] != "differs" or not row["named"]:
                print(
                    f"  {path.stem}: {row['function']}: {row['kind']}: {row['change']}: {row['verdict']} {row['causes']}"
                )
        print(f"{path.stem}: {result['seconds']} s", file=sys.stderr, flush=True)
    print(f"clean: {totals['equal']} of {totals['clean']} bound and equal, {totals['alarm']} false alarms")
    print(
        f"faults: {totals['found']} of {totals['faults']} reported as different ({totals['failed']} more fail to run), "
        f"{totals['named']} with the planted kind named, {totals['explained']} explained by a change that gives the same values"
    )
    if chosen.json:
        chosen.json.write_text(json.dumps({"files": results, "installed": libraries}, indent=1) + "\n")


if __name__ == "__main__":
    main()
