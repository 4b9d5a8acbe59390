"""Sums of products: `@` where that is what it is, `einsum` else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .emitter import Emitter
from .values import ATOM, MATMUL, PRODUCT, Value, permuted, union, uses


def contract(e: Emitter, values: Sequence[Value], own: Sequence[str], out: str, summed: Sequence[str] = ()) -> Value:
    """The sum over `summed` (and over own letters that `out` lacks) of a product.

    `own[k]` names the own axes of factor k. The result's axes are the indices that remain, then the letters of `out`.
    """
    values = [e.real(v) for v in values]
    indices = tuple(i for i in union(values, e.order)[0] if i not in summed)
    labels = [[*v.indices, *letters] for v, letters in zip(values, own)]
    target = [*indices, *out]
    if len(values) == 2 and (matrix := _matrix(e, values, labels, target)) is not None:
        return replace(matrix, indices=indices, own=len(out))
    e.unbatchable(uses(values))
    letter = _letters(labels)
    words = ",".join("".join(letter[x] for x in axes) for axes in labels)
    target_word = "".join(letter[x] for x in target)
    text = f'torch.einsum("{words}->{target_word}", {", ".join(v.text for v in values)})'
    return Value(text, ATOM, indices, len(out), uses=uses(values))


def _letters(labels: Sequence[Sequence[str]]) -> dict[str, str]:
    """A letter for each axis: the paper's own where it is one."""
    found: dict[str, str] = {}
    wanted = list(dict.fromkeys(x for axes in labels for x in axes))
    spare = [c for c in "abcdefghijklmnopqrstuvwxyz" if c not in wanted]
    for name in wanted:
        own = name if len(name) == 1 and name.isalpha() and name not in found.values() else ""
        found[name] = own or next(
            c for c in (name[0].lower(), *spare) if c.isalpha() and c not in found.values() and (c not in wanted)
        )
    return found


def _matrix(e: Emitter, values: Sequence[Value], labels: list[list[str]], target: list[str]) -> Value | None:
    """A product of a matrix with a matrix or vector, transposed as needed; None if it is not one."""
    shared = [x for x in labels[0] if x in labels[1]]
    if len(shared) != 1 or shared[0] in target or len(labels[0]) + len(labels[1]) not in (3, 4):
        return None
    if max(len(x) for x in labels) > 2:
        return None
    k = shared[0]
    rest = [[x for x in axes if x != k] for axes in labels]
    first, second = (0, 1) if [*rest[0], *rest[1]] == target else (1, 0)
    if [*rest[first], *rest[second]] != target:
        return None
    left, right = values[first], values[second]
    if labels[first][-1] != k:
        left = _turned(left)
    if labels[second][0] != k:
        right = _turned(right)
    if len(labels[second]) == 1:
        e.unbatchable(right.uses)
    return Value(f"{left.at(MATMUL)} @ {right.at(PRODUCT + 1)}", MATMUL, uses=uses(values))


def _turned(value: Value) -> Value:
    if value.level == ATOM and value.text.endswith(".mT"):
        return replace(value, text=value.text[:-3])
    return value.atom(".mT")


__all__ = ["contract", "permuted"]
