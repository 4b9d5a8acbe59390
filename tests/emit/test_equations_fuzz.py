"""Random formulas: what is emitted equals the slow evaluator, whatever is combined with whatever."""

from __future__ import annotations

import fuzz
import numpy as np
import pytest
import torch
from agree import source, tensor

from paperc.emit import equations
from paperc.ir.evaluate import EvaluationError, evaluate
from paperc.ir.inputs import draw
from paperc.ir.shapes import check
from paperc.verify.cases import error_of


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_random_formulas(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equations, "formatted", lambda text: text)
    for seed in range(start, start + 50):
        f = fuzz.Generator(seed).function()
        functions = (*fuzz.CALLEES, f)
        by_id = {g.id: g for g in functions}
        check(f, by_id)
        module = equations.emit_equations(functions)
        assert not module.failed, (seed, module.failed)
        names: dict[str, object] = {}
        exec(module.text, names)
        given = draw(f, by_id, seed % 2, seed)
        try:
            want = np.asarray(evaluate(f, given, by_id), dtype=float)
        except EvaluationError:
            continue
        got = names["F"](**{n: tensor(v) for n, v in given.items()})  # type: ignore[operator]
        value = got.detach().numpy() if isinstance(got, torch.Tensor) else got
        error = error_of(value, want, 1e-8)
        literal_overflows = not np.isfinite(want).all()
        assert literal_overflows or (isinstance(error, float) and error < 1e-8), (seed, error, source(module.text, "F"))
