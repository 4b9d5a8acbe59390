"""Which symbols of a paper's equations are computed, which are arguments, and which arguments have a default."""

from pathlib import Path

from golden import Case, check
from latex_papers import paper

from paperc.lower import Lowered, lower
from paperc.spec import build_spec
from paperc.spec.standing import standings
from paperc.spec.surroundings import surroundings
from paperc.spec.symbols_lookup import scopes

FIXTURES = Path(__file__).parent.parent / "fixtures"


def lowered(text: str) -> Lowered:
    document = paper(text)
    spec = build_spec(document)
    return lower(
        spec.statements,
        spec.symbols,
        {},
        surroundings(document, spec.statements),
        scopes(spec.symbols, spec.statements, document),
        {s.id: s.id for s in document.sections},
        standings(document, spec.statements),
    )


def render(text: str) -> str:
    """ "name(arguments)", a line a function."""
    found = lowered(text)
    lines = []
    for f in found.functions:
        arguments = (a.name if a.default is None else f"{a.name}={a.default}" for a in f.arguments)
        lines.append(f"{f.name}({', '.join(arguments)})")
    return "\n".join([*lines, *(f"refused {g.subject}: {g.what}" for g in found.refusals)])


@check(FIXTURES / "expansion", render)
def test_expansion(case: Case) -> None:
    assert render(case.text) == case.expected
