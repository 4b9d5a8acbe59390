"""LaTeX to MathML: golden cases that read like a list, well-formedness, and hostile input."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperc.report.math import MathError, formula, to_mathml

GOLDEN = Path(__file__).parent.parent / "fixtures" / "report" / "mathml.md"
CASES = re.findall(r"^## ([^\n]+)\n\n```latex\n(.*?)\n```\n\n```text\n(.*?)\n```", GOLDEN.read_text(), re.S | re.M)
SHARED = Path(__file__).parents[3] / "shared" / "corpus"
ELEMENTS = {
    "math", "mi", "mn", "mo", "mtext", "mrow", "mspace", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mfrac",
    "msqrt", "mroot", "mtable", "mtr", "mtd", "mstyle", "mphantom",
}  # fmt: skip


def shown(mathml: str) -> str:
    """Elements as `name(children)`, leaves as their text, rows that are one child as `{…}`, spaces dropped."""

    def go(node: ET.Element, parent: str) -> str:
        name = node.tag.split("}")[1]
        if name in ("mi", "mn", "mo", "mtext"):
            return (node.text or "").replace("\u00a0", "␣")
        children = [t for t in (go(c, name) for c in node if not c.tag.endswith("mspace")) if t]
        if name in ("math", "mrow", "mstyle", "mtd"):
            loose = parent in ("", "math", "mrow", "mstyle", "mtd") or len(children) == 1
            return " ".join(children) if loose else f"{{{' '.join(children)}}}"
        return f"{name[1:]}({' '.join(children)})"

    return go(ET.fromstring(mathml), "")


@pytest.mark.parametrize(("latex", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_is_set_as_printed(latex: str, expected: str) -> None:
    assert shown(to_mathml(latex)) == " ".join(expected.split())


def test_there_are_golden_cases() -> None:
    assert len(CASES) > 20


REFUSED = ["", r"\frac{a", "a}", r"\left( a", r"\right)", r"a_", r"\begin{cases} a", r"\end{cases}", r"\begin{tikzpicture}\end{tikzpicture}",
           "{" * 500 + "}" * 500, r"\sqrt" * 500, "x" * 30_000]  # fmt: skip


@pytest.mark.parametrize("latex", REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_set_shows_its_source(latex: str) -> None:
    with pytest.raises(MathError):
        to_mathml(latex)
    assert formula(latex).startswith('<code class="tex">') or not latex


HOSTILE = [
    r"<script>alert(1)</script>",
    r"\text{<img src=x onerror=alert(1)>}",
    r"\operatorname{<b onclick=x>}",
    r"\href{javascript:alert(1)}{x}",
    r"\mathrm{\"onmouseover=alert(1)}",
    r"\left< x \right>",
    r"\foo<svg/onload=alert(1)>",
]


@pytest.mark.parametrize("latex", HOSTILE)
def test_nothing_of_the_paper_becomes_an_element(latex: str) -> None:
    _check(formula(latex))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["\\frac", "\\sqrt", "{", "}", "^", "_", "&", "\\\\", "\\left(", "\\right)", "x", "12", "\\text", "$", "'", "\\sum", "\\not",
             "\\begin{cases}", "\\end{cases}", "\\mathbf", "<", ">", "&lt;", "\\over", "[", "]", "\\limits", "-", "\\bar", " ", "\\foo", "é", "\x00"]
        )
        | st.text(max_size=3),
        max_size=25,
    ).map("".join)
)  # fmt: skip
def test_always_well_formed(latex: str) -> None:
    """ "Fall back to showing the LaTeX source when rendering fails, never crash." """
    _check(formula(latex))


def _check(html: str) -> None:
    for node in ET.fromstring(html or "<math/>").iter():
        name = node.tag.split("}")[-1]
        assert name in ELEMENTS or (name == "code" and node.attrib == {"class": "tex"})
        assert not any(a.startswith("on") or a in ("href", "src") for a in node.attrib)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the corpus of real papers is not here")
def test_real_displays() -> None:
    from paperc.read import read
    from paperc.source import open_source

    paper = SHARED / "attention-is-all-you-need"
    main = next(
        m["main"]
        for m in map(json.loads, (SHARED / "manifest.jsonl").read_text().splitlines())
        if m["slug"] == paper.name
    )
    document = read(open_source(str(paper / main)))
    inline = [i.text for p in document.paragraphs for i in p.inlines if i.kind == "math"]
    for latex in [e.latex for e in document.equations] + inline:
        assert "unknown" not in to_mathml(latex)
