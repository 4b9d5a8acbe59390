"""Derivatives: gradients and partial derivatives by automatic differentiation, or symbols where nothing can be differentiated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

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
    Relation,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.node import Access, Arg, Gradient, Let
from .index import rebuilt, split, transposes, unwrapped, walk
from .keys import plain
from .link import Links
from .nodes import arguments
from .positions import positions
from .refusal import Refusal
from .scope import Reading
from .scripts import sort_scripts
from .superscripts import apply_superscript
from .types import Term, Unknown

LOSSES = frozenset({"L", "ell", "J", "E", "C"})
"""Letters of a loss: a scalar, so that its derivative by a symbol has the symbol's shape."""


# --- fractions -----------------------------------------------------------------------------------------


def derivative(r: Reading, node: Fraction) -> Term | None:
    """`\\frac{\\partial f}{\\partial x}` or `\\frac{d f}{d x}`, if the fraction is one."""
    top, bottom = _differential(node.numerator), _differential(node.denominator)
    if top is None or not bottom:
        return None
    if isinstance(top, tuple) and not top:
        raise Refusal("derivative", "a differential operator without what it is applied to", at=node)
    body = _together(top)
    target = _together(bottom)
    if (symbol := _symbolic(r, node, body, target)) is not None:
        return symbol
    return gradient(r, body, target, node)


def slash_derivative(r: Reading, node: Binary) -> Term | None:
    if _differential(node.left) is not None and _differential(node.right) is not None:
        return derivative(r, Fraction(node.left, node.right, at=node.at))
    return None


def _differential(node: Tree) -> tuple[Tree, ...] | None:
    """What stands behind ∂ or d."""
    items = node.items if isinstance(node, Juxtaposition) else (node,)
    head = items[0]
    if isinstance(head, Scripted):
        return None
    if isinstance(head, Symbol) and not head.accents and head.name in ("partial", "d"):
        return tuple(items[1:])
    return None


def _together(items: tuple[Tree, ...]) -> Tree:
    return items[0] if len(items) == 1 else Juxtaposition(items, at=getattr(items[0], "at", (-1, -1)))


def gradient(r: Reading, body: Tree, target: Tree, at: Tree) -> Term:
    """The gradient of a scalar with respect to a symbol, as an array of the symbol's shape."""
    square, r.square = r.square, False
    value = r.term(_applied(r, body, target))
    shape = r.solver.shape(value.shape)
    if square:
        return _jacobian(r, value, target, at)
    if isinstance(shape, tuple) and shape != ():
        raise Refusal("jacobian", f"the derivative of {canonical(body)}, which is no scalar", at=at)
    return gradient_value(r, value, target, at)


def _jacobian(r: Reading, value: Term, target: Tree, at: Tree) -> Term:
    """Under a determinant or a trace a derivative is the Jacobian; both are the same for its transpose."""
    wrt = r.term(target)
    shape, below = r.solver.shape(value.shape), r.solver.shape(wrt.shape)
    axis = r.stable_axis(f"jacobian {getattr(at, 'at', '')}")
    for one in (shape, below):
        if isinstance(one, Unknown):
            r.solver.suggest(one, (axis,), 8)
    if isinstance(shape, Unknown) or isinstance(below, Unknown):
        return Term(value.node, (axis, axis))
    if len(shape) != 1 or len(below) != 1:
        raise Refusal("jacobian", "the Jacobian of what is no vector by a vector", at=at)
    r.solver.same(shape, below, "a square Jacobian", at)
    if not isinstance(wrt.node, Arg) or wrt.node.name not in arguments(value.node):
        raise Refusal("derivative", f"{canonical(target)} is not what the function is applied to", at=at)
    return Term(Gradient(value.node, wrt.node.name, None, "jacobian"), (*shape, *below))


def _applied(r: Reading, body: Tree, target: Tree) -> Tree:
    """`∂f/∂x` of a function that the paper defines with the parameter x, or applies to x beside it, means `∂f(x)/∂x`."""
    if not isinstance(body, (Symbol, Scripted)):
        return body
    parameters = r.links.parameters(r, body) if isinstance(r.links, Links) else []
    if plain(target) not in {plain(p) for p in parameters}:
        parameters = [target] if _applied_beside(r, body, target) else []
    if not parameters:
        return body
    inside = parameters[0] if len(parameters) == 1 else List(tuple(parameters), (",",) * (len(parameters) - 1))
    at = getattr(body, "at", (-1, -1))
    return Juxtaposition((body, Group("(", ")", inside, at=at)), at=at)


def _applied_beside(r: Reading, body: Tree, target: Tree) -> bool:
    for n in walk(getattr(r.statement, "tree", None)):
        if isinstance(n, Juxtaposition):
            for head, group in pairwise(n.items):
                if isinstance(group, Group) and plain(head) == plain(body) and plain(group.body) == plain(target):
                    return True
    return False


def _symbolic(r: Reading, node: Tree, body: Tree, target: Tree) -> Term | None:
    """`∂L/∂O` of a loss that no formula gives in terms of O: an array of O's shape that the function is given."""
    parts = split(body)
    base = parts.base
    if not (isinstance(body, (Symbol, Scripted)) and isinstance(base, Symbol)) or parts.primes:
        return None
    if not (base.name in LOSSES and isinstance(target, (Symbol, Scripted))) or plain(target) in r.bound:
        return None
    if isinstance(r.links, Links) and r.links.defines(body):
        return None
    if any(plain(n) in r.bound for n in walk(target)) or _depends(r, body, target):
        return None
    return _given(r, node, target)


def _depends(r: Reading, body: Tree, target: Tree) -> bool:
    """The value of the body is computed from the target."""
    value = r.term(body)
    found = r.entries.get(plain(target))
    return found is not None and found.name in arguments(value.node)


def _given(r: Reading, symbol: Tree, target: Tree) -> Term:
    """An argument that stands for a derivative by the target, with the target's shape."""
    entry = r.entry(symbol, symbol, 0)
    wrt = r.term(target)
    own, shape = r.solver.shape(entry.own), r.solver.shape(wrt.shape)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, own, 5) if isinstance(own, tuple) else None
    else:
        r.solver.same(own, shape, f"{canonical(symbol)} and what it is taken by", symbol)
    return r.whole(entry)


# --- the nabla -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reach:
    """What a ∇ is applied to: the body, what scripts behind its bracket do to the gradient, and how many items it takes."""

    body: Tree
    behind: tuple[Tree, ...]
    width: int


def gradient_prefix(r: Reading, items: list[Tree], k: int) -> tuple[Term, int] | None:
    """`\\nabla_\\theta L(\\theta)`: the gradient of the application that follows, else of all that follows."""
    item = items[k]
    base = item.base if isinstance(item, Scripted) else item
    if isinstance(item, Fraction):
        top, bottom = _differential(item.numerator), _differential(item.denominator)
        if top == () and bottom is not None and k + 1 < len(items):
            return gradient(r, _together(tuple(items[k + 1 :])), _together(bottom), item), len(items) - k
        return None
    if isinstance(base, Symbol) and base.word and base.name in ("div", "curl", "rot") and k + 1 < len(items):
        raise Refusal("derivative", f"the operator {base.name}, which is not computed", at=item)
    if not (isinstance(base, Symbol) and base.name == "nabla"):
        return None
    if base.accents:
        raise Refusal("gradient", "a ∇ with an accent", at=item)
    rest = items[k + 1 :]
    if not rest:
        raise Refusal("gradient", "a gradient of nothing", at=item)
    parts = split(item)
    square, r.square = r.square, False
    kind = "jacobian" if square and not parts.sups else _order(r, parts.sups, item)
    if len(parts.subs) > 1:
        raise Refusal("gradient", "a gradient with respect to several symbols", at=item)
    reach = _reach(r, rest, item)
    target = parts.subs[0] if parts.subs else None
    term = _of_application(r, item, target, reach.body, kind)
    if term is None and kind == "jacobian":
        raise Refusal("jacobian", "a Jacobian of what is no application", at=item)
    if term is None and kind == "gradient":
        term = _of_symbol(r, item, target, reach.body)
    if term is None:
        if target is None:
            raise Refusal(
                "gradient", "a gradient that does not say with respect to what", "the symbol below ∇", at=item
            )
        term = _gradient_of(r, item, target, reach.body, kind)
    for script in reach.behind:
        term = apply_superscript(r, term, script, item)
    if k + 1 + reach.width < len(items) and not reach.behind:
        _check_reach(r, term, items[k + 1 + reach.width :], item)
    return term, 1 + reach.width


def _order(r: Reading, sups: tuple[Tree, ...], item: Tree) -> str:
    """∇² is the Hessian where the paper says so; elsewhere it may be the Laplacian."""
    if not sups:
        return "gradient"
    if len(sups) == 1 and isinstance(unwrapped(sups[0]), Number) and plain(sups[0]) == "2":
        if "hessian" in r.prose and "laplac" not in r.prose:
            r.note("∇² is the Hessian, as the paper says")
            return "hessian"
        raise Refusal("hessian", "∇² without a word whether the Hessian or the Laplacian is meant", at=item)
    raise Refusal("gradient", f"a gradient with the superscript {canonical(sups[0])}", at=item)


def _reach(r: Reading, rest: list[Tree], item: Tree) -> Reach:
    """A ∇ binds tighter than a product: `∇f(x) v` is the gradient times v, `∇f(x)^\\top` its transpose.

    Raises Refusal where a power or an element behind the bracket may belong to either.
    """
    from .applications import is_application
    from .functions import _extent
    from .products import bracket

    first = rest[0]
    if split(first).base == Symbol("nabla"):
        raise Refusal("gradient", f"{canonical(first)}: a derivative of a derivative", at=item)
    if isinstance(first, (Symbol, Scripted)) and len(rest) > 1 and (group := bracket(rest[1])) is not None:
        defined = isinstance(r.links, Links) and r.links.is_array(first)
        if not defined and is_application(r, first, group):
            inside = split(group.body)
            if any(plain(unwrapped(x)) in r.bound for x in inside.sups) and split(first).subs and not split(item).subs:
                raise Refusal("gradient", "whether a bracket behind ∇ℓ_i is its argument or a factor", at=item)
            behind = split(rest[1])
            if behind.subs or any(not transposes(s, array=True) for s in behind.sups):
                raise Refusal("gradient", "a script behind the bracket of what is differentiated", at=item)
            return Reach(Juxtaposition((first, group), at=getattr(first, "at", (-1, -1))), behind.sups, 2)
    if isinstance(first, Apply):
        if not first.bracketed and isinstance(first.argument, Juxtaposition):
            cut = _extent(r, first.argument)
            if cut is not None and cut < len(first.argument.items):
                raise Refusal("gradient", "factors behind the logarithm of what is differentiated", at=item)
        return Reach(first, (), 1)
    if isinstance(first, (Group, BigOp)):
        return Reach(first, (), 1)
    if isinstance(first, (Symbol, Scripted)):
        return Reach(first, (), 1)
    return Reach(_together(tuple(rest)), (), len(rest))


def _check_reach(r: Reading, term: Term, later: list[Tree], item: Tree) -> None:
    """Factors behind the application must not depend on what it is differentiated by: the ∇ may reach over them."""
    targets = {n.wrt for n in _nodes(term) if isinstance(n, Gradient)}
    names = {plain(n) for tree in later for n in walk(tree) if isinstance(n, (Symbol, Scripted))}
    if any(e.name in targets and key in names for key, e in r.entries.items()):
        raise Refusal("gradient", "how far the gradient reaches: a later factor depends on the same symbol", at=item)


def _nodes(term: Term) -> Iterator[object]:
    from .nodes import walk as walk_ir

    return walk_ir(term.node)


# --- applications ---------------------------------------------------------------------------------------


def _of_application(r: Reading, item: Tree, target: Tree | None, body: Tree, kind: str) -> Term | None:
    """`∇f(E)`, `∇_y f(E; x)`, `∇\\log p(E)`: the derivative by one argument of the application, at the value E."""
    found = _application(body)
    if found is None:
        return None
    head, group = found
    given = group.body
    trees = _flat(given)
    if target is None:
        place = _first_place(given)
    else:
        if plain(target) in {plain(n) for t in trees for n in walk(t)}:
            same = [k for k, t in enumerate(trees) if plain(t) == plain(target)]
            picked = isinstance(target, Scripted) and any(plain(n) in r.bound for n in walk(target))
            if plain(target) in r.bound and r.inlining:
                picked = not isinstance(r.bound[plain(target)].node, Arg)
            if len(same) != 1 or not (picked or kind == "jacobian"):
                return None  # differentiated by a symbol that stands there
            place = same[0]  # `∇_{x_j} k(x_j, x)` is the derivative by the first argument, at x_j
        else:
            place = _named_place(r, head, target, trees)
    if place is None or not trees:
        return None
    point = trees[place]
    if any(plain(n) == plain(point) for k, t in enumerate(trees) if k != place for n in walk(t)):
        raise Refusal("gradient", f"{canonical(point)} stands in several arguments of {canonical(head)}", at=item)
    fresh = Symbol(r.fresh_name("point"), (), "", True)
    at = r.term(point)
    local = fresh.name
    with r.binding():
        r.bound[plain(fresh)] = Term(Arg(local), at.shape, "real", at.row)
        value = r.term(_with_argument(body, group, place, fresh))
    shape = r.solver.shape(at.shape)
    if kind != "jacobian":
        _scalar(r, value, item)
        own = shape if kind == "gradient" or isinstance(shape, Unknown) else (*shape, *shape)
    else:
        axis = r.stable_axis(f"jacobian {getattr(item, 'at', '')}")
        body_shape = r.solver.shape(value.shape)
        for one in (shape, body_shape):
            if isinstance(one, Unknown):
                r.solver.suggest(one, (axis,), 8)
        if isinstance(shape, Unknown) or isinstance(body_shape, Unknown):
            return Term(Let(local, at.node, value.node), (axis, axis))
        if len(shape) != 1 or len(body_shape) != 1:
            raise Refusal("jacobian", "the Jacobian of what is no vector by a vector", at=item)
        own = (*body_shape, *shape)
    if local not in arguments(value.node):
        raise Refusal("derivative", f"{canonical(head)} does not depend on {canonical(point)} as printed", at=item)
    base = at.node
    if isinstance(base, Arg) and any(e.name == base.name and not e.axes for e in r.entries.values()):
        return Term(_renamed(Gradient(value.node, local, None, kind), local, base.name), own)
    return Term(Let(local, at.node, Gradient(value.node, local, None, kind)), own)


def _renamed(node: Gradient, old: str, new: str) -> Gradient:
    from .nodes import rebuild

    if new in arguments(node.body):
        return node

    def put(n: object) -> object:
        return Arg(new) if n == Arg(old) else n

    return replace(node, body=rebuild(node.body, put), wrt=new)


def _application(body: Tree) -> tuple[Tree, Group] | None:
    match body:
        case Juxtaposition((Symbol() | Scripted() as head, Group() as group)):
            return head, group
        case Apply(Symbol("log" | "ln"), Juxtaposition((Symbol() | Scripted() as head, Group() as group))):
            return head, group
    return None


def _flat(body: Tree) -> list[Tree]:
    from .applications import arguments_of

    return arguments_of(body)


def _first_place(body: Tree) -> int | None:
    """A bare ∇ is taken by the only argument, or by that before a semicolon or before the random sample of a loss."""
    match body:
        case Given():
            return None
        case List(items, separators):
            if separators[0] == ";" or all(_sample(t) for t in items[1:]):
                return 0
            return None
    return 0


def _sample(tree: Tree) -> bool:
    """ξ or ζ, the field's letters for the random sample of a stochastic gradient."""
    base = split(tree).base
    return isinstance(base, Symbol) and base.name.lower() in ("xi", "zeta")


def _named_place(r: Reading, head: Tree, target: Tree, trees: list[Tree]) -> int | None:
    """The argument that `∇_y` means in `f(\\hat{y}_t; x)`: the one of the same letter, or of the parameter y in f's definition."""
    formal = r.links.parameters(r, head) if isinstance(r.links, Links) else []
    if len(formal) == len(trees):
        named = [k for k, p in enumerate(formal) if plain(p) == plain(target)]
        if len(named) == 1:
            return named[0]
    letter = split(target).base
    if not isinstance(letter, Symbol) or isinstance(target, Scripted):
        return None
    same = [
        k
        for k, t in enumerate(trees)
        if isinstance(b := split(t).base, Symbol) and b.name == letter.name and isinstance(t, (Symbol, Scripted))
    ]
    return same[0] if len(same) == 1 else None


def _with_argument(body: Tree, group: Group, place: int, fresh: Tree) -> Tree:
    """The application with its argument at a place replaced."""
    count = 0

    def put(tree: Tree) -> Tree:
        nonlocal count
        match tree:
            case Given(left, right):
                return replace(tree, left=put(left), right=put(right))
            case List(items, _):
                return replace(tree, items=tuple(put(i) for i in items))
        count += 1
        return fresh if count == place + 1 else tree

    new = replace(group, body=put(group.body))

    def swap(tree: Tree) -> Tree:
        match tree:
            case Juxtaposition(items):
                return replace(tree, items=tuple(new if i is group else i for i in items))
            case Apply(_, argument):
                return replace(tree, argument=swap(argument))
        return tree

    return swap(body)


def _scalar(r: Reading, value: Term, at: Tree) -> None:
    shape = r.solver.shape(value.shape)
    if isinstance(shape, tuple) and shape != ():
        raise Refusal("jacobian", "the gradient of what is no scalar", at=at)
    if isinstance(shape, Unknown):
        r.solver.suggest(shape, (), 9)


def _of_symbol(r: Reading, item: Tree, target: Tree | None, body: Tree) -> Term | None:
    """`∇_w L`, `∇ℓ_i`: of a symbol that no formula gives in terms of w, the gradient is an array that the function is given."""
    if not isinstance(body, (Symbol, Scripted)) or not isinstance(split(body).base, Symbol):
        return None
    if plain(body) in r.bound:
        return None
    if target is not None:
        if any(plain(n) in r.bound for n in walk(target)) or not isinstance(unwrapped(target), (Symbol, Scripted)):
            return None
        if _depends(r, body, target):
            return None
    elif isinstance(r.links, Links) and r.links.resolves(r, body):
        return None
    parts = split(body)
    found = sort_scripts(r, body, parts)
    if found.operations:
        return None
    bare = rebuilt(parts, found.labels_up, found.labels_down)
    whole = Juxtaposition((item, bare), at=getattr(item, "at", (-1, -1)))
    if found.indices:
        if target is not None:
            return None
        entry = r.entry(whole, Juxtaposition((item, body)), len(found.indices))
        return r.pick(entry, positions(r, found.indices), item)
    if target is not None:
        return _given(r, whole, target)
    return r.whole(r.entry(whole, whole, 0))


# --- differentiation by a symbol that stands in the formula ---------------------------------------------------


def _gradient_of(r: Reading, item: Tree, target: Tree, body: Tree, kind: str = "gradient") -> Term:
    """The gradient by a symbol; `\\nabla_θ f(θ_{t-1})` is that of f at θ_{t-1}."""
    value = r.term(body)
    if plain(target) in r.entries or plain(target) in r.bound:
        found = r.entries.get(plain(target))
        if found is None or found.name in arguments(value.node):
            return gradient_value(r, value, target, item, kind)
    base = split(target).base
    points = {
        plain(n): n
        for n in walk(body)
        if isinstance(n, Scripted) and plain(split(n).base) == plain(base) and plain(n) in r.entries
    }
    heads = {
        plain(a)
        for n in walk(body)
        if isinstance(n, Juxtaposition)
        for a, b in pairwise(n.items)
        if isinstance(b, Group)
    }
    points = {k: n for k, n in points.items() if r.entries[k].name in arguments(value.node) and k not in heads}
    if len(points) == 1:
        return gradient_value(r, value, next(iter(points.values())), item, kind)
    # The function hides the symbol (`\\nabla_\\theta \\log \\pi_\\theta(a|s)`): nothing to differentiate by.
    raise Refusal(
        "gradient", f"the gradient with respect to {canonical(target)}, which the formula hides in a name", at=item
    )


def gradient_value(r: Reading, value: Term, target: Tree, at: Tree, kind: str = "gradient") -> Term:
    _scalar(r, value, at)
    wrt = r.term(target)
    base = wrt.node.base if isinstance(wrt.node, Access) else wrt.node
    if not isinstance(base, Arg):
        raise Refusal("derivative", f"the derivative with respect to {canonical(target)}, which is no argument", at=at)
    if base.name not in arguments(value.node):
        raise Refusal(
            "derivative",
            f"a derivative with respect to {canonical(target)} of what does not depend on it as printed",
            at=at,
        )
    whole = Gradient(value.node, base.name, None, kind)
    if isinstance(wrt.node, Access):
        if kind != "gradient":
            raise Refusal("hessian", "second derivatives by an element", at=at)
        return Term(Access(whole, wrt.node.positions), wrt.shape)
    shape = r.solver.shape(wrt.shape)
    return Term(whole, (*shape, *shape) if kind == "hessian" and isinstance(shape, tuple) else wrt.shape)


# --- evaluated at a point -------------------------------------------------------------------------------------


def evaluated_at(r: Reading, node: Scripted) -> Term | None:
    """`\\left.\\frac{\\partial f(x)}{\\partial x}\\right|_{x = E}`: the body with x bound to the value of E."""
    group = node.base
    if not (isinstance(group, Group) and group.open == "." and group.close == "|") or node.sup is not None:
        return None
    if node.sub is None or node.primes:
        return None
    equations = list(node.sub.items) if isinstance(node.sub, List) else [node.sub]
    if not all(
        isinstance(e, Relation) and len(e.rest) == 1 and e.rest[0][0] == "=" and isinstance(e.first, (Symbol, Scripted))
        for e in equations
    ):
        return None
    points: list[tuple[str, Term]] = []
    with r.binding():
        bound = {}
        for e in equations:
            assert isinstance(e, Relation)
            at = r.term(e.rest[0][1])
            local = r.fresh_name("point")
            points.append((local, at))
            bound[plain(e.first)] = Term(Arg(local), at.shape, "real", at.row)
        r.bound.update(bound)
        body = r.term(group.body)
    value = body.node
    for local, at in reversed(points):
        value = Let(local, at.node, value)
    return Term(value, body.shape, body.sort, body.row)
