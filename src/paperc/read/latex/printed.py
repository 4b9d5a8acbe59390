"""Short pieces (titles, captions, table cells, lines of algorithms) as they are printed, mathematics in dollars."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby

from .lexer import Token, detokenize
from .stream import Stream, plain_text, skip_arguments, skip_length
from .text import ACCENTS, DINGBATS, HIDES_ARGUMENTS, LENGTHS, LETTERS, PRINTS_ARGUMENT, SILENT, SYMBOLS, compose, tidy

REFERENCES = frozenset(["ref", "eqref", "cref", "Cref", "autoref", "vref", "nameref", "Nameref", "titleref", "cref*", "Cref*", "ref*", "autoref*", "thref", "labelcref", "subref", "figref", "tabref", "secref", "crefrange", "Crefrange", "sectionref", "figureref", "tableref", "equationref", "algorithmref", "appendixref", "footref", "lemmaref", "theoremref", "labelcref", "namecref", "nameCref"])  # fmt: skip
CITATIONS = frozenset(["cite", "citep", "citet", "citealp", "citealt", "citeauthor", "citeyear", "citeyearpar", "parencite", "textcite", "autocite", "footcite", "citenum", "onlinecite", "shortcite", "citeA", "Citet", "Citep", "cite*", "citet*", "citep*", "newcite", "citename", "fullcite"])  # fmt: skip

# A reference stands as its command and keys between these marks until every number of the paper is known.
REF_OPEN, REF_CLOSE = "\ue000", "\ue001"
_REF = re.compile(f"{REF_OPEN}([A-Za-z]*)\\|([^{REF_CLOSE}]*){REF_CLOSE}")
_LABEL = re.compile(r"\\(?:label|nonumber|notag)(?![A-Za-z])\s*(?:\{[^{}]*\})?")


def reference(command: str, keys: str) -> str:
    """The placeholder of a cross-reference."""
    return f"{REF_OPEN}{command.removesuffix('*')}|{keys.strip()}{REF_CLOSE}"


@dataclass(frozen=True, slots=True)
class Targets:
    """What cross-references refer to: label → printed number, and → kind of what is numbered."""

    numbers: dict[str, str]
    kinds: dict[str, str]
    titles: dict[str, str] = field(default_factory=dict)
    """Label → title of the section, for `\\nameref`."""

    def resolve(self, text: str) -> str:
        """Placeholders → what is printed, "??" where LaTeX prints that."""
        return _REF.sub(self._printed, text) if REF_OPEN in text else text

    def _printed(self, m: re.Match[str]) -> str:
        command, keys = m.group(1), [k.strip() for k in m.group(2).split(",") if k.strip()]
        if command in ("nameref", "Nameref", "titleref"):
            return ", ".join(self.titles.get(k) or self.numbers.get(k, "??") for k in keys) or "??"
        if command not in _NAMING:
            listed = ", ".join(self.numbers.get(k, "??") for k in keys) or "??"
            return f"({listed})" if command == "eqref" else listed
        parts = []
        for kind, group in groupby(keys, lambda k: self.kinds.get(k, "")):
            numbers = [self.numbers.get(k, "??") for k in group]
            name = _name_of(command, kind, len(numbers) > 1)
            if kind == "equation" and command != "autoref":
                numbers = [f"({n})" for n in numbers]
            listed = "–".join(numbers) if command.endswith("range") else _listed(numbers)
            parts.append(f"{name} {listed}".strip())
        return _listed(parts) or "??"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


_NAMING = frozenset(["cref", "Cref", "autoref", "crefrange", "Crefrange"])
_CLEVER = {"equation": "eq.", "figure": "fig.", "table": "table", "section": "section", "appendix": "appendix", "algorithm": "algorithm",
           "subfigure": "fig.", "subtable": "table", "line": "line", "item": "item", "footnote": "footnote", "listing": "listing"}  # fmt: skip
_FULL = {"eq.": "equation", "fig.": "figure"}


def _name_of(command: str, kind: str, several: bool) -> str:
    """The name that cleveref's `\\cref` and hyperref's `\\autoref` print before the number."""
    name = kind.partition(":")[2].lower() if kind.startswith("theorem:") else _CLEVER.get(kind, "")
    if command in ("Cref", "Crefrange", "autoref"):
        name = _FULL.get(name, name)
    if several and name:
        name = {"eq.": "eqs.", "fig.": "figs.", "appendix": "appendices", "corollary": "corollaries"}.get(name, f"{name}s")  # fmt: skip
    return name[:1].upper() + name[1:] if command[0] == "C" or (command == "autoref" and kind != "section") else name


def math_of(tokens: list[Token]) -> str:
    """LaTeX of a formula: one line, spaces folded, references as what they print."""
    if any(t.kind == "command" and t.text in REFERENCES for t in tokens):
        stream, kept = Stream(tokens), []
        while (token := stream.next()) is not None:
            if token.kind == "command" and token.text in REFERENCES:
                token = token.like("char", reference(token.text, detokenize(stream.group())))
            kept.append(token)
        tokens = kept
    return re.sub(r"\s+", " ", detokenize(tokens)).strip()


def without_labels(latex: str) -> str:
    return re.sub(r"\s+", " ", _LABEL.sub(" ", latex)).strip()


def take_math(stream: Stream, opener: Token) -> tuple[list[Token], Token | None]:
    """The tokens of an inline formula and its end; `opener` (already taken) is a dollar or `\\(`."""
    inner: list[Token] = []
    depth = 0
    while (token := stream.next()) is not None:
        if token.kind == "par":
            stream.push([token])
            return inner, None
        depth += (token.kind == "open") - (token.kind == "close")
        if opener.kind == "dollar" and token.kind == "dollar" and depth <= 0:
            if token.text == "$$" and opener.text == "$":
                # `$a$$b$`: this formula ends and the next begins.
                middle = token.start + 1
                stream.push([Token("dollar", "$", token.file, middle, token.end)])
                token = Token("dollar", "$", token.file, token.start, middle)
            return inner, token
        if opener.kind == "command" and token.kind == "command" and token.text in (")", "]"):
            return inner, token
        inner.append(token)
    return inner, None


def printed(tokens: list[Token]) -> str:
    """The text that LaTeX prints for these tokens; footnotes and labels are left out."""
    return tidy(_printed(Stream(tokens))).strip()


def _printed(stream: Stream) -> str:
    out: list[str] = []
    while (token := stream.next()) is not None:
        match token.kind:
            case "char":
                out.append(" " if token.text == "~" else token.text)
            case "space" | "par":
                out.append(" ")
            case "dollar":
                out.append(f"${math_of(take_math(stream, token)[0])}$")
            case "verbatim":
                kind, _, text = token.text.partition("\n")
                out.append("" if kind == "href" else text)
            case "command":
                out.append(_command(token, stream))
            case "begin":
                skip_arguments(token.text, stream)
            case _:
                pass
    return "".join(out)


def _command(token: Token, stream: Stream) -> str:
    name = token.text
    if name == "(":
        return f"${math_of(take_math(stream, token)[0])}$"
    if name in ACCENTS and (name in "'`^\"~=." or _argument_follows(stream)):
        return compose(name, _printed(Stream(stream.group())).strip())
    if name in LETTERS:
        if name[-1].isalpha():
            stream.skip_spaces()
        return LETTERS[name]
    if name in SYMBOLS:
        if name == "\\":
            stream.optional()
        return SYMBOLS[name]
    if name in REFERENCES:
        return reference(name, math_of(stream.group()))
    if name in CITATIONS:
        stream.optional()
        stream.optional()
        return f"[{math_of(stream.group())}]"
    if name in ("footnote", "footnotetext", "thanks", "label", "tnote"):
        stream.optional()
        stream.group()
        return ""
    if name == "ding":
        return DINGBATS.get(plain_text(stream.group()), "")
    if name == "texorpdfstring":
        shown = stream.group()
        stream.group()
        return _printed(Stream(shown))
    bare = name.removesuffix("*")
    if name in LENGTHS:
        skip_length(stream)
        return ""
    if name in SILENT:
        return ""
    if bare in PRINTS_ARGUMENT:
        stream.optional()
        for _ in range(PRINTS_ARGUMENT[bare]):
            stream.group()
            stream.optional()
    elif bare in HIDES_ARGUMENTS or bare in ("includegraphics", "caption", "setcounter"):
        stream.optional()
        for _ in range(HIDES_ARGUMENTS.get(bare, 1)):
            stream.group()
            stream.optional()
    return ""


def _argument_follows(stream: Stream) -> bool:
    nxt = stream.peek()
    return nxt is not None and (nxt.kind in ("open", "space") or not nxt.text.isalpha())
