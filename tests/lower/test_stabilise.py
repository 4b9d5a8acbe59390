"""Rewrites: what each rule makes of a formula, and that the value stays."""

import numpy as np
import pytest
from lower.lowering import statements

from paperc.ir.evaluate import evaluate
from paperc.ir.inputs import draw
from paperc.ir.text import text
from paperc.lower import lower, statement
from paperc.lower.nodes import walk
from paperc.lower.stabilise import RULES, stabilise

RULED = [
    (r"y = \log \sum_{j} \exp(z_j)", "logsumexp[j in ?1](z[#j])"),
    (r"y = \log(1 + e^{x})", "softplus(x)"),
    (r"y = \log(1 + x)", "log1p(x)"),
    (r"y = \log(1 - x)", "log1p(-x)"),
    (r"y = e^{x} - 1", "expm1(x)"),
    (r"y = \frac{1}{1 + e^{-x}}", "sigmoid(x)"),
    (r"y = \frac{e^{x}}{1 + e^{x}}", "sigmoid(x)"),
    (r"y = (1 + \exp(-x))^{-1}", "sigmoid(x)"),
    (r"y = \frac{\exp(a)}{\exp(a) + \exp(b)}", "sigmoid(a - b)"),
    (r"y = \log \frac{1}{1 + e^{-x}}", "logsigmoid(x)"),
    (r"y = \log(1 - \frac{1}{1 + e^{-x}})", "logsigmoid(-x)"),
    (r"y = \log \cosh(x)", "logcosh(x)"),
    (r"y = \log(e^{a} + e^{b})", "logaddexp(a, b)"),
    (r"y = \log \prod_{i} p_i", "sum[i in ?1](log(p[#i]))"),
    (r"y = \frac{1}{n} \sum_{i=1}^{n} x_i", "mean[i in n](x[#i])"),
    (r"y = \log \frac{\exp(a)}{\sum_j \exp(b_j)}", "a - logsumexp[j in ?1](b[#j])"),
    (r"y = \frac{\exp(a)}{\sum_j \exp(b_j)}", "exp(a - logsumexp[j in ?1](b[#j]))"),
]


@pytest.mark.parametrize(("latex", "expected"), RULED)
def test_becomes(latex: str, expected: str) -> None:
    (function,) = lower(statements(latex), {}).functions
    assert text(function.body) == expected


@pytest.mark.parametrize("latex", [latex for latex, _ in RULED])
def test_same_value(latex: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "each equal in exact arithmetic": at moderate inputs the values agree to rounding."""
    (stable,) = lower(statements(latex), {}).functions
    monkeypatch.setattr(statement, "stabilise", lambda node: node)
    (printed,) = lower(statements(latex), {}).functions
    values = {k: np.abs(v) * 0.3 + 0.1 for k, v in draw(printed, {}, seed=3).items()}
    np.testing.assert_allclose(evaluate(stable, values), evaluate(printed, values), rtol=1e-9)


@pytest.mark.parametrize("latex", [latex for latex, _ in RULED])
def test_nothing_left_to_do(latex: str) -> None:
    """A second round changes nothing."""
    (function,) = lower(statements(latex), {}).functions
    assert stabilise(function.body) == function.body
    assert all(rule(node) in (None, node) for rule in RULES for node in walk(function.body))  # type: ignore[arg-type]
