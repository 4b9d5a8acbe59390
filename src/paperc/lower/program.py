"""Algorithms to typed programs: every expression of a box is compiled like an equation, over the variables so far.

Shapes go round until they settle: an assignment tells the shape of its target, and a use tells the shape of an input. What
nothing tells stays element-wise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..formula import ascii_name, canonical, plain
from ..formula.tree import Group, Juxtaposition, List, Node, Number, Symbol
from ..ir.dims import Dim
from ..ir.flow import left_behind, needed, sizes_read
from ..ir.node import Arg, Argument, ArrayType, Axis, Const, Filled, Function, FunctionType, HoleType, Op, Sample, Type
from ..ir.node import Call as CallNode
from ..ir.node import Node as IR
from ..ir.program import (
    Branch,
    Call,
    Collect,
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
from ..spec.algorithms import (
    Assign,
    Condition,
    Declare,
    Draw,
    Endless,
    Ensure,
    For,
    Hole,
    If,
    Remark,
    Return,
    Step,
    While,
)
from ..spec.algorithms import Each as EachStep
from .index import as_dim, is_letter, rebuilt, split, unwrapped, walk
from .program_expressions import short
from .program_holes import Holes
from .program_variables import LineRefusal, Variable, tree_named
from .refusal import Mismatch, Refusal
from .timeline_names import GRADIENT

MAX_ROUNDS = 8


class BoxCompiler(Holes):
    """Compiles one box; `program` gives the result or raises a refusal with its line."""

    # --- the whole

    def program(self, name: str) -> Program:
        self._declare()
        self._stored_places()
        for key, (_, printed) in self.t.starts.items():
            given = self.vars.get(plain(printed)) or self._new(printed)
            self.in_formulas.add(given.name)
            if isinstance(given.type, ArrayType):
                self._array_type(self.t.series[key], given.type, series=True)
        try:
            body = self._settled()
        except LineRefusal as at:
            if at.refusal.code != "unknown-size" or not self.drawn:
                raise
            for variable in self.drawn.values():
                # A vector of noise whose size nothing tells: its size is an argument.
                variable.type = ArrayType((Axis(self._soft()),))
            body = self._settled()
        for size in self._open_sizes():
            self._substitute(size, Dim.of(self._fresh()))
        body = self._settled()
        if self._objects():
            body = self._settled()
        if not any(isinstance(i, Give) for i in instructions(body)):
            body = (*body, *self._remains(body))
        body = (*self._series_starts(), *body)
        arguments, sizes, start = self._arguments(body)
        taken = {a.name for a in arguments} | {v.name for k, v in self.vars.items() if not k.startswith("series ")}
        for key in self.t.series:
            if self._series_name(key) in taken:
                raise Refusal("names", f"the series {canonical(self.t.series[key])} has the name of another symbol")
        return Program(
            self.box.algorithm.id, None, name, self.box.algorithm.caption or name, arguments, (*start, *body),
            self.result or ArrayType((), "object"), series=tuple(self._series_name(k) for k in self.t.series), sizes=sizes,
            copied=tuple(dict.fromkeys(i.cell.array for i in instructions(body) if isinstance(i, Write))),
            random=self.random, holes=tuple(a.name for a in arguments if isinstance(a.type, HoleType)),
            notes=tuple(self.t.notes),
        )  # fmt: skip

    def _stored_places(self) -> None:
        """Given symbols that pick entries of tables hold whole numbers, from zero."""
        for name in sorted(self.t.stored):
            variable = self.vars.get(name) or self._new(tree_named(name))
            variable.sort, variable.domain, variable.default = "stored", "label", None
            if isinstance(variable.type, ArrayType):
                variable.type = replace(variable.type, sort="stored")

    def _series_starts(self) -> list[Instruction]:
        """`w[1] = w_1`: the first version of a series is given."""
        out: list[Instruction] = []
        for key, (number, printed) in self.t.starts.items():
            array = self.t.series[key]
            series = self.vars.get(f"series {plain(array)}")
            if series is None:
                continue
            given = self.vars[plain(printed)]
            kind = series.type if isinstance(series.type, ArrayType) else ArrayType((), series.sort)
            given.type = given.type or kind
            argument = Argument(given.name, canonical(printed), kind)
            value = Expression(
                Function("start", None, "value", canonical(printed), (argument,), (), Arg(given.name), kind)
            )
            out.append(Store(series.name, self._number(number, -1), value, -1))
        return out

    def _remains(self, body: tuple[Instruction, ...]) -> tuple[Instruction, ...]:
        """What a box that returns nothing leaves behind, as its result."""
        by_name = {v.name: v for k, v in self.vars.items() if not k.startswith("series ")}
        values = []
        carried = {v.name for tree in self.t.carried.values() if (v := self.vars.get(plain(tree))) is not None}
        changed = needed(body, set())
        for name in left_behind(body):
            v = by_name[name]
            if name in carried and name not in changed:
                why = f"the box returns nothing, and only the last of all {canonical(v.tree)} would be left"
                raise Refusal("no-result", why, "a line that says what is returned")
            if isinstance(v.type, FunctionType):
                continue
            kind = v.type or ArrayType((), v.sort)
            argument = Argument(name, canonical(v.tree), kind)
            values.append(
                Expression(Function("left", None, "value", canonical(v.tree), (argument,), (), Arg(name), kind))
            )
            self.result = self.result or kind
        if not values:
            if not self.called:
                raise Refusal("no-result", "the box returns nothing", "a line that says what is returned")
            return ()
        self.t.notes.append("the paper does not say what is returned: what the lines leave behind")
        return (Give(tuple(values), -1),)

    def _settled(self) -> tuple[Instruction, ...]:
        """Rounds over all statements until no type changes. A size that is unknown now may be told further down."""
        for _ in range(MAX_ROUNDS):
            self.changed, self.waiting = False, None
            body = self._steps(self.t.steps)
            if not self.changed:
                if self.waiting is not None:
                    raise self.waiting
                return body
        raise Refusal("unsolved", "the shapes of the variables do not settle")

    # --- statements

    def _steps(self, steps: Sequence[Step]) -> tuple[Instruction, ...]:
        out: list[Instruction] = []
        for step in steps:
            try:
                out += self._step(step)
            except Refusal as refusal:
                at = LineRefusal(getattr(step, "line", -1), refusal)
                if refusal.code != "unknown-size":
                    raise at from refusal
                self.waiting = self.waiting or at
                for target in step.targets if isinstance(step, Assign) else ():
                    if self._stands_for(target) is None and self._entry(target) is None:
                        self._target(target)
        return tuple(out)

    def _step(self, step: Step) -> list[Instruction]:
        match step:
            case Declare() | Remark() | Ensure():
                return []
            case Hole():
                return self._do(step)
            case EachStep():
                return self._each(step)
            case Assign():
                return self._assign(step)
            case Draw(target, distribution, line):
                if not isinstance(split(target).base, Symbol):
                    raise Refusal("draw", f"a draw of several values from {canonical(distribution)}", "one draw a line")
                return [Set(self._target(target).name, self._drawn(target, distribution, line), line)]
            case For(variable, first, last, down, body, line):
                begin, end = self._whole_number(first, line), self._whole_number(last, line)
                letter = variable if variable is not None else Symbol("step", (), "", True)
                counter = self.vars.get(plain(letter)) or self._new(letter)
                counter.type, counter.sort, counter.domain, counter.assigned = (
                    ArrayType((), "integer"),
                    "integer",
                    "integer",
                    True,
                )
                counter.default = None
                return [Loop(counter.name, begin, end, down, self._steps(body), line)]
            case While(condition, body, line, until):
                return [WhileLoop(self._test(condition, line), self._steps(body), line, until)]
            case If(branches, line):
                made = tuple((self._test(c, line) if c is not None else None, self._steps(b)) for c, b in branches)
                return [Branch(made, line)]
            case Return(values, line):
                return [self._give(values, line)]
            case Endless(words, _, line):
                raise Refusal("loop", f"a loop whose range is not read: “{short(words)}”", "the range of the loop")
        raise Refusal("statement", f"{type(step).__name__} is not compiled yet")

    def _test(self, condition: Condition, line: int) -> Expression | Call:
        if isinstance(condition, Hole):
            return self._call(condition, "condition", ())
        return self._expression(condition, line)[0]

    def _assign(self, step: Assign) -> list[Instruction]:
        out: list[Instruction] = []
        for target, value in zip(step.targets, step.values):
            if isinstance(value, Symbol) and value.name == "0":
                value = Number("0")  # a bold zero takes the shape of what it is assigned to
            entry = self._entry(target)
            if entry is not None:
                expression, kind = self._expression(value, step.line)
                if kind.axes:
                    raise Mismatch(f"an entry of {canonical(entry.table.array)} is a number", at=target)
                out.append(Write(self._cell(entry, step.line), expression, step.line))
                continue
            read = self._stands_for(target)
            expression, kind = self._expression(value, step.line, target if read is None else None)
            if read is not None:
                self._array_type(read[0], kind, series=True)
                out.append(
                    Store(self._series_name_of(read[0]), self._number(read[1], step.line), expression, step.line)
                )
                continue
            if isinstance(target, Symbol) and target.name.startswith(GRADIENT):
                self._gives_gradient(expression)
            variable = self._target(target)
            if isinstance(expression.function.body, Arg) and not expression.elements:
                self.copies.append((variable.name, expression.function.body.name))
            else:
                self.in_formulas.add(variable.name)
            expression = self._told(variable, kind, expression, target)
            out.append(Set(variable.name, expression, step.line, self.t.saves.get(step.line, "")))
            if step.line in self.t.saves:
                self._saved(variable, self.t.saves[step.line])
        names = [i.target for i in out if isinstance(i, Set)]
        if len(out) > 1 and any(isinstance(i, Write) for i in out):
            raise Refusal("simultaneous", "several entries that are set at once")
        reads = {a.name for i in out[1:] for a in i.value.function.arguments} if len(out) > 1 else set()  # type: ignore[union-attr]
        if reads & set(names[:-1]):
            raise Refusal("simultaneous", "simultaneous assignments that read each other's targets")
        return out

    def _gives_gradient(self, expression: Expression) -> None:
        """The box calls the value of a function that it is given a gradient."""
        body = expression.function.body
        for v in self.vars.values():
            if isinstance(body, CallNode) and v.name == body.function:
                v.meaning = v.meaning or "gives the gradient at a point"

    def _saved(self, variable: Variable, name: str) -> None:
        tree = Symbol(name, (), "", True)
        saved = self.vars.get(plain(tree)) or self._new(tree, assigned=True)
        saved.name = name
        if saved.type != variable.type:
            saved.type, self.changed = variable.type, True

    def _target(self, target: Node) -> Variable:
        """The variable that an assignment fills; free indices of its target are axes."""
        parts = split(target)
        if not isinstance(parts.base, Symbol):
            raise Refusal("target", f"{canonical(target)} is nothing that can be assigned", at=target)
        letters = self._free_letters(target)
        tree = rebuilt(parts, tuple(i for i in parts.sups if plain(unwrapped(i)) not in letters),
                       tuple(i for i in parts.subs if plain(unwrapped(i)) not in letters)) if letters else target  # fmt: skip
        if letters and plain(tree) in self.limits:
            raise Refusal("names", f"{canonical(target)} and the number {canonical(tree)} have one name", at=target)
        variable = self.vars.get(plain(tree))
        if variable is None:
            variable = self._new(tree, assigned=True)
            variable.default = None
            info = self._info(tree)
            if info is None or info.shape is None:
                variable.type = None
        variable.assigned = True
        return variable

    def _free_letters(self, target: Node) -> dict[str, Node]:
        """Scripts of a target that run over an axis: letters of dissolved loops, or free ones that the value uses."""
        parts = split(target)
        found: dict[str, Node] = {}
        for item in (*parts.sups, *parts.subs):
            inner = unwrapped(item)
            key = plain(inner)
            if key in self.t.ranges or (is_letter(item) and key in self._axes_of_value):
                found[key] = inner
        return found

    def _told(self, variable: Variable, kind: ArrayType, expression: Expression, at: Node) -> Expression:
        """What an assignment says of its target's shape; a number that fills an array becomes one."""
        counted = kind.sort != "real" and not isinstance(expression.function.body, Const | Filled)
        if counted and variable.sort == "real" and variable.type is None:
            variable.sort, self.changed = kind.sort, True
        if variable.type is None:
            if kind.axes:
                variable.type, self.changed = ArrayType(kind.axes, variable.sort), True
            return expression
        if not isinstance(variable.type, ArrayType):
            raise Refusal("function-value", f"{canonical(at)} is a function elsewhere in the box", at=at)
        if len(variable.type.axes) == len(kind.axes):
            for a, b in zip(variable.type.axes, kind.axes):
                if (a.dim.name or "").startswith("?") and a.dim != b.dim:
                    self._substitute(str(a.dim.name), b.dim)
                elif (b.dim.name or "").startswith("?") and a.dim != b.dim:
                    self._substitute(str(b.dim.name), a.dim)
                elif a.dim != b.dim:
                    raise Mismatch(f"{canonical(at)} is given values of different sizes: {a.dim} and {b.dim}", at=at)
            return expression
        body = expression.function.body
        if not kind.axes and not expression.function.arguments and not isinstance(body, Filled):
            if isinstance(body, Const):
                filled = Filled(float(body.value), variable.type.axes)
                arguments = tuple(
                    Argument(
                        ascii_name(tree_named(n)),
                        n,
                        ArrayType((), "integer"),
                        "hyper-parameter",
                        None,
                        "positive integer",
                    )
                    for axis in variable.type.axes
                    for n in axis.dim.names
                )
                function = replace(
                    expression.function, body=filled, result=variable.type, arguments=tuple(dict.fromkeys(arguments))
                )
                return Expression(function, expression.elements)
        raise Mismatch(f"{canonical(at)} is given values of different shapes", at=at)

    # --- draws and results

    def _drawn(self, target: Node, distribution: Node, line: int) -> Expression:
        variable = self._target(target)
        self.in_formulas.add(variable.name)
        scale = _normal_scale(distribution)
        if scale is None:
            raise Refusal("draw", f"a draw from {canonical(distribution)}", "a named distribution")
        if any(_is_identity(n) for n in walk(distribution)) and not (
            isinstance(variable.type, ArrayType) and variable.type.axes
        ):
            what = canonical(target)
            self.drawn[variable.name] = variable
            raise Refusal("unknown-size", f"how many elements {what} has is told by nothing", "its shape", at=target)
        self.random = True
        axes = variable.type.axes if isinstance(variable.type, ArrayType) else ()
        sizes = tuple(
            Argument(
                ascii_name(tree_named(n)), n, ArrayType((), "integer"), "hyper-parameter", None, "positive integer"
            )
            for a in axes
            for n in a.dim.names
        )
        noise: IR = Sample("normal", (("mean", Const(0.0)), ("std", Const(1.0))), axes)
        drawn = Function(
            f"{self.box.algorithm.id}.{line + 1}", None, "value", canonical(distribution), tuple(dict.fromkeys(sizes)), (),
            noise, ArrayType(axes),
        )  # fmt: skip
        if scale == Number("1"):
            return Expression(drawn)
        variance, kind = self._expression(scale, line)
        if kind.axes:
            raise Refusal("draw", "a draw whose covariance is no multiple of the identity", at=distribution)
        body = Op("mul", (Op("sqrt", (variance.function.body,)), noise))
        arguments = tuple(dict.fromkeys((*variance.function.arguments, *drawn.arguments)))
        return Expression(replace(drawn, body=body, arguments=arguments), variance.elements)

    def _give(self, values: Sequence[Node], line: int) -> Give:
        out: list[Expression | Collect] = []
        for k, value in enumerate(values):
            collected = self.t.collected.get(plain(value))
            if collected is not None:
                key, first, last = collected
                array = self.t.series[key]
                known = self.vars.get(f"series {plain(array)}")
                own = known.type.axes if known is not None and isinstance(known.type, ArrayType) else ()
                a, b = as_dim(first), as_dim(last)
                size = b - a + Dim.constant(1) if a is not None and b is not None else self._soft()
                out.append(Collect(self._series_name_of(array), self._number(first, line), self._number(last, line)))
                kind = ArrayType((Axis(size), *own), known.sort if known is not None else "real")
            else:
                expression, kind = self._expression(value, line)
                if isinstance(body := expression.function.body, Arg) and not expression.elements:
                    given = next((v for v in self.vars.values() if v.name == body.name), None)
                    if given is not None and given.sort == "object":
                        kind = ArrayType((), "object")
                        expression = Expression(replace(expression.function, result=kind))
                out.append(expression)
            if k == 0 and self.result != kind:
                self.result, self.changed = kind, True
        return Give(tuple(out), line)

    # --- arguments

    def _arguments(
        self, body: tuple[Instruction, ...]
    ) -> tuple[tuple[Argument, ...], tuple[str, ...], tuple[Instruction, ...]]:
        """What the box must be given: everything that is read before it is set, in the order of the declarations."""
        wanted = needed(body, set())
        by_name = {v.name: (k, v) for k, v in self.vars.items() if not k.startswith("series ")}
        arguments: list[Argument] = []
        start: list[Instruction] = []
        told = {
            n
            for name, (_, v) in by_name.items()
            if name in wanted and isinstance(v.type, ArrayType)
            for a in v.type.axes
            if (n := a.dim.name) is not None
        }
        sizes: list[str] = []
        for name, (key, v) in by_name.items():
            if name not in wanted:
                continue
            if key in told and not v.assigned and not (isinstance(v.type, ArrayType) and v.type.axes):
                sizes.append(key)
                continue
            kind: Type = v.type if v.type is not None else ArrayType((), v.sort)
            if isinstance(kind, ArrayType) and kind.sort == "real" and v.sort != "real":
                kind = replace(kind, sort=v.sort)
            printed = v.printed or v.tree
            if v.printed is not None and ascii_name(printed) not in by_name:
                name = ascii_name(printed)
                start.append(_alias(v.name, name, printed, kind))
            arguments.append(
                Argument(name, canonical(printed), kind, "callable" if isinstance(kind, FunctionType) else "input",
                         v.default, v.domain, v.meaning)
            )  # fmt: skip
        for name in sorted(sizes_read(body) - set(by_name)):
            latex = next((d for d in sorted(told) if ascii_name(tree_named(d)) == name), name)
            if latex in told:
                sizes.append(latex)
            else:
                arguments.append(
                    Argument(name, latex, ArrayType((), "integer"), "hyper-parameter", None, "positive integer")
                )
        arguments += self._hole_arguments()
        arguments.sort(key=lambda a: a.default is not None)
        return tuple(arguments), tuple(dict.fromkeys(sizes)), tuple(start)


# --- helpers --------------------------------------------------------------------------------------------------


def _alias(target: str, source: str, printed: Node, kind: Type) -> Set:
    """`theta = theta_0`."""
    argument = Argument(source, canonical(printed), kind)
    result = kind if isinstance(kind, ArrayType) else ArrayType()
    return Set(
        target,
        Expression(Function("start", None, "value", canonical(printed), (argument,), (), Arg(source), result)),
        -1,
    )


def _normal_scale(tree: Node) -> Node | None:
    r"""The variance in `\mathcal{N}(0, σ² I)`; None for anything else."""
    match tree:
        case Juxtaposition((Symbol("N"), Group("(", ")", List((mean, scale), _)))) if _is_zero(mean):
            inner = unwrapped(scale)
            if inner == Number("1") or _is_identity(inner):
                return Number("1")
            if isinstance(inner, Juxtaposition) and _is_identity(inner.items[-1]):
                rest = inner.items[:-1]
                return rest[0] if len(rest) == 1 else Juxtaposition(rest)
    return None


def _is_zero(tree: Node) -> bool:
    return tree == Number("0") or (isinstance(tree, Symbol) and tree.name == "0")


def _is_identity(tree: object) -> bool:
    return isinstance(tree, Symbol) and tree.name in ("I", "1") and not tree.accents
