"""Stand-ins for the holes of an algorithm: functions by formula that tell what they were called with, and how often.

The formula is written down here once and once more in the sandboxed runner. A hole may return something else each time it is
called (it draws, it acts on an environment), and so does its stand-in; conditions change, so that loops end. Both executions
make the same calls in the same order, or their digests differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .dims import Dim
from .node import ArrayType, HoleType

ITEMS = 2
"""How many elements a stand-in gives to a loop."""


@dataclass(frozen=True, slots=True)
class Stub:
    """One hole's stand-in, before it is called: what it gives, as (shape, sort) of each result."""

    seed: float
    results: tuple[tuple[tuple[int, ...], str], ...]
    form: str

    def spec(self) -> dict[str, Any]:
        """As JSON, for the other side."""
        return {"seed": self.seed, "results": [[list(shape), sort] for shape, sort in self.results], "form": self.form}

    def started(self) -> RunningStub:
        return RunningStub(self)


@dataclass
class RunningStub:
    """A stand-in with its memory.

    With s = Σ_j cos(seed + 0.7 j) u_j / √n over all n numbers of the arguments, the c-th call (from 1) adds sin(1.3 c + seed) s
    to the digest. Element e of result r is sin(seed + r + e + 0.9 c) + tanh(s) / 2; a whole number is 1 where that is positive
    and 0 elsewhere (counted from 1 where the paper counts); a condition holds if sin(seed + 2.4 c) + 0.3 tanh(s) > 0.
    """

    stub: Stub
    calls: int = 0
    digest: float = 0.0

    def __call__(self, *args: Any) -> Any:
        u = list(numbers(args))
        self.calls += 1
        c, seed = self.calls, self.stub.seed
        s = sum(math.cos(seed + 0.7 * j) * x for j, x in enumerate(u)) / math.sqrt(len(u) or 1)
        self.digest += math.sin(1.3 * c + seed) * s
        if self.stub.form == "condition":
            return math.sin(seed + 2.4 * c) + 0.3 * math.tanh(s) > 0
        if self.stub.form == "items":
            return [self._values(s, c + 0.5 * k) for k in range(ITEMS)]
        return self._values(s, c)

    def _values(self, s: float, c: float) -> Any:
        out = []
        for r, (shape, sort) in enumerate(self.stub.results):
            flat = [math.sin(self.stub.seed + r + e + 0.9 * c) + 0.5 * math.tanh(s) for e in range(math.prod(shape))]
            array: Any = np.array(flat).reshape(shape)
            if sort in ("stored", "integer"):
                array = (array > 0).astype(np.int64) + (sort == "integer")
            elif sort == "boolean":
                array = array > 0
            out.append(array if shape else array.item())
        return None if not out else out[0] if len(out) == 1 else tuple(out)


def numbers(value: Any) -> Iterator[float]:
    """All numbers of a value of any kind, in order; what is no number counts for nothing."""
    if isinstance(value, bool | int | float | np.number | np.bool_):
        yield float(value)
    elif isinstance(value, np.ndarray):
        yield from (float(x) for x in value.reshape(-1))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)


def stub_of(kind: HoleType, sizes: dict[str, int], seed: float) -> Stub:
    """The stand-in of a hole at these sizes."""

    def length(dim: Dim) -> int:
        return dim(sizes) if all(n in sizes for n in dim.names) else 3

    def shape(result: ArrayType) -> tuple[int, ...]:
        return (2,) if result.sort == "object" else tuple(length(d) for d in result.dims)

    return Stub(seed, tuple((shape(r), r.sort) for r in kind.results), kind.form)
