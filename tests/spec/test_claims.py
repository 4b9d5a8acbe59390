"""Claims: what a paper states, each with its verbatim words."""

from pathlib import Path

import pytest
from golden import Case, check
from hypothesis import given, settings
from hypothesis import strategies as st
from latex_papers import paper

from paperc.document import Document
from paperc.spec.claims import find_claims
from paperc.spec.evaluation import read_evaluation
from paperc.spec.model import Claim, Result

FIXTURES = Path(__file__).parents[1] / "fixtures/spec/claims"
SHARED = Path(__file__).parents[3] / "shared"


def line(claim: Claim) -> str:
    number = "" if claim.number is None else f" ({claim.number:g})"
    parts = (f"{claim.name} = {claim.value}{number}", claim.symbol or "", claim.unit, claim.context)
    return " | ".join(parts).rstrip(" |")


def result(r: Result) -> str:
    return f"result: {r.metric} | {r.dataset} | {r.method} | {r.value}{' | own' if r.own else ''}"


def said(text: str) -> str:
    document = paper(text)
    claims = find_claims(document)
    results = read_evaluation(document, claims).results if "tabular" in text else ()
    return "\n".join([*(line(c) for c in claims), *(result(r) for r in results)]) or "nothing"


@check(FIXTURES, said)
def test_claims_of_a_few_lines(case: Case) -> None:
    assert said(case.text) == case.expected


def verbatim(document: Document, claims: tuple[Claim, ...]) -> bool:
    return all(
        (file := document.file(c.quote.span.file)) is not None
        and file.text[c.quote.span.start : c.quote.span.end] == c.quote.text
        and file.text.count("\n", 0, c.quote.span.start) + 1 == c.quote.span.line
        for c in claims
    )


def test_ids_count_from_one_in_order() -> None:
    claims = find_claims(paper("\\section{Training}We use Adam. The batch size is 8."))
    assert [c.id for c in claims] == ["C1", "C2"]


_PIECES = st.sampled_from(
    [
        "We set the batch size to 32. ", "We use $h=8$ parallel heads~\\cite{a}. ", "The {\\em dropout} rate is\n 0.1. ", "% a comment\n", "\\textbf{Bold} words, ``quoted''. ",
        "See \\ref{x}: 20 epochs were run\\footnote{Not 30 epochs.} and trained. ", "\\[ y = Wx \\] ", "\n\n", "{\\'E}t\\'e with a learning rate of $10^{-3}$; ", "\\section{Training} ", "5\\% ", "\\unknown{6 layers} ", "$d_k = d_v = 64$ is used. ",
    ]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_PIECES, max_size=14))
def test_a_quote_that_is_not_verbatim_is_an_error(pieces: list[str]) -> None:
    """Rule 1: each claim has a span, and its quote equals the source there."""
    document = paper("\\section{Model}" + "".join(pieces))
    assert verbatim(document, find_claims(document))


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=400))
def test_any_text_yields_claims_or_nothing(text: str) -> None:
    """Bad input never yields a traceback."""
    document = paper(text.replace("\\", "").replace("\r", " "))
    assert verbatim(document, find_claims(document))


@pytest.mark.parametrize(
    "text",
    [
        "We use " + "$h=8$ " * 3000 + "heads.",
        "The learning rate of " + "the " * 20000 + "0.1.",
        "for the " * 5000 + "0.1",
        "1, " * 10000,
        "(" * 2000 + "0.1" + ")" * 2000,
        "\\begin{tabular}{l}" + "a & 1 \\\\ " * 2000 + "\\end{tabular}",
    ],
    ids=["many symbols", "long gap", "prepositions", "list", "brackets", "long table"],
)
def test_hostile_paragraphs_end(text: str) -> None:
    document = paper(f"\\section{{Training}} {text}")
    assert verbatim(document, find_claims(document))


def test_same_input_same_claims() -> None:
    document = paper("\\section{Training} We use Adam with $\\beta_1=0.9$ and a batch size of 8.")
    assert find_claims(document) == find_claims(document)


@pytest.mark.skipif(not (SHARED / "facts").is_dir(), reason="no shared facts beside the repository")
def test_against_facts_read_by_hand() -> None:
    """≥ 85% of the facts found with value and place, ≥ 95% of what is claimed there is right, every quote verbatim."""
    import importlib.util
    import json

    spec = importlib.util.spec_from_file_location("facts", Path(__file__).parents[2] / "benchmarks/facts.py")
    assert spec and spec.loader
    facts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(facts)
    slug = "attention-is-all-you-need"
    document = facts.read(facts.open_source(str(SHARED / "corpus" / slug / "ms.tex")))
    claims = facts.all_claims(document)
    _, count = facts.held(document, claims, json.loads((SHARED / "facts" / f"{slug}.json").read_text())["facts"])
    assert count["found"] >= 0.85 * count["facts"]
    assert count["agree"] >= 0.95 * count["judged"]
    assert count["verbatim"] == count["claims"]
