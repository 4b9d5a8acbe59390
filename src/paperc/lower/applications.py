"""A name before a bracket: what makes it a function, and the call, compiled or of an argument."""

from __future__ import annotations

from dataclasses import replace

from ..formula import canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Number,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
    Unary,
)
from ..formula.tree import Node as Tree
from ..ir.node import ArrayType, Call, IndexNumber
from . import elementwise as ew
from .index import is_greek, rebuilt, split, transposes, unwrapped
from .keys import plain
from .positions import pick_from, positions
from .refusal import Refusal
from .scope import Reading
from .scripts import Sorted, sort_scripts
from .superscripts import apply_superscript
from .types import Term, Unknown

FUNCTION_LETTERS = frozenset(
    {
        "sigma",
        "f",
        "g",
        "h",
        "phi",
        "psi",
        "varphi",
        "Phi",
        "Psi",
        "Pi",
        "F",
        "G",
        "D",
        "V",
        "Q",
        "pi",
        "p",
        "q",
        "E",
        "u",
        "J",
        "L",
        "ell",
        "R",
        "k",
        "d",
    }
)
MATRIX_LETTERS = frozenset("WUABMHKPSXYZC")


def is_application(r: Reading, head: Tree, group: Group) -> bool:
    """Whether a bracket behind a symbol is its argument."""
    if not isinstance(head, (Symbol, Scripted)):
        return False
    parts = split(head)
    base = parts.base
    if not isinstance(base, Symbol) or base.name in ("1", "0", "infty"):
        return False
    if plain(head) in r.bound and not isinstance(group.body, Given):
        if (
            not _is_sum(group.body)
            and r.bound[plain(head)].shape != ()
            and not isinstance(r.bound[plain(head)].node, IndexNumber)
        ):
            trees = arguments_of(group.body)
            if trees and all(plain(t) in r.bound and r.bound[plain(t)].sort == "integer" for t in trees):
                return True
            raise Refusal("application", f"{canonical(head)} is a value here and cannot be applied", at=head)
        return False
    if isinstance(group.body, Given) and not (group.open == "[" and group.body.op == "||"):
        return True
    from .distributions import is_divergence
    from .functions import named
    from .link import Links

    if named(r, head) is not None or (isinstance(group.body, Given) and is_divergence(head)):
        return True
    if isinstance(r.links, Links) and r.links.is_function(head):
        return True
    if isinstance(r.links, Links) and r.links.is_array(head):
        return False
    found = sort_scripts(r, head, parts)
    if len(found.operations) > 1 or any(transposes(o, array=not group_of_values(group)) for o in found.operations):
        return False  # `a^\\top [x; y]`
    bare = rebuilt(parts, (), parts.subs) if found.operations else head
    known = r.facts.exact(bare) or r.facts.exact(base)
    body = group.body
    if found.operations and plain(bare) in r.bare and _is_sum(body) and r.facts.exact(bare) is None:
        return False  # `\\Sigma_1^{-1} (a - b)` beside `\\Sigma_1`, whatever a Σ without a subscript is
    if group.open == "[" and known is not None and (known.shape or known.kind in ("vector", "matrix")):
        return False  # `M [x; y]`
    if isinstance(body, List) and ":" not in body.separators:
        return True
    if known is not None:
        if known.kind in ("function", "distribution") or known.role == "callable":
            return not (plain(bare) in r.bare and _is_sum(body) and known.kind == "")
        if known.shape is None and isinstance(body, (Symbol, Scripted)) and plain(bare) not in r.bare:
            return True  # nobody puts a single factor in brackets
        if (
            known.shape is not None
            or known.value is not None
            or known.kind in ("scalar", "vector", "matrix", "tensor", "index")
        ):
            return False
    if base.word:
        return True
    if plain(bare) in r.bare:
        return False
    if base.font in ("cal", "frak") and not isinstance(body, Placeholder):
        return True  # `\\mathcal{P}_+ [x - y]`: letters of operators
    if isinstance(body, List):
        return True
    if _is_sum(body) and base.font == "cal" and known is None:
        return True  # `\\mathcal{P}_C(x - y)`: nobody scales a bracket by a script letter
    if _is_sum(body) or isinstance(body, (Fraction, BigOp)):
        if base.name == "delta" and not base.accents and not parts.subs and known is None:
            raise Refusal("delta", f"{canonical(head)} of a difference: a delta function, or a product", at=head)
        if found.indices or base.name in MATRIX_LETTERS:
            return False
        return base.name in FUNCTION_LETTERS and not r.is_size(head)
    if isinstance(body, Placeholder):
        return False
    if base.name in MATRIX_LETTERS and isinstance(body, (Binary, Unary, Juxtaposition)):
        return False
    return isinstance(body, (Symbol, Scripted, Juxtaposition, Apply, Number, Group, Binary, Unary))


def group_of_values(group: Group) -> bool:
    """A round bracket, which may hold an argument."""
    return group.open == "("


def _is_sum(body: Tree) -> bool:
    return (isinstance(body, Binary) and body.op in ("+", "-", "±")) or isinstance(body, Relation)


def arguments_of(body: Tree) -> list[Tree]:
    """The arguments in a bracket: value first, then what it is conditioned on."""
    match body:
        case Given(left, right):
            return [*arguments_of(left), *arguments_of(right)]
        case List(items, _):
            return [a for i in items for a in arguments_of(i)]
        case Group("(", ")", List()):
            return arguments_of(body.body)  # `Q((s, c), a)`
        case Placeholder():
            return []
    return [body]


def apply(r: Reading, head: Tree, group: Group, at: Tree) -> Term:
    """A function at its arguments: one of the field's, one that the paper defines, or an unknown one."""
    from .functions import PLAIN, call_named, gamma_function, named
    from .link import Links

    if gamma_function(r, head, group):
        return ew.unary(r, "gamma", r.term(group.body))
    parts = split(head)
    found = sort_scripts(r, head, parts)
    name = named(r, head)
    if name in PLAIN and not (isinstance(parts.base, Symbol) and parts.base.word):
        return call_named(r, name, head, group, at)
    if isinstance(r.links, Links) and (linked := r.links.call(r, head, group, at)) is not None:
        return linked
    if name is not None:
        return call_named(r, name, head, group, at)
    from .distributions import density

    if (value := density(r, head, group, at)) is not None:
        return value
    if (
        isinstance(parts.base, Symbol)
        and parts.base.name in ("O", "o", "Theta", "Omega")
        and r.facts.exact(head) is None
    ):
        raise Refusal("asymptotic", f"{canonical(head)} is an order of magnitude, no value", at=at)
    names = tuple(o for o in found.operations if _names_a_function(o))
    if names:
        # `\\phi^\\pi(x)`: the superscript of a function names it.
        found = replace(
            found, labels_up=(*found.labels_up, *names), operations=tuple(o for o in found.operations if o not in names)
        )
    found = _indexed_label(r, found)
    operations = found.operations
    bare = rebuilt(parts, found.labels_up, found.labels_down)
    if plain(head) in r.bound and not isinstance(group.body, Given):
        return pick_from(r, r.bound[plain(head)], positions(r, tuple(arguments_of(group.body))), at)
    if _decorative(r, head, group, found.indices):
        term = r.term(head)
        return term
    discrete = _at_index(r, bare, group, found.indices)
    if discrete is not None:
        term = discrete
    else:
        term = unknown_call(r, bare, head, group, found.indices, at)
    for operation in operations:
        term = apply_superscript(r, term, operation, at)
    return term


def _indexed_label(r: Reading, found: Sorted) -> Sorted:
    """`Q_{\\theta_j}(s, a)` under a bound j is the function Q_θ with the index j."""
    downs: list[Tree] = []
    indices: list[Tree] = list(found.indices)
    for label in found.labels_down:
        inner = split(label)
        picks = [unwrapped(s) for s in inner.subs]
        if picks and all(plain(i) in r.bound and r.bound[plain(i)].sort == "integer" for i in picks):
            downs.append(rebuilt(inner, inner.sups, ()))
            indices += picks
        else:
            downs.append(label)
    return replace(found, labels_down=tuple(downs), indices=tuple(indices))


def _names_a_function(operation: Tree) -> bool:
    if isinstance(operation, Unary):
        return True  # `f^{-1}(x)` is the inverse function, another callable
    return isinstance(operation, Symbol) and operation.name not in ("top", "intercal", "T", "H", "dagger", "prime")


def _decorative(r: Reading, head: Tree, group: Group, indices: tuple[Tree, ...]) -> bool:
    """`r_t(θ)` under a mean over t: the bracket names the parameters of the left side that the values depend on."""
    trees = arguments_of(group.body)
    return (
        bool(indices)
        and bool(trees)
        and not isinstance(group.body, Given)
        and all(plain(t) in r.parameters and plain(t) not in r.valued and is_greek(t) for t in trees)
    )


def _at_index(r: Reading, bare: Tree, group: Group, indices: tuple[Tree, ...]) -> Term | None:
    """`p(k)` under a sum over k is an element of the array p."""
    trees = arguments_of(group.body)
    values = trees if not isinstance(group.body, Given) else arguments_of(group.body.left)
    if not values or (indices and len(values) < 2):
        return None
    for v in values:
        term = r.bound.get(plain(v))
        if term is None or not isinstance(term.node, IndexNumber) or term.sort != "integer":
            return None
        if r.indices[term.node.index].sample:
            return None
    if any(plain(t) not in r.bound for t in trees if t not in values and plain(t) in r.bound):
        return None
    if isinstance(group.body, Given):
        # The condition only names what the probabilities belong to, if nothing else needs it.
        conditions = arguments_of(group.body.right)
        values = values + [
            c for c in conditions if plain(c) in r.bound and isinstance(r.bound[plain(c)].node, IndexNumber)
        ]
    values = [*indices, *values]
    entry = r.entry(bare, bare, len(values))
    r.solver.fix(entry.number, ())
    return r.pick(entry, positions(r, tuple(values)), group)


def unknown_call(r: Reading, bare: Tree, head: Tree, group: Group, indices: tuple[Tree, ...], at: Tree) -> Term:
    """An unknown function becomes a callable argument; indices on its name are passed behind its arguments."""
    trees = arguments_of(group.body)
    if any(isinstance(t, (Placeholder, Relation)) for t in trees):
        raise Refusal("function-argument", f"what {canonical(head)} is applied to is no value", at=group)
    terms = [r.term(t) for t in trees] + [r.term(i) for i in indices]
    _like_other_calls(r, bare, terms)
    types = tuple(_argument_type(r, t) for t in terms)
    variables = _density_of(bare, group)
    entry = r.entry(bare, head, 0, call=True, signature=" ".join([*(_signature(t) for t in types), *variables]))
    entry.arguments, entry.variables = types, variables
    known = r.facts.exact(bare)
    if isinstance(group.body, Given) or (known is not None and known.kind == "distribution"):
        r.solver.fix(entry.number, ())
    elif (
        known is not None
        and known.kind in ("function", "")
        and known.shape is not None
        and entry.number not in r.solver.shapes
    ):
        r.solver.fix(entry.number, tuple(r.declared_axis(s) for s in known.shape))
    return Term(Call(entry.name, tuple(t.node for t in terms)), r.solver.shape(entry.own))


def _density_of(bare: Tree, group: Group) -> tuple[str, ...]:
    """The variables of `p(x | y)`: p(x) and p(y) are two functions, though both are called p."""
    base = split(bare).base
    if not (isinstance(base, Symbol) and base.name in ("p", "q", "P", "Pr") and not base.word):
        return ()
    names = [split(t).base for t in arguments_of(group.body)]
    if not all(isinstance(n, Symbol) for n in names):
        return ()
    return tuple(plain(replace(n, accents=())) for n in names if isinstance(n, Symbol))


def _like_other_calls(r: Reading, bare: Tree, terms: list[Term]) -> None:
    """An argument of unknown shape has that of the same argument elsewhere."""
    for other in r.entries.values():
        if other.call and len(other.arguments) == len(terms) and plain(other.tree) == plain(bare):
            for term, kind in zip(terms, other.arguments):
                if kind.axes:
                    r.solver.suggest(r.solver.shape(term.shape), kind.axes, 4)
                shape = r.solver.shape(term.shape)
                if isinstance(shape, tuple) and len(shape) == len(kind.axes):
                    # One function takes arrays of one size, unless the paper gives them two.
                    for a, b in zip(shape, kind.axes):
                        p, q = r.solver.dim(a.dim), r.solver.dim(b.dim)
                        if p != q and (p.name or "").startswith("?") and (q.name or "").startswith("?"):
                            r.solver.same_dim(p, q, f"the arguments of {canonical(bare)}", bare)


def _signature(kind: ArrayType) -> str:
    return "(" + ",".join(str(a.dim) for a in kind.axes) + ")"


def _argument_type(r: Reading, term: Term) -> ArrayType:
    shape = r.solver.shape(term.shape)
    return ArrayType(() if isinstance(shape, Unknown) else shape, term.sort)
