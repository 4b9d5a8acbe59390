"""Calls, locals, derivatives and distributions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..ir.node import (
    Access,
    Arg,
    ArrayType,
    Call,
    CallCompiled,
    FunctionType,
    Gradient,
    IndexNumber,
    Let,
    LogDensity,
    Node,
    Pick,
    Sample,
)
from ..ir.shapes import call_axes, free_indices, substitute, walk
from . import rules
from .access import elements
from .emitter import CannotEmit, Emitter, Frame, NotVectorised, emission
from .values import ATOM, PRODUCT, SUM, Kind, Value, joined_kind, moved, spread, union, uses


def running(e: Emitter, node: Node) -> list[str]:
    """The indices of a node that run as axes here, outermost first (also through locals)."""
    found = set(free_indices(node))
    for part in walk(node):
        known = e.locals.get(part.name) if isinstance(part, Arg) else None
        if isinstance(known, Value):
            found |= set(known.indices)
        elif known is not None:
            found |= set(running(e, known))
    return [i for i in e.order if i in found and not e.frames[i].loop]


def each(e: Emitter, indices: list[str], body: Callable[[], Value], nodes: tuple[Node, ...]) -> Value:
    """`body` once for each assignment of the indices, stacked along their axes."""
    if not indices:
        return body()
    index = indices[0]
    frame = e.frames[index]
    if frame.mask or any(n[0] == "#" for n in (*frame.lo.names, *frame.size.names)):
        # Outside its range the index must not run: the binder has to loop.
        raise NotVectorised([index])
    offset = 0 if frame.lo.value == 0 else 1
    loop = Frame(frame.index, frame.lo, frame.size, e.namer.loop(index), offset)
    frames, locals_ = e.frames, e.locals
    with e.nested():
        e.frames = {**e.frames, index: loop}
        over = f"{loop.loop} in {e.range(loop)}"
        arrays = _arrays(nodes, index, e, frame) if len(indices) == 1 else None
        try:
            if arrays:
                names = {a: e.namer.element(a, index) for a in arrays}
                e.locals = {**e.locals, **{_slot(a): _element(e, a, names[a]) for a in arrays}}
                e.zipped = {**e.zipped, **{(a, index): _slot(a) for a in arrays}}
                over = f"{', '.join(names.values())} in {'zip(' * (len(arrays) > 1)}{', '.join(arrays)}{')' * (len(arrays) > 1)}"
            one = e.tensor(each(e, indices[1:], body, nodes))
        finally:
            e.frames, e.locals = frames, locals_
            e.zipped = {k: v for k, v in e.zipped.items() if k[1] != index}
    text = f"torch.stack([{one.text} for {over}])"
    return Value(text, ATOM, (index, *one.indices), one.own, sort=one.sort, uses=one.uses)


def _slot(array: str) -> str:
    return f"{array}[·]"


def _element(e: Emitter, array: str, name: str) -> Value:
    kind = e.scope.names[array]
    assert isinstance(kind, ArrayType)
    return Value(name, own=len(kind.axes) - 1, sort=kind.sort, uses=frozenset((array,)))


def _arrays(nodes: tuple[Node, ...], index: str, e: Emitter, frame: Frame) -> list[str] | None:
    """The arrays of which the index only takes the elements one after another; None if it does anything else."""
    found: dict[str, None] = {}
    taken = 0
    for node in nodes:
        for part in walk(node):
            if (
                isinstance(part, Access)
                and isinstance(part.base, Arg)
                and part.positions[0] == Pick(IndexNumber(index))
            ):
                kind = e.scope.names.get(part.base.name)
                if part.base.name in e.locals or not isinstance(kind, ArrayType):
                    return None
                axis = kind.axes[0]
                if axis.dim != frame.size or frame.lo.value != axis.base or kind.sort == "stored":
                    return None
                found[part.base.name] = None
                taken += 1
        taken -= sum(isinstance(p, IndexNumber) and p.index == index for p in walk(node))
    return list(found) if found and taken == 0 else None


@emission(Call)
def _call(e: Emitter, node: Call) -> Value:
    indices = running(e, node)

    def one() -> Value:
        args = [e.emit(a) for a in node.args]
        args = [e.tensor(e.real(a)) if a.sort != "stored" else e.tensor(a) for a in args]
        kind = e.scope.names[node.function]
        assert isinstance(kind, FunctionType)
        text = f"{node.function}({', '.join(a.text for a in args)})"
        return Value(text, ATOM, (), len(kind.result.axes), sort=kind.result.sort, uses=uses(args))

    out = each(e, indices, one, node.args)
    e.unbatchable(out.uses)
    return out


@emission(CallCompiled)
def _call_compiled(e: Emitter, node: CallCompiled) -> Value:
    callee = e.functions[node.function]
    emitted = e.emitted.get(node.function)
    if emitted is None:
        raise CannotEmit(f"{callee.name}, which could not be emitted")
    formals = {a.name: a for a in callee.arguments}
    axes = call_axes(node, e.scope)
    given = dict(node.args)

    def call(values: dict[str, Value]) -> Value:
        parts = []
        plain = True
        for n, name in enumerate(emitted.parameters):
            if name not in values:
                plain = False
                continue
            text = values[name].text
            parts.append(text if plain and n < emitted.required else f"{name}={text}")
        if emitted.generator:
            e.state.generator = True
            parts.append("generator=generator")
        used = uses(list(values.values()))
        kind: Kind = "tensor" if emitted.kind == "tensor" else joined_kind(list(values.values()))
        hidden = emitted.name in {a.name for a in e.function.arguments} | set(e.locals)
        callee_name = emitted.alias if hidden else emitted.name
        return Value(f"{callee_name}({', '.join(parts)})", own=len(axes), kind=kind, sort=callee.result.sort, uses=used)

    def emit(name: str) -> Value:
        value = given[name]
        out = e.emit(value)
        formal = formals[name].type
        if isinstance(formal, ArrayType) and formal.axes:
            out = e.tensor(out)
        return e.real(out) if isinstance(formal, ArrayType) and formal.sort == "real" else out

    arguments = tuple(v for _, v in node.args)
    values = {name: emit(name) for name in given} if not _loops_only(e, arguments) else {}
    indexed = [n for n, v in values.items() if v.indices]
    if values and all(n in emitted.batchable for n in indexed):
        indices, _ = union(list(values.values()), e.order)
        for n in values:
            full = len(indices) + values[n].own
            values[n] = _batched(values[n], indices) if n in indexed else values[n]
            if values[n].rank < full:  # it broadcasts from the left: no room for batch axes of ours
                e.unbatchable(values[n].uses)
        out = replace(call(values), indices=indices)
        e.unbatchable(u for n, v in values.items() if n not in emitted.batchable for u in v.uses)
    else:
        free = [i for a in arguments for i in running(e, a)]
        order = [i for i in e.order if i in free]
        out = each(e, order, lambda: call({name: emit(name) for name in given}), arguments)
        e.unbatchable(out.uses)
    if not node.lead:
        return out
    return elements(e, out, tuple(Pick(n) for n in node.lead), axes, node)


def _batched(value: Value, indices: tuple[str, ...]) -> Value:
    """Index axes as batch axes, each where the call's result will have it."""
    return spread(value, indices, value.own)


def _loops_only(e: Emitter, nodes: tuple[Node, ...]) -> bool:
    """An argument that can only be had in a loop."""
    before = e.snapshot()
    try:
        for node in nodes:
            e.emit(node)
    except NotVectorised:
        return True
    finally:
        e.restore(before)
    return False


@emission(Let)
def _let(e: Emitter, node: Let) -> Value:
    scope, locals_ = e.scope, e.locals
    kind = e.type(node.value)
    if e.depth:
        e.locals = {**e.locals, node.name: node.value}
    else:
        value = e.emit(node.value)
        name = e.namer.local(node.name)
        e.state.lines.append(f"{name} = {value.text}")
        e.locals = {**e.locals, node.name: replace(value, text=name, level=ATOM)}
    e.scope = e.scope.with_name(node.name, kind)
    try:
        return e.emit(node.body)
    finally:
        e.scope, e.locals = scope, locals_


@emission(Gradient)
def _gradient(e: Emitter, node: Gradient) -> Value:
    indices = running(e, node)
    if indices:
        raise NotVectorised(indices)
    kind = e.scope.names[node.wrt]
    assert isinstance(kind, ArrayType)
    point = e.tensor(e.emit(node.at if node.at is not None else Arg(node.wrt)))
    name = e.namer.bound(node.wrt)
    locals_ = e.locals
    with e.nested():
        e.locals = {**e.locals, node.wrt: Value(name, own=len(kind.axes), uses=point.uses)}
        body = e.tensor(e.emit(node.body))
        e.locals = locals_
    form = rules.GRADIENTS[node.kind]
    if not kind.axes and node.kind in ("divergence", "laplacian"):
        form = form.removesuffix(".trace()")
    text = form.format(f"lambda {name}: {body.text}", point.text)
    n, m = len(kind.axes), body.own
    own = {"gradient": n, "jacobian": m + n, "hessian": 2 * n}.get(node.kind, 0)
    e.unbatchable(body.uses | point.uses)
    return Value(text, ATOM, (), own, uses=body.uses | point.uses)


@emission(LogDensity)
def _log_density(e: Emitter, node: LogDensity) -> Value:
    form = tuple(n for n, _ in node.parameters)
    value = e.tensor(e.emit(node.value))
    if value.sort != "stored":
        value = e.real(value)
    parameters = [e.real(e.tensor(e.emit(p))) for _, p in node.parameters]
    e.unbatchable(uses([value, *parameters]))
    own = {"categorical": 0, "dirichlet": 1, "multinomial": 1}.get(node.family, 1 if "covariance" in form else -1)
    text: str
    if own < 0:
        value, *parameters = e.spread([value, *parameters])
        indices, own = union([value, *parameters], e.order)
    else:
        indices, _ = union([value, *parameters], e.order)
        if any(set(v.indices) != set(indices) and v.indices for v in (value, *parameters)):
            value, *parameters = (spread(v, indices, v.own) for v in (value, *parameters))
        if node.family == "multinomial" and indices:
            raise NotVectorised(indices)
        own = 0
    args = [p.at(PRODUCT + 1) for p in parameters]
    used = uses([value, *parameters])
    if node.family == "logistic":
        z = f"(({value.at(SUM)} - {args[0]}) / {args[1]})"
        text = f"F.logsigmoid({z}) + F.logsigmoid(-{z}) - torch.log({args[1]})"
        return Value(text, SUM, indices, own, uses=used)
    if node.family == "von_mises":
        text = (
            f"{args[1]} * torch.cos({value.at(SUM)} - {args[0]}) - torch.log(2 * math.pi * torch.special.i0({args[1]}))"
        )
        return Value(text, SUM, indices, own, uses=used)
    pattern = rules.DISTRIBUTIONS[node.family, form]
    made = pattern.format(
        *(p.at(ATOM) if ".sqrt()" in pattern or ".rsqrt()" in pattern else p.text for p in parameters)
    )
    made = f"{made[:-1]}, validate_args=False)"
    shown = f"{value.at(SUM)} - 1" if node.family == "geometric" else value.text
    return Value(f"{made}.log_prob({shown})", ATOM, indices, own, uses=used)


@emission(Sample)
def _sample(e: Emitter, node: Sample) -> Value:
    form = tuple(n for n, _ in node.parameters)
    parameters = [e.emit(p) for _, p in node.parameters]
    if any(p.indices for p in parameters):
        raise NotVectorised([i for p in parameters for i in p.indices])
    e.state.generator = True
    own = len(e.type(node).axes)
    sizes = [e.dim(a.dim).text for a in node.axes]
    if node.family == "normal" and form != ("mean", "covariance"):
        mean, scale = parameters
        shape = ", ".join(sizes) if sizes and not mean.rank else ""
        inner = next((p.text for p in parameters if p.rank), None)
        if inner is not None and not sizes:
            noise = f"torch.randn({inner}.shape, generator=generator, {e.options()})"
        else:
            noise = f"torch.randn({shape or '()'}, generator=generator, {e.options()})"
        std = {
            "std": scale.at(PRODUCT),
            "variance": f"{scale.at(PRODUCT)} ** 0.5",
            "precision": f"{scale.at(PRODUCT)} ** -0.5",
        }
        text = (
            noise
            if mean.text in ("0", "0.0") and scale.text in ("1", "1.0")
            else f"{mean.at(SUM)} + {std[form[1]]} * {noise}"
        )
        return Value(text, SUM, (), own, uses=uses(parameters))
    if node.family == "uniform":
        low, high = parameters
        shape = ", ".join(sizes) or "()"
        noise = f"torch.rand({shape}, generator=generator, {e.options()})"
        text = (
            noise
            if low.text in ("0", "0.0") and high.text in ("1", "1.0")
            else f"{low.at(SUM)} + ({high.at(SUM)} - {low.at(SUM + 1)}) * {noise}"
        )
        return Value(text, SUM, (), own, uses=uses(parameters))
    raise CannotEmit(f"draws from the {node.family} distribution")


__all__ = ["joined_kind", "moved", "running", "substitute"]
