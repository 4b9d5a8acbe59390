"""What a check holds: the user's code as read, the ways it was tried, and what was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import Diagnostic
from ..ir.dims import Dim
from ..ir.node import Function

Verdict = Literal["equals", "differs", "not run"]
How = Literal["map", "mention", "name", "behaviour"]


# --- the user's code, read and never imported ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the user's function."""

    name: str
    required: bool = True
    default: Any = None
    """Where it is a literal."""
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A function, a class with a `forward`, or an optimiser, of the user's code or of a library."""

    module: str
    name: str
    file: str
    line: int
    kind: Literal["function", "module", "optimizer"]
    parameters: tuple[Parameter, ...]
    """Of the function, or of `forward` without `self`."""
    construct: tuple[Parameter, ...] = ()
    """Of `__init__` without `self`; `config.hidden_size` is a setting that the class reads, `betas.0` a member of a pair."""
    text: str = ""
    mentions: tuple[str, ...] = ()
    """What a comment or docstring says that it computes: printed numbers ("4", "A.2") and labels."""
    literals: tuple[float, ...] = ()
    """Numbers written in it."""
    installed: bool = False
    """It belongs to a library, which knows nothing of the paper: it may be a special case of the equation. In code that is said
    to be the equation, a factor or function left out is a fault."""

    @property
    def dotted(self) -> str:
        return f"{self.module}.{self.name}"


# --- one way to call it ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Feed:
    """What a parameter is given: an argument of the equation, a size, a value, or several arguments stacked."""

    kind: Literal["argument", "size", "value", "packed"]
    name: str = ""
    """The argument, or the dimension."""
    value: Any = None
    transposed: bool = False
    heads: bool = False
    """An array for each head, (h, d, k), as one matrix (d, h k)."""
    columns: tuple[str, ...] = ()
    """Only these columns of a matrix: sizes before them, "|", and their own."""
    parts: tuple[Feed, ...] = ()
    """Stacked along the first axis, as gates and projections are."""
    form: Literal["", "list", "edges", "edge weights", "one", "zeros"] = ""
    """A size as a list; a square matrix as the edges of a graph and their weights; a number as an array of one; zeros like it."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the equation that it holds."""
        if self.kind == "packed":
            return tuple(a for p in self.parts for a in p.arguments)
        return (self.name,) if self.kind == "argument" else ()

    def __str__(self) -> str:
        if self.kind == "packed":
            return f"[{'; '.join(map(str, self.parts))}]"
        words = [w for w, said in (("its heads joined", self.heads), ("a part of", bool(self.columns))) if said]
        return (
            f"{self.name}{f' ({words[0]})' if self.heads else ''}" if not self.columns else f"{words[-1]} {self.name}"
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """How the inputs of an equation become a call of the user's code."""

    values: tuple[tuple[str, Feed], ...]
    construct: tuple[tuple[str, Feed], ...] = ()
    weights: tuple[tuple[str, Feed], ...] = ()
    """Parameters of the module by their dotted names."""
    zeroed: tuple[str, ...] = ()
    """Parameters of the module that the equation does not have: zero."""
    batch: tuple[str, ...] = ()
    """Arguments that get leading axes."""
    lead: int = 0
    """How many."""
    fixed: tuple[tuple[str, float], ...] = ()
    """Arguments of the equation that the code does not take, with the value they have then."""
    plain: tuple[str, ...] = ()
    """Unknown functions of the equation that the code does not take: the identity."""
    guessed: int = 0
    """Arguments that no name settles."""

    @property
    def taken(self) -> frozenset[str]:
        """The arguments of the equation that the call gets."""
        return frozenset(a for _, f in (*self.values, *self.construct, *self.weights) for a in f.arguments)


@dataclass(frozen=True, slots=True)
class Variant:
    """An equation as a function, perhaps with the values of other equations as arguments instead of computed."""

    function: Function
    functions: Mapping[str, Function]
    given: tuple[str, ...] = ()
    """Names of the other equations' values that are arguments here."""
    tied: tuple[tuple[str, Dim], ...] = ()
    """Sizes that are given by others: (d_model, h d_k)."""
    held: tuple[str, ...] = ()
    """Equations whose values it computes itself, where the compiled function takes them."""


# --- findings --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The smallest inputs that were found on which the code is not the equation."""

    inputs: tuple[tuple[str, Any], ...]
    expected: Any
    got: Any
    sizes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one equation against one piece of the user's code."""

    equation: str
    """Id of the equation record, or of the statement in running text."""
    function: str
    """Id of the compiled statement."""
    title: str
    """As printed: "Eq. (4)"."""
    symbol: str
    place: str
    """file:line of the paper."""
    code: str
    """module.function of the user."""
    code_place: str
    how: How
    evidence: str
    """Why the two belong together."""
    verdict: Verdict
    tolerance: float
    error: float | str
    inputs: int = 0
    sizes: int = 0
    seeds: tuple[int, ...] = ()
    adapted: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    causes: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    """The kinds of fault behind `causes`, one each."""
    gradient: float | None = None
    """The largest relative difference of gradients, where they could be compared."""
    slopes: tuple[tuple[str, float, float], ...] = ()
    """(argument, the equation's slope, the code's) where gradients differ though values do not."""
    library: str = ""
    """An operation of a library that the user's code equals where the equation does not."""
    notes: tuple[str, ...] = ()
    sandbox: str = ""


@dataclass(frozen=True, slots=True)
class Unbound:
    """An equation that was held against nothing."""

    equation: str
    title: str
    symbol: str
    place: str
    why: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All findings, in the order of the paper."""

    findings: tuple[Finding, ...]
    unbound: tuple[Unbound, ...] = ()
    left: tuple[str, ...] = ()
    """Functions of the user's code that no equation was found for."""
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0 only when at least one equation is bound and every bound one equals."""
        return 0 if self.findings and all(f.verdict == "equals" for f in self.findings) else 1
