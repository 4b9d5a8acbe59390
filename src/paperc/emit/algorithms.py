"""`algorithms.py` of a package: every compiled box as one plain function, each statement beside the line that it is from."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..document import Algorithm
from ..formula import ascii_name, parse
from ..formula.tree import Node
from ..ir.dims import Dim
from ..ir.node import Arg, ArrayType, Axis, Filled, Function
from ..ir.program import (
    Branch,
    Call,
    Cell,
    Collect,
    Do,
    Each,
    Element,
    Expression,
    Give,
    Instruction,
    Loop,
    Program,
    Set,
    Store,
    WhileLoop,
    Write,
    instructions,
)
from .emitter import CannotEmit
from .equations import argument_text, emit_body, formatted, imports, parameter, result_dims, shape_text


@dataclass(frozen=True, slots=True)
class AlgorithmModule:
    """The text of `algorithms.py` ("" without any algorithm), and what could not be emitted (id → reason)."""

    text: str
    emitted: frozenset[str]
    failed: Mapping[str, str]


def emit_algorithms(
    programs: Sequence[Program], boxes: Mapping[str, Algorithm], title: str, source: str, sections: Mapping[str, str]
) -> AlgorithmModule:
    """Plain PyTorch for all programs. `sections` are printed numbers by section id."""
    texts, failed = [], {}
    for program in programs:
        box = boxes[program.id]
        try:
            texts.append(Writer(program, box, sections.get(box.section, "")).text())
        except CannotEmit as problem:
            failed[program.id] = str(problem)
        except Exception as fault:
            failed[program.id] = f"a fault of paperc: {type(fault).__name__}: {fault}"
    done = frozenset(p.id for p in programs if p.id not in failed)
    if not texts:
        return AlgorithmModule("", done, failed)
    body = "\n\n\n".join(texts)
    head = (
        f'r"""{" ".join(title.split())} — {source}: the algorithms."""'.replace("\\", "\\\\")
        if '"' in title
        else f'r"""{" ".join(title.split())} — {source}: the algorithms."""'
    )
    return AlgorithmModule(formatted("\n\n".join([head, imports(body)]) + "\n\n\n" + body + "\n"), done, failed)


@dataclass
class Writer:
    """One program as a function."""

    program: Program
    box: Algorithm
    section: str
    heading: str = ""
    """The first words of the docstring (default: number and caption of the box)."""
    gives: str = ""
    """What the docstring says of the value (default: its shape)."""
    hoisted: dict[str, None] = field(default_factory=dict)
    generator: bool = False
    tensors: frozenset[str] = frozenset()
    """Variables that hold tensors for certain here."""

    def text(self) -> str:
        p = self.program
        self.tensors = frozenset(a.name for a in p.arguments if isinstance(a.type, ArrayType) and a.type.axes)
        body = self.block(p.body)
        signature = ", ".join(parameter(a) for a in p.arguments)
        if self.generator:
            signature += (", " if signature else "") + "*, generator: torch.Generator | None = None"
        count = max((len(s.values) for s in instructions(p.body) if isinstance(s, Give)), default=0)
        kinds = self.returned(count)
        result = kinds[0] if len(kinds) == 1 else f"tuple[{', '.join(kinds)}]" if kinds else "None"
        sizes = [f"{ascii_name(_tree(n))} = {self.size(n)}" for n in p.sizes]
        series = [f"{name}: dict[int, Tensor] = {{}}  # by the paper's numbers" for name in p.series]
        lead = [line for line in body if line.startswith("# start")]
        rest = [line for line in body if not line.startswith("# start")]
        starts = [line.removeprefix("# start ") for line in lead]
        hoisted = [h for h in self.hoisted if h not in sizes]
        code = "\n".join(map(_code, (*hoisted, *rest)))
        sizes = [s for s in sizes if re.search(rf"\b{s.partition(' ')[0]}\b", code)]
        copies = [f"{name} = {name}.clone()" for name in p.copied]
        lines = [self.docstring(), *starts, *copies, *sizes, *hoisted, *series, *rest]
        return f"def {p.name}({signature}) -> {result}:\n" + textwrap.indent("\n".join(lines), "    ")

    # --- statements

    def block(self, body: Sequence[Instruction], shown: int = -1) -> list[str]:
        """The statements with the printed line above each; `shown` is the line that stands above the block."""
        lines: list[str] = []
        for step in body:
            if step.line >= 0 and step.line != shown:
                lines.append(self.remark(step.line))
                shown = step.line
            lines += self.statement(step)
        return lines or ["pass"]

    def statement(self, step: Instruction) -> list[str]:
        match step:
            case Set(target, value, line, saves):
                before, text = self.expression(value)
                if line < 0:
                    number = value.function.arguments[0].type == ArrayType()
                    self.tensors |= {target}
                    return [f"# start {target} = {f'as_tensor({text})' if number else text}"]
                if any(re.search(rf"\b{name}\b", text) for name in self.tensors) or text.startswith("torch."):
                    self.tensors |= {target}
                else:
                    self.tensors -= {target}
                saved = [f"{saves} = {target}"] if saves else []
                if saves and re.search(rf"\b{saves}\b", text):
                    raise CannotEmit(f"the value before of {target} is read while it is replaced")
                return [*before, *saved, f"{target} = {text}"]
            case Store(series, number, value, _):
                before, text = self.expression(value)
                return [*before, f"{series}[{self.number(number)}] = {text}"]
            case Write(cell, value, _):
                before, text = self.expression(value)
                return [*before, f"{self.place(cell)} = {text}"]
            case Do(targets, call, _, saves):
                names = [t if isinstance(t, str) else f"{t.array}[{self.number(t.number)}]" for t in targets]
                self.tensors -= set(names)
                kept = [f"{saved} = {name}" for saved, name in zip(saves, names) if saved]
                text = self.called(call)
                return [*kept, f"{', '.join(names)} = {text}" if names else text]
            case Each(targets, items, body, _):
                self.tensors -= set(targets)
                over = self.called(items) if isinstance(items, Call) else items
                outside = self.tensors
                inner = self.block(body)
                self.tensors = outside & self.tensors
                return [f"for {', '.join(targets)} in {over}:", *_indented(inner)]
            case Loop(variable, first, last, down, body, _):
                before, low = self.expression(first)
                more, high = self.expression(last)
                outside, self.tensors = self.tensors, self.tensors - {variable}
                inner = self.block(body)
                self.tensors = outside & self.tensors
                name = variable if any(re.search(rf"\b{variable}\b", _code(x)) for x in inner) else "_"
                if down:
                    head = f"for {name} in range({low}, {plus(high, -1)}, -1):"
                elif name == "_" and low == "1":
                    head = f"for _ in range({high}):"
                else:
                    head = f"for {name} in range({low}, {plus(high, 1)}):"
                head = head.replace("range(0, ", "range(") if not down else head
                return [*before, *more, head, *_indented(inner)]
            case WhileLoop(condition, body, _, until):
                before, text = self.test(condition)
                inner = self.block(body)
                if until:
                    return ["while True:", *_indented([*inner, *before, f"if {text}:", "    break"])]
                if before:
                    return ["while True:", *_indented([*before, f"if not ({text}):", "    break", *inner])]
                return [f"while {text}:", *_indented(inner)]
            case Branch(branches, _):
                out: list[str] = []
                for k, (test, block) in enumerate(branches):
                    before, text = self.test(test) if test is not None else ([], "")
                    if before and k:
                        raise CannotEmit("a branch whose condition needs statements of its own")
                    out += before
                    word = "if" if k == 0 else "elif"
                    out += [
                        f"{word} {text}:" if test is not None else "else:",
                        *_indented(self.block(block, step.line)),
                    ]
                return out
            case Give(values, _):
                before, texts = [], []
                for given in values:
                    if isinstance(given, Collect):
                        start, end = self.number(given.first), plus(self.number(given.last), 1)
                        texts.append(f"torch.stack([as_tensor({given.series}[k]) for k in range({start}, {end})])")
                        continue
                    lines, text = self.expression(given)
                    before += lines
                    kind = given.function.result
                    number = not kind.axes and not given.function.indices and kind.sort != "object"
                    texts.append(f"as_tensor({text})" if number else text)
                return [*before, f"return {', '.join(texts)}"]
        raise CannotEmit(f"{type(step).__name__} has no emission")

    # --- expressions

    def test(self, condition: Expression | Call) -> tuple[list[str], str]:
        return ([], self.called(condition)) if isinstance(condition, Call) else self.expression(condition)

    def called(self, call: Call) -> str:
        """The call of a hole: variables and elements as they are."""
        given = [
            a if isinstance(a, str) else f"{a.array}[{plus(self.number(a.number), -a.base)}]" for a in call.arguments
        ]
        return f"{call.function}({', '.join(given)})"

    def returned(self, count: int) -> list[str]:
        """The kinds of what is returned."""
        kinds = ["Tensor"] * count
        for step in instructions(self.program.body):
            for k, value in enumerate(step.values if isinstance(step, Give) else ()):
                if isinstance(value, Expression) and value.function.result.sort == "object":
                    kinds[k] = "Any"
        return kinds

    def expression(self, value: Expression) -> tuple[list[str], str]:
        match value.function:
            case Function(indices=(), body=Filled(fill, axes)) if like := self.like(axes):
                return [], f"torch.zeros_like({like})" if fill == 0 else f"torch.full_like({like}, {fill!r})"
        lines, found, state = emit_body(value.function, {}, {})
        self.generator = self.generator or state.generator
        text = found.text
        for counter in self.counters:
            # A counter stays a whole number; its value as a tensor has another name.
            if any(re.match(rf"{counter} = (?:torch\.)?as_tensor\({counter}\b", line) for line in lines):
                text = re.sub(rf"\b{counter}\b", f"{counter}_value", text)
                lines = [
                    re.sub(rf"\b{counter}\b", f"{counter}_value", line)
                    if not line.startswith(f"{counter} = ")
                    else f"{counter}_value = " + line.partition(" = ")[2]
                    for line in lines
                ]
        for name, element in value.elements.items():
            shown = self.place(element)
            if isinstance(element, Cell) and text == name and element.array in self.program.copied:
                shown += ".clone()"  # the value as it is now, whatever is written later
            lines = [re.sub(rf"\b{name}\b", shown, line) for line in lines if not re.match(rf"{name} = ", line)]
            text = re.sub(rf"\b{name}\b", shown, text)
        kept = []
        used = [*lines, text]
        for k, line in enumerate(lines):
            name = line.partition(" = ")[0]
            if name.isidentifier() and not any(re.search(rf"\b{name}\b", x) for x in used[k + 1 :]):
                continue
            again = re.fullmatch(
                r"(\w+) = (?:torch\.)?as_tensor\((\w+)(?:, dtype=\w+\.dtype, device=\w+\.device)?\)", line
            )
            if again and again[1] == again[2] and again[1] in self.tensors:
                continue
            if self._movable(line):
                self.hoisted[self._typed(line)] = None
            else:
                kept.append(self._typed(line))
        return kept, self._typed(text)

    def place(self, element: Element | Cell) -> str:
        """An element in Python: `r[t - 1]`, `D[i - 1, k - 1]`."""
        if isinstance(element, Element):
            return f"{element.array}[{plus(self.number(element.number), -element.base)}]"
        shown = []
        for number, base in zip(element.numbers, element.bases, strict=True):
            if number is None:
                shown.append(":")
                continue
            lines, text = self.expression(number)
            if lines:
                raise CannotEmit("the place of an element needs statements of its own")
            shown.append(plus(text, -base) if base else text)
        return f"{element.array}[{', '.join(shown)}]"

    def _movable(self, line: str) -> bool:
        """A conversion of an argument, or the size of one: the same wherever it stands, so it stands once, in front."""
        names = {a.name for a in self.program.arguments}
        size = re.fullmatch(r"\w+ = (\w+)\.shape\[-?\d+\]", line)
        if size:
            return size[1] in names
        number = re.match(r"(\w+) = as_tensor\((\w+)\)$", line)
        return bool(number and number[1] == number[2] and number[1] in names)

    def _typed(self, text: str) -> str:
        """New arrays take the dtype of the inputs."""
        reference = next(
            (
                a.name
                for a in self.program.arguments
                if isinstance(a.type, ArrayType) and a.type.axes and a.type.sort == "real"
            ),
            "",
        )
        if reference and "as_tensor" not in text.split("=")[0]:
            return re.sub(
                r"dtype=torch\.float64(, device=\w+\.device)?",
                f"dtype={reference}.dtype, device={reference}.device",
                text,
            )
        return text

    def like(self, axes: tuple[Axis, ...]) -> str:
        """An argument that has this shape."""
        return next(
            (
                a.name
                for a in self.program.arguments
                if isinstance(a.type, ArrayType)
                and a.type.sort == "real"
                and axes
                and a.type.dims == ArrayType(axes).dims
            ),
            "",
        )

    def number(self, function: Function) -> str:
        lines, found, _ = emit_body(function, {}, {})
        if lines:
            raise CannotEmit("the number of a step needs statements of its own")
        return found.text

    def size(self, name: str) -> str:
        for a in self.program.arguments:
            if isinstance(a.type, ArrayType):
                for k, axis in enumerate(a.type.axes):
                    if axis.dim == Dim.of(name):
                        return f"{a.name}.shape[{k - len(a.type.axes)}]"
        raise CannotEmit(f"no argument tells the size {name}")

    @property
    def counters(self) -> list[str]:
        """Names that are whole numbers in Python: loop variables and sizes."""
        return [
            *(s.variable for s in instructions(self.program.body) if isinstance(s, Loop)),
            *(a.name for a in self.program.arguments if _whole(a.type)),
        ]

    # --- words

    def results(self, given: Give) -> str:
        if len(given.values) == 1:
            kind = self.program.result
            return "a value of any kind" if kind.sort == "object" else shape_text(kind.dims)
        shown = []
        for value in given.values:
            if isinstance(value, Collect):
                shown.append(value.series)
                continue
            function, kind = value.function, value.function.result
            name = function.body.name if isinstance(function.body, Arg) else function.symbol
            free = result_dims(function)
            shown.append(f"{name}, {'of any kind' if kind.sort == 'object' else shape_text(free)}")
        return "; ".join(shown)

    def remark(self, line: int) -> str:
        printed = self.box.lines[line]
        number = printed.number or str(line + 1)
        text = " ".join(printed.text.split())
        return f"# {number}: {text if len(text) < 100 else text[:97] + '…'}"

    def docstring(self) -> str:
        p = self.program
        where = [f"Algorithm {self.box.number}"] if self.box.number else []
        where += [f"§{self.section}"] if self.section else []
        first = self.heading or f"{', '.join(where) or p.id}: {' '.join(self.box.caption.split())}".rstrip(": ")
        lines = [first, ""]
        wrapped = [part for line in lines for part in (textwrap.wrap(line, 100) or [""])]
        if p.arguments:
            wrapped += ["Args:", *(f"    {a.name}: {argument_text(a)}" for a in p.arguments)]
        given = [s for s in instructions(p.body) if isinstance(s, Give)]
        results = self.results(given[0]) if given else "nothing; it is run for what its calls do"
        wrapped += ["Returns:", f"    {self.gives or results}"]
        for note in p.notes:
            wrapped += ["", *textwrap.wrap(note, 100)]
        text = "\n".join(wrapped).replace('"""', "'''")
        return f'r"""{text}\n"""'


def plus(text: str, add: int) -> str:
    """`t - 1` plus one is `t`."""
    match = re.fullmatch(r"(.*?)(?: ([+-]) (\d+))?", text)
    assert match is not None
    base, total = match[1], int(match[3] or 0) * (-1 if match[2] == "-" else 1) + add
    if re.fullmatch(r"-?\d+", text):
        return str(int(text) + add)
    if not re.fullmatch(r"\w+", base):
        base, total = f"({text})" if " " in text else text, add
    if total == 0:
        return base
    return f"{base} {'+' if total > 0 else '-'} {abs(total)}"


def _whole(kind: object) -> bool:
    return isinstance(kind, ArrayType) and not kind.axes and kind.sort == "integer"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _code(line: str) -> str:
    """A line without its remark."""
    return "" if line.lstrip().startswith("#") else line


def _tree(latex: str) -> Node:
    return parse(latex).statements[0]
