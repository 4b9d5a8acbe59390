"""Algorithms that are optimisers: the class as text, against `torch.optim` over many steps, and what is no optimiser."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from paperc.emit.optimiser_tests import emit_optimiser_tests
from paperc.emit.optimisers import emit_optimisers
from paperc.ir.optimiser import Optimiser, optimiser
from paperc.lower import lower_box
from paperc.read import read
from paperc.source import SourceTree
from paperc.spec import build_spec
from paperc.spec.algorithms_reader import read_box
from paperc.spec.statements_words import paper_words

FIXTURES = Path(__file__).parent.parent / "fixtures" / "optimisers"


def found(box: str, prose: str = "", caption: str = "Descent") -> tuple[Optimiser | None, str]:
    """The box as an optimiser, with the text of its module."""
    tex = (
        "\\documentclass{article}\\usepackage{algorithm,algpseudocode,amsmath}\\title{T}\\begin{document}\n"
        f"{prose}\n\\begin{{algorithm}}\\caption{{{caption}}}\\begin{{algorithmic}}[1]\n{box}\n"
        "\\end{algorithmic}\\end{algorithm}\n\\end{document}\n"
    )
    document = read(SourceTree("paper.tex", "paper.tex", {"paper.tex": tex.encode()}))
    (algorithm,) = document.algorithms
    lowered = lower_box(read_box(algorithm, paper_words(document)), build_spec(document).symbols)
    assert lowered.program is not None, [g.why for g in lowered.gaps]
    one = optimiser(lowered.program)
    if one is None:
        return None, ""
    module = emit_optimisers([one], {algorithm.id: algorithm}, "T", "paper.tex", {})
    assert not module.failed, module.failed
    return one, module.text


def loaded(box: str, prose: str = "") -> Any:
    one, text = found(box, prose)
    assert one is not None
    names: dict[str, Any] = {}
    exec(compile(text, "optimisers", "exec"), names)
    return names[one.class_name]


def cases() -> list[tuple[str, str, str]]:
    text = (FIXTURES / "classes.md").read_text(encoding="utf-8")
    return re.findall(r"^## (.+?)\n.*?```latex\n(.*?)```\n.*?```python\n(.*?)```", text, re.M | re.S)


@pytest.mark.parametrize(("title", "box", "expected"), cases(), ids=[c[0] for c in cases()])
def test_golden(title: str, box: str, expected: str) -> None:
    _, text = found(box)
    body = text.partition("ParamsT\n")[2]
    assert ast.unparse(ast.parse(body)) == ast.unparse(ast.parse(expected))
    assert re.findall(r"# .*", body) == re.findall(r"# .*", expected)


# --- against torch.optim -----------------------------------------------------------------------------------------

ADAM = r"""
\Require step size $\alpha$, decay rates $\beta_1, \beta_2 \in [0, 1)$, objective $f$, initial parameter vector $\theta_0$, steps $T$
\State $m_0 \gets 0$
\State $v_0 \gets 0$
\For{$t = 1, \dots, T$}
\State $g_t \gets \nabla_\theta f_t(\theta_{t-1})$
\State $m_t \gets \beta_1 m_{t-1} + (1-\beta_1) g_t$
\State $v_t \gets \beta_2 v_{t-1} + (1-\beta_2) g_t^2$
\State $\hat{m}_t \gets m_t / (1-\beta_1^t)$
\State $\hat{v}_t \gets v_t / (1-\beta_2^t)$
\State $\theta_t \gets \theta_{t-1} - \alpha \hat{m}_t / (\sqrt{\hat{v}_t} + \epsilon)$
\EndFor
\State \Return $\theta_T$
"""
DEFAULTS = r"We use $\beta_1 = 0.9$, $\beta_2 = 0.99$ and $\epsilon = 10^{-8}$."
NESTEROV = r"""
\Require learning rate $\varepsilon$, momentum $\mu$, objective $f$, initial parameters $\theta_0 \in \mathbb{R}^d$, steps $T$
\State $v_0 \gets 0$
\For{$t = 0, \dots, T-1$}
\State $v_{t+1} \gets \mu v_t - \varepsilon \nabla f(\theta_t + \mu v_t)$
\State $\theta_{t+1} \gets \theta_t + v_{t+1}$
\EndFor
\State \Return $\theta_T$
"""


def trained(make: Any, *, saved: bool = False, scheduled: bool = False) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    params = [torch.nn.Parameter(torch.randn(s, generator=generator, dtype=torch.float64)) for s in ((3,), (2, 4), ())]
    opt = make(params)
    schedule = torch.optim.lr_scheduler.ExponentialLR(opt, 0.97) if scheduled else None

    def closure() -> torch.Tensor:
        opt.zero_grad()
        loss = sum(((p - 1) ** 4).sum() + torch.sin(p).sum() for p in params)
        loss.backward()
        return loss

    for k in range(60):
        if saved and k == 20:
            state = opt.state_dict()
            opt = make(params)
            opt.load_state_dict(state)
        opt.step(closure)
        if schedule is not None:
            schedule.step()
    return torch.cat([p.detach().reshape(-1) for p in params])


@pytest.mark.parametrize("how", [{}, {"foreach": True}, {"saved": True}, {"scheduled": True}], ids=str)
def test_adam_class_equals_torch_over_sixty_steps(how: dict[str, bool]) -> None:
    """Defaults of the paper; a schedule acts on `lr`; state goes through `state_dict`."""
    own = loaded(ADAM, DEFAULTS)
    how = dict(how)
    foreach = how.pop("foreach", False)
    got = trained(lambda p: own(p, lr=0.05, foreach=foreach), **how)
    how.pop("saved", None)
    want = trained(lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.9, 0.99), eps=1e-8), **how)
    torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)


def test_groups_have_settings_of_their_own_and_tensors_without_gradient_stay() -> None:
    own = loaded(ADAM, DEFAULTS)
    a, b, c = (torch.nn.Parameter(torch.ones(2, dtype=torch.float64)) for _ in range(3))
    opt = own([{"params": [a]}, {"params": [b, c], "lr": 0.5}], lr=0.1)
    for p in (a, b):
        p.grad = torch.ones_like(p)
    opt.step()
    torch.testing.assert_close(torch.stack([1 - a[0], 1 - b[0]]), torch.tensor([0.1, 0.5], dtype=torch.float64))
    assert torch.equal(c, torch.ones(2, dtype=torch.float64))


def test_a_gradient_ahead_of_the_parameters_is_asked_of_the_closure() -> None:
    """torch keeps the point looked ahead at: theta + mu v, with v = -lr buffer."""
    own = loaded(NESTEROV)
    p = torch.nn.Parameter(torch.tensor([2.0, -1.0], dtype=torch.float64))
    q = torch.nn.Parameter(p.detach().clone())
    mine, peer = own([p], lr=0.03, mu=0.8), torch.optim.SGD([q], lr=0.03, momentum=0.8, nesterov=True)

    def loss(x: torch.Tensor, opt: Any) -> torch.Tensor:
        opt.zero_grad()
        value = ((x - 1) ** 2).sum() + torch.cos(x).sum()
        value.backward()
        return value

    for _ in range(50):
        mine.step(lambda: loss(p, mine))
        peer.step(lambda: loss(q, peer))
    ahead = q.detach() + 0.03 * 0.8 * peer.state[q]["momentum_buffer"]
    torch.testing.assert_close(p.detach(), ahead, rtol=1e-12, atol=1e-12)


def test_a_value_outside_of_its_domain_is_refused() -> None:
    own = loaded(NESTEROV, r"Here $\mu \in [0, 1]$ is the momentum coefficient.")
    with pytest.raises(ValueError, match="mu must be in"):
        own([torch.nn.Parameter(torch.zeros(2))], lr=0.1, mu=1.5)


# --- what is no optimiser ------------------------------------------------------------------------------------------

NOT = {
    "no gradient": r"""
\Require matrix $A \in \mathbb{R}^{n \times n}$, start $x_0 \in \mathbb{R}^n$, steps $T$
\For{$t = 1, \dots, T$}
\State $x_t \gets A x_{t-1}$
\EndFor
\State \Return $x_T$
""",
    "it returns something else than it updates": r"""
\Require step size $\eta$, objective $f$, $x_0 \in \mathbb{R}^n$, steps $T$
\For{$t = 1, \dots, T$}
\State $x_t \gets x_{t-1} - \eta \nabla f(x_{t-1})$
\EndFor
\State \Return $\|x_T\|_2$
""",
    "a matrix of data takes part": r"""
\Require step size $\eta$, preconditioner $P \in \mathbb{R}^{n \times n}$, objective $f$, $x_0 \in \mathbb{R}^n$, steps $T$
\For{$t = 1, \dots, T$}
\State $x_t \gets x_{t-1} - \eta P \nabla f(x_{t-1})$
\EndFor
\State \Return $x_T$
""",
}


@pytest.mark.parametrize("box", NOT.values(), ids=NOT)
def test_no_class_where_the_algorithm_is_no_optimiser(box: str) -> None:
    assert found(box)[0] is None


def test_the_emitted_tests_are_code() -> None:
    one, _ = found(ADAM, DEFAULTS)
    assert one is not None
    text = emit_optimiser_tests([one], "package")
    names = [n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
    assert f"test_{one.program.name}" in names
