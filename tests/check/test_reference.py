"""The emitted model against torch.nn's and somebody's own modules."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperc.cli import app

PAPER = Path(__file__).parents[2] / "examples" / "attention" / "paper.tex"
PRE_NORM = """
from torch import nn

class DecoderLayer(nn.TransformerDecoderLayer):
    def __init__(self, d_model, nhead, dim_feedforward, dropout, batch_first):
        super().__init__(d_model, nhead, dim_feedforward, dropout, batch_first=True, norm_first=True)
"""


def compared(reference: str) -> tuple[dict[str, object], int]:
    done = CliRunner().invoke(app, ["check", str(PAPER), "--reference", reference, "--json"])
    return json.loads(done.stdout or "{}"), done.exit_code


@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "TransformerDecoderLayer"])
def test_the_emitted_layer_is_that_of_torch(name: str) -> None:
    found, status = compared(f"torch.nn:{name}")
    assert (found["passed"], found["diverges"], status) == (True, None, 0)
    steps = {s["ours"]: s["theirs"] for s in found["steps"]}  # type: ignore[attr-defined]
    assert steps["feed_forward.W_1"] == "linear1" and steps["self_attention"] == "self_attn"


def test_the_first_difference_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PRE_NORM)
    found, status = compared(f"{tmp_path / 'mine.py'}:DecoderLayer")
    assert (found["passed"], status) == (False, 1)
    assert str(found["diverges"]["ours"]).startswith("self_attention")  # type: ignore[index]


@pytest.mark.parametrize("reference", ["torch.nn:NoSuch", "torch.nn:Softplus", "nowhere.py:Layer", "torch.nn"])
def test_a_reference_that_cannot_be_held_is_a_wrong_call(reference: str) -> None:
    assert compared(reference)[1] == 2
