"""Indices, axes and calls: emitted code equals the slow evaluator, and reads as an expert would write it."""

from __future__ import annotations

import pytest
import samples
from agree import agree, source
from samples import (
    Access,
    Along,
    Arg,
    Argument,
    ArrayType,
    Axis,
    Block,
    Build,
    Call,
    CallCompiled,
    ConcatOver,
    Const,
    Dim,
    Expand,
    Filled,
    Function,
    Gradient,
    I,
    Identity,
    Index,
    IndexNumber,
    J,
    Join,
    K,
    Let,
    Linear,
    MatMul,
    Node,
    Norm,
    Outer,
    Over,
    Pick,
    Range,
    Reduce,
    ReduceAxes,
    Size,
    Slice,
    StopGradient,
    arg,
    array,
    at,
    axes,
    callable_,
    dim,
    function,
    op,
    over,
    total,
)  # fmt: skip


def one(f: Function, *others: Function, tolerance: float = 1e-9) -> str:
    text = agree(*others, f, tolerance=tolerance)
    return source(text, f.name).split("\n    ", 1)[1]


def test_samples() -> None:
    agree(*samples.ALL)


# --- sums of products ------------------------------------------------------------------------------------

A, B, X, Y = arg("A", "n m"), arg("B", "m p"), arg("x", "m"), arg("y", "m")


@pytest.mark.parametrize(
    ("body", "indices", "code"),
    [
        (total(over("k", "m"), op("mul", at("A", "i", "k"), at("B", "k", "j"))), (over("i", "n"), over("j", "p")), "return A @ B"),
        (total(over("k", "m"), op("mul", at("A", "i", "k"), at("x", "k"))), (over("i", "n"),), "return A @ x"),
        (total(over("k", "m"), op("mul", at("B", "k", "j"), at("x", "k"))), (over("j", "p"),), "return B.mT @ x"),
        (total(over("k", "m"), op("mul", at("x", "k"), at("y", "k"))), (), "return (x * y).sum(-1)"),
        (total(over("i", "n"), total(over("k", "m"), at("A", "i", "k"))), (), "return A.sum((-2, -1))"),
        (
            total(over("k", "m"), op("mul", at("x", "k"), at("A", "i", "k"), at("B", "k", "j"))),
            (over("i", "n"), over("j", "p")),
            "return torch.einsum('k,ik,kj->ij', x, A, B)",
        ),
        (total(over("k", "m"), op("div", at("x", "k"), at("y", "k"))), (), "return (x / y).sum(-1)"),
        (op("mul", 2, total(over("k", "m"), op("mul", 3, at("x", "k")))), (), "return 2 * 3 * x.sum(-1)"),
        (total(over("k", "m"), op("mul", at("A", "i", "k"), op("sub", at("x", "k"), at("A", "i", "k")))), (over("i", "n"),), "return (A * (x - A)).sum(-1)"),
    ],
)  # fmt: skip
def test_sums_of_products(body: object, indices: tuple[Index, ...], code: str) -> None:
    f = function("f", (A, B, X, Y), body, indices)  # type: ignore[arg-type]
    assert one(f) == code


def test_sum_of_outer_products() -> None:
    f = function(
        "f", (arg("x", "k n"), arg("w", "k")), total(over("i", "k"), Outer(at("x", "i"), at("x", "i"))), (), "n n"
    )
    assert one(f) == "return x.mT @ x"
    g = function(
        "g", f.arguments, total(over("i", "k"), op("mul", at("w", "i"), Outer(at("x", "i"), at("x", "i")))), (), "n n"
    )
    one(g)


def test_weighted_sum_of_vectors() -> None:
    f = function(
        "f",
        (arg("a", "n m"), arg("v", "m d")),
        total(over("j", "m"), op("mul", at("a", "i", "j"), at("v", "j"))),
        (over("i", "n"),),
        "d",
    )
    assert one(f) == "return a @ v"


def test_bilinear_form_over_indices() -> None:
    f = function(
        "f",
        (arg("x", "n d"), arg("W", "d d"), arg("y", "m d")),
        MatMul(MatMul(at("x", "i"), Arg("W")), at("y", "j")),
        (over("i", "n"), over("j", "m")),
    )
    one(f)


# --- positions ---------------------------------------------------------------------------------------------


def shifted(name: str, by: int) -> Node:
    return Pick(op("add", IndexNumber(name), by) if by > 0 else op("sub", IndexNumber(name), -by))


def test_neighbours_are_slices() -> None:
    inner = Index("t", "t", Range(Const(1), op("sub", Size(dim("T")), 1)))
    f = function(
        "f",
        (arg("x", "T"),),
        Reduce("sum", inner, op("square", op("sub", Access(Arg("x"), (shifted("t", 1),)), at("x", "t")))),
    )
    assert one(f) == "return ((x[..., 1:] - x[..., :-1]) ** 2).sum(-1)"


def test_previous_element_under_a_condition() -> None:
    t = IndexNumber("t")
    body = op("where", op("gt", t, 1), Access(Arg("x"), (shifted("t", -1),)), 0.5)
    one(function("f", (arg("x", "T"),), body, (over("t", "T"),)))


def test_transposed_and_diagonal() -> None:
    f = function(
        "f", (arg("A", "n n"),), op("sub", at("A", "j", "i"), at("A", "i", "i")), (over("i", "n"), over("j", "n"))
    )
    one(f)


def test_first_and_last() -> None:
    f = function(
        "f",
        (arg("x", "n m"),),
        op("add", at("x", Const(1), "j"), Access(Arg("x"), (Pick(Size(dim("n"))), Pick(J)))),
        (over("j", "m"),),
    )
    assert one(f) == "return x[..., 0, :] + x[..., -1, :]"


def test_label_picks() -> None:
    y = arg("y", "n", "stored")
    f = function("f", (arg("z", "n C"), y), at("z", "i", at("y", "i")), (over("i", "n"),))
    one(f)
    g = function("g", (arg("z", "C"), arg("y", "", "stored")), at("z", Arg("y")))
    assert one(g) == "return z[..., y]"
    e = function("e", (arg("E", "V d"), arg("w", "n", "stored")), at("E", at("w", "i")), (over("i", "n"),), "d")
    one(e)


def test_kronecker_delta_of_a_label() -> None:
    body = op(
        "add",
        op("mul", op("sub", 1, Arg("eps")), op("indicator", op("eq", K, op("number", Arg("y"))))),
        op("div", Arg("eps"), Size(dim("C"))),
    )
    f = function(
        "f", (arg("y", "", "stored"), arg("eps", default=0.1), arg("C", "", "integer")), body, (over("k", "C"),)
    )
    one(f)


def test_columns_and_rows() -> None:
    f = function("f", (arg("X", "n d"),), at("X", slice(None), "j"), (over("j", "d"),), "n")
    one(f)


def test_gather_with_two_indices() -> None:
    body = Access(Arg("x"), (Pick(op("add", op("sub", I, J), Size(dim("m")))),))
    one(
        function(
            "f",
            (Argument("x", "x", ArrayType((Axis(Dim.of("n") + Dim.of("m")),))), arg("m", "", "integer")),
            body,
            (over("i", "n"), over("j", "m")),
        )
    )


def test_slices() -> None:
    body = Access(Arg("x"), (Slice(Const(2), None),))
    f = function("f", (arg("x", "n"),), ReduceAxes("sum", body, (0,)))
    assert one(f) == "return x[..., 1:].sum(-1)"


def test_zero_based_axis() -> None:
    x = Argument("x", "x", ArrayType((Axis(Dim.of("T") + Dim.constant(1), 0),)))
    body = total(
        Index("t", "t", Range(Const(1), Size(dim("T")))), op("mul", at("x", "t"), Access(Arg("x"), (shifted("t", -1),)))
    )
    assert one(function("f", (x,), body)) == "return (x[..., 1:] * x[..., :-1]).sum(-1)"


# --- ranges that depend on indices ---------------------------------------------------------------------------


def test_prefix_sums() -> None:
    f = function(
        "f",
        (arg("x", "T"),),
        Reduce("sum", Index("s", "s", Range(Const(1), IndexNumber("t"))), at("x", "s")),
        (over("t", "T"),),
    )
    one(f)


def test_pairs_below_the_diagonal() -> None:
    inner = Index("j", "j", Range(Const(1), op("sub", I, 1)))
    one(
        function(
            "f", (arg("x", "n"),), total(over("i", "n"), Reduce("sum", inner, op("mul", at("x", "i"), at("x", "j"))))
        )
    )


def test_product_over_a_prefix() -> None:
    f = function(
        "f",
        (arg("a", "T"),),
        Reduce("prod", Index("s", "s", Range(Const(1), IndexNumber("t"))), op("sub", 1, at("a", "s"))),
        (over("t", "T"),),
    )
    one(f)


def test_prefix_slice_in_a_call_runs_in_a_loop() -> None:
    prefix = Access(Arg("x"), (Slice(None, op("sub", IndexNumber("t"), 1)),))
    f = function(
        "f",
        (arg("x", "T"), callable_("p", "", "s", domain="positive")),
        total(over("t", "T"), op("log", Call("p", (at("x", "t"), prefix)))),
    )
    assert one(f) == "T = x.shape[-1]\n    return torch.log(torch.stack([p(x[t], x[:t]) for t in range(T)])).sum(-1)"


def test_prefix_mean_runs_in_a_loop() -> None:
    prefix = Access(Arg("x"), (Slice(None, IndexNumber("t")),))
    f = function("f", (arg("x", "T"),), ReduceAxes("mean", prefix, (0,)), (over("t", "T"),))
    one(f)


def test_exponentially_weighted_sum() -> None:
    t = IndexNumber("t")
    body = Reduce(
        "sum", Index("i", "i", Range(Const(1), t)), op("mul", op("pow", Arg("beta"), op("sub", t, I)), at("g", "i"))
    )
    one(function("f", (arg("g", "T d"), arg("beta", domain="unit")), body, (over("t", "T"),), "d"))


def test_index_as_a_number() -> None:
    one(function("f", (arg("n", "", "integer"),), total(over("i", "n"), op("div", 1, I))))
    one(function("g", (arg("x", "n"),), total(over("i", "n"), op("mul", I, at("x", "i")))))
    one(
        function(
            "h",
            (arg("n", "", "integer"), arg("c")),
            op("pow", Arg("c"), op("div", I, Size(dim("n")))),
            (over("i", "n"),),
        )
    )


# --- building -------------------------------------------------------------------------------------------------


def test_build_join_and_concat() -> None:
    built = Build(over("i", "n"), op("square", at("x", "i")))
    agree(
        function("a", (arg("x", "n"),), built, result="n"),
        function("b", (arg("x", "n"), arg("y", "m")), Join("concat", (Arg("x"), Arg("y"))), type=ArrayType((Axis(Dim.of("n") + Dim.of("m")),))),
        function("c", (arg("x", "n"), arg("y", "n")), Join("stack", (Arg("x"), Arg("y"))), result="2 n"),
        function("d", (arg("x", "n d"), arg("y", "m d")), Join("concat", (at("x", "i"), at("y", "j"))), (over("i", "n"), over("j", "m")), type=ArrayType((Axis(Dim.of("d") + Dim.of("d")),))),
        function("e", (arg("x", "h n d"),), ConcatOver(over("i", "h"), at("x", "i"), 1), type=ArrayType((Axis(dim("n")), Axis(dim("h") * dim("d"))))),
        function("f", (arg("x", "h n d"),), ConcatOver(over("i", "h"), at("x", "i"), 0), type=ArrayType((Axis(dim("h") * dim("n")), Axis(dim("d"))))),
        function("g", (arg("x", "h d"),), ConcatOver(over("i", "h"), at("x", "i"), 0), type=ArrayType((Axis(dim("h") * dim("d")),))),
        function("h", (arg("a"), arg("b")), Block(((op("cos", Arg("a")), op("neg", Arg("b"))), (Arg("b"), Const(1.0)))), result="2 2"),
        function("k", (arg("A", "n n"), arg("b", "n"), arg("c", "1 n")), Block(((Arg("A"), Arg("b")), (Arg("c"), Const(1.0)))), type=ArrayType((Axis(dim("n") + dim("1")),) * 2)),
    )  # fmt: skip


def test_expand_fill_identity_outer() -> None:
    agree(
        function("a", (arg("b", "d"), arg("x", "n d")), op("add", Arg("x"), Expand(Arg("b"), axes("n d"))), result="n d"),
        function("b", (arg("x", "n"), arg("A", "n n"), arg("lam")), op("add", Arg("A"), op("mul", Arg("lam"), Identity(axes("n")[0]))), result="n n"),
        function("c", (arg("K", "n m"),), MatMul(Arg("K"), Filled(1.0, axes("m"))), result="n"),
        function("d", (arg("x", "n"), arg("y", "m")), Outer(Arg("x"), Arg("y")), result="n m"),
        function("e", (arg("x", "k n"), arg("y", "m")), Outer(at("x", "i"), Arg("y")), (over("i", "k"),), "n m"),
        function("f", (arg("x", "k n"),), total(over("i", "k"), Outer(at("x", "i"), at("x", "i"))), result="n n"),
        function("g", (arg("b", "d"), arg("x", "n")), op("add", at("x", "i"), at("b", "j")), (over("i", "n"), over("j", "d"))),
        function("h", (arg("b", "d"), arg("x", "n")), at("b", "j"), (over("i", "n"), over("j", "d"))),
        function("k", (arg("c"), arg("x", "n")), Arg("c"), (over("i", "n"),)),
        function("l", (arg("c"), arg("x", "n")), Expand(Arg("c"), axes("n")), result="n"),
    )  # fmt: skip


def test_matrix_products_over_indices() -> None:
    i, j = (over("i", "n"),), (over("i", "n"), over("j", "m"))
    agree(
        function("a", (arg("x", "n d"), arg("W", "e d")), MatMul(Arg("W"), at("x", "i")), i, "e"),
        function("b", (arg("x", "n d"), arg("W", "d e")), MatMul(at("x", "i"), Arg("W")), i, "e"),
        function("c", (arg("x", "n d"), arg("W", "n e d")), MatMul(at("W", "i"), at("x", "i")), i, "e"),
        function("d", (arg("x", "n d"), arg("W", "m e d")), MatMul(at("W", "j"), at("x", "i")), j, "e"),
        function("e", (arg("x", "n d"), arg("y", "m d")), MatMul(at("x", "i"), at("y", "j")), j),
        function("f", (arg("x", "d"), arg("W", "n d d")), MatMul(Arg("x"), MatMul(at("W", "i"), Arg("x"))), i),
        function("g", (arg("A", "n d e"), arg("B", "m e d")), MatMul(at("A", "i"), at("B", "j")), j, "d d"),
        function("h", (arg("x", "d"), arg("W", "n d e")), MatMul(Arg("x"), at("W", "i")), i, "e"),
        function("k", (arg("a", "d"), arg("A", "d e"), arg("x", "e")), op("mul", Arg("a"), MatMul(Arg("A"), Arg("x"))), result="d"),
        function("l", (arg("x", "n d"), arg("mu", "d"), arg("S", "d d", domain="spd")), MatMul(MatMul(op("sub", at("x", "i"), Arg("mu")), Linear("inverse", (Arg("S"),))), op("sub", at("x", "i"), Arg("mu"))), i),
    )  # fmt: skip


def test_along_over_an_index_with_a_bias() -> None:
    body = Along("softmax", op("add", at("x", "i"), Arg("b")), 0)
    one(function("f", (arg("x", "n d"), arg("b", "d")), body, (over("i", "n"),), "d"))


# --- calls ----------------------------------------------------------------------------------------------------


def test_callables_are_called_once_for_each_sample() -> None:
    f = function(
        "f",
        (arg("x", "n d"), arg("y", "n d"), callable_("g", "d", result="d")),
        Reduce("mean", over("i", "n", True), op("square", Norm(op("sub", Call("g", (at("x", "i"),)), at("y", "i"))))),
        (),
    )
    assert one(f) == "return ((torch.stack([g(x_i) for x_i in x]) - y) ** 2).sum(-1).mean(-1)"


def test_callables_with_several_indices() -> None:
    body = Call("k", (at("x", "i"), at("y", "j")))
    one(
        function(
            "f", (arg("x", "n d"), arg("y", "m d"), callable_("k", "d", "d")), body, (over("i", "n"), over("j", "m"))
        )
    )
    body = Call("k", (at("x", "i"), at("x", "j")))
    one(function("f", (arg("x", "n d"), callable_("k", "d", "d")), body, (over("i", "n"), over("j", "n"))))


def test_callable_of_an_index_number() -> None:
    body = total(over("t", "T"), op("mul", Call("w", (IndexNumber("t"),)), at("x", "t")))
    one(function("f", (arg("x", "T"), callable_("w", "")), body))


def test_callable_of_a_local_over_an_index() -> None:
    body = Let("z", op("square", at("x", "i")), op("add", Call("g", (Arg("z"),)), Arg("z")))
    one(function("f", (arg("x", "n"), callable_("g", "")), body, (over("i", "n"),)))


def test_call_of_a_compiled_function() -> None:
    softmax = samples.softmax
    whole = function("p", (arg("z", "n"),), op("log", CallCompiled("eq:q", (("z", Arg("z")),))), type=array("n"))
    read = function(
        "r",
        (arg("z", "n"),),
        op("log", CallCompiled("eq:q", (("z", Arg("z")),), (IndexNumber("k"),))),
        (over("k", "n"),),
    )
    rows = function(
        "s",
        (arg("x", "m n"), arg("T")),
        total(over("i", "m"), CallCompiled("eq:q", (("z", at("x", "i")), ("T", Arg("T"))), (IndexNumber("k"),))),
        (over("k", "n"),),
    )
    per_row = function(
        "u",
        (arg("x", "m n"), arg("T", "m")),
        total(over("i", "m"), CallCompiled("eq:q", (("z", at("x", "i")), ("T", at("T", "i"))), (IndexNumber("k"),))),
        (over("k", "n"),),
    )
    label = function(
        "l",
        (arg("z", "n"), arg("y", "", "stored")),
        op("neg", op("log", CallCompiled("eq:q", (("z", Arg("z")),), (Arg("y"),)))),
    )
    agree(softmax, whole, read, rows, per_row, label)


def test_call_of_a_compiled_function_with_a_matrix() -> None:
    g = function("g", (arg("W", "n d"), arg("x", "d")), op("tanh", MatMul(Arg("W"), Arg("x"))), result="n")
    f = function(
        "f",
        (arg("W", "n d"), arg("x", "m d")),
        CallCompiled("eq:g", (("W", Arg("W")), ("x", at("x", "i")))),
        (over("i", "m"),),
        "n",
    )
    agree(g, f)


def test_multi_head_attention() -> None:
    head = function(
        "head",
        (arg("Q", "n d"), arg("K", "m d"), arg("V", "m d"), arg("W_Q", "h d d_k"), arg("W_K", "h d d_k"), arg("W_V", "h d d_v")),
        CallCompiled("eq:Attention", (("Q", MatMul(Arg("Q"), at("W_Q", "i"))), ("K", MatMul(Arg("K"), at("W_K", "i"))), ("V", MatMul(Arg("V"), at("W_V", "i"))))),
        (over("i", "h"),),
        "n d_v",
    )  # fmt: skip
    heads = CallCompiled("eq:head", tuple((a.name, Arg(a.name)) for a in head.arguments), (IndexNumber("i"),))
    multi = function(
        "MultiHead",
        (*head.arguments, Argument("W_O", "W^O", ArrayType((Axis(dim("h") * dim("d_v")), Axis(dim("d")))))),
        MatMul(ConcatOver(over("i", "h"), heads, 1), Arg("W_O")),
        result="n d",
    )
    text = agree(samples.attention, head, multi)
    assert "torch.stack" not in text
    print(source(text, "MultiHead"), source(text, "head"))


# --- derivatives ----------------------------------------------------------------------------------------------


def test_derivatives() -> None:
    loss = total(over("k", "n"), op("log", op("add", 1, op("exp", op("mul", at("x", "k"), at("w", "k"))))))
    xw = (arg("x", "n"), arg("w", "n"))
    field = Build(over("i", "n"), op("sin", op("mul", at("w", "i"), at("x", Const(1)))))
    agree(
        function("a", xw, Gradient(loss, "w"), result="n"),
        function("b", xw, Access(Gradient(loss, "w"), (Pick(I),)), (over("i", "n"),)),
        function("c", xw, Gradient(loss, "w", op("mul", 2, Arg("x"))), result="n"),
        function("d", xw, Gradient(field, "w", kind="jacobian"), result="n n"),
        function("g", xw, Gradient(field, "w", kind="divergence")),
        function("k", (arg("x"), callable_("u", "")), Gradient(op("square", Call("u", (Arg("x"),))), "x")),
        function("l", (arg("x", "n"), callable_("u", "n")), Norm(Gradient(Call("u", (Arg("x"),)), "x"))),
        function("m", (arg("x", "n"), arg("y", "n")), Gradient(total(over("i", "n"), op("mul", StopGradient(at("x", "i")), at("x", "i"))), "x"), result="n"),
        tolerance=1e-7,
    )  # fmt: skip
    agree(
        function("e", xw, Gradient(loss, "w", kind="hessian"), result="n n"),
        function("h", xw, Gradient(loss, "w", kind="laplacian")),
        tolerance=1e-5,
    )


def test_gradient_for_each_sample() -> None:
    body = Reduce(
        "mean",
        over("i", "n", True),
        op("square", op("sub", Norm(Let("z", at("x", "i"), Gradient(Call("D", (Arg("z"),)), "z"))), 1)),
    )
    one(function("f", (arg("x", "n d"), callable_("D", "d")), body), tolerance=1e-7)


def test_stop_gradient_alone() -> None:
    assert (
        one(
            function(
                "f",
                (arg("x", "n"),),
                total(over("i", "n"), op("sub", at("x", "i"), StopGradient(op("square", at("x", "i"))))),
            )
        )
        == "return (x - (x ** 2).detach()).sum(-1)"
    )


# --- extremes of ranges and conditions -------------------------------------------------------------------------


def test_argmax_counts_from_zero() -> None:
    late = Index("i", "i", Range(Const(2), Size(dim("n"))))
    agree(
        function("a", (arg("x", "n"),), Reduce("argmax", late, at("x", "i")), type=array("", "stored")),
        function(
            "b",
            (arg("x", "n m"),),
            Reduce("argmin", over("j", "m"), at("x", "i", "j")),
            (over("i", "n"),),
            type=array("", "stored"),
        ),
    )


def test_mean_under_a_condition() -> None:
    f = function(
        "f", (arg("x", "n"), arg("y", "n", "boolean")), Reduce("mean", over("i", "n"), at("x", "i"), at("y", "i"))
    )
    one(f)


def test_matrices_with_conditions() -> None:
    body = op("where", op("le", J, I), at("A", "i", "j"), Const(float("-inf")))
    f = function("f", (arg("A", "n n"),), Along("softmax", Build(over("j", "n"), body), 0), (over("i", "n"),), "n")
    one(f)


def test_over_axis_and_product_of_sizes() -> None:
    f = function(
        "f",
        (arg("x", "n m"),),
        op(
            "div",
            total(Index("i", "i", Over(axes("n")[0])), total(Index("j", "j", Over(axes("m")[0])), at("x", "i", "j"))),
            op("mul", Size(dim("n")), Size(dim("m"))),
        ),
    )
    one(f)
