"""A function that only hands elements to callables takes elements of any shape: the callable alone looks inside them."""

from __future__ import annotations

import pytest
import torch
from agree import agree, load
from samples import (
    Access,
    Arg,
    Call,
    CallCompiled,
    Const,
    Dim,
    Function,
    Node,
    Pick,
    Size,
    arg,
    at,
    callable_,
    function,
    op,
    over,
    total,
)  # fmt: skip


def gaussian(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return (-((a - b) ** 2).sum()).exp()


def similarity(x: Node, y: Node) -> Node:
    return Call("k", (x, y))


def mean_over_pairs(name: str = "f") -> Function:
    pairs = total(over("i", "n"), total(over("j", "m"), similarity(at("x", "i"), at("y", "j"))))
    body = op("div", pairs, op("mul", Size(Dim.of("n")), Size(Dim.of("m"))))
    return function(name, (arg("x", "n"), arg("y", "m"), callable_("k", "", "")), body)


def expected(x: torch.Tensor, y: torch.Tensor) -> float:
    return sum(float(gaussian(a, b)) for a in x for b in y) / (len(x) * len(y))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_samples_are_numbers_vectors_or_matrices(shape: tuple[int, ...]) -> None:
    x, y = torch.rand(5, *shape, dtype=torch.float64), torch.rand(7, *shape, dtype=torch.float64)
    text, made = load([mean_over_pairs()])
    assert "x.shape[0]" in text and "of numbers or of arrays of one shape" in text
    assert float(made["f"](x, y, gaussian)) == pytest.approx(expected(x, y))
    agree(mean_over_pairs())


def test_a_sample_that_is_named_by_its_number_is_whole() -> None:
    first = Access(Arg("x"), (Pick(Const(1)),))
    f = function("f", (arg("x", "n"), callable_("k", "", "")), total(over("i", "n"), similarity(at("x", "i"), first)))
    x = torch.rand(4, 3, dtype=torch.float64)
    _, made = load([f])
    assert float(made["f"](x, gaussian)) == pytest.approx(sum(float(gaussian(a, x[0])) for a in x))


def test_an_equation_that_hands_the_series_on_takes_the_same_samples() -> None:
    inner = mean_over_pairs("inner")
    call = CallCompiled(inner.id, (("x", Arg("x")), ("y", Arg("y")), ("k", Arg("k"))))
    outer = function("outer", inner.arguments, op("mul", Size(Dim.of("n")), call))
    x, y = torch.rand(5, 3, dtype=torch.float64), torch.rand(2, 3, dtype=torch.float64)
    _, made = load([inner, outer])
    assert float(made["outer"](x, y, gaussian)) == pytest.approx(5 * expected(x, y))


def test_elements_that_the_formula_reckons_with_are_numbers() -> None:
    body = total(over("i", "n"), op("mul", at("x", "i"), similarity(at("x", "i"), at("x", "i"))))
    text, _ = load([function("f", (arg("x", "n"), callable_("k", "", "")), body)])
    assert "of numbers or of arrays" not in text
