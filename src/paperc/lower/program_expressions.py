"""The expressions of a box: each formula a typed function of the variables so far, elements of series and arrays among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..formula import ascii_name, canonical, plain
from ..formula.tree import BigOp, Group, Juxtaposition, List, Node, Scripted, Symbol
from ..ir.dims import Dim
from ..ir.node import Arg, Argument, ArrayType, Axis, Function, FunctionType
from ..ir.node import Node as IR
from ..ir.program import Cell, Element, Expression
from ..ir.shapes import domain_axis
from ..provenance import Span
from ..spec.algorithms import Box, For
from ..spec.model import Statement, SymbolInfo
from .facts import Facts
from .index import as_dim, rebuilt, split, unwrapped, walk
from .left import Left, bound_letters, read_left
from .nodes import map_dims
from .program_declarations import Declarations
from .program_variables import Variable, tree_named
from .refusal import Refusal
from .statement import Context, draft
from .tables import Table
from .timeline_loops import Picked
from .timeline_trees import flat


class Expressions(Declarations):
    """Compiles the formulas of a box over its variables."""

    _axes_of_value: frozenset[str] = frozenset()
    """Letters that are axes of the value which is being read."""

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self.in_formulas: set[str] = set()
        """Variables that some formula computes with; what no formula reads may be of any kind."""

    def _expression(self, tree: Node, line: int, target: Node | None = None) -> tuple[Expression, ArrayType]:
        """A formula as a function of variables, with the type of its value (free indices first)."""
        self._plain_notation(tree)
        facts = Facts(self._symbols())
        statement = Statement(
            f"{self.box.algorithm.id}.{line + 1}", None, "definition", tree, canonical(tree), place(self.box, line),
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

    def _plain_notation(self, tree: Node) -> None:
        """Refuses notation that a product of symbols would swallow."""
        for node in walk(tree):
            if isinstance(node, List) and any(
                i in (Symbol("N", (), "cal"), Symbol("U", (), "cal")) for i in node.items
            ):
                # `rand(n, \mathcal{N}, 0, 1)`: a family of distributions is no number
                raise Refusal("distribution", f"{canonical(node)}: a distribution handed to a function", at=node)
            if not isinstance(node, Juxtaposition):
                continue
            for one, other in zip(node.items, node.items[1:]):
                base = split(one).base if isinstance(one, Symbol | Scripted) else None
                if not isinstance(base, Symbol):
                    continue
                following = split(other).base if isinstance(other, Symbol | Scripted) else None
                if base.name == "nabla" and isinstance(following, Symbol) and following.name == "nabla":
                    raise Refusal("hessian", f"{canonical(node)}: second derivatives are not read", at=node)
                if not (isinstance(other, Group) and other.open == "["):
                    continue
                known = self.vars.get(plain(one)) or self.vars.get(plain(base))
                value = known is not None and not isinstance(known.type, FunctionType)
                if value or plain(base) in self.t.reads:
                    why = f"{canonical(node)}: square brackets behind a variable pick elements, or multiply"
                    raise Refusal("brackets", why, "an index below the symbol, or a sign between the two", at=node)

    def _left(self, target: Node, value: Node, facts: Facts) -> Left:
        forced = [i for i in (*split(target).sups, *split(target).subs) if plain(unwrapped(i)) in self.t.ranges]
        try:
            left = read_left(target, value, facts)
        except Refusal:
            left = Left(target, target)
        if left.bracketed or left.gradient is not None or left.negated:
            raise Refusal("target", f"{canonical(target)} is nothing that can be assigned", at=target)
        counters = {plain(s.variable) for s in flat(self.box.steps) if isinstance(s, For) and s.variable is not None}
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
        out = {k: v for k, v in self.paper.items() if (t := tree_named(k)) is None or plain(t) not in self.vars}
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
            domain = {"integer": "integer", "stored": "label"}.get(v.sort, v.domain)
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
        for name, picked in self.t.picked.items():
            axes = self._table_axes(picked.table)
            kept = tuple(str(a.dim) for a, number in zip(axes, picked.numbers) if number is None)
            out[name] = SymbolInfo(name, name, "" if kept else "scalar", kept)
        for name, read in self.t.reads.items():
            array = self.vars.get(plain(read.array)) or self.vars.get(f"series {plain(read.array)}")
            element: tuple[str, ...] | None = None
            if array is not None and isinstance(array.type, ArrayType):
                axes = array.type.axes if plain(read.array) in self._series_keys() else array.type.axes[1:]
                element = tuple(str(a.dim) for a in axes)
            elif plain(read.array) not in self._series_keys() and self.scalar_items:
                element = ()
            domain = {"integer": "integer", "stored": "label"}.get(array.sort, "") if array is not None else ""
            out[name] = SymbolInfo(name, name, "scalar" if element == () else "", element, domain=domain)
        return out

    def _adopted(self, function: Function, trees: Mapping[str, Node], line: int) -> tuple[Expression, ArrayType]:
        names: dict[str, str] = {}
        elements: dict[str, Element | Cell] = {}
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
            picked = self._entry(tree)
            if picked is not None:
                names[argument.name] = argument.name
                elements[argument.name] = self._cell(picked, line)
                arguments.append(argument)
                continue
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
            if not isinstance(function.body, Arg):
                self.in_formulas.add(variable.name)
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
            called = replace(
                kind, arguments=tuple(map_dims(a, named) for a in kind.arguments), result=map_dims(kind.result, named)
            )
            if variable.type != called:
                variable.type, self.changed = called, True
            variable.meaning = variable.meaning or self.said_of_functions.get(plain(variable.tree), "")
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

    # --- tables

    def _entry(self, tree: Node) -> Picked | None:
        return self.t.picked.get(plain(tree)) or self.t.picked.get(plain(split(tree).base))

    def _table_axes(self, table: Table) -> tuple[Axis, ...]:
        """The declared axes of a table, which its variable holds."""
        variable = self.vars.get(plain(table.array)) or self._new(table.array)
        if not isinstance(variable.type, ArrayType) or len(variable.type.axes) != len(table.bases):
            raise Refusal("element", f"{canonical(table.array)} is no array of {len(table.bases)} axes", at=table.array)
        return variable.type.axes

    def _cell(self, picked: Picked, line: int) -> Cell:
        self._table_axes(picked.table)
        numbers: list[Expression | None] = []
        bases: list[int] = []
        for item, base in zip(picked.numbers, picked.table.bases):
            if item is None:
                numbers.append(None)
                bases.append(0)
                continue
            number, kind = self._expression(item, line)
            if kind.axes or kind.sort not in ("integer", "stored"):
                raise Refusal("element", f"{canonical(item)} is no place in {canonical(picked.table.array)}", at=item)
            numbers.append(number)
            bases.append(0 if kind.sort == "stored" else base)
        return Cell(self.vars[plain(picked.table.array)].name, tuple(numbers), tuple(bases))

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
        for loop in flat(self.t.steps):
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


def place(box: Box, line: int) -> Span:
    """Where a line stands in the paper; the box itself for a line that is none."""
    return box.algorithm.lines[line].span if 0 <= line < len(box.algorithm.lines) else box.algorithm.span


def short(text: str) -> str:
    return text if len(text) < 70 else f"{text[:67]}…"
