"""Code of installed libraries against small papers: what is written here in a few lines, a library packs and transposes."""

from pathlib import Path

import pytest
from test_check import checked as held
from typer.testing import CliRunner

from paperc.cli import app

HEAD = "\\documentclass{article}\n\\begin{document}\n\\section{Method}\n"
CELL = r"""
With the input $x_t \in \mathbb{R}^{d}$, the state $h_{t-1} \in \mathbb{R}^{n}$, matrices $W_u, W_k, W_o \in \mathbb{R}^{n \times d}$ and
$R_u, R_k, R_o \in \mathbb{R}^{n \times n}$ and biases $b_u, b_k, b_o, c_o \in \mathbb{R}^{n}$ the keep and the reset gate are
\begin{align}
u_t &= \sigma(W_u x_t + R_u h_{t-1} + b_u) \\
k_t &= \sigma(W_k x_t + R_k h_{t-1} + b_k) \\
h_t &= (1 - k_t) \odot \tanh(W_o x_t + u_t \odot (R_o h_{t-1} + c_o) + b_o) + k_t \odot h_{t-1}
\end{align}
where $\sigma$ is the logistic sigmoid.
"""
NORM = r"""
The features $x \in \mathbb{R}^{d}$ are normalised with the gain $g \in \mathbb{R}^{d}$ and the bias $b \in \mathbb{R}^{d}$:
\begin{equation}
y = \frac{x - \mu}{\sqrt{v}} \odot g + b, \quad \mu = \frac{1}{d} \sum_{i=1}^{d} x_i, \quad v = \frac{1}{d} \sum_{i=1}^{d} (x_i - \mu)^2 .
\end{equation}
"""
GATE = r"""
For $x \in \mathbb{R}^{d}$ and matrices $W, V \in \mathbb{R}^{d \times m}$, $U \in \mathbb{R}^{m \times d}$ the layer is
\begin{equation}
f(x) = \left( \frac{x W}{1 + \exp(-x W)} \odot x V \right) U .
\end{equation}
"""


@pytest.mark.parametrize(
    ("paper", "code", "words"),
    [
        (NORM, "torch.nn:LayerNorm", ["weight is g, bias is b", "eps = 0.0"]),
        (GATE, "transformers.models.llama.modeling_llama:LlamaMLP", ["gate_proj.weight is W", "transposed"]),
    ],
    ids=["norm", "gated layer"],
)
def test_a_library_is_the_paper(paper: str, code: str, words: list[str], tmp_path: Path) -> None:
    pytest.importorskip(code.split(".")[0])
    (tmp_path / "paper.tex").write_text(HEAD + paper + "\\end{document}\n")
    done = CliRunner().invoke(app, ["check", str(tmp_path / "paper.tex"), "--code", code])
    assert done.exit_code == 0, done.output
    assert "equals" in done.stdout
    for word in words:
        assert word in done.stdout


@pytest.mark.parametrize("code", ["torch.nn:NoSuchThing", "torch.nowhere:x", "torch.nn:Parameter"])
def test_what_an_installed_module_does_not_have_is_a_wrong_call(code: str, tmp_path: Path) -> None:
    (tmp_path / "paper.tex").write_text(HEAD + NORM + "\\end{document}\n")
    assert CliRunner().invoke(app, ["check", str(tmp_path / "paper.tex"), "--code", code]).exit_code == 2


def test_files_and_installed_modules_are_checked_together(tmp_path: Path) -> None:
    code = "import torch\n\ndef soften(scores, temp):\n    return torch.softmax(scores / temp, dim=-1)\n"
    found, status = held(tmp_path, code, "--code", "torch.nn:Tanh")
    assert (found["soften"]["verdict"], status) == ("equals", 0)
