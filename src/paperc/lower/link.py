"""Symbols that other equations define: a call of that equation's function, or its formula in place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise

from ..formula import ascii_name, canonical
from ..formula.notation import GREEK
from ..formula.tree import Group, Juxtaposition, Scripted, Symbol
from ..formula.tree import Node as Tree
from ..ir.dims import Dim
from ..ir.node import (
    Access,
    Arg,
    Argument,
    ArrayType,
    Axis,
    CallCompiled,
    Const,
    Function,
    FunctionType,
    IndexNumber,
    Node,
    Op,
    Over,
    Pick,
)
from .applications import arguments_of
from .expansion import Definition, Expansion, another_font, bound_here, is_set, recurrent
from .index import Parts, is_letter, rebuilt, shifted, split, unwrapped, walk
from .keys import plain
from .left import _outside, bound_letters, head_of, notation_key
from .nodes import rebuild
from .nodes import walk as ir_walk
from .positions import number
from .refusal import Mismatch, Refusal
from .scope import Entry, Reading
from .symbols import step_element
from .types import Shape, Term, Unknown


class Links:
    """The paper's definitions, for look-up by surface tree."""

    def __init__(self, expansion: Expansion, compile_: Callable[[Definition], None]) -> None:
        self._compile = compile_
        self.expansion = expansion
        self._by_key: dict[str, list[Definition]] = {}
        for d in expansion.definitions:
            self._by_key.setdefault(plain(d.left.tree), []).append(d)

    # --- look-up

    def body_of(self, id: str) -> Node | None:
        """What the function of a statement computes, if it is compiled."""
        found = (d.function for ds in self._by_key.values() for d in ds if d.function is not None)
        return next((f.body for f in found if f.id == id), None)

    def defines(self, tree: Tree) -> bool:
        return plain(tree) in self._by_key

    def defines_one(self, tree: Tree) -> bool:
        """A definition gives the symbol one value, not one for each index: it may be a number that picks an element."""
        return any(not d.left.axes and not d.left.bracketed for d in self._by_key.get(plain(tree), []))

    def resolves(self, r: Reading, tree: Tree) -> bool:
        """A definition of the symbol is in force where the statement stands."""
        d = self.expansion.choose(r, self._by_key.get(plain(tree), []))
        return d is not None and not d.left.bracketed and not recurrent(d)

    def is_function(self, head: Tree) -> bool:
        """The symbol is applied on the left side of an equation."""
        return any(d.left.bracketed for d in self._candidates(head))

    def is_array(self, head: Tree) -> bool:
        """The paper defines the symbol with just as many indices, and nowhere applies it: `\alpha_{ij} = …`."""
        parts = split(head)
        found = [d for d in self._by_key.get(plain(parts.base), []) if not parts.primes]
        return bool(found) and all(
            not d.left.bracketed and len(d.left.axes) == len(parts.subs) + len(parts.sups) > 0 for d in found
        )

    def parameters(self, r: Reading, head: Tree) -> list[Tree]:
        """The parameters that the definition in force gives a function; none where there is no such definition."""
        d = self.expansion.choose(r, self._candidates(head))
        return list(d.left.parameters) if d is not None and d.left.bracketed and d.left.gradient is None else []

    def _candidates(self, head: Tree) -> list[Definition]:
        found = self._by_key.get(plain(head), [])
        if found:
            return found
        if not isinstance(head, Scripted):
            return []
        # `swish_1(x)` is swish_β at β = 1; `head_i` has the axis i in its definition.
        parts = split(head)
        if not isinstance(parts.base, Symbol):
            return []
        out = []
        for definitions in self._by_key.values():
            for d in definitions:
                theirs = split(d.left.tree)
                if (
                    isinstance(theirs.base, Symbol)
                    and theirs.base == parts.base
                    and d.left.bracketed
                    and len(theirs.subs) == len(parts.subs) == 1
                    and theirs.sups == parts.sups
                    and theirs.primes == parts.primes
                    and _is_parameter(theirs.subs[0])
                    and _outside(d.right, plain(theirs.subs[0]))
                ):
                    out.append(d)
        return out

    def set_of(self, set_: Tree) -> Tree | None:
        """The formula of a set that the paper defines (`A(i) = I \\ {i}`), with the argument put in."""
        head, body = set_, None
        if isinstance(set_, Juxtaposition) and len(set_.items) == 2 and isinstance(set_.items[1], Group):
            head, body = set_.items[0], set_.items[1].body
        found = [d for d in self._by_key.get(plain(head), []) if is_set(d.right)]
        if len(found) != 1:
            return None
        d = found[0]
        actual = arguments_of(body) if body is not None else []
        if len(actual) != len(d.left.parameters) + len(d.left.axes):
            return None
        return substituted(d.right, {plain(f): a for f, a in zip((*d.left.axes, *d.left.parameters), actual)})

    # --- symbols

    def symbol(self, r: Reading, printed: Tree, bare: Tree, indices: tuple[Tree, ...]) -> Term | None:
        """A symbol that an equation without parameters (or with idle ones) defines."""
        if bound_here(r, printed) or plain(bare) in r.parameters:
            return None
        if (
            isinstance(bare, Scripted)
            and plain(split(bare).base) == r.left_base
            and split(bare).primes == r.left_primes
        ):
            return None
        d = self.expansion.choose(r, self._by_key.get(plain(bare), []))
        if d is None and not indices:
            d = self._earlier(r, printed)
            return self._at_label(r, d, printed) if d is not None else None
        if d is None:
            same = self.expansion.choose(r, self._by_key.get(plain(printed), []))
            if same is not None and not same.left.bracketed and same.left.gradient is None and not recurrent(same):
                self._compile(same)
                if same.function is None:
                    return None
                if self._of_arrays(r, same):
                    return self._inlined(r, same, printed, [], [], printed)
                return self._called(r, same, {}, (), printed)
            return self._at_step(r, printed)
        if d is None or d.left.gradient is not None or another_font(printed, d):
            return None
        if d.left.bracketed and not self._idle(d):
            if d.left.parameters and all(plain(p) in r.parameters for p in d.left.parameters) and not indices:
                # `D_W` for `D_W(X_1, X_2)`, both of which this left side has too.
                return self._inlined(r, d, bare, d.left.parameters, d.left.parameters, printed)
            return None
        axes = 2 if d.left.diagonal else len(d.left.axes)
        if len(indices) not in (0, axes):
            return self._at_label(r, d, printed)
        self._compile(d)
        if d.function is None:
            return None
        if r.chooser.choose(f"definition-of-{ascii_name(bare)}", ("used", "given")) == "given":
            loose = {plain(n) for n in walk(d.right) if isinstance(n, (Symbol, Scripted))} & set(r.bound)
            loose -= {plain(b) for b in bound_letters(d.right)}
            if loose and not indices:
                raise Refusal(
                    "depends",
                    f"{canonical(printed)} is defined by another equation in terms of {min(loose)}, which runs here",
                    at=printed,
                )
            return None
        if self._of_arrays(r, d) or self._of_vectors(r, d):
            if not indices and not d.left.axes:
                return self._inlined(r, d, bare, [], [], printed)
            if indices and len(indices) == len(d.left.axes):
                return self._inlined(r, d, bare, d.left.axes, [unwrapped(i) for i in indices], printed)
        if not self._has_rank(r, d, bare):
            return None
        return self._called(r, d, {}, indices, printed)

    @staticmethod
    def _has_rank(r: Reading, d: Definition, bare: Tree) -> bool:
        """What the definition computes has as many axes as the paper declares of the symbol."""
        info = r.facts.exact(bare)
        if info is None or info.shape is None or d.function is None:
            return True
        return len(info.shape) == len(d.function.indices) + len(d.function.result.axes)

    def _earlier(self, r: Reading, printed: Tree) -> Definition | None:
        """The definition for all t of what is used at t - 1: `\\bar\\alpha_t = …` for `\\bar\\alpha_{t-1}`. Only schedules, which are
        Greek numbers: the step before of a state or of a sample is a value of its own."""
        ours = split(printed)
        if not isinstance(ours.base, Symbol) or ours.base.name not in GREEK:
            return None
        found = [
            d
            for definitions in self._by_key.values()
            for d in definitions
            if not d.left.bracketed and not d.left.axes and d.left.gradient is None and not recurrent(d)
            if _steps_apart(split(d.left.tree), ours)
        ]
        d = self.expansion.choose(r, found) if found else None
        if d is None:
            return None
        self._compile(d)
        return d if d.function is not None and d.function.result.axes == () else None

    def _at_label(self, r: Reading, d: Definition, printed: Tree) -> Term | None:
        """`G_t` inside of a sum over t, where `G_t = …` is a function of the step t: its value at this step."""
        self._compile(d)
        theirs, ours = split(d.left.tree), split(printed)
        alike = theirs.base == ours.base and theirs.primes == ours.primes
        if d.function is None or d.trees is None or d.left.axes or d.left.bracketed or not alike:
            return None
        if (len(theirs.subs), len(theirs.sups)) != (len(ours.subs), len(ours.sups)):
            return None
        steps = {
            plain(d.trees[a.name]): a
            for a in d.function.arguments
            if isinstance(a.type, ArrayType) and a.type.sort == "integer" and not a.type.axes
        }
        given: dict[str, Term] = {}
        for label, item in zip((*theirs.subs, *theirs.sups), (*ours.subs, *ours.sups)):
            name = plain(unwrapped(label))
            if plain(label) == plain(item) and (name in steps) == (name in r.bound):
                continue
            if name not in steps:
                return None
            if name not in r.bound and shifted(unwrapped(item)) == name:
                self._adopt(r, steps[name], unwrapped(label), lambda dim: dim)
            term = r.term(unwrapped(item))
            if term.sort != "integer" or term.shape != ():
                return None
            given[name] = term
        return self._called(r, d, given, (), printed)

    def _of_arrays(self, r: Reading, d: Definition) -> bool:
        """A formula of numbers whose symbols are (or may be) arrays here: its operations apply to each element."""
        function = d.function
        if function is None or d.trees is None or function.indices or not only_operations(function.body):
            return False
        for argument in function.arguments:
            tree = d.trees[argument.name]
            if isinstance(argument.type, ArrayType) and not argument.type.axes and argument.default is None:
                entry = r.entries.get(plain(tree))
                shape = (
                    r.bound[plain(tree)].shape if plain(tree) in r.bound else entry.own if entry is not None else None
                )
                if shape is None or r.solver.shape(shape) != ():
                    return True
        return False

    def _of_vectors(self, r: Reading, d: Definition) -> bool:
        """Symbols that the definition takes for numbers, for want of anything else, are arrays here."""
        if d.function is None or d.trees is None:
            return False
        for argument in d.function.arguments:
            if argument.name in d.defaulted and isinstance(argument.type, ArrayType):
                entry = r.entries.get(plain(d.trees[argument.name]))
                if entry is not None and not isinstance(own := r.solver.shape(entry.own), Unknown):
                    if own and len(entry.axes) + len(own) > len(argument.type.axes):
                        return True
        return False

    def _at_step(self, r: Reading, printed: Tree) -> Term | None:
        """`α_s` under a product over s, where `α_t = 1 - β_t` is defined: the formula with s for t."""
        ours = split(printed)
        found: list[tuple[Definition, dict[str, Tree]]] = []
        for definitions in self._by_key.values():
            for d in definitions:
                theirs = split(d.left.tree)
                if (
                    theirs.base != ours.base
                    or theirs.primes != ours.primes
                    or len(theirs.subs) != len(ours.subs)
                    or len(theirs.sups) != len(ours.sups)
                    or d.left.bracketed
                    or d.left.axes
                    or d.left.gradient is not None
                ):
                    continue
                pairs = list(zip((*theirs.sups, *theirs.subs), (*ours.sups, *ours.subs)))
                changed = {plain(unwrapped(a)): unwrapped(b) for a, b in pairs if plain(a) != plain(b)}
                if changed and all(len(k) == 1 and k.isalpha() and self._is_number(r, b) for k, b in changed.items()):
                    found.append((d, changed))
        if len(found) != 1:
            return None
        d, changed = found[0]
        used = {plain(n) for n in walk(d.right) if isinstance(n, Symbol)}
        if self.expansion.objection(r, d) is not None or recurrent(d) or not set(changed) <= used:
            return None
        return self._inlined(r, d, printed, [Symbol(k) for k in changed], list(changed.values()), printed)

    def _idle(self, d: Definition) -> bool:
        """The parameters in the brackets are not values of the right side (`r_t(\\theta)`)."""
        used = {plain(n) for n in walk(d.right) if isinstance(n, (Symbol, Scripted))}
        names = [plain(p) for p in d.left.parameters]
        values = _values(d.right)
        return all(n not in values for n in names) if used else True

    # --- calls

    def call(self, r: Reading, head: Tree, group: Group, at: Tree) -> Term | None:
        """An application of a function that an equation defines."""
        if bound_here(r, head):
            return None
        d = self.expansion.choose(r, self._candidates(head))
        if d is None or not d.left.bracketed or d.left.gradient is not None:
            return None
        actual = arguments_of(group.body)
        parameters = d.left.parameters
        if _density_name(head) and not d.left.axes and [_letter(a) for a in actual] != [_letter(p) for p in parameters]:
            return None  # `p(x)` and `p(z)` are two densities
        if self._idle(d) and not d.left.axes:
            if [plain(a) for a in actual] != [plain(p) for p in parameters]:
                if len(actual) == len(parameters) and all(
                    plain(a) == plain(p) or plain(a) in r.bound for a, p in zip(actual, parameters)
                ):
                    return self.symbol(r, head, d.left.tree, ())
                return self._at(r, d, head, actual, at)
            if self._applied_elsewhere(r, head, parameters):
                return None
            return self.symbol(r, head, d.left.tree, ())
        if d.left.axes:
            return self._at_axes(r, d, actual, at)
        if len(actual) != len(parameters):
            return None
        return self._inlined(r, d, head, parameters, actual, at)

    def _at(self, r: Reading, d: Definition, head: Tree, actual: list[Tree], at: Tree) -> Term | None:
        """A function that uses its parameters in what it calls alone: `F(\\mathrm{LN}(X))` where `F(X) = [h_1; h_2] W` and h is
        computed from X. None where the definition does not use them at all."""
        self._compile(d)
        names = {plain(t) for t in (d.trees or {}).values()}
        if d.function is None or len(actual) != len(d.left.parameters):
            return None
        if any(plain(p) not in names for p in d.left.parameters):
            return None
        if r.chooser.choose(f"definition-of-{ascii_name(head)}", ("used", "given")) == "given":
            return None
        return self._called(r, d, {plain(p): r.term(a) for p, a in zip(d.left.parameters, actual)}, (), at)

    @staticmethod
    def _applied_elsewhere(r: Reading, head: Tree, parameters: list[Tree]) -> bool:
        """The statement applies the function to other arguments as well: then it is one function throughout, given as such."""
        for n in walk(getattr(r.statement, "tree", None)):
            for f, g in pairwise(n.items) if isinstance(n, Juxtaposition) else ():
                if isinstance(g, Group) and plain(f) == plain(head):
                    if [plain(a) for a in arguments_of(g.body)] != [plain(p) for p in parameters]:
                        return True
        return False

    def _at_axes(self, r: Reading, d: Definition, actual: list[Tree], at: Tree) -> Term | None:
        """`p(k | x)` whose definition runs over k: the call picks the element."""
        _, bracket, _ = head_of(d.left.printed)
        printed = arguments_of(bracket.body) if bracket is not None else []
        axes = {plain(a): k for k, a in enumerate(d.left.axes)}
        if len(printed) != len(actual) or split(d.left.tree).subs:
            return None
        where: list[Tree | None] = [None] * len(axes)
        for formal, given in zip(printed, actual):
            if plain(formal) in axes:
                where[axes[plain(formal)]] = given
        if any(w is None for w in where) or not all(self._is_number(r, w) for w in where if w is not None):
            return None
        self._compile(d)
        if d.function is None:
            return None
        return self._called(r, d, {}, tuple(w for w in where if w is not None), at)

    @staticmethod
    def _is_number(r: Reading, tree: Tree) -> bool:
        return plain(tree) in r.bound and r.bound[plain(tree)].sort in ("integer", "stored")

    def notation(self, r: Reading, node: Group) -> Term | None:
        """Brackets with a meaning that the paper gives them: `⟨u, v⟩` as the cosine."""
        d = self.expansion.choose(r, self._by_key.get(notation_key(node), []))
        if d is None:
            return None
        return self._inlined(r, d, node, d.left.parameters, arguments_of(node.body), node)

    def _inlined(
        self, r: Reading, d: Definition, head: Tree, parameters: list[Tree], actual: list[Tree], at: Tree
    ) -> Term | None:
        """The formula of a small function in place, with its parameters bound to the arguments."""
        if len(parameters) != len(actual):
            return None
        terms = [r.term(a) for a in actual]
        given = {plain(p): t for p, t in zip(parameters, terms)}
        scripts: set[str] = set()
        if isinstance(head, (Symbol, Scripted)):
            theirs, ours = split(d.left.tree), split(head)
            scripts = {plain(unwrapped(s)) for s in (*theirs.subs, *theirs.sups)}
            for a, b in zip(theirs.subs, ours.subs):
                if plain(a) != plain(b):
                    given[plain(a)] = r.term(b)
        if d in r.inlining or len(r.inlining) > 6:
            return None  # a circle: the symbol is an argument
        lifted = self._lifted(r, d, given, at)
        if lifted is not None:
            return lifted
        with r.binding():
            for name, term in list(r.bound.items()):
                # Index letters of the caller mean nothing in the formula of the function.
                if isinstance(term.node, IndexNumber) and name not in scripts and not r.indices[term.node.index].sample:
                    del r.bound[name]
            r.bound.update(given)
            r.inlining.append(d)
            path, r.path = r.path, f"{r.path}/{d.statement.id} {getattr(at, 'at', '')}"
            try:
                return r.term(d.right)
            finally:
                r.inlining.pop()
                r.path = path

    def _lifted(self, r: Reading, d: Definition, given: dict[str, Term], at: Tree) -> Term | None:
        """A function of numbers is applied to arrays element by element: its operations with the arguments put in."""
        self._compile(d)
        function = d.function
        if function is None or d.trees is None or function.indices or not only_operations(function.body):
            return None
        if any(isinstance(a.type, FunctionType) for a in function.arguments):
            return None
        passed = {plain(t) for t in d.trees.values()}
        if not any(given[k].shape != () for k in given if k in passed):
            return None
        values: dict[str, Term] = {}
        shape: Shape = ()
        for argument in function.arguments:
            tree = d.trees[argument.name]
            term = given.get(plain(tree))
            if term is None:
                if isinstance(argument.type, ArrayType) and argument.type.axes:
                    return None
                term = self._ours(r, argument, tree, lambda dim: dim, d)
            values[argument.name] = term
            theirs = r.solver.shape(term.shape)
            if theirs != ():
                shape = (
                    theirs if shape == () else r.solver.same(shape, theirs, f"the arguments of {function.symbol}", at)
                )

        def put(node: Node) -> Node:
            return values[node.name].node if isinstance(node, Arg) and node.name in values else node

        return Term(rebuild(function.body, put), shape)

    def _called(self, r: Reading, d: Definition, given: dict[str, Term], indices: tuple[Tree, ...], at: Tree) -> Term:
        """A call of the compiled function; its arguments are found (or become ours) by their printed symbols."""
        function = d.function
        assert function is not None and d.trees is not None
        fresh: dict[str, Dim] = {}
        key = f"call {d.statement.id} {getattr(at, 'at', '')}"

        def renamed(dim: Dim) -> Dim:
            for n in dim.names:
                if n.startswith("?") and n not in fresh:
                    fresh[n] = r.stable_axis(f"{key} {n}").dim
            return r.solver.dim(dim.replace(fresh))

        passed: list[tuple[str, Node]] = []
        sizes = _size_symbols(function)
        own_sizes = {a.name for a in function.arguments if a.symbol in sizes or plain(d.trees[a.name]) in r.local_dims}
        lead: list[Node] = []
        if d.left.diagonal and indices:
            raise Refusal("diagonal", f"elements of the diagonal matrix {canonical(d.left.tree)}", at=at)
        axes_in: list[Axis] = []
        for position, index in enumerate(function.indices):
            domain = index.domain
            assert isinstance(domain, Over)
            axis = Axis(renamed(domain.axis.dim), domain.axis.base)
            axes_in.append(axis)
            if indices:
                tree = unwrapped(indices[position])
                node = number(r, tree)
                if isinstance(node, IndexNumber) and node.index in r.indices:
                    ours = r.indices[node.index].domain
                    if isinstance(ours, Over):
                        r.solver.same_dim(ours.axis.dim, axis.dim, f"the index {canonical(tree)}", at)
                lead.append(node)
        for argument in function.arguments:
            tree = d.trees[argument.name]
            if argument.name in own_sizes:
                passed.append((argument.name, r.size(tree).node))
                continue
            if argument.default is not None and plain(tree) not in r.bound:
                entry = self._adopt(r, argument, tree, renamed)
                passed.append((argument.name, r.whole(entry).node))
                continue
            term = given.get(plain(tree))
            if term is None:
                term = self._ours(r, argument, tree, renamed, d)
            elif isinstance(argument.type, ArrayType):
                shape = tuple(Axis(renamed(a.dim), a.base) for a in argument.type.axes)
                r.solver.same(term.shape, shape, f"the argument {argument.symbol}", at)
            passed.append((argument.name, term.node))
        rest = axes_in[len(lead) :]
        own = tuple(Axis(renamed(a.dim), a.base) for a in function.result.axes)
        node = CallCompiled(function.id, tuple(passed), tuple(lead))
        return Term(node, (*rest, *own), function.result.sort)

    def _ours(self, r: Reading, argument: Argument, tree: Tree, renamed: Callable[[Dim], Dim], d: Definition) -> Term:
        """The value for an argument of the called function in our scope."""
        if isinstance(argument.type, FunctionType):
            entry = self._adopt(r, argument, tree, renamed)
            return r.whole(entry)
        if plain(tree) in r.bound:
            term = r.bound[plain(tree)]
            sampled = r.sampled(plain(tree))
            if sampled is not None and sampled.sample is not None and argument.type.sort == "integer":
                sampled.sort = "integer"
        else:
            parts = split(tree)
            picks = any(plain(unwrapped(s)) in r.bound for s in (*parts.subs, *parts.sups))
            linked = self.expansion.choose(r, self._by_key.get(plain(tree), [])) if not picks else None
            if picks or (
                linked is not None and linked is not d and linked.state != "busy" and not linked.left.bracketed
            ):
                term = r.term(tree)
            else:
                open_ = argument.name in d.defaulted and not argument.type.axes
                found = step_element(r, tree) if not argument.type.axes else None
                if found is None:
                    entry = self._adopt(r, argument, tree, renamed, open_=open_)
                    entry.listed = max(entry.listed, _picked(d.function, argument.name) if d.function else 0)
                    found = r.whole(entry)
                term = found
        shape = r.solver.shape(term.shape)
        axes = tuple(Axis(renamed(a.dim), a.base) for a in argument.type.axes)
        if isinstance(shape, Unknown) and not axes and argument.name in d.defaulted:
            return term
        if isinstance(shape, Unknown) or len(shape) == len(axes):
            r.solver.same(shape, axes, f"the argument {argument.symbol}", tree)
        elif axes:
            raise Mismatch(
                f"{argument.symbol} has another shape in the equation that defines what is used here", at=tree
            )
        return term

    def _adopt(
        self, r: Reading, argument: Argument, tree: Tree, renamed: Callable[[Dim], Dim], *, open_: bool = False
    ) -> Entry:
        """An argument of the called function becomes one of ours, with its type."""
        call = isinstance(argument.type, FunctionType)
        boolean = isinstance(argument.type, ArrayType) and argument.type.sort == "boolean"
        signature = ""
        if isinstance(argument.type, FunctionType):
            dims = [[str(renamed(a.dim)) for a in t.axes] for t in argument.type.arguments]
            signature = " ".join(["(" + ",".join(d) + ")" for d in dims] + list(argument.type.variables))
        key = (f"call {signature} " if call else "set " if boolean else "") + plain(tree)
        entry = r.entries.get(key)
        if entry is None:
            if boolean:
                unknown = r.solver.new_shape()
                entry = Entry(unknown.of[0], key, tree, None, own=unknown, sort="boolean")
                r.add(entry)
            else:
                entry = r.entry(tree, tree, 0, call=call, signature=signature)
            if isinstance(argument.type, FunctionType):
                entry.arguments = tuple(
                    ArrayType(tuple(Axis(renamed(a.dim), a.base) for a in t.axes), t.sort)
                    for t in argument.type.arguments
                )
                entry.variables = argument.type.variables
                r.solver.fix(entry.number, tuple(Axis(renamed(a.dim), a.base) for a in argument.type.result.axes))
            else:
                axes = tuple(Axis(renamed(a.dim), a.base) for a in argument.type.axes)
                entry.sort = argument.type.sort
                if not open_:
                    r.solver.fix(entry.number, axes)
        return entry


def _picked(function: Function, name: str) -> int:
    """By how many indices a function picks elements of an argument."""
    return max(
        (
            len(n.positions)
            for n in ir_walk(function.body)
            if isinstance(n, Access) and n.base == Arg(name) and all(isinstance(p, Pick) for p in n.positions)
        ),
        default=0,
    )


def _steps_apart(theirs: Parts, ours: Parts) -> bool:
    """The same symbol at t and at t - 1 (or t + 1)."""
    if theirs.base != ours.base or theirs.primes != ours.primes:
        return False
    a, b = (*theirs.subs, *theirs.sups), (*ours.subs, *ours.sups)
    if (len(theirs.subs), len(theirs.sups)) != (len(ours.subs), len(ours.sups)):
        return False
    apart = [(x, y) for x, y in zip(a, b) if plain(x) != plain(y)]
    return len(apart) == 1 and shifted(unwrapped(apart[0][1])) == plain(unwrapped(apart[0][0]))


def substituted(tree: Tree, values: dict[str, Tree]) -> Tree:
    """A surface tree with symbols replaced."""

    def go(node: object) -> object:
        if isinstance(node, (Symbol, Scripted)) and plain(node) in values:
            return values[plain(node)]
        if isinstance(node, tuple):
            return tuple(go(i) for i in node)
        if is_dataclass(node) and not isinstance(node, (Symbol, type)):
            return replace(node, **{f.name: go(getattr(node, f.name)) for f in fields(node) if f.name != "at"})
        return node

    return go(tree)  # type: ignore[return-value]


def only_operations(node: Node) -> bool:
    """The node works element by element on whatever shape its arguments have."""
    match node:
        case Op(_, args):
            return all(only_operations(a) for a in args)
        case Const() | Arg():
            return True
    return False


def _size_symbols(function: Function) -> set[str]:
    """Sizes that the function takes as integer arguments."""
    names = {n for a in function.arguments for n in _dims(a)} | {n for i in function.indices for n in _dims_of_index(i)}
    return {a.symbol for a in function.arguments if a.role == "hyper-parameter" and a.symbol in names} | {
        a.symbol
        for a in function.arguments
        if a.symbol in names and isinstance(a.type, ArrayType) and a.type.sort == "integer" and not a.type.axes
    }


def _dims(argument: Argument) -> set[str]:
    if isinstance(argument.type, ArrayType):
        return {n for a in argument.type.axes for n in a.dim.names}
    return set()


def _dims_of_index(index) -> set[str]:  # type: ignore[no-untyped-def]
    return set(index.domain.axis.dim.names) if isinstance(index.domain, Over) else set()


def _density_name(head: Tree) -> bool:
    base = split(head).base
    return isinstance(base, Symbol) and base.name in ("p", "q", "P", "Q") and not base.word


def _letter(tree: Tree) -> str:
    return plain(split(tree).base)


def _is_parameter(script: Tree) -> bool:
    inner = unwrapped(script)
    return isinstance(inner, Symbol) and not inner.word and (is_letter(inner))


def _values(tree: Tree) -> set[str]:
    """Names that stand where values do (not inside scripts)."""
    found = set()
    for n in walk(tree):
        if isinstance(n, (Symbol, Scripted)) and plain(n) not in found and _outside(tree, plain(n)):
            parts = split(n)
            found |= {plain(n), plain(parts.base) + "'" * parts.primes, plain(rebuilt(parts, parts.sups, ()))}
    return found
