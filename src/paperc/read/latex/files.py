"""The files of a paper as they are read: loading, includes and their bounds."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace

from ...errors import Diagnostic, LimitError, Severity, SourceError
from ...source import SourceTree
from .definitions import Definitions
from .lexer import Places, Token, lex
from .stream import Stream, plain_text

MAX_INCLUDES = 8
_MAX_TIMES = 12
_MAX_FILES = 400

INCLUDES = frozenset(["input", "include", "subfile", "subfileinclude", "InputIfFileExists", "import", "subimport", "includestandalone", "inputfrom", "includefrom", "@input"])  # fmt: skip
DRAWN = (".pgf", ".tikz", ".pdf_tex", ".pdftex_t", ".eps_tex")
"""Includes that hold a drawing and no text of the paper: they are not read, and nobody misses them."""
_ENDINPUT = re.compile(r"^[^%\n]*?\\endinput(?![A-Za-z])", re.M)


@dataclass(frozen=True, slots=True)
class Included:
    path: str
    tokens: list[Token]


@dataclass
class Files:
    """What has been read so far; the first is the main file."""

    tree: SourceTree
    places: Places
    _numbers: dict[str, int] = field(default_factory=dict)
    _times: dict[str, int] = field(default_factory=dict)
    _parents: dict[int, int] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """That of the main file."""
        return posixpath.dirname(self.places.paths[0]) if self.places.paths else ""

    def load(self, path: str) -> list[Token] | None:
        text = self.tree.text(path)
        if text is None:
            return None
        if path not in self._numbers:
            self._numbers[path] = self.places.add(path, text)
        cut = _ENDINPUT.search(text)
        return lex(text if cut is None else text[: cut.end() - len("\\endinput")], self._numbers[path])

    def include(self, name: str, token: Token) -> Included | None:
        """The file that `\\input{name}` means, None if there is none; relative to the main file, else to this one.

        Raises SourceError for a file outside the paper's folder, LimitError where includes go round in a circle.
        """
        if name.endswith(DRAWN):
            return Included(name, [])
        outside: SourceError | None = None
        span = self.places.span(token.file, token.start, token.end)
        for folder in dict.fromkeys((self.folder, posixpath.dirname(self.places.paths[token.file]), "")):
            for ending in (".tex", "", ".sty", ".cls"):
                path = posixpath.normpath(posixpath.join(folder, name + ending))
                try:
                    tokens = self.load(path) if self.tree.data(path) is not None else None
                except SourceError as problem:
                    message = f"“{name}” points outside the paper's folder"
                    outside = outside or SourceError(*(replace(d, span=span, message=message) for d in problem.diagnostics))  # fmt: skip
                    continue
                if tokens is None:
                    continue
                self._times[path] = self._times.get(path, 0) + 1
                if self._times[path] > _MAX_TIMES or len(self._times) > _MAX_FILES or self._depth(token) > MAX_INCLUDES:
                    raise self.limit("include depth", f"“{name}” includes itself, or includes nest deeper than {MAX_INCLUDES}", token, "look for a file that includes itself")  # fmt: skip
                self._parents[self._numbers[path]] = token.file
                return Included(path, tokens)
        if outside is not None:
            raise outside
        return None

    def exists(self, name: str) -> bool:
        try:
            return any(self.tree.data(posixpath.join(self.folder, name + e)) is not None for e in ("", ".tex"))
        except SourceError:
            return False

    def style(self, name: str, ending: str) -> list[Token] | None:
        """A package or class that comes with the paper."""
        for folder in dict.fromkeys((self.folder, "")):
            path = posixpath.normpath(posixpath.join(folder, name + ending))
            if not path.startswith(("..", "/")) and self.tree.data(path) is not None:
                return self.load(path)
        return None

    def limit(self, name: str, message: str, token: Token, help: str) -> LimitError:
        span = self.places.span(token.file, token.start, token.end)
        return LimitError(Diagnostic("limit", f"{message} (limit: {name})", span, help, Severity.ERROR))

    def _depth(self, token: Token) -> int:
        depth, file = 1, token.file
        while file in self._parents and depth <= MAX_INCLUDES + 1:
            file = self._parents[file]
            depth += 1
        return depth


def included_name(token: Token, stream: Stream, known: Definitions) -> str:
    """Takes the arguments of an include command and gives the name of the file."""
    if token.text in ("import", "subimport", "inputfrom", "includefrom"):
        folder = plain_text(stream.group())
        return posixpath.join(folder, plain_text(stream.group())).strip()
    if token.text == "includestandalone":
        stream.optional()
    nxt = stream.peek()
    if nxt is not None and nxt.kind in ("open", "space"):
        name = plain_text(flat(stream.group(), known))
    else:
        letters = []
        while (nxt := stream.peek()) is not None and nxt.kind == "char":
            letters.append(nxt.text)
            stream.next()
        name = "".join(letters)
    if token.text == "InputIfFileExists":
        stream.group()
        stream.group()
    return name.strip().strip('"')


def flat(tokens: list[Token], known: Definitions) -> list[Token]:
    """A short text (a file name, the name of a command) with its macros without arguments expanded."""
    for _ in range(5):
        macros = [known.macros.get(t.text) if t.kind == "command" else None for t in tokens]
        if not any(macros) or len(tokens) > 200:
            break
        out: list[Token] = []
        for token, macro in zip(tokens, macros):
            out += macro.body if macro is not None and not macro.arguments and not macro.specification else (token,)
        tokens = out
    return tokens


def inside_document(tokens: list[Token]) -> list[Token]:
    """Of an included file that is a document of its own (subfiles, standalone) only what it typesets."""
    begin = next((k for k, t in enumerate(tokens) if t.kind == "begin" and t.text == "document"), None)
    if begin is None:
        return tokens
    end = next((k for k, t in enumerate(tokens) if t.kind == "end" and t.text == "document"), len(tokens))
    return tokens[begin + 1 : end]
