"""What holds of every Document, on whole and on damaged papers."""

import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperc.document import Document
from paperc.errors import PapercError
from paperc.read import document_json, outline, read
from paperc.source import SourceTree

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from fuzz_reader import FRAGMENTS, mutated  # noqa: E402

EXAMPLE = (ROOT / "examples" / "attention" / "paper.tex").read_bytes()
SMALL = [p.read_bytes() for p in sorted((ROOT / "tests" / "fixtures" / "read").glob("*.md"))]


def _document(data: bytes) -> Document | None:
    try:
        return read(SourceTree("case", "p.tex", {"p.tex": data}))
    except PapercError as problem:
        assert problem.diagnostics
        assert all(d.message for d in problem.diagnostics)
        return None


def _blank(text: str) -> str:
    return "".join(" " if c.isspace() or c == "~" else c for c in text)


def _holds(document: Document) -> None:
    """Every span lies in its file; text stands in the source character by character, but for what macros print."""
    for paragraph in document.paragraphs:
        for inline in paragraph.inlines:
            file = document.file(inline.span.file)
            assert file is not None
            assert 0 <= inline.span.start <= inline.span.end <= len(file.text)
            source = file.text[inline.span.start : inline.span.end]
            if inline.kind == "text" and len(source) == len(inline.text) > 1 and "\\" not in source:
                assert _blank(source) == _blank(inline.text)
    for equation in document.equations:
        file = document.file(equation.span.file)
        assert file is not None
        assert equation.source_latex == file.text[equation.span.start : equation.span.end]
    ids = [r.id for records in (document.sections, document.equations, document.algorithms, document.tables,
                                document.figures, document.theorems) for r in records]  # fmt: skip
    assert len(ids) == len(set(ids))
    known = {"", *(s.id for s in document.sections)}
    assert all(p.section in known for p in document.paragraphs)
    document_json(document)
    outline(document)


def test_the_bundled_paper() -> None:
    document = _document(EXAMPLE)
    assert document is not None
    _holds(document)
    assert [e.number for e in document.equations] == ["1", "2", "3", "4", "5", "6", "7"]
    assert not document.unknown_commands
    assert not document.diagnostics


def test_reading_twice_gives_the_same() -> None:
    """Deterministic: same input, same output."""
    assert _document(EXAMPLE) == _document(EXAMPLE)


@pytest.mark.parametrize("part", range(5))
def test_damaged_papers(part: int) -> None:
    """Random mutations (delete, duplicate, swap, truncate at any byte) never crash or hang."""
    for k in range(100):
        random_ = random.Random(1000 * part + k)
        data = EXAMPLE if k % 10 == 0 else random_.choice(SMALL)
        document = _document(mutated(data, random_))
        if document is not None:
            _holds(document)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_arbitrary_bytes(data: bytes) -> None:
    document = _document(data)
    if document is not None:
        _holds(document)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.sampled_from([b" ", b"a", b"1", b"x^2", b"}{"]), max_size=40))
@settings(max_examples=200, deadline=None)
def test_arbitrary_fragments_of_latex(parts: list[bytes]) -> None:
    document = _document(b"\\documentclass{article}\\begin{document}" + b"".join(parts))
    if document is not None:
        _holds(document)


@given(st.text(alphabet="ab \n$%~`'-{}\\&^_é", max_size=80))
@settings(max_examples=200, deadline=None)
def test_text_stands_where_its_span_says(body: str) -> None:
    document = _document(f"\\documentclass{{article}}\\begin{{document}}{body}\\end{{document}}".encode())
    if document is not None:
        _holds(document)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_encodings_and_line_ends_do_not_matter(line_end: str, encoding: str) -> None:
    text = "\\documentclass{article}\n\\begin{document}\nCafé here.\n\nSecond.\n\\end{document}\n"
    document = _document(text.replace("\n", line_end).encode(encoding))
    assert document is not None
    assert [p.text for p in document.paragraphs] == ["Café here.", "Second."]
    assert document.paragraphs[1].span.line == 5
