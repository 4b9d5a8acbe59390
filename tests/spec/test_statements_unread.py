"""What could not be read is a gap with its reason, never silence."""

from papers import paper

from paperc.spec.statements import find_statements
from paperc.spec.statements_unread import unread


def test_an_unread_display_is_a_gap() -> None:
    document = paper(r"$$y = (a + b$$ $$z = a$$ $$w = x / c \|y\|$$")
    first, second = unread(document, frozenset())
    assert (first.id, first.what, first.subject) == ("U1", "unbalanced-bracket", "eq:1")
    assert (second.id, second.what, second.subject) == ("U2", "ambiguous", "eq:3")
    assert "x / c" in second.why and "brackets" in second.needs


def test_every_display_is_a_statement_or_a_gap() -> None:
    document = paper(r"$$y = (a + b$$ $$z = a$$ $$\foo{x}$$ $$f(x) = x^2, \; x > 0$$")
    read = {s.equation for s in find_statements(document)} | {g.subject for g in unread(document, frozenset())}
    assert read == {e.id for e in document.equations}
