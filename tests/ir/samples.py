"""Functions for tests, written as IR by hand."""

from __future__ import annotations

from paperc.ir.dims import Dim
from paperc.ir.node import (
    Access,
    All,
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
    Expand,
    Filled,
    Function,
    FunctionType,
    Gradient,
    Identity,
    Index,
    IndexNumber,
    Join,
    Let,
    Linear,
    LogDensity,
    MatMul,
    Node,
    Norm,
    Op,
    Outer,
    Over,
    Pick,
    Range,
    Reduce,
    ReduceAxes,
    Size,
    Slice,
    Sort,
    StopGradient,
)


def axes(names: str) -> tuple[Axis, ...]:
    return tuple(Axis(dim(n)) for n in names.split())


def dim(name: str) -> Dim:
    return Dim.constant(int(name)) if name.isdigit() else Dim.of(name)


def array(names: str = "", sort: Sort = "real") -> ArrayType:
    return ArrayType(axes(names), sort)


def arg(name: str, shape: str = "", sort: Sort = "real", **more: object) -> Argument:
    return Argument(name, str(more.pop("symbol", name)), array(shape, sort), **more)  # type: ignore[arg-type]


def callable_(name: str, *shapes: str, result: str = "", domain: str = "") -> Argument:
    return Argument(name, name, FunctionType(tuple(array(s) for s in shapes), array(result)), "callable", domain=domain)


def op(name: str, *args: Node | float | int) -> Op:
    return Op(name, tuple(Const(a) if isinstance(a, (int, float)) else a for a in args))


def over(name: str, size: str, sample: bool = False) -> Index:
    return Index(name, name, Range(Const(1), Size(dim(size))), sample)


def at(base: str | Node, *picks: str | Node | slice) -> Access:
    """`at("A", "i", "j")` is A_ij; a slice is the whole axis."""
    node = Arg(base) if isinstance(base, str) else base
    where = (All() if isinstance(p, slice) else Pick(IndexNumber(p) if isinstance(p, str) else p) for p in picks)
    return Access(node, tuple(where))


def total(index: Index, body: Node, how: str = "sum", where: Node | None = None) -> Reduce:
    return Reduce(how, index, body, where)


def function(
    name: str,
    arguments: tuple[Argument, ...],
    body: Node,
    indices: tuple[Index, ...] = (),
    result: str = "",
    **more: object,
) -> Function:
    kind = more.pop("type", None) or array(result)
    return Function(
        f"eq:{name}", f"eq:{name}", name, str(more.pop("symbol", name)), arguments, indices, body, kind, **more
    )  # type: ignore[arg-type]


I, J, K = IndexNumber("i"), IndexNumber("j"), IndexNumber("k")

attention = function(
    "Attention",
    (arg("Q", "n d_k"), arg("K", "m d_k"), arg("V", "m d_v")),
    MatMul(
        Along(
            "softmax", op("div", MatMul(Arg("Q"), Linear("transpose", (Arg("K"),))), op("sqrt", Size(dim("d_k")))), 1
        ),
        Arg("V"),
    ),
    result="n d_v",
)
softmax = function(
    "q",
    (arg("z", "n"), arg("T", default=1.0)),
    op(
        "div",
        op("exp", op("div", at("z", "i"), Arg("T"))),
        total(over("j", "n"), op("exp", op("div", at("z", "j"), Arg("T")))),
    ),
    (over("i", "n"),),
)
cosine = function(
    "sim",
    (arg("u", "d"), arg("v", "d")),
    op("div", MatMul(Arg("u"), Arg("v")), op("mul", Norm(Arg("u")), Norm(Arg("v")))),
)


def _sim(a: str, b: str) -> Node:
    return op("div", CallCompiled("eq:sim", (("u", at("z", a)), ("v", at("z", b)))), Arg("tau"))


nt_xent = function(
    "ell",
    (
        Argument("z", "z", ArrayType((Axis(Dim.of("N") * Dim.constant(2)), Axis(Dim.of("d"))))),
        arg("tau", domain="positive"),
    ),
    op(
        "neg",
        op(
            "log",
            op(
                "div",
                op("exp", _sim("i", "j")),
                Reduce(
                    "sum",
                    Index("k", "k", Range(Const(1), Size(Dim.of("N") * Dim.constant(2)))),
                    op("mul", op("indicator", op("ne", K, I)), op("exp", _sim("i", "k"))),
                ),
            ),
        ),
    ),
    tuple(Index(n, n, Range(Const(1), Size(Dim.of("N") * Dim.constant(2)))) for n in "ij"),
)
dpo_margin = op(
    "mul",
    Arg("beta"),
    op(
        "sub",
        op("log", op("div", Call("pi", (at("y_w", "s"), at("x", "s"))), Call("ref", (at("y_w", "s"), at("x", "s"))))),
        op("log", op("div", Call("pi", (at("y_l", "s"), at("x", "s"))), Call("ref", (at("y_l", "s"), at("x", "s"))))),
    ),
)
dpo = function(
    "L_DPO",
    (
        arg("x", "S"),
        arg("y_w", "S"),
        arg("y_l", "S"),
        callable_("pi", "", "", domain="positive"),
        callable_("ref", "", "", domain="positive"),
        arg("beta", default=0.1),
    ),
    op("neg", Reduce("mean", over("s", "S", True), op("log", op("sigmoid", dpo_margin)))),
)
huber = function(
    "L_delta",
    (arg("a"), arg("delta", default=1.5, domain="positive")),
    op(
        "where",
        op("le", op("abs", Arg("a")), Arg("delta")),
        op("mul", op("div", 1, 2), op("square", Arg("a"))),
        op("mul", Arg("delta"), op("sub", op("abs", Arg("a")), op("mul", op("div", 1, 2), Arg("delta")))),
    ),
)
returns = function(
    "G",
    (arg("r", "T"), arg("gamma", default=0.99)),
    Reduce(
        "sum",
        Index("k", "k", Range(IndexNumber("t"), Size(dim("T")))),
        op("mul", op("pow", Arg("gamma"), op("sub", K, IndexNumber("t"))), at("r", "k")),
    ),
    (over("t", "T"),),
)
cross_entropy = function(
    "CE",
    (arg("z", "n C"), arg("y", "n", "stored")),
    op(
        "neg",
        Reduce(
            "mean",
            over("i", "n"),
            op(
                "log",
                op(
                    "div",
                    op("exp", at("z", "i", at("y", "i"))),
                    total(over("c", "C"), op("exp", at("z", "i", "c"))),
                ),
            ),
        ),
    ),
)
lora = function(
    "h",
    (arg("W_0", "d k"), arg("B", "d r"), arg("A", "r k"), arg("x", "k"), arg("alpha")),
    op("add", MatMul(Arg("W_0"), Arg("x")), op("mul", op("div", Arg("alpha"), Size(dim("r"))), MatMul(MatMul(Arg("B"), Arg("A")), Arg("x")))),
    result="d",
)  # fmt: skip
schedule = function(
    "lrate",
    (arg("step_num", domain="positive"), arg("warmup", default=4000), arg("d_model", default=512)),
    op("mul", op("pow", Arg("d_model"), -0.5), op("min", op("pow", Arg("step_num"), -0.5), op("mul", Arg("step_num"), op("pow", Arg("warmup"), -1.5)))),
)  # fmt: skip
ALL = (attention, softmax, cosine, nt_xent, dpo, huber, returns, cross_entropy, lora, schedule)
__all__ = [n for n in dir() if not n.startswith("_")]
_unused = (
    Block,
    Build,
    ConcatOver,
    Expand,
    Filled,
    Gradient,
    Identity,
    Join,
    Let,
    LogDensity,
    Outer,
    Over,
    ReduceAxes,
    Slice,
    StopGradient,
    J,
)
