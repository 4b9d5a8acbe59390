"""Local names in an emitted function: sizes, index numbers and loop variables, none of which may hide an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..formula import parse
from ..formula.names import ascii_name
from ..ir.node import Function

_TAKEN = frozenset(
    {"torch", "math", "F", "nn", "Tensor", "Callable", "sum", "range", "zip", "max", "min", "abs", "int", "float"}
)


def identifier(latex: str) -> str:
    """The name of a symbol (design: Names): `d_{k}` is `d_k`."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", latex) and latex not in _TAKEN and latex != "lambda":
        return latex
    parsed = parse(latex)
    if len(parsed.statements) == 1:
        return ascii_name(parsed.statements[0])
    return re.sub(r"\W+", "_", latex).strip("_") or "size"


class Namer:
    """Names for one function; the same symbol always gets the same name."""

    def __init__(self, function: Function, functions: Iterable[str]) -> None:
        self._taken = {*(a.name for a in function.arguments), *functions, *_TAKEN, "generator", function.name}
        self._given: dict[tuple[str, str], str] = {}

    def _name(self, kind: str, wanted: str) -> str:
        key = (kind, wanted)
        if key not in self._given:
            name = wanted
            while name in self._taken:
                name += "_"
            self._taken.add(name)
            self._given[key] = name
        return self._given[key]

    def size(self, dim: str) -> str:
        return self._name("size", identifier(dim) if dim[0] != "?" else f"n_{dim[1:]}")

    def index(self, index: str) -> str:
        return self._name("index", identifier(index))

    def loop(self, index: str) -> str:
        return self._name("loop", identifier(index))

    def element(self, array: str, index: str) -> str:
        """One element of an array in a loop over an index: `x_i`."""
        return self._name("element", f"{array}_{identifier(index)}")

    def local(self, name: str) -> str:
        return self._name("local", name)

    def bound(self, name: str) -> str:
        """The variable of a lambda that stands for an argument or local: it hides it on purpose."""
        return name
