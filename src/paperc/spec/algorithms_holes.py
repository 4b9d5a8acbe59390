"""Lines that only words describe: which symbols such a line sets, which it mentions, and what its function is called.

A line says what it sets by an arrow (`θ ← the minimiser of L`) or by its verb (`compute the loss L using …`). Where neither
tells, the hole says why, and whoever compiles the box decides from the other lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass

from ..formula import ascii_name
from ..formula.tree import (
    Apply,
    Ellipsis,
    Group,
    Juxtaposition,
    List,
    Node,
    Placeholder,
    Quantified,
    Relation,
    Scripted,
    Symbol,
)
from .algorithms import Hole
from .algorithms_words import pieces, without_comment

Parse = Callable[[str], tuple[Node, ...] | None]

GIVES = frozenset(
    "sample draw get observe receive collect obtain compute calculate evaluate find estimate generate choose select pick"
    " initialise initialize construct create build form derive determine predict encode decode define let set retrieve fetch"
    " extract load solve read infer learn".split()
)
"""Verbs whose object is what the line makes."""
CHANGES = frozenset(
    "update optimise optimize train normalise normalize shuffle simplify clip improve fit adjust refine rescale increment"
    " decrement adapt project tune finetune perturb mutate permute sort augment retrain anneal decay".split()
)
"""Verbs whose object is changed by the line: its new value is what the line gives."""
KEEPS = frozenset(
    "store add append insert push put save record execute run apply feed send broadcast simulate print yield emit mark make"
    " replace pass perform step act play deploy reset copy repeat multiply unify check assert count average".split()
)
"""Verbs whose objects are only read, or altered where they are."""
GOALS = frozenset({"minimise", "minimize", "maximise", "maximize", "descend", "ascend"})
"""Verbs whose object is a goal; what changes stands behind `with respect to`."""
TAKES_OUT = frozenset("remove pop dequeue delete extract".split())
"""`Remove the next pair (u, v) from Q` sets u and v, if no line before knows them."""
_LEADING = frozenset("then now first next finally randomly uniformly independently again also we jointly the".split())
_STOP = re.compile(
    r"\b(?:from|using|with|of|according|in|into|to|by|via|as|on|for|over|given|based|such|where|at|under|if|so|that|w\.r\.t"
    r"|wrt|per|across|through|between|until|while|when|is|are)\b"
)
_FILLING = frozenset(
    "a an the of from using with according in into to by via as on for over given based such where at under if so that wrt per"
    " and or then its their all each every some any is are be new current we eq eqs equation equations section algorithm"
    " respectively r t w".split()
)
_BEFORE_READS = frozenset(
    "from in into to on onto using with via by at under over for than buffer memory dataset set environment minimize minimise"
    " maximize maximise".split()
)
"""Words after which a line names something that it only reads."""
_ARROW = (
    r"\\(?:gets|leftarrow|longleftarrow|coloneqq)(?![a-zA-Z])|:=|←|=|\\sim(?![a-zA-Z])|∼|\\triangleq|\\in(?![a-zA-Z])"
)


def read_hole(text: str, line: int, parse: Parse) -> Hole:
    """The hole of a line of words."""
    bare = without_comment(text)
    arrow = _by_arrow(bare, parse)
    if arrow is not None:
        made, said, symbols, unread = arrow
        return Hole(text, symbols, line, hole_name(said) or f"new_{_named(made)}", made, (), unread)
    targets: list[Node] = []
    doubtful: list[Node] = []
    reads: list[Node] = []
    unread = _formulas(bare, parse)[1]
    for verb, mentions, clause in _clauses(bare):
        goals = re.findall(r"(?:w\.?r\.?t\.?|with respect to)\W*\$([^$]+)\$", clause)
        if goals and verb in GOALS | CHANGES:
            targets += [t for g in goals for t in settable(parse(g))]  # `Optimize L w.r.t. θ` changes θ, not L
        for formula, place in mentions:
            trees = parse(formula) or ()
            found = settable(trees)
            if place == "object" and verb in GIVES:
                targets += found
                reads += [right for t in trees if isinstance(t, Relation) for _, right in t.rest]
                if not found and not unread:
                    unread = f"what it sets is not a symbol: ${formula.strip()}$"
                continue
            reads += trees
            if place == "object" and verb in CHANGES:
                targets += found if not goals else []
            elif not (place == "object" and verb in KEEPS) and place != "preposition":
                doubtful += found
    name = hole_name(bare)
    kept = tuple(dict.fromkeys(targets))
    if name and "_" not in name and kept:
        name = f"{name}_{_named(kept[:1])}"
    doubts = tuple(d for d in dict.fromkeys(doubtful) if d not in kept)
    return Hole(text, tuple(reads), line, name or f"line_{line + 1}", kept, doubts, unread)


def read_condition(text: str, line: int, parse: Parse) -> Hole:
    """A condition in words: a function that says yes or no."""
    symbols, unread = _formulas(text, parse)
    return Hole(text, symbols, line, hole_name(text) or f"condition_{line + 1}", (), (), unread)


def read_items(text: str, condition: str, line: int, parse: Parse) -> Hole:
    """What a loop runs over, in words: `all pairs $a$ and $b$ leaving $u$`. It sets the symbols before the first other word."""
    parts = pieces(condition)
    targets: list[Node] = []
    at = next((k for k, (kind, _) in enumerate(parts) if kind == "math"), len(parts))
    before = at
    while at < len(parts) and (parts[at][0] == "math" or parts[at][1].strip(" ,") in ("", "and")):
        targets += settable(parse(parts[at][1])) if parts[at][0] == "math" else []
        at += 1
    behind = " ".join(p if kind == "text" else f"${p}$" for kind, p in parts[at:])
    symbols, unread = _formulas(behind, parse)
    nouns = " ".join(p for kind, p in parts[:before] if kind == "text") or behind
    relation = re.match(r"\s*(?:in|of|from|leaving|entering|with|among|such that|where)\b", behind)
    if not unread and (not targets or relation is None):
        unread = "what it runs over is not said as a range or a set"
    return Hole(text, symbols, line, hole_name(nouns) or f"items_{line + 1}", tuple(targets), (), unread)


def hole_name(text: str) -> str:
    """From the verb and its nouns: "Sample a minibatch of $m$ transitions" → sample_minibatch."""
    words = " ".join(p for kind, p in pieces(text) if kind == "text")
    words = re.sub(r"\([^)]*\)|\b(?:Eqs?|Sec|Fig|Alg)\.\s*", " ", words).lower()
    stop = _STOP.search(words, len(words) - len(words.lstrip()) + 1)
    head = words[: stop.start()] if stop and re.search(r"[a-z]{2}", words[: stop.start()]) else words
    found = [w for w in re.findall(r"[a-z][a-z0-9]*", head.replace("-", "_").replace("_", " ")) if w not in _FILLING]
    if not found:
        found = [w for w in re.findall(r"[a-z][a-z0-9]*", words) if w not in _FILLING]
    while found and found[0] in _LEADING and len(found) > 1:
        found = found[1:]
    return "_".join(found[:4])


def _named(targets: Sequence[Node]) -> str:
    return "_".join(ascii_name(t) for t in targets) or "value"


# --- arrows ------------------------------------------------------------------------------------------------------


def _by_arrow(text: str, parse: Parse) -> tuple[tuple[Node, ...], str, tuple[Node, ...], str] | None:
    """(targets, words behind the arrow, formulas behind it, what is uncertain) of `$X ←$ words`, `$X ← Y$ of $Z$`."""
    found = re.match(r"^[^$]*\$([^$]*)\$(.*)$", text, re.S)
    if found is None:
        return None
    before = text[: text.index("$")]
    if before.strip() and _verb(before) not in GIVES | CHANGES and not before.rstrip().endswith(":"):
        return None
    arrow = re.search(_ARROW, found[1])
    behind = re.match(rf"^\s*(?:\$\s*)?(?:{_ARROW})", found[2]) if arrow is None else None
    if arrow is not None and _depth(found[1][: arrow.start()]) == 0:
        left, right = found[1][: arrow.start()], f"${found[1][arrow.end() :]}${found[2]}"
        operator = arrow[0]
    elif behind is not None:
        left, right, operator = found[1], found[2][behind.end() :], behind[0].strip(" $")
    else:
        return None
    if operator == "\\in" and re.search(_ARROW.replace("|\\\\in(?![a-zA-Z])", ""), found[1]):
        return None
    trees = parse(left) if left.strip() else None
    targets = tuple(settable(trees))
    if not targets or trees is None:
        return None
    symbols, unread = _formulas(right.replace("$$", ""), parse)
    return targets, right, symbols, unread


def _depth(latex: str) -> int:
    return sum(latex.count(c) for c in "({[") - sum(latex.count(c) for c in ")}]")


# --- clauses -----------------------------------------------------------------------------------------------------


def clauses(text: str) -> list[str]:
    """A line cut before each verb that begins a clause: `Execute $a$` | `observe $r$ and $s$`."""
    verbs = "|".join(sorted(GIVES | CHANGES | KEEPS | TAKES_OUT | GOALS))
    cut = re.compile(rf"(?:,\s*then|,\s*and|\band|[,;.]|\bthen)\s+(?=(?:then\s+)?(?:{verbs})s?\b)", re.I)
    parts: list[str] = []
    start = 0
    for found in cut.finditer(text):
        if text[start : found.start()].count("$") % 2 == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    return [*parts, text[start:]]


def _clauses(text: str) -> Iterator[tuple[str, list[tuple[str, str]], str]]:
    """(verb, formulas with their place, the whole clause) of each clause.

    The place is "object" for what the verb is about, "preposition" for what stands behind one, "other" for anything else.
    """
    for part in clauses(text):
        verb, place = "", "object"
        mentions: list[tuple[str, str]] = []
        for kind, piece in pieces(part):
            if kind == "math":
                mentions.append((piece, place))
                continue
            words = piece.lower()
            if not verb:
                verb = _verb(piece)
                words = words.partition(verb)[2] if verb else words
                following = bool(_STOP.search(words))
            else:
                following = bool(_STOP.search(words)) or not re.fullmatch(
                    r"\s*(?:,|and|,\s*and|,?\s*[\w\s-]*)\s*", piece
                )
            if following or place != "object":
                last = re.findall(r"[a-z.]+", words)
                place = "preposition" if last and last[-1] in _BEFORE_READS else "other"
        yield verb, mentions, part


def _verb(words: str) -> str:
    found = re.findall(r"[a-z]+", words.lower())
    while found and found[0] in _LEADING and len(found) > 1:
        found = found[1:]
    if not found:
        return ""
    verb: str = found[0]
    known = GIVES | CHANGES | KEEPS | TAKES_OUT | GOALS
    return verb[:-1] if verb not in known and verb.endswith("s") and verb[:-1] in known else verb


# --- symbols ------------------------------------------------------------------------------------------------------


def settable(trees: tuple[Node, ...] | None) -> list[Node]:
    """Symbols that can be set: `θ`, `(u, v)`, `L(θ)`'s L is none."""
    out: list[Node] = []
    for tree in trees or ():
        tree = tree.body if isinstance(tree, Quantified) else tree
        if isinstance(tree, Relation):
            tree = tree.first
        if isinstance(tree, Group) and isinstance(tree.body, List):
            tree = tree.body
        for item in tree.items if isinstance(tree, List) else (tree,):
            if isinstance(item, Symbol) or (isinstance(item, Scripted) and isinstance(item.base, Symbol)):
                out.append(item)
            elif not isinstance(item, Ellipsis):
                return []
    return out


def _formulas(text: str, parse: Parse) -> tuple[tuple[Node, ...], str]:
    """The formulas of a text, and why they are not all known."""
    out: list[Node] = []
    for kind, piece in pieces(text):
        if kind != "math" or not piece.strip():
            continue
        trees = parse(piece)
        if trees is None:
            return tuple(out), f"the formula ${piece.strip()}$ in it could not be read"
        out += trees
        if any(
            isinstance(t, Relation) and any(isinstance(s, Placeholder) for s in (t.first, t.rest[0][1])) for t in trees
        ):
            return tuple(out), "one side of a formula in it is said in words"
    return tuple(out), ""


def _all(tree: object) -> Iterator[object]:
    yield tree
    if isinstance(tree, tuple):
        for item in tree:
            yield from _all(item)
    elif is_dataclass(tree):
        for f in fields(tree):
            if f.name != "at":
                yield from _all(getattr(tree, f.name))


def call_of(tree: Node) -> tuple[Node, tuple[Node, ...]] | None:
    """(function, arguments) of a call with a name in words: `EllipsoidFit(x, y)`."""
    match tree:
        case Apply(function, argument, True):
            head, body = function, argument
        case Juxtaposition((head, Group("(", ")", body))):
            pass
        case _:
            return None
    if isinstance(body, Group) and body.open == "(":
        body = body.body
    base = head.base if isinstance(head, Scripted) else head
    if not isinstance(base, Symbol) or not base.word:
        return None
    items = body.items if isinstance(body, List) else (body,)
    return head, tuple(items)
