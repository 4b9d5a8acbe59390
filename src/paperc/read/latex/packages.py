"""Packages and classes that come with a paper: they count for the notation that they define."""

from __future__ import annotations

from .definitions import Definitions, read_definition
from .files import Files
from .lexer import Token
from .notation import package_macros
from .stream import Stream, plain_text

_LOADS = frozenset(["RequirePackage", "usepackage", "LoadClass", "RequirePackageWithOptions", "documentclass"])
_NUMBERS = frozenset(["numberwithin", "counterwithin", "@addtoreset", "counterwithout"])
_MACHINERY = frozenset(["vskip", "hskip", "vbox", "hbox", "parbox", "rule", "hrule", "global", "newpage", "clearpage", "endgroup", "begingroup", "setlength", "vspace", "kern", "penalty", "fontsize", "selectfont", "thispagestyle", "null", "centering"])  # fmt: skip
"""What a definition that sets the page is made of."""


def load(token: Token, stream: Stream, files: Files, known: Definitions) -> list[Token]:
    """`\\usepackage` and its like; gives what the walk must see of it (numbering)."""
    options = plain_text(stream.optional() or [])
    names = plain_text(stream.group()).split(",")
    stream.optional()
    ending = ".cls" if token.text in ("documentclass", "LoadClass") else ".sty"
    out: list[Token] = []
    for name in (n.strip() for n in names):
        if not name or name in known.packages:
            continue
        known.packages[name] = options
        for macro, definition in package_macros(name, token):
            known.macros.setdefault(macro, definition)
        tokens = files.style(name, ending)
        if tokens is not None:
            out += definitions_of(tokens, files, known)
    return out


def definitions_of(tokens: list[Token], files: Files, known: Definitions) -> list[Token]:
    """A style file counts for its definitions of notation; what else it does is machinery of the page."""
    stream = Stream(tokens)
    before, environments = dict(known.macros), dict(known.environments)
    out: list[Token] = []
    while (token := stream.next()) is not None:
        if token.kind != "command" or token.text in ("let", "futurelet"):
            continue
        if token.text in _LOADS:
            out += load(token, stream, files, known)
        elif token.text in _NUMBERS:
            command = token._replace(text=" reset" if token.text == "@addtoreset" else token.text)
            opening, closing = token.like("open", "{"), token.like("close", "}")
            out += [command, opening, *stream.group(), closing, opening, *stream.group(), closing]
        else:
            out += read_definition(token, stream, known) or []
    for name, macro in list(known.macros.items()):
        if macro is not before.get(name) and ("@" in name or _machinery(macro.body)):
            del known.macros[name]
            if name in before:
                known.macros[name] = before[name]
    for name, (begin, end) in list(known.environments.items()):
        if name not in environments and (_machinery(begin.body) or _machinery(end)):
            del known.environments[name]
    return out


def _machinery(body: tuple[Token, ...]) -> bool:
    return any(t.kind == "command" and ("@" in t.text or t.text in _MACHINERY) for t in body)
