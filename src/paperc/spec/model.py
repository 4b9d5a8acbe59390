"""The PaperSpec: what the paper asks to be built, each fact with its place, and what the paper leaves out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..errors import Diagnostic
from ..formula.tree import Node
from ..provenance import Quote, Span

Area = Literal["architecture", "training", "data", "evaluation", "method"]
EquationKind = Literal["definition", "update", "objective", "distribution", "identity", "bound", "declaration", "prose"]
Role = Literal["input", "learnable", "hyper-parameter", "index", "random", "callable", "constant", "derived", "label"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that the paper states: "d_ff = 2048" in §3.3, with the verbatim words."""

    id: str
    """ "C1", "C2", … in order of appearance."""
    area: Area
    name: str
    """The field's term: "number of layers", "hidden size", "learning rate", "dataset", "reported result" …"""
    value: str
    """As printed, normalised for reading: "512", "Adam", "0.1", "28.4"."""
    quote: Quote
    number: float | None = None
    symbol: str | None = None
    """Canonical LaTeX of the symbol that carries the value, if one does."""
    unit: str = ""
    context: str = ""
    """What it holds for: "base model", "encoder", "English-German", a table's row and column headings."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the paper does not say, or that could not be read with certainty."""

    id: str
    what: str
    why: str
    needs: str
    """What would resolve it: a paper.toml key, a sentence, a file."""
    span: Span | None = None
    subject: str = ""
    """The equation, algorithm or configuration entry it concerns ("eq:3", "alg:1", "model.dropout")."""
    key: str = ""
    """The paper.toml key that would resolve it, if one would ("eq:3.axis")."""
    options: tuple[str, ...] = ()
    """The values that key may take, if they can be listed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision that paperc took where the paper allows several; the user can overrule it in paper.toml."""

    id: str
    """ "A1", "A2", …: the same id in code, README and evidence."""
    key: str
    """Dotted key in paper.toml ("model.norm_eps")."""
    value: str
    options: tuple[str, ...]
    why: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class SymbolFact:
    """One piece of evidence about one symbol."""

    symbol: str
    """Canonical LaTeX (`paperc.formula.notation.canonical`)."""
    what: Literal[
        "kind", "shape", "value", "role", "range", "meaning", "domain", "distribution",
        "set", "elements", "arguments", "result", "signature", "element-of", "row-of", "column-of",
        "same-shape",
    ]  # fmt: skip
    value: str
    """kind: scalar|vector|matrix|tensor|set|function|distribution|index; shape: "d_k, d"; value: a number; range: "1..K";
    set: the set that it is a member of; elements: shape of the members of this set (or the member itself, "x_{i}");
    arguments: shapes of a function's arguments, "d; " for (vector, scalar); result: shape of its value;
    element-of, row-of, column-of: the array whose parts it names; same-shape: the symbol that it has the shape of."""
    quote: Quote
    section: str = ""
    """`Section.id` of the section it stands in: nearer facts win where two disagree."""
    setting: bool = False
    """value: the method is run with it; it is not said of a case, an example, a figure alone."""


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    """All that is known of one symbol of the paper, facts joined."""

    symbol: str
    name: str
    """ASCII name (design: Names)."""
    kind: str = ""
    shape: tuple[str, ...] | None = None
    """Named dims, () for a declared scalar, None if nothing is declared."""
    role: Role | None = None
    value: float | None = None
    """A hyper-parameter's value, when the paper states exactly one (others are claims)."""
    default: float | None = None
    """That value where the paper sets it: what a function may take if nothing else is given."""
    domain: str = ""
    """ "positive", "[0,1]", "integer", "simplex", "spd" …"""
    meaning: str = ""
    indices: tuple[str, ...] = ()
    """Indices the symbol is written with, in convention order (superscripts, subscripts)."""
    defined_by: tuple[str, ...] = ()
    """Equations (ids) with this symbol on the left."""
    facts: tuple[SymbolFact, ...] = ()
    arguments: tuple[tuple[str, ...], ...] | None = None
    """Shapes of the arguments of a function, where its domain is declared."""
    result: tuple[str, ...] | None = None
    """Shape of a function's value, where it is declared."""
    range: tuple[str, str] | None = None
    """First and last value of an index or label, as the paper writes them: ("1", "K")."""
    distribution: str = ""
    """What it is drawn from, as LaTeX."""
    elements: tuple[str, ...] | None = None
    """Shape of the members of a set."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a display (or an inline definition), classified."""

    id: str
    """ "eq:4" — the record's id; "eq:4.2" for the second statement of a display; "inline:3"."""
    equation: str | None
    """The record's id, None for an inline definition."""
    kind: EquationKind
    tree: Node
    latex: str
    span: Span
    section: str
    why: str = ""
    """The rule that decided the kind."""


@dataclass(frozen=True, slots=True)
class Value:
    """A configuration entry: a stated value cites its claim, an assumed one its choice, an unknown one its gap."""

    value: float | int | str | bool | None
    claim: str | None = None
    choice: str | None = None
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class Sublayer:
    """One sub-layer of a repeated block."""

    kind: Literal["self-attention", "cross-attention", "feed-forward", "convolution", "recurrent", "other"]
    quote: Quote
    masked: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A repeated block: an encoder, a decoder, a trunk."""

    name: str
    layers: Value
    sublayers: tuple[Sublayer, ...]
    residual: Value
    norm: Value
    """ "layernorm", "rmsnorm", "batchnorm", "none"."""
    norm_position: Value
    """ "post" or "pre"."""
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Architecture:
    """The network as the text describes it, in general building blocks.

    `family` is "encoder-decoder", "encoder-only", "decoder-only", "mlp", … as far as it can be told from the
    stacks. `dims` holds every number a module needs by the field's name: "hidden size", "feed-forward size",
    "number of heads", "key dimension", "value dimension", "vocabulary size", "dropout", "activation",
    "positional encoding", "embedding scale", "weight sharing", "maximum length", "attention bias" …
    """

    family: str
    stacks: tuple[Stack, ...]
    dims: dict[str, Value]
    quotes: tuple[Quote, ...] = ()
    variants: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Named configurations beside the default ("big"): only the entries that the paper states of them."""


@dataclass(frozen=True, slots=True)
class Training:
    """The recipe. `settings` by the field's name: "optimizer", "learning rate", "beta_1", "beta_2", "epsilon",
    "weight decay", "batch size", "training steps", "epochs", "warm-up steps", "label smoothing", "dropout",
    "gradient clipping", "schedule", "schedule equation" (an equation id), "loss", "hardware", "training time" …"""

    settings: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Result:
    """A number that the paper reports: a table cell or a sentence."""

    metric: str
    dataset: str
    method: str
    value: str
    quote: Quote
    number: float | None = None
    split: str = ""
    own: bool = False
    """It is the paper's own method."""
    table: str | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    datasets: tuple[Claim, ...] = ()
    metrics: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """What is new and which problem it answers, in the paper's words; the key equations and algorithms by id."""

    what_is_new: tuple[Quote, ...] = ()
    problem: tuple[Quote, ...] = ()
    key_equations: tuple[str, ...] = ()
    key_algorithms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperSpec:
    title: str
    authors: tuple[str, ...]
    source: str
    """Main file, relative."""
    sha256: str
    contribution: Contribution
    statements: tuple[Statement, ...] = ()
    symbols: dict[str, SymbolInfo] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    architecture: Architecture | None = None
    training: Training | None = None
    evaluation: Evaluation = Evaluation()
    gaps: tuple[Gap, ...] = ()
    choices: tuple[Choice, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
