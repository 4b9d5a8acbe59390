"""TeX's and LaTeX's conditionals, as far as they can be decided without typesetting."""

from __future__ import annotations

import re

from .definitions import Definitions
from .lexer import Token, detokenize
from .stream import Stream, plain_text

# Begin with "if" and are no TeX conditionals: they take their branches as arguments.
BRACED = frozenset(["iff", "ifthenelse", "iftoggle", "ifbool", "ifstrequal", "ifstrempty", "ifblank", "ifdef", "ifundef", "ifcsdef", "ifnumcomp", "ifnumequal", "ifmmode@", "ifdefempty", "ifdefstring", "ifboolexpr", "iflanguage", "ifnumodd", "ifnumgreater", "ifnumless", "ifpackageloaded", "ifinlist"])  # fmt: skip
_TRUE_ENGINES = frozenset(["pdf", "pdftex", "PDFTeX"])
_FALSE = frozenset(["xetex", "luatex", "XeTeX", "LuaTeX", "vmode", "inner", "void", "vbox", "eof", "hbox", "tutex"])


def conditional(token: Token, stream: Stream, known: Definitions, math: bool) -> bool:
    """Decides `\\if…` if it can; what is left in `stream` is then the branch to read."""
    if token.text in BRACED:
        return False
    name = token.text.removeprefix("if")
    decided: bool | None
    match name:
        case "true" | "false":
            decided = name == "true"
        case "mmode":
            decided = math
        case "hmode":
            decided = not math
        case "x" | "" | "cat":
            decided = _same(stream.next(), stream.next(), known)
        case "defined":
            other = stream.next()
            decided = other is not None and other.text in known.macros
        case "csname":
            target = []
            while (nxt := stream.next()) is not None and nxt.text != "endcsname":
                target.append(nxt)
            decided = plain_text(target) in known.macros
        case "num" | "dim":
            decided = _compare(stream)
        case "odd":
            digits = _number(stream)
            decided = bool(digits) and int(digits) % 2 == 1
        case "case":
            _case(stream)
            return True
        case _ if name in known.toggles:
            decided = known.toggles[name]
        case _ if name in _TRUE_ENGINES:
            decided = True
        case _ if name in _FALSE:
            decided = False
        case _:
            return False
    if not decided:
        skip_branch(stream)
    return True


def braced(token: Token, stream: Stream, known: Definitions) -> bool:
    """Decides conditionals that take their branches as arguments, and pushes the branch that holds."""
    match token.text:
        case "ifthenelse":
            decided = _boolean(stream.group(), known)
        case "iftoggle" | "ifbool":
            decided = known.toggles.get(plain_text(stream.group()), False)
        case "ifstrequal":
            decided = plain_text(stream.group()) == plain_text(stream.group())
        case "ifstrempty" | "ifblank" | "ifdefempty":
            decided = not plain_text(stream.group())
        case "ifdef" | "ifcsdef":
            decided = plain_text(stream.group()).removeprefix("\\") in known.macros
        case "ifundef" | "@ifundefined":
            decided = plain_text(stream.group()).removeprefix("\\") not in known.macros
        case "@ifpackageloaded" | "@ifclassloaded":
            decided = plain_text(stream.group()) in known.packages
        case "@ifstar":
            decided = stream.star()
        case "@ifnextchar":
            wanted = stream.group()
            stream.skip_spaces()
            nxt = stream.peek()
            decided = nxt is not None and bool(wanted) and nxt.text == wanted[0].text
        case "IfBooleanTF" | "IfBooleanT" | "IfBooleanF":
            decided = bool(stream.group())
        case "IfNoValueTF" | "IfNoValueT" | "IfNoValueF":
            decided = _no_value(stream.group())
        case "IfValueTF" | "IfValueT" | "IfValueF":
            decided = not _no_value(stream.group())
        case _:
            return False
    yes = [] if token.text.endswith("F") and not token.text.endswith("TF") else stream.group()
    no = [] if token.text.endswith("T") and token.text.startswith("If") else stream.group()
    stream.push(yes if decided else no)
    return True


def skip_branch(stream: Stream, stop_at_or: bool = False) -> str:
    """Skips to the matching `\\else` or `\\fi` (or `\\or`); says which."""
    depth = 0
    while (token := stream.next()) is not None:
        if token.kind == "end" and token.text == "document":
            stream.push([token])
            return ""
        if token.kind != "command":
            continue
        if token.text.startswith("if") and token.text not in BRACED:
            depth += 1
        elif token.text == "fi":
            if depth == 0:
                return "fi"
            depth -= 1
        elif depth == 0 and (token.text == "else" or (stop_at_or and token.text == "or")):
            return token.text
    return ""


def _no_value(tokens: list[Token]) -> bool:
    return len(tokens) == 1 and tokens[0].text == " novalue"


def _same(left: Token | None, right: Token | None, known: Definitions) -> bool:
    if left is None or right is None:
        return False
    if (left.kind, left.text) == (right.kind, right.text):
        return True
    a, b = known.macros.get(left.text), known.macros.get(right.text)
    if left.text in ("empty", "@empty") and b is not None:
        return not b.body
    if right.text in ("empty", "@empty") and a is not None:
        return not a.body
    if a is None and b is None:
        return {left.text, right.text} & {"undefined", "@undefined"} != set()
    return a is not None and b is not None and [t.text for t in a.body] == [t.text for t in b.body]


def _number(stream: Stream) -> str:
    stream.skip_spaces()
    digits = ""
    while (nxt := stream.peek()) is not None and nxt.kind == "char" and (nxt.text.isdigit() or (nxt.text == "-" and not digits)):  # fmt: skip
        digits += nxt.text
        stream.next()
    return digits if re.fullmatch(r"-?\d{1,9}", digits) else ""


def _compare(stream: Stream) -> bool:
    """`\\ifnum 1<2`; False where a side is no plain number."""
    left = _number(stream)
    stream.skip_spaces()
    sign = stream.next() if left else None
    right = _number(stream) if sign is not None else ""
    if left and right and sign is not None and sign.text in "<>=":
        a, b = int(left), int(right)
        return a < b if sign.text == "<" else a > b if sign.text == ">" else a == b
    for _ in range(60):
        nxt = stream.peek()
        if nxt is None or nxt.kind in ("space", "par", "open") or nxt.text in ("relax", "else", "fi"):
            break
        stream.next()
    return False


def _case(stream: Stream) -> None:
    digits = _number(stream)
    for _ in range(int(digits) if digits and int(digits) >= 0 else 0):
        if skip_branch(stream, stop_at_or=True) != "or":
            return


def _boolean(tokens: list[Token], known: Definitions) -> bool:
    text = detokenize(tokens).strip()
    negated = False
    while (m := re.match(r"\\(?:not|NOT)(?![A-Za-z])\s*", text)) is not None:
        negated, text = not negated, text[m.end() :]
    value = False
    if (m := re.fullmatch(r"\\boolean\s*\{\s*(\w+)\s*\}", text)) is not None:
        value = known.toggles.get(m.group(1), False)
    elif (m := re.fullmatch(r"\\equal\s*\{(.*?)\}\s*\{(.*)\}", text, re.S)) is not None:
        value = m.group(1).strip() == m.group(2).strip()
    elif (m := re.fullmatch(r"(-?\d+)\s*([<>=])\s*(-?\d+)", text)) is not None:
        a, b = int(m.group(1)), int(m.group(3))
        value = {"<": a < b, ">": a > b, "=": a == b}[m.group(2)]
    return value != negated
