"""The paper's own macros: definitions, and a bounded expansion of everything that is defined in the paper."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace

from ...errors import Collector, Diagnostic, LimitError, Severity, SourceError
from ...source import SourceTree
from .lexer import Places, Token, lex

MAX_TOKENS = 1_000_000
MAX_DEPTH = 200
MAX_BRACES = 300
MAX_INCLUDES = 8

# Structure that the reader understands itself; a paper's redefinition of these only changes how they look.
_PROTECTED = frozenset(
    [
        "section",
        "subsection",
        "subsubsection",
        "paragraph",
        "subparagraph",
        "chapter",
        "part",
        "label",
        "ref",
        "eqref",
        "cref",
        "Cref",
        "autoref",
        "caption",
        "title",
        "author",
        "item",
        "begin",
        "end",
        "input",
        "include",
        "documentclass",
        "usepackage",
        "cite",
        "citep",
        "citet",
        "footnote",
        "maketitle",
        "abstract",
        "appendix",
        "tag",
        "notag",
        "nonumber",
        "textbf",
        "textit",
        "emph",
        "text",
        "mathrm",
        "frac",
        "left",
        "right",
        "sum",
        "prod",
        "sqrt",
        "hline",
        "multicolumn",
        "multirow",
        "url",
        "href",
        "newcommand",
        "def",
        "State",
        "If",
        "For",
        "While",
        "Return",
        "Require",
        "Ensure",
        "EndIf",
        "EndFor",
        "EndWhile",
        "Else",
        "ElsIf",
        "Comment",
        "tableofcontents",
        "bibitem",
        "nocite",
        "thanks",
    ]
)


@dataclass(frozen=True, slots=True)
class Macro:
    """`arguments` is the number of arguments; `default` is that of the first if it is optional; `delimiters` are the tokens
    that `\\def` wants between its parameters (one tuple before the first and one behind each)."""

    body: tuple[Token, ...]
    arguments: int = 0
    default: tuple[Token, ...] | None = None
    delimiters: tuple[tuple[str, ...], ...] = ()
    specification: str = ""
    """xparse's argument types ("m", "o", "s", "O{..}"), empty for LaTeX's own forms."""


@dataclass(slots=True)
class Definitions:
    """What the paper has defined so far."""

    macros: dict[str, Macro] = field(default_factory=dict)
    environments: dict[str, tuple[Macro, tuple[Token, ...]]] = field(default_factory=dict)
    toggles: dict[str, bool] = field(default_factory=dict)
    operators: dict[str, str] = field(default_factory=dict)
    theorems: dict[str, tuple[str, str | None, str | None]] = field(default_factory=dict)
    """Environment → (printed name, counter it shares, counter it is numbered within)."""


class Stream:
    """Tokens to come, with push-back; the only mutable state of the expansion."""

    def __init__(self, tokens: list[Token]) -> None:
        self.stack = tokens[::-1]

    def next(self) -> Token | None:
        return self.stack.pop() if self.stack else None

    def peek(self) -> Token | None:
        return self.stack[-1] if self.stack else None

    def push(self, tokens: list[Token] | tuple[Token, ...]) -> None:
        self.stack.extend(reversed(tokens))

    def skip_spaces(self) -> None:
        while self.stack and self.stack[-1].kind == "space":
            self.stack.pop()

    def group(self) -> list[Token]:
        """The next argument: a braced group without its braces, or one token."""
        self.skip_spaces()
        first = self.next()
        if first is None:
            return []
        if first.kind != "open":
            return [first] if first.kind != "close" else []
        depth = 1
        out: list[Token] = []
        while (token := self.next()) is not None:
            depth += (token.kind == "open") - (token.kind == "close")
            if depth == 0:
                return out
            out.append(token)
            if token.kind == "par" and len(out) > 60_000:
                break
        return out

    def optional(self, opener: str = "[", closer: str = "]") -> list[Token] | None:
        """The next bracketed argument, if one follows."""
        kept = []
        while self.stack and self.stack[-1].kind == "space":
            kept.append(self.stack.pop())
        if not self.stack or self.stack[-1].kind != "char" or self.stack[-1].text != opener:
            self.stack.extend(reversed(kept))
            return None
        self.stack.pop()
        depth = nested = 0
        out: list[Token] = []
        while (token := self.next()) is not None:
            depth += (token.kind == "open") - (token.kind == "close")
            if depth == 0 and token.kind == "char" and token.text == opener:
                nested += 1
            if depth == 0 and token.kind == "char" and token.text == closer:
                if nested == 0:
                    return out
                nested -= 1
            out.append(token)
        return out


def plain_text(tokens: list[Token]) -> str:
    return "".join("\\" + t.text if t.kind == "command" else t.text for t in tokens).strip()


def read_definition(token: Token, stream: Stream, known: Definitions) -> bool:
    """If `token` begins a definition, reads it into `known` and returns True."""
    name = token.text.removesuffix("*")
    match name:
        case "newcommand" | "renewcommand" | "providecommand" | "DeclareRobustCommand":
            target = plain_text(stream.group()).removeprefix("\\").strip()
            count = stream.optional()
            default = stream.optional() if count is not None else None
            body = stream.group()
            number = plain_text(count) if count else "0"
            if name == "providecommand" and target in known.macros:
                return True
            _define(
                known,
                target,
                Macro(
                    tuple(body), int(number) if number.isdigit() else 0, tuple(default) if default is not None else None
                ),
            )
        case "def" | "gdef" | "edef" | "xdef":
            _read_def(stream, known)
        case "let":
            stream.skip_spaces()
            left = stream.next()
            stream.skip_spaces()
            if (nxt := stream.peek()) is not None and nxt.kind == "char" and nxt.text == "=":
                stream.next()
                stream.skip_spaces()
            right = stream.next()
            if left is not None and right is not None and left.kind == "command":
                old = known.macros.get(right.text) if right.kind == "command" else None
                if left.text != right.text:
                    _define(known, left.text, old or Macro((right,)))
        case "DeclareMathOperator":
            target = plain_text(stream.group()).removeprefix("\\").strip()
            body = stream.group()
            star = "*" if token.text.endswith("*") else ""
            wrapped = [
                replace(token, kind="command", text=f"operatorname{star}"),
                _brace(token, "{"),
                *body,
                _brace(token, "}"),
            ]
            _define(known, target, Macro(tuple(wrapped)))
            known.operators[target] = plain_text(body)
        case "DeclarePairedDelimiter" | "DeclarePairedDelimiterX":
            target = plain_text(stream.group()).removeprefix("\\").strip()
            left_right = (stream.group(), stream.group())
            param = replace(token, kind="param", text="#1")
            body = [replace(token, text="left"), *left_right[0], param, replace(token, text="right"), *left_right[1]]
            _define(known, target, Macro(tuple(body), 1, specification="s o m"))
        case "newenvironment" | "renewenvironment":
            target = plain_text(stream.group())
            count = stream.optional()
            default = stream.optional() if count is not None else None
            begin, end = stream.group(), stream.group()
            number = plain_text(count) if count else "0"
            macro = Macro(
                tuple(begin), int(number) if number.isdigit() else 0, tuple(default) if default is not None else None
            )
            known.environments[target] = (macro, tuple(end))
        case "NewDocumentCommand" | "RenewDocumentCommand" | "DeclareDocumentCommand" | "ProvideDocumentCommand":
            target = plain_text(stream.group()).removeprefix("\\").strip()
            specification = plain_text(stream.group())
            _define(known, target, Macro(tuple(stream.group()), 0, specification=specification or "-"))
        case "newtheorem" | "declaretheorem" | "spnewtheorem":
            _read_theorem(token, stream, known)
        case "newif":
            stream.skip_spaces()
            toggle = stream.next()
            if toggle is not None:
                known.toggles[toggle.text.removeprefix("if")] = False
        case "newtoggle" | "newcounter" | "newlength" | "newsavebox":
            target = plain_text(stream.group())
            if name == "newtoggle":
                known.toggles[target] = False
            else:
                return False
        case "toggletrue" | "togglefalse":
            known.toggles[plain_text(stream.group())] = name == "toggletrue"
        case _:
            return False
    return True


def _brace(like: Token, text: str) -> Token:
    return replace(like, kind="open" if text == "{" else "close", text=text)


def _define(known: Definitions, name: str, macro: Macro) -> None:
    if name and name not in _PROTECTED:
        known.macros[name] = macro


def _read_def(stream: Stream, known: Definitions) -> None:
    stream.skip_spaces()
    target = stream.next()
    if target is None:
        return
    delimiters: list[list[str]] = [[]]
    count = 0
    while (token := stream.peek()) is not None and token.kind not in ("open", "par"):
        stream.next()
        if token.kind == "param":
            count += 1
            delimiters.append([])
        else:
            delimiters[-1].append(token.text)
        if len(delimiters[-1]) > 30:
            return
    body = stream.group()
    if target.kind == "command":
        shape = tuple(tuple(d) for d in delimiters) if any(delimiters) else ()
        _define(known, target.text, Macro(tuple(body), count, delimiters=shape))


def _read_theorem(token: Token, stream: Stream, known: Definitions) -> None:
    if token.text == "declaretheorem":
        options = plain_text(stream.optional() or [])
        name = plain_text(stream.group())
        table = dict(p.split("=", 1) for p in options.replace(" ", "").split(",") if "=" in p)
        shared = table.get("sibling") or table.get("sharenumber") or table.get("numberlike")
        within = table.get("within") or table.get("numberwithin") or table.get("parent")
        printed = table.get("name", name.capitalize())
        known.theorems[name] = (printed.strip("{}"), shared, within)
        return
    name = plain_text(stream.group())
    shared_tokens = stream.optional()
    printed = plain_text(stream.group())
    within_tokens = stream.optional()
    starred = token.text.endswith("*")
    shared = "" if starred else plain_text(shared_tokens) if shared_tokens else None
    known.theorems[name] = (printed, shared, plain_text(within_tokens) if within_tokens else None)


class Expander:
    """Expands a whole paper into one list of tokens in which no macro of the paper is left."""

    def __init__(self, tree: SourceTree, places: Places, problems: Collector) -> None:
        self.tree, self.places, self.problems = tree, places, problems
        self.known = Definitions()
        self.out: list[Token] = []
        self.includes: list[str] = []
        self.files: dict[str, int] = {}
        self.work = 0

    def load(self, path: str) -> list[Token] | None:
        text = self.tree.text(path)
        if text is None:
            return None
        if path not in self.files:
            self.files[path] = self.places.add(path, text)
        cut = text.find("\\endinput")
        return lex(text if cut < 0 else text[:cut], self.files[path])

    def limit(self, name: str, message: str, token: Token) -> LimitError:
        span = self.places.span(token.file, token.start, token.end)
        advice = (
            "look for a macro that calls itself" if name != "brace depth" else "look for a brace that is never closed"
        )
        return LimitError(Diagnostic("limit", f"{message} (limit: {name})", span, advice, Severity.ERROR))

    def expand(self, tokens: list[Token]) -> list[Token]:
        """Expand; raises LimitError past the bounds of the design."""
        stream = Stream(tokens)
        depth: dict[tuple[int, int], int] = {}
        braces = 0
        while (token := stream.next()) is not None:
            self.work += 1
            if self.work > MAX_TOKENS * 2 or len(self.out) > MAX_TOKENS:
                raise self.limit("expanded tokens", f"the paper expands to more than {MAX_TOKENS:,} tokens", token)
            if token.kind == "open":
                braces += 1
                if braces > MAX_BRACES:
                    raise self.limit("brace depth", f"braces nest deeper than {MAX_BRACES} levels", token)
            elif token.kind == "close":
                braces = max(0, braces - 1)
            if token.kind == "command":
                if self._control(token, stream):
                    continue
                macro = self.known.macros.get(token.text)
                if macro is not None:
                    key = (token.file, token.start)
                    depth[key] = depth.get(key, 0) + 1
                    if depth[key] > MAX_DEPTH * 20:
                        raise self.limit("expansion depth", f"“\\{token.text}” expands for ever", token)
                    stream.push(self._call(macro, token, stream))
                    continue
            elif token.kind == "begin" and token.text in self.known.environments:
                macro, _ = self.known.environments[token.text]
                stream.push([*self._call(macro, token, stream), replace(token, kind="command", text="paperc@group")])
                continue
            elif token.kind == "end" and token.text in self.known.environments:
                stream.push([_placed(t, token) for t in self.known.environments[token.text][1]])
                continue
            self.out.append(token)
        return self.out

    # --- macro calls

    def _call(self, macro: Macro, call: Token, stream: Stream) -> list[Token]:
        arguments: list[list[Token]] = []
        if macro.specification:
            arguments = self._xparse(macro.specification, stream)
        elif macro.delimiters:
            arguments = _delimited(macro.delimiters, stream)
        else:
            for k in range(macro.arguments):
                if k == 0 and macro.default is not None:
                    given = stream.optional()
                    arguments.append(list(macro.default) if given is None else given)
                else:
                    arguments.append(stream.group())
        if macro.specification == "s o m":
            arguments = [arguments[-1]]
        body: list[Token] = []
        for token in macro.body:
            if token.kind == "param":
                number = int(token.text[-1])
                if token.text.startswith("##"):
                    body.append(replace(token, text=token.text[1:]))
                elif 1 <= number <= len(arguments):
                    body += arguments[number - 1]
            else:
                body.append(_placed(token, call))
        if len(body) > MAX_TOKENS:
            raise self.limit("expanded tokens", f"“\\{call.text}” expands to more than {MAX_TOKENS:,} tokens", call)
        return body

    def _xparse(self, specification: str, stream: Stream) -> list[list[Token]]:
        out: list[list[Token]] = []
        i = 0
        while i < len(specification):
            kind = specification[i]
            i += 1
            if kind in "OD" and i < len(specification):
                close = specification.find("}", i)
                i = close + 1 if close >= 0 else len(specification)
            match kind:
                case "m" | "+" | "-" | " " | "{" | "}":
                    if kind == "m":
                        out.append(stream.group())
                case "o" | "O":
                    out.append(stream.optional() or [])
                case "s":
                    nxt = stream.peek()
                    star = nxt is not None and nxt.kind == "char" and nxt.text == "*"
                    out.append([stream.next()] if star else [])  # type: ignore[list-item]
                case "d" | "D":
                    out.append(stream.optional() or [])
        return out

    # --- conditionals, includes, definitions

    def _control(self, token: Token, stream: Stream) -> bool:
        name = token.text
        if name in (
            "input",
            "include",
            "subfile",
            "subfileinclude",
            "InputIfFileExists",
            "import",
            "subimport",
            "inputminted@",
        ):
            self._include(token, stream)
            return True
        if name in ("usepackage", "RequirePackage", "documentclass", "LoadClass"):
            self._package(token, stream)
            return True
        if name.startswith("if") and self._conditional(token, stream):
            return True
        if name in ("else", "fi"):
            if name == "else":
                _skip_branch(stream)
            return True
        if name.endswith(("true", "false")) and name.removesuffix("true").removesuffix("false") in self.known.toggles:
            self.known.toggles[name.removesuffix("true").removesuffix("false")] = name.endswith("true")
            return True
        if name in ("xspace", "ensuremath", "makeatletter", "makeatother", "paperc@group", "protect", "relax"):
            if name == "xspace":
                nxt = stream.peek()
                if nxt is not None and nxt.kind == "char" and (nxt.text.isalnum() or nxt.text == "("):
                    stream.push([replace(token, kind="space", text=" ")])
            elif name == "ensuremath":
                stream.push(stream.group())
            return True
        if name == "mathchoice":
            first, *_ = (stream.group(), stream.group(), stream.group(), stream.group())
            stream.push(first)
            return True
        if name in ("iftoggle",):
            toggle = plain_text(stream.group())
            yes, no = stream.group(), stream.group()
            stream.push(yes if self.known.toggles.get(toggle) else no)
            return True
        return read_definition(token, stream, self.known)

    def _include(self, token: Token, stream: Stream) -> None:
        if token.text in ("import", "subimport"):
            folder = plain_text(stream.group())
            name = posixpath.join(folder, plain_text(stream.group()))
        else:
            nxt = stream.peek()
            if nxt is not None and nxt.kind not in ("open", "space"):
                letters = []
                while (nxt := stream.peek()) is not None and nxt.kind == "char":
                    letters.append(nxt.text)
                    stream.next()
                name = "".join(letters)
            else:
                name = plain_text(stream.group())
        name = name.strip().strip('"')
        if not name:
            return
        span = self.places.span(token.file, token.start, token.end)
        base = posixpath.dirname(self.places.paths[token.file])
        main = posixpath.dirname(self.places.paths[0]) if self.places.paths else ""
        for folder in dict.fromkeys((main, base, "")):
            for ending in ("", ".tex", ".sty", ".cls"):
                path = posixpath.normpath(posixpath.join(folder, name + ending))
                try:
                    tokens = self.load(path) if self.tree.data(path) is not None else None
                except SourceError as problem:
                    raise SourceError(*(replace(d, span=span) for d in problem.diagnostics)) from None
                if tokens is None:
                    continue
                self.includes.append(path)
                if self.includes.count(path) > 12 or len(self.includes) > 400 or self._depth(token) > MAX_INCLUDES:
                    raise self.limit(
                        "include depth", f"“{name}” includes itself, or includes nest deeper than {MAX_INCLUDES}", token
                    )
                self._parents[self.files[path]] = token.file
                stream.push(tokens)
                return
        if token.text != "InputIfFileExists" and not name.endswith((".bbl", ".pgf", ".tikz")):
            self.problems.add(
                Diagnostic(
                    "missing-include",
                    f"“{name}” is included, but there is no such file",
                    span,
                    "add the file to the paper's folder",
                )
            )

    @property
    def _parents(self) -> dict[int, int]:
        return self.__dict__.setdefault("_parent_files", {})  # type: ignore[no-any-return]

    def _depth(self, token: Token) -> int:
        depth, file = 1, token.file
        while file in self._parents and depth <= MAX_INCLUDES + 1:
            file = self._parents[file]
            depth += 1
        return depth

    def _package(self, token: Token, stream: Stream) -> None:
        stream.optional()
        names = plain_text(stream.group()).split(",")
        stream.optional()
        ending = ".cls" if token.text in ("documentclass", "LoadClass") else ".sty"
        for name in names:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(self.places.paths[0]), name.strip() + ending))
            if path.startswith(("..", "/")) or self.tree.data(path) is None or path in self.includes:
                continue
            tokens = self.load(path)
            self.includes.append(path)
            if tokens is not None:
                # A style file counts for its definitions; what it typesets is none of the paper's text.
                inner = Stream(tokens)
                while (other := inner.next()) is not None:
                    if (
                        other.kind == "command" and other.text not in ("def", "edef", "gdef", "xdef", "let")
                    ) or self._simple(other, inner):
                        if other.text in ("newcommand", "newcommand*", "renewcommand", "renewcommand*", "providecommand", "DeclareMathOperator",
                                          "DeclareMathOperator*", "newtheorem", "newtheorem*", "def", "let", "newenvironment", "newif",
                                          "DeclareRobustCommand", "NewDocumentCommand", "DeclarePairedDelimiter", "declaretheorem"):  # fmt: skip
                            read_definition(other, inner, self.known)
                        elif other.text in ("RequirePackage", "usepackage"):
                            self._package(other, inner)

    def _simple(self, token: Token, stream: Stream) -> bool:
        """A `\\def` of a style file that defines a notation, not the machinery of the style (names with @)."""
        nxt = stream.peek()
        return token.kind == "command" and nxt is not None and nxt.kind == "command" and "@" not in nxt.text

    def _conditional(self, token: Token, stream: Stream) -> bool:
        name = token.text.removeprefix("if")
        if token.text in ("iff", "ifthenelse", "ifstrequal", "ifstrempty", "ifblank", "iftoggle"):
            return False
        if name == "false" or (name in self.known.toggles and not self.known.toggles[name]):
            _skip_branch(stream)
        elif name == "true" or name in self.known.toggles:
            pass
        elif name == "x":
            left, right = stream.next(), stream.next()
            same = left is not None and right is not None and left.text == right.text
            if not same and left is not None and right is not None:
                a, b = self.known.macros.get(left.text), self.known.macros.get(right.text)
                same = a is not None and b is not None and [t.text for t in a.body] == [t.text for t in b.body]
            if not same:
                _skip_branch(stream)
        elif name in (
            "defined",
            "csname",
            "num",
            "dim",
            "cat",
            "mmode",
            "pdf",
            "vmode",
            "hmode",
            "inner",
            "odd",
            "case",
            "pdftex",
            "xetex",
            "luatex",
            "PDFTeX",
        ):
            if name == "mmode":
                return True
            if name == "defined":
                other = stream.next()
                if other is None or other.text not in self.known.macros:
                    _skip_branch(stream)
                return True
            if name in ("pdf", "pdftex", "PDFTeX"):
                return True
            while (
                (nxt := stream.peek()) is not None
                and nxt.kind not in ("space", "par")
                and nxt.text not in ("relax", "else", "fi")
            ):
                stream.next()
            _skip_branch(stream)
        else:
            return False
        return True


def _placed(token: Token, call: Token) -> Token:
    """A token of a macro's body, standing where the macro was called."""
    return Token(token.kind, token.text, call.file, call.start, call.end)


def _skip_branch(stream: Stream) -> None:
    """Skips to the matching \\else or \\fi."""
    depth = 0
    while (token := stream.next()) is not None:
        if token.kind != "command":
            continue
        if token.text.startswith("if") and token.text not in ("iff", "ifthenelse", "iftoggle", "ifstrequal"):
            depth += 1
        elif token.text == "fi":
            if depth == 0:
                return
            depth -= 1
        elif token.text == "else" and depth == 0:
            return


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
        out.append(taken)
    return out
