"""The typed IR: what a formula means. Every ambiguity of the surface tree has been decided here, or there is no IR.

A node denotes, for each assignment of its free *indices*, one array of its *own shape*. The two never mix: `S_{ij}` of a
matrix S is a scalar with the free indices i and j; `S` is a matrix without free indices. The slow evaluator
(`ir/evaluate.py`) takes this literally and loops over indices; the emitted code turns free indices into axes.

Numbers of indices are the paper's own: in `\\sum_{i=1}^{n} i x_i` the index i is 1, …, n. An `Axis` knows the number of its
first element (`base`), and position = number - base. Stored labels (`y` in `z_y`) are zero-based and marked `stored`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..spec.model import Role
from .dims import Dim

# --- types --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of an array: its size, and the number that the paper gives its first element."""

    dim: Dim
    base: int = 1


Sort: TypeAlias = Literal["real", "integer", "boolean", "stored", "object"]
"""What the elements are; "stored" is a zero-based class label or position, "integer" a number that counts as the paper counts.
"object" is a value of any kind, which an algorithm only hands on."""


@dataclass(frozen=True, slots=True)
class ArrayType:
    """An array of own shape `axes` (() for a scalar)."""

    axes: tuple[Axis, ...] = ()
    sort: Sort = "real"

    @property
    def dims(self) -> tuple[Dim, ...]:
        return tuple(a.dim for a in self.axes)


@dataclass(frozen=True, slots=True)
class FunctionType:
    """A callable argument: it is called with arrays of these types, one call for each assignment of the indices."""

    arguments: tuple[ArrayType, ...]
    result: ArrayType
    variables: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    """Of a density: whose it is. p(x) and p(y) are two functions with one name."""


@dataclass(frozen=True, slots=True)
class HoleType(FunctionType):
    """A function that stands for what a line of an algorithm says in words; it may return something else at each call.

    It is called with the values of `takes` and gives those of `gives` (types: `results`; nothing: it is called for its
    effect). `form`: "condition" says yes or no, "items" gives a sequence of what `gives` names.
    """

    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    results: tuple[ArrayType, ...] = ()
    form: Literal["values", "condition", "items"] = "values"


Type: TypeAlias = ArrayType | FunctionType


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a compiled function. The order of axes is that of the design: superscript indices, subscript indices,
    then the axes of the symbol's own shape; a sampled variable has its sample axis in front of all."""

    name: str
    symbol: str
    """LaTeX as printed (`\\hat{A}_t`)."""
    type: Type
    role: Role = "input"
    default: float | int | None = None
    domain: str = ""
    """"positive", "[0,1]", "simplex", "spd", "integer", "probability" …: where random test inputs are drawn from."""
    meaning: str = ""
    claim: str | None = None
    """The claim that gives the default."""


# --- indices and domains --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers lo, lo + 1, …, hi (both included; empty if hi < lo). Integer nodes, which may hold outer indices."""

    lo: Node
    hi: Node


@dataclass(frozen=True, slots=True)
class Over:
    """All elements of an axis: numbers base, …, base + size - 1."""

    axis: Axis


Domain: TypeAlias = Range | Over


@dataclass(frozen=True, slots=True)
class Index:
    """A bound or free index. `name` is unique within a function ("i", "j", "i_2"); `symbol` is what the paper prints."""

    name: str
    symbol: str
    domain: Domain
    sample: bool = False
    """It runs over the samples of an expectation."""


# --- positions of an access -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pick:
    """One element: `number` is an integer node in the paper's numbering, or a zero-based one if its sort is "stored"."""

    number: Node


@dataclass(frozen=True, slots=True)
class Slice:
    """The elements lo, …, hi in the paper's numbering (None: from the first, to the last). `x_{<t}` is Slice(None, t - 1)."""

    lo: Node | None
    hi: Node | None


@dataclass(frozen=True, slots=True)
class All:
    """The whole axis: `A_{i,:}`."""


Position: TypeAlias = Pick | Slice | All


# --- leaves -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Const:
    """A number. `text` is how code should write it ("math.pi", "1e-5"), "" for the number itself."""

    value: int | float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of the function, or a local (`Let`) of that name."""

    name: str


@dataclass(frozen=True, slots=True)
class Size:
    """A dimension used as a number."""

    dim: Dim


@dataclass(frozen=True, slots=True)
class IndexNumber:
    """The current number of an index."""

    index: str


# --- element-wise -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Op:
    """An element-wise operation of `ir/legal.py::OPERATIONS`: add mul neg sub div pow exp log …, comparisons, where, clip.

    Own shapes are equal, or scalar against any shape. There is no other broadcasting: a lowering that means it says `Expand`.
    """

    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Expand:
    """Own shape becomes `axes`: the value repeats along new leading axes (a bias added to every row)."""

    body: Node
    axes: tuple[Axis, ...]


# --- linear algebra, on own shapes ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatMul:
    """(n, k) (k, m) → (n, m); (n, k) (k) → (n); (k) (k, m) → (m); (k) (k) → scalar."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Outer:
    """(n) (m) → (n, m): `x y^\\top`."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Linear:
    """An operation of linear algebra of `ir/legal.py::LINEAR`: transpose inverse pinv det logdet trace diag (vector → matrix)
    diagonal (matrix → vector) identity-like kron cholesky matrix-power matrix-exp cross."""

    op: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity matrix of a size."""

    axis: Axis


@dataclass(frozen=True, slots=True)
class Filled:
    """An array of one number: `\\mathbf{1}_n`, `\\mathbf{0}`."""

    value: float
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class Norm:
    """`kind`: "2" (Euclidean; Frobenius for a matrix), "1", "inf", "p" (with `p`), "nuclear", "spectral". Over the whole own shape."""

    body: Node
    kind: str = "2"
    p: Node | None = None


# --- indices and axes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Access:
    """Elements of an array: one position for each of its first axes; later axes stay whole."""

    base: Node
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Reduce:
    """`op` over an index: sum prod max min mean any all argmax argmin logsumexp.

    `where` restricts it (`j \\ne i`); an empty sum is 0, an empty product 1, an empty maximum -inf. argmax and argmin give
    the number of the first index that attains it (sort "stored": zero-based).
    """

    op: str
    index: Index
    body: Node
    where: Node | None = None


@dataclass(frozen=True, slots=True)
class ReduceAxes:
    """`op` over own axes (non-negative positions): sum prod max min mean var (biased) std logsumexp argmax argmin."""

    op: str
    body: Node
    axes: tuple[int, ...]
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Along:
    """An operation along one own axis that keeps the shape: softmax log_softmax cumsum cumprod normalize sort flip."""

    op: str
    body: Node
    axis: int


@dataclass(frozen=True, slots=True)
class Build:
    """The array over an index: own shape becomes (index, *own shape of body). `[f(x_1), …, f(x_n)]`."""

    index: Index
    body: Node


@dataclass(frozen=True, slots=True)
class Join:
    """`kind` "concat": along own axis `axis`; "stack": along a new leading axis. Items have equal own shapes elsewhere."""

    kind: Literal["concat", "stack"]
    items: tuple[Node, ...]
    axis: int = 0


@dataclass(frozen=True, slots=True)
class ConcatOver:
    """Concatenation of `body` over an index along own axis `axis`: `Concat(head_1, …, head_h)`."""

    index: Index
    body: Node
    axis: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A matrix written out: rows of blocks (matrices, vectors as columns, scalars)."""

    rows: tuple[tuple[Node, ...], ...]


# --- functions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a callable argument, once for each assignment of the free indices of its arguments."""

    function: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class CallCompiled:
    """A call of another compiled function by id, arguments by name; free indices of the arguments run outside the call.

    `lead` are the indices (of the caller, as nodes) at which the callee's own free axes are read, in order; fewer than the
    callee has leaves the rest as own axes.
    """

    function: str
    args: tuple[tuple[str, Node], ...]
    lead: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Let:
    """`body` with a local name for a value without free indices of its own binding."""

    name: str
    value: Node
    body: Node


@dataclass(frozen=True, slots=True)
class Gradient:
    """Derivative of the scalar `body` with respect to the argument or local `wrt`; own shape is that of `wrt`.
    `at`: the point, if it is not the argument itself. `kind`: "gradient", "jacobian", "hessian", "divergence", "laplacian"."""

    body: Node
    wrt: str
    at: Node | None = None
    kind: str = "gradient"


@dataclass(frozen=True, slots=True)
class StopGradient:
    body: Node


@dataclass(frozen=True, slots=True)
class LogDensity:
    """The log-density (or log-mass) of a named distribution at `value`; `family` is a key of `ir/legal.py::FAMILIES`
    ("normal", "categorical", "bernoulli", "uniform", "beta", "gamma", "dirichlet", "laplace", "poisson", "exponential" …)."""

    family: str
    value: Node
    parameters: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """A draw from a named distribution, through the function's `generator`."""

    family: str
    parameters: tuple[tuple[str, Node], ...]
    axes: tuple[Axis, ...] = ()


Node: TypeAlias = (
    Const
    | Arg
    | Size
    | IndexNumber
    | Op
    | Expand
    | MatMul
    | Outer
    | Linear
    | Identity
    | Filled
    | Norm
    | Access
    | Reduce
    | ReduceAxes
    | Along
    | Build
    | Join
    | ConcatOver
    | Block
    | Call
    | CallCompiled
    | Let
    | Gradient
    | StopGradient
    | LogDensity
    | Sample
)


# --- functions of a package ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Function:
    """One compiled statement: a pure function of its arguments.

    `indices` are the free indices of the left side, in the order of the result's leading axes; the result's further axes
    are the own shape of `body`. `sizes` are the dims that no argument's shape tells and that are therefore integer arguments
    (they stand in `arguments` too).
    """

    id: str
    """The statement's id: "eq:4", "eq:4.2", "inline:1"."""
    equation: str | None
    """The equation record's id."""
    name: str
    symbol: str
    """LaTeX of the left side."""
    arguments: tuple[Argument, ...]
    indices: tuple[Index, ...]
    body: Node
    result: ArrayType
    """Own shape of the body (indices not included)."""
    kind: str = "definition"
    """The statement's kind."""
    assumed: tuple[str, ...] = ()
    """Ids of the choices that it rests on."""
    notes: tuple[str, ...] = field(default=())
    """Sentences for the docstring: "the softmax runs over the keys (§3.2.1)"."""
