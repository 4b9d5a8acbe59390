"""`paperc read --json`: the shape that tools rely on."""

import json
from pathlib import Path

import pytest

from paperc.read import document_json, outline, read
from paperc.source import SourceTree, open_source

CORPUS = Path(__file__).parent.parent.parent.parent / "shared" / "corpus"
TEXT = r"""\documentclass{article}
\newcommand{\x}{\mathbf{x}}
\title{T}
\begin{document}
\section{S}\label{sec:s}
\begin{equation}\label{eq:a} \x = 1 \end{equation}
\[ y = 2 \]
\begin{table}\caption{C}\begin{tabular}{ll} a & b \end{tabular}\end{table}
\begin{algorithmic}[1] \State go \end{algorithmic}
\end{document}
"""


def test_shape() -> None:
    found = json.loads(json.dumps(document_json(read(SourceTree("p", "p.tex", {"p.tex": TEXT.encode()})))))
    assert found["title"] == "T"
    assert found["sections"][0]["number"] == "1"
    assert found["sections"][0]["span"]["line"] == 5
    first, second = found["equations"]
    assert first["number"] == "1"
    assert first["label"] == "eq:a"
    assert first["latex"] == r"\mathbf{x} = 1"
    assert first["source_latex"] == r"\begin{equation}\label{eq:a} \x = 1 \end{equation}"
    assert first["environment"] == "equation"
    assert (first["display"], second["display"]) == (0, 1)
    assert first["section"] == "1"
    assert first["span"]["file"] == "p.tex"
    assert second["number"] is None
    assert found["tables"][0]["rows"] == [["a", "b"]]
    assert found["algorithms"][0]["lines"][0]["text"] == "go"
    assert {"figures", "references", "diagnostics"} <= set(found)


def test_outline() -> None:
    text = outline(read(SourceTree("p", "p.tex", {"p.tex": TEXT.encode()})))
    assert text.splitlines()[:4] == ["T", "", "1  S", "       (1)  x = 1"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the papers are not beside the repository")
@pytest.mark.parametrize("slug", ["matheron-enkf", "iql", "automata-ml", "neuralscf", "chebnet"])
def test_numbers_are_those_that_pdflatex_printed(slug: str) -> None:
    truth = json.loads((CORPUS / "_truth" / f"{slug}.json").read_text())
    document = read(open_source(str(CORPUS / slug / truth["main"])))
    assert [e.number for e in document.equations if e.number] == truth["equation_numbers"]
    assert {k: document.labels[k] for k in truth["equation_labels"]} == truth["equation_labels"]
    assert len({e.display for e in document.equations}) == truth["displays"]
