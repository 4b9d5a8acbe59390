"""Faults planted in emitted algorithms: would the comparison with the interpreter have caught them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..ir.inputs import draw
from ..ir.program import Program
from .cases import error_of, passes
from .execute import CallSpec, Outcome, run_calls
from .mutants import mutants
from .mutation import AGAIN, Survey, alike, some
from .programs import Prepared, prepare_program

SECONDS = 2.0
"""For one call: a fault may make a loop endless."""


def mutate_programs(
    package: Path,
    programs: Sequence[Program],
    module: str = "algorithms",
    limit: int = 40,
    seconds: int = 300,
    patience: float = SECONDS,
) -> dict[str, Survey]:
    """Kill counts by box id; at most `limit` mutants a box. `patience`: seconds for one call.

    A mutant is killed if a call fails, does not end, or gives another value than the interpreter. One that equals the
    original on all further inputs is the same algorithm and does not count.
    """
    text = (package / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    prepared = {p.id: inputs for p in programs if (inputs := prepare_program(p)).cases}
    planted = {id: some(mutants(text, p.program.name), limit) for id, p in prepared.items()}
    calls = [
        CallSpec(f"{id}#{k}/{n}", module, prepared[id].program.name, arguments, source=m.source, seconds=patience)
        for id, found in planted.items()
        for k, m in enumerate(found)
        for n, (arguments, _) in enumerate(prepared[id].cases)
    ]
    outcomes = run_calls(package, calls, seconds).outcomes if calls else {}
    alive = {
        id: [k for k in range(len(found)) if not _killed(prepared[id], outcomes, f"{id}#{k}")]
        for id, found in planted.items()
    }
    more = {id: _further(prepared[id]) for id, left in alive.items() if left}
    calls = [
        CallSpec(f"{id}#{k}/{n}", module, prepared[id].program.name, arguments, source=source, seconds=patience)
        for id, further in more.items()
        for k, source in [("", ""), *((k, planted[id][k].source) for k in alive[id])]
        for n, arguments in enumerate(further)
    ]
    outcomes = run_calls(package, calls, seconds).outcomes if calls else {}
    out: dict[str, Survey] = {}
    for id, found in planted.items():
        same = {
            k
            for k in alive[id]
            if all(alike(outcomes[f"{id}#/{n}"], outcomes[f"{id}#{k}/{n}"]) for n in range(len(more[id])))
        }
        left = [k for k in alive[id] if k not in same]
        tried = len(found) - len(same)
        out[id] = Survey(tried, tried - len(left), len(same), tuple(found[k] for k in left))
    return out


def _killed(prepared: Prepared, outcomes: Mapping[str, Outcome], id: str) -> bool:
    for n, (_, expected) in enumerate(prepared.cases):
        outcome = outcomes[f"{id}/{n}"]
        if outcome.error or not passes(error_of(outcome.value, expected, prepared.tolerance), prepared.tolerance):
            return True
    return False


def _further(prepared: Prepared) -> list[Mapping[str, Any]]:
    """Inputs beyond those of the checks; the original runs on them too, so no interpreter is needed."""
    return [draw(prepared.program.signature, {}, size, seed, prepared.domains) for size, seed in AGAIN]
