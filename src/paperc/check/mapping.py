"""The `[bind]` table of a TOML file: which function computes which equation, in the user's own words.

    [bind]
    "eq:4" = "model.attention"
    "5" = { function = "model.FeedForward", arguments = { x = "hidden", W_1 = "fc1.weight" } }

A key is the label, the printed number ("5" or "(5)") or the id of an equation; an argument's name is that of the compiled
function or its symbol.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Diagnostic, Severity, UsageError


@dataclass(frozen=True, slots=True)
class Bound:
    """One entry of the table."""

    equation: str
    function: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Argument of the equation → parameter of the user's function or module."""


def read_map(path: Path) -> tuple[Bound, ...]:
    """The entries of a file's `[bind]` table. Raises UsageError for a file that says something else."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as wrong:
        raise _wrong(f"{path.name} cannot be read: {wrong.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise _wrong(f"{path.name} is not TOML: {wrong}") from None
    table = said.get("bind")
    if not isinstance(table, dict) or not table:
        raise _wrong(f"{path.name} has no [bind] table")
    return tuple(_entry(str(key), value) for key, value in table.items())


def _entry(key: str, value: object) -> Bound:
    if isinstance(value, str):
        return Bound(key, value)
    if isinstance(value, dict) and isinstance(value.get("function"), str) and set(value) <= {"function", "arguments"}:
        names = value.get("arguments", {})
        if isinstance(names, dict) and all(isinstance(v, str) for v in names.values()):
            return Bound(key, value["function"], dict(names))
    raise _wrong(f"the entry {key!r} of [bind] is not understood")


def _wrong(message: str) -> UsageError:
    help = '[bind] has lines like "eq:4" = "module.function", or = { function = "f", arguments = { Q = "query" } }'
    return UsageError(Diagnostic("wrong-map", message, help=help, severity=Severity.ERROR))
