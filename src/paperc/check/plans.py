"""The ways in which an equation's inputs could become a call of the user's code, the likeliest first.

Names settle what they can; arguments that no name settles are tried in every order of their kind. An order that names have
settled is never tried otherwise: exchanged arguments are a fault.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..ir.node import Argument, ArrayType, FunctionType
from ..ir.shapes import size_argument, size_names
from .model import Candidate, Feed, Parameter, Plan, Variant
from .names import SYMBOL, fit, normal
from .weights import Stored, stored

MOST_ORDERS = 24
MOST = 60
MOST_BUILT, MOST_RATES, MOST_WAYS = 40, 160, 4000
_OFF = {"p": 0.0, "dropout": 0.0, "dropout_p": 0.0, "training": False, "attn_dropout": 0.0}
_STRINGS = {
    "reduction": ("mean", "sum", "none"), "approximate": ("none", "tanh"), "batch_first": (True, False),
}  # fmt: skip
"""Options that say how a result is laid out or reduced."""
_EPSILON = re.compile(r"(^|_)eps(ilon)?($|_)")
_COUNT = re.compile(r"num_|features|channels|(^|_)dim|size$")
_LIST = re.compile(r"\b[lL]ist\[int\]")
_FUNCTION = re.compile(r"callable|module|function", re.I)
_WEIGHT = re.compile(r"^(w|u|theta|phi|weight|kernel|proj|fc|linear)", re.I)


def plans(
    variant: Variant,
    candidate: Candidate,
    said: Mapping[str, str] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    construct: tuple[tuple[str, Feed], ...] = (),
    sizes: Mapping[str, int] | None = None,
) -> list[Plan]:
    """Plans for a function, or (with the `shapes` of its parameters) for a built module; at most `MOST`, or `MOST_WAYS`.

    `said`: argument → parameter, in the user's words.
    """
    assigned = _assigned(variant, candidate, dict(said or {}), shapes, construct, sizes or {})
    if shapes is None:
        return list(itertools.islice(_distinct(x for p in assigned for x in _layouts(variant, candidate, p)), MOST))
    return list(itertools.islice(_distinct(x for p in assigned for x in _layouts(variant, candidate, p)), MOST_WAYS))


def _distinct(found: Iterable[Plan]) -> Iterator[Plan]:
    yield from dict.fromkeys(found)


# --- which argument goes where -----------------------------------------------------------------------------


def _assigned(
    variant: Variant,
    candidate: Candidate,
    said: dict[str, str],
    shapes: Mapping[str, tuple[int, ...]] | None,
    construct: tuple[tuple[str, Feed], ...],
    sizes: Mapping[str, int],
) -> Iterator[Plan]:
    arguments = list(variant.function.arguments)
    built = {feed.name for _, feed in construct if feed.kind == "argument"}
    graph = _graph(arguments, candidate)
    pinned = _pins([a for a in arguments if a.name != graph], candidate.parameters, said)
    edges = {p: f for p, f in _edge_feeds(graph, candidate).items() if p not in pinned.values()}
    rest = [a for a in arguments if a.name not in {*pinned, *built, *said, graph}]
    free = [p for p in candidate.parameters if p.name not in pinned.values() and p.name not in edges]
    required = [p for p in free if p.required]
    alone = shapes is None
    for left, values, plain in _left_out(variant, rest, candidate, len(free) if alone else len(arguments)):
        wanted = [a for a in rest if a not in left]
        weights = [a for a in wanted if _may_be_weight(a)] if shapes is not None else []
        for way in stored(weights, shapes, said, sizes) if shapes is not None else [Stored((), ())]:
            names = {a for _, feed in way.weights for a in feed.arguments}
            inputs = [a for a in wanted if a.name not in names]
            for feeds, guessed in _orders(inputs, required, free, variant, candidate):
                filled = {**{p: Feed("argument", a) for a, p in pinned.items()}, **edges, **feeds}
                plan = Plan(
                    _in_order(candidate.parameters, filled), construct, way.weights, way.zeroed,
                    fixed=values, guessed=guessed, plain=plain,
                )  # fmt: skip
                yield from _defaults(candidate, plan)


def _graph(arguments: list[Argument], candidate: Candidate) -> str:
    """The square matrix that code takes as the edges of a graph; "" where it takes none."""
    if not any(p.name == "edge_index" for p in candidate.parameters):
        return ""
    square = [
        a.name
        for a in arguments
        if isinstance(a.type, ArrayType) and len(a.type.axes) == 2 and a.type.dims[0] == a.type.dims[1]
    ]
    return square[0] if square else ""


def _edge_feeds(graph: str, candidate: Candidate) -> dict[str, Feed]:
    names = {p.name for p in candidate.parameters} if graph else set()
    out: dict[str, Feed] = {}
    if "edge_index" in names:
        out["edge_index"] = Feed("argument", graph, form="edges")
    if weight := next((n for n in ("edge_weight", "edge_weights") if n in names), None):
        out[weight] = Feed("argument", graph, form="edge weights")
    return out


def _in_order(parameters: tuple[Parameter, ...], feeds: Mapping[str, Feed]) -> tuple[tuple[str, Feed], ...]:
    return tuple((p.name, feeds[p.name]) for p in parameters if p.name in feeds)


def _pins(arguments: list[Argument], parameters: tuple[Parameter, ...], said: Mapping[str, str]) -> dict[str, str]:
    """Argument → parameter where the user says so, or their names fit best both ways."""
    named = {p.name for p in parameters}
    out = {a: p for a, p in said.items() if p in named}
    for least in (4, 3, 2, 1):
        scores = {
            (a.name, p.name): fit(a.name, a.symbol, p.name)
            for a in arguments
            for p in parameters
            if a.name not in out and p.name not in out.values() and _kinds_fit(a, p) and a.name not in said
        }
        for (a_name, p_name), score in scores.items():
            rivals = [x for x, s in scores.items() if s >= least and (x[0] == a_name) != (x[1] == p_name)]
            if score >= least and not rivals:
                out[a_name] = p_name
    return out


def _kinds_fit(argument: Argument, parameter: Parameter) -> bool:
    function = isinstance(argument.type, FunctionType)
    if parameter.annotation and bool(_FUNCTION.search(parameter.annotation)) != function:
        return False
    if function:
        return parameter.required or parameter.default is None
    if parameter.default is not None and isinstance(parameter.default, (bool, str)):
        return False
    axes = len(argument.type.axes) if isinstance(argument.type, ArrayType) else 0
    return not (axes and parameter.annotation in ("int", "float", "bool", "str"))


_Left = tuple[tuple[Argument, ...], tuple[tuple[str, float], ...], tuple[str, ...]]


def _left_out(variant: Variant, rest: list[Argument], candidate: Candidate, places: int) -> Iterator[_Left]:
    """Arguments that the code does not take: the paper's value, a size it reads off, a number that it writes, an unknown
    function that it does not apply. (What is left out, its values, the functions.)"""
    optional = [a for a in rest if a.default is not None]
    if len(rest) <= places:
        yield (), (), ()
    if optional:
        yield tuple(optional), (), ()
    callables = [a for a in rest if isinstance(a.type, FunctionType) and len(a.type.arguments) == 1]
    if callables and candidate.installed and not any(_FUNCTION.search(p.annotation) for p in candidate.parameters):
        names = tuple(a.name for a in callables)
        yield (*optional, *callables), (), names
    numbers = [
        a
        for a in rest
        if a.default is None and isinstance(a.type, ArrayType) and not a.type.axes and a.name not in variant.given
    ]
    if size := [a for a in numbers if size_argument(a) is not None]:
        yield (*optional, *size), (), ()
    for a in (*optional, *(n for n in numbers if n.type.sort == "real")):  # type: ignore[union-attr]
        others = tuple(o for o in optional if o is not a)
        written = [x for x in candidate.literals if x and x != a.default][:8]
        for value in dict.fromkeys((*written, *([1.0] if candidate.installed else []))):
            yield (a, *others), ((a.name, value),), ()


def _orders(
    inputs: list[Argument], required: list[Parameter], free: list[Parameter], variant: Variant, candidate: Candidate
) -> Iterator[tuple[dict[str, Feed], int]]:
    """Every order of the arguments that no name settles; required parameters beyond them are sizes, or a target of zero."""
    sizes = _size_feeds(required, variant) | (_zero_feeds(variant, required) if candidate.installed else {})
    lists = {p.name: sizes[p.name] for p in required if p.name in sizes and sizes[p.name].form == "list"}
    if lists:  # never an array
        left, others = ([p for p in ps if p.name not in lists] for ps in (required, free))
        for order, guessed in _orders(inputs, left, others, variant, candidate):
            yield {**lists, **order}, guessed
        return
    if len(inputs) > len(free):
        return
    if len(required) > len(inputs):
        spare = [p for p in required if p.name in sizes]
        for out in itertools.islice(itertools.combinations(spare, len(required) - len(inputs)), 6):
            places = [p for p in required if p not in out]
            for order in _permutations(inputs, places):
                yield {**order, **{p.name: sizes[p.name] for p in out}}, len(inputs)
        return
    places = [*required, *[p for p in free if not p.required][: len(inputs) - len(required)]]
    for order in _permutations(inputs, places):
        yield order, len(inputs)


def _permutations(inputs: list[Argument], places: list[Parameter]) -> Iterator[dict[str, Feed]]:
    count = 0
    for order in itertools.permutations(inputs):
        if all(_kinds_fit(a, p) for a, p in zip(order, places)):
            yield {p.name: Feed("argument", a.name) for a, p in zip(order, places)}
            count += 1
        if count >= MOST_ORDERS:
            return


def _size_feeds(parameters: list[Parameter], variant: Variant) -> dict[str, Feed]:
    names = size_names(variant.function)
    out: dict[str, Feed] = {}
    for p in parameters:
        named = [n for n in names if normal(n) == normal(p.name)] or [n for n in names if fit(n, n, p.name)]
        several = bool(_LIST.search(p.annotation)) or p.name == "normalized_shape"
        if named or p.annotation == "int" or several:
            out[p.name] = Feed("size", (named or list(names)[::-1] or [""])[0], form="list" if several else "")
    return {p: f for p, f in out.items() if f.name}


def _zero_feeds(variant: Variant, required: list[Parameter]) -> dict[str, Feed]:
    """A loss of a prediction and a target, where the equation has their difference: the target is zero."""
    arrays = [a for a in variant.function.arguments if isinstance(a.type, ArrayType) and a.type.sort == "real"]
    names = [p.name for p in required if p.name in ("target", "targets", "label", "labels")]
    return {n: Feed("argument", arrays[0].name, form="zeros") for n in names[:1] if arrays}


def _defaults(candidate: Candidate, plan: Plan) -> Iterator[Plan]:
    """Dropout and training off; a small constant that the equation does not have as it is, then zero."""
    given = dict(plan.values)
    extra = [(p.name, off) for p in candidate.parameters if p.name not in given and (off := _off(p)) is not None]
    plain = replace(plan, values=(*plan.values, *extra))
    yield plain
    eps = [p for p in candidate.parameters if p.name not in given and not p.required and _EPSILON.search(p.name)]
    if eps:
        yield replace(plain, values=(*plain.values, *((p.name, Feed("value", value=0.0)) for p in eps)))
    for name, feed in _switches([p for p in candidate.parameters if p.name not in {*given, *dict(extra)}]):
        yield replace(plain, values=(*plain.values, (name, feed)))


def _off(parameter: Parameter) -> Feed | None:
    """Dropout and training off: a number named `p` is a probability only where its default is one."""
    name = parameter.name.rpartition(".")[2]
    if parameter.required or name not in _OFF:
        return None
    default = parameter.default
    if name == "p" and not (isinstance(default, (int, float)) and 0 <= default < 1):
        return None
    return Feed("value", value=_OFF[name])


def _switches(parameters: Iterable[Parameter]) -> Iterator[tuple[str, Feed]]:
    """Each option of the code once at another value than its default: flags, and words that say how a result is reduced."""
    for p in parameters:
        if p.name in _STRINGS and p.default in _STRINGS[p.name]:
            yield from ((p.name, Feed("value", value=w)) for w in _STRINGS[p.name] if w != p.default)
        elif isinstance(p.default, bool) and not p.required:
            yield p.name, Feed("value", value=not p.default)


# --- layouts -------------------------------------------------------------------------------------------------


def _layouts(variant: Variant, candidate: Candidate, plan: Plan) -> Iterator[Plan]:
    """As it is; weights as a linear layer stores them; inputs with leading axes."""
    turned = _transposed(variant, plan)
    for flat in (plan, *turned):
        yield flat
    for names in _batched(variant, plan):
        for flat in (plan, *turned[:1]):
            for lead in (1, 2):
                yield replace(flat, batch=names, lead=lead)


def _transposed(variant: Variant, plan: Plan) -> list[Plan]:
    """All weight matrices transposed, then each one alone."""
    matrices = [
        n
        for n, feed in plan.values
        if feed.kind == "argument" and _is_matrix(variant, feed.name) and is_weight(variant, feed.name, n)
    ]
    sets = [matrices] if matrices else []
    if 1 < len(matrices) <= 4:
        sets += [[m] for m in matrices]
    return [
        replace(plan, values=tuple((n, replace(f, transposed=True) if n in chosen else f) for n, f in plan.values))
        for chosen in sets
    ]


def _is_matrix(variant: Variant, name: str) -> bool:
    kind = next((a.type for a in variant.function.arguments if a.name == name), None)
    return isinstance(kind, ArrayType) and len(kind.axes) == 2


def is_weight(variant: Variant, name: str, parameter: str = "") -> bool:
    """Whether an argument is learnt, by its role or by its name: such a matrix may be stored transposed."""
    argument = next(a for a in variant.function.arguments if a.name == name)
    if argument.role == "learnable":
        return True
    return argument.role != "label" and bool(_WEIGHT.match(argument.name) or "weight" in parameter.lower())


def _batched(variant: Variant, plan: Plan) -> list[tuple[str, ...]]:
    """Sets of arguments that may have leading axes."""
    given = {f.name: p for p, f in plan.values if f.kind == "argument"}
    able = [
        a.name
        for a in variant.function.arguments
        if a.name in given and isinstance(a.type, ArrayType) and a.default is None and size_argument(a) is None
    ]
    data = [n for n in able if not is_weight(variant, n, given[n]) and not _is_gain(variant, n)]
    sets = [tuple(data), tuple(data[:1]), tuple(able), tuple(able[:1])]
    return [s for s in dict.fromkeys(sets) if s]


def _is_gain(variant: Variant, name: str) -> bool:
    argument = next(a for a in variant.function.arguments if a.name == name)
    if argument.role in ("learnable", "hyper-parameter", "constant"):
        return True
    return bool(re.match(r"^(b|g|beta|gamma|gain|bias|eps|epsilon|tau)(_|$|\d)", argument.name))


# --- modules -----------------------------------------------------------------------------------------------


def constructions(
    variant: Variant, candidate: Candidate, sizes: Mapping[str, int]
) -> list[tuple[tuple[str, Feed], ...]]:
    """What a module or an optimiser is built with: hyper-parameters by name, sizes by name, then every size in turn; then
    the same with a small constant at zero, and with each flag switched; at most `MOST_BUILT`."""
    fixed: dict[str, Feed] = {}
    open_: list[tuple[str, list[Feed]]] = []
    arguments = [a for a in variant.function.arguments if isinstance(a.type, ArrayType) and not a.type.axes]
    numbers = [a for a in arguments if isinstance(a.type, ArrayType) and a.type.sort != "stored"]
    names = list(dict.fromkeys([*(n for n, _ in variant.tied), *size_names(variant.function)]))
    stepped = candidate.kind == "optimizer"
    for p in candidate.construct:
        own = _own_name(p.name)
        scored = sorted(((fit(a.name, a.symbol, own), -k) for k, a in enumerate(numbers)), reverse=True)
        best = scored[0] if scored else (0, 0)
        a = numbers[-best[1]] if numbers else None
        if a is not None and best[0] and a.name not in {f.name for f in fixed.values()} and _is_number(p):
            fixed[p.name] = Feed("argument", a.name)
        elif p.required:
            named = [n for n in names if normal(n) == normal(own)] or [n for n in names if fit(n, n, own) >= SYMBOL]
            near = sorted(names, key=lambda n: -fit(n, n, own))
            open_.append((p.name, [Feed("size", n) for n in (named[:1] or near)]))
        elif (off := _off(p)) is not None:
            fixed[p.name] = off
    if any(not feeds for _, feeds in open_):
        return []
    if stepped:
        rates = _rates(candidate, [a for a in numbers if a.type.sort == "real"], fixed)  # type: ignore[union-attr]
        return list(dict.fromkeys(_in_order(candidate.construct, f) for f in rates))[:MOST_RATES]
    eps = [p.name for p in candidate.construct if p.name not in fixed and not p.required and _EPSILON.search(p.name)]
    plain = [
        {**fixed, **dict(zip((n for n, _ in open_), chosen))}
        for chosen in itertools.islice(itertools.product(*(feeds for _, feeds in open_)), 24)
    ]
    out: dict[tuple[tuple[str, Feed], ...], None] = {}
    for feeds in plain:
        out.setdefault(_in_order(candidate.construct, feeds))
        if eps:
            zero = feeds | {n: Feed("value", value=0.0) for n in eps}
            out.setdefault(_in_order(candidate.construct, zero))
    switches = list(_switches(p for p in candidate.construct if p.name not in fixed))
    counts = [p.name for p in candidate.construct if not p.required and p.default == 1 and _COUNT.search(p.name)]
    switches += [(p, Feed("size", n)) for p in counts if p not in fixed for n in names]
    for feeds in plain:
        out |= dict.fromkeys(_in_order(candidate.construct, feeds | {name: feed}) for name, feed in switches)
        out |= dict.fromkeys(
            _in_order(candidate.construct, feeds | dict(pair)) for pair in itertools.combinations(switches, 2)
        )
    return list(out)[:MOST_BUILT]


def _is_number(parameter: Parameter) -> bool:
    """Whether a setting may be a number of the equation: a flag, a word or a size is none."""
    return not isinstance(parameter.default, (bool, str)) and parameter.annotation not in ("bool", "str")


def _own_name(name: str) -> str:
    """Of `config.hidden_size` hidden_size, of the pair member `betas.0` beta1."""
    head, _, last = name.rpartition(".")
    return f"{head.removesuffix('s')}{int(last) + 1}" if last.isdigit() else last


def _rates(candidate: Candidate, numbers: list[Argument], fixed: dict[str, Feed]) -> Iterator[dict[str, Feed]]:
    """An optimiser's settings: as names say, the rest in every order; then all in every order (a paper's ε is a step size).
    A small constant that the algorithm does not have is zero."""
    places = [p.name for p in candidate.construct if isinstance(p.default, (int, float)) and _is_number(p)]
    rates = [a for a in numbers if not fit(a.name, a.symbol, "params")]
    for settled in (fixed, {n: f for n, f in fixed.items() if f.kind != "argument"}):
        taken = {f.name for f in settled.values() if f.kind == "argument"}
        rest = [a for a in rates if a.name not in taken]
        free = [n for n in places if n not in settled]
        for order in itertools.islice(itertools.permutations(free, len(rest)), 120):
            feeds = settled | {n: Feed("argument", a.name) for a, n in zip(rest, order)}
            yield feeds
            if any(_EPSILON.search(n) and n not in feeds for n in places):
                yield feeds | {n: Feed("value", value=0.0) for n in places if _EPSILON.search(n) and n not in feeds}


def _may_be_weight(argument: Argument) -> bool:
    return (
        isinstance(argument.type, ArrayType)
        and argument.type.sort == "real"
        and bool(argument.type.axes or argument.role in ("learnable", "hyper-parameter"))
    )
