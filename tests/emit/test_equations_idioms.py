"""Formulas that are one call of the library: recognised in each way of writing them, left alone where anything differs.

The formula stands beside the call. Its values are checked at extremes against high precision, its slopes at the kinks by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from agree import agree, load, source
from samples import (
    Arg,
    CallCompiled,
    Const,
    Function,
    Gradient,
    MatMul,
    Node,
    arg,
    at,
    axes,
    function,
    op,
    over,
    total,
)

from paperc.ir.evaluate import evaluate
from paperc.ir.meanings import high
from paperc.ir.node import Sample

pytest.importorskip("mpmath")

POINTS = np.array([1e4, -1e4, 30.0, -3.0, 1.0, -1.0, 0.5, 2.0, 0.0, -1e-9])
X = at("x", "i")
ABS, SQUARE = op("abs", X), op("pow", X, 2)
EXP_1 = op("sub", op("exp", X), 1)
ROOT = op("sqrt", op("div", 2, Const(np.pi, "math.pi")))


def elementwise(name: str, body: Node, *more: Any) -> Function:
    return function(name, (arg("x", "n"), *more), body, (over("i", "n"),))


def erf_of(x: Node) -> Node:
    return op("add", 1, op("erf", x))


def tanh_of(cube: float) -> Node:
    return op("add", 1, op("tanh", op("mul", ROOT, op("add", X, op("mul", cube, op("pow", X, 3))))))


def softmax_of(scale: Node, other: Node) -> Node:
    low = total(over("j", "n"), op("div", at("x", "j"), other), "logsumexp")
    return op("exp", op("sub", op("div", X, scale), low))


GELU, TANH, SILU = "F.gelu(x)", "F.gelu(x, approximate='tanh')", "F.silu(x)"
ELU, HUBER = "F.elu(x, alpha=1)", "F.huber_loss(x, torch.zeros_like(x), reduction='none', delta=2)"
SMOOTH = "F.smooth_l1_loss(x, torch.zeros_like(x), reduction='none')"
CASES: list[tuple[str, Node, str]] = [
    # x/2 (1 + erf(x/√2)), x Φ(x)
    ("gelu", op("mul", X, op("mul", op("div", 1, 2), erf_of(op("div", X, op("sqrt", 2))))), GELU),
    ("gelu_half_outside", op("mul", op("div", X, 2), erf_of(op("mul", op("sqrt", op("div", 1, 2)), X))), GELU),
    ("gelu_over_two", op("div", op("mul", erf_of(op("div", X, op("sqrt", 2))), X), 2), GELU),
    ("gelu_of_phi", op("mul", X, op("normal_cdf", X)), GELU),
    # x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))
    ("gelu_tanh", op("mul", 0.5, X, tanh_of(0.044715)), TANH),
    # x σ(x), x / (1 + exp(-x))
    ("silu", op("mul", X, op("sigmoid", X)), SILU),
    ("silu_of_exp", op("div", X, op("add", 1, op("exp", op("neg", X)))), SILU),
    # x if x > 0 else α (exp(x) - 1)
    ("elu", op("where", op("gt", X, 0), X, EXP_1), ELU),
    ("elu_from_below", op("where", op("le", X, 0), EXP_1, X), ELU),
    ("elu_scaled", op("where", op("gt", X, 0), X, op("sub", op("mul", 0.7, op("exp", X)), 0.7)), "F.elu(x, alpha=0.7)"),
    ("leaky", op("where", op("gt", X, 0), X, op("mul", 0.01, X)), "F.leaky_relu(x, 0.01)"),
    # x²/2 if |x| ≤ δ else δ (|x| - δ/2)
    ("smooth_l1", op("where", op("lt", ABS, 1), op("mul", 0.5, SQUARE), op("sub", ABS, 0.5)), SMOOTH),
    ("smooth_l1_from_outside", op("where", op("gt", ABS, 1), op("sub", ABS, 0.5), op("div", SQUARE, 2)), SMOOTH),
    ("huber", op("where", op("le", ABS, 2), op("div", SQUARE, 2), op("mul", 2, op("sub", ABS, 1))), HUBER),
    ("huber_expanded", op("where", op("le", ABS, 2), op("div", SQUARE, 2), op("sub", op("mul", 2, ABS), 2)), HUBER),
    # exp(a_i - log Σ_j exp(a_j))
    ("softmax", softmax_of(Const(4), Const(4)), "torch.softmax(x / 4, dim=-1)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "code"), CASES, ids=[c[0] for c in CASES])
def test_idiom(name: str, body: Node, code: str) -> None:
    f = elementwise(name, body)
    assert source(agree(f), name).endswith(f"return {code}")
    _, names = load([f])
    got = names[name](torch.from_numpy(POINTS)).numpy()
    want = np.asarray(evaluate(f, {"x": POINTS}, lib=high(5000))).astype(float)
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-15)


SLOPES = {
    # at        1e4  -1e4   0    (of the branch that holds there)
    "gelu": (1.0, 0.0, 0.5),
    "gelu_tanh": (1.0, 0.0, 0.5),
    "silu": (1.0, 0.0, 0.5),
    "silu_of_exp": (1.0, 0.0, 0.5),
    "elu": (1.0, 0.0, 1.0),
    "elu_scaled": (1.0, 0.0, 0.7),
    "leaky": (1.0, 0.01, 0.01),
    "smooth_l1": (1.0, -1.0, 0.0),
    "huber": (2.0, -2.0, 0.0),
}


@pytest.mark.parametrize("name", SLOPES)
def test_slopes_at_extremes_and_kinks(name: str) -> None:
    body = next(b for n, b, _ in CASES if n == name)
    _, names = load([elementwise(name, body)])
    x = torch.tensor([1e4, -1e4, 0.0], dtype=torch.float64, requires_grad=True)
    names[name](x).sum().backward()
    np.testing.assert_allclose(x.grad, SLOPES[name], atol=1e-15)
    points = torch.tensor([-2.5, -0.3, 0.4, 1.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(names[name], points)


NEAR = [
    ("other_half", op("mul", X, op("mul", 0.6, erf_of(op("div", X, op("sqrt", 2))))), "torch.erf"),
    ("other_root", op("mul", X, op("mul", 0.5, erf_of(op("div", X, 1.41)))), "torch.erf"),
    ("other_cube", op("mul", 0.5, X, tanh_of(0.0447)), "torch.tanh"),
    ("quick_gelu", op("mul", X, op("sigmoid", op("mul", 1.702, X))), "torch.sigmoid(1.702 * x)"),
    ("other_gate", op("mul", at("y", "i"), op("sigmoid", X)), "y * torch.sigmoid(x)"),
    ("elu_at_zero", op("where", op("ge", X, 0), X, op("mul", 0.7, EXP_1)), "torch.where(x >= 0"),
    ("leaky_at_zero", op("where", op("ge", X, 0), X, op("mul", 0.01, X)), "torch.where(x >= 0"),
    ("elu_shifted", op("where", op("gt", X, 1), X, EXP_1), "torch.where(x > 1"),
    ("broken_huber", op("where", op("lt", ABS, 1), SQUARE, op("sub", ABS, 0.5)), "torch.where(torch.abs(x) < 1"),
    ("two_temperatures", softmax_of(Const(4), Const(3)), "torch.logsumexp"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "code"), NEAR, ids=[c[0] for c in NEAR])
def test_what_only_looks_like_an_idiom_stays(name: str, body: Node, code: str) -> None:
    f = elementwise(name, body, arg("y", "n"))
    assert code in source(agree(f), name)


def test_a_slope_that_is_an_argument_keeps_its_gradient() -> None:
    f = elementwise("f", op("where", op("gt", X, 0), X, op("mul", Arg("a"), EXP_1)), arg("a"))
    agree(f)
    _, names = load([f])
    x = torch.tensor([1e4, -1e4, 0.0, -0.5, 2.0], dtype=torch.float64, requires_grad=True)
    a = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    out = names["f"](x, a)
    out.sum().backward()
    low = np.expm1(-0.5)
    np.testing.assert_allclose(out.detach(), [1e4, -0.7, 0, 0.7 * low, 2], rtol=1e-15)
    np.testing.assert_allclose(x.grad, [1, 0, 0.7, 0.7 * np.exp(-0.5), 1], rtol=1e-15)
    np.testing.assert_allclose(a.grad, -1 + low, rtol=1e-15)


def test_difference_of_two_arrays_is_the_loss_of_both() -> None:
    x = op("sub", X, at("y", "i"))
    body = op("where", op("lt", op("abs", x), 1), op("mul", 0.5, op("pow", x, 2)), op("sub", op("abs", x), 0.5))
    f = function("f", (arg("x", "n"), arg("y", "n")), total(over("i", "n"), body))
    assert "F.smooth_l1_loss(x, y, reduction='none').sum(-1)" in source(agree(f), "f")


def test_gated_product_of_matrices() -> None:
    x = MatMul(Arg("z"), Arg("W"))
    f = function(
        "f", (arg("z", "d"), arg("W", "d n"), arg("y", "n")), op("mul", op("mul", x, op("sigmoid", x)), Arg("y")), result="n"
    )  # fmt: skip
    assert "return F.silu(z @ W) * y" in source(agree(f), "f")


# --- calls that a formula repeats ---------------------------------------------------------------------------------

G = function("g", (arg("x", "n"), arg("s")), op("tanh", op("mul", Arg("s"), Arg("x"))), result="n")
CALL = CallCompiled("eq:g", (("x", Arg("x")), ("s", Arg("s"))))


def test_a_repeated_call_is_computed_once() -> None:
    size = op("sqrt", total(over("i", "n"), op("pow", at(CALL, "i"), 2)))
    f = function("f", (arg("x", "n"), arg("s", domain="positive")), op("div", CALL, size), result="n")
    code = source(agree(G, f), "f")
    assert code.count("g(x, s)") == 1 and "g_value = g(x, s)" in code


def test_the_widest_repeated_call_is_named_first() -> None:
    twice = CallCompiled("eq:g", (("x", CALL), ("s", Arg("s"))))
    f = function("f", (arg("x", "n"), arg("s")), op("add", op("mul", twice, twice), CALL), result="n")
    code = source(agree(G, f), "f")
    assert code.count("g(x, s)") == 1 and code.count("g(g_value_2, s)") == 1
    assert code.index("g_value_2 = ") < code.index("g_value = ")


def test_a_call_with_an_axis_is_shared_too() -> None:
    h = function("h", (arg("a"),), op("exp", op("neg", op("pow", Arg("a"), 2))))
    call = CallCompiled("eq:h", (("a", X),))
    f = elementwise("f", op("div", call, op("add", 1, call)))
    code = source(agree(h, f), "f")
    assert code.count("h(x)") == 1


def test_calls_with_other_arguments_or_in_a_derivative_stay() -> None:
    h = function("h", (arg("a"),), op("exp", op("sin", Arg("a"))))
    at_x, at_y = (CallCompiled("eq:h", (("a", Arg(n)),)) for n in "xy")
    different = function("d", (arg("x"), arg("y")), op("mul", at_x, at_y))
    slope = function("e", (arg("x"),), op("add", at_x, Gradient(at_x, "x")))
    text = agree(h, different, slope)
    assert "h(x) * h(y)" in source(text, "d")
    assert source(text, "e").count("h(x)") == 2


def test_each_draw_is_its_own() -> None:
    noise = Sample("normal", (("mean", Const(0)), ("std", Const(1))), axes("n"))
    h = function("h", (arg("a", "n"),), op("add", Arg("a"), noise), result="n")
    call = CallCompiled("eq:h", (("a", Arg("a")),))
    f = function("f", (arg("a", "n"),), op("sub", call, call), result="n")
    assert source(load([h, f])[0], "f").count("h(a, generator=generator)") == 2


def test_branches_alone_share_nothing() -> None:
    """Either branch may be the one that is never computed."""
    h = function("h", (arg("a"),), op("exp", op("sin", Arg("a"))))
    call = CallCompiled("eq:h", (("a", Arg("x")),))
    f = function("f", (arg("x"),), op("where", op("gt", Arg("x"), 0), op("mul", call, 2), op("neg", call)))
    assert "h_value" not in source(agree(h, f), "f")
