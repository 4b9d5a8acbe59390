"""A docstring (reStructuredText with Google's sections) as the body of a small LaTeX paper.

Only what reads as text goes over: paragraphs, list items, notes, formulas, and the fields of `Args` and its like, one
sentence each. Code, images, literal blocks and link targets do not.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

FIELDS = ("Args", "Arguments", "Parameters", "Keyword args", "Keyword Arguments", "Attributes", "Variables")
SECTIONS = (*FIELDS, "Shape", "Note", "Notes", "Warning", "Inputs", "Outputs", "Returns", "Return", "Yields", "Raises")
DROPPED = ("Example", "Examples", "Reference", "References")
TEXTUAL = ("note", "warning", "admonition", "attention", "tip", "important", "seealso")

HEADING = re.compile(rf"({'|'.join((*SECTIONS, *DROPPED))})\s*(::?)(?:\s+(.*))?")
DIRECTIVE = re.compile(r"\.\. +([\w-]+) ?::\s*(.*)")
BULLET = re.compile(r"[-*+•] +")
FIELD = re.compile(
    r"(\**[A-Za-z_][\w.\[\]]*)((?:\s*,\s*[A-Za-z_][\w.\[\]]*)*)\s*(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?\s*:(?:\s+|$)"
)
INLINE = re.compile(
    r":math:`(?P<math>[^`]*)`"
    r"|:(?P<role>[\w:]+):`(?P<target>[^`]*)`"
    r"|``(?P<code>.+?)``"
    r"|`(?P<link>[^`]*)`(?P<anonymous>_{0,2})"
    r"|\*\*(?P<strong>[^*]+)\*\*"
    r"|(?<![\w*])\*(?P<emphasis>[^\s*][^*]*)\*(?!\w)"
)
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: "\\" + c for c in "#$%&_{}"},
}


def paper(title: str, docstring: str) -> str:
    """A complete LaTeX file with the text and the formulas of a docstring, in their order."""
    body = "\n\n".join(blocks(inspect.cleandoc(docstring).expandtabs().splitlines()))
    return (
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb}\n"
        f"\\title{{{escaped(title)}}}\n\\begin{{document}}\n\\maketitle\n\n{body}\n\\end{{document}}\n"
    )


def blocks(lines: list[str]) -> Iterator[str]:
    """The blocks of text at one indentation as LaTeX, in order."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif directive := DIRECTIVE.fullmatch(line.strip()):
            body, at = _indented(lines, at)
            if directive[1] == "math":
                yield from displays(([directive[2], ""] if directive[2] else []) + body)
            elif directive[1] in TEXTUAL:
                yield from blocks(([directive[2]] if directive[2] else []) + body)
        elif line.lstrip().startswith((".. ", ">>>", "... ")):
            _, at = _indented(lines, at)
        elif (heading := HEADING.fullmatch(line.strip())) and _opens(lines, at):
            body, at = _indented(lines, at)
            if heading[1] in DROPPED or heading[2] == "::":
                continue
            yield from fields(body) if heading[1] in FIELDS else blocks(body)
        elif bullet := BULLET.match(line.lstrip()):
            body, at = _indented(lines, at)
            yield from blocks([line.lstrip()[bullet.end() :], *body])
        else:
            words, at = _paragraph(lines, at)
            literal = words.endswith("::")
            yield inline(re.sub(r"::$", ":", words))
            if literal:
                _, at = _indented(lines, at - 1)


def displays(lines: list[str]) -> Iterator[str]:
    """The formulas of a math directive: a blank line parts them, and rows without an environment are one split."""
    for part in re.split(r"\n\s*\n", "\n".join(lines)):
        text = re.sub(r"(?<!\\)%.*", "", part).strip()
        text = re.sub(r"^:[\w-]+:.*$", "", text, flags=re.M).strip()
        if text:
            rows = "\\\\" in re.sub(r"\\begin\{(\w+)\}.*?\\end\{\1\}", "", text, flags=re.S)
            yield (
                "\\begin{equation}\n"
                + (f"\\begin{{split}}\n{text}\n\\end{{split}}" if rows else text)
                + "\n\\end{equation}"
            )


def fields(lines: list[str]) -> Iterator[str]:
    """`name (type): what it is` as the sentence "The argument name is what it is."."""
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        line = lines[at].strip().removeprefix("- ")
        body, at = _indented(lines, at)
        found = FIELD.match(line)
        if not found:
            yield from blocks([line, *body])
            continue
        names = [found[1].lstrip("*"), *re.findall(r"[A-Za-z_][\w.\[\]]*", found[2])]
        said = " and ".join(symbol(n) for n in names)
        first, *rest = list(blocks([line[found.end() :].strip(), *body])) or [""]
        yield f"The argument {said} is {first[:1].lower() + first[1:]}"
        yield from rest


def inline(text: str) -> str:
    """Running text with its roles as LaTeX."""
    out, at = [], 0
    for mark in INLINE.finditer(text):
        out.append(escaped(text[at : mark.start()]))
        at = mark.end()
        if mark["math"] is not None:
            out.append(f"${mark['math'].strip()}$")
        elif mark["role"] is not None:
            name = re.sub(r"\s*<.*>$", "", mark["target"]).removeprefix("~").removeprefix("!")
            out.append(symbol(name) if mark["role"] == "attr" else escaped(name.split(".")[-1]))
        elif mark["code"] is not None:
            out.append(f"\\texttt{{{escaped(mark['code'])}}}")
        elif mark["link"] is not None:
            out.append(escaped(re.sub(r"\s*<.*>$", "", mark["link"])))
        else:
            out.append(f"\\emph{{{escaped(mark['strong'] or mark['emphasis'])}}}")
    return "".join([*out, escaped(text[at:])])


def symbol(name: str) -> str:
    """The name of an argument, set as formulas set it."""
    return f"$\\text{{{escaped(name)}}}$"


def escaped(text: str) -> str:
    return "".join(SPECIAL.get(c, c) for c in text)


def _opens(lines: list[str], at: int) -> bool:
    """Whether what follows a line is indented deeper than it."""
    following = next((x for x in lines[at + 1 :] if x.strip()), "")
    return _indent(following) > _indent(lines[at])


def _indented(lines: list[str], at: int) -> tuple[list[str], int]:
    """The lines below line `at` that are indented deeper, without their common indentation, and where they end."""
    depth, end = _indent(lines[at]), at + 1
    while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > depth):
        end += 1
    body = lines[at + 1 : end]
    least = min((_indent(x) for x in body if x.strip()), default=0)
    return [x[least:] for x in body], end


def _paragraph(lines: list[str], at: int) -> tuple[str, int]:
    """A paragraph, joined; deeper lines without a blank before them belong to it."""
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _begins(lines[end], lines, end):
        end += 1
    return " ".join(x.strip() for x in lines[at:end]), end


def _begins(line: str, lines: list[str], at: int) -> bool:
    """Whether a line begins a block of its own."""
    stripped = line.strip()
    return bool(
        DIRECTIVE.fullmatch(stripped)
        or stripped.startswith(">>>")
        or BULLET.match(stripped)
        or (HEADING.fullmatch(stripped) and _opens(lines, at))
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
