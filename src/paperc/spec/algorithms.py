"""Algorithm boxes as statements: what each printed line does, before anyone has decided what its symbols mean.

A line is a declaration, an assignment, a draw, a loop, a branch, a return, a remark — or a `Hole`: words that no rule reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ..document import Algorithm
from ..formula.tree import Node


@dataclass(frozen=True, slots=True)
class Declare:
    """Names that the box takes: `Require: step size $\\alpha$, $\\theta_0 \\in \\mathbb{R}^d$`. `words` stand before each."""

    trees: tuple[tuple[Node, str], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Assign:
    """`target ← value`; simultaneous ones (`a, b ← b, a`) are one statement."""

    targets: tuple[Node, ...]
    values: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Draw:
    """`target ∼ distribution`."""

    target: Node
    distribution: Node
    line: int


@dataclass(frozen=True, slots=True)
class For:
    """`for variable = first, …, last`; `down`: in falling order. `variable` None: just so many times."""

    variable: Node | None
    first: Node
    last: Node
    down: bool
    body: tuple[Step, ...]
    line: int


@dataclass(frozen=True, slots=True)
class While:
    """A condition that is a formula; `until`: tested behind the body, and ends the loop when it holds."""

    condition: Node
    body: tuple[Step, ...]
    line: int
    until: bool = False


@dataclass(frozen=True, slots=True)
class Endless:
    """`while not converged`: a loop whose end the paper leaves to the reader."""

    words: str
    body: tuple[Step, ...]
    line: int


@dataclass(frozen=True, slots=True)
class If:
    """Branches in order; a condition None is the `else`."""

    branches: tuple[tuple[Node | None, tuple[Step, ...]], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Return:
    values: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Hole:
    """A line that no rule understands. `symbols` are the formulas in it."""

    text: str
    symbols: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Words that do nothing: headings, comments."""

    text: str
    line: int


Step: TypeAlias = Declare | Assign | Draw | For | While | Endless | If | Return | Hole | Remark


@dataclass(frozen=True, slots=True)
class Box:
    """One algorithm box."""

    algorithm: Algorithm
    steps: tuple[Step, ...]
    problems: tuple[tuple[int, str], ...] = ()
    """(line, what is wrong): blocks that do not match."""
