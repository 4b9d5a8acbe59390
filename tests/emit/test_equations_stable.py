"""Stable forms: at extreme inputs the emitted code keeps what the literal formula loses, as high precision shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import samples
import torch
from agree import agree, load, source
from samples import (
    Along,
    Arg,
    Const,
    Function,
    Linear,
    Reduce,
    ReduceAxes,
    Size,
    arg,
    array,
    at,
    callable_,
    dim,
    function,
    op,
    over,
    total,
)

from paperc.ir.evaluate import evaluate
from paperc.ir.meanings import high

mpmath = pytest.importorskip("mpmath")

LOGITS = np.array([1e4, -1e4, 3.0, 0.0, -700.0, 750.0, 1e-9])
PROBABILITIES = np.array([0.0, 1.0, 0.25, 1e-300, 1 - 1e-12])


def z(name: str = "z") -> tuple[Any, ...]:
    return (arg(name, "n"),)


def elementwise(name: str, body: Any, *more: Any) -> Function:
    return function(name, (*z("x"), *more), body, (over("i", "n"),))


X = at("x", "i")
EXP = op("exp", X)
SUM = total(over("j", "n"), op("exp", at("x", "j")))

CASES = [
    (elementwise("softmax_ratio", op("div", EXP, SUM)), "torch.softmax(x, dim=-1)"),
    (elementwise("log_softmax_ratio", op("log", op("div", EXP, SUM))), "torch.log_softmax(x, dim=-1)"),
    (function("lse", z("x"), op("log", SUM)), "torch.logsumexp(x, dim=-1)"),
    (function("lse_mean", z("x"), op("log", Reduce("mean", over("i", "n"), EXP))), "torch.logsumexp"),
    (function("lse_one", z("x"), op("log", op("add", 1, SUM))), "F.softplus(torch.logsumexp"),
    (elementwise("logistic", op("div", 1, op("add", 1, op("exp", op("neg", X))))), "torch.sigmoid(x)"),
    (elementwise("logistic2", op("div", EXP, op("add", 1, EXP))), "torch.sigmoid(x)"),
    (elementwise("log_sigmoid", op("log", op("sigmoid", X))), "F.logsigmoid(x)"),
    (elementwise("log_one_minus_sigmoid", op("log", op("sub", 1, op("sigmoid", X)))), "F.logsigmoid(-x)"),
    (elementwise("softplus", op("log", op("add", 1, EXP))), "F.softplus(x"),
    (elementwise("log_cosh", op("log", op("cosh", X))), "F.softplus"),
    (elementwise("mish", op("mul", X, op("tanh", op("log", op("add", 1, EXP))))), "torch.tanh"),
    (elementwise("two_way", op("div", EXP, op("add", EXP, op("exp", op("mul", 2, X))))), "torch.sigmoid"),
    (elementwise("elu", op("where", op("gt", X, 0), X, op("sub", op("exp", X), 1))), "F.elu(x, alpha=1)"),
    (function("contrast", z("x"), op("neg", op("log", op("div", op("exp", at("x", Const(1))), op("add", op("exp", at("x", Const(1))), SUM))))), "F.logsigmoid"),
    (function("soft", z("x"), op("div", op("exp", Arg("x")), ReduceAxes("sum", op("exp", Arg("x")), (0,))), result="n"), "torch.softmax(x, dim=-1)"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "code"), CASES, ids=[c[0].name for c in CASES])
def test_extreme_logits(f: Function, code: str) -> None:
    agree(f)
    text, names = load([f])
    assert code in source(text, f.name)
    got = names[f.name](torch.from_numpy(LOGITS)).numpy()
    want = np.asarray(evaluate(f, {"x": LOGITS}, lib=high(5000))).astype(float)
    np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-15)
    x = torch.from_numpy(LOGITS).requires_grad_(True)
    names[f.name](x).sum().backward()
    assert x.grad is not None and bool(torch.isfinite(x.grad).all())


P = at("p", "i")
BOUNDED = [
    function("entropy", (arg("p", "n"),), op("neg", total(over("i", "n"), op("mul", P, op("log", P))))),
    function("kl", (arg("p", "n"), arg("q", "n")), total(over("i", "n"), op("mul", P, op("log", op("div", P, at("q", "i")))))),
    function(
        "bce",
        (arg("y", "n", domain="binary"), arg("p", "n", domain="probability")),
        op("neg", total(over("i", "n"), op("add", op("mul", at("y", "i"), op("log", P)), op("mul", op("sub", 1, at("y", "i")), op("log", op("sub", 1, P)))))),
    ),
]  # fmt: skip


@pytest.mark.parametrize("f", BOUNDED, ids=[f.name for f in BOUNDED])
def test_probabilities_of_zero_and_one(f: Function) -> None:
    agree(f)
    _, names = load([f])
    p = np.array([0.0, 1.0, 0.5])
    given = {a.name: {"y": p.round(), "q": np.array([0.1, 1.0, 0.4])}.get(a.name, p) for a in f.arguments}
    got = float(names[f.name](**{n: torch.from_numpy(v) for n, v in given.items()}))
    inner = {n: np.clip(v, 1e-290, 1 - 1e-15) for n, v in given.items()}
    limit = float(np.asarray(evaluate(f, inner, lib=high(60))))
    assert got == pytest.approx(limit, rel=1e-9, abs=1e-9)


def test_long_products_do_not_underflow() -> None:
    f = function(
        "nll",
        (arg("x", "n"), callable_("p", "", domain="probability")),
        op("neg", op("log", Reduce("prod", over("i", "n"), op("exp", op("neg", at("x", "i")))))),
    )
    _, names = load([f])
    assert float(names["nll"](torch.full((2000,), 3.0, dtype=torch.float64), None)) == pytest.approx(6000.0)


def test_masked_pairs() -> None:
    _, names = load(samples.ALL)
    near = torch.tensor([[1.0, 0.0], [1.0, 1e-8], [0.0, 1.0], [0.0, 2.0]], dtype=torch.float64)
    assert bool(torch.isfinite(names["ell"](near, 1e-3)).all())


def test_determinant_of_a_large_matrix() -> None:
    f = function("f", (arg("S", "n n", domain="spd"),), op("log", Linear("det", (Arg("S"),))))
    agree(f)
    _, names = load([f])
    assert float(names["f"](1e10 * torch.eye(60, dtype=torch.float64))) == pytest.approx(60 * np.log(1e10))


def test_attention_with_large_scores() -> None:
    _, names = load([samples.attention])
    q = torch.full((2, 3), 1e4, dtype=torch.float64)
    assert bool(torch.isfinite(names["Attention"](q, -q, q)).all())


__all__ = ["Along", "Size", "array", "dim"]
