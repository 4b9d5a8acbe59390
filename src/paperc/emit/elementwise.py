"""Leaves and element-wise operations."""

from __future__ import annotations

import math
from dataclasses import replace

from ..ir.node import (
    Arg,
    Const,
    Expand,
    Filled,
    FunctionType,
    Identity,
    IndexNumber,
    Node,
    Op,
    Size,
    StopGradient,
)
from . import rules
from .emitter import CannotEmit, Emitter, NotVectorised, emission
from .values import (
    ATOM,
    BIT_AND,
    BIT_OR,
    COMPARE,
    MATMUL,
    POWER,
    PRODUCT,
    SUM,
    TERNARY,
    UNARY,
    Value,
    joined_kind,
    product_level,
    union,
    uses,
)


@emission(Const)
def _const(e: Emitter, node: Const) -> Value:
    value = node.value
    text = node.text or ("math.inf" if value == math.inf else "-math.inf" if value == -math.inf else repr(value))
    level = SUM if " + " in text or " - " in text else PRODUCT if "*" in text or "/" in text else ATOM
    if text.startswith("-"):
        level = min(level, UNARY)
    return Value(text, level, kind="python", sort="integer" if isinstance(value, int) else "real")


@emission(Arg)
def _arg(e: Emitter, node: Arg) -> Value:
    known = e.locals.get(node.name)
    if isinstance(known, Value):
        loops = [i for i in known.indices if e.frames[i].loop]
        if loops:  # a local with an axis for an index that now runs in a loop
            keys = [_zero_based(e, i) if i in loops else ":" for i in known.indices]
            while keys and keys[-1] == ":":
                keys.pop()
            rest = tuple(i for i in known.indices if i not in loops)
            return known.atom(f"[{', '.join(keys)}]", indices=rest)
        return known
    if known is not None:
        return e.emit(known)
    kind = e.scope.names[node.name]
    if isinstance(kind, FunctionType):
        return Value(node.name, uses=frozenset((node.name,)))
    scalar = not kind.axes and node.name not in e.known.tensors
    if scalar and kind.sort in ("integer", "stored", "real", "boolean"):
        return Value(node.name, kind="scalar", sort=kind.sort, uses=frozenset((node.name,)))
    return Value(node.name, own=len(kind.axes), sort=kind.sort, uses=frozenset((node.name,)))


def _zero_based(e: Emitter, index: str) -> str:
    """The position of a loop's current element on the axis that the index would be."""
    frame = e.frames[index]
    start = frame.lo.value
    if start is None:
        raise CannotEmit(f"the axis of {index} starts at {frame.lo}")
    shift = frame.offset - int(start)
    return frame.loop if not shift else f"{frame.loop} {'+' if shift > 0 else '-'} {abs(shift)}"


@emission(Size)
def _size(e: Emitter, node: Size) -> Value:
    return e.dim(node.dim)


@emission(IndexNumber)
def _index_number(e: Emitter, node: IndexNumber) -> Value:
    frame = e.frames[node.index]
    if not frame.loop:
        return e.arange(node.index)
    if frame.offset:
        return Value(f"{frame.loop} + {frame.offset}", SUM, kind="python", sort="integer")
    return Value(frame.loop, kind="python", sort="integer")


@emission(Identity)
def _identity(e: Emitter, node: Identity) -> Value:
    return Value(f"torch.eye({e.dim(node.axis.dim).text}, {e.options()})", own=2)


@emission(Filled)
def _filled(e: Emitter, node: Filled) -> Value:
    sizes = ", ".join(e.dim(a.dim).text for a in node.axes)
    one = {0.0: "zeros", 1.0: "ones"}.get(float(node.value))
    text = f"torch.{one}({sizes}, {e.options()})" if one else f"torch.full(({sizes},), {node.value!r}, {e.options()})"
    return Value(text, own=len(node.axes))


@emission(Expand)
def _expand(e: Emitter, node: Expand) -> Value:
    body = e.emit(node.body)
    own = len(node.axes)
    body = e.tensor(body)
    e.unbatchable(body.uses)
    sizes = ", ".join(e.dim(a.dim).text for a in node.axes)
    if body.indices:
        gap = own - body.own
        keep = ["-1"] * len(body.indices)
        keys = ", ".join([":"] * len(body.indices) + ["None"] * gap + [":"] * body.own)
        body = body.atom(f"[..., {keys}]") if gap else body
        return body.atom(f".expand({', '.join([*keep, sizes])})", own=own)
    return body.atom(f".expand({sizes})", own=own)


@emission(StopGradient)
def _stop(e: Emitter, node: StopGradient) -> Value:
    body = e.emit(node.body)
    return body if body.kind == "python" else e.tensor(body).atom(".detach()")


@emission(Op)
def _op(e: Emitter, node: Op) -> Value:
    if node.op == "where":
        return _where(e, node)
    if node.op in ("min", "max", "clip"):
        return _extremes(e, node)
    if node.op == "huber" and (loss := _smooth_loss(e, node)) is not None:
        return loss
    values = [e.emit(a) for a in node.args]
    match node.op:
        case "neg":
            (x,) = values
            return replace(x, text=f"-{x.at(UNARY)}", level=UNARY)
        case "square":
            (x,) = values
            return replace(x, text=f"{x.at(ATOM)} ** 2", level=POWER)
        case "reciprocal":
            x = _numeric(e, values)[0]
            return replace(x, text=f"1 / {x.at(UNARY)}", level=PRODUCT, sort="real")
        case "stored" | "number":
            (x,) = values
            sign = "-" if node.op == "stored" else "+"
            return replace(x, text=f"{x.at(SUM)} {sign} 1", level=SUM, sort="integer")
        case "not":
            (x,) = values
            if x.kind == "python":
                return replace(x, text=f"not {x.at(COMPARE)}", level=COMPARE - 1)
            return replace(e.tensor(x), text=f"~{x.at(UNARY)}", level=UNARY, sort="boolean")
        case "indicator":
            return indicator(e, values[0])
        case _ if node.op in rules.INFIX:
            return _infix(e, node.op, values)
    return _named(e, node.op, values)


def _smooth_loss(e: Emitter, node: Op) -> Value | None:
    """The library's loss between two tensors of one shape, or of one tensor and zeros; None where δ is no number."""
    x, delta = node.args
    if not isinstance(delta, Const):
        return None
    name, more = ("smooth_l1", "") if delta.value == 1 else ("huber", f", delta={e.emit(delta).text}")
    if isinstance(x, Op) and x.op == "sub":
        pair = [e.real(e.emit(a)) for a in x.args]
        a, b = pair
        if a.kind == b.kind == "tensor" and (a.indices, a.own) == (b.indices, b.own):
            text = f'F.{name}_loss({a.text}, {b.text}, reduction="none"{more})'
            return Value(text, ATOM, a.indices, a.own, "tensor", "real", uses(pair))
    value = e.real(e.tensor(e.emit(x)))
    return value.remade(f'F.{name}_loss({value.text}, torch.zeros_like({value.text}), reduction="none"{more})')


def _numeric(e: Emitter, values: list[Value]) -> list[Value]:
    """Operands of real arithmetic: whole-number tensors become real unless a real array already decides the dtype."""
    decided = any(v.kind == "tensor" and v.sort == "real" and v.rank for v in values)
    return values if decided else [e.real(v) for v in values]


def _infix(e: Emitter, op: str, values: list[Value]) -> Value:
    sign, level = rules.INFIX[op]
    compare = level == COMPARE or op in rules.PYTHON_LOGIC
    if op in ("div", "pow") or (not compare and any(v.sort == "real" for v in values)):
        values = _numeric(e, values)
    if op in rules.PYTHON_LOGIC:
        if all(v.kind == "python" for v in values):
            sign, level = rules.PYTHON_LOGIC[op]
        else:
            values = [e.tensor(v) for v in values]
    elif op in ("add", "mul", "sub"):
        # A truth value counts as a number only after conversion.
        values = [indicator(e, v) if v.sort == "boolean" else v for v in values]
    values = e.spread(values)
    indices, own = union(values, e.order)
    parts = []
    for n, v in enumerate(values):
        need = level + 1 if (n and op in ("sub", "div", "mod")) or level in (COMPARE, BIT_AND, BIT_OR) else level
        if level == PRODUCT and n == 0:
            need = MATMUL
        if op == "pow":
            need = ATOM if n == 0 else UNARY
        parts.append(v.at(need))
    text = parts[0]
    for part in parts[1:]:
        # a + -b is a - b
        text += (
            f" - {part[1:]}"
            if op == "add" and part.startswith("-") and not part.startswith("--")
            else f" {sign} {part}"
        )
    whole = all(v.sort in ("integer", "stored") for v in values) and op not in ("div", "pow")
    sort = "boolean" if compare else "integer" if whole else "real"
    level = MATMUL if op == "mod" else product_level(values[0]) if level == PRODUCT else level
    return Value(text, level, indices, own, joined_kind(values), sort, uses(values))  # type: ignore[arg-type]


def _named(e: Emitter, op: str, values: list[Value]) -> Value:
    rule = rules.OPERATIONS[op]
    if op in rules.BY_NUMBER and values[1].kind == "python":
        rule = rules.BY_NUMBER[op]
    kind = joined_kind(values)
    if kind == "python" and rule.python is not None:
        args = [v.at(rule.operand) for v in values]
        return Value(rule.python.format(*args), ATOM, kind="python")
    if op in (*rules.BY_NUMBER, "huber"):  # the slope may stay a number
        values = [e.tensor(values[0]), values[1]]
    else:
        values = [e.tensor(v) for v in values]
    if rule.real:
        values = [e.real(v) for v in values]
    values = e.spread(values)
    indices, own = union(values, e.order)
    text = rule.tensor.format(*(v.at(rule.operand) for v in values))
    sort = "boolean" if op == "isfinite" else values[0].sort if not rule.real else "real"
    return Value(text, rule.level, indices, own, "tensor", sort, uses(values))


def indicator(e: Emitter, value: Value) -> Value:
    """A truth value as 0 or 1."""
    if value.kind == "python":
        return Value(f"float({value.text})", kind="python")
    value = e.tensor(value)
    return value.atom(f".to({e.dtype()})", sort="real")


def _where(e: Emitter, node: Op) -> Value:
    condition, yes, no = (e.emit(a) for a in node.args)
    if condition.kind == "python":
        if yes.kind != no.kind:  # what follows must be able to count on a tensor
            yes, no = e.tensor(yes), e.tensor(no)
        values = [yes, no]
        if not (yes.indices or no.indices):
            text = f"{yes.at(TERNARY + 1)} if {condition.text} else {no.at(TERNARY)}"
            return Value(text, TERNARY, (), max(yes.own, no.own), joined_kind(values), yes.sort, uses(values))
    condition = e.tensor(condition)
    if yes.kind != "tensor" and no.kind != "tensor":  # two Python numbers would make a tensor of the default dtype
        yes = e.tensor(yes)
    sort = "real" if "real" in (yes.sort, no.sort) else yes.sort
    if sort == "real":
        yes, no = e.real(yes), e.real(no)
    values = e.spread([condition, yes, no])
    indices, own = union(values, e.order)
    text = f"torch.where({', '.join(v.text for v in values)})"
    return Value(text, ATOM, indices, own, "tensor", sort, uses(values))


def _extremes(e: Emitter, node: Op) -> Value:
    """min, max and clip: `clamp` where a bound is a number."""
    values = [e.emit(a) for a in node.args]
    kind = joined_kind(values)
    if node.op == "clip":
        x, low, high = values
        if kind == "python":
            return Value(f"min(max({x.text}, {low.text}), {high.text})", kind="python")
        if low.kind == high.kind == "python" or (low.kind == high.kind == "scalar" and not low.rank):
            x = e.real(e.tensor(x))
            if x.rank:
                e.unbatchable(low.uses | high.uses)
            return replace(x.atom(f".clamp({low.text}, {high.text})"), uses=uses(values))
        return _clamp(e, _clamp(e, x, low, "max"), high, "min")
    if kind == "python":
        return Value(f"{node.op}({', '.join(v.text for v in values)})", kind="python", sort=values[0].sort)
    # The tensors first, then the numbers as bounds.
    tensors = [v for v in values if v.kind == "tensor"] or [e.tensor(next(v for v in values if v.kind == "scalar"))]
    numbers = [v for v in values if v.kind != "tensor"]
    if not any(v.kind == "tensor" for v in values):
        numbers.remove(next(v for v in values if v.kind == "scalar"))
    total = tensors[0]
    for v in (*tensors[1:], *numbers):
        total = _clamp(e, total, v, node.op)
    return total


def _clamp(e: Emitter, x: Value, bound: Value, op: str) -> Value:
    """The larger (op "max") or smaller of a tensor and a bound."""
    x = e.tensor(x)
    sort = x.sort if x.sort == bound.sort else "real"
    if sort == "real":
        x, bound = e.real(x), e.real(bound)
    if op == "max" and bound.kind == "python" and bound.text in ("0", "0.0"):
        return x.remade(f"torch.relu({x.text})", sort=sort)
    if bound.kind != "tensor":
        side = "min" if op == "max" else "max"
        if x.rank:
            e.unbatchable(bound.uses)
        return replace(x.atom(f".clamp({side}={bound.text})", sort=sort), uses=uses([x, bound]))
    values = e.spread([x, bound])
    indices, own = union(values, e.order)
    name = "torch.maximum" if op == "max" else "torch.minimum"
    return Value(f"{name}({values[0].text}, {values[1].text})", ATOM, indices, own, "tensor", sort, uses(values))


__all__ = ["Node", "NotVectorised", "indicator"]
