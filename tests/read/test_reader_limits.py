"""Hostile input: a Document with diagnostics or a clean error, with place and advice, within the bounds of the design."""

import pytest

from paperc.document import Document
from paperc.errors import LimitError, PapercError, SourceError
from paperc.read import document_json, outline, read
from paperc.source import SourceTree


def _read(body: str, preamble: str = "") -> Document:
    text = f"\\documentclass{{article}}\n{preamble}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    return read(SourceTree("case", "p.tex", {"p.tex": text.encode("utf-8", "surrogatepass")}))


BOMB = "\\def\\a{xxxxxxxxxx}" + "".join(f"\\def\\{chr(98 + i)}{{{f'{chr(92)}{chr(97 + i)}' * 10}}}" for i in range(8))


@pytest.mark.parametrize(
    ("body", "preamble"),
    [
        ("\\a", "\\def\\a{\\a}"),
        ("\\a", "\\def\\a{x\\b}\\def\\b{\\a y}"),
        ("\\a{x}", "\\newcommand{\\a}[1]{\\a{#1#1}}"),
        ("\\i", BOMB),
        ("\\a", "\\def\\a{\\a " + "x " * 1_000 + "}"),
        ("\\csname a\\endcsname", "\\def\\a{\\csname a\\endcsname}"),
        ("\\begin{a}\\end{a}", "\\newenvironment{a}{\\begin{a}}{\\end{a}}"),
        ("$" + "{" * 10_000 + "}" * 10_000 + "$", ""),
        ("{" * 10_000, ""),
        ("\\footnote{" * 5_000, ""),
        ("\\begin{itemize}" * 5_000, ""),
        ("\\begin{figure}" * 5_000, ""),
        ("\\begingroup" * 5_000, ""),
        ("\\section[" * 20_000, ""),
        ("\\input{p}", ""),
    ],
    ids=["endless", "in turns", "growing", "bomb", "long and endless", "csname", "environment", "braces", "open braces", "footnotes", "lists",
         "floats", "groups", "brackets", "includes itself"],
)  # fmt: skip
def test_past_a_limit_the_error_names_the_limit_and_the_place(body: str, preamble: str) -> None:
    with pytest.raises(LimitError) as caught:
        _read(body, preamble)
    (problem,) = caught.value.diagnostics
    assert caught.value.exit_code == 2
    assert problem.code == "limit"
    assert "limit: " in problem.message
    assert problem.help
    assert problem.span is not None
    assert problem.span.file == "p.tex"


@pytest.mark.parametrize(
    "body",
    [
        "$" * 5_001,
        "\\begin{align}" * 900,
        "\\begin{tabular}{l}" * 900,
        "\\begin{verbatim}" * 250,
        "\\begin{comment}" * 250,
        "\\iffalse" * 5_000,
        "\\else\\fi\\or" * 2_000,
        "[" * 5_000,
        "\\textcolor{a}{" * 290 + "}" * 290,
        "\\'{" * 290 + "}" * 290,
        "\\expandafter" * 20_000,
        "\\multicolumn{99999999}{c}{x} & \\multirow{9999999}{*}{y}",
        "\\setcounter{section}{99999999999999999999}\\section{x}",
        "\\item \\end{x} \\caption{y} \\label \\ref \\cite \\footnote",
        "\\begin{restatable}{t}{foo} \\foo \\end{restatable} \\foo \\foo",
        "\x00 \x01 \ue000cref|x\ue001 \ue000 \ud800",
        "\\begin{equation}" + "x + " * 20_000 + "\\end{equation}",
        "\\begin{tabular}{l}" + "x &" * 20_000 + "\\end{tabular}",
    ],
)
def test_damaged_input_gives_a_document(body: str) -> None:
    document = _read(body, "\\newtheorem{t}{T}")
    document_json(document)
    outline(document)


@pytest.mark.parametrize(
    "preamble",
    [
        "\\numberwithin{equation}{section}\\numberwithin{section}{equation}",
        "\\renewcommand{\\thesection}{\\thesubsection}\\renewcommand{\\thesubsection}{\\thesection.\\thesection}",
        "\\newtheorem{a}[b]{A}\\newtheorem{b}[a]{B}",
        "\\let\\a\\b\\let\\b\\a",
        "\\def\\a{x}\\edef\\a{\\a\\a}",
        "\\def\\a#1;{#1}",
    ],
)
def test_definitions_in_a_circle_end(preamble: str) -> None:
    _read("\\section{x} \\begin{equation} y \\end{equation} \\begin{a} z \\end{a} \\a" + "u" * 1000, preamble)


@pytest.mark.parametrize("data", [b"", b" \n ", b"Hello world.", b"{}[]"], ids=["empty", "blank", "prose", "braces"])
def test_what_is_no_latex_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        read(SourceTree("case", "p.tex", {"p.tex": data}))
    assert caught.value.exit_code == 2
    assert caught.value.diagnostics[0].help


@pytest.mark.parametrize("name", ["/etc/passwd", "../up", "a/../../up", "..//..//etc/hosts"])
def test_nothing_outside_the_root_is_read(name: str) -> None:
    with pytest.raises(PapercError) as caught:
        _read(f"\\input{{{name}}}")
    (problem,) = caught.value.diagnostics
    assert problem.code == "include-outside-root"
    assert problem.span is not None
    assert problem.span.line == 4


def test_a_missing_include_is_reported_with_its_place() -> None:
    document = _read("Before. \\input{nowhere} After.")
    (problem,) = document.diagnostics
    assert problem.code == "missing-include"
    assert (problem.span and problem.span.line) == 4
    assert "After" in document.paragraphs[0].text


def test_an_open_brace_is_reported_with_its_place() -> None:
    document = _read("First.\n\n\\textbf{x\n\nLast.")
    assert [d.code for d in document.diagnostics] == ["unbalanced-braces"]
    assert document.diagnostics[0].span is not None
    assert document.diagnostics[0].span.line == 6
    assert "Last." in document.paragraphs[-1].text
