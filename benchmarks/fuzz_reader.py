"""Read many damaged papers: each gives a Document with diagnostics or a clean error, in bounded time.

    python benchmarks/fuzz_reader.py [--count 20000] [--seed 0] [FOLDER_OR_FILE ...]

Papers are taken from the paths given (default: the bundled ones). Each input is one of them with one to four stretches
deleted, doubled, swapped, overwritten with bytes or fragments of LaTeX, or cut off. Exits with 1 and prints how to make
the input again if one crashes or takes longer than the limit.
"""

from __future__ import annotations

import argparse
import random
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType

from paperc.errors import PapercError
from paperc.read import document_json, outline, read
from paperc.source import SourceTree

ROOT = Path(__file__).parent.parent
FRAGMENTS = [
    b"{", b"}", b"$", b"$$", b"\\", b"%", b"&", b"#1", b"~", b"\n\n", b"[", b"]", b"\\begin{", b"\\end{", b"\\begin{align}",
    b"\\end{align}", b"\\begin{table}", b"\\end{document}", b"\\begin{verbatim}", b"\\[", b"\\]", b"\\(", b"\\def\\", b"\\newcommand{\\",
    b"\\fi", b"\\else", b"\\iffalse", b"\\verb|", b"\\input{", b"\\label{", b"\\ref{", b"\\item", b"\\footnote{", b"\\caption{", b"\\section{",
    b"\\begin{tabular}{ll}", b"\\multicolumn{3}{c}", b"\\begin{algorithmic}", b"\\For{", b"\\bibitem", b"\\csname", b"\\let\\", b"\\setcounter{",
    b"\\tag{", b"\\\\", b"\\frac", b"\\left", b"\x00", b"\xff\xfe", b"\xc3", b"\r", b"\\expandafter",
]  # fmt: skip


def mutated(data: bytes, random_: random.Random) -> bytes:
    for _ in range(random_.randint(1, 4)):
        if not data:
            break
        a = random_.randrange(len(data) + 1)
        b = min(len(data), a + int(random_.paretovariate(0.7)))
        match random_.randrange(6):
            case 0:
                data = data[:a] + data[b:]
            case 1:
                data = data[:b] + data[a:b] * random_.randint(1, 3) + data[b:]
            case 2:
                c = random_.randrange(len(data) + 1)
                a, c = min(a, c), max(a, c)
                data = data[:a] + data[c : c + 40] + data[a:c] + data[c + 40 :]
            case 3:
                data = data[:a] + random_.choice(FRAGMENTS) + data[a:]
            case 4:
                data = data[:a] + random_.randbytes(b - a if b - a < 64 else 64) + data[b:]
            case _:
                data = data[:a] if random_.random() < 0.3 else data[:a] + random_.choice(FRAGMENTS) + data[b:]
    return data


def papers(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(path.rglob("*.tex")) if path.is_dir() else [path]
    return [p for p in found if b"\\documentclass" in p.read_bytes()]


class TooSlow(Exception):
    pass


def _alarm(_: int, __: FrameType | None) -> None:
    raise TooSlow


def read_once(main: Path, data: bytes, limit: int) -> str:
    """ "document", "error", or what went wrong."""
    signal.signal(signal.SIGPROF, _alarm)
    signal.setitimer(signal.ITIMER_PROF, limit)  # processor time: other programs do not count
    try:
        document = read(SourceTree(main.name, main.name, {main.name: data}, main.parent))
        document_json(document)
        outline(document)
        for paragraph in document.paragraphs:
            for inline in paragraph.inlines:
                file = document.file(inline.span.file)
                assert file is not None and 0 <= inline.span.start <= inline.span.end <= len(file.text), inline
        return "document"
    except PapercError as problem:
        assert problem.diagnostics and problem.exit_code == 2
        return "error"
    except TooSlow:
        return f"took longer than {limit} s"
    except Exception:
        return traceback.format_exc(limit=-6)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("paths", nargs="*", type=Path, default=[ROOT / "examples", ROOT / "landmarks"])
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--limit", type=int, default=30, help="seconds of processor time an input may take")
    given = arguments.parse_args()
    mains = papers(given.paths)
    if not mains:
        print("no paper found", file=sys.stderr)
        return 2
    contents = [p.read_bytes() for p in mains]
    counts = {"document": 0, "error": 0}
    slowest, started = (0.0, 0), time.perf_counter()
    bad = 0
    for k in range(given.count):
        random_ = random.Random(given.seed * 1_000_003 + k)
        which = random_.randrange(len(mains))
        data = mutated(contents[which], random_)
        before = time.process_time()
        outcome = read_once(mains[which], data, given.limit)
        slowest = max(slowest, (time.process_time() - before, k))
        if outcome in counts:
            counts[outcome] += 1
        else:
            bad += 1
            print(f"input {k} of seed {given.seed} ({mains[which]}):\n{outcome}", flush=True)
            if bad >= 10:
                break
    print(
        f"{sum(counts.values())} inputs: {counts['document']} documents, {counts['error']} clean errors, {bad} failures; "
        f"slowest {slowest[0]:.2f} s (input {slowest[1]}), {time.perf_counter() - started:.0f} s in all, "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
