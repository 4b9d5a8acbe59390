"""Expectations: the mean over samples along a leading axis, or over an index."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..formula import canonical
from ..formula.tree import (
    BigOp,
    Given,
    Group,
    Juxtaposition,
    List,
    Relation,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.node import Index, Node, Op, Over, Reduce
from .index import is_letter, split, unwrapped, walk
from .keys import plain
from .link import Links
from .products import bracket
from .reductions import _picks
from .refusal import Refusal
from .scope import Reading
from .types import Term

LAWS = frozenset("PQDNU")
"""Capitals that name a distribution; others with an argument below an expectation are random functions."""


@dataclass(slots=True)
class Drawn:
    """The random variables of an expectation, and the variables that their laws are conditioned on."""

    variables: list[Tree] = field(default_factory=list)
    given: list[Tree] = field(default_factory=list)
    laws: dict[str, str] = field(default_factory=dict)
    trees: dict[str, list[Tree]] = field(default_factory=dict)
    """The symbols in the law of each variable."""


def expectation(r: Reading, node: BigOp) -> Term:
    """E, Var over samples; the samples of all its variables run together along one leading axis.

    Raises Refusal where the random variables are not named.
    """
    if node.op in ("Cov", "Pr"):
        raise Refusal(
            {"Cov": "covariance", "Pr": "probability"}[node.op], f"“{node.op}” without samples that define it", at=node
        )
    if node.sup is not None:
        raise Refusal("expectation", "an expectation with a superscript", at=node)
    body = node.body
    if isinstance(body, Group) and isinstance(body.body, Given):
        raise Refusal("conditional-expectation", "a conditional expectation", "samples of the condition", at=node)
    if node.sub is None and (moment := _over_elements(r, node, body)) is not None:
        return moment
    drawn = variables(r, node.sub) if node.sub is not None else Drawn()
    if not drawn.variables:
        drawn.variables = _said_random(r, body)
    if not drawn.variables:
        raise Refusal(
            "expectation",
            "the expectation does not say over which variables it is taken",
            "the variables below the E",
            at=node,
        )
    key = f"samples {node.at}"
    with r.binding():
        index = _bind(r, drawn, node, key)
        term = r.term(body)
        if index is None:
            return term
        from .nodes import mentions

        if not mentions(term.node, index.name):
            raise Refusal(
                "unused-index",
                f"nothing under the expectation depends on {', '.join(canonical(v) for v in drawn.variables)}",
                at=node,
            )
        mean: Node = Reduce("mean", index, term.node)
        if node.op == "Var":
            shape = r.solver.shape(term.shape)
            if isinstance(shape, tuple) and shape:
                raise Refusal(
                    "variance", "the variance of an array: its covariance, or the variance of each element", at=node
                )
            mean = Op("sub", (Reduce("mean", index, Op("square", (term.node,))), Op("square", (mean,))))
    return Term(mean, term.shape, "real", term.row)


def _over_elements(r: Reading, node: BigOp, body: Tree) -> Term | None:
    """`(x - E[x]) / \\sqrt{Var(x)}` of a vector x that the function is given: mean and variance of its elements."""
    from .functions import over_all

    inner = unwrapped(body)
    within = r.inlining[-1].left.parameters if r.inlining else []  # type: ignore[attr-defined]
    if node.op not in ("E", "Var") or not isinstance(inner, Symbol):
        return None
    if plain(inner) not in r.parameters and plain(inner) not in {plain(p) for p in within}:
        return None
    info = r.facts.exact(inner)
    if info is not None and (info.role == "random" or info.distribution):
        return None
    x = r.term(inner)
    shape = r.solver.shape(x.shape)
    if isinstance(shape, tuple) and len(shape) != 1:
        return None
    r.note(f"{'the mean' if node.op == 'E' else 'the variance'} of {canonical(inner)} is taken over its elements")
    return over_all(r, "mean" if node.op == "E" else "var", x, node)


def variables(r: Reading, sub: Tree) -> Drawn:
    """The variables in `x, y ∼ D`, `t, q(x_1), p(x_0)`, `q(z|x)`, `(x, y) ∼ D, ε ∼ N(0, I)`."""
    drawn = Drawn()
    pending: list[Tree] = []
    parts = list(sub.items) if isinstance(sub, List) else [sub]
    for part in parts:
        match part:
            case Relation(first, rest) if rest[0][0] in ("∼", "∈", "iid∼"):
                names = [*pending, *_flat(first)]
                drawn.variables += names
                drawn.laws.update({plain(n): canonical(rest[0][1]) for n in names})
                told = [k for _, law in rest for k in walk(law) if isinstance(k, (Symbol, Scripted))]
                drawn.trees.update({plain(n): [k for k in told if plain(k) != plain(n)] for n in names})
                pending = []
                for _, law in rest:
                    drawn.given += _conditions(law)
            case Symbol() | Scripted():
                pending.append(part)
            case Group("(", _, List(items, _)):
                pending += list(items)
            case Juxtaposition((Symbol() | Scripted() as law, *_)) if (
                len(part.items) == 2 and (group := bracket(part.items[1])) is not None
            ):
                inside = group.body
                base = split(law).base
                if isinstance(base, Symbol) and base.name.isupper() and base.name not in LAWS and base.font != "cal":
                    raise Refusal("expectation", f"{canonical(part)} below an expectation: a random function", at=part)
                left = inside.left if isinstance(inside, Given) else inside
                drawn.variables += _flat(left)
                drawn.given += _conditions(part)
                if isinstance(inside, Given):
                    given: list[Tree] = [k for k in walk(inside.right) if isinstance(k, (Symbol, Scripted))]
                    drawn.trees.update({plain(n): given for n in _flat(left)})
            case Juxtaposition(items) if all(isinstance(i, (Symbol, Scripted)) for i in items):
                pending += list(items)
            case _:
                raise Refusal("expectation", f"{canonical(part)} below an expectation", at=part)
    if pending and not drawn.variables:
        laws = [p for p in pending if _is_law(r, p)]
        if len(laws) == len(pending):
            return drawn
    drawn.variables += [p for p in pending if not _is_law(r, p)]
    return drawn


def _is_law(r: Reading, tree: Tree) -> bool:
    """`\\mathbb{E}_{q}` names the law, not the variable."""
    info = r.facts.exact(tree)
    base = tree.base if isinstance(tree, Scripted) else tree
    if info is not None and info.kind == "distribution":
        return True
    return isinstance(base, Symbol) and (
        base.font == "cal" or (base.name in ("p", "q", "pi", "rho", "P", "Q", "mu") and info is None)
    )


def _flat(tree: Tree) -> list[Tree]:
    match tree:
        case List(items, _) | Group("(" | "{", _, List(items, _)):
            return [x for i in items for x in _flat(i)]
        case Group("(", _, body):
            return _flat(body)
    return [tree]


def _conditions(law: Tree) -> list[Tree]:
    return [t for n in walk(law) if isinstance(n, Given) for t in _flat(n.right)]


def _said_random(r: Reading, body: Tree) -> list[Tree]:
    """For a bare E: the variables that the paper calls random or draws from a law, in order of appearance."""
    found: dict[str, Tree] = {}
    for n in walk(body):
        if isinstance(n, (Symbol, Scripted)):
            info = r.facts.exact(n)
            if info is not None and info.role == "random":
                found.setdefault(plain(n), n)
    return list(found.values())


def _bind(r: Reading, drawn: Drawn, node: BigOp, key: str) -> Index | None:
    trees = [unwrapped(v) for v in drawn.variables]
    # `E_t[…]` over a time step that only picks elements is a mean over that axis.
    picking = [t for t in trees if is_letter(t) and _picks(t, node.body) and not _as_number(t, node.body)]
    if picking and len(trees) == 1:
        return r.bind_index(trees[0], Over(r.stable_axis(key)), sample=True)
    axis = r.stable_axis(key)
    joined = _outer_index(r, drawn, trees)
    if joined is not None:
        # `E_x E_{x̃ ~ N(x, σ²)}`: one inner sample for each outer one, along the same axis.
        for tree in trees:
            entry = r.variable(tree)
            outer_entry = next(e for e in r.entries.values() if e.sample is not None and e.sample.name == joined.name)
            entry.sample, entry.sample_axis = joined, outer_entry.sample_axis
            r.bound[plain(tree)] = r.whole(entry)
        return None
    outer = [
        g
        for g in drawn.given
        if (e := r.sampled(plain(g))) is not None and e.sample is not None and plain(g) in r.bound
    ]
    if outer:
        raise Refusal("nested-expectation", f"samples that depend on the sampled {canonical(outer[0])}", at=node)
    name = r.fresh_name("n")
    index = Index(name, ", ".join(canonical(t) for t in trees), Over(axis), True)
    r.indices[name] = index
    for tree in trees:
        if not isinstance(split(tree).base, Symbol):
            raise Refusal("expectation", f"{canonical(tree)} is no variable", at=node)
        entry = r.variable(tree)
        law = drawn.laws.get(plain(tree), "")
        if entry.law and law and entry.law != law:
            raise Refusal(
                "two-laws",
                f"{canonical(tree)} is drawn from two laws in one formula",
                "different letters for the two samples",
                at=node,
            )
        entry.law = law or entry.law
        if entry.sample_axis is not None and entry.sample_axis != axis:
            r.solver.same_dim(entry.sample_axis.dim, axis.dim, f"the samples of {canonical(tree)}", node)
        entry.sample, entry.sample_axis = index, axis
        if is_letter(tree) and _picks(tree, node.body):
            r.solver.fix(entry.number, ())
            if _picks_array(r, tree, node.body) and not _continuous(r, tree):
                entry.sort = "integer"
        r.bound[plain(tree)] = r.whole(entry)
    return index


def _continuous(r: Reading, tree: Tree) -> bool:
    info = r.facts.exact(tree)
    law = f"{info.distribution} {info.domain}" if info is not None else ""
    return any(w in law.replace(" ", "") for w in ("[0,1]", "(0,1)", "U(0,", "[0,T]", "(0,T]"))


def _picks_array(r: Reading, tree: Tree, body: Tree) -> bool:
    """The letter is the subscript of something that is no function with an argument bracket behind it."""
    name = plain(tree)
    applied: set[int] = set()
    for n in walk(body):
        if isinstance(n, Juxtaposition):
            for a, b in zip(n.items, n.items[1:]):
                if isinstance(a, Scripted) and bracket(b) is not None:
                    applied.add(id(a))
    for n in walk(body):
        if isinstance(n, Scripted) and id(n) not in applied:
            parts = split(n)
            if isinstance(r.links, Links) and r.links.resolves(r, n):
                continue
            if any(plain(unwrapped(s)) == name for s in (*parts.subs, *parts.sups)):
                return True
    return False


def _outer_index(r: Reading, drawn: Drawn, trees: list[Tree]) -> Index | None:
    """The samples that the law of the inner variables depends on."""
    for tree in trees:
        for n in drawn.trees.get(plain(tree), ()):
            entry = r.sampled(plain(n))
            if (
                entry is not None
                and entry.sample is not None
                and plain(n) in r.bound
                and entry.sample.name in r.indices
            ):
                return entry.sample
    return None


def _as_number(tree: Tree, body: Tree) -> bool:
    """The letter also stands where a value does (`f(x_t, t)`)."""
    name = plain(tree)

    def outside(node: object) -> bool:
        from dataclasses import fields, is_dataclass

        if isinstance(node, tuple):
            return any(outside(i) for i in node)
        if isinstance(node, (Symbol, Scripted)) and plain(node) == name:
            return True
        if isinstance(node, Scripted):
            return outside(node.base)
        if is_dataclass(node) and not isinstance(node, Symbol):
            return any(outside(getattr(node, f.name)) for f in fields(node) if f.name != "at")
        return False

    return outside(body)
