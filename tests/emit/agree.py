"""Emits functions, runs them in this process, and compares with the slow evaluator."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from paperc.emit.equations import emit_equations
from paperc.ir.inputs import SyntheticCallable
from paperc.ir.node import Function
from paperc.ir.shapes import check
from paperc.verify._runner import synthetic
from paperc.verify.cases import error_of, prepare


def tensor(value: Any, scalars: bool = True) -> Any:
    if isinstance(value, SyntheticCallable):
        return synthetic(value.spec())
    if isinstance(value, float) and scalars:
        return torch.tensor(value, dtype=torch.float64)
    return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value


def load(functions: Sequence[Function]) -> tuple[str, dict[str, Any]]:
    """The module's text and its namespace; every function must be legal and emitted."""
    by_id = {f.id: f for f in functions}
    for f in functions:
        check(f, by_id)
    module = emit_equations(functions)
    assert not module.failed, module.failed
    names: dict[str, Any] = {}
    exec(compile(module.text, "equations.py", "exec"), names)
    return module.text, names


def agree(*functions: Function, rounds: Sequence[tuple[int, int]] = ((0, 0), (1, 1)), tolerance: float = 1e-9) -> str:
    """Asserts that all functions conform, with scalars as tensors and as numbers; gives the module's text."""
    text, names = load(functions)
    by_id = {f.id: f for f in functions}
    for f in functions:
        prepared = prepare(f, by_id, rounds, slopes=False)
        assert len(prepared.cases) >= len(rounds), (f.name, prepared.problem)
        for case in prepared.cases:
            for scalars in (True, False):
                given = {n: tensor(v, scalars) for n, v in case.arguments.items()}
                got = names[f.name](**given)
                value = got.detach().numpy() if isinstance(got, torch.Tensor) else got
                wrong = error_of(value, case.expected, tolerance)
                assert isinstance(wrong, float) and wrong <= tolerance, (f.name, wrong, source(text, f.name))
                if isinstance(got, torch.Tensor) and got.dtype.is_floating_point:
                    assert got.dtype == torch.float64, (f.name, got.dtype, source(text, f.name))
    return text


def source(text: str, name: str) -> str:
    """The code of one function, without its docstring."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            node.body = node.body[1:] if isinstance(node.body[0], ast.Expr) else node.body
            return ast.unparse(node)
    return ""
