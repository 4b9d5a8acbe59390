"""The bounded expansion of everything that a paper defines: from its files to one list of tokens without its macros."""

from __future__ import annotations

from dataclasses import replace

from ...errors import Collector, Diagnostic, LimitError, Severity
from . import conditionals, packages
from .definitions import FRESH, NO_VALUE, Definitions, Macro, read_definition
from .displays import is_display
from .files import INCLUDES, Files, flat, included_name, inside_document
from .lexer import Token, lex
from .loops import loop
from .notation import ARGUMENTS
from .stream import Stream, environment_body, plain_text

MAX_TOKENS = 1_000_000
MAX_BRACES = 300
MAX_GROUPS = 1_000
_MAX_CALLS_AT_ONE_PLACE = 20_000
_MAX_ARGUMENT = 200_000

_DROPPED = frozenset(
    [
        "makeatletter",
        "makeatother",
        "protect",
        "relax",
        "long",
        "global",
        "outer",
        "noexpand",
        "unexpanded@",
        "protected",
    ]
)
_PICTURES = frozenset(
    ["tikzpicture", "pgfpicture", "pspicture", "circuitikz", "forest", "CCSXML", "filecontents", "filecontents*"]
)
"""Drawings: nothing in them is read, so nothing in them is expanded."""
_TEXT_IN_MATH = frozenset(["text", "textrm", "textnormal", "textit", "textbf", "textsf", "texttt", "mbox", "hbox", "intertext", "shortintertext", "fbox", "textup", "textsc", "tag", "label"])  # fmt: skip
_NO_SPACE_BEFORE = frozenset(".,'/?;:!~-)]\\}")


class Expander:
    """Expands a whole paper into one list of tokens."""

    def __init__(self, files: Files, problems: Collector) -> None:
        self.files, self.problems = files, problems
        self.known = Definitions()
        self.out: list[Token] = []
        self.work = 0
        self.math = False
        self.body = False  # \begin{document} is behind us: groups end what is defined in them
        self.open: list[tuple[Token, bool, int]] = []  # the open groups: brace, mode and arguments still wanted outside
        self.wants = 0  # arguments that the last command still takes
        self.bracket = False
        self.previous: Token | None = None
        self.calls: dict[tuple[int, int], int] = {}

    def limit(self, name: str, message: str, token: Token) -> LimitError:
        help = (
            "look for a brace that is never closed" if name == "brace depth" else "look for a macro that calls itself"
        )
        return self.files.limit(name, message, token, help)

    def expand(self, tokens: list[Token]) -> list[Token]:
        """Raises LimitError past the bounds of the design."""
        stream = Stream(tokens)
        self.out = []
        macros, environments = self.known.macros, self.known.environments
        while (token := stream.next()) is not None:
            self.work += 1
            if self.work > MAX_TOKENS * 3 or len(self.out) > MAX_TOKENS:
                raise self.limit("expanded tokens", f"the paper expands to more than {MAX_TOKENS:,} tokens", token)
            kind = token.kind
            if kind == "command":
                name = token.text
                if name[0] == FRESH and len(name) > 1:
                    token = token._replace(text=name[1:])
                    if self._control(token, stream):
                        continue
                elif self._control(token, stream):
                    continue
                else:
                    macro = macros.get(name)
                    if macro is not None:
                        if self.wants and self.math and not macro.arguments and not macro.specification and not macro.delimiters:  # fmt: skip
                            # \frac\a\b: each macro is one argument, however long its text.
                            stream.push([token.like("open", "{"), token, token.like("close", "}")])
                            self._emit(stream.next())  # type: ignore[arg-type]
                            continue
                        self._count(token)
                        stream.push(self._call(macro, token, stream))
                        continue
            elif kind == "begin":
                if token.text in self.known.excluded or token.text in _PICTURES:
                    _drop_environment(token.text, stream)
                    continue
                if token.text in environments:
                    macro, _ = environments[token.text]
                    self._count(token)
                    if self.body:
                        self._open(token.text, token)
                    stream.push(self._call(macro, token, stream))
                    continue
            elif kind == "end" and token.text in environments:
                self._count(token)
                stream.push(
                    [*(t.at(token) for t in environments[token.text][1]), token.like("command", " end" + token.text)]
                )
                continue
            self._emit(token)
        return self.out

    def unbalanced(self) -> None:
        """Reports the first brace that is never closed."""
        if self.open:
            token = self.open[0][0]
            span = self.files.places.span(token.file, token.start, token.end)
            self.problems.add(Diagnostic("unbalanced-braces", "this brace is never closed", span, "close it, or remove it", Severity.ERROR))  # fmt: skip

    def _emit(self, token: Token) -> None:
        """Write a token, keeping track of math mode and of the arguments that commands take."""
        kind = token.kind
        if kind == "open":
            if len(self.open) >= MAX_BRACES:
                raise self.limit("brace depth", f"braces nest deeper than {MAX_BRACES} levels", token)
            self.open.append((token, self.math, max(0, self.wants - 1)))
            self.wants = 0
            if self.body:
                self.known.open("{")
            if self.math and self.previous is not None and self.previous.text in _TEXT_IN_MATH and self.previous.kind == "command":  # fmt: skip
                self.math = False
        elif kind == "close":
            if self.open:
                _, self.math, self.wants = self.open.pop()
            if self.body:
                self.known.close("{")
        elif kind == "command":
            name = token.text
            self.wants = ARGUMENTS.get(name, 0) if self.math else 0
            if name in ("(", "["):
                self.math = True
            elif name in (")", "]"):
                self.math = False
        elif kind == "dollar":
            self.math = not self.math
            self.wants = 0
        elif kind in ("begin", "end"):
            if token.text == "document":
                self.body = kind == "begin"  # in the preamble a brace may be an argument that is done later
            elif self.body and kind == "begin":
                self._open(token.text, token)
            elif self.body:
                self.known.close(token.text)
            if is_display(token.text) or token.text == "math":
                self.math = kind == "begin"
            self.wants = 0
        elif kind == "char":
            if self.wants and token.text == "[" and self.previous is not None and self.previous.text == "sqrt":
                self.bracket = True
            elif self.bracket:
                self.bracket = token.text != "]"
            elif self.wants:
                self.wants = max(0, self.wants - len(token.text))
        elif kind == "par":
            self.math = False
            self.wants = 0
            self.bracket = False
        if kind != "space":
            self.previous = token
        self.out.append(token)

    def _open(self, group: str, token: Token) -> None:
        if len(self.known.scopes) >= MAX_GROUPS:
            raise self.limit("environment depth", "environments nest too deeply", token)
        self.known.open(group)

    # --- macro calls

    def _count(self, call: Token) -> None:
        key = (call.file, call.start)
        count = self.calls[key] = self.calls.get(key, 0) + 1
        if count > _MAX_CALLS_AT_ONE_PLACE:
            raise self.limit("expansion depth", f"“\\{call.text}” expands for ever", call)

    def _call(self, macro: Macro, call: Token, stream: Stream) -> list[Token]:
        arguments: list[list[Token]] = []
        if macro.specification:
            arguments = self._xparse(macro.specification, call, stream)
        elif macro.delimiters:
            arguments = _delimited(macro.delimiters, stream)
        else:
            for k in range(macro.arguments):
                if k == 0 and macro.default is not None:
                    given = stream.optional()
                    arguments.append(list(macro.default) if given is None else given)
                else:
                    arguments.append(stream.group())
        self.work += sum(map(len, arguments)) // 4
        if any(len(a) > _MAX_ARGUMENT for a in arguments):
            raise self.limit("expanded tokens", f"an argument of “\\{call.text}” is longer than {_MAX_ARGUMENT:,} tokens", call)  # fmt: skip
        body: list[Token] = []
        for token in macro.body:
            kind = token.kind
            if kind == "param":
                if token.text.startswith("##"):
                    body.append(token._replace(text=token.text[1:]))
                else:
                    number = int(token.text[-1])
                    if 1 <= number <= len(arguments):
                        body += arguments[number - 1]
            elif kind in ("begin", "end", "verbatim") and "#" in token.text:
                body.append(Token(kind, _filled(token.text, arguments), call.file, call.start, call.end))
            else:
                body.append(Token(kind, token.text, call.file, call.start, call.end))
        self.work += len(body)
        if len(body) > MAX_TOKENS or len(stream.stack) > MAX_TOKENS:
            raise self.limit("expanded tokens", f"“\\{call.text}” expands to more than {MAX_TOKENS:,} tokens", call)
        if not arguments and self.math and call.text[-1:].isalpha():
            nxt = stream.peek()
            if nxt is not None and nxt.file == call.file and nxt.start > call.end and nxt.kind != "space":
                body.append(Token("space", " ", call.file, call.end, nxt.start))  # as the source has it; TeX ignores it
        return body

    def _xparse(self, specification: str, call: Token, stream: Stream) -> list[list[Token]]:
        out: list[list[Token]] = []
        missing = [call.like("command", NO_VALUE)]
        i = 0
        while i < len(specification):
            kind = specification[i]
            i += 1
            default: list[Token] | None = None
            if kind in "rdRD":
                pair = (specification[i : i + 2] + "[]")[:2]
                opener, closer = pair[0], pair[1]
                i += 2
            else:
                opener, closer = "[", "]"
            if kind in "ODRe" and i < len(specification) and specification[i] == "{":
                end = specification.find("}", i)
                end = len(specification) if end < 0 else end
                default = [t.at(call) for t in lex(specification[i + 1 : end], call.file)]
                i = end + 1
            match kind:
                case "m" | "v":
                    out.append(stream.group())
                case "o" | "O" | "d" | "D" | "r" | "R":
                    given = stream.optional(opener, closer)
                    out.append(given if given is not None else default if default is not None else list(missing))
                case "s":
                    out.append([call.like("char", "*")] if stream.star() else [])
                case "p":
                    if not stream.star():
                        stream.optional()
                case _:
                    pass
        return out

    # --- what is done at once: conditionals, includes, definitions

    def _control(self, token: Token, stream: Stream) -> bool:
        name = token.text
        if name in INCLUDES:
            self._include(token, stream)
            return True
        if name[0] in "iI@":
            if name.startswith("if") and conditionals.conditional(token, stream, self.known, self.math):
                return True
            if name.startswith(("if", "If", "@if")) and conditionals.braced(token, stream, self.known):
                return True
        if name in _DROPPED:
            return True
        if name.startswith(" end"):
            self.known.close(name[4:])
            return True
        if name in ("begingroup", "bgroup", "endgroup", "egroup"):
            if self.body:
                if name[0] == "b":
                    self._open("begingroup", token)
                else:
                    self.known.close("begingroup")
            return True
        match name:
            case "usepackage" | "RequirePackage" | "documentclass" | "LoadClass" | "RequirePackageWithOptions":
                self.out += packages.load(token, stream, self.files, self.known)
            case "else" | "or":
                conditionals.skip_branch(stream)
            case "fi":
                pass
            case "xspace":
                nxt = stream.peek()
                if nxt is not None and not (nxt.kind in ("space", "par", "open", "close") or nxt.text in _NO_SPACE_BEFORE or (nxt.kind == "command" and nxt.text == " ")):  # fmt: skip
                    stream.push([token.like("space", " ")])
            case "ensuremath":
                inner = stream.group()
                stream.push(inner if self.math else [token.like("dollar", "$"), *inner, token.like("dollar", "$")])
            case "mathchoice":
                branches = [stream.group() for _ in range(4)]
                stream.push(branches[0])
            case "texorpdfstring":
                shown = stream.group()
                stream.group()
                stream.push(shown)
            case "@setfontsize":
                for _ in range(3):
                    stream.group()
            case "tikz":
                stream.optional()
                nxt = stream.peek()
                if nxt is not None and nxt.kind == "open":
                    stream.group()
                else:
                    _to_semicolon(stream)
            case "foreach" | "@for" | "@tfor" | "forcsvlist":
                return loop(token, stream)
            case "ExplSyntaxOn":
                while (nxt := stream.next()) is not None and nxt.text != "ExplSyntaxOff":
                    pass
            case "IfFileExists":
                name, yes, no = plain_text(stream.group()), stream.group(), stream.group()
                stream.push(yes if self.files.exists(name) else no)
            case "expandafter":
                self._expand_after(stream)
            case "csname":
                letters: list[Token] = []
                while (nxt := stream.next()) is not None and nxt.text != "endcsname" and len(letters) < 100:
                    letters.append(nxt)
                if spelled := plain_text(flat(letters, self.known)):
                    stream.push([token.like("command", spelled)])
            case "@namedef" | "csdef":
                stream.push(
                    [token.like("command", "def"), token.like("command", plain_text(stream.group()) or "relax")]
                )
            case "@nameuse" | "csuse":
                stream.push([token.like("command", plain_text(stream.group()) or "relax")])
            case "operatorname" if self.known.macros.get("operatorname") is not None:
                return False
            case _:
                toggle = name.removesuffix("true").removesuffix("false")
                if toggle != name and toggle in self.known.toggles:
                    self.known.toggles[toggle] = name.endswith("true")
                    return True
                left = read_definition(token, stream, self.known)
                if left is None:
                    return False
                if name in ("edef", "xdef") and left == []:
                    self._expand_now()
                stream.push(left)
        return True

    def _include(self, token: Token, stream: Stream) -> None:
        name = included_name(token, stream, self.known)
        if not name:
            return
        found = self.files.include(name, token)
        if found is None:
            if token.text != "InputIfFileExists" and not name.endswith(".bbl"):
                span = self.files.places.span(token.file, token.start, token.end)
                self.problems.add(Diagnostic("missing-include", f"“{name}” is included, but there is no such file", span, "add the file to the paper's folder", Severity.ERROR))  # fmt: skip
        elif found.path.endswith((".sty", ".cls")):
            self.out += packages.definitions_of(found.tokens, self.files, self.known)
        else:
            stream.push(inside_document(found.tokens))

    def _expand_now(self) -> None:
        """`\\edef`: macros without arguments in the body just defined are expanded where they are defined."""
        name, macro = next(reversed(self.known.macros.items()), ("", None))
        if macro is None:
            return
        body: list[Token] = []
        for token in macro.body:
            inner = self.known.macros.get(token.text) if token.kind == "command" and token.text != name else None
            if token.kind == "command" and token.text == name:
                continue  # its old text is not kept; the new one must not call itself
            body += inner.body if inner is not None and not inner.arguments and not inner.specification else (token,)
        self.known.macros[name] = replace(macro, body=tuple(body))

    def _expand_after(self, stream: Stream) -> None:
        first, second = stream.next(), stream.peek()
        if first is None:
            return
        if second is not None and second.kind == "command" and second.text in ("csname", "expandafter"):
            stream.next()
            self.work += 1
            if self.work > MAX_TOKENS * 3:
                raise self.limit("expanded tokens", "too many tokens", first)
            if second.text == "csname":
                self._control(second, stream)
            else:
                stream.push([second])
        elif second is not None and second.kind == "command" and second.text in ("fi", "else", "or"):
            stream.next()
            self._control(second, stream)
        elif second is not None and second.kind == "command" and second.text in self.known.macros:
            stream.next()
            self._count(second)
            stream.push(self._call(self.known.macros[second.text], second, stream))
        stream.push([first])


def _filled(text: str, arguments: list[list[Token]]) -> str:
    for k, argument in enumerate(arguments):
        text = text.replace(f"#{k + 1}", plain_text(argument))
    return text


def _to_semicolon(stream: Stream) -> None:
    while (token := stream.next()) is not None:
        if token.text == ";" or token.kind == "par":
            return


def _drop_environment(name: str, stream: Stream) -> None:
    body, end = environment_body(stream, name)
    if end is None:
        stream.push(body)  # never closed: it is read after all


def _delimited(delimiters: tuple[tuple[str, ...], ...], stream: Stream) -> list[list[Token]]:
    """Arguments of a `\\def` with delimited parameters."""
    for text in delimiters[0]:
        nxt = stream.peek()
        if nxt is not None and nxt.text == text:
            stream.next()
    out: list[list[Token]] = []
    for wanted in delimiters[1:]:
        if not wanted:
            out.append(stream.group())
            continue
        taken: list[Token] = []
        depth = 0
        while (token := stream.next()) is not None and len(taken) < 20_000:
            depth += (token.kind == "open") - (token.kind == "close")
            taken.append(token)
            if depth == 0 and len(taken) >= len(wanted) and tuple(t.text for t in taken[-len(wanted) :]) == wanted:
                taken = taken[: -len(wanted)]
                break
        if len(taken) > 1 and taken[0].kind == "open" and taken[-1].kind == "close":
            taken = taken[1:-1]
        out.append(taken)
    return out
