"""The left side of a definition: what is defined, over which free indices, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..formula import ascii_name, canonical
from ..formula.notation import FUNCTIONS
from ..formula.tree import (
    Apply,
    BigOp,
    Binary,
    Decorated,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Placeholder,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Unary,
)
from ..formula.tree import Node as Tree
from .applications import arguments_of
from .facts import Facts
from .index import (
    WORDS_OF_TIME,
    is_greek,
    is_letter,
    items,
    prefix_letter,
    rebuilt,
    shifted,
    split,
    unwrapped,
    walk,
    word_index,
)
from .keys import plain
from .refusal import Refusal

TIME_LETTERS = frozenset({"t", "k", "n", "l", "s", "\\tau", "\\ell"})
MATHEMATICS = FUNCTIONS - {"dist", "proj", "prox", "supp", "vec", "softplus", "logit", "rank", "conv", "span"}
NO_INDEX = frozenset({"x", "z"})
"""Letters that are never indices, unless a sum binds them."""
AXIS_LETTERS = frozenset("ijklmnuvpqct")
PARAMETER_INDICES = frozenset("ijklmncuvy")
DEFINING = frozenset({"=", ":=", "≡", "←", "≈"})


@dataclass(slots=True)
class Left:
    """A left side. `tree` is the symbol with its labels; `axes` are the letters over which the result runs."""

    tree: Tree
    printed: Tree
    axes: list[Tree] = field(default_factory=list)
    parameters: list[Tree] = field(default_factory=list)
    bracketed: bool = False
    """It has parameters in brackets: other equations may apply it."""
    diagonal: bool = False
    """`D_{ii} = …`: the matrix with these values on its diagonal."""
    gradient: tuple[Tree, Tree] | None = None
    negated: bool = False


def spelled(tree: Tree) -> Tree:
    """Capitals typed side by side on the left are one name: `PE_{i}`, `TV(u)`."""
    if not isinstance(tree, Juxtaposition):
        return tree
    run = 0
    while (
        run < len(tree.items)
        and isinstance(item := tree.items[run], Symbol)
        and len(item.name) == 1
        and item.name.isupper()
        and not item.accents
    ):
        run += 1
    last = tree.items[run] if run < len(tree.items) else None
    base = last.base if isinstance(last, Scripted) else None
    if (
        run
        and isinstance(last, Scripted)
        and isinstance(base, Symbol)
        and len(base.name) == 1
        and base.name.isupper()
        and run + 1 == len(tree.items)
    ):
        return replace(
            last,
            base=Symbol("".join(i.name for i in tree.items[:run] if isinstance(i, Symbol)) + base.name, (), "", True),
        )
    if run >= 2:
        word = Symbol("".join(i.name for i in tree.items[:run] if isinstance(i, Symbol)), (), "", True)
        rest = tree.items[run:]
        return Juxtaposition((word, *rest)) if rest else word
    return tree


def head_of(tree: Tree) -> tuple[Tree, Group | None, tuple[Tree, ...]]:
    """The symbol, its argument bracket, and scripts behind the bracket: `softmax(x)_i`, `f_θ(x)`, `L(θ)`."""
    match tree:
        case Apply(function, argument):
            group = argument if isinstance(argument, Group) else Group("(", ")", argument)
            return function, group, ()
        case Scripted(Apply() | Juxtaposition()) if tree.sup is None:
            inner, bracket, _ = head_of(tree.base)
            return inner, bracket, items(tree.sub) if tree.sub is not None else ()
        case Juxtaposition((head, Group() as group)) if group.open in ("(", "[", "{"):
            return head, group, ()
        case Juxtaposition((head, Scripted(Group() as group, sub, None, 0))) if group.open in ("(", "["):
            return head, group, items(sub) if sub is not None else ()
        case Juxtaposition((Symbol("Delta") as delta, Symbol() | Scripted() as rest)):
            return Juxtaposition((delta, rest)), None, ()
        case Juxtaposition((Symbol("Delta") as delta, (Symbol() | Scripted()) as rest, Group() as group)):
            return Juxtaposition((delta, rest)), group, ()
        case Decorated(_, body):
            return head_of(body)
    return tree, None, ()


def read_left(tree: Tree, right: Tree, facts: Facts, labels: frozenset[str] = frozenset()) -> Left:
    """Reads a left side; which of its scripts are axes is told by how the right side uses them.

    Raises Refusal for left sides that define no single symbol.
    """
    match tree:
        case Unary("-", operand):
            left = read_left(operand, right, facts, labels)
            left.negated = True
            return left
        case Unary("+", operand) | Group("." | "{", _, operand):
            return read_left(operand, right, facts, labels)
        case Quantified(_, body, _):
            return read_left(body, right, facts, labels)
        case BigOp("min" | "max" | "argmin" | "argmax" | "inf" | "sup", _, _, body):
            return read_left(body, right, facts, labels)
        case BigOp("E" | "Var" | "Cov", _, None, body):
            inside = body.body if isinstance(body, Group) else body
            return Left(Symbol(f"{tree.op}_{ascii_name(inside)}", (), "", True), tree)
        case Apply(Symbol("log" | "ln" as name), argument):
            inside = argument.body if isinstance(argument, Group) and argument.open in "([" else argument
            left = read_left(inside, right, facts, labels)
            left.tree, left.printed = Symbol(f"{name}_{ascii_name(left.tree)}", (), "", True), tree
            left.bracketed = False
            return left
        case Fraction(top, bottom) | Binary("/", top, bottom):
            return _derivative(tree, top, bottom, right, facts)
    nabla = _nabla(tree, right, facts)
    if nabla is not None:
        return nabla
    head, group, behind = head_of(word_index(spelled(tree)))
    parts = split(head)
    compound = (
        isinstance(head, Juxtaposition)
        and isinstance(head.items[0], Symbol)
        and head.items[0].name in ("Delta", "delta")
    )
    if isinstance(tree, Group) and tree.open in ("⟨",):
        return Left(Symbol(notation_key(tree), (), "", True), tree, parameters=arguments_of(tree.body), bracketed=True)
    if not compound and not isinstance(parts.base, Symbol):
        if isinstance(head, BigOp):
            raise Refusal("left-side", f"the left side {canonical(tree)} defines no symbol", at=tree)
        raise Refusal("left-side", f"the left side {canonical(tree)} defines no single symbol", at=tree)
    left = Left(head, tree, bracketed=group is not None)
    if group is not None and isinstance(parts.base, Symbol) and parts.base.name in MATHEMATICS and parts.base.word:
        raise Refusal("left-side", f"the left side applies {parts.base.name}: an equation, no definition", at=tree)
    if group is not None:
        if isinstance(group.body, Placeholder) or any(isinstance(p, Placeholder) for p in arguments_of(group.body)):
            raise Refusal("placeholder", "the left side leaves its argument open", at=tree)
        left.parameters = [_value_of_event(p) for p in arguments_of(group.body)]
        for p in left.parameters:
            if not _is_variable(p):
                raise Refusal(
                    "left-side",
                    f"the left side has {canonical(p)} for a parameter: an equation, no definition",
                    at=tree,
                )
    use = Use(right, head, facts, labels)
    if compound:
        left.tree = head
        return left
    # `L_i(θ_i)`: the loss at the i-th parameters, not a value for each i.
    versions = {plain(x) for p in left.parameters if is_greek(p) for x in _script_letters(p)}
    places = use.places(parts.subs)
    naming = not places and any(
        isinstance(unwrapped(s), Symbol) and plain(unwrapped(s)) in NO_INDEX for s in parts.subs
    )
    ups, downs, axes = [], [], []
    for item in parts.sups:
        inner = unwrapped(item)
        bare = inner is item and plain(inner) not in ("i", "j")
        if is_letter(item) and not bare and use.is_axis(inner) and plain(inner) not in TIME_LETTERS:
            axes.append(inner)
        else:
            ups.append(item)
    for item in parts.subs:
        runs = is_letter(item) and use.is_axis(unwrapped(item)) and plain(unwrapped(item)) not in versions
        if plain(item) in places or (runs and not naming):
            axes.append(unwrapped(item))
        else:
            downs.append(item)
    left.tree = rebuilt(parts, tuple(ups), tuple(downs))
    for item in behind:
        if is_letter(item):
            axes.append(unwrapped(item))
        else:
            raise Refusal("left-side", f"the script {canonical(item)} behind the bracket of the left side", at=tree)
    kept: list[Tree] = []
    # `SSIM(x, y)`: letters that name things together with one that is no index name things too.
    alone = any(isinstance(p, Symbol) and plain(p) in NO_INDEX for p in left.parameters) and any(
        plain(p) == "y" for p in left.parameters
    )
    # `p(y_1, …, y_k)`: the k says how many there are.
    listed = any(isinstance(p, Ellipsis) for p in left.parameters)
    counts = {plain(x) for x in _script_letters(left.parameters[-1])} if listed else set()
    for parameter in left.parameters:
        inner = unwrapped(parameter) if not isinstance(parameter, Group) else parameter
        if _is_label(facts, inner):
            kept.append(parameter)
            continue
        if is_letter(inner) and _is_found(right, inner):
            axes.append(inner)
            continue
        if (
            is_letter(inner)
            and use.is_axis(inner)
            and not use.as_number(inner)
            and plain(inner) in PARAMETER_INDICES
            and not alone
        ):
            axes.append(inner)
            continue
        for letter in _script_letters(parameter):
            if plain(letter) in counts:
                continue
            if plain(letter) in versions or plain(letter) not in PARAMETER_INDICES:
                continue
            if use.is_axis(letter) and all(plain(letter) != plain(a) for a in axes):
                axes.append(letter)
        kept.append(parameter)
    left.parameters = kept
    seen: dict[str, Tree] = {}
    for a in axes:
        seen.setdefault(plain(a), a)
    left.diagonal = len(axes) == 2 and len(seen) == 1 and group is None
    left.axes = list(seen.values())
    return left


def notation_key(group: Group) -> str:
    """The key of a bracket notation with its number of arguments."""
    return f"{group.open}{len(arguments_of(group.body))}{group.close}"


def _is_found(right: Tree, letter: Tree) -> bool:
    """The letter is compared with a position that a search finds: it runs over the positions."""
    for n in walk(right):
        if isinstance(n, Relation) and len(n.rest) == 1 and n.rest[0][0] in ("=", "≠"):
            sides = (n.first, n.rest[0][1])
            found = any(isinstance(s, BigOp) and s.op in ("argmin", "argmax") for s in sides)
            if found and any(plain(s) == plain(letter) for s in sides):
                return True
    return False


def _value_of_event(parameter: Tree) -> Tree:
    """`q(z = k | x)` is a function of the value k."""
    match parameter:
        case Relation(Symbol() | Scripted(), (("=", Symbol() | Scripted() as value),)):
            return value
    return parameter


def _is_variable(tree: Tree) -> bool:
    """What may stand as a parameter: a symbol, perhaps with scripts or as `y_1 ≻ y_2`, `q(z|x)` or a slice."""
    match tree:
        case Symbol() | Scripted(Symbol()):
            return True
        case Relation(first, rest):
            return _is_variable(first) and all(_is_variable(t) for _, t in rest)
        case Juxtaposition((Symbol() | Scripted(), Group())):
            return True
        case Juxtaposition((Symbol("Delta"), Symbol() | Scripted())):
            return True
        case Group(_, _, body) | Decorated(_, body):
            return _is_variable(body) or isinstance(body, List)
        case Apply():
            return True
        case Ellipsis():
            return True
    return False


def _is_label(facts: Facts, tree: Tree) -> bool:
    """A stored class label (`the correct class c`), which the function takes, rather than a letter over all classes."""
    info = facts.exact(tree)
    if info is None or info.range is not None:
        return False
    words = info.meaning.lower()
    return info.role == "label" or any(w in words for w in ("correct", "true ", "ground", "target"))


def _script_letters(tree: Tree) -> list[Tree]:
    """The letters in the scripts of a tree's symbols; a bare superscript letter is a label unless it is i or j."""
    out: list[Tree] = []
    for n in walk(tree):
        if isinstance(n, Scripted):
            parts = split(n)
            above = [s for s in parts.sups if unwrapped(s) is not s or plain(s) in ("i", "j")]
            out += [unwrapped(s) for s in (*above, *parts.subs) if is_letter(s)]
    return out


def _derivative(tree: Tree, top: Tree, bottom: Tree, right: Tree, facts: Facts) -> Left:
    """`∂C/∂z_i = …` names the derivative; its free indices are those of the symbol below."""
    from .calculus import _differential

    above, below = _differential(top), _differential(bottom)
    if above is None or below is None or not above or not below:
        raise Refusal("left-side", f"the left side {canonical(tree)} defines no single symbol", at=tree)
    target = below[0] if len(below) == 1 else Juxtaposition(below)
    body = above[0] if len(above) == 1 else Juxtaposition(above)
    use = Use(right, target, facts)
    left = Left(tree, tree, gradient=(body, target))
    for letter in _script_letters(target):
        if use.is_axis(letter):
            left.axes.append(letter)
    return left


def _nabla(tree: Tree, right: Tree, facts: Facts) -> Left | None:
    if not isinstance(tree, Juxtaposition) or len(tree.items) < 2:
        return None
    first = tree.items[0]
    base = first.base if isinstance(first, Scripted) else first
    if not (isinstance(base, Symbol) and base.name == "nabla"):
        return None
    if not isinstance(first, Scripted) or first.sub is None:
        raise Refusal("left-side", "a gradient on the left side", at=tree)
    rest = tree.items[1:]
    body = rest[0] if len(rest) == 1 else Juxtaposition(rest)
    left = Left(tree, tree, gradient=(body, first.sub))
    use = Use(right, first.sub, facts)
    left.axes = [x for x in _script_letters(first.sub) if use.is_axis(x)]
    return left


class Use:
    """How the right side uses a letter of the left side."""

    def __init__(self, right: Tree, head: Tree, facts: Facts, labels: frozenset[str] = frozenset()) -> None:
        self.labels = labels
        self.right, self.head, self.facts = right, head, facts
        self.bound = {plain(b) for b in bound_letters(right)}

    def is_axis(self, letter: Tree) -> bool:
        """The letter picks elements on the right side, and is no label of a step in time."""
        name = plain(letter)
        if (
            name in self.bound
            or name in self.labels
            or not ((len(name) == 1 and name.islower()) or (is_greek(letter) and self._mixed(name)))
            or name in NO_INDEX
            or (name == "y" and name not in self.facts.bound)
        ):
            return False
        info = self.facts.exact(letter)
        if info is not None and info.shape:
            return False
        words = info.meaning.lower() if info is not None else ""
        if not self._picks(name):
            return False
        mixed = self._mixed(name)
        counted = (
            name in AXIS_LETTERS
            or name in self.facts.bound
            or (info is not None and (info.range is not None or info.kind == "index"))
        )
        if not counted and not mixed:
            return False
        if any(w in words for w in WORDS_OF_TIME) and not mixed:
            return False
        if name in TIME_LETTERS and self._added(name):
            return False
        if self._shifted(name) and (name in TIME_LETTERS or self._recurrent(name)):
            return False
        return not (name == "t" and not mixed)

    def places(self, subs: tuple[Tree, ...]) -> frozenset[str]:
        """x and y as the coordinates of an image: both, below the left side and below something on the right, nowhere values."""
        names = frozenset(plain(s) for s in subs)
        if not names >= {"x", "y"} or any(self.as_number(s) for s in subs if plain(s) in "xy"):
            return frozenset()
        below = [
            {plain(k) for k in split(n).subs} for n in walk(self.right) if isinstance(n, Scripted) and n.sub is not None
        ]
        together = all(found >= {"x", "y"} or not found & {"x", "y"} for found in below)
        return frozenset("xy") if together and any(found >= {"x", "y"} for found in below) else frozenset()

    def as_number(self, letter: Tree) -> bool:
        """The letter stands where a value does."""
        return _outside(self.right, plain(letter))

    def _picks(self, name: str) -> bool:
        for n in walk(self.right):
            if isinstance(n, Scripted):
                scripts = [s for s in (n.sub, n.sup) if s is not None]
                sub_only = [n.sub] if n.sub is not None else []
                for s in scripts:
                    if not any(plain(k) == name for k in walk(s) if isinstance(k, Symbol)):
                        continue
                    if (
                        s is n.sup
                        and not isinstance(unwrapped(s), Symbol)
                        and not isinstance(s, Group)
                        and s not in sub_only
                    ):
                        continue  # a power
                    return True
            if isinstance(n, BigOp) and n.sub is not None:
                if any(plain(k) == name for k in walk(n.sub) if isinstance(k, Symbol)):
                    return True
                if (
                    name in ("i", "j")
                    and n.sup is not None
                    and name in {plain(k) for k in walk(n.sup) if isinstance(k, Symbol)}
                ):
                    return True
            if isinstance(n, Juxtaposition):
                for a, b in zip(n.items, n.items[1:]):
                    if isinstance(b, Group) and plain(unwrapped(b)) == name and isinstance(a, (Symbol, Scripted)):
                        return isinstance(a, Symbol) and name in "ijk"
            if isinstance(n, Relation) and any(
                plain(k) == name for k in (n.first, *(x for _, x in n.rest)) if isinstance(k, Symbol)
            ):
                return True
        return False

    def _shifted(self, name: str) -> bool:
        for n in (*walk(self.right), *walk(self.head)):
            if isinstance(n, Scripted):
                for s in (n.sub, n.sup):
                    if s is None:
                        continue
                    if any(shifted(i) == name or prefix_letter(i) == name for i in items(s)):
                        return True
                    if any(isinstance(k, Given) for k in walk(s)) and any(
                        shifted(k) == name for k in walk(s) if isinstance(k, Binary)
                    ):
                        return True
        return False

    def _added(self, name: str) -> bool:
        """It is added to another letter that nothing binds: the k of `x_{t+k}`."""
        for n in walk(self.right):
            if isinstance(n, Scripted) and n.sub is not None:
                for k in walk(n.sub):
                    if isinstance(k, Binary) and isinstance(k.left, Symbol) and isinstance(k.right, Symbol):
                        names = {plain(k.left), plain(k.right)}
                        if name in names and not (names - {name}) & self.bound:
                            return True
        return False

    def _recurrent(self, name: str) -> bool:
        """The symbol of the left side stands on the right at another step."""
        base = split(self.head).base
        for n in walk(self.right):
            if isinstance(n, Scripted):
                parts = split(n)
                if plain(parts.base) == plain(base) and any(shifted(i) == name for i in (*parts.subs, *parts.sups)):
                    return True
        return False

    def _mixed(self, name: str) -> bool:
        """It stands in one script with an index that is bound, or is added to one: `e_{tj}`, `x_{t+l}`."""
        head = split(self.head)
        others = {plain(unwrapped(s)) for s in (*head.subs, *head.sups) if is_letter(s)} - {name}
        inside = self.bound | others
        for n in walk(self.right):
            if isinstance(n, Scripted):
                parts = split(n)
                for slot in (parts.subs, parts.sups):
                    letters_ = [plain(k) for s in slot for k in walk(s) if isinstance(k, Symbol)]
                    if name in letters_ and any(x in inside for x in letters_):
                        return True
        return False


def _outside(node: object, name: str) -> bool:
    from dataclasses import fields, is_dataclass

    if isinstance(node, tuple):
        return any(_outside(i, name) for i in node)
    if isinstance(node, (Symbol, Scripted)) and plain(node) == name:
        return True
    if isinstance(node, Scripted):
        if _outside(node.base, name):
            return True
        sup = node.sup
        return (sup is not None and not isinstance(sup, (Group, List)) and plain(sup) == name) or (
            isinstance(sup, (Binary, Unary, Juxtaposition))
            and name in {plain(k) for k in walk(sup) if isinstance(k, Symbol)}
        )
    if isinstance(node, BigOp):
        return _outside(node.body, name) or (node.sup is not None and _outside(node.sup, name))
    if is_dataclass(node) and not isinstance(node, (Symbol, type)):
        return any(_outside(getattr(node, f.name), name) for f in fields(node) if f.name != "at")
    return False


def bound_letters(tree: Tree) -> list[Tree]:
    """The letters that sums, products, extrema and expectations in a tree bind."""
    out: list[Tree] = []
    for n in walk(tree):
        if isinstance(n, BigOp) and n.sub is not None:
            out += _bound(n.sub)
    return out


def _bound(sub: Tree) -> list[Tree]:
    match sub:
        case List(parts, _):
            out: list[Tree] = []
            for p in parts:
                out += _bound(p)
            return out
        case Quantified(_, body, _):
            return _bound(body)
        case Relation(first, rest):
            if rest[0][0] in ("=", "∈", "∼", ":=", "∉"):
                return _bound(first)
            if len(rest) == 2:
                return _bound(rest[0][1])
            return _bound(first)
        case Group("(", _, body):
            return _bound(body)
        case Juxtaposition(parts) if all(isinstance(p, Symbol) for p in parts):
            return list(parts)
        case Juxtaposition((_, Group() as group)):
            inner = group.body.left if isinstance(group.body, Given) else group.body
            return _bound(inner)
        case Symbol() | Scripted():
            return [sub]
    return []


def chain(tree: Tree) -> tuple[Tree, list[Tree]]:
    """The left side and the right sides of a chain of equalities, the most worked out one last."""
    while isinstance(tree, Quantified):
        tree = tree.body
    if not isinstance(tree, Relation):
        raise Refusal("no-relation", "there is no equality here", at=tree)
    weak = weak_relation(tree)
    members: list[Tree] = []
    for op, member in tree.rest:
        if op not in ("=", ":=", "≡", "←", weak):
            break
        if not isinstance(member, Placeholder):
            members.append(member)
    return tree.first, members


def weak_relation(tree: Tree) -> str:
    """The sign by which a statement gives its left side only nearly (≈) or up to a factor (∝), else ""."""
    while isinstance(tree, Quantified):
        tree = tree.body
    op = tree.rest[0][0] if isinstance(tree, Relation) else ""
    return op if op in ("≈", "∝") else ""
