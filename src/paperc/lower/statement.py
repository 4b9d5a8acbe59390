"""Compiling one statement: passes until every shape is known, all readings that survive, and the function that results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace

from ..formula import ascii_name, canonical
from ..formula.tree import BigOp, Binary, Ellipsis, Group, Juxtaposition, List, Number, Relation, Scripted, Symbol
from ..formula.tree import Node as Tree
from ..ir import shapes
from ..ir.dims import Dim
from ..ir.node import (
    Access,
    Arg,
    Argument,
    ArrayType,
    Axis,
    Build,
    Call,
    CallCompiled,
    ConcatOver,
    Const,
    Expand,
    Function,
    FunctionType,
    Gradient,
    Index,
    IndexNumber,
    Linear,
    Node,
    Op,
    Over,
    Reduce,
)
from ..spec.model import Role, Statement, SymbolInfo
from . import terms
from .choices import Chooser, readings
from .expansion import optimised
from .facts import Facts, size_of
from .index import as_dim, letters, rebuilt, split, unwrapped, walk
from .keys import plain
from .left import Left, _script_letters, bound_letters
from .link import Links, only_operations
from .nodes import arguments as names_in
from .nodes import map_dims, rebuild
from .nodes import walk as ir_walk
from .objects import check_objects
from .refusal import Mismatch, Refusal
from .scope import Entry, Reading
from .softmax import check_settled
from .stabilise import stabilise
from .types import Term, Unknown
from .usage import Usage

MAX_PASSES = 60


@dataclass(slots=True)
class Context:
    """What the paper gives to the reading of a statement."""

    facts: Facts
    links: Links | None
    settings: Mapping[str, str] = field(default_factory=dict)
    """Answers from paper.toml for this statement, without its id."""
    prose: str = ""
    """The words around the statement."""
    paper_indices: frozenset[str] = frozenset()
    functions: dict[str, Function] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    usage: Usage = field(default_factory=Usage)
    side_conditions: tuple[Relation, ...] = ()
    """What the sentence behind the display excludes of its bound indices."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A compiled reading: several bodies over one list of arguments (a property has two)."""

    bodies: tuple[Node, ...]
    results: tuple[ArrayType, ...]
    arguments: tuple[Argument, ...]
    trees: dict[str, Tree]
    indices: tuple[Index, ...]
    notes: tuple[str, ...]
    decisions: tuple[tuple[str, str, tuple[str, ...], str], ...] = ()
    defaulted: frozenset[str] = frozenset()
    """Key, value, options and reason of what was decided where the paper allows several."""


def draft(
    context: Context, statement: Statement, left: Left, rights: tuple[Tree, ...]
) -> tuple[Draft, Mapping[str, str]]:
    """The one reading of the right sides that survives.

    Raises Refusal where none does, or where several do that differ.
    """
    found: list[tuple[Mapping[str, str], Draft]] = []
    first: Refusal | None = None
    for taken, outcome in readings(lambda c: _read(context, statement, left, rights, c), context.settings):
        if isinstance(outcome, Refusal):
            first = first or outcome
        else:
            found.append((taken, outcome))
    if not found:
        assert first is not None
        raise first
    distinct = [found[0]]
    for taken, other in found[1:]:
        if all(other.bodies != kept.bodies for _, kept in distinct) and any(
            _differ(other, kept, context) for _, kept in distinct
        ):
            distinct.append((taken, other))
    if len(distinct) > 1:
        a, b = distinct[0][0], distinct[1][0]
        key = next((k for k in a if a[k] != b.get(k)), next(iter(a)))
        options = tuple(dict.fromkeys(t[key] for t, _ in distinct if key in t))
        raise Refusal(
            "ambiguous",
            f"{len(distinct)} readings fit and differ ({key}: {', '.join(options)})",
            f"the paper.toml entry {statement.id}.{key}",
            at=getattr(rights[0], "at", (-1, -1)),
            key=key,
            options=options,
        )
    return found[0][1], found[0][0]


def _differ(a: Draft, b: Draft, context: Context) -> bool:
    """The two readings give different values on random inputs (or cannot be compared)."""
    import numpy as np

    from ..ir.evaluate import evaluate
    from ..ir.inputs import draw

    fa, fb = (_function_of("compared", d) for d in (a, b))
    try:
        values = draw(fa, context.functions)
        x, y = (evaluate(f, values, context.functions) for f in (fa, fb))
        return np.shape(x) != np.shape(y) or not np.allclose(
            np.asarray(x, float), np.asarray(y, float), rtol=1e-9, atol=1e-12
        )
    except Exception:
        return True


def _function_of(name: str, d: Draft) -> Function:
    return Function(name, None, name, name, d.arguments, d.indices, d.bodies[0], d.results[0])


# --- one reading --------------------------------------------------------------------------------------


def _read(context: Context, statement: Statement, left: Left, rights: tuple[Tree, ...], chooser: Chooser) -> Draft:
    r = Reading(context.facts, chooser, terms.read)
    r.links, r.statement = context.links, statement
    r.left_base, r.left_primes = plain(split(left.tree).base), split(left.tree).primes
    r.settings = dict(context.settings)
    r.axis_words = axis_words(context.prose)
    r.prose = context.prose.lower()
    r.side_conditions = context.side_conditions
    if left.bracketed and any((i := context.facts.exact(p)) is not None and i.shape for p in left.parameters):
        r.dummies = chooser.choose("parameters", ("declared", "numbers")) == "numbers"
    r.defined = plain(left.tree)
    r.taken = (*left.parameters, *optimised(statement.tree))
    _scan(r, statement, left, rights, context)
    values: list[Term] = []
    frees: list[Index] = []
    for _ in range(MAX_PASSES):
        r.begin_pass()
        before = r.solver.changes, len(r.entries)
        with r.binding():
            frees = _free(r, left)
            for p in left.parameters:
                _touch(r, p)
            values = [_whole_value(r, t) for t in rights]
            if len(values) == 2:
                _agree(r, values, rights)
        if r.stale:
            continue
        _left_shape(r, left, values)
        r.settle_axes()
        if (r.solver.changes, len(r.entries)) != before:
            continue
        for a, b in r.pending:
            x, y = r.solver.dim(a), r.solver.dim(b)
            if x != y and ((x.name or "").startswith("?") or (y.name or "").startswith("?")):
                r.solver.same_dim(x, y, "two indices that are compared", None)
        if (r.solver.changes, len(r.entries)) != before:
            continue
        if all(e.number in r.solver.shapes for e in r.entries.values()):
            for a, b in r.loose:
                x, y = r.solver.dim(a), r.solver.dim(b)
                if (x.name or "").startswith("?") and x != y and not any(n.startswith("?") for n in y.names):
                    r.solver.same_dim(x, y, "an index and the axis that it picks from", None)
            if r.solver.changes != before[0]:
                continue
        if not r.solver.settle(tuple(e.number for e in r.entries.values())):
            return _finish(r, left, rights, values, frees, context)
    raise Refusal("unsolved", "the shapes of the symbols do not settle", at=rights[0])


def _whole_value(r: Reading, tree: Tree) -> Term:
    return r.term(tree)


def _agree(r: Reading, values: list[Term], rights: tuple[Tree, ...]) -> None:
    a, b = (r.solver.shape(v.shape) for v in values)
    if isinstance(a, Unknown) and isinstance(b, Unknown):
        return
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Unknown) and isinstance(other, tuple):
            r.solver.suggest(one, other, 9)
            return
    if a != () and b != ():
        r.solver.same(a, b, "the two sides", rights[1])


def _left_shape(r: Reading, left: Left, values: list[Term]) -> None:
    """The declared shape of the left side fits the right side, and tells unknown ones."""
    if len(values) != 1 or left.gradient is not None or left.negated:
        return
    if left.bracketed:
        return
    known = r.facts.find(left.printed if left.axes else left.tree, len(left.axes))
    if known is None:
        return
    if known.info.shape is None:
        if known.info.kind in ("vector", "matrix") and (known.covered or not left.axes):
            _no_number(r, left, values[0], known.info.kind)
        return
    shape = tuple(r.declared_axis(s) for s in known.info.shape)
    if left.axes and not known.covered:
        if len(shape) < len(left.axes):
            return
        for letter, axis in zip(left.axes, shape):
            r.solver.same_dim(
                r.stable_axis(f"left {plain(letter)}").dim,
                axis.dim,
                f"the left side {canonical(left.printed)}",
                left.printed,
            )
        shape = shape[len(left.axes) :]
    found = r.solver.shape(values[0].shape)
    if isinstance(found, Unknown):
        r.solver.suggest(found, shape, 6)
    elif len(found) == len(shape) or (found and shape):
        r.solver.same(found, shape, f"the left side {canonical(left.printed)} and its right side", left.printed)


def _no_number(r: Reading, left: Left, value: Term, kind: str) -> None:
    """A left side that is a vector or a matrix elsewhere in the paper is no number here.

    Raises Mismatch where the right side is one (and no constant, which fills an array).
    """
    found = r.solver.shape(value.shape)
    if isinstance(value.node, Call):
        return  # what an unknown function gives back is told by nothing
    if isinstance(found, Unknown):
        axes = tuple(r.stable_axis(f"left side {k}") for k in range(1 if kind == "vector" else 2))
        r.solver.suggest(found, axes, 3)
    elif found == () and not isinstance(value.node, Const):
        raise Mismatch(
            f"{canonical(left.printed)} is a {kind} elsewhere in the paper, but its right side is a number here",
            at=left.printed,
        )


def _free(r: Reading, left: Left) -> list[Index]:
    """The free indices of the left side, bound over axes that the right side tells."""
    out = []
    for letter in left.axes:
        axis = r.stable_axis(f"left {plain(letter)}")
        info = r.facts.exact(letter)
        base = r.left_bases.get(plain(letter), 1)
        if info is not None and info.range is not None:
            lo, hi = size_of(info.range[0]), size_of(info.range[1])
            if lo is not None and hi is not None and lo.value is not None:
                base = int(lo.value)
                if not r.ranged.get(plain(letter)):
                    r.ranged[plain(letter)] = hi - lo + Dim.constant(1)
                r.pending.append((axis.dim, r.ranged[plain(letter)]))
        out.append(r.bind_index(letter, Over(Axis(axis.dim, base))))
    return out


def _touch(r: Reading, parameter: Tree) -> None:
    """Parameters of the left side come first among the arguments, if the right side uses them."""
    r.parameters.append(plain(parameter))
    if isinstance(parameter, Ellipsis):
        # `p(y_1, …, y_k)` has the parameter y.
        first = r.parameters[-2:-1]
        r.parameters += [b for b in (k.split("_")[0] for k in first) if b]


def _scan(r: Reading, statement: Statement, left: Left, rights: tuple[Tree, ...], context: Context) -> None:
    """What can be seen before reading: sizes, indices, and how symbols are written."""
    found = {plain(k) for k in _script_letters(left.printed)}
    r.steps = {k for k in found if k == "\\ell" or (len(k) == 1 and k.islower())} - {plain(a) for a in left.axes}
    counts = _listed_ends(left.printed)
    r.steps -= counts
    r.local_dims |= counts
    bound = {plain(b) for t in rights for b in bound_letters(t)} | {plain(a) for a in left.axes}
    bare: set[str] = set()
    used: set[str] = set()
    r.valued = frozenset(n for t in rights for n in _valued(t))
    for tree in rights:
        _uses(tree, bare, used)
        for n in walk(tree):
            if isinstance(n, BigOp) and n.op not in ("E", "Var", "Cov", "Pr"):
                r.binds = True
                if n.sup is not None:
                    dim = as_dim(n.sup)
                    for name in dim.names if dim is not None else ():
                        if name not in bound and name not in r.steps:
                            r.local_dims.add(name)
    r.bare, r.subscripted = frozenset(bare), used
    r.numbered, r.usage = context.numbered, context.usage
    r.step_sups = frozenset(
        x for n in walk(left.printed) if isinstance(n, Scripted) and n.sup is not None for x in letters(n.sup)
    )
    r.paper_indices = frozenset(bound) | context.paper_indices
    r.facts_values = frozenset(plain_key(i.symbol) for i in r.facts.symbols.values() if i.value is not None)


def _listed_ends(printed: Tree) -> set[str]:
    """The k of `p(y_1, …, y_k)`: how many there are, no step."""
    return {
        plain(s)
        for n in walk(printed)
        if isinstance(n, List) and len(n.items) > 1 and any(isinstance(i, Ellipsis) for i in n.items[:-1])
        for s in split(n.items[-1]).subs
        if isinstance(s, Symbol)
    }


def _valued(tree: object) -> set[str]:
    """Plain names of the symbols outside of scripts and of argument brackets."""
    if isinstance(tree, tuple):
        return set().union(*(_valued(i) for i in tree)) if tree else set()
    if isinstance(tree, Juxtaposition):
        out: set[str] = set()
        for k, item in enumerate(tree.items):
            before = tree.items[k - 1] if k else None
            core = item.base if isinstance(item, Scripted) else item
            if (
                isinstance(core, Group)
                and core.open == "("
                and isinstance(before, (Symbol, Scripted))
                and not _is_additive(core.body)
            ):
                continue
            out |= _valued(item)
        return out
    if isinstance(tree, (Symbol, Scripted)) and isinstance(split(tree).base, Symbol):
        return {plain(tree), plain(split(tree).base)}
    if is_dataclass(tree) and not isinstance(tree, type):
        return set().union(*(_valued(getattr(tree, f.name)) for f in fields(tree) if f.name not in ("at", "sub")))
    return set()


def _is_additive(tree: Tree) -> bool:
    return isinstance(tree, Binary)


def plain_key(latex: str) -> str:
    from .facts import tree_of

    tree = tree_of(latex)
    return plain(tree) if tree is not None else latex


def _uses(tree: object, bare: set[str], used: set[str], follower: object = None) -> None:
    """Symbols outside of scripts: `used` without their superscripts, `bare` those with no bracket behind them."""
    if isinstance(tree, tuple):
        for item in tree:
            _uses(item, bare, used)
        return
    if isinstance(tree, Juxtaposition):
        for k, item in enumerate(tree.items):
            nxt = tree.items[k + 1] if k + 1 < len(tree.items) else None
            core = nxt.base if isinstance(nxt, Scripted) else nxt
            if k and tree.items[k - 1] in (Symbol("partial"), Symbol("nabla")):
                continue  # what is differentiated is named there, no value
            _uses(item, bare, used, core if isinstance(core, Group) and core.open in "([" else None)
        return
    if isinstance(tree, (Symbol, Scripted)) and isinstance(split(tree).base, Symbol):
        parts = split(tree)
        if not parts.sups:
            used.add(plain(tree))
        if follower is None:
            bare.add(plain(rebuilt(parts, (), parts.subs)))
            bare.add(plain(tree))
        for s in parts.sups:
            inner = unwrapped(s)
            if not isinstance(inner, (Symbol, Number)) and not isinstance(s, Group):
                _uses(s, bare, used)
        return
    if isinstance(tree, Scripted):
        _uses(tree.base, bare, used)
        if tree.sup is not None:
            _uses(tree.sup, bare, used)
        return
    if is_dataclass(tree) and not isinstance(tree, type):
        for f in fields(tree):
            if f.name not in ("at", "sub"):
                _uses(getattr(tree, f.name), bare, used)


def axis_words(prose: str) -> str:
    """ "rows" or "columns" if the words around a statement say along which a softmax runs, and only one of them."""
    import re

    low = prose.lower()
    rows = bool(
        re.search(
            r"row-?wise|(?:each|every|per|along|over|across|of the|to each|to every) (?:the )?rows?\b|rows? sum|over (?:the )?keys|last (?:dimension|axis)",
            low,
        )
    )
    columns = bool(
        re.search(
            r"column-?wise|(?:each|every|per|along|over|across|to each|to every) (?:the )?columns?\b|columns? sum|first (?:dimension|axis)",
            low,
        )
    )
    if rows == columns:
        return ""
    return "rows" if rows else "columns"


# --- the function ----------------------------------------------------------------------------------------


def _finish(
    r: Reading, left: Left, rights: tuple[Tree, ...], values: list[Term], frees: list[Index], context: Context
) -> Draft:
    solver = r.solver
    elementwise = all(only_operations(v.node) for v in values)
    if r.dummies and (not elementwise or any(solver.shape(e.own) != () or e.axes for e in r.entries.values())):
        raise Refusal("parameters", "the parameters are no plain numbers", at=rights[0])
    if left.diagonal:
        (value,), (index,) = values, frees
        assert isinstance(index.domain, Over)
        axis = solver.axis(index.domain.axis)
        values, frees = [Term(Linear("diag", (Build(index, value.node),)), (axis, axis))], []
    bodies = tuple(stabilise(map_dims(v.node, solver.dim)) for v in values)
    results = []
    for v in values:
        shape = solver.shape(v.shape)
        assert not isinstance(shape, Unknown)
        results.append(ArrayType(shape, v.sort))
    indices = tuple(map_dims(i, solver.dim) for i in frees)
    used = set().union(*(names_in(b) for b in bodies))
    entries = [e for e in r.entries.values() if e.name in used]
    order = {k: n for n, k in enumerate(r.parameters)}
    entries.sort(key=lambda e: order.get(plain(e.tree), len(order)))
    arguments = [_argument(r, e, left) for e in entries]
    _check_calls(entries, rights[0])
    check_objects(r, entries, bodies, rights[0])
    trees = {e.name: e.tree for e in entries}
    arguments, sizes = _with_sizes(r, arguments, bodies, tuple(results), indices, trees)
    trees.update(sizes)
    arguments.sort(key=lambda a: a.default is not None)
    decisions = [(k, *d) for k, d in r.decisions.items()]
    for key, (options, rival) in r.chooser.asked.items():
        taken = r.chooser.taken[key]
        if not rival and taken != options[0]:
            decisions.append((key, taken, options, f"the reading “{options[0]}” does not fit"))
    found = Draft(
        bodies,
        tuple(results),
        tuple(arguments),
        trees,
        indices,
        tuple(r.notes),
        tuple(decisions),
        frozenset(e.name for e in entries if e.number in solver.defaulted),
    )
    _nothing_slipped(found, {e.name for e in entries if e.key.startswith("list ")})
    found = _tidy_names(_renamed(found))
    for body in found.bodies:
        check_settled(body)
        _check_passed(body, found, context.functions, rights[0])
    for body, result in zip(found.bodies, found.results):
        _check_samples(body, found, rights[0])
        try:
            shapes.check(replace(_function_of("checked", found), body=body, result=result), context.functions)
        except shapes.IllegalIR as error:
            raise Refusal("internal", f"the compiled formula has no type: {error}", at=rights[0]) from error
    return found


def _check_passed(body: Node, found: Draft, functions: Mapping[str, Function], at: Tree) -> None:
    """A sequence is handed on with the numbers that its elements have here: `s_i` beside a function of `s_{i+1}`.

    Raises Refusal where the other function counts from another number.
    """
    ours = {a.name: a.type for a in found.arguments}
    for n in ir_walk(body):
        if not isinstance(n, CallCompiled) or n.function not in functions:
            continue
        theirs = {a.name: a.type for a in functions[n.function].arguments}
        for name, value in n.args:
            if not isinstance(value, Arg):
                continue
            mine, wanted = ours.get(value.name), theirs.get(name)
            if not isinstance(mine, ArrayType) or not isinstance(wanted, ArrayType):
                continue
            if any(a.base != b.base for a, b in zip(mine.axes, wanted.axes)):
                raise Refusal(
                    "shifted", f"{value.name} counts from one number here and from another in {n.function}", at=at
                )


def _check_samples(body: Node, found: Draft, at: Tree) -> None:
    """A sampled variable has its value only under the expectation (or the extremum) that runs over its samples.

    Raises Refusal for `E_x[f(x)] g(x)`.
    """

    def loose(node: object, bound: frozenset[str]) -> set[str]:
        if isinstance(node, IndexNumber):
            return {node.index} - bound
        if isinstance(node, (Reduce, Build, ConcatOver)):
            bound = bound | {node.index.name}
        if isinstance(node, tuple):
            return set().union(*(loose(i, bound) for i in node)) if node else set()
        if is_dataclass(node) and not isinstance(node, type):
            return set().union(*(loose(getattr(node, f.name), bound) for f in fields(node)))
        return set()

    if loose(body, frozenset(i.name for i in found.indices)):
        raise Refusal("sampled", "a variable that an expectation draws stands outside of it as well", at=at)


def _check_calls(entries: list[Entry], at: Tree) -> None:
    """One function takes arrays of one rank in each place.

    Raises Refusal where it is applied to a vector here and to a number there.
    """
    ranks: dict[tuple[str, int], tuple[int, ...]] = {}
    for entry in entries:
        if entry.call:
            found = tuple(len(t.axes) for t in entry.arguments)
            if ranks.setdefault((plain(entry.tree), len(found)), found) != found:
                raise Refusal(
                    "function-argument", f"{entry.symbol} is applied to arrays with different numbers of axes", at=at
                )


def _argument(r: Reading, entry: Entry, left: Left) -> Argument:
    solver = r.solver
    info = entry.known.info if entry.known is not None else None
    own = solver.shape(entry.own)
    assert not isinstance(own, Unknown)
    role: Role = "input"
    if info is not None and info.role is not None:
        role = info.role
    if entry.call:
        kind: ArrayType | FunctionType = FunctionType(
            tuple(ArrayType(tuple(solver.axis(a) for a in t.axes), t.sort) for t in entry.arguments),
            ArrayType(own),
            variables=entry.variables,
        )
        return Argument(entry.name, entry.symbol, kind, "callable", meaning=info.meaning if info is not None else "")
    axes = tuple(solver.axis(a) for a in entry.axes)
    lead: tuple[Axis, ...] = ()
    if entry.sample_axis is not None:
        lead = (solver.axis(entry.sample_axis),)
    kind = ArrayType((*lead, *axes, *own), entry.sort)
    default: float | int | None = None
    # A value of 0 switches something off: it is said of a special case, not of the method.
    if info is not None and info.default and kind.axes == () and not entry.axes and _said_here(r, entry, info):
        default = int(info.default) if float(info.default).is_integer() and entry.sort == "integer" else info.default
        role = "hyper-parameter"
    return Argument(
        entry.name,
        entry.symbol,
        kind,
        role,
        default,
        entry.domain,
        info.meaning if info is not None else "",
    )


def _nothing_slipped(found: Draft, listed: set[str]) -> None:
    """The last look at a reading: an index that is bound must not hide in the name of an argument (but in that of a list
    `x_j`), and a capital T that nobody introduces is no exponent.

    Raises Refusal.
    """
    bound = {
        n.index.symbol: n.index
        for body in found.bodies
        for n in ir_walk(body)
        if isinstance(n, (Reduce, Build, ConcatOver)) and not n.index.sample
    } | {i.symbol: i for i in found.indices}
    for argument in found.arguments:
        tree = found.trees.get(argument.name)
        if tree is None or argument.name in listed:
            continue
        parts = split(tree)
        hidden = {plain(n) for item in (*parts.subs, *parts.sups) for n in _letters_of(item)} & set(bound)
        if hidden:
            letter = min(hidden)
            raise Refusal(
                "bound-index",
                f"{canonical(tree)} depends on {letter}, which is bound, and was not read as an element of anything",
                f"a sentence that says what {canonical(tree)} is an element of",
            )
    for body in found.bodies:
        for n in ir_walk(body):
            if isinstance(n, Op) and n.op in ("add", "sub"):
                whole = {a for a in n.args if isinstance(a, Arg)}
                for a in n.args:
                    if isinstance(a, Expand) and isinstance(a.body, Access) and a.body.base in whole:
                        raise Refusal(
                            "broadcast", "a list stands beside an element of itself: one letter for two things"
                        )
    loose = {a.name for a in found.arguments if a.symbol.strip("{}") in ("T", "\\mathrm{T}", "*") and a.default is None}
    for body in found.bodies:
        for n in ir_walk(body):
            if isinstance(n, Op) and n.op == "pow" and isinstance(n.args[1], Arg) and n.args[1].name in loose:
                raise Refusal("transpose", "a superscript T of what was read as a number: a transpose, or a power")


def _letters_of(item: object) -> Iterator[Tree]:
    """The symbols of a script that may be indices: not upright letters, and not what only looks like one (`w_O`)."""
    if isinstance(item, tuple):
        for part in item:
            yield from _letters_of(part)
    elif isinstance(item, Symbol):
        if not item.word and item.font not in ("rm", "sf", "tt"):
            yield item
    elif isinstance(item, Scripted) and isinstance(item.base, Symbol):
        yield from _letters_of((item.sub, item.sup))
    elif is_dataclass(item) and not isinstance(item, type):
        yield from _letters_of(tuple(getattr(item, f.name) for f in fields(item) if f.name != "at"))


LONG_PAPER = 6
"""Sections of the first level from which on a letter is taken to change its meaning."""


def _said_here(r: Reading, entry: Entry, info: SymbolInfo) -> bool:
    """Whether a stated value holds for this statement. A name of several letters, or with a label, is one quantity throughout.
    The value of a single letter holds in its section; elsewhere only where the paper says what the letter is, or states the
    value later; in a long paper only within the chapter that states it later."""
    parts = split(entry.tree)
    named = not isinstance(parts.base, Symbol) or parts.base.word or bool(parts.subs or parts.sups)
    here = r.statement
    places = [f for f in info.facts if f.what == "value" and f.section]
    if named or not places or not isinstance(here, Statement) or any(f.section == here.section for f in places):
        return True
    chapters = r.links.expansion.chapters if isinstance(r.links, Links) else {}
    near = [f for f in places if chapters.get(f.section) == chapters.get(here.section)]
    if len(set(chapters.values())) >= LONG_PAPER:
        return any(f.quote.span.line > here.span.line for f in near)
    return bool(info.meaning) or any(f.quote.span.line > here.span.line for f in places)


def _with_sizes(
    r: Reading,
    arguments: list[Argument],
    bodies: tuple[Node, ...],
    results: tuple[ArrayType, ...],
    indices: tuple[Index, ...],
    trees: dict[str, Tree],
) -> tuple[list[Argument], dict[str, Tree]]:
    """Sizes that no array tells become integer arguments."""
    made: dict[str, Tree] = {}
    for _ in range(12):
        probe = Function("p", None, "p", "p", tuple(arguments), indices, bodies[0], results[0])
        needed: dict[str, None] = {}
        for body, result in zip(bodies, results):
            needed |= dict.fromkeys(shapes.size_names(replace(probe, body=body, result=result)))
        known = shapes.known_sizes(probe)
        missing = [n for n in needed if n not in known]
        if not missing:
            return arguments, made
        open_ = [n for n in missing if n.startswith("?")]
        named = [n for n in missing if not n.startswith("?")]
        if not named:
            raise Refusal(
                "unknown-size",
                f"the size of an axis is told by no array and has no name ({len(open_)} of them)",
                "the range of the index, or the shape of an array",
            )
        name = named[0]
        from .facts import tree_of

        tree = tree_of(name)
        if tree is None:
            raise Refusal("unknown-size", f"the size {name} is told by no array")
        info = r.facts.exact(tree)
        default = (
            int(info.default) if info is not None and info.default is not None and info.default.is_integer() else None
        )
        ascii_ = ascii_name(tree)
        if any(a.name == ascii_ for a in arguments):
            # The same symbol stands for a number elsewhere in the statement.
            arguments = [
                replace(a, symbol=name, type=ArrayType((), "integer")) if a.name == ascii_ else a for a in arguments
            ]
            made[ascii_] = tree
            if not any(a.name == ascii_ and a.symbol == name for a in arguments):
                raise Refusal("unknown-size", f"the size {name} is told by no array")
            continue
        arguments.append(
            Argument(
                ascii_,
                name,
                ArrayType((), "integer"),
                "hyper-parameter",
                default,
                "positive integer",
                info.meaning if info is not None else "size",
            )
        )
        made[ascii_] = tree
    raise Refusal("unknown-size", "the sizes of the formula do not settle")


def _tidy_names(d: Draft) -> Draft:
    """Numbers behind names only where two arguments would share one."""
    new: dict[str, str] = {}
    for a in d.arguments:
        wish, count = ascii_name(d.trees[a.name]), 1
        name = wish
        while name in new.values():
            count += 1
            name = f"{wish}_{count}"
        new[a.name] = name
    if all(k == v for k, v in new.items()):
        return d

    def named(node: object) -> object:
        match node:
            case Arg(name):
                return Arg(new.get(name, name))
            case Call(function, args):
                return Call(new.get(function, function), args)
            case Gradient(body, wrt, at, kind):
                return Gradient(body, new.get(wrt, wrt), at, kind)
        return node

    return replace(
        d,
        bodies=rebuild(d.bodies, named),
        arguments=tuple(replace(a, name=new[a.name]) for a in d.arguments),
        trees={new[k]: t for k, t in d.trees.items() if k in new},
        defaulted=frozenset(new[k] for k in d.defaulted if k in new),
    )


def _renamed(d: Draft) -> Draft:
    """Unnamed sizes numbered in the order of the arguments."""
    names: dict[str, Dim] = {}

    def visit(dim: Dim) -> Dim:
        for n in dim.names:
            if n.startswith("?") and n not in names:
                names[n] = Dim.of(f"?{len(names) + 1}")
        return dim.replace(names)

    arguments = tuple(replace(a, type=map_dims(a.type, visit)) for a in d.arguments)
    return replace(
        d,
        arguments=arguments,
        bodies=map_dims(d.bodies, visit),
        results=map_dims(d.results, visit),
        indices=map_dims(d.indices, visit),
    )
