"""Headings, front matter, counters and cross-reference targets."""

from __future__ import annotations

from ...document import Section
from .lexer import Token, detokenize
from .printed import printed
from .runs import Runs
from .stream import Stream, environment_body, labels_in, plain_text
from .walk import Handler, Walk

LEVELS = {"part": 0, "chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 4}
_DEPTHS = {"part": -1, "chapter": 0, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 5}  # fmt: skip


def _section(walk: Walk, token: Token, stream: Stream) -> None:
    name = token.text.removesuffix("*")
    stream.optional()
    title = stream.group()
    if not walk.started:
        return
    span = walk.reached(token, stream)
    walk.end_paragraph()
    depth = walk.counters.values.get("secnumdepth", 2 if walk.counters.chapters else 3)
    number = ""
    if not token.text.endswith("*") and _DEPTHS[name] <= depth:
        number = walk.counters.step(name)
        walk.refer(walk.counters.reference(name), "appendix" if walk.appendix else "section")
    level = LEVELS[name]
    parent = next((s.id for s in reversed(walk.sections) if s.level < level), None)
    ident = f"sec:{len(walk.sections) + 1}"
    walk.sections.append(Section(ident, number, printed(title), level, None, span, parent))
    walk.section = ident
    walk.runs = Runs(walk.places, ident, walk.roles[-1])
    for label in labels_in(title):
        walk.label(label)


def _label(walk: Walk, token: Token, stream: Stream) -> None:
    label = detokenize(stream.group()).strip()
    if not walk.started:
        return
    if walk.floats and walk.current_kind in ("figure", "table", "algorithm", "listing"):
        flt = walk.floats[-1]
        flt.labels = [*(flt.labels or []), label]
    walk.label(label)


def _title(walk: Walk, token: Token, stream: Stream) -> None:
    stream.optional()
    walk.title = stream.group() or walk.title


def _author(walk: Walk, token: Token, stream: Stream) -> None:
    stream.optional()
    walk.authors.append(stream.group())
    if token.text == "icmlauthor":
        stream.group()


def _two_columns(walk: Walk, token: Token, stream: Stream) -> None:
    """`\\twocolumn[…]`: the bracket holds what spans both columns, often title and authors."""
    stream.push(stream.optional() or [])


def _appendix(walk: Walk, token: Token, stream: Stream) -> None:
    walk.appendix = True
    top = "chapter" if walk.counters.chapters else "section"
    for counter in (top, "section", "subsection"):
        walk.counters.values[counter] = 0  # \setcounter: equations go on until the first heading
    walk.counters.forms[top] = f"\\Alph{{{top}}}"


def _appendices(walk: Walk, token: Token, stream: Stream) -> None:
    walk.open(token)
    _appendix(walk, token, stream)


def _front_matter(walk: Walk, token: Token, stream: Stream) -> None:
    """Headings before and behind the main matter of a book have no numbers."""
    if walk.counters.chapters:
        walk.counters.values["secnumdepth"] = -2


def _main_matter(walk: Walk, token: Token, stream: Stream) -> None:
    walk.counters.values.pop("secnumdepth", None)


def _abstract(walk: Walk, token: Token, stream: Stream) -> None:
    """`\\abstract{…}`; as a switch without an argument it says nothing that must be read."""
    nxt = stream.peek()
    if nxt is None or nxt.kind != "open":
        return
    tokens = stream.group()
    _abstract_text(walk, tokens)


def _abstract_text(walk: Walk, tokens: list[Token]) -> None:
    started, walk.started = walk.started, True
    walk.end_paragraph()
    walk.roles.append("abstract")
    walk.runs = Runs(walk.places, walk.section, "abstract")
    walk.flow(Stream(tokens))
    walk.end_paragraph()
    walk.roles.pop()
    walk.runs = Runs(walk.places, walk.section, walk.roles[-1])
    walk.started = started


def _abstract_environment(walk: Walk, token: Token, stream: Stream) -> None:
    stream.optional()
    if walk.started:
        walk.open(token, "abstract")
        return
    body, _ = environment_body(stream, token.text)
    _abstract_text(walk, body)


def _document(walk: Walk, token: Token, stream: Stream) -> None:
    walk.started = True
    walk.runs = Runs(walk.places, walk.section, "body")
    walk.frames = []
    walk.scopes = []


def _within(walk: Walk, token: Token, stream: Stream) -> None:
    starred = stream.star() or token.text.endswith("*")
    stream.optional()
    name, parent = plain_text(stream.group()), plain_text(stream.group())
    if starred and not token.text.startswith("counterwithout"):
        walk.counters.parents[name] = parent
    elif token.text.startswith("counterwithout"):
        walk.counters.without(name)
    else:
        walk.counters.within(name, parent)


def _reset_by(walk: Walk, token: Token, stream: Stream) -> None:
    name, parent = plain_text(stream.group()), plain_text(stream.group())
    walk.counters.parents[name] = parent


def _set_counter(walk: Walk, token: Token, stream: Stream) -> None:
    name, text = plain_text(stream.group()), detokenize(stream.group())
    value = walk.counters.number(text)
    if value is not None:
        old = walk.counters.values.get(name, 0) if token.text == "addtocounter" else 0
        walk.counters.values[name] = old + value


def _step_counter(walk: Walk, token: Token, stream: Stream) -> None:
    name = plain_text(stream.group())
    number = walk.counters.step(name)
    if token.text == "refstepcounter":
        walk.refer(number, name)


def _new_counter(walk: Walk, token: Token, stream: Stream) -> None:
    name = plain_text(stream.group())
    within = stream.optional()
    walk.counters.values.setdefault(name, 0)
    if within:
        walk.counters.parents[name] = plain_text(within)


def _form(walk: Walk, token: Token, stream: Stream) -> None:
    name, body = plain_text(stream.group()), detokenize(stream.group())
    walk.counters.forms[name] = body


def _footnote(walk: Walk, token: Token, stream: Stream) -> None:
    stream.optional()
    tokens = stream.group()
    if not walk.started:
        return
    if token.text == "footnote":
        number = walk.counters.step("footnote")
        for label in labels_in(tokens):
            walk.name(label, number, "footnote")
    kept = without_labels_of(tokens)
    walk.runs.add("footnote", printed(kept), walk.reached(token, stream))
    walk.footnote(kept)


def without_labels_of(tokens: list[Token]) -> list[Token]:
    """The tokens without their `\\label`s."""
    out: list[Token] = []
    stream = Stream(tokens)
    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text == "label":
            stream.group()
        else:
            out.append(token)
    return out


def _bibliography(walk: Walk, token: Token, stream: Stream) -> None:
    stream.optional()
    walk.bibliographies += [n.strip() for n in plain_text(stream.group()).split(",") if n.strip()]


COMMANDS: dict[str, Handler] = {
    **dict.fromkeys([*LEVELS, *(f"{n}*" for n in LEVELS)], _section),
    "label": _label,
    **dict.fromkeys(["title", "title*", "icmltitle", "papertitle", "Title", "aistatstitle", "titlehead"], _title),
    **dict.fromkeys(["author", "icmlauthor", "Author", "aistatsauthor"], _author),
    "twocolumn": _two_columns,
    "appendix": _appendix,
    "appendices": _appendix,
    "frontmatter": _front_matter,
    "mainmatter": _main_matter,
    "backmatter": _front_matter,
    "beginappendix": _appendix,
    "abstract": _abstract,
    **dict.fromkeys(["numberwithin", "counterwithin", "counterwithin*", "counterwithout", "counterwithout*"], _within),
    " reset": _reset_by,
    "@addtoreset": _reset_by,
    "setcounter": _set_counter,
    "addtocounter": _set_counter,
    "stepcounter": _step_counter,
    "refstepcounter": _step_counter,
    "newcounter": _new_counter,
    " form": _form,
    **dict.fromkeys(["footnote", "footnotetext"], _footnote),
    **dict.fromkeys(["bibliography", "addbibresource"], _bibliography),
}
ENVIRONMENTS: dict[str, Handler] = {
    "document": _document,
    "abstract": _abstract_environment,
    "appendices": _appendices,
    "appendix": _appendices,
}
