"""Checks of the whole model: they pass on what is emitted, and a planted fault does not get past them."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from paperc.emit.model import emit_model
from paperc.spec.model import Claim, Value
from paperc.verify.model import printed_parameters, verify_model
from paperc.verify.record import Check

sys.path.insert(0, str(Path(__file__).parents[1] / "emit"))
from model_paper import Paper, paper, quote

ATTENTION = "F.scaled_dot_product_attention(Q, K, V, attn_mask=mask, dropout_p=dropout)"


def checked(made: Paper, folder: Path, *faults: tuple[str, str], overfit: bool = False) -> dict[str, Check]:
    """The checks by name, after replacing texts in the emitted model."""
    for path, source in emit_model(made.architecture, made.training, made.context).files.items():
        if path == "net/model.py":
            for old, new in faults:
                assert old in source
                source = source.replace(old, new)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(source)
    found = verify_model(folder, "net", made.architecture, tuple(made.claims.values()), overfit=overfit)
    assert all(c.sandbox for c in found)
    return {c.name: c for c in found}


def test_the_emitted_model_equals_torch_and_needs_its_attention(tmp_path: Path) -> None:
    checks = checked(Paper(), tmp_path, overfit=True)
    assert list(checks) == [
        "parameters", "runs", "save and load", "padding", "causality", "oracle: torch.nn.Transformer",
        "overfits one batch",
    ]  # fmt: skip
    assert all(c.passed for c in checks.values()), checks
    twin = checks["oracle: torch.nn.Transformer"]
    assert isinstance(twin.observed, float) and twin.observed <= 1e-9
    assert "against" in str(checks["overfits one batch"].observed)


@pytest.mark.parametrize(
    "name, oracle",
    [
        ("unshared_biased_rms", "torch.nn.Transformer"),
        ("gpt", "torch.nn.TransformerEncoder"),
        ("bert", "torch.nn.TransformerEncoder"),
        ("mlp", "torch.nn.Sequential"),
    ],
)
def test_other_families_have_their_twins(name: str, oracle: str, tmp_path: Path) -> None:
    checks = checked(paper(name), tmp_path)
    assert f"oracle: {oracle}" in checks
    assert all(c.passed for c in checks.values()), checks


def test_no_twin_is_claimed_where_torch_has_none(tmp_path: Path) -> None:
    assert not [name for name in checked(paper("llama"), tmp_path) if name.startswith("oracle")]


@pytest.mark.parametrize(
    "old, new, caught",
    [
        (" & causal_mask(target.shape[1], target.device)", "", {"causality", "oracle: torch.nn.Transformer"}),
        ("dropout_p=dropout)", "dropout_p=dropout, scale=1.0)", {"oracle: torch.nn.Transformer"}),
        (
            "self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))",
            "x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))",
            {"oracle: torch.nn.Transformer"},
        ),
        ("return (tokens != self.config.padding)", "return (tokens == tokens)", {"padding", "oracle: torch.nn.Transformer"}),
        ("self.output.weight = self.embedding.weight", "self.extra = nn.Linear(3, 3)", {"runs"}),
        ("self.cross_attention(x, memory, memory_mask)", "self.cross_attention(x, x, None)", {"causality", "runs"}),
    ],
    ids=["no mask", "no scale", "norm first", "padding seen", "dead parameter", "source unread"],
)  # fmt: skip
def test_a_planted_fault_is_caught(old: str, new: str, caught: set[str], tmp_path: Path) -> None:
    checks = checked(Paper(), tmp_path, (old, new))
    failed = {name for name, c in checks.items() if not c.passed}
    assert caught <= failed
    assert all(str(checks[name].observed) for name in failed)


def test_attention_that_does_nothing_does_not_pass_the_overfit_check(tmp_path: Path) -> None:
    fault = (f"return {ATTENTION}", f"return 0 * {ATTENTION}")
    assert not checked(Paper(), tmp_path, fault, overfit=True)["overfits one batch"].passed


@pytest.mark.parametrize(
    "source, seen",
    [("raise ValueError('broken')", "broken"), ("import os\nos._exit(3)", "no output"), ("x = (", "SyntaxError")],
)
def test_a_model_that_does_not_even_load_is_a_failed_check(source: str, seen: str, tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/model.py").write_text(source)
    (check,) = verify_model(tmp_path, "net", Paper().architecture)
    assert not check.passed and seen in str(check.observed)


def test_each_configuration_is_held_against_its_printed_size(tmp_path: Path) -> None:
    made = Paper()
    object.__setattr__(made.architecture, "variants", {"big": {"hidden size": Value(512), "number of heads": Value(8)}})
    for number, context in ((16_000_000, "base"), (39_000_000, "big model")):
        id = made.say("number of parameters", number, str(number)).claim
        made.claims[id] = replace(made.claims[id], context=context)
    checks = checked(made, tmp_path)
    assert not checks["parameters"].passed and "%" in str(checks["parameters"].observed)
    assert checks["parameters of big"].oracle == "printed: 39,000,000"


def test_nothing_to_check_without_a_model(tmp_path: Path) -> None:
    assert verify_model(tmp_path, "net", Paper().architecture) == ()


def test_the_printed_number_of_parameters_is_that_of_the_first_configuration() -> None:
    def claim(number: float, context: str) -> Claim:
        return Claim("C1", "architecture", "number of parameters", "", quote(""), number, context=context)

    assert printed_parameters([claim(65e6, "base"), claim(213e6, "big")]) == 65e6
    assert printed_parameters([]) is None
