"""Code with the equation's values and other gradients."""

from pathlib import Path

import pytest
import test_check
from test_check import checked as held

PAPER = r"""
\documentclass{article}
\begin{document}
\section{Method}
With the prediction $p \in \mathbb{R}^{n}$, the projection $z \in \mathbb{R}^{n}$ and the stop-gradient operator $\mathrm{sg}$, we minimise
\begin{equation}
\mathcal{L} = \frac{1}{n} \sum_{i=1}^{n} (p_i - \mathrm{sg}(z_i))^2 .
\end{equation}
For $x \in \mathbb{R}^{n}$ and a matrix $W \in \mathbb{R}^{m \times n}$ the gate is
\begin{equation}
g = \tanh(W x) .
\end{equation}
\end{document}
"""
CODE = '''
import torch
from torch import nn

def loss(p, z):
    """Eq. (1)."""
    return ((p - z.detach()) ** 2).mean()

def leaking(p, z):
    """Eq. (1)."""
    return ((p - z) ** 2).mean()

class Gate(nn.Module):
    """Eq. (2), for a batch."""
    def __init__(self, n, m):
        super().__init__()
        self.linear = nn.Linear(n, m, bias=False)
    def forward(self, x):
        return torch.tanh(self.linear(x))

class Frozen(nn.Module):
    """Eq. (2)."""
    def __init__(self, n, m):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(m, n))
    def forward(self, x):
        return torch.tanh(self.weight.detach() @ x)

@torch.no_grad()
def measured(x, W):
    """Eq. (2)."""
    return torch.tanh(W @ x)
'''


def test_gradients_are_compared_by_every_argument_and_parameter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(test_check, "PAPER", PAPER)
    found, status = held(tmp_path, CODE)
    assert status == 1
    said = {n: (f["verdict"], f["operators"]) for n, f in found.items()}
    assert said["loss"] == ("equals", [])
    assert said["Gate"] == ("equals", [])
    assert said["leaking"] == ("differs", ["stop-gradient missing"])
    assert said["Frozen"] == ("differs", ["detached"])
    assert found["Frozen"]["causes"] == ["W is detached"]
    assert [s[0] for s in found["Frozen"]["slopes"]] == ["W"]  # type: ignore[attr-defined, union-attr]
    assert said["measured"] == ("equals", [])  # a value can be computed without gradients
    assert "no gradient flows through it" in found["measured"]["notes"]  # type: ignore[operator]
