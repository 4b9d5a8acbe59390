"""Does the emitted code compute what the formula means? Every function against the slow evaluator, in the sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..ir.node import Function, Gradient
from .cases import (
    DERIVED_RTOL,
    GRADIENT_RTOL,
    ROUNDS,
    RTOL,
    Prepared,
    contains,
    error_of,
    passes,
    prepare,
    sharp_slope,
    slope_error,
)
from .execute import CallSpec, Outcome, Run, run_calls
from .oracles import corroborate, multi_head_call, multi_head_check
from .record import Check, Status, Verdict


def calls_of(prepared: Prepared, module: str) -> list[CallSpec]:
    """The calls of the sandboxed run for one function."""
    f, out = prepared.function, []
    for n, case in enumerate(prepared.cases):
        gradients = tuple(case.direction) if case.slope is not None else ()
        out.append(
            CallSpec(
                f"{f.id}/{n}", module, f.name, case.arguments, gradients, case.weights, scalars_as_tensors=n % 2 == 1
            )
        )
    for dtype in ("float32", "bfloat16"):
        if prepared.cases:
            out.append(
                CallSpec(
                    f"{f.id}/{dtype}", module, f.name, prepared.cases[0].arguments, dtype=dtype, scalars_as_tensors=True
                )
            )
    return out


def judge(prepared: Prepared, run: Run, functions: Mapping[str, Function]) -> Verdict:
    """The verdict on one function from what its calls gave."""
    f = prepared.function
    checks: list[Check] = []
    if not prepared.cases:
        checks.append(Check("inputs", False, prepared.problem, "", "slow evaluator", sandbox=run.level))
        return Verdict(f.equation or f.id, "typed", tuple(checks))
    outcomes = [run.outcomes[f"{f.id}/{n}"] for n in range(len(prepared.cases))]
    rtol = DERIVED_RTOL if contains(f, (Gradient,), functions) else RTOL
    ran = _ran(prepared, outcomes, run.level)
    checks.append(ran)
    checks.append(_conforms(prepared, outcomes, rtol, run.level))
    if (gradient := _gradient(prepared, outcomes, functions, run.level)) is not None:
        checks.append(gradient)
    checks += _information(prepared, run)
    status: Status = "typed"
    if ran.passed:
        status = "runs"
        if all(c.passed for c in checks if c.name in ("conforms", "gradient")):
            status = "conforms"
    return Verdict(f.equation or f.id, status, tuple(checks))


def _ran(prepared: Prepared, outcomes: list[Outcome], level: str) -> Check:
    errors = [o.error for o in outcomes if o.error]
    sizes = sorted({c.round for c in prepared.cases})
    wrong = [o for o in outcomes if not o.error and (o.value is None or not np.all(np.isfinite(o.value)))]
    observed = (
        errors[0]
        if errors
        else "a value that is not finite"
        if wrong
        else f"{len(outcomes)} calls at {len(sizes)} sizes"
    )
    passed = not errors and not wrong and len(sizes) >= 2
    if not passed and not errors and not wrong:
        observed = f"only {len(sizes)} size"
    return Check("runs", passed, observed, "finite at two sizes", "none", sandbox=level, step="runs")


def _conforms(prepared: Prepared, outcomes: list[Outcome], rtol: float, level: str) -> Check:
    worst: float | str = 0.0
    for case, outcome in zip(prepared.cases, outcomes):
        error = outcome.error or error_of(outcome.value, case.expected, rtol)
        if not isinstance(error, str) and np.asarray(case.expected).dtype.kind == "f" and outcome.dtype != "float64":
            error = f"the result is {outcome.dtype}, the inputs are float64"
        if isinstance(error, str):
            worst = error
            break
        worst = max(worst, error) if isinstance(worst, float) else worst
    return Check(
        "conforms",
        passes(worst, rtol),
        worst,
        rtol,
        "slow evaluator",
        seed=prepared.cases[0].seed,
        sandbox=level,
        step="conforms",
    )


def _gradient(
    prepared: Prepared, outcomes: list[Outcome], functions: Mapping[str, Function], level: str
) -> Check | None:
    """Autograd's derivative along a direction against the evaluator's difference quotient."""
    worst: float | str | None = None
    for case, outcome in zip(prepared.cases, outcomes):
        if case.slope is None:
            continue
        if outcome.error:
            worst = outcome.error
            break
        error = slope_error(case, outcome, case.slope)
        if error > GRADIENT_RTOL:
            # Near a singularity the quotient is the inexact one: once more at high precision, with a tiny step.
            sharp = sharp_slope(prepared.function, functions, case)
            error = error if sharp is None else slope_error(case, outcome, sharp)
        worst = error if not isinstance(worst, float) else max(worst, error)
    if worst is None:
        return None
    tolerance = GRADIENT_RTOL
    oracle = "difference quotient of the slow evaluator"
    return Check("gradient", passes(worst, tolerance), worst, tolerance, oracle, sandbox=level, step="conforms")


def _information(prepared: Prepared, run: Run) -> list[Check]:
    """How far the value is off in lower precision: told, not judged; nothing where an operation lacks that precision."""
    out = []
    for dtype in ("float32", "bfloat16"):
        outcome = run.outcomes.get(f"{prepared.function.id}/{dtype}")
        if outcome is None or outcome.error:
            continue
        error = error_of(outcome.value, prepared.cases[0].expected, 1e-3)
        if isinstance(error, float):
            name = f"information: {dtype}"
            out.append(Check(name, True, error, "none: for information", "slow evaluator", dtype, sandbox=run.level))
    return out


def verify_functions(
    package: Path,
    functions: Sequence[Function],
    module: str = "equations",
    emitted: Iterable[str] | None = None,
    rounds: Sequence[tuple[int, int]] = ROUNDS,
    seconds: int = 300,
) -> dict[str, Verdict]:
    """Verdicts by function id, for the functions of `module` in the folder `package`.

    One sandboxed process for all; a function that takes it down takes only itself down in a second attempt. `emitted`:
    the ids that the module holds (default all). Raises SandboxError where isolation is not to be had.
    """
    by_id = {f.id: f for f in functions}
    wanted = [f for f in functions if emitted is None or f.id in set(emitted)]
    prepared = [prepare(f, by_id, rounds) for f in wanted]
    calls = [c for p in prepared for c in calls_of(p, module)]
    heads = {f.id: found for f in wanted if (found := multi_head_call(f, module)) is not None}
    calls += [call for call, _ in heads.values()]
    run = run_calls(package, calls, seconds)
    if run.problem:
        run = _one_by_one(package, prepared, module, run, seconds)
    verdicts = {p.function.id: judge(p, run, by_id) for p in prepared}
    for p in prepared:
        id = p.function.id
        if verdicts[id].status == "conforms":
            outcomes = [run.outcomes[f"{id}/{n}"] for n in range(len(p.cases))]
            known = corroborate(p, outcomes, run.level)
            if known is None and id in heads and f"{id}/mha" in run.outcomes:
                known = multi_head_check(run.outcomes[f"{id}/mha"], heads[id][1], run.level)
            if known is not None:
                verdicts[id] = replace(verdicts[id], status="corroborated", checks=(*verdicts[id].checks, known))
    return verdicts


def _one_by_one(package: Path, prepared: list[Prepared], module: str, failed: Run, seconds: int) -> Run:
    outcomes: dict[str, Outcome] = {}
    for p in prepared:
        calls = calls_of(p, module)
        if calls:
            outcomes |= run_calls(package, calls, min(seconds, 30)).outcomes
    return Run(outcomes, failed.level)
