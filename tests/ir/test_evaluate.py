"""The slow evaluator against values worked out by hand or by numpy, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    Access,
    Arg,
    Call,
    Const,
    Gradient,
    Index,
    Pick,
    Range,
    Reduce,
    Size,
    StopGradient,
    arg,
    at,
    attention,
    callable_,
    dim,
    function,
    nt_xent,
    op,
    over,
    returns,
    softmax,
    total,
)
from samples import cosine as sim

from paperc.ir.evaluate import BUDGET, EvaluationError, TooLong, evaluate
from paperc.ir.node import IndexNumber


def test_attention() -> None:
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(2, 3)), rng.normal(size=(4, 3)), rng.normal(size=(4, 5))
    scores = np.exp(q @ k.T / np.sqrt(3))
    expected = scores / scores.sum(axis=1, keepdims=True) @ v
    np.testing.assert_allclose(evaluate(attention, {"Q": q, "K": k, "V": v}), expected)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=6), st.floats(0.1, 10))
@settings(max_examples=30, deadline=None)
def test_softmax_is_a_distribution(z: list[float], t: float) -> None:
    """§ node.Reduce: "an empty sum is 0"; here the terms sum to one whatever z is."""
    value = evaluate(softmax, {"z": np.array(z), "T": t})
    assert value.sum() == pytest.approx(1) and (value >= 0).all()


def test_indices_count_as_the_paper_counts() -> None:
    body = total(over("i", "n"), op("mul", IndexNumber("i"), at("x", "i")))
    assert evaluate(function("f", (arg("x", "n"),), body), {"x": np.array([10.0, 1.0])}) == 12.0


def test_ranges_may_depend_on_outer_indices_and_may_be_empty() -> None:
    np.testing.assert_allclose(evaluate(returns, {"r": np.array([1.0, 2.0, 4.0]), "gamma": 0.5}), [3.0, 4.0, 4.0])
    none = Index("i", "i", Range(Const(2), Const(1)))
    values = {op_: evaluate(function("f", (arg("x", "n"),), Reduce(op_, none, at("x", "i"))), {"x": np.ones(3)}) for op_ in ("sum", "prod", "max")}  # fmt: skip
    assert (values["sum"], values["prod"], values["max"]) == (0, 1, -np.inf)


def test_twice_the_size() -> None:
    z = np.random.default_rng(1).normal(size=(4, 3))
    value = evaluate(nt_xent, {"z": z, "tau": 0.5}, {sim.id: sim})
    assert value.shape == (4, 4)


def test_callables_get_one_unbatched_value_a_call() -> None:
    seen: list[object] = []

    def f(x: object) -> float:
        seen.append(np.shape(x))
        return 1.0

    body = Reduce("mean", over("s", "S"), Call("f", (at("x", "s"),)))
    evaluate(function("g", (arg("x", "S d"), callable_("f", "d")), body), {"x": np.ones((3, 2)), "f": f})
    assert seen == [(2,)] * 3


def test_a_stopped_gradient_is_held_still() -> None:
    body = Gradient(total(over("i", "n"), op("mul", StopGradient(at("x", "i")), at("x", "i"))), "x")
    f = function("f", (arg("x", "n"),), body, result="n")
    x = np.array([1.0, -2.0])
    np.testing.assert_allclose(evaluate(f, {"x": x}), x, rtol=1e-9)


def test_derivatives_at_high_precision() -> None:
    mpmath = pytest.importorskip("mpmath")
    from paperc.ir.meanings import high

    f = function("f", (arg("x"),), Gradient(op("exp", op("sin", Arg("x"))), "x"))
    value = evaluate(f, {"x": 0.5}, lib=high(40))
    assert abs(value - mpmath.cos(0.5) * mpmath.exp(mpmath.sin(0.5))) < 1e-15


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"Q": np.ones((2, 3)), "K": np.ones((4, 5)), "V": np.ones((4, 2))}, "d_k is 3"),
        ({"Q": np.ones((2, 3)), "K": np.ones(3), "V": np.ones((4, 2))}, "K has 1 axes, not 2"),
        ({"Q": np.ones((2, 3))}, "Attention needs its argument K"),
    ],
)
def test_arguments_that_do_not_fit(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(EvaluationError, match=reason):
        evaluate(attention, arguments)


def test_positions_outside_are_errors_unless_never_reached() -> None:
    t = IndexNumber("t")
    before = Access(Arg("x"), (Pick(op("sub", t, 1)),))
    with pytest.raises(EvaluationError, match="position -1 of 3"):
        evaluate(function("f", (arg("x", "T"),), before, (over("t", "T"),)), {"x": np.ones(3)})
    guarded = op("where", op("gt", t, 1), before, 0.0)
    np.testing.assert_allclose(
        evaluate(function("g", (arg("x", "T"),), guarded, (over("t", "T"),)), {"x": np.ones(3)}), [0, 1, 1]
    )


def test_bounded_work() -> None:
    loops = [Index(n, n, Range(Const(1), Const(200))) for n in "abc"]
    body = total(loops[0], total(loops[1], total(loops[2], op("add", IndexNumber("a"), Size(dim("n"))))))
    with pytest.raises(TooLong, match=str(BUDGET)):
        evaluate(function("f", (arg("x", "n"),), body), {"x": np.ones(2)})
