"""Commands: letters, fractions, accents, fonts, decorations."""

from __future__ import annotations

from dataclasses import replace

from .. import notation as n
from ..tokens import Token
from ..tree import (
    Binomial,
    Decorated,
    Ellipsis,
    Fraction,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Placeholder,
    Root,
    Scripted,
    Symbol,
    Unary,
)
from .cursor import Cursor, ParseFailure


class Commands(Cursor):
    """What a backslash may begin."""

    def command(self, token: Token) -> Node:
        name, start = token.text, self.i
        at = (token.start, token.end)
        if name in n.LETTERS:
            self.i += 1
            name = n.SYMBOL_ALIASES.get(name, name)
            return Symbol(name, (), token.font if token.font != "rm" else "", at=at)
        if name in n.ELLIPSES:
            self.i += 1
            return Ellipsis(n.ELLIPSES[name], at=at)
        if name in ("frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac"):
            self.i += 1
            numerator, denominator = self.argument(), self.argument()
            return Fraction(numerator, denominator, at=self.at(start))
        if name in ("binom", "tbinom", "dbinom"):
            self.i += 1
            return Binomial(self.argument(), self.argument(), at=self.at(start))
        if name == "sqrt":
            self.i += 1
            degree = None
            if self.is_("mark", "["):
                body = self.bracket("[")
                degree = body.body if isinstance(body, Group) else body
            return Root(self.argument(), degree, at=self.at(start))
        if name in n.ENCLOSING and self.is_("open", ahead=1):
            self.i += 1
            opener = n.ENCLOSING[name]
            return Group(opener, n.CLOSES[opener], self.argument(), at=self.at(start))
        if name in ("pdv", "dv", "odv", "fdv"):
            return self._derivative(name, start)
        if name == "Pr":
            self.i += 1
            return self.expectation("Pr", (), start) if self.bracket_ahead() else Symbol(name, (), "", True, at=at)
        if name in n.FUNCTIONS and name not in n.ACCENTS:
            self.i += 1
            return self.applied(Symbol(name, (), "", True, at=at), start)
        if name in n.ACCENTS:
            return self._accented(n.ACCENTS[name], start)
        if name in n.FONTS:
            return self._font(n.FONTS[name], start)
        if name in n.OLD_FONTS:
            self.i += 1
            return self.factor()
        if name in n.DECORATIONS:
            return self._decorated(name, start)
        if name in ("overset", "underset", "stackrel"):
            self.i += 1
            note, body = self.argument(), self.argument()
            return Decorated(name, body, note, at=self.at(start))
        if name in ("langle", "lfloor", "lceil", "lvert", "lVert", "lbrace", "lbrack", "llbracket"):
            sign = n.DELIMITERS[name]
            return self.bracket(sign)
        if name in ("vert", "Vert"):
            return self.bracket(n.DELIMITERS[name])
        if name in ("substack",):
            self.i += 1
            return self.argument(script=True)
        if name in ("cdot", "bullet") or name == "square":
            self.i += 1
            return Placeholder(at=at)
        if name in ("neg", "lnot"):
            self.i += 1
            return Unary("¬", self.factor(), at=self.at(start))
        if name in ("S", "P", "aa", "AA", "o", "O", "ss", "ae", "L", "l"):
            self.i += 1
            return Symbol(name, at=at)
        if name in ("pmod", "pod"):
            raise self.fail("congruence", "a congruence: equality up to multiples is not read")
        if name in ("textstyle", "displaystyle"):
            self.i += 1
            return self.factor()
        if name in n.MULTIPLICATIVE or name in n.ADDITIVE or name in n.RELATIONS:
            raise self.fail("missing-operand", f"“\\{name}” stands where a value should")
        raise self.fail("unknown-command", f"the command “\\{name}” is not known")

    def _derivative(self, name: str, start: int) -> Node:
        """`\\pdv{f}{x}` of the physics package, as the fraction that it prints."""
        self.i += 1
        sign = Symbol("d" if name != "pdv" else "partial")
        if self.is_("mark", "["):
            self.bracket("[")
        upper = self.argument()
        lower = self.argument() if self.is_("open") else None
        if lower is None:
            return Fraction(sign, Juxtaposition((sign, upper)), at=self.at(start))
        return Fraction(Juxtaposition((sign, upper)), Juxtaposition((sign, lower)), at=self.at(start))

    def _accented(self, accent: str, start: int) -> Node:
        self.i += 1
        if self.is_("open"):
            body = self.argument()
        else:
            token = self.peek()
            if token is not None and token.kind == "command" and token.text in n.FONTS:
                self.i += 1
                body = self.font_argument(n.FONTS[token.text])
            else:
                body = self.argument()
        if (
            isinstance(body, Symbol)
            and body.name == "E"
            and body.font == "bb"
            and (self.bracket_ahead() or self.operand_ahead())
        ):
            return self.expectation("E", (accent, *body.accents), start)
        if isinstance(body, Symbol):
            return replace(body, accents=(accent, *body.accents), at=self.at(start))
        if isinstance(body, Scripted) and isinstance(body.base, Symbol):
            # `\hat{x_t}` is the hat on x with the script t.
            return replace(body, base=replace(body.base, accents=(accent, *body.base.accents)), at=self.at(start))
        letters = isinstance(body, Juxtaposition) and all(
            isinstance(k, Symbol) and len(k.name) == 1 for k in body.items
        )
        if isinstance(body, Juxtaposition) and letters and accent != "underline":
            word = "".join(k.name for k in body.items if isinstance(k, Symbol))
            return Symbol(word, (accent,), "", True, at=self.at(start))
        return Decorated(accent, body, None, at=self.at(start))

    def _font(self, font: str, start: int) -> Node:
        self.i += 1
        node = self.font_argument(font)
        base = node
        if isinstance(base, Symbol) and not base.accents:
            named = base.font == "bb" and base.name in ("E", "V", "P")
            if named and (self.bracket_ahead() or (base.name == "E" and self.operand_ahead())):
                return self.expectation(n.EXPECTATIONS[base.name], (), start)
            if base.font in ("cal", "bb", "bf") and base.name == "E" and self._square_ahead():
                return self.expectation("E", (), start)
        return node

    def _square_ahead(self) -> bool:
        j = self.i
        while (
            j < len(self.t) and self.t[j].kind != "left" and not (self.t[j].kind == "mark" and self.t[j].text in "[(")
        ):
            j += 1
        return self.bracket_ahead() and j < len(self.t) and self.t[j].text == "["

    def font_argument(self, font: str) -> Node:
        """The argument of a font command; letters together under an upright font are one word."""
        start = self.i
        if not self.is_("open"):
            node = self.argument()
            return _with_font(node, font)
        inner = self.raw_group()
        letters = all(t.kind == "letter" for t in inner) and len(inner) > 1
        if letters and font not in ("",):
            name = "".join(t.text for t in inner)
            symbol = Symbol(name, (), font if font != "rm" else "", True, at=self.at(start))
            return self.applied(symbol, start) if name in n.WORD_FUNCTIONS else symbol
        if not inner:
            return Placeholder(at=self.at(start))
        if len(inner) == 1 and inner[0].kind == "number":
            return Symbol(inner[0].text, (), font, at=self.at(start)) if font in ("bf", "bb") else Number(inner[0].text)
        sub = self.nested(inner)
        node = sub.sequence()
        sub.expect_end()
        return _with_font(node, font)

    def _decorated(self, name: str, start: int) -> Node:
        self.i += 1
        for _ in range(n.DECORATIONS[name] - 1):
            self.argument()
        body = self.argument()
        note: Node | None = None
        if name in ("underbrace", "overbrace") and (self.is_("sub") or self.is_("sup")):
            self.i += 1
            try:
                note = self.argument(script=True)
            except ParseFailure:
                note = None
        return Decorated(name, body, note, at=self.at(start))


def _with_font(node: Node, font: str) -> Node:
    if not font:
        return node
    if isinstance(node, Symbol):
        return replace(node, font=node.font or (font if font != "rm" or len(node.name) == 1 else ""))
    if isinstance(node, Scripted):
        return replace(node, base=_with_font(node.base, font))
    if isinstance(node, Juxtaposition):
        return replace(node, items=tuple(_with_font(k, font) for k in node.items))
    if isinstance(node, List):
        return replace(node, items=tuple(_with_font(k, font) for k in node.items))
    return node
