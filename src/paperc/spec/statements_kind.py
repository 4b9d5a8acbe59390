"""The kind of a statement: definition, update, objective, distribution, identity, bound, declaration or prose.

Each rule names itself; the name stands in `Statement.why`, so that a reader of the evidence sees what decided.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from ..formula.names import plain
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Decorated,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Root,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from ..formula.walk import walk
from .model import EquationKind
from .statements_left import Left, left_side

EQUALITIES = frozenset(["=", ":=", "≡", "def=", "≜"])
COMPARISONS = frozenset(["≤", "≥", "<", ">", "≪", "≫", "⪰", "⪯", "≻", "≺", "≠"])
MEMBERSHIPS = frozenset(["∈", "∉", "∋", "⊂", "⊆", "⊃", "⊇"])
ARROWS = frozenset(["→", "↦", "⇒", "⇔", "⇐", "↔", "↑", "↓", "⊨", "⊢", "↗", "↘"])
EXTREMA = frozenset(["min", "max", "argmin", "argmax", "sup", "inf"])
_INDEX_NAMES = frozenset("ijklmnrtck")

FAMILIES = frozenset(
    ["N", "Normal", "Bern", "Bernoulli", "Ber", "Cat", "Categorical", "Mult", "Multinomial", "U", "Unif", "Uniform", "Beta",
     "Gamma", "Dir", "Dirichlet", "Laplace", "Lap", "Poisson", "Poi", "Pois", "Exp", "Exponential", "Gumbel", "Geom",
     "Geometric", "Binomial", "Bin", "StudentT", "Student", "Cauchy", "LogNormal", "Lognormal", "InvGamma", "IG",
     "Wishart", "vMF", "GP", "Logistic", "Half-Cauchy", "HalfNormal", "Delta"]
)  # fmt: skip
"""Names of distributions, as papers print them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A statement with its kind. `defines` names what it gives a value to; `tree` has that on its left."""

    kind: EquationKind
    why: str
    tree: Node
    defines: str = ""


def classify(tree: Node, defined: Set[str] = frozenset(), *, minimised: bool = False) -> list[Kind]:
    """The kinds of one parsed statement: one, or two where a chain both defines and bounds.

    `defined` are the keys of what stands on the left of earlier statements. `minimised`: the sentence before says
    that what follows is minimised, maximised, or the loss.
    """
    core, wrap = _unwrapped(tree)
    if isinstance(core, Relation):
        return _relation(core, tree, wrap, defined)
    if isinstance(tree, Quantified) and isinstance(core, Placeholder):
        return [Kind("prose", "a condition of something that stands elsewhere", tree)]
    if isinstance(tree, Quantified) and tree.kind == "st":
        return [Kind("objective", "an extremum under constraints", tree)]
    if (wide := _widened(core)) is not None:
        return [Kind("objective", "an extremum over parameters", _rewrapped(wide, wrap))]
    if isinstance(core, List) and any(isinstance(i, Relation) for i in core.items):
        return [Kind("prose", "relations side by side that are not one statement", tree)]
    if minimised and not isinstance(core, (Symbol, Scripted, Text, List, Number)):
        return [Kind("objective", "the sentence minimises or maximises it", tree)]
    return [Kind("prose", "an expression without a relation", tree)]


def _unwrapped(tree: Node) -> tuple[Node, list[Quantified]]:
    wrap: list[Quantified] = []
    node = tree
    while isinstance(node, (Quantified, Decorated)):
        if isinstance(node, Quantified):
            wrap.append(node)
        node = node.body
    return node, wrap


def _rewrapped(core: Node, wrap: list[Quantified]) -> Node:
    for quantified in reversed(wrap):
        core = replace(quantified, body=core)
    return core


def _relation(core: Relation, tree: Node, wrap: list[Quantified], defined: Set[str]) -> list[Kind]:
    ops = [op for op, _ in core.rest]
    if _is_minimisation(core.first) and not any(op in COMPARISONS for op in ops):
        return [Kind("objective", "an extremum over parameters", tree)]
    if "∼" in ops:
        return _distribution(core, tree, wrap)
    if "←" in ops:
        return [Kind("update", "the arrow assigns", tree, _key(core.first))]
    if ops[0] in ("→", "↦") or any(op in ("⇒", "⇔", "⇐") for op in ops):
        return _arrow(core, tree)
    if ops[0] in MEMBERSHIPS:
        if ops == ["∈"] and _top_extremum(core.rest[0][1]) is not None:
            return [Kind("objective", "an element of the minimisers", tree, _key(core.first))]
        return [Kind("declaration", "membership only", tree)]
    if ops[-1] in MEMBERSHIPS and len(ops) > 1:
        shorter = replace(core, rest=core.rest[:-1])
        return _relation(shorter, _rewrapped(shorter, wrap), wrap, defined)
    if any(op in COMPARISONS for op in ops):
        return _bound(core, tree, wrap, defined)
    if any(op in ARROWS for op in ops):
        return [Kind("prose", "a limit or an implication", tree)]
    if ops[0] == "∝":
        if (left := left_side(core.first)) is not None and left.kind in ("application", "log"):
            return [Kind("distribution", "a density up to its normaliser", tree, left.key)]
        return [Kind("prose", "a proportion without its factor", tree)]
    return _equality(core, tree, wrap, defined)


# --- equalities ---------------------------------------------------------------------------------


def _equality(core: Relation, tree: Node, wrap: list[Quantified], defined: Set[str]) -> list[Kind]:
    first, (op, second) = core.first, core.rest[0]
    last = core.rest[-1][1]
    if op == "=:" or core.rest[-1][0] == "=:":
        turned = Relation(last, ((":=", second if len(core.rest) == 1 else core.rest[-2][1]),), at=core.at)
        return [Kind("definition", "the colon stands on the side of the name", _rewrapped(turned, wrap), _key(last))]
    if isinstance(last, Placeholder):
        return [Kind("prose", "nothing stands on the right", tree)]
    if isinstance(last, Text) or (isinstance(last, Juxtaposition) and isinstance(last.items[0], Text)):
        return [Kind("declaration", "a meaning in words", tree, _key(first))]
    if (cancelled := _common_term(core)) is not None and (left := left_side(cancelled.first)) is not None:
        return [Kind("definition", "the term on both sides cancels", _rewrapped(cancelled, wrap), left.key)]
    left = left_side(first)
    if left is not None and _counts(core):
        return [Kind("declaration", "a range of an index", tree)]
    if left is None:
        return _compound(core, tree, wrap, defined)
    if left.kind == "increment":
        return [Kind("prose", "a differential equation", tree)]
    if op in ("≈", "≃", "≅") and left.kind not in ("symbol", "application"):
        return [Kind("prose", "an approximation of a compound expression", tree)]
    if _has_remainder(core):
        return [Kind("prose", "it holds up to a remainder", tree)]
    if left.kind == "symbol" and _is_value(last):
        if is_diagonal(first):
            return [Kind("identity", "the diagonal is stated", tree)]
        return [Kind("declaration", "a value", tree, left.key)]
    if left.kind == "symbol" and _enumerates(last):
        return [Kind("declaration", "the parts are named", tree, left.key)]
    if left.kind in ("application", "notation", "expectation", "derivative", "log") and _is_value(last):
        if left.kind == "application" and left.simple and left.key not in defined:
            return [Kind("definition", "the left side is defined here", tree, left.key)]
        return [Kind("identity", "the value of a compound left side is stated", tree)]
    if left.kind == "application" and left.key in defined and not left.simple:
        return [Kind("identity", f"{left.key} is already defined, and the argument is not a plain variable", tree)]
    if left.kind == "application" and any(isinstance(a, Number) for a in left.arguments):
        return [Kind("identity", "a boundary value", tree)]
    if left.kind == "expectation" and _names_a_mean(last):
        return [Kind("identity", "two names of one expectation", tree)]
    if left.kind == "operator" and left.key in defined:
        return [Kind("identity", f"the operator {left.key} is already defined", tree)]
    if left.kind in ("application", "symbol", "log") and _is_density(left, last):
        return [Kind("distribution", "the density of a named family", tree, left.key)]
    if _searches(last):
        return [Kind("objective", "the minimiser over parameters", tree, left.key)]
    if isinstance(first, (Symbol, Scripted, Juxtaposition)) and _assigns(first, core):
        return [Kind("update", "the left side stands on the right as well", tree, left.key)]
    if left.kind == "tuple" and (parts := _side_by_side(core)):
        return [
            Kind("definition", "one of several left sides", _rewrapped(p, wrap), (left_side(p.first) or left).key)
            for p in parts
        ]
    return [Kind("definition", _definition_reason(left, op), tree, left.key)]


def _has_remainder(core: Relation) -> bool:
    """`O(n)`, `o(h)`: an order of magnitude stands on one side, alone or as a term of a sum."""

    def order(node: Node) -> bool:
        match node:
            case Juxtaposition(items) if len(items) >= 2 and isinstance(items[-1], Group):
                head = items[-2]
                return isinstance(head, Symbol) and head.name in ("O", "o") and (head.font == "cal" or len(items) == 2)
            case Binary("+" | "-", left, right):
                return order(left) or order(right)
            case Unary(_, operand):
                return order(operand)
        return False

    return order(core.first) or any(order(item) for _, item in core.rest)


def _names_a_mean(node: Node) -> bool:
    """A name or another expectation: nothing that could be computed."""
    if isinstance(node, Unary):
        return _names_a_mean(node.operand)
    name = isinstance(node, Symbol) or (isinstance(node, Scripted) and isinstance(node.base, Symbol))
    return name or (isinstance(node, BigOp) and node.op in ("E", "Var", "Cov", "Pr"))


def _side_by_side(core: Relation) -> list[Relation]:
    """`Q, K = X W_Q, X W_K` as two equalities; [] where the sides do not match."""
    sides = [_items(core.first), *(_items(item) for _, item in core.rest)]
    if (
        len({len(side) for side in sides}) != 1
        or len(sides[0]) < 2
        or any(isinstance(i, Ellipsis) for s in sides for i in s)
    ):
        return []
    return [
        Relation(sides[0][k], tuple((op, side[k]) for (op, _), side in zip(core.rest, sides[1:])), at=core.at)
        for k in range(len(sides[0]))
    ]


def _items(node: Node) -> tuple[Node, ...]:
    match node:
        case Group("(" | "[" | "{" | ".", _, List(items)) | List(items):
            return items
        case Matrix(rows):
            return tuple(cell for row in rows for cell in row)
    return (node,)


def _definition_reason(left: Left, op: str) -> str:
    return {
        "symbol": "the left side is one symbol",
        "application": "the left side is a function of its variables",
        "negation": "the negated left side is defined",
        "log": "the logarithm of the left side is defined",
        "derivative": "a derivative is given",
        "notation": "a notation is defined",
        "operator": "an operator is defined",
        "expectation": "an expectation is given in closed form",
        "tuple": "several left sides are defined together",
    }.get(left.kind, "the left side is defined here") + (" (approximately)" if op in ("≈", "≃", "≅") else "")


def _compound(core: Relation, tree: Node, wrap: list[Quantified], defined: Set[str]) -> list[Kind]:
    """The left side is no name: the last member may be one that is new (`a + b = c`), else it is an identity."""
    ops = {op for op, _ in core.rest}
    last = core.rest[-1][1]
    right = left_side(last)
    if right is not None and right.kind == "symbol" and right.key not in defined and ops <= EQUALITIES:
        letter = isinstance(last, (Symbol, Scripted)) and plain(last) not in {plain(n) for n in walk(core.first)}
        if letter and len(right.key) > 0 and _is_heavy(core.first):
            turned = Relation(last, ((core.rest[-1][0], core.first),), at=core.at)
            return [Kind("definition", "the right side is the new name", _rewrapped(turned, wrap), right.key)]
    if ops & {"≈", "≃", "≅"}:
        return [Kind("prose", "an approximation of a compound expression", tree)]
    return [Kind("identity", "the left side is compound", tree)]


def _is_heavy(node: Node) -> bool:
    """A sum, integral or fraction: `\\sum_i w_i x_i = z` names its value; `A x = b` is an equation to be solved."""
    match node:
        case BigOp(op):
            return op in ("sum", "prod", "int")
        case Fraction() | Root():
            return True
        case Juxtaposition((first, *rest)):
            return isinstance(first, (Fraction, Number)) and any(map(_is_heavy, rest))
        case Apply(Symbol(name)):
            return name in ("log", "exp", "softmax", "tanh", "sigmoid")
    return False


def _common_term(core: Relation) -> Relation | None:
    """`W_0 + \\Delta W = W_0 + B A` says `\\Delta W = B A`."""
    if len(core.rest) != 1:
        return None
    first, (op, second) = core.first, core.rest[0]
    if not (isinstance(first, Binary) and isinstance(second, Binary) and first.op == second.op == "+"):
        return None
    for own, other in ((first.right, first.left), (first.left, first.right)):
        for value, shared in ((second.right, second.left), (second.left, second.right)):
            if shared == other and left_side(own) is not None:
                return Relation(own, ((op, value),), at=core.at)
    return None


def _counts(core: Relation) -> bool:
    """`i = 1, …, N`, `i = 1 … N`; not the product `a_1 a_2 ⋯ a_n`."""
    last = core.rest[-1][1]
    items = last.items if isinstance(last, (List, Juxtaposition)) else ()
    if isinstance(last, Juxtaposition) and not isinstance(items[0], Number):
        return False
    return any(isinstance(i, Ellipsis) for i in items) and not any(isinstance(i, (BigOp, Fraction)) for i in items)


def is_diagonal(node: Node) -> bool:
    """`w_{ii}`: the same index twice."""
    match node:
        case Scripted(_, Juxtaposition((first, second)) | List((first, second))):
            return first == second and isinstance(first, Symbol) and not first.word
    return False


def _enumerates(node: Node) -> bool:
    """`(x_1, …, x_n)`, `(A, B, C)`, `\\{1, 10, 100\\}`: parts side by side, without anything to compute."""
    if not isinstance(node, Group) or not isinstance(node.body, List) or node.open not in "({⟨":
        return False
    if any(isinstance(i, Symbol) and i.font in ("cal", "bb", "frak") for i in node.body.items):
        return True  # a set among them: `(\\mathcal{S}, p(x), r)` bundles, it computes nothing
    return all(
        isinstance(i, (Ellipsis, Symbol)) or _is_value(i) or (isinstance(i, Scripted) and isinstance(i.base, Symbol))
        for i in node.body.items
    )


def _is_value(node: Node) -> bool:
    """A number written out: `0.1`, `10^{-4}`, `5 \\times 10^{-3}`, `1/2`, `-1`."""
    match node:
        case Number():
            return True
        case Unary("-" | "+" | "%" | "±", operand):
            return _is_value(operand)
        case Scripted(base, None, sup, 0):
            return _is_value(base) and sup is not None and _is_value(sup)
        case Binary(op, left, right):
            return op in ("×", "·", "/", "±", "-", "+") and _is_value(left) and _is_value(right)
        case Fraction(upper, lower):
            return _is_value(upper) and _is_value(lower)
        case Symbol("infty"):
            return True
        case Group(_, _, body):
            return _is_value(body)
    return False


def _is_density(left: Left, value: Node) -> bool:
    """`q(x_t \\mid x_0) = \\mathcal{N}(x_t; \\mu, \\Sigma)`: a named family with its variable or its parameters."""
    match value:
        case Juxtaposition((function, argument)) if isinstance(argument, Group):
            pass
        case Apply(function, argument):
            pass
        case _:
            return False
    base = function.base if isinstance(function, Scripted) else function
    if not isinstance(base, Symbol) or base.name not in FAMILIES or (base.font != "cal" and not base.word):
        return False
    if isinstance(argument, Group) and isinstance(argument.body, (List, Given)):
        separators = argument.body.separators if isinstance(argument.body, List) else ("|",)
        return left.kind in ("application", "log") or ";" in separators or "|" in separators
    return False


def _assigns(first: Node, core: Relation) -> bool:
    """The very same name stands on both sides: `\\theta = \\theta - \\eta g`."""
    if not isinstance(first, (Symbol, Scripted)) or any(op not in ("=", ":=") for op, _ in core.rest):
        return False
    if len(core.rest) != 1:
        return False
    name = plain(first)
    bound = {plain(n.sub.first) for n in walk(core.rest[0][1]) if isinstance(n, BigOp) and isinstance(n.sub, Relation)}
    return name not in bound and _free_of_scripts(core.rest[0][1], name)


def _free_of_scripts(node: Node, name: str) -> bool:
    """`name` occurs in `node` as a value, not as the base of another name or as an argument of a function."""
    match node:
        case Symbol() | Scripted():
            return plain(node) == name
        case Binary(_, left, right):
            return _free_of_scripts(left, name) or _free_of_scripts(right, name)
        case Juxtaposition(items):
            applied = any(isinstance(i, Group) for i in items[1:])
            return not applied and any(_free_of_scripts(i, name) for i in items)
        case Group(_, _, body) | Unary(_, body):
            return _free_of_scripts(body, name)
    return False


# --- extrema -------------------------------------------------------------------------------------


def _top_extremum(node: Node) -> BigOp | None:
    """The minimisation that the expression is, if it is one: `\\min_\\theta \\max_\\phi …`."""
    match node:
        case BigOp(op) if op in EXTREMA:
            return node
        case Quantified("st", body, _):
            return _top_extremum(body)
        case Juxtaposition((Text(text), *_)) if text.lower().startswith(("minimi", "maximi")):
            return BigOp("min", None, None, node)
        case Juxtaposition((Symbol(name, word=True), *_)) if name.lower() in ("minimize", "maximize", "minimise"):
            return BigOp("min", None, None, node)
        case Apply(Symbol("min" | "max" as name), argument, bracketed=False):
            return BigOp(name, None, None, argument)
        case Decorated(_, body) | Group(".", ".", body):
            return _top_extremum(body)
    return None


def _widened(node: Node) -> Node | None:
    """The extremum that an expression is; `\\min_\\theta f(\\theta) + \\lambda R(\\theta)` minimises the whole sum."""
    if _top_extremum(node) is not None:
        return node
    if isinstance(node, Binary) and node.op in ("+", "-"):
        left = _widened(node.left)
        if isinstance(left, BigOp) and left.sub is not None and not _over_index(left):
            return replace(left, body=replace(node, left=left.body))
    return None


def _is_minimisation(node: Node) -> bool:
    top = _top_extremum(node)
    return top is not None and not _over_index(top) and top.sub is not None


def _searches(node: Node) -> bool:
    top = _top_extremum(node)
    return top is not None and top.sub is not None and top.op.startswith("arg") and not _over_index(top)


def _over_index(top: BigOp) -> bool:
    """The extremum runs over an index (`\\arg\\min_j`, `k \\in \\{1, …, K\\}`): a finite choice, no search."""
    sub = top.sub.first if isinstance(top.sub, Relation) else top.sub
    if isinstance(sub, List):
        sub = sub.items[0]
    if isinstance(sub, Scripted) and not isinstance(sub.sup, Number):
        sub = sub.base
    return isinstance(sub, Symbol) and sub.name in _INDEX_NAMES and not sub.font


# --- the other relations -------------------------------------------------------------------------


def _distribution(core: Relation, tree: Node, wrap: list[Quantified]) -> list[Kind]:
    """`z = \\mu + \\sigma \\epsilon \\sim …` keeps its chain; `x \\sim p` draws x."""
    index = next(k for k, (op, _) in enumerate(core.rest) if op == "∼")
    if index:
        prefix = Relation(core.first, core.rest[:index], at=core.at)
        if all(op in EQUALITIES for op, _ in prefix.rest) and left_side(prefix.first) is not None:
            return [
                Kind("definition", "the chain before the distribution", _rewrapped(prefix, wrap), _key(core.first)),
                Kind("distribution", "the tilde draws", tree),
            ]
    return [Kind("distribution", "the tilde draws", tree, _key(core.first))]


def _arrow(core: Relation, tree: Node) -> list[Kind]:
    op = core.rest[0][0]
    if isinstance(core.first, List) and ":" in core.first.separators:
        return [Kind("declaration", "a function with its domain", tree)]
    if op == "↦":
        return [Kind("declaration", "a map", tree)]
    if op == "→":
        if (top := _top_extremum(core.rest[0][1])) is not None and isinstance(top.body, Placeholder):
            return [Kind("objective", "the arrow points to an extremum", tree)]
        return [Kind("prose", "a limit or a map", tree)]
    return [Kind("prose", "an implication", tree)]


def _bound(core: Relation, tree: Node, wrap: list[Quantified], defined: Set[str]) -> list[Kind]:
    """A chain with ≤ or ≥. What stands before the first of them may define its left side."""
    found: list[Kind] = []
    index = next(k for k, (op, _) in enumerate(core.rest) if op in COMPARISONS)
    prefix = Relation(core.first, core.rest[:index], at=core.at)
    if index and all(op in EQUALITIES for op, _ in prefix.rest):
        found += [k for k in _equality(prefix, _rewrapped(prefix, wrap), wrap, defined) if k.kind == "definition"]
    name, (op, value) = core.rest[-1][1], core.rest[-1]
    if op in (":=", "=:", "≡", "def=") and len(core.rest) > 1:
        turned = Relation(value, ((":=", core.rest[-2][1]),), at=core.at)
        if left_side(value) is not None:
            found.append(Kind("definition", "the last member names the bound", _rewrapped(turned, wrap), _key(value)))
    elif op == "=" and len(core.rest) > 1 and core.rest[-2][0] in COMPARISONS:
        right = left_side(name)
        if right is not None and right.kind in ("symbol", "application") and right.key not in defined:
            turned = Relation(name, (("=", core.rest[-2][1]),), at=core.at)
            found.append(Kind("definition", "the last member names the bound", _rewrapped(turned, wrap), right.key))
    if _is_requirement(core):
        return [*found, Kind("declaration", "the range of one symbol", tree)]
    return [*found, Kind("bound", "an inequality", tree)]


def _is_requirement(core: Relation) -> bool:
    """`\\lambda > 0`, `0 < \\beta_1 < 1`, `r \\ll \\min(d, k)`: one plain symbol against numbers, without an index."""
    members = [core.first, *(item for _, item in core.rest)]
    names = [m for m in members if not _is_value(m)]
    return len(names) == 1 and isinstance(names[0], Symbol)


def _key(node: Node) -> str:
    left = left_side(node)
    return left.key if left else ""


__all__ = ["COMPARISONS", "EQUALITIES", "EXTREMA", "FAMILIES", "MEMBERSHIPS", "Kind", "classify"]
