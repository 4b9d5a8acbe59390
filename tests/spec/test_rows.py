"""Which numbered rows of a display are one formula (`tests/fixtures/rows`)."""

from pathlib import Path

from golden import Case, check
from latex_papers import paper

from paperc.formula import to_text
from paperc.spec.rows import with_joined_rows
from paperc.spec.statements import find_statements
from paperc.spec.statements_unread import unread

FIXTURES = Path(__file__).parents[1] / "fixtures" / "rows"


def render(text: str) -> str:
    """What each record says, and what could not be read."""
    document = with_joined_rows(paper(text))
    lines = {s.id: f"{s.id}: {to_text(s.tree)}" for s in find_statements(document)}
    lines |= {g.subject: f"{g.subject} ! {g.what}" for g in unread(document, frozenset())}
    return "\n".join(lines[k] for k in sorted(lines))


@check(FIXTURES, render)
def test_rows(case: Case) -> None:
    assert render(case.text) == case.expected


def test_every_row_keeps_its_record() -> None:
    """rows: "A row keeps its record (its number is printed)"."""
    document = paper(r"\begin{align} L &= a \\ &- b \\ &- c \end{align}")
    joined = with_joined_rows(document)
    assert [(e.id, e.number) for e in joined.equations] == [(e.id, e.number) for e in document.equations]
    assert [bool(e.latex) for e in joined.equations] == [True, False, False]
