"""The figures at the top of every document: how many equations reached which step, and what could not be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..document import Algorithm
from ..verify.record import LADDER, Check, Mutation, Status
from .entries import Entry, algorithm_entries, equation_entries, inline_entries, total_mutation
from .record import BuildRecord, Measurement

ENOUGH_KILLED = 0.9
"""Below this share of planted faults caught, the verdict says so."""
CODE_KINDS = ("definition", "update", "objective", "distribution")
PROPERTY_KINDS = ("identity", "bound")
MEANING = {
    "read": "it is in the paper, numbered as printed",
    "parsed": "one reading of the formula",
    "typed": "kinds, shapes and sizes are consistent",
    "runs": "forward and backward run, finite, at two sets of sizes",
    "conforms": "equals an independent float64 evaluation of the parsed formula, and the gradients are right",
    "corroborated": "equals an oracle that does not share the parse",
}
"""What each step of the ladder shows."""


@dataclass(frozen=True, slots=True)
class Summary:
    equations: tuple[Entry, ...]
    algorithms: tuple[Entry, ...]
    inline: tuple[Entry, ...]
    """Definitions in running text that were compiled."""
    counts: tuple[tuple[Status, int], ...]
    """Entries by the step they reached, highest first; entries without code stand under "read" and "parsed"."""
    compiled: int
    """Equations and algorithms with code."""
    tested: int
    """Identities and bounds that were tested as properties of the code."""
    gaps: int
    failed: tuple[tuple[Entry, Check], ...]
    mutation: Mutation
    model: tuple[Check, ...]
    verified: bool

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What the paper sets apart, and what is counted."""
        return self.equations + self.algorithms

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        """The same with what was compiled from running text."""
        return self.entries + self.inline

    @property
    def kill_rate(self) -> float | None:
        """Share of planted faults that the checks caught; None where none was planted."""
        return self.mutation.killed / self.mutation.tried if self.mutation.tried else None

    def at_least(self, step: Status) -> int:
        """Compiled entries that reached the step."""
        low = LADDER.index(step)
        return sum(1 for e in self.entries if e.functions and LADDER.index(e.status) >= low)

    @property
    def sentence(self) -> str:
        """One line for people."""
        words = [f"{self.compiled} of {len(self.entries)} equations and algorithms compiled"]
        if self.verified:
            words.append(f"{self.at_least('conforms')} conform")
            words.append(f"{self.at_least('corroborated')} corroborated")
        else:
            words.append("not verified")
        if self.tested:
            words.append(f"{self.tested} {'property' if self.tested == 1 else 'properties'} tested")
        if self.inline:
            words.append(f"{len(self.inline)} more from running text")
        words.append(f"{self.gaps} {'gap' if self.gaps == 1 else 'gaps'}")
        if self.failed:
            words.append(f"{len(self.failed)} FAILED checks")
        rate = self.kill_rate
        if rate is not None:
            words.append(f"{rate:.0%} of planted faults caught" + ("" if rate >= ENOUGH_KILLED else " (too few)"))
        return ", ".join(words)


def summary(record: BuildRecord) -> Summary:
    """The figures of a build."""
    equations, algorithms = equation_entries(record), algorithm_entries(record)
    inline = inline_entries(record)
    entries = equations + algorithms
    return Summary(
        equations,
        algorithms,
        inline,
        tuple((step, sum(1 for e in entries if e.status == step)) for step in reversed(LADDER)),
        sum(1 for e in entries if e.functions),
        sum(1 for e in entries if e.kind in PROPERTY_KINDS and any(c.passed for c in e.checks)),
        len(record.gaps),
        tuple((e, c) for e in entries + inline for c in e.failed),
        total_mutation(record),
        record.verification.model if record.verification else (),
        record.verification is not None,
    )


def measurements(record: BuildRecord) -> tuple[Measurement, ...]:
    """What was measured beside what the paper prints: those of the pipeline, and checks against a printed number."""
    checks = record.verification.model if record.verification else ()
    known = {m.what for m in record.measurements}
    found = [
        Measurement(
            c.name,
            c.oracle.removeprefix("printed: "),
            number_text(c.observed),
            "agrees" if c.passed else "DIFFERS",
            note=number_text(c.tolerance),
        )
        for c in checks
        if c.oracle.startswith("printed: ") and c.name not in known
    ]
    return (*record.measurements, *found)


def reason(entry: Entry) -> str:
    """Why an entry has no code, in a sentence."""
    if entry.gaps:
        return "; ".join(f"{g.what}: {g.why}" for g in entry.gaps)
    if isinstance(entry.source, Algorithm):
        return "It was not compiled."
    if entry.kind in PROPERTY_KINDS:
        tried = "and was tested as a property of the code" if entry.checks else "that no compiled function could test"
        return f"It is an {'identity' if entry.kind == 'identity' else 'inequality'} {tried}."
    if entry.kind in CODE_KINDS:
        return "It was not compiled." if entry.status != "read" else "It could not be read as a formula."
    if entry.kind == "declaration":
        return "It declares symbols; there is nothing to compute."
    if entry.status == "read":
        return "It was read, and not compiled."
    return "It states nothing that code could compute."


def number_text(value: float | str) -> str:
    """An observed error or a tolerance, short."""
    if isinstance(value, str):
        return value
    return f"{value:.1e}" if value and (abs(value) < 1e-3 or abs(value) >= 1e5) else f"{value:g}"


def failed_names(checks: Sequence[Check]) -> str:
    """The names of the checks that did not pass."""
    return ", ".join(c.name for c in checks if not c.passed)
