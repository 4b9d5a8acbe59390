"""Formulas to surface trees: what must parse, what must be refused, and that nothing crashes."""

import keyword

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperc.formula import ascii_name, canonical, parse, to_latex, to_text
from paperc.formula.tree import Apply, BigOp, Binary, Cases, Fraction, Juxtaposition, Relation, Scripted, Symbol

READ_AS = [
    (r"f(x) = x \cdot \sigma(\beta x)", ["f(x) = x·σ(β x)"]),
    (r"a / 2 c", ["a/2 c"]),
    (r"\frac12 x", ["1/2 x"]),
    (r"x_12", ["x₁ 2"]),
    (r"exp(z_i/T)", ["exp(zᵢ/T)"]),
    (r"y = \sqrt{\frac{1}{n} \sum_{i=1}^{n} a_i^2}", ["y = √(1/n Σ_(i = 1)^(n) aᵢ²)"]),
    (r"\tilde{x} &= a, \\ \tilde{y} &= b", ["x̃ = a", "ỹ = b"]),
    (r"a &= b \\ &= c", ["a = b = c"]),
    (r"a_i = b_i, \quad \text{where}~~ c = d.", ["aᵢ = bᵢ", "c = d"]),
    (r"\|x\|_2^2 + |y|", ["‖x‖₂² + |y|"]),
    (r"p(y \mid x)", ["p(y | x)"]),
    (r"lrate = {step\_num}^{-0.5}", ["lrate = step_num^(-0.5)"]),
]


@pytest.mark.parametrize(("latex", "expected"), READ_AS)
def test_reads_as(latex: str, expected: list[str]) -> None:
    parsed = parse(latex)
    assert parsed.problems == ()
    assert [to_text(s) for s in parsed.statements] == expected


def test_juxtaposition_behind_a_number_binds_tighter_than_a_slash() -> None:
    (tree,) = parse(r"a / 2 c").statements
    assert isinstance(tree, Binary) and isinstance(tree.right, Juxtaposition)


def test_a_slash_stops_at_a_big_operator() -> None:
    (tree,) = parse(r"1/N \sum_i x_i").statements
    assert isinstance(tree, Juxtaposition) and isinstance(tree.items[1], BigOp)


def test_prefix_function_takes_its_factors() -> None:
    (tree,) = parse(r"-\log \frac{a}{b}").statements
    assert isinstance(tree.operand, Apply) and isinstance(tree.operand.argument, Fraction)


def test_cases_with_an_array() -> None:
    (tree,) = parse(
        r"f(x) = \left\{ \begin{array}{ll} x & \mathrm{if}\ x > 0 \\ 0 & \text{otherwise} \end{array} \right."
    ).statements
    assert isinstance(tree, Relation) and isinstance(tree.rest[0][1], Cases)
    assert tree.rest[0][1].rows[1][1] is None


@pytest.mark.parametrize(
    "latex", [r"\frac{a", r"(a + b", "a + ", r"\foo{x}", "", "{" * 10_000, r"\left( a", "a_", "^^"]
)
def test_unreadable_is_a_problem_not_a_crash(latex: str) -> None:
    parsed = parse(latex)
    assert parsed.problems


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abxyij\\{}()[]|_^&=+-/,. 012'\n", max_size=60))
def test_never_raises(latex: str) -> None:
    """Parsed: "`statements` is empty iff `problems` says why"."""
    parsed = parse(latex)
    assert parsed.statements or parsed.problems


_pieces = st.sampled_from(
    r"x y \alpha W_i f(x) _ ^ { } ( ) [ ] \left( \right) \left. \right| | \| , ; : = \le \in \sim \sum_i \max_x \arg\min \mathbb{E} \frac{a}{b} "
    r"\frac \sqrt \begin{cases} \end{cases} & \\ \text{if } \text{s.t.} \forall \dots ' ! \% < > + - * / \cdot {\rm xy} \over \underbrace "
    r"\operatorname{Var} \quad 1e-5 \bigl( \biggr| @ \partial d \nabla \cup \substack{ \hat \bar{ab} ∎".split(" ")
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_pieces, max_size=14).map(" ".join))
def test_pieces_of_notation_in_any_order(latex: str) -> None:
    """Parsed: "Never raises: what cannot be read is a `Problem`"; what is read can be printed."""
    parsed = parse(latex)
    assert parsed.statements or parsed.problems
    for statement in parsed.statements:
        assert isinstance(to_latex(statement), str) and isinstance(to_text(statement), str)


_names = st.sampled_from(["x", "alpha", "W", "lambda", "Gamma", "d"])
_symbols = st.builds(Symbol, _names, st.lists(st.sampled_from(["hat", "bar"]), max_size=2).map(tuple))
_scripted = st.builds(Scripted, _symbols, st.none() | _symbols, st.none() | _symbols, st.integers(0, 2))


@given(_symbols | _scripted)
def test_names_are_identifiers(node: Symbol | Scripted) -> None:
    """Design, Names: "Symbols become ASCII"."""
    name = ascii_name(node)
    assert name.isidentifier() and name.isascii() and not keyword.iskeyword(name)


@given(_scripted)
def test_printing_and_parsing_agree(node: Scripted) -> None:
    """The canonical name does not depend on how the symbol was typed."""
    if node.sub is None and node.sup is None and not node.primes:
        return
    (again,) = parse(to_latex(node)).statements
    assert canonical(again) == canonical(node)


@pytest.mark.parametrize(
    ("latex", "name"),
    [
        (r"\alpha_t", "alpha_t"),
        (r"\hat m_t", "m_hat_t"),
        (r"\bar\alpha", "alpha_bar"),
        (r"W^Q", "W_Q"),
        (r"\mathcal L_{simple}", "L_simple"),
        (r"\lambda", "lambda_"),
        (r"x_{t-1}", "x_tm1"),
        (r"x_{t+1}", "x_tp1"),
        (r"x'", "x_prime"),
        (r"x^*", "x_star"),
    ],
)
def test_names_of_the_design(latex: str, name: str) -> None:
    (tree,) = parse(latex).statements
    assert ascii_name(tree) == name
