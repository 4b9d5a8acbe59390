"""A value that a sentence tells in words, before it becomes a claim."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Area


@dataclass(frozen=True, slots=True)
class Told:
    """A value told in words, with the stretch of the sentence that tells it."""

    name: str
    area: Area
    value: str
    start: int
    end: int
    number: float | None = None
    unit: str = ""
    context: str = ""
    """What it holds for, where the rule knows better than the words around it."""
