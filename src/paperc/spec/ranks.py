"""How many axes symbols have, from how the whole paper writes them.

What is transposed, inverted or under a trace is no number anywhere in the paper, and what is set in bold is a vector or a
matrix; sums, equalities and products carry this from symbol to symbol. Only symbols of which the paper says nothing else
get a fact here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..document import Document
from ..formula.names import canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Decorated,
    Fraction,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Unary,
)
from ..formula.walk import walk
from . import ranks_trees as trees
from .declarations_text import Quotes
from .model import Statement, SymbolFact
from .symbols import tree_of

_KINDS = {1: "vector", 2: "matrix"}
_RANKS = {"scalar": 0, "vector": 1, "matrix": 2}
_ROUNDS = 4
_ELEMENTWISE = frozenset("exp log ln tanh sin cos sigmoid softmax ReLU relu sigma softplus GELU sign sqrt abs".split())
_SQUARE = frozenset("tr Tr trace Trace det logdet".split())
_NUMBER_WORDS = re.compile(
    r".*\b(?:numbers?|probabilit(?:y|ies)|loss(?:es)?|rewards?|returns?|advantages?|rates?|temperature|precision|recall|"
    r"likelihoods?|sizes?|lengths?|dimension(?:ality|s)?|horizon|constants?|coefficients?|thresholds?|variances?|energy|costs?|"
    r"scores?|depth|width|index|indices|time|steps?|accuracy|counts?|fractions?|ratios?|entropy|budget|period)",
    re.I,
)
_COMPLEMENT = re.compile(
    r"\b(?:of|for|that|which|with|in|at|between|on|from|used|given|whose|where|under|to|as|by|over|after)\b"
)


def number_word(meaning: str) -> bool:
    """The words name a number: "number of layers", "total reward"; the noun before the first preposition decides."""
    return _NUMBER_WORDS.fullmatch(_COMPLEMENT.split(meaning)[0].strip()) is not None


def rank_facts(
    document: Document, statements: Sequence[Statement], facts: Sequence[SymbolFact]
) -> tuple[SymbolFact, ...]:
    """What the formulas of the paper tell together about the kinds of symbols (vector or matrix).

    A fact quotes the formula that told it first. Symbols with a shape, kind or value of their own get none.
    """
    solver = _Solver()
    for fact in facts:
        solver.take(fact)
    solver.first_steps()
    for statement in statements:
        solver.see(statement)
    for _ in range(_ROUNDS):
        before = dict(solver.ranks)
        for statement in statements:
            solver.statement = statement
            solver.rank(statement.tree)
        if solver.ranks == before:
            break
    quotes = Quotes(document)
    out = []
    for key, rank in solver.ranks.items():
        if rank == 0 or any(key in found for found in (solver.told, solver.blocked, solver.disputed)):
            continue
        if {"", "bf"} <= set(solver.fonts.get(key, ())):
            continue  # one letter in two fonts is two symbols
        place = solver.places[key]
        quote = (
            place.quote
            if isinstance(place, SymbolFact)
            else quotes.at(place.span.file, place.span.start, place.span.end, place.section)
        )
        for form in _shown(solver.forms.get(key, {})):
            out.append(SymbolFact(form, "kind", _KINDS[rank], quote, place.section))
    return tuple(out)


@dataclass
class _Solver:
    ranks: dict[str, int] = field(default_factory=dict)
    """What was found out or told, by key."""
    told: dict[str, None] = field(default_factory=dict)
    """The paper declares them."""
    blocked: dict[str, None] = field(default_factory=dict)
    """Numbers, functions, sets: no rank is looked for."""
    disputed: dict[str, None] = field(default_factory=dict)
    """Two places that do not go together."""
    forms: dict[str, dict[str, None]] = field(default_factory=dict)
    """The printed forms of a key, without transposes and powers."""
    places: dict[str, Statement | SymbolFact] = field(default_factory=dict)
    """What told the rank of a key."""
    declared: dict[str, tuple[Node, SymbolFact]] = field(default_factory=dict)
    """Symbols with a declared shape."""
    fonts: dict[str, dict[str, None]] = field(default_factory=dict)
    """The fonts in which the letter of a key is printed."""
    statement: Statement | None = None

    # --- what is known before -------------------------------------------------------------------------

    def take(self, fact: SymbolFact) -> None:
        """A declaration."""
        tree = tree_of(fact.symbol)
        atom = trees.atom(tree) if tree is not None else None
        if atom is None:
            return
        key, _ = atom
        match fact.what:
            case "shape":
                rank = len([s for s in fact.value.split(",") if s.strip()])
                self.told[key] = None
                assert tree is not None
                self.declared.setdefault(key, (tree, fact))
                if self.ranks.setdefault(key, rank) != rank:
                    self.disputed[key] = None
            case "kind":
                if fact.value in _RANKS:
                    self.told[key] = None
                    self.ranks.setdefault(key, _RANKS[fact.value])
                else:
                    self.blocked[key] = None
            case "value" | "signature" | "arguments" | "result" | "range":
                self.blocked[key] = None
            case "same-shape" | "element-of" | "row-of" | "column-of":
                self.told[key] = None
            case "role":
                if fact.value in ("callable", "index", "hyper-parameter"):
                    self.blocked[key] = None
            case "domain":
                if fact.value in ("integer", "positive integer", "natural", "label"):
                    self.blocked[key] = None
            case "meaning":
                if number_word(fact.value):
                    self.blocked[key] = None

    def first_steps(self) -> None:
        """`x_0 ∈ \\mathbb{R}^d` tells of `x_t`: a series is of one kind."""
        for key, (tree, fact) in self.declared.items():
            rank = self.ranks[key]
            if rank in _KINDS and isinstance(tree, Scripted) and isinstance(tree.sub, Number):
                atom = trees.atom(replace(tree, sub=trees.SLOT))
                if atom is not None and atom[0] not in self.ranks:
                    self.ranks[atom[0]] = rank
                    self.places[atom[0]] = fact

    def see(self, statement: Statement) -> None:
        """How symbols are printed: their forms, what is applied to something, what is bold."""
        self.statement = statement
        for node in walk(statement.tree):
            if isinstance(node, Juxtaposition):
                for head, follower in pairwise(node.items):
                    if trees.applied(head, follower) and (atom := trees.atom(head)) is not None:
                        self.blocked[atom[0]] = None
                self._bold_product(node.items)
            elif isinstance(node, Apply) and (atom := trees.atom(node.function)) is not None:
                self.blocked[atom[0]] = None
            elif isinstance(node, BigOp) and node.sub is not None:
                for letter in walk(node.sub):
                    if isinstance(letter, Symbol) and letter.font == "" and node.op not in ("E", "Var", "Cov"):
                        self.blocked[canonical(trees.fontless(letter))] = None
        for node in trees.values(statement.tree):
            atom = trees.atom(node)
            if atom is None:
                continue
            key, form = atom
            self.forms.setdefault(key, {}).setdefault(form, None)
            base = trees.letter(node)
            assert base is not None
            self.fonts.setdefault(key, {})[base.font] = None
            if "vec" in base.accents or (
                (base.font == "bf" and not trees.upper(base)) and not self._element(node, base)
            ):
                self.assign(trees.straight(node), 1)
            elif base.font == "bf" and isinstance(node, Scripted) and trees.operation(node.sup):
                if not self._element(node, base) and not isinstance(node.sup, Number):
                    self.assign(trees.straight(node), 2)

    def _bold_product(self, items: tuple[Node, ...]) -> None:
        """A bold capital beside another bold symbol multiplies it: a matrix."""
        bold = [
            i
            for i in items
            if (base := trees.letter(i)) is not None and base.font == "bf" and trees.atom(i) is not None
        ]
        for item in bold if len(bold) > 1 else []:
            base = trees.letter(item)
            assert base is not None
            if trees.upper(base) and not self._element(item, base):
                self.assign(trees.straight(item), 2)

    def _element(self, node: Node, base: Symbol) -> bool:
        """`\\mathbf{W}_{ij}`, and `\\mathbf{x}_i` of an x that is declared, may be elements of a bold array."""
        slots = sum(n == trees.SLOT for n in walk(trees.slotted(trees.fontless(trees.straight(node)))))
        declared = self.told.get(canonical(trees.fontless(base)), 0) is None
        return slots > 0 and (declared or (trees.upper(base) and slots > 1))

    # --- rules ------------------------------------------------------------------------------------------

    def assign(self, node: Node, rank: int) -> None:
        """The symbol has this rank; sums and scalar factors pass it on."""
        match node:
            case Group("(" | "[" | ".", _, body) | Decorated(_, body):
                return self.assign(body, rank)
            case Unary("-" | "+", operand):
                return self.assign(operand, rank)
            case Binary("+" | "-" | "⊙", left, right):
                for side in (left, right):
                    if self.rank(side) is None:
                        self.assign(side, rank)
                return None
            case Fraction(top, _):
                return self.assign(top, rank)
        atom = trees.atom(node)
        if atom is None or trees.operated(node):
            return None
        key, _ = atom
        known = self.ranks.get(key)
        if known is None:
            self.ranks[key] = rank
            assert self.statement is not None
            self.places[key] = self.statement
        elif known != rank and key not in self.told:
            self.disputed[key] = None
        return None

    def rank(self, node: Node | None) -> int | None:
        """The rank of a value, as far as it is known; what is learned on the way is kept."""
        match node:
            case Number():
                return 0
            case Group("‖", _, body):
                self.rank(body)
                return 0
            case Group("|", _, body):  # a determinant, a length or absolute values
                return 0 if self.rank(body) == 0 else None
            case Group(_, _, body) | Decorated(_, body):
                return self.rank(body)
            case Unary(_, operand):
                return self.rank(operand)
            case Relation(first, rest):
                members = [first, *(m for op, m in rest if op in ("=", ":=", "≡", "←", "def="))]
                others = [m for op, m in rest if op not in ("=", ":=", "≡", "←", "def=")]
                for m in others:
                    self.rank(m)
                return self._equal(members)
            case Quantified(_, body, condition):
                self.rank(condition)
                return self.rank(body)
            case Binary("+" | "-" | "⊙", left, right):
                return self._sum(left, right)
            case Binary("·" | "×", left, right):
                return self._product([left, right])
            case Binary("/", left, right):
                self.rank(right)
                return self.rank(left)
            case Fraction(top, bottom):
                self.rank(bottom)
                return self.rank(top)
            case Juxtaposition(items):
                return self._product(list(items))
            case BigOp(op, _, _, body):
                found = self.rank(body)
                return found if op in ("sum", "E") else None
            case Apply(function, argument):
                return self._call(function, argument)
            case List(items, _):
                for item in items:
                    self.rank(item)
                return None
            case Scripted(Group(_, _, body) as group, sub, sup):
                inner = self.rank(body)
                if group.open == "‖":
                    if isinstance(sub, Symbol) and sub.name == "F" and trees.capital(body):
                        self.assign(body, 2)
                    return 0
                if trees.is_transpose(sup):
                    return inner
                return inner if sub is None and sup is None else None
            case Symbol() | Scripted():
                return self._symbol(node)
        if node is not None:
            for child in trees.children(node):
                self.rank(child)
        return None

    def _symbol(self, node: Node) -> int | None:
        atom = trees.atom(node)
        if atom is None:
            return None
        rank = self.ranks.get(atom[0])
        if rank is None and isinstance(node, Scripted) and isinstance(node.sub, Number):
            rank = self.ranks.get(trees.atom(replace(node, sub=trees.SLOT))[0])  # type: ignore[index]
        if (
            isinstance(node, Scripted)
            and node.sup is not None
            and trees.operated(node)
            and not trees.is_transpose(node.sup)
        ):
            return rank if rank in (0, 2) else None
        return rank

    def _equal(self, members: list[Node]) -> int | None:
        ranks = [self.rank(m) for m in members]
        known = {r for r in ranks if r}
        if len(known) == 1 and 0 not in ranks:
            rank = known.pop()
            for member, found in zip(members, ranks):
                if found is None and (trees.latin(member) or trees.listed(member) is None):
                    self._told_by_sum(member, rank)
            return rank
        items = [trees.listed(m) for m in members]
        if len(members) == 2 and items[1] is not None and trees.capital(members[0]) and ranks[0] is None:
            if self.rank(items[1]) == 1:  # `X = (x_1, …, x_n)`
                self.assign(members[0], 2)
        return None

    def _told_by_sum(self, node: Node, rank: int) -> None:
        """Beside a vector a Latin letter is a vector; a number may be added to each element under any other letter."""
        for term in trees.terms(node):
            part = self._carrier(term)
            base = trees.letter(part)
            if base is None or self.rank(part) is not None or not trees.latin(part):
                continue
            if rank == 1 or trees.upper(base):
                self.assign(part, rank)

    def _carrier(self, term: Node) -> Node:
        """The factor that has the rank of a product: the one that is no number and no Greek coefficient."""
        match term:
            case Fraction(top, _) | Binary("/", top, _):
                return self._carrier(top)
            case Juxtaposition(items) if not any(trees.applied(a, b) for a, b in pairwise(items)):
                factors = list(items)
            case Binary("·" | "×", left, right):
                factors = [left, right]
            case _:
                return term
        left_over = [f for f in factors if self.rank(f) != 0 and not trees.coefficient(f)]
        return self._carrier(left_over[0]) if len(left_over) == 1 else term

    def _sum(self, left: Node, right: Node) -> int | None:
        a, b = self.rank(left), self.rank(right)
        for one, other in ((a, right), (b, left)):
            if one:
                self._told_by_sum(other, one)
        return a if a else b if b else 0 if a == 0 and b == 0 else None

    def _call(self, function: Node, argument: Node) -> int | None:
        base = function.base if isinstance(function, Scripted) else function
        name = base.name if isinstance(base, Symbol) else ""
        body = argument.body if isinstance(argument, Group) else argument
        inner = self.rank(body)
        if name in _SQUARE:
            if trees.atom(body) is not None:
                self.assign(body, 2)
            return 0
        return inner if name in _ELEMENTWISE else None

    def _product(self, items: list[Node]) -> int | None:
        """The factors from right to left, as matrices act."""
        if any(trees.applied(a, b) for a, b in pairwise(items)):
            for item in items:
                self.rank(item)
            return None
        total: int | None = 0
        turned = False
        for k in range(len(items) - 1, -1, -1):
            item = items[k]
            rank, row = self.rank(item), trees.turned(item)
            if rank is None and total == 1 and not turned and not row and trees.capital(item):
                self.assign(item, 2)  # `W x`
                rank = self.rank(item)
            if rank is None or total is None:
                total = None
            elif rank == 0:
                continue
            elif total == 0:
                total, turned = rank, row
            elif rank == 2:
                total = total if not turned else None
            elif row:
                total = 0 if total == 1 else 1
                turned = total == 1
            elif total == 1 and turned:
                total, turned = 2, False
            else:
                total = None
        if total is None:
            self._beside_matrix(items)
        return total

    def _beside_matrix(self, items: list[Node]) -> None:
        """`b^\\top` of a small letter is a row: what is transposed is no number."""
        for item in items:
            if (
                trees.turned(item)
                and ("T" not in self.blocked or not trees.horizon(item))
                and self.rank(item) is None
                and (atom := trees.atom(item)) is not None
            ):
                base = trees.letter(item)
                if base is not None and base.name.islower() and len(base.name) == 1 and atom[0] not in self.ranks:
                    self.assign(trees.straight(item), 1)


def _shown(forms: dict[str, None]) -> list[str]:
    """The forms with plain letters and labels in their scripts; other steps and numbers follow from them."""
    return [f for f in forms if not re.search(r"[_^]\{[^{}]*[-+\d]", f)] or list(forms)[:1]
