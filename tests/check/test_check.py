"""Code against a small paper, from the file to the verdict."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperc.cli import app

PAPER = r"""
\documentclass{article}
\title{Weights}
\begin{document}
\maketitle
\section{Method}
The scores $z \in \mathbb{R}^{n}$ become weights at the temperature $\tau > 0$,
\begin{equation}\label{eq:weights}
p_i = \frac{\exp(z_i / \tau)}{\sum_{j=1}^{n} \exp(z_j / \tau)} .
\end{equation}
With a matrix $W \in \mathbb{R}^{m \times n}$, a bias $b \in \mathbb{R}^{m}$ and $x \in \mathbb{R}^{n}$ the layer is
\begin{equation}\label{eq:layer}
h = \tanh(W x + b) .
\end{equation}
\end{document}
"""
CODE = '''
import torch
import torch.nn.functional as F
from torch import nn

def soften(scores, temp):
    return torch.softmax(scores / temp, dim=-1)

def cold(z, tau):
    """Eq. (1)."""
    return torch.softmax(z * tau, dim=-1)

class Layer(nn.Module):
    """Eq. (2), for a batch."""
    def __init__(self, n_in, n_out):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
    def forward(self, batch):
        assert batch.dim() == 2
        return torch.tanh(self.linear(batch))

def ends(z, tau):
    """Eq. (1)."""
    raise SystemExit("gone")

def unrelated(text):
    return len(text)
'''


def checked(folder: Path, code: str, *more: str) -> tuple[dict[str, dict[str, object]], int]:
    (folder / "paper.tex").write_text(PAPER)
    (folder / "code.py").write_text(code)
    command = ["check", str(folder / "paper.tex"), "--code", str(folder / "code.py"), "--json", *more]
    done = CliRunner().invoke(app, command)
    said = json.loads(done.stdout)
    return {f["code"].split(".")[-1]: f for f in said["findings"]}, done.exit_code


def test_verdicts(tmp_path: Path) -> None:
    found, code = checked(tmp_path, CODE)
    assert code == 1
    assert found["cold"]["verdict"] == "differs"
    assert found["cold"]["operators"] == ["scale inverted"]
    assert found["cold"]["counterexample"]
    assert found["Layer"]["verdict"] == "equals", found["Layer"]
    assert found["Layer"]["bound_by"] == "mention"
    assert found["ends"]["verdict"] == "not run"
    assert "SystemExit" in str(found["ends"]["error"])
    assert "unrelated" not in found


def test_a_proposal_shows_its_evidence_and_counts(tmp_path: Path) -> None:
    text = CODE[: CODE.index("def cold")]
    found, code = checked(tmp_path, text)
    assert code == 0
    assert found["soften"]["bound_by"] == "behaviour"
    assert "random inputs" in str(found["soften"]["evidence"])


def test_a_map_names_functions_and_arguments(tmp_path: Path) -> None:
    code = "import torch\n\ndef f(a, c):\n    return torch.softmax(c / a, dim=-1)\n"
    path = tmp_path / "map.toml"
    path.write_text('[bind]\n"eq:weights" = { function = "f", arguments = { z = "c", tau = "a" } }\n')
    found, status = checked(tmp_path, code, "--map", str(path))
    assert (found["f"]["verdict"], found["f"]["bound_by"], status) == ("equals", "map", 0)


def test_exchanged_arguments_are_a_fault_where_their_names_are_the_papers(tmp_path: Path) -> None:
    code = 'import torch\n\ndef f(W, x, b):\n    """Eq. (2)."""\n    return torch.tanh(W @ b[: x.numel()].new_zeros(x.numel()) + b)\n'
    found, status = checked(tmp_path, code)
    assert (found["f"]["verdict"], status) == ("differs", 1)


@pytest.mark.parametrize(
    ("code", "map_text"),
    [
        ("x = 1\n", None),
        ("def f(:\n", None),
        (CODE, '[bind]\n"eq:none" = "soften"\n'),
        (CODE, '[bind]\n"eq:weights" = "soffen"\n'),
    ],
)
def test_a_wrong_call_ends_with_two(tmp_path: Path, code: str, map_text: str | None) -> None:
    (tmp_path / "paper.tex").write_text(PAPER)
    (tmp_path / "code.py").write_text(code)
    command = ["check", str(tmp_path / "paper.tex"), "--code", str(tmp_path / "code.py")]
    if map_text is not None:
        (tmp_path / "map.toml").write_text(map_text)
        command += ["--map", str(tmp_path / "map.toml")]
    assert CliRunner().invoke(app, command).exit_code == 2


def test_nothing_bound_is_no_success(tmp_path: Path) -> None:
    found, status = checked(tmp_path, "def unrelated(text):\n    return len(text)\n")
    assert (found, status) == ({}, 1)


def test_code_that_cannot_be_imported_or_loops_is_a_verdict_and_no_traceback(tmp_path: Path) -> None:
    code = 'import no_such_module\n\ndef f(z, tau):\n    """Eq. (1)."""\n    return z\n'
    found, status = checked(tmp_path, code)
    assert (found["f"]["verdict"], status) == ("not run", 1)
    assert "no_such_module" in str(found["f"]["error"])
