"""Algorithms written with the package algorithm2e: statements end with `\\;`, blocks are arguments."""

from __future__ import annotations

from ...document import AlgorithmLine
from . import displays
from .algorithms import Display, Line, Lines, in_math, math_line, named_call
from .lexer import Places, Token, detokenize
from .printed import printed
from .stream import Stream, TooMuchWork, environment_body
from .text import DRAWINGS

MAX_BLOCKS = 60

_BLOCKS = {"for": "for", "foreach": "for", "forall": "for", "forpar": "for", "while": "while", "if": "if", "uif": "if", "elseif": "elif",
           "uelseif": "elif", "else": "else", "uelse": "else", "lif": "if", "lelse": "else", "lelseif": "elif", "lfor": "for",
           "lforeach": "for", "lforall": "for", "lwhile": "while", "begin": "begin", "loop": "loop", "switch": "switch", "case": "case", "other": "else"}  # fmt: skip
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
    names = {t.text.lower() for t in body if t.kind == "command" and t.text != "forall"}
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


def algorithm2e(
    body: list[Token], places: Places, display: Display, numbered: bool
) -> tuple[tuple[AlgorithmLine, ...], list[Token]]:
    """The lines of an algorithm2e body, and what does not belong to them (caption, label)."""
    rest: list[Token] = []
    stream = Stream(body)
    inner: list[Token] = []
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
    lines = Lines(places, numbered)
    _blocks(Stream(inner), 0, lines, {}, 0, display)
    return lines.made()[0], rest


def _blocks(stream: Stream, indent: int, out: Lines, programs: dict[str, str], level: int, display: Display) -> None:
    current: Line | None = None
    if level > MAX_BLOCKS:
        raise TooMuchWork(stream.stack[-1]) if stream.stack else TooMuchWork(out.lines[-1].first)

    def line(keyword: str, token: Token, numbered: bool = True) -> Line:
        return out.add(Line(keyword, indent, token, numbered))

    while (token := stream.next()) is not None:
        name = token.text.lower() if token.kind == "command" else ""
        if in_math(current) and not (token.kind == "command" and name in programs):
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
        elif token.kind == "command" and name in _BLOCKS and (token.text[:1].isupper() or token.text[1:2].isupper()):
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
            stream.push(named_call(token, [token.like("char", word)], inputs, in_math(current)))
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
        elif token.kind == "begin" and token.text in DRAWINGS:
            environment_body(stream, token.text)
        elif token.kind in ("begin", "end"):
            if token.kind == "begin" and displays.is_display(token.text):
                current = current or line("state", token)
                current.text += math_line(token, stream, display)
        elif token.kind == "open" and current is None:
            stream.push([token])
            _blocks(Stream(stream.group()), indent, out, programs, level + 1, display)
        elif current is None and token.kind in ("space", "close"):
            pass
        else:
            if current is None:
                current = line("state", token)
            current.text += math_line(token, stream, display)


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
