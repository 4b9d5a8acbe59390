"""Sentences with marks, and the place of every word in the source."""

from pathlib import Path

import pytest
from golden import Case, check
from hypothesis import given
from hypothesis import strategies as st
from latex_papers import paper

from paperc.spec.prose import Atom, Prose, Sentence
from paperc.spec.quantities import printed, read_math, read_number

FIXTURES = Path(__file__).parents[1] / "fixtures/spec/sentences"


def atom(a: Atom) -> str:
    q = a.quantity
    value = "" if q is None else q.text if q.number is None else f"{q.text} = {q.number:g}"
    match a.kind:
        case "number":
            return f"⟨{value}{' ' + q.unit if q and q.unit else ''}⟩"
        case "assign":
            return f"⟨{', '.join(a.symbols)} := {q.number if q else ''}⟩"
        case "symbol":
            return f"⟨{a.symbols[0]}⟩"
        case _:
            return f"⟨{a.kind}⟩"


def marked(sentence: Sentence) -> str:
    return "".join(atom(sentence.atoms[c]) if c in sentence.atoms else c for c in sentence.text)


def render(text: str) -> str:
    return "\n".join(marked(s) for s in Prose(paper(text)).sentences)


@check(FIXTURES, render)
def test_sentences(case: Case) -> None:
    assert render(case.text) == case.expected


def test_a_quote_keeps_the_source_as_it_stands() -> None:
    body = "First words. We use {\\em dropout}~\\cite{a}\n  of % note\n  0.1 here. Last."
    document = paper(body)
    prose = Prose(document)
    quote = prose.quote(prose.sentences[1])
    assert quote is not None
    assert quote.text == "We use {\\em dropout}~\\cite{a}\n  of % note\n  0.1 here."
    assert quote.span.line == 4 and quote.span.end_line == 6


@given(st.floats(min_value=1e-12, max_value=1e12, allow_nan=False))
def test_a_printed_number_is_read_back(value: float) -> None:
    assert read_number(printed(value)) == value


@given(st.integers(1, 9), st.integers(-12, 12))
def test_powers_of_ten(mantissa: int, exponent: int) -> None:
    (read,) = read_math(f"{mantissa} \\times 10^{{{exponent}}}")
    assert read.quantity is not None
    assert read.quantity.number == float(f"{mantissa}e{exponent}")


@pytest.mark.parametrize(
    "latex", ["", "x =", "= 3", "\\frac{1}{0}", "10^{10^{10}}", "(", "}", "0^{-1}", "a_{b_{c_{d}}} = 5", "\\unknown{3}"]
)
def test_any_mathematics_is_read_or_left(latex: str) -> None:
    for read in read_math(latex):
        assert read.symbols or read.quantity or read.whole
