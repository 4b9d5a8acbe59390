"""`layers.py` of a package: an `nn.Module` for each function with learnable arguments, built on the function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..ir.dims import Dim
from ..ir.node import Argument, ArrayType, Function
from ..ir.shapes import size_argument
from .emitter import Emitted
from .equations import Context, argument_text, formatted, imports, in_order, ordered, parameter, result_dims, shape_text
from .names import identifier


def emit_layers(
    functions: Sequence[Function], emitted: Mapping[str, Emitted], package: str, context: Context | None = None
) -> str:
    """The module's text; "" where nothing is learnable. `package` is where `equations` is imported from ("." for beside)."""
    context = context or Context()
    taken = {e.name for e in emitted.values()}
    classes = [_layer(f, taken, context) for f in in_order(functions) if f.id in emitted and learnable(f)]
    if not classes:
        return ""
    head = f'r"""Layers: the equations with their learnable symbols as parameters{f" ({context.title})" if context.title else ""}."""'
    body = "\n\n\n".join(classes)
    top = imports(body).replace(
        "from torch import Tensor", f"from torch import Tensor, nn\n\nfrom {package} import equations"
    )
    return formatted(f"{head}\n\n{top}\n\n\n{body}\n")


def learnable(function: Function) -> list[Argument]:
    """The arguments that become parameters."""
    return [
        a
        for a in function.arguments
        if a.role == "learnable" and isinstance(a.type, ArrayType) and a.type.sort == "real"
    ]


def class_name(name: str, taken: set[str]) -> str:
    """`h_prime` → `HPrime`; with "Layer" behind it where a function has that name."""
    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)
    return f"{camel}Layer" if camel in taken or not camel else camel


def _layer(f: Function, taken: set[str], context: Context) -> str:
    name = class_name(f.name, taken)
    parameters = learnable(f)
    sizes = list(
        dict.fromkeys(n for a in parameters if isinstance(a.type, ArrayType) for d in a.type.dims for n in d.names)
    )
    names = {n: identifier(n) if n[0] != "?" else f"n_{n[1:]}" for n in sizes}
    rest = [a for a in ordered(f.arguments) if a not in parameters]
    fixed = [a for a in rest if size_argument(a) in sizes]
    rest = [a for a in rest if a not in fixed]
    cite = context.origin(f).cite or f.id
    lines = [
        f"class {name}(nn.Module):",
        f'    r"""{cite}, with learnable {", ".join(a.name for a in parameters)}.',
        "",
    ]
    lines += [f"    {a.name}: {argument_text(a)}" for a in parameters]
    lines += [
        '    """',
        "",
        f"    def __init__(self{''.join(f', {names[n]}: int' for n in sizes)}) -> None:",
        "        super().__init__()",
    ]
    lines += [f"        self.{names[n]} = {names[n]}" for n in sizes if any(size_argument(a) == n for a in fixed)]
    for a in parameters:
        assert isinstance(a.type, ArrayType)
        lines.append(f"        self.{a.name} = nn.Parameter(torch.empty({_shape(a.type.dims, names)}))")
    lines += ["        self.reset_parameters()", "", "    def reset_parameters(self) -> None:"]
    lines += [
        '        """Matrices as in nn.Linear, vectors zero, scalars one; the paper\'s own initialisation, if any, goes here."""'
    ]
    for a in parameters:
        assert isinstance(a.type, ArrayType)
        lines.append(f"        {_initial(a)}")
    signature = "".join(f", {parameter(a)}" for a in rest)
    passed = [f"{a.name}={a.name}" for a in rest]
    passed += [f"{a.name}=self.{a.name}" for a in parameters]
    passed += [f"{a.name}=self.{names[size_argument(a) or '']}" for a in fixed]
    lines += ["", f"    def forward(self{signature}) -> Tensor:", f'        """{shape_text(result_dims(f))}"""']
    lines += [f"        return equations.{f.name}({', '.join(passed)})"]
    return "\n".join(lines)


def _shape(dims: Sequence[Dim], names: Mapping[str, str]) -> str:
    texts = []
    for dim in dims:
        terms = []
        for monomial, coefficient in dim.terms:
            above = (
                [str(coefficient.numerator)]
                if coefficient.numerator != 1 or not any(p > 0 for _, p in monomial)
                else []
            )
            below = [str(coefficient.denominator)] if coefficient.denominator != 1 else []
            for name, power in monomial:
                (above if power > 0 else below).extend([names[name]] * abs(power))
            terms.append(" * ".join(above) + "".join(f" // {b}" for b in below))
        texts.append(" + ".join(terms).replace("+ -", "- ") or "0")
    return ", ".join(texts) if texts else "()"


def _initial(a: Argument) -> str:
    assert isinstance(a.type, ArrayType)
    rank = len(a.type.axes)
    if rank >= 2:
        return f"nn.init.kaiming_uniform_(self.{a.name}, a=5**0.5)"
    positive = a.domain in ("positive", "nonnegative") or any(w in a.meaning.lower() for w in ("gain", "scale"))
    return f"nn.init.{'ones_' if rank == 0 or positive else 'zeros_'}(self.{a.name})"


__all__ = ["class_name", "emit_layers", "learnable"]
