"""`optimisers.py` of a package: algorithms that are optimisers, as pure step functions and as `torch.optim.Optimizer`s."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..document import Algorithm
from ..ir.node import Arg, Argument, ArrayType, Const, Filled
from ..ir.optimiser import Optimiser, Setting, State
from .algorithms import AlgorithmModule, Writer
from .emitter import CannotEmit
from .equations import formatted, imports
from .inplace import Dialect, Item, many, plan, single, written


def emit_optimisers(
    found: Sequence[Optimiser], boxes: Mapping[str, Algorithm], title: str, source: str, sections: Mapping[str, str]
) -> AlgorithmModule:
    """The module ("" without optimisers). `sections` are printed numbers by section id."""
    texts, failed = [], {}
    for one in found:
        box = boxes[one.program.id]
        try:
            texts.append(_Class(one, box, sections.get(box.section, "")).text())
        except CannotEmit as problem:
            failed[one.program.id] = str(problem)
        except Exception as fault:
            failed[one.program.id] = f"a fault of paperc: {type(fault).__name__}: {fault}"
    done = frozenset(o.program.id for o in found if o.program.id not in failed)
    if not texts:
        return AlgorithmModule("", done, failed)
    body = "\n\n\n".join(texts)
    quote = "" if '"' in title else "r"
    head = f'{quote}"""{" ".join(title.split())} — {source}: the optimisers."""'
    if not quote:
        head = head.replace("\\", "\\\\")
    if "_assign(" in body:
        body = f"{_ASSIGN}\n\n\n{body}"
    lines = imports(body).replace("import Callable", "import Callable, Sequence")
    lines = lines.replace(
        "from torch import Tensor", "from torch import Tensor\nfrom torch.optim.optimizer import ParamsT"
    )
    return AlgorithmModule(formatted(f"{head}\n\n{lines}\n\n\n{body}\n"), done, failed)


_RESERVED = {"params", "foreach", "closure", "step", "self", "group", "state", "loss", "gradient"}

_ASSIGN = '''def _assign(params: Sequence[Tensor], vector: Tensor) -> None:
    """Write the parts of one long vector into the parameters."""
    for p, part in zip(params, vector.split([p.numel() for p in params]), strict=True):
        p.copy_(part.view_as(p))'''


@dataclass
class _Class:
    found: Optimiser
    box: Algorithm
    section: str

    def __post_init__(self) -> None:
        self.names = self.found.called
        taken = {*self.names.values(), *(s.name for s in self.found.state)}
        if taken & _RESERVED or len(set(self.names.values())) < len(self.names):
            raise CannotEmit("a setting or a state has a name that every optimiser uses itself")
        after = ", ".join([self.found.parameters, *(s.name for s in self.found.state)])
        heading = f"One step of {self.cite}, `{self.found.program.name}`."
        self.writer = Writer(self.found.step, self.box, self.section, heading, f"{after} after the step")

    @property
    def function(self) -> str:
        return self.found.step.name

    def text(self) -> str:
        found = self.found
        step = self.writer.text()
        try:
            items = plan(found, self.names) if found.form == "element-wise" and not found.ahead else None
        except CannotEmit:
            items = None
        if items is not None:
            parts = [step, self.in_place(items, single, ""), self.in_place(items, many, "s"), self.fused()]
        elif found.ahead or found.form == "vector":
            parts = [step, self.over_vector()]
        else:
            parts = [step, self.over_tensors()]
        return "\n\n\n".join(parts)

    # --- functions in place

    def in_place(self, items: Sequence[Item], dialect: Dialect, plural: str) -> str:
        found = self.found
        kind = "Sequence[Tensor]" if plural else "Tensor"
        tensors = [found.parameters, found.gradient, *(s.name for s in found.state)]
        signature = ", ".join(f"{n}: {kind}" for n in tensors)
        if found.counter:
            signature += f", {found.counter}: int"
        numbers = ", ".join(f"{self.names[s.argument.name]}: float" for s in found.settings)
        lines = list(written(items, dialect, self.writer.remark))
        what = "for many tensors at once" if plural else "for one tensor"
        doc = f'"""`{self.function}` in place, {what}."""'
        body = textwrap.indent("\n".join([doc, *lines]), "    ")
        return f"def _update{plural}_{found.program.name}({signature}, *, {numbers}) -> None:\n{body}"

    def fused(self) -> str:
        found, name = self.found, self.found.program.name
        states = [s.name for s in found.state]
        count = found.counter
        number = self.step_number()
        each = ", ".join(["p", "p.grad", *(f'state["{n}"]' for n in states), *([number] if count else [])])
        lists = ", ".join(
            [
                "[p for p, _ in chosen]",
                "[p.grad for p, _ in chosen]",
                *(f'[state["{n}"] for _, state in chosen]' for n in states),
                *([self.step_number("t")] if count else []),
            ]
        )
        group = f"same = {{name: group[name] for name in {tuple(self.names.values())!r}}}"
        begin = "\n".join(self.begun("p"))
        body = f"""
loss = None
if closure is not None:
    with torch.enable_grad():
        loss = closure()
for group in self.param_groups:
    {group}
    params = [p for p in group["params"] if p.grad is not None]
    for p in params:
        state = self.state[p]
        if not state:
{textwrap.indent(begin, " " * 12)}
        state["step"] += 1
    foreach = group["foreach"]
    if foreach is None:
        foreach = all(p.is_cuda for p in params)
    if not foreach:
        for p in params:
            state = self.state[p]
            _update_{name}({each}, **same)
        continue
    # Tensors that have made the same number of steps go together.
    for t in sorted({{self.state[p]["step"] for p in params}}):
        chosen = [(p, self.state[p]) for p in params if self.state[p]["step"] == t]
        _updates_{name}({lists}, **same)
return loss"""
        return self.whole(body, foreach=True, closure="Callable[[], Tensor] | None = None", note="")

    # --- classes over the pure function

    def over_tensors(self) -> str:
        found = self.found
        states = [s.name for s in found.state]
        begin = "\n".join(self.begun("p"))
        check = ""
        if found.form == "matrix":
            check = f'\n        if p.dim() != 2:\n            raise ValueError("{self.cite} is stated for matrices")'
        targets = ", ".join(["new", *(f'state["{n}"]' for n in states)])
        call = self.call("p", "p.grad", number=self.step_number())
        body = f"""
loss = None
if closure is not None:
    with torch.enable_grad():
        loss = closure()
for group in self.param_groups:
    for p in group["params"]:
        if p.grad is None:
            continue{check}
        state = self.state[p]
        if not state:
{textwrap.indent(begin, " " * 12)}
        state["step"] += 1
        {targets} = {call}
        p.copy_(new)
return loss"""
        return self.whole(body, foreach=False, closure="Callable[[], Tensor] | None = None", note="")

    def over_vector(self) -> str:
        """All parameters as one vector, as the paper has them: norms run over all of them, and points are asked for."""
        found = self.found
        states = [s.name for s in found.state]
        begin = "\n".join(self.begun(found.parameters))
        targets = ", ".join([found.parameters, *(f'state["{n}"]' for n in states)])
        gather = "torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in params])"
        if found.ahead:
            asked = f"""
def gradient(point: Tensor) -> Tensor:
    nonlocal loss
    _assign(params, point)
    with torch.enable_grad():
        value = closure()
    loss = value if loss is None else loss
    return {gather}
"""
            call = self.call(found.parameters, "gradient", number=self.step_number())
        else:
            asked = """
if closure is not None:
    with torch.enable_grad():
        loss = closure()
"""
            call = self.call(found.parameters, gather, number=self.step_number())
        kept = f"""
state = self.state[params[0]]
if not state:
{textwrap.indent(begin, "    ")}
state["step"] += 1
"""
        body = f"""
loss: Tensor | None = None
(group,) = self.param_groups
params = group["params"]
{found.parameters} = torch.cat([p.reshape(-1) for p in params])
{asked.strip()}
{kept if found.state or found.counter else ""}
{targets} = {call}
_assign(params, {found.parameters})
return loss"""
        closure = "Callable[[], Tensor]" if found.ahead else "Callable[[], Tensor] | None = None"
        note = "All parameters together are the paper's one vector, so there is one group."
        if found.ahead:
            note += " `step` needs a closure that clears the gradients, computes the loss and its gradients, and returns the loss: it is asked at other points than the parameters."
        return self.whole(body, foreach=False, closure=closure, note=note, single_group=True)

    # --- what the classes share

    @property
    def cite(self) -> str:
        number = f"Algorithm {self.box.number}" if self.box.number else self.found.program.id
        return f"{number}, §{self.section}" if self.section else number

    def step_number(self, count: str = 'state["step"]') -> str:
        """The number that the paper gives the step which `state["step"]` counts from one."""
        add = self.found.first - 1
        return count if not add else f"{count} {'+' if add > 0 else '-'} {abs(add)}"

    def begun(self, p: str) -> list[str]:
        """The state before the first step."""
        return ['state["step"] = 0', *(f'state["{s.name}"] = {self.start(s, p)}' for s in self.found.state)]

    def start(self, state: State, p: str) -> str:
        match state.start:
            case Const(value) if not state.tensor:
                return repr(float(value))
            case Const(value) | Filled(value):
                shape = self.state_shape(state)
                if shape is None:
                    return f"torch.zeros_like({p})" if value == 0 else f"torch.full_like({p}, {value!r})"
                axes = ", ".join(f"{p}.shape[{k}]" for k in shape)
                return f"{p}.new_zeros({axes})" if value == 0 else f"{p}.new_full(({axes},), {value!r})"
        if state.start == Arg(self.found.parameters):
            return f"{p}.clone()"
        raise CannotEmit(f"the state {state.name} starts as a formula")

    def state_shape(self, state: State) -> tuple[int, ...] | None:
        """The axes of the parameters that the state has; None for all."""
        whole = self.found.step.arguments[0].type
        if not isinstance(state.start, Filled) or not isinstance(whole, ArrayType):
            return None
        own, all_ = [a.dim for a in state.start.axes], [a.dim for a in whole.axes]
        if own == all_:
            return None
        if len(set(all_)) != len(all_) or not set(own) <= set(all_):
            raise CannotEmit(f"the state {state.name} has another shape than the parameters")
        return tuple(all_.index(d) for d in own)

    def call(self, theta: str, gradient: str, number: str) -> str:
        found = self.found
        given = [theta, gradient, *(f'state["{s.name}"]' for s in found.state), *([number] if found.counter else [])]
        given += [f'{s.argument.name}=group["{self.names[s.argument.name]}"]' for s in found.settings]
        return f"{self.function}({', '.join(given)})"

    def whole(self, body: str, *, foreach: bool, closure: str, note: str, single_group: bool = False) -> str:
        found = self.found
        settings = sorted(found.settings, key=lambda s: (s.argument.default is not None, s.argument.name != found.rate))
        names = [self.names[s.argument.name] for s in settings]
        signature = ", ".join(
            f"{n}: float" + (f" = {s.argument.default!r}" if s.argument.default is not None else "")
            for n, s in zip(names, settings)
        )
        defaults = ", ".join([*(f"{n}={n}" for n in names), *(["foreach=foreach"] if foreach else [])])
        extra = ", *, foreach: bool | None = None" if foreach else ""
        checks = [line for n, s in zip(names, settings) for line in _check(n, s.argument)]
        one = (
            [
                "if len(self.param_groups) != 1:",
                f'    raise ValueError("{self.cite} has one vector of parameters: one group")',
            ]
            if single_group
            else []
        )
        start = "\n".join([*checks, f"super().__init__(params, dict({defaults}))", *one])
        doc = textwrap.indent(self.docstring(settings, foreach, note), "    ")
        asks = (
            "asks `closure` for loss and gradients"
            if "None" not in closure
            else "`closure` computes loss and gradients anew"
        )
        return "\n".join(
            [
                f"class {found.class_name}(torch.optim.Optimizer):",
                doc,
                "",
                f"    def __init__(self, params: ParamsT, {signature}{extra}) -> None:",
                textwrap.indent(start, " " * 8),
                "",
                "    @torch.no_grad()",
                f"    def step(self, closure: {closure}) -> Tensor | None:",
                f'        """One step; {asks}."""',
                textwrap.indent(body.strip("\n"), " " * 8),
            ]
        )

    def docstring(self, settings: Sequence[Setting], foreach: bool, note: str) -> str:
        lines = [f"{self.cite}: {' '.join(self.box.caption.split())}".rstrip(": "), ""]
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 100) or [""])]
        if note:
            wrapped += [*textwrap.wrap(note, 100), ""]
        wrapped += ["Args:", "    params: tensors, or groups of them with settings of their own"]
        for s in settings:
            said = " ".join(s.argument.meaning.split())
            words = [s.argument.symbol, *([said] if said else [])]
            if s.kind != "number":
                words.append("set it anew for each step, as a scheduler does")
            if s.argument.default is not None:
                words.append(f"{s.argument.default!r} in the paper")
            wrapped += textwrap.wrap(
                f"{self.names[s.argument.name]}: {'; '.join(words)}",
                96,
                initial_indent="    ",
                subsequent_indent="        ",
            )
        if foreach:
            wrapped.append("    foreach: all tensors of a group in a few calls (None: where they are on a GPU)")
        text = "\n".join(wrapped).replace('"""', "'''")
        return f'r"""{text}\n"""'


_BOUNDS = {
    "positive": ("> 0", "{0} > 0"), "[0,1]": ("in [0, 1]", "0 <= {0} <= 1"), "[0,1)": ("in [0, 1)", "0 <= {0} < 1"),
    "(0,1)": ("in (0, 1)", "0 < {0} < 1"), "(0,1]": ("in (0, 1]", "0 < {0} <= 1"), "non-negative": (">= 0", "{0} >= 0"),
}  # fmt: skip


def _check(name: str, argument: Argument) -> list[str]:
    """What the paper says of a setting is asked of the user's value."""
    bound = _BOUNDS.get(argument.domain.replace(" ", ""))
    if bound is None:
        return []
    shown, test = bound
    return [f"if not {test.format(name)}:", f'    raise ValueError(f"{name} must be {shown}, not {{{name}}}")']
