"""LaTeX to surface trees, case by case (`tests/fixtures/formula`)."""

from pathlib import Path

import pytest
from golden import Case, cases, check
from trees import tree

from paperc.formula import parse, to_latex

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formula"


def _latex(text: str) -> str:
    return text.replace("```latex", "").replace("```", "").strip()


def render(text: str) -> str:
    """One line a statement, then the problems."""
    parsed = parse(_latex(text))
    return "\n".join([*map(tree, parsed.statements), *(f"! {p.code}: {p.message}" for p in parsed.problems)])


@check(FIXTURES, render)
def test_reads_as(case: Case) -> None:
    assert render(case.text) == case.expected


@pytest.mark.parametrize("case", cases(FIXTURES), ids=lambda c: f"{c.path.stem}: {c.title}")
def test_prints_as_the_same_tree(case: Case) -> None:
    """render: "LaTeX with the same tree"."""
    for statement in parse(_latex(case.text)).statements:
        again = parse(to_latex(statement))
        assert [tree(s) for s in again.statements] == [tree(statement)]
