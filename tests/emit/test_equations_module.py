"""Layers: learnable symbols as parameters of a module that calls the equation's function."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import torch
from samples import Arg, MatMul, arg, attention, function, op

from paperc.emit.equations import emit_equations
from paperc.emit.module import emit_layers

FFN = function(
    "FFN",
    (
        arg("x", "d"),
        replace(arg("W_1", "d d_ff"), role="learnable"),
        replace(arg("b_1", "d_ff"), role="learnable"),
        replace(arg("W_2", "d_ff d"), role="learnable"),
        replace(arg("b_2", "d"), role="learnable"),
    ),
    op(
        "add",
        MatMul(op("max", op("add", MatMul(Arg("x"), Arg("W_1")), Arg("b_1")), 0), Arg("W_2")),
        Arg("b_2"),
    ),
    result="d",
)


def test_a_layer_calls_its_equation(tmp_path: Path) -> None:
    module = emit_equations([FFN, attention])
    package = tmp_path / "tiny_paper"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "equations.py").write_text(module.text)
    text = emit_layers([FFN, attention], module.emitted, "tiny_paper")
    (package / "layers.py").write_text(text)
    assert "class FFNLayer(nn.Module)" in text and "Attention" not in text
    sys.path.insert(0, str(tmp_path))
    try:
        from tiny_paper import equations, layers  # type: ignore[import-not-found]
    finally:
        sys.path.remove(str(tmp_path))
    layer = layers.FFNLayer(d=4, d_ff=6)
    x = torch.randn(3, 4)
    expected = equations.FFN(x, layer.W_1, layer.b_1, layer.W_2, layer.b_2)
    assert torch.equal(layer(x), expected)
    again = layers.FFNLayer(d=4, d_ff=6)
    again.load_state_dict(layer.state_dict())
    assert torch.equal(again(x), expected)


def test_nothing_learnable_gives_no_file() -> None:
    assert emit_layers([attention], emit_equations([attention]).emitted, "p") == ""
