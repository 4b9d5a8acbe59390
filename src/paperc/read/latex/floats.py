"""Figures, tables, algorithms and listings, with their captions and parts."""

from __future__ import annotations

import re
from dataclasses import replace

from ...document import Algorithm, AlgorithmLine, Figure, Inline, Table
from ...provenance import Span
from . import algorithm2e, algorithmic, algorithms, mathematics, tables
from .headings import without_labels_of
from .lexer import Token, detokenize, lex_part
from .printed import printed
from .runs import Runs
from .stream import TABULARS, Stream, environment_body, labels_in, plain_text
from .walk import Float, Handler, Walk

FLOATS = {"figure": "figure", "table": "table", "algorithm": "algorithm", "wrapfigure": "figure", "wraptable": "table",
          "sidewaystable": "table", "sidewaysfigure": "figure", "SCfigure": "figure", "marginfigure": "figure",
          "algorithm2e": "algorithm", "longtable": "table", "floatingfigure": "figure", "teaserfigure": "figure",
          "procedure": "algorithm", "function": "algorithm", "wrapfloat": "figure", "margintable": "table",
          "listing": "listing", "SCtable": "table", "algo": "algorithm", "wrapalgorithm": "algorithm"}  # fmt: skip
"""Environment → the counter of its caption."""
_PSEUDOCODE = re.compile(r"algorithm|pseudo|procedure", re.IGNORECASE)
"""A captioned listing is an algorithm of the paper if its caption says so."""
SUBFLOATS = frozenset(["subfigure", "subtable", "subfloat", "subcaptionblock", "subcaptiongroup"])


# --- captions


def _caption(walk: Walk, token: Token, stream: Stream) -> None:
    kind: str | None = None
    if token.text.startswith("captionof"):
        stream.star()
        kind = plain_text(stream.group())
        kind = FLOATS.get(kind, kind)
    stream.optional()
    tokens = stream.group()
    if not walk.started:
        return
    flt = walk.floats[-1] if walk.floats else None
    inside = flt is not None and kind in (None, flt.kind)
    part = inside and (token.text.startswith("subcaption") or any(f.name.removesuffix("*") in SUBFLOATS for f in walk.frames))  # fmt: skip
    kind = kind or (flt.kind if flt is not None else walk.caption_type)
    text = printed(tokens)
    if not token.text.endswith("*"):
        if part:
            assert flt is not None
            flt.parts = True
            _part(walk, flt)
        else:
            number = walk.counters.step(kind)
            walk.counters.values[f"sub{kind}"] = 0
            walk.refer(number, kind)
            if inside:
                assert flt is not None
                if flt.number is not None:  # two captions in one float: two of them
                    after = flt.rest()
                    _finish(walk, flt, token)
                    for name in ("number", "caption", "labels", "tables", "files", "algorithms"):
                        setattr(flt, name, getattr(after, name))
                flt.number = number
                flt.seen = len(flt.tables or ()), len(flt.files or ())
            else:
                _captioned(walk, kind, number, text, walk.reached(token, stream), flt)
    if inside and not part:
        assert flt is not None
        flt.caption = f"{flt.caption} {text}".strip()
    for label in labels_in(tokens):
        _label_float(walk, flt, label)
    walk.apart(without_labels_of(tokens), "caption")


def _label_float(walk: Walk, flt: Float | None, label: str) -> None:
    if flt is not None and walk.current_kind == flt.kind:
        flt.labels = [*(flt.labels or []), label]
    walk.label(label)


def _part(walk: Walk, flt: Float, brackets: bool = False) -> str:
    """Number a part of a float: "2a"."""
    counter = f"sub{flt.kind}"
    base = flt.number or walk.counters.peek(flt.kind)
    letter = walk.counters.step(counter)
    shown = f"{base}({letter})" if brackets else f"{base}{letter}"
    walk.refer(shown, counter)
    return shown


def _captioned(walk: Walk, kind: str, number: str, text: str, span: Span, flt: Float | None) -> None:
    """A caption of a kind of its own (`\\captionof`), outside a float of that kind."""
    if kind == "table":
        if flt is not None and flt.tables:
            table = flt.tables.pop()
            walk.tables.append(replace(table, id=_next("tab", walk.tables), number=number, caption=text))
        else:
            walk.tables.append(Table(_next("tab", walk.tables), number, None, text, (), 0, walk.section, span))
    elif kind == "figure":
        walk.figures.append(Figure(_next("fig", walk.figures), number, None, text, (), walk.section, span))


def _next(prefix: str, records: list[Table] | list[Figure] | list[Algorithm]) -> str:
    return f"{prefix}:{len(records) + 1}"


def _caption_setup(walk: Walk, token: Token, stream: Stream) -> None:
    stream.optional()
    found = re.search(r"(?<!\w)type\s*=\s*(\w+)", plain_text(stream.group()))
    if found is not None:
        walk.caption_type = FLOATS.get(found.group(1), found.group(1))


def _continued(walk: Walk, token: Token, stream: Stream) -> None:
    kind = walk.floats[-1].kind if walk.floats else "figure"
    if walk.floats:
        walk.floats[-1].continued = True
    walk.counters.values[kind] = max(0, walk.counters.values.get(kind, 0) - 1)


def _float_contents(walk: Walk, token: Token, stream: Stream) -> None:
    """The jmlr class: `\\floatconts{label}{\\caption{…}}{body}`."""
    label, caption, body = stream.group(), stream.group(), stream.group()
    named = [token.like("command", "label"), token.like("open", "{"), *label, token.like("close", "}")]
    stream.push([*caption, *named, *body])


def _subfloat(walk: Walk, token: Token, stream: Stream) -> None:
    """`\\subfloat[list][caption]{body}`, `\\subfigure[caption]{body}`, `\\subcaptionbox{caption}{body}`."""
    if token.text.startswith("subcaptionbox"):
        stream.optional()
        caption: list[Token] | None = stream.group()
        stream.optional()
        stream.optional()
    else:
        first = stream.optional()
        caption = stream.optional() or first
    body = stream.group()
    flt = walk.floats[-1] if walk.floats else None
    if not walk.started or flt is None or caption is None:
        stream.push(body)
        return
    brackets = ("subfig" in walk.known.packages or token.text == "subfigure") and "subcaption" not in walk.known.packages  # fmt: skip
    label, kind = walk.current, walk.current_kind
    _part(walk, flt, brackets)
    for name in [*labels_in(caption), *labels_in(body)]:
        walk.label(name)
    walk.refer(label, kind)
    walk.apart(without_labels_of(caption), "caption")
    stream.push(without_labels_of(body))


# --- contents


def _graphics(walk: Walk, token: Token, stream: Stream) -> None:
    stream.star()
    stream.optional()
    stream.optional()
    name = detokenize(stream.group()).strip()
    if walk.floats and walk.started:
        flt = walk.floats[-1]
        flt.files = [*(flt.files or []), name]


def _tabular(walk: Walk, token: Token, stream: Stream) -> None:
    body, end = environment_body(stream, token.text)
    if not walk.started:
        return
    rows, head = tables.grid(token.text, body, walk.places)
    for label in labels_in(body):
        walk.label(label)
    table = Table("", None, None, "", rows, head, walk.section, walk.covered(body, token, end))
    if walk.floats:
        flt = walk.floats[-1]
        flt.tables = [*(flt.tables or []), table]
        for k, t in enumerate(body):
            if t.kind == "command" and t.text == "includegraphics":
                _graphics(walk, t, Stream(body[k + 1 : k + 80]))
    elif any(len(r) > 1 for r in rows):
        walk.tables.append(replace(table, id=_next("tab", walk.tables)))


def _long_table(walk: Walk, token: Token, stream: Stream) -> None:
    body, end = environment_body(stream, token.text)
    if not walk.started:
        return
    rows, head = tables.grid(token.text, body, walk.places)
    span = walk.covered(body, token, end)
    flt = Float("table", token, tables=[Table("", None, None, "", rows, head, walk.section, span)])
    walk.floats.append(flt)
    before = walk.current, walk.current_kind
    for k, t in enumerate(body):
        if t.kind == "command" and t.text in ("caption", "caption*"):
            _caption(walk, t, Stream(body[k + 1 :]))
        elif t.kind == "command" and t.text == "label" and walk.current_kind == "table":
            _label_float(walk, flt, detokenize(Stream(body[k + 1 : k + 120]).group()))
    walk.floats.pop()
    _finish(walk, flt, end or token)
    walk.refer(*before)


def _algorithmic(walk: Walk, token: Token, stream: Stream) -> None:
    given = stream.optional()
    body, end = environment_body(stream, token.text)
    if not walk.started:
        return
    lines, labels, rest = algorithmic.algorithmic(body, walk.places, given is not None, _recorder(walk), _words(walk))
    stream.push(rest)
    for label, number in labels:
        walk.name(label, number, "line")
    _add_algorithm(walk, "algorithmic", lines, walk.covered(body, token, end))


def _words(walk: Walk) -> dict[str, str]:
    """What the paper prints for `\\Require` and the like (`\\renewcommand{\\algorithmicrequire}{Input:}`)."""
    found = {}
    for keyword in ("require", "ensure", "input", "output", "return", "print"):
        macro = walk.known.macros.get(f"algorithmic{keyword}")
        if macro is not None and (text := printed(list(macro.body))):
            found[keyword] = text
    return found


def _recorder(walk: Walk) -> algorithms.Display:
    return lambda name, body, begin, end: mathematics.display(walk, name, body, begin, end)


def _add_algorithm(walk: Walk, style: str, lines: tuple[AlgorithmLine, ...], span: Span) -> None:
    made = Algorithm("", None, None, "", lines, walk.section, span, style)
    if walk.floats:
        flt = walk.floats[-1]
        flt.algorithms = [*(flt.algorithms or []), made]
    else:
        walk.end_paragraph()
        walk.algorithms.append(replace(made, id=_next("alg", walk.algorithms)))


def _verbatim(walk: Walk, token: Token, stream: Stream) -> None:
    kind, _, text = token.text.partition("\n")
    span = walk.span(token)
    if kind == "path":
        walk.runs.add("code", text, span)
    elif kind in ("url", "nolinkurl"):
        walk.runs.add("url", text, span)
        walk.urls.append(Inline("url", text, span))
    elif kind == "href":
        walk.urls.append(Inline("url", text, span))
        stream.push(stream.group())
    elif kind == "verb":
        walk.runs.add("code", text, span)
    elif not walk.started:
        return
    elif kind == "lstlisting" and _listing(walk, token, text):
        pass
    elif walk.floats and walk.floats[-1].kind in ("algorithm", "listing"):
        _add_algorithm(walk, "listing", algorithms.listing(text, token, walk.places), span)
        if walk.floats[-1].kind == "listing":
            walk.runs.add("code", _code(text), span)
    else:
        walk.runs.add("code", _code(text), span)


_OPTIONS = re.compile(r"\s*\[(.*?)\][ \t]*\n|\s*(?:\[[^\]]*\])?\s*\{\w+\}[ \t]*\n", re.S)
_CAPTION = re.compile(r"caption\s*=\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|([^,\]]*))")
_LABEL = re.compile(r"label\s*=\s*\{?([^,\]{}]*)")


def _code(text: str) -> str:
    """A listing without its options."""
    found = _OPTIONS.match(text)
    return (text[found.end() :] if found else text).strip("\n")


def _listing(walk: Walk, token: Token, text: str) -> bool:
    """A lstlisting with a caption of its own; False if it has none."""
    options = _OPTIONS.match(text)
    caption = _CAPTION.search(options.group(0)) if options else None
    if options is None or caption is None:
        return False
    number = walk.counters.step("lstlisting")
    label = found.group(1).strip() if (found := _LABEL.search(options.group(0))) else None
    if label:
        walk.name(label, number, "listing")
    source = walk.places.texts[token.file]
    at = source.find(text, token.start)
    group = 1 if caption.group(1) is not None else 2
    tokens = lex_part(source, token.file, at + caption.start(group), at + caption.end(group)) if at >= 0 else []
    shown = printed(tokens)
    walk.end_paragraph()
    walk.apart(tokens, "caption")
    if _PSEUDOCODE.search(shown):
        lines = algorithms.listing(text, token, walk.places)
        walk.algorithms.append(Algorithm(_next("alg", walk.algorithms), number, label, shown, lines, walk.section, walk.span(token), "listing"))  # fmt: skip
    else:
        walk.runs.add("code", _code(text), walk.span(token))
    return True


# --- floats


def _float(walk: Walk, token: Token, stream: Stream) -> None:
    bare = token.text.removesuffix("*")
    stream.optional()
    if bare in ("wrapfigure", "wraptable", "floatingfigure", "wrapfloat", "wrapalgorithm"):
        stream.group()
        stream.optional()
        stream.group()
    if not walk.started:
        return
    frame = walk.open(token)
    flt = Float(FLOATS[bare], token)
    outer, walk.runs = walk.runs, Runs(walk.places, walk.section, "body")
    walk.floats.append(flt)
    if flt.kind == "algorithm":
        _algorithm_body(walk, token, stream)

    def close(end: Token) -> None:
        walk.end_paragraph()
        walk.runs = outer
        if flt in walk.floats:
            walk.floats.remove(flt)
        _finish(walk, flt, end)

    frame.close = close


def _algorithm_body(walk: Walk, token: Token, stream: Stream) -> None:
    body, end = environment_body(stream, token.text)
    options = walk.known.packages.get("algorithm2e", "").lower()
    if algorithm2e.is_algorithm2e(body):
        lines, rest = algorithm2e.algorithm2e(body, walk.places, _recorder(walk), "linesnumbered" in options)
        _add_algorithm(walk, "algorithm2e", lines, walk.covered(body, token, end))
        body = rest
    if end is not None:
        stream.push([end])
    stream.push(body)


def _finish(walk: Walk, flt: Float, end: Token) -> None:
    """Record a float that has been read."""
    span = walk.covered([], flt.begin, end) if end.end > flt.begin.start else walk.span(flt.begin)
    label = flt.labels[0] if flt.labels else None
    counters = walk.counters
    if flt.number is None and flt.continued:
        counters.values[flt.kind] = counters.values.get(flt.kind, 0) + 1
    elif flt.number is None and flt.parts:
        counters.step(flt.kind)  # the parts are "2a" and "2b" although no caption prints the 2
        counters.values[f"sub{flt.kind}"] = 0
    made = flt.algorithms or []
    if flt.kind == "listing" and not _PSEUDOCODE.search(flt.caption):
        made = []  # code, and no algorithm of the paper
    if flt.kind == "algorithm" and not made and (flt.number is not None or flt.caption):
        made = [Algorithm("", None, None, "", (), walk.section, span, "text")]
    captioned = flt.kind in ("algorithm", "listing")
    for algorithm in made:
        algorithm = replace(algorithm, id=_next("alg", walk.algorithms), span=span)
        if captioned or flt.kind == "figure":
            algorithm = replace(algorithm, number=flt.number, label=label, caption=flt.caption)
        walk.algorithms.append(algorithm)
    grids = [t for t in flt.tables or [] if any(c.text for row in t.rows for c in row)]  # not where only pictures stand
    if flt.kind == "table" and not grids and (flt.number is not None or flt.caption):
        grids = [Table("", None, None, "", (), 0, walk.section, span)]
    for table in grids:
        table = replace(table, id=_next("tab", walk.tables))
        if flt.kind == "table":
            table = replace(table, number=flt.number, label=label, caption=flt.caption, span=span)
        walk.tables.append(table)
    if flt.kind == "figure" and (flt.number is not None or flt.caption or flt.files):
        walk.figures.append(Figure(_next("fig", walk.figures), flt.number, label, flt.caption, tuple(flt.files or ()), walk.section, span))  # fmt: skip


COMMANDS: dict[str, Handler] = {
    " verbatim": _verbatim,
    **dict.fromkeys(["caption", "caption*", "captionof", "captionof*", "subcaption", "subcaption*"], _caption),
    "captionsetup": _caption_setup,
    "ContinuedFloat": _continued,
    "floatconts": _float_contents,
    **dict.fromkeys(["subfloat", "subfigure", "subtable", "subcaptionbox", "subcaptionbox*"], _subfloat),
    **dict.fromkeys(["includegraphics", "includegraphics*", "includesvg", "epsfig"], _graphics),
}
ENVIRONMENTS: dict[str, Handler] = {
    **dict.fromkeys(FLOATS, _float),
    **dict.fromkeys(TABULARS, _tabular),
    "longtable": _long_table,
    "algorithmic": _algorithmic,
}
