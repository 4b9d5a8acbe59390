"""The `algorithmic` environment, as the packages algorithmic and algpseudocode write it."""

from __future__ import annotations

from ...document import AlgorithmLine
from .algorithms import UNNUMBERED, Display, Line, Lines, in_math, inked, math_line, named_call
from .lexer import Places, Token, detokenize
from .printed import printed
from .stream import Stream, environment_body
from .text import DRAWINGS

# Command in lower case → (keyword, arguments, opens a block, closes one first)
_COMMANDS: dict[str, tuple[str, int, bool, bool]] = {
    "state": ("state", 0, False, False),
    "statex": ("state", 0, False, False),
    "require": ("require", 0, False, False),
    "ensure": ("ensure", 0, False, False),
    "input": ("input", 0, False, False),
    "inputs": ("input", 0, False, False),
    "output": ("output", 0, False, False),
    "outputs": ("output", 0, False, False),
    "initialize": ("state", 0, False, False),
    "return": ("return", 0, False, False),
    "print": ("print", 0, False, False),
    "for": ("for", 1, True, False),
    "forall": ("for", 1, True, False),
    "foreach": ("for", 1, True, False),
    "while": ("while", 1, True, False),
    "repeat": ("repeat", 0, True, False),
    "until": ("until", 1, False, True),
    "if": ("if", 1, True, False),
    "elsif": ("elif", 1, True, True),
    "elseif": ("elif", 1, True, True),
    "else": ("else", 0, True, True),
    "loop": ("loop", 0, True, False),
    "procedure": ("procedure", 2, True, False),
    "function": ("function", 2, True, False),
    "endfor": ("endfor", 0, False, True),
    "endwhile": ("endwhile", 0, False, True),
    "endif": ("endif", 0, False, True),
    "endloop": ("endloop", 0, False, True),
    "endprocedure": ("endprocedure", 0, False, True),
    "endfunction": ("endfunction", 0, False, True),
}
_BLOCKS = frozenset(["for", "while", "if", "elif", "else", "loop", "repeat"])
_COMMENTS = frozenset(["comment", "algcomment", "linecomment", "commentx", "algorithmiccomment"])


def _keyword(token: Token, line: Line | None) -> str:
    """The name in lower case of a command that may structure an algorithm; `\\forall` in a formula is none."""
    if token.kind != "command" or not (token.text[:1].isupper() or token.text in ("item", "label", "caption")) or in_math(line):  # fmt: skip
        return ""
    return token.text.lower()


def algorithmic(
    body: list[Token], places: Places, numbered: bool, display: Display, words: dict[str, str]
) -> tuple[tuple[AlgorithmLine, ...], list[tuple[str, str]], list[Token]]:
    """The lines of an `algorithmic` body (either package), the labels on them, and a caption that stands inside."""
    lines = Lines(places, numbered, words)
    stream = Stream(body)
    indent = 0
    current: Line | None = None
    rest_of_line = False  # a comment without braces goes on to the next line
    rest: list[Token] = []
    early: list[tuple[str, str]] = []  # before the first line: LaTeX prints 0 for these
    while (token := stream.next()) is not None:
        name = _keyword(token, current)
        if name in _COMMANDS:
            keyword, arguments, opens, closes = _COMMANDS[name]
            rest_of_line = False
            if keyword == "return" and current is not None and not inked(current.text) and current.keyword == "state":
                current.keyword, current.text = "return", []
                continue
            if closes:
                indent = max(0, indent - 1)
            current = Line(keyword, indent, token, keyword not in UNNUMBERED and name != "statex")
            lines.lines.append(current)
            if keyword in _BLOCKS:
                note = stream.optional()  # algorithmic's [comment]
                current.comment += note or []
            if keyword in ("procedure", "function"):
                title, inputs = stream.group(), stream.group()
                current.condition = [*title, Token("char", "(", token.file, token.start, token.end), *inputs,
                                     Token("char", ")", token.file, token.start, token.end)]  # fmt: skip
                current.shown = f"{keyword} {printed(current.condition)}"
            elif arguments:
                current.condition = stream.group()
            if opens:
                indent += 1
            continue
        if name == "item":
            given = stream.optional()
            word = printed(given or []).rstrip(": ").lower()
            keyword = word if word in ("require", "ensure", "input", "output", "return") else "state"
            current = Line(keyword, indent, token, given is None, printed(given or []))
            lines.lines.append(current)
            continue
        if name in _COMMENTS:
            stream.optional()
            nxt = stream.peek()
            if nxt is not None and nxt.kind not in ("open", "space"):
                rest_of_line = True
                continue
            comment = stream.group()
            if current is None or name in ("linecomment", "commentx"):
                current = Line("comment", indent, token, False)
                lines.lines.append(current)
            current.comment += comment
            continue
        if name == "call":
            callee, inputs = stream.group(), stream.group()
            stream.push(named_call(token, callee, inputs, in_math(current)))
            continue
        if name == "caption":
            stream.optional()
            rest += [token, token.like("open", "{"), *stream.group(), token.like("close", "}")]
            continue
        if name == "label" and rest:
            rest += [token, token.like("open", "{"), *stream.group(), token.like("close", "}")]
            continue
        if name == "label":
            if current is not None:
                current.labels.append(detokenize(stream.group()).strip())
            else:
                early.append((detokenize(stream.group()).strip(), "0"))
            continue
        if current is None:
            if token.kind in ("space", "par", "open", "close", "begin", "end") or token.kind == "command":
                continue
            current = Line("", indent, token, False)
            lines.lines.append(current)
        if token.kind == "par":
            continue
        if token.kind == "begin" and token.text in DRAWINGS:
            environment_body(stream, token.text)
            continue
        if rest_of_line:
            current.comment.append(token)
            continue
        current.text += math_line(token, stream, display)
    made, labels = lines.made()
    return made, early + labels, rest
