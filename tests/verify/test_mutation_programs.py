"""Faults in emitted algorithms are caught, endless ones too; what equals the original does not count."""

from __future__ import annotations

from pathlib import Path

import pytest

from paperc.emit.algorithms import emit_algorithms
from paperc.ir.program import Program
from paperc.lower import lower_box
from paperc.read import read
from paperc.source import SourceTree
from paperc.spec import build_spec
from paperc.spec.algorithms_reader import read_box
from paperc.verify.mutation_programs import mutate_programs
from paperc.verify.sandbox import SandboxError

BOX = r"""\documentclass{article}\usepackage{algorithm,algpseudocode}\title{T}\begin{document}
\begin{algorithm}\caption{Halving}\begin{algorithmic}[1]
\Require vector $x$, bound $b > 0$, rate $\gamma$
\While{$\|x\|_2 > b$}
\State $x \gets x / 2 - x / 6$
\EndWhile
\State \Return $\gamma x$
\end{algorithmic}\end{algorithm}\end{document}"""


def program(folder: Path) -> Program:
    """The box's program, its module in the folder."""
    document = read(SourceTree("paper.tex", "paper.tex", {"paper.tex": BOX.encode()}))
    (algorithm,) = document.algorithms
    found = lower_box(read_box(algorithm), build_spec(document).symbols).program
    assert found is not None
    text = emit_algorithms([found], {algorithm.id: algorithm}, "T", "paper.tex", {}).text
    (folder / "algorithms.py").write_text(text)
    return found


def test_faults_are_caught_and_one_that_never_ends_is_stopped(tmp_path: Path) -> None:
    try:
        survey = mutate_programs(tmp_path, [program(tmp_path)], limit=16, patience=0.2)["alg:1"]
    except SandboxError as problem:
        pytest.skip(str(problem))
    assert survey.tried >= 8  # among them `x = x / 2 + x / 2`, which halves nothing
    assert survey.killed >= survey.tried - 1, survey.survivors
