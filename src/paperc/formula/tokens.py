"""Tokens of a formula: TeX's commands, letters, numbers, brackets; spacing and decoration are dropped here."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from . import notation as n

Kind = Literal[
    "letter", "number", "command", "word", "text", "open", "close", "sub", "sup", "prime", "mark", "row", "cell",
    "space", "begin", "end", "left", "right", "middle",
]  # fmt: skip

_TOKEN = re.compile(
    r"(?P<comment>(?<!\\)%[^\n]*)"
    r"|(?P<env>\\(?:begin|end)\s*\{[A-Za-z]+\*?\})"
    r"|(?P<row>\\\\\*?(?:\s*\[\s*[-+]?[\d.]*\s*(?:pt|em|ex|cm|mm|in|bp|pc|mu|\\[A-Za-z]+)\s*\])?\*?)"
    r"|(?P<command>\\(?:operatorname\*|[A-Za-z@]+))"
    r"|(?P<control>\\.)"
    r"|(?P<ellipsis>\.\.\.?(?!\d))"
    r"|(?P<number>\d+(?:\{,\}\d{3})*(?:\.\d+)?|\.\d+)"
    r"|(?P<letter>[^\W\d_])"
    r"|(?P<space>\s+)"
    r"|(?P<stray>\\$)"
    r"|(?P<char>.)",
    re.S,
)
_UNICODE = {
    "−": "-", "×": "\\times", "·": "\\cdot", "≤": "\\le", "≥": "\\ge", "≠": "\\neq", "∈": "\\in", "→": "\\to", "←": "\\gets",
    "∞": "\\infty", "∂": "\\partial", "∇": "\\nabla", "∑": "\\sum", "∏": "\\prod", "√": "\\sqrt", "∼": "\\sim", "≈": "\\approx",
    "⊙": "\\odot", "⊗": "\\otimes", "‖": "\\|", "…": "\\dots", "′": "'", "“": "", "”": "", "’": "'",
}  # fmt: skip
_DIMENSION = re.compile(r"\s*[-+]?[\d.]*\s*(?:em|ex|pt|mm|cm|in|mu|\\\w+)")


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the bare name: "alpha" for `\\alpha`, the delimiter sign for left/right, the words for text."""

    kind: Kind
    text: str
    start: int
    end: int
    font: str = ""
    spaced: bool = False
    """White space (or a thin space) stands before it."""


def tokenize(latex: str) -> list[Token]:
    """All tokens; never fails (what it does not know becomes a command token and is refused later)."""
    raw = [m for m in _TOKEN.finditer(latex) if m.lastgroup != "comment"]
    return _Scanner(latex, raw).run()


class _Scanner:
    def __init__(self, latex: str, raw: list[re.Match[str]]) -> None:
        self.latex, self.raw, self.i = latex, raw, 0
        self.out: list[Token] = []
        self.spaced = False

    def run(self) -> list[Token]:
        while self.i < len(self.raw):
            self._one()
        return _thousands(_exponents(self.out))

    def _put(self, kind: Kind, text: str, start: int, end: int, font: str = "") -> None:
        self.out.append(Token(kind, text, start, end, font, self.spaced))
        self.spaced = False

    def _one(self) -> None:
        m = self.raw[self.i]
        self.i += 1
        text, start, end = m.group(), m.start(), m.end()
        match m.lastgroup:
            case "space" | "stray":
                self.spaced = True
            case "env":
                name = text[text.index("{") + 1 : -1]
                self._put("begin" if text.startswith("\\b") else "end", name, start, end)
                if text.startswith("\\b") and name in ("array", "tabular", "alignedat", "alignat", "alignat*"):
                    self._skip_arguments()
                elif text.startswith("\\b") and name in ("aligned", "gathered", "split", "multlined"):
                    self._skip_position()
            case "row":
                self._put("row", "\\\\", start, end)
            case "command":
                self._command(text[1:], start, end)
            case "control":
                self._control(text[1], start, end)
            case "ellipsis":
                self._put("command", "dots", start, end)
            case "number":
                self._put("number", text.replace("{,}", ""), start, end)
            case "letter":
                self._letter(text, start, end)
            case _:
                self._char(text, start, end)

    def _letter(self, text: str, start: int, end: int) -> None:
        if text in _UNICODE:
            return self._unicode(text, start, end)
        self._put("letter", text, start, end)

    def _unicode(self, text: str, start: int, end: int) -> None:
        mapped = _UNICODE[text]
        if mapped == "\\|":
            self._put("mark", "‖", start, end)
        elif mapped.startswith("\\"):
            self._put("command", mapped[1:], start, end)
        elif mapped:
            self._char(mapped, start, end)

    def _char(self, text: str, start: int, end: int) -> None:
        if text in _UNICODE and _UNICODE[text] != text:
            return self._unicode(text, start, end)
        match text:
            case "{":
                self._put("open", text, start, end)
            case "}":
                self._put("close", text, start, end)
            case "^":
                self._put("sup", text, start, end)
            case "_":
                self._put("sub", text, start, end)
            case "'":
                self._put("prime", text, start, end)
            case "&":
                self._put("cell", text, start, end)
            case "~":
                self.spaced = True
            case "|" if (
                self.out and self.out[-1].text == "|" and self.out[-1].kind == "mark" and self.out[-1].end == start
            ):
                # Two bars typed side by side are one norm bar.
                last = self.out.pop()
                self.out.append(Token("mark", "‖", last.start, end, "", last.spaced))
            case "$":
                pass
            case _:
                self._put("mark", text, start, end)

    def _control(self, char: str, start: int, end: int) -> None:
        if char in n.SPACES or char in "-/'`\"\n":
            self.spaced = True
        elif char in "{}":
            self._put("mark", char, start, end)
        elif char == "|":
            self._put("mark", "‖", start, end)
        elif char in "_%&#$":
            self._put("letter" if char == "_" else "mark", char, start, end)
        elif char in "()[]":
            pass
        else:
            self._put("command", char, start, end)

    def _command(self, name: str, start: int, end: int) -> None:
        if name in n.IGNORED or name in n.SPACES:
            self.spaced = True
        elif name in n.WIDE_SPACES:
            self._put("space", name, start, end)
        elif name in n.IGNORED_WITH_ARGUMENT:
            self._skip_arguments(name)
            self.spaced = True
        elif name in ("left", "right", "middle"):
            self._delimiter(name, start)
        elif name in n.SIZES:
            # \big( and friends only change the size; the side that some of them name is kept.
            side = {"l": "left", "r": "right", "m": "middle"}.get(name[-1], "") if name.lower() != "big" else ""
            if side and name[-1] in "lr":
                self._delimiter("bigleft" if side == "left" else "bigright", start)
            elif side == "middle":
                self._delimiter("middle", start)
        elif name in n.WORD_COMMANDS and (inner := self._braced()) is not None:
            body, stop = inner
            self._word(name, body, start, stop)
        elif name == "not":
            self._negated(start)
        elif name in ("num", "SI") and (inner := self._braced()) is not None:
            self._put("number", re.sub(r"[^0-9.]", "", inner[0]) or "0", start, inner[1])
        elif name in ("vcentcolon", "colon", "ratio"):
            self._put("mark", ":", start, end)
        elif name in ("vert", "Vert"):
            self._put("mark", "|" if name == "vert" else "‖", start, end)
        else:
            self._put("command", name, start, end)

    def _negated(self, start: int) -> None:
        m = self.raw[self.i] if self.i < len(self.raw) else None
        negation = {"=": "neq", "\\in": "notin", "\\equiv": "neq", "\\sim": "nsim"}
        if m is not None and m.group() in negation:
            self.i += 1
            self._put("command", negation[m.group()], start, m.end())
        else:
            self._put("command", "not", start, start + 4)

    def _delimiter(self, side: str, start: int) -> None:
        while self.i < len(self.raw) and self.raw[self.i].lastgroup == "space":
            self.i += 1
        if self.i >= len(self.raw):
            return
        m = self.raw[self.i]
        self.i += 1
        text = m.group()
        if m.lastgroup == "number" and text.startswith("."):
            # `\left.5` never happens, but `\right.` before digits does.
            sign: str | None = "."
        else:
            sign = "‖" if text == "\\|" else n.DELIMITERS.get(text.lstrip("\\") if len(text) > 1 else text)
        if sign is None:
            self.i -= 1
            return
        if side in ("bigleft", "bigright"):
            self._put("left" if side == "bigleft" else "right", sign, start, m.end(), "big")
        elif side == "left":
            self._put("left", sign, start, m.end())
        elif side == "right":
            self._put("right", sign, start, m.end())
        else:
            self._put("middle", sign, start, m.end())

    def _braced(self) -> tuple[str, int] | None:
        """The source of the next braced group, if one follows; moves behind it."""
        j = self.i
        while j < len(self.raw) and self.raw[j].lastgroup == "space":
            j += 1
        if j >= len(self.raw) or self.raw[j].group() != "{":
            return None
        depth, first = 0, self.raw[j].end()
        for k in range(j, len(self.raw)):
            text = self.raw[k].group()
            depth += (text == "{") - (text == "}")
            if depth == 0:
                self.i = k + 1
                return self.latex[first : self.raw[k].start()], self.raw[k].end()
        return None

    def _skip_arguments(self, name: str = "") -> None:
        if self.i < len(self.raw) and self.raw[self.i].group() == "*":
            self.i += 1  # `\\hspace*{5mm}`
        if name in ("kern", "mkern", "vskip", "hskip", "mspace") and (
            m := _DIMENSION.match(self.latex, self.raw[self.i].start() if self.i < len(self.raw) else len(self.latex))
        ):
            while self.i < len(self.raw) and self.raw[self.i].start() < m.end():
                self.i += 1
            return
        if self.i < len(self.raw) and self.raw[self.i].group() == "[":
            while self.i < len(self.raw) and self.raw[self.i].group() != "]":
                self.i += 1
            self.i += 1
        self._braced()

    def _skip_position(self) -> None:
        """`\\begin{aligned}[t]`."""
        texts = [m.group() for m in self.raw[self.i : self.i + 3]]
        if len(texts) == 3 and texts[0] == "[" and texts[1] in "tcb" and texts[2] == "]":
            self.i += 3

    def _word(self, command: str, body: str, start: int, end: int) -> None:
        """`\\mathrm{model}`, `\\text{ if }`: a word if it is one name, text if it is prose, else its tokens."""
        font = n.FONTS[command]
        plain = (
            re.sub(r"\\[,;:!> ]|~|\\q?quad(?![a-z])", " ", body).replace("\\_", "_").replace("{", "").replace("}", "")
        )
        plain = re.sub(
            r"\\(?:scriptscriptstyle|scriptstyle|tiny|small|scriptsize|footnotesize|rm|bf|it|sf|tt|sc|normalfont|text|textrm|textsf"
            r"|texttt|textsc|textup|mathrm|mathsf|mathtt|textnormal|mbox|emph|textit|textbf)(?![A-Za-z])",
            "",
            plain,
        )
        words = " ".join(plain.split())
        if words.endswith("@") and len(words) > 1:  # `\\mathrm{DCG@}k`
            self._put("word", words[:-1], start, end, font)
            self._put("mark", "@", end - 1, end)
            return None
        if "$" in body and command in n.TEXT_COMMANDS:
            return self._mixed(body, start, end)
        named = words in n.WORD_FUNCTIONS or words in n.BIG_OPERATORS
        if not words:
            self.spaced = True
        elif element := re.fullmatch(r"([A-Za-z]\w+)(\[\w+\]|!)", words):
            # `\\text{stride[0]}`, `\\text{count!}`: what stands behind a name is no part of it
            self._put("word", element[1], start, end, font)
            self.out += [replace(t, start=end - 1, end=end, spaced=False) for t in tokenize(element[2])]
        elif re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z0-9]+)+", words):
            self._put("word", words, start, end, font)  # a name of code, blanks around it or not
        elif named and not _is_prose(words):
            self._put("word", words, start, end, font)
        elif words.lower() in ("subject to", "s.t.", "s. t.", "such that"):
            self._put("text", words, start, end)
        elif words in (",", ".", ";", ":", ".,"):
            self._put("mark", words[0], start, end)
        elif re.fullmatch(r"[^\W\d_]", words) and command not in ("operatorname", "operatorname*"):
            self._put("letter", words, start, end, font)
        elif re.fullmatch(r"\d+(\.\d+)?", words):
            self._put("number", words, start, end)
        elif m := re.fullmatch(r"(if|when|for|for all|for each|for every|where|with) ([b-zB-HJ-Z])", words):
            # `\\text{for k} = …`: the letter is mathematics.
            self._put("text", m[1], start, start)
            self._put("letter", m[2], start, end)
        elif (
            command in n.TEXT_COMMANDS
            and (_is_prose(words) or plain != plain.strip())
            and words.lower() not in ("exp", "log")
        ):
            self._put("text", words, start, end)
        elif "\\" not in words and (
            re.fullmatch(r"[\w][\w.\-+/:' ]*[*+]?|[\W\d]", words) or command.startswith("operatorname")
        ):
            if command.startswith("operatorname") or re.fullmatch(r"[\w\-.']+(?: [\w\-.']+)*", words):
                self._put("word", words.replace(" ", ""), start, end, font)
            else:
                self._put("text", words, start, end)
        elif command in n.TEXT_COMMANDS and not re.search(r"\\(?!text|emph|mathrm)", words):
            self._put("text", words, start, end)
        else:
            inner = tokenize(body)
            font = "" if command.startswith("operatorname") else font
            shift = end - len(body) - 1
            self.out += [Token(t.kind, t.text, t.start + shift, t.end + shift, t.font or font, t.spaced) for t in inner]

    def _mixed(self, body: str, start: int, end: int) -> None:
        """Text with mathematics in it: `\\text{if $x > 0$}`."""
        shift = end - len(body) - 1
        at = 0
        for k, part in enumerate(body.split("$")):
            if k % 2:
                self.out += [
                    Token(t.kind, t.text, t.start + shift + at, t.end + shift + at, t.font, t.spaced)
                    for t in tokenize(part)
                ]
            elif part.strip(" ~\\,"):
                self._put("text", " ".join(part.replace("~", " ").split()), shift + at, shift + at + len(part))
            at += len(part) + 1


def _exponents(tokens: list[Token]) -> list[Token]:
    """`1e-5` typed without spaces is one number."""
    out: list[Token] = []
    k = 0
    while k < len(tokens):
        width = _exponent_width(tokens[k : k + 4])
        if width:
            first, last = tokens[k], tokens[k + width - 1]
            text = "".join(t.text for t in tokens[k : k + width])
            out.append(Token("number", text, first.start, last.end, first.font, first.spaced))
        else:
            out.append(tokens[k])
        k += width or 1
    return out


def _exponent_width(here: list[Token]) -> int:
    """How many of these tokens make up a number with an exponent; 0 if they do not begin with one."""
    texts = [t.text for t in here]
    if here[0].kind != "number" or texts[1:2] != ["e"] or len(here) < 3:
        return 0
    width = 3 if texts[2].isdigit() else 4 if texts[2] in "+-" and texts[3:4] and texts[3].isdigit() else 0
    close = all(t.start == before.end for before, t in pairwise(here[:width]))
    return width if close else 0


def _thousands(tokens: list[Token]) -> list[Token]:
    """`n = 10,000`: a comma between digits groups them, unless it may separate items (`(1,100)`, `0,255`)."""
    out: list[Token] = []
    for k, token in enumerate(tokens):
        joined = (
            len(out) >= 2
            and token.kind == "number"
            and re.fullmatch(r"\d{3}", token.text)
            and not token.spaced
            and out[-1].text == ","
            and not out[-1].spaced
            and out[-2].kind == "number"
            and re.fullmatch(r"[1-9]\d{0,2}|[1-9]\d{3,}", out[-2].text)
            and (len(out) < 3 or out[-3].text not in ",;([{|")
            and (k + 1 == len(tokens) or tokens[k + 1].text not in ",;")
        )
        if joined:
            out.pop()
            first = out.pop()
            out.append(Token("number", first.text + token.text, first.start, token.end, first.font, first.spaced))
        else:
            out.append(token)
    return out


def _is_prose(words: str) -> bool:
    low = words.lower().strip(" ,.;:")
    return (
        low in n.CONDITION_WORDS
        or low in n.OTHERWISE
        or low in n.SPLIT_WORDS
        or (" " in words and not re.fullmatch(r"arg ?(max|min)", low))
        or bool(re.search(r"[,;:]$", words))
    )
