"""Elements written as in code: `x[i]` under a sum over i, `\\text{stride}[0]` are `x_i` and `\\text{stride}_0`.

A bracket behind a name means an element where it holds a whole number, or nothing but letters that the formula sums (or
maximises …) over: a product of a name and a bracketed index is never written. A name of which one bracket is an element
has elements only, so `x[y]` beside `x[i]` is `x_y`, and then `w[y]` is `w_y`. All other brackets are left to the types: `f[x]` may be a functional.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from . import notation as n
from .tokens import Token

_BINDERS = ("sum", "prod", "max", "min", "argmax", "argmin", "sup", "inf", "bigcup", "bigcap", "bigoplus")
_OPERATORS = ("E", "P", "V", "I", "H", "Pr", "Var", "Cov", "Tr", "O")
"""Letters whose square brackets hold an event or a random variable."""


def elements(tokens: list[Token]) -> list[Token]:
    """The tokens with brackets that mean elements as subscripts."""
    if not any(t.kind == "mark" and t.text == "[" for t in tokens):
        return tokens
    letters = set(_bound(tokens))
    places = [k for k in range(1, len(tokens)) if _opens(tokens, k)]
    indexed = set[str]()
    while found := {tokens[k - 1].text for k in places if _is_index(tokens, k, letters)} - indexed:
        indexed |= found
        inside = (tokens[k + 1 : _close(tokens, k)] for k in places if tokens[k - 1].text in indexed)
        letters |= {t.text for body in inside if _index_like(body) for t in body if t.kind == "letter"}
    return _subscripted(tokens, indexed)


def _subscripted(tokens: Sequence[Token], indexed: set[str]) -> list[Token]:
    """The tokens with the brackets behind these names as subscripts, also inside of each other."""
    out, k = list[Token](), 0
    while k < len(tokens):
        end = _close(tokens, k) if k and _opens(tokens, k) and tokens[k - 1].text in indexed else 0
        if end and _index_like(tokens[k + 1 : end]):
            inner = _subscripted(tokens[k + 1 : end], indexed)
            out += [replace(tokens[k], kind="sub", text="_"), replace(tokens[k], kind="open", text="{"), *inner]
            out.append(replace(tokens[end], kind="close", text="}"))
            k = end + 1
        else:
            out.append(tokens[k])
            k += 1
    return out


def _bound(tokens: Sequence[Token]) -> Iterator[str]:
    """The letters below big operators: all before a relation, or a list of letters."""
    for k, token in enumerate(tokens):
        if not (token.kind in ("command", "word") and token.text in _BINDERS):
            continue
        if k + 1 >= len(tokens) or tokens[k + 1].kind != "sub":
            continue
        depth, telling = 0, True
        for inner in tokens[k + 2 :]:
            depth += (inner.kind == "open") - (inner.kind == "close")
            if depth == 0 or inner.kind == "row":
                if telling and inner.kind == "letter":
                    yield inner.text  # `\\sum_i`: a script without braces
                break
            if inner.text == "," and depth == 1:
                telling = True
            elif inner.kind == "letter" and telling:
                yield inner.text
            elif inner.kind not in ("open", "letter"):
                telling = False


def _opens(tokens: Sequence[Token], at: int) -> bool:
    """Whether a square bracket stands directly behind a name without scripts."""
    token, name = tokens[at], tokens[at - 1]
    if token.kind != "mark" or token.text != "[" or token.spaced or name.text in _OPERATORS:
        return False
    scripted = at >= 2 and tokens[at - 2].kind in ("sub", "sup")
    letter = name.kind in ("letter", "word") or (name.kind == "command" and name.text in n.LETTERS)
    return letter and not scripted and name.text not in n.WORD_FUNCTIONS


def _close(tokens: Sequence[Token], at: int) -> int:
    """The matching bracket; 0 if there is none."""
    depth = 0
    for k in range(at, len(tokens)):
        if tokens[k].kind == "mark":
            depth += (tokens[k].text == "[") - (tokens[k].text == "]")
        if depth == 0:
            return k if k > at else 0
    return 0


def _is_index(tokens: Sequence[Token], at: int, bound: set[str]) -> bool:
    """A whole number, or letters that are bound, with signs and numbers between them."""
    body = tokens[at + 1 : _close(tokens, at)] if _close(tokens, at) else ()
    if len(body) == 1 and body[0].kind == "number":
        return body[0].text.isdigit()
    letters = {t.text for t in body if t.kind not in ("number", "mark")}
    return bool(letters) and letters <= bound and _index_like(body)


def _index_like(body: Sequence[Token]) -> bool:
    """Letters, whole numbers, signs and further elements."""
    return bool(body) and all(
        t.kind in ("letter", "word")
        or (t.kind == "number" and t.text.isdigit())
        or (t.kind == "mark" and t.text in "+-[],")
        or (t.kind == "command" and t.text in n.LETTERS)
        for t in body
    )
