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


@pytest.mark.parametrize("start", range(0, 120, 60))
def test_batches_of_arguments(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments that are said to take leading batch axes do: the value is that of each element, stacked."""
    monkeypatch.setattr(equations, "formatted", lambda text: text)
    for seed in range(start, start + 60):
        f = fuzz.Generator(seed).function()
        functions = (*fuzz.CALLEES, f)
        module = equations.emit_equations(functions)
        names: dict[str, object] = {}
        exec(module.text, names)
        by_id = {g.id: g for g in functions}
        several = [{n: tensor(v) for n, v in draw(f, by_id, 0, seed + k).items()} for k in range(4)]
        chosen = [n for n in sorted(module.emitted[f.id].batchable) if n not in ("l", "c") and (seed + len(n)) % 3]
        batch = {n: torch.stack([torch.as_tensor(v[n], dtype=torch.float64) for v in several]) for n in chosen}
        call = names["F"]
        singles = [call(**{**several[0], **{n: v[n] for n in chosen}}) for v in several]  # type: ignore[operator]
        want = torch.stack([torch.as_tensor(v, dtype=torch.float64) for v in singles])
        got = torch.as_tensor(call(**{**several[0], **batch}), dtype=torch.float64)  # type: ignore[operator]
        got = got.expand(want.shape) if got.dim() < want.dim() else got  # it does not depend on them
        torch.testing.assert_close(got, want, rtol=1e-8, atol=1e-10, equal_nan=True, msg=f"{seed} {chosen}")
