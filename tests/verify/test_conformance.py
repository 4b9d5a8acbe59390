"""Emitted code against the slow evaluator in the sandbox: right code conforms, wrong or hostile code does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import samples
from samples import Arg, StopGradient, arg, at, callable_, function, op, over, total

from paperc.emit.equations import emit_equations
from paperc.ir.node import CallCompiled, Function, LogDensity
from paperc.verify.cases import error_of, prepare
from paperc.verify.conformance import verify_functions
from paperc.verify.execute import CallSpec, run_calls
from paperc.verify.mutants import OPERATORS, mutants
from paperc.verify.mutation import mutate_functions
from paperc.verify.oracles import ORACLES
from paperc.verify.properties import verify_properties
from paperc.verify.record import Verdict
from paperc.verify.sandbox import SandboxError

SMALL = ((0, 0), (1, 1))


def verdicts(folder: Path, functions: Sequence[Function], text: str | None = None) -> dict[str, Verdict]:
    (folder / "equations.py").write_text(text if text is not None else emit_equations(functions).text)
    try:
        return verify_functions(folder, functions, rounds=SMALL, seconds=60)
    except SandboxError as problem:
        pytest.skip(str(problem))


def test_right_code_conforms_and_known_operations_are_recognised(tmp_path: Path) -> None:
    found = verdicts(tmp_path, samples.ALL)
    status = {id.removeprefix("eq:"): v.status for id, v in found.items()}
    assert status == {
        "Attention": "corroborated",
        "q": "corroborated",
        "sim": "corroborated",
        "ell": "conforms",
        "L_DPO": "conforms",
        "L_delta": "corroborated",
        "G": "conforms",
        "CE": "corroborated",
        "h": "conforms",
        "lrate": "conforms",
    }
    for verdict in found.values():
        assert all(c.passed for c in verdict.checks)
        assert all(c.sandbox.startswith("landlock") for c in verdict.checks)


WEIGHTS = function("weights", samples.attention.arguments[:2], samples.attention.body.left, result="n m")  # type: ignore[union-attr]
FAULTS = [
    ("a missing scale", "/ math.sqrt(d_k)", ""),
    ("the wrong axis", "dim=-1", "dim=-2"),
    ("another constant", "math.sqrt(d_k)", "(math.sqrt(d_k) + 1e-6)"),
    ("a detached factor", "Q @", "Q.detach() @"),
    ("single precision", "Q @", "Q.float().double() @"),
    ("an error", "return", "raise ValueError('no') #"),
]


@pytest.mark.parametrize(("old", "new"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_wrong_code_does_not_conform(old: str, new: str, tmp_path: Path) -> None:
    text = emit_equations([WEIGHTS]).text
    assert old in text
    verdict = verdicts(tmp_path, [WEIGHTS], text.replace(old, new))["eq:weights"]
    assert verdict.status in ("typed", "runs")
    assert any(not c.passed for c in verdict.checks)


HOSTILE = [
    "import os; os._exit(0)",
    "import sys; sys.exit(3)",
    "while True: pass",
    "x = bytearray(1 << 40)",
    "open('result.json', 'w').write('[]'); import os; os._exit(0)",
    "import pickle, os; open('result.npz', 'wb').write(pickle.dumps(os.getcwd)); os._exit(0)",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_hostile_code_is_only_a_failed_call(line: str, tmp_path: Path) -> None:
    (tmp_path / "equations.py").write_text(f"def f(x):\n    {line}\n    return x\n")
    call = CallSpec("f", "equations", "f", {"x": np.ones(2)})
    try:
        run = run_calls(tmp_path, [call], seconds=2)
    except SandboxError as problem:
        pytest.skip(str(problem))
    assert run.outcomes["f"].error


def test_one_function_that_ends_the_process_takes_no_other_with_it(tmp_path: Path) -> None:
    text = emit_equations([samples.attention, samples.softmax]).text
    text = text.replace(
        "    return torch.softmax(z / T", "    import os\n    os._exit(1)\n    return torch.softmax(z / T"
    )
    found = verdicts(tmp_path, [samples.attention, samples.softmax], text)
    assert found["eq:Attention"].status == "corroborated"
    assert found["eq:q"].status == "typed"


def test_a_stopped_gradient_is_checked_too(tmp_path: Path) -> None:
    body = total(over("i", "n"), op("square", op("sub", at("x", "i"), StopGradient(at("y", "i")))))
    f = function("commit", (arg("x", "n"), arg("y", "n")), body)
    text = emit_equations([f]).text
    assert verdicts(tmp_path, [f])["eq:commit"].status in ("conforms", "corroborated")
    missing = verdicts(tmp_path, [f], text.replace(".detach()", ""))["eq:commit"]
    assert missing.status == "runs"
    assert [c.name for c in missing.checks if not c.passed] == ["gradient"]


@pytest.mark.parametrize("name", ["f", "g", "h", "rate", "loss"])  # draws depend on the function's name
def test_a_number_reaches_both_sides_of_a_condition(name: str) -> None:
    """A single x and a threshold of either side of it: with a value and a slope of each piece."""
    body = op("where", op("gt", Arg("x"), Arg("t")), op("square", Arg("x")), op("mul", 3, Arg("x")))
    f = function(name, (arg("x"), arg("t")), body)
    cases = prepare(f, {f.id: f}).cases
    for above in (True, False):
        reached = [c for c in cases if (c.arguments["x"] > c.arguments["t"]) == above]
        assert reached
        assert any(c.slope is not None for c in reached)
    smooth = function(name, (arg("x"), arg("t")), op("mul", Arg("x"), Arg("t")))
    assert not [c for c in prepare(smooth, {smooth.id: smooth}).cases if c.side]


def test_inputs_are_found_where_the_formula_is_defined() -> None:
    f = function("f", (arg("x", "n"), callable_("p", "")), total(over("i", "n"), op("log", op("sub", 1, at("x", "i")))))
    prepared = prepare(f, {f.id: f})
    assert len({c.round for c in prepared.cases}) >= 2
    never = function("g", (arg("x"),), op("log", op("neg", op("square", Arg("x")))))
    assert prepare(never, {never.id: never}).problem == "no inputs were found on which the formula is finite"


@pytest.mark.parametrize(
    ("got", "expected", "error"),
    [
        (np.ones(2), np.ones(3), "shape (2,), expected (3,)"),
        (np.array([np.nan]), np.array([1.0]), "not finite where the formula is"),
        (np.array([1.0 + 1e-12]), np.array([1.0]), 1e-12),
    ],
)
def test_errors(got: object, expected: object, error: float | str) -> None:
    found = error_of(got, expected, 1e-9)
    assert found == (error if isinstance(error, str) else pytest.approx(error, rel=1e-2))


# --- mutation -------------------------------------------------------------------------------------------


def test_planted_faults_are_caught(tmp_path: Path) -> None:
    chosen = [WEIGHTS, samples.huber, samples.returns]
    (tmp_path / "equations.py").write_text(emit_equations(chosen).text)
    try:
        found = mutate_functions(tmp_path, chosen, limit=30)
    except SandboxError as problem:
        pytest.skip(str(problem))
    for survey in found.values():
        assert survey.tried >= 10
        assert survey.killed == survey.tried, survey.record.survivors


def test_each_operator_has_something_to_change() -> None:
    text = """
def f(x, y, g, n):
    i = torch.arange(1, n + 1)
    a = torch.sqrt(x + 1e-5) + torch.linalg.vector_norm(y, dim=-1) ** 2 - x.var(-1, correction=0)
    b = torch.where(i < 2, torch.tanh(x[..., 1:]), y.clamp(min=0.5)).sum(-1) * -g(x, y)
    return torch.einsum("ij,jk->ik", a, b.mT) @ y.detach() / 2
"""
    seen = {m.operator for m in mutants(text, "f")}
    assert seen == set(OPERATORS) and len(OPERATORS) >= 15


def test_mutants_differ_and_keep_their_line() -> None:
    text = "def f(x):\n    return x - 1\n"
    found = mutants(text, "f")
    assert len({m.source for m in found}) == len(found)
    assert {m.line for m in found} == {2}


# --- properties -----------------------------------------------------------------------------------------


class Claim:
    def __init__(self, relation: str, left: Function, right: Function) -> None:
        self.id, self.equation, self.relation, self.left, self.right = "eq:9", "eq:9", relation, left, right


X = (arg("x", "n"),)
SUM_OF_SQUARES = total(over("i", "n"), op("square", at("x", "i")))


@pytest.mark.parametrize(
    ("relation", "right", "outcome"),
    [
        ("=", op("mul", 2, op("div", SUM_OF_SQUARES, 2)), True),
        ("=", op("mul", 2, SUM_OF_SQUARES), False),
        ("≥", op("neg", SUM_OF_SQUARES), True),
        ("≤", op("neg", SUM_OF_SQUARES), None),
        ("=", op("sub", 3, 2), None),
    ],
    ids=["holds", "fails", "bound holds", "bound fails", "a condition, not an identity"],
)
def test_properties(relation: str, right: object, outcome: bool | None) -> None:
    left = function("left", X, SUM_OF_SQUARES)
    claim = Claim(relation, left, replace(left, body=right))  # type: ignore[arg-type]
    checks = verify_properties([claim], [])["eq:9"].checks  # type: ignore[list-item]
    assert [c.passed for c in checks] == ([] if outcome is None else [outcome])


def test_oracles_have_distinct_signatures_and_names() -> None:
    keys = [(o.name, o.takes) for o in ORACLES]
    assert len(set(keys)) == len(keys) >= 60


def test_a_covariance_is_drawn_positive_definite_also_behind_a_call() -> None:
    """The density of a vector is defined for a symmetric positive covariance only, whoever passes it on."""
    density = function(
        "p",
        (arg("x", "d"), arg("m", "d"), arg("S", "d d")),
        LogDensity("normal", Arg("x"), (("mean", Arg("m")), ("covariance", Arg("S")))),
    )
    caller = function(
        "q",
        (arg("x", "d"), arg("m", "d"), arg("C", "d d"), arg("w"), arg("v")),
        op(
            "mul",
            op("add", Arg("w"), Arg("v")),
            CallCompiled("eq:p", (("x", Arg("x")), ("m", Arg("m")), ("S", Arg("C")))),
        ),
    )
    prepared = prepare(caller, {f.id: f for f in (density, caller)}, SMALL, slopes=False)
    assert prepared.cases, prepared.problem
    for case in prepared.cases:
        np.linalg.cholesky(case.arguments["C"])
