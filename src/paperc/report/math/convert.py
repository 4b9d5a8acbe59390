"""LaTeX to presentation MathML (the Core subset that browsers draw without help).

The formula is shown as it is printed, not as paperc understands it, so a reader can compare. LaTeX of a paper is
untrusted: every sign is escaped, and nothing but elements of this file reaches the page. A command that is not known
is shown by its name; a formula that cannot be read at all raises `MathError`, and the caller shows its source.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

from . import symbols as s
from .elements import (
    FIXED,
    RELATIVE,
    STRETCHY,
    THIN,
    TIGHT,
    attach,
    fence,
    identifier,
    mo,
    mrow,
    plain,
    signs,
    space,
    styled,
    table,
)
from .tokens import MathError, Stream, Token, visible

MAX_DEPTH = 60


def to_mathml(latex: str, *, display: bool = True) -> str:
    """One `<math>` element for a formula, or for the rows of a display (`a &= b \\\\ &= c`).

    Raises MathError.
    """
    body = Converter(latex).document()
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


class Converter(Stream):
    """A recursive descent over the tokens that writes elements as it goes."""

    def __init__(self, latex: str) -> None:
        super().__init__(latex)
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
        return mrow(rows[0][0]) if len(rows) == 1 and len(rows[0]) == 1 else table(rows, "aligned")

    def _rows(self, environment: str | None) -> list[list[list[str]]]:
        """Rows of cells up to the end of the environment, or of the formula."""
        rows: list[list[list[str]]] = [[[]]]
        while True:
            rows[-1][-1] += self._items(("end", "row", "cell"))
            token = self.next()
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
        while (token := self.peek()) is not None:
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
                fraction = f"<mfrac{thick}>{mrow(out or ['<mrow></mrow>'])}{mrow(rest or ['<mrow></mrow>'])}</mfrac>"
                out = [f"<mrow>{mo('(')}{fraction}{mo(')')}</mrow>" if token.text == "choose" else fraction]
                break
            out += self._scripted(out)
        self.font = font
        self.depth -= 1
        return signs(out)

    # --- scripts --------------------------------------------------------------------------------------

    def _scripted(self, before: list[str]) -> list[str]:
        """An atom with its scripts; what only makes space gives no element."""
        first = self.tokens[self.i]
        if first.kind == "char" and first.text in "_^'":
            atom, place = "<mrow></mrow>", "script"
        else:
            atom, place = self._atom()
        sub, sup, primes = "", "", 0
        while (token := self.peek()) is not None:
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
        out = [attach(atom or "<mrow></mrow>", sub, sup, place)]
        if place in ("function", "limits") and atom.endswith("</mi>"):
            if before and (not before[-1].endswith("</mo>") or 'form="postfix"' in before[-1]):
                out.insert(0, THIN)
            if self._takes_space():
                out.append(THIN)
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
                return space(0.25)
            case "-":
                return self._sign("−")
            case "+" | "=" | "<" | ">":
                return self._sign(text)
            case "*":
                return self._sign("∗")
            case "(" | "[":
                return mo(text, FIXED + ' form="prefix"')
            case ")" | "]":
                return mo(text, FIXED + ' form="postfix"')
            case "|":
                return mo("|", TIGHT)
            case "/":
                return mo("/", TIGHT)
            case "&":
                return ""
            case "$" | "#":
                return ""
        if text.isalpha() or unicodedata.category(text) in ("Lm", "Mn"):
            return self._letters(text)
        if unicodedata.category(text).startswith(("C", "Z")):
            return ""
        return mo(text)

    def _sign(self, sign: str, space: str = "") -> str:
        """An operator or relation; TeX sets no space around it in scripts."""
        return mo(sign, (' lspace="0.05em" rspace="0.05em"' if self.small else space) + FIXED)

    def _letters(self, text: str) -> str:
        """One letter; in a roman font a whole word."""
        if self.font == "roman":
            while (token := self.peek()) is not None and token.kind == "char" and token.text.isalpha():
                text += token.text
                self.i += 1
            return f'<mi mathvariant="normal">{escape(text)}</mi>' if len(text) == 1 else f"<mi>{escape(text)}</mi>"
        if self.font == "italic":
            while (token := self.peek()) is not None and token.kind == "char" and token.text.isalpha():
                text += token.text
                self.i += 1
        return identifier(text, self.font)

    def _number(self, text: str) -> str:
        return f"<mn>{escape(''.join(styled(c, self.font) for c in text))}</mn>"

    def _control(self, text: str) -> str:
        if text in s.SPACES:
            return space(s.SPACES[text])
        if text == "|":
            return mo("‖", TIGHT)
        if text in "{}":
            return mo(text, f' form="{"prefix" if text == "{" else "postfix"}"' + FIXED)
        if text in s.UPRIGHT:
            return f'<mi mathvariant="normal">{escape(text)}</mi>'
        if text in "-/()[]":
            return ""
        return f"<mtext>{escape(text)}</mtext>"

    def _command(self, name: str) -> tuple[str, str]:
        if name.lower() in s.ACCENTS and name not in s.LETTERS and name not in s.UPRIGHT and name[0].isupper():
            name = name.lower()  # \Hat, \Tilde: amsmath's accents over accents
        if name in s.LETTERS:
            return identifier(s.LETTERS[name], self.font), "script"
        if name in s.UPRIGHT:
            sign = s.UPRIGHT[name]
            shown = styled(sign, "bold" if self.font.startswith("bold") else "")
            return f'<mi mathvariant="normal">{escape(shown)}</mi>', "script"
        if name in s.OPERATORS:
            return self._sign(s.OPERATORS[name]), "script"
        if name in s.RELATIONS:
            return self._sign(s.RELATIONS[name], RELATIVE), "script"
        if name in s.BIG:
            return mo(s.BIG[name], ' largeop="true" movablelimits="true"'), "limits"
        if name in s.INTEGRALS:
            return mo(s.INTEGRALS[name], ' largeop="true"'), "script"
        if name in s.LIMIT_FUNCTIONS:
            return f"<mi>{s.LIMIT_FUNCTIONS[name]}</mi>", "limits"
        if name in s.FUNCTIONS:
            return f"<mi>{name}</mi>", "function"
        if name in s.SPACES:
            return space(s.SPACES[name]), "script"
        if name in s.DELIMITERS:
            return mo(s.DELIMITERS[name], TIGHT), "script"
        return self._construct(name)

    def _construct(self, name: str) -> tuple[str, str]:
        """Commands with arguments."""
        if name in ("frac", "dfrac", "tfrac", "cfrac", "sfrac", "nicefrac"):
            return self._fraction(name), "script"
        if name in ("binom", "dbinom", "tbinom"):
            body = f'<mfrac linethickness="0">{self._argument()}{self._argument()}</mfrac>'
            return f"<mrow>{mo('(', STRETCHY)}{body}{mo(')', STRETCHY)}</mrow>", "script"
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
            sign = self.delimiter()
            sized = f' minsize="{size}em" maxsize="{size}em" stretchy="true" symmetric="true"'
            return (mo(sign, sized) if sign else ""), "script"
        if name in ("overline", "underline", "underbar"):
            return f'<mrow class="{name.replace("bar", "line")}">{self._argument()}</mrow>', "script"
        if name in s.ACCENTS:
            mark = mo(s.ACCENTS[name], f' stretchy="{"true" if name in s.WIDE else "false"}"')
            over = f'<mover accent="true">{self._argument()}{mark}</mover>'
            return over, "limits" if name in ("overbrace", "overparen") else "script"
        if name in s.UNDER_ACCENTS:
            mark = mo(s.UNDER_ACCENTS[name], f' stretchy="{"true" if name in s.WIDE else "false"}"')
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
            arrow = mo(s.ARROWS[name], ' stretchy="true"')
            return f"<munderover>{arrow}{below}{above}</munderover>", "script"
        return self._other(name)

    def _other(self, name: str) -> tuple[str, str]:
        if name == "substack":
            return self._substack(), "script"
        if name == "not":
            token = self.peek()
            sign = "" if token is None else s.RELATIONS.get(token.text, token.text if token.kind == "char" else "")
            if not sign or sign == "{":
                raise MathError("\\not before something that is no relation")
            self.i += 1
            return mo(unicodedata.normalize("NFC", sign + "\u0338"), FIXED + RELATIVE), "script"
        if name in ("bmod", "mod"):
            return mo("mod", ' lspace="0.2222em" rspace="0.2222em"'), "script"
        if name in ("pmod", "pod"):
            word = "<mi>mod</mi>" + THIN if name == "pmod" else ""
            return f"<mrow>{space(1)}{mo('(')}{word}{self._argument()}{mo(')')}</mrow>", "script"
        if name == "phantom":
            return f"<mphantom>{self._argument()}</mphantom>", "script"
        if name in ("boxed", "fbox"):
            return f'<mrow class="boxed">{self._argument()}</mrow>', "script"
        if name in ("cancel", "bcancel", "xcancel", "sout"):
            return f'<mrow class="cancelled">{self._argument()}</mrow>', "script"
        if name in ("textcolor", "colorbox", "raisebox", "href", "scalebox", "resizebox"):
            self.raw_argument()
            return self._argument(), "script"
        if name == "mathchoice":
            first = self._argument()
            for _ in range(3):
                self._argument()
            return first, "script"
        if name in s.IGNORED_WITH_ARGUMENT or name in s.IGNORED_WITH_TWO:
            self.raw_argument()
            if name in s.IGNORED_WITH_TWO:
                self.raw_argument()
            return "", "script"
        if name in s.KEPT_ARGUMENT and self.peek_is("{"):
            return self._argument(), "limits" if name == "mathop" else "script"
        if name in s.IGNORED:
            return "", "script"
        if name == "rule":
            return "", "script"
        return f'<mtext class="unknown">\\{escape(name)}</mtext>', "script"

    def _fraction(self, name: str) -> str:
        upper, lower = self._argument(), self._argument()
        if name in ("sfrac", "nicefrac"):
            return f"<mrow>{upper}{mo('/', TIGHT)}{lower}</mrow>"
        body = f"<mfrac>{upper}{lower}</mfrac>"
        if name == "frac":
            return body
        return f'<mstyle displaystyle="{"false" if name == "tfrac" else "true"}">{body}</mstyle>'

    def _fenced(self) -> str:
        """`\\left( … \\middle| … \\right)`."""
        opener = self.delimiter()
        parts = [mo(opener, STRETCHY + ' form="prefix"')] if opener else []
        while True:
            parts += self._items(("right", "end", "row"))
            token = self.next()
            if token is not None and token.kind == "row":
                continue
            if token is None or token.kind == "end":
                raise MathError("\\left without \\right")
            sign = self.delimiter()
            if token.text == "right":
                if sign:
                    parts.append(mo(sign, STRETCHY + ' form="postfix"'))
                return f"<mrow>{''.join(parts)}</mrow>"
            if sign:
                parts.append(mo(sign, STRETCHY + ' lspace="0.1667em" rspace="0.1667em"'))

    def _styled_group(self, name: str) -> tuple[str, str]:
        style = s.FONTS[name]
        if name in s.OLD_FONTS and not self.peek_is("{"):
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
        self.expect("{")
        rows: list[list[list[str]]] = [[[]]]
        while True:
            rows[-1][-1] += self._items(("}", "row"))
            token = self.next()
            if token is None:
                raise MathError("a brace is opened and never closed")
            if token.kind != "row":
                return table(rows, "centred")
            rows.append([[]])

    def _environment(self, name: str) -> str:
        if name in ("array", "tabular", "alignedat", "alignat", "alignat*", "subarray"):
            self._optional()
            columns = self.raw_argument() if self.peek_is("{") else ""
        else:
            columns = ""
        before, self.font = self.font, self.font
        rows = self._rows(name)
        self.font = before
        if name in s.CASES:
            opener, closer = s.CASES[name]
            return fence(opener, table(rows, "cases"), closer)
        if name in s.MATRICES:
            opener, closer = s.MATRICES[name]
            letters = re.sub(r"\{[^{}]*\}|[^lcr]", "", columns)
            return fence(opener, table(rows, "centred", letters), closer)
        if name in s.ALIGNED:
            return table(rows, "aligned")
        raise MathError(f"unknown environment {name}")

    # --- arguments -----------------------------------------------------------------------------------------

    def _argument(self) -> str:
        """A braced group, or the one atom that follows."""
        self.skip_spaces()
        token = self.peek()
        if token is None or token.kind in ("end", "row"):
            raise MathError("an argument is missing")
        if token.kind == "char" and token.text == "{":
            self.i += 1
            return self._group("}")
        if token.kind == "char" and token.text in "}_^&":
            raise MathError("an argument is missing")
        if token.kind == "number" and len(token.text) > 1:
            # TeX takes one digit: `\frac12`.
            rest = Token("number", token.text[1:], token.start + 1, token.end)
            self.tokens[self.i : self.i + 1] = [Token("number", token.text[0], token.start, token.start + 1), rest]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise MathError("the formula nests too deeply")
        atom, _ = self._atom()
        self.depth -= 1
        return atom or "<mrow></mrow>"

    def _group(self, close: str) -> str:
        items = self._items((close,))
        self.expect(close)
        return mrow(items) if items else "<mrow></mrow>"

    def _optional(self) -> str:
        self.skip_spaces()
        if not self.peek_is("["):
            return ""
        self.i += 1
        items = self._items(("]",))
        self.expect("]")
        return mrow(items) if items else ""

    def _text(self) -> str:
        """Words; `$…$` inside them is mathematics again."""
        raw = self.raw_argument()
        parts = []
        for k, piece in enumerate(re.split(r"(?<!\\)\$", raw)):
            if k % 2 and piece.strip():
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    raise MathError("the formula nests too deeply")
                parts.append(Converter(piece).document())
                self.depth -= 1
            elif not k % 2 and piece:
                parts.append(f"<mtext>{escape(plain(piece))}</mtext>")
        return mrow(parts) if parts else "<mrow></mrow>"
