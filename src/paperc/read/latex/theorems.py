"""Theorems, proofs and lists."""

from __future__ import annotations

import re
from dataclasses import replace

from ...document import Theorem
from .lexer import Token, detokenize
from .printed import printed
from .stream import Stream, environment_body, plain_text
from .walk import Handler, Walk

PROOFS = ("proof", "sproof", "IEEEproof", "proofsketch", "pf", "Proof")
STANDARD = ("theorem", "lemma", "corollary", "proposition", "definition", "remark", "example", "assumption", "claim", "conjecture", "fact")  # fmt: skip
"""Theorems that many classes bring along."""
LISTS = ("itemize", "enumerate", "description", "compactitem", "compactenum", "list", "inparaenum", "inparaitem", "asparaenum", "asparaitem", "easylist", "trivlist", "enumerate*", "itemize*", "tasks")  # fmt: skip
_ENUM = ("enumi", "enumii", "enumiii", "enumiv")


def _theorem(walk: Walk, token: Token, stream: Stream) -> None:
    _begin_theorem(walk, token, token.text, stream.optional())


def standard(walk: Walk, token: Token, stream: Stream) -> None:
    starred = token.text.endswith("*")
    bare = token.text.removesuffix("*")
    walk.known.theorems.setdefault(token.text, (bare.capitalize(), "" if starred else None, None))
    _theorem(walk, token, stream)


def _begin_theorem(walk: Walk, token: Token, kind: str, title: list[Token] | None, number: str | None = None) -> None:
    name, shared, _ = walk.known.theorems[kind]
    frame = walk.open(token, "theorem")
    if number is None and shared != "":
        number = walk.counters.step(_root(walk, kind))
    if number is not None:
        walk.refer(number, f"theorem:{name}")
    place = len(walk.theorems)
    walk.theorems.append(Theorem(f"thm:{place + 1}", name, number, None, printed(title or []), walk.section, walk.span(token)))  # fmt: skip

    def close(end: Token) -> None:
        walk.theorems[place] = replace(walk.theorems[place], span=walk.covered([], token, end))

    frame.close = close


def _root(walk: Walk, kind: str) -> str:
    """The counter of a theorem: that of the one it shares with, and so on."""
    root = kind
    for _ in range(10):
        shared = walk.known.theorems[root][1] if root in walk.known.theorems else None
        if not shared:
            break
        root = shared
    return root


def _restatable(walk: Walk, token: Token, stream: Stream) -> None:
    """thm-restate: the theorem is printed here, and again by the command that it names."""
    title = stream.optional()
    kind, name = plain_text(stream.group()), plain_text(stream.group())
    body, end = environment_body(stream, token.text)
    if kind not in walk.known.theorems:
        walk.known.theorems[kind] = (kind.capitalize(), None, None)
    equation = walk.counters.values.get("equation", 0)
    if end is not None:
        stream.push([end])
    stream.push(body)
    _begin_theorem(walk, token, kind, title)
    last = walk.theorems[-1]
    if name:
        walk.restated[name] = (token._replace(text=kind), body)
        walk.counters.values[f"paperc@{name}"] = equation
        walk.counters.forms[f"paperc@{name}"] = last.number or ""


def _restate(walk: Walk, token: Token, stream: Stream) -> None:
    """Printed again with the numbers that it had."""
    _, body = walk.restated.pop(token.text)  # it cannot restate itself
    outer = walk.counters.values.get("equation", 0)
    walk.counters.values["equation"] = walk.counters.values.get(f"paperc@{token.text}", 0)
    labels, kinds = dict(walk.labels), dict(walk.label_kinds)
    walk.end_paragraph()
    walk.restating = True
    walk.apart(body, "theorem")
    walk.restating = False
    walk.restated[token.text] = token, body
    walk.labels, walk.label_kinds = labels, kinds
    walk.counters.values["equation"] = outer


def _proof(walk: Walk, token: Token, stream: Stream) -> None:
    given = stream.optional()
    walk.open(token, "proof")
    if given:
        walk.flow(Stream([*given, token.like("char", "."), token.like("space", " ")]))


def _list(walk: Walk, token: Token, stream: Stream) -> None:
    options = detokenize(stream.optional() or [])
    if token.text == "list":
        stream.group()
        stream.group()
    frame = walk.open(token, "item")
    counter = ""
    form: str | None = None
    if "enum" in token.text:
        counter = _ENUM[min(3, sum(bool(c) for c in walk.lists))]
        if "resume" not in options:
            walk.counters.values[counter] = 0
        form = walk.counters.forms.get(counter)
        given = _enumeration(options, counter)
        if given is not None:
            walk.counters.forms[counter] = given
    walk.lists.append(counter)

    def close(_: Token) -> None:
        walk.lists.pop()
        if counter:
            walk.counters.restore_form(counter, form)

    frame.close = close


def _enumeration(options: str, counter: str) -> str | None:
    """The printed form that `[label=(\\alph*)]` or `[(a)]` asks for."""
    value = r"\s*=\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^,]*)"
    found = re.search(r"(?<![a-z])ref" + value, options) or re.search("label" + value, options)
    if found is not None:
        form = found.group(1)
        if "*" not in form:
            return None
        return re.sub(r"\\(arabic|alph|Alph|roman|Roman)\s*\*", lambda m: f"\\{m.group(1)}{{{counter}}}", form)
    if "=" in options:
        return None
    short = re.search(r"(?<![A-Za-z\\])[1aAiI](?![A-Za-z])", options)
    if short is None:
        return None
    # The enumerate package: \ref prints the number without what stands around it.
    style = {"1": "arabic", "a": "alph", "A": "Alph", "i": "roman", "I": "Roman"}[short.group()]
    return f"\\{style}{{{counter}}}"


def _item(walk: Walk, token: Token, stream: Stream) -> None:
    given = stream.optional()
    walk.begin_paragraph("item")
    if given is not None:
        walk.flow(Stream(given))
        walk.runs.text(" ", token)
    elif walk.lists and walk.lists[-1]:
        walk.refer(walk.counters.step(walk.lists[-1]), "item")


COMMANDS: dict[str, Handler] = {"item": _item, " restate": _restate}
ENVIRONMENTS: dict[str, Handler] = {
    " theorem": _theorem,
    "restatable": _restatable,
    **dict.fromkeys(PROOFS, _proof),
    **dict.fromkeys(LISTS, _list),
}
