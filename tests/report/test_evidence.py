"""evidence.json: the keys that other tools rely on, one status an equation, and nothing that JSON cannot say."""

import json
from dataclasses import replace

import pytest
from small_paper import gate_function

from paperc.errors import Diagnostic
from paperc.ir.dims import Dim
from paperc.ir.node import Const, Index, Range, Size
from paperc.report.changes import changes
from paperc.report.entries import equation_entries
from paperc.report.evidence import evidence_json, result_shape
from paperc.report.html import report_html
from paperc.report.readme import readme
from paperc.report.record import BuildRecord
from paperc.report.summary import summary
from paperc.verify.record import Check, Trial, Verdict, Verification

KEYS = "paper equations algorithms claims choices gaps mutation references"
EQUATION = "id number label span latex kind status function functions checks gaps"


def test_has_the_keys_of_the_contract(record: BuildRecord) -> None:
    found = evidence_json(record)
    assert set(KEYS.split()) <= set(found)
    assert set(found["paper"]) >= {"title", "source", "sha256", "paperc"}
    for equation in found["equations"]:
        assert set(EQUATION.split()) <= set(equation)
        assert set(equation["span"]) >= {"file", "line"}
    (claim,) = found["claims"]
    assert set(claim) >= {"id", "what", "value", "quote", "span", "section"}
    assert set(found["gaps"][0]) >= {"id", "what", "why", "needs", "span"}
    assert found["mutation"] == {"tried": 10, "killed": 9, "survivors": ["eq:1: scale dropped"]}
    assert found["references"][0]["kind"] == "official code"


def test_a_trial_on_small_data_reproduces_nothing(record: BuildRecord) -> None:
    """The reported number keeps its quote and stays "not measured"; the trial stands beside it."""
    trial = Trial("digits", "ours", "accuracy", True, "the gate", (0, 1)).ran((0.9, 0.8), (0.5, 0.6), (0.1, 0.5))
    assert record.verification is not None
    tried = replace(record, verification=replace(record.verification, trials=(trial,)))
    found = evidence_json(tried)
    (row,) = found["reproduction"]
    assert (row["method"], row["claimed"], row["number"], row["quote"]) == ("Gated sum", "9.8", 9.8, "9.8")
    assert (row["measured"], row["protocol"], row["verdict"]) == ("not measured", "", "not reproduced")
    assert row["why"] == "no network was emitted that could be trained"
    assert found["trials"][0]["interval"] == [0.1, 0.5]
    assert found["trials"][0]["is_reproduction"] is False
    said = "mean paired difference +0.300, 95 % interval [+0.100, +0.500] over 2 seeds: helps."
    assert said in report_html(tried)
    assert said.replace("[", r"\[").replace("]", r"\]") in readme(tried)
    assert "**0 of 1 reported numbers reproduced.**" in readme(tried)
    files = {**record.files, "gated_sums/model.py": "", "train.py": ""}
    (row,) = evidence_json(replace(tried, files=files))["reproduction"]
    assert row["why"] == "the emitted network was not trained on the paper's data with the paper's protocol"


def test_a_function_tells_how_to_call_it(record: BuildRecord) -> None:
    function = evidence_json(record)["equations"][0]["function"]
    assert (function["module"], function["name"]) == ("gated_sums.equations", "gate")
    assert [a["name"] for a in function["arguments"]] == ["x", "W", "tau", "f"]
    assert function["arguments"][1] == {
        "name": "W",
        "symbol": "W",
        "role": "learnable",
        "shape": ["n", "d"],
        "default": None,
        "sort": "real",
    }
    assert function["arguments"][2]["default"] == 0.5
    assert function["arguments"][3]["shape"] is None
    assert function["returns"] == {"shape": ["n"]}


def test_statuses_and_kinds(record: BuildRecord) -> None:
    found = evidence_json(record)["equations"]
    assert [(e["number"], e["kind"], e["status"]) for e in found] == [
        ("1", "definition", "corroborated"),
        ("2", "identity", "parsed"),
        ("3", "objective", "parsed"),
    ]
    assert [e["gaps"] for e in found] == [[], [], ["G1"]]
    assert [len(e["checks"]) for e in found] == [3, 1, 0]


def test_without_verification_nothing_goes_beyond_typed(unverified: BuildRecord) -> None:
    """ "status is the highest step reached": code that nobody ran has been typed and no more."""
    assert [e.status for e in equation_entries(unverified)] == ["typed", "parsed", "parsed"]
    assert summary(unverified).sentence == "1 of 3 equations and algorithms compiled, not verified, 1 gap"


def test_several_statements_share_the_lowest_status(record: BuildRecord) -> None:
    second = replace(gate_function(), id="eq:1.2", name="gate_2")
    verdicts = {"eq:1": Verdict("eq:1", "corroborated"), "eq:1.2": Verdict("eq:1.2", "runs")}
    both = replace(record, functions=(gate_function(), second), verification=Verification(verdicts))
    entry = evidence_json(both)["equations"][0]
    assert entry["status"] == "runs"
    assert [f["status"] for f in entry["functions"]] == ["corroborated", "runs"]
    assert [f["name"] for f in entry["functions"]] == ["gate", "gate_2"] and entry["function"] == entry["functions"][0]
    one_verdict = replace(both, verification=Verification({"eq:1": Verdict("eq:1", "corroborated")}))
    assert evidence_json(one_verdict)["equations"][0]["status"] == "typed"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_is_strict_json(record: BuildRecord, value: float) -> None:
    check = Check("conforms", False, value, 1e-9, "evaluator")
    bad = replace(record, verification=Verification({"eq:1": Verdict("eq:1", "runs", (check,))}))
    text = json.dumps(evidence_json(bad), allow_nan=False)
    assert json.loads(text)["equations"][0]["checks"][0]["observed"] == str(value)


def test_same_record_same_bytes(record: BuildRecord) -> None:
    assert json.dumps(evidence_json(record)) == json.dumps(evidence_json(record))


def test_a_diagnostic_stands_once_and_at_its_equation(record: BuildRecord) -> None:
    found = evidence_json(
        replace(record, diagnostics=(*record.diagnostics, *record.diagnostics, Diagnostic("x", "no place")))
    )
    assert [d["code"] for d in found["diagnostics"]] == ["undefined-symbol", "x"]
    assert [len(e["diagnostics"]) for e in found["equations"]] == [0, 0, 1]


def test_extents_of_indices() -> None:
    function = gate_function()
    known = replace(function, indices=(Index("t", "t", Range(Const(1), Size(Dim.of("T")))),))
    assert result_shape(known) == ["T"]
    unknown = replace(function, indices=(Index("t", "t", Range(Const(1), known.body)),))
    assert result_shape(unknown) == ["?"]


def test_changes_between_builds(record: BuildRecord, unverified: BuildRecord) -> None:
    """ "A rebuild … shows what changed." """
    before, after = evidence_json(unverified), evidence_json(record)
    assert changes(before, before) == []
    assert changes(before, after) == ["eq:1 (1): typed → corroborated"]
    other = replace(record.choices[0], value="inputs")
    moved = evidence_json(replace(record, choices=(other,), gaps=(), functions=()))
    assert changes(after, moved) == [
        "choice eq:1.axis: outputs → inputs",
        "eq:1 (1): functions gate → none",
        "gap resolved: the distance d of Eq. (3)",
    ]


@pytest.mark.parametrize("old", [{}, {"equations": 3, "choices": [1, None], "paper": None, "gaps": [{}]}])
def test_changes_cope_with_foreign_records(record: BuildRecord, old: dict[str, object]) -> None:
    assert "the paper's source" in changes(old, evidence_json(record))
