"""A paper's LaTeX as a Document: choose the main file, expand, walk, resolve references."""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import replace

from ...document import Document, Inline, Paragraph, Reference, SourceFile
from ...errors import Collector, Diagnostic, LimitError, Severity, SourceError
from ...provenance import Span
from ...source import SourceTree
from . import bibliography
from .body import read_body
from .counters import Counters
from .expansion import Expander
from .files import Files
from .front import authors_of
from .lexer import Places, lex
from .main import choose_main
from .printed import REF_OPEN, Targets, printed
from .stream import TooMuchWork
from .walk import Walk

_CLASS = re.compile(r"^[^%\n]*?\\documentclass\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}", re.M)


_LATEX = re.compile(r"\\[A-Za-z]{2,}|\\[\[(]|\$")


def read_latex(tree: SourceTree) -> Document:
    """Raises SourceError (nothing to read, an include outside the root) or LimitError."""
    problems = Collector()
    main = choose_main(tree, problems)
    places = Places()
    try:
        return _read(tree, main, places, problems)
    except TooMuchWork as problem:
        token = problem.token
        span = places.span(token.file, token.start, token.end)
        raise _limit(
            problem.limit, "what begins here is never closed", span, "close it: an environment, a bracket or a brace"
        ) from None
    except RecursionError:
        raise _limit(
            "nesting",
            f"“{main}” nests too deeply",
            Span(main, 1),
            "look for braces or environments that are never closed",
        ) from None


def _limit(name: str, message: str, span: Span, help: str) -> LimitError:
    return LimitError(Diagnostic("limit", f"{message} (limit: {name})", span, help, Severity.ERROR))


def _read(tree: SourceTree, main: str, places: Places, problems: Collector) -> Document:
    files = Files(tree, places)
    expander = Expander(files, problems)
    tokens = files.load(main)
    if tokens is None:
        raise SourceError(Diagnostic("missing-file", f"there is no file “{main}”", severity=Severity.ERROR))
    text = places.texts[0]
    if not text.strip():
        raise SourceError(Diagnostic("empty-file", f"“{main}” is empty", help="pass the paper's LaTeX source", severity=Severity.ERROR))  # fmt: skip
    if not _LATEX.search(text):
        raise SourceError(Diagnostic("not-latex", f"“{main}” holds no LaTeX: not one command", Span(main, 1), "pass the paper's LaTeX source", Severity.ERROR))  # fmt: skip
    found = _CLASS.search(text)
    expanded = expander.expand(tokens)
    fragment = not any(t.kind == "begin" and t.text == "document" for t in expanded)
    expander.unbalanced()
    chapters = any(t.kind == "command" and t.text in ("chapter", "chapter*") for t in expanded)
    counters = Counters.of_class(found.group(1) if found else "", chapters)
    body = read_body(expanded, expander.known, places, counters, problems, fragment)
    missing = [d for d in problems if d.code == "missing-include"]
    if missing and not body.paragraphs and not body.equations and not body.sections:
        raise SourceError(*missing)  # the files that hold the paper are not there
    references = body.references or _bibliography(tree, main, body, places, expander, problems)
    return _document(tree, main, body, places, expander, references, problems)


def _bibliography(
    tree: SourceTree, main: str, body: Walk, places: Places, expander: Expander, problems: Collector
) -> list[Reference]:
    """From the .bbl beside the main file, else from the .bib files: what is cited, in the order of citation."""
    folder = posixpath.dirname(main)
    stem = posixpath.splitext(main)[0]
    beside = tree.beside(folder, ".bbl")
    for path in [f"{stem}.bbl", *(beside if len(beside) == 1 else [])]:
        text = tree.text(path)
        if (
            text
            and "\\endentry" in text
            and (out := bibliography.biblatex_entries(places, text, places.add(path, text)))
        ):
            return out
        if text and "\\bibitem" in text:
            file = places.add(path, text)
            expander.out = []
            out = bibliography.entries(expander.expand(lex(text, file)), places)
            if out:
                return out
    known: dict[str, Reference] = {}
    for name in body.bibliographies:
        for path in dict.fromkeys(
            posixpath.normpath(posixpath.join(f, name + e)) for f in (folder, "") for e in (".bib", "")
        ):
            if not path.endswith(".bib"):
                continue
            text = _bib_text(tree, path, problems)
            if text is not None:
                file = places.add(path, text)
                for key, entry in bibliography.bib_entries(places, text, file, body.cited).items():
                    known.setdefault(key, entry)
                break
    if body.bibliographies and not known:
        names = ", ".join(f"“{name}”" for name in body.bibliographies)
        problems.add(Diagnostic("missing-bibliography", f"neither a .bbl file nor the .bib file of {names} is there", Span(main, 1), "add it to the paper's folder", Severity.NOTE))  # fmt: skip
    return [known[k] for k in body.cited if k in known]


def _bib_text(tree: SourceTree, path: str, problems: Collector) -> str | None:
    """A bibliography outside the root, or one too large, is left out; it is no reason to refuse the paper."""
    try:
        return tree.text(path)
    except (SourceError, LimitError) as problem:
        problems.extend(replace(d, severity=Severity.WARNING) for d in problem.diagnostics)
        return None


def _document(tree: SourceTree, main: str, body: Walk, places: Places, expander: Expander, references: list[Reference], problems: Collector) -> Document:  # fmt: skip
    labels = {k: Targets(body.labels, body.label_kinds).resolve(v) for k, v in body.labels.items()}
    targets = Targets(labels, body.label_kinds, {s.label: s.title for s in body.sections if s.label})

    def text(value: str) -> str:
        return targets.resolve(value)

    def inline(item: Inline) -> Inline:
        return replace(item, text=text(item.text)) if REF_OPEN in item.text else item

    paragraphs = tuple(
        replace(p, inlines=tuple(inline(i) for i in p.inlines)) if any(REF_OPEN in i.text for i in p.inlines) else p
        for p in body.paragraphs
    )
    abstract = " ".join(p.text for p in paragraphs if p.role == "abstract")
    files = tuple(
        SourceFile(path, t, hashlib.sha256(t.encode("utf-8", "surrogatepass")).hexdigest())
        for path, t in sorted(dict(zip(places.paths, places.texts)).items())
    )
    digest = hashlib.sha256()
    for f in files:
        digest.update(f"{f.path}\0{f.sha256}\n".encode())
    _unresolved(paragraphs, body, problems)
    for name, span in body.unknown.items():
        problems.add(Diagnostic("unknown-command", f"“\\{name}” is not known; its arguments are read as text", span, "define it in the paper if it matters", Severity.NOTE))  # fmt: skip
    return Document(
        title=re.sub(r"\s+", " ", text(printed(body.title))).strip(),
        authors=authors_of(body.authors),
        abstract=abstract,
        main=main,
        sha256=digest.hexdigest(),
        sections=tuple(replace(s, title=text(s.title)) for s in body.sections),
        paragraphs=paragraphs,
        equations=tuple(replace(e, latex=text(e.latex), number=e.number and text(e.number)) for e in body.equations),
        algorithms=tuple(
            replace(
                a,
                caption=text(a.caption),
                lines=tuple(
                    replace(ln, text=text(ln.text), condition=text(ln.condition), comment=text(ln.comment))
                    for ln in a.lines
                ),
            )
            for a in body.algorithms
        ),
        tables=tuple(
            replace(
                t,
                caption=text(t.caption),
                rows=tuple(
                    tuple(replace(c, text=text(c.text)) if REF_OPEN in c.text else c for c in r) for r in t.rows
                ),
            )
            for t in body.tables
        ),
        figures=tuple(replace(f, caption=text(f.caption)) for f in body.figures),
        theorems=tuple(replace(t, title=text(t.title)) for t in body.theorems),
        references=tuple(references),
        labels=labels,
        urls=tuple(body.urls),
        operators=tuple(dict.fromkeys(printed(o) for o in expander.known.operators.values())),
        unknown_commands=tuple(body.unknown),
        files=files,
        diagnostics=problems.done(),
    )


def _unresolved(paragraphs: tuple[Paragraph, ...], body: Walk, problems: Collector) -> None:
    for p in paragraphs:
        for i in p.inlines:
            if i.kind == "ref" and "??" in i.text:
                problems.warn(
                    "unresolved-reference",
                    "a cross-reference has no target",
                    i.span,
                    "add the label, or correct its name",
                )
