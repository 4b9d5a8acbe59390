"""What was done to hold an equation and code against each other, in words."""

from __future__ import annotations

from dataclasses import replace

from .gradients import Slopes
from .model import Finding
from .trial import Match, Trial


def adapted(trial: Trial) -> tuple[str, ...]:
    """What was done to the equation's inputs, in words."""
    plan = trial.plan
    out: list[str] = []
    renamed = [f"{p} is {f.name}" for p, f in plan.values if f.kind == "argument" and not f.form and p != f.name]
    if renamed:
        out.append(", ".join(renamed))
    if plan.guessed > 1:
        out.append("the order of the arguments was found by trying")
    turned = [p for p, f in (*plan.values, *plan.weights) if f.transposed]
    turned += [p for p, f in plan.weights if any(x.transposed for x in f.parts)]
    graphs = [f.name for _, f in plan.values if f.form == "edges"]
    if graphs:
        out.append(f"{graphs[0]} as the edges of a graph")
    if turned:
        out.append(f"{', '.join(turned)} transposed")
    if plan.lead:
        out.append(f"{plan.lead} leading {'axis' if plan.lead == 1 else 'axes'} on {', '.join(plan.batch)}")
    if plan.weights:
        out.append("weights: " + ", ".join(f"{p} is {f}" for p, f in plan.weights))
    if plan.zeroed:
        out.append(f"{', '.join(plan.zeroed)} set to zero: the equation has none")
    zeros = [p for p, f in plan.values if f.form == "zeros"]
    if zeros:
        out.append(f"{', '.join(zeros)} zero: the equation has the difference")
    built = [f"{p} is {f.name}" for p, f in plan.construct if f.kind == "argument" and p != f.name]
    if built:
        out.append(f"built with {', '.join(built)}")
    if plan.plain:
        out.append(f"{', '.join(plan.plain)} taken as the identity")
    if trial.drawn.variant.tied:
        out.append("sizes: " + ", ".join(f"{n} = {d}" for n, d in trial.drawn.variant.tied))
    if trial.drawn.variant.held:
        out.append(f"it computes {', '.join(trial.drawn.variant.held)} too")
    written = trial.candidate.literals
    out += [f"{n} = {v:g}{', as the code writes it' if v in written else ''}" for n, v in plan.fixed]
    out += [f"{p} = {f.value!r}" for p, f in (*plan.values, *plan.construct) if f.kind == "value"]
    if trial.drawn.variant.given:
        out.append(f"given {', '.join(trial.drawn.variant.given)}")
    return tuple(out)


def rounding(seen: Match, explained: bool) -> tuple[str, ...]:
    """A hint where the difference is as small as a cast makes it."""
    small = isinstance(seen.error, float) and seen.error < 2e-6 and not explained
    return ("the difference is as small as rounding to single precision: does the code cast?",) if small else ()


def notes(trial: Trial) -> tuple[str, ...]:
    """Defaults of the code that are not the paper's."""
    out: list[str] = []
    own = {a.name: a.default for a in trial.drawn.variant.function.arguments if a.default is not None}
    params = {p.name: p.default for p in (*trial.candidate.parameters, *trial.candidate.construct) if not p.required}
    for p, f in (*trial.plan.values, *trial.plan.construct):
        given = params.get(p)
        if (
            f.name in own
            and isinstance(given, (int, float))
            and not isinstance(given, bool)
            and float(given) != float(own[f.name])
        ):  # type: ignore[arg-type]
            out.append(f"the default of {p} is {given:g}; the paper says {own[f.name]:g}")
    return tuple(out)


def with_slopes(finding: Finding, slopes: Slopes | None, kind: str) -> Finding:
    """A finding with what the comparison of gradients found: where only they differ, the code differs.

    Code through which no gradient flows at all (an update under `no_grad`, a metric) can still be run for its value; an
    objective is there to be differentiated.
    """
    if slopes is None or (slopes.error is None and not slopes.problem):
        return finding
    if slopes.problem:
        return replace(finding, notes=(*finding.notes, f"gradients were not compared: {slopes.problem}"))
    if not slopes.differing:
        return replace(finding, gradient=slopes.error)
    if slopes.none and kind != "objective":
        return replace(finding, notes=(*finding.notes, "no gradient flows through it"))
    return replace(
        finding,
        verdict="differs",
        error=slopes.error or 0.0,
        gradient=slopes.error,
        slopes=slopes.differing,
        causes=tuple(dict.fromkeys(says for _, says in slopes.causes))[:3],
        operators=tuple(dict.fromkeys(operator for operator, _ in slopes.causes))[:3],
    )
