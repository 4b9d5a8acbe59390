"""Scripts: is a run of letters a list of indices (`A_{ij}`) or one word (`d_{model}`, `D_{KL}`, `T_{cur}`)?

The formula itself gives the evidence: a letter that stands alone in another script, or that a sum binds, is an index.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

from . import notation as n
from .tokens import Token

_INDEX_LETTERS = frozenset("ijklmnpqrstuvabcdh")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_LABELS = frozenset(
    "xh hx hy yh ff in gt lr ls eq kl ce ae lm mi tv js nn th nd st rd hh id bc ce rl wd pg ar bt sg fm cm lb ub tr te un".split()
)
"""Two letters that are a label unless one of them is an index of the formula."""
_FONTS = frozenset(["rm", "sf", "tt", "bf", "it", "textrm", "normalfont", "mathrm"])


def script_words(tokens: Sequence[Token], words: Set[str]) -> list[Token]:
    """The tokens with each run of letters in a script that is no list of indices joined into one word."""
    evidence = _single_letters(tokens)
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        out.append(token)
        k += 1
        if token.kind not in ("sub", "sup") or k >= len(tokens) or tokens[k].kind != "open":
            continue
        end = _end(tokens, k)
        body = script_words(tokens[k + 1 : end - 1], words)
        if not _binds(out[:-1]):
            body = _joined(body, evidence, words)
        out += [tokens[k], *body, tokens[end - 1]]
        k = end
    return out


def _end(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for k in range(start, len(tokens)):
        depth += (tokens[k].kind == "open") - (tokens[k].kind == "close")
        if depth == 0:
            return k + 1
    return len(tokens)


def _binds(before: Sequence[Token]) -> bool:
    """The script belongs to a sum, a product, an extremum, an expectation."""
    k = len(before) - 1
    while k >= 0 and before[k].kind == "close":  # another script of the same sign
        depth = 0
        while k >= 0:
            depth += (before[k].kind == "close") - (before[k].kind == "open")
            k -= 1
            if depth == 0:
                break
        if k >= 0 and before[k].kind in ("sub", "sup"):
            k -= 1
    return k >= 0 and before[k].kind == "command" and before[k].text in n.BIG_OPERATORS


def _single_letters(tokens: Sequence[Token]) -> frozenset[str]:
    """Letters that stand alone in a script, in a list of a script, or before a relation below a sum."""
    found: set[str] = set()
    for k, token in enumerate(tokens):
        if token.kind not in ("sub", "sup") or k + 1 >= len(tokens):
            continue
        if tokens[k + 1].kind == "letter":
            found.add(tokens[k + 1].text)
        elif tokens[k + 1].kind == "open":
            body = tokens[k + 2 : _end(tokens, k + 1) - 1]
            for j, t in enumerate(body):
                before, after = body[j - 1] if j else None, body[j + 1] if j + 1 < len(body) else None
                if t.kind == "letter" and _apart(before) and _apart(after):
                    found.add(t.text)
            if _binds(tokens[:k]):
                found |= {t.text for t in body if t.kind == "letter"}
    return frozenset(found)


def _apart(neighbour: Token | None) -> bool:
    return (
        neighbour is None
        or neighbour.kind in ("mark", "space", "number")
        or (neighbour.kind == "command" and (neighbour.text in n.RELATIONS or neighbour.text in ("mid", "cdot")))
    )


def _joined(tokens: Sequence[Token], evidence: Set[str], words: Set[str]) -> list[Token]:
    fonts = [t for t in tokens if t.kind == "command" and t.text in _FONTS]
    rest = [t for t in tokens if t not in fonts]
    if fonts and all(t.kind in ("letter", "number") for t in rest) and any(t.kind == "letter" for t in rest):
        return [_word(rest)] if len(rest) > 1 else list(tokens)
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        j = k
        while j < len(tokens) and tokens[j].kind == "letter" and (j == k or not tokens[j].spaced):
            j += 1
        run = "".join(t.text for t in tokens[k:j])
        alone = k == 0 and j == len(tokens)
        if len(run) >= 2 and _is_word(run, evidence, words, alone=alone or _ends_item(tokens, j)):
            j = _further(tokens, j)
            out.append(_word(tokens[k:j]))
        elif j > k:
            out += tokens[k:j]
        else:
            out.append(tokens[k])
            j = k + 1
        k = j
    return _hyphenated(out)


def _ends_item(tokens: Sequence[Token], at: int) -> bool:
    return at == len(tokens) or tokens[at].text in (",", ";")


def _is_word(run: str, evidence: Set[str], words: Set[str], *, alone: bool) -> bool:
    letters = set(run)
    if run in words:
        return True
    if len(run) == 2:
        if (letters <= evidence) if run.isupper() else (letters & evidence):
            return False
        return alone and (run.isupper() or run in _LABELS or run[0] == run[1])
    if len(run) <= 4 and letters <= evidence:
        return False  # `V_{xyt}` where sums run over x, y and t
    if len(run) > 4 or not letters <= _INDEX_LETTERS:
        return True
    if len(letters) < len(run):
        return not letters <= evidence
    return not (letters & evidence) and run not in _ALPHABET


def _further(tokens: Sequence[Token], at: int) -> int:
    """A word goes on over digits and colons typed close to it: `txt2im`, `contrastive:txt2im`."""
    k = at
    while k < len(tokens) and not tokens[k].spaced:
        colon = (
            tokens[k].kind == "mark"
            and tokens[k].text == ":"
            and k + 1 < len(tokens)
            and tokens[k + 1].kind == "letter"
        )
        digit = tokens[k].kind == "number" and tokens[k].text.isdigit()
        if not (tokens[k].kind == "letter" or colon or digit):
            break
        k += 1
    return k


def _hyphenated(tokens: Sequence[Token]) -> list[Token]:
    """`N\\text{-}pair\\text{-}mc`: hyphens set as text join what stands beside them."""
    if not any(t.kind == "word" and t.text == "-" for t in tokens):
        return list(tokens)
    if all(t.kind in ("letter", "number", "word") for t in tokens):
        return [_word(tokens)]
    return list(tokens)


def _word(tokens: Sequence[Token]) -> Token:
    text = "".join(t.text for t in tokens)
    return replace(tokens[0], kind="word", text=text, end=tokens[-1].end, font="rm")
