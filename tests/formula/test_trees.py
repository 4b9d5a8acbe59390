"""LaTeX to surface trees, case by case (`tests/fixtures/formula`)."""

from pathlib import Path

from golden import Case, check
from trees import tree

from paperc.formula import parse

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formula"


def render(text: str) -> str:
    """One line a statement, then the problems."""
    parsed = parse(text.replace("```latex", "").replace("```", "").strip())
    return "\n".join([*map(tree, parsed.statements), *(f"! {p.code}: {p.message}" for p in parsed.problems)])


@check(FIXTURES, render)
def test_reads_as(case: Case) -> None:
    assert render(case.text) == case.expected
