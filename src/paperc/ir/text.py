"""The IR as one readable line: for golden files, messages and names."""

from __future__ import annotations

from .node import (
    Access,
    Along,
    Arg,
    Argument,
    ArrayType,
    Axis,
    Block,
    Build,
    Call,
    CallCompiled,
    ConcatOver,
    Const,
    Domain,
    Expand,
    Filled,
    Function,
    Gradient,
    Identity,
    Index,
    IndexNumber,
    Join,
    Let,
    Linear,
    LogDensity,
    MatMul,
    Node,
    Norm,
    Op,
    Outer,
    Over,
    Pick,
    Position,
    Reduce,
    ReduceAxes,
    Sample,
    Size,
    Slice,
    StopGradient,
    Type,
)

_INFIX = {
    "add": (" + ", 4), "sub": (" - ", 4), "mul": (" * ", 5), "div": (" / ", 5), "pow": ("^", 7),
    "eq": (" = ", 3), "ne": (" != ", 3), "lt": (" < ", 3), "le": (" <= ", 3), "gt": (" > ", 3), "ge": (" >= ", 3),
    "and": (" and ", 2), "or": (" or ", 1),
}  # fmt: skip


def text(node: Node) -> str:
    """One line; equal for equal nodes, and different for different ones."""
    return _write(node, 0)


def _write(node: Node, outer: int) -> str:
    match node:
        case Const(value, written):
            return written or repr(value)
        case Arg(name):
            return name
        case Size(dim):
            return f"|{dim}|"
        case IndexNumber(index):
            return f"#{index}"
        case Op(op, args) if op in _INFIX and len(args) > 1:
            sign, level = _INFIX[op]
            # `a - (b - c)` keeps its brackets, `a + b + c` has none.
            items = [_write(a, level if n == 0 else level + 1) for n, a in enumerate(args)]
            out = sign.join(items)
            return f"({out})" if level < outer else out
        case Op("neg", (body,)):
            out = f"-{_write(body, 6)}"
            return f"({out})" if outer > 5 else out
        case Op(op, args) | Linear(op, args):
            return f"{op}({_list(args)})"
        case Expand(body, axes):
            return f"expand({_write(body, 0)}, {_axes(axes)})"
        case MatMul(left, right):
            out = f"{_write(left, 5)} @ {_write(right, 6)}"
            return f"({out})" if outer > 5 else out
        case Outer(left, right):
            return f"outer({_write(left, 0)}, {_write(right, 0)})"
        case Identity(axis):
            return f"eye({axis.dim})"
        case Filled(value, axes):
            return f"filled({value!r}, {_axes(axes)})"
        case Norm(body, kind, p):
            return f"norm[{kind if p is None else _write(p, 0)}]({_write(body, 0)})"
        case Access(base, positions):
            return f"{_write(base, 9)}[{', '.join(_position(p) for p in positions)}]"
        case Reduce(op, index, body, where):
            condition = f" if {_write(where, 0)}" if where is not None else ""
            return f"{op}[{_index(index)}{condition}]({_write(body, 0)})"
        case ReduceAxes(op, body, over, keep):
            return f"{op}({_write(body, 0)}, axes {', '.join(map(str, over))}{', kept' if keep else ''})"
        case Along(op, body, over):
            return f"{op}({_write(body, 0)}, axis {over})"
        case Build(index, body):
            return f"[{_write(body, 0)} for {_index(index)}]"
        case Join(kind, items, over):
            return f"{kind}({_list(items)}{f', axis {over}' if kind == 'concat' else ''})"
        case ConcatOver(index, body, over):
            return f"concat[{_index(index)}]({_write(body, 0)}, axis {over})"
        case Block(rows):
            return f"block({'; '.join(_list(r) for r in rows)})"
        case Call(function, args):
            return f"{function}({_list(args)})"
        case CallCompiled(function, args, lead):
            given = ", ".join(f"{n}={_write(a, 0)}" for n, a in args)
            return f"<{function}>({given})" + (f"[{_list(lead)}]" if lead else "")
        case Let(name, value, body):
            return f"let {name} = {_write(value, 0)} in {_write(body, 0)}"
        case Gradient(body, wrt, at, kind):
            return f"{kind}[{wrt}{'' if at is None else f' at {_write(at, 0)}'}]({_write(body, 0)})"
        case StopGradient(body):
            return f"stop({_write(body, 0)})"
        case LogDensity(family, value, parameters):
            return f"log {family}({_write(value, 0)}; {', '.join(f'{n}={_write(v, 0)}' for n, v in parameters)})"
        case Sample(family, parameters, axes):
            given = ", ".join(f"{n}={_write(v, 0)}" for n, v in parameters)
            return f"draw {family}({given}{'; ' + _axes(axes) if axes else ''})"


def _list(items: tuple[Node, ...]) -> str:
    return ", ".join(_write(i, 0) for i in items)


def _axes(axes: tuple[Axis, ...]) -> str:
    return f"({', '.join(str(a.dim) + ('' if a.base == 1 else f' from {a.base}') for a in axes)})"


def _index(index: Index) -> str:
    return f"{index.name} in {_domain(index.domain)}"


def _domain(domain: Domain) -> str:
    if isinstance(domain, Over):
        return f"{domain.axis.dim}" + ("" if domain.axis.base == 1 else f" from {domain.axis.base}")
    return f"{_write(domain.lo, 4)}..{_write(domain.hi, 4)}"


def _position(position: Position) -> str:
    match position:
        case Pick(number):
            return _write(number, 0)
        case Slice(lo, hi):
            return f"{'' if lo is None else _write(lo, 0)}:{'' if hi is None else _write(hi, 0)}"
    return ":"


def type_text(kind: Type) -> str:
    """`real (n, d_{k})`, `(real (d)) -> real`."""
    if isinstance(kind, ArrayType):
        return f"{kind.sort} {_axes(kind.axes)}" if kind.axes else kind.sort
    return f"({', '.join(type_text(a) for a in kind.arguments)}) -> {type_text(kind.result)}"


def argument_text(argument: Argument) -> str:
    """`tau: real = 0.1, positive`."""
    default = f" = {argument.default}" if argument.default is not None else ""
    domain = f", {argument.domain}" if argument.domain else ""
    return f"{argument.name}: {type_text(argument.type)}{default}{domain}"


def function_text(function: Function) -> str:
    """The whole function: one line for each argument, one for the body."""
    indices = f"[{', '.join(_index(i) for i in function.indices)}]" if function.indices else ""
    lines = [f"{function.name}{indices}: {type_text(function.result)}"]
    lines += [f"    {argument_text(a)}" for a in function.arguments]
    return "\n".join([*lines, f"    = {text(function.body)}"])
