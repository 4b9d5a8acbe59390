"""Could the checks have failed? Faults planted in the emitted code of the landmarks and the bundled paper, and what is caught.

    python benchmarks/mutation.py [--only SLUG] [--limit N] [--jobs N] [--markdown]

Only functions that conform are counted: in others there is nothing to protect. A mutant that gives the same values and
gradients on all further inputs is the same function and does not count. Survivors are listed with their lines.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from paperc import pipeline
from paperc.output import write_package
from paperc.settings import Settings
from paperc.verify.conformance import verify_functions
from paperc.verify.mutation import mutate_functions

ROOT = Path(__file__).parent.parent


def paper(slug: str, limit: int) -> dict[str, object]:
    """Tried, killed, equivalent and surviving mutants of one paper's equations."""
    place = ROOT / "examples" / slug if slug == "attention" else ROOT / "landmarks" / slug
    begin = time.perf_counter()
    document = pipeline.read(str(place / "paper.tex"))
    record, _ = pipeline._compile(document, "paper", Settings())
    functions = [f for f in record.functions if not f.id.startswith("alg:")]
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "package"
        write_package(record.files, root)
        verdicts = verify_functions(root, functions, "paper.equations")
        proved = [f for f in functions if verdicts[f.id].status in ("conforms", "corroborated")]
        planting = time.perf_counter()
        surveys = mutate_functions(root, proved, "paper.equations", limit) if proved else {}
    survivors = [
        f"{next(f.name for f in proved if f.id == id)}, line {m.line}: {m.operator}: {m.before} -> {m.after}"
        for id, s in surveys.items()
        for m in s.survivors
    ]
    now = time.perf_counter()
    return {
        "slug": slug, "functions": len(proved), "tried": sum(s.tried for s in surveys.values()),
        "killed": sum(s.killed for s in surveys.values()), "equivalent": sum(s.equivalent for s in surveys.values()),
        "survivors": survivors, "seconds": now - begin, "planting": now - planting,
    }  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="")
    options.add_argument("--limit", type=int, default=16, help="mutants a function")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--markdown", action="store_true")
    chosen = options.parse_args()
    slugs = ["attention", *sorted(p.parent.name for p in (ROOT / "landmarks").glob("*/paper.tex"))]
    slugs = [s for s in slugs if chosen.only in ("", s)]
    totals = {"functions": 0, "tried": 0, "killed": 0, "equivalent": 0}
    if chosen.markdown:
        print("| paper | functions | faults | caught | same function | survivors |\n|---|---|---|---|---|---|")
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for found in pool.map(partial(paper, limit=chosen.limit), slugs):
            survivors: list[str] = found["survivors"]  # type: ignore[assignment]
            for key in totals:
                totals[key] += found[key]  # type: ignore[operator]
            if chosen.markdown:
                said = "; ".join(f"`{s}`" for s in survivors).replace("|", "\\|")
                print(
                    f"| {found['slug']} | {found['functions']} | {found['tried']} | {found['killed']} "
                    f"| {found['equivalent']} | {said} |"
                )
            else:
                print(f"{found['slug']}: {found['killed']} of {found['tried']}", *survivors, sep="\n  ")
            print(
                f"{found['slug']}: {found['seconds']:.0f} s, {found['planting']:.0f} of them mutants", file=sys.stderr
            )
    rate = totals["killed"] / max(1, totals["tried"])
    print(
        f"\n{totals['killed']} of {totals['tried']} faults in {totals['functions']} functions are caught ({rate:.1%}); "
        f"{totals['equivalent']} more change nothing"
    )


if __name__ == "__main__":
    main()
