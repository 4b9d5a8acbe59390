"""The walk through a paper: from expanded tokens to sections, paragraphs, displays, floats and labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ...document import Algorithm, Equation, Figure, Inline, Paragraph, Reference, Section, Table, Theorem
from ...errors import Collector
from ...provenance import Span
from . import algorithms, bibliography, displays, tables
from .counters import Counters
from .definitions import Definitions
from .lexer import Places, Token, detokenize
from .printed import CITATIONS, REFERENCES, math_of, printed, reference, take_math, without_labels
from .runs import Role, Runs
from .stream import Stream, environment_body, plain_text, span_of, until
from .text import ACCENTS, LETTERS, SILENT, SYMBOLS, TWO_ARGUMENTS, WITH_ARGUMENT, compose

LEVELS = {"part": 0, "chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 4}
FLOATS = {"figure": "figure", "table": "table", "algorithm": "algorithm", "wrapfigure": "figure", "wraptable": "table",
          "sidewaystable": "table", "sidewaysfigure": "figure", "SCfigure": "figure", "marginfigure": "figure",
          "algorithm2e": "algorithm", "longtable": "table", "floatingfigure": "figure", "teaserfigure": "figure",
          "procedure": "algorithm", "function": "algorithm", "wrapfloat": "figure", "margintable": "table",
          "listing": "listing", "SCtable": "table", "algo": "algorithm"}  # fmt: skip
SUBFLOATS = {"subfigure": "subfigure", "subtable": "subtable", "subfloat": "subfigure", "subcaptionblock": "subfigure"}
LISTS = frozenset(["itemize", "enumerate", "description", "compactitem", "compactenum", "list", "inparaenum", "inparaitem", "asparaenum", "asparaitem", "enumitem", "tight_itemize", "easylist"])  # fmt: skip
PROOFS = frozenset(["proof", "sproof", "IEEEproof", "proofsketch", "pf"])
DRAWINGS = frozenset(["tikzpicture", "picture", "circuitikz", "axis", "pgfpicture", "pspicture", "forest", "filecontents", "filecontents*", "CCSXML", "overpic", "feynman", "tikzcd", "asy", "dot2tex", "SaveVerbatim", "prooftree", "scope", "pgfonlayer", "diagram", "mpost", "sagesilent", "pycode"])  # fmt: skip
_FIRST_ARGUMENT = frozenset(["minipage", "adjustbox", "adjustwidth", "multicols", "wrapfigure", "wraptable", "spacing", "list", "CJK*", "CJK", "changemargin", "threeparttable@", "subfigure", "subtable", "subcaptionblock", "column", "wrapfloat", "thebibliography@", "tcolorbox@", "labeling", "floatingfigure"])  # fmt: skip
_ENUM = ("enumi", "enumii", "enumiii", "enumiv")


@dataclass(slots=True)
class Frame:
    """An open environment and what is put back when it ends."""

    name: str
    begin: Token
    label: str | None
    kind: str = ""
    role: Role | None = None
    close: Callable[[Token], None] | None = None


@dataclass(slots=True)
class Float:
    """A float while it is being read."""

    kind: str
    begin: Token
    number: str | None = None
    labels: list[str] = field(default_factory=list)
    caption: str = ""
    files: list[str] = field(default_factory=list)
    grids: list[tuple[tuple[tuple[object, ...], ...], int, Span]] = field(default_factory=list)
    algorithms: list[tuple[str, tuple[object, ...], Span]] = field(default_factory=list)
    style: str = ""
    continued: bool = False
    parts: bool = False
    """Its parts have captions of their own."""


class Body:
    """Reads a whole paper; the results are its attributes."""

    def __init__(self, known: Definitions, places: Places, counters: Counters, problems: Collector) -> None:
        self.known, self.places, self.counters, self.problems = known, places, counters, problems
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
        self.styles: list[str] = []
        self.unknown: dict[str, Span] = {}
        self.displays = 0
        self.started = False
        self.appendix = False
        self.section = ""
        self.current: str | None = None  # what \label refers to
        self.current_kind = "section"
        self.scopes: list[tuple[str | None, str]] = []  # what \label refers to outside the open groups
        self.frames: list[Frame] = []
        self.floats: list[Float] = []
        self.runs = Runs(places, "", "body")
        self.roles: list[Role] = ["body"]
        self.items: list[str] = []
        self.caption_type = "figure"
        self.pending_footnotes: list[tuple[list[Token], Span]] = []
        self.depth = 0
        for name, (_, shared, within) in known.theorems.items():
            if shared is None and within:
                counters.within(name, within)

    # --- paragraphs

    def end_paragraph(self) -> None:
        made = self.runs.paragraph()
        if made is not None and self.started:
            self.paragraphs.append(made)
        self.runs = Runs(self.places, self.section, self.roles[-1])
        if self.pending_footnotes:
            notes, self.pending_footnotes = self.pending_footnotes, []
            for tokens, _ in notes:
                self.apart(tokens, "footnote")

    @contextmanager
    def aside(self, role: Role) -> Iterator[None]:
        """A paragraph of its own (a caption, a footnote) in the middle of another."""
        outer = self.runs
        self.roles.append(role)
        self.runs = Runs(self.places, self.section, role)
        yield
        made = self.runs.paragraph()
        if made is not None and self.started:
            self.paragraphs.append(made)
        self.roles.pop()
        self.runs = outer

    def apart(self, tokens: list[Token], role: Role) -> None:
        if self.depth > 20:
            return
        self.depth += 1
        with self.aside(role):
            self.flow(Stream(tokens))
        self.depth -= 1

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
                case "dollar":
                    self._dollar(token, stream)
                case "begin":
                    self._begin(token, stream)
                case "end":
                    self._end(token)
                case "verbatim":
                    self._verbatim(token, stream)
                case "open":
                    self.scopes.append((self.current, self.current_kind))
                case "close":
                    if self.scopes:
                        self.current, self.current_kind = self.scopes.pop()
                case _:
                    pass

    def _char(self, token: Token, stream: Stream) -> None:
        text = token.text
        if text in "`'-~":
            if text == "~":
                self.runs.text(" ", token)
                return
            nxt = stream.peek()
            if nxt is not None and nxt.kind == "char" and nxt.text == text and nxt.file == token.file:
                stream.next()
                if text == "-":
                    third = stream.peek()
                    if third is not None and third.kind == "char" and third.text == "-":
                        stream.next()
                        self.runs.text("—", token, third.end)
                        return
                    self.runs.text("–", token, nxt.end)
                    return
                self.runs.text("“" if text == "`" else "”", token, nxt.end)
                return
        self.runs.text(text, token)

    def _dollar(self, token: Token, stream: Stream) -> None:
        if not self.started:
            return
        if token.text == "$$":
            body, end = until(stream, "$$", "dollar")
            self._display("$$", body, token, end)
            return
        tokens, end = take_math(stream, token)
        self.math(tokens, token, end)

    def math(self, tokens: list[Token], opener: Token, end: Token | None) -> None:
        if any(t.kind == "command" and t.text == "label" for t in tokens):
            for label in _labels_in(tokens):
                self._set_label(label)
        latex = without_labels(math_of(tokens))
        if latex:
            self.runs.add("math", latex, span_of(self.places, tokens, opener, end))

    def _verbatim(self, token: Token, stream: Stream) -> None:
        kind, _, text = token.text.partition("\n")
        span = self.places.span(token.file, token.start, token.end)
        if kind in ("url", "nolinkurl", "path"):
            self.runs.add("url", text, span)
            self.urls.append(self.runs.inlines[-1])
        elif kind == "href":
            self.urls.append(Inline("url", text, span))
            stream.push(stream.group())
        elif kind == "verb":
            self.runs.add("code", text, span)
        elif self.floats and self.floats[-1].kind in ("algorithm", "listing"):
            lines = algorithms.listing(text, token, self.places)
            self.floats[-1].algorithms.append(("listing", lines, span))
        else:
            self.runs.add("code", text.strip("\n"), span)

    # --- commands

    def _command(self, token: Token, stream: Stream) -> None:
        name = token.text
        handler = _HANDLERS.get(name)
        if handler is not None:
            handler(self, token, stream)
            return
        if not self.started:
            return
        bare = name.removesuffix("*")
        if name in ACCENTS and (not name.isalpha() or _argument(stream)):
            argument = stream.group()
            last = argument[-1] if argument else token
            text = compose(name, printed(argument))
            self.runs.text(text, token, last.end if last.file == token.file and last.end > token.start else token.end)
        elif name in LETTERS:
            self.runs.text(LETTERS[name], token)
        elif name in SYMBOLS:
            if name == "\\":
                stream.optional()
            self.runs.text(SYMBOLS[name], token)
        elif bare in REFERENCES:
            keys = math_of(stream.group())
            self.runs.add("ref", reference(name, keys), self._to(token, stream))
        elif bare in CITATIONS:
            self._cite(token, stream)
        elif name in SILENT:
            pass
        elif name in WITH_ARGUMENT:
            stream.optional()
            if name not in ("vskip", "hskip", "kern", "date"):
                stream.group()
            if name in TWO_ARGUMENTS:
                stream.group()
        elif name in ("(", "["):
            closer = ")" if name == "(" else "]"
            body, end = until(stream, closer, "command")
            if name == "(":
                self.math(body, token, end)
            else:
                self._display("\\[", body, token, end)
        elif name in PRINTS_ARGUMENT:
            stream.optional()
            for _ in range(PRINTS_ARGUMENT[name]):
                stream.group()
        elif name not in KNOWN_TEXT:
            self.unknown.setdefault(name, self.places.span(token.file, token.start, token.end))

    def _to(self, token: Token, stream: Stream) -> Span:
        """From `token` to the token just taken: found from what comes next in the same file."""
        text = self.places.texts[token.file]
        end = token.end
        if text.startswith(("{", "[", " ", "\n"), end):
            close = text.find("}", end)
            if 0 <= close < end + 400:
                end = close + 1
        return self.places.span(token.file, token.start, end)

    def _cite(self, token: Token, stream: Stream) -> None:
        if (nxt := stream.peek()) is not None and nxt.text == "*":
            stream.next()
        stream.optional()
        stream.optional()
        keys = ",".join(k.strip() for k in math_of(stream.group()).split(",") if k.strip())
        for key in keys.split(","):
            self.cited.setdefault(key)
        self.runs.add("cite", keys, self._to(token, stream))

    def _section(self, token: Token, stream: Stream) -> None:
        name = token.text.removesuffix("*")
        starred = token.text.endswith("*")
        stream.optional()
        title = stream.group()
        if not self.started:
            return
        self.end_paragraph()
        level = LEVELS[name]
        number = ""
        if not starred and self._depth_of(name) <= self.counters.values.get(
            "secnumdepth", 2 if self.counters.chapters else 3
        ):
            number = self.counters.step(name)
            self.current, self.current_kind = self.counters.reference(name), "appendix" if self.appendix else "section"
        parent = next((s.id for s in reversed(self.sections) if s.level < level), None)
        ident = f"sec:{len(self.sections) + 1}"
        span = span_of(self.places, title, token)
        if span.end > 0 and self.places.texts[token.file].startswith("}", span.end):
            span = replace(span, end=span.end + 1)
        self.sections.append(Section(ident, number, printed(title), level, None, span, parent))
        self.section = ident
        self.runs = Runs(self.places, ident, self.roles[-1])
        labels = [
            detokenize(Stream(title[k + 1 :]).group())
            for k, t in enumerate(title)
            if t.kind == "command" and t.text == "label"
        ]
        for label in labels:
            self._set_label(label)

    @staticmethod
    def _depth_of(name: str) -> int:
        return {"part": -1, "chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}.get(
            name, 5
        )

    def _set_label(self, label: str) -> None:
        label = label.strip()
        if not label:
            return
        self.name_label(label, self.current or "", self.current_kind)
        if self.current_kind in ("section", "appendix") and self.sections and self.sections[-1].label is None:
            self.sections[-1] = replace(self.sections[-1], label=label)
        if self.current_kind == "theorem" and self.theorems and self.theorems[-1].label is None:
            self.theorems[-1] = replace(self.theorems[-1], label=label)

    def name_label(self, label: str, number: str, kind: str) -> None:
        """LaTeX keeps the last of several targets with one label."""
        self.labels[label] = number
        self.label_kinds[label] = kind

    def _label(self, token: Token, stream: Stream) -> None:
        label = detokenize(stream.group()).strip()
        if not self.started:
            return
        if self.floats and self.current_kind in FLOATS.values():
            self.floats[-1].labels.append(label)
        self._set_label(label)

    def _title(self, token: Token, stream: Stream) -> None:
        stream.optional()
        self.title = stream.group() or self.title

    def _author(self, token: Token, stream: Stream) -> None:
        stream.optional()
        self.authors.append(stream.group())
        if token.text == "icmlauthor":
            stream.group()

    def _appendix(self, token: Token, stream: Stream) -> None:
        self.appendix = True
        top = "chapter" if self.counters.chapters else "section"
        self.counters.values[top] = 0
        self.counters.forms[top] = f"\\Alph{{{top}}}"
        self.counters.reset(top)

    def _number_within(self, token: Token, stream: Stream) -> None:
        stream.optional()
        name, parent = plain_text(stream.group()), plain_text(stream.group())
        if token.text.startswith("counterwithout"):
            self.counters.without(name)
        else:
            self.counters.within(name, parent)

    def _set_counter(self, token: Token, stream: Stream) -> None:
        name, text = plain_text(stream.group()), detokenize(stream.group())
        value = self.counters.number(text)
        if value is None:
            return
        old = self.counters.values.get(name, 0) if token.text == "addtocounter" else 0
        self.counters.values[name] = old + value

    def _step_counter(self, token: Token, stream: Stream) -> None:
        number = self.counters.step(plain_text(stream.group()))
        if token.text == "refstepcounter":
            self.current, self.current_kind = number, "counter"

    def _form(self, token: Token, stream: Stream) -> None:
        name, body = plain_text(stream.group()), detokenize(stream.group())
        self.counters.forms[name] = body

    def _reset(self, token: Token, stream: Stream) -> None:
        name, parent = plain_text(stream.group()), plain_text(stream.group())
        self.counters.parents[name] = parent

    def _footnote(self, token: Token, stream: Stream) -> None:
        stream.optional()
        tokens = stream.group()
        if not self.started:
            return
        span = span_of(self.places, tokens, token)
        self.runs.add("footnote", printed(tokens), span)
        number = self.counters.step("footnote")
        for label in _labels_in(tokens):
            self.name_label(label, number, "footnote")
        tokens = _without_label(tokens)
        self.pending_footnotes.append((tokens, span))

    def _caption(self, token: Token, stream: Stream) -> None:
        kind = None
        if token.text.startswith("captionof"):
            kind = plain_text(stream.group())
            kind = FLOATS.get(kind, kind)
        stream.optional()
        tokens = stream.group()
        if not self.started:
            return
        text = printed(tokens)
        sub = token.text.startswith("subcaption") or any(f.name in SUBFLOATS for f in self.frames)
        flt = self.floats[-1] if self.floats else None
        own = flt is None or (kind is not None and kind != flt.kind)
        kind = kind or (flt.kind if flt else self.caption_type)
        if token.text.endswith("*"):
            pass
        elif sub and flt is not None and not own:
            counter = f"sub{flt.kind}"
            base = flt.number or self.counters.peek(flt.kind)
            self.current, self.current_kind = f"{base}{self.counters.step(counter)}", counter
        else:
            number = self.counters.step(kind)
            self.counters.values[f"sub{kind}"] = 0
            self.current, self.current_kind = number, kind
            if flt is not None and not own:
                if flt.number is not None:
                    self._finish_float(flt, token)  # two captions in one float: two of them
                    flt.labels, flt.caption, flt.files, flt.grids, flt.algorithms = [], "", [], [], []
                flt.number = number
            else:
                self._captioned(kind, number, text, tokens, token, flt)
        if flt is not None and not own and not sub:
            flt.caption = f"{flt.caption} {text}".strip()
        self.apart(tokens, "caption")

    def _captioned(
        self, kind: str, number: str, text: str, tokens: list[Token], token: Token, flt: Float | None
    ) -> None:
        """A caption of a kind of its own (`\\captionof`), outside a float of that kind."""
        span = span_of(self.places, tokens, token)
        if kind == "table":
            rows, head = ((), 0)
            if flt is not None and flt.grids:
                rows, head, span = flt.grids.pop()  # type: ignore[assignment]
            self.tables.append(Table(f"tab:{len(self.tables) + 1}", number, None, text, rows, head, self.section, span))
        elif kind == "figure":
            self.figures.append(Figure(f"fig:{len(self.figures) + 1}", number, None, text, (), self.section, span))

    def _caption_setup(self, token: Token, stream: Stream) -> None:
        stream.optional()
        found = re.search(r"type\s*=\s*(\w+)", plain_text(stream.group()))
        if found is not None:
            self.caption_type = FLOATS.get(found.group(1), found.group(1))

    def _continued(self, token: Token, stream: Stream) -> None:
        kind = self.floats[-1].kind if self.floats else "figure"
        if self.floats:
            self.floats[-1].continued = True
        self.counters.values[kind] = max(0, self.counters.values.get(kind, 0) - 1)

    def _float_contents(self, token: Token, stream: Stream) -> None:
        """The jmlr class: `\\floatconts{label}{\\caption{…}}{body}`."""
        label, caption, body = stream.group(), stream.group(), stream.group()
        named = [token.like("command", "label"), token.like("open", "{"), *label, token.like("close", "}")]
        stream.push([*caption, *named, *body])

    def _subfloat(self, token: Token, stream: Stream) -> None:
        """`\\subfloat[list][caption]{body}` of subfig, `\\subfigure[caption]{body}` of subfigure, `\\subcaptionbox{caption}{body}`."""
        if token.text.startswith("subcaptionbox"):
            stream.optional()
            caption: list[Token] | None = stream.group()
            stream.optional()
            stream.optional()
        else:
            first = stream.optional()
            caption = stream.optional() or first
        body = stream.group()
        if not self.started:
            return
        flt = self.floats[-1] if self.floats else None
        labels = [*_labels_in(caption or []), *_labels_in(body)]
        if flt is not None and caption is not None:
            counter = f"sub{flt.kind}"
            letter = self.counters.step(counter)
            bracket = "subfig" in self.known.packages or token.text == "subfigure"
            base = flt.number or self.counters.peek(flt.kind)
            shown = f"{base}({letter})" if bracket and "subcaption" not in self.known.packages else f"{base}{letter}"
            for label in labels:
                self.name_label(label, shown, counter)
            self.apart([t for t in caption if not (t.kind == "command" and t.text == "label")], "caption")
        stream.push(
            [t for t in body if not (t.kind == "command" and t.text == "label")] if caption is not None else body
        )

    def _graphics(self, token: Token, stream: Stream) -> None:
        stream.optional()
        stream.optional()
        name = detokenize(stream.group()).strip()
        if self.floats and self.started:
            self.floats[-1].files.append(name)

    def _item(self, token: Token, stream: Stream) -> None:
        self.end_paragraph()
        given = stream.optional()
        self.runs = Runs(self.places, self.section, "item")
        if given is None and self.items and self.items[-1]:
            number = self.counters.step(self.items[-1])
            self.current, self.current_kind = number, "item"
        elif given:
            inner = Stream(given)
            self.flow(inner)
            self.runs.text(" ", token)

    def _bibliography(self, token: Token, stream: Stream) -> None:
        stream.optional()
        self.bibliographies += [n.strip() for n in plain_text(stream.group()).split(",") if n.strip()]

    def _skip_one(self, token: Token, stream: Stream) -> None:
        stream.optional()
        stream.group()

    def _intertext(self, token: Token, stream: Stream) -> None:
        stream.push(stream.group())

    def _abstract_command(self, token: Token, stream: Stream) -> None:
        nxt = stream.peek()
        if nxt is None or nxt.kind != "open":
            return
        tokens = stream.group()
        started, self.started = self.started, True
        self.end_paragraph()
        self.apart_paragraphs(tokens, "abstract")
        self.started = started

    def apart_paragraphs(self, tokens: list[Token], role: Role) -> None:
        self.roles.append(role)
        self.runs = Runs(self.places, self.section, role)
        self.flow(Stream(tokens))
        self.end_paragraph()
        self.roles.pop()
        self.runs = Runs(self.places, self.section, self.roles[-1])

    # --- environments

    def _begin(self, token: Token, stream: Stream) -> None:
        name = token.text
        bare = name.removesuffix("*")
        if name == "document":
            self.started = True
            self.runs = Runs(self.places, self.section, "body")
            self.frames = []
            return
        if bare in DRAWINGS:
            environment_body(stream, name)
            return
        if not self.started:
            if name in ("abstract",):
                body, _ = environment_body(stream, name)
                stream.push(body)
            return
        if displays.is_display(name):
            body, end = environment_body(stream, name)
            self._display(name, body, token, end)
        elif name == "math":
            body, end = environment_body(stream, name)
            self.math(body, token, end)
        elif name == "subequations":
            self._subequations(token, stream)
        elif bare in tables.TABULARS and name != "longtable":
            self._tabular(token, stream)
        elif bare in FLOATS:
            self._float(token, stream)
        elif name == "algorithmic":
            self._algorithmic(token, stream)
        elif name in ("thebibliography",):
            body, _ = environment_body(stream, name)
            self.end_paragraph()
            self.references += bibliography.entries(body, self.places)
        elif name in self.known.theorems:
            self._theorem(token, stream)
        elif bare == "restatable":
            self._restatable(token, stream)
        elif name in ("appendices", "appendix"):
            self._open(token)
            self._appendix(token, stream)
        else:
            self._plain(token, stream)

    def _plain(self, token: Token, stream: Stream) -> None:
        name = token.text
        bare = name.removesuffix("*")
        frame = self._open(token)
        if bare in LISTS:
            self.end_paragraph()
            options = detokenize(stream.optional() or [])
            frame.role = "item"
            counter = ""
            if "enum" in bare:
                counter = _ENUM[min(3, sum(bool(c) for c in self.items))]
                if "resume" not in options:
                    self.counters.values[counter] = 0
                form = self.counters.forms.get(counter)
                given_form = _enumeration(options, counter)
                if given_form is not None:
                    self.counters.forms[counter] = given_form

                    def restore(_: Token) -> None:
                        self.counters.forms.pop(counter, None)
                        if form is not None:
                            self.counters.forms[counter] = form

                    frame.close = restore
            self.items.append(counter)
        elif bare in PROOFS:
            self.end_paragraph()
            given = stream.optional()
            frame.role = "proof"
            self.roles.append("proof")
            self.runs = Runs(self.places, self.section, "proof")
            if given:
                self.flow(Stream([*given, token.like("char", "."), token.like("space", " ")]))
        elif name == "abstract":
            self.end_paragraph()
            frame.role = "abstract"
            self.roles.append("abstract")
            self.runs = Runs(self.places, self.section, "abstract")
        elif name in ("ack", "acks", "acknowledgements", "acknowledgments", "acknowledgement", "acknowledgment"):
            self.end_paragraph()
        else:
            if bare in (
                "minipage",
                "tcolorbox",
                "quote",
                "quotation",
                "center",
                "threeparttable",
                "flushleft",
                "mdframed",
            ):
                self.end_paragraph()
            stream.optional()
            stream.optional()
            if bare in _FIRST_ARGUMENT:
                stream.group()
            if bare in SUBFLOATS and self.floats:
                self.floats[-1].parts = True

    def _open(self, token: Token) -> Frame:
        frame = Frame(token.text, token, self.current, self.current_kind)
        self.frames.append(frame)
        return frame

    def _end(self, token: Token) -> None:
        name = token.text
        if name == "document":
            self.end_paragraph()
            for flt in self.floats[::-1]:
                self._finish_float(flt, token)
            self.floats = []
            self.started = False
            return
        for k in range(len(self.frames) - 1, -1, -1):
            if self.frames[k].name == name:
                break
        else:
            return
        for frame in self.frames[k:][::-1]:
            self._close(frame, token)
        del self.frames[k:]

    def _close(self, frame: Frame, token: Token) -> None:
        bare = frame.name.removesuffix("*")
        if bare in LISTS and frame.role == "item":
            self.end_paragraph()
            if self.items:
                self.items.pop()
        elif frame.role is not None:
            self.end_paragraph()
            if len(self.roles) > 1:
                self.roles.pop()
            self.runs = Runs(self.places, self.section, self.roles[-1])
        elif bare in (
            "minipage",
            "tcolorbox",
            "quote",
            "quotation",
            "center",
            "threeparttable",
            "flushleft",
            "mdframed",
        ):
            self.end_paragraph()
        if frame.close is not None:
            frame.close(token)
        self.current, self.current_kind = frame.label, frame.kind

    def _subequations(self, token: Token, stream: Stream) -> None:
        frame = self._open(token)
        counters = self.counters
        number = counters.step("equation")
        outer, form = counters.values["equation"], counters.forms.get("equation")
        counters.values["equation"] = 0
        counters.forms["equation"] = f"{number}\\alph{{equation}}"
        self.current, self.current_kind = number, "equation"

        def close(_: Token) -> None:
            counters.values["equation"] = outer
            if form is None:
                counters.forms.pop("equation", None)
            else:
                counters.forms["equation"] = form

        frame.close = close

    def _theorem(self, token: Token, stream: Stream, title: list[Token] | None = None) -> None:
        name = token.text
        printed_name, shared, _ = self.known.theorems[name]
        self.end_paragraph()
        frame = self._open(token)
        given = stream.optional() if title is None else title
        number = None
        if shared != "":
            counter = shared or name
            root = counter
            while root in self.known.theorems and self.known.theorems[root][1]:
                root = self.known.theorems[root][1] or root
            number = self.counters.step(root)
            self.current, self.current_kind = number, "theorem"
        ident = f"thm:{len(self.theorems) + 1}"
        place = len(self.theorems)
        span = self.places.span(token.file, token.start, token.end)
        self.theorems.append(Theorem(ident, printed_name, number, None, printed(given or []), self.section, span))
        frame.role = "theorem"
        self.roles.append("theorem")
        self.runs = Runs(self.places, self.section, "theorem")

        def close(end: Token) -> None:
            if end.file == token.file and end.end > token.start:
                whole = self.places.span(token.file, token.start, end.end)
                self.theorems[place] = replace(self.theorems[place], span=whole)

        frame.close = close

    def _restatable(self, token: Token, stream: Stream) -> None:
        title = stream.optional()
        kind = plain_text(stream.group())
        stream.group()
        if kind in self.known.theorems:
            self._theorem(token._replace(text=kind), stream, title or [])
            self.frames[-1].name = token.text
        else:
            self._open(token)

    # --- displays

    def _display(self, name: str, body: list[Token], begin: Token, end: Token | None) -> None:
        if not self.started:
            return
        environment = "math@display" if name in ("\\[", "$$") else name
        rows = displays.rows_of(environment, body, self.counters)
        groups = displays.grouped(rows)
        whole = span_of(self.places, body, begin, end)
        first_id = ""
        for group in groups:
            numbered = [r for r in group if r.number is not None]
            number = numbered[0].number if numbered else None
            labels = [label for r in group for label in r.labels]
            tokens = displays.joined(group)
            latex = without_labels(math_of(tokens))
            ident = f"eq:{len(self.equations) + 1}"
            first_id = first_id or ident
            span = whole if len(groups) == 1 else span_of(self.places, tokens)
            source = self.places.texts[self._file(span)][span.start : span.end]
            self.equations.append(Equation(ident, number, labels[0] if labels else None, latex, source, name, self.displays, self.section, span))  # fmt: skip
            for r in group:
                for label, parent in r.own_labels.items():
                    self.name_label(label, parent, "equation")
                for label in r.labels:
                    self.name_label(label, r.number or number or self.current or "", "equation")
        if first_id:
            self.runs.add("display", first_id, whole)
            self.runs.space = True
        self.displays += 1

    def _file(self, span: Span) -> int:
        return self.places.paths.index(span.file)

    # --- floats

    def _tabular(self, token: Token, stream: Stream) -> None:
        body, end = environment_body(stream, token.text)
        rows, head = tables.grid(
            token.text.removesuffix("*") if token.text != "tabular*" else token.text, body, self.places
        )
        span = span_of(self.places, body, token, end)
        for label in _labels_in(body):
            self._set_label(label)
        if self.floats:
            self.floats[-1].grids.append((rows, head, span))
            for k, t in enumerate(body):
                if t.kind == "command" and t.text == "includegraphics":
                    inner = Stream(body[k + 1 : k + 80])
                    self._graphics(t, inner)
        elif rows and any(len(r) > 1 for r in rows):
            self.tables.append(Table(f"tab:{len(self.tables) + 1}", None, None, "", rows, head, self.section, span))

    def _float(self, token: Token, stream: Stream) -> None:
        bare = token.text.removesuffix("*")
        kind = FLOATS[bare]
        if bare == "longtable":
            body, end = environment_body(stream, token.text)
            flt = Float("table", token)
            rows, head = tables.grid("longtable", body, self.places)
            flt.grids.append((rows, head, span_of(self.places, body, token, end)))
            self.floats.append(flt)
            label, kind_before = self.current, self.current_kind
            for k, t in enumerate(body):
                if t.kind == "command" and t.text in ("caption", "caption*", "label"):
                    inner = Stream(body[k + 1 :])
                    (self._label if t.text == "label" else self._caption)(t, inner)
            self.floats.pop()
            self._finish_float(flt, end or token)
            self.current, self.current_kind = label, kind_before
            return
        frame = self._open(token)
        stream.optional()
        if bare in ("wrapfigure", "wraptable", "floatingfigure", "wrapfloat"):
            stream.group()
            stream.optional()
            stream.group()
        flt = Float(kind, token)
        outer, self.runs = self.runs, Runs(self.places, self.section, "body")
        if kind == "algorithm":
            body, end = environment_body(stream, token.text)
            if algorithms.is_algorithm2e(body):
                lines, rest = algorithms.algorithm2e(body, self.places, self._display)
                flt.algorithms.append(("algorithm2e", lines, span_of(self.places, body, token, end)))
                body = rest
            if end is not None:
                stream.push([end])
            stream.push(body)
        self.floats.append(flt)

        def close(end: Token) -> None:
            self.end_paragraph()
            self.runs = outer
            if flt in self.floats:
                self.floats.remove(flt)
            self._finish_float(flt, end)

        frame.close = close

    def _finish_float(self, flt: Float, end: Token) -> None:
        begin = flt.begin
        stop = end.end if end.file == begin.file and end.end > begin.start else begin.end
        span = self.places.span(begin.file, begin.start, stop)
        label = flt.labels[0] if flt.labels else None
        if flt.number is None and flt.continued:
            self.counters.values[flt.kind] = self.counters.values.get(flt.kind, 0) + 1
        elif flt.number is None and flt.parts:
            self.counters.step(flt.kind)  # the parts are "2a" and "2b" although no caption prints the 2
            self.counters.values[f"sub{flt.kind}"] = 0
        if flt.algorithms or flt.kind == "algorithm":
            if not flt.algorithms:
                flt.algorithms.append(("text", (), span))
            for style, lines, _ in flt.algorithms:
                self.algorithms.append(Algorithm(f"alg:{len(self.algorithms) + 1}", flt.number, label, flt.caption, lines, self.section, span, style))  # type: ignore[arg-type]  # fmt: skip
            if flt.kind in ("algorithm", "listing"):
                return
        if flt.kind == "table":
            for rows, head, _ in flt.grids or [((), 0, span)]:
                self.tables.append(Table(f"tab:{len(self.tables) + 1}", flt.number, label, flt.caption, rows, head, self.section, span))  # type: ignore[arg-type]  # fmt: skip
        else:
            files = tuple(flt.files)
            self.figures.append(Figure(f"fig:{len(self.figures) + 1}", flt.number, label, flt.caption, files, self.section, span))  # fmt: skip

    def _algorithmic(self, token: Token, stream: Stream) -> None:
        given = stream.optional()
        body, end = environment_body(stream, token.text)
        lines, labels, rest = algorithms.algorithmic(body, self.places, given is not None, self._display)
        stream.push(rest)
        for label, number in labels:
            self.name_label(label, number, "line")
        span = span_of(self.places, body, token, end)
        if self.floats:
            self.floats[-1].algorithms.append(("algorithmic", lines, span))
        else:
            self.end_paragraph()
            self.algorithms.append(Algorithm(f"alg:{len(self.algorithms) + 1}", None, None, "", lines, self.section, span, "algorithmic"))  # fmt: skip


def _argument(stream: Stream) -> bool:
    nxt = stream.peek()
    return nxt is not None and nxt.kind in ("open", "char", "command")


def _labels_in(tokens: list[Token]) -> list[str]:
    return [
        detokenize(Stream(tokens[k + 1 : k + 120]).group())
        for k, t in enumerate(tokens)
        if t.kind == "command" and t.text == "label"
    ]


def _enumeration(options: str, counter: str) -> str | None:
    """The printed form that `[label=(\\alph*)]` or `[(a)]` asks for."""
    found = re.search(r"(?<![a-z])ref\s*=\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^,]*)", options) or re.search(r"label\s*=\s*(\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^,]*)", options)  # fmt: skip
    if found is not None:
        form = found.group(1)
        if "*" not in form:
            return None
        return re.sub(r"\\(arabic|alph|Alph|roman|Roman)\s*\*", lambda m: f"\\{m.group(1)}{{{counter}}}", form)
    if "=" in options:
        return None
    short = re.search(r"(?<![A-Za-z\\])[1aAiI](?![A-Za-z])", options)
    if short is None:
        return None
    style = {"1": "arabic", "a": "alph", "A": "Alph", "i": "roman", "I": "Roman"}[short.group()]
    # The enumerate package: \\ref prints the number without what stands around it.
    return f"\\{style}{{{counter}}}"


def _without_label(tokens: list[Token]) -> list[Token]:
    out: list[Token] = []
    stream = Stream(tokens)
    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text == "label":
            stream.group()
        else:
            out.append(token)
    return out


# Commands whose last argument is printed; the number is that of the arguments before it that are not.
PRINTS_ARGUMENT = {"textcolor": 1, "colorbox": 1, "fcolorbox": 2, "parbox": 1, "rotatebox": 1, "resizebox": 2, "scalebox": 1, "raisebox": 1,
                   "multicolumn": 2, "multirow": 2, "href": 1, "hyperref": 0, "adjustbox": 1, "foreignlanguage": 1, "textlangle": 0}  # fmt: skip
KNOWN_TEXT = frozenset(
    "textbf textit emph text textrm texttt textsf textsc textsl textup textmd textnormal underline uline mbox hbox makebox framebox fbox"
    " item and AND And centerline uppercase lowercase MakeUppercase MakeLowercase textsuperscript textsubscript mathrm mathbf"
    " enquote begingroup endgroup bgroup egroup newline par quad qquad hl st footnotemark sout uwave textquotesingle shortstack"
    " hfuzz vbox vtop expandafter noexpand csname endcsname string number the normalsize ) ]  lq rq".split()
)

_HANDLERS: dict[str, Callable[[Body, Token, Stream], None]] = {
    **dict.fromkeys([*LEVELS, *(f"{n}*" for n in LEVELS)], Body._section),
    "label": Body._label,
    **dict.fromkeys(["title", "title*", "icmltitle", "papertitle", "Title"], Body._title),
    **dict.fromkeys(["author", "icmlauthor", "Author"], Body._author),
    "appendix": Body._appendix,
    **dict.fromkeys(
        ["numberwithin", "counterwithin", "counterwithin*", "counterwithout", "counterwithout*"], Body._number_within
    ),
    **dict.fromkeys(["setcounter", "addtocounter"], Body._set_counter),
    **dict.fromkeys(["stepcounter", "refstepcounter"], Body._step_counter),
    "paperc@form": Body._form,
    "paperc@reset": Body._reset,
    **dict.fromkeys(["footnote", "footnotetext", "thanks"], Body._footnote),
    **dict.fromkeys(["caption", "caption*", "captionof", "captionof*", "subcaption", "subcaption*"], Body._caption),
    **dict.fromkeys(["includegraphics", "includegraphics*", "includesvg", "epsfig"], Body._graphics),
    "item": Body._item,
    "ContinuedFloat": Body._continued,
    "captionsetup": Body._caption_setup,
    "floatconts": Body._float_contents,
    **dict.fromkeys(["subfloat", "subfigure", "subtable", "subcaptionbox", "subcaptionbox*"], Body._subfloat),
    **dict.fromkeys(["bibliography", "addbibresource"], Body._bibliography),
    "abstract": Body._abstract_command,
}
