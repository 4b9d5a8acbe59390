"""Named densities, divergences between them, and the laws of samples."""

from __future__ import annotations

from ..formula import canonical
from ..formula.tree import Given, Group, Juxtaposition, List, Scripted, Symbol
from ..formula.tree import Node as Tree
from ..ir.node import Const, Filled, Identity, Linear, LogDensity, Node, Op, ReduceAxes
from . import elementwise as ew
from .index import split, unwrapped
from .keys import plain
from .refusal import Mismatch, Refusal
from .scope import Reading
from .types import Term, Unknown

FAMILIES = {
    "N": "normal", "normal": "normal", "Normal": "normal", "Gaussian": "normal", "gaussian": "normal", "Categorical": "categorical", "Cat": "categorical",
    "Bernoulli": "bernoulli", "Bern": "bernoulli", "Ber": "bernoulli", "Uniform": "uniform", "U": "uniform", "Unif": "uniform", "Beta": "beta",
    "Gamma": "gamma", "Dirichlet": "dirichlet", "Dir": "dirichlet", "Laplace": "laplace", "Poisson": "poisson", "Exponential": "exponential",
    "Exp": "exponential", "Gumbel": "gumbel",
}  # fmt: skip
PARAMETERS = {
    "normal": ("mean", "variance"), "categorical": ("probs",), "bernoulli": ("probs",), "uniform": ("low", "high"), "beta": ("alpha", "beta"),
    "gamma": ("shape", "rate"), "dirichlet": ("concentration",), "laplace": ("loc", "scale"), "poisson": ("rate",), "exponential": ("rate",),
    "gumbel": ("loc", "scale"),
}  # fmt: skip


def family(tree: Tree) -> str | None:
    """The named distribution behind a symbol: `\\mathcal{N}`, `\\mathrm{Bernoulli}`."""
    base = split(tree).base
    if not isinstance(base, Symbol) or base.accents:
        return None
    if base.name in ("N", "U"):
        return FAMILIES[base.name] if base.font == "cal" else None
    return FAMILIES.get(base.name) if base.word else None


def density(r: Reading, head: Tree, group: Group, at: Tree) -> Term | None:
    """`\\mathcal{N}(x; μ, Σ)`, `\\mathcal{N}(x \\mid μ, σ^2)`: the density at x."""
    name = family(head)
    if name is None:
        divergence = _divergence(r, head, group, at)
        return divergence
    body = group.body
    value: Tree
    match body:
        case List(items, separators) if ";" in separators:
            cut = separators.index(";")
            if cut != 0:
                raise Refusal("density", "a density of several values", at=at)
            value, parameters = items[0], list(items[1:])
        case Given(left, right):
            value = left
            parameters = list(right.items) if isinstance(right, List) else [right]
        case _:
            raise Refusal("density", f"{canonical(head)} without the value at which its density is taken", at=at)
    names = PARAMETERS[name]
    if name == "gamma":
        raise Refusal(
            "density",
            "the Gamma density: whether its second parameter is a rate or a scale is not said",
            at=at,
            key="gamma",
            options=("rate", "scale"),
        )
    if len(parameters) != len(names):
        raise Refusal("density", f"{len(parameters)} parameters of the {name} density, which has {len(names)}", at=at)
    x = r.term(value)
    terms = [r.term(p) for p in parameters]
    if name == "normal":
        base = split(unwrapped(parameters[1])).base
        spread = r.solver.shape(terms[1].shape)
        if isinstance(base, Symbol) and base.name == "Sigma" and isinstance(spread, Unknown):
            axis = r.stable_axis(f"covariance {getattr(at, 'at', '')}")
            r.solver.suggest(spread, (axis, axis), 8)
            return Term(x_node(r, value), ())
        return normal(r, x, terms[0], terms[1], at)
    shape = r.solver.shape(x.shape)
    if name in ("categorical", "dirichlet"):
        raise Refusal("density", f"the {name} density", at=at)
    if isinstance(shape, Unknown):
        return Term(x.node, shape)
    node: Node = LogDensity(name, x.node, tuple((k, t.node) for k, t in zip(names, terms)))
    return Term(Op("exp", (node,)), shape)


def x_node(r: Reading, value: Tree) -> Node:
    return r.term(value).node


def normal(r: Reading, x: Term, mean: Term, spread: Term, at: Tree) -> Term:
    """The normal density: of a number, or of a vector with a covariance matrix or a variance for each element."""
    a = r.solver.shape(x.shape)
    s = r.solver.shape(spread.shape)
    m = r.solver.shape(mean.shape)
    if isinstance(s, tuple) and len(s) == 2:
        if isinstance(a, Unknown):
            r.solver.suggest(a, (s[0],), 8)
        if isinstance(m, Unknown):
            r.solver.suggest(m, (s[0],), 8)
        if isinstance(a, Unknown) or isinstance(m, Unknown):
            return Term(x.node, ())
        if len(a) != 1:
            raise Mismatch("a normal density with a covariance matrix needs a vector", at=at)
        r.solver.same_dim(s[0].dim, a[0].dim, "the covariance and the value of a normal density", at)
        r.solver.same_dim(s[1].dim, a[0].dim, "the covariance and the value of a normal density", at)
        if len(m) == 1:
            r.solver.same_dim(m[0].dim, a[0].dim, "the mean and the value of a normal density", at)
        variance = _scaled_identity(spread.node)
        mean_node = mean.node
        if variance is not None:
            log = LogDensity("normal", x.node, (("mean", mean_node), ("variance", variance)))
            return Term(Op("exp", (ReduceAxes("sum", log, (0,)),)), ())
        if m == ():
            mean_node = Filled(float(mean.node.value), a) if isinstance(mean.node, Const) else mean.node
        return Term(Op("exp", (LogDensity("normal", x.node, (("mean", mean_node), ("covariance", spread.node))),)), ())
    if isinstance(a, Unknown):
        return Term(Op("exp", (LogDensity("normal", x.node, (("mean", mean.node), ("variance", spread.node))),)), a)
    log = LogDensity("normal", x.node, (("mean", mean.node), ("variance", spread.node)))
    if isinstance(m, tuple) and m and a == ():
        raise Mismatch("the mean of a normal density is a vector, its value a number", at=at)
    if len(a) >= 1:
        return Term(Op("exp", (ReduceAxes("sum", log, tuple(range(len(a)))),)), ())
    return Term(Op("exp", (log,)), ())


def _scaled_identity(node: Node) -> Node | None:
    """`σ^2 I` and `I` as a variance."""
    match node:
        case Identity():
            return Const(1.0)
        case Op("mul", (factor, Identity())):
            return factor
        case Linear("diag", (vector,)):
            return vector
    return None


# --- divergences -------------------------------------------------------------------------------------------


def is_divergence(head: Tree) -> bool:
    """`D_{KL}`, `\\mathrm{KL}`."""
    text = plain(head).replace("{", "").replace("}", "").replace("\\", "")
    return text in ("mathrmKL", "D_mathrmKL", "kl") or text.endswith("KL")


def _divergence(r: Reading, head: Tree, group: Group, at: Tree) -> Term | None:
    """`D_{KL}(p \\| q)` of two probability vectors or arrays over an index; of two normal laws in closed form."""
    if not is_divergence(head):
        return None
    body = group.body
    if not (isinstance(body, Given) and body.op == "||") and not (isinstance(body, List) and len(body.items) == 2):
        raise Refusal("divergence", "a divergence without its two distributions", at=at)
    left, right = (body.left, body.right) if isinstance(body, Given) else body.items
    p, q = _law(r, left), _law(r, right)
    if p is not None and q is not None:
        return _kl_normal(r, p, q, at)
    if isinstance(left, (Symbol, Scripted)) and isinstance(right, (Symbol, Scripted)):
        x, y = r.term(left), r.term(right)
        a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
        axis = r.stable_axis(f"kl {getattr(at, 'at', '')}")
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            r.solver.suggest(a, b if isinstance(b, tuple) and b else (axis,), 7)
            r.solver.suggest(b, a if isinstance(a, tuple) and a else (axis,), 7)
            return Term(x.node, ())
        if len(a) == len(b) == 1:
            r.solver.same(a, b, "the two distributions of a divergence", at)
            log = Op("sub", (Op("log", (x.node,)), Op("log", (y.node,))))
            r.note("the divergence is the sum over the entries of the two probability vectors")
            return Term(ReduceAxes("sum", Op("mul", (x.node, log)), (0,)), ())
    raise Refusal(
        "divergence",
        f"the divergence between {canonical(left)} and {canonical(right)}: the paper gives no samples and no closed form",
        "the two distributions",
        at=at,
    )


def _law(r: Reading, tree: Tree) -> tuple[Tree, Tree] | None:
    """Mean and (co)variance of `\\mathcal{N}(μ, Σ)`."""
    tree = unwrapped(tree)
    if isinstance(tree, Juxtaposition) and len(tree.items) == 2 and family(tree.items[0]) == "normal":
        group = tree.items[1]
        if isinstance(group, Group) and isinstance(group.body, List) and len(group.body.items) == 2:
            return group.body.items[0], group.body.items[1]
    return None


def _kl_normal(r: Reading, p: tuple[Tree, Tree], q: tuple[Tree, Tree], at: Tree) -> Term:
    (m1, s1), (m2, s2) = ((r.term(a), r.term(b)) for a, b in (p, q))
    v1, v2 = _variance(r, s1), _variance(r, s2)
    if v1 is None or v2 is None:
        raise Refusal("divergence", "the divergence between normal laws with full covariances", at=at)
    mean = ew.binary(r, "sub", m1, m2, at)
    shape = r.solver.shape(mean.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (r.stable_axis(f"kl {getattr(at, 'at', '')}"),), 5)
        return Term(mean.node, ())
    ratio = ew.binary(r, "div", v1, v2, at)
    squared = ew.binary(r, "div", ew.unary(r, "square", mean), v2, at)
    inner = ew.binary(r, "sub", ew.binary(r, "add", ratio, squared, at), Term(Const(1)), at)
    inner = ew.binary(r, "sub", inner, ew.unary(r, "log", ratio), at)
    half = ew.binary(r, "mul", Term(Const(0.5)), inner, at)
    out = r.solver.shape(half.shape)
    if isinstance(out, tuple) and out:
        return Term(ReduceAxes("sum", half.node, tuple(range(len(out)))), ())
    return half


def _variance(r: Reading, spread: Term) -> Term | None:
    shape = r.solver.shape(spread.shape)
    if isinstance(shape, tuple) and len(shape) == 2:
        node = _scaled_identity(spread.node)
        if node is None:
            return None
        return Term(node, (shape[0],) if isinstance(spread.node, Linear) else ())
    return spread
