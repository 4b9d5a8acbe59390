"""Reductions and everything else that binds an index or works along an axis."""

from __future__ import annotations

from dataclasses import replace

from ..ir.dims import Dim
from ..ir.node import (
    Along,
    Arg,
    Build,
    ConcatOver,
    Const,
    Join,
    Node,
    Op,
    Outer,
    Range,
    Reduce,
    ReduceAxes,
)
from ..ir.shapes import free_indices, reduced_sort, walk
from . import rules
from .contract import contract
from .elementwise import indicator
from .emitter import CannotEmit, Emitter, Frame, NotVectorised, emission
from .values import (
    ATOM,
    MATMUL,
    PRODUCT,
    SUM,
    UNARY,
    Value,
    moved,
    permuted,
    product_level,
    spread,
    union,
    uses,
)


def conditions(e: Emitter, where: Node | None, frame: Frame) -> Node | None:
    """The condition under which a term counts."""
    parts = [*frame.mask, *([where] if where is not None else [])]
    return None if not parts else parts[0] if len(parts) == 1 else Op("and", tuple(parts))


@emission(Reduce)
def _reduce(e: Emitter, node: Reduce) -> Value:
    if node.op == "sum" and node.where is None:
        flat = _flattened(node)
        if flat is not None:
            return e.emit(flat)
    return e.attempt(node.index, lambda: _axis(e, node), lambda: _loop(e, node))


def _flattened(node: Reduce) -> Node | None:
    """-Σ … for Σ -…, so that the factors of a product can be seen."""
    if isinstance(node.body, Op) and node.body.op == "neg":
        return Op("neg", (replace(node, body=node.body.args[0]),))
    return None


def _axis(e: Emitter, node: Reduce) -> Value:
    frames = [e.frame(node.index)]
    with e.binding(node.index, frames[0]):
        inner = node.body
        condition = conditions(e, node.where, frames[0])
        if condition is None and node.op == "sum":
            # Σ_i Σ_j of one product: one contraction
            if isinstance(inner, Reduce) and inner.op == "sum" and inner.where is None:
                try:
                    frame = e.frame(inner.index)
                except NotVectorised:
                    frame = None
                if frame is not None and not frame.mask:
                    with e.binding(inner.index, frame):
                        value = _sum(e, inner.body, [node.index.name, inner.index.name])
                    if value is not None:
                        return value
            value = _sum(e, inner, [node.index.name])
            if value is not None:
                return value
        body = e.tensor(e.emit(inner))
        if node.op in ("sum", "prod", "mean") and body.sort == "boolean":
            body = indicator(e, body)
        if node.op in ("mean", "logsumexp"):
            body = e.real(body)
        body = _covering(e, body, node.index.name)
        if condition is not None:
            return _masked(e, node, body, condition)
    return _reduced(e, node.op, body, node.index.name, _argument_shift(node, frames[0]))


def _covering(e: Emitter, body: Value, index: str) -> Value:
    """The body with the index's axis, also where it does not depend on it."""
    if index in body.indices:
        return body
    e.unbatchable(body.uses)
    size = e.dim(e.frames[index].size).text
    indices = tuple(i for i in e.order if i in body.indices or i == index)
    wide = spread(body, indices, body.own) if body.rank else body
    lead = "-1, " * (len(indices) - 1 - indices.index(index)) + "-1, " * body.own
    before = "-1, " * indices.index(index)
    if not body.rank:
        return body.atom(f".expand({size})", indices=(index,))
    if indices.index(index) == 0:
        return wide.atom(f".expand({(size + ', ' + lead).rstrip(', ')})", indices=indices)
    return wide.atom(f".expand({(before + size + ', ' + lead).rstrip(', ')})", indices=indices)


def _argument_shift(node: Reduce, frame: Frame) -> int:
    """argmax gives a position along the axis; the zero-based number differs where the axis starts later."""
    if node.op not in ("argmax", "argmin") or not isinstance(node.index.domain, Range):
        return 0
    zero = 0 if node.index.domain.lo == Const(0) else 1
    start = (frame.lo - Dim.constant(zero)).value
    if start is None:
        raise CannotEmit("the position of a maximum over a range that starts late")
    return int(start)


def _reduced(e: Emitter, op: str, body: Value, index: str, shift: int = 0) -> Value:
    place = list(body.indices).index(index) - body.rank
    rest = tuple(i for i in body.indices if i != index)
    form = rules.REDUCTIONS[op]
    text = form.format(body.at(ATOM) if form.startswith("{0}") else body.text, dim=place)
    out = Value(text, ATOM, rest, body.own, sort=reduced_sort(op, body.sort), uses=body.uses)
    return replace(out, text=f"{text} + {shift}", level=SUM) if shift else out


def _masked(e: Emitter, node: Reduce, body: Value, condition: Node) -> Value:
    mask = e.tensor(e.emit(condition))
    if mask.rank == 0 and not mask.indices:
        mask = replace(mask)
    if node.op == "mean":
        total = _masked(e, replace(node, op="sum"), body, condition)
        count = _reduced(e, "sum", indicator(e, _covering(e, mask, node.index.name)), node.index.name)
        values = e.spread([total, count])
        text = f"{values[0].at(PRODUCT)} / {values[1].at(UNARY)}"
        indices, own = union(values, e.order)
        return Value(text, PRODUCT, indices, own, uses=uses(values))
    values = e.spread([mask, body])
    indices, own = union(values, e.order)
    filled = Value(
        f"torch.where({values[0].text}, {values[1].text}, {rules.EMPTY[node.op]})", ATOM, indices, own, "tensor",
        body.sort, uses(values),
    )  # fmt: skip
    if node.op in ("sum", "prod") and body.sort in ("integer", "stored"):
        filled = replace(filled, text=filled.text.replace(", 0.0)", ", 0)").replace(", 1.0)", ", 1)"))
    elif body.sort in ("integer", "stored"):
        raise NotVectorised([node.index.name])
    shift = _argument_shift(node, e.frames[node.index.name])
    return _reduced(e, node.op, filled, node.index.name, shift)


# --- sums of products ------------------------------------------------------------------------------------


def _factors(node: Node) -> tuple[list[Node], list[Node]]:
    """Factors above and below the fraction bar."""
    match node:
        case Op("mul", args):
            above: list[Node] = []
            below: list[Node] = []
            for a in args:
                up, down = _factors(a)
                above, below = above + up, below + down
            return above, below
        case Op("div", (a, b)):
            up, down = _factors(a)
            more_down, more_up = _factors(b)
            return up + more_up, down + more_down
    return [node], []


def _sum(e: Emitter, body: Node, summed: list[str]) -> Value | None:
    """The sum of a product with what does not depend on the indices taken out; None where it is not a product."""
    above, below = _factors(body)
    if any(_depends(e, n, summed) for n in below):
        return None
    inside = [n for n in above if _depends(e, n, summed)]
    outside = [n for n in above if not _depends(e, n, summed)]
    outer = any(isinstance(n, Outer) for n in inside)
    if len(inside) < 2 and not (inside and (outside or below or outer or len(summed) > 1)):
        return None
    if {i for n in inside for i in free_indices(n)} & set(summed) != set(summed):
        return None
    if outer and (total := _sum_of_outer(e, inside, summed)) is not None:
        return _scaled(e, total, outside, below)
    values = [e.real(e.tensor(e.emit(n))) for n in inside]
    if any(v.sort == "boolean" for v in values):
        values = [indicator(e, v) if v.sort == "boolean" else v for v in values]
    own = max(v.own for v in values)
    if own > 1 and any(v.own not in (0, own) for v in values):
        return None
    if {i for v in values for i in v.indices} & set(summed) != set(summed):
        return None
    indices, _ = union(values, e.order)
    if len(values) == 1 or all(set(v.indices) == set(indices) and v.own == own for v in values):
        total = values[0]
        if len(values) > 1:
            same = e.spread(values)
            total = Value(
                " * ".join(v.at(PRODUCT if n else MATMUL) for n, v in enumerate(same)),
                PRODUCT,
                indices,
                own,
                uses=uses(same),
            )
        places = [list(total.indices).index(i) - total.rank for i in summed]
        dim = str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
        rest = tuple(i for i in total.indices if i not in summed)
        total = Value(f"{total.at(ATOM)}.sum({dim})", ATOM, rest, own, uses=total.uses)
    else:
        letters = ["UVW"[:own] if v.own else "" for v in values]
        total = contract(e, values, letters, "UVW"[:own], summed)
    return _scaled(e, total, outside, below)


def _sum_of_outer(e: Emitter, inside: list[Node], summed: list[str]) -> Value | None:
    """Σ_i w_i x_i y_i^T is one contraction."""
    values: list[Value] = []
    letters: list[str] = []
    for node in inside:
        parts = (node.left, node.right) if isinstance(node, Outer) else (node,)
        values += [e.real(e.tensor(e.emit(n))) for n in parts]
        letters += ["U", "V"] if isinstance(node, Outer) else [""]
    if [v.own for v in values] != [len(x) for x in letters] or letters.count("U") != 1:
        return None
    if {i for v in values for i in v.indices} & set(summed) != set(summed):
        return None
    return contract(e, values, letters, "UV", summed)


def _depends(e: Emitter, node: Node, summed: list[str]) -> bool:
    if set(free_indices(node)) & set(summed):
        return True
    for part in walk(node):  # a local may hide the index
        known = e.locals.get(part.name) if isinstance(part, Arg) else None
        if isinstance(known, Value) and set(known.indices) & set(summed):
            return True
        if known is not None and not isinstance(known, Value) and _depends(e, known, summed):
            return True
    return False


def _scaled(e: Emitter, total: Value, above: list[Node], below: list[Node]) -> Value:
    out = total
    for node in above:
        factor = e.emit(node)
        values = e.spread([factor, out])
        indices, own = union(values, e.order)
        text = f"{values[0].at(MATMUL)} * {values[1].at(PRODUCT)}"
        out = Value(text, product_level(values[0]), indices, own, uses=uses(values))
    for node in below:
        factor = e.emit(node)
        values = e.spread([out, factor])
        indices, own = union(values, e.order)
        text = f"{values[0].at(MATMUL)} / {values[1].at(PRODUCT + 1)}"
        out = Value(text, product_level(values[0]), indices, own, uses=uses(values))
    return out


# --- loops -----------------------------------------------------------------------------------------------


def _loop(e: Emitter, node: Reduce) -> Value:
    """The reduction as a comprehension over Python numbers."""
    frame = e.loop(node.index)
    with e.binding(node.index, frame), e.nested():
        body = e.emit(node.body)
        test = ""
        if node.where is not None:
            condition = e.emit(node.where)
            if condition.indices:
                raise NotVectorised(condition.indices)
            test = f" if {condition.text}"
        if node.op not in ("sum", "prod"):
            body = e.tensor(body)
        rest = tuple(i for i in body.indices if i != node.index.name)
        each = f"{body.text} for {frame.loop} in {e.range(frame)}{test}"
    e.unbatchable(body.uses)
    sort = reduced_sort(node.op, body.sort)
    kind = body.kind if node.op in ("sum", "prod") else "tensor"
    if node.op in ("sum", "prod"):
        name = "sum" if node.op == "sum" else "math.prod"
        return Value(f"{name}({each})", ATOM, rest, body.own, kind, sort, body.uses)
    form = rules.REDUCTIONS[node.op]
    shift = _argument_shift(node, frame)
    text = form.format(f"torch.stack([{each}])", dim=0)
    if shift:
        text = f"{text} + {shift}"
    return Value(text, SUM if shift else ATOM, rest, body.own, "tensor", sort, body.uses)


@emission(Build)
def _build(e: Emitter, node: Build) -> Value:
    def axis() -> Value:
        frame = e.frame(node.index)
        if frame.mask:
            raise NotVectorised([i for m in frame.mask for i in free_indices(m) if i != node.index.name])
        with e.binding(node.index, frame):
            body = _covering(e, e.tensor(e.emit(node.body)), node.index.name)
        rest = [i for i in body.indices if i != node.index.name]
        body = permuted(body, [*rest, node.index.name])
        return replace(body, indices=tuple(rest), own=body.own + 1)

    def loop() -> Value:
        frame = e.loop(node.index)
        with e.binding(node.index, frame), e.nested():
            body = e.tensor(e.emit(node.body))
            text = f"torch.stack([{body.text} for {frame.loop} in {e.range(frame)}])"
        e.unbatchable(body.uses)
        out = Value(text, ATOM, (), 1 + body.rank, sort=body.sort, uses=body.uses)
        k = len(body.indices)
        return moved(out, [*range(1, k + 1), 0, *range(k + 1, out.own)], indices=body.indices, own=1 + body.own)

    return e.attempt(node.index, axis, loop)


@emission(ConcatOver)
def _concat_over(e: Emitter, node: ConcatOver) -> Value:
    def axis() -> Value:
        frame = e.frame(node.index)
        with e.binding(node.index, frame):
            body = _covering(e, e.tensor(e.emit(node.body)), node.index.name)
        rest = [i for i in body.indices if i != node.index.name]
        body = permuted(body, [*rest, node.index.name])
        n = len(rest)
        # (h, n, d) along the last axis: (n, h, d) and then flattened.
        places = [*range(n), *range(n + 1, n + 1 + node.axis), n, *range(n + 1 + node.axis, n + 1 + body.own)]
        out = moved(body, places, indices=tuple(rest), own=body.own + 1)
        first = node.axis - (body.own + 1)
        return out.atom(f".flatten({first}, {first + 1})", own=body.own)

    def loop() -> Value:
        frame = e.loop(node.index)
        with e.binding(node.index, frame), e.nested():
            body = e.tensor(e.emit(node.body))
            text = f"torch.cat([{body.text} for {frame.loop} in {e.range(frame)}], dim={node.axis - body.own})"
        e.unbatchable(body.uses)
        return Value(text, ATOM, body.indices, body.own, sort=body.sort, uses=body.uses)

    return e.attempt(node.index, axis, loop)


@emission(Join)
def _join(e: Emitter, node: Join) -> Value:
    values = [e.tensor(e.emit(i)) for i in node.items]
    if len({v.sort for v in values}) > 1:
        values = [indicator(e, v) if v.sort == "boolean" else e.real(v) for v in values]
    indices, _ = union(values, e.order)
    values = [_filled_out(e, v, indices) for v in values]
    own = values[0].own
    text = ", ".join(v.text for v in values)
    if node.kind == "stack":
        dim = -own - 1
        return Value(
            f"torch.stack([{text}], dim={dim})", ATOM, indices, own + 1, sort=values[0].sort, uses=uses(values)
        )
    return Value(
        f"torch.cat([{text}], dim={node.axis - own})", ATOM, indices, own, sort=values[0].sort, uses=uses(values)
    )


def _filled_out(e: Emitter, value: Value, indices: tuple[str, ...]) -> Value:
    """All index axes at full size: `cat` and `stack` do not broadcast."""
    if value.indices == indices:
        return value
    if set(value.indices) == set(indices):
        return permuted(value, indices)
    e.unbatchable(value.uses)
    wide = spread(replace(value), indices, value.own)
    sizes = [e.dim(e.frames[i].size).text if i not in value.indices else "-1" for i in indices]
    if not value.rank or not value.indices:
        sizes = [e.dim(e.frames[i].size).text for i in indices]
    return wide.atom(f".expand({', '.join([*sizes, *['-1'] * value.own])})", indices=indices, own=value.own)


# --- own axes --------------------------------------------------------------------------------------------


@emission(ReduceAxes)
def _reduce_axes(e: Emitter, node: ReduceAxes) -> Value:
    body = e.tensor(e.emit(node.body))
    if node.op in ("sum", "prod", "mean") and body.sort == "boolean":
        body = indicator(e, body)
    if node.op in ("mean", "logsumexp") or node.op.startswith(("var", "std")):
        body = e.real(body)
    places = [a - body.own for a in sorted(node.axes)]
    form = rules.REDUCTIONS[node.op]
    own = body.own if node.keep else body.own - len(node.axes)
    sort = reduced_sort(node.op, body.sort)
    if node.op in ("prod", "any", "all") and len(places) > 1:  # one axis at a time, the last first
        out = body
        for n, place in enumerate(reversed(places)):
            here = place + (0 if node.keep else n)
            text = form.format(out.at(ATOM), dim=f"{here}, keepdim=True" if node.keep else here)
            out = Value(text, ATOM, body.indices, own, sort=sort, uses=body.uses)
        return out
    dim = str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
    dim += ", keepdim=True" if node.keep else ""
    text = form.format(body.at(ATOM) if form.startswith("{0}") else body.text, dim=dim)
    return Value(text, ATOM, body.indices, own, sort=sort, uses=body.uses)


@emission(Along)
def _along(e: Emitter, node: Along) -> Value:
    body = e.tensor(e.emit(node.body))
    if node.op in ("softmax", "log_softmax", "normalize"):
        body = e.real(body)
    form = rules.ALONG[node.op]
    text = form.format(
        body.at(ATOM) if form.startswith("{0}.") else body.at(PRODUCT) if " / " in form else body.text,
        dim=node.axis - body.own,
    )
    return replace(body, text=text, level=PRODUCT if " / " in form else ATOM)
