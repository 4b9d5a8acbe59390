"""Displays and sentences to statements, case by case (`tests/fixtures/statements`)."""

from pathlib import Path

from golden import Case, check
from hypothesis import given, settings
from hypothesis import strategies as st
from papers import paper

from paperc.formula import to_text
from paperc.spec.statements import find_statements, paper_words

FIXTURES = Path(__file__).parents[1] / "fixtures" / "statements"


def render(text: str) -> str:
    """The words of the paper if there are any, then one line a statement: id, kind, tree, the rule that decided."""
    document = paper(text)
    words = paper_words(document)
    lines = [f"words: {', '.join(sorted(words))}"] if words else []
    lines += [f"{s.id} {s.kind}: {to_text(s.tree)} ({s.why})" for s in find_statements(document, words)]
    return "\n".join(lines) or "nothing"


@check(FIXTURES, render)
def test_finds(case: Case) -> None:
    assert render(case.text) == case.expected


_formulas = st.lists(
    st.sampled_from(
        r"x y f(x) \sum_i x_i = \le \in S \sim p , \quad \min_x \to 1 x_1 + - \leftarrow A^\top".split(" ")
    ),
    min_size=1,
    max_size=9,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(_formulas)
def test_every_statement_has_a_kind_and_a_reason(latex: str) -> None:
    """model: "why: the rule that decided the kind"; ids count the statements of a record."""
    found = find_statements(paper(f"$${latex}$$"))
    assert [s.id for s in found] == ["eq:1", *(f"eq:1.{k}" for k in range(2, len(found) + 1))][: len(found)]
    assert all(s.kind and s.why for s in found)
