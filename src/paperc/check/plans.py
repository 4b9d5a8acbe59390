"""The ways in which an equation's inputs could become a call of the user's code, the likeliest first.

Names settle what they can; arguments that no name settles are tried in every order of their kind. An order that names have
settled is never tried otherwise: exchanged arguments are a fault.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..ir.dims import Dim
from ..ir.node import Argument, ArrayType, FunctionType
from ..ir.shapes import size_argument, size_names
from .model import Candidate, Feed, Parameter, Plan, Variant
from .names import SYMBOL, fit, normal

MOST_ORDERS = 24
MOST = 60
_OFF = {"p": 0.0, "dropout": 0.0, "dropout_p": 0.0, "training": False, "attn_dropout": 0.0}
_EPSILON = re.compile(r"(^|_)eps(ilon)?($|_)")
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
    """Plans for a function, or (with the `shapes` of its parameters) for a built module; at most `MOST`.

    `said`: argument → parameter, in the user's words.
    """
    out: dict[Plan, None] = {}
    for plan in _assigned(variant, candidate, dict(said or {}), shapes, construct, sizes or {}):
        for layout in _layouts(variant, candidate, plan):
            out.setdefault(layout)
            if len(out) >= MOST:
                return list(out)
    return list(out)


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
    pinned = _pins(arguments, candidate.parameters, said)
    rest = [a for a in arguments if a.name not in pinned and a.name not in built and a.name not in said]
    free = [p for p in candidate.parameters if p.name not in pinned.values()]
    required = [p for p in free if p.required]
    fixed: list[tuple[tuple[Argument, ...], tuple[tuple[str, float], ...]]] = [((), ())]
    if shapes is None:
        fixed = list(_left_out(variant, rest, candidate, len(free)))
    for left, values in fixed:
        wanted = [a for a in rest if a not in left]
        weights = [a for a in wanted if shapes is not None and _may_be_weight(a, candidate, len(required), len(wanted))]
        moved = _weights(weights, shapes, said, sizes) if shapes is not None else [((), ())]
        for stored, zeroed in moved:
            names = {feed.name for _, feed in stored}
            inputs = [a for a in wanted if a.name not in names]
            for feeds, guessed in _orders(inputs, required, free, variant, candidate):
                filled = {**{p: Feed("argument", a) for a, p in pinned.items()}, **feeds}
                plan = Plan(
                    _in_order(candidate.parameters, filled), construct, stored, zeroed, fixed=values, guessed=guessed
                )
                yield from _defaults(candidate, plan)


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


def _left_out(
    variant: Variant, rest: list[Argument], candidate: Candidate, places: int
) -> Iterator[tuple[tuple[Argument, ...], tuple[tuple[str, float], ...]]]:
    """Arguments that the code does not take: the paper's value, a size it reads off, or a number that it writes."""
    optional = [a for a in rest if a.default is not None]
    if len(rest) <= places:
        yield (), ()
    if optional:
        yield tuple(optional), ()
    numbers = [
        a
        for a in rest
        if a.default is None and isinstance(a.type, ArrayType) and not a.type.axes and a.name not in variant.given
    ]
    if size := [a for a in numbers if size_argument(a) is not None]:
        yield (*optional, *size), ()
    for a in (*optional, *(n for n in numbers if n.type.sort == "real")):  # type: ignore[union-attr]
        others = tuple(o for o in optional if o is not a)
        for value in [x for x in candidate.literals if x and x != a.default][:8]:
            yield (a, *others), ((a.name, value),)


def _orders(
    inputs: list[Argument], required: list[Parameter], free: list[Parameter], variant: Variant, candidate: Candidate
) -> Iterator[tuple[dict[str, Feed], int]]:
    """Every order of the arguments that no name settles; required parameters beyond them are sizes."""
    sizes = _size_feeds(required, variant)
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
        if named or p.annotation == "int":
            out[p.name] = Feed("size", (named or list(names) or [""])[0])
    return {p: f for p, f in out.items() if f.name}


def _defaults(candidate: Candidate, plan: Plan) -> Iterator[Plan]:
    """Dropout and training off; a small constant that the equation does not have as it is, then zero."""
    given = dict(plan.values)
    extra = [
        (p.name, Feed("value", value=_OFF[p.name]))
        for p in candidate.parameters
        if p.name in _OFF and p.name not in given and not p.required
    ]
    plain = replace(plan, values=(*plan.values, *extra))
    yield plain
    eps = [p for p in candidate.parameters if p.name not in given and not p.required and _EPSILON.search(p.name)]
    if eps:
        yield replace(plain, values=(*plain.values, *((p.name, Feed("value", value=0.0)) for p in eps)))
    for p in candidate.parameters:
        if p.name == "reduction" and p.name not in given and p.default in ("mean", "sum", "none"):
            for word in ("mean", "sum", "none"):
                if word != p.default:
                    yield replace(plain, values=(*plain.values, (p.name, Feed("value", value=word))))


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
    """What a module is built with: hyper-parameters by name, sizes by name, then every size in turn; at most 24."""
    fixed: dict[str, Feed] = {}
    open_: list[tuple[str, list[Feed]]] = []
    arguments = variant.function.arguments
    names = list(dict.fromkeys(size_names(variant.function)))
    for p in candidate.construct:
        scored = sorted(((fit(a.name, a.symbol, p.name), -k) for k, a in enumerate(arguments)), reverse=True)
        best = scored[0] if scored else (0, 0)
        a = arguments[-best[1]] if arguments else None
        if a is not None and best[0] and isinstance(a.type, ArrayType) and not a.type.axes and a.type.sort != "stored":
            fixed[p.name] = Feed("argument", a.name)
        elif p.required:
            named = [n for n in names if normal(n) == normal(p.name)] or [
                n for n in names if fit(n, n, p.name) >= SYMBOL
            ]
            open_.append((p.name, [Feed("size", n) for n in (named[:1] or names)]))
        elif p.name in _OFF:
            fixed[p.name] = Feed("value", value=_OFF[p.name])
    if any(not feeds for _, feeds in open_):
        return []
    eps = [p.name for p in candidate.construct if p.name not in fixed and not p.required and _EPSILON.search(p.name)]
    out = []
    for chosen in itertools.islice(itertools.product(*(feeds for _, feeds in open_)), 24):
        feeds = {**fixed, **dict(zip((n for n, _ in open_), chosen))}
        out.append(_in_order(candidate.construct, feeds))
        if eps:
            out.append(_in_order(candidate.construct, feeds | {n: Feed("value", value=0.0) for n in eps}))
    return out[:24]


def _may_be_weight(argument: Argument, candidate: Candidate, places: int, wanted: int) -> bool:
    return (
        isinstance(argument.type, ArrayType)
        and argument.type.sort == "real"
        and bool(argument.type.axes or argument.role == "learnable")
    )


def _weights(
    arguments: list[Argument],
    shapes: Mapping[str, tuple[int, ...]],
    said: Mapping[str, str],
    sizes: Mapping[str, int],
) -> list[tuple[tuple[tuple[str, Feed], ...], tuple[str, ...]]]:
    """Arguments into the parameters of a module: by names, then among those of the same shape; at most 24 ways."""
    own = {a.name: _shape(a, sizes) for a in arguments}
    options: list[list[tuple[str, Feed]]] = []
    for name, shape in shapes.items():
        told = [a for a, p in said.items() if p == name]
        found = [
            (3 if a in told else _weight_fit(arguments, a, name), a, turned)
            for a, given in own.items()
            for turned in (False, True)
            if given is not None and (given[::-1] if turned else given) == shape and not (turned and len(shape) != 2)
        ]
        if told:
            found = [x for x in found if x[1] in told]
        # A linear layer stores (out, in): where both ways fit a square weight, the transposed one comes first.
        found.sort(key=lambda x: (-x[0], not (x[2] and name.endswith("weight"))))
        options.append([(name, Feed("argument", a, transposed=turned)) for _, a, turned in found])
    out = []
    zero = [n for n in shapes if n.endswith("bias")]
    slots: list[list[tuple[str, Feed] | None]] = [[*o, None] for o in options]
    for chosen in itertools.islice(itertools.product(*slots), 400):
        used = [x for x in chosen if x is not None]
        if len({f.name for _, f in used}) != len(used):
            continue
        filled = {n for n, _ in used}
        left = [n for n in shapes if n not in filled]
        out.append((tuple(used), tuple(n for n in left if n in zero)))
    out.sort(key=lambda x: -len(x[0]))
    return out[:24]


def _weight_fit(arguments: list[Argument], name: str, parameter: str) -> int:
    argument = next(a for a in arguments if a.name == name)
    return max(fit(name, argument.symbol, part) for part in (parameter, *parameter.split(".")))


def _shape(argument: Argument, sizes: Mapping[str, int]) -> tuple[int, ...] | None:
    assert isinstance(argument.type, ArrayType)
    dims: tuple[Dim, ...] = argument.type.dims
    if any(n not in sizes for d in dims for n in d.names):
        return None
    return tuple(d(sizes) for d in dims)
