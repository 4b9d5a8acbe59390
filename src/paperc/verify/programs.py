"""Does the emitted algorithm do what its statements say? Every box against the slow interpreter, in the sandbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ir.evaluate import EvaluationError
from ..ir.inputs import draw
from ..ir.interpret import interpret
from ..ir.node import Gradient
from ..ir.program import Collect, Expression, Give, Instruction, Program, Set, Store, Write, instructions
from ..ir.shapes import walk
from ..ir.stubs import Stub, numbers
from .cases import ATOL, RTOL, error_of, open_names, passes
from .execute import CallSpec, Run, run_calls
from .record import Check, Status, Verdict

ROUNDS = ((0, 0), (1, 1), (2, 2))
"""(sizes, seed) of each run."""
DERIVED_RTOL = 1e-5
"""Where a line differentiates: the reference is a difference quotient, carried through all steps."""
_FALLBACKS = ("real", "positive", "unit", "above one")


@dataclass(frozen=True, slots=True)
class Prepared:
    """Inputs of a box with the value that the interpreter gives for each, or why there are none."""

    program: Program
    cases: tuple[tuple[Mapping[str, Any], Any], ...] = ()
    problem: str = ""
    domains: Mapping[str, str] = field(default_factory=dict)
    """Where the inputs were drawn from that nothing restricts."""

    @property
    def tolerance(self) -> float:
        return DERIVED_RTOL if _differentiates(self.program.body) else RTOL


def verify_programs(package: Path, programs: Sequence[Program], module: str, seconds: int = 120) -> dict[str, Verdict]:
    """Verdicts by box id. Raises SandboxError where isolation is not to be had."""
    prepared = [prepare_program(p) for p in programs]
    calls = [
        CallSpec(f"{p.program.id}/{n}", module, p.program.name, arguments, scalars_as_tensors=n % 2 == 1)
        for p in prepared
        for n, (arguments, _) in enumerate(p.cases)
    ]
    if not calls:
        return {p.program.id: _judge(p, Run({}, "")) for p in prepared}
    run = run_calls(package, calls, seconds)
    return {p.program.id: _judge(p, run) for p in prepared}


def prepare_program(program: Program, rounds: Sequence[tuple[int, int]] = ROUNDS) -> Prepared:
    """Inputs on which the statements have finite values. `rounds`: (sizes, seed) of each."""
    if program.random:
        return Prepared(program, problem="it draws random numbers: its value is not fixed")
    names = open_names(program.arguments)
    cases: list[tuple[Mapping[str, Any], Any]] = []
    problem = "no inputs were found on which the statements have finite values"
    known: Mapping[str, str] | None = None
    for size, seed in rounds:
        for words in [known] if known else [dict.fromkeys(names, w) for w in _FALLBACKS]:
            try:
                arguments = draw(program.signature, {}, size, seed, words, keep_defaults=size == 0)
                value = _interpreted(program, arguments)
            except (
                EvaluationError,
                ValueError,
                ArithmeticError,
                IndexError,
                KeyError,
                TypeError,
                np.linalg.LinAlgError,
            ) as wrong:
                problem = str(wrong) or type(wrong).__name__
                continue
            if value.size and np.all(np.isfinite(value.astype(np.float64))):
                cases.append((arguments, value))
                known = words
                break
    return Prepared(program, tuple(cases), "" if cases else problem, known or {})


def _interpreted(program: Program, arguments: Mapping[str, Any]) -> Any:
    """The value; where the box has holes, all values and what each hole was called with."""
    stubs = {name: v.started() for name, v in arguments.items() if isinstance(v, Stub)}
    values = interpret(program, {**arguments, **stubs})
    if not stubs:
        return np.asarray(values[0])
    found = stubs.values()
    return np.array([*numbers(values), *(s.digest for s in found), *(float(s.calls) for s in found)])


def _judge(prepared: Prepared, run: Run) -> Verdict:
    program = prepared.program
    if not prepared.cases:
        check = Check("inputs", False, prepared.problem, "", "slow interpreter", sandbox=run.level)
        return Verdict(program.id, "typed", (check,))
    outcomes = [run.outcomes[f"{program.id}/{n}"] for n in range(len(prepared.cases))]
    errors = [o.error for o in outcomes if o.error]
    finite = all(o.error or (o.value is not None and np.all(np.isfinite(o.value))) for o in outcomes)
    ran = not errors and finite and len(outcomes) >= 2
    observed = errors[0] if errors else f"{len(outcomes)} runs" if finite else "a value that is not finite"
    checks = [Check("runs", ran, observed, "finite at two sizes", "none", sandbox=run.level, step="runs")]
    tolerance = prepared.tolerance
    worst: float | str = 0.0
    for (_, expected), outcome in zip(prepared.cases, outcomes):
        error = outcome.error or error_of(outcome.value, expected, tolerance)
        if isinstance(error, str):
            worst = error
            break
        worst = max(worst, error) if isinstance(worst, float) else worst
    same = passes(worst, tolerance)
    checks.append(
        Check("conforms", same, worst, tolerance, f"slow interpreter (atol {ATOL})", sandbox=run.level, step="conforms")
    )
    status: Status = "typed" if not ran else "conforms" if same else "runs"
    return Verdict(program.id, status, tuple(checks))


def _differentiates(body: Sequence[Instruction]) -> bool:
    """A value that is set, stored or returned holds a derivative."""
    return any(
        isinstance(n, Gradient)
        for step in instructions(body)
        for value in _values(step)
        if isinstance(value, Expression)
        for n in walk(value.function.body)
    )


def _values(step: Instruction) -> tuple[Expression | Collect, ...]:
    match step:
        case Set() | Store() | Write():
            return (step.value,)
        case Give():
            return step.values
    return ()
