"""The paper's own slips: what is reported, and what must not be."""

from dataclasses import replace

import pytest
from papers import paper

from paperc.document import Document, Inline
from paperc.errors import Severity
from paperc.spec.declarations import find_facts
from paperc.spec.statements import find_statements, paper_words
from paperc.spec.symbols import symbol_table
from paperc.spec.symbols_problems import paper_problems


def codes(text: str) -> list[str]:
    return [d.code for d in problems(paper(text))]


def problems(document: Document):  # type: ignore[no-untyped-def]
    words = paper_words(document)
    statements, facts = find_statements(document, words), find_facts(document, words)
    return paper_problems(document, statements, symbol_table(document, statements, facts, (), words), words)


def test_a_bracket_that_is_never_closed() -> None:
    (found,) = problems(paper(r"$$y = \log(1 + e^{x}$$ with $y$, $x$."))
    assert found.code == "unbalanced-bracket" and "Eq. (1)" in found.message
    assert found.span is not None and found.span.line == 1


@pytest.mark.parametrize(
    "latex", [r"x \in [0, 1)", r"\left. f \right|_{x=0}", r"f = \{ x \mid x > 0 \}", r"a = b \; (c)"]
)
def test_brackets_that_pair(latex: str) -> None:
    assert "unbalanced-bracket" not in codes(f"$${latex}$$ with $x, a, b, c, f$.")


def test_a_symbol_that_nothing_introduces() -> None:
    (found,) = problems(paper(r"The input is $x$. $$y = w x$$"))
    assert (found.code, found.severity) == ("undefined-symbol", Severity.NOTE)
    assert found.message.startswith("w ")


@pytest.mark.parametrize(
    "text",
    [
        r"The input is $x$ with weight $w$. $$y = w x$$",
        r"The inputs are $x_i$. $$y = \sum_{j=1}^{n} x_j$$",
        r"$$f(x) = x^2$$",
        r"The input is $x$. $$y = w x$$ $$w = 2 x$$",
        r"$$y = \int x^2 dx$$ with $y$.",
        r"The radius is $r$. $$a = \pi r^2$$",
    ],
)
def test_symbols_that_are_introduced_bound_or_standard(text: str) -> None:
    assert codes(text) == []


def test_a_typed_number_that_nothing_carries() -> None:
    assert codes(r"$$y = x^2$$ of $y$ and $x$, see Eq. (7).") == ["wrong-cross-reference"]
    assert codes(r"$$y = x^2$$ of $y$ and $x$, see Eq. (1).") == []


def test_a_number_of_another_work_is_not_ours() -> None:
    assert codes(r"$$y = x^2$$ of $y$ and $x$, see Eq. (7) of the original work.") == []


def test_a_word_for_one_kind_beside_the_label_of_another() -> None:
    text = r"See Table \ref{eq:a}. $$y = x$$ of $y$, $x$."
    document = paper(text)
    at = text.index(r"\ref")
    first, *rest = document.paragraphs[0].inlines
    span = replace(first.span, start=at, end=at + len(r"\ref{eq:a}"))
    reference = (replace(first, text="See Table "), Inline("ref", "1", span), replace(first, text=". "))
    paragraph = replace(document.paragraphs[0], inlines=(*reference, *rest))
    equation = replace(document.equations[0], label="eq:a")
    found = problems(replace(document, paragraphs=(paragraph,), equations=(equation,)))
    assert [d.code for d in found] == ["wrong-cross-reference"]
    assert "stands at an equation" in found[0].message


DRAWN = r"We draw $z \sim \mathcal{N}(\mu, \sigma^2 I)$ with noise $\epsilon \sim \mathcal{N}(0, I)$, mean $\mu$ and $\sigma > 0$. "


@pytest.mark.parametrize(
    ("formula", "reported"),
    [
        (r"z = \mu + \sigma^2 \epsilon", True),
        (r"z = \mu + \epsilon \odot \sigma^2", True),
        (r"z = \mu + \sigma \epsilon", False),
        (r"z = \mu + \sqrt{\sigma^2} \epsilon", False),
        (r"y = \mu + \sigma^2 \epsilon", False),
    ],
)
def test_noise_that_is_scaled_by_a_variance(formula: str, reported: bool) -> None:
    """If z ∼ N(μ, v) is μ + c ε with ε ∼ N(0, I), then c² = v."""
    assert ("variance-as-deviation" in codes(f"{DRAWN}$${formula}$$ with $y$.")) is reported


def test_noise_that_is_scaled_by_what_the_paper_calls_a_variance() -> None:
    text = r"Let $v$ be the variance and $\xi \sim \mathcal{N}(0, 1)$ the noise, $m$ the mean. $$x = m + v \xi$$"
    assert codes(text) == ["variance-as-deviation"]
