"""PyTorch's documentation as a test: a few of its docstrings, and the converter on sentences of our own.

The whole table is `python tools/torch_docs.py`. The docstrings are those of the installed PyTorch.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))

import torch_calls
import torch_docs
from rst import paper

NAMES = ("ELU", "Hardtanh", "LSTMCell", "MultiMarginLoss", "HuberLoss", "Conv2d", "Fold")


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("name", NAMES)
def test_formulas_equal_the_module(name: str, tmp_path: Path) -> None:
    rows = torch_docs.judge(name, dict(torch_docs.documented())[name], tmp_path)
    assert not [r for r in rows if r.status == "WRONG"]
    assert any(r.status == "corroborated" for r in rows), rows


def test_another_module_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can fail: the formula of one activation is not that of another."""
    other = nn.CELU(alpha=0.7)

    def case(draw: torch_calls.Draw, number: int) -> torch_calls.Case:
        x = draw(5) - 2
        return torch_calls.Case({"x": x, r"\alpha": 0.7}, other(x))

    monkeypatch.setitem(torch_calls.CASES, "ELU", case)
    (row,) = torch_docs.judge("ELU", dict(torch_docs.documented())["ELU"], tmp_path)
    assert row.status == "WRONG"


def test_every_case_belongs_to_a_docstring() -> None:
    assert set(torch_calls.CASES) <= set(dict(torch_docs.documented()))


@pytest.mark.parametrize(
    ("latex", "counts"),
    [
        (r"f(x) = x * \sigma(x)", True),
        (r"h_t = W h_t", True),
        (r"\text{scale} = 1.05", False),
        ("y = -1", False),
        (r"H = \text{width}", False),
        (r"N = \text{the size of a batch}", False),
        ("a + b <= c", False),
        (r"L = \{l_1, \dots, l_N\}", False),
    ],
)
def test_what_is_counted(latex: str, counts: bool) -> None:
    assert torch_docs._defines(latex) == counts


def test_a_docstring_becomes_a_paper() -> None:
    docstring = """Applies a :class:`Thing` to `x`, see :attr:`max_size`.

    .. math::
        y = a x

    where :math:`a` is a factor::

        y = thing(x)

    .. note:: It is 50% slower.

    Args:
        max_size (int): Greatest size.
            Default: ``3``

    Examples::

        >>> thing(1)
    """
    assert paper("a_title", docstring).split("\\maketitle\n\n")[1] == (
        "Applies a Thing to x, see $\\text{max\\_size}$.\n\n"
        "\\begin{equation}\ny = a x\n\\end{equation}\n\n"
        "where $a$ is a factor:\n\n"
        "It is 50\\% slower.\n\n"
        "The argument $\\text{max\\_size}$ is greatest size. Default: \\texttt{3}\n"
        "\\end{document}\n"
    )
