"""The Document: what the reader of the printed paper sees, with the place of each thing in the source.

Everything is frozen and made of plain values, so that a Document can cross a process boundary as JSON.
Mathematics is LaTeX with the paper's own macros expanded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .errors import Diagnostic, Severity
from .provenance import Span

InlineKind = Literal["text", "math", "display", "cite", "ref", "footnote", "code", "url"]


@dataclass(frozen=True, slots=True)
class Inline:
    """A run of a paragraph.

    kind      text
    text      plain text as printed (no commands, `~` and line breaks as one space): as many characters as its span,
              each standing at its place, or one printed piece (an accent, a dash, a macro's text) for the whole span
    math      the formula between the dollars, macros expanded, without the delimiters
    display   the id of the first Equation of the display that stands here ("eq:4")
    cite      the keys, comma separated
    ref       the printed text of the reference ("3.2"), or "??" where unresolved
    footnote  the footnote as plain text (mathematics in dollars)
    code      verbatim text
    url       the address
    """

    kind: InlineKind
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text between blank lines, displays included; list items and captions are paragraphs too."""

    section: str
    """`Section.id` of the innermost section."""
    inlines: tuple[Inline, ...]
    span: Span
    role: Literal["body", "abstract", "item", "caption", "footnote", "theorem", "proof"] = "body"

    @property
    def text(self) -> str:
        """The paragraph as one line, mathematics in dollars, displays as a placeholder."""
        return "".join(_plain(i) for i in self.inlines)


def _plain(inline: Inline) -> str:
    match inline.kind:
        case "math":
            return f"${inline.text}$"
        case "display":
            return f" [{inline.text}] "
        case "cite":
            return f"[{inline.text}]"
        case "footnote":
            return f" ({inline.text})"
        case _:
            return inline.text


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    """Unique in the document: "sec:1", "sec:2", … in order of appearance."""
    number: str
    """As printed: "3.2.1", "A", or "" for unnumbered ones."""
    title: str
    level: int
    """0 part/chapter, 1 section, 2 subsection, 3 subsubsection, 4 paragraph."""
    label: str | None
    span: Span
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    """One numbered row of a display, or one unnumbered display."""

    id: str
    """ "eq:1", "eq:2", … in order of appearance (not the printed number)."""
    number: str | None
    label: str | None
    latex: str
    """Macros expanded; alignment marks and row breaks kept where the record spans rows."""
    source_latex: str
    environment: str
    display: int
    """Index of the display this is a row of; rows of one display share it."""
    section: str
    span: Span


@dataclass(frozen=True, slots=True)
class AlgorithmLine:
    number: str
    """Printed line number, "" where lines are not numbered."""
    indent: int
    text: str
    """As printed, mathematics in dollars."""
    span: Span
    keyword: str = ""
    """"require" "ensure" "input" "output" "state" "for" "while" "repeat" "until" "if" "elif" "else"
    "endfor" … "return" "comment" "heading" (a line all in bold) "procedure" "function" "print" — "" where none is known."""
    condition: str = ""
    """The part after for/while/if/until, mathematics in dollars."""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Algorithm:
    id: str
    number: str | None
    label: str | None
    caption: str
    lines: tuple[AlgorithmLine, ...]
    section: str
    span: Span
    style: str = ""
    """"algorithmic", "algpseudocode", "algorithm2e", "listing", …"""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    """As printed, mathematics in dollars, macros expanded."""
    span: Span
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    id: str
    number: str | None
    label: str | None
    caption: str
    rows: tuple[tuple[Cell, ...], ...]
    """A grid: a cell over several columns or rows stands first, and empty cells fill the rest."""
    header_rows: int
    section: str
    span: Span


@dataclass(frozen=True, slots=True)
class Figure:
    id: str
    number: str | None
    label: str | None
    caption: str
    files: tuple[str, ...]
    section: str
    span: Span


@dataclass(frozen=True, slots=True)
class Theorem:
    id: str
    kind: str
    """As printed: "Theorem", "Lemma", "Definition"."""
    number: str | None
    label: str | None
    title: str
    section: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of the bibliography."""

    key: str
    text: str
    title: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""
    urls: tuple[str, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its decoded text is what spans and quotes refer to."""

    path: str
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Document:
    title: str
    authors: tuple[str, ...]
    abstract: str
    main: str
    """Path of the main file, relative to the root."""
    sha256: str
    """Over all files that were read, in path order."""
    sections: tuple[Section, ...] = ()
    paragraphs: tuple[Paragraph, ...] = ()
    equations: tuple[Equation, ...] = ()
    algorithms: tuple[Algorithm, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    theorems: tuple[Theorem, ...] = ()
    references: tuple[Reference, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    """Label → printed number, for every label."""
    urls: tuple[Inline, ...] = ()
    operators: tuple[str, ...] = ()
    """Names that the paper declares with \\DeclareMathOperator, as printed."""
    unknown_commands: tuple[str, ...] = ()
    files: tuple[SourceFile, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What is missing or broken in the source, so that the paper was read only in part."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)

    def section_of(self, id: str) -> Section | None:
        return next((s for s in self.sections if s.id == id), None)

    def file(self, path: str) -> SourceFile | None:
        return next((f for f in self.files if f.path == path), None)
