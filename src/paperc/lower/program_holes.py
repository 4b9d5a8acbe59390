"""Lines that no rule reads, as calls: of what they mention, for what they set."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..formula import ascii_name, canonical, plain
from ..formula.tree import BigOp, Ellipsis, Group, Juxtaposition, Node, Number, Quantified, Scripted, Symbol
from ..ir.node import Argument, ArrayType, FunctionType, HoleType, Type
from ..ir.program import Call, Do, Each, Element, Instruction
from ..spec.algorithms import Each as EachStep
from ..spec.algorithms import For, Hole, Step
from .index import is_letter, rebuilt, split, unwrapped, walk
from .left import bound_letters
from .program_expressions import Expressions, short
from .program_variables import Variable
from .refusal import Refusal
from .timeline_trees import all_trees, flat, occurrences

_NOTATION = frozenset("infty emptyset varnothing nabla partial cdot top forall exists ldots dots prime star".split())
"""Symbols that name no variable."""
_SETS = frozenset("RNZQC")
Form = Literal["values", "condition", "items"]


@dataclass(slots=True)
class Called:
    """One hole of the box: the function that stands for it, what it takes and what it gives."""

    hole: Hole
    name: str
    form: Form
    takes: dict[str, tuple[str, Variable | str]] = field(default_factory=dict)
    """Name that its signature shows → (where its type is known, that variable or the array of which it is an element)."""
    gives: tuple[Variable, ...] = ()


class Holes(Expressions):
    """Calls of functions that the reader of the paper supplies."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.called: dict[tuple[int, str, str], Called] = {}
        """By line, name and the symbols that are set."""
        self.copies: list[tuple[str, str]] = []
        """`x ← y`: both are of one kind."""

    # --- statements

    def _do(self, hole: Hole) -> list[Instruction]:
        targets: list[str | Element] = []
        gives: list[Variable] = []
        for target in hole.targets:
            read = self._stands_for(target)
            if read is not None:
                name = self._array_type(read[0], ArrayType(), series=True)
                targets.append(Element(name, self._number(read[1], hole.line), 0))
                gives.append(self.vars[f"series {plain(read[0])}"])
                continue
            self._whole(target)
            self._label(target)
            variable = self._target(target)
            if isinstance(variable.type, FunctionType):
                raise Refusal("form", f"{canonical(target)} is called as a function elsewhere, and this line sets it")
            targets.append(variable.name)
            gives.append(variable)
        call = self._call(hole, "values", gives)
        save = self.t.saves.get(hole.line, "")
        saves = tuple(save if save == f"{v.name}_before" else "" for v in gives)
        if save and not any(saves):
            raise Refusal("steps", "the value before of what this line sets is still read")
        for variable, name in zip(gives, saves):
            if name:
                self._saved(variable, name)
        return [Do(tuple(targets), call, hole.line, saves if any(saves) else ())]

    def _each(self, step: EachStep) -> list[Instruction]:
        for target in step.targets:
            if any(
                plain(unwrapped(i)) == plain(target)
                for s in flat(step.body)
                for n in occurrences(all_trees(s))
                for i in (*split(n).subs, *split(n).sups)
            ):
                raise Refusal("loop", f"a loop over elements that uses {canonical(target)} as an index")
        gives = [self._target(t) for t in step.targets]
        items: Call | str
        if step.items.told and not step.items.name:
            (given,) = self._mentioned(step.items)
            found = self._reference(given, step.items.line)
            if isinstance(found, Element):
                raise Refusal("loop", "a loop over one element of an array")
            items = found
        else:
            items = self._call(step.items, "items", gives)
        return [Each(tuple(v.name for v in gives), items, self._steps(step.body), step.line)]

    def _steps(self, steps: Sequence[Step]) -> tuple[Instruction, ...]:
        raise NotImplementedError

    def _target(self, target: Node) -> Variable:
        raise NotImplementedError

    def _saved(self, variable: Variable, name: str) -> None:
        raise NotImplementedError

    def _label(self, target: Node) -> None:
        """What stands below a symbol that a line of words sets is a label, if the box never counts there."""
        counters = {plain(s.variable) for s in flat(self.box.steps) if isinstance(s, For) and s.variable is not None}
        trees = [n for s in flat(self.box.steps) for t in all_trees(s) for n in walk(t)]
        counters |= {plain(unwrapped(b)) for n in trees if isinstance(n, BigOp) for b in bound_letters(n)}
        parts = split(target)
        own = {plain(n) for i in (*parts.subs, *parts.sups) for n in walk(i) if isinstance(n, Symbol | Number)}
        if all(x not in counters and x.isalpha() for x in own):
            return
        for step in flat(self.box.steps):
            for node in occurrences(all_trees(step)):
                theirs = split(node)
                if plain(theirs.base) != plain(parts.base) or plain(node) == plain(target):
                    continue
                letters = {plain(n) for i in (*theirs.subs, *theirs.sups, *parts.subs, *parts.sups) for n in walk(i)}
                if letters & counters and plain(node) not in self.t.reads:
                    what = f"{canonical(target)} and {canonical(node)}"
                    raise Refusal("elements", f"the line sets elements of an array in words: {what}", at=target)

    # --- calls

    def _call(self, hole: Hole, form: Form, gives: Sequence[Variable]) -> Call:
        if hole.unread:
            raise Refusal("hole", f"{hole.unread}: “{short(hole.text)}”", "a formula for this line")
        key = (hole.line, hole.name, " ".join(canonical(t) for t in hole.targets))
        called = self.called.get(key)
        if called is None:
            called = self.called[key] = Called(hole, "", form)
        called.gives = tuple(gives)
        arguments: list[str | Element] = []
        called.takes = {}
        for tree in self._mentioned(hole):
            given = self._reference(tree, hole.line)
            name = given.array if isinstance(given, Element) else given
            shown = name
            if isinstance(given, Element):
                shown = ascii_name(tree).removeprefix("item_")
            arguments.append(given)
            known = self._stands_for(tree)
            called.takes[shown] = ("element", name) if known is not None else ("variable", self.vars[plain(tree)])
        return Call(self._hole_name(called), tuple(arguments))

    def _hole_name(self, called: Called) -> str:
        """The name of its function: unique in the box, and no variable's."""
        if called.name:
            return called.name
        if called.hole.told and not called.hole.name.startswith("sample_"):
            # One function by one name; `p(z)` and `p(s)` are two densities all the same.
            again = next(
                (c for c in self.called.values() if c.name and c.hole.told and c.hole.name == called.hole.name), None
            )
            if again is not None and len(again.gives) == len(called.gives) and len(again.takes) == len(called.takes):
                called.name = again.name
                return called.name
        taken = {c.name for c in self.called.values()} | {ascii_name(v.tree) for v in self.vars.values()}
        taken |= {v.name for v in self.vars.values()} | set(_NAMES)
        wish = called.hole.name or f"line_{called.hole.line + 1}"
        wish = f"do_{wish}" if keyword.iskeyword(wish) or not re.match(r"[A-Za-z_]", wish) else wish
        name, count = wish, 1
        while name in taken or keyword.iskeyword(name):
            count += 1
            name = f"{wish}_{count}"
        called.name = name
        return name

    def _reference(self, tree: Node, line: int) -> str | Element:
        """A variable, or an element, as it is handed to a function."""
        read = self._stands_for(tree)
        if read is not None:
            series = plain(read[0]) in self._series_keys()
            array = self._array_type(read[0], ArrayType(), series=series)
            return Element(array, self._number(read[1], line), 0 if series else self.axis_base[plain(read[0])])
        self._whole(tree)
        variable = self.vars.get(plain(tree))
        if variable is None:
            self._may_be_given(tree)
            if self._part(tree):
                # `ℓ_i` beside a function `ℓ`, `x_i` beside an array `x`: words do not say which element.
                raise Refusal("form", f"{canonical(tree)} is a part of a symbol that the box knows", at=tree)
            variable = self._new(tree)
            self.changed = True
        return variable.name

    def _part(self, tree: Node) -> bool:
        """It has scripts that a known symbol of the same letter lacks; two labels (`z_g`, `z_c`) are two symbols."""
        parts = split(tree)
        for v in self.vars.values():
            theirs = split(v.tree)
            if plain(theirs.base) != plain(parts.base):
                continue
            if (len(theirs.subs), len(theirs.sups)) != (
                len(parts.subs),
                len(parts.sups),
            ) or theirs.primes != parts.primes:
                return True
        return False

    def _whole(self, tree: Node) -> None:
        """A line of words deals with whole variables, or with elements that a step numbers."""
        if plain(tree) not in self.t.reads and plain(split(tree).base) in self.t.reads:
            raise Refusal("element", f"{canonical(tree)}: an element of an array in a line of words", at=tree)

    def _mentioned(self, hole: Hole) -> list[Node]:
        """The variables in its formulas, each once, in the order in which they are printed."""
        bound = {
            plain(unwrapped(b)) for t in hole.symbols for n in walk(t) if isinstance(n, BigOp) for b in bound_letters(n)
        }
        if any(isinstance(n, Ellipsis) for t in hole.symbols for n in walk(t)):
            raise Refusal("elements", f"an ellipsis in a line of words: “{short(hole.text)}”")
        if any(isinstance(n, Quantified) for t in hole.symbols for n in walk(t)):
            raise Refusal("quantifier", f"a statement for all elements in words: “{short(hole.text)}”")
        found: dict[str, Node] = {}
        for tree in hole.symbols:
            for node in self._symbols_of(tree):
                if plain(node) not in bound:
                    found.setdefault(plain(node), node)
        return list(found.values())

    def _symbols_of(self, tree: object) -> Iterator[Node]:
        named = _distributions(tree)
        for node in occurrences_outside_scripts(tree):
            parts = split(node)
            base = parts.base
            if not isinstance(base, Symbol):
                continue
            if base.name in _NOTATION and not base.word:
                # `∇_θ` names a variable only if the box has it by that name
                yield from (s for i in parts.subs for s in self._symbols_of(i) if plain(s) in self.vars)
                continue
            if (base.font == "bb" and base.name in _SETS) or id(base) in named:
                continue
            whole = node
            if plain(whole) not in self.vars and plain(whole) not in self.t.reads:
                # powers, transposes and bounds are no part of a name
                sups = tuple(
                    i for i in parts.sups if not isinstance(unwrapped(i), Number | Juxtaposition) and is_letter(i)
                )
                bare = rebuilt(parts, (), parts.subs)
                whole = bare if plain(bare) in self.vars or plain(bare) in self.t.reads or not sups else node
            known = plain(whole) in self.vars or plain(whole) in self.t.reads
            if base.word and not known:
                continue
            yield whole
            assigned = {plain(v.tree) for v in self.vars.values() if v.assigned}
            for item in (*parts.subs, *parts.sups):
                for inner in self._symbols_of(item):
                    if plain(inner) in assigned:
                        yield inner

    # --- what kind of thing each is

    def _objects(self) -> bool:
        """Variables that no formula computes with are values of any kind; True if that is news."""
        numbers = set(self.in_formulas)
        numbers |= {v.name for v in self.vars.values() if v.type is not None or v.default is not None or v.domain}
        for _ in self.copies:
            for a, b in self.copies:
                numbers |= {a, b} if a in numbers or b in numbers else set()
        news = False
        for key, v in self.vars.items():
            if v.sort == "real" and v.name not in numbers and not key.startswith("series "):
                v.sort, news = "object", True
        return news

    def _hole_arguments(self) -> list[Argument]:
        """The functions that stand for the holes, in the order of the lines."""
        out: list[Argument] = []
        for called in sorted(self.called.values(), key=lambda c: c.hole.line):
            if not called.name or called.name in {a.name for a in out}:
                continue
            results = tuple(self._handed(v) for v in called.gives)
            takes = tuple(self._taken(*known) for known in called.takes.values())
            kind = HoleType(
                tuple(t for t in takes if t is not None),
                results[0] if results else ArrayType((), "boolean" if called.form == "condition" else "object"),
                tuple(called.takes),
                tuple(v.name for v in called.gives),
                results,
                called.form,
            )
            line = self.box.algorithm.lines[called.hole.line]
            number = line.number or str(called.hole.line + 1)
            out.append(
                Argument(called.name, called.name, kind, "callable", None, "", f"line {number}: “{line.text.strip()}”")
            )
        return out

    def _taken(self, how: str, known: Variable | str) -> ArrayType | None:
        if isinstance(known, Variable):
            return self._handed(known)
        series = next((v for k, v in self.vars.items() if k.startswith("series ") and v.name == known), None)
        if series is not None:
            return self._handed(series)
        array = next((v for v in self.vars.values() if v.name == known), None)
        kind = array.type if array is not None else None
        return ArrayType(kind.axes[1:], kind.sort) if isinstance(kind, ArrayType) else None

    def _handed(self, variable: Variable) -> ArrayType:
        kind: Type | None = variable.type
        return kind if isinstance(kind, ArrayType) and kind.axes else ArrayType((), variable.sort)


_NAMES = ("torch", "math", "as_tensor", "matrix_sqrt", "F", "Tensor", "Any", "Callable", "generator", "range", "len")


def _distributions(tree: object) -> set[int]:
    r"""The symbols that are notation: the N and the I of `\mathcal{N}(0, I)`."""
    out: set[int] = set()
    for node in walk(tree):
        if isinstance(node, Juxtaposition) and len(node.items) > 1 and isinstance(node.items[1], Group):
            head = node.items[0]
            if isinstance(head, Symbol) and head.name in ("N", "U") and head.font == "cal":
                out |= {id(head)} | {id(n) for n in walk(node.items[1]) if isinstance(n, Symbol) and n.name == "I"}
    return out


def occurrences_outside_scripts(tree: object) -> Iterator[Node]:
    """Symbols with their scripts; what stands in the scripts is part of the name."""
    inside: set[int] = set()
    for node in occurrences(tree):
        if id(node) in inside:
            continue
        if isinstance(node, Scripted):
            inside |= {id(n) for i in (*split(node).subs, *split(node).sups) for n in walk(i)}
        yield node
