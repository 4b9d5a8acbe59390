"""Opening papers: every kind of input, and every hostile one."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from paperc.errors import LimitError, SourceError
from paperc.source import open_source
from paperc.source.tree import Limits

TEX = b"\\documentclass{article}\\begin{document}x\\end{document}"


def _tar(path: Path, *members: tarfile.TarInfo, data: bytes = TEX) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info in members:
            info.size = len(data) if info.isreg() else 0
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return path


def _link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def _device(name: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.CHRTYPE
    return info


def test_reads_a_file_a_folder_and_archives(tmp_path: Path) -> None:
    (tmp_path / "p.tex").write_bytes(TEX)
    assert open_source(str(tmp_path / "p.tex")).text("p.tex") == TEX.decode()
    assert open_source(str(tmp_path)).text("p.tex") == TEX.decode()
    assert open_source(str(_tar(tmp_path / "a.tar.gz", tarfile.TarInfo("sub/p.tex")))).text("sub/p.tex") == TEX.decode()
    (tmp_path / "one.gz").write_bytes(gzip.compress(TEX))
    assert open_source(str(tmp_path / "one.gz")).text("one.tex") == TEX.decode()
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("p.tex", TEX)
    assert open_source(str(tmp_path / "z.zip")).text("p.tex") == TEX.decode()


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../evil.tex"),
        tarfile.TarInfo("/etc/evil.tex"),
        _link("a.tex", "/etc/passwd"),
        _device("null.tex"),
    ],
    ids=["parent", "absolute", "link", "device"],
)
def test_unsafe_archives_are_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(str(_tar(tmp_path / "bad.tar.gz", member)))
    assert caught.value.diagnostics[0].code == "unsafe-archive"


def test_an_archive_bomb_stops_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paperc.source.tree.LIMITS", Limits(unpacked_bytes=10_000))
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"x" * 100_000))
    with pytest.raises(LimitError, match="unpacked_bytes"):
        open_source(str(tmp_path / "bomb.gz"))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [("empty.tex", b"", "empty-file"), ("junk.tex", b"\x00\x01\x02" * 50, "not-latex"), ("p.pdf", b"%PDF-1.5", "pdf-input"),
     ("broken.tar.gz", b"\x1f\x8bjunk", "broken-archive")],
)  # fmt: skip
def test_what_is_not_a_paper(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError) as caught:
        open_source(str(tmp_path / name))
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].help


def test_missing_file_and_arxiv_id() -> None:
    with pytest.raises(SourceError, match="there is no file"):
        open_source("nowhere/paper.tex")
    with pytest.raises(SourceError, match="arXiv id"):
        open_source("1706.03762")


def test_nothing_outside_the_root(tmp_path: Path) -> None:
    """Design, Limits and safety: "`\\input` inside the root only"."""
    (tmp_path / "secret.tex").write_bytes(TEX)
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "p.tex").write_bytes(TEX)
    (tmp_path / "paper" / "link.tex").symlink_to(tmp_path / "secret.tex")
    tree = open_source(str(tmp_path / "paper" / "p.tex"))
    for path in ("../secret.tex", "/etc/passwd", "link.tex"):
        with pytest.raises(SourceError, match=r"outside|out of"):
            tree.data(path)


def test_encodings(tmp_path: Path) -> None:
    (tmp_path / "latin.tex").write_bytes("é".encode("latin-1"))
    (tmp_path / "bom.tex").write_bytes(b"\xef\xbb\xbfx")
    assert open_source(str(tmp_path / "latin.tex")).text("latin.tex") == "é"
    assert open_source(str(tmp_path / "bom.tex")).text("bom.tex") == "x"


def test_a_paper_may_include_text_of_any_name(tmp_path: Path) -> None:
    path = _tar(tmp_path / "a.tar.gz", tarfile.TarInfo("main.tex"), tarfile.TarInfo("intro.tex.part"), tarfile.TarInfo("f.pdf"))  # fmt: skip
    tree = open_source(str(path))
    assert tree.text("intro.tex.part") == TEX.decode()
    assert tree.text("f.pdf") is None


@pytest.mark.parametrize("data", [b"a\r\nb\r\n", b"a\rb\r", b"\xef\xbb\xbfa\nb\n", "\ufeffa\nb\n".encode("utf-16-le")])
def test_lines_end_with_a_line_feed_and_marks_are_dropped(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "p.tex").write_bytes(data)
    assert open_source(str(tmp_path / "p.tex")).text("p.tex") == "a\nb\n"


@pytest.mark.parametrize("name", ["x" * 5000, "a\nb", "\\foo{bar}", "nul\x00", "/etc/passwd ", "."])
def test_no_name_breaks_the_tree(tmp_path: Path, name: str) -> None:
    (tmp_path / "p.tex").write_bytes(TEX)
    tree = open_source(str(tmp_path / "p.tex"))
    try:
        assert tree.data(name) is None
    except SourceError as problem:
        assert problem.diagnostics[0].code == "include-outside-root"
