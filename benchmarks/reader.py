"""Hold the reader against what pdflatex printed.

    python benchmarks/reader.py FOLDER [--only SLUG,SLUG] [--details] [--pandoc] [--json FILE]

FOLDER holds one folder a paper and `_truth/<slug>.json` for each. One line a paper, then the totals over the papers
whose truth is marked as trusted. `--details` names every difference. `--pandoc` also times pandoc (`pypandoc_binary`)
on the same files.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from paperc.document import Document
from paperc.errors import PapercError
from paperc.read import read
from paperc.source import open_source


@dataclass
class Result:
    slug: str
    trusted: bool
    seconds: float = 0.0
    crash: str = ""
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """What was compared → (right, in the truth)."""
    found: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    pandoc: float | None = None

    def right(self, what: str) -> bool:
        good, wanted = self.counts.get(what, (0, 1))
        return good == wanted == self.found.get(what, wanted)


def compare(document: Document, truth: dict[str, Any], result: Result) -> None:
    numbers = [e.number for e in document.equations if e.number is not None]
    _sequence(result, "numbers", numbers, truth["equation_numbers"])
    _labels(result, "equation labels", document.labels, truth["equation_labels"])
    # Labels that packages write for themselves, and those that the caption package marks as standing before the caption.
    ordinary = {k: v for k, v in truth["labels"].items() if not k.startswith("sub@") and k not in ("LastPage", "TotPages") and "@xref" not in v}  # fmt: skip
    _labels(result, "all labels", document.labels, ordinary)
    displays = len({e.display for e in document.equations})
    _count(result, "displays", displays, truth["displays"])
    sections = [(_number(s.number), _words(s.title)) for s in document.sections]
    wanted = [(_number(s["number"]), _words(s["title"])) for s in truth["sections"]]
    # A bare heading of the reference list, and unnumbered headings below the table of contents, are not in every truth.
    # A cross-reference in a title is printed by us and cut from the truth.
    sections = [s if s in wanted else next((w for w in wanted if w[0] == s[0] and len(w[1]) > 3 and s[1].startswith(w[1])), s) for s in sections]  # fmt: skip
    extra = {s for s in sections if s not in wanted and not s[0]}
    _sequence(result, "sections", [s for s in sections if s not in extra], [s for s in wanted if not _bibliography(s)])
    for what, records in (
        ("algorithms", document.algorithms),
        ("tables", document.tables),
        ("figures", document.figures),
    ):
        # The list of figures is in the order of the pages, which is not that of the source.
        found = sorted(n for n, _ in {(r.number, r.span): None for r in records if r.number is not None})  # type: ignore[attr-defined]
        _sequence(result, what, found, sorted(truth[what]["numbers"]))


def _sequence(result: Result, what: str, found: Sequence[object], wanted: Sequence[object]) -> None:
    blocks = SequenceMatcher(None, [str(x) for x in found], [str(x) for x in wanted], autojunk=False)
    result.counts[what] = (sum(b.size for b in blocks.get_matching_blocks()), len(wanted))
    result.found[what] = len(found)
    for op, a, b, c, d in blocks.get_opcodes():
        if op != "equal":
            result.differences.append(f"{what}: read {list(found[a:b])[:6]}, printed {list(wanted[c:d])[:6]}")


def _labels(result: Result, what: str, found: dict[str, str], wanted: dict[str, str]) -> None:
    wrong = {k: v for k, v in wanted.items() if _number(found.get(k, "missing")) != _number(v)}
    result.counts[what] = (len(wanted) - len(wrong), len(wanted))
    for key, value in wrong.items():
        result.differences.append(f"{what}: {key} read as {found.get(key)!r}, printed {value!r}")


def _count(result: Result, what: str, found: int, wanted: int) -> None:
    result.counts[what] = (min(found, wanted), wanted)
    result.found[what] = found
    if found != wanted:
        result.differences.append(f"{what}: read {found}, printed {wanted}")


def _number(text: str) -> str:
    return re.sub(r"\\[,.]|\\[a-z]+|[\s{}]|\.$", "", text)


def _words(title: str) -> str:
    title = re.sub(r"\[[^\]]*\]", "", title)
    title = re.sub(
        r"\\(?:[a-zA-Z]*ref|cite\w*|label|footnote\w*|textcolor|color)\s*(?:\[[^\]]*\])?\s*\{[^{}]*\}|\?\?", "", title
    )
    title = re.sub(r"\\[A-Za-z]+|\\.", "", unicodedata.normalize("NFKD", title))
    return re.sub(r"[^a-z]", "", title.lower())[:24]


def _bibliography(section: tuple[str, str]) -> bool:
    return not section[0] and section[1] in ("references", "bibliography", "contents", "listoffigures", "listoftables")


def measure(folder: Path, truth_file: Path, pandoc: bool) -> Result:
    truth = json.loads(truth_file.read_text())
    main = folder / truth["slug"] / truth["main"]
    result = Result(truth["slug"], truth["trusted"])
    start = time.perf_counter()
    try:
        document = read(open_source(str(main)))
    except PapercError as problem:
        if all(d.code == "missing-include" for d in problem.diagnostics):
            document = Document("", (), "", "", "", diagnostics=problem.diagnostics)
        else:
            result.crash = str(problem)
    except Exception as problem:  # a bug of the reader is what this looks for
        result.crash = repr(problem)
    result.seconds = time.perf_counter() - start
    if not result.crash:
        compare(document, truth, result)
        result.found["unknown"] = len(document.unknown_commands)
        absent = [d.message for d in document.diagnostics if d.code == "missing-include"]
        if absent:
            result.differences.append(
                f"absent from the folder: {'; '.join(absent[:3])}{' …' if len(absent) > 3 else ''}"
            )
    if pandoc:
        result.pandoc = _pandoc(main)
    return result


def _pandoc(main: Path) -> float | None:
    """Seconds of pandoc on the same file, None where it fails."""
    import pypandoc

    start = time.perf_counter()
    try:
        done = subprocess.run(
            [pypandoc.get_pandoc_path(), "-f", "latex", "-t", "json", main.name, "-o", "/dev/null"],
            cwd=main.parent, capture_output=True, timeout=120,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None
    return time.perf_counter() - start if done.returncode == 0 else None


COLUMNS = ("displays", "numbers", "equation labels", "all labels", "sections", "algorithms", "tables", "figures")


def line(result: Result) -> str:
    if result.crash:
        return f"{result.slug:30} {result.seconds:5.2f}  FAILED {result.crash[:100]}"
    cells = []
    for what in COLUMNS:
        good, wanted = result.counts[what]
        mark = " " if result.right(what) else "*"
        cells.append(f"{good:4}/{wanted:<4}{mark}")
    return f"{result.slug:30} {result.seconds:5.2f} " + " ".join(cells) + f" {result.found['unknown']:4}"


def absent(result: Result) -> bool:
    """The text of the paper is not in the folder (its includes are missing), so that nothing of it can be read."""
    return any(d.startswith("absent") for d in result.differences) and result.counts["displays"][0] == 0 < result.counts["displays"][1]  # fmt: skip


def totals(results: list[Result]) -> dict[str, Any]:
    out: dict[str, Any] = {"papers": len(results), "failed": sum(bool(r.crash) for r in results)}
    for what in COLUMNS:
        good = sum(r.counts.get(what, (0, 0))[0] for r in results)
        wanted = sum(r.counts.get(what, (0, 0))[1] for r in results)
        out[what] = {"right": good, "printed": wanted, "papers equal": sum(r.right(what) for r in results)}
    out["unknown commands"] = sum(r.found.get("unknown", 0) for r in results)
    out["seconds"] = {"median": statistics.median(r.seconds for r in results), "most": max(r.seconds for r in results)}
    timed = [r for r in results if r.pandoc is not None]
    if any(r.pandoc is not None for r in results):
        out["pandoc"] = {
            "failed": sum(r.pandoc is None for r in results),
            "median ratio": statistics.median(r.seconds / r.pandoc for r in timed if r.pandoc),
            "median seconds": statistics.median(r.pandoc for r in timed if r.pandoc),
        }
    out["peak memory MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return out


def _print_totals(title: str, summary: dict[str, Any]) -> None:
    print(f"\nOver {title} ({summary['failed']} failed):")
    for what in COLUMNS:
        t = summary[what]
        share = t["right"] / t["printed"] if t["printed"] else 1.0
        print(
            f"  {what:16} {t['right']:5} of {t['printed']:5} ({share:6.1%}), equal in {t['papers equal']} of {summary['papers']} papers"
        )
    print(f"  unknown commands {summary['unknown commands']}")
    seconds = summary["seconds"]
    print(
        f"  seconds          median {seconds['median']:.2f}, most {seconds['most']:.2f}; peak memory {summary['peak memory MB']} MB"
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--details", action="store_true")
    arguments.add_argument("--pandoc", action="store_true")
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    files = sorted((given.folder / "_truth").glob("*.json"))
    if given.only:
        files = [f for f in files if f.stem in given.only.split(",")]
    if not files:
        print(f"no truth files under {given.folder}/_truth", file=sys.stderr)
        return 2
    print(f"{'paper':30} {'sec':>5} " + " ".join(f"{what[:9]:>10}" for what in COLUMNS) + "  unk")
    results = []
    for file in files:
        results.append(measure(given.folder, file, given.pandoc))
        print(line(results[-1]), flush=True)
        if given.details:
            for difference in results[-1].differences:
                print(f"    {difference}")
    trusted = [r for r in results if r.trusted]
    summary = totals(trusted)
    _print_totals(f"{len(trusted)} trusted papers", summary)
    whole = [r for r in trusted if r.crash or not absent(r)]
    if len(whole) < len(trusted):
        gone = ", ".join(r.slug for r in trusted if r not in whole)
        _print_totals(f"{len(whole)} of them whose text is in the folder (not {gone})", totals(whole))
    if "pandoc" in summary:
        p = summary["pandoc"]
        print(f"  pandoc           fails on {p['failed']}; our time / pandoc's, median {p['median ratio']:.2f}")
    if given.json:
        given.json.write_text(json.dumps({"summary": summary, "papers": [{"slug": r.slug, "seconds": r.seconds, "differences": r.differences, "failed": r.crash} for r in results]}, indent=1) + "\n")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
