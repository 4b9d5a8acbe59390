"""What a box declares: `Require: step size α, θ_0 ∈ R^d`, families such as `x_1, …, x_N`."""

from __future__ import annotations

import re

from ..formula import plain
from ..formula.tree import Ellipsis, Group, Juxtaposition, List, Node, Relation, Scripted, Symbol
from ..ir.dims import Dim
from ..ir.node import ArrayType, Axis
from ..spec.algorithms import Declare, For
from .facts import membership
from .index import as_dim, number_of, rebuilt, split, unwrapped
from .program_variables import Variables, tree_named
from .timeline_trees import flat

_NUMBERS = (
    r"\b(?:step-?\s?sizes?|stepsizes?|(?:learning|decay|drop\w*|mixing) rates?|rates?|decay|momentum|coefficients?|temperature"
    r"|discount|damping|threshold|tolerance|strength|constants?|hyper-?parameters?|regulari[sz]ation|radius|neighbou?rhood size)\b"
)
"""Words for what is a single number."""


class Declarations(Variables):
    """Variables with what the box's own declarations, loops and first steps say of them."""

    def _declare(self) -> None:
        for step in flat(self.box.steps):
            for tree, _ in step.trees if isinstance(step, Declare) else ():
                # `π_k, μ_k for k = 1, …, K`
                if isinstance(tree, Relation) and tree.rest[0][0] == "=" and isinstance(tree.first, Symbol):
                    if isinstance(tree.rest[0][1], List):
                        self.families.add(plain(tree.first))
        for step in flat(self.box.steps):
            if isinstance(step, Declare):
                for tree, words in step.trees:
                    self._declared(tree, words)
            if isinstance(step, For):
                for end in (step.first, step.last):
                    dim = as_dim(end)
                    for n in dim.names if dim is not None else ():
                        found = self.vars.get(n) or self._new(Symbol(n) if n.isalpha() else tree_named(n))
                        found.domain, found.sort, found.type = "positive integer", "integer", ArrayType((), "integer")
                        if found.default is not None:
                            found.default = int(found.default)
        for name in self.t.steps_arguments:
            # Our own name: what the paper says of such a letter elsewhere is not about these steps.
            tree = Symbol(name) if len(name) == 1 else Symbol(name, (), "", True)
            found = self.vars.get(plain(tree)) or self._new(tree)
            found.domain, found.sort, found.type = "positive integer", "integer", ArrayType((), "integer")
            found.default, found.meaning = None, "number of steps"
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
            if tree.rest[0][0] == "=" and (run := _run(tree.rest[0][1])) is not None:
                self._family(run, low)  # `B = {x_{1…m}}`
                return
            targets = tree.first.items if isinstance(tree.first, List) else (tree.first,)
            op, right = tree.rest[0]
            if op == "∈":
                shape = membership(right)
            if isinstance(tree.first, List) and any(isinstance(i, Ellipsis) for i in tree.first.items):
                self._family(tree.first, low, shape)
                return
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
                elif op == "=" and (value := number_of(right)) is not None:
                    found.default = int(value) if found.sort == "integer" else value  # `given α = 0.001`
                    found.type = found.type or ArrayType((), found.sort)
            return
        if isinstance(tree, Juxtaposition) and isinstance(tree.items[-1], Group) and len(tree.items) == 2:
            self.said_of_functions[plain(tree.items[0])] = words
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

    def _family(self, tree: List, words: str, shape: tuple[str, ...] | None = None) -> None:
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
        if shape is not None:
            own = tuple(self._axis(s) for s in shape)
        elif isinstance(variable.type, ArrayType):
            own = variable.type.axes
        else:
            info = self._info(rebuilt(ends[0], ends[0].sups, (Symbol("i"),)))
            if info is not None and info.shape:
                own = tuple(self._axis(s) for s in info.shape)
        if own or shape is not None:
            variable.type = ArrayType((Axis(last - first + Dim.constant(1), int(first.value)), *own))


def _run(tree: Node) -> List | None:
    """`{x_{1…m}}` as `x_1, …, x_m`."""
    if not (isinstance(tree, Group) and tree.open == "{" and isinstance(tree.body, Scripted)):
        return None
    parts = split(tree.body)
    sub = unwrapped(parts.subs[0]) if len(parts.subs) == 1 else None
    items = sub.items if isinstance(sub, Juxtaposition | List) else parts.subs
    if parts.sups or not 3 <= len(items) <= 4 or not any(isinstance(i, Ellipsis) for i in items[1:-1]):
        return None
    first, last = (rebuilt(parts, (), (i,)) for i in (items[0], items[-1]))
    return List((first, Ellipsis(), last), (",", ","))
