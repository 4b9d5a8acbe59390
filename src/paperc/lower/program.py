"""Algorithms to typed programs: every expression of a box is compiled like an equation, over the variables so far.

Shapes go round until they settle: an assignment tells the shape of its target, and a use tells the shape of an input. What
nothing tells stays element-wise. A line that cannot be compiled leaves the whole box without code: half an algorithm is
a wrong one; the gap names the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import Diagnostic, Severity
from ..formula import ascii_name, canonical, plain
from ..formula.tree import BigOp, Ellipsis, Group, Juxtaposition, List, Node, Number, Relation, Scripted, Symbol
from ..ir.dims import Dim
from ..ir.node import Arg, Argument, ArrayType, Axis, Const, Filled, Function, FunctionType, Op, Sample, Sort, Type
from ..ir.node import Node as IR
from ..ir.program import Branch, Collect, Element, Expression, Give, Instruction, Loop, Program, Set, Store, WhileLoop
from ..ir.shapes import domain_axis
from ..provenance import Span
from ..spec.algorithms import Assign, Box, Declare, Draw, Endless, For, Hole, If, Remark, Return, Step, While
from ..spec.model import Gap, Statement, SymbolInfo
from .facts import Facts
from .index import as_dim, is_letter, rebuilt, split, unwrapped, walk
from .left import Left, bound_letters, read_left
from .nodes import map_dims
from .refusal import Mismatch, Refusal
from .statement import Context, draft
from .timeline import Rewritten, rewrite

MAX_ROUNDS = 8
_NUMBERS = (
    r"\b(?:step-?\s?sizes?|stepsizes?|(?:learning|decay|drop\w*|mixing) rates?|rates?|decay|momentum|coefficients?|temperature"
    r"|discount|damping|threshold|tolerance|strength|constants?|hyper-?parameters?|regulari[sz]ation|radius|neighbou?rhood size)\b"
)
"""Words for what is a single number."""
_FRESH = ("d", "n", "m", "p", "q", "l", "w", "e", "b")


@dataclass(frozen=True, slots=True)
class LoweredBox:
    """What became of a box: a program, or the reasons why there is none; a word for each printed line."""

    program: Program | None = None
    gaps: tuple[Gap, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(slots=True)
class Variable:
    """A name of the box: an input or something that it assigns."""

    name: str
    tree: Node
    type: Type | None = None
    """None: nothing has told it yet; () then."""
    sort: Sort = "real"
    default: float | int | None = None
    domain: str = ""
    meaning: str = ""
    assigned: bool = False
    printed: Node | None = None
    """An input as the paper prints it (`θ_0`), where the variable goes by another name."""


class LineRefusal(Exception):
    """A refusal with the line that it is about."""

    def __init__(self, line: int, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.line, self.refusal = line, refusal


def lower_box(box: Box, symbols: Mapping[str, SymbolInfo], names: Sequence[str] = ()) -> LoweredBox:
    """Compile one algorithm box. `names` are function names that are taken. Never raises."""
    algorithm = box.algorithm
    if not algorithm.lines:
        return LoweredBox(gaps=(_gap(box, -1, Refusal("empty", "the box has no lines that could be read")),))
    problems = [(line, Refusal("blocks", why, "matching begin and end of blocks")) for line, why in box.problems]
    for step in _flat(box.steps):
        if isinstance(step, Hole):
            problems.append(
                (
                    step.line,
                    Refusal("hole", f"words that no rule reads: “{_short(step.text)}”", "a formula for this line"),
                )
            )
    lines = _lines(box, {line for line, _ in problems})
    if problems:
        gaps = tuple(_gap(box, line, refusal) for line, refusal in problems)
        return LoweredBox(None, gaps, _diagnostics(box, problems), lines)
    try:
        program = _attempts(box, symbols, _function_name(box, names))
        return LoweredBox(replace(program, lines=lines), (), (), lines)
    except LineRefusal as at:
        problems = [(at.line, at.refusal)]
    except Refusal as refusal:
        problems = [(-1, refusal)]
    except RecursionError:
        problems = [(-1, Refusal("too-deep", "the box nests too deeply"))]
    except Exception as fault:
        problems = [
            (-1, Refusal("internal", f"a fault of paperc: {type(fault).__name__}: {fault}", "a report of this box"))
        ]
    bad = {line for line, _ in problems}
    return LoweredBox(None, tuple(_gap(box, n, r) for n, r in problems), _diagnostics(box, problems), _lines(box, bad))


def _attempts(box: Box, symbols: Mapping[str, SymbolInfo], name: str) -> Program:
    """First with numbers for the elements of arrays of which nothing is declared, then with arrays."""
    first: LineRefusal | Refusal | None = None
    for scalar in (True, False):
        compiler = _Box(box, rewrite(box.steps), symbols)
        compiler.scalar_items = scalar
        try:
            return compiler.program(name)
        except (LineRefusal, Refusal) as refusal:
            first = first or refusal
    assert first is not None
    raise first


def _lines(box: Box, bad: set[int]) -> tuple[str, ...]:
    remarks = {s.line for s in _flat(box.steps) if isinstance(s, Remark)}
    return tuple(
        "hole" if k in bad else "remark" if k in remarks else "compiled" for k in range(len(box.algorithm.lines))
    )


def _place(box: Box, line: int) -> Span:
    return box.algorithm.lines[line].span if 0 <= line < len(box.algorithm.lines) else box.algorithm.span


def _gap(box: Box, line: int, refusal: Refusal) -> Gap:
    where = f"line {line + 1}: " if line >= 0 else ""
    needs = refusal.needs or "a clearer statement of this line"
    return Gap("", refusal.code, f"{where}{refusal.why}", needs, _place(box, line), box.algorithm.id)


def _diagnostics(box: Box, problems: Sequence[tuple[int, Refusal]]) -> tuple[Diagnostic, ...]:
    number = box.algorithm.number or box.algorithm.id
    return tuple(
        Diagnostic(
            r.code,
            f"algorithm {number}, line {line + 1}: {r.why}" if line >= 0 else f"algorithm {number}: {r.why}",
            _place(box, line),
            r.needs,
            Severity.ERROR if isinstance(r, Mismatch) else Severity.WARNING,
        )
        for line, r in problems
    )


def _short(text: str) -> str:
    return text if len(text) < 70 else f"{text[:67]}…"


def _function_name(box: Box, taken: Sequence[str]) -> str:
    """From a procedure's name or the caption: `Sinkhorn` → sinkhorn."""
    head = next((x.condition for x in box.algorithm.lines if x.keyword in ("procedure", "function")), "")
    text = head.split("(")[0] if head else box.algorithm.caption.split(".")[0].split(":")[0]
    text = re.sub(r"\$[^$]*\$|\\[a-zA-Z]+", " ", text)
    words = re.findall(r"[A-Za-z0-9]+", text)
    words = [
        w for w in words if w.lower() not in ("algorithm", "the", "a", "an", "of", "for", "our", "with", "and", "to")
    ]
    wish = (
        "_".join(w.lower() for w in words[:4])
        or f"algorithm_{re.sub(r'[^a-zA-Z0-9]', '_', box.algorithm.number or '1')}"
    )
    if wish[0].isdigit():
        wish = f"algorithm_{wish}"
    name, count = wish, 1
    while name in taken:
        count += 1
        name = f"{wish}_{count}"
    return name


class _Box:
    def __init__(self, box: Box, timeline: Rewritten, symbols: Mapping[str, SymbolInfo]) -> None:
        self.box, self.t = box, timeline
        self.paper = symbols
        self.vars: dict[str, Variable] = {}
        self.changed = False
        self.dims: dict[str, None] = {}
        self.random = False
        ends = [e for s in _flat(box.steps) if isinstance(s, For) for e in (s.first, s.last)]
        ends += [n.sup for s in _flat(box.steps) for t in _trees(s) for n in walk(t) if isinstance(n, BigOp) and n.sup]
        self.limits = {n for e in ends if (dim := as_dim(e)) is not None for n in dim.names}
        """Numbers up to which something runs."""
        self.softs = 0
        self.families: set[str] = set()
        """Letters that the declarations let run over a range."""
        self.waiting: LineRefusal | None = None
        self.scalar_items = True
        """Elements of input arrays of which nothing is declared are numbers."""
        self.axis_base: dict[str, int] = {}
        """Input array or series → number of its first element."""
        self.result: ArrayType | None = None
        words = " ".join([box.algorithm.caption, *(x.text for x in box.algorithm.lines)]).lower()
        elementwise = re.search(r"(?:operations?|vectors?|squares?|roots?|divisions?)[^.]*element-?\s?wise", words)
        self.answers = {"bars": "element-wise"} if elementwise else {}
        """What the box itself says of ambiguous notation."""
        self.letters = {plain(n) for s in _flat(box.steps) for t in _trees(s) for n in walk(t) if isinstance(n, Symbol)}

    # --- the whole

    def program(self, name: str) -> Program:
        self._declare()
        body = self._settled()
        for size in self._open_sizes():
            self._substitute(size, Dim.of(self._fresh()))
        body = self._settled()
        if self.result is None:
            raise Refusal("no-result", "the box returns nothing", "a line that says what is returned")
        arguments, sizes, start = self._arguments(body)
        taken = {a.name for a in arguments} | {v.name for k, v in self.vars.items() if not k.startswith("series ")}
        for key in self.t.series:
            if self._series_name(key) in taken:
                raise Refusal("names", f"the series {canonical(self.t.series[key])} has the name of another symbol")
        return Program(
            self.box.algorithm.id, None, name, self.box.algorithm.caption or name, arguments, (*start, *body), self.result,
            tuple(self._series_name(k) for k in self.t.series), sizes, self.random, notes=tuple(self.t.notes),
        )  # fmt: skip

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

    # --- sizes that nothing has named yet

    def _soft(self) -> Dim:
        self.softs += 1
        return Dim.of(f"?{self.softs}")

    def _open_sizes(self) -> list[str]:
        found: dict[str, None] = {}
        for v in self.vars.values():
            for kind in _array_types(v.type):
                found |= dict.fromkeys(n for a in kind.axes for n in a.dim.names if n.startswith("?"))
        return list(found)

    def _substitute(self, name: str, dim: Dim) -> None:
        """A size has been found out."""

        def put(old: Dim) -> Dim:
            return old.replace({name: dim}) if name in old.names else old

        for v in self.vars.values():
            if v.type is not None:
                v.type = map_dims(v.type, put)
        if self.result is not None:
            self.result = map_dims(self.result, put)
        self.changed = True

    def _unify(self, ours: Sequence[Axis], theirs: Sequence[Axis], local: dict[str, Dim]) -> None:
        """Our axes against those of a compiled expression, whose own unknown sizes are `local`."""
        for a, b in zip(ours, theirs):
            mine, other = a.dim.name, b.dim
            if other.name is not None and other.name.startswith("?"):
                known = local.setdefault(other.name, a.dim)
                if known != a.dim and mine is not None and mine.startswith("?"):
                    self._substitute(mine, known)
                elif known != a.dim and known.name is not None and known.name.startswith("?"):
                    self._substitute(known.name, a.dim)
                    local[other.name] = a.dim
            elif mine is not None and mine.startswith("?") and other != a.dim:
                if not any(n.startswith("?") for n in other.names):
                    self._substitute(mine, other)

    # --- names

    def _var(self, tree: Node) -> Variable | None:
        return self.vars.get(plain(tree))

    def _new(self, tree: Node, **known: object) -> Variable:
        key = plain(tree)
        name = ascii_name(tree)
        taken = {v.name for k, v in self.vars.items() if k != key}
        base, count = name, 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        info = self._info(tree)
        variable = Variable(name, tree)
        if info is not None:
            variable.domain, variable.meaning = info.domain, info.meaning
            if info.value is not None and not known.get("assigned"):
                variable.default = (
                    int(info.value) if float(info.value).is_integer() and "integer" in info.domain else info.value
                )
            if info.shape is not None:
                variable.type = ArrayType(tuple(a for s in info.shape if (a := self._axis(s)) is not None))
        for attribute, value in known.items():
            setattr(variable, attribute, value)
        self.vars[key] = variable
        return variable

    def _info(self, tree: Node) -> SymbolInfo | None:
        return Facts(self.paper).exact(tree)

    def _axis(self, size: str) -> Axis:
        from .facts import size_of

        dim = size_of(size)
        return Axis(dim if dim is not None else self._soft())

    def _fresh(self) -> str:
        used = (
            self.letters
            | set(self.dims)
            | {n for i in self.paper.values() for s in i.shape or () for n in re.findall(r"[A-Za-z]+", s)}
        )
        name = next((x for x in _FRESH if x not in used), None) or f"n_{{{len(self.dims) + 1}}}"
        self.dims[name] = None
        return name

    # --- declarations

    def _declare(self) -> None:
        for step in _flat(self.box.steps):
            for tree, _ in step.trees if isinstance(step, Declare) else ():
                # `π_k, μ_k for k = 1, …, K`
                if isinstance(tree, Relation) and tree.rest[0][0] == "=" and isinstance(tree.first, Symbol):
                    if isinstance(tree.rest[0][1], List):
                        self.families.add(plain(tree.first))
        for step in _flat(self.box.steps):
            if isinstance(step, Declare):
                for tree, words in step.trees:
                    self._declared(tree, words)
            if isinstance(step, For):
                for end in (step.first, step.last):
                    dim = as_dim(end)
                    for n in dim.names if dim is not None else ():
                        found = self.vars.get(n) or self._new(Symbol(n) if n.isalpha() else _tree(n))
                        found.domain, found.sort, found.type = "positive integer", "integer", ArrayType((), "integer")
                        if found.default is not None:
                            found.default = int(found.default)
        if self.t.steps_argument:
            tree = Symbol(self.t.steps_argument)
            found = self.vars.get(plain(tree)) or self._new(tree)
            found.domain, found.sort, found.type = "positive integer", "integer", ArrayType((), "integer")
            found.meaning = found.meaning or "number of steps"
        for key, printed in self.t.initial.items():
            known = self.vars.get(plain(printed))
            carried = next((t for t in (self._carried(key),) if t is not None), None)
            if carried is None:
                continue
            variable = self.vars.get(plain(carried))
            if variable is None:
                variable = self._new(carried, assigned=True)
                variable.default = None
            variable.printed = printed
            if known is not None and variable is not known:
                variable.type = variable.type or known.type
                variable.meaning = variable.meaning or known.meaning
                variable.domain = variable.domain or known.domain
                del self.vars[plain(printed)]

    def _carried(self, key: str) -> Node | None:
        """The variable of a carried symbol, as its rewritten assignments name it."""
        return self.t.carried.get(key)

    def _declared(self, tree: Node, words: str) -> None:
        low = words.lower()
        if isinstance(tree, List) and any(isinstance(i, Ellipsis) for i in tree.items):
            self._family(tree, low)
            return
        if isinstance(tree, Group) and isinstance(tree.body, List | Symbol | Scripted):
            tree = tree.body
        if isinstance(tree, List):
            for item in tree.items:
                self._declared(item, words)
            return
        shape: tuple[str, ...] | None = None
        if isinstance(tree, Relation):
            targets = tree.first.items if isinstance(tree.first, List) else (tree.first,)
            op, right = tree.rest[0]
            if op == "∈":
                shape = _membership(right)
            for target in targets:
                self._declared(target, words if shape is None else "")
                found = self._var(target)
                if found is None:
                    continue
                found.meaning = words or found.meaning
                if shape is not None and found.type is None:
                    found.type = ArrayType(tuple(self._axis(s) for s in shape))
                elif op in ("<", "≤", ">", "≥", "∈") and found.type is None:
                    found.type = ArrayType(())
            return
        if isinstance(tree, Juxtaposition) or not isinstance(tree, Symbol | Scripted):
            return  # `f(θ)`: how it is called tells what it is
        if isinstance(tree, Scripted) and isinstance(split(tree).base, Group):
            return  # `{α_t}_{t=1}^T`
        parts = split(tree)
        subs = tuple(i for i in parts.subs if plain(unwrapped(i)) not in self.families | set(self.t.ranges))
        over = len(subs) < len(parts.subs)
        tree = rebuilt(parts, parts.sups, subs) if over else tree
        if plain(tree) in self.vars or plain(tree) in self.families:
            return
        variable = self._new(tree)
        variable.meaning = words or variable.meaning
        if over:
            return
        letters = {plain(unwrapped(i)) for i in split(tree).subs} & set(self.t.ranges)
        if variable.type is None and not letters:
            if re.search(r"\bvectors?\b|\bbias\b", low):
                variable.type = ArrayType((Axis(self._soft()),))
            elif re.search(r"\bmatri(x|ces)\b", low):
                square = re.search(r"\b(square|symmetric|positive|definite|covariance|adjacency|stochastic)\b", low)
                first = self._soft()
                variable.type = ArrayType((Axis(first), Axis(first if square else self._soft())))
            elif re.search(_NUMBERS, low) and not re.search(r"\bnumber\b", low):
                variable.type = ArrayType(())
            elif re.search(r"\b(?:number|steps|iterations|epochs|length|size of|horizon)\b", low):
                variable.sort, variable.type, variable.domain = "integer", ArrayType((), "integer"), "positive integer"

    def _family(self, tree: List, words: str) -> None:
        """`x_1, …, x_N`: an array over its subscript."""
        ends = [split(i) for i in (tree.items[0], tree.items[-1])]
        if any(len(e.subs) != 1 or not isinstance(e.base, Symbol) for e in ends) or plain(ends[0].base) != plain(
            ends[1].base
        ):
            return
        first, last = (as_dim(unwrapped(e.subs[0])) for e in ends)
        if first is None or last is None or first.value is None:
            return
        array = rebuilt(ends[0], ends[0].sups, ())
        variable = self._new(array)
        variable.meaning = words
        self.axis_base[plain(array)] = int(first.value)
        own: tuple[Axis, ...] = ()
        if isinstance(variable.type, ArrayType):
            own = variable.type.axes
        else:
            info = self._info(rebuilt(ends[0], ends[0].sups, (Symbol("i"),)))
            if info is not None and info.shape:
                own = tuple(self._axis(s) for s in info.shape)
        if own:
            variable.type = ArrayType((Axis(last - first + Dim.constant(1), int(first.value)), *own))

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
                    if self._stands_for(target) is None:
                        self._target(target)
        return tuple(out)

    def _step(self, step: Step) -> list[Instruction]:
        match step:
            case Declare() | Remark():
                return []
            case Assign():
                return self._assign(step)
            case Draw(target, distribution, line):
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
                return [WhileLoop(self._expression(condition, line)[0], self._steps(body), line, until)]
            case If(branches, line):
                made = tuple(
                    (self._expression(c, line)[0] if c is not None else None, self._steps(b)) for c, b in branches
                )
                return [Branch(made, line)]
            case Return(values, line):
                return [self._give(values, line)]
            case Endless(words, _, line):
                raise Refusal("loop", f"a loop whose range is not read: “{_short(words)}”", "the range of the loop")
        raise Refusal("statement", f"{type(step).__name__} is not compiled yet")

    def _assign(self, step: Assign) -> list[Instruction]:
        out: list[Instruction] = []
        for target, value in zip(step.targets, step.values):
            if isinstance(value, Symbol) and value.name == "0":
                value = Number("0")  # a bold zero takes the shape of what it is assigned to
            read = self._stands_for(target)
            expression, kind = self._expression(value, step.line, target if read is None else None)
            if read is not None:
                self._array_type(read[0], kind, series=True)
                out.append(
                    Store(self._series_name_of(read[0]), self._number(read[1], step.line), expression, step.line)
                )
                continue
            variable = self._target(target)
            expression = self._told(variable, kind, expression, target)
            out.append(Set(variable.name, expression, step.line, self.t.saves.get(step.line, "")))
            if step.line in self.t.saves:
                self._saved(variable, self.t.saves[step.line])
        names = [i.target for i in out if isinstance(i, Set)]
        reads = {a.name for i in out[1:] for a in i.value.function.arguments} if len(out) > 1 else set()  # type: ignore[union-attr]
        if reads & set(names[:-1]):
            raise Refusal("simultaneous", "simultaneous assignments that read each other's targets")
        return out

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

    _axes_of_value: frozenset[str] = frozenset()

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
                        ascii_name(_tree(n)), n, ArrayType((), "integer"), "hyper-parameter", None, "positive integer"
                    )
                    for axis in variable.type.axes
                    for n in axis.dim.names
                )
                function = replace(
                    expression.function, body=filled, result=variable.type, arguments=tuple(dict.fromkeys(arguments))
                )
                return Expression(function, expression.elements)
        raise Mismatch(f"{canonical(at)} is given values of different shapes", at=at)

    # --- expressions

    def _expression(self, tree: Node, line: int, target: Node | None = None) -> tuple[Expression, ArrayType]:
        """A formula as a function of variables, with the type of its value (free indices first)."""
        facts = Facts(self._symbols())
        statement = Statement(
            f"{self.box.algorithm.id}.{line + 1}", None, "definition", tree, canonical(tree), _place(self.box, line),
            self.box.algorithm.section,
        )  # fmt: skip
        left = Left(Symbol("value", (), "", True), Symbol("value", (), "", True))
        if target is not None:
            left = self._left(target, tree, facts)
        self._axes_of_value = frozenset(plain(a) for a in left.axes)
        indices = frozenset(plain(b) for n in walk(tree) if isinstance(n, BigOp) for b in bound_letters(n))
        found, _ = draft(Context(facts, None, self.answers, "", indices, {}), statement, left, (tree,))
        function = Function(
            statement.id,
            None,
            "value",
            canonical(tree),
            found.arguments,
            found.indices,
            found.bodies[0],
            found.results[0],
        )
        adopted = self._adopted(function, found.trees, line)
        # Numbers of elements are expressions of their own and came in between.
        self._axes_of_value = frozenset(plain(a) for a in left.axes)
        return adopted

    def _left(self, target: Node, value: Node, facts: Facts) -> Left:
        forced = [i for i in (*split(target).sups, *split(target).subs) if plain(unwrapped(i)) in self.t.ranges]
        try:
            left = read_left(target, value, facts)
        except Refusal:
            left = Left(target, target)
        if left.bracketed or left.gradient is not None or left.negated:
            raise Refusal("target", f"{canonical(target)} is nothing that can be assigned", at=target)
        counters = {plain(s.variable) for s in _flat(self.box.steps) if isinstance(s, For) and s.variable is not None}
        axes = [a for a in left.axes if plain(a) not in counters or plain(a) in self.t.ranges]
        for item in forced:
            if plain(unwrapped(item)) not in {plain(a) for a in axes}:
                axes.append(unwrapped(item))
        keys = {plain(a) for a in axes}
        parts = split(target)
        bare = rebuilt(parts, tuple(i for i in parts.sups if plain(unwrapped(i)) not in keys),
                       tuple(i for i in parts.subs if plain(unwrapped(i)) not in keys))  # fmt: skip
        order = [unwrapped(i) for i in (*parts.sups, *parts.subs) if plain(unwrapped(i)) in keys]
        return (
            Left(Symbol("value", (), "", True), target if not keys else Symbol("value", (), "", True), axes=order)
            if keys
            else Left(bare, bare)
        )

    def _symbols(self) -> dict[str, SymbolInfo]:
        """The paper's symbols, overruled by what the box says of its own."""
        out = {k: v for k, v in self.paper.items() if (t := _tree(k)) is None or plain(t) not in self.vars}
        for letter, (first, last) in self.t.ranges.items():
            out[letter] = SymbolInfo(letter, letter, "index", role="index", range=(canonical(first), canonical(last)))
        for v in self.vars.values():
            if isinstance(v.type, FunctionType):
                continue
            latex = canonical(v.tree)
            known = (self._info(v.tree) if not v.assigned else None) or SymbolInfo(latex, v.name)
            shape = tuple(str(a.dim) for a in v.type.axes) if v.type is not None else known.shape
            kind = "scalar" if shape == () else "" if shape else known.kind
            role = "hyper-parameter" if v.default is not None else known.role
            domain = "integer" if v.sort == "integer" else v.domain
            out[latex] = replace(
                known,
                symbol=latex,
                kind=kind,
                shape=shape,
                role=role,
                value=v.default,
                domain=domain,
                meaning=v.meaning,
            )
        for name, read in self.t.reads.items():
            array = self.vars.get(plain(read.array)) or self.vars.get(f"series {plain(read.array)}")
            element: tuple[str, ...] | None = None
            if array is not None and isinstance(array.type, ArrayType):
                axes = array.type.axes if plain(read.array) in self._series_keys() else array.type.axes[1:]
                element = tuple(str(a.dim) for a in axes)
            elif plain(read.array) not in self._series_keys() and self.scalar_items:
                element = ()
            domain = "integer" if array is not None and array.sort == "integer" else ""
            out[name] = SymbolInfo(name, name, "scalar" if element == () else "", element, domain=domain)
        return out

    def _adopted(self, function: Function, trees: Mapping[str, Node], line: int) -> tuple[Expression, ArrayType]:
        names: dict[str, str] = {}
        elements: dict[str, Element] = {}
        local: dict[str, Dim] = {}

        def named(dim: Dim) -> Dim:
            for n in dim.names:
                if n.startswith("?") and n not in local:
                    local[n] = self._soft()
            return dim.replace(local)

        # Sizes that are known of our variables come first, so that new ones are named after them.
        for argument in function.arguments:
            variable = self.vars.get(plain(trees[argument.name]))
            if variable is not None and isinstance(variable.type, ArrayType) and isinstance(argument.type, ArrayType):
                if len(variable.type.axes) == len(argument.type.axes):
                    self._unify(variable.type.axes, argument.type.axes, local)
        arguments: list[Argument] = []
        for argument in function.arguments:
            tree = trees[argument.name]
            read = self._stands_for(tree)
            if read is not None:
                if not isinstance(argument.type, ArrayType):
                    raise Refusal("function-series", f"{canonical(read[0])} is called at each step", at=tree)
                kind = map_dims(argument.type, named)
                array = self._array_type(read[0], kind, series=plain(read[0]) in self._series_keys())
                names[argument.name] = argument.name
                base = 0 if plain(read[0]) in self._series_keys() else self.axis_base[plain(read[0])]
                elements[argument.name] = Element(array, self._number(read[1], line), base)
                arguments.append(argument)
                continue
            variable = self.vars.get(plain(tree))
            if variable is None:
                self._may_be_given(tree)
                variable = self._new(tree)
                variable.default = variable.default if variable.default is not None else argument.default
                self.changed = True
            self._typed(variable, argument, named)
            names[argument.name] = variable.name
            arguments.append(replace(argument, name=variable.name, default=None))
        made = replace(function, arguments=tuple(arguments), body=_renamed(function.body, names))
        axes = tuple(map_dims(domain_axis(i), named) for i in function.indices)
        result = map_dims(function.result, named)
        return Expression(made, elements), ArrayType((*axes, *result.axes), result.sort)

    def _may_be_given(self, tree: Node) -> None:
        """A symbol that the box neither declares nor assigns is an input, unless it is a form of one that it assigns."""
        parts = split(tree)
        base = plain(parts.base)
        for v in self.vars.values():
            theirs = split(v.tree)
            if plain(theirs.base) == base and v.assigned and (parts.sups, parts.primes) != (theirs.sups, theirs.primes):
                raise Refusal("form", f"{canonical(tree)} is a form of {canonical(v.tree)} that is not known", at=tree)
            if (
                plain(theirs.base) == base
                and v.assigned
                and len(parts.subs) != len(theirs.subs)
                and base not in self.paper
            ):
                raise Refusal("form", f"{canonical(tree)} is an element of {canonical(v.tree)}", at=tree)
        inside = {plain(n) for item in (*parts.subs, *parts.sups) for n in walk(item)}
        assigned = {plain(v.tree) for v in self.vars.values() if v.assigned} | set(self.t.reads)
        if base in self.t.reads or inside & assigned:
            raise Refusal("element", f"{canonical(tree)}: a variable of the box picks an element", at=tree)

    def _typed(self, variable: Variable, argument: Argument, named: Callable[[Dim], Dim]) -> None:
        kind = argument.type
        if variable.type is not None and isinstance(kind, FunctionType) != isinstance(variable.type, FunctionType):
            shown = canonical(variable.tree)
            raise Refusal("function-value", f"{shown} is called in one place and a value in another")
        if isinstance(kind, FunctionType):
            called = FunctionType(tuple(map_dims(a, named) for a in kind.arguments), map_dims(kind.result, named))
            if variable.type != called:
                variable.type, self.changed = called, True
            return
        if kind.sort != "real" and variable.sort == "real" and not variable.assigned:
            variable.sort, self.changed = kind.sort, True
        if variable.type is None and kind.axes:
            axes = map_dims(kind, named).axes
            base = self.axis_base.get(plain(variable.tree))
            if base is not None:
                axes = (replace(axes[0], base=base), *axes[1:])
            variable.type, self.changed = ArrayType(axes, kind.sort), True
        variable.domain = variable.domain or argument.domain

    # --- series and elements

    def _stands_for(self, tree: Node) -> tuple[Node, Node] | None:
        read = self.t.reads.get(plain(tree))
        if read is None and isinstance(tree, Scripted):
            base = split(tree).base
            read = self.t.reads.get(plain(base)) if not split(tree).subs else None
        return (read.array, read.number) if read is not None else None

    def _series_keys(self) -> set[str]:
        return {plain(t) for t in self.t.series.values()}

    def _series_name(self, key: str) -> str:
        return self._series_name_of(self.t.series[key])

    def _series_name_of(self, array: Node) -> str:
        return ascii_name(array)

    def _array_type(self, array: Node, element: ArrayType, *, series: bool) -> str:
        """The type of an array of which an element was read or stored; its name."""
        if series:
            known = self.vars.get(f"series {plain(array)}")
            if known is None:
                known = Variable(self._series_name_of(array), array, assigned=True)
                self.vars[f"series {plain(array)}"] = known
            if element.axes and known.type != element:
                known.type, self.changed = element, True
            return known.name
        variable = self.vars.get(plain(array)) or self._new(array)
        if plain(array) not in self.axis_base:
            self.axis_base[plain(array)] = self._extent(array)[0]
        if variable.type is None or (isinstance(variable.type, ArrayType) and not variable.type.axes):
            base, size = self._extent(array)
            base = self.axis_base.setdefault(plain(array), base)
            variable.type = ArrayType((Axis(size, base), *element.axes), element.sort)
            variable.default, self.changed = None, True
        elif isinstance(variable.type, ArrayType) and len(variable.type.axes) == 1 and element.axes:
            variable.type, self.changed = ArrayType((*variable.type.axes, *element.axes), element.sort), True
        return variable.name

    def _extent(self, array: Node) -> tuple[int, Dim]:
        """The number of an input array's first element, and its size, from the loops in which the box reads it."""
        low: list[int] = []
        high: list[Dim] = []
        for loop in _flat(self.t.steps):
            if not isinstance(loop, For) or loop.variable is None:
                continue
            ends = as_dim(loop.last if loop.down else loop.first), as_dim(loop.first if loop.down else loop.last)
            for read in self.t.reads.values():
                number = as_dim(read.number)
                if plain(read.array) != plain(array) or number is None:
                    continue
                letter = plain(loop.variable)
                for end, found in zip(ends, (low, high)):
                    if letter in number.names and end is not None:
                        reached = number.replace({letter: end})
                        if found is high:
                            high.append(reached)
                        elif reached.value is not None:
                            low.append(int(reached.value))
        known = self.axis_base.get(plain(array))
        if known is None and not low:
            shown = canonical(array)
            raise Refusal("first-element", f"the number of the first element of {shown} is not known", "its range")
        base = known if known is not None else min(low) if min(low) in (0, 1) else 1
        # Of ends like T and T + 1 the larger one; of ends that cannot be compared none.
        last = next((h for h in high if all((d := (h - x).value) is not None and d >= 0 for x in high)), None)
        return base, last - Dim.constant(base - 1) if last is not None else self._soft()

    def _number(self, tree: Node, line: int) -> Function:
        expression, kind = self._expression(tree, line)
        if expression.elements or kind.axes or kind.sort not in ("integer", "stored"):
            raise Refusal("steps", f"{canonical(tree)} is no number of a step", at=tree)
        return expression.function

    def _whole_number(self, tree: Node, line: int) -> Expression:
        return self._expression(tree, line)[0]

    # --- draws and results

    def _drawn(self, target: Node, distribution: Node, line: int) -> Expression:
        variable = self._target(target)
        scale = _normal_scale(distribution)
        if scale is None:
            raise Refusal("draw", f"a draw from {canonical(distribution)}", "a named distribution")
        self.random = True
        axes = variable.type.axes if isinstance(variable.type, ArrayType) else ()
        sizes = tuple(
            Argument(ascii_name(_tree(n)), n, ArrayType((), "integer"), "hyper-parameter", None, "positive integer")
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
                out.append(expression)
            if k == 0 and self.result != kind:
                self.result, self.changed = kind, True
        return Give(tuple(out), line)

    # --- arguments

    def _arguments(
        self, body: tuple[Instruction, ...]
    ) -> tuple[tuple[Argument, ...], tuple[str, ...], tuple[Instruction, ...]]:
        """What the box must be given: everything that is read before it is set, in the order of the declarations."""
        needed = _needed(body, set())
        by_name = {v.name: (k, v) for k, v in self.vars.items() if not k.startswith("series ")}
        arguments: list[Argument] = []
        start: list[Instruction] = []
        told = {
            n
            for name, (_, v) in by_name.items()
            if name in needed and isinstance(v.type, ArrayType)
            for a in v.type.axes
            if (n := a.dim.name) is not None
        }
        sizes: list[str] = []
        for name, (key, v) in by_name.items():
            if name not in needed:
                continue
            if key in told and (v.sort == "integer" or v.type == ArrayType((), "integer")):
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
        for name in sorted(_sizes_read(body) - set(by_name)):
            latex = next((d for d in sorted(told) if ascii_name(_tree(d)) == name), name)
            if latex in told:
                sizes.append(latex)
            else:
                arguments.append(
                    Argument(name, latex, ArrayType((), "integer"), "hyper-parameter", None, "positive integer")
                )
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


def _array_types(kind: Type | None) -> tuple[ArrayType, ...]:
    if isinstance(kind, FunctionType):
        return (*kind.arguments, kind.result)
    return (kind,) if kind is not None else ()


def _trees(step: Step) -> Iterator[Node]:
    match step:
        case Assign():
            yield from (*step.targets, *step.values)
        case Draw():
            yield from (step.target, step.distribution)
        case Declare():
            yield from (t for t, _ in step.trees)
        case Return():
            yield from step.values


def _flat(steps: Sequence[Step]) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step, For | While | Endless):
            yield from _flat(step.body)
        if isinstance(step, If):
            for _, block in step.branches:
                yield from _flat(block)


def _tree(latex: str) -> Node:
    from .facts import tree_of

    return tree_of(latex) or Symbol(latex, (), "", True)


def _membership(tree: Node) -> tuple[str, ...] | None:
    r"""The shape in `\mathbb{R}^{n \times d}`; () for an interval; None for anything else."""
    match tree:
        case Group("[" | "(", _, List()):
            return ()
        case Symbol("R" | "Z" | "N", font="bb"):
            return ()
        case Scripted(Symbol("R", font="bb"), None, sup, 0) if sup is not None:
            sides = _factors(sup)
            return tuple(canonical(s) for s in sides)
    return None


def _factors(tree: Node) -> list[Node]:
    from ..formula.tree import Binary

    if isinstance(tree, Binary) and tree.op == "×":
        return [*_factors(tree.left), *_factors(tree.right)]
    return [tree]


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


def _is_identity(tree: Node) -> bool:
    return isinstance(tree, Symbol) and tree.name in ("I", "1") and not tree.accents


def _renamed(body: IR, names: Mapping[str, str]) -> IR:
    """The IR with other names for its arguments."""
    from ..ir.node import Call, Gradient
    from .nodes import rebuild

    if all(k == v for k, v in names.items()):
        return body

    def change(node: object) -> object:
        match node:
            case Arg(name):
                return Arg(names.get(name, name))
            case Call():
                return replace(node, function=names.get(node.function, node.function))
            case Gradient():
                return replace(node, wrt=names.get(node.wrt, node.wrt))
        return node

    renamed: IR = rebuild(body, change)
    return renamed


def _reads(expression: Expression) -> set[str]:
    """Variables that an expression reads, through elements too."""
    out = {a.name for a in expression.function.arguments if a.name not in expression.elements}
    for element in expression.elements.values():
        out |= {element.array} | {a.name for a in element.number.arguments}
    return out


def _needed(body: Sequence[Instruction], defined: set[str]) -> set[str]:
    """Names that are read before anything sets them; `defined` grows."""
    needed: set[str] = set()

    def read(names: set[str]) -> None:
        needed.update(names - defined)

    for step in body:
        match step:
            case Set():
                read(_reads(step.value))
                if step.saves:
                    defined.add(step.saves)
                if step.saves and step.target not in defined:
                    needed.add(step.target)
                defined.add(step.target)
            case Store():
                read(_reads(step.value) | {a.name for a in step.number.arguments})
                defined.add(step.series)
            case Loop():
                read(_reads(step.first) | _reads(step.last))
                defined.add(step.variable)
                needed |= _needed(step.body, defined)
            case WhileLoop():
                if not step.until:
                    read(_reads(step.condition))
                needed |= _needed(step.body, defined)
                read(_reads(step.condition))
            case Branch():
                after: set[str] | None = None
                for condition, block in step.branches:
                    if condition is not None:
                        read(_reads(condition))
                    own = set(defined)
                    needed |= _needed(block, own)
                    after = own if after is None else after & own
                if step.branches and step.branches[-1][0] is None and after is not None:
                    defined |= after
            case Give():
                for value in step.values:
                    if isinstance(value, Collect):
                        read({value.series} | {a.name for f in (value.first, value.last) for a in f.arguments})
                    else:
                        read(_reads(value))
    return needed


def _sizes_read(body: Sequence[Instruction]) -> set[str]:
    """Names of whole-number arguments of the expressions, which may be sizes."""
    out: set[str] = set()

    def of(function: Function) -> None:
        out.update(
            a.name
            for a in function.arguments
            if isinstance(a.type, ArrayType) and not a.type.axes and a.type.sort == "integer"
        )

    def expression(e: Expression) -> None:
        of(e.function)
        for element in e.elements.values():
            of(element.number)

    for step in body:
        match step:
            case Set():
                expression(step.value)
            case Store():
                expression(step.value)
                of(step.number)
            case Loop():
                expression(step.first)
                expression(step.last)
                out |= _sizes_read(step.body)
            case WhileLoop():
                expression(step.condition)
                out |= _sizes_read(step.body)
            case Branch():
                for condition, block in step.branches:
                    if condition is not None:
                        expression(condition)
                    out |= _sizes_read(block)
            case Give():
                for value in step.values:
                    if isinstance(value, Collect):
                        of(value.first)
                        of(value.last)
                    else:
                        expression(value)
    return out
