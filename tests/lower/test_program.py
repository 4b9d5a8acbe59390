"""Algorithm boxes: golden statements, equality with trusted implementations over many steps, refusals."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from paperc.emit.algorithms import emit_algorithms, plus
from paperc.ir.interpret import interpret
from paperc.ir.stubs import Stub
from paperc.lower import LoweredBox, lower_box
from paperc.read import read
from paperc.source import SourceTree
from paperc.spec import build_spec
from paperc.spec.algorithms_reader import read_box
from paperc.spec.statements_words import paper_words
from paperc.verify._runner import Stub as RunningTorchStub
from paperc.verify._runner import numbers
from paperc.verify.programs import prepare_program

FIXTURES = Path(__file__).parent.parent / "fixtures" / "algorithms"


def compiled(box: str, prose: str = "", caption: str = "Box") -> tuple[LoweredBox, str]:
    """The box compiled, and the text of its module ("" where it is refused)."""
    tex = (
        "\\documentclass{article}\\usepackage{algorithm,algpseudocode,amsmath}\\title{T}\\begin{document}\n"
        f"{prose}\n\\begin{{algorithm}}\\caption{{{caption}}}\\begin{{algorithmic}}[1]\n{box}\n"
        "\\end{algorithmic}\\end{algorithm}\n\\end{document}\n"
    )
    document = read(SourceTree("paper.tex", "paper.tex", {"paper.tex": tex.encode()}))
    (algorithm,) = document.algorithms
    lowered = lower_box(read_box(algorithm, paper_words(document)), build_spec(document).symbols)
    if lowered.program is None:
        return lowered, ""
    module = emit_algorithms([lowered.program], {algorithm.id: algorithm}, "T", "paper.tex", {})
    assert not module.failed, module.failed
    return lowered, module.text


def function(box: str, prose: str = "", caption: str = "Box") -> Any:
    lowered, text = compiled(box, prose, caption)
    assert lowered.program is not None, [g.why for g in lowered.gaps]
    names: dict[str, Any] = {}
    exec(compile(text, "algorithms", "exec"), names)
    return names[lowered.program.name]


def cases() -> list[tuple[str, str, str, str]]:
    text = (FIXTURES / "boxes.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (.+?)\n.*?```latex\n(.*?)```\n.*?```(python|refused)\n(.*?)```", text, re.M | re.S)
    assert len(found) == text.count("\n## ")
    return found


@pytest.mark.parametrize(("title", "box", "kind", "expected"), cases(), ids=[c[0] for c in cases()])
def test_golden(title: str, box: str, kind: str, expected: str) -> None:
    lowered, text = compiled(box)
    if kind == "refused":
        assert lowered.program is None, text
        assert any(expected.strip() in g.why for g in lowered.gaps), [g.why for g in lowered.gaps]
        return
    assert lowered.program is not None, [g.why for g in lowered.gaps]
    (definition,) = [
        n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == lowered.program.name
    ]
    body = "\n".join(ast.unparse(n) for n in definition.body[1:])
    assert body == ast.unparse(ast.parse(_as_function(expected))).partition("\n")[2].replace("\n    ", "\n").strip()


def _as_function(body: str) -> str:
    return "def f():\n" + textwrap.indent(body, "    ")


# --- holes --------------------------------------------------------------------------------------------------

HOLES = """
\\Require replay buffer $\\mathcal{B}$, parameters $\\theta \\in \\mathbb{R}^d$, step size $\\alpha$, number of steps $K$
\\State $m \\gets 0$
\\For{$k = 1, \\dots, K$}
\\State Sample a minibatch $x$ from $\\mathcal{B}$
\\State Compute the gradient $g$ of the loss using $x$ and $\\theta$
\\If{$g$ is noisy}
\\State $m \\gets m / 2 + g$
\\State $\\theta \\gets \\theta - \\alpha m$
\\EndIf
\\State Update the priorities in $\\mathcal{B}$ with $g$
\\EndFor
\\State \\Return $\\theta$
"""


def both_executions(change: Callable[[str], str] = lambda text: text) -> float:
    """The largest difference between the interpreter and the emitted code of `HOLES`: values, and calls of the holes."""
    lowered, text = compiled(HOLES)
    assert lowered.program is not None
    names: dict[str, Any] = {}
    exec(compile(change(text), "algorithms", "exec"), names)
    worst = 0.0
    for arguments, expected in prepare_program(lowered.program).cases:
        given = {
            n: RunningTorchStub(v.spec()) if isinstance(v, Stub) else torch.from_numpy(v) if hasattr(v, "shape") else v
            for n, v in arguments.items()
        }
        found = names[lowered.program.name](**given)
        stubs = [v for v in given.values() if isinstance(v, RunningTorchStub)]
        got = [*numbers(found), *(s.digest for s in stubs), *(float(s.calls) for s in stubs)]
        worst = max(worst, *(abs(a - b) for a, b in zip(got, expected, strict=True)))
    return worst


def test_both_executions_call_the_holes_alike() -> None:
    assert both_executions() < 1e-12


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("compute_gradient(x, theta)", "compute_gradient(theta, x)"),
        ("update_priorities(B, g)", "update_priorities(B, x)"),
        ("if noisy(g):", "if not noisy(g):"),
        ("        update_priorities(B, g)", "    update_priorities(B, g)"),
    ],
)
def test_a_hole_called_otherwise_is_seen(right: str, wrong: str) -> None:
    assert right in compiled(HOLES)[1]
    assert both_executions(lambda text: text.replace(right, wrong)) > 1e-3


def test_a_hole_says_what_it_stands_for() -> None:
    """The line verbatim with its number, what it takes and what it gives; and a gap at the line."""
    lowered, text = compiled(HOLES)
    assert (
        "stands for line 4: “Compute the gradient $g$ of the loss using $x$ and $\\theta$”; takes (x, theta), gives g (d,)"
        in text
    )
    assert [g.what for g in lowered.gaps] == ["hole"] * 4
    assert all(g.span is not None for g in lowered.gaps)
    assert lowered.lines.count("hole") == 4


# --- against trusted implementations ------------------------------------------------------------------------

ADAM = r"""
\Require $\alpha$: step size
\Require $\beta_1, \beta_2 \in [0, 1)$: decay rates
\Require $f(\theta)$: objective with parameters $\theta$
\Require $\theta_0$: initial parameter vector
\State $m_0 \gets 0$ (initialise the first moment)
\State $v_0 \gets 0$
\State $t \gets 0$
\While{$\theta_t$ not converged}
\State $t \gets t + 1$
\State $g_t \gets \nabla_\theta f_t(\theta_{t-1})$ (the gradient)
\State $m_t \gets \beta_1 \cdot m_{t-1} + (1-\beta_1) \cdot g_t$
\State $v_t \gets \beta_2 \cdot v_{t-1} + (1-\beta_2) \cdot g_t^2$
\State $\hat{m}_t \gets m_t / (1-\beta_1^t)$
\State $\hat{v}_t \gets v_t / (1-\beta_2^t)$
\State $\theta_t \gets \theta_{t-1} - \alpha \cdot \hat{m}_t / (\sqrt{\hat{v}_t} + \epsilon)$
\EndWhile
\State \Return $\theta_t$
"""


def objective(theta: torch.Tensor) -> torch.Tensor:
    return ((theta - 1) ** 4).sum() + torch.sin(theta).sum()


def test_adam_equals_torch_over_sixty_steps() -> None:
    own = function(ADAM, r"We use $\epsilon = 10^{-8}$.")
    start = torch.linspace(-1, 2, 7, dtype=torch.float64)
    theta = start.clone().requires_grad_(True)
    peer = torch.optim.Adam([theta], lr=0.05, betas=(0.8, 0.95), eps=1e-8)
    for _ in range(60):
        peer.zero_grad()
        objective(theta).backward()
        peer.step()
    got = own(alpha=0.05, beta_1=0.8, beta_2=0.95, f=objective, theta_0=start, T=60)
    torch.testing.assert_close(got, theta.detach(), rtol=1e-9, atol=1e-12)


def test_viterbi_finds_the_best_of_all_paths() -> None:
    own = function(
        r"""
\Require initial probabilities $\pi \in \mathbb{R}^K$, transitions $A \in \mathbb{R}^{K \times K}$, likelihoods $B \in \mathbb{R}^{T \times K}$, steps $T$
\State $\delta_i \gets \pi_i B_{1,i}$
\For{$t = 2, \dots, T$}
\State $\delta_j \gets \max_{i} (\delta_i A_{i,j}) B_{t,j}$
\EndFor
\State \Return $\max_i \delta_i$
"""
    )
    generator = torch.Generator().manual_seed(3)
    pi, A, B = (torch.rand(*s, generator=generator, dtype=torch.float64) for s in ((3,), (3, 3), (4, 3)))
    best = max(
        pi[i] * B[0, i] * A[i, j] * B[1, j] * A[j, k] * B[2, k] * A[k, n] * B[3, n]
        for i in range(3)
        for j in range(3)
        for k in range(3)
        for n in range(3)
    )
    torch.testing.assert_close(own(pi=pi, A=A, B=B), best)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=6), st.floats(0, 1))
def test_emitted_code_and_interpreter_agree(rewards: list[float], gamma: float) -> None:
    """Step for step: the same statements by two executions."""
    lowered, text = compiled(
        r"""
\Require rewards $r_1, \dots, r_T$, discount $\gamma$, steps $T$
\State $s \gets 0$
\For{$t = 1, \dots, T$}
\State $s \gets \gamma s + r_t$
\EndFor
\State \Return $s$
"""
    )
    names: dict[str, Any] = {}
    exec(compile(text, "algorithms", "exec"), names)
    r = torch.tensor(rewards, dtype=torch.float64)
    assert lowered.program is not None
    (slow,) = interpret(lowered.program, {"r": r.numpy(), "gamma": gamma})
    assert float(names[lowered.program.name](r=r, gamma=gamma)) == pytest.approx(float(slow), rel=1e-12, abs=1e-12)


# --- hostile and odd boxes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "box",
    [
        "",
        r"\State",
        r"\For{$t$}\State $x \gets 1$\EndFor",
        r"\EndFor \State \Return $x$",
        r"\If{$x$}\Else\Else\EndIf",
        r"\State $\gets$ \State $= =$ \State \Return",
        r"\While{}\EndWhile",
        "\\State $x_{t} \\gets x_{t+" + "1}$",
        r"\For{$t=1,\dots,T$}\For{$t=1,\dots,T$}\State $x_t \gets x_{t-1}$\EndFor\EndFor \State \Return $x_T$",
        "\n".join([r"\For{$i=1,\dots,n$}"] * 60),
    ],
)
def test_no_box_ends_with_a_traceback(box: str) -> None:
    lowered, _ = compiled(box) if box else (None, "")
    assert lowered is None or lowered.program is not None or lowered.gaps
    assert lowered is None or not any(g.what == "internal" for g in lowered.gaps), [g.why for g in lowered.gaps]


@given(st.from_regex(r"\A[a-z]\Z|\A[a-z] [+-] [1-9]\Z|\A[1-9][0-9]{0,2}\Z|\A[a-z] \* [a-z]\Z"), st.integers(-5, 5))
def test_plus_means_plus(text: str, add: int) -> None:
    values = dict(zip("abcdefghijklmnopqrstuvwxyz", range(3, 29)))
    assert eval(plus(text, add), {}, values) == eval(text, {}, values) + add


def test_a_sampler_takes_the_size_of_its_noise_and_a_generator() -> None:
    """Nothing tells how many elements the noise has: that is an argument; two equal generators give equal samples."""
    own = function(
        r"""
\State $\mathbf{x}_T \sim \mathcal{N}(\mathbf{0}, \mathbf{I})$
\For{$t = T, \dotsc, 1$}
\State $\mathbf{z} \sim \mathcal{N}(\mathbf{0}, \mathbf{I})$ if $t > 1$, else $\mathbf{z} = \mathbf{0}$
\State $\mathbf{x}_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( \mathbf{x}_t - (1 - \alpha_t) s(\mathbf{x}_t, t) \right) + \sigma_t \mathbf{z}$
\EndFor
\State \Return $\mathbf{x}_0$
"""
    )
    alpha = torch.tensor([0.9, 0.8, 0.7], dtype=torch.float64)
    noise = torch.Generator().manual_seed(5)
    draws = [torch.randn(4, generator=noise, dtype=torch.float64) for _ in range(3)]
    x = draws[0]
    for k, t in enumerate((3, 2, 1)):
        z = draws[k + 1] if t > 1 else torch.zeros(4)
        x = (x - (1 - alpha[t - 1]) * torch.tanh(x) * t) / alpha[t - 1].sqrt() + 0.1 * t * z
    got = own(
        alpha=alpha,
        sigma=torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64),
        s=lambda x, t: torch.tanh(x) * t,
        d=4,
        generator=torch.Generator().manual_seed(5),
    )
    torch.testing.assert_close(got, x)


def test_the_caption_of_a_box_tells_its_defaults() -> None:
    lowered, _ = compiled(ADAM, caption=r"Steps. Defaults: $\alpha = 0.1$, $\beta_1 = 0.9$ and $\epsilon = 10^{-8}$.")
    assert lowered.program is not None
    defaults = {a.name: a.default for a in lowered.program.arguments if a.default is not None}
    assert defaults == {"alpha": 0.1, "beta_1": 0.9, "epsilon": 1e-8}


def test_entries_are_written_in_a_copy_as_the_interpreter_writes_them() -> None:
    box = r"""
\Require costs $D \in \mathbb{R}^{n \times n}$
\For{$k = 1$ to $n$}
\For{$i = 1$ to $n$}
\For{$j = 1$ to $n$}
\State $D_{i,j} \gets \min(D_{i,j}, D_{i,k} + D_{k,j})$
\EndFor
\EndFor
\EndFor
\State \Return $D$
"""
    lowered, _ = compiled(box)
    assert lowered.program is not None
    costs = torch.rand(5, 5, generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    before, expected = costs.clone(), costs.clone()
    for k in range(5):
        expected = torch.minimum(expected, expected[:, k, None] + expected[k])
    torch.testing.assert_close(function(box)(D=costs), expected)
    given = costs.numpy()
    (slow,) = interpret(lowered.program, {"D": given})
    np.testing.assert_allclose(slow, expected.numpy())
    torch.testing.assert_close(costs, before, rtol=0, atol=0)
