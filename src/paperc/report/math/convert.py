"""LaTeX to presentation MathML (the Core subset that browsers draw without help).

The formula is shown as it is printed, not as paperc understands it, so a reader can compare. LaTeX of a paper is
untrusted: every sign is escaped, and nothing but elements of this file reaches the page. A command that is not known
is shown by its name; a formula that cannot be read at all raises `MathError`, and the caller shows its source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from . import symbols as s

MAX_TOKENS = 20_000
MAX_DEPTH = 60

_TOKEN = re.compile(
    r"(?P<comment>(?<!\\)%[^\n]*\n?)"
    r"|\\(?P<env>begin|end)\s*\{(?P<name>[A-Za-z]+\*?)\}"
    r"|(?P<row>\\\\\*?(?:\s*\[[^\]\n]{0,12}\])?|\\(?:tabularnewline|cr)(?![A-Za-z]))"
    r"|\\(?P<command>operatorname\*|cases\*|hspace\*|vspace\*|tag\*|[A-Za-z@]+)"
    r"|\\(?P<control>.)"
    r"|(?P<space>\s+)"
    r"|(?P<number>\d+(?:\{,\}\d{3})*(?:\.\d+)?|\.\d+)"
    r"|(?P<char>.)",
    re.S,
)


_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class MathError(ValueError):
    """The formula cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def to_mathml(latex: str, *, display: bool = True) -> str:
    """One `<math>` element for a formula, or for the rows of a display (`a &= b \\\\ &= c`).

    Raises MathError.
    """
    body = _Converter(latex).document()
    attributes = ' display="block"' if display else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{attributes}>{body}</math>'


def formula(latex: str, *, display: bool = True) -> str:
    """The same, with the escaped source in a `<code>` where it cannot be shown. Never raises."""
    if not latex.strip():
        return ""
    try:
        return to_mathml(latex, display=display)
    except (MathError, RecursionError):
        return f'<code class="tex">{escape(visible(latex).strip())}</code>'


def visible(text: str) -> str:
    """Without the characters that no document may hold (control characters, lone surrogates)."""
    return _INVISIBLE.sub("\ufffd", text)


def _tokens(latex: str) -> Iterator[_Token]:
    for m in _TOKEN.finditer(latex):
        kind = m.lastgroup or ""
        if kind == "name":
            kind = str(m.group("env"))
            yield _Token(kind, m.group("name"), m.start(), m.end())
        elif kind == "row":
            yield _Token("row", "\\\\", m.start(), m.end())
        elif kind != "comment":
            yield _Token(kind, m.group(kind), m.start(), m.end())


def _mo(sign: str, attributes: str = "") -> str:
    return f"<mo{attributes}>{escape(sign)}</mo>"


def _mrow(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"<mrow>{''.join(items)}</mrow>"


def _space(em: float) -> str:
    return f'<mspace width="{em:g}em"></mspace>'


_FIXED = ' stretchy="false"'
_TIGHT = ' lspace="0" rspace="0" stretchy="false"'
_STRETCHY = ' stretchy="true" symmetric="true"'
_RELATIVE = ' lspace="0.2778em" rspace="0.2778em"'
_THIN = _space(0.1667)


class _Converter:
    """A recursive descent over the tokens that writes elements as it goes."""

    def __init__(self, latex: str) -> None:
        self.latex = latex = visible(latex)
        self.tokens = list(_tokens(latex))
        if len(self.tokens) > MAX_TOKENS:
            raise MathError(f"more than {MAX_TOKENS} signs")
        self.i = 0
        self.depth = 0
        self.font = ""
        self.small = False

    # --- rows ---------------------------------------------------------------------------------------

    def document(self) -> str:
        rows = self._rows(None)
        if self.i < len(self.tokens):
            raise MathError(f"unexpected {self.tokens[self.i].text!r}")
        if not any(cell for row in rows for cell in row):
            raise MathError("the formula is empty")
        return _mrow(rows[0][0]) if len(rows) == 1 and len(rows[0]) == 1 else _table(rows, "aligned")

    def _rows(self, environment: str | None) -> list[list[list[str]]]:
        """Rows of cells up to the end of the environment, or of the formula."""
        rows: list[list[list[str]]] = [[[]]]
        while True:
            rows[-1][-1] += self._items(("end", "row", "cell"))
            token = self._next()
            if token is None:
                if environment is None:
                    break
                raise MathError(f"the environment {environment} does not end")
            if token.kind == "row":
                rows.append([[]])
            elif token.kind == "char" and token.text == "&":
                rows[-1].append([])
            elif token.kind == "end" and token.text == environment:
                break
            else:
                raise MathError(f"unexpected {token.text!r}")
        return [r for k, r in enumerate(rows) if any(r) or k < len(rows) - 1] or [[[]]]

    def _items(self, stops: tuple[str, ...]) -> list[str]:
        """Elements up to (not including) a stop; `cell` stands for an alignment mark, `}` and `right` for themselves."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise MathError("the formula nests too deeply")
        out: list[str] = []
        font = self.font
        while (token := self._peek()) is not None:
            if token.kind in stops or ("cell" in stops and token.kind == "char" and token.text == "&"):
                break
            if token.kind == "char" and token.text == "}":
                if "}" in stops:
                    break
                raise MathError("a brace is closed that was not opened")
            if token.kind == "command" and token.text in ("right", "middle") and "right" in stops:
                break
            if token.kind == "char" and token.text == "]" and "]" in stops:
                break
            if token.kind == "command" and token.text in ("over", "choose", "atop"):
                self.i += 1
                rest = self._items(stops)
                thick = "" if token.text == "over" else ' linethickness="0"'
                fraction = f"<mfrac{thick}>{_mrow(out or ['<mrow></mrow>'])}{_mrow(rest or ['<mrow></mrow>'])}</mfrac>"
                out = [f"<mrow>{_mo('(')}{fraction}{_mo(')')}</mrow>" if token.text == "choose" else fraction]
                break
            out += self._scripted(out)
        self.font = font
        self.depth -= 1
        return _signs(out)

    # --- scripts --------------------------------------------------------------------------------------

    def _scripted(self, before: list[str]) -> list[str]:
        """An atom with its scripts; what only makes space gives no element."""
        first = self.tokens[self.i]
        if first.kind == "char" and first.text in "_^'":
            atom, place = "<mrow></mrow>", "script"
        else:
            atom, place = self._atom()
        sub, sup, primes = "", "", 0
        while (token := self._peek()) is not None:
            if token.kind == "command" and token.text in ("limits", "nolimits"):
                place = "limits" if token.text == "limits" else "script"
                self.i += 1
            elif token.kind == "char" and token.text == "'":
                primes += 1
                self.i += 1
            elif token.kind == "char" and token.text == "_" and not sub:
                self.i += 1
                sub = self._script()
            elif token.kind == "char" and token.text == "^" and not sup:
                self.i += 1
                sup = self._script()
            elif token.kind == "space" and self._script_follows():
                self.i += 1
            else:
                break
        if primes:
            marks = f'<mo class="prime">{"′″‴⁗"[min(primes, 4) - 1]}</mo>'
            sup = f"<mrow>{marks}{sup}</mrow>" if sup else marks
        if not atom and not sub and not sup:
            return []
        out = [_attach(atom or "<mrow></mrow>", sub, sup, place)]
        if place in ("function", "limits") and atom.endswith("</mi>"):
            if before and (not before[-1].endswith("</mo>") or 'form="postfix"' in before[-1]):
                out.insert(0, _THIN)
            if self._takes_space():
                out.append(_THIN)
        return out

    def _script(self) -> str:
        """An argument in small type, where relations and signs stand close."""
        before, self.small = self.small, True
        argument = self._argument()
        self.small = before
        return argument

    def _script_follows(self) -> bool:
        token = self.tokens[self.i + 1] if self.i + 1 < len(self.tokens) else None
        return token is not None and token.kind == "char" and token.text in "_^'"

    def _takes_space(self) -> bool:
        """After a function's name, unless a bracket, a script or the end follows."""
        k = self.i
        while k < len(self.tokens) and self.tokens[k].kind == "space":
            k += 1
        if k >= len(self.tokens):
            return False
        token = self.tokens[k]
        if token.kind in ("row", "end"):
            return False
        closed = token.kind == "char" and token.text in "([{}])|,.;&=+-/"
        sized = token.kind == "command" and (token.text == "left" or token.text.lower().startswith("big"))
        return not closed and not sized and not (token.kind == "command" and token.text in s.SPACES)

    # --- atoms ------------------------------------------------------------------------------------------

    def _atom(self) -> tuple[str, str]:
        """The element at this place, and where its scripts go: "script", "limits" (above and below) or "function"."""
        token = self.tokens[self.i]
        self.i += 1
        match token.kind:
            case "space":
                return "", "script"
            case "number":
                return self._number(token.text.replace("{,}", ",")), "script"
            case "begin":
                return self._environment(token.text), "script"
            case "command":
                return self._command(token.text)
            case "control":
                return self._control(token.text), "script"
            case "row":
                return "", "script"  # inside braces a break has no meaning
            case "end":
                raise MathError(f"the environment {token.text} ends but does not begin")
        return self._char(token.text), "script"

    def _char(self, text: str) -> str:
        match text:
            case "{":
                return self._group("}")
            case "~":
                return _space(0.25)
            case "-":
                return self._sign("−")
            case "+" | "=" | "<" | ">":
                return self._sign(text)
            case "*":
                return self._sign("∗")
            case "(" | "[":
                return _mo(text, _FIXED + ' form="prefix"')
            case ")" | "]":
                return _mo(text, _FIXED + ' form="postfix"')
            case "|":
                return _mo("|", _TIGHT)
            case "/":
                return _mo("/", _TIGHT)
            case "&":
                return ""
            case "$" | "#":
                return ""
        if text.isalpha() or unicodedata.category(text) in ("Lm", "Mn"):
            return self._letters(text)
        if unicodedata.category(text).startswith(("C", "Z")):
            return ""
        return _mo(text)

    def _sign(self, sign: str, space: str = "") -> str:
        """An operator or relation; TeX sets no space around it in scripts."""
        return _mo(sign, (' lspace="0.05em" rspace="0.05em"' if self.small else space) + _FIXED)

    def _letters(self, text: str) -> str:
        """One letter; in a roman font a whole word."""
        if self.font == "roman":
            while (token := self._peek()) is not None and token.kind == "char" and token.text.isalpha():
                text += token.text
                self.i += 1
            return f'<mi mathvariant="normal">{escape(text)}</mi>' if len(text) == 1 else f"<mi>{escape(text)}</mi>"
        if self.font == "italic":
            while (token := self._peek()) is not None and token.kind == "char" and token.text.isalpha():
                text += token.text
                self.i += 1
        return _identifier(text, self.font)

    def _number(self, text: str) -> str:
        return f"<mn>{escape(''.join(_styled(c, self.font) for c in text))}</mn>"

    def _control(self, text: str) -> str:
        if text in s.SPACES:
            return _space(s.SPACES[text])
        if text == "|":
            return _mo("‖", _TIGHT)
        if text in "{}":
            return _mo(text, f' form="{"prefix" if text == "{" else "postfix"}"' + _FIXED)
        if text in s.UPRIGHT:
            return f'<mi mathvariant="normal">{escape(text)}</mi>'
        if text in "-/()[]":
            return ""
        return f"<mtext>{escape(text)}</mtext>"

    def _command(self, name: str) -> tuple[str, str]:
        if name.lower() in s.ACCENTS and name not in s.LETTERS and name not in s.UPRIGHT and name[0].isupper():
            name = name.lower()  # \Hat, \Tilde: amsmath's accents over accents
        if name in s.LETTERS:
            return _identifier(s.LETTERS[name], self.font), "script"
        if name in s.UPRIGHT:
            sign = s.UPRIGHT[name]
            styled = _styled(sign, "bold" if self.font.startswith("bold") else "")
            return f'<mi mathvariant="normal">{escape(styled)}</mi>', "script"
        if name in s.OPERATORS:
            return self._sign(s.OPERATORS[name]), "script"
        if name in s.RELATIONS:
            return self._sign(s.RELATIONS[name], _RELATIVE), "script"
        if name in s.BIG:
            return _mo(s.BIG[name], ' largeop="true" movablelimits="true"'), "limits"
        if name in s.INTEGRALS:
            return _mo(s.INTEGRALS[name], ' largeop="true"'), "script"
        if name in s.LIMIT_FUNCTIONS:
            return f"<mi>{s.LIMIT_FUNCTIONS[name]}</mi>", "limits"
        if name in s.FUNCTIONS:
            return f"<mi>{name}</mi>", "function"
        if name in s.SPACES:
            return _space(s.SPACES[name]), "script"
        if name in s.DELIMITERS:
            return _mo(s.DELIMITERS[name], _TIGHT), "script"
        return self._construct(name)

    def _construct(self, name: str) -> tuple[str, str]:
        """Commands with arguments."""
        if name in ("frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"):
            return self._fraction(name), "script"
        if name in ("binom", "dbinom", "tbinom"):
            body = f'<mfrac linethickness="0">{self._argument()}{self._argument()}</mfrac>'
            return f"<mrow>{_mo('(', _STRETCHY)}{body}{_mo(')', _STRETCHY)}</mrow>", "script"
        if name == "sqrt":
            degree = self._optional()
            body = self._argument()
            return (f"<mroot>{body}{degree}</mroot>" if degree else f"<msqrt>{body}</msqrt>"), "script"
        if name == "left":
            return self._fenced(), "script"
        if name in ("right", "middle"):
            raise MathError(f"\\{name} without \\left")
        if name.rstrip("lrm").lower() in ("big", "bigg"):
            size = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}[name.rstrip("lrm") if name[-1] in "lrm" else name]
            sign = self._delimiter()
            sized = f' minsize="{size}em" maxsize="{size}em" stretchy="true" symmetric="true"'
            return (_mo(sign, sized) if sign else ""), "script"
        if name in ("overline", "underline", "underbar"):
            return f'<mrow class="{name.replace("bar", "line")}">{self._argument()}</mrow>', "script"
        if name in s.ACCENTS:
            mark = _mo(s.ACCENTS[name], f' stretchy="{"true" if name in s.WIDE else "false"}"')
            over = f'<mover accent="true">{self._argument()}{mark}</mover>'
            return over, "limits" if name in ("overbrace", "overparen") else "script"
        if name in s.UNDER_ACCENTS:
            mark = _mo(s.UNDER_ACCENTS[name], f' stretchy="{"true" if name in s.WIDE else "false"}"')
            under = f'<munder accentunder="true">{self._argument()}{mark}</munder>'
            return under, "limits" if name == "underbrace" else "script"
        if name in s.TEXT:
            return self._text(), "script"
        if name in s.FONTS:
            return self._styled_group(name)
        if name in ("overset", "stackrel"):
            note, base = self._argument(), self._argument()
            return f"<mover>{base}{note}</mover>", "script"
        if name == "underset":
            note, base = self._argument(), self._argument()
            return f"<munder>{base}{note}</munder>", "script"
        if name in s.ARROWS:
            below, above = self._optional() or "<mrow></mrow>", self._argument()
            arrow = _mo(s.ARROWS[name], ' stretchy="true"')
            return f"<munderover>{arrow}{below}{above}</munderover>", "script"
        return self._other(name)

    def _other(self, name: str) -> tuple[str, str]:
        if name == "substack":
            return self._substack(), "script"
        if name == "not":
            token = self._peek()
            sign = "" if token is None else s.RELATIONS.get(token.text, token.text if token.kind == "char" else "")
            if not sign or sign == "{":
                raise MathError("\\not before something that is no relation")
            self.i += 1
            return _mo(unicodedata.normalize("NFC", sign + "\u0338"), _FIXED + _RELATIVE), "script"
        if name in ("bmod", "mod"):
            return _mo("mod", ' lspace="0.2222em" rspace="0.2222em"'), "script"
        if name in ("pmod", "pod"):
            word = "<mi>mod</mi>" + _THIN if name == "pmod" else ""
            return f"<mrow>{_space(1)}{_mo('(')}{word}{self._argument()}{_mo(')')}</mrow>", "script"
        if name == "phantom":
            return f"<mphantom>{self._argument()}</mphantom>", "script"
        if name in ("boxed", "fbox"):
            return f'<mrow class="boxed">{self._argument()}</mrow>', "script"
        if name in ("cancel", "bcancel", "xcancel", "sout"):
            return f'<mrow class="cancelled">{self._argument()}</mrow>', "script"
        if name in ("textcolor", "colorbox", "raisebox", "href", "scalebox", "resizebox"):
            self._raw_argument()
            return self._argument(), "script"
        if name == "mathchoice":
            first = self._argument()
            for _ in range(3):
                self._argument()
            return first, "script"
        if name in s.IGNORED_WITH_ARGUMENT or name in s.IGNORED_WITH_TWO:
            self._raw_argument()
            if name in s.IGNORED_WITH_TWO:
                self._raw_argument()
            return "", "script"
        if name in s.KEPT_ARGUMENT and self._peek_is("{"):
            return self._argument(), "limits" if name == "mathop" else "script"
        if name in s.IGNORED:
            return "", "script"
        if name == "rule":
            return "", "script"
        return f'<mtext class="unknown">\\{escape(name)}</mtext>', "script"

    def _fraction(self, name: str) -> str:
        upper, lower = self._argument(), self._argument()
        if name in ("sfrac", "nicefrac"):
            return f"<mrow>{upper}{_mo('/', _TIGHT)}{lower}</mrow>"
        body = f"<mfrac>{upper}{lower}</mfrac>"
        if name == "frac":
            return body
        return f'<mstyle displaystyle="{"false" if name == "tfrac" else "true"}">{body}</mstyle>'

    def _fenced(self) -> str:
        """`\\left( … \\middle| … \\right)`."""
        opener = self._delimiter()
        parts = [_mo(opener, _STRETCHY + ' form="prefix"')] if opener else []
        while True:
            parts += self._items(("right", "end", "row"))
            token = self._next()
            if token is not None and token.kind == "row":
                continue
            if token is None or token.kind == "end":
                raise MathError("\\left without \\right")
            sign = self._delimiter()
            if token.text == "right":
                if sign:
                    parts.append(_mo(sign, _STRETCHY + ' form="postfix"'))
                return f"<mrow>{''.join(parts)}</mrow>"
            if sign:
                parts.append(_mo(sign, _STRETCHY + ' lspace="0.1667em" rspace="0.1667em"'))

    def _styled_group(self, name: str) -> tuple[str, str]:
        style = s.FONTS[name]
        if name in s.OLD_FONTS and not self._peek_is("{"):
            self.font = style  # holds to the end of the group
            return "", "script"
        before, self.font = self.font, style
        if style == "italic" and before.startswith("bold"):
            self.font = "bold-italic"
        try:
            body = self._argument()
        finally:
            self.font = before
        if name.startswith("operatorname"):
            # `\operatorname{arg\,max}` is one name.
            words = re.findall(r"<m[in][^>]*>([^<]*)</m[in]>", body)
            if words and not re.search(r"<(msu|mfrac|mover|msqrt)", body):
                return f"<mi>{' '.join(words)}</mi>", "limits" if name.endswith("*") else "function"
        return body, "script"

    def _substack(self) -> str:
        self._expect("{")
        rows: list[list[list[str]]] = [[[]]]
        while True:
            rows[-1][-1] += self._items(("}", "row"))
            token = self._next()
            if token is None:
                raise MathError("a brace is opened and never closed")
            if token.kind != "row":
                return _table(rows, "centred")
            rows.append([[]])

    def _environment(self, name: str) -> str:
        if name in ("array", "tabular", "alignedat", "alignat", "alignat*", "subarray"):
            self._optional()
            columns = self._raw_argument() if self._peek_is("{") else ""
        else:
            columns = ""
        before, self.font = self.font, self.font
        rows = self._rows(name)
        self.font = before
        if name in s.CASES:
            opener, closer = s.CASES[name]
            return _fence(opener, _table(rows, "cases"), closer)
        if name in s.MATRICES:
            opener, closer = s.MATRICES[name]
            letters = re.sub(r"\{[^{}]*\}|[^lcr]", "", columns)
            return _fence(opener, _table(rows, "centred", letters), closer)
        if name in s.ALIGNED:
            return _table(rows, "aligned")
        raise MathError(f"unknown environment {name}")

    # --- arguments -----------------------------------------------------------------------------------------

    def _argument(self) -> str:
        """A braced group, or the one atom that follows."""
        self._skip_spaces()
        token = self._peek()
        if token is None or token.kind in ("end", "row"):
            raise MathError("an argument is missing")
        if token.kind == "char" and token.text == "{":
            self.i += 1
            return self._group("}")
        if token.kind == "char" and token.text in "}_^&":
            raise MathError("an argument is missing")
        if token.kind == "number" and len(token.text) > 1:
            # TeX takes one digit: `\frac12`.
            rest = _Token("number", token.text[1:], token.start + 1, token.end)
            self.tokens[self.i : self.i + 1] = [_Token("number", token.text[0], token.start, token.start + 1), rest]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise MathError("the formula nests too deeply")
        atom, _ = self._atom()
        self.depth -= 1
        return atom or "<mrow></mrow>"

    def _group(self, close: str) -> str:
        items = self._items((close,))
        self._expect(close)
        return _mrow(items) if items else "<mrow></mrow>"

    def _optional(self) -> str:
        self._skip_spaces()
        if not self._peek_is("["):
            return ""
        self.i += 1
        items = self._items(("]",))
        self._expect("]")
        return _mrow(items) if items else ""

    def _raw_argument(self) -> str:
        """The source of a braced argument (or of one sign)."""
        self._skip_spaces()
        token = self._next()
        if token is None:
            raise MathError("an argument is missing")
        if token.text != "{":
            return token.text
        depth, start = 1, token.end
        while depth:
            token = self._next()
            if token is None:
                raise MathError("a brace is opened and never closed")
            depth += (token.kind == "char") * ((token.text == "{") - (token.text == "}"))
        return self.latex[start : token.start]

    def _text(self) -> str:
        """Words; `$…$` inside them is mathematics again."""
        raw = self._raw_argument()
        parts = []
        for k, piece in enumerate(re.split(r"(?<!\\)\$", raw)):
            if k % 2 and piece.strip():
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    raise MathError("the formula nests too deeply")
                parts.append(_Converter(piece).document())
                self.depth -= 1
            elif not k % 2 and piece:
                parts.append(f"<mtext>{escape(_plain(piece))}</mtext>")
        return _mrow(parts) if parts else "<mrow></mrow>"

    def _delimiter(self) -> str:
        self._skip_spaces()
        token = self._next()
        if token is None:
            raise MathError("a delimiter is missing")
        if token.kind == "control" and token.text == "|":
            return "‖"
        sign = s.DELIMITERS.get(token.text)
        if sign is None:
            sign = s.RELATIONS.get(token.text)
        if sign is None:
            raise MathError(f"{token.text!r} is no delimiter")
        return sign

    # --- the stream ---------------------------------------------------------------------------------------------

    def _peek(self) -> _Token | None:
        return self.tokens[self.i] if self.i < len(self.tokens) else None

    def _peek_is(self, char: str) -> bool:
        k = self.i
        while k < len(self.tokens) and self.tokens[k].kind == "space":
            k += 1
        return k < len(self.tokens) and self.tokens[k].kind == "char" and self.tokens[k].text == char

    def _next(self) -> _Token | None:
        token = self._peek()
        self.i += 1
        return token

    def _skip_spaces(self) -> None:
        while (token := self._peek()) is not None and token.kind == "space":
            self.i += 1

    def _expect(self, char: str) -> None:
        self._skip_spaces()
        token = self._next()
        if token is None or token.kind != "char" or token.text != char:
            raise MathError(f"{char!r} is missing")


def _signs(items: list[str]) -> list[str]:
    """A sign at the beginning, or after another operator, belongs to what follows: no space after it."""
    out: list[str] = []
    for item in items:
        alone = item.startswith("<mo") and item[-6:-5] in "+−±∓" and item.endswith("</mo>")
        before = next((o for o in reversed(out) if not o.startswith("<mspace")), "")
        prefix = not before or (before.endswith("</mo>") and "postfix" not in before and not before.endswith("|</mo>"))
        out.append(_mo(item[-6:-5], ' form="prefix" lspace="0" rspace="0.05em"') if alone and prefix else item)
    return out


def _attach(atom: str, sub: str, sup: str, place: str) -> str:
    if not sub and not sup:
        return atom
    low, high, both = ("munder", "mover", "munderover") if place == "limits" else ("msub", "msup", "msubsup")
    if sub and sup:
        return f"<{both}>{atom}{sub}{sup}</{both}>"
    return f"<{low}>{atom}{sub}</{low}>" if sub else f"<{high}>{atom}{sup}</{high}>"


def _identifier(text: str, font: str) -> str:
    styled = "".join(_styled(c, font) for c in text)
    upright = font not in ("", "italic") and styled == text and len(text) == 1
    return f'<mi mathvariant="normal">{escape(styled)}</mi>' if upright else f"<mi>{escape(styled)}</mi>"


def _styled(char: str, font: str) -> str:
    """The letter of the wanted alphabet; the letter itself where Unicode has none."""
    if (font, char) in s.IRREGULAR:
        return s.IRREGULAR[font, char]
    if char in s.GREEK_BOLD.get(font, {}):
        return s.GREEK_BOLD[font][char]
    capital, small, digit = s.ALPHABETS.get(font, (0, 0, 0))
    if capital and "A" <= char <= "Z":
        return chr(capital + ord(char) - ord("A"))
    if small and "a" <= char <= "z":
        return chr(small + ord(char) - ord("a"))
    if digit and "0" <= char <= "9":
        return chr(digit + ord(char) - ord("0"))
    return char


def _plain(text: str) -> str:
    """Words as printed: fonts dropped, spaces kept (a browser trims common ones at the ends)."""
    text = re.sub(r"\\(?:text\w+|emph|mbox|mathrm)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\([A-Za-z]+)\s*", lambda m: "" if m.group(1) in s.IGNORED else m.group(), text)
    text = re.sub(r"\\(?:quad|qquad|[,;: ])", " ", text)
    text = re.sub(r"\\([%&#_${}])", r"\1", text)
    text = text.replace("~", "\u00a0").replace("---", "—").replace("--", "–").replace("{", "").replace("}", "")
    text = re.sub(r"\s+", " ", text)
    if text.startswith(" "):
        text = "\u00a0" + text[1:]
    return text[:-1] + "\u00a0" if text.endswith(" ") else text


def _fence(opener: str, body: str, closer: str) -> str:
    left = _mo(opener, _STRETCHY + ' form="prefix"') if opener else ""
    right = _mo(closer, _STRETCHY + ' form="postfix"') if closer else ""
    return f"<mrow>{left}{body}{right}</mrow>"


def _table(rows: list[list[list[str]]], style: str, columns: str = "") -> str:
    """`style`: "aligned" (right, left, right, … with display sizes), "cases" (left) or "centred"."""
    out = []
    for row in rows:
        cells = []
        for k, cell in enumerate(row):
            if columns:
                side = columns[k] if k < len(columns) else columns[-1]
            elif style == "aligned":
                side = ("r" if k % 2 == 0 else "l") if max(map(len, rows)) > 1 else "c"
            else:
                side = "l" if style == "cases" else "c"
            cells.append(f'<mtd class="{side}">{_mrow(cell) if cell else ""}</mtd>')
        out.append(f"<mtr>{''.join(cells)}</mtr>")
    sized = ' displaystyle="true"' if style == "aligned" else ""
    return f'<mtable class="{style}"{sized}>{"".join(out)}</mtable>'
