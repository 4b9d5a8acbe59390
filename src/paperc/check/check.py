"""Anyone's code against the paper's equations: bind, run, compare, and say what differs and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ..document import Document
from ..ir.node import Function
from ..ir.program import Program
from ..verify.cases import RTOL, Prepared, error_of, passes
from ..verify.execute import CallSpec, Outcome
from ..verify.oracles import corroborate
from .bind import Group, groups
from .code import Code
from .example import smallest
from .faults import faults
from .gradients import compare_gradients
from .inputs import ERRORS, Drawn, DrawnProgram, call
from .mapping import Bound
from .model import Candidate, CheckReport, Feed, Finding, Plan, Unbound, Variant
from .names import alike, normal
from .plans import constructions, plans
from .trial import Match, Runs, Trial, compare, has_scalars
from .variants import possible_ties, tied, variants
from .words import adapted, notes, rounding, with_slopes

MOST_PAIRS = 240
MOST_TIED, MOST_TIES = 30, 12
"""Pairs with a module that are tried with sizes that depend on each other, and in how many ways."""
MOST_TRIALS, MOST_TRIED = 600, 60
"""Calls of a pair that something names, and of one that is tried for its behaviour alone."""
NEAR = 12
"""Plans of a pair that is not equal, among which a cause is looked for."""


@dataclass
class Pair:
    """One statement and one piece of code, with the plans that were tried."""

    function: Function
    candidate: Candidate
    how: str
    evidence: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    equal: Trial | None = None
    """The plan that equals on all inputs."""
    seen: list[Match] = field(default_factory=list)
    rivals: list[Pair] = field(default_factory=list)
    """Other statements of the same display, where none of them is equal."""

    def near(self) -> list[int]:
        """Plans that gave an array of the right shape, without transposing what fits as it is."""
        found = [k for k, m in enumerate(self.matches) if m.comparable]
        plain = [k for k in found if not any(f.transposed for _, f in self.trials[k].plan.values)]
        return (plain or found)[:NEAR]


def check_code(
    document: Document,
    functions: Sequence[Function],
    code: Code,
    bounds: Sequence[Bound] = (),
    programs: Sequence[Program] = (),
    seconds: int = 120,
) -> CheckReport:
    """Hold the code against the compiled equations and algorithms of a paper.

    Raises UsageError for a map that names what there is not, SandboxError where isolation is not to be had.
    """
    return _Check(document, functions, code, bounds, programs, seconds).report()


class _Check:
    def __init__(
        self,
        document: Document,
        functions: Sequence[Function],
        code: Code,
        bounds: Sequence[Bound],
        programs: Sequence[Program],
        seconds: int,
    ) -> None:
        self.document, self.code = document, code
        self.programs = {p.id: p for p in programs}
        self.functions = [*(f for f in functions if f.id not in self.programs), *(p.signature for p in programs)]
        self.by_id = {f.id: f for f in functions if f.id not in self.programs}
        self.runs, self.bounds = Runs(code, seconds), bounds
        self._drawn: dict[str, list[Drawn]] = {}

    def report(self) -> CheckReport:
        with self.runs:
            self.code = self.runs.looked(self.code)
            self.groups, self.problems = groups(self.document, self.functions, self.code, self.bounds)
            return self._report()

    def _report(self) -> CheckReport:
        bound = [g for g in self.groups if g.functions]
        pairs = {id(g): [Pair(f, g.candidate, g.how, g.evidence, g.arguments) for f in g.functions] for g in bound}
        told = {g.candidate.dotted for g in bound if g.how != "name"}
        others = [
            Pair(f, c, "behaviour", "")
            for c in self.code.candidates
            if c.dotted not in told
            for f in self.functions
            if not any(p.function is f and p.candidate is c for ps in pairs.values() for p in ps)
        ][:MOST_PAIRS]
        everything = [p for ps in pairs.values() for p in ps] + others
        self._try(everything)
        self._tie([p for p in everything if p.equal is None and p.candidate.kind == "module"][:MOST_TIED])
        chosen = [p for own in self._by_candidate(bound).values() for p in self._choose(own, pairs)]
        findings = self._findings(chosen)
        findings += self._proposed(others, findings)
        findings = self._differentiated(findings, [*chosen, *others])
        findings.sort(key=lambda f: (self._order(f.function), f.code))
        seen = {f.equation for f in findings}
        unbound = self._unbound(seen, pairs, bound)
        left = tuple(c.dotted for c in self.code.candidates if c.dotted not in {f.code for f in findings})
        return CheckReport(tuple(findings), unbound, left, tuple(self.problems))

    # --- runs ------------------------------------------------------------------------------------------

    def drawn(self, function: Function) -> list[Drawn]:
        if function.id in self.programs and function.id not in self._drawn:
            self._drawn[function.id] = [DrawnProgram.of_program(self.programs[function.id])]
        if function.id not in self._drawn:
            found = [Drawn.of(v) for v in variants(function, self.by_id)]
            self._drawn[function.id] = [d for d in found if d.cases] or found[:1]
        return self._drawn[function.id]

    def _try(self, pairs: Sequence[Pair]) -> None:
        """All plans on the first input; those that equal there on all inputs."""
        self._plan([(p, d) for p in pairs for d in self.drawn(p.function)])
        self._run(pairs)

    def _tie(self, pairs: Sequence[Pair]) -> None:
        """Once more, with sizes that depend on each other, for modules that have only one of them; one tie after another."""
        open_ = [p for p in pairs if p.function.id not in self.programs]
        own = {
            id(p): [(d, list(possible_ties(d.variant, p.candidate))) for d in self.drawn(p.function) if d.cases]
            for p in open_
        }
        for k in range(MOST_TIES):
            tries = []
            planned: list[tuple[Pair, Drawn]] = []
            for p in (p for p in open_ if p.equal is None):
                again = Pair(p.function, p.candidate, p.how, p.evidence, p.arguments)
                found = [v for d, ties in own[id(p)] if k < len(ties) and (v := tied(d.variant, ties[k])) is not None]
                planned += [(again, d) for v in found if (d := self._tied(v)).cases]
                tries.append((p, again))
            if not planned:
                return
            self._plan(planned)
            self._run([again for _, again in tries])
            for p, again in tries:
                if again.equal is not None:
                    p.trials, p.outcomes, p.matches = again.trials, again.outcomes, again.matches
                    p.equal, p.seen = again.equal, again.seen

    def _tied(self, variant: Variant) -> Drawn:
        key = f"{variant.function.id} {variant.given} {variant.held} {variant.tied}"
        if key not in self._drawn:
            self._drawn[key] = [Drawn.of(variant)]
        return self._drawn[key][0]

    def _run(self, pairs: Sequence[Pair]) -> None:
        flat = [t for p in pairs for t in p.trials]
        outcomes = iter(self.runs.trials(flat, 0))
        for p in pairs:
            p.outcomes = [next(outcomes) for _ in p.trials]
            p.matches = [compare(t, o, t.drawn.value(0, t.plan)) for o, t in zip(p.outcomes, p.trials)]
        self._confirm(pairs)

    def _plan(self, pairs: Sequence[tuple[Pair, Drawn]]) -> None:
        modules: list[tuple[Pair, Drawn, tuple[tuple[str, Feed], ...], str]] = []
        calls: list[CallSpec] = []
        for k, (p, d) in enumerate(pairs):
            if not d.cases or (p.candidate.kind == "optimizer") != (p.function.id in self.programs):
                continue
            if p.candidate.kind == "function":
                self._add(p, d, plans(d.variant, p.candidate, p.arguments))
                continue
            for j, built in enumerate(constructions(d.variant, p.candidate, d.sizes(0))):
                if p.candidate.kind == "optimizer":
                    self._add(p, d, plans(d.variant, p.candidate, p.arguments, None, built))
                    continue
                name = f"d{k}.{j}.{len(calls)}"
                c = call(d, 0, Plan((), built), p.candidate, name, describe=True)
                if c is not None:
                    calls.append(c)
                    modules.append((p, d, built, name))
        said = self.runs.run(calls)
        ways: dict[int, list[tuple[int, Drawn, Plan]]] = {}
        own = {id(p): p for p, _, _, _ in modules}
        for p, d, built, name in modules:
            if not said[name].error:
                shapes = said[name].shapes
                for plan in plans(d.variant, p.candidate, p.arguments, shapes, built, d.sizes(0)):
                    open_ = len(shapes) - len(plan.weights) - len(plan.zeroed)
                    ways.setdefault(id(p), []).append((open_, d, plan))
        for key, found in ways.items():
            found.sort(key=lambda w: w[0])  # first those that leave no parameter of the module as it was made
            own[key].trials += self._running(own[key].candidate, [(d, plan) for _, d, plan in found])

    def _running(self, candidate: Candidate, ways: Sequence[tuple[Drawn, Plan]]) -> list[Trial]:
        """Trials of a module: the many ways to fill its parameters only for those calls that give an array of the right shape."""
        calls: dict[tuple[object, ...], list[Trial]] = {}
        for d, plan in ways:
            key = (id(d), plan.construct, plan.values, plan.batch, plan.lead, plan.fixed, plan.plain)
            calls.setdefault(key, []).append(Trial(d, candidate, plan))
        firsts = [own[0] for own in calls.values()][:MOST_TRIALS]
        outcomes = self.runs.trials(firsts, 0)
        out: list[Trial] = []
        for own, outcome in zip(calls.values(), outcomes):
            if compare(own[0], outcome, own[0].drawn.value(0, own[0].plan)).comparable:
                out += own
        return out[:MOST_TRIALS] or firsts[:1]

    @staticmethod
    def _add(pair: Pair, drawn: Drawn, found: Iterable[Plan]) -> None:
        most = MOST_TRIED if pair.how == "behaviour" and pair.candidate.kind == "function" else MOST_TRIALS
        for plan in found:
            if len(pair.trials) >= most:
                return
            trial = Trial(drawn, pair.candidate, plan)
            pair.trials.append(trial)
            if has_scalars(trial):
                pair.trials.append(replace(trial, tensors=False))

    def _confirm(self, pairs: Sequence[Pair], most: int = 6) -> None:
        """The plans that equal on the first input, on all others."""
        hopeful = [(p, t) for p in pairs for t in self._admissible(p)[:most]]
        rounds = max((len(t.drawn.cases) for _, t in hopeful), default=0)
        outcomes = self.runs.all_cases([t for _, t in hopeful], range(rounds))
        for (p, t), found in zip(hopeful, outcomes):
            seen = [compare(t, o, t.drawn.value(n, t.plan)) for n, o in enumerate(found[: len(t.drawn.cases)])]
            if p.equal is None and all(m.equal for m in seen) and _varies(t):
                p.equal, p.seen = t, seen

    @staticmethod
    def _admissible(pair: Pair) -> list[Trial]:
        """Plans that equal; a transposed weight counts only where it does not fit as it is, or the code uses linear layers."""
        linear = "linear" in pair.candidate.text.lower() or "Conv" in pair.candidate.text
        plain = any(
            m.comparable and not any(f.transposed for _, f in t.plan.values) and not t.drawn.variant.given
            for m, t in zip(pair.matches, pair.trials)
        )
        return [
            t
            for m, t in zip(pair.matches, pair.trials)
            if m.equal and (linear or not plain or not any(f.transposed for _, f in t.plan.values))
        ]

    # --- findings ----------------------------------------------------------------------------------------

    @staticmethod
    def _by_candidate(bound: Sequence[Group]) -> dict[str, list[Group]]:
        out: dict[str, list[Group]] = {}
        for g in bound:
            out.setdefault(g.candidate.dotted, []).append(g)
        return out

    @staticmethod
    def _choose(own: Sequence[Group], pairs: Mapping[int, list[Pair]]) -> list[Pair]:
        """The statement of each group: one that equals, else the one of that name, else one that ran, else the first."""
        chosen: list[tuple[Group, Pair]] = []
        for g in own:
            ps = pairs[id(g)]
            same = [p for p in ps if normal(p.function.name) == normal(g.candidate.name) and (p.near() or p.equal)]
            ps = same or ps
            named = [p for p in ps if alike(p.function.name, g.candidate.name)]
            ran = sorted((p for p in ps if p.near()), key=lambda p: min(float(p.matches[k].error) for k in p.near()))
            best = next(iter([*[p for p in ps if p.equal], *[p for p in named if p.near()], *ran, *named, *ps]))
            best.rivals = [p for p in [*named, *ps] if p is not best and p.near()][:4]
            chosen.append((g, best))
        equal = [(g, p) for g, p in chosen if p.equal]
        if equal or all(g.how != "map" for g, _ in chosen):
            # A function has one value: where it is one of the equations it speaks of, the others are only mentioned.
            return [p for _, p in equal or chosen[:1]]
        return [p for _, p in chosen]

    def _findings(self, pairs: Sequence[Pair]) -> list[Finding]:
        """The verdict on each pair; none where a name alone, with guessed arguments, would accuse."""
        out = [self._equal(p) for p in pairs if p.equal is not None]
        different = [(p, [r for r in (p, *p.rivals) if r.near()]) for p in pairs if p.equal is None and p.near()]
        found = iter(self._differences([(r, r.near()) for _, rivals in different for r in rivals]))
        for p, rivals in different:
            own = [next(found) for _ in rivals]
            first = next((f for f in own if f.causes), own[0])
            if p.how != "name" or first.causes or _accuses(p):
                out.append(first)
        for p in pairs:
            if p.equal is None and not p.near() and p.how != "name":
                errors = [o.error for o in p.outcomes if o.error]
                shapes = [str(m.error) for m in p.matches if not m.comparable]
                nothing = self.drawn(p.function)[0].problem or "no way was found to give it the equation's arguments"
                why = next(iter([*errors, *shapes, nothing]))[:300]
                out.append(self._record(p, "not run", why, Match(why)))
        return out

    def _equal(self, pair: Pair) -> Finding:
        assert pair.equal is not None
        worst = max((m for m in pair.seen), key=lambda m: float(m.error))
        return self._record(pair, "equals", float(worst.error), worst, pair.equal)

    def _differentiated(self, findings: Sequence[Finding], pairs: Sequence[Pair]) -> list[Finding]:
        """The findings with gradients compared, where the values are equal."""
        by = {(p.function.id, p.candidate.dotted): p for p in pairs if p.equal is not None}
        equal = [f for f in findings if f.verdict == "equals" and (f.function, f.code) in by]
        own = [by[f.function, f.code] for f in equal]
        found = compare_gradients([(p.equal, p.seen) for p in own if p.equal is not None], self.runs)
        slopes = {(f.function, f.code): s for f, s in zip(equal, found)}
        return [with_slopes(f, slopes.get((f.function, f.code)), self._kind(f.function)) for f in findings]

    def _kind(self, id: str) -> str:
        return next((f.kind for f in self.functions if f.id == id), "")

    def _differences(self, pairs: Sequence[tuple[Pair, Sequence[int]]]) -> list[Finding]:
        """What differs, where first and why, for all of them in two runs."""
        own = [[p.trials[k] for k in near] for p, near in pairs]
        flat = [t for trials in own for t in trials]
        outcomes = iter(self.runs.all_cases(flat, range(3)))
        chosen: list[tuple[Finding, Trial]] = []
        for (pair, near), trials in zip(pairs, own):
            seen = [next(outcomes) for _ in trials]
            causes, k = self._causes(trials, seen)
            if k is None:
                k = min(range(len(trials)), key=lambda j: (trials[j].plan.guessed, float(pair.matches[near[j]].error)))
            trial, matched = trials[k], pair.matches[near[k]]
            record = replace(
                self._record(pair, "differs", matched.error, matched, trial),
                causes=tuple(dict.fromkeys(says for _, says in causes))[:3],
                operators=tuple(dict.fromkeys(operator for operator, _ in causes))[:3],
                notes=(*notes(trial), *rounding(matched, bool(causes))),
                library=_library(trial, seen[k][: len(trial.drawn.cases)]),
            )
            chosen.append((record, trial))
        examples = smallest([t for _, t in chosen], self.runs)
        return [replace(record, counterexample=e) for (record, _), e in zip(chosen, examples)]

    @staticmethod
    def _causes(
        trials: Sequence[Trial], outcomes: Sequence[Sequence[Outcome]]
    ) -> tuple[list[tuple[str, str]], int | None]:
        """Faults under which the equation gives what the code gave on every input, and the plan that this holds for."""
        for k, trial in enumerate(trials):
            found: list[tuple[str, str]] = []
            for fault in faults(trial.drawn.variant, trial.candidate.literals):
                if _explains(fault.variant, trial, outcomes[k]):
                    found.append((fault.operator, fault.says))
            if found:
                return found, k
        return [], None

    def _proposed(self, others: Sequence[Pair], findings: Sequence[Finding]) -> list[Finding]:
        """Equations that nothing names: code that behaves as they do, or as they do with one fault."""
        taken, done = {f.function for f in findings}, {f.code for f in findings}
        out: list[Finding] = []
        ordered = sorted(
            ((p, p.equal) for p in others if p.equal is not None),
            key=lambda x: (len(x[1].drawn.variant.given), x[1].plan.guessed),
        )
        for p, equal in ordered:
            if p.candidate.dotted in done:
                continue
            taken.add(p.function.id)
            done.add(p.candidate.dotted)
            p.evidence = f"it gives the same on {len(equal.drawn.cases)} random inputs"
            out.append(self._equal(p))
        hopeful: list[tuple[Pair, Sequence[int]]] = []
        for p in others:
            near = [k for k in p.near() if not p.trials[k].plan.guessed and len(p.trials[k].plan.values) >= 2]
            if near and p.function.id not in taken and p.candidate.dotted not in done:
                hopeful.append((p, near))
        said = "its arguments have the paper's names, and it gives the same with one change"
        for found in self._differences(hopeful[:20]):
            if found.causes and found.function not in taken and found.code not in done:
                taken.add(found.function)
                done.add(found.code)
                out.append(replace(found, evidence=said))
        return out

    def _record(self, pair: Pair, verdict: str, error: float | str, seen: Match, trial: Trial | None = None) -> Finding:
        title, place = self._place(pair.function)
        cases = trial.drawn.cases if trial else ()
        return Finding(
            equation=pair.function.equation or pair.function.id,
            function=pair.function.id,
            title=title,
            symbol=pair.function.symbol,
            place=place,
            code=pair.candidate.dotted,
            code_place=f"{pair.candidate.file}:{pair.candidate.line}",
            how=pair.how,  # type: ignore[arg-type]
            evidence=pair.evidence,
            verdict=verdict,  # type: ignore[arg-type]
            tolerance=seen.tolerance,
            error=error,
            inputs=len(cases),
            sizes=len({c.round for c in cases}),
            seeds=tuple(sorted({c.seed for c in cases})),
            adapted=(*(adapted(trial) if trial else ()), *seen.notes),
            notes=notes(trial) if trial else (),
            sandbox=self.runs.level,
        )

    def _place(self, function: Function) -> tuple[str, str]:
        equation = next((e for e in self.document.equations if e.id == function.equation), None)
        box = next((a for a in self.document.algorithms if a.id == function.id), None)
        if box is not None:
            return f"Algorithm {box.number}" if box.number else f"algorithm {box.id}", str(box.span)
        if equation is None:
            return f"{function.name} (in the text)", ""
        return f"Eq. ({equation.number})" if equation.number else f"display {equation.id}", str(equation.span)

    def _order(self, id: str) -> int:
        return next((k for k, f in enumerate(self.functions) if f.id == id), 0)

    def _unbound(self, seen: set[str], pairs: Mapping[int, list[Pair]], bound: Sequence[Group]) -> tuple[Unbound, ...]:
        out: list[Unbound] = []
        for f in self.functions:
            if f.equation in seen or f.id in seen or f.equation is None:
                continue
            title, place = self._place(f)
            drawn = self.drawn(f)[0]
            why = (
                drawn.problem if not drawn.cases else "no function of the code says that it is this, or behaves like it"
            )
            if f.equation not in [u.equation for u in out]:
                out.append(Unbound(f.equation, title, f.symbol, place, why))
        compiled = {f.equation for f in self.functions}
        for g in self.groups:
            if not g.functions and g.key not in compiled:
                equation = next((e for e in self.document.equations if e.id == g.key), None)
                title = f"Eq. ({equation.number})" if equation and equation.number else g.key
                place = str(equation.span) if equation else ""
                out.append(
                    Unbound(g.key, title, "", place, f"{g.candidate.dotted} is said to be it, but it was not compiled")
                )
        return tuple(out)


def _accuses(pair: Pair) -> bool:
    """Whether a name makes an unexplained difference a fault: it is the very name, and names settle the arguments."""
    k = pair.near()[0]
    same = normal(pair.function.name) == normal(pair.candidate.name)
    return same and not pair.trials[k].plan.guessed and not pair.matches[k].notes


def _explains(faulty: Variant, trial: Trial, outcomes: Sequence[Outcome]) -> bool:
    """Whether the faulty equation gives what the code gave: on every input, on one of them something finite."""
    finite = False
    for n, outcome in enumerate(outcomes[: len(trial.drawn.cases)]):
        value = trial.drawn.value(n, trial.plan, faulty)
        if value is not None and not outcome.error and not np.all(np.isfinite(value)):
            if np.shape(outcome.value) != value.shape or not passes(error_of(outcome.value, value, RTOL), 1e-8):
                return False
        elif not compare(trial, outcome, value).equal:
            return False
        else:
            finite = True
    return finite


def _varies(trial: Trial) -> bool:
    """Whether the equation's value is anywhere different from a constant: else equality shows nothing."""
    values = [trial.drawn.value(n, trial.plan) for n in range(len(trial.drawn.cases))]
    flat = [np.ravel(v) for v in values if v is not None]
    return bool(flat) and float(np.ptp(np.concatenate(flat))) > 1e-9


def _library(trial: Trial, outcomes: Sequence[Outcome]) -> str:
    """An operation of a library that the user's code equals: then perhaps the paper is wrong."""
    if trial.plan.lead or (trial.drawn.variant.given and not trial.drawn.cases):
        return ""
    cases = trial.drawn.cases[: len(outcomes)]
    try:
        found = corroborate(Prepared(trial.drawn.variant.function, cases), outcomes)
    except ERRORS:
        return ""
    return found.oracle if found is not None else ""
