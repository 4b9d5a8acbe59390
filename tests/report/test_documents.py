"""README.md, report.html and the terminal: complete, self-contained, and safe whatever the paper says."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperc.document import Document, Reference
from paperc.errors import Diagnostic
from paperc.provenance import Quote
from paperc.refs.paper import Link, References
from paperc.report.html import report_html
from paperc.report.readme import md, readme
from paperc.report.record import BuildRecord
from paperc.report.spec_view import spec_json, spec_text
from paperc.report.terminal import format_diagnostic, print_build
from paperc.spec.model import Contribution

VOID = {"meta", "input", "br", "img", "hr"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$</math><script>alert(1)</script>$",
    "${{ 7 * 7 }}$ {% raw %} {{ config }}",
    "</style></title><svg onload=alert(1)>",
    "x | y `code` ``` *bold* [link](javascript:alert(1)) # head\n# Head\n- item",
    "\x1b[31mred\x1b[0m \x00 \u202e",
    "javascript:alert(1)",
]


class Page(HTMLParser):
    """Checks that elements nest, and collects what could reach outside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.seen: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.stack.append(tag)
        for name, value in attrs:
            assert (not name.startswith("on") and name != "style") or (value or "").startswith("--indent: ")
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.links.append(value or "")
            if name in ("src", "action", "data", "srcset"):
                self.outside.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.stack[-1:] != ["style"]:
            self.text.append(data)


def test_the_page_is_whole_and_self_contained(record: BuildRecord) -> None:
    """ "One self-contained file, no scripts or fonts from elsewhere." """
    page = Page(report_html(record))
    assert not page.seen & {"script", "link", "iframe", "object", "embed", "base"}
    assert page.outside == []
    assert "url(" not in report_html(record) and "@import" not in report_html(record)
    assert len(set(page.ids)) == len(page.ids)
    inner = {l[1:] for l in page.links if l.startswith("#")}
    assert inner <= set(page.ids)
    assert {l for l in page.links if "://" in l} == {"https://github.com/example/gated-sums"}


def test_the_page_shows_what_there_is(record: BuildRecord) -> None:
    html = report_html(record)
    assert html.startswith("<!doctype html>")
    text = " ".join("".join(Page(html).text).split())
    for words in ("Eq. (1)", "corroborated", "def gate", "3 of 3 checks passed", "G1", "A1", "identity", "Not a reproduction",
                  "we use a temperature of", "eq:1: scale dropped", "undefined-symbol", "paper.tex:13"):  # fmt: skip
        assert words in text
    assert html.count("<math") > 8


def test_every_equation_stands_once(record: BuildRecord) -> None:
    html = report_html(record)
    for equation in record.document.equations:
        assert html.count(f'id="{equation.id}"') == 1


def test_an_unverified_build_says_so(unverified: BuildRecord) -> None:
    assert "Not verified." in report_html(unverified)
    assert "asked not to verify" in readme(unverified) and "corroborated**" not in readme(unverified)


def poisoned(record: BuildRecord, text: str) -> BuildRecord:
    """The record with a hostile text wherever the paper's words go."""
    document, spec = record.document, record.spec
    words = Quote(text, record.spec.claims[0].quote.span, text)
    claim = replace(spec.claims[0], name=text, value=text, quote=words, context=text, symbol=text, unit=text)
    equations = tuple(replace(e, latex=text, source_latex=text, label=text) for e in document.equations)
    sections = tuple(replace(s, title=text, number=text) for s in document.sections)
    tables = tuple(
        replace(t, caption=text, rows=tuple(tuple(replace(c, text=text) for c in r) for r in t.rows))
        for t in document.tables
    )
    paragraphs = tuple(
        replace(p, inlines=tuple(replace(i, text=text) if i.kind != "display" else i for i in p.inlines))
        for p in document.paragraphs
    )
    reference = Reference(text, text, text, (text,), text, (text,))
    new = replace(
        document, title=text, authors=(text,), equations=equations, sections=sections, tables=tables, paragraphs=paragraphs,
        references=(reference,),
    )  # fmt: skip
    gap = replace(record.gaps[0], what=text, why=text, needs=text, options=(text,))
    choice = replace(record.choices[0], value=text, why=text, options=(text,))
    results = tuple(
        replace(r, method=text, metric=text, dataset=text, value=text, quote=words) for r in spec.evaluation.results
    )
    evaluation = replace(spec.evaluation, results=results)
    new_spec = replace(
        spec, title=text, claims=(claim,), contribution=Contribution((words,), (words,)), evaluation=evaluation,
        gaps=(gap,), choices=(choice,),
    )  # fmt: skip
    return replace(
        record,
        document=new,
        spec=new_spec,
        gaps=(gap,),
        choices=(choice,),
        identifier=text,
        references=References((Link(text, "code", text),), (reference,)),
        diagnostics=(Diagnostic("x", text, None, text),),
        measurements=(replace(record.measurements[0], what=text, claimed=text, note=text),),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(record: BuildRecord, text: str) -> None:
    """ "LaTeX text from the paper is untrusted: escape everything." """
    bad = poisoned(record, text)
    page = Page(report_html(bad))
    assert not page.seen & {"script", "svg", "iframe", "object"}
    assert page.outside == []
    assert not any(l.startswith(("javascript", "data")) for l in page.links)
    _readme_is_safe(readme(bad))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_words_stay_words(record: BuildRecord, text: str) -> None:
    bad = poisoned(record, text)
    page = Page(report_html(bad))
    assert not page.seen & {"script", "svg", "iframe"} and page.outside == []
    _readme_is_safe(readme(bad))


def _readme_is_safe(text: str) -> None:
    """No raw element but our anchors; every table row has the cells of its head; no heading that is not ours."""
    outside_code = re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.S)
    assert not re.search(r"<(?!a id=\"[A-Z]\d+\"></a>|/a>|https?://)", outside_code)
    assert not re.search(r"(?<!\\)\]\(javascript", outside_code)
    heads = [line for line in text.splitlines() if re.match(r"#+ ", line)]
    assert len([h for h in heads if h.startswith("# ")]) <= 1
    for table in _tables(text):
        assert len({_cells(row) for row in table}) == 1


def _tables(text: str) -> Iterator[list[str]]:
    table: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            table.append(line)
        elif table:
            yield table
            table = []


def _cells(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row))


def test_readme_reads_like_this(record: BuildRecord) -> None:
    golden = Path(__file__).parent.parent / "fixtures" / "report" / "README.golden.md"
    assert readme(record).replace(record.document.sha256, "SHA") == golden.read_text()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b *c* `d`", r"a\_b \*c\* \`d\`"),
        (r"$\alpha_t$ <b>", "αₜ &lt;b&gt;"),
        ("x | y\n# z", r"x \| y \# z"),
        ("- item", r"\- item"),
        ("1. item", r"\1. item"),
    ],
)
def test_markdown_shows_exactly_the_words(text: str, expected: str) -> None:
    assert md(text) == expected


def test_terminal_without_colours(record: BuildRecord, capsys: pytest.CaptureFixture[str]) -> None:
    """ "Colours only on a terminal." """
    print_build(record, Path("out/gated"))
    out = capsys.readouterr().out
    assert out == (
        "Eq. (1)  definition  gate  corroborated  paper.tex:13  = torch.softmax\n"
        "Eq. (2)  identity    —     parsed        paper.tex:19  It is an identity and was tested as a property of the code.\n"
        "Eq. (3)  objective   —     parsed        paper.tex:23  G1: the distance d of Eq. (3): d is used and nowhere defined\n"
        "\n"
        "1 of 3 equations and algorithms compiled, 1 conform, 1 corroborated, 1 property tested, 1 gap, 90% of planted faults caught\n"
        "open out/gated/report.html\n"
    )


def test_terminal_is_not_steered_by_the_paper(record: BuildRecord, capsys: pytest.CaptureFixture[str]) -> None:
    bad = poisoned(record, "\x1b[2J\x07 [red]")
    print_build(bad, Path("out"))
    assert "\x1b" not in capsys.readouterr().out
    assert "\x1b" not in format_diagnostic(bad.diagnostics[0]) and "\x1b" not in spec_text(bad.spec)


def test_the_spec_for_people_and_tools(record: BuildRecord) -> None:
    text = spec_text(record.spec)
    for words in (
        "Gated sums",
        "What is new",
        "We propose gated sums",
        "Architecture: mlp",
        "temperature",
        "C1, paper.tex:16",
    ):
        assert words in text
    found = spec_json(record.spec)
    assert [s["kind"] for s in found["statements"]] == ["definition", "identity", "objective"]
    assert found["training"] == {"temperature": {"value": 0.5, "claim": "C1", "choice": None, "gap": None}}


def test_an_empty_paper_has_documents_too(record: BuildRecord) -> None:
    document = Document("", (), "", "p.tex", "0" * 64)
    spec = replace(record.spec, title="", authors=(), statements=(), claims=(), architecture=None, training=None)
    empty = BuildRecord(document, spec, "paper", "0.1.0")
    Page(report_html(empty))
    assert readme(empty).startswith("# Untitled paper\n")
