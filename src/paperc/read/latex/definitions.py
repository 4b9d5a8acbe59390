"""The paper's own definitions: macros, environments, toggles, operators, theorems."""

from __future__ import annotations

from dataclasses import dataclass, field

from .lexer import Token
from .stream import Stream, plain_text

# Structure that the reader understands itself; a paper's redefinition of these only changes how they look.
PROTECTED = frozenset(
    (
        "section subsection subsubsection paragraph subparagraph chapter part label ref eqref cref Cref autoref caption"
        " title author item begin end input include documentclass usepackage cite citep citet footnote maketitle"
        " abstract appendix tag notag nonumber textbf textit emph text mathrm frac left right sum prod sqrt hline"
        " multicolumn multirow url href newcommand renewcommand def State If For While Return Require Ensure EndIf EndFor"
        " EndWhile Else ElsIf Comment tableofcontents bibitem nocite thanks section* subsection* subsubsection* newtheorem"
        " bibliography footnotetext footnotemark numberwithin includegraphics captionof hspace vspace setcounter and AND And"
        " refstepcounter addtocounter STATE IF FOR WHILE RETURN REQUIRE ENSURE ENDIF ENDFOR ENDWHILE ELSE ELSIF COMMENT"
        " KwIn KwOut KwData KwResult eIf uIf uElse uElseIf lIf ForEach ForAll Repeat ( ) [ ] $ { } & % _"
    ).split()
)
PROTECTED_ENVIRONMENTS = frozenset(
    (
        "document abstract figure figure* table table* algorithm algorithmic equation equation* align align* gather gather* multline"
        " multline* eqnarray eqnarray* itemize enumerate description thebibliography tabular tabular* array proof verbatim quote center"
        " minipage subequations split cases matrix pmatrix bmatrix appendix appendices longtable tabularx subfigure subtable"
    ).split()
)
FRESH = "\0"
"""Before a command's name: the primitive itself, whatever the paper has redefined the name to since (`\\let`)."""
NO_VALUE = " novalue"
_DEFINES = frozenset(["newcommand", "renewcommand", "providecommand", "DeclareRobustCommand", "algnewcommand", "algrenewcommand", "newrobustcmd", "renewrobustcmd", "providerobustcmd", "newcommandx", "DeclareMathCommand"])  # fmt: skip
_XPARSE = frozenset(["NewDocumentCommand", "RenewDocumentCommand", "DeclareDocumentCommand", "ProvideDocumentCommand", "NewExpandableDocumentCommand"])  # fmt: skip
_PAIRED = frozenset(["DeclarePairedDelimiter", "DeclarePairedDelimiterX", "DeclarePairedDelimiterXPP"])


@dataclass(frozen=True, slots=True)
class Macro:
    """`arguments` is the number of arguments; `default` is that of the first if it is optional; `delimiters` are the
    tokens that `\\def` wants between its parameters (one tuple before the first and one behind each)."""

    body: tuple[Token, ...]
    arguments: int = 0
    default: tuple[Token, ...] | None = None
    delimiters: tuple[tuple[str, ...], ...] = ()
    specification: str = ""
    """xparse's argument types ("m", "o", "s", "O{..}"), empty for LaTeX's own forms; "p" is the size or star of a paired
    delimiter, which is dropped."""


@dataclass(slots=True)
class Definitions:
    """What the paper has defined so far."""

    macros: dict[str, Macro] = field(default_factory=dict)
    environments: dict[str, tuple[Macro, tuple[Token, ...]]] = field(default_factory=dict)
    toggles: dict[str, bool] = field(default_factory=dict)
    operators: dict[str, list[Token]] = field(default_factory=dict)
    theorems: dict[str, tuple[str, str | None, str | None]] = field(default_factory=dict)
    """Environment → (printed name, counter it shares ("" where it has no number), counter it is numbered within)."""
    packages: dict[str, str] = field(default_factory=dict)
    """Package or class → its options."""
    excluded: dict[str, None] = field(default_factory=dict)
    """Environments that the comment package drops."""

    scopes: list[tuple[str, dict[str, Macro | None]]] = field(default_factory=list)
    """The open groups of the body ("{" or an environment), each with what stood for a name outside it."""

    def define(self, name: str, macro: Macro, everywhere: bool = False) -> None:
        """Until the end of the group; everywhere (`\\gdef`): for good."""
        if not name or name in PROTECTED:
            return
        if everywhere:
            for _, outside in self.scopes:
                outside.pop(name, None)
        elif self.scopes:
            self.scopes[-1][1].setdefault(name, self.macros.get(name))
        self.macros[name] = macro

    def open(self, group: str) -> None:
        self.scopes.append((group, {}))

    def close(self, group: str) -> None:
        """The end of a group puts back what it has redefined; ends that do not match one are let pass."""
        if not any(name == group for name, _ in self.scopes):
            return
        while self.scopes:
            name, outside = self.scopes.pop()
            for macro, old in outside.items():
                if old is None:
                    self.macros.pop(macro, None)
                else:
                    self.macros[macro] = old
            if name == group:
                return


def _target(stream: Stream) -> str:
    return plain_text(stream.group()).removeprefix("\\").strip()


def _count(tokens: list[Token] | None) -> int:
    text = plain_text(tokens) if tokens else "0"
    return min(9, int(text)) if text.isdigit() else 0


def read_definition(token: Token, stream: Stream, known: Definitions) -> list[Token] | None:
    """If `token` begins a definition, reads it into `known` and returns what the walk must still see, else None.

    A redefinition of a counter's printed form comes back as the command ` form`.
    """
    name = token.text.removesuffix("*")
    if name in _DEFINES:
        return _new_command(name, token, stream, known)
    if name in _XPARSE:
        target, specification = _target(stream), plain_text(stream.group())
        known.define(target, Macro(tuple(stream.group()), specification=specification or "-"))
        return []
    if name in _PAIRED:
        _paired(name, token, stream, known)
        return []
    match name:
        case "def" | "gdef" | "edef" | "xdef":
            return _read_def(token, stream, known)
        case "let" | "futurelet":
            _let(stream, known)
        case "DeclareMathOperator":
            target, body = _target(stream), stream.group()
            star = "*" if token.text.endswith("*") else ""
            wrapped = (token.like("command", f"operatorname{star}"), token.like("open", "{"), *body, token.like("close", "}"))  # fmt: skip
            known.define(target, Macro(wrapped))
            known.operators[target] = body
        case "newenvironment" | "renewenvironment" | "provideenvironment":
            target = plain_text(stream.group())
            count = stream.optional()
            default = stream.optional() if count is not None else None
            begin, end = stream.group(), stream.group()
            macro = Macro(tuple(begin), _count(count), tuple(default) if default is not None else None)
            if target not in PROTECTED_ENVIRONMENTS:
                known.environments[target] = (macro, tuple(end))
        case "NewDocumentEnvironment" | "RenewDocumentEnvironment" | "DeclareDocumentEnvironment":
            target, specification = plain_text(stream.group()), plain_text(stream.group())
            begin, end = stream.group(), stream.group()
            known.environments[target] = (Macro(tuple(begin), specification=specification or "-"), tuple(end))
        case "newtheorem" | "declaretheorem" | "spnewtheorem":
            _theorem(token, stream, known)
        case "newmdtheoremenv" | "newtcbtheorem":
            _boxed_theorem(name, stream, known)
        case "newif":
            stream.skip_spaces()
            toggle = stream.next()
            if toggle is not None:
                known.toggles[toggle.text.removeprefix("if")] = False
        case "newtoggle" | "newbool" | "newboolean" | "providebool" | "providetoggle":
            known.toggles.setdefault(plain_text(stream.group()), False)
        case "toggletrue" | "booltrue" | "togglefalse" | "boolfalse":
            known.toggles[plain_text(stream.group())] = name.endswith("true")
        case "setboolean" | "setbool" | "settoggle":
            target = plain_text(stream.group())
            known.toggles[target] = plain_text(stream.group()) == "true"
        case "excludecomment":
            known.excluded[plain_text(stream.group())] = None
        case "includecomment":
            known.excluded.pop(plain_text(stream.group()), None)
        case _:
            return None
    return []


def _form(token: Token, name: str, body: list[Token]) -> list[Token]:
    spelled = [token.like("char", c) for c in name]
    return [token.like("command", " form"), token.like("open", "{"), *spelled, token.like("close", "}"),
            token.like("open", "{"), *body, token.like("close", "}")]  # fmt: skip


def _is_form(target: str, body: list[Token]) -> bool:
    """`\\theequation` and the like: a counter's printed form."""
    if not target.startswith("the") or len(target) < 5:
        return False
    printers = ("arabic", "alph", "Alph", "roman", "Roman")
    return any(t.kind == "command" and (t.text in printers or t.text.startswith("the")) for t in body) or target[3:] in (
        "equation", "section", "figure", "table", "subsection", "theorem", "algorithm", "chapter", "part", "subsubsection")  # fmt: skip


def _new_command(name: str, token: Token, stream: Stream, known: Definitions) -> list[Token]:
    target = _target(stream)
    count = stream.optional()
    default = stream.optional() if count is not None else None
    body = stream.group()
    if name.startswith("provide") and target in known.macros:
        return []
    if _is_form(target, body):
        return _form(token, target[3:], body)
    known.define(target, Macro(tuple(body), _count(count), tuple(default) if default is not None else None))
    return []


def _read_def(token: Token, stream: Stream, known: Definitions) -> list[Token]:
    stream.skip_spaces()
    target = stream.next()
    if target is None:
        return []
    delimiters: list[list[str]] = [[]]
    count = 0
    while (nxt := stream.peek()) is not None and nxt.kind not in ("open", "par"):
        stream.next()
        if nxt.kind == "param":
            count += 1
            delimiters.append([])
        else:
            delimiters[-1].append(nxt.text)
        if len(delimiters[-1]) > 30:
            return []
    body = stream.group()
    if target.kind != "command":
        return []
    if _is_form(target.text, body):
        return _form(token, target.text[3:], body)
    shape = tuple(tuple(d) for d in delimiters) if any(delimiters) else ()
    known.define(target.text, Macro(tuple(body), count, delimiters=shape), token.text in ("gdef", "xdef"))
    return []


def _let(stream: Stream, known: Definitions) -> None:
    stream.skip_spaces()
    left = stream.next()
    stream.skip_spaces()
    if (nxt := stream.peek()) is not None and nxt.kind == "char" and nxt.text == "=":
        stream.next()
        stream.skip_spaces()
    right = stream.next()
    if left is None or right is None or left.kind != "command" or left.text == right.text:
        return
    old = known.macros.get(right.text) if right.kind == "command" else None
    fresh = right._replace(text=FRESH + right.text) if right.kind == "command" else right
    known.define(left.text, old or Macro((fresh,)))


def _paired(name: str, token: Token, stream: Stream, known: Definitions) -> None:
    """mathtools' delimiters; all sizes are read as `\\left … \\right`."""
    target = _target(stream)
    count = 1
    if name != "DeclarePairedDelimiter":
        count = _count(stream.optional())
    before = stream.group() if name.endswith("XPP") else []
    left, right = stream.group(), stream.group()
    behind = stream.group() if name.endswith("XPP") else []
    inner = [token.like("param", "#1")] if name == "DeclarePairedDelimiter" else stream.group()
    # What stands inside names the delimiter's size as \delimsize.
    inner = [t if t.text != "delimsize" else t._replace(text="middle") for t in inner]
    body = (*before, token.like("command", "left"), *left, *inner, token.like("command", "right"), *right, *behind)
    known.define(target, Macro(body, specification="p" + "m" * max(1, count)))


def _theorem(token: Token, stream: Stream, known: Definitions) -> None:
    starred = token.text.endswith("*")
    if token.text == "declaretheorem":
        options = plain_text(stream.optional() or [])
        names = plain_text(stream.group())
        options = options or plain_text(stream.optional() or [])
        table = dict(p.strip().split("=", 1) for p in options.split(",") if "=" in p)
        table = {k.strip(): v.strip(" {}") for k, v in table.items()}
        shared = table.get("sibling") or table.get("sharenumber") or table.get("numberlike")
        within = table.get("within") or table.get("numberwithin") or table.get("parent")
        if table.get("numbered") == "no":
            shared = ""
        for name in (n.strip() for n in names.split(",")):
            printed = table.get("name", table.get("title", name.capitalize()))
            known.theorems[name] = (printed, shared if shared != name else None, within)
        return
    starred = stream.star() or starred
    name = plain_text(stream.group())
    shared_tokens = stream.optional()
    printed = plain_text(stream.group())
    within_tokens = stream.optional()
    if token.text.startswith("spnewtheorem"):
        stream.group()
        stream.group()
    shared = "" if starred else plain_text(shared_tokens) if shared_tokens else None
    known.theorems[name] = (printed, shared, plain_text(within_tokens) if within_tokens else None)


def _boxed_theorem(name: str, stream: Stream, known: Definitions) -> None:
    first = stream.optional()
    target = plain_text(stream.group())
    shared = plain_text(stream.optional() or []) if name == "newmdtheoremenv" else None
    printed = plain_text(stream.group())
    within = plain_text(stream.optional() or []) if name == "newmdtheoremenv" else None
    if name == "newtcbtheorem":
        stream.group()
        stream.group()
        options = plain_text(first or [])
        within = next((p.split("=", 1)[1].strip() for p in options.split(",") if p.strip().startswith("number within")), None)  # fmt: skip
        shared = next((p.split("=", 1)[1].strip() for p in options.split(",") if p.strip().startswith("use counter from")), None)  # fmt: skip
    known.theorems[target] = (printed, shared or None, within or None)
