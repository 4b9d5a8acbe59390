"""Does the class do what the algorithm's own function does? Both train the same numbers, side by side, in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..ir.optimiser import Optimiser
from ..ir.optimiser_trial import Given, Trial, trial
from .cases import passes
from .execute import CallSpec, Outcome, run_calls
from .record import Check

STEPS = 60
TOLERANCE = 1e-12
SHAPES = ((3,), (2, 4), (), (5,))
MATRICES = ((3, 2), (2, 4))
"""Of the parameters of the class; the function has them as one vector, or one after another if it takes a matrix."""


def verify_optimisers(package: Path, found: Sequence[Optimiser], name: str) -> dict[str, tuple[Check, ...]]:
    """Checks by box id: the class against the function, its form for many tensors, and a restart from `state_dict`.

    `name`: that of the package. Raises SandboxError where isolation is not to be had.
    """
    tried = [(o, t) for o in found if (t := trial(o, STEPS)) is not None]
    calls = []
    for o, t in tried:
        shapes = MATRICES if o.form == "matrix" else SHAPES
        start = np.random.default_rng(5).normal(size=sum(int(np.prod(s)) for s in shapes))
        calls.append(
            CallSpec(
                o.program.id, f"{name}.optimisers", o.step.name, {"start": start}, everything=True,
                source=_driver(o, t, name, shapes), seconds=60,
            )
        )  # fmt: skip
    if not calls:
        return {}
    run = run_calls(package, calls)
    return {o.program.id: _judge(run.outcomes[o.program.id], run.level) for o, _ in tried}


def _judge(outcome: Outcome, level: str) -> tuple[Check, ...]:
    oracle = f"the algorithm's function over {STEPS} steps, tensors of several shapes"
    names = ("class", "foreach", "restart from state_dict")
    if outcome.error or len(outcome.more) < len(names):
        what = outcome.error or "no result"
        return (Check("optimiser: class", False, what, TOLERANCE, oracle, sandbox=level),)
    expected = np.asarray(outcome.value)
    checks = []
    for word, got in zip(names, outcome.more):
        error: float | str = f"shape {got.shape}, expected {expected.shape}"
        if got.shape == expected.shape:
            error = float(np.max(np.abs(got - expected) / np.maximum(np.abs(expected), 1.0)))
        checks.append(Check(f"optimiser: {word}", passes(error, TOLERANCE), error, TOLERANCE, oracle, sandbox=level))
    return tuple(checks)


_DRIVER = '''
def {step}(start):
    import {package}.algorithms as algorithms
    import {package}.optimisers as optimisers

    shapes = {shapes}
    settings = {settings}
    anew = {anew}

    def objective(theta, *_):
        x = theta.reshape(-1)
        return torch.sqrt(1 + x**2).sum() + 0.3 * torch.sin(0.7 * x[1:] + x[:-1]).sum()

    def gradient(theta, *_):
        return torch.func.grad(objective)(theta)

    def at(name, t):
        """A setting that is given anew is another number at each step."""
        return settings[name] * (1 + 0.5 * math.cos(t)) if name in anew else settings[name]

    def pieces():
        parts = start.split([max(1, math.prod(s)) for s in shapes])
        return [torch.nn.Parameter(part.clone().reshape(s)) for part, s in zip(parts, shapes)]

    def whole(start):
        return algorithms.{function}({arguments})

    def total(params):
        if {separate}:
            return sum(objective(p) for p in params)
        return objective(torch.cat([p.reshape(-1) for p in params]))

    def trained(restart, **options):
        params = pieces()
        make = lambda: optimisers.{name}(params, **{{{called}[n]: v for n, v in settings.items()}}, **options)
        optimiser = make()

        def closure():
            optimiser.zero_grad()
            loss = total(params)
            loss.backward()
            return loss

        for k in range({steps}):
            if k == restart:
                saved = optimiser.state_dict()
                optimiser = make()
                optimiser.load_state_dict(saved)
            for group in optimiser.param_groups:
                for name in anew:
                    group[{called}[name]] = at(name, k + {first})
            optimiser.step(closure)
        return torch.cat([p.detach().reshape(-1) for p in params])

    kind = optimisers.{name}
    many = {{"foreach": True}} if "foreach" in inspect.signature(kind).parameters else {{}}
    if {separate}:
        expected = torch.cat([whole(p.detach()).reshape(-1) for p in pieces()])
    else:
        expected = whole(start)
    return expected, trained(-1), trained(-1, **many), trained(25)
'''


def _driver(found: Optimiser, how: Trial, package: str, shapes: Sequence[tuple[int, ...]]) -> str:
    """A function that takes the place of the step function: it sees the module's names."""
    anew = [s.argument.name for s in found.settings if s.kind != "number"]
    return "import inspect\nimport math\n" + _DRIVER.format(
        step=found.step.name, package=package, shapes=tuple(shapes), settings=dict(how.settings), anew=anew,
        function=found.program.name, name=found.class_name, called=found.called, steps=STEPS, first=found.first,
        separate=found.form == "matrix",
        arguments=", ".join(f"{n}={_text(g, found.first)}" for n, g in how.arguments.items()),
    )  # fmt: skip


def _text(given: Given, first: int) -> str:
    match given.kind:
        case "setting":
            return f"settings[{given.value!r}]"
        case "number":
            return repr(given.value)
        case "series":
            return f"torch.tensor([at({given.value!r}, k + {given.base}) for k in range({given.length})], dtype=torch.float64)"
        case "function":
            return f"lambda t: at({given.value!r}, int(t))"
        case "zeros":
            return f"torch.zeros({given.length}, dtype=torch.float64)"
    return given.kind
