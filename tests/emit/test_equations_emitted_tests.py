"""The emitted tests: plain pytest with loops as the oracle; they pass for right code and fail for wrong code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import samples

from paperc.emit.equation_tests import emit_equation_tests
from paperc.emit.equations import Context, Origin, emit_equations

CHOSEN = (samples.cosine, samples.softmax, samples.dpo, samples.returns, samples.cross_entropy)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": "."}, check=False)


def test_emitted_tests_pass_and_can_fail(tmp_path: Path) -> None:
    module = emit_equations(CHOSEN)
    package = tmp_path / "demo"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "equations.py").write_text(module.text)
    context = Context(origins={"eq:q": Origin(r"q_i = \dots", "4", "3.2")})
    text = emit_equation_tests(CHOSEN, "demo", context)
    assert "paperc" not in text and "# Eq. (4), §3.2" in text
    assert "sum(np.exp((z[j - 1] / T)) for j in range(1, n + 1))" in text
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_equations.py").write_text(text)
    right = run(tmp_path)
    assert right.returncode == 0, right.stdout[-2000:]
    (package / "equations.py").write_text(module.text.replace("gamma ** (k - t", "gamma ** (k + t"))
    wrong = run(tmp_path)
    assert wrong.returncode == 1 and "test_G[" in wrong.stdout and "test_q[" not in wrong.stdout.split("FAILED", 1)[1]
