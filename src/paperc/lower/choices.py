"""Alternatives: a reading asks what to take, and the driver replays it with other answers.

Reading a formula is nondeterministic where the paper leaves something open. Code that meets such a place calls
`Chooser.choose(key, options)`; the first run takes the first option everywhere, and the driver asks for the others. An
alternative of rank "fallback" is tried only if everything before it failed to type (`Final` is no such failure); "rival" alternatives are always tried,
and if two survive that differ, the statement is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from .refusal import Final, Refusal

T = TypeVar("T")
MAX_READINGS = 48


@dataclass(slots=True)
class Chooser:
    """Answers of one reading: fixed ones first, then the first option of whatever is asked."""

    fixed: Mapping[str, str] = field(default_factory=dict)
    asked: dict[str, tuple[tuple[str, ...], bool]] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)

    def choose(self, key: str, options: tuple[str, ...], *, rival: bool = False) -> str:
        self.asked.setdefault(key, (options, rival))
        answer = self.fixed.get(key, options[0])
        if answer not in options:
            answer = options[0]
        self.taken[key] = answer
        return answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """One reading: its answers, and what came of it."""

    taken: Mapping[str, str]
    result: object | None
    refusal: Refusal | None


def readings(
    read: Callable[[Chooser], T], settled: Mapping[str, str]
) -> Iterator[tuple[Mapping[str, str], T | Refusal]]:
    """All readings that matter, first choice first. `settled` are answers that the user gave in paper.toml."""
    done: set[tuple[tuple[str, str], ...]] = set()
    queue: list[tuple[dict[str, str], bool]] = [(dict(settled), True)]
    succeeded = False
    while queue and len(done) < MAX_READINGS:
        fixed, rival = queue.pop(0)
        mark = tuple(sorted(fixed.items()))
        if mark in done or (succeeded and not rival):
            continue
        done.add(mark)
        chooser = Chooser(fixed)
        outcome: T | Refusal
        try:
            outcome = read(chooser)
            succeeded = True
        except Refusal as refusal:
            outcome = refusal
            succeeded = succeeded or isinstance(refusal, Final)
        for key, (options, is_rival) in chooser.asked.items():
            if key in fixed:
                continue
            for option in options[1:]:
                queue.append(({**fixed, key: option}, rival and is_rival))
        yield dict(chooser.taken), outcome
