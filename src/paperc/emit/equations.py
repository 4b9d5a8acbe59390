"""`equations.py` of a package: every compiled function as plain PyTorch, in the order in which they call each other."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..ir.dims import Dim
from ..ir.node import Argument, ArrayType, Build, CallCompiled, Function, FunctionType, HoleType, Node
from ..ir.shapes import domain_axis, size_argument, walk
from . import access, calls, elementwise, linear, reduce  # noqa: F401  (they register the emissions)
from .emitter import CannotEmit, Emitted, Emitter, NotVectorised, State
from .names import identifier
from .samples import samples
from .sharing import shared
from .values import Value


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an equation stands in the paper."""

    latex: str = ""
    number: str | None = None
    section: str = ""

    @property
    def cite(self) -> str:
        """ "Eq. (4), §3.2"."""
        parts = [f"Eq. ({self.number})"] if self.number else []
        return ", ".join([*parts, *([f"§{self.section}"] if self.section else [])])


@dataclass(frozen=True, slots=True)
class Context:
    """What the header and the docstrings say of the paper."""

    title: str = ""
    source: str = ""
    """Identifier with version, or the file's name and hash."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """By a function's id or its equation's id."""
    dims: Mapping[str, str] = field(default_factory=dict)
    """Meanings of named sizes, by their LaTeX."""
    assumptions: Mapping[str, str] = field(default_factory=dict)
    """Sentences for the choices, by id ("A3")."""

    def origin(self, function: Function) -> Origin:
        return self.origins.get(function.id) or self.origins.get(function.equation or "") or Origin()


@dataclass(frozen=True, slots=True)
class Module:
    """The text of `equations.py`, and what could not be emitted (function id → reason)."""

    text: str
    emitted: Mapping[str, Emitted]
    failed: Mapping[str, str]


def emit_equations(functions: Sequence[Function], context: Context | None = None) -> Module:
    """Plain PyTorch for all functions. One that cannot be emitted (or calls one) is left out, with the reason."""
    context = context or Context()
    by_id = {f.id: f for f in functions}
    emitted: dict[str, Emitted] = {}
    failed: dict[str, str] = {}
    texts: list[str] = []
    for function in in_order(functions):
        try:
            text, entry = emit_function(function, by_id, emitted, context)
        except CannotEmit as problem:
            failed[function.id] = str(problem)
            continue
        except Exception as fault:
            # A fault of ours takes one function with it, not the package; it is counted as a gap.
            failed[function.id] = f"a fault of paperc: {type(fault).__name__}: {fault}"
            continue
        emitted[function.id] = entry
        texts.append(text)
    names = [(n, e.alias) for n, e in ((emitted[f].name, emitted[f]) for f in emitted)]
    aliases = [f"{alias} = {name}" for name, alias in names if any(re.search(rf"\b{alias}\(", t) for t in texts)]
    if aliases:
        texts.append("# The same under names that no argument hides.\n" + "\n".join(aliases))
    body = "\n\n\n".join(texts)
    text = formatted("\n\n".join([_header(functions, context), imports(body)]) + "\n\n\n" + body + "\n")
    return Module(text, emitted, failed)


def in_order(functions: Sequence[Function]) -> list[Function]:
    """Callees before callers, the given order else."""
    by_id = {f.id: f for f in functions}
    done: dict[str, Function] = {}
    path: list[str] = []

    def visit(function: Function) -> None:
        if function.id in done or function.id in path:
            return
        path.append(function.id)
        for node in walk(function.body):
            if isinstance(node, CallCompiled) and node.function in by_id:
                visit(by_id[node.function])
        path.pop()
        done[function.id] = function

    for function in functions:
        visit(function)
    return list(done.values())


def emit_function(
    function: Function, functions: Mapping[str, Function], emitted: Mapping[str, Emitted], context: Context
) -> tuple[str, Emitted]:
    """The text of one function. Raises CannotEmit with the reason."""
    lines, value, state = emit_body(function, functions, emitted)
    lines = _used([*lines, f"return {value.text}"])
    arguments = ordered(function.arguments)
    batchable = frozenset(a.name for a in arguments if a.name not in state.unbatchable and _is_array(a))
    required = len([a for a in arguments if a.default is None])
    entry = Emitted(function.name, tuple(a.name for a in arguments), required, batchable, state.generator, value.kind)
    signature = ", ".join(parameter(a) for a in arguments)
    if state.generator:
        signature += (", " if signature else "") + "*, generator: torch.Generator | None = None"
    head = f"def {function.name}({signature}) -> Tensor:"
    doc = docstring(function, context, samples(function, functions))
    notes = [f"# ASSUMED {a}: {context.assumptions.get(a, '')}".rstrip(": ") for a in function.assumed]
    return "\n".join([head, textwrap.indent("\n".join([doc, *notes, *lines]), "    ")]), entry


def emit_body(
    function: Function, functions: Mapping[str, Function], emitted: Mapping[str, Emitted]
) -> tuple[list[str], Value, State]:
    """What stands before the result, and the result, of one function. Raises CannotEmit with the reason."""
    from .stabilise import stable

    body: Node = shared(stable(function.body, function, functions), function, emitted)
    for index in reversed(function.indices):
        body = Build(index, body)
    known = State()
    for _ in range(4):
        emitter = Emitter(function, functions, emitted, known)
        try:
            value = emitter.emit(body)
        except NotVectorised as problem:
            raise CannotEmit(f"an index that can be neither an axis nor a loop ({problem})") from None
        state = emitter.state
        if state.tensors.keys() <= known.tensors.keys() and state.real_indices.keys() <= known.real_indices.keys():
            break
        # What this pass found out about scalars and index numbers changes how others are written.
        known.tensors |= state.tensors
        known.real_indices |= state.real_indices
    state.tensors = known.tensors
    return [*_prelude(emitter, state), *state.lines], value, state


def _is_array(argument: Argument) -> bool:
    return isinstance(argument.type, ArrayType)


def ordered(arguments: Sequence[Argument]) -> list[Argument]:
    """Arguments without a default first."""
    return [*(a for a in arguments if a.default is None), *(a for a in arguments if a.default is not None)]


def _prelude(emitter: Emitter, state: State) -> list[str]:
    lines = []
    sorts = {a.name: a.type.sort for a in emitter.function.arguments if isinstance(a.type, ArrayType)}
    for name in state.tensors:
        if sorts.get(name) in ("boolean", "stored"):
            lines.append(f"{name} = torch.as_tensor({name})")
            continue
        # A 0-d double leaves the dtype of the arrays that it meets as it is.
        lines.append(f"{name} = as_tensor({name})")
    lines += [f"{emitter.namer.size(n)} = {text}" for n, text in state.sizes.items()]
    lines += [f"{name} = {state.arange_lines[index]}" for index, name in state.aranges.items()]
    return lines


def _used(lines: list[str]) -> list[str]:
    """Without assignments that nothing reads (a size that a loop over elements does not need after all)."""
    kept: list[str] = []
    for line in reversed(lines):
        name = line.partition(" = ")[0]
        if not name.isidentifier() or any(re.search(rf"\b{name}\b", later) for later in kept):
            kept.append(line)
    return kept[::-1]


def parameter(a: Argument) -> str:
    if isinstance(a.type, HoleType):
        kind = f"Callable[..., {hole_result(a.type)}]"
    elif isinstance(a.type, FunctionType):
        kind = "Callable[..., Tensor]"
    elif a.type.sort == "object":
        kind = "Any"
    elif a.type.axes:
        kind = "Tensor"
    elif size_argument(a) is not None:
        kind = "int"
    elif a.type.sort == "stored":
        kind = "int | Tensor"
    else:
        kind = "float | Tensor"
    return f"{a.name}: {kind}" + (f" = {a.default!r}" if a.default is not None else "")


def hole_result(kind: HoleType) -> str:
    """What a function that stands for a line of words gives."""
    match kind.form:
        case "condition":
            return "bool"
        case "items":
            return "Iterable[Any]"
    return "Any" if kind.gives else "None"


def shape_text(dims: Sequence[Dim]) -> str:
    """`(n, d_k)`; "scalar" without axes."""
    return f"({', '.join(dim_text(d) for d in dims)}{',' if len(dims) == 1 else ''})" if dims else "scalar"


def dim_text(dim: Dim) -> str:
    """A size in code's names: `2 N`, `h d_v`."""
    named = {n: Dim.of(f"n_{n[1:]}" if n[0] == "?" else n[1:] if n[0] in "#@" else identifier(n)) for n in dim.names}
    return str(dim.replace(named))


def result_dims(function: Function) -> tuple[Dim, ...]:
    """The shape of the value: free indices, then the own shape."""
    return (*(domain_axis(i).dim for i in function.indices), *function.result.dims)


def docstring(function: Function, context: Context, any_elements: Collection[str] = ()) -> str:
    """Raw, with the citation, the equation once, arguments (`any_elements`: of samples of any shape) and assumptions."""
    origin = context.origin(function)
    lines = [f"{origin.cite or function.id}.", ""]
    if origin.latex:
        lines += [
            *textwrap.wrap(" ".join(origin.latex.split()), 100, break_long_words=False, break_on_hyphens=False),
            "",
        ]
    if function.arguments:
        lines.append("Args:")
        for a in ordered(function.arguments):
            lines.append(f"    {a.name}: {argument_text(a, a.name in any_elements)}")
    dims = result_dims(function)
    lines += ["Returns:", f"    {function.symbol}, {shape_text(dims)}"]
    for note in function.notes:
        lines += ["", *textwrap.wrap(note, 100)]
    text = "\n".join(lines).replace('"""', "'''")
    if text.endswith(("\\", '"')):
        text += " "
    return f'r"""{text}\n"""'


def argument_text(a: Argument, any_elements: bool = False) -> str:
    symbol = f"{a.symbol}, " if a.symbol != a.name else ""
    if isinstance(a.type, HoleType):
        return _hole_text(a, a.type)
    if isinstance(a.type, FunctionType):
        takes = ", ".join(shape_text(t.dims) for t in a.type.arguments)
        shape = f"function of {takes or 'nothing'} giving {shape_text(a.type.result.dims)}"
    else:
        shape = shape_text(a.type.dims)
        if a.type.sort == "object":
            shape = "of any kind"
        elif a.type.sort == "stored":
            shape += ", zero-based"
        elif a.type.sort == "boolean":
            shape += ", true or false"
        elif any_elements:
            shape += ", of numbers or of arrays of one shape"
    meaning = f"; {' '.join(a.meaning.split())}" if a.meaning else ""
    source = f" (default from {a.claim})" if a.claim and a.default is not None else ""
    return f"{symbol}{shape}{meaning}{source}"


def _hole_text(a: Argument, kind: HoleType) -> str:
    """`stands for line 3: “…”; called with (m, D), gives x, (n,)`."""
    given = ", ".join(
        f"{n} {'(any kind)' if t.sort == 'object' else shape_text(t.dims)}" for n, t in zip(kind.gives, kind.results)
    )
    what = {"condition": "says yes or no", "items": f"gives a sequence of {given}"}.get(kind.form) or (
        f"gives {given}" if given else "called for its effect, gives nothing"
    )
    return f"stands for {' '.join(a.meaning.split())}; takes ({', '.join(kind.takes)}), {what}"


def _header(functions: Sequence[Function], context: Context) -> str:
    title = context.title or "Equations"
    lines = [f"{' '.join(title.split())}{' — ' + context.source if context.source else ''}: the equations.", ""]
    dims: dict[str, str] = {}
    glossary: dict[str, str] = {}
    for f in functions:
        for a in f.arguments:
            if isinstance(a.type, ArrayType):
                for dim in a.type.dims:
                    for name in dim.names:
                        if name[0] not in "?#@":
                            dims.setdefault(identifier(name), context.dims.get(name, ""))
            if a.meaning:
                glossary.setdefault(a.name, " ".join(a.meaning.split()))
    if dims:
        lines.append("Sizes: " + ", ".join(f"{n}{f' ({m})' if m else ''}" for n, m in dims.items()) + ".")
    wrapped = []
    for line in lines:
        wrapped += textwrap.wrap(line, 110) or [""]
    if glossary:
        wrapped += ["", "Symbols:", *(f"    {n}: {m}" for n, m in glossary.items())]
    text = "\n".join(wrapped).replace('"""', "'''")
    return f'r"""{text}\n"""'


_AS_TENSOR = '''def as_tensor(x: float | Tensor) -> Tensor:
    """A number as a 0-d tensor; Python's numbers are double precision."""
    return x if isinstance(x, Tensor) else torch.tensor(x, dtype=torch.float64)'''


_MATRIX_SQRT = '''def matrix_sqrt(A: Tensor) -> Tensor:
    """The square root of a symmetric positive semi-definite matrix."""
    values, vectors = torch.linalg.eigh(A)
    return vectors * values.clamp(min=0).sqrt()[..., None, :] @ vectors.mT'''


def imports(body: str) -> str:
    lines = ["from __future__ import annotations", ""]
    if "math." in body:
        lines.append("import math")
    if "Callable[" in body:
        more = ", Iterable" if "Iterable[" in body else ""
        lines.append(f"from collections.abc import Callable{more}")
    if re.search(r"\bAny\b", body):
        lines.append("from typing import Any")
    if lines[-1]:
        lines.append("")
    lines.append("import torch")
    if "F." in body:
        lines.append("import torch.nn.functional as F")
    lines.append("from torch import Tensor")
    if "as_tensor(" in body.replace("torch.as_tensor(", ""):
        lines += ["", "", _AS_TENSOR]
    if "matrix_sqrt(" in body:
        lines += ["", "", _MATRIX_SQRT]
    return "\n".join(lines)


def formatted(text: str) -> str:
    """Formatted by ruff, with unused imports removed; the text itself where ruff is not to be had."""
    for command in (["check", "--select", "F401,I", "--fix", "-q"], ["format", "-q"]):
        run = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "110", "--stdin-filename", "equations.py", "-"],
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if run.returncode == 0 and run.stdout.strip():
            text = run.stdout
    return text
