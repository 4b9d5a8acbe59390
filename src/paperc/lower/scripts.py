"""Which scripts of a symbol are indices, labels or operations: the scripts and the paper decide, before any type."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from ..formula import ascii_name, canonical
from ..formula.notation import GREEK
from ..formula.tree import (
    Binary,
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
    IndexNumber,
    Over,
)
from .index import (
    Parts,
    rebuilt,
    shifted,
    unwrapped,
)
from .keys import plain
from .refusal import Refusal
from .scope import Reading

TIME_LETTERS = frozenset({"t", "k", "n", "l", "s"})
NAMED_BY_GREEK = frozenset({"pi", "V", "Q", "q", "p", "J", "d", "A", "f", "mu"})
"""Letters on which a Greek superscript names a policy or a law, and is no exponent."""
SCALAR_GREEK = frozenset(
    {"alpha", "beta", "gamma", "lambda", "rho", "eta", "mu", "delta", "epsilon", "tau", "kappa", "nu"}
)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A symbol's scripts by what they do."""

    labels_up: tuple[Tree, ...]
    labels_down: tuple[Tree, ...]
    indices: tuple[Tree, ...]
    operations: tuple[Tree, ...]


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
            return is_stored_element(r, item)
    return any(plain(k) in r.bound and r.bound[plain(k)].sort in ("integer", "stored") for k in _leaves(item))


def is_stored_element(r: Reading, item: Tree) -> bool:
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
            return r.is_size(item) or _integer_argument(r, item) or is_stored_element(r, item)
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
