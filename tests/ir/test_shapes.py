"""Shapes are derived, and what does not fit says why."""

from __future__ import annotations

import pytest
from samples import (
    Access,
    Arg,
    ArrayType,
    Axis,
    CallCompiled,
    Const,
    Dim,
    Index,
    Linear,
    MatMul,
    Node,
    Pick,
    Range,
    Size,
    Slice,
    arg,
    at,
    attention,
    callable_,
    cosine,
    dim,
    function,
    nt_xent,
    op,
    over,
    total,
)

from paperc.ir.node import Call, Function, IndexNumber
from paperc.ir.shapes import IllegalIR, as_dim, check, free_indices, known_sizes
from paperc.ir.text import function_text, text

X, Y = arg("x", "n"), arg("A", "n m")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (MatMul(Arg("A"), Arg("x")), "a matrix product of .n, m. and .n.: m is not n"),
        (op("add", Arg("A"), Arg("x")), "add of .n, m. and .n."),
        (Linear("inverse", (Arg("A"),)), "inverse of .n, m.: n is not m"),
        (at("x", "q"), "the index q is not bound"),
        (Arg("y"), "the name y is not bound"),
        (Access(Arg("x"), (Pick(Arg("x")),)), "a position must be a whole number"),
        (total(over("i", "n"), total(over("i", "n"), at("x", "i"))), "the index i is bound twice"),
        (op("where", Const(1), Const(2)), "where of 2 operands"),
        (Size(dim("k")), "no argument tells the size k"),
    ],
)
def test_reasons(body: Node, reason: str) -> None:
    with pytest.raises(IllegalIR, match=reason):
        check(function("f", (X, Y), body, result=""))


def test_a_result_of_another_shape() -> None:
    with pytest.raises(IllegalIR, match=r"the body is \(n\), the result a scalar"):
        check(function("f", (X,), Arg("x")))


def test_callables_take_what_they_take() -> None:
    f = function("f", (X, Y, callable_("g", "n")), Call("g", (Arg("A"),)))
    with pytest.raises(IllegalIR, match=r"g takes \(n\), not \(n, m\)"):
        check(f)


def test_sizes_of_a_call_follow_its_arguments() -> None:
    queries = arg("X", "t e")
    body = CallCompiled("eq:Attention", (("Q", Arg("X")), ("K", Arg("X")), ("V", Arg("X"))))
    f = function("self_attention", (queries,), body, result="t e")
    assert check(f, {attention.id: attention}).dims == (dim("t"), dim("e"))


def test_twice_a_size_tells_the_size() -> None:
    assert known_sizes(nt_xent) == {"N", "d"}
    assert check(nt_xent, {cosine.id: cosine}).axes == ()


def test_free_indices_in_order_and_bounds_outside_the_binding() -> None:
    inner = Index("j", "j", Range(IndexNumber("i"), Size(dim("n"))))
    body = op("mul", at("A", "k", "i"), total(inner, at("x", "j")))
    assert free_indices(body) == ("k", "i")


def test_sizes_are_polynomials() -> None:
    body = op("sub", op("mul", Const(2), Size(dim("n"))), Const(1))
    assert as_dim(body) == Dim.constant(2) * dim("n") - Dim.constant(1)
    prefix = Access(Arg("x"), (Slice(Const(2), None),))
    f = function("f", (X,), prefix, type=ArrayType((Axis(dim("n") - Dim.constant(1)),)))
    assert check(f).dims == (dim("n") - Dim.constant(1),)


def test_a_name_that_is_no_name() -> None:
    f: Function = function("f", (arg("x y"),), Const(1.0))
    with pytest.raises(IllegalIR, match="'x y' is no name"):
        check(f)


def test_text_reads_like_the_formula() -> None:
    assert text(op("sub", Const(1), op("sub", Const(2), Const(3)))) == "1 - (2 - 3)"
    assert function_text(attention).splitlines()[-1].strip() == (
        "= softmax(Q @ transpose(K) / sqrt(|d_k|), axis 1) @ V"
    )
