"""Elements of arrays: an index that runs along a whole axis simply becomes that axis."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..ir.dims import Dim
from ..ir.node import Access, All, Arg, Axis, IndexNumber, Node, Pick, Position, Slice
from ..ir.shapes import as_dim, is_size
from .emitter import Emitter, NotVectorised, emission
from .values import ATOM, SUM, Value, moved, permuted, spread

ONE = Dim.constant(1)


@dataclass(frozen=True, slots=True)
class _Key:
    """What stands at one position of the subscript, and the axis that it leaves."""

    text: str
    axis: str | None = None
    """The index that the axis becomes, "" for an own axis, None where no axis is left."""
    gather: Value | None = None
    """A tensor of zero-based positions."""


@emission(Access)
def _access(e: Emitter, node: Access) -> Value:
    if (
        isinstance(node.base, Arg)
        and isinstance(node.positions[0], Pick)
        and isinstance(node.positions[0].number, IndexNumber)
    ):
        slot = e.zipped.get((node.base.name, node.positions[0].number.index))
        if slot is not None:  # the loop hands out this element by name
            element = e.locals[slot]
            assert isinstance(element, Value)
            if len(node.positions) == 1:
                return element
            return elements(e, element, node.positions[1:], e.type(node.base).axes[1:], node)
    return elements(e, e.emit(node.base), node.positions, e.type(node.base).axes, node)


def elements(e: Emitter, base: Value, positions: tuple[Position, ...], axes: tuple[Axis, ...], node: Node) -> Value:
    """Positions on the first own axes of a value."""
    keys = [_key(e, position, axis) for position, axis in zip(positions, axes)]
    keys += [_Key(":", "") for _ in axes[len(keys) :]]
    if (diagonal := _diagonal(base, keys)) is not None:
        return diagonal
    seen = list(base.indices)
    for n, key in enumerate(keys):  # an index met twice picks elements, not axes
        if key.axis and key.gather is None and key.axis in seen:
            keys[n] = _gathered(e, positions[n], axes[n])
        elif key.axis:
            seen.append(key.axis)
    if any(k.gather is not None for k in keys):
        return _gather(e, base, keys, positions, axes)
    text = base
    if any(k.text != ":" for k in keys):
        plain = (e.depth > 0 and not base.indices) or base.text in e.samples
        text = base.atom(_subscript([k.text for k in keys], plain=plain))
    left = [k.axis for k in keys if k.axis is not None]
    order = [*range(len(base.indices))]
    order += [len(base.indices) + n for n, a in enumerate(left) if a]
    order += [len(base.indices) + n for n, a in enumerate(left) if not a]
    indices = (*base.indices, *(a for a in left if a))
    return moved(replace(text, own=len(left)), order, indices=indices, own=left.count(""))


def _subscript(keys: list[str], plain: bool) -> str:
    """`[..., 1:, 0]`; without batch axes (in a loop) `[t]`."""
    if plain:
        while keys and keys[-1] == ":":
            keys = keys[:-1]
        return f"[{', '.join(keys)}]"
    return f"[..., {', '.join(keys)}]"


def _key(e: Emitter, position: Position, axis: Axis) -> _Key:
    match position:
        case All():
            return _Key(":", "")
        case Slice(lo, hi):
            start = "" if lo is None else _edge(e, e.as_dim(lo) - Dim.constant(axis.base))
            stop = "" if hi is None else _edge(e, e.as_dim(hi) - Dim.constant(axis.base) + ONE)
            return _Key(f"{'' if start == '0' else start}:{stop}", "")
        case Pick(number):
            return _pick(e, number, axis)
    raise AssertionError(position)


def _edge(e: Emitter, dim: Dim) -> str:
    axes = [n[1:] for n in dim.names if n[0] == "#" and not e.frames[n[1:]].loop]
    if axes:
        raise NotVectorised(axes)
    return e.dim(dim).text


def _pick(e: Emitter, number: Node, axis: Axis) -> _Key:
    stored = e.type(number).sort == "stored"
    if not stored:
        place = e.as_dim(number) - Dim.constant(axis.base)
        running = [n[1:] for n in place.names if n[0] == "#" and not e.frames[n[1:]].loop]
        unknown = any(n[0] == "?" and not is_size(n) for n in place.names)
        if not running and not unknown:
            if place == axis.dim - ONE:
                return _Key("-1")
            return _Key(e.dim(place).text)
        if len(running) == 1 and not unknown:
            key = _run(e, running[0], place, axis)
            if key is not None:
                return key
    value = e.emit(number)
    if not value.rank:
        text = value.text if stored else _shifted(value, axis.base)
        return _Key(text)
    return _position(e, value, number, 0 if stored else axis.base, axis)


def _shifted(value: Value, base: int) -> str:
    return value.text if not base else f"{value.at(SUM)} - {base}" if base > 0 else f"{value.at(SUM)} + {-base}"


def _run(e: Emitter, index: str, place: Dim, axis: Axis) -> _Key | None:
    """The index plus a constant: a slice that becomes the index's axis. None where it may leave the array."""
    frame = e.frames[index]
    shift = place - Dim.of(f"#{index}")
    if f"#{index}" in shift.names:
        return None
    start = frame.lo + shift
    stop = start + frame.size
    first, beyond = start.value, (stop - axis.dim).value
    if (first is not None and first < 0) or (beyond is not None and beyond > 0):
        return None
    if first == 0 and beyond == 0:
        return _Key(":", index)
    end = "" if beyond == 0 else str(beyond) if beyond is not None else e.dim(stop).text
    return _Key(f"{'' if first == 0 else e.dim(start).text}:{end}", index)


def _position(e: Emitter, value: Value, number: Node, base: int, axis: Axis) -> _Key:
    """Zero-based positions from a tensor of numbers."""
    real = value.sort == "real"  # a range of numbers that is also used as real
    if real:
        value = value.atom(".long()", sort="integer")
    if base:
        plain = None if real else _folded(e, number, base)
        value = replace(value, text=plain or _shifted(value, base), level=SUM)
        # A condition that keeps the position inside stands elsewhere; here it only must not fail.
        value = value.atom(f".clamp(0, {e.dim(axis.dim - ONE).text})")
    return _Key("", "gather", value)


def _folded(e: Emitter, number: Node, base: int) -> str | None:
    """`t - 2` for the position of number t - 1 on an axis that starts at 1; None where it is not the index plus a number."""
    place = as_dim(number) - Dim.constant(base)
    running = [n for n in place.names if n[0] == "#"]
    shift = place - Dim.of(running[0]) if len(running) == 1 else place
    constant = shift.value
    if len(running) != 1 or constant is None or e.frames[running[0][1:]].loop:
        return None
    text = e.arange(running[0][1:]).text
    return f"{text} {'+' if constant > 0 else '-'} {abs(int(constant))}" if constant else None


def _gathered(e: Emitter, position: Position, axis: Axis) -> _Key:
    assert isinstance(position, Pick)
    return _position(e, e.emit(position.number), position.number, axis.base, axis)


def _gather(
    e: Emitter, base: Value, keys: list[_Key], positions: tuple[Position, ...], axes: tuple[Axis, ...]
) -> Value:
    """Positions given by tensors: every pick becomes a tensor of positions along the axes of its indices."""
    if any(k.axis == "" for k in keys[: max(n for n, k in enumerate(keys) if k.axis != "") + 1]):
        raise NotVectorised([i for k in keys if k.gather is not None for i in k.gather.indices])
    picks: list[Value | str] = []
    for key, position, axis in zip(keys, positions, axes):
        if key.gather is not None:
            picks.append(key.gather)
        elif key.axis:
            assert isinstance(position, Pick)
            picks.append(_numbers(e, position.number, axis))
        else:
            picks.append(key.text)
    tensors = [p for p in picks if isinstance(p, Value)]
    layout = [i for i in e.order if any(i in t.indices for t in tensors)]
    lead = [i for i in base.indices if i in layout]
    if lead:
        base = permuted(base, [*(i for i in base.indices if i not in layout), *lead])
        picks = [*(_axis_positions(e, i) for i in lead), *picks]
    rest = tuple(i for i in base.indices if i not in layout)
    e.unbatchable(base.uses.union(*(t.uses for t in tensors)))
    texts = [spread(p, layout, 0).text if isinstance(p, Value) else p for p in picks]
    own = len([k for k in keys if k.axis == ""])
    texts += [":"] * own
    plain = not rest
    used = base.uses.union(*(t.uses for t in tensors))
    text = f"{base.at(ATOM)}{_subscript(texts, plain)}"
    return Value(text, ATOM, (*rest, *layout), own, sort=base.sort, uses=used)


def _axis_positions(e: Emitter, index: str) -> Value:
    frame = e.frames[index]
    return Value(f"torch.arange({e.dim(frame.size).text})", indices=(index,), sort="integer")


def _numbers(e: Emitter, number: Node, axis: Axis) -> Value:
    """Zero-based positions of a pick along its index's axis."""
    running = number.index if isinstance(number, IndexNumber) else None
    if running is not None and not e.frames[running].loop:
        frame = e.frames[running]
        start = frame.lo - Dim.constant(axis.base)
        lo, hi = e.dim(start), e.dim(start + frame.size)
        ends = hi.text if lo.text == "0" else f"{lo.text}, {hi.text}"
        return Value(f"torch.arange({ends})", indices=(running,), sort="integer")
    key = _position(e, e.emit(number), number, axis.base, axis)
    assert key.gather is not None
    return key.gather


def _diagonal(base: Value, keys: list[_Key]) -> Value | None:
    if len(keys) == 2 and all(k.text == ":" and k.axis for k in keys) and keys[0].axis == keys[1].axis:
        index = keys[0].axis or ""
        if index not in base.indices:
            return base.atom(".diagonal(dim1=-2, dim2=-1)", indices=(*base.indices, index), own=0)
    return None
