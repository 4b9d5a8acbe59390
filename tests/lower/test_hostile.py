"""Lowering never raises: whatever stands in a formula becomes a function or a refusal with a reason."""

from hypothesis import given, settings
from hypothesis import strategies as st
from lower.lowering import statements

from paperc.lower import lower
from paperc.spec.model import SymbolInfo

PIECES = st.sampled_from(
    [
        "x", "y", "W", "x_i", "x_{ij}", "x^2", "x^T", "W^{-1}", r"\theta", r"\sum_i", r"\sum_{i=1}^n", r"\max_k", r"\mathbb{E}_x[", "]",
        "(", ")", "+", "-", "=", r"\frac{1}{n}", r"\log", r"\exp(", r"\|x\|_2", "f(x)", r"p(x|y)", r"\mathbb{1}[x>0]", r"\odot", r"\otimes", "|", ",",
        r"\nabla_x", r"\operatorname{softmax}(W)", r"\begin{cases} x & x>0 \\ 0 & x \le 0 \end{cases}", r"\sqrt{x}", "x_{<t}", "x_{1:T}", r"\dots",
    ]
)  # fmt: skip
TABLE = {
    "x": SymbolInfo("x", "x", "vector", ("n",)),
    "W": SymbolInfo("W", "W", "matrix", ("n", "m")),
    "y": SymbolInfo("y", "y", "scalar", ()),
}


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES, max_size=9).map(" ".join), st.sampled_from([{}, TABLE]))
def test_never_raises(right: str, table: dict[str, SymbolInfo]) -> None:
    """ "Never raises: what cannot be read is a refusal." """
    found = lower(statements(f"z = {right}"), table)
    assert found.functions or found.refusals or not statements(f"z = {right}")
    assert all(g.why and g.what for g in found.refusals)


@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=7).map(" ".join))
def test_no_faults(right: str) -> None:
    """A refusal names what in the paper is at fault, never a fault of the compiler."""
    found = lower(statements(f"z = {right}"), TABLE)
    assert "internal" not in found.statistics, found.refusals


def test_a_settled_choice_decides() -> None:
    """paper.toml: "a key to decide"."""
    table = {"W": SymbolInfo("W", "W", "matrix", ("n", "m"))}
    made = statements(r"L = \|W\|_2")
    (gap,) = lower(made, table).refusals
    assert gap.key == "eq:1.norm" and gap.options == ("frobenius", "spectral")
    (function,) = lower(made, table, {"eq:1.norm": "spectral"}).functions
    assert "spectral" in repr(function.body)


def test_two_definitions_in_a_circle() -> None:
    found = lower(statements("a = b + 1\nb = a + 1"), {})
    assert len(found.functions) == 2
