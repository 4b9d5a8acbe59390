"""Truth values: comparisons, cases, indicators and deltas."""

from __future__ import annotations

from ..formula import canonical
from ..formula.notation import OTHERWISE
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Cases,
    Given,
    Group,
    Juxtaposition,
    List,
    Number,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Text,
)
from ..formula.tree import Node as Tree
from ..ir.node import Arg, Const, IndexNumber, Op, Over, Reduce
from . import elementwise as ew
from .index import split, unwrapped
from .keys import plain
from .refusal import Refusal
from .scope import Reading
from .types import Term

COMPARISONS = {"=": "eq", "≠": "ne", "<": "lt", "≤": "le", ">": "gt", "≥": "ge", "≡": "eq"}


def condition(r: Reading, node: Tree) -> Term:
    """A condition as a boolean term.

    Raises Refusal for words and for sets that are no masks.
    """
    match node:
        case Group("(" | "[" | "{" | ".", _, body):
            return condition(r, body)
        case List(items, separators):
            op = "or" if separators and all(s == "∨" for s in separators) else "and"
            terms = [condition(r, i) for i in items]
            return ew.many(r, op, terms, node) if len(terms) > 1 else terms[0]
        case Binary("∧" | "∨" as op, a, b):
            return ew.binary(r, "and" if op == "∧" else "or", condition(r, a), condition(r, b), node)
        case Relation(first, rest):
            return _chain(r, first, rest, node)
        case Quantified(_, body, extra):
            return ew.binary(r, "and", condition(r, body), condition(r, extra), node)
        case Text(text):
            raise Refusal(
                "text-condition", f"the condition “{text}” is in words", "a formula for the condition", at=node
            )
        case Given():
            raise Refusal("condition", "a condition with a bar", at=node)
    term = r.term(node)
    if term.sort == "boolean":
        return term
    raise Refusal("condition", f"{canonical(node)} is no condition", at=node)


def _chain(r: Reading, first: Tree, rest: tuple[tuple[str, Tree], ...], at: Tree) -> Term:
    parts: list[Term] = []
    left_tree = first
    for op, right_tree in rest:
        parts += _one(r, left_tree, op, right_tree, at)
        left_tree = right_tree
    return parts[0] if len(parts) == 1 else ew.many(r, "and", parts, at)


def _one(r: Reading, left: Tree, op: str, right: Tree, at: Tree) -> list[Term]:
    if op in ("∈", "∉"):
        return [_member(r, left, right, op == "∉", at)]
    if op not in COMPARISONS:
        raise Refusal("condition", f"the relation {op} in a condition", at=at)
    lefts = list(left.items) if isinstance(left, List) else [left]
    rights = list(right.items) if isinstance(right, List) else [right]
    out = []
    for a in lefts:
        for b in rights:
            x, y = _counted(r, r.term(a), r.term(b))
            s, t = r.solver.shape(x.shape), r.solver.shape(y.shape)
            if isinstance(s, tuple) and isinstance(t, tuple) and s and t:
                raise Refusal(
                    "array-comparison",
                    f"{canonical(a)} {op} {canonical(b)} compares arrays: as a whole, or element by element",
                    at=at,
                )
            out.append(ew.binary(r, COMPARISONS[op], x, y, at, what="the sides of a comparison"))
    return out


def _counted(r: Reading, x: Term, y: Term) -> tuple[Term, Term]:
    """An index counts as the paper counts, a stored label from zero: they are compared as labels.

    A symbol that is compared with an index for equality is such a label.
    """
    for a, b in ((x, y), (y, x)):
        if isinstance(a.node, IndexNumber) and isinstance(b.node, Reduce) and b.node.op in ("argmax", "argmin"):
            ours, theirs = r.indices[a.node.index].domain, b.node.index.domain
            if isinstance(ours, Over) and isinstance(theirs, Over):
                r.pending.append((ours.axis.dim, theirs.axis.dim))
        if isinstance(a.node, IndexNumber) and b.sort == "stored" and a.sort == "integer":
            base = _base(r, a.node)
            number = Term(Op("add", (b.node, Const(base))) if base else b.node, (), "integer")
            return (a, number) if a is x else (number, a)
        if b.sort == "stored" and a.sort == "real" and isinstance(a.node, Arg):
            # What is compared with a position that was found is such a position.
            entry = next((e for e in r.entries.values() if Arg(e.name) == a.node), None)
            if entry is not None and not entry.axes and not entry.declared:
                r.solver.fix(entry.number, ())
                entry.sort = "stored"
    return x, y


def _base(r: Reading, node: IndexNumber) -> int:
    domain = r.indices[node.index].domain
    return domain.axis.base if isinstance(domain, Over) else 1


def _member(r: Reading, letter: Tree, set_: Tree, negated: bool, at: Tree) -> Term:
    from ..ir.node import Access, Arg, Pick
    from .sets import mask_entry

    largest = _among_largest(r, letter, set_, at)
    if largest is not None:
        return ew.unary(r, "not", largest) if negated else largest
    body = set_.body if isinstance(set_, Group) and set_.open in ("[", "(", "{") else None
    if isinstance(body, List) and len(body.items) == 2 and isinstance(set_, Group) and set_.open in ("[", "("):
        x = r.term(letter)
        low = ew.binary(r, "ge" if set_.open == "[" else "gt", x, r.term(body.items[0]), at)
        high = ew.binary(r, "le" if set_.close == "]" else "lt", x, r.term(body.items[1]), at)
        inside = ew.binary(r, "and", low, high, at)
        return ew.unary(r, "not", inside) if negated else inside
    if isinstance(set_, Group) and set_.open == "{" and body is not None:
        x = r.term(letter)
        values = body.items if isinstance(body, List) else (body,)
        found = [ew.binary(r, "eq", *_counted(r, x, r.term(v)), at) for v in values]
        inside = found[0] if len(found) == 1 else ew.many(r, "or", found, at)
        return ew.unary(r, "not", inside) if negated else inside
    term = r.term(letter)
    if isinstance(set_, (Symbol, Scripted)) and isinstance(term.node, IndexNumber):
        entry, lead = mask_entry(r, set_)
        bounds = r.bounds(term.node)
        if bounds is not None:
            entry.uses[len(lead)].append((bounds, True))
        inside = Term(Access(Arg(entry.name), (*(Pick(p) for p in lead), Pick(term.node))), (), "boolean")
        return ew.unary(r, "not", inside) if negated else inside
    raise Refusal("set", f"membership in {canonical(set_)}", at=at)


def _among_largest(r: Reading, value: Tree, set_: Tree, at: Tree) -> Term | None:
    """`s_i ∈ TopK({s_j : 1 ≤ j ≤ N}, K)`: fewer than K of the values are larger. Equal values are in together."""
    match set_:
        case Juxtaposition((Symbol(name, _, _, True), Group("(", ")", List((first, count), _)))) if (
            _word(name) == "topk"
        ):
            pass
        case Apply(Symbol(name, _, _, True), Group("(", ")", List((first, count), _))) if _word(name) == "topk":
            pass
        case _:
            return None
    if not (isinstance(first, Group) and first.open == "{" and isinstance(first.body, Given)):
        raise Refusal("set", f"the largest of {canonical(first)}: over which index they run is not said", at=at)
    larger = Group("[", "]", Relation(first.body.left, ((">", value),)))
    total = r.term(BigOp("sum", first.body.right, None, larger, (), at=getattr(set_, "at", (-1, -1))))
    r.note("the largest values are those that fewer than so many others exceed")
    return ew.binary(r, "lt", total, r.term(count), at)


def _word(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")


# --- cases ---------------------------------------------------------------------------------------------


def cases(r: Reading, node: Cases) -> Term:
    """A case distinction: nested selections, the last row without a condition being the rest."""
    rows = list(node.rows)
    if len(rows) < 2:
        raise Refusal("cases", "a case distinction with a single case", at=node)
    rows = [(value, None if test is not None and _otherwise(test) else _without_word(test)) for value, test in rows]
    last_value, last_condition = rows[-1]
    value = r.term(last_value)
    if last_condition is not None and not _complementary(rows):
        value_if = value
        missing = Term(Const(float("nan"), "math.nan"))
        value = ew.select(r, condition(r, last_condition), value_if, missing, node)
        r.note("outside of the cases that the paper lists the value is not defined (nan)")
    for tree, test in reversed(rows[:-1]):
        if test is None:
            raise Refusal("cases", "a case without a condition before the last one", at=node)
        value = ew.select(r, condition(r, test), r.term(tree), value, node)
    return value


def _without_word(test: Tree | None) -> Tree | None:
    """`if x < 0` without its first word."""
    match test:
        case Relation(Juxtaposition((Symbol("if" | "when" | "for", _, _, True), *rest)), pairs) if rest:
            first = rest[0] if len(rest) == 1 else Juxtaposition(tuple(rest))
            return Relation(first, pairs, at=test.at)
    return test


def _otherwise(test: Tree) -> bool:
    return (
        isinstance(test, (Symbol, Text))
        and (test.name if isinstance(test, Symbol) else test.text).lower().strip(" ,.;") in OTHERWISE
    )


def _complementary(rows: list[tuple[Tree, Tree | None]]) -> bool:
    """The last condition is what the others leave: `x > 0`, `x ≤ 0`."""
    opposite = {"<": "≥", "≥": "<", ">": "≤", "≤": ">", "=": "≠", "≠": "="}
    first, last = rows[0][1], rows[-1][1]
    if len(rows) == 2 and isinstance(first, Relation) and isinstance(last, Relation):
        if len(first.rest) == len(last.rest) == 1 and first.first == last.first and first.rest[0][1] == last.rest[0][1]:
            a, b = first.rest[0][0], last.rest[0][0]
            # `x > 0` and `x < 0` leave out a point that a limit fills; only exact complements count.
            if opposite.get(a) == b:
                return True
            if {a, b} in ({"≥", "≤"},):
                return True
        if (
            len(first.rest) == len(last.rest) == 1
            and first.rest[0][0] == last.rest[0][0] == "="
            and first.first == last.first
        ):
            values = {plain(first.rest[0][1]), plain(last.rest[0][1])}
            return values in ({"0", "1"}, {"1", "-1"})
    if len(rows) == 3 and all(isinstance(c, Relation) and len(c.rest) == 1 for _, c in rows):
        relations = [c for _, c in rows if isinstance(c, Relation)]
        if len({plain(c.first) for c in relations}) == 1 and len({plain(c.rest[0][1]) for c in relations}) == 1:
            return {c.rest[0][0] for c in relations} in ({"<", "=", ">"}, {">", "=", "<"})
    # Chains of intervals that end with an open one: `x < a`, `a ≤ x < b`, `x ≥ b`.
    if (
        len(rows) >= 3
        and isinstance(last, Relation)
        and len(last.rest) == 1
        and isinstance(first, Relation)
        and len(first.rest) == 1
    ):
        ends = {"<": (">", "≥"), "≤": (">", "≥"), ">": ("<", "≤"), "≥": ("<", "≤")}
        return first.first == last.first and last.rest[0][0] in ends.get(first.rest[0][0], ())
    return False


# --- indicators ---------------------------------------------------------------------------------------


def indicator_prefix(r: Reading, items: list[Tree], k: int) -> tuple[Term, int] | None:
    """`\\mathbb{1}[a = b]`, `\\mathbb{1}_{[k ≠ i]}`, `\\mathbf{1}\\{…\\}`, `\\mathbb{I}(…)`: the term and how many items it took."""
    item = items[k]
    base = item.base if isinstance(item, Scripted) else item
    if not (isinstance(base, Symbol) and _is_indicator(base)):
        return None
    if isinstance(item, Scripted) and item.sub is not None and item.sup is None:
        body = unwrapped(item.sub)
        if _is_condition(body):
            return ew.unary(r, "indicator", condition(r, body)), 1
    if k + 1 < len(items) and isinstance(items[k + 1], Group):
        group = items[k + 1]
        assert isinstance(group, Group)
        if _is_condition(group.body):
            return ew.unary(r, "indicator", condition(r, group.body)), 2
    return None


def indicator_symbol(r: Reading, node: Tree) -> Term | None:
    taken = indicator_prefix(r, [node], 0)
    return taken[0] if taken is not None else None


def _is_condition(body: Tree) -> bool:
    if isinstance(body, Relation):
        return True
    if isinstance(body, List):
        return all(isinstance(i, Relation) for i in body.items)
    return isinstance(body, Binary) and body.op in ("∧", "∨")


def _is_indicator(base: Symbol) -> bool:
    if base.accents:
        return False
    if base.name == "1" and base.font in ("bb", "bf"):
        return True
    if base.name == "I" and base.font in ("bb", "bf", "", "cal", "rm"):
        return True
    return base.name in ("1",) or (base.name in ("chi", "delta") and not base.word)


def _compares(r: Reading, node: Tree, base: Tree, pair: tuple[Tree, Tree], bound: list[bool]) -> bool:
    """A δ with two subscripts of which the paper says nothing is Kronecker's where both are indices, or one is an index
    (or the step of the left side) and the other a number or a class label."""
    from .link import Links
    from .positions import is_stored

    info = r.facts.exact(base)
    if info is not None and (info.shape is not None or info.defined_by):
        return False
    if isinstance(r.links, Links) and (r.links.defines(node) or r.links.defines(base)):
        return False
    if all(bound):
        return True
    first, second = (split(s) for s in pair)
    if any(bound) and first.base == second.base and first.primes != second.primes:
        raise Refusal(
            "unbound-index", f"{canonical(node)} compares two indices of which one is bound by nothing", at=node
        )
    for one, other, is_index in ((pair[0], pair[1], bound[0]), (pair[1], pair[0], bound[1])):
        if is_index and (isinstance(other, Number) or is_stored(r, other)):
            return True
        if plain(one) in r.steps and isinstance(other, Number):
            return True
    return False


def delta(r: Reading, node: Scripted) -> Term | None:
    """`\\delta_{ij}`, `\\delta_{k,y}`: one where both are equal."""
    from .positions import number

    parts = split(node)
    base = parts.base
    if not (
        isinstance(base, Symbol)
        and base.name == "delta"
        and not base.accents
        and len(parts.subs) == 2
        and not parts.sups
        and not parts.primes
    ):
        return None
    info = r.facts.find(node, 2)
    words = info.info.meaning.lower() if info is not None else ""
    bare = r.facts.exact(base)
    words += bare.meaning.lower() if bare is not None else ""
    said = any(w in words for w in ("kronecker", "dirac", "indicator", "one for", "equals one if", "1 if", "one if"))
    a, b = (unwrapped(s) for s in parts.subs)
    bound = [plain(s) in r.bound for s in (a, b)]
    if not said and not _compares(r, node, base, (a, b), bound):
        return None
    if said and not any(bound) and not any(isinstance(s, Number) or plain(s) in r.steps for s in (a, b)):
        return None
    terms = []
    for tree, is_bound in zip((a, b), bound):
        if is_bound or isinstance(tree, Number):
            terms.append(r.term(tree))
        elif plain(tree) in r.steps:
            terms.append(Term(number(r, tree), (), "integer"))
        else:
            entry = r.entry(tree, tree, 0)
            entry.sort = "stored"
            r.solver.fix(entry.number, ())
            terms.append(Term(r.whole(entry).node, (), "stored"))
    x, y = _counted(r, terms[0], terms[1])
    if all(bound) and isinstance(x.node, IndexNumber) and isinstance(y.node, IndexNumber):
        from .reductions import _same_set

        _same_set(r, r.indices[x.node.index], y.node)
    return ew.unary(r, "indicator", ew.binary(r, "eq", x, y, node))
