"""The walk through the expanded tokens of a paper: its state, running text, and the dispatch to what reads the rest.

Each kind of content (headings, mathematics, floats, lists, theorems) registers its commands and environments; `body.py`
puts the tables together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from ...document import Algorithm, Equation, Figure, Inline, Paragraph, Reference, Section, Table, Theorem
from ...errors import Collector
from ...provenance import Span
from .counters import STYLES, Counters
from .definitions import Definitions
from .lexer import Places, Token
from .printed import CITATIONS, REFERENCES, math_of, printed, reference
from .runs import Role, Runs
from .stream import Stream, TooMuchWork, plain_text, skip_length, span_of
from .text import (
    ACCENTS,
    DINGBATS,
    HIDES_ARGUMENTS,
    LENGTHS,
    LETTERS,
    PRINTS_ARGUMENT,
    SILENT,
    SYMBOLS,
    TRANSPARENT,
    compose,
)

_CITES = re.compile(r"[A-Za-z]*cite[a-z]*", re.IGNORECASE)
MAX_NESTING = 20
MAX_ENVIRONMENTS = 300

Handler = Callable[["Walk", Token, Stream], None]


@dataclass(slots=True)
class Frame:
    """An open environment and what is put back when it ends."""

    name: str
    begin: Token
    label: str | None
    kind: str
    role: bool = False
    """It gave its paragraphs a role."""
    own: bool = False
    """A paragraph ends with it."""
    close: Callable[[Token], None] | None = None


@dataclass(slots=True)
class Float:
    """A float while it is being read."""

    kind: str
    begin: Token
    number: str | None = None
    labels: list[str] | None = None
    caption: str = ""
    files: list[str] | None = None
    tables: list[Table] | None = None
    algorithms: list[Algorithm] | None = None
    seen: tuple[int, int] = (0, 0)
    """Tables and files that stood above the caption."""
    continued: bool = False
    parts: bool = False
    """Its parts have captions of their own."""

    def rest(self) -> Float:
        """A second caption begins: what stands above the first is taken off, what follows it is the second's.

        Where the first caption stands above its table, everything so far is the first's.
        """
        tables, files = self.tables or [], self.files or []
        after = replace(self, number=None, caption="", labels=None, tables=None, files=None, algorithms=None)
        if self.seen[0]:
            self.tables, after.tables = tables[: self.seen[0]], tables[self.seen[0] :]
        if self.seen[1]:
            self.files, after.files = files[: self.seen[1]], files[self.seen[1] :]
        return after


class Walk:
    """Reads a whole paper; the results are its attributes."""

    def __init__(
        self,
        known: Definitions,
        places: Places,
        counters: Counters,
        problems: Collector,
        commands: Mapping[str, Handler],
        environments: Mapping[str, Handler],
    ) -> None:
        self.known, self.places, self.counters, self.problems = known, places, counters, problems
        self.commands, self.environments = commands, environments
        # results
        self.title: list[Token] = []
        self.authors: list[list[Token]] = []
        self.sections: list[Section] = []
        self.paragraphs: list[Paragraph] = []
        self.equations: list[Equation] = []
        self.algorithms: list[Algorithm] = []
        self.tables: list[Table] = []
        self.figures: list[Figure] = []
        self.theorems: list[Theorem] = []
        self.references: list[Reference] = []
        self.labels: dict[str, str] = {}
        self.label_kinds: dict[str, str] = {}
        self.urls: list[Inline] = []
        self.cited: dict[str, None] = {}
        self.bibliographies: list[str] = []
        self.unknown: dict[str, Span] = {}
        self.displays = 0
        # where the walk is
        self.started = False
        self.appendix = False
        self.section = ""
        self.current = ""  # what \label refers to now
        self.current_kind = "section"
        self.scopes: list[tuple[str, str]] = []  # what \label refers to outside the open groups
        self.frames: list[Frame] = []
        self.floats: list[Float] = []
        self.lists: list[str] = []  # counters of the open lists, "" where items are not numbered
        self.roles: list[Role] = ["body"]
        self.runs = Runs(places, "", "body")
        self.caption_type = "figure"
        self.restating = False
        self.restated: dict[str, tuple[Token, list[Token]]] = {}
        self._footnotes: list[list[Token]] = []
        self._nesting = 0

    # --- running text

    def flow(self, stream: Stream) -> None:
        """Read everything in `stream`."""
        while (token := stream.next()) is not None:
            match token.kind:
                case "char":
                    self._char(token, stream)
                case "space":
                    self.runs.text(" ", token)
                case "command":
                    self._command(token, stream)
                case "par":
                    self.end_paragraph()
                case "begin":
                    self._begin(token, stream)
                case "end":
                    self._end(token)
                case "open":
                    self.scopes.append((self.current, self.current_kind))
                case "close":
                    if self.scopes:
                        self.current, self.current_kind = self.scopes.pop()
                case "dollar" | "verbatim":
                    self.commands[f" {token.kind}"](self, token, stream)
                case _:
                    pass

    def _char(self, token: Token, stream: Stream) -> None:
        """One character; typewriter quotes and dashes become what is printed."""
        text = token.text
        if text == "~":
            self.runs.text(" ", token)
            return
        nxt = stream.peek() if text in "`'-" else None
        if nxt is None or nxt.kind != "char" or nxt.text != text or nxt.file != token.file:
            self.runs.text(text, token)
            return
        stream.next()
        third = stream.peek()
        if text == "-" and third is not None and third.kind == "char" and third.text == "-":
            stream.next()
            self.runs.text("—", token, third.end)
        else:
            self.runs.text({"-": "–", "`": "“", "'": "”"}[text], token, nxt.end)

    def _command(self, token: Token, stream: Stream) -> None:
        name = token.text
        handler = self.commands.get(name)
        if handler is not None:
            handler(self, token, stream)
            return
        if not self.started:
            return
        bare = name.removesuffix("*")
        if name in ACCENTS and (not name.isalpha() or _argument(stream)):
            text = compose(name, printed(stream.group()))
            self.runs.text(text, token, self.reached(token, stream).end)
        elif name in LETTERS:
            self.runs.text(LETTERS[name], token)
        elif name in SYMBOLS:
            if name == "\\":
                stream.star()
                stream.optional()
            self.runs.text(SYMBOLS[name], token)
        elif bare in REFERENCES:
            keys = math_of(stream.group())
            if bare.endswith("range"):
                keys += "," + math_of(stream.group())
            self.runs.add("ref", reference(name, keys), self.reached(token, stream))
        elif bare in CITATIONS:
            self._cite(token, stream)
        elif name in LENGTHS:
            skip_length(stream)
        elif name in SILENT or bare in TRANSPARENT:
            pass
        elif bare in HIDES_ARGUMENTS:
            stream.star()
            stream.optional()
            for _ in range(HIDES_ARGUMENTS[bare]):
                stream.group()
                stream.optional()
        elif bare in PRINTS_ARGUMENT:
            stream.star()
            stream.optional()
            for _ in range(PRINTS_ARGUMENT[bare]):
                stream.group()
                stream.optional()
        elif name == "ding":
            self.runs.text(DINGBATS.get(plain_text(stream.group()), ""), token, self.reached(token, stream).end)
        elif name in STYLES:
            value = self.counters.values.get(plain_text(stream.group()), 0)
            self.runs.text(STYLES[name](value), token, self.reached(token, stream).end)
        elif name.startswith("the") and (name[3:] in self.counters.values or name[3:] in self.counters.forms):
            self.runs.text(self.counters.printed(name[3:]), token)
        elif _CITES.fullmatch(bare):
            self._cite(token, stream)
        elif name in self.restated or bare in self.restated:
            stream.star()
            self.commands[" restate"](self, token._replace(text=bare), stream)
        else:
            self.unknown.setdefault(name, self.span(token))

    def _cite(self, token: Token, stream: Stream) -> None:
        stream.star()
        stream.optional()
        stream.optional()
        keys = [k.strip() for k in math_of(stream.group()).split(",") if k.strip()]
        for key in keys:
            self.cited.setdefault(key)
        self.runs.add("cite", ",".join(keys), self.reached(token, stream))

    # --- paragraphs

    def begin_paragraph(self, role: Role | None = None) -> None:
        """End the paragraph, begin one in the current section."""
        self.end_paragraph()
        if role is not None:
            self.runs = Runs(self.places, self.section, role)

    def end_paragraph(self) -> None:
        self._keep(self.runs)
        self.runs = Runs(self.places, self.section, self.roles[-1])
        notes, self._footnotes = self._footnotes, []
        for tokens in notes:
            self.apart(tokens, "footnote")

    def _keep(self, runs: Runs) -> None:
        made = runs.paragraph()
        if made is not None and self.started:
            self.paragraphs.append(made)

    def apart(self, tokens: list[Token], role: Role) -> None:
        """Read `tokens` as a paragraph of their own (a caption, a footnote) in the middle of another."""
        if self._nesting > MAX_NESTING and tokens:
            raise TooMuchWork(tokens[0], "nesting")
        outer = self.runs
        self._nesting += 1
        self.roles.append(role)
        self.runs = Runs(self.places, self.section, role)
        self.flow(Stream(tokens))
        self._keep(self.runs)
        self.roles.pop()
        self._nesting -= 1
        self.runs = outer

    def footnote(self, tokens: list[Token]) -> None:
        """Read after the paragraph that it belongs to."""
        self._footnotes.append(tokens)

    # --- environments

    def _begin(self, token: Token, stream: Stream) -> None:
        name = token.text
        handler = self.environments.get(name) or self.environments.get(name.removesuffix("*"))
        if handler is None and name in self.known.theorems:
            handler = self.environments[" theorem"]
        (handler or self.environments[" other"])(self, token, stream)

    def open(self, token: Token, role: Role | None = None, own: bool = False) -> Frame:
        """Open the environment that begins with `token`; with a role, its paragraphs have that role."""
        if len(self.frames) >= MAX_ENVIRONMENTS:
            raise TooMuchWork(token, "environment depth")
        frame = Frame(token.text, token, self.current, self.current_kind, role is not None, own)
        self.frames.append(frame)
        if role is not None:
            self.end_paragraph()
            self.roles.append(role)
            self.runs = Runs(self.places, self.section, role)
        elif own:
            self.end_paragraph()
        return frame

    def finish(self, last: Token) -> None:
        """The end of the paper: everything open is closed."""
        self._close_from(0, last)
        self.end_paragraph()
        self.started = False

    def _end(self, token: Token) -> None:
        """Close the environment, and those inside it that were never closed."""
        if token.text == "document":
            self.finish(token)
            return
        for k in range(len(self.frames) - 1, -1, -1):
            if self.frames[k].name == token.text:
                self._close_from(k, token)
                return

    def _close_from(self, k: int, token: Token) -> None:
        while len(self.frames) > k:
            frame = self.frames.pop()
            if frame.role:
                self.end_paragraph()
                if len(self.roles) > 1:
                    self.roles.pop()
                self.runs = Runs(self.places, self.section, self.roles[-1])
            elif frame.own:
                self.end_paragraph()
            if frame.close is not None:
                frame.close(token)
            self.current, self.current_kind = frame.label or "", frame.kind

    # --- labels and places

    def refer(self, number: str, kind: str) -> None:
        """The next `\\label` refers to this."""
        self.current, self.current_kind = number, kind

    def name(self, label: str, number: str, kind: str) -> None:
        """LaTeX keeps the last of several targets with one label."""
        label = label.strip()
        if label:
            self.labels[label] = number
            self.label_kinds[label] = kind

    def label(self, label: str) -> None:
        """`\\label` where the walk is now."""
        self.name(label, self.current, self.current_kind)
        if self.current_kind in ("section", "appendix") and self.sections and self.sections[-1].label is None:
            self.sections[-1] = replace(self.sections[-1], label=label.strip())
        if self.current_kind.startswith("theorem") and self.theorems and self.theorems[-1].label is None:
            self.theorems[-1] = replace(self.theorems[-1], label=label.strip())

    def span(self, token: Token) -> Span:
        return self.places.span(token.file, token.start, token.end)

    def reached(self, token: Token, stream: Stream) -> Span:
        """From `token` to what was taken from the stream last."""
        last = stream.last
        end = last.end if last is not None and last.file == token.file and last.end > token.end else token.end
        return self.places.span(token.file, token.start, end)

    def covered(self, tokens: list[Token], first: Token | None = None, last: Token | None = None) -> Span:
        return span_of(self.places, tokens, first, last)


def _argument(stream: Stream) -> bool:
    nxt = stream.peek()
    return nxt is not None and nxt.kind in ("open", "char", "command")
