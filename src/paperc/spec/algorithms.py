"""Algorithm boxes as statements: what each printed line does, before anyone has decided what its symbols mean.

A line is a declaration, an assignment, a draw, a loop, a branch, a return, a remark — or a `Hole`: words that no rule reads,
which become a function that is to be supplied.
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
class Hole:
    """What a line says in words: a function that the reader of the paper has to supply, called where the line stands.

    `targets` are the symbols that the line sets, `symbols` the formulas in it. Of `doubtful` symbols the words do not tell
    whether the line sets them. `told`: the paper itself names the function (`x ← Fit(y)`, `a ∼ p(·|s)`): nothing is missing.
    """

    text: str
    symbols: tuple[Node, ...]
    line: int
    name: str = ""
    targets: tuple[Node, ...] = ()
    doubtful: tuple[Node, ...] = ()
    unread: str = ""
    """Why what the line reads or sets is not certain."""
    told: bool = False
    why: str = ""
    """Why a formula stands for a function, where the line is one."""


Condition: TypeAlias = Node | Hole


@dataclass(frozen=True, slots=True)
class While:
    """Runs while its condition holds; `until`: tested behind the body, and ends the loop when it holds."""

    condition: Condition
    body: tuple[Step, ...]
    line: int
    until: bool = False


@dataclass(frozen=True, slots=True)
class Each:
    """`for (x, y) ∈ D`: a loop over the elements of something that is no range of numbers."""

    targets: tuple[Node, ...]
    items: Hole
    """Gives the elements."""
    body: tuple[Step, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Endless:
    """`while not converged`: a loop whose end the paper leaves to the reader."""

    words: str
    body: tuple[Step, ...]
    line: int


@dataclass(frozen=True, slots=True)
class If:
    """Branches in order; a condition None is the `else`."""

    branches: tuple[tuple[Condition | None, tuple[Step, ...]], ...]
    line: int


@dataclass(frozen=True, slots=True)
class Return:
    values: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Ensure:
    """`Output: θ`: what the box says that it gives; it does nothing where it stands."""

    values: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Words that do nothing: headings, comments."""

    text: str
    line: int


Step: TypeAlias = Declare | Assign | Draw | For | While | Each | Endless | If | Return | Ensure | Hole | Remark


@dataclass(frozen=True, slots=True)
class Box:
    """One algorithm box."""

    algorithm: Algorithm
    steps: tuple[Step, ...]
    problems: tuple[tuple[int, str], ...] = ()
    """(line, what is wrong): blocks that do not match."""
