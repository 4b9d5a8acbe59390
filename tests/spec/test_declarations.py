"""Sentences to facts, case by case (`tests/fixtures/symbols`), and what must hold for every text."""

from pathlib import Path

from golden import Case, check
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import paper

from paperc.spec.declarations import find_facts

FIXTURES = Path(__file__).parents[1] / "fixtures" / "symbols"


def render(text: str) -> str:
    """One line a fact: symbol, what, value, and the words that say it."""
    facts = find_facts(paper(text))
    return (
        "\n".join(f"{f.symbol} | {f.what} | {f.value} | {' '.join(f.quote.text.split())}" for f in facts) or "nothing"
    )


@check(FIXTURES, render)
def test_says(case: Case) -> None:
    assert render(case.text) == case.expected


_words = st.sampled_from(
    "the where is are denotes let with vector matrix $x$ $W_i$ $d$ $\\alpha=0.1$ $x \\in \\mathbb{R}^d$ , . and of dimension ( ) "
    "learning rate set to 3 each element $x_1, \\dots, x_n$ its $$y = f(x)$$ respectively".split(" ")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_words, max_size=25).map(" ".join))
def test_quotes_are_verbatim(text: str) -> None:
    """provenance: "Words of the paper, verbatim: `text` equals the source between the offsets of `span`"."""
    for fact in find_facts(paper(text)):
        assert fact.quote.text == text[fact.quote.span.start : fact.quote.span.end] != ""


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="ab$\\{}_^=.,( )é\n", max_size=60))
def test_hostile_text_gives_facts_or_nothing(text: str) -> None:
    """common: bad input never yields a traceback."""
    find_facts(paper(text))
