"""The tables have no empty cell: each operation has a shape rule, a reference meaning, an emission and a test."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from samples import arg, function, op

from paperc.emit import equations, loops, rules
from paperc.emit.emitter import EMISSIONS
from paperc.ir import evaluate, inputs, legal, meanings, shapes
from paperc.ir.node import Node, Op

assert equations  # importing it registers the emissions

NODES = [node.__name__ for node in get_args(Node)]


def _names(table: object) -> set[str]:
    return {kind.__name__ for kind in table}  # type: ignore[attr-defined]


@pytest.mark.parametrize("node", NODES)
def test_every_node_has_shape_meaning_and_emission(node: str) -> None:
    assert node in _names(shapes._RULES)
    assert node in _names(evaluate.MEANINGS)
    assert node in _names(EMISSIONS)


@pytest.mark.parametrize("name", sorted(legal.OPERATIONS))
def test_every_operation(name: str) -> None:
    rule = legal.OPERATIONS[name]
    assert rule.means
    assert name in meanings.OPERATIONS
    assert name in rules.OPERATIONS or name in rules.SPECIAL
    assert all(d in legal.DOMAINS for d in rule.domains)
    rng = np.random.default_rng(0)
    assert all(np.shape(inputs.sample(d, (2,), rng)) == (2,) for d in rule.domains)


def test_the_other_tables() -> None:
    assert set(legal.LINEAR) == set(evaluate.LINEAR) == set(rules.LINEAR)
    assert set(legal.NORMS) == set(rules.NORMS) == set(loops.NORMS)
    assert set(legal.AXES_REDUCTIONS) == set(rules.REDUCTIONS) == set(loops.AXES)
    assert set(legal.REDUCTIONS) == set(rules.EMPTY)
    assert set(legal.ALONG) == set(evaluate.ALONG) == set(rules.ALONG) == set(loops.ALONG)
    assert set(legal.FAMILIES) == set(meanings.DENSITIES)
    assert {(f, p.names) for f, rule in legal.FAMILIES.items() for p in rule.forms} == set(rules.DISTRIBUTIONS)
    assert set(legal.GRADIENTS) == set(rules.GRADIENTS)
    for rule in legal.FAMILIES.values():
        assert rule.value in legal.DOMAINS
        assert all(d in legal.DOMAINS for form in rule.forms for d in form.domains)


@pytest.mark.parametrize("name", sorted(legal.OPERATIONS))
def test_high_precision_means_the_same(name: str) -> None:
    """Each formula is written once for doubles and for mpmath."""
    pytest.importorskip("mpmath")
    rule = legal.OPERATIONS[name]
    count = rule.most or 3
    rng = np.random.default_rng(3)
    domains = [rule.domains[min(k, len(rule.domains) - 1)] for k in range(count)]
    if name == "binomial":
        domains = ["large integer", "small integer"]
    names = "xyz"[:count]
    given = {n: inputs.sample(d, (3,), rng) for n, d in zip(names, domains)}
    from samples import Arg

    f = function("f", tuple(arg(n, "n") for n in names), Op(name, tuple(Arg(n) for n in names)), result="n")
    low = np.asarray(evaluate.evaluate(f, given), dtype=float)
    high = np.asarray(evaluate.evaluate(f, given, lib=meanings.high(30)), dtype=float)
    np.testing.assert_allclose(low, high, rtol=1e-12, atol=1e-13)


def test_there_is_no_operation_without_a_name() -> None:
    with pytest.raises(shapes.IllegalIR, match="there is no operation frobnicate"):
        shapes.check(function("f", (arg("x"),), op("frobnicate", 1)))
