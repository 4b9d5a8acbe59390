"""Neighbours with nothing between: a function and its argument, or a product of scalars, vectors and matrices."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from ..formula import canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Fraction,
    Group,
    Juxtaposition,
    List,
    Number,
    Scripted,
    Symbol,
    Text,
)
from ..formula.tree import Node as Tree
from ..ir.node import Build, Call, Const, Linear, MatMul, Op, Outer
from . import elementwise as ew
from .applications import apply, is_application
from .ellipsis import in_product
from .index import rebuilt, split, walk
from .keys import plain
from .objects import check_number
from .positions import element_positions, pick_from
from .refusal import Mismatch, Refusal
from .scope import Reading, is_open
from .scripts import sort_scripts
from .superscripts import apply_superscript, capitals, looks_matrix
from .symbols import draws
from .types import Term, Unknown, show_dim, show_shape

NO_COEFFICIENTS = frozenset("WUVAXYZSPQH")
"""Capitals that are arrays where they stand before one, whatever else is not known of them."""
COEFFICIENTS = frozenset("abcntkmN")
"""Letters that stand for numbers rather than for arrays."""
OPERATORS = {"cdot": "·", "times": "×", "odot": "⊙", "otimes": "⊗", "circ": "∘", "oplus": "⊕"}
ABBREVIATIONS = frozenset({"TP", "FP", "FN", "TN", "PR", "TV", "CE"})


def juxtaposition(r: Reading, node: Juxtaposition) -> Term:
    """The product of the factors, each of which may be an application."""
    spelled = _operators(node)
    if spelled is not None:
        return r.term(spelled)
    if (running := in_product(r, node.items, node)) is not None:
        return running
    factors = _factors(r, _numbers(_words(r, list(node.items)), node), node)
    total = factors[0][0]
    first = factors[0][1]
    for term, tree in factors[1:]:
        total = product(r, total, term, node, first, tree)
        first = tree
    return total


def _operators(node: Juxtaposition) -> Tree | None:
    """Operators that braces hid from the parser: `a {\\cdot} b`."""
    for k, item in enumerate(node.items):
        if isinstance(item, Symbol) and item.name in OPERATORS and 0 < k < len(node.items) - 1:
            left, right = node.items[:k], node.items[k + 1 :]
            return Binary(
                OPERATORS[item.name],
                left[0] if len(left) == 1 else Juxtaposition(left, at=node.at),
                right[0] if len(right) == 1 else Juxtaposition(right, at=node.at),
                at=node.at,
            )
    return None


def _numbers(items: list[Tree], node: Tree) -> list[Tree]:
    """Digits side by side are one number with marks between its thousands.

    Raises Refusal for other numbers side by side.
    """
    out: list[Tree] = []
    for item in items:
        before = out[-1] if out else None
        if isinstance(item, Number) and isinstance(before, Number):
            if not (re.fullmatch(r"\d{3}", item.text) and before.text.isdigit()):
                raise Refusal("number", f"the numbers {before.text} and {item.text} stand side by side", at=node)
            out[-1] = Number(before.text + item.text, at=before.at)
        else:
            out.append(item)
    return out


def _words(r: Reading, items: list[Tree]) -> list[Tree]:
    """Capitals typed side by side that are an abbreviation: `TP`, `MSE`."""
    out: list[Tree] = []
    k = 0
    while k < len(items):
        run = k
        while (
            run < len(items) and _capital(items[run], last=False) and (run == k or _touch(items[run - 1], items[run]))
        ):
            run += 1
        if (
            run < len(items)
            and run > k
            and isinstance(items[run], Scripted)
            and _capital(items[run], last=True)
            and _touch(items[run - 1], items[run])
        ):
            run += 1
        names = [_letter(i) for i in items[k:run]]
        word = "".join(names)
        if (len(word) >= 3 or word in ABBREVIATIONS) and not any(_array(r, n) for n in names):
            last = items[run - 1]
            symbol = Symbol(
                word, (), "", True, at=(getattr(items[k], "at", (-1, -1))[0], getattr(last, "at", (-1, -1))[1])
            )
            out.append(replace(last, base=symbol) if isinstance(last, Scripted) else symbol)
            k = run
            continue
        out.append(items[k])
        k += 1
    return out


def _array(r: Reading, letter: str) -> bool:
    info = r.facts.exact(Symbol(letter))
    return info is not None and (bool(info.shape) or info.kind in ("vector", "matrix", "tensor"))


def _capital(item: Tree, *, last: bool) -> bool:
    base = item.base if last and isinstance(item, Scripted) else item
    return (
        isinstance(base, Symbol)
        and len(base.name) == 1
        and base.name.isupper()
        and not base.accents
        and base.font in ("", "rm")
    )


def _letter(item: Tree) -> str:
    base = item.base if isinstance(item, Scripted) else item
    return base.name if isinstance(base, Symbol) else ""


def _touch(a: Tree, b: Tree) -> bool:
    x, y = getattr(a, "at", (-1, -1)), getattr(b, "at", (-1, -2))
    return bool(x[1] == y[0] and x[1] >= 0)


def _factors(r: Reading, items: list[Tree], node: Tree) -> list[tuple[Term, Tree]]:
    from .calculus import gradient_prefix
    from .conditions import indicator_prefix
    from .link import Links

    out: list[tuple[Term, Tree]] = []
    k = 0
    while k < len(items):
        item = items[k]
        following = items[k + 1] if k + 1 < len(items) else None
        if isinstance(item, Text):
            raise Refusal("text", f"the words “{item.text}” stand inside the formula", at=item)
        taken = gradient_prefix(r, items, k) or indicator_prefix(r, items, k)
        if taken is not None:
            term, width = taken
            out.append((term, item))
            k += width
            continue
        if (
            isinstance(item, Apply)
            and not item.bracketed
            and isinstance(following, BigOp)
            and _coefficient(item.argument)
            and _prefix(item)
        ):
            # `\\log \\frac{1}{K} \\sum_k w_k` is the logarithm of the mean.
            whole = Juxtaposition((item.argument, *items[k + 1 :]), at=item.at)
            out.append((r.term(replace(item, argument=whole)), item))
            break
        if _is_expectation(item):
            rest = items[k + 1 :]
            if not rest:
                raise Refusal("expectation", "an expectation of nothing", at=item)
            body = rest[0] if len(rest) == 1 else Juxtaposition(tuple(rest))
            assert isinstance(item, Scripted)
            out.append((r.term(BigOp("E", item.sub, item.sup, body, at=item.at)), item))
            break
        if following is not None and _compound(r, item, following):
            bare, operations = _unoperated(r, following)
            whole = Juxtaposition((item, bare), at=getattr(item, "at", (-1, -1)))
            linked = r.links.symbol(r, whole, whole, ()) if isinstance(r.links, Links) else None
            term = linked if linked is not None else r.whole(r.entry(whole, whole, 0))
            for operation in operations:
                term = apply_superscript(r, term, operation, following)
            out.append((term, whole))
            k += 2
            continue
        if following is not None and (group := bracket(following)) is not None and is_application(r, item, group):
            term = apply(r, item, group, node)
            out.append((_after(r, term, following), item))
            k += 2
            continue
        if following is not None and plain(item) in r.usage.operators and plain(item) not in r.bound:
            raise Refusal(
                "operator",
                f"{canonical(item)}, applied to what follows elsewhere, stands before it without a bracket",
                at=item,
            )
        out.append((r.term(item), item))
        k += 1
    return out


def _prefix(item: Apply) -> bool:
    base = item.function.base if isinstance(item.function, Scripted) else item.function
    return isinstance(base, Symbol) and base.name in ("log", "ln", "exp")


def _coefficient(node: Tree) -> bool:
    """A bare factor of a sum: `1/K`, `2`."""
    match node:
        case Number():
            return True
        case Fraction(top, _) | Binary("/", top, _):
            return isinstance(top, Number)
        case Group(_, _, body):
            return _coefficient(body)
    return False


def bracket(node: Tree) -> Group | None:
    """The argument bracket in `(x)`, `(x)^2`, `(x)_i`."""
    while isinstance(node, Scripted):
        node = node.base
    return node if isinstance(node, Group) and node.open in ("(", "[") and node.close in (")", "]") else None


def _is_expectation(item: Tree) -> bool:
    """`\\mathbb{E}_{x}` with nothing in brackets behind it; `E_{x \\sim p}` in any font."""
    if not (isinstance(item, Scripted) and isinstance(item.base, Symbol) and item.base.name == "E"):
        return False
    return item.base.font == "bb" or draws(item)


def _after(r: Reading, term: Term, follower: Tree) -> Term:
    """Scripts behind an argument bracket: `f(x)_i^2`."""
    if not isinstance(follower, Scripted):
        return term
    parts = split(follower)
    if parts.subs:
        term = pick_from(r, term, element_positions(r, parts.subs), follower)
    for item in parts.sups:
        term = apply_superscript(r, term, item, follower)
    return term


def _compound(r: Reading, item: Tree, following: Tree) -> bool:
    """`\\Delta W` is one symbol."""
    if not (isinstance(item, Symbol) and item.name in ("Delta", "delta") and isinstance(following, (Symbol, Scripted))):
        return False
    whole = Juxtaposition((item, _unoperated(r, following)[0]))
    if r.facts.exact(whole) is not None:
        return True
    from .link import Links

    if isinstance(r.links, Links) and r.links.defines(whole):
        return True
    if item.name == "delta" and r.facts.exact(item) is None and len(_differences(r)) > 1:
        return True  # `f(x + \\delta x, y + \\delta y)`
    return item.name == "Delta" and r.facts.exact(item) is None and plain(item) not in r.bare_delta


def _differences(r: Reading) -> set[str]:
    """The letters that stand right behind a δ in the statement."""
    pairs = [
        p for n in walk(getattr(r.statement, "tree", None)) if isinstance(n, Juxtaposition) for p in pairwise(n.items)
    ]
    return {plain(b) for a, b in pairs if isinstance(a, Symbol) and a.name == "delta" and isinstance(b, Symbol)}


def _unoperated(r: Reading, tree: Tree) -> tuple[Tree, tuple[Tree, ...]]:
    """A symbol without its transposes and powers, and these: `\\Delta d^\\top` is the transpose of one symbol."""
    if not isinstance(tree, Scripted):
        return tree, ()
    parts = split(tree)
    if not isinstance(parts.base, Symbol):
        return tree, ()
    operations = sort_scripts(r, tree, parts).operations
    return rebuilt(parts, tuple(s for s in parts.sups if s not in operations), parts.subs), operations


def product(r: Reading, x: Term, y: Term, at: Tree, left: Tree | None = None, right: Tree | None = None) -> Term:
    """Two factors side by side: a scalar scales; vectors and matrices multiply as linear algebra says.

    Raises Mismatch where the inner sizes differ, with the repair that makes them fit.
    """
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if a == () or b == ():
        return _scaled(r, x, y, at, left)
    x, y = _columns(r, x, left), _columns(r, y, right)
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return replace(_unknown_product(r, x, y, at, left, right), pointwise=x.pointwise or y.pointwise)
    name = f"{_named(left)} {_named(right)}"
    if len(a) == 2 and len(b) == 2:
        _inner(r, a[1].dim, b[0].dim, a, b, name, at, left, right)
        node = matmul(r, x, y)
        r.inner_dims[node] = a[1].dim
        return Term(node, (a[0], b[1]))
    if len(a) == 2 and len(b) == 1:
        if y.row:
            raise Mismatch(f"{name}: a matrix times a row vector, {show_shape(a)} times {show_shape(b)}", at=at)
        _inner(r, a[1].dim, b[0].dim, a, b, name, at, left, right)
        return Term(matmul(r, x, y), (a[0],))
    if len(a) == 1 and len(b) == 2:
        _inner(r, a[0].dim, b[0].dim, a, b, name, at, left, right)
        return Term(matmul(r, x, y), (b[1],), row=x.row)
    if len(a) == 1 and len(b) == 1:
        if x.row and not y.row:
            _inner(r, a[0].dim, b[0].dim, a, b, name, at, left, right)
            node = matmul(r, x, y)
            r.inner_dims[node] = a[0].dim
            return Term(node, ())
        if y.row and not x.row:
            return _column_times_row(r, x, y, a, b, at)
        if r.solver.dim(a[0].dim) == r.solver.dim(b[0].dim) and not x.row:
            if (x.pointwise and y.pointwise) or x.quotient or y.quotient:
                return ew.binary(r, "mul", x, y, at)  # `\\mathrm{sign}(v) |v|`, `\\frac{1}{\\sqrt{v}} m`
        raise Mismatch(
            f"{name}: two vectors stand side by side, {show_shape(a)} and {show_shape(b)}",
            at=at,
            repair="an inner product needs a transpose, an element-wise one a sign",
        )
    raise Refusal("tensor-product", f"{name}: a product of arrays with {len(a)} and {len(b)} axes", at=at)


def _columns(r: Reading, x: Term, tree: Tree | None) -> Term:
    """`[x_1, …, x_n]` as a factor is the matrix with these columns; stacked by its index it has them as rows."""
    shape = r.solver.shape(x.shape)
    listed = isinstance(tree, Group) and tree.open == "[" and isinstance(tree.body, List)
    if not (listed and isinstance(x.node, Build) and isinstance(shape, tuple) and len(shape) == 2):
        return x
    r.note(f"{_named(tree)} has these vectors as its columns")
    return Term(Linear("transpose", (x.node,)), shape[::-1], x.sort)


def _column_times_row(r: Reading, x: Term, y: Term, a: tuple, b: tuple, at: Tree) -> Term:  # type: ignore[type-arg]
    if r.row_vectors and r.solver.dim(a[0].dim) == r.solver.dim(b[0].dim):
        r.note("vectors are rows here, so that this is an inner product")
        return Term(matmul(r, x, y), ())
    return Term(Outer(x.node, y.node), (a[0], b[0]))


def _named(tree: Tree | None) -> str:
    return canonical(tree) if tree is not None else "…"


def _inner(r: Reading, p, q, a, b, name: str, at: Tree, left: Tree | None, right: Tree | None) -> None:  # type: ignore[no-untyped-def]
    """The inner sizes of a product are equal, or the transpose that would make them so is named."""
    p, q = r.solver.dim(p), r.solver.dim(q)
    if p != q and not is_open(p) and not is_open(q):
        repair = ""
        if len(b) == 2 and r.solver.dim(b[1].dim) == p:
            repair = f"a transpose: {_named(left)} {_named(right)}^\\top would fit"
        elif len(a) == 2 and r.solver.dim(a[0].dim) == q:
            repair = f"a transpose: {_named(left)}^\\top {_named(right)} would fit"
        raise Mismatch(
            f"the shapes of {name} do not fit: {show_shape(a)} times {show_shape(b)}, {show_dim(p)} against {show_dim(q)}",
            at=at,
            repair=repair,
        )
    r.solver.same_dim(p, q, f"the inner sizes of {name}", at)


def matmul(r: Reading, x: Term, y: Term) -> MatMul:
    """The product; an open softmax on either side runs over what is summed."""
    from .softmax import settled

    left = settled(x.node, 1) if x.rank == 2 else x.node
    right = settled(y.node, 0) if y.rank == 2 else y.node
    for before, after, side in ((x.node, left, "rows"), (y.node, right, "columns")):
        if after != before:
            r.decide("axis", side, ("rows", "columns"), "the softmax runs over what the product with it sums over")
    return MatMul(left, right)


def _scaled(r: Reading, x: Term, y: Term, at: Tree, left: Tree | None = None) -> Term:
    if y.shape != () and isinstance(left, (Symbol, Scripted)) and isinstance(base := split(left).base, Symbol):
        if base.name in NO_COEFFICIENTS and base.font in ("", "bf") and isinstance(at, Juxtaposition):
            check_number(r, x, left, "a factor before an array")
    if isinstance(x.node, Const) and x.node.value == 1:
        return y
    sort = "integer" if x.sort in ("integer", "boolean") and y.sort in ("integer", "boolean") else "real"
    shape = y.shape if x.shape == () else x.shape
    row = y.row if x.shape == () else x.row
    pointwise, quotient = x.pointwise or y.pointwise, x.quotient or y.quotient
    return Term(Op("mul", (x.node, y.node)), shape, sort, row, pointwise, quotient)  # type: ignore[arg-type]


def _unknown_product(r: Reading, x: Term, y: Term, at: Tree, left: Tree | None, right: Tree | None) -> Term:
    """Evidence from a product of which one factor's shape is open; the next pass knows more."""
    a, b = r.solver.shape(x.shape), r.solver.shape(y.shape)
    key = f"product {getattr(left, 'at', '')} {getattr(right, 'at', '')}"
    node = Op("mul", (x.node, y.node))
    mx, my = looks_matrix(r, x), looks_matrix(r, y)
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        if x.row and not my:
            axis = r.stable_axis(key)
            r.solver.suggest(a, (axis,), 7)
            r.solver.suggest(b, (axis,), 7)
            return Term(node, ())
        if y.row:
            r.solver.suggest(a, (r.stable_axis(key),), 6)
            return Term(node, r.solver.new_shape())
        if _matrix_context(r, x, left) and (_vector_like(r, y) or my):
            p, q = r.stable_axis(key + " p"), r.stable_axis(key + " q")
            r.solver.suggest(a, (p, q), 5)
            r.solver.suggest(b, (q, r.stable_axis(key + " s")) if my else (q,), 5)
            return Term(node, r.solver.new_shape())
        if my and _matrix_context(r, y, right) and _vector_like(r, x) and not _indexed(r, a):
            p, q = r.stable_axis(key + " p"), r.stable_axis(key + " q")
            r.solver.suggest(a, (p,), 5)
            r.solver.suggest(b, (p, q), 5)
            return Term(node, r.solver.new_shape())
        return Term(node, _dominant(r, a, b))
    if isinstance(a, Unknown):
        assert not isinstance(b, Unknown)
        if len(b) == 2:
            coefficient = (
                isinstance(y.node, Call) and not x.row
            )  # `h f(x)`: nobody multiplies a call from the left by a row
            if x.row or (_vector_like(r, x) and not _indexed(r, a) and not coefficient):
                r.solver.suggest(a, (b[0],), 7 if x.row else 4)
                return Term(node, (b[1],))
            if mx:
                r.solver.suggest(a, (r.stable_axis(key), b[0]), 6)
                return Term(node, r.solver.new_shape())
            return Term(node, b)
        if x.row:
            r.solver.suggest(a, (b[0],), 7)
            return Term(node, ())
        if mx and _matrix_context(r, x, left):
            r.solver.suggest(a, (r.stable_axis(key), b[0]), 6)
            return Term(node, r.solver.new_shape())
        if y.row and _vector_like(r, x):
            r.solver.suggest(a, (r.stable_axis(key),), 6)
            return Term(node, r.solver.new_shape())
        return Term(node, b, row=y.row)
    assert isinstance(b, Unknown)
    if len(a) == 2:
        if my:
            r.solver.suggest(b, (a[1], r.stable_axis(key)), 6)
        else:
            r.solver.suggest(b, (a[1],), 6)
        return Term(node, r.solver.new_shape())
    if x.row and not my:
        r.solver.suggest(b, (a[0],), 7)
        return Term(node, ())
    if y.row:
        r.solver.suggest(b, (r.stable_axis(key),), 7)
        return Term(node, r.solver.new_shape())
    if my and _matrix_context(r, y, right):
        r.solver.suggest(b, (a[0], r.stable_axis(key)), 6)
        return Term(node, r.solver.new_shape())
    return Term(node, a, row=x.row)


def _matrix_context(r: Reading, x: Term, tree: Tree | None) -> bool:
    """Capitals that are usual for matrices, bold capitals, or what the paper calls a matrix."""
    shape = x.shape
    if not isinstance(shape, Unknown):
        return len(shape) == 2
    for entry in r.entries.values():
        if entry.number not in shape.of or len(entry.axes) >= 2:
            continue
        base = split(entry.tree).base
        info = entry.known.info if entry.known is not None else None
        if info is not None and (info.kind == "matrix" or "matri" in info.meaning.lower()):
            return True
        if isinstance(base, Symbol) and base.name in "WUVABMPQKHXYZFGRSCDEJ" and base.name.isupper():
            return (info is None or info.kind in ("", "matrix")) and (base.font == "bf" or capitals(r) == "matrices")
    return False


def _vector_like(r: Reading, x: Term) -> bool:
    """An unknown that would rather be a vector: a Latin letter or bold, no number of the recipe."""
    if not isinstance(x.shape, Unknown):
        return len(x.shape) == 1
    for entry in r.entries.values():
        if entry.number in x.shape.of and len(entry.axes) < 2:
            base = split(entry.tree).base
            info = entry.known.info if entry.known is not None else None
            if info is not None and (
                info.kind == "vector" or "vector" in info.meaning.lower() or "embedding" in info.meaning.lower()
            ):
                return True
            if info is not None and (info.kind == "scalar" or info.value is not None or info.role == "hyper-parameter"):
                return False
            if entry.call:
                return True
            if isinstance(base, Symbol) and (
                base.font == "bf" or (len(base.name) == 1 and base.name.islower() and base.name not in "abcndmt")
            ):
                return True
    return False


def _indexed(r: Reading, shape: Unknown) -> bool:
    return any(e.number in shape.of and e.axes for e in r.entries.values())


def _dominant(r: Reading, a: Unknown, b: Unknown) -> Unknown:
    """The shape of a product of two unknown ones is that of the factor which is no mere coefficient."""

    def weight(shape: Unknown) -> int:
        best = 0
        for entry in r.entries.values():
            if entry.number in shape.of:
                base = split(entry.tree).base
                if not isinstance(base, Symbol):
                    continue
                greek = len(base.name) > 1 and not base.word
                best = max(best, 3 if base.font == "bf" else 1 if greek or base.name in COEFFICIENTS else 2)
        return best or 2

    return a if weight(a) > weight(b) else b
