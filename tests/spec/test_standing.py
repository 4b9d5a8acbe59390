"""How the words around a formula introduce it."""

from pathlib import Path

from golden import Case, check
from latex_papers import paper

from paperc.spec.standing import standings
from paperc.spec.statements import find_statements, paper_words


def render(text: str) -> str:
    """ "formula | how | the words that say so", a line a statement."""
    document = paper(text)
    statements = find_statements(document, paper_words(document))
    found = standings(document, statements)
    return "\n".join(f"{s.latex} | {found[s.id].how} | {found[s.id].words}".rstrip() for s in statements)


@check(Path(__file__).parent.parent / "fixtures" / "standing", render)
def test_introductions(case: Case) -> None:
    assert render(case.text) == case.expected


def test_a_proof_belongs_to_its_theorem_and_a_definition_to_the_paper() -> None:
    document = paper(
        r"\newtheorem{lemma}{Lemma}\newtheorem{definition}{Definition}"
        "\n\\begin{definition}The gain is $g = a / b$.\\end{definition}\n"
        "\\begin{lemma}Let $u = a + b$. Then $u > 0$.\\end{lemma}\n"
        "\\begin{proof}Put $v = a - b$.\\end{proof}\n"
    )
    statements = find_statements(document, paper_words(document))
    found = standings(document, statements)
    by_latex = {s.latex: found[s.id].environment for s in statements}
    assert by_latex["g = a / b"] == ""
    assert by_latex["u = a + b"] == by_latex["v = a - b"] != ""
