"""Linear algebra on own shapes, with index axes as batches."""

from __future__ import annotations

from dataclasses import replace

from ..ir.node import Along, Block, Const, Linear, MatMul, Norm, Op, Outer, Size
from . import rules
from .contract import contract
from .emitter import Emitter, NotVectorised, emission
from .values import ATOM, MATMUL, POWER, PRODUCT, Value, permuted, spread, union, uses


@emission(MatMul)
def _matmul(e: Emitter, node: MatMul) -> Value:
    if (fused := _attention(e, node)) is not None:
        return fused
    left, right = (e.real(e.emit(a)) for a in (node.left, node.right))
    return product(e, left, right)


def _attention(e: Emitter, node: MatMul) -> Value | None:
    """softmax(Q K^T / sqrt(d)) V with d the last size of Q is exactly what PyTorch's fused attention computes."""
    match node.left:
        case Along("softmax", Op("div", (MatMul(q, Linear("transpose", (k,))), Op("sqrt", (Size(d),)))), 1):
            pass
        case _:
            return None
    types = [e.type(n) for n in (q, k, node.right)]
    if any(len(t.axes) != 2 for t in types) or types[0].dims[1] != d or types[0].dims[0].value == 1:
        return None
    values = [e.real(e.tensor(e.emit(n))) for n in (q, k, node.right)]
    indices, _ = union(values, e.order)
    if indices:
        return None
    text = f"F.scaled_dot_product_attention({', '.join(v.text for v in values)})"
    return Value(text, ATOM, (), 2, uses=uses(values))


def product(e: Emitter, left: Value, right: Value) -> Value:
    """A matrix product of own shapes (vectors are rows on the left and columns on the right)."""
    uses_ = uses([left, right])
    match left.own, right.own:
        case 2, 2:
            if left.indices or right.indices:
                indices, _ = union([left, right], e.order)
                left, right = spread(left, indices, 2), spread(right, indices, 2)
                text = f"{left.at(MATMUL)} @ {right.at(PRODUCT + 1)}"
                return Value(text, MATMUL, indices, 2, uses=uses_)
            return Value(f"{left.at(MATMUL)} @ {right.at(PRODUCT + 1)}", MATMUL, (), 2, uses=uses_)
        case 2, 1 if not right.indices:
            e.unbatchable(right.uses)
            return Value(f"{left.at(MATMUL)} @ {right.at(PRODUCT + 1)}", MATMUL, left.indices, 1, uses=uses_)
        case 1, 2 if not right.indices:
            e.unbatchable(right.uses)
            return Value(f"{left.at(MATMUL)} @ {right.at(PRODUCT + 1)}", MATMUL, left.indices, 1, uses=uses_)
        case 2, 1 if not left.indices:
            e.unbatchable(left.uses)
            turned = left.atom(".mT") if not left.text.endswith(".mT") else replace(left, text=left.text[:-3])
            return Value(f"{right.at(MATMUL)} @ {turned.at(PRODUCT + 1)}", MATMUL, right.indices, 1, uses=uses_)
        case 1, 1 if left.indices == right.indices or not (left.indices and right.indices):
            values = e.spread([left, right])
            indices, _ = union(values, e.order)
            text = f"({values[0].at(PRODUCT)} * {values[1].at(PRODUCT)}).sum(-1)"
            return Value(text, ATOM, indices, 0, uses=uses_)
    # General: name every axis.
    letters = {(2, 2): ("xy", "yz"), (2, 1): ("xy", "y"), (1, 2): ("x", "xy"), (1, 1): ("x", "x")}[left.own, right.own]
    out = {(2, 2): "xz", (2, 1): "x", (1, 2): "y", (1, 1): ""}[left.own, right.own]
    return contract(e, [left, right], list(letters), out)


@emission(Outer)
def _outer(e: Emitter, node: Outer) -> Value:
    left, right = (e.real(e.emit(a)) for a in (node.left, node.right))
    indices, _ = union([left, right], e.order)
    if not indices:
        e.unbatchable(())
    column = spread(replace(left, own=1), indices, 1).atom("[..., :, None]")
    row = spread(replace(right, own=1), indices, 1).atom("[..., None, :]")
    return Value(f"{column.text} * {row.text}", PRODUCT, indices, 2, uses=uses([left, right]))


@emission(Linear)
def _linear(e: Emitter, node: Linear) -> Value:
    if node.op == "matrix_power" and not isinstance(node.args[1], Const):
        base = e.real(e.emit(node.args[0]))
        power = e.dim(e.as_dim(node.args[1])).text  # a Python number: an index that it holds is one of a loop
        return Value(rules.LINEAR[node.op].format(base.text, power), ATOM, base.indices, 2, uses=base.uses)
    values = [e.emit(a) for a in node.args]
    if node.op not in ("transpose", "diagonal", "column", "row"):
        values = [e.real(v) for v in values]
    first = values[0]
    match node.op:
        case "transpose" if first.text.endswith(".mT") and first.level == ATOM:
            return replace(first, text=first.text[:-3])
        case "matrix_sqrt":
            return Value(f"matrix_sqrt({first.text})", ATOM, first.indices, 2, uses=first.uses)
        case "kron" if any(v.indices for v in values):
            raise NotVectorised([i for v in values for i in v.indices])
        case "matrix_power":
            text = rules.LINEAR[node.op].format(first.text, values[1].text)
            return Value(text, ATOM, first.indices, 2, uses=first.uses)
        case "solve" if values[1].indices or first.indices:
            raise NotVectorised([i for v in values for i in v.indices])
    if len(values) > 1:
        e.unbatchable(u for v in values[1:] for u in v.uses) if node.op in ("solve", "kron") else None
        indices, _ = union(values, e.order)
        values = [spread(v, indices, v.own) for v in values]
    else:
        indices = first.indices
    form = rules.LINEAR[node.op]
    args = [
        v.at(ATOM) if "{0}." in form or "{0}[" in form else v.at(PRODUCT) if "} *" in form else v.text for v in values
    ]
    axes = {"det": 0, "logdet": 0, "trace": 0, "inner": 0, "max_eigenvalue": 0, "min_eigenvalue": 0, "diagonal": 1,
            "vec": 1, "flatten": 1, "solve": 1, "cross": 1}.get(node.op, 2)  # fmt: skip
    return Value(
        form.format(*args), ATOM, indices, axes, sort=first.sort if len(values) == 1 else "real", uses=uses(values)
    )


@emission(Norm)
def _norm(e: Emitter, node: Norm) -> Value:
    body = e.real(e.tensor(e.emit(node.body)))
    if body.own == 0:
        return replace(body, text=f"torch.abs({body.text})", level=ATOM)
    dim = "-1" if body.own == 1 else f"({', '.join(str(k) for k in range(-body.own, 0))})"
    vector, matrix = rules.NORMS[node.kind]
    form = matrix if body.own == 2 else vector
    if node.kind == "2" and body.own > 2:
        form = vector
    p = e.emit(node.p) if node.p is not None else Value("2", kind="python")
    if p.indices:
        raise NotVectorised(p.indices)
    atomic = "{0}." in form
    text = form.format(body.at(ATOM) if atomic else body.text, dim=dim, p=p.at(ATOM))
    level = POWER if node.kind == "p" else ATOM
    sort = "integer" if node.kind == "0" else "real"
    return Value(text, level, body.indices, 0, sort=sort, uses=body.uses | p.uses)  # type: ignore[arg-type]


@emission(Block)
def _block(e: Emitter, node: Block) -> Value:
    rows = [[e.tensor(e.emit(c)) for c in row] for row in node.rows]
    cells = [c for row in rows for c in row]
    if any(c.indices for c in cells):
        raise NotVectorised([i for c in cells for i in c.indices])
    e.unbatchable(u for c in cells for u in c.uses)
    if all(c.own == 0 for c in cells):
        text = ", ".join(f"torch.stack([{', '.join(c.text for c in row)}])" for row in rows)
        return Value(f"torch.stack([{text}])", own=2, uses=uses(cells))
    shaped = [[{0: c.atom("[None, None]"), 1: c.atom("[:, None]")}.get(c.own, c) for c in row] for row in rows]
    lines = [
        f"torch.cat([{', '.join(c.text for c in row)}], dim=-1)" if len(row) > 1 else row[0].text for row in shaped
    ]
    text = f"torch.cat([{', '.join(lines)}], dim=-2)" if len(lines) > 1 else lines[0]
    return Value(text, own=2, uses=uses(cells))


__all__ = ["permuted", "product"]
