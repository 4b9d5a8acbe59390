"""Named dimensions: `d_k`, `2N`, `h d_v`, `T + 1` — polynomials over names, equal iff their normal forms are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

Monomial: TypeAlias = tuple[tuple[str, int], ...]
"""Names with their exponents, in order of name: `h d_v` is (("d_v", 1), ("h", 1))."""


@dataclass(frozen=True, slots=True)
class Dim:
    """A size, as a polynomial with rational coefficients (exponents may be negative: `d / h`).

    Names are the canonical LaTeX of the symbol ("d_{k}", "n"), or "?1", "?2" … for a size that the paper does not name.
    """

    terms: tuple[tuple[Monomial, Fraction], ...]

    @staticmethod
    def of(name: str) -> Dim:
        return Dim(((((name, 1),), Fraction(1)),))

    @staticmethod
    def constant(value: int | Fraction) -> Dim:
        return Dim((((), Fraction(value)),) if value else ())

    @property
    def name(self) -> str | None:
        """The name, if the size is a single symbol."""
        match self.terms:
            case ((((name, 1),), coefficient),) if coefficient == 1:
                return name
        return None

    @property
    def value(self) -> Fraction | None:
        """The number, if the size is one."""
        if not self.terms:
            return Fraction(0)
        return self.terms[0][1] if len(self.terms) == 1 and self.terms[0][0] == () else None

    @property
    def names(self) -> tuple[str, ...]:
        """All names in it, in order."""
        return tuple(sorted({name for monomial, _ in self.terms for name, _ in monomial}))

    def __add__(self, other: Dim) -> Dim:
        return _normal([*self.terms, *other.terms])

    def __sub__(self, other: Dim) -> Dim:
        return _normal([*self.terms, *((m, -c) for m, c in other.terms)])

    def __mul__(self, other: Dim) -> Dim:
        return _normal([(_times(m, k), c * e) for m, c in self.terms for k, e in other.terms])

    def __truediv__(self, other: Dim) -> Dim:
        """Division by a single term.

        Raises ValueError for a divisor with several terms, ZeroDivisionError for zero.
        """
        if not other.terms:
            raise ZeroDivisionError("a size divided by zero")
        if len(other.terms) > 1:
            raise ValueError(f"cannot divide a size by {other}")
        monomial, coefficient = other.terms[0]
        inverse = tuple((name, -power) for name, power in monomial)
        return _normal([(_times(m, inverse), c / coefficient) for m, c in self.terms])

    def replace(self, names: Mapping[str, Dim]) -> Dim:
        """Every name that stands in `names` replaced by its size."""
        total = Dim(())
        for monomial, coefficient in self.terms:
            product = Dim.constant(coefficient)
            for name, power in monomial:
                factor = names.get(name, Dim.of(name))
                for _ in range(abs(power)):
                    product = product * factor if power > 0 else product / factor
            total = total + product
        return total

    def __call__(self, sizes: Mapping[str, int]) -> int:
        """The size for given values of the names.

        Raises KeyError for a missing name, ValueError where it is not a whole number.
        """
        total = Fraction(0)
        for monomial, coefficient in self.terms:
            product = coefficient
            for name, power in monomial:
                product *= Fraction(sizes[name]) ** power
            total += product
        if total.denominator != 1:
            raise ValueError(f"{self} is not a whole number here ({total})")
        return int(total)

    def __str__(self) -> str:
        parts = []
        for monomial, coefficient in sorted(self.terms, key=lambda t: t[1] < 0):  # `D - d`
            factors = [n if p == 1 else f"{n}^{p}" for n, p in monomial]
            if abs(coefficient) != 1 or not factors:
                factors.insert(0, str(coefficient))
            elif coefficient < 0:
                factors[0] = f"-{factors[0]}"
            parts.append(" ".join(factors))
        return " + ".join(parts).replace("+ -", "- ") or "0"


def _times(a: Monomial, b: Monomial) -> Monomial:
    powers: dict[str, int] = {}
    for name, power in (*a, *b):
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted((n, p) for n, p in powers.items() if p))


def _normal(terms: list[tuple[Monomial, Fraction]]) -> Dim:
    total: dict[Monomial, Fraction] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    # Highest degree first, so that `T + 1` reads as it is written.
    ordered = sorted(total.items(), key=lambda t: (-sum(p for _, p in t[0]), t[0]))
    return Dim(tuple((m, c) for m, c in ordered if c))
