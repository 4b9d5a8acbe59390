"""What one printed symbol means: which of its scripts are indices, labels, powers, transposes or inverses."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise

from ..formula import ascii_name, canonical
from ..formula.notation import GREEK
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Decorated,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Number,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from ..formula.tree import Node as Tree
from ..ir.node import (
    Access,
    All,
    Arg,
    Axis,
    Const,
    Filled,
    Identity,
    IndexNumber,
    Linear,
    Node,
    Op,
    Over,
    Pick,
    Position,
    Slice,
)
from . import elementwise as ew
from .index import (
    Parts,
    as_dim,
    is_letter,
    number_of,
    rebuilt,
    shifted,
    split,
    transposes,
    unwrapped,
    walk,
    word_index,
)
from .keys import plain
from .objects import check_number
from .refusal import Mismatch, Refusal
from .scope import Entry, Reading
from .types import Term, Unknown, show_shape

TIME_LETTERS = frozenset({"t", "k", "n", "l", "s"})
INDEX_LETTERS = frozenset("ijklmnrsuvpq")
NAMED_BY_GREEK = frozenset({"pi", "V", "Q", "q", "p", "J", "d", "A", "f", "mu"})
"""Letters on which a Greek superscript names a policy or a law, and is no exponent."""
SCALAR_GREEK = frozenset(
    {"alpha", "beta", "gamma", "lambda", "rho", "eta", "mu", "delta", "epsilon", "tau", "kappa", "nu"}
)


ELEMENTWISE = frozenset(
    "exp log ln sin cos tan sinh cosh tanh arcsin arccos arctan sgn sign erf sigmoid ReLU GELU softplus".split()
)
OPERATORS = frozenset("softmax Softmax LSE logsumexp LogSumExp det tr Tr diag argmax argmin".split())
"""Functions that never stand for a number; names such as `var` and `mean` also name quantities."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """A symbol's scripts by what they do."""

    labels_up: tuple[Tree, ...]
    labels_down: tuple[Tree, ...]
    indices: tuple[Tree, ...]
    operations: tuple[Tree, ...]


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


# --- sorting scripts --------------------------------------------------------------------------------


def sort_scripts(r: Reading, node: Tree, parts: Parts) -> Sorted:
    labels_up: list[Tree] = []
    indices: list[Tree] = []
    operations: list[Tree] = []
    listed = isinstance(node, Scripted) and isinstance(node.sup, List)
    for item in _joined(r, parts.sups):
        role = _role_above(r, node, parts, item)
        if listed and role == "operation" and isinstance(unwrapped(item), (Number, Symbol)):
            role = "label"  # `X^{2,i}`: one of several superscripts is no power
        match role:
            case "operation":
                operations.append(item)
            case "index":
                indices.append(item)
            case _:
                labels_up.append(item)
    labels_down: list[Tree] = []
    whole = parts.subs and r.is_size(node)  # `d_h`, the size in `W_h ∈ R^{d × d_h}`: one name, whatever h runs over
    for item in parts.subs:
        picks = is_position(r, item) or _is_stretch(r, parts, item)
        (indices if picks and not whole else labels_down).append(item)
    if labels_down and any(isinstance(unwrapped(i), Placeholder) for i in parts.subs) and len(parts.subs) > 1:
        raise Refusal("slice", "a whole axis beside a position that nothing binds", at=parts.base)
    return Sorted(tuple(labels_up), tuple(labels_down), tuple(indices), tuple(operations))


def _joined(r: Reading, sups: tuple[Tree, ...]) -> tuple[Tree, ...]:
    """Superscripts typed side by side are indices if all are bound, else one expression: `t^{kj}` is a power."""
    if len(sups) > 1 and not all(_mentions_bound(r, s) or isinstance(s, Group) for s in sups):
        adjacent = all(isinstance(s, (Symbol, Number, Scripted)) for s in sups) and all(
            getattr(a, "at", (0, -1))[1] == getattr(b, "at", (-2, 0))[0] for a, b in pairwise(sups)
        )
        if adjacent and not any(isinstance(s, Symbol) and (s.word or s.name in ("top", "T", "*")) for s in sups):
            return (
                Juxtaposition(sups, at=(getattr(sups[0], "at", (-1, -1))[0], getattr(sups[-1], "at", (-1, -1))[1])),
            )
    return sups


def is_position(r: Reading, item: Tree) -> bool:
    """The script item picks elements: it holds a bound index, and nothing that could only be a label."""
    item = unwrapped(item)
    if _upright_label(r, item):
        return False
    match item:
        case Placeholder():
            return True
        case List(parts, separators) if ":" in separators:
            return any(_mentions_bound(r, p) for p in parts) or all(
                isinstance(p, (Number, Placeholder)) or _countable(r, p) for p in parts
            )
        case Relation(Placeholder(), ((("<" | "≤" | ">" | "≥"), limit),)):
            return _mentions_bound(r, limit)
    return _mentions_bound(r, item) and _countable(r, item)


def _is_stretch(r: Reading, parts: Parts, item: Tree) -> bool:
    """`x_{1:d}`, `x_{d+1:D}` of a declared array x: a stretch of its first axis, also where only this use tells of d."""
    match unwrapped(item):
        case List((lo, hi), (":",)):
            info = r.facts.exact(parts.base)
            return info is not None and bool(info.shape) and _is_edge(lo) and _is_edge(hi)
    return False


def _is_edge(item: Tree) -> bool:
    match unwrapped(item):
        case Number(text):
            return text.isdigit()
        case Symbol(font=font, word=word):
            return not word and font not in ("rm", "sf", "tt")
        case Binary("+" | "-", a, b):
            return _is_edge(a) and _is_edge(b)
    return isinstance(item, Placeholder)


def _upright_label(r: Reading, item: Tree) -> bool:
    """`b_{\\text{i}}`, `w^{\\textsc{r}}`: an upright letter is a label, unless the paper sets its indices upright."""
    return isinstance(item, Symbol) and item.font in ("rm", "sf", "tt") and plain(item) not in r.upright


def _mentions_bound(r: Reading, item: Tree) -> bool:
    if _upright_label(r, item):
        return False
    if plain(item) in r.bound:
        return r.bound[plain(item)].sort in ("integer", "stored")
    match item:
        case Binary("+" | "-" | "·" | "mod", a, b):
            return _mentions_bound(r, a) or _mentions_bound(r, b)
        case Unary("-", a) | Group("(" | ".", _, a):
            return _mentions_bound(r, a)
        case Scripted():
            return _stored_array(r, item)
    return any(plain(k) in r.bound and r.bound[plain(k)].sort in ("integer", "stored") for k in _leaves(item))


def _stored_array(r: Reading, item: Tree) -> bool:
    """`y_i` as a subscript: the stored class of sample i."""
    if not isinstance(item, Scripted) or item.sup is not None or item.primes or item.sub is None:
        return False
    base = item.base
    return (
        isinstance(base, Symbol)
        and len(base.name) == 1
        and base.name.islower()
        and not base.accents
        and is_position(r, item.sub)
    )


def _leaves(item: Tree) -> tuple[Tree, ...]:
    return item.items if isinstance(item, Juxtaposition) else ()


def _countable(r: Reading, item: Tree) -> bool:
    """Made of bound indices, sizes and whole numbers."""
    item = unwrapped(item)
    if plain(item) in r.bound:
        return r.bound[plain(item)].sort in ("integer", "stored")
    match item:
        case Number(text):
            return text.isdigit()
        case Symbol() | Scripted():
            return r.is_size(item) or _integer_argument(r, item) or _stored_array(r, item)
        case Binary("+" | "-" | "·" | "mod", a, b):
            return _countable(r, a) and _countable(r, b)
        case Unary("-", a):
            return _countable(r, a)
    leaves = _leaves(item)
    return bool(leaves) and all(_countable(r, k) for k in leaves)


def _integer_argument(r: Reading, item: Tree) -> bool:
    info = r.facts.exact(item)
    return info is not None and (info.domain in ("integer", "positive integer") or info.kind == "index")


def _role_above(r: Reading, node: Tree, parts: Parts, item: Tree) -> str:
    """ "operation" (power, transpose, inverse), "index" or "label"."""
    base = parts.base
    assert isinstance(base, Symbol)
    inner = unwrapped(item)
    bracketed = inner is not item
    if isinstance(item, Group) and item.open in "(⟨":
        if isinstance(inner, Binary) and is_position(r, inner) and _scalar_base(r, parts, item):
            return "operation"  # `\\gamma^{(i - t)}`
        return "index" if is_position(r, inner) else "label"
    match inner:
        case Text():
            return "operation" if inner.text == "T" else "label"
        case Symbol(name) if name in ("top", "intercal"):
            return "operation"
        case Symbol("T") if inner.font in ("rm", "sf", "bf"):
            return "operation"
        case Symbol("T"):
            return "label" if _labelled(r, parts, item) else "operation"
        case Symbol("dagger" | "H") if not _labelled(r, parts, item):
            return "operation"
        case Symbol(name, _, _, True):
            return "label"
        case Symbol() if _upright_label(r, inner):
            return "label"
        case Symbol(name) if name in ("+", "-", "*", "perp", "star", "circ", "dagger", "ddagger", "sharp", "prime"):
            return "label"
        case Number(text):
            return "label" if text in ("0", "1") or _numbered(r, parts, item) else "operation"
        case Unary("-"):
            return "operation"
        case Relation() | Given() | List():
            return "index" if is_position(r, inner) else "label"
    if bracketed and plain(inner) not in r.bound:
        return "label"
    if plain(base) == r.left_base and (plain(inner) in r.step_sups or _step_of(inner) in r.step_sups):
        return "label"  # `x^\\ell = f(x^{\\ell - 1})`
    if _mentions_bound(r, inner) and _countable(r, inner):
        if plain(base) in r.usage.families | r.usage.shifted and plain(rebuilt(parts, (), parts.subs)) in r.parameters:
            return "index"  # `L(y) = \\sum_i l(y^i)` beside `y^{i+1} = …`
        if _scalar_base(r, parts, item):
            return "operation"
        return "index" if bracketed else _power_or_index(r, parts, item)
    if isinstance(inner, Symbol):
        if plain(inner) in r.steps and not bracketed and _one_square_matrix(r, parts):
            return "operation"
        if plain(inner) in r.step_sups and not _scalar_base(r, parts, item):
            return "label"
        if plain(inner) in r.steps and plain(inner) in TIME_LETTERS and _scalar_base(r, parts, item):
            return "operation"  # `\\beta_1^t` at step t
        if _labelled(r, parts, item):
            return "label"
        if plain(inner) in r.bound:
            return "operation"
        if len(inner.name) == 1 and inner.name.isupper():
            return "operation" if r.is_size(inner) and _scalar_base(r, parts, item) else "label"
        if inner.name in GREEK:
            return "label" if base.name in NAMED_BY_GREEK else "operation"
        return "operation" if plain(inner) in r.subscripted or _known_number(r, inner) else "label"
    if (letter := shifted(inner)) is not None and letter not in r.bound:
        if letter.lstrip("\\") in GREEK and letter not in r.step_sups and letter not in r.steps:
            return "label" if base.name in NAMED_BY_GREEK else "operation"  # like the letter alone
        return "operation" if _scalar_base(r, parts, item) else "label"
    return "operation"


def _power_or_index(r: Reading, parts: Parts, item: Tree) -> str:
    """A bound index above a matrix: its power, if the paper has one such matrix, or a member of a list.

    Raises Refusal where the paper has a matrix of this name, and nothing says that it can be multiplied by itself.
    """
    base = parts.base
    assert isinstance(base, Symbol)
    if _one_square_matrix(r, parts):
        return "operation"
    families = r.usage.families | r.usage.shifted | r.numbered
    if parts.subs or plain(base) in families or _labelled(r, parts, item):
        return "index"
    info = r.facts.exact(base)
    square = info is not None and bool(
        re.search(r"\b(?:adjacency|transition|laplacian|square)\b", info.meaning.lower())
    )
    if square:
        return "operation"
    capital = len(base.name) == 1 and base.name.isupper() and base.font in ("", "bf")
    called = info is not None and (info.kind == "matrix" or "matri" in info.meaning.lower())
    if (
        capital
        and not (info is not None and info.indices)
        and (plain(base) in r.usage.alone or called or _from_zero(r, item))
    ):
        taken = r.chooser.choose(f"superscript-of-{ascii_name(base)}", ("index", "power"), rival=True)
        return "operation" if taken == "power" else "index"
    return "index"


def _from_zero(r: Reading, item: Tree) -> bool:
    """The index counts from zero, as the powers of a matrix do."""
    term = r.bound.get(plain(unwrapped(item)))
    if term is None or not isinstance(term.node, IndexNumber):
        return False
    domain = r.indices[term.node.index].domain
    return isinstance(domain, Over) and domain.axis.base == 0


def _one_square_matrix(r: Reading, parts: Parts) -> bool:
    """The paper declares the base itself as a square matrix, and nowhere numbers it above."""
    base = parts.base
    assert isinstance(base, Symbol)
    info = r.facts.exact(base) or r.facts.exact(replace(base, accents=()))
    return (
        info is not None
        and info.shape is not None
        and len(info.shape) == 2
        and info.shape[0] == info.shape[1]
        and not info.indices
        and not parts.subs
        and plain(parts.base) not in r.usage.families | r.numbered
    )


def _step_of(item: Tree) -> str:
    """The letter of `\\ell - 1`, braces aside."""
    if isinstance(item, Binary) and item.op in ("+", "-") and isinstance(unwrapped(item.right), Number):
        return plain(unwrapped(item.left))
    return ""


def _known_number(r: Reading, node: Tree) -> bool:
    info = r.facts.exact(node)
    return info is not None and (info.value is not None or info.kind == "scalar" or info.role == "hyper-parameter")


def _numbered(r: Reading, parts: Parts, item: Tree) -> bool:
    """A number above that only names: the paper defines the symbol with it, or declares it as an array (`W^2`)."""
    from .link import Links

    if plain(parts.base) in r.numbered:
        return True
    for whole in (rebuilt(parts, (item,), parts.subs), rebuilt(parts, (item,), ())):
        if isinstance(r.links, Links) and r.links.defines(whole):
            return True
        info = r.facts.exact(whole)
        if info is not None and info.shape:
            return True
    return False


def _labelled(r: Reading, parts: Parts, item: Tree) -> bool:
    """The paper knows the symbol with this superscript."""
    whole = rebuilt(parts, (item,), parts.subs)
    if r.facts.exact(whole) is not None:
        return True
    return r.facts.exact(rebuilt(parts, (item,), ())) is not None


def _scalar_base(r: Reading, parts: Parts, item: Tree) -> bool:
    """The base is a number of which a power is meant: `\\gamma^t`, `\\beta_1^t`, `2^k`."""
    base = parts.base
    assert isinstance(base, Symbol)
    bare = rebuilt(parts, (), parts.subs)
    if plain(bare) in r.bound:
        return r.bound[plain(bare)].shape == ()
    if plain(bare) in r.parameters:
        return True
    if r.facts.find(
        rebuilt(parts, (item,), parts.subs), 1 if not parts.subs else 1 + len(parts.subs)
    ) is not None and any(
        plain(item) in info.indices for info in r.facts.symbols.values() if info.symbol.startswith(canonical(base))
    ):
        return False
    info = r.facts.exact(bare)
    if info is not None and (info.value is not None or info.shape == () or info.kind == "scalar"):
        return True
    if base.name in SCALAR_GREEK and not base.accents and base.font == "":
        return True
    return plain(bare) in r.subscripted and not base.name.isupper()


# --- the symbol itself ---------------------------------------------------------------------------------


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
    if r.facts.exact(node_without(parts, found)) is not None and not _label_word(r, found.labels_down[-1]):
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
        said = _label_word(r, label) or plain(label) in r.parameters
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
        if counts and is_letter(label) and not _label_word(r, label):
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


def _label_word(r: Reading, label: Tree) -> bool:
    info = r.facts.exact(unwrapped(label))
    words = f"{info.meaning} {info.role} {info.kind}".lower() if info is not None else ""
    return any(w in words for w in ("label", "class", "target", "ground", "correct", "category"))


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


# --- positions -------------------------------------------------------------------------------------------


def positions(r: Reading, found: tuple[Tree, ...]) -> tuple[Position, ...]:
    return tuple(position(r, unwrapped(item)) for item in found)


def is_stored(r: Reading, item: Tree) -> bool:
    """A free letter that chooses an element of a value: a class label, or a parameter of the left side."""
    item = unwrapped(item)
    if not is_letter(item) or plain(item) in r.bound or r.is_size(item):
        return False
    return _label_word(r, item) or plain(item) in r.parameters or plain(item) in ("y", "c")


def element_positions(r: Reading, found: tuple[Tree, ...]) -> tuple[Position, ...]:
    """Positions in a value, which has no numbers of its own: a free letter there is stored, so it counts from zero."""
    out: list[Position] = []
    for item in found:
        if is_stored(r, item):
            entry = r.entry(unwrapped(item), unwrapped(item), 0)
            if entry.sort == "real" and not entry.axes:
                r.solver.fix(entry.number, ())
                entry.sort = "stored"
        out.append(position(r, unwrapped(item)))
    return tuple(out)


def position(r: Reading, item: Tree) -> Position:
    match item:
        case Placeholder():
            return All()
        case List((lo, hi), (":",)):
            low = None if isinstance(lo, Placeholder) else number(r, lo)
            high = None if isinstance(hi, Placeholder) else number(r, hi)
            return Slice(low, high)
        case Relation(Placeholder(), ((op, limit),)):
            edge = number(r, limit)
            one = Const(1)
            match op:
                case "<":
                    return Slice(None, Op("sub", (edge, one)))
                case "≤":
                    return Slice(None, edge)
                case ">":
                    return Slice(Op("add", (edge, one)), None)
            return Slice(edge, None)
    return Pick(number(r, item))


def number(r: Reading, item: Tree) -> Node:
    """A whole number in the paper's counting, as an integer node."""
    if isinstance(item, Binary) and item.op in ("+", "-"):
        for part in (item.left, item.right):
            if isinstance(part, Symbol):
                number(r, part)  # the d of `x_{d+1:D}` is a whole number like that of `x_{1:d}`
    term = r.term(item)
    if term.sort == "real" and isinstance(term.node, Access) and isinstance(item, Scripted):
        entry = next((e for e in r.entries.values() if Arg(e.name) == term.node.base), None)
        if entry is not None and _stored_array(r, item):
            r.solver.fix(entry.number, ())
            entry.sort = "stored"
            return term.node
    if term.sort == "real" and isinstance(term.node, Arg):
        entry = next((e for e in r.entries.values() if e.name == term.node.name), None)
        if entry is not None and not entry.axes and not entry.declared:
            r.solver.fix(entry.number, ())
            entry.sort = "integer"
            return term.node
    if term.shape != () or term.sort not in ("integer", "stored"):
        if isinstance(term.node, Const) and float(term.node.value).is_integer():
            return Const(int(term.node.value))
        raise Refusal("index", f"{canonical(item)} stands where a whole number should", at=item)
    return term.node


def pick_from(r: Reading, term: Term, where: tuple[Position, ...], at: Tree) -> Term:
    """Elements of any array term."""
    if not where:
        return term
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown):
        shape = tuple(r.stable_axis(f"pick {getattr(at, 'at', '')} {k}") for k in range(len(where)))
        r.solver.suggest(term.shape, shape, 6)
    if len(shape) < len(where):
        raise Mismatch(f"{canonical(at)} has more indices than the {len(shape)} axes of {show_shape(shape)}", at=at)
    kept: list[Axis] = []
    for axis, p in zip(shape, where):
        match p:
            case Pick(IndexNumber(name)) if name in r.indices and isinstance(domain := r.indices[name].domain, Over):
                r.solver.same_dim(domain.axis.dim, axis.dim, f"the index of {canonical(at)}", at)
            case All():
                kept.append(axis)
            case Slice():
                kept.append(r.slice_axis(axis, p))
    node = term.node
    if isinstance(node, Access) and all(isinstance(p, Pick) for p in node.positions):
        node = Access(node.base, node.positions + where)
    else:
        node = Access(node, where)
    return Term(node, (*kept, *shape[len(where) :]), term.sort)


# --- superscripts that compute ------------------------------------------------------------------------------


def apply_superscript(r: Reading, term: Term, item: Tree, at: Tree) -> Term:
    """A power, transpose or inverse of a term."""
    shape = r.solver.shape(term.shape)
    inner = unwrapped(item)
    unknown = isinstance(shape, Unknown)
    if transposes(inner, array=shape != ()):
        if isinstance(inner, Symbol) and inner.name == "T" and unknown and (plain(inner) in r.local_dims):
            return ew.power(r, term, r.term(inner))
        if isinstance(inner, Symbol) and inner.name == "T" and not inner.font and unknown and _rate(at):
            raise Refusal("transpose", f"{canonical(at)}: a power of a number, or the transpose of a vector", at=at)
        return transpose(r, term, at)
    if isinstance(inner, Symbol) and inner.name == "H":
        return transpose(r, term, at)
    if isinstance(inner, Symbol) and inner.name == "dagger":
        return _matrix_operation(r, term, "pinv", at)
    if isinstance(inner, Symbol) and inner.name == "+":
        return ew.unary(r, "relu", term)
    if isinstance(inner, Unary) and inner.op == "-" and transposes(inner.operand, array=True):
        return transpose(r, inverse(r, term, at), at)
    value = number_of(inner)
    if not isinstance(shape, Unknown) and len(shape) == 2 and not term.pointwise:
        if value == -1:
            return inverse(r, term, at)
        if value in (0.5, -0.5):
            root = _matrix_operation(r, term, "matrix_sqrt", at)
            return root if value > 0 else inverse(r, root, at)
        if value is not None and value.is_integer() and value > 0:
            square = _square(r, term, at)
            return Term(Linear("matrix_power", (square.node, Const(int(value)))), square.shape)
        if value is not None and value.is_integer():
            whole = inverse(r, term, at)
            return whole if value == -1 else Term(Linear("matrix_power", (whole.node, Const(int(-value)))), whole.shape)
        if isinstance(inner, Symbol) and plain(inner) in r.steps:
            square = _square(r, term, at)
            return Term(Linear("matrix_power", (square.node, number(r, inner))), square.shape)
        exponent = r.term(item)
        if exponent.sort == "integer" and exponent.shape == ():
            square = _square(r, term, at)
            return Term(Linear("matrix_power", (square.node, exponent.node)), square.shape)
        raise Refusal("matrix-power", f"a matrix to the power {canonical(inner)}", at=at)
    if value == -1 and unknown and looks_matrix(r, term) and not _with_number(at):
        axis = r.stable_axis(f"inverse {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
    if value is not None:
        return ew.power(r, term, Term(Const(_plain_number(value)), (), "real"))
    exponent = r.term(item)
    if isinstance(shape, Unknown) and exponent.sort == "integer" and looks_matrix(r, term):
        axis = r.stable_axis(f"power {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
    return ew.power(r, term, exponent)


def _with_number(at: Tree) -> bool:
    """`(1 - a)^{-1}`: to what a bare number is added is a number."""
    base = at.base if isinstance(at, Scripted) else at
    return (
        isinstance(base, Group)
        and isinstance(base.body, Binary)
        and base.body.op in ("+", "-")
        and any(isinstance(side, Number) for side in (base.body.left, base.body.right))
    )


def _plain_number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _rate(tree: Tree) -> bool:
    """A letter that is hardly ever a vector: a discount, a learning rate."""
    base = split(tree).base
    return isinstance(base, Symbol) and base.name in ("gamma", "eta", "epsilon", "rho") and not base.font


def transpose(r: Reading, term: Term, at: Tree) -> Term:
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown):
        key = f"transpose {getattr(at, 'at', '')}"
        if looks_matrix(r, term):
            a, b = r.stable_axis(key + " 0"), r.stable_axis(key + " 1")
            r.solver.suggest(shape, (a, b), 7)
            return Term(term.node, r.solver.new_shape())
        r.solver.suggest(shape, (r.stable_axis(key),), 7)
        return Term(term.node, shape, term.sort, row=True)
    if len(shape) == 0:
        check_number(r, term, at, "transposed")
        return term
    if len(shape) == 1:
        return Term(term.node, shape, term.sort, row=not term.row)
    if len(shape) == 2:
        if isinstance(term.node, Linear) and term.node.op == "transpose":
            return Term(term.node.args[0], shape[::-1], term.sort)
        return Term(Linear("transpose", (term.node,)), shape[::-1], term.sort)
    raise Refusal("transpose", f"the transpose of an array with {len(shape)} axes", at=at)


def inverse(r: Reading, term: Term, at: Tree) -> Term:
    shape = r.solver.shape(term.shape)
    if shape == ():
        return ew.power(r, term, Term(Const(-1)))
    return _matrix_operation(r, term, "inverse", at)


def _matrix_operation(r: Reading, term: Term, op: str, at: Tree) -> Term:
    if op in ("inverse", "matrix_sqrt"):
        term = _square(r, term, at)
        return Term(Linear(op, (term.node,)), term.shape)
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown) or len(shape) != 2:
        raise Refusal(op, f"{op} of what is no matrix", at=at)
    return Term(Linear(op, (term.node,)), shape[::-1])


def _square(r: Reading, term: Term, at: Tree) -> Term:
    shape = r.solver.shape(term.shape)
    if isinstance(shape, Unknown):
        axis = r.stable_axis(f"square {getattr(at, 'at', '')}")
        r.solver.suggest(shape, (axis, axis), 8)
        return Term(term.node, r.solver.new_shape())
    if len(shape) != 2:
        raise Mismatch(f"a square matrix is needed, this has the shape {show_shape(shape)}", at=at)
    r.solver.same_dim(shape[0].dim, shape[1].dim, "a square matrix is needed", at)
    return term


def looks_matrix(r: Reading, term: Term) -> bool:
    """The unknown symbols behind a term look like matrices: capitals, or a word that says so."""
    shape = term.shape
    if not isinstance(shape, Unknown):
        return len(shape) == 2
    behind = [e for e in r.entries.values() if e.number in shape.of]
    return bool(behind) and any(matrix_like(r, e) for e in behind)


def capitals(r: Reading) -> str:
    """What capitals are of which the paper says nothing: matrices, or numbers where that does not fit."""
    return r.chooser.choose("capitals", ("matrices", "numbers"))


def matrix_like(r: Reading, entry: Entry) -> bool:
    if len(entry.axes) >= 2:
        return False  # `F_{ik}` is an element
    info = entry.known.info if entry.known is not None else None
    if info is not None and info.kind:
        return info.kind == "matrix"
    if info is not None and any(w in info.meaning.lower() for w in ("matrix", "matrices", "weights", "projection")):
        return True
    base = split(entry.tree).base
    if not (isinstance(base, Symbol) and len(base.name) == 1 and base.name.isupper() and base.font in ("", "bf", "rm")):
        return False
    return base.font == "bf" or capitals(r) == "matrices"


# --- scripts on other things ----------------------------------------------------------------------------------


def read_scripted(r: Reading, node: Tree, parts: Parts) -> Term:
    """Scripts on a bracket, a call, a norm: powers, elements, `[x]_+`, kinds of norms."""
    base = parts.base
    if isinstance(node, Scripted):
        from .calculus import evaluated_at

        if (there := evaluated_at(r, node)) is not None:
            return there
    if isinstance(base, Group) and base.open in ("‖", "|"):
        from .functions import norm

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
