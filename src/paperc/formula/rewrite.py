"""Variants of notation brought to one form before parsing: old TeX infixes, operators set by hand, broken brackets.

Each rule is a function from tokens to tokens; `RULES` is their order. Nothing here decides a meaning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from . import notation as n
from .elements import elements
from .script_words import script_words
from .tokens import Token

Tokens = list[Token]


def rewrite(tokens: Sequence[Token], words: frozenset[str] = frozenset()) -> Tokens:
    """The tokens after all rules. `words` are runs of letters that the paper uses as one name."""
    out = list(tokens)
    for rule in RULES:
        out = rule(out)
    return script_words(numbered_names(out, words), words)


# --- groups -----------------------------------------------------------------------------------------


def group_end(tokens: Sequence[Token], start: int) -> int:
    """The index behind the braced group (or the single token) that begins at `start`."""
    if start >= len(tokens):
        return len(tokens)
    if tokens[start].kind != "open":
        return start + 1
    depth = 0
    for k in range(start, len(tokens)):
        depth += (tokens[k].kind == "open") - (tokens[k].kind == "close")
        if depth == 0:
            return k + 1
    return len(tokens)


def _inside(tokens: Sequence[Token], start: int, end: int) -> Tokens:
    """The tokens of an argument without its braces."""
    body = list(tokens[start:end])
    if len(body) >= 2 and body[0].kind == "open" and body[-1].kind == "close":
        return body[1:-1]
    return body


def _braced(body: Sequence[Token], like: Token) -> Tokens:
    return [
        Token("open", "{", like.start, like.start),
        *body,
        Token("close", "}", like.end, like.end),
    ]


# --- rules ------------------------------------------------------------------------------------------

_WRAPPERS = {"scalebox": 1, "resizebox": 2, "raisebox": 1, "adjustbox": 1, "mathlarger": 0, "mathsmaller": 0, "reflectbox": 0,
             "mathlower": 0, "mathop": 0, "mathrel": 0, "mathbin": 0, "mathord": 0, "mathinner": 0, "mathstrut": 0}  # fmt: skip


def unwrapped(tokens: Tokens) -> Tokens:
    """`\\scalebox{0.9}{…}`, `\\mathop{…}`: what they hold stands for itself."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind == "command" and token.text in _WRAPPERS:
            k += 1
            for _ in range(_WRAPPERS[token.text]):
                k = group_end(tokens, k)
            end = group_end(tokens, k)
            body = _one_word(_inside(tokens, k, end)) if token.text == "mathop" else _inside(tokens, k, end)
            keep = token.text.startswith("math") and not _is_operator(body) and len(body) > 1
            inner = unwrapped(body)
            out += _braced(inner, token) if keep else inner
            k = end
        else:
            out.append(token)
            k += 1
    return out


def _one_word(body: Tokens) -> Tokens:
    """`\\mathop{\\rm argmax}`: the letters of an operator are one word."""
    letters = [t for t in body if not (t.kind == "command" and t.text in n.OLD_FONTS)]
    if len(letters) < 2 or any(t.kind != "letter" for t in letters):
        return body
    name = "".join(t.text for t in letters)
    return [replace(letters[0], kind="word", text=name, end=letters[-1].end, font="rm")]


def infix(tokens: Tokens) -> Tokens:
    """`{a \\over b}` is `\\frac{a}{b}`, `{n \\choose k}` is `\\binom{n}{k}`."""
    names = {"over": "frac", "choose": "binom", "atop": "binom", "above": "frac"}
    while True:
        at = next((k for k, t in enumerate(tokens) if t.kind == "command" and t.text in names), None)
        if at is None:
            return tokens
        low, depth = at, 0
        while low > 0:
            depth += (tokens[low - 1].kind == "close") - (tokens[low - 1].kind == "open")
            if depth < 0:
                break
            low -= 1
        high, depth = at + 1, 0
        while high < len(tokens):
            depth += (tokens[high].kind == "open") - (tokens[high].kind == "close")
            if depth < 0:
                break
            high += 1
        token = tokens[at]
        fraction = [
            replace(token, text=names[token.text]),
            *_braced(tokens[low:at], token),
            *_braced(tokens[at + 1 : high], token),
        ]
        tokens = [*tokens[:low], *fraction, *tokens[high:]]


_OPERATORS = frozenset(n.BIG_OPERATORS) | {"arg", "argmax", "argmin", "max", "min", "sup", "inf", "lim"}


def _is_operator(body: Sequence[Token]) -> bool:
    """A big operator set by itself: `\\max`, `\\arg\\min`, `\\mathbb{E}`, `\\operatorname{E}`."""
    core = [t for t in body if t.kind != "space"]
    if not core:
        return False
    if all(t.kind in ("command", "word") and t.text.lower() in _OPERATORS for t in core):
        return True
    if core[0].kind == "command" and core[0].text in ("mathbb", "mathbf", "mathds", "mathcal", "boldsymbol", "bm"):
        letters = [t.text for t in core[1:] if t.kind not in ("open", "close")]
        return letters in (["E"], ["P"], ["V"])
    return len(core) == 1 and core[0].kind == "word" and core[0].text in n.EXPECTATIONS


def undersets(tokens: Tokens) -> Tokens:
    """`\\underset{x}{\\arg\\min}` is `\\arg\\min_{x}`; `{\\min_x} f` loses braces that only set the operator's style."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind == "command" and token.text in ("underset", "overset", "stackrel"):
            first = group_end(tokens, k + 1)
            second = group_end(tokens, first)
            base = _inside(tokens, first, second)
            if _is_operator(base) and token.text == "underset":
                script = _inside(tokens, k + 1, first)
                out += [*base, Token("sub", "_", token.start, token.end), *_braced(undersets(script), token)]
                k = second
                continue
        if token.kind == "open":
            end = group_end(tokens, k)
            body = _inside(tokens, k, end)
            head = next((j for j, t in enumerate(body) if t.kind in ("sub", "sup")), len(body))
            scripts_only = _only_scripts(body[head:])
            previous = out[-1] if out else None
            argument = previous is not None and (
                previous.kind in ("sub", "sup") or (previous.kind == "command" and previous.text not in n.LETTERS)
            )
            if (
                scripts_only
                and _is_operator(body[:head])
                and not argument
                and not (previous and previous.kind == "close")
            ):
                out += undersets(body)
                k = end
                continue
        out.append(token)
        k += 1
    return out


def _only_scripts(tokens: Sequence[Token]) -> bool:
    k = 0
    while k < len(tokens):
        if tokens[k].kind not in ("sub", "sup"):
            return False
        k = group_end(tokens, k + 1)
    return True


def broken_brackets(tokens: Tokens) -> Tokens:
    """`\\left( a \\right. \\\\ \\left. b \\right)` is one bracket; a `\\bigr|` without a partner is a bar in the middle.

    An invisible `\\right.` leaves its bracket waiting, and the visible end of a `\\left.` closes the one that waits.
    """
    opened: list[int] = []
    waiting: list[tuple[int, int]] = []
    dropped: set[int] = set()
    for k, token in enumerate(tokens):
        if token.font == "big":
            continue
        if token.kind == "left":
            opened.append(k)
        elif token.kind == "right" and opened:
            start = opened.pop()
            if token.text == "." and tokens[start].text != ".":
                waiting.append((start, k))
            elif tokens[start].text == "." and token.text != "." and waiting:
                first, invisible = waiting[-1]
                if n.CLOSES.get(tokens[first].text) == token.text:
                    waiting.pop()
                    dropped |= {invisible, start}
    return _paired([t for k, t in enumerate(tokens) if k not in dropped])


def _paired(tokens: Tokens) -> Tokens:
    stack: list[int] = []
    partner: dict[int, int] = {}
    for k, token in enumerate(tokens):
        if token.font != "big" or token.text not in ("|", "‖"):
            continue
        if token.kind == "left":
            stack.append(k)
        elif token.kind == "right" and stack and tokens[stack[-1]].text == token.text:
            partner[k] = stack[-1]
            partner[stack.pop()] = k
    out = []
    for k, token in enumerate(tokens):
        lone = token.font == "big" and token.text in ("|", "‖") and token.kind in ("left", "right") and k not in partner
        out.append(replace(token, kind="middle", font="") if lone else token)
    return out


def double_bars(tokens: Tokens) -> Tokens:
    """`\\middle|\\middle|` and `\\mid\\mid` are one double bar."""
    out: Tokens = []
    for token in tokens:
        last = out[-1] if out else None
        if last is not None and token.kind == last.kind:
            if token.kind == "middle" and token.text == last.text == "|":
                out[-1] = replace(last, text="‖", end=token.end)
                continue
            if token.kind == "command" and token.text == last.text == "mid":
                out[-1] = Token("middle", "‖", last.start, token.end)
                continue
        out.append(token)
    return out


def stacked_arrows(tokens: Tokens) -> Tokens:
    """`\\xlongequal{(9)}` is `=`, `\\xrightarrow[h \\to 0]{}` is an arrow: what stands above and below is a remark."""
    signs = {
        "xlongequal": "=",
        "xrightarrow": "to",
        "xleftarrow": "gets",
        "xRightarrow": "Rightarrow",
        "xlongrightarrow": "to",
    }
    out: Tokens = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind == "command" and token.text in signs:
            sign = signs[token.text]
            out.append(replace(token, text=sign, kind="mark") if sign == "=" else replace(token, text=sign))
            k += 1
            k = _behind_bracket(tokens, k)
            k = group_end(tokens, k) if _opens(tokens, k) else k
        else:
            out.append(token)
            k += 1
    return out


def _opens(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind == "open"


def _behind_bracket(tokens: Sequence[Token], start: int) -> int:
    """Behind an optional argument in square brackets, if one stands at `start`."""
    depth = 0
    for k in range(start, len(tokens)):
        if tokens[k].kind == "mark":
            depth += (tokens[k].text == "[") - (tokens[k].text == "]")
        if depth == 0:
            return k + 1 if k > start else start
    return start


_PRINTED_ONLY = frozenset(
    ["underbrace", "overbrace", "boxed", "fbox", "mathclap", "mathllap", "mathrlap", "underbracket", "overbracket"]
)


def decorations(tokens: Tokens) -> Tokens:
    """`a \\underbrace{- b}_{why}` reads as it prints, a - b; the note says nothing about the value."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.kind == "command" and token.text in _PRINTED_ONLY and k + 1 < len(tokens):
            end = group_end(tokens, k + 1)
            body = decorations(_inside(tokens, k + 1, end))
            while body and body[0].kind == "space":
                body.pop(0)
            while body and body[-1].kind == "space":
                body.pop()
            noted = token.text.startswith(("under", "over"))
            while noted and end < len(tokens) and tokens[end].kind in ("sub", "sup"):
                end = group_end(tokens, end + 1)
            # What hangs on the whole (`\\boxed{a}^2`) needs it kept together.
            whole = end < len(tokens) and tokens[end].kind in ("sub", "sup", "prime")
            scripted = bool(out) and (
                out[-1].kind in ("sub", "sup")
                or (out[-1].kind == "command" and out[-1].text not in n.LETTERS and _takes(out[-1]))
            )
            out += _braced(body, token) if (whole or scripted) and len(body) > 1 else body
            k = end
        else:
            out.append(token)
            k += 1
    return out


def _takes(token: Token) -> bool:
    """A command that takes an argument: a fraction, a root, an accent, a font."""
    return (
        token.text in n.ACCENTS
        or token.text in n.FONTS
        or token.text in ("frac", "tfrac", "dfrac", "sqrt", "binom", "text")
    )


def empty_groups(tokens: Tokens) -> Tokens:
    """`={}&`, `A{}^\\top`, `A{^\\top}`: braces that only keep TeX's spacing."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        before = out[-1] if out else None
        argument = before is not None and (
            before.kind in ("sub", "sup") or (before.kind == "command" and before.text not in n.LETTERS)
        )
        if tokens[k].kind == "open" and not argument:
            end = group_end(tokens, k)
            body = tokens[k + 1 : end - 1]
            scripts = bool(body) and body[0].kind in ("sub", "sup") and _only_scripts(body)
            if len(body) == 1 and body[0].kind == "mark" and body[0].text in "+-=/<>:;,":
                out.append(body[0])  # `l{-}1`: an operator without its spacing
                k = end
                continue
            value = before is not None and before.kind in ("letter", "word", "close", "number", "command")
            if (not body and (before is not None or end < len(tokens))) or (scripts and value):
                follows = tokens[end].kind if end < len(tokens) else ""
                if body or value or follows not in ("sub", "sup"):
                    out += body
                    k = end
                    continue
        out.append(tokens[k])
        k += 1
    return out


def old_fonts(tokens: Tokens) -> Tokens:
    """`{\\rm d}` is one upright letter."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        kinds = [t.kind for t in tokens[k : k + 4]]
        if kinds == ["open", "command", "letter", "close"] and tokens[k + 1].text in n.OLD_FONTS:
            scripted = bool(out) and out[-1].kind in ("sub", "sup")
            argument = bool(out) and out[-1].kind == "command" and out[-1].text not in n.LETTERS
            if not scripted and not argument:
                letter = tokens[k + 2]
                font = letter.font or n.OLD_FONTS[tokens[k + 1].text]
                out.append(replace(letter, font=font, spaced=tokens[k].spaced))
                k += 4
                continue
        out.append(tokens[k])
        k += 1
    return out


def braced_names(tokens: Tokens) -> Tokens:
    """`{GLU}(a, b)`: letters in braces of their own before a bracket are one name."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        end = group_end(tokens, k)
        body = _inside(tokens, k, end) if tokens[k].kind == "open" else []
        argument = bool(out) and (
            out[-1].kind in ("sub", "sup", "close") or (out[-1].kind == "command" and out[-1].text not in n.LETTERS)
        )
        if len(body) > 1 and all(t.kind == "letter" for t in body) and end < len(tokens) and not argument:
            if tokens[end].kind in ("mark", "left") and tokens[end].text == "(":
                out.append(replace(body[0], kind="word", text="".join(t.text for t in body), end=body[-1].end))
                k = end
                continue
        out.append(tokens[k])
        k += 1
    return out


def numbered_names(tokens: Sequence[Token], words: frozenset[str]) -> Tokens:
    """`x1` of a paper that uses it as a name is `x_1`."""
    out: Tokens = []
    for token in tokens:
        before = out[-1] if out else None
        if (
            token.kind == "number"
            and not token.spaced
            and before is not None
            and before.kind == "letter"
            and before.text + token.text in words
        ):
            out.append(replace(token, kind="sub", text="_", end=token.start))
        out.append(token)
    return out


def at_signs(tokens: Tokens) -> Tokens:
    """`\\mathrm{DCG}@k` is a measure at k: it is written as a function of k."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        if token.text == "@" and token.kind == "mark" and out and k + 1 < len(tokens):
            end = group_end(tokens, k + 1)
            inner = _inside(tokens, k + 1, end)
            out += [replace(token, text="("), *inner, replace(token, text=")")]
            k = end
        else:
            out.append(token)
            k += 1
    return out


def angle_brackets(tokens: Tokens) -> Tokens:
    """`<u, v>` typed with comparison signs is an inner product where a value belongs, with a comma between the two."""
    out = list(tokens)
    for k, token in enumerate(out):
        before = out[k - 1] if k else None
        value = (
            before is None
            or (before.kind in ("mark", "open", "left", "cell", "space") and before.text not in ")]}|‖!")
            or (
                before.kind == "command"
                and (before.text in n.RELATIONS or before.text in n.ADDITIVE or before.text in n.MULTIPLICATIVE)
            )
        )
        if token.kind != "mark" or token.text != "<" or not value:
            continue
        depth, comma = 0, False
        for j in range(k + 1, len(out)):
            other = out[j]
            depth += (other.kind in ("open", "left")) - (other.kind in ("close", "right"))
            depth += (other.kind == "mark" and other.text in "([{") - (other.kind == "mark" and other.text in ")]}")
            if depth < 0 or other.kind == "row" or (other.kind == "mark" and other.text in "<="):
                break
            comma = comma or (depth == 0 and other.kind == "mark" and other.text == ",")
            if depth == 0 and other.kind == "mark" and other.text == ">":
                if comma:
                    out[k] = replace(token, kind="left", text="⟨")
                    out[j] = replace(other, kind="right", text="⟩")
                break
    return out


def such_that(tokens: Tokens) -> Tokens:
    """`s.t.` typed as letters, also behind `\\rm`, is one word."""
    out: Tokens = []
    k = 0
    while k < len(tokens):
        t = tokens[k : k + 4]
        texts = [x.text for x in t]
        before = out[-1] if out else None
        starts = before is None or before.kind != "letter" or t[0].spaced
        if starts and texts[:3] == ["s", ".", "t"] and t[0].kind == "letter":
            width = 4 if texts[3:] == ["."] else 3
            k += width
            upright = [x.text for x in out[-2:]]
            if upright[-1:] == ["rm"]:
                out.pop()
                if upright == ["{", "rm"] and k < len(tokens) and tokens[k].kind == "close":
                    out.pop()
                    k += 1
            out.append(Token("text", "s.t.", t[0].start, t[width - 1].end, "rm", True))
        else:
            out.append(tokens[k])
            k += 1
    return out


RULES: tuple[Callable[[Tokens], Tokens], ...] = (
    unwrapped, decorations, empty_groups, infix, undersets, broken_brackets, double_bars, stacked_arrows, old_fonts, braced_names, at_signs, angle_brackets, such_that,
    elements,
)  # fmt: skip
