"""The annotated paper: order, folding, marked facts, quotes as printed, code beside its equation."""

from pathlib import Path

import pytest

from paperc.document import Document
from paperc.read import read
from paperc.report.code import listing, whole_files
from paperc.report.entries import algorithm_entries, equation_entries
from paperc.report.page import Part, parts
from paperc.report.paper_text import Writer, claims_in, link, mixed, value
from paperc.report.record import BuildRecord
from paperc.source import open_source
from paperc.spec.model import Contribution, PaperSpec

PAPER = r"""
\documentclass{article}
\usepackage{algorithm,algorithmic}
\newcommand{\width}{d_{\text{model}}}
\begin{document}
\section{One}
A first paragraph.

A second one.

An introduction to the display,
\begin{align}
  a &= b \\
  c &= d
\end{align}
and what follows.

\begin{algorithm}
\caption{Add up $x_i$}
\begin{algorithmic}[1]
\STATE $s \gets s + x_i$
\end{algorithmic}
\end{algorithm}

\section{Two}
The width is $\width = 512$ here~\cite{k1}.
\begin{thebibliography}{1}
\bibitem{k1} A. Author. A title. 2020.
\end{thebibliography}
\end{document}
"""


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Document:
    path = tmp_path_factory.mktemp("flow") / "paper.tex"
    path.write_text(PAPER)
    return read(open_source(str(path)))


@pytest.fixture(scope="module")
def found(document: Document) -> tuple[Part, ...]:
    spec = PaperSpec("", (), document.main, document.sha256, Contribution())
    record = BuildRecord(document, spec, "p", "0")
    entries = {e.id: e for e in (*equation_entries(record), *algorithm_entries(record))}
    return parts(document, entries, ())


def test_every_entry_stands_once_and_in_order(found: tuple[Part, ...]) -> None:
    assert [e.id for p in found for e in p.entries] == ["eq:1", "eq:2", "alg:1"]


def test_text_that_nothing_was_read_from_is_folded(found: tuple[Part, ...]) -> None:
    """What introduces an equation, and what follows one, stays open."""
    (one,) = [p for p in found if p.section and p.section.title == "One"]
    assert [(g.folded, len(g.rows)) for g in one.groups][:3] == [(True, 2), (False, 1), (False, 2)]
    text = [r.text for g in one.groups for r in g.rows if r.text is not None]
    assert "introduction" in text[2] and "what follows" in text[3]


def test_quotes_are_shown_as_printed(document: Document) -> None:
    """The source says `\\width`; a reader saw d_model."""
    words = r"The width is $\width = 512$ here"
    quote = _quote(document, words)
    writer = Writer(document)
    assert writer.plain(quote) == r"The width is $d_{\text{model}} = 512$ here"
    assert "<math" in writer.quote(quote) and "unknown" not in writer.quote(quote)
    assert writer.plain(_quote(document, r"here~\cite{k1}")).endswith("[1]")


def test_facts_are_marked_in_the_text(record: BuildRecord) -> None:
    (claim,) = record.spec.claims
    (paragraph,) = [p for p in record.document.paragraphs if claims_in(p, record.spec.claims)]
    html = Writer(record.document).run(paragraph.inlines, record.spec.claims)
    assert '<span class="q">we use a temperature of </span>' in html and "everywhere" in html
    assert claim.quote.text.startswith("we use")


def _quote(document: Document, words: str):  # type: ignore[no-untyped-def]
    from small_paper import quote

    return quote(document, words)


@pytest.mark.parametrize(
    ("text", "part"),
    [("$x^2$ and", "<msup>"), (r"\sqrt{d}", "<msqrt>"), ("10^{-9}", "<msup>"), ("a_b", "a_b"), ("1 < 2", "1 &lt; 2")],
)
def test_values_with_and_without_dollars(text: str, part: str) -> None:
    assert part in value(text)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://x.y/<b>",
        "http:///x",
        'https://x"y',
        "https://[",
        "file:///etc",
    ],
)
def test_only_addresses_of_the_web_are_links(url: str) -> None:
    assert link(url).startswith("<code>") and "<b>" not in link(url)


def test_links_and_words() -> None:
    assert link("example.org/a").startswith('<a href="https://example.org/a" rel="noreferrer">')
    assert mixed("a < $b < c$").count("&lt;") == 2


FILES = {
    "p/equations.py": "import math\n\n\n@cache\ndef f(x):\n    return x\n\n\ndef g(x):\n    return 2\n",
    "p/broken.py": "def f(:\n",
    "train.py": "x = 1\n",
    "tests/test_f.py": "y = 1\n",
    "README.md": "# x\n",
}


def test_code_of_one_function() -> None:
    found = listing(FILES, "p.equations", "f")
    assert found is not None and (found.path, found.line) == ("p/equations.py", 4)
    assert found.text == "@cache\ndef f(x):\n    return x" and '<span class="nf">f</span>' in found.html
    for module, name in (("p.equations", "h"), ("p.broken", "f"), ("p.none", "f")):
        assert listing(FILES, module, name) is None


def test_files_in_the_order_of_reading() -> None:
    assert [f.path for f in whole_files(FILES)] == ["p/broken.py", "p/equations.py", "train.py", "tests/test_f.py"]


def test_code_cannot_leave_its_listing() -> None:
    (found,) = whole_files({"a.py": 'x = "</code></pre><script>alert(1)</script>"\n'})
    assert "<script" not in found.html and "</pre" not in found.html


def test_paths_do_not_matter(tmp_path: Path) -> None:
    """ "No absolute paths": the same paper in another folder is the same document."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "paper.tex").write_text(PAPER)
    first, second = (read(open_source(str(tmp_path / name / "paper.tex"))) for name in ("a", "b"))
    assert first == second
