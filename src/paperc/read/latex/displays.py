"""Displayed equations: rows, the number that LaTeX prints beside each, and the record of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..unicode import text_of
from .counters import Counters
from .lexer import Token, detokenize
from .printed import REFERENCES, printed, reference
from .stream import Stream, plain_text

ONE_NUMBER = frozenset(["equation", "multline", "dmath", "displaymath", "\\[", "$$", "dgroup", "empheq", "eqn", "BVP", "mini", "mini!", "maxi", "argmini"])  # fmt: skip
ROWS = frozenset(
    ["align", "gather", "eqnarray", "flalign", "alignat", "xalignat", "IEEEeqnarray", "xxalignat", "darray"]
)
CASES = frozenset(["numcases", "subnumcases"])
INNER = frozenset(["split", "aligned", "alignedat", "gathered", "cases", "array", "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "dcases", "rcases", "numcases", "subnumcases", "multlined", "tikzpicture", "tabular", "IEEEeqnarraybox", "substack", "minipage", "tikzcd"])  # fmt: skip
_SILENT_BEFORE = frozenset(["label", "nonumber", "notag", "tag", "tag*"])


def is_display(environment: str) -> bool:
    bare = environment.removesuffix("*")
    return bare in ONE_NUMBER or bare in ROWS or bare in CASES


@dataclass(slots=True)
class Row:
    """One row of a display as it is printed."""

    tokens: list[Token]
    """Without labels, tags and \\nonumber."""
    number: str | None
    labels: list[str]
    text: list[Token] = field(default_factory=list)
    """`\\intertext` above the row."""
    own_labels: dict[str, str] = field(default_factory=dict)
    """Labels that stand for another number than the row's."""
    part: bool = False
    """IEEEtrantools: the row is numbered as a part, "5a"."""

    @property
    def empty(self) -> bool:
        return not any(t.kind not in ("space", "par") and t.text not in ("&", "\\") for t in self.tokens)


def rows_of(environment: str, body: list[Token], counters: Counters) -> list[Row]:
    """The rows of a display in order, numbered; advances the equation counter.

    An environment without numbers gives one unnumbered row per printed row.
    """
    bare = environment.removesuffix("*")
    if bare == "empheq":
        stream = Stream(body)
        stream.optional()
        inner = plain_text(stream.group())
        return rows_of(inner if is_display(inner) else "equation", stream.stack[::-1], counters)
    if bare in CASES:
        return _cases(bare, body, counters)
    body = _without_arguments(bare, body)
    numbered = not environment.endswith("*") and bare not in ("displaymath", "\\[", "$$", "mini", "argmini", "maxi")
    parts = _split_rows(body) if bare in ROWS else [(body, [])]
    rows: list[Row] = []
    for k, (part, text) in enumerate(parts):
        row, suppressed, tag = _read_row(part, counters)
        row.text = text
        if (
            k == len(parts) - 1
            and k > 0
            and row.empty
            and (not numbered or suppressed)
            and tag is None
            and not row.labels
        ):
            continue
        if tag is not None:
            row.number = tag
        elif row.part and not suppressed:
            row.number = counters.part()
        elif numbered and not suppressed and counters.numbers(row.labels):
            row.number = counters.step("equation")
        rows.append(row)
    return rows


def _without_arguments(bare: str, body: list[Token]) -> list[Token]:
    """`alignat{2}`, `IEEEeqnarray{rCl}`, `dmath[..]` take arguments that are not printed."""
    stream = Stream(body)
    if bare in ("alignat", "xalignat", "xxalignat", "IEEEeqnarray"):
        stream.optional()
        stream.group()
    elif bare in ("dmath", "dgroup", "BVP"):
        stream.optional()
    else:
        return body
    return stream.stack[::-1]


def _cases(bare: str, body: list[Token], counters: Counters) -> list[Row]:
    """The cases package numbers each case; every row is printed with the left side that they share."""
    stream = Stream(body)
    stream.skip_spaces()
    left, _, _ = _read_row(stream.group(), counters)
    parts = _split_rows(stream.stack[::-1])
    group = counters.begin_parts() if bare == "subnumcases" else None
    rows: list[Row] = []
    for part, _ in parts:
        row, suppressed, tag = _read_row(part, counters)
        if row.empty and not row.labels:
            continue
        row.number = tag if tag is not None else None if suppressed else counters.step("equation")
        place = row.tokens[0]
        row.tokens = [*left.tokens, place.like("begin", "cases"), *row.tokens, place.like("end", "cases")]
        rows.append(row)
    if rows and left.labels:
        number = group.number if group is not None else rows[0].number or ""
        rows[0].own_labels = dict.fromkeys(left.labels, number)
    if group is not None:
        counters.end_parts(group)
    return rows


def _split_rows(body: list[Token]) -> list[tuple[list[Token], list[Token]]]:
    """The rows, each with the text that stands above it."""
    rows: list[tuple[list[Token], list[Token]]] = [([], [])]
    depth = 0
    stream = Stream(body)
    while (token := stream.next()) is not None:
        depth += (token.kind in ("open", "begin")) - (token.kind in ("close", "end"))
        if depth == 0 and token.kind == "command" and token.text in ("intertext", "shortintertext"):
            if any(t.kind not in ("space", "par") for t in rows[-1][0]):
                rows.append(([], []))  # it ends the row if nothing has
            rows[-1][1].extend([*stream.group(), token.like("space", " ")])
        elif depth == 0 and token.kind == "command" and token.text in ("\\", "tabularnewline", "cr"):
            stream.star()
            if _spacing_follows(stream):
                stream.optional()
            rows.append(([], []))
        else:
            rows[-1][0].append(token)
    return rows


def _spacing_follows(stream: Stream) -> bool:
    """`\\\\[3pt]` takes a length; `\\\\ [x]` on the next line is mathematics."""
    ahead = "".join(f"\\{t.text}" if t.kind == "command" else t.text for t in stream.stack[-12:][::-1])
    length = r"\s*\[\s*[-+]?(?:[\d.]+\s*(?:[a-z]{2}\b|\\[A-Za-z]+)|\\[A-Za-z]+\s*\])"
    return re.match(length, ahead) is not None


def _read_row(tokens: list[Token], counters: Counters) -> tuple[Row, bool, str | None]:
    kept: list[Token] = []
    labels: list[str] = []
    suppressed = part = False
    tag: str | None = None
    stream = Stream(tokens)
    while (token := stream.next()) is not None:
        if token.kind == "command":
            if token.text == "label":
                labels.append(detokenize(stream.group()).strip())
                continue
            if token.text in ("IEEEyessubnumber", "IEEEnosubnumber"):
                part = token.text == "IEEEyessubnumber"
                stream.star()
                continue
            if token.text in ("nonumber", "notag", "IEEEnonumber", "IEEEyesnumber", "yesnumber"):
                suppressed = not token.text.endswith("yesnumber")
                continue
            if token.text in ("tag", "tag*"):
                tag = _tag(stream.group(), counters)
                continue
            if token.text in ("eqno", "leqno"):  # plain TeX: the rest is the number
                tag = _tag(stream.stack[::-1], counters)
                break
            if token.text in ("addtocounter", "setcounter", "stepcounter", "refstepcounter"):
                _count(token.text, stream, counters)
                continue
            if token.text in REFERENCES:
                kept.append(token.like("char", reference(token.text, detokenize(stream.group()))))
                continue
        kept.append(token)
    return Row(kept, None, labels, part=part), suppressed, tag


def _count(command: str, stream: Stream, counters: Counters) -> None:
    counter = plain_text(stream.group())
    step = command.endswith("stepcounter")
    value = 1 if step else counters.number(detokenize(stream.group()))
    base = 0 if command == "setcounter" else counters.values.get(counter, 0)
    counters.values[counter] = base + (value or 0)


def _tag(tokens: list[Token], counters: Counters) -> str:
    """A number set by hand, as text: `\\tag{$\\star$}` → ⋆."""
    text = printed(_counted(tokens, counters))
    return re.sub(r"\$([^$]*)\$", lambda m: text_of(m.group(1)), text).strip("() ")


def _counted(tokens: list[Token], counters: Counters) -> list[Token]:
    """`\\theequation` and the like as they are printed now."""
    out: list[Token] = []
    for token in tokens:
        if token.kind == "command" and token.text.startswith("the") and len(token.text) > 4:
            out += [token.like("char", c) for c in counters.printed(token.text[3:])]
        else:
            out.append(token)
    return out


def unlabelled(tokens: list[Token]) -> list[Token]:
    """Without labels and the commands that set numbers."""
    out: list[Token] = []
    stream = Stream(tokens)
    while (token := stream.next()) is not None:
        if token.kind == "command" and token.text in _SILENT_BEFORE:
            if token.text not in ("nonumber", "notag"):
                stream.group()
            continue
        out.append(token)
    return out


_CONTINUES = re.compile(
    r"^\s*&?\s*(?:\\(?:qquad|quad|hspace\{[^}]*\}|,|;|:|!|left\.|phantom\{[^}]*\})\s*)*&?\s*(?:\{\}\s*)?"
    r"(?:[=<>+\-*/|)\]]|\\(?:le|leq|ge|geq|approx|equiv|times|cdot|propto|sim|leqslant|geqslant|pm|overset|stackrel|quad|qquad|Big[lrg]*|big[lrg]*|right|triangleq|coloneqq|leftarrow|gets|to|in|ll|gg|le|lesssim|gtrsim|wedge|vee|simeq|subseteq|Rightarrow|implies|iff|Leftrightarrow)(?![A-Za-z]))"
)


def continues(row: Row) -> bool:
    """The row goes on with the one before: it begins with a relation or an operator."""
    return _CONTINUES.match(detokenize(row.tokens)) is not None


def grouped(rows: list[Row]) -> list[list[Row]]:
    """Rows that make up one record: an unnumbered row belongs to the numbered row whose chain it is part of.

    A display without any number is one record.
    """
    rows = [r for r in rows if not (r.empty and r.number is None)]
    if not any(r.number for r in rows):
        return [rows] if rows else []
    groups: list[list[Row]] = []
    waiting: list[Row] = []
    for row in rows:
        if row.number is None:
            waiting.append(row)
            continue
        # Rows waiting before a numbered one: those that continue the previous record go there.
        if waiting and groups and continues(waiting[0]) and not continues(row):
            groups[-1] += waiting
            waiting = []
        elif waiting and groups and continues(waiting[0]):
            cut = next((k for k, r in enumerate(waiting) if not continues(r)), None)
            if cut is not None:
                groups[-1] += waiting[:cut]
                waiting = waiting[cut:]
        groups.append([*waiting, row])
        waiting = []
    if waiting:
        groups[-1] += waiting
    return groups


def joined(rows: list[Row]) -> list[Token]:
    """The tokens of a record: a single row without its alignment marks, several with marks and breaks."""
    if len(rows) == 1:
        out: list[Token] = []
        depth = 0
        for token in rows[0].tokens:
            depth += (token.kind in ("open", "begin")) - (token.kind in ("close", "end"))
            if depth == 0 and token.kind == "char" and token.text == "&":
                token = Token("space", " ", token.file, token.start, token.end)
            out.append(token)
        return out
    out = []
    for k, row in enumerate(rows):
        if k:
            last = rows[k - 1].tokens
            place = last[-1] if last else row.tokens[0]
            out += [
                Token("command", "\\", place.file, place.start, place.end),
                Token("space", " ", place.file, place.start, place.end),
            ]
        out += row.tokens
    return out
