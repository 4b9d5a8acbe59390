"""The compiled form of one equation or algorithm: a typed function, or the reasons why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import Diagnostic
from ..provenance import Span
from ..spec.model import Choice, EquationKind, Gap
from .node import Expr

ArgumentRole = Literal["input", "learnable", "hyper-parameter", "index", "random", "callable", "state"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a function. `shape` is in named dims (None: any shape, broadcasts); a callable has none."""

    name: str
    symbol: str
    """As the paper prints it (LaTeX)."""
    role: ArgumentRole
    shape: tuple[str, ...] | None = None
    default: float | int | None = None
    kind: Literal["real", "integer", "boolean", "callable", "class-label"] = "real"
    domain: str = ""
    """ "positive", "[0,1]", "simplex", "spd", "probability" … — where random test inputs are drawn."""
    sampled: bool = False
    """Carries a leading axis of samples (an expectation is taken over it)."""
    arity: int = 0
    """Of a callable."""
    meaning: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Function:
    """A pure function over tensors: `body` in terms of the arguments, by the calling convention of the design."""

    name: str
    equation: str
    """Id of the statement ("eq:4")."""
    latex: str
    arguments: tuple[Argument, ...]
    returns: tuple[str, ...] | None
    """Named dims of the result; None if it follows an argument's open shape."""
    body: Expr
    notes: tuple[str, ...] = ()
    """Numerical rewrites applied and readings taken, one sentence each; they become comments."""


@dataclass(frozen=True, slots=True)
class PropertyTest:
    """An identity or bound of the paper as a relation between two expressions over compiled functions."""

    equation: str
    latex: str
    relation: Literal["=", "<", ">", "<=", ">=", "≈"]
    left: Expr
    right: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True)
class Lowered:
    """What lowering made of one statement. Exactly one of `function`, `properties`, or a gap tells its fate."""

    equation: str
    kind: EquationKind
    status: Literal["read", "parsed", "typed"]
    function: Function | None = None
    properties: tuple[PropertyTest, ...] = ()
    gaps: tuple[Gap, ...] = ()
    choices: tuple[Choice, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
