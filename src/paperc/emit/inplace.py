"""One step of an element-wise optimiser in place: few passes over memory, for one tensor or for lists of tensors.

A statement is brought to a sum of terms, coefficient × tensors / tensors, so that the fused operations of PyTorch apply:
`m = β m + (1 - β) g` is `m.lerp_(g, 1 - β)`, `θ = θ - α m / d` is `θ.addcdiv_(m, d, value=-α)`. A value that is read once
is computed where it is read; one that is a multiple of another variable is never stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..ir.node import Arg, Const, Node, Op
from ..ir.optimiser import Optimiser, arguments_of, replaced
from ..ir.program import Branch, Expression, Give, Instruction, Set, instructions
from ..ir.shapes import walk
from . import rules
from .emitter import CannotEmit
from .values import ATOM, POWER, SUM

_UNARY = frozenset(
    {"sqrt", "abs", "sign", "exp", "log", "log1p", "expm1", "tanh", "sigmoid", "erf", "sin", "cos", "floor"}
)
"""Element-wise functions that tensors have in place, and lists of tensors too."""


@dataclass(frozen=True, slots=True)
class Term:
    """sign × over (numbers) / under (numbers) × tensors / divisors."""

    sign: int = 1
    over: tuple[Node, ...] = ()
    under: tuple[Node, ...] = ()
    tensors: tuple[Node, ...] = ()
    divisors: tuple[Node, ...] = ()

    def times(self, other: Term) -> Term:
        return Term(
            self.sign * other.sign, self.over + other.over, self.under + other.under, self.tensors + other.tensors,
            self.divisors + other.divisors,
        )  # fmt: skip

    def inverse(self) -> Term:
        return Term(self.sign, self.under, self.over, self.divisors, self.tensors)

    def negative(self) -> Term:
        return replace(self, sign=-self.sign)

    @property
    def coefficient(self) -> Node:
        """The number in front, as a formula."""
        top = _product(self.over)
        whole = top if not self.under else Op("div", (top, _product(self.under)))
        if self.sign > 0:
            return whole
        return Const(-whole.value) if isinstance(whole, Const) else _negative(whole)


def _product(factors: Sequence[Node]) -> Node:
    kept = [f for f in factors if f != Const(1)]
    return Op("mul", tuple(kept)) if len(kept) > 1 else kept[0] if kept else Const(1)


def _negative(node: Node) -> Node:
    """The sign stands in front of the first factor: `-lr / (1 - beta**t)`."""
    match node:
        case Op("mul", (first, *rest)):
            return Op("mul", (_negative(first), *rest))
        case Op("div", (top, bottom)):
            return Op("div", (_negative(top), bottom))
        case Const(value):
            return Const(-value)
    return Op("neg", (node,))


@dataclass(frozen=True, slots=True)
class Do:
    """One pass: `name` is made (`fresh`) or changed by an operation on tensors, with a number."""

    name: str
    op: str
    operands: tuple[str, ...]
    number: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """`name = text`: a number, the same for all tensors."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    line: int


@dataclass(frozen=True, slots=True)
class Fork:
    branches: tuple[tuple[str, tuple[Item, ...]], ...]
    """(condition, "" for the last one; what is done)."""


Item = Do | Number | Remark | Fork


def plan(found: Optimiser, names: Mapping[str, str]) -> tuple[Item, ...]:
    """The step as passes. `names`: what a setting is called in code. Raises CannotEmit for what has no form in place."""
    if found.form != "element-wise" or found.ahead or any(not s.tensor for s in found.state):
        raise CannotEmit("a step that is no element-wise update of tensors")
    return _Planner(found, names).block(found.step.body, ())


@dataclass
class _Planner:
    found: Optimiser
    names: Mapping[str, str]
    items: list[Item] = field(default_factory=list)
    inlined: dict[str, Node] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> set[str]:
        """What outlives a step."""
        return {self.found.parameters, *(s.name for s in self.found.state)}

    def block(self, body: Sequence[Instruction], after: Sequence[Instruction]) -> tuple[Item, ...]:
        outer, self.items = self.items, []
        shown = -2
        for k, step in enumerate(body):
            later = (*body[k + 1 :], *after)
            if step.line >= 0 and step.line != shown and not isinstance(step, Give):
                self.items.append(Remark(step.line))
                shown = step.line
            match step:
                case Set():
                    self.set(step, later)
                case Branch(branches, _):
                    parts = []
                    for condition, inner in branches:
                        text = self.number(condition.function.body) if isinstance(condition, Expression) else ""
                        saved = dict(self.inlined)
                        parts.append((text, self.block(inner, later)))
                        self.inlined = saved
                    self.items.append(Fork(tuple(parts)))
                case Give():
                    pass
                case _:
                    raise CannotEmit("a loop inside a step")
        made, self.items = tuple(self.items), outer
        return made

    # --- statements

    def set(self, step: Set, later: Sequence[Instruction]) -> None:
        target, value = step.target, step.value.function.body
        if target not in self.found.tensors:
            if any(target in _reads(s) for s in instructions(later)):
                self.items.append(Number(target, self.number(value)))
            return
        if step.saves:
            self.do(step.saves, "clone", (target,), fresh=True)
        if target in self.kept:
            self.update(target, self.open(value))
            return
        value = self.open(value)
        if self.may_wait(target, value, later):
            self.inlined[target] = value
            return
        name, owned = self.value(value, target)
        if name != target:
            self.do(target, "alias" if owned else "clone", (name,), fresh=True)

    def may_wait(self, target: str, value: Node, later: Sequence[Instruction]) -> bool:
        """It can be computed where it is read: once, or it is a multiple of a variable; and nothing that it reads changes."""
        sets = [s for s in instructions(later) if isinstance(s, Set)]
        if any(s.target == target for s in sets):
            return False
        uses = sum(_count(s, target) for s in instructions(later))
        terms = self.terms(value)
        multiple = (
            len(terms) == 1
            and len(terms[0].tensors) == 1
            and not terms[0].divisors
            and isinstance(terms[0].tensors[0], Arg)
        )
        changed: set[str] = set()
        for s in instructions(later):
            if target in _reads(s) and changed & arguments_of(value):
                return False
            if isinstance(s, Set):
                changed.add(s.target)
        return uses == 1 or multiple

    def open(self, node: Node) -> Node:
        """With the values that were not stored."""
        made: Node = replaced(node, lambda n: self.inlined.get(n.name) if isinstance(n, Arg) else None)
        return made

    def update(self, x: str, value: Node) -> None:
        """`x = value`, in place."""
        terms = self.terms(value)
        own = [t for t in terms if t.tensors == (Arg(x),) and not t.divisors]
        others = [t for t in terms if t not in own]
        if own and not any(x in arguments_of(n) for t in others for n in (*t.tensors, *t.divisors)):
            a = _sum([t.coefficient for t in own])
            if len(others) == 1 and len(others[0].tensors) == 1 and not others[0].divisors:
                b = others[0].coefficient
                if b == Op("sub", (Const(1), a)) or a == Op("sub", (Const(1), b)):
                    y, _ = self.value(others[0].tensors[0], "value")
                    self.do(x, "lerp", (y,), self.number(b))
                    return
            if a != Const(1):
                self.do(x, "mul", (), self.number(a))
            for term in others:
                self.accumulate(x, term)
            return
        match value:
            case Op("max" | "min" as op, (left, right)):
                terms = self.terms(left)
                if (
                    len(terms) == 1
                    and terms[0].tensors == (Arg(x),)
                    and not terms[0].divisors
                    and x not in arguments_of(right)
                ):
                    if (a := terms[0].coefficient) != Const(1):
                        self.do(x, "mul", (), self.number(a))
                    y, _ = self.value(right, "value")
                    self.do(x, f"{op}imum", (y,))
                    return
        y, _ = self.value(value, "value")
        self.do(x, "copy", (y,))

    # --- values

    def value(self, node: Node, wish: str) -> tuple[str, bool]:
        """The variable that holds a value, and whether it is a temporary that may be changed."""
        match node:
            case Arg(name):
                return name, False
            case Op(op, (inner,)) if op in _UNARY:
                x, owned = self.value(inner, wish)
                return self.made(x, owned, op, (), "", wish)
            case Op("max" | "min" as op, (left, right)):
                if not self.tensor(left):
                    left, right = right, left
                x, owned = self.value(left, wish)
                if not self.tensor(right):
                    bound = "at least" if op == "max" else "at most"
                    return self.made(x, owned, bound, (), self.number(right), wish)
                y, _ = self.value(right, "other")
                return self.made(x, owned, f"{op}imum", (y,), "", wish)
            case Op("pow", (base, exponent)) if not self.tensor(exponent):
                x, owned = self.value(base, wish)
                return self.made(x, owned, "pow", (), self.number(exponent), wish)
        terms = self.terms(node)
        if len(terms) == 1 and terms[0] == Term(tensors=(node,)):
            raise CannotEmit(f"{getattr(node, 'op', type(node).__name__)} has no form in place")
        return self.total(terms, wish)

    def total(self, terms: Sequence[Term], wish: str) -> tuple[str, bool]:
        arrays = [t for t in terms if t.tensors or t.divisors]
        x, owned = self.term(arrays[0], wish)
        for term in arrays[1:]:
            if not owned:
                x, owned = self.made(x, False, "clone", (), "", wish)
            self.accumulate(x, term)
        numbers = [t.coefficient for t in terms if not t.tensors and not t.divisors]
        if numbers:
            x, owned = self.made(x, owned, "add number", (), self.number(_sum(numbers)), wish)
        return x, owned

    def term(self, term: Term, wish: str) -> tuple[str, bool]:
        if term.tensors:
            x, owned = self.value(term.tensors[0], wish)
        else:
            x, owned = self.value(term.divisors[0], wish)
            x, owned = self.made(x, owned, "reciprocal", (), "", wish)
            term = replace(term, divisors=term.divisors[1:])
        for y in term.tensors[1:]:
            x, owned = self.made(x, owned, "times", (self.value(y, "factor")[0],), "", wish)
        for y in term.divisors:
            x, owned = self.made(x, owned, "over", (self.value(y, "denominator")[0],), "", wish)
        match term.coefficient:
            case Const(1):
                return x, owned
            case Op("div", (Const(1), divisor)):
                return self.made(x, owned, "div", (), self.number(divisor), wish)
            case number:
                return self.made(x, owned, "mul", (), self.number(number), wish)

    def accumulate(self, x: str, term: Term) -> None:
        """`x += term`, in place."""
        number = self.number(term.coefficient)
        if not term.tensors and not term.divisors:
            self.do(x, "add number", (), number)
            return
        names = [self.value(n, "factor")[0] for n in term.tensors]
        names += [self.value(n, "denominator")[0] for n in term.divisors]
        match len(term.tensors), len(term.divisors):
            case 1, 0:
                self.do(x, "add", tuple(names), number)
            case 2, 0:
                self.do(x, "addcmul", tuple(names), number)
            case 1, 1:
                self.do(x, "addcdiv", tuple(names), number)
            case _:
                y, _ = self.term(replace(term, sign=1, over=(), under=()), "change")
                self.do(x, "add", (y,), number)

    def made(self, x: str, owned: bool, op: str, others: tuple[str, ...], number: str, wish: str) -> tuple[str, bool]:
        """The value after one more operation: in place on a temporary, a new temporary else."""
        if owned:
            self.do(x, op, others, number)
            return x, True
        name = self.fresh(wish)
        self.do(name, op, (x, *others), number, fresh=True)
        return name, True

    def do(self, name: str, op: str, operands: tuple[str, ...], number: str = "", *, fresh: bool = False) -> None:
        self.items.append(Do(name, op, operands, number, fresh))

    def fresh(self, wish: str) -> str:
        taken = {a.name for a in self.found.step.arguments} | set(self.names.values()) | self.kept
        while True:
            count = self.used[wish] = self.used.get(wish, 0) + 1
            name = wish if count == 1 else f"{wish}_{count}"
            if name not in taken:
                return name

    # --- sums of terms

    def tensor(self, node: Node) -> bool:
        return bool(arguments_of(node) & self.found.tensors)

    def terms(self, node: Node) -> list[Term]:
        if not self.tensor(node):
            return [Term(over=(node,))]
        match node:
            case Op("add", args):
                return [t for a in args for t in self.terms(a)]
            case Op("sub", (left, right)):
                return [*self.terms(left), *(t.negative() for t in self.terms(right))]
            case Op("neg", (inner,)):
                return [t.negative() for t in self.terms(inner)]
            case Op("mul", args):
                # A sum is multiplied out by numbers alone.
                several = sum(self.tensor(a) for a in args) > 1
                factors = [self.terms(a) for a in args]
                return self.multiplied(
                    [[Term(tensors=(a,))] if several and len(f) > 1 else f for a, f in zip(args, factors)]
                )
            case Op("square", (inner,)):
                inside = self.terms(inner)
                return [inside[0].times(inside[0])] if len(inside) == 1 else [Term(tensors=(inner, inner))]
            case Op("div", (top, bottom)):
                below = self.terms(bottom)
                under = below[0].inverse() if len(below) == 1 else Term(divisors=(bottom,))
                return [t.times(under) for t in self.terms(top)]
            case Op("reciprocal", (inner,)):
                return self.terms(Op("div", (Const(1), inner)))
        return [Term(tensors=(node,))]

    @staticmethod
    def multiplied(factors: Sequence[Sequence[Term]]) -> list[Term]:
        out = [Term()]
        for terms in factors:
            out = [a.times(b) for a in out for b in terms]
        return out

    # --- numbers

    def number(self, node: Node) -> str:
        """A number as Python."""
        return self._number(node)[0]

    def _number(self, node: Node) -> tuple[str, int]:
        def at(part: Node, level: int) -> str:
            text, own = self._number(part)
            return text if own >= level else f"({text})"

        match node:
            case Const(value, text):
                return text or repr(value), ATOM if text or value >= 0 else SUM
            case Arg(name):
                return self.names.get(name, name), ATOM
            case Op("neg", (inner,)):
                return f"-{at(inner, POWER)}", SUM
            case Op("add" | "mul" as op, args):
                sign, level = rules.INFIX[op]
                first, *rest = args
                head = (
                    at(first, level)
                    if not (op == "mul" and isinstance(first, Op) and first.op == "neg")
                    else self._number(first)[0]
                )
                return f" {sign} ".join([head, *(at(a, level + 1) for a in rest)]), level
            case Op("sub" | "div" as op, (left, right)):
                sign, level = rules.INFIX[op]
                text, own = self._number(left)
                bare = own >= level or (
                    text.startswith("-") and op == "div" and " + " not in text and " - " not in text
                )
                return f"{text if bare else f'({text})'} {sign} {at(right, level + 1)}", level
            case Op("pow", (left, right)):
                return f"{at(left, ATOM)} ** {at(right, ATOM)}", POWER
            case Op("square", (inner,)):
                return f"{at(inner, ATOM)} ** 2", POWER
            case Op("max" | "min" as op, args):
                return f"{op}({', '.join(self.number(a) for a in args)})", ATOM
            case Op(op, (left, right)) if op in rules.INFIX and op in ("lt", "le", "gt", "ge", "eq", "ne"):
                sign, level = rules.INFIX[op]
                return f"{at(left, level + 1)} {sign} {at(right, level + 1)}", level
            case Op("and" | "or" as op, args):
                word, level = rules.PYTHON_LOGIC[op]
                return f" {word} ".join(at(a, level + 1) for a in args), level
            case Op(op, args) if op in rules.OPERATIONS and rules.OPERATIONS[op].python:
                form = rules.OPERATIONS[op].python
                assert form is not None
                return form.format(*(self.number(a) for a in args)), ATOM
        raise CannotEmit("a number that Python's own arithmetic does not give")


def _sum(nodes: Sequence[Node]) -> Node:
    """`1 + (-a)` is `1 - a`."""
    total = nodes[0]
    for node in nodes[1:]:
        flipped = _flipped(node)
        total = Op("sub", (total, flipped)) if flipped is not None else Op("add", (total, node))
    return total


def _flipped(node: Node) -> Node | None:
    """a of -a."""
    match node:
        case Op("neg", (inner,)):
            return inner
        case Op("mul", (first, *rest)):
            bare = _flipped(first)
            return _product((bare, *rest)) if bare is not None else None
        case Op("div", (top, bottom)):
            bare = _flipped(top)
            return Op("div", (bare, bottom)) if bare is not None else None
        case Const(value) if value < 0:
            return Const(-value)
    return None


def _reads(step: Instruction) -> set[str]:
    match step:
        case Set():
            return arguments_of(step.value.function.body)
        case Branch(branches, _):
            return {n for c, _ in branches if isinstance(c, Expression) for n in arguments_of(c.function.body)}
    return set()


def _count(step: Instruction, name: str) -> int:
    if not isinstance(step, Set):
        return 0
    return sum(n == Arg(name) for n in walk(step.value.function.body))


# --- the two ways to write a pass --------------------------------------------------------------------------------------

Dialect = Callable[[Sequence[Do]], list[str]]


def single(passes: Sequence[Do]) -> list[str]:
    """Methods of one tensor; passes over the same tensor are one chain, and a value that only the next pass reads
    stands inside of it."""
    lines: list[str] = []
    last = ""
    for k, do in enumerate(passes):
        text = _method(do)
        if not do.fresh and do.name == last and text.startswith(f"{do.name}."):
            head, made = _halves(lines[-1])
            infix = k > 0 and passes[k - 1].fresh and passes[k - 1].op in _INFIX
            lines[-1] = f"{head}{f'({made})' if infix else made}{text[len(do.name) :]}"
            continue
        before = passes[k - 1] if k else None
        if before and before.fresh and before.name == last and before.name.startswith("value") and last in do.operands:
            text = re.sub(rf"\b{last}\b", lambda _: _halves(lines[-1])[1], text, count=1)
            lines.pop()
        lines.append(f"{do.name} = {text}" if do.fresh else text)
        last = do.name if do.op != "alias" else ""
    return lines


_INFIX = ("mul", "div", "add number", "times", "over")


def _halves(line: str) -> tuple[str, str]:
    """`name = ` and what is made."""
    match = re.match(r"\w+ = ", line)
    return (match[0], line[match.end() :]) if match else ("", line)


def _method(do: Do) -> str:
    x, *others = do.operands if do.fresh else (do.name, *do.operands)
    mark = "" if do.fresh else "_"
    c = do.number
    match do.op:
        case "mul" | "div" | "add number" | "times" | "over" if do.fresh:  # _INFIX
            sign = {"mul": "*", "times": "*", "add number": "+"}.get(do.op, "/")
            y = others[0] if others else c if re.fullmatch(r"[\w.]+|\w+\(.*\)", c) else f"({c})"
            return f"{y} {sign} {x}" if do.op == "mul" and not y.startswith("(") else f"{x} {sign} {y}"
        case "mul" | "div" | "pow":
            return f"{x}.{do.op}{mark}({c})"
        case "add number":
            return f"{x}.add_({c})"
        case "at least" | "at most":
            return f"{x}.clamp{mark}({'min' if do.op == 'at least' else 'max'}={c})"
        case "times" | "over":
            return f"{x}.{'mul' if do.op == 'times' else 'div'}_({others[0]})"
        case "add":
            if c in ("1", "-1"):
                return f"{x}.{'add' if c == '1' else 'sub'}{mark}({others[0]})"
            return f"{x}.add{mark}({others[0]}, alpha={c})"
        case "addcmul" | "addcdiv":
            return f"{x}.{do.op}{mark}({others[0]}, {others[1]}{'' if c == '1' else f', value={c}'})"
        case "lerp":
            return f"{x}.lerp{mark}({others[0]}, {c})"
        case "maximum" | "minimum":
            return f"torch.{do.op}({x}, {others[0]}{'' if do.fresh else f', out={x}'})"
        case "copy":
            return f"{x}.copy_({others[0]})"
        case "clone":
            return f"{x}.clone()"
        case "alias":
            return x
    return f"{x}.{do.op}{mark}()"


def many(passes: Sequence[Do]) -> list[str]:
    """The same for lists of tensors, one call for all of them."""
    return [f"{do.name} = {_foreach(do)}" if do.fresh else _foreach(do) for do in passes]


def _foreach(do: Do) -> str:
    x, *others = do.operands if do.fresh else (do.name, *do.operands)
    mark = "" if do.fresh else "_"
    c = do.number
    match do.op:
        case "mul" | "div" | "pow":
            return f"torch._foreach_{do.op}{mark}({x}, {c})"
        case "add number":
            return f"torch._foreach_add{mark}({x}, {c})"
        case "at least" | "at most":
            return f"torch._foreach_clamp_{'min' if do.op == 'at least' else 'max'}{mark}({x}, {c})"
        case "times" | "over":
            return f"torch._foreach_{'mul' if do.op == 'times' else 'div'}{mark}({x}, {others[0]})"
        case "add":
            return f"torch._foreach_add{mark}({x}, {others[0]}{'' if c == '1' else f', alpha={c}'})"
        case "addcmul" | "addcdiv":
            return f"torch._foreach_{do.op}{mark}({x}, {others[0]}, {others[1]}{'' if c == '1' else f', value={c}'})"
        case "lerp":
            return f"torch._foreach_lerp{mark}({x}, {others[0]}, {c})"
        case "maximum" | "minimum":
            return f"torch._foreach_{do.op}{mark}({x}, {others[0]})"
        case "copy":
            return f"torch._foreach_copy_({x}, {others[0]})"
        case "clone":
            return f"[a.clone() for a in {x}]"
        case "alias":
            return x
    return f"torch._foreach_{do.op}{mark}({x})"


def written(items: Sequence[Item], dialect: Dialect, remark: Callable[[int], str]) -> Iterator[str]:
    """The lines of a plan."""
    waiting: list[Do] = []
    for item in items:
        if isinstance(item, Do):
            waiting.append(item)
            continue
        yield from dialect(waiting)
        waiting = []
        match item:
            case Remark(line):
                yield remark(line)
            case Number(name, text):
                yield f"{name} = {text}"
            case Fork(branches):
                for k, (condition, inner) in enumerate(branches):
                    yield f"{'if' if not k else 'elif'} {condition}:" if condition else "else:"
                    body = [f"    {line}" for line in written(inner, dialect, remark)]
                    yield from body
                    if not any(not line.lstrip().startswith("#") for line in body):
                        yield "    pass"
    yield from dialect(waiting)
