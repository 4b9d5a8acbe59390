"""A slip of units: noise that is scaled by a variance where its standard deviation is meant.

If z ∼ N(μ, v) is written as z = μ + c ε with ε ∼ N(0, I), then c² = v. A paper that prints the same sign for c and v, or
calls c a variance, means √c; which of the two is wrong cannot be told, so both places are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..errors import Diagnostic
from ..formula import parse
from ..formula.names import canonical, plain
from ..formula.tree import Binary, Group, Juxtaposition, List, Node, Number, Relation, Scripted, Symbol, Unary
from .model import Statement, SymbolFact, SymbolInfo

_PRODUCTS = ("·", "*", "×", "⊙")
_VARIANCE = re.compile(r"(?:^|\s)variances?(?:\s+of\b.*)?$")


def scaled_by_variance(
    statements: Sequence[Statement], table: Mapping[str, SymbolInfo], words: frozenset[str]
) -> Iterator[Diagnostic]:
    """A diagnostic for each definition `z = … + c ε` whose c is the printed variance of z, or is called a variance."""
    laws = {info.symbol: [f for f in info.facts if f.what == "distribution"] for info in table.values()}
    noise = {s for s, facts in laws.items() for f in facts if _is_standard(_normal(f.value, words))}
    for statement in statements:
        if statement.kind not in ("definition", "update") or not isinstance(statement.tree, Relation):
            continue
        left, right = statement.tree.first, statement.tree.rest[-1][1]
        if not isinstance(left, Symbol | Scripted):
            continue
        for term in _terms(right):
            scale = _scale(term, noise)
            if scale is None:
                continue
            for fact in laws.get(canonical(left), []):
                law = _normal(fact.value, words)
                if law is not None and plain(scale) == plain(_variance(law[1])):
                    yield _told(statement, scale, f"{fact.symbol} has this variance in {fact.quote.text}", fact)
                    break
            else:
                called = _called_variance(scale, table)
                if called is not None:
                    yield _told(statement, scale, f"the paper calls it “{called.value}”", called)


def _told(statement: Statement, scale: Node, why: str, fact: SymbolFact) -> Diagnostic:
    return Diagnostic(
        "variance-as-deviation",
        f"the noise is scaled by {plain(scale)}, a variance: {why}; a standard deviation is its square root",
        statement.span,
        f"the other place is {fact.quote.span}; the formula is compiled as it is printed",
    )


def _normal(law: str, words: frozenset[str]) -> tuple[Node, Node] | None:
    """The mean and the second parameter of `\\mathcal{N}(m, v)`."""
    parsed = parse(law, words)
    if len(parsed.statements) != 1:
        return None
    match parsed.statements[0]:
        case Juxtaposition((Symbol("N"), Group("(", _, List((_, mean, variance) | (mean, variance))))):
            return mean, variance
    return None


def _is_standard(law: tuple[Node, Node] | None) -> bool:
    if law is None or plain(law[0]).strip("{}") not in ("0", "\\mathbf{0}"):
        return False
    return plain(_variance(law[1])) in ("1", "I")


def _variance(node: Node) -> Node:
    """The factor before an identity matrix: `\\sigma^2 I`."""
    match node:
        case Juxtaposition((scale, identity)) if _is_identity(identity):
            return scale
        case Scripted(Symbol("I" | "1")) as identity:
            return identity.base
    return node


def _is_identity(node: Node) -> bool:
    base = node.base if isinstance(node, Scripted) else node
    return isinstance(base, Symbol) and base.name in ("I", "1")


def _terms(node: Node) -> Iterator[Node]:
    match node:
        case Binary("+" | "-", left, right):
            yield from _terms(left)
            yield from _terms(right)
        case Unary("+" | "-", operand):
            yield from _terms(operand)
        case _:
            yield node


def _factors(node: Node) -> list[Node]:
    match node:
        case Juxtaposition(items):
            return [f for item in items for f in _factors(item)]
        case Binary(op, left, right) if op in _PRODUCTS:
            return [*_factors(left), *_factors(right)]
    return [node]


def _scale(term: Node, noise: set[str]) -> Node | None:
    """The one sign that multiplies standard noise in a term."""
    factors = _factors(term)
    if len(factors) != 2:
        return None
    scale, drawn = factors if _is_noise(factors[1], noise) else factors[::-1]
    return scale if _is_noise(drawn, noise) and not isinstance(scale, Number) else None


def _is_noise(node: Node, noise: set[str]) -> bool:
    return isinstance(node, Symbol | Scripted) and canonical(node) in noise


def _called_variance(scale: Node, table: Mapping[str, SymbolInfo]) -> SymbolFact | None:
    if not isinstance(scale, Symbol | Scripted):
        return None
    info = table.get(canonical(scale))
    facts = info.facts if info is not None else ()
    return next((f for f in facts if f.what == "meaning" and _VARIANCE.search(f.value.lower())), None)
