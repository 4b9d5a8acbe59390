"""Lowering a whole paper: which statements define what, in which order they compile, and what could not be compiled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import Diagnostic, Severity
from ..formula import ascii_name, canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Ellipsis,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Text,
)
from ..ir.node import Function
from ..provenance import Span
from ..spec.model import Choice, Gap, Statement, SymbolInfo
from ..spec.standing import Standing
from .expansion import Definition, Expansion, is_set
from .facts import Facts
from .index import letters, split, walk
from .keys import plain
from .left import Left, Use, _script_letters, bound_letters, chain, read_left, weak_relation
from .link import Links
from .objectives import Objective, objective
from .refusal import Mismatch, Refusal
from .side_conditions import side_conditions
from .statement import Context, Draft, draft
from .usage import usage

COMPILED = ("definition", "update", "objective", "distribution")


@dataclass(frozen=True, slots=True)
class Property:
    """An identity or a bound of the paper, as two functions of the same arguments."""

    id: str
    equation: str | None
    kind: str
    relation: str
    left: Function
    right: Function
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Lowered:
    """All that lowering found out."""

    functions: tuple[Function, ...] = ()
    refusals: tuple[Gap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    choices: tuple[Choice, ...] = ()
    properties: tuple[Property, ...] = ()
    statistics: Mapping[str, int] = field(default_factory=dict)
    """Refusals by the construct's name."""


class _Paper:
    def __init__(
        self,
        statements: Sequence[Statement],
        symbols: Mapping[str, SymbolInfo],
        settings: Mapping[str, str],
        prose: Mapping[str, str],
        scopes: Mapping[str, Mapping[str, SymbolInfo]],
        chapters: Mapping[str, str],
        standings: Mapping[str, Standing],
    ) -> None:
        self.statements, self.settings, self.prose = statements, settings, prose
        self.indices = frozenset(
            plain(b)
            for s in statements
            for n in walk(s.tree)
            if isinstance(n, BigOp) and n.op in ("sum", "prod")
            for b in bound_letters(n)
        )
        self.facts = Facts(symbols, self.indices)
        self._scoped = {id: Facts({**symbols, **here}, self.indices) for id, here in scopes.items()}
        self.functions: dict[str, Function] = {}
        self.gaps: dict[str, Gap] = {}
        self.diagnostics: list[Diagnostic] = []
        self.properties: list[Property] = []
        self.statistics: dict[str, int] = {}
        self.choices: list[Choice] = []
        self.names: set[str] = set()
        self.numbered = frozenset(
            plain(n.base)
            for s in statements
            for n in walk(s.tree)
            if isinstance(n, Scripted) and isinstance(n.sup, Number) and n.sup.text == "1"
        )
        self.usage = usage(statements)
        self.definitions: list[Definition] = []
        self.sets: list[Definition] = []
        for s in statements:
            if s.kind in COMPILED:
                definition = self._definition(s)
                if definition is not None:
                    self.definitions.append(definition)
        known = {plain(d.left.tree) for d in self.definitions}
        for s in statements:
            # An equality that could only be an identity of something that no other statement defines is its definition.
            if s.kind == "identity" and (found := self._sole(s)) is not None and plain(found.left.tree) not in known:
                self.definitions.append(found)
                known.add(plain(found.left.tree))
        self.definitions.sort(key=lambda d: [x.id for x in statements].index(d.statement.id))
        self.links = Links(Expansion([*self.definitions, *self.sets], chapters, standings), self.compile)

    def facts_at(self, s: Statement) -> Facts:
        """What the paper says of its symbols, as they are where the statement stands."""
        return self._scoped.get(s.id, self.facts)

    # --- definitions

    def _sole(self, s: Statement) -> Definition | None:
        """`f(x, y) = …` with plain parameters, as a definition."""
        tree = _core(s.tree)
        if not isinstance(tree, Relation) or tree.rest[0][0] not in ("=", ":="):
            return None
        try:
            first, members = chain(s.tree)
            left = read_left(first, members[-1], self.facts_at(s))
        except Refusal:
            return None
        plain_ones = all(isinstance(p, (Symbol, Scripted)) for p in left.parameters)
        if left.gradient is not None or not left.bracketed or not plain_ones or left.tree != _head(first):
            return None
        return Definition(s, left, members[-1])

    def _definition(self, s: Statement) -> Definition | None:
        try:
            tree = s.tree
            while isinstance(tree, Quantified):
                if tree.kind == "st" and s.kind == "objective":
                    tree = tree.body
                    continue
                if tree.kind in ("st", "if") or _restricts(tree.condition):
                    raise Refusal(
                        "constraint" if tree.kind == "st" else "condition",
                        f"the formula holds under a condition that stands beside it: {canonical(tree.condition)}",
                        at=tree,
                    )
                tree = tree.body
            if s.kind == "objective" and (found := objective(tree)) is not None:
                if found.searches and tree is not s.tree and _constrained(s.tree):
                    raise Refusal("constraint", "a search for the minimiser under constraints", at=s.tree)
                if not found.searches:
                    return Definition(s, found.left, found.body, own_state=found.named)
            if isinstance(tree, Relation) and (reason := _no_value(tree)) is not None:
                if s.equation is None:
                    return None
                raise reason
            first, members = chain(s.tree)
            if not members:
                raise Refusal("no-relation", "there is no equality here", at=s.tree)
            if s.equation is None and _is_value(members[-1]):
                return None
            left = read_left(first, members[-1], self.facts_at(s))
            if is_set(members[-1]):
                self.sets.append(Definition(s, left, members[-1]))
                if s.equation is None:
                    return None
                raise Refusal(
                    "set", "it defines a set: formulas that run over it use it, a value of its own it has not"
                )
            weak = weak_relation(s.tree)
            if weak == "≈" and not left.bracketed:
                raise Refusal(
                    "approximation",
                    f"{canonical(first)} is only nearly what stands on the right (≈): no definition of it",
                    "what it is exactly",
                    at=s.tree,
                )
            base = plain(split(left.tree).base)
            own = (
                s.kind == "update"
                and not left.bracketed
                and any(
                    isinstance(n, (Symbol, Scripted)) and plain(n) == plain(left.printed) for n in walk(members[-1])
                )
            )
            own = own or (
                not left.bracketed
                and isinstance(s.tree, Relation)
                and s.tree.rest[0][0] == "←"
                and any(isinstance(n, Symbol) and plain(n) == base for n in walk(members[-1]))
            )
            return Definition(s, left, members[-1], own_state=own, weak=weak)
        except Refusal as refusal:
            self._refuse(s, refusal)
            return None

    # --- compiling

    def compile(self, d: Definition) -> None:
        """Compiles a definition once; `d.function` stays None where it is refused."""
        if d.state != "new":
            return
        d.state = "busy"
        try:
            try:
                self._compile(d)
            except Refusal as refusal:
                if not self._as_objective(d, refusal):
                    raise
            d.state = "done"
        except Refusal as refusal:
            d.state = "refused"
            self._refuse(d.statement, refusal)
        except RecursionError:
            d.state = "refused"
            self._refuse(d.statement, Refusal("too-deep", "the formula nests too deeply"))
        except Exception as error:
            d.state = "refused"
            self._refuse(
                d.statement,
                Refusal("internal", f"a fault of paperc: {type(error).__name__}: {error}", "a report of this formula"),
            )

    def _context(self, s: Statement) -> Context:
        own = {k.removeprefix(s.id + "."): v for k, v in self.settings.items() if k.startswith(s.id + ".")}
        return Context(
            self.facts_at(s),
            self.links,
            own,
            self.prose.get(s.id, ""),
            self.indices,
            self.functions,
            self.numbered,
            self.usage,
            side_conditions=self._side_conditions(s),
        )

    def _side_conditions(self, s: Statement) -> tuple[Relation, ...]:
        """Of its own display, or of the display before it in the section that it restates (the same left side)."""
        own = side_conditions(self.prose.get(s.id, ""))
        if own or not isinstance(_core(s.tree), Relation):
            return own
        before = [x for x in self.statements[: self.statements.index(s)] if x.section == s.section]
        for other in reversed(before):
            tree, mine = _core(other.tree), _core(s.tree)
            if isinstance(tree, Relation) and isinstance(mine, Relation) and tree.first == mine.first:
                return side_conditions(self.prose.get(other.id, ""))
        return ()

    def _as_objective(self, d: Definition, refusal: Refusal) -> bool:
        """Where the search for `y^* = \\argmin_y f(y)` is none over a finite set, its objective f is compiled instead.

        The symbol itself stays a value that other equations are given.
        """
        found = objective(_core(d.statement.tree))
        if (
            found is None
            or not found.searches
            or d.own_state
            or not (found.continuous or refusal.code == "optimisation")
        ):
            return False
        before = d.left, d.right
        d.left, d.right, d.own_state = found.left, found.body, True
        try:
            self._compile(d, found)
        except Refusal:
            d.left, d.right = before
            return False
        return True

    def _compile(self, d: Definition, sought: Objective | None = None) -> None:
        s = d.statement
        if sought is None and s.kind == "objective" and (found := objective(_core(s.tree))) and not found.searches:
            sought = found
        if sought is not None:
            members = [d.right]
            first: Node = d.left.tree
        else:
            first, members = chain(s.tree)
        trouble: Refusal | None = None
        best: tuple[Draft, Mapping[str, str]] | None = None
        ordered = [m for m in reversed(members) if letters(m)] or list(reversed(members))
        worked = [m for m in ordered if not _mere_name(m)]
        ordered = worked or ordered
        for member in ordered:
            left = read_left(first, member, self.facts_at(s)) if len(members) > 1 else d.left
            try:
                best = draft(self._context(s), s, left, (member,))
            except Refusal as refusal:
                if refusal.code == "unknown-size" and left.axes and left.gradient is None:
                    # No array tells how far the letter runs: it is a label of one value.
                    left = read_left(first, member, self.facts_at(s), frozenset(plain(a) for a in left.axes))
                    try:
                        best = draft(self._context(s), s, left, (member,))
                    except Refusal:
                        trouble = trouble or refusal
                        continue
                else:
                    trouble = trouble or refusal
                    continue
            d.left, d.right = left, member
            break
        if best is None:
            assert trouble is not None
            raise trouble
        if isinstance(trouble, Mismatch):
            self.diagnostics.append(Diagnostic(trouble.code, f"{s.id}: {trouble.why}", s.span, trouble.repair))
        compiled, _ = best
        chosen = []
        for key, value, options, why in compiled.decisions:
            id = f"E{len(self.choices) + 1}"
            self.choices.append(Choice(id, f"{s.id}.{key}", value, options, why, s.span))
            chosen.append(id)
        notes = compiled.notes
        if d.weak == "≈":
            id = f"E{len(self.choices) + 1}"
            why = "the paper gives the value by ≈: this computes the approximation"
            self.choices.append(Choice(id, f"{s.id}.approximation", "computed", ("computed",), why, s.span))
            chosen.append(id)
            notes = (*notes, why)
        elif d.weak == "∝":
            notes = (*notes, "the paper gives the value by ∝: this is what stands on the right, not normalised")
        d.function = Function(
            s.id,
            s.equation,
            self._name(d.left, "unnormalised" if d.weak == "∝" else ""),
            canonical(d.left.printed) if sought is None else "objective",
            compiled.arguments,
            compiled.indices,
            compiled.bodies[0],
            compiled.results[0],
            s.kind,
            tuple(chosen),
            (*notes, *((sought.sentence(s.tree),) if sought is not None else ())),
        )
        d.trees = compiled.trees
        d.defaulted = compiled.defaulted
        self.functions[s.id] = d.function

    def _name(self, left: Left, suffix: str = "") -> str:
        wish = _gradient_name(left) if left.gradient is not None else ascii_name(left.tree)
        if wish.startswith("v_") and isinstance(left.printed, Group):
            wish = "bracket"
        wish = f"{wish}_{suffix}" if suffix else wish
        name, count = wish, 1
        while name in self.names:
            count += 1
            name = f"{wish}_{count}"
        self.names.add(name)
        return name

    # --- properties

    def property(self, s: Statement) -> None:
        """An identity or a bound as pairs of functions."""
        tree = s.tree
        while isinstance(tree, Quantified):
            tree = tree.body
        if not isinstance(tree, Relation):
            raise Refusal("property", "no relation to test", at=tree)
        sides = [tree.first, *(t for _, t in tree.rest)]
        for k, (op, _) in enumerate(tree.rest):
            pair = (sides[k], sides[k + 1])
            if op not in ("=", "≤", "≥", "<", ">", ":=", "≡"):
                raise Refusal("property", f"the relation {op} is not tested", at=tree)
            left = Left(tree.first, tree.first)
            use = Use(tree, tree.first, self.facts_at(s))
            for letter in _script_letters(tree):
                if plain(letter) not in {plain(a) for a in left.axes} and use.is_axis(letter):
                    left.axes.append(letter)
            found, _ = draft(self._context(s), s, left, pair)
            base = f"{s.id}:{k + 1}"
            functions = [
                Function(
                    f"{base}{side}",
                    s.equation,
                    f"side_{side}",
                    canonical(pair[n]),
                    found.arguments,
                    found.indices,
                    found.bodies[n],
                    found.results[n],
                    s.kind,
                )
                for n, side in enumerate("lr")
            ]
            self.properties.append(Property(s.id, s.equation, s.kind, op, functions[0], functions[1], s.span))

    # --- refusals

    def _refuse(self, s: Statement, refusal: Refusal) -> None:
        self.statistics[refusal.code] = self.statistics.get(refusal.code, 0) + 1
        needs = refusal.needs or "a paper.toml entry or a clearer formula"
        key = f"{s.id}.{refusal.key}" if refusal.key else ""
        self.gaps[s.id] = Gap("", refusal.code, refusal.why, needs, s.span, s.equation or s.id, key, refusal.options)
        severity = Severity.ERROR if isinstance(refusal, Mismatch) else Severity.WARNING
        self.diagnostics.append(
            Diagnostic(refusal.code, f"{s.equation or s.id}: {refusal.why}", s.span, needs, severity)
        )

    def done(self) -> Lowered:
        order = {s.id: n for n, s in enumerate(self.statements)}
        functions = tuple(self.functions[k] for k in sorted(self.functions, key=lambda k: order[k]))
        gaps = [replace(self.gaps[k], id=f"L{n + 1}") for n, k in enumerate(sorted(self.gaps, key=lambda k: order[k]))]
        return Lowered(
            functions,
            tuple(gaps),
            tuple(self.diagnostics),
            tuple(self.choices),
            tuple(self.properties),
            dict(sorted(self.statistics.items())),
        )


_HEDGES = re.compile(
    r"\b(?:only|if|when|unless|except|approximately|almost|asymptotically|large|small|limit|sufficiently|provided|case)\b"
)
"""Words beside a formula that say when it holds."""


def _restricts(condition: Node) -> bool:
    """A condition that pins a symbol to a value (`for k = 2m + 1`), or is in words."""
    if isinstance(condition, Relation):
        value = condition.rest[-1][1]
        ranges = isinstance(value, (List, Ellipsis)) or any(isinstance(n, Ellipsis) for n in walk(value))
        return any(op == "=" for op, _ in condition.rest) and not ranges
    return any(isinstance(n, Text) and _HEDGES.search(n.text.lower()) is not None for n in walk(condition))


def _no_value(tree: Relation) -> Refusal | None:
    """Why a statement whose relation is no equality gives no value, if it gives none."""
    name = canonical(tree.first)
    match tree.rest[0][0]:
        case "∼" | "iid∼":
            return Refusal("draw", f"it says how {name} is drawn, and gives no value", "a density, or samples", at=tree)
        case "∈":
            return Refusal("optimisation", f"{name} is an optimum: how it is found is not said", at=tree)
        case "→":
            return Refusal("limit", f"it says what {name} tends to", at=tree)
        case "∝" if isinstance(tree.first, Apply):
            return Refusal("proportion", f"{name} up to a constant", at=tree)
    return None


def _is_value(tree: Node) -> bool:
    """`β = 5k`, `N = 1, 2, 4`: values of the experiments, no formula."""
    match tree:
        case List(items, _):
            return all(isinstance(i, (Number, Ellipsis)) for i in items)
        case Juxtaposition((Number(), Symbol("k" | "K" | "M" | "B"))):
            return True
        case Number():
            return True
        case Juxtaposition(items):
            return all(isinstance(i, Number) for i in items)
    return False


def _mere_name(tree: Node) -> bool:
    """`f(X, A)` between two equality signs only names what follows."""
    match tree:
        case Symbol() | Scripted(Symbol()):
            return True
        case Juxtaposition((Symbol() | Scripted(Symbol()), Group("(", ")", _))):
            return True
    return False


def _head(tree: Node) -> Node:
    return tree.items[0] if isinstance(tree, Juxtaposition) else tree


def _constrained(tree: Node) -> bool:
    """A "subject to" stands beside the formula."""
    while isinstance(tree, Quantified):
        if tree.kind == "st":
            return True
        tree = tree.body
    return False


def _core(tree: Node) -> Node:
    while isinstance(tree, Quantified):
        tree = tree.body
    return tree


def _gradient_name(left: Left) -> str:
    assert left.gradient is not None
    body, target = left.gradient
    return f"d{ascii_name(body)}_d{ascii_name(target)}"


def lower(
    statements: Sequence[Statement],
    symbols: Mapping[str, SymbolInfo],
    settings: Mapping[str, str] | None = None,
    prose: Mapping[str, str] | None = None,
    scopes: Mapping[str, Mapping[str, SymbolInfo]] | None = None,
    chapters: Mapping[str, str] | None = None,
    standings: Mapping[str, Standing] | None = None,
) -> Lowered:
    """Compiles a paper's statements to typed IR, or says of each why not.

    `settings` are entries of paper.toml by dotted key ("eq:3.axis"); `prose` are the words around a statement, by its id;
    `scopes` are symbols that mean something else where a statement stands, by its id (`spec.symbols_lookup.scopes`);
    `chapters` has the first-level section of each section, by its id; `standings` how the words around a statement introduce
    it, by its id (`spec.standing.standings`).
    Never raises: what cannot be read is a refusal.
    """
    paper = _Paper(statements, symbols, settings or {}, prose or {}, scopes or {}, chapters or {}, standings or {})
    for d in paper.definitions:
        paper.compile(d)
    for s in statements:
        if s.kind in ("identity", "bound") and s.id not in paper.functions:
            try:
                paper.property(s)
            except Refusal as refusal:
                paper._refuse(s, refusal)
            except Exception as error:
                paper._refuse(s, Refusal("internal", f"a fault of paperc: {type(error).__name__}: {error}"))
    return paper.done()
