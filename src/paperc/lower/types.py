"""Types of terms while they are being solved: own shapes and sizes with unknowns, and their unification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ..ir.dims import Dim
from ..ir.node import Axis, Node, Sort
from .refusal import Mismatch


@dataclass(frozen=True, slots=True)
class Unknown:
    """An own shape that nothing has told yet: the join of the shapes of these symbols, by number.

    What is element-wise of unknown symbols has the join of their shapes; evidence for the join is evidence for each.
    """

    of: tuple[int, ...]


Shape: TypeAlias = tuple[Axis, ...] | Unknown


@dataclass(frozen=True, slots=True)
class Term:
    """A typed piece of IR. `row`: a transposed vector, which multiplies from the left. `pointwise`: an array that was
    computed element by element, so that a power of it is one of its elements: `(1 + e^{-Z})^{-1}`. `quotient`: something
    divided by a vector, which linear algebra does not know: it is element by element, and so is its product with a vector."""

    node: Node
    shape: Shape = ()
    sort: Sort = "real"
    row: bool = False
    pointwise: bool = False
    quotient: bool = False

    @property
    def scalar(self) -> bool:
        return self.shape == ()

    @property
    def rank(self) -> int | None:
        return None if isinstance(self.shape, Unknown) else len(self.shape)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A shape that would suit an unknown one; the strongest is taken when nothing certain is left."""

    strength: int
    symbol: int
    shape: tuple[Axis, ...]


@dataclass(slots=True)
class Solver:
    """What has been found out about unknown shapes and sizes. Sizes that the paper does not name are "?1", "?2", …"""

    shapes: dict[int, tuple[Axis, ...]] = field(default_factory=dict)
    dims: dict[str, Dim] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    _dims: int = 0
    _shapes: int = 0
    changes: int = 0
    defaulted: set[int] = field(default_factory=set)
    """Symbols that became numbers for want of evidence."""

    def new_dim(self) -> Dim:
        self._dims += 1
        return Dim.of(f"?{self._dims}")

    def new_axis(self) -> Axis:
        return Axis(self.new_dim())

    def new_shape(self) -> Unknown:
        self._shapes += 1
        return Unknown((self._shapes,))

    # --- resolution

    def dim(self, dim: Dim) -> Dim:
        for _ in range(20):
            known = {n: self.dims[n] for n in dim.names if n in self.dims}
            if not known:
                return dim
            dim = dim.replace(known)
        return dim

    def axis(self, axis: Axis) -> Axis:
        return Axis(self.dim(axis.dim), axis.base)

    def shape(self, shape: Shape) -> Shape:
        """The shape as far as it is known: a join is known when one of its members is (and is no scalar)."""
        if not isinstance(shape, Unknown):
            return tuple(self.axis(a) for a in shape)
        open_ = tuple(k for k in shape.of if k not in self.shapes)
        known = [self.shapes[k] for k in shape.of if k in self.shapes]
        array = next((s for s in known if s), None)
        if array is not None:
            return tuple(self.axis(a) for a in array)
        return Unknown(open_) if open_ else ()

    # --- unification

    def same_dim(self, a: Dim, b: Dim, why: str, at: object = None) -> Dim:
        """Makes two sizes equal.

        Raises Mismatch where both are known and differ.
        """
        a, b = self.dim(a), self.dim(b)
        if a == b:
            return a
        for one, other in ((b, a), (a, b)):
            name = one.name
            if name is not None and name.startswith("?") and name not in other.names:
                self.dims[name] = other
                self.changes += 1
                return other
        for one, other in ((a, b), (b, a)):
            # An unknown inside of a sum or product: `?3 + 1` against `T` makes ?3 = T - 1.
            hidden = [n for n in one.names if n.startswith("?")]
            if len(hidden) == 1 and len(one.terms) <= 2 and hidden[0] not in other.names:
                name = hidden[0]
                terms = [(m, c) for m, c in one.terms if m == ((name, 1),)]
                rest = [(m, c) for m, c in one.terms if name not in dict(m)]
                if len(terms) == 1 and len(terms) + len(rest) == len(one.terms):
                    left = other - Dim(tuple(rest))
                    self.dims[name] = left / Dim.constant(terms[0][1])
                    self.changes += 1
                    return self.dim(a)
        raise Mismatch(f"{why}: {show_dim(a)} against {show_dim(b)}", at=at)  # type: ignore[arg-type]

    def same(self, a: Shape, b: Shape, why: str, at: object = None) -> Shape:
        """Makes two own shapes equal."""
        a, b = self.shape(a), self.shape(b)
        if isinstance(a, Unknown) and isinstance(b, Unknown):
            return Unknown(tuple(sorted({*a.of, *b.of})))
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            unknown, known = (a, b) if isinstance(a, Unknown) else (b, a)
            assert isinstance(unknown, Unknown) and not isinstance(known, Unknown)
            if len(unknown.of) == 1:
                self.fix(unknown.of[0], known)
            else:
                self.suggest(unknown, known, 6)
            return known
        if len(a) != len(b):
            raise Mismatch(f"{why}: {show_shape(a)} against {show_shape(b)}", at=at)  # type: ignore[arg-type]
        return tuple(
            Axis(self.same_dim(x.dim, y.dim, f"{why}: {show_shape(a)} against {show_shape(b)}", at), x.base)
            for x, y in zip(a, b)
        )

    def fix(self, symbol: int, shape: tuple[Axis, ...]) -> None:
        if symbol not in self.shapes:
            self.shapes[symbol] = shape
            self.changes += 1

    def suggest(self, shape: Shape, suits: tuple[Axis, ...], strength: int) -> None:
        if isinstance(shape, Unknown):
            self.evidence += [Evidence(strength, k, suits) for k in shape.of]

    def settle(self, order: tuple[int, ...]) -> bool:
        """Takes the strongest evidence for one unknown shape, or makes all that is left scalars. False if all is known."""
        left = [k for k in order if k not in self.shapes]
        if not left:
            return False
        found = [e for e in self.evidence if e.symbol in left]
        if found:
            best = max(found, key=lambda e: (e.strength, -left.index(e.symbol)))
            self.fix(best.symbol, best.shape)
        else:
            for k in left:
                self.fix(k, ())
                self.defaulted.add(k)
        return True


def show_dim(dim: Dim) -> str:
    return "an unnamed size" if dim.name is not None and dim.name.startswith("?") else str(dim)


def show_shape(shape: Shape) -> str:
    if isinstance(shape, Unknown):
        return "(unknown)"
    return "(" + ", ".join("?" if (a.dim.name or "").startswith("?") else str(a.dim) for a in shape) + ")"
