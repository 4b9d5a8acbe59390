"""Every operation of the tables, as scalars, as whole arrays and over indices: emitted code equals the slow evaluator."""

from __future__ import annotations

import pytest
from agree import agree
from samples import Const, Function, Norm, arg, array, at, axes, function, op, over

from paperc.ir import legal
from paperc.ir.node import Along, Arg, Argument, ArrayType, Linear, LogDensity, Node, Op, ReduceAxes, Sort

SORTS: dict[str, Sort] = {
    "boolean": "boolean",
    "integer": "integer",
    "positive integer": "integer",
    "binary": "integer",
}


def _sort(domain: str) -> Sort:
    return SORTS.get(domain, "real")


def _operands(name: str) -> list[str]:
    rule = legal.OPERATIONS[name]
    count = rule.most or 3
    return [rule.domains[min(k, len(rule.domains) - 1)] for k in range(count)]


def _result(name: str) -> Sort:
    rule = legal.OPERATIONS[name].result
    return "real" if rule == "join" else rule


def _argument(name: str, shape: str, domain: str) -> Argument:
    return arg(name, shape, _sort(domain), domain=domain)


@pytest.mark.parametrize("name", sorted(legal.OPERATIONS))
def test_elementwise(name: str) -> None:
    domains = _operands(name)
    names = "xyz"[: len(domains)]
    scalar = function(
        "scalar", tuple(_argument(n, "", d) for n, d in zip(names, domains)), Op(name, tuple(Arg(n) for n in names))
    )
    whole = function(
        "whole",
        (*(_argument(n, "n m", d) for n, d in zip(names, domains)), arg("w", "k")),
        Op(name, tuple(Arg(n) for n in names)),
        type=ArrayType(axes("n m"), _result(name)),
    )
    mixed_shapes = ["n", "m", ""][: len(domains)]
    picks = [at("x", "i"), at("y", "j"), Arg("z")][: len(domains)]
    indices = (over("i", "n"), over("j", "m"))[: min(2, len(domains))]
    mixed = function(
        "mixed",
        (*(_argument(n, s, d) for n, s, d in zip(names, mixed_shapes, domains)), arg("w", "k")),
        Op(name, tuple(picks)),
        indices,
    )
    agree(scalar, whole, mixed)


@pytest.mark.parametrize("name", sorted(legal.LINEAR))
def test_linear(name: str) -> None:
    rule = legal.LINEAR[name]
    if name == "cross":
        shapes = ["3", "3"]
    else:
        shapes = list(rule.takes)
    domains = [rule.domains[min(k, len(rule.domains) - 1)] for k in range(len(shapes))]
    names = "ABC"[: len(shapes)]
    args: list[Node] = [Arg(n) for n in names]
    arguments = [arg(n, s, domain=d) for n, s, d in zip(names, shapes, domains)]
    if name == "matrix_power":
        args[1], arguments = Const(3), arguments[:1]
    from paperc.ir.shapes import Scope, type_of

    body = Linear(name, tuple(args))
    kind = type_of(body, Scope({a.name: a.type for a in arguments}))
    if name == "matrix_sqrt":
        pytest.skip("refused by emission")
    agree(function("f", tuple(arguments), body, type=kind))


@pytest.mark.parametrize("kind", sorted(legal.NORMS))
@pytest.mark.parametrize("shape", ["n", "n m"])
def test_norm(kind: str, shape: str) -> None:
    if kind in ("nuclear", "spectral") and shape == "n":
        return
    p = Arg("p") if kind == "p" else None
    extra = (arg("p", domain="above one"),) if p else ()
    agree(
        function("f", (arg("x", shape), *extra), Norm(Arg("x"), kind, p)),
        function("g", (arg("y", f"k {shape}"), *extra), Norm(at("y", "i"), kind, p), (over("i", "k"),)),
    )


@pytest.mark.parametrize("name", sorted(legal.AXES_REDUCTIONS))
@pytest.mark.parametrize("keep", [False, True])
def test_reduction_of_axes(name: str, keep: bool) -> None:
    sort: Sort = "boolean" if name in ("any", "all") else "real"
    out: list[Function] = []
    for which in ((0,), (1,), (0, 1)):
        if name.startswith("arg") and len(which) > 1:
            continue
        body = ReduceAxes(name, Arg("x"), which, keep)
        kept = " ".join(("1" if k in which else "nm"[k]) for k in (0, 1) if keep or k not in which)
        result = "boolean" if sort == "boolean" else "stored" if name.startswith("arg") else "real"
        out.append(function(f"f{len(out)}", (arg("x", "n m", sort),), body, type=array(kept, result)))  # type: ignore[arg-type]
    agree(*out)


@pytest.mark.parametrize("name", sorted(legal.REDUCTIONS))
def test_reduction_over_an_index(name: str) -> None:
    from samples import I, J, Reduce

    sort: Sort = "boolean" if name in ("any", "all") else "real"
    result = "boolean" if sort == "boolean" else "stored" if name.startswith("arg") else "real"
    x = arg("x", "n m", sort)
    kind = array("", result)  # type: ignore[arg-type]
    plain = function("plain", (x,), Reduce(name, over("j", "m"), at("x", "i", "j")), (over("i", "n"),), type=kind)
    where = function(
        "where_", (x,), Reduce(name, over("j", "m"), at("x", "i", "j"), op("ne", J, I)), (over("i", "n"),), type=kind
    )
    own = function("own", (x,), Reduce(name, over("i", "n"), at("x", "i")), type=array("m", result))  # type: ignore[arg-type]
    agree(plain, where, own)


@pytest.mark.parametrize("name", sorted(legal.ALONG))
def test_along(name: str) -> None:
    agree(
        *(function(f"f{k}", (arg("x", "n m"),), Along(name, Arg("x"), k), result="n m") for k in (0, 1)),
        function("g", (arg("x", "n m"),), Along(name, at("x", "i"), 0), (over("i", "n"),), result="m"),
    )


CASES = [(family, form) for family in sorted(legal.FAMILIES) for form in legal.FAMILIES[family].forms]


@pytest.mark.parametrize(("family", "form"), CASES, ids=[f"{a}-{'-'.join(b.names)}" for a, b in CASES])
def test_log_density(family: str, form: legal.Parameters) -> None:
    rule = legal.FAMILIES[family]
    vector = family in ("categorical", "dirichlet", "multinomial") or "covariance" in form.names

    def shape(name: str) -> str:
        if name == "covariance":
            return "n n"
        return "n" if vector and name not in ("total",) else ""

    value_shape = "n" if rule.event or "covariance" in form.names else ""
    sort: Sort = "stored" if rule.value == "stored" else "real"
    if family == "multinomial":
        pytest.skip("the total must be the sum of the counts")
    value = arg("x", value_shape, sort, domain="" if sort == "stored" else rule.value)
    parameters = tuple(arg(n, shape(n), domain=d) for n, d in zip(form.names, form.domains))
    density = LogDensity(family, Arg("x"), tuple((n, Arg(n)) for n in form.names))
    agree(function("f", (value, *parameters), density))
    if not vector:
        many = LogDensity(family, at("x", "i"), tuple((n, at(n, "j")) for n in form.names))
        arguments = (
            arg("x", "n", sort, domain=rule.value),
            *(arg(n, "m", domain=d) for n, d in zip(form.names, form.domains)),
        )
        agree(function("g", arguments, many, (over("i", "n"), over("j", "m"))))
