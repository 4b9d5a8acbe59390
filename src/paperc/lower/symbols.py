"""What one printed symbol means: which of its scripts are indices, labels, powers, transposes or inverses."""

from __future__ import annotations

import math

from ..formula import canonical
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Decorated,
    Fraction,
    Group,
    Number,
    Relation,
    Scripted,
    Symbol,
)
from ..formula.tree import Node as Tree
from ..ir.node import (
    Access,
    Arg,
    Axis,
    Const,
    Filled,
    Identity,
    IndexNumber,
    Node,
    Pick,
)
from . import elementwise as ew
from .index import (
    Parts,
    as_dim,
    is_letter,
    rebuilt,
    split,
    unwrapped,
    walk,
    word_index,
)
from .keys import plain
from .positions import element_positions, is_label_word, is_stored, pick_from, positions
from .refusal import Refusal
from .scope import Entry, Reading
from .scripts import Sorted, is_position, sort_scripts
from .superscripts import apply_superscript
from .types import Term, Unknown

INDEX_LETTERS = frozenset("ijklmnrsuvpq")
ELEMENTWISE = frozenset(
    "exp log ln sin cos tan sinh cosh tanh arcsin arccos arctan sgn sign erf sigmoid ReLU GELU softplus".split()
)
OPERATORS = frozenset("softmax Softmax LSE logsumexp LogSumExp det tr Tr diag argmax argmin".split())
"""Functions that never stand for a number; names such as `var` and `mean` also name quantities."""


def read_symbol(r: Reading, node: Symbol | Scripted) -> Term:
    """A symbol with all its scripts."""
    if plain(node) in r.bound:
        return r.bound[plain(node)]
    spelled = word_index(node)
    assert isinstance(spelled, (Symbol, Scripted))
    node = spelled
    parts = split(node)
    if not isinstance(parts.base, Symbol):
        return read_scripted(r, node, parts)
    if isinstance(node, Scripted):
        from .conditions import delta, indicator_symbol

        for special in (indicator_symbol(r, node), delta(r, node)):
            if special is not None:
                return special
    constant = _constant(r, node, parts)
    if constant is not None:
        return constant
    sorted_ = sort_scripts(r, node, parts)
    term = _core(r, node, parts, sorted_)
    for operation in sorted_.operations:
        term = apply_superscript(r, term, operation, node)
    return term


def _constant(r: Reading, node: Tree, parts: Parts) -> Term | None:
    base = parts.base
    assert isinstance(base, Symbol)
    name = base.name
    if base.accents or parts.primes:
        return None
    if parts.subs and not (name in ("1", "0") and base.font in ("bf", "bb")) and name != "I":
        return None
    known = r.facts.exact(base)
    says = known is not None and bool(known.shape is not None or known.value is not None or known.meaning or known.kind)
    if plain(base) in r.parameters or plain(base) == r.defined:
        return None
    policy = known is not None and (known.kind in ("function", "distribution") or "policy" in known.meaning.lower())
    if (
        name == "pi"
        and base.font == ""
        and (not says or (policy and "\\pi" in r.bare))
        and plain(base) not in r.entries
    ):
        return _raised(r, Term(Const(math.pi, "math.pi")), parts, node)
    if name == "e" and base.font in ("", "rm") and not says and parts.sups:
        assert isinstance(node, Scripted) and node.sup is not None
        if isinstance(node.sup, Group) and isinstance(unwrapped(node.sup), (Symbol, Number)):
            return None  # `e^{(k)}` is the k-th e
        return ew.unary(r, "exp", r.term(node.sup))
    if name == "infty":
        return Term(Const(math.inf, "math.inf"))
    if name in ("1", "0") and base.font in ("bf", "bb"):
        return _filled(r, node, parts, float(name))
    if name == "I" and base.font in ("bf", "", "bb", "rm") and not parts.sups:
        if says and known is not None and "identity" not in known.meaning.lower() and not parts.subs:
            return None
        return _identity(r, parts)
    return None


def _identity(r: Reading, parts: Parts) -> Term | None:
    """`I`, `I_n`: the identity matrix, of a size that its subscript or the context tells."""
    base = parts.base
    assert isinstance(base, Symbol)
    if base.font == "" and not parts.subs and r.chooser.choose("symbol-I", ("identity matrix", "symbol")) == "symbol":
        return None
    axis = r.stable_axis(f"identity {getattr(parts.base, 'at', '')}")
    if parts.subs:
        dims = [as_dim(s) for s in parts.subs]
        if len(dims) > 2 or dims[0] is None or any(plain(s) in r.bound for s in parts.subs):
            return None
        axis = Axis(dims[0])
    return Term(Identity(axis), (axis, axis))


def _raised(r: Reading, term: Term, parts: Parts, node: Tree) -> Term:
    for item in parts.sups:
        term = apply_superscript(r, term, item, node)
    return term


def _filled(r: Reading, node: Tree, parts: Parts, value: float) -> Term:
    """`\\mathbf{1}_n`, `\\mathbf{0}`: an array of one number whose shape the sizes below it or the context tell."""
    dims = [as_dim(s) for s in parts.subs]
    if parts.subs and all(d is not None for d in dims):
        axes = tuple(Axis(d) for d in dims if d is not None)
    else:
        key = f"filled {getattr(parts.base, 'at', '')}"
        axes = (r.stable_axis(key),)
    term = Term(Filled(value, axes), axes)
    return _raised(r, term, parts, node)


def _check_labels(r: Reading, node: Tree, found: Sorted) -> None:
    """A script with a law or a comparison in it names nothing: what stands there has not been understood."""
    for label in (*found.labels_up, *found.labels_down):
        if label in found.labels_down and plain(unwrapped(label)) in ("#", "\\sharp"):
            raise Refusal("pushforward", f"{canonical(node)}: a push-forward of what follows", at=node)
        if plain(unwrapped(label)) in r.bound and plain(node) not in r.bound:
            term = r.bound[plain(unwrapped(label))]
            if isinstance(term.node, Access) and term.sort == "real":
                raise Refusal(
                    "sampled-label",
                    f"{canonical(node)} depends on the sampled {plain(unwrapped(label))}, and how is not said",
                    at=node,
                )
        for n in walk(label):
            if isinstance(n, BigOp) or (
                isinstance(n, Relation) and any(op not in ("→", "≥", "≤", "↔", "⇒", "←") for op, _ in n.rest)
            ):
                raise Refusal("subscript", f"the script {canonical(label)}", at=node)


def _core(r: Reading, node: Tree, parts: Parts, found: Sorted) -> Term:
    """The symbol with its labels and indices."""
    base = parts.base
    assert isinstance(base, Symbol)
    if base.word and base.name.lower() in (
        "minimize",
        "maximize",
        "minimise",
        "maximise",
        "subject",
        "subjectto",
        "maximum",
        "minimum",
    ):
        raise Refusal("text", f"the word “{base.name}” stands inside the formula", at=node)
    if base.name == "nabla":
        raise Refusal("gradient", f"{canonical(node)}: a derivative of a derivative", at=node)
    if base.word and base.name in ELEMENTWISE | OPERATORS and r.facts.exact(node) is None and plain(node) != r.defined:
        raise Refusal("function-argument", f"{base.name} stands without a bracket around its argument", at=node)
    here = r.bound.get(plain(base))
    if here is not None and isinstance(here.node, IndexNumber) and (found.labels_up or found.labels_down):
        raise Refusal("index-component", f"{canonical(node)} is a component of the index {plain(base)}", at=node)
    if base.name == "E" and (base.font == "bb" or draws(node)):
        raise Refusal("expectation", "an expectation of nothing", at=node)
    bare = rebuilt(parts, found.labels_up, found.labels_down)
    if plain(bare) in r.bound and not _sampled(r, bare):
        return pick_from(r, r.bound[plain(bare)], positions(r, found.indices), node)
    linked = _linked(r, node, parts, found, bare)
    if linked is not None:
        return linked
    _check_labels(r, node, found)
    if not found.indices:
        element = _element(r, node, parts, found)
        if element is not None:
            return element
        key = plain(bare)
        entry = r.entries.get(key)
        if entry is None or not entry.axes:
            at_step = _at_step(r, node, parts, found)
            if at_step is not None:
                return at_step
        if (entry is None or not entry.axes) and (r.is_size(bare) or key in r.local_dims):
            return r.size(bare)
        _check_unbound(r, node, parts, found)
        _check_defined(r, node, found)
        return r.whole(r.entry(bare, node, 0))
    _check_unbound(r, node, parts, found)
    entry = r.entry(bare, node_without(parts, found), len(found.indices))
    return r.pick(entry, positions(r, found.indices), node)


def draws(node: Tree) -> bool:
    """A subscript says what is drawn from what."""
    sub = node.sub if isinstance(node, Scripted) else None
    return sub is not None and any(isinstance(n, Relation) and any(op == "∼" for op, _ in n.rest) for n in walk(sub))


def _sampled(r: Reading, bare: Tree) -> bool:
    """The symbol is bound to the samples of its own entry."""
    entry = r.sampled(plain(bare))
    node = r.bound[plain(bare)].node
    return entry is not None and entry.sample is not None and isinstance(node, Access) and node.base == Arg(entry.name)


def node_without(parts: Parts, found: Sorted) -> Tree:
    """The occurrence without its operations: what the paper would declare (`v_i` of `v_i^\\top`)."""
    ups = tuple(s for s in parts.sups if s not in found.operations)
    return rebuilt(parts, ups, parts.subs)


def _linked(r: Reading, node: Tree, parts: Parts, found: Sorted, bare: Tree) -> Term | None:
    from .link import Links

    if isinstance(r.links, Links):
        return r.links.symbol(r, node_without(parts, found), bare, found.indices)
    return None


def _defined_label(r: Reading, label: Tree) -> Node | None:
    """The k of `e_k` where another statement says `k = argmin …`."""
    from .link import Links

    if isinstance(r.links, Links) and r.links.defines(label):
        term = r.links.symbol(r, label, label, ())
        if term is not None and term.sort == "stored" and term.shape == ():
            return term.node
    return None


def _is_word(label: Tree) -> bool:
    inner = unwrapped(label)
    return isinstance(inner, Symbol) and inner.word


def _element(r: Reading, node: Tree, parts: Parts, found: Sorted) -> Term | None:
    """`x_1` of a declared vector x, `z_y` of an array that other places index: an element by number or stored label."""
    if not found.labels_down or any(_is_word(k) for k in found.labels_down):
        return None
    base = rebuilt(parts, found.labels_up, ())
    if len(found.labels_down) == 1 and is_letter(found.labels_down[0]):
        chosen = _defined_label(r, unwrapped(found.labels_down[0]))
        listed = r.facts.exact(base)
        if chosen is not None and (plain(base) in r.entries or (listed is not None and listed.shape)):
            listing = r.entries.get(plain(base)) or r.entry(base, node, 0)
            if not listing.axes:
                r._grow(listing)
            return r.pick(listing, (Pick(chosen),), node)
    if r.facts.exact(node_without(parts, found)) is not None and not is_label_word(r, found.labels_down[-1]):
        exact = r.facts.exact(node_without(parts, found))
        if exact is not None and (exact.shape is not None or exact.value is not None or exact.meaning):
            return None
    entry = r.entries.get(plain(base))
    info = r.facts.exact(base)
    rank = len(info.shape) if info is not None and info.shape is not None else 0
    if entry is not None:
        own = r.solver.shape(entry.own)
        rank = max(rank, len(entry.axes) + (0 if isinstance(own, Unknown) else len(own)))
    count = len(found.labels_down)
    if rank < count and not _value_of_index(r, found.labels_down):
        return None
    if all(isinstance(unwrapped(k), Number) for k in found.labels_down):
        if not (entry is not None and entry.axes) and not (info is not None and info.shape):
            return None
        if plain(node_without(parts, found)) in r.parameters:
            return None
        if entry is None and any(plain(unwrapped(k)) == "0" for k in found.labels_down):
            return None
        if entry is not None and not _inside(entry, found.labels_down):
            return None
        entry = r.entry(base, node, 0) if entry is None else entry
        while len(entry.axes) < count:
            r._grow(entry)
        return r.pick(entry, positions(r, found.labels_down), node)
    valued = _value_of_index(r, found.labels_down)
    if count == 1 and ((rank and is_letter(found.labels_down[0])) or valued):
        label = found.labels_down[0]
        chosen = _defined_label(r, unwrapped(label))
        if chosen is not None:
            entry = r.entry(base, node, 0) if entry is None else entry
            while len(entry.axes) < count:
                r._grow(entry)
            return r.pick(entry, (Pick(chosen),), node)
        if r.is_size(unwrapped(label)):
            if entry is None or not entry.axes:
                return None
            return r.pick(entry, positions(r, found.labels_down), node)
        if plain(label).isupper() or plain(label) in ("x", "z"):
            return None
        said = is_label_word(r, label) or plain(label) in r.parameters
        if entry is None or not entry.axes:
            if not said:
                return None
            entry = r.entry(base, node, 0) if entry is None else entry
            while len(entry.axes) < count:
                r._grow(entry)
        if not said and plain(label) in INDEX_LETTERS:
            raise Refusal(
                "unbound-index",
                f"the index {plain(label)} of {canonical(node)} is bound by nothing in this statement",
                f"a left side over {plain(label)}, a sum over it, or a sentence that says what it is",
                at=node,
            )
        known = r.entries.get(plain(label))
        counts = plain(label) in r.bare or (known is not None and known.sort == "integer")
        if counts and is_letter(label) and not is_label_word(r, label):
            # It also stands where a number does: it counts as the paper counts.
            return r.pick(entry, positions(r, found.labels_down), node)
        number = r.entry(label, label, 0)
        number.sort = "stored"
        r.solver.fix(number.number, ())
        return r.pick(entry, (Pick(Arg(number.name)),), node)
    return None


def _value_of_index(r: Reading, labels: tuple[Tree, ...]) -> bool:
    """`v_{w_O}` of a function of w_O, where w is an index: the element at the value w_O of the index."""
    label = unwrapped(labels[0])
    return (
        len(labels) == 1
        and isinstance(label, Scripted)
        and plain(label) in r.parameters
        and is_letter(split(label).base)
        and plain(split(label).base) in r.paper_indices
    )


def _inside(entry: Entry, labels: tuple[Tree, ...]) -> bool:
    """The numbers are not below the first element: `w_0` beside `w_1, …, w_n` is a symbol of its own."""
    for k, label in enumerate(labels):
        base = entry.axes[k].base if k < len(entry.axes) else 1
        if int(plain(unwrapped(label))) < base:
            return False
    return True


def _at_step(r: Reading, node: Tree, parts: Parts, found: Sorted) -> Term | None:
    """`β_t` where t is a whole number and other places take β for an array over steps: its element."""
    labels = (*found.labels_up, *found.labels_down)
    if not labels or plain(parts.base) == r.left_base:
        return None
    base = rebuilt(parts, (), ())
    entry = r.entries.get(plain(base))
    if entry is None or entry.sample is not None or len(labels) not in (len(entry.axes), entry.listed):
        return None
    for label in labels:
        inner = unwrapped(label)
        letters_ = [n for n in walk(inner) if isinstance(n, Symbol)]
        if len(letters_) != 1 or not isinstance(inner, (Symbol, Binary)):
            return None
        step = r.entries.get(plain(letters_[0]))
        if step is None or step.sort != "integer":
            return None
    while len(entry.axes) < len(labels):
        r._grow(entry)
    return r.pick(entry, positions(r, labels), node)


def step_element(r: Reading, tree: Tree) -> Term | None:
    """The element of an array over steps that an argument of another function is here, if it is one."""
    if not isinstance(tree, Scripted):
        return None
    parts = split(tree)
    return _at_step(r, tree, parts, sort_scripts(r, tree, parts))


def _check_defined(r: Reading, node: Tree, found: Sorted) -> None:
    """The k of `e_k` is a number that another statement computes: no label, even if e cannot be read as a list."""
    from .link import Links

    if len(found.labels_down) != 1 or not is_letter(found.labels_down[0]):
        return
    label = unwrapped(found.labels_down[0])
    if plain(label) not in INDEX_LETTERS:
        return
    if isinstance(r.links, Links) and r.links.defines_one(label):
        raise Refusal(
            "subscript",
            f"the {plain(label)} of {canonical(node)} is defined by another equation, and nothing says that "
            f"{canonical(node)} is an element of an array",
            "a declaration of the array",
            at=node,
        )


def _check_unbound(r: Reading, node: Tree, parts: Parts, found: Sorted) -> None:
    """An index letter that nothing binds, beside one that is bound, is the paper's slip and no label."""
    if r.facts.exact(node_without(parts, found)) is not None:
        return
    open_ = [
        k
        for k in (*found.labels_up, *found.labels_down)
        if is_letter(k) and plain(unwrapped(k)) in INDEX_LETTERS and (k in found.labels_down or unwrapped(k) is not k)
    ]
    for letter in open_:
        if plain(unwrapped(letter)) in r.steps:
            continue
        beside = bool(found.indices)
        if beside or (plain(unwrapped(letter)) in r.paper_indices and r.binds):
            name = plain(unwrapped(letter))
            raise Refusal(
                "unbound-index",
                f"the index {name} of {canonical(node)} is bound by nothing: it is neither on the left side nor summed over",
                f"a left side over {name}, a sum over it, or a sentence that says what it is",
                at=node,
            )


def read_scripted(r: Reading, node: Tree, parts: Parts) -> Term:
    """Scripts on a bracket, a call, a norm: powers, elements, `[x]_+`, kinds of norms."""
    base = parts.base
    if isinstance(node, Scripted):
        from .calculus import evaluated_at

        if (there := evaluated_at(r, node)) is not None:
            return there
    if isinstance(base, Group) and base.open in ("‖", "|"):
        from .bars import norm

        return norm(r, base, parts, node)
    if isinstance(base, Group) and base.open == "[" and any(plain(s) == "+" for s in (*parts.subs, *parts.sups)):
        value = ew.unary(r, "relu", r.term(base.body))
        for item in parts.sups:
            if plain(item) != "+":
                value = apply_superscript(r, value, item, node)
        return value
    if isinstance(base, Group) and base.open == "(" and any(plain(s) == "+" for s in (*parts.subs, *parts.sups)):
        value = ew.unary(r, "relu", r.term(base.body))
        for item in parts.sups:
            if plain(item) != "+":
                value = apply_superscript(r, value, item, node)
        return value
    if isinstance(base, (Group, Apply, BigOp, Fraction, Decorated, Binary)) or parts.subs:
        value = r.term(base)
    else:
        value = r.term(base)
    if parts.primes:
        raise Refusal("prime", "a prime on an expression", at=node)
    if parts.subs:
        if all(is_position(r, s) or isinstance(unwrapped(s), Number) or is_stored(r, s) for s in parts.subs):
            value = pick_from(r, value, element_positions(r, parts.subs), node)
        else:
            raise Refusal("subscript", f"the subscript {canonical(parts.subs[0])} on an expression", at=node)
    for item in parts.sups:
        value = apply_superscript(r, value, item, node)
    return value
