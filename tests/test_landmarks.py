"""Landmarks: every reference is sound by itself, its paper prints what it refers to, and a few papers are corroborated.

The whole table is `python tools/landmarks.py`; here a quick subset of different kinds keeps it honest.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from paperc import pipeline

ROOT = Path(__file__).resolve().parent.parent
for library in ("scipy", "sklearn", "torch_geometric", "transformers", "networkx"):
    pytest.importorskip(library, reason="the references need the `oracles` extra")


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("landmarks_tool", ROOT / "tools" / "landmarks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    sys.path.append(str(ROOT / "tools"))
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
SLUGS = TOOL.slugs()
CORROBORATED = ("selu", "planar-flow", "kmeans", "iql", "style-transfer")


@pytest.mark.parametrize("slug", SLUGS)
def test_reference_is_deterministic_and_finite(slug: str) -> None:
    module = TOOL.reference(slug)
    from landmarks._format import evaluate

    assert TOOL.citation(slug)
    for check in module.CHECKS:
        (_, first), (_, again), (_, other) = (evaluate(check, seed) for seed in (0, 0, 1))
        for value, same in zip(first, again, strict=True):
            np.testing.assert_array_equal(value, same)
        for value in (*first, *other):
            said = value[~np.isnan(value)]
            assert said.size and np.isfinite(said).all()


@pytest.mark.parametrize("slug", SLUGS)
def test_paper_prints_what_the_reference_refers_to(slug: str) -> None:
    document = pipeline.read(str(ROOT / "landmarks" / slug / "paper.tex"))
    printed = {"equation": {e.number for e in document.equations}, "algorithm": {a.number for a in document.algorithms}}
    assert document.title
    for check in TOOL.reference(slug).CHECKS:
        assert check.number in printed[check.kind], f"{check.kind} {check.number}"


@pytest.mark.parametrize("slug", CORROBORATED)
def test_emitted_functions_equal_the_reference(slug: str, tmp_path: Path) -> None:
    problem = TOOL.build(slug, tmp_path, 120, verify=False)
    rows = [r for r in TOOL.corroborate(slug, tmp_path, problem, 120) if r.kind == "equation"]
    assert not [r for r in rows if r.status == "WRONG"]
    assert any(r.status == "corroborated" for r in rows), rows


def test_symbols_are_found_as_printed() -> None:
    """An argument's symbol matches an input's key up to fonts, braces, spaces, the order of scripts and index letters."""
    values = {r"\mathbf{x}": 1, "x": 2, r"\theta_0": 3, r"\hat{A}_t": 4, "W^Q": 5, r"\beta": 6}
    found = {
        (r"\boldsymbol{x}", "x_2"): r"\mathbf{x}",
        (r"\theta_{0}", "theta_0"): r"\theta_0",
        (r"\widehat{A}", "A_hat"): r"\hat{A}_t",
        (r"W_i^{Q}", "W_Q"): "W^Q",
        (r"\beta_{t}", "beta_t"): r"\beta",
    }
    for (symbol, name), key in found.items():
        assert TOOL.find({"symbol": symbol, "name": name}, values, strict=False) == key
    assert TOOL.find({"symbol": r"\theta_{1}", "name": "theta_1"}, values, strict=False) is None
    assert TOOL.find({"symbol": r"\beta_{t}", "name": "beta_t"}, values, strict=True) is None
