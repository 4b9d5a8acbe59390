"""Which definition, if any, a symbol of a right side is computed from.

An equation may call another one for a symbol that it uses only if the other one is a definition *meant for this place*. In
all other cases the symbol stays an argument, which is never wrong. `Expansion.choose` is the whole decision; each 'no' is a
sentence of its own (`Expansion.objection`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..formula.tree import Binary, Group, Number, Relation, Scripted, Symbol, Text
from ..formula.tree import Node as Tree
from ..ir.node import Function
from ..spec.model import Statement
from ..spec.standing import Standing
from .index import rebuilt, split, unwrapped, walk
from .keys import plain
from .left import Left
from .objectives import objective
from .scope import Reading


@dataclass(slots=True, eq=False)
class Definition:
    """A statement that defines a symbol, and what came of compiling it."""

    statement: Statement
    left: Left
    right: Tree
    state: str = "new"
    """ "new", "busy" (being compiled), "done", "refused"."""
    function: Function | None = None
    own_state: bool = False
    """It gives its symbol a new value from the old one (`W ← W …`): elsewhere the symbol is the state, an argument."""
    weak: str = ""
    """The sign of a value that holds nearly (≈) or up to a factor (∝)."""
    defaulted: frozenset[str] = frozenset()
    """Arguments that are numbers only because nothing says more."""
    trees: dict[str, Tree] | None = None
    """The surface tree of each argument, by its name."""


@dataclass(slots=True)
class Expansion:
    """The paper's definitions with what the text says of them."""

    definitions: Sequence[Definition]
    chapters: Mapping[str, str] = field(default_factory=dict)
    """Section of a statement → the section of the first level that it lies in."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    _order: dict[str, int] = field(init=False)
    _circular: set[int] = field(init=False)
    _keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self._order = {d.statement.id: k for k, d in enumerate(self.definitions)}
        self._circular = _circular(self.definitions)
        self._keys = frozenset(plain(d.left.tree) for d in self.definitions)

    def choose(self, r: Reading, candidates: Sequence[Definition]) -> Definition | None:
        """The one definition that is meant where the statement stands: of its own display; else the only one that its section
        has given so far; else the only one in the paper. Statements that say the same twice are one."""
        here = r.statement
        if any(d.statement is here for d in candidates):
            return None  # inside of its own definition
        fit = [d for d in candidates if self.objection(r, d) is None]
        if not isinstance(here, Statement):
            return fit[0] if fit else None
        own = [d for d in fit if here.equation is not None and d.statement.equation == here.equation]
        near = [d for d in fit if d.statement.section == here.section and self._read_by(here, d)]
        if own:
            return _one(own)
        # What the section derives, or says of a case, may be what the symbol is from there on; and where the paper says it
        # elsewhere alone, any second formula leaves it open.
        rivals = [d for d in candidates if self._said(d) and (not near or d.statement.section == here.section)]
        return _one([*(near or fit), *rivals]) if fit else None

    def _read_by(self, here: Statement, d: Definition) -> bool:
        """The reader has met the definition, or meets it right behind the statement ("where …")."""
        mine, theirs = self.standings.get(here.id, _PLAIN), self.standings.get(d.statement.id, _PLAIN)
        before = self._order[d.statement.id] < self._order.get(here.id, -1)
        return before or theirs.paragraph <= mine.paragraph + 1

    def objection(self, r: Reading, d: Definition) -> str | None:
        """Why the symbol is not computed from this definition here; None if it is."""
        here = r.statement
        if d.state == "busy":
            return "it is computed from the very symbol that is being defined"
        return self.unfit(d) or (self._elsewhere(here, d) if isinstance(here, Statement) else None)

    def unfit(self, d: Definition) -> str | None:
        """Why the statement defines its symbol for no other place."""
        if d.own_state:
            return "it gives its symbol a new value from the old one"
        if is_set(d.right):
            return "it is a set"
        if id(d) in self._circular:
            return "it is solved from another equation, which is in terms of this symbol"
        if d.left.bracketed and recurrent(d):
            return "it is a recurrence, which does not hold for the first elements"
        if self._of_a_power(d):
            return "it is an equation about a power of a symbol that has its own definition"
        if d.weak:
            return f"its value holds nearly, or up to a factor ({d.weak})"
        if _dependence(d):
            return "it only says what the symbol depends on"
        return self._said(d)

    def _said(self, d: Definition) -> str | None:
        """The words of the paper that make the statement no definition."""
        standing = self.standings.get(d.statement.id, _PLAIN)
        match standing.how:
            case "derived" if not _assigned(d):
                return f"the paper derives it (“{standing.words}”)"
            case "example":
                return f"it is an example (“{standing.words}”)"
            case "case":
                return f"it is said of a case (“{standing.words}”)"
        return None

    def _of_a_power(self, d: Definition) -> bool:
        parts = split(d.left.tree)
        if len(parts.sups) != 1 or not isinstance(parts.sups[0], Number):
            return False
        return plain(rebuilt(parts, (), parts.subs)) in self._keys

    def _elsewhere(self, here: Statement, d: Definition) -> str | None:
        """Why the definition does not reach the place where the statement stands."""
        there = d.statement
        if there.equation is not None and there.equation == here.equation:
            return None
        mine, theirs = self.standings.get(here.id, _PLAIN), self.standings.get(there.id, _PLAIN)
        if theirs.environment and theirs.environment != mine.environment:
            return "it belongs to a theorem or its proof"
        if there.equation is None and not self._read_by(here, d):
            return "running text says it later"
        if there.section == here.section:
            if theirs.item and theirs.paragraph != mine.paragraph and not _named(d):
                return "it belongs to another item of a list"
            return None
        if recurrent(d):
            return "it is a step of a recurrence, whose state is given in another section"
        if _named(d):
            return None
        if self.chapters.get(there.section) != self.chapters.get(here.section):
            return "a letter means in another chapter what that chapter says"
        if there.equation is None and isinstance(d.left.tree, Symbol) and not d.left.tree.accents:
            return "running text of another section says it of a bare letter"
        return None


_PLAIN = Standing()


def bound_here(r: Reading, symbol: Tree) -> bool:
    """The symbol is not for another equation to compute: it is (a part of) a parameter of the left side, or it counts."""
    if plain(symbol) in r.parameters or plain(symbol) in r.local_dims or r.is_size(symbol):
        return True
    ours = split(symbol)
    for parameter in r.taken:
        theirs = split(parameter)
        if theirs.base == ours.base and theirs.primes == ours.primes:
            scripts = {plain(s) for s in (*ours.subs, *ours.sups)}
            if {plain(s) for s in (*theirs.subs, *theirs.sups)} <= scripts:
                return True
    return False


def optimised(tree: Tree) -> tuple[Tree, ...]:
    """What an objective is minimised or maximised over: `\\theta` of `\\min_\\theta L`."""
    found = objective(tree)
    return tuple(t.first if isinstance(t, Relation) else t for _, t in (found.over if found is not None else ()))


def another_font(symbol: Tree, d: Definition) -> bool:
    """A bold letter and the same letter in plain are two symbols, where neither has an index: `\\mathbf{a}` and `a`."""
    theirs = d.left.tree
    if not isinstance(symbol, Symbol) or not isinstance(theirs, Symbol) or d.left.axes:
        return False
    return "bf" in (symbol.font, theirs.font) and symbol.font != theirs.font


def _one(found: Sequence[Definition]) -> Definition | None:
    """The definition, if all of them say the same."""
    return found[0] if len({plain(d.right) for d in found}) == 1 else None


def _named(d: Definition) -> bool:
    """A name of several letters, or a letter with a label of its own: one thing throughout the paper."""
    parts = split(d.left.tree)
    if isinstance(parts.base, Symbol) and (parts.base.word or len(parts.base.name) > 8):
        return True
    labels = [unwrapped(i) for i in (*parts.subs, *parts.sups)]
    return any(isinstance(x, Text) or (isinstance(x, Symbol) and x.word) for x in labels)


def _assigned(d: Definition) -> bool:
    """`x := …` defines, whatever the words say."""
    tree = d.statement.tree
    return any(isinstance(n, Relation) and any(op in (":=", "≡") for op, _ in n.rest) for n in (tree,))


def _dependence(d: Definition) -> bool:
    """`L = L(\\theta)`, `x = x`, and `f(x) = x`, which says of which x it holds."""
    head = plain(d.left.tree)
    right = d.right.items[0] if hasattr(d.right, "items") and d.right.items else d.right
    if plain(right) == head or plain(d.right) == head:
        return True
    return d.statement.equation is None and d.left.bracketed and plain(d.right) in {plain(p) for p in d.left.parameters}


def recurrent(d: Definition) -> bool:
    """The definition is in terms of itself at another step."""
    theirs = split(d.left.tree)
    letters_ = {plain(unwrapped(k)) for k in (*theirs.subs, *theirs.sups)}
    for n in walk(d.right):
        if isinstance(n, Scripted) and plain(split(n).base) == plain(theirs.base):
            parts = split(n)
            if letters_ & {plain(k) for s in (*parts.subs, *parts.sups) for k in walk(s) if isinstance(k, Symbol)}:
                return True
    return False


def _circular(definitions: Sequence[Definition]) -> set[int]:
    """Pairs that are in terms of each other (`\\hat x = U^\\top x`, `x = U \\hat x`): at least one of them is solved for."""
    keys = {plain(d.left.tree) for d in definitions}
    uses = {id(d): {plain(n) for n in walk(d.right) if isinstance(n, (Symbol, Scripted))} & keys for d in definitions}
    by_key: dict[str, list[Definition]] = {}
    for d in definitions:
        by_key.setdefault(plain(d.left.tree), []).append(d)
    out: set[int] = set()
    for d in definitions:
        own = plain(d.left.tree)
        for key in uses[id(d)] - {own}:
            if any(own in uses[id(e)] for e in by_key[key]):
                out.add(id(d))
    return out


def is_set(tree: Tree) -> bool:
    match tree:
        case Binary("∖" | "∪" | "∩", _, _) | Group("{", "}", _):
            return True
    return False
