"""The surface tree: what a formula looks like, before anyone has decided what it means.

Nothing here knows types. What is ambiguous on paper stays ambiguous: `f(x)` is a `Juxtaposition` of a
symbol and a group until the symbol table says that `f` is a function; a superscript is just a superscript.
Positions are carried on every node and are never part of equality.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Position: TypeAlias = tuple[int, int]
"""Character offsets into the LaTeX of the equation record (end exclusive)."""


def _at() -> Position:
    return (-1, -1)


@dataclass(frozen=True, slots=True)
class Number:
    """An unsigned decimal literal, digits as written: "0.5", "1000" (thousands marks removed)."""

    text: str
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Symbol:
    """One name, without scripts: a letter (`x`, `\\alpha`), or a word (`FFN`, `step\\_num`, `softmax`).

    `name` is the bare name without backslash ("alpha", "x", "FFN", "step_num", "nabla", "infty").
    `accents` are outermost first ("hat", "bar", "tilde", "dot", "vec"). `font` is "" or one of
    "bf", "cal", "bb", "frak", "sf", "tt", "rm"; `\\bm`, `\\boldsymbol`, `\\mathbf`, `\\pmb` are all "bf".
    """

    name: str
    accents: tuple[str, ...] = ()
    font: str = ""
    word: bool = False
    """Set in one word (\\operatorname, \\mathrm{...}, \\text{...}, or joined letters that the paper uses as a name)."""
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    """Words inside the formula: "if", "otherwise", "where", "for all"."""

    text: str
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Ellipsis:
    """`\\dots`, `\\cdots`, `\\vdots`, `...`; `kind` is "low", "centre", "vertical" or "diagonal"."""

    kind: str = "low"
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`\\cdot` or an empty place where an argument belongs: `f(\\cdot)`, `[\\cdot]_+`."""

    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Scripted:
    """A base with its scripts. `{x_i}_j` nests. Scripts that are lists (`_{i,j}`) are a `List`."""

    base: Node
    sub: Node | None = None
    sup: Node | None = None
    primes: int = 0
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class List:
    """Items between separators: `a, b; c` has separators (",", ";"). `x_{ij}` in a script is a Juxtaposition."""

    items: tuple[Node, ...]
    separators: tuple[str, ...]
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Given:
    """`left \\mid right` inside a group: a condition, or the condition of a set builder. Also `p \\| q` (op "||")."""

    left: Node
    right: Node
    op: str = "|"
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Group:
    """A bracketed body. Delimiters are one of ( ) [ ] { } | ‖ ⟨ ⟩ ⌊ ⌋ ⌈ ⌉ or "." for an invisible one.

    Bare TeX braces make no Group. An empty body is `Placeholder`.
    """

    open: str
    close: str
    body: Node
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """Prefix `-` `+` `±` `¬`, or postfix "!" (factorial) and "%"."""

    op: str
    operand: Node
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """An explicit operator, as a Unicode sign: + - ± ∓ · × / ÷ * ∘ ⊙ ⊗ ⊕ ⊘ ⊖ ∪ ∩ ∖ ∧ ∨ mod ⋆ ∥ (concatenation), Δ (set difference)."""

    op: str
    left: Node
    right: Node
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Juxtaposition:
    """Neighbours with nothing between: a product, an application, or a word. At least two items, left to right."""

    items: tuple[Node, ...]
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """A function that is one by notation (`\\log x`, `\\operatorname{softmax}(z)`, `\\exp[...]`), with its argument.

    `function` is a Symbol or a Scripted symbol (`\\log_2`, `\\sin^2`). `argument` is a Node; a bracketed
    argument keeps its Group (whose body may be a List). `bracketed` tells `f(x)` from `\\log x`.
    `doubtful` marks an unbracketed argument of which another extent is also plausible (`\\log p(x) q(x)`).
    """

    function: Node
    argument: Node
    bracketed: bool
    doubtful: bool = False
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Fraction:
    numerator: Node
    denominator: Node
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Binomial:
    upper: Node
    lower: Node
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Root:
    radicand: Node
    degree: Node | None = None
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class BigOp:
    """An operator that binds: sum prod max min argmax argmin sup inf lim int union intersection E Var Cov Pr.

    `op` is that name. `sub` and `sup` stand below and above (or as scripts). For E, Var, Cov and Pr the body
    is their bracket (or the following factor) and a decoration such as a hat stands in `accents`.
    max/min over arguments (`\\max(a, b)`) is an Apply, not a BigOp, when it has no `sub`.
    """

    op: str
    sub: Node | None
    sup: Node | None
    body: Node
    accents: tuple[str, ...] = ()
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Relation:
    """A chain `first op1 a op2 b …`. Operators as Unicode signs or names:
    = ≠ < > ≤ ≥ ≪ ≫ ≈ ≃ ≅ ≡ ∝ ∼ := =: ← → ↦ ∈ ∉ ∋ ⊂ ⊆ ⊃ ⊇ ≻ ≺ ⪰ ⪯ ⇒ ⇔ ∣ ⊥ iid∼ def=."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Cases:
    """`cases`, or an array behind a left brace. A row is (value, condition); no condition: otherwise-less."""

    rows: tuple[tuple[Node, Node | None], ...]
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Matrix:
    """`matrix`, `pmatrix`, `bmatrix`, `array` …; the delimiters stand in `open` and `close`."""

    rows: tuple[tuple[Node, ...], ...]
    open: str = ""
    close: str = ""
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Quantified:
    """`body` under a condition that stands beside it: `body, \\forall i \\in S`, `body \\quad \\text{if } x > 0`,
    `\\text{s.t.}`. `kind` is "forall", "exists", "if", "where", "st", "with"."""

    kind: str
    body: Node
    condition: Node
    at: Position = field(default_factory=_at, compare=False)


@dataclass(frozen=True, slots=True)
class Decorated:
    """`\\underbrace`, `\\overbrace`, `\\cancel`, `\\boxed`, `\\overset`, `\\stackrel`: meaning is that of `body`."""

    kind: str
    body: Node
    note: Node | None = None
    at: Position = field(default_factory=_at, compare=False)


Node: TypeAlias = (
    Number
    | Symbol
    | Text
    | Ellipsis
    | Placeholder
    | Scripted
    | List
    | Given
    | Group
    | Unary
    | Binary
    | Juxtaposition
    | Apply
    | Fraction
    | Binomial
    | Root
    | BigOp
    | Relation
    | Cases
    | Matrix
    | Quantified
    | Decorated
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the parser could not read: what, where, and what would help."""

    code: str
    """"unbalanced-bracket", "unknown-command", "misplaced-script", "empty", …"""
    message: str
    at: Position = (-1, -1)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The statements of one equation record. `statements` is empty iff `problems` says why.

    A display with several statements (`a = b, \\quad c = d`; rows of an unnumbered align; `\\text{where}` clauses)
    has one tree each, in order; a continued chain over several rows is one Relation.
    """

    latex: str
    statements: tuple[Node, ...]
    problems: tuple[Problem, ...] = ()
