"""Bad input ends with a diagnostic, a place where there is one, advice, exit code 2, and nothing written."""

import gzip
import io
import os
import resource
import subprocess
import sys
import tarfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

HEAD = "\\documentclass{article}\n\\begin{document}\n"
TAIL = "\n\\end{document}\n"


def _tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def _member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def _write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def _paper(body: str) -> Callable[[Path], Path]:
    return lambda tmp: _write(tmp / "paper.tex", HEAD + body + TAIL)


def _bomb() -> str:
    """Nine macros, each ten times the one before."""
    names = "abcdefghij"
    steps = [f"\\newcommand{{\\m{new}}}{{" + f"\\m{old}" * 10 + "}" for old, new in pairwise(names)]
    return "\\newcommand{\\ma}{xxxxxxxxxx}\n" + "\n".join(steps) + "\\mj"


PAPER = (HEAD + "$x = 1$" + TAIL).encode()

# name → (how to make it, words that the message must hold)
CASES: dict[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    "missing file": (lambda tmp: tmp / "nowhere.tex", ("nowhere.tex",)),
    "empty file": (lambda tmp: _write(tmp / "paper.tex", ""), ("empty",)),
    "empty folder": (lambda tmp: (tmp / "folder").mkdir() or tmp / "folder", ("folder",)),
    "binary junk": (lambda tmp: _write(tmp / "paper.tex", bytes(range(256)) * 64), ()),
    "not LaTeX": (lambda tmp: _write(tmp / "paper.tex", "Dear diary, today nothing happened.\n" * 40), ()),
    "an unknown kind of file": (lambda tmp: _write(tmp / "paper.docx", b"PK\x03\x04junk"), ()),
    "a missing include": (_paper("\\input{chapters/method}"), ("chapters/method",)),
    "a missing include between words": (_paper("Some words.\n\\input{chapters/method}\nMore words."), ("chapters/method", "paper.tex:4")),
    "an include of an absolute path": (_paper("\\input{/etc/passwd}"), ("/etc/passwd",)),
    "an include of a parent path": (_paper("\\input{../../secret}"), ("secret",)),
    "a macro that expands for ever": (_paper("\\newcommand{\\a}{\\a\\a}\\a"), ("limit",)),
    "a macro bomb": (_paper(_bomb()), ("limit",)),
    "10,000 nested braces": (_paper("{" * 10_000 + "x" + "}" * 10_000), ("limit",)),
    "an archive with a parent path": (
        lambda tmp: _tar(tmp / "a.tar.gz", (_member("../evil.tex"), PAPER)), ("../evil.tex",)),
    "an archive with an absolute path": (
        lambda tmp: _tar(tmp / "a.tar.gz", (_member("/evil.tex"), PAPER)), ("evil.tex",)),
    "an archive with a link": (
        lambda tmp: _tar(tmp / "a.tar.gz", (_member("paper.tex", tarfile.SYMTYPE, "/etc/passwd"), b"")), ("link",)),
    "an archive with a device": (
        lambda tmp: _tar(tmp / "a.tar.gz", (_member("paper.tex", tarfile.CHRTYPE), b"")), ("device",)),
    "an archive of too many files": (
        lambda tmp: _tar(tmp / "a.tar.gz", *((_member(f"f{k}.tex"), b"x") for k in range(2100))), ("limit",)),
    "an archive that is too large unpacked": (
        lambda tmp: _tar(tmp / "a.tar.gz", *((_member(f"f{k}.tex"), bytes(15 * 2**20)) for k in range(15))), ("limit",)),
    "a gzip bomb": (lambda tmp: _write(tmp / "paper.tex.gz", gzip.compress(bytes(260 * 2**20), 9)), ("limit",)),
    "a damaged archive": (lambda tmp: _write(tmp / "a.tar.gz", gzip.compress(b"not a tar")[:-6]), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bad_input(name: str, tmp_path: Path) -> None:
    make, words = CASES[name]
    source = make(tmp_path)
    before = sorted(p for p in tmp_path.rglob("*"))
    done = _run("build", str(source), "-o", str(tmp_path / "out"))
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert "Traceback" not in said
    assert "error[" in said and "help:" in said, said
    for word in words:
        assert word in said, said
    assert sorted(p for p in tmp_path.rglob("*")) == before, "nothing is written"
    assert done.stdout == b""


def test_unbalanced_braces_are_named_with_their_place(tmp_path: Path) -> None:
    """The rest of such a paper can still be read, so it is a diagnostic and not the end."""
    source = _write(
        tmp_path / "paper.tex", HEAD + "Text.\n\\begin{equation} y = \\frac{1}{2 \\end{equation}\nMore." + TAIL
    )
    done = _run("read", str(source))
    said = done.stderr.decode()
    assert "Traceback" not in said and "paper.tex:" in said and "unbalanced" in said, said


def test_a_paper_that_is_partly_missing_is_built_and_exits_with_two(tmp_path: Path) -> None:
    source = _write(
        tmp_path / "paper.tex",
        HEAD + "For $x \\in \\mathbb{R}$ let\n\\begin{equation} y = x^2 \\end{equation}\n\\input{proofs}" + TAIL,
    )
    done = _run("build", str(source), "-o", str(tmp_path / "out"), "--no-verify")
    said = done.stderr.decode()
    assert done.returncode == 2 and "proofs" in said and "paper.tex:5" in said and "only in part" in said, said
    assert (tmp_path / "out" / "evidence.json").is_file()


def test_a_paper_without_formulas_exits_with_one(tmp_path: Path) -> None:
    source = _write(tmp_path / "paper.tex", HEAD + "\\section{Only words}\nNothing to compile here." + TAIL)
    done = _run("build", str(source), "-o", str(tmp_path / "out"), "--no-verify")
    assert done.returncode == 1, done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize("arguments", [["build"], ["build", "--nope", "x"], ["fly"], ["read", "a", "b"]])
def test_usage_errors_exit_with_two(arguments: list[str]) -> None:
    done = _run(*arguments)
    assert done.returncode == 2 and b"Traceback" not in done.stderr


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`paperc …` within 30 s of processor time and 2 GB of resident memory (of address space for its children)."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONHASHSEED"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = subprocess.run(
        [sys.executable, "-m", "paperc", *arguments], capture_output=True, timeout=120, env=environment, check=False
    )
    assert max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) < 2 * 1024**2
    return done
