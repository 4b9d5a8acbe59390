"""Algorithms as lines: indentation, keyword, condition and comment kept apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from ...document import AlgorithmLine
from . import displays
from .lexer import Places, Token, detokenize
from .printed import printed
from .stream import Stream, TooMuchWork, environment_body, span_of, until

# algorithmic and algpseudocode: command in lower case → (keyword, arguments, opens a block, closes one first)
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
_WORDS = {"for": "for {} do", "while": "while {} do", "if": "if {} then", "elif": "else if {} then", "else": "else", "repeat": "repeat",
          "until": "until {}", "loop": "loop", "endfor": "end for", "endwhile": "end while", "endif": "end if", "endloop": "end loop",
          "endprocedure": "end procedure", "endfunction": "end function"}  # fmt: skip
_SHOWN = {
    "require": "Require:",
    "ensure": "Ensure:",
    "input": "Input:",
    "output": "Output:",
    "return": "return",
    "print": "print",
}
_UNNUMBERED = frozenset(["require", "ensure", "input", "output"])


@dataclass(slots=True)
class _Line:
    keyword: str
    indent: int
    first: Token
    numbered: bool = True
    shown: str = ""
    condition: list[Token] = field(default_factory=list)
    text: list[Token] = field(default_factory=list)
    comment: list[Token] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


class _Lines:
    """Collects lines and numbers them."""

    def __init__(self, places: Places, numbered: bool) -> None:
        self.places, self.numbered = places, numbered
        self.lines: list[_Line] = []

    def made(self) -> tuple[tuple[AlgorithmLine, ...], list[tuple[str, str]]]:
        out: list[AlgorithmLine] = []
        labels: list[tuple[str, str]] = []
        count = 0
        for line in self.lines:
            text, condition, comment = printed(line.text), printed(line.condition), printed(line.comment)
            if line.keyword in ("state", "") and not text and not comment and not line.labels:
                continue
            number = ""
            if line.numbered:
                count += 1
                number = str(count)
            labels += [(label, number) for label in line.labels]
            words = _WORDS.get(line.keyword)
            if line.shown:
                text = f"{line.shown} {text}".strip()
            elif words is not None:
                text = f"{words.format(condition)} {text}".strip()
            elif line.keyword in _SHOWN:
                text = f"{_SHOWN[line.keyword]} {text}".strip()
            span = span_of(self.places, [*line.condition, *line.text, *line.comment], line.first)
            shown = number if self.numbered else ""
            out.append(AlgorithmLine(shown, line.indent, text, span, line.keyword, condition, comment))
        return tuple(out), labels


def algorithmic(
    body: list[Token], places: Places, numbered: bool, display: Display
) -> tuple[tuple[AlgorithmLine, ...], list[tuple[str, str]], list[Token]]:
    """The lines of an `algorithmic` body (either package), the labels on them, and a caption that stands inside."""
    lines = _Lines(places, numbered)
    stream = Stream(body)
    indent = 0
    current: _Line | None = None
    rest: list[Token] = []
    early: list[tuple[str, str]] = []  # before the first line: LaTeX prints 0 for these
    while (token := stream.next()) is not None:
        name = token.text.lower() if token.kind == "command" else ""
        if token.kind == "command" and name in _COMMANDS and token.text not in ("print", "input", "if", "else"):
            keyword, arguments, opens, closes = _COMMANDS[name]
            if keyword == "return" and current is not None and not _inked(current.text) and current.keyword == "state":
                current.keyword, current.text = "return", []
                continue
            if closes:
                indent = max(0, indent - 1)
            current = _Line(keyword, indent, token, keyword not in _UNNUMBERED and name != "statex")
            lines.lines.append(current)
            if keyword in ("for", "while", "if", "elif", "else", "loop", "repeat"):
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
        if token.kind == "command" and name == "item":
            given = stream.optional()
            word = printed(given or []).rstrip(": ").lower()
            keyword = word if word in ("require", "ensure", "input", "output", "return") else "state"
            current = _Line(keyword, indent, token, given is None, printed(given or []))
            lines.lines.append(current)
            continue
        if token.kind == "command" and name in ("comment", "algcomment", "linecomment", "commentx"):
            stream.optional()
            comment = stream.group()
            if current is None or name in ("linecomment", "commentx"):
                current = _Line("comment", indent, token, False)
                lines.lines.append(current)
            current.comment += comment
            continue
        if token.kind == "command" and name == "call":
            callee, inputs = stream.group(), stream.group()
            stream.push(_named_call(token, callee, inputs, _in_math(current)))
            continue
        if token.kind == "command" and name in ("caption", "captionof"):
            stream.optional()
            rest += [token, token.like("open", "{"), *stream.group(), token.like("close", "}")]
            continue
        if token.kind == "command" and name == "label" and rest:
            rest += [token, token.like("open", "{"), *stream.group(), token.like("close", "}")]
            continue
        if token.kind == "command" and name == "label":
            if current is not None:
                current.labels.append(detokenize(stream.group()).strip())
            else:
                early.append((detokenize(stream.group()).strip(), "0"))
            continue
        if current is None:
            if token.kind in ("space", "par", "open", "close", "begin", "end") or token.kind == "command":
                continue
            current = _Line("", indent, token, False)
            lines.lines.append(current)
        if token.kind == "par":
            continue
        current.text += _math_line(token, stream, display)
    made, labels = lines.made()
    return made, early + labels, rest


MAX_BLOCKS = 60

Display = Callable[[str, list[Token], Token, Token | None], None]
"""Records a display that stands in an algorithm: environment, body, its begin and its end."""


def _math_line(token: Token, stream: Stream, display: Display) -> list[Token]:
    """A token of a line; a display is recorded and stands in the line as a formula."""
    if token.kind == "begin" and displays.is_display(token.text):
        name = token.text
        body, end = environment_body(stream, name)
    elif token.kind == "command" and token.text == "[":
        name = "\\["
        body, end = until(stream, "]", "command")
    elif token.kind == "dollar" and token.text == "$$":
        name = "$$"
        body, end = until(stream, "$$", "dollar")
    else:
        return [token]
    display(name, body, token, end)
    space = token.like("space", " ")
    return [space, token.like("dollar", "$"), *displays.unlabelled(body), (end or token).like("dollar", "$"), space]


def _in_math(line: _Line | None) -> bool:
    return line is not None and sum(t.kind == "dollar" for t in line.text) % 2 == 1


def _named_call(token: Token, callee: list[Token], inputs: list[Token] | None, math: bool) -> list[Token]:
    """`step(a, b)`; in a formula the name is an operator, not a product of letters."""
    if math:
        callee = [token.like("command", "operatorname"), token.like("open", "{"), *callee, token.like("close", "}")]
    return callee if inputs is None else [*callee, token.like("char", "("), *inputs, token.like("char", ")")]


def _inked(tokens: list[Token]) -> bool:
    return any(t.kind not in ("space", "par", "open", "close") for t in tokens)


# --- algorithm2e

_BLOCKS = {"for": "for", "foreach": "for", "forall": "for", "forpar": "for", "while": "while", "if": "if", "uif": "if", "elseif": "elif",
           "uelseif": "elif", "else": "else", "uelse": "else", "lif": "if", "lelse": "else", "lelseif": "elif", "lfor": "for",
           "lforeach": "for", "lforall": "for", "lwhile": "while", "begin": "begin", "loop": "loop"}  # fmt: skip
_GIVEN = {"kwin": "input", "kwdata": "input", "kwinput": "input", "kwout": "output", "kwresult": "output", "kwoutput": "output", "kwinputs": "input",
          "input": "input", "output": "output", "kwrequire": "require", "kwensure": "ensure", "data": "input", "result": "output",
          "require": "require", "ensure": "ensure", "inputs": "input", "outputs": "output", "parameter": "input", "kwparam": "input", "kwinit": "state"}  # fmt: skip
_SETTINGS = {"setkwinout": 2, "setkwinput": 2, "setkwdata": 2, "setkwfunction": 2, "setkwprog": 4, "setkwcomment": 3, "setkwrepeat": 3, "setkwfor": 4,
             "setkwif": 8, "setkw": 2, "setkwarray": 1, "setalgonoline": 0, "setalgolined": 0, "setalgoshortend": 0, "setalgovlined": 0,
             "dontprintsemicolon": 0, "printsemicolon": 0, "linesnumbered": 0, "linesnumberedhidden": 0, "restylealgo": 1, "setalgoskip": 1,
             "setalcapskip": 1, "setinsetskip": 1, "incmargin": 1, "decmargin": 1, "algorithmfootnote": 1, "setcommentsty": 1, "setnlsty": 3,
             "setkwdatasty": 1, "setargsty": 1, "setvlineskip": 1, "vspace": 1, "hspace": 1, "vspace*": 1, "setlength": 2, "small": 0,
             "footnotesize": 0, "scriptsize": 0, "blankline": 0, "indp": 0, "indm": 0, "setstretch": 1, "setalgocaptionseparator": 1,
             "nl": 0, "nllabel": 1, "normalsize": 0, "setkwblock": 3, "setsidecommentright": 0, "setfillcomment": 0, "showln": 0,
             "setendcharofalgoline": 1, "setnofillcomment": 0, "setalgocaptionlayout": 1, "setkwelseif": 3, "algsetup": 1, "centering": 0,
             "noindent": 0, "setaltitlesty": 1}  # fmt: skip


def is_algorithm2e(body: list[Token]) -> bool:
    """An algorithm written with algorithm2e: statements end with `\\;`."""
    if any(t.kind == "begin" and t.text in ("algorithmic", "lstlisting", "algpseudocode") for t in body):
        return False
    names = {t.text.lower() for t in body if t.kind == "command"}
    return bool(
        names
        & {
            ";",
            "kwin",
            "kwout",
            "kwdata",
            "kwresult",
            "kwinput",
            "kwoutput",
            "eif",
            "tcp",
            "tcc",
            "foreach",
            "setalgolined",
        }
    )


def algorithm2e(body: list[Token], places: Places, display: Display) -> tuple[tuple[AlgorithmLine, ...], list[Token]]:
    """The lines of an algorithm2e body, and what does not belong to them (caption, label)."""
    rest: list[Token] = []
    stream = Stream(body)
    inner: list[Token] = []
    numbered = False
    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text in ("caption", "caption*", "label", "TitleOfAlgo"):
            stream.optional()
            group = stream.group()
            like = (token.file, token.start, token.end)
            name = token if token.text != "TitleOfAlgo" else Token("command", "caption", *like)
            rest += [name, Token("open", "{", *like), *group, Token("close", "}", *like)]
            continue
        numbered = numbered or (token.kind == "command" and token.text == "LinesNumbered")
        inner.append(token)
    lines = _Lines(places, numbered)
    _blocks(Stream(inner), 0, lines, {}, 0, display)
    return lines.made()[0], rest


def _blocks(stream: Stream, indent: int, out: _Lines, programs: dict[str, str], level: int, display: Display) -> None:
    current: _Line | None = None
    if level > MAX_BLOCKS:
        raise TooMuchWork(stream.stack[-1]) if stream.stack else TooMuchWork(out.lines[-1].first)

    def line(keyword: str, token: Token, numbered: bool = True) -> _Line:
        made = _Line(keyword, indent, token, numbered)
        out.lines.append(made)
        return made

    while (token := stream.next()) is not None:
        name = token.text.lower() if token.kind == "command" else ""
        if _in_math(current) and not (token.kind == "command" and name in programs):
            assert current is not None
            current.text.append(token)  # `\\;` is a space in a formula
        elif (token.kind == "command" and token.text in (";", "BlankLine", "par")) or token.kind == "par":
            current = None
        elif token.kind == "command" and name in _SETTINGS:
            stream.optional()
            arguments = [stream.group() for _ in range(_SETTINGS[name])]
            if (
                name in ("setkwprog", "setkwfor", "setkwfunction", "setkwinout", "setkwinput", "setkwblock")
                and len(arguments) > 1
            ):
                programs[detokenize(arguments[0]).strip().lower()] = f"{name}\n{printed(arguments[1])}"
        elif token.kind == "command" and name in ("eif", "ueif"):
            made = line("if", token)
            made.condition = stream.group()
            made.comment += _side_comment(stream)
            _blocks(Stream(stream.group()), indent + 1, out, programs, level + 1, display)
            other = line("else", token)
            other.comment += _side_comment(stream)
            _blocks(Stream(stream.group()), indent + 1, out, programs, level + 1, display)
            current = None
        elif token.kind == "command" and name in _BLOCKS and token.text[:1].isupper() | (token.text[:1] in "lu"):
            keyword = _BLOCKS[name]
            made = line(keyword, token)
            made.comment += _side_comment(stream)
            if keyword not in ("else", "begin", "loop"):
                made.condition = stream.group()
            made.comment += _side_comment(stream)
            _blocks(Stream(stream.group()), indent + 1, out, programs, level + 1, display)
            current = None
        elif token.kind == "command" and name == "repeat" and token.text[:1] == "R":
            made = line("repeat", token)
            made.comment += _side_comment(stream)
            condition = stream.group()
            _blocks(Stream(stream.group()), indent + 1, out, programs, level + 1, display)
            line("until", token).condition = condition
            current = None
        elif token.kind == "command" and name in _GIVEN and token.text[:1].isupper():
            made = line(_GIVEN[name], token, False)
            made.text = stream.group()
            current = None
        elif (
            token.kind == "command"
            and name in programs
            and programs[name].startswith(("setkwprog", "setkwfor", "setkwblock"))
        ):
            made = line("function" if programs[name].startswith("setkwprog") else "for", token)
            made.condition = stream.group()
            made.shown = f"{programs[name].partition(chr(10))[2]} {printed(made.condition)}".strip()
            _blocks(Stream(stream.group()), indent + 1, out, programs, level + 1, display)
            current = None
        elif token.kind == "command" and name in programs and programs[name].startswith(("setkwinout", "setkwinput")):
            given_back = any(word in name for word in ("out", "result", "return", "ensure"))
            made = line("output" if given_back else "input", token, False)
            made.shown = programs[name].partition("\n")[2].rstrip(":") + ":"
            made.text = stream.group()
            current = None
        elif token.kind == "command" and name in programs:
            word = programs[name].partition("\n")[2]
            inputs = stream.group() if (nxt := stream.peek()) is not None and nxt.kind == "open" else None
            stream.push(_named_call(token, [token.like("char", word)], inputs, _in_math(current)))
        elif token.kind == "command" and name in ("tcp", "tcc", "tcp*", "tcc*", "comment"):
            if (nxt := stream.peek()) is not None and nxt.text == "*":
                stream.next()
            stream.optional()
            stream.optional("(", ")")
            comment = stream.group()
            target = current or (
                out.lines[-1] if out.lines and token.text.endswith("*") else line("comment", token, False)
            )
            target.comment += comment
        elif token.kind == "command" and name in ("return", "kwret", "kw_return"):
            current = line("return", token)
            if (nxt := stream.peek()) is not None and nxt.kind == "open":
                current.text = stream.group()
        elif token.kind in ("begin", "end"):
            if token.kind == "begin" and displays.is_display(token.text):
                current = current or line("state", token)
                current.text += _math_line(token, stream, display)
        elif token.kind == "open" and current is None:
            stream.push([token])
            _blocks(Stream(stream.group()), indent, out, programs, level + 1, display)
        elif current is None and token.kind in ("space", "close"):
            pass
        else:
            if current is None:
                current = line("state", token)
            current.text += _math_line(token, stream, display)


def _side_comment(stream: Stream) -> list[Token]:
    """algorithm2e's `(comment)` behind a block command; its comment command is dropped."""
    given = stream.optional("(", ")")
    if not given:
        return []
    inner = Stream(given)
    first = inner.next()
    if first is not None and first.kind == "command" and first.text.lower().startswith("tc"):
        while (nxt := inner.peek()) is not None and (nxt.text == "*" or nxt.kind == "space"):
            inner.next()
        inner.optional()
        return inner.group()
    return given


def listing(text: str, token: Token, places: Places) -> tuple[AlgorithmLine, ...]:
    """The lines of a verbatim listing; indentation in steps of the smallest one."""
    source = places.texts[token.file]
    begin = source.find(text, token.start)
    at = begin if begin >= 0 else token.start
    rows: list[tuple[int, str, int]] = []
    for raw in text.split("\n"):
        bare = raw.strip()
        if bare and not (not rows and bare.startswith("[") and bare.endswith("]")):
            rows.append((len(raw) - len(raw.lstrip()), bare, at + len(raw) - len(raw.lstrip())))
        at += len(raw) + 1
    steps = sorted({w for w, _, _ in rows})
    least = min((b - a for a, b in pairwise(steps)), default=1) or 1
    base = steps[0] if steps else 0
    return tuple(
        AlgorithmLine("", (w - base) // least, bare, places.span(token.file, start, start + len(bare)))
        for w, bare, start in rows
    )
