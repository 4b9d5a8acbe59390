"""Links that a paper gives: whose code it is, by the sentence that says so."""

import socket

import pytest
from latex_papers import paper

from paperc.refs import Link, gather, official_code, references, refs_json, refs_text

URL = "https://github.com/lab/method"


def links(body: str) -> list[Link]:
    return list(gather(paper(body)))


@pytest.mark.parametrize(
    "body",
    [
        f"The code that we used for all experiments is available at \\url{{{URL}}}.",
        f"We release our implementation at \\url{{{URL}}}.",
        f"Code: \\url{{{URL}}}",
        f"Our code is available.\\footnote{{\\url{{{URL}}}}} More text follows.",
        f"The scripts to reproduce our results are open source.\\footnote{{See \\url{{{URL}}}.}}",
        f"\\begin{{abstract}}We propose a method. \\url{{{URL}}}\\end{{abstract}}\\section{{A}} Text.",
    ],
)
def test_own_code_is_official(body: str) -> None:
    (link,) = links(body)
    assert (link.url, link.kind, link.licence) == (URL, "official code", "unknown")
    assert link.why


@pytest.mark.parametrize(
    "body",
    [
        f"We use the implementation of the authors at \\url{{{URL}}}.",
        f"The baseline was run with author-provided code, available at \\url{{{URL}}}.",
        f"Our layers are based on the library at \\url{{{URL}}}.",
        f"Pictures were made with a tool (\\url{{{URL}}}).",
    ],
)
def test_other_code_is_not(body: str) -> None:
    (link,) = links(body)
    assert link.kind == "code"


def test_the_quote_is_verbatim() -> None:
    document = paper(f"First. Our code is available at \\url{{{URL}}}. Last.")
    (link,) = gather(document)
    assert link.quote is not None
    file = document.file(link.quote.span.file)
    assert file is not None
    assert link.quote.text == file.text[link.quote.span.start : link.quote.span.end]
    assert link.quote.text.startswith("Our code")


def test_each_address_once_and_official_first() -> None:
    other = "https://example.org/page"
    found = links(f"See \\url{{{other}}} and \\url{{{URL}}}. Later: our code is available at \\url{{{URL}/}}.")
    assert [(l.kind, l.url.rstrip("/")) for l in found] == [("official code", URL), ("page", other)]


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline: no socket is opened."""
    monkeypatch.setattr(socket, "socket", lambda *a, **k: pytest.fail("a socket was opened"))
    assert official_code(paper(f"Our code is available at \\url{{{URL}}}."))


def test_text_and_json_say_the_same() -> None:
    found = references(paper(f"Our code is available at \\url{{{URL}}}."))
    assert URL in refs_text(found)
    assert refs_json(found)["links"][0]["url"] == URL


def test_a_paper_without_links() -> None:
    assert "none" in refs_text(references(paper("No links here.")))
