"""The symbol table: what is joined, what is kept apart, what is found."""

import pytest
from papers import paper

from paperc.document import Document
from paperc.formula import parse
from paperc.spec.declarations import find_facts
from paperc.spec.model import SymbolInfo
from paperc.spec.statements import find_statements, paper_words
from paperc.spec.symbols import symbol_table
from paperc.spec.symbols_lookup import find, scopes
from paperc.spec.symbols_problems import conflicts


def table(text: str) -> tuple[dict[str, SymbolInfo], Document]:
    document = paper(text)
    words = paper_words(document)
    return symbol_table(document, find_statements(document, words), find_facts(document, words)), document


def look(text: str, latex: str, section: str = "") -> SymbolInfo | None:
    symbols, document = table(text)
    return find(symbols, parse(latex, paper_words(document)).statements[0], section, document)


def test_facts_of_one_symbol_are_joined() -> None:
    symbols, _ = table(r"The learning rate $\eta > 0$ is scalar. We set $\eta = 0.01$.")
    eta = symbols[r"\eta"]
    assert (eta.kind, eta.role, eta.value, eta.domain, eta.name) == (
        "scalar",
        "hyper-parameter",
        0.01,
        "positive",
        "eta",
    )
    assert eta.meaning == "learning rate"


def test_bold_and_plain_are_one_symbol() -> None:
    symbols, _ = table(r"Let $\mathbf{a} \in \mathbb{R}^n$ be the input. $$y = \sum_i a_i$$")
    assert symbols["a"].shape == ("n",)


def test_calligraphic_and_plain_are_two_when_both_occur() -> None:
    symbols, _ = table(r"We draw $N$ samples from $z \sim \mathcal{N}(0, I)$ for the loss $\mathcal{N}$.")
    assert symbols["N"].meaning == "number of samples"
    assert symbols[r"\mathcal{N}"].meaning == "loss"


def test_two_values_are_no_value() -> None:
    """model: "value: … when the paper states exactly one"."""
    symbols, _ = table(r"We set $\beta = 0.1$. Later we set $\beta = 0.5$.")
    assert symbols[r"\beta"].value is None


def test_a_default_wins_over_other_values() -> None:
    symbols, _ = table(r"We use $\beta = 0.1$ unless stated otherwise. For summaries we set $\beta = 0.5$.")
    assert symbols[r"\beta"].value == 0.1


def test_the_value_that_did_best_is_the_setting() -> None:
    for words in ("We found the best results for", "The best performance was obtained with"):
        facts = table(rf"{words} $\lambda = 5 \cdot 10^{{-3}}$.")[0][r"\lambda"].facts
        assert [(f.value, f.setting) for f in facts if f.what == "value"] == [("0.005", True)]
    for words in ("The bound holds for", "The best results for"):
        assert r"\lambda" not in table(rf"{words} $\lambda = 5 \cdot 10^{{-3}}$.")[0]


def test_a_bound_index_has_no_value() -> None:
    symbols, _ = table(r"$$y = \sum_{k=1}^n x_k$$ With $k = 3$ nothing changes.")
    assert symbols["k"].value is None


def test_a_declared_shape_overrules_a_noun() -> None:
    symbols, _ = table(r"Let $H \in \mathbb{R}^{m \times n}$ be the observation model.")
    assert (symbols["H"].kind, symbols["H"].role) == ("matrix", None)


def test_a_member_of_a_named_set_has_the_shape_of_its_members() -> None:
    symbols, _ = table(r"Inputs $x \in \mathcal{X}$ with $\mathcal{X} \subseteq \mathbb{R}^d$.")
    assert symbols["x"].shape == ("d",)


def test_definitions_are_recorded() -> None:
    symbols, _ = table(r"$$f(x) = x^2$$ $$[x]_+ = \max(x, 0)$$ $$\Delta W = B A$$")
    assert symbols["f"].defined_by == ("eq:1",)
    assert symbols[r"[\cdot]_{+}"].defined_by == ("eq:2",)
    assert symbols[r"\Delta W"].defined_by == ("eq:3",)


def test_a_map_declares_arguments_and_result() -> None:
    symbols, _ = table(r"Let $f : \mathbb{R}^n \times \mathbb{R} \to \mathbb{R}^m$.")
    f = symbols["f"]
    assert (f.kind, f.role, f.arguments, f.result) == ("function", "callable", (("n",), ()), ("m",))


@pytest.mark.parametrize("latex", [r"x_i", r"x_j", r"x_{t-1}", r"x_0", r"\mathbf{x}_k"])
def test_an_index_may_be_renamed_shifted_or_a_number(latex: str) -> None:
    info = look(r"The inputs are $x_i \in \mathbb{R}^d$.", latex)
    assert info is not None and info.shape == ("d",)


def test_labels_are_not_indices() -> None:
    text = r"Let $W^Q_i \in \mathbb{R}^{d \times k}$ and $W^V_i \in \mathbb{R}^{d \times v}$."
    query, value = look(text, "W_h^Q"), look(text, "W_h^V")
    assert query is not None and query.shape == ("d", "k")
    assert value is not None and value.shape == ("d", "v")


def test_words_have_indices_too() -> None:
    info = look(r"Each $\mathrm{head}_i \in \mathbb{R}^{n \times v}$.", r"\mathrm{head}_1")
    assert info is not None and info.shape == ("n", "v")


SECTIONS = r"""# Attention

Queries $Q \in \mathbb{R}^{n \times k}$ are matched.

# Heads

Here $Q \in \mathbb{R}^{n \times d}$ is projected.

# Results

Nothing is declared.
"""


def test_the_nearest_section_decides() -> None:
    first, second, third = (look(SECTIONS, "Q", f"sec:{k}") for k in (1, 2, 3))
    assert first is not None and first.shape == ("n", "k")
    assert second is not None and second.shape == ("n", "d")
    assert third is not None and third.shape == ("n", "d")


def test_shapes_of_two_sections_are_no_conflict() -> None:
    assert conflicts(table(SECTIONS)[0]) == ()


def test_shapes_of_one_section_are() -> None:
    (found,) = conflicts(table(r"Let $A \in \mathbb{R}^{n \times n}$. Then $A \in \mathbb{R}^{n \times m}$.")[0])
    assert found.code == "shape-conflict" and "(n, n)" in found.message and "(n, m)" in found.message


def test_a_statement_sees_the_nearest_facts() -> None:
    """symbols_lookup: "as they are there: the facts nearest to the statement come first"."""
    text = SECTIONS.replace("are matched.", "are matched. $$A = Q Q^\\top$$").replace(
        "is projected.", "is projected. $$B = Q$$"
    )
    symbols, document = table(text)
    found = scopes(symbols, find_statements(document), document)
    assert symbols["Q"].shape == ("n", "k") and list(found) == ["eq:2"]
    assert found["eq:2"]["Q"].shape == ("n", "d")


def test_within_a_section_the_nearest_sentence_decides() -> None:
    text = "Let $x \\in \\mathbb{R}^n$.\n$$y = \\|x\\|$$\n\n\n\n\nLet $x \\in \\mathbb{R}^m$.\n$$z = \\|x\\|^2$$"
    symbols, document = table(text)
    found = scopes(symbols, find_statements(document), document)
    assert [found.get(k, symbols)["x"].shape for k in ("eq:1", "eq:2")] == [("n",), ("m",)]
