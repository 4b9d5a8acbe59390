"""A Pratt parser from tokens to the surface tree. It knows notation, never types.

Binding, from loose to tight: statements, relations, sums, explicit products, juxtaposition, prefix functions and big
operators, scripts. A slash takes the whole juxtaposition that follows (`a / bc` is a/(bc)) up to the next big operator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import notation as n
from .tokens import Token
from .tree import (
    Apply,
    BigOp,
    Binary,
    Binomial,
    Cases,
    Decorated,
    Ellipsis,
    Fraction,
    Given,
    Group,
    Juxtaposition,
    List,
    Matrix,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Root,
    Scripted,
    Symbol,
    Text,
    Unary,
)

MAX_DEPTH = 120


class ParseFailure(Exception):
    """The formula cannot be read; becomes a `Problem`."""

    def __init__(self, code: str, message: str, at: tuple[int, int]) -> None:
        super().__init__(message)
        self.code, self.message, self.at = code, message, at


class Parser:
    """Parses one run of tokens that holds no top-level statement break."""

    def __init__(self, tokens: Sequence[Token], words: frozenset[str] = frozenset(), depth: int = 0) -> None:
        self.t, self.i, self.words, self.depth = tokens, 0, words, depth
        self.bars: list[str] = []
        """Bars that are open: "|" and "‖" close themselves, so the parser must remember."""
        self.stop_big = 0
        self.integrals = 0
        """Integrals that are open: inside them a `d` before a name is a differential."""

    # --- cursor

    def peek(self, ahead: int = 0) -> Token | None:
        j = self.i + ahead
        return self.t[j] if j < len(self.t) else None

    def fail(self, code: str, message: str) -> ParseFailure:
        token = self.peek() or (self.t[-1] if self.t else None)
        return ParseFailure(code, message, (token.start, token.end) if token else (-1, -1))

    def is_(self, kind: str, text: str | None = None, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token is not None and token.kind == kind and (text is None or token.text == text)

    def at(self, start: int) -> tuple[int, int]:
        """The offsets from token `start` to the last one read."""
        if not self.t or start >= len(self.t):
            return (-1, -1)
        return (self.t[start].start, self.t[max(start, self.i - 1)].end)

    def enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail("too-deep", f"the formula nests deeper than {MAX_DEPTH} levels")

    # --- sequences and relations

    def sequence(self, closing: str | None = None) -> Node:
        """A comma list, a bar, or a single expression, up to the closing bracket or the end."""
        start = self.i
        token = self.peek()
        if token is not None and self._is_bar(token) and token.kind == "mark" and not self._has_partner(token):
            left: Node = Placeholder()  # `\pi(|s)`
        else:
            left = self._comma_list(closing)
        token = self.peek()
        if token is not None and self._is_bar(token) and not self._ends(token, closing):
            self.i += 1
            op = "|" if token.text in ("|", "mid") else "||"
            right = self.sequence(closing) if not self._at_end(closing) else Placeholder()
            return Given(left, right, op, at=self.at(start))
        return left

    def _has_partner(self, token: Token) -> bool:
        """The same bar stands once more before this group ends."""
        depth = 0
        for other in self.t[self.i + 1 :]:
            if other.kind in ("open", "left") or (other.kind == "mark" and other.text in "([{"):
                depth += 1
            elif other.kind in ("close", "right") or (other.kind == "mark" and other.text in ")]}"):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0 and other.kind == "mark" and other.text == token.text:
                return True
        return False

    def _at_end(self, closing: str | None) -> bool:
        token = self.peek()
        return token is None or self._ends(token, closing)

    def _ends(self, token: Token, closing: str | None) -> bool:
        if token.kind in ("close", "right", "cell", "row", "end"):
            return True
        if token.kind == "mark":
            if token.text in ("|", "‖"):
                return closing == token.text and bool(self.bars) and self.bars[-1] == token.text
            return token.text in (")", "]", "}")
        return token.kind == "command" and token.text in (
            "rangle", "rfloor", "rceil", "rvert", "rVert", "rbrace", "rbrack", "rrbracket",
        )  # fmt: skip

    def _is_bar(self, token: Token) -> bool:
        if token.kind == "middle":
            return token.text in ("|", "‖")
        if token.kind == "mark" and token.text in ("|", "‖"):
            return not (self.bars and self.bars[-1] == token.text)
        return token.kind == "command" and token.text in ("mid", "parallel", "vert", "Vert")

    def _comma_list(self, closing: str | None) -> Node:
        start = self.i
        items: list[Node] = []
        separators: list[str] = []
        while True:
            if self._at_end(closing):
                if separators:  # `a, b,` and `f(x,)`: a trailing separator carries nothing
                    separators.pop()
                break
            token = self.peek()
            assert token is not None
            if token.kind == "mark" and token.text in (",", ";", ":") and not items:
                self.i += 1
                continue
            items.append(self.condition())
            if self.is_("mark", ".") and self.is_("space", ahead=1):
                self.i += 1
            token = self.peek()
            if token is not None and token.kind == "mark" and token.text in (",", ";"):
                separators.append(token.text)
                self.i += 1
                self._spaces()
                continue
            if token is not None and token.kind == "mark" and token.text == ":" and not self._at_end(closing):
                separators.append(":")
                self.i += 1
                continue
            if token is not None and token.kind == "space":
                self._spaces()
                if not self._at_end(closing) and not (self.peek() is not None and self._is_bar(self.peek())):  # type: ignore[arg-type]
                    # Only at the top is a wide space no comma: there it parts statements.
                    separators.append(" " if self.depth == 0 and closing is None else ",")
                    continue
            break
        if not items:
            return Placeholder(at=self.at(start))
        if len(items) == 1:
            return items[0]
        return List(tuple(items), tuple(separators[: len(items) - 1]), at=self.at(start))

    def _spaces(self) -> None:
        while self.is_("space"):
            self.i += 1

    def condition(self) -> Node:
        """A relation with the words beside it: `x, if x > 0`; `a = b for all i`; `\\forall i \\in S`."""
        start = self.i
        token = self.peek()
        kind = None if token is None else self._condition_kind(token)
        body: Node = Placeholder() if kind in ("forall", "exists", "st") else self.relation()
        while True:
            mark = self.i
            self._spaces()
            token = self.peek()
            kind = None if token is None else self._condition_kind(token)
            if token is None or kind is None:
                self.i = mark
                return body
            self.i += 1
            self._spaces()
            while self.is_("mark", ":") or self.is_("mark", ","):
                self.i += 1
            condition = self._comma_list(None)
            if kind == "remark":
                # Words that are no known condition stay visible: nobody may take the formula to hold without them.
                text = Text(token.text, at=(token.start, token.end))
                empty = isinstance(condition, Placeholder)
                kind, condition = "with", text if empty else Juxtaposition((text, condition), at=self.at(mark))
            body = Quantified(kind, body, condition, at=self.at(start))

    def _condition_kind(self, token: Token) -> str | None:
        if token.kind == "command" and token.text in ("forall", "exists"):
            return token.text
        if token.kind == "text":
            return n.CONDITION_WORDS.get(token.text.lower().strip(" ,.:;"), "remark")
        if token.kind == "word" and token.text in ("s.t.", "if", "for", "st", "subjectto"):
            return n.CONDITION_WORDS.get(token.text, "st")
        return None

    def relation(self) -> Node:
        start = self.i
        first: Node
        if self._relation_sign() is not None:
            first = Placeholder()  # a row that continues a chain
        else:
            first = self.additive()
        rest: list[tuple[str, Node]] = []
        while (sign := self._relation_sign()) is not None:
            op, width = sign
            self.i += width
            self._script_on_relation()
            self._spaces()
            if self._at_end(None) or (self.is_("mark") and self.peek().text in (",", ";", ".")):  # type: ignore[union-attr]
                rest.append((op, Placeholder()))
                break
            rest.append((op, self.additive()))
        if not rest:
            return first
        return Relation(first, tuple(rest), at=self.at(start))

    def _relation_sign(self) -> tuple[str, int] | None:
        token = self.peek()
        if token is None:
            return None
        if token.kind == "mark":
            if token.text == ":" and self.is_("mark", "=", 1):
                return ":=", 2
            if token.text == ":" and self.is_("command", "=", 1):
                return ":=", 2
            if token.text == "=" and self.is_("mark", ":", 1):
                return "=:", 2
            if (
                token.text in ("<", "=")
                and self.is_("mark", "-", 1)
                and token.text == "<"
                and self.t[self.i + 1].start == token.end
            ):
                return "←", 2
            if token.text in ("=", "<", ">"):
                return n.RELATIONS[token.text], 1
            return None
        if token.kind == "command":
            if token.text in ("stackrel", "overset", "underset", "xrightarrow", "xleftarrow"):
                return self._stacked()
            if token.text in n.RELATIONS and token.text not in ("<", ">"):
                return n.RELATIONS[token.text], 1
        return None

    def _stacked(self) -> tuple[str, int] | None:
        """`\\overset{def}{=}`: the relation of the second group, if it is one."""
        token = self.peek()
        assert token is not None
        save, groups = self.i, []
        self.i += 1
        if token.text in ("xrightarrow", "xleftarrow"):
            self._raw_group()
            width, self.i = self.i - save, save
            return ("→" if token.text == "xrightarrow" else "←"), width
        for _ in range(2):
            groups.append(self._raw_group())
        width, self.i = self.i - save, save
        note, base = ("".join(t.text for t in g) for g in groups)
        if token.text == "underset":
            pass
        if len(groups[1]) == 1 and base in n.RELATIONS:
            if base == "=" and any(w in note.lower() for w in ("def", "△", "triangle", "!", "Delta")):
                return ":=", width
            return n.RELATIONS[base], width
        return None

    def _raw_group(self) -> list[Token]:
        """The tokens of the next argument, unparsed."""
        if not self.is_("open"):
            self.i += 1
            return [self.t[self.i - 1]] if self.i <= len(self.t) else []
        depth, first = 0, self.i + 1
        while self.i < len(self.t):
            depth += (self.t[self.i].kind == "open") - (self.t[self.i].kind == "close")
            self.i += 1
            if depth == 0:
                return list(self.t[first : self.i - 1])
        raise self.fail("unbalanced-bracket", "a brace is opened and never closed")

    def _script_on_relation(self) -> None:
        while self.is_("sub") or self.is_("sup"):
            self.i += 1
            self._argument()

    # --- operators

    def additive(self) -> Node:
        self._spaces()
        start = self.i
        self.enter()
        try:
            token = self.peek()
            if token is not None and self._sign(token, n.ADDITIVE) in ("-", "+", "±", "∓"):
                self.i += 1
                operand = self.multiplicative()
                left: Node = Unary(self._sign(token, n.ADDITIVE) or "-", operand, at=self.at(start))
            else:
                left = self.multiplicative()
            while (token := self.peek()) is not None and (op := self._sign(token, n.ADDITIVE)) is not None:
                self.i += 1
                self._spaces()
                nxt = self.peek()
                if nxt is not None and self._sign(nxt, n.ADDITIVE) in ("-", "+"):
                    here = self.i
                    self.i += 1
                    right: Node = Unary(self._sign(nxt, n.ADDITIVE) or "-", self.multiplicative(), at=self.at(here))
                elif self._at_end(None) or self._relation_sign() is not None:
                    raise self.fail("missing-operand", f"nothing stands behind “{op}”")
                else:
                    right = self.multiplicative()
                left = Binary(op, left, right, at=self.at(start))
            return left
        finally:
            self.depth -= 1

    def _sign(self, token: Token, table: object) -> str | None:
        if token.kind not in ("mark", "command"):
            return None
        assert hasattr(table, "get")
        if token.kind == "mark" and token.text.isalpha():
            return None
        found = table.get(token.text)
        return found if isinstance(found, str) else None

    def multiplicative(self) -> Node:
        start = self.i
        left = self.juxtaposed()
        while (token := self.peek()) is not None:
            op = self._sign(token, n.MULTIPLICATIVE)
            if op is None:
                if self.stop_big == 0 and self._starts_factor(token):
                    # What a slash did not take (a big operator, a bracket): the product goes on.
                    right = self.juxtaposed()
                    items = (left, *right.items) if isinstance(right, Juxtaposition) else (left, right)
                    left = Juxtaposition(items, at=self.at(start))
                    continue
                break
            if token.kind == "command" and token.text == "parallel" and self.bars_allow_given():
                break
            self.i += 1
            if self._at_end(None) and op == "*":
                left = Scripted(left, None, Symbol("*"), at=self.at(start))  # `{g*}`
                continue
            if self._at_end(None) and op == "·" and not isinstance(left, Juxtaposition):
                return Juxtaposition((left, Placeholder()), at=self.at(start))  # `A_{i\cdot}`
            if self._at_end(None) or (self.is_("mark", ",")) or self._relation_sign() is not None:
                raise self.fail("missing-operand", f"nothing stands behind “{op}”")
            if op in ("/", "÷"):
                self.stop_big += 1
                try:
                    right = self._denominator(left)
                finally:
                    self.stop_big -= 1
            elif self._is_minus():
                here = self.i
                self.i += 1
                right = Unary("-", self.juxtaposed(), at=self.at(here))
            else:
                right = self.juxtaposed()
            left = Binary(op, left, right, at=self.at(start))
        return left

    def bars_allow_given(self) -> bool:
        return True

    def _is_minus(self) -> bool:
        token = self.peek()
        return token is not None and token.kind == "mark" and self._sign(token, n.ADDITIVE) == "-"

    def _denominator(self, numerator: Node) -> Node:
        if self._is_minus():
            here = self.i
            self.i += 1
            return Unary("-", self.factor(), at=self.at(here))
        if isinstance(numerator, Number) and self.is_("number"):
            return self.factor()  # `1/2 x` is one half of x
        return self.juxtaposed()

    def juxtaposed(self) -> Node:
        start = self.i
        items = [self.factor()]
        while (token := self.peek()) is not None and self._starts_factor(token):
            if self.stop_big and (self._is_big(token) or self._is_prefix(token) or self._is_differential()):
                break
            items.append(self.factor())
        if len(items) == 1:
            return items[0]
        return Juxtaposition(tuple(items), at=self.at(start))

    def _is_big(self, token: Token) -> bool:
        return token.kind == "command" and token.text in n.BIG_OPERATORS

    def _is_prefix(self, token: Token) -> bool:
        return token.kind in ("command", "word") and token.text in n.FUNCTIONS

    def _is_differential(self) -> bool:
        """`d x` at the end of an integrand: an upright d, or any d inside an integral, before a name."""
        token, after = self.peek(), self.peek(1)
        if token is None or after is None or token.kind != "letter" or token.text != "d":
            return False
        name = after.kind in ("letter", "open") or (
            after.kind == "command" and (after.text in n.LETTERS or after.text in n.FONTS or after.text in n.ACCENTS)
        )
        return name and (token.font == "rm" or self.integrals > 0)

    def _starts_factor(self, token: Token) -> bool:
        match token.kind:
            case "letter" | "number" | "word" | "open" | "begin":
                return True
            case "left":
                return not (
                    token.font == "big" and token.text in ("|", "‖") and self.bars and self.bars[-1] == token.text
                )
            case "sub" | "sup" | "prime":
                return False
            case "mark":
                if token.text in ("|", "‖"):
                    if self.bars and self.bars[-1] == token.text:
                        return False
                    return self._opens_bar(token)
                return token.text in ("(", "[", "{")
            case "command":
                name = token.text
                if name in n.RELATIONS or name in n.ADDITIVE or name in n.MULTIPLICATIVE:
                    return False
                if name in ("stackrel", "overset", "underset") and self._stacked() is not None:
                    return False
                return name not in (
                    "mid", "rangle", "rfloor", "rceil", "rvert", "rVert", "vert", "Vert", "rbrace", "rbrack", "forall",
                    "exists", "rrbracket", "colon", "because", "therefore", "neg@",
                )  # fmt: skip
        return False

    def _opens_bar(self, token: Token) -> bool:
        """A bar after an operand opens an absolute value if its partner follows before this group ends."""
        depth = 0
        for j in range(self.i + 1, len(self.t)):
            other = self.t[j]
            if other.kind in ("open", "left") or (other.kind == "mark" and other.text in "([{"):
                depth += 1
            elif other.kind in ("close", "right") or (other.kind == "mark" and other.text in ")]}"):
                depth -= 1
                if depth < 0:
                    return False
            elif depth == 0 and other.kind == "mark" and other.text == token.text:
                before = self.t[self.i - 1] if self.i else None
                # `p(x | y) … |z|` : inside brackets a bar after a name is a condition, unless spaced tight to the right.
                tight_after = self.i + 1 < len(self.t) and not self.t[self.i + 1].spaced
                loose_before = token.spaced or (before is not None and before.kind in ("close", "right", "mark"))
                return token.text == "‖" or (tight_after and loose_before) or not token.spaced
            elif depth == 0 and other.kind == "mark" and other.text == "," and token.text == "|":
                return False
        return False

    # --- factors

    def factor(self) -> Node:
        """A primary with its scripts."""
        self.enter()
        try:
            start = self.i
            token = self.peek()
            if token is None:
                raise self.fail("missing-operand", "the formula ends where something should follow")
            if token.kind == "command" and token.text in n.BIG_OPERATORS:
                return self.scripts(self._big(token, n.BIG_OPERATORS[token.text]), start)
            if token.kind == "command" and token.text in n.UNIONS and self.is_("sub", ahead=1):
                return self._big(token, n.UNIONS[token.text])
            if token.kind == "word" and token.text.lower() in ("argmax", "argmin"):
                return self._big(token, token.text.lower())
            if token.kind == "command" and token.text == "arg" and self._arg_follows():
                return self._arg(token)
            if token.kind == "word" and token.text.lower() in n.SEARCHES and self.is_("sub", ahead=1):
                return self._big(token, n.SEARCHES[token.text.lower()])
            if token.kind == "word" and token.text in ("max", "min", "sup", "inf"):
                return self.scripts(self._big(token, token.text), start)
            node = self.primary()
            node = self.scripts(node, start)
            return self._factorial(node, start)
        finally:
            self.depth -= 1

    def _factorial(self, node: Node, start: int) -> Node:
        while (self.is_("mark", "!") and not self.is_("mark", "=", 1)) or self.is_("mark", "%"):
            self.i += 1
            node = Unary(self.t[self.i - 1].text, node, at=self.at(start))
        return node

    def scripts(self, base: Node, start: int) -> Node:
        sub: Node | None = None
        sup: Node | None = None
        primes = 0
        while (token := self.peek()) is not None and token.kind in ("sub", "sup", "prime"):
            self.i += 1
            if token.kind == "prime":
                if sup is not None and not isinstance(base, Scripted):
                    pass
                primes += 1
                continue
            value = self._argument(script=True)
            if token.kind == "sub":
                if sub is not None:
                    base, sub, sup, primes = Scripted(base, sub, sup, primes, at=self.at(start)), None, None, 0
                sub = value
            else:
                count = _prime_count(value)
                if count:
                    primes += count
                elif sup is not None:
                    base = Scripted(base, sub, sup, primes, at=self.at(start))
                    sub, sup, primes = None, value, 0
                else:
                    sup = value
        if sub is None and sup is None and not primes:
            return base
        if isinstance(sub, Placeholder) and sup is None and not primes:
            return base
        return Scripted(base, sub, sup, primes, at=self.at(start))

    def _argument(self, *, script: bool = False) -> Node:
        """A braced group or a single token, as TeX takes it (`x_12` has the subscript 1)."""
        token = self.peek()
        if token is None:
            raise self.fail("misplaced-script", "a script or an argument is missing at the end")
        if token.kind == "open":
            inner = self._raw_group()
            sub = Parser(inner, self.words, self.depth + 1)
            sub.enter()
            if not inner:
                return Placeholder()
            node = sub.script_body() if script else sub.sequence()
            sub.expect_end()
            return node
        if token.kind == "number" and len(token.text) > 1 and token.text.isdigit():
            first = replace(token, text=token.text[0], end=token.start + 1)
            rest = replace(token, text=token.text[1:], start=token.start + 1, spaced=False)
            self.t = [*self.t[: self.i], first, rest, *self.t[self.i + 1 :]]
            self.i += 1
            return Number(first.text, at=(first.start, first.end))
        if token.kind in ("sub", "sup"):
            raise self.fail("misplaced-script", "two scripts follow one another")
        if script and token.kind == "mark" and token.text in "+-*|#/":
            self.i += 1
            return Symbol(token.text, at=(token.start, token.end))
        if (
            script
            and token.kind == "command"
            and token.text in ("ast", "star", "circ", "perp", "parallel", "times", "odot")
        ):
            self.i += 1
            return Symbol({"ast": "*", "star": "*"}.get(token.text, token.text), at=(token.start, token.end))
        return self.primary()

    def script_body(self) -> Node:
        """What stands in a script: a sign alone (`+`, `*`), a comparison prefix (`<t`), or an expression."""
        start = self.i
        if len(self.t) == 1 and self.t[0].kind in ("mark", "command") and self.t[0].text in (
            "+", "-", "*", "ast", "star", "circ", "perp", "dagger", "/", "times", "parallel", "|", "cdot", "oplus", "#",
        ):  # fmt: skip
            self.i += 1
            token = self.t[0]
            if token.text == "cdot":
                return Placeholder(at=(token.start, token.end))
            return Symbol({"ast": "*", "star": "*"}.get(token.text, token.text), at=(token.start, token.end))
        if len(self.t) > 1 and all(t.kind == "mark" and t.text in "+-*#" for t in self.t):
            self.i = len(self.t)
            return Symbol("".join(t.text for t in self.t), at=self.at(start))  # `S_{++}`
        items = [self.sequence()]
        rows = []
        while self.is_("row"):  # \substack
            self.i += 1
            items.append(self.sequence())
            rows.append(",")
        if len(items) == 1:
            return items[0]
        return List(tuple(items), tuple(rows), at=self.at(start))

    def expect_end(self) -> None:
        while self.is_("space") or (self.is_("mark") and self.t[self.i].text in ",.;:"):
            self.i += 1
        if self.i < len(self.t):
            token = self.t[self.i]
            if token.kind in ("right", "close") or token.text in (")", "]", "}"):
                raise self.fail("unbalanced-bracket", f"“{token.text}” closes a bracket that was not opened")
            raise self.fail("unexpected", f"“{token.text}” cannot stand here")

    def primary(self) -> Node:
        token = self.peek()
        if token is None:
            raise self.fail("missing-operand", "the formula ends where something should follow")
        start = self.i
        at = (token.start, token.end)
        match token.kind:
            case "number":
                self.i += 1
                return Number(token.text, at=at)
            case "letter":
                return self._letters()
            case "word":
                return self._word(token)
            case "text":
                self.i += 1
                return Text(token.text, at=at)
            case "open":
                return self._braced()
            case "begin":
                return self._environment(token)
            case "left":
                return self._delimited(token)
            case "mark" if token.text in ("(", "[", "{"):
                return self._bracket(token.text)
            case "mark" if token.text in ("|", "‖"):
                return self._bracket(token.text)
            case "command":
                return self._command(token)
            case "sub" | "sup" | "prime":
                # `{}^{k}x`, `_+`: a script on nothing belongs to what follows in tensor notation; keep it visible.
                return Placeholder(at=at)
            case "mark" if token.text in ("-", "+"):
                self.i += 1
                return Unary(token.text, self.factor(), at=self.at(start))
            case "mark" if token.text == "." and (self._closes_argument(1)):
                self.i += 1
                return Placeholder(at=at)  # `f(., x)`
            case "mark" if token.text in ("∞", "%", "#", "&"):
                raise self.fail("unexpected", f"“{token.text}” cannot stand here")
        raise self.fail("unexpected", f"“{token.text}” cannot stand here")

    def _closes_argument(self, ahead: int) -> bool:
        token = self.peek(ahead)
        return (
            token is None
            or token.kind in ("right", "close", "middle")
            or token.text in (")", "]", ",", "|", "mid", ";")
        )

    # --- names

    def _letters(self) -> Node:
        """A letter, or a run of letters that is one word by rule."""
        run = [self.t[self.i]]
        while (
            len(run) < 40
            and (nxt := self.peek(len(run))) is not None
            and nxt.kind == "letter"
            and not nxt.spaced
            and nxt.font == run[0].font
        ):
            run.append(nxt)
        word = "".join(t.text for t in run)
        take = self._word_length(run, word)
        self.i += take
        at = (run[0].start, run[take - 1].end)
        name = word[:take]
        if take == 1:
            return Symbol(name, (), run[0].font if run[0].font != "rm" or len(name) > 1 else "rm", at=at)
        if name in n.WORD_FUNCTIONS:
            return self._applied(Symbol(name, (), "", True, at=at), self.i - take)
        return Symbol(name, (), "" if run[0].font == "rm" else run[0].font, True, at=at)

    def _word_length(self, run: Sequence[Token], word: str) -> int:
        if len(run) == 1:
            return 1
        if "_" in word or word in self.words or word in n.TYPED_FUNCTIONS:
            return len(run)
        opens = self.is_("mark", "(", len(run)) or self.is_("left", "(", len(run)) or self.is_("mark", "[", len(run))
        if len(run) >= 3 and self.i == 0 and (opens or self._relation_after(len(run))):
            return len(run)
        return 1

    def _relation_after(self, ahead: int) -> bool:
        save, self.i = self.i, self.i + ahead
        try:
            return self._relation_sign() is not None
        finally:
            self.i = save

    def _word(self, token: Token) -> Node:
        start = self.i
        self.i += 1
        symbol = Symbol(token.text, (), "" if token.font == "rm" else token.font, True, at=(token.start, token.end))
        if token.text in ("E", "Var", "Cov", "Pr") and (
            self._bracket_ahead() or (token.text != "Pr" and self._operand_ahead())
        ):
            return self._expectation(n.EXPECTATIONS[token.text], (), start)
        if token.text in n.WORD_FUNCTIONS:
            return self._applied(symbol, start)
        return symbol

    def _behind_scripts(self) -> int:
        """The index of the token behind the scripts that follow."""
        j = self.i
        while j < len(self.t) and self.t[j].kind in ("sub", "sup"):
            j += 1
            if j < len(self.t) and self.t[j].kind == "open":
                depth = 0
                while j < len(self.t):
                    depth += (self.t[j].kind == "open") - (self.t[j].kind == "close")
                    j += 1
                    if depth == 0:
                        break
            else:
                j += 1
        return j

    def _operand_ahead(self) -> bool:
        """After optional scripts a value follows, to which an operator without brackets can apply."""
        j = self._behind_scripts()
        save, self.i = self.i, j
        try:
            self._spaces()
            token = self.peek()
            return (
                token is not None
                and (self._starts_factor(token) or token.text in ("|", "‖"))
                and not self._at_end(None)
            )
        finally:
            self.i = save

    def _bracket_ahead(self) -> bool:
        """After optional scripts an opening bracket follows."""
        j = self._behind_scripts()
        return j < len(self.t) and (
            self.t[j].kind == "left" or (self.t[j].kind == "mark" and self.t[j].text in ("[", "(", "{", "|", "‖"))
        )

    def _applied(self, function: Node, start: int) -> Node:
        """A function by notation with its scripts and argument; the bare name where no argument follows."""
        function = self.scripts(function, start)
        token = self.peek()
        base = function.base if isinstance(function, Scripted) else function
        name = base.name if isinstance(base, Symbol) else ""
        if token is not None and self._opens(token):
            argument = self._argument_bracket(token)
            return Apply(function, argument, bracketed=True, at=self.at(start))
        if name not in n.FUNCTIONS and name not in ("softmax", "sg", "ReLU", "sigmoid", "mean", "var", "std"):
            return function
        if token is None or not self._starts_factor(token):
            if token is not None and self._is_minus() and name in ("exp", "log", "ln"):
                here = self.i
                self.i += 1
                operand = Unary("-", self.juxtaposed(), at=self.at(here))
                return Apply(function, operand, bracketed=False, doubtful=True, at=self.at(start))
            return function
        if token.kind == "text":
            return function
        items, doubtful = self._prefix_argument()
        argument = (
            items[0] if len(items) == 1 else Juxtaposition(tuple(items), at=(token.start, self.t[self.i - 1].end))
        )
        return Apply(function, argument, bracketed=False, doubtful=doubtful, at=self.at(start))

    def _opens(self, token: Token) -> bool:
        if token.kind == "left":
            return token.text in ("(", "[", "{")
        return token.kind == "mark" and token.text in ("(", "[", "{")

    def _argument_bracket(self, token: Token) -> Node:
        return self._delimited(token) if token.kind == "left" else self._bracket(token.text)

    def _prefix_argument(self) -> tuple[list[Node], bool]:
        """The factors that an unbracketed prefix function takes, and whether another extent is plausible."""
        items = [self.factor()]
        while (token := self.peek()) is not None and self._starts_factor(token):
            if self._is_prefix(token) or self._is_big(token) or token.kind == "text" or self._is_differential():
                break
            if isinstance(items[-1], (BigOp, Apply)):
                break
            items.append(self.factor())
        if len(items) == 1:
            return items, False
        # `\log p(x)` is one application; `\log p(x) q(x)` may end early; `\log 2 x` and `\sin 2 \pi x` are usual.
        groups = [k for k, item in enumerate(items) if isinstance(_unscripted(item), Group)]
        plain_call = len(items) == 2 and groups == [1] and isinstance(_unscripted(items[0]), Symbol)
        numbers = all(isinstance(item, Number) for item in items[:-1])
        return items, not (plain_call or numbers)

    # --- brackets

    def _braced(self) -> Node:
        """Bare TeX braces: grouping that leaves no mark, but keeps a product together."""
        start = self.i
        inner = self._raw_group()
        old = inner[0] if inner and inner[0].kind == "command" and inner[0].text in n.OLD_FONTS else None
        if old is not None:
            inner = [replace(t, font=t.font or n.OLD_FONTS[old.text]) for t in inner[1:]]
        if not inner:
            return Placeholder(at=self.at(start))
        if all(t.kind == "letter" for t in inner) and len(inner) > (1 if inner[0].font in ("rm", "sf", "tt") else 2):
            name = "".join(t.text for t in inner)
            if "_" in name or name in self.words or len(name) > 3 or inner[0].font in ("rm", "sf", "tt"):
                return Symbol(name, (), "", True, at=self.at(start))
        sub = Parser(inner, self.words, self.depth + 1)
        sub.enter()
        if len(inner) == 1 and inner[0].kind == "mark" and self._sign(inner[0], n.ADDITIVE):
            return Symbol(inner[0].text, at=self.at(start))
        if len(inner) == 1 and inner[0].kind == "command" and inner[0].text in n.MULTIPLICATIVE:
            return Symbol(inner[0].text, at=self.at(start))
        node = sub.sequence()
        sub.expect_end()
        if isinstance(node, (Binary, Unary, Relation)):
            return Group(".", ".", node, at=self.at(start))
        return node

    def _delimited(self, token: Token) -> Node:
        """`\\left( … \\right)`."""
        start = self.i
        opener = token.text
        if token.font == "big" and opener in ("|", "‖"):
            return self._bracket_between(start, "right", opener)
        self.i += 1
        if opener == "{" and self.is_("begin") and self.peek().text in ("array", "aligned", "matrix", "gathered"):  # type: ignore[union-attr]
            environment = self.peek()
            assert environment is not None
            rows = self._rows(environment)
            if self.is_("right"):
                self.i += 1
            return self._as_cases(rows, start)
        saved, self.bars = self.bars, []
        big, self.stop_big = self.stop_big, 0
        body = self.sequence(None)
        self.bars, self.stop_big = saved, big
        closer = self.peek()
        if closer is not None and closer.kind == "mark" and closer.text in (")", "]", "}"):
            self.i += 1
            return self._grouped(opener, closer.text, body, start)
        if closer is None or closer.kind != "right":
            raise self.fail("unbalanced-bracket", f"“\\left{opener}” has no “\\right”")
        self.i += 1
        return self._grouped(opener, closer.text, body, start)

    def _bracket_between(self, start: int, kind: str, sign: str) -> Node:
        self.i += 1
        saved, self.bars = self.bars, []
        big, self.stop_big = self.stop_big, 0
        body = self.sequence(None)
        self.bars, self.stop_big = saved, big
        if not self.is_(kind):
            raise self.fail("unbalanced-bracket", f"“{sign}” is opened and never closed")
        self.i += 1
        return Group(sign, sign, body, at=self.at(start))

    def _bracket(self, opener: str, closer: str | None = None) -> Node:
        start = self.i
        self.i += 1
        closer = closer or n.CLOSES[opener]
        saved, self.bars = self.bars, ([*self.bars, opener] if opener in ("|", "‖") else [])
        big, self.stop_big = self.stop_big, 0
        body = self.sequence(closer)
        self.bars, self.stop_big = saved, big
        token = self.peek()
        sign = token.text if token is not None else ""
        if token is not None and token.kind == "command":
            sign = n.DELIMITERS.get(token.text, "")
        if token is None or token.kind not in ("mark", "right", "command") or not _matches(opener, sign):
            raise self.fail("unbalanced-bracket", f"“{opener}” is opened and never closed")
        self.i += 1
        return self._grouped(opener, sign, body, start)

    def _grouped(self, opener: str, closer: str, body: Node, start: int) -> Node:
        if isinstance(body, Matrix) and not body.open and opener in "([{|" and closer in ")]}|":
            return replace(body, open=opener, close=closer, at=self.at(start))
        if (opener in "([" and closer == ".") or (opener == "." and closer in ")]"):
            raise self.fail("unbalanced-bracket", f"“{opener if closer == '.' else closer}” has no visible partner")
        if opener == "." and closer == ".":
            return body if not isinstance(body, (Binary, Unary, Relation)) else Group(".", ".", body, at=self.at(start))
        return Group(opener, closer, body, at=self.at(start))

    # --- environments

    def _rows(self, token: Token) -> list[list[list[Token]]]:
        """Cells of an environment: rows of cells of tokens; moves behind its end."""
        self.i += 1
        depth = braces = 0
        rows: list[list[list[Token]]] = [[[]]]
        while self.i < len(self.t):
            other = self.t[self.i]
            self.i += 1
            if other.kind == "begin":
                depth += 1
            elif other.kind == "end":
                if depth == 0:
                    while rows and all(not cell for cell in rows[-1]):
                        rows.pop()
                    return rows
                depth -= 1
            braces += (other.kind == "open") - (other.kind == "close")
            if depth == 0 and braces == 0 and other.kind == "row":
                rows.append([[]])
            elif depth == 0 and braces == 0 and other.kind == "cell":
                rows[-1].append([])
            elif not (other.kind == "command" and other.text in ("hline", "toprule", "midrule", "bottomrule", "cline")):
                rows[-1][-1].append(other)
        raise ParseFailure("unbalanced-bracket", f"\\begin{{{token.text}}} has no end", (token.start, token.end))

    def _environment(self, token: Token) -> Node:
        start = self.i
        rows = self._rows(token)
        if token.text in n.CASES_ENVIRONMENTS:
            return self._as_cases(rows, start)
        if token.text in n.MATRIX_ENVIRONMENTS:
            opener, closer = n.MATRIX_ENVIRONMENTS[token.text]
            cells = tuple(tuple(self._cell(cell) for cell in row) for row in rows)
            return Matrix(cells, opener, closer, at=self.at(start))
        if token.text in n.ROW_ENVIRONMENTS:
            flat = [t for row in rows for cell in row for t in cell]
            sub = Parser(flat, self.words, self.depth + 1)
            node = sub.sequence()
            sub.expect_end()
            return node
        raise ParseFailure(
            "unknown-environment", f"the environment “{token.text}” is not known", (token.start, token.end)
        )

    def _cell(self, tokens: Sequence[Token]) -> Node:
        if not tokens:
            return Placeholder()
        sub = Parser(tokens, self.words, self.depth + 1)
        sub.enter()
        node = sub.sequence()
        sub.expect_end()
        return node

    def _as_cases(self, rows: Sequence[Sequence[Sequence[Token]]], start: int) -> Node:
        found: list[tuple[Node, Node | None]] = []
        for row in rows:
            cells = [list(cell) for cell in row]
            if not any(cells):
                continue
            if len(cells) == 1:
                split = next(
                    (k for k, t in enumerate(cells[0]) if t.kind == "text" and _condition_word(t)),
                    next((k for k, t in enumerate(cells[0]) if t.kind == "space"), None),
                )
                if split:
                    cells = [cells[0][:split], cells[0][split:]]
            value = self._cell(_trimmed(cells[0]))
            condition = [t for cell in cells[1:] for t in cell]
            found.append((value, self._case_condition(condition)))
        if not found:
            raise self.fail("empty", "a case distinction without cases")
        return Cases(tuple(found), at=self.at(start))

    def _case_condition(self, tokens: Sequence[Token]) -> Node | None:
        body = _trimmed([t for t in tokens if t.kind != "space"])
        if not body or (body[0].kind in ("text", "word") and body[0].text.lower().strip(" ,.") in n.OTHERWISE):
            return None
        while body and body[0].kind in ("text", "word") and _condition_word(body[0]):
            body = body[1:]
        while body and body[0].kind in ("text", "word") and body[0].text.lower().strip(" ,.") in n.OTHERWISE:
            return None
        parts: list[list[Token]] = [[]]
        for t in body:
            if (t.kind in ("text", "word") and t.text.lower().strip(" ,") == "and") or (
                t.kind == "command" and t.text == "wedge"
            ):
                parts.append([])
            else:
                parts[-1].append(t)
        nodes = [self._cell(_trimmed(p)) for p in parts if p]
        return nodes[0] if len(nodes) == 1 else List(tuple(nodes), ("∧",) * (len(nodes) - 1))

    # --- commands

    def _command(self, token: Token) -> Node:
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
            numerator, denominator = self._argument(), self._argument()
            return Fraction(numerator, denominator, at=self.at(start))
        if name in ("binom", "tbinom", "dbinom"):
            self.i += 1
            return Binomial(self._argument(), self._argument(), at=self.at(start))
        if name == "sqrt":
            self.i += 1
            degree = None
            if self.is_("mark", "["):
                body = self._bracket("[")
                degree = body.body if isinstance(body, Group) else body
            return Root(self._argument(), degree, at=self.at(start))
        if name in n.ENCLOSING and self.is_("open", ahead=1):
            self.i += 1
            opener = n.ENCLOSING[name]
            return Group(opener, n.CLOSES[opener], self._argument(), at=self.at(start))
        if name in ("pdv", "dv", "odv", "fdv"):
            return self._derivative(name, start)
        if name == "Pr":
            self.i += 1
            return self._expectation("Pr", (), start) if self._bracket_ahead() else Symbol(name, (), "", True, at=at)
        if name in n.FUNCTIONS and name not in n.ACCENTS:
            self.i += 1
            return self._applied(Symbol(name, (), "", True, at=at), start)
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
            note, body = self._argument(), self.primary_argument()
            return Decorated(name, body, note, at=self.at(start))
        if name in ("langle", "lfloor", "lceil", "lvert", "lVert", "lbrace", "lbrack", "llbracket"):
            sign = n.DELIMITERS[name]
            return self._bracket(sign)
        if name in ("vert", "Vert"):
            return self._bracket(n.DELIMITERS[name])
        if name in ("substack",):
            self.i += 1
            return self._argument(script=True)
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
            self.i += 1
            return Group("(", ")", self._argument(), at=self.at(start))
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
            self._bracket("[")
        upper = self._argument()
        lower = self._argument() if self.is_("open") else None
        if lower is None:
            return Fraction(sign, Juxtaposition((sign, upper)), at=self.at(start))
        return Fraction(Juxtaposition((sign, upper)), Juxtaposition((sign, lower)), at=self.at(start))

    def primary_argument(self) -> Node:
        return self._argument()

    def _accented(self, accent: str, start: int) -> Node:
        self.i += 1
        if self.is_("open"):
            body = self._argument()
        else:
            token = self.peek()
            if token is not None and token.kind == "command" and token.text in n.FONTS:
                self.i += 1
                body = self._font_argument(n.FONTS[token.text])
            else:
                body = self._argument()
        if (
            isinstance(body, Symbol)
            and body.name == "E"
            and body.font == "bb"
            and (self._bracket_ahead() or self._operand_ahead())
        ):
            return self._expectation("E", (accent, *body.accents), start)
        if isinstance(body, Symbol):
            return replace(body, accents=(accent, *body.accents), at=self.at(start))
        if isinstance(body, Scripted) and isinstance(body.base, Symbol):
            # `\hat{x_t}` is the hat on x with the script t.
            return replace(body, base=replace(body.base, accents=(accent, *body.base.accents)), at=self.at(start))
        if isinstance(body, Juxtaposition) and all(isinstance(k, Symbol) and len(k.name) == 1 for k in body.items):
            word = "".join(k.name for k in body.items if isinstance(k, Symbol))
            return Symbol(word, (accent,), "", True, at=self.at(start))
        return Decorated(accent, body, None, at=self.at(start))

    def _font(self, font: str, start: int) -> Node:
        self.i += 1
        node = self._font_argument(font)
        base = node
        if isinstance(base, Symbol) and not base.accents:
            named = base.font == "bb" and base.name in ("E", "V", "P")
            if named and (self._bracket_ahead() or (base.name == "E" and self._operand_ahead())):
                return self._expectation(n.EXPECTATIONS[base.name], (), start)
            if base.font in ("cal", "bb", "bf") and base.name == "E" and self._square_ahead():
                return self._expectation("E", (), start)
        return node

    def _square_ahead(self) -> bool:
        j = self.i
        while (
            j < len(self.t) and self.t[j].kind != "left" and not (self.t[j].kind == "mark" and self.t[j].text in "[(")
        ):
            j += 1
        return self._bracket_ahead() and j < len(self.t) and self.t[j].text == "["

    def _font_argument(self, font: str) -> Node:
        """The argument of a font command; letters together under an upright font are one word."""
        start = self.i
        if not self.is_("open"):
            node = self._argument()
            return _with_font(node, font)
        inner = self._raw_group()
        letters = all(t.kind == "letter" for t in inner) and len(inner) > 1
        if letters and font not in ("",):
            name = "".join(t.text for t in inner)
            symbol = Symbol(name, (), font if font != "rm" else "", True, at=self.at(start))
            return self._applied(symbol, start) if name in n.WORD_FUNCTIONS else symbol
        if not inner:
            return Placeholder(at=self.at(start))
        if len(inner) == 1 and inner[0].kind == "number":
            return Symbol(inner[0].text, (), font, at=self.at(start)) if font in ("bf", "bb") else Number(inner[0].text)
        sub = Parser(inner, self.words, self.depth + 1)
        sub.enter()
        node = sub.sequence()
        sub.expect_end()
        return _with_font(node, font)

    def _decorated(self, name: str, start: int) -> Node:
        self.i += 1
        for _ in range(n.DECORATIONS[name] - 1):
            self._argument()
        body = self._argument()
        note: Node | None = None
        if name in ("underbrace", "overbrace") and (self.is_("sub") or self.is_("sup")):
            self.i += 1
            try:
                note = self._argument(script=True)
            except ParseFailure:
                note = None
        return Decorated(name, body, note, at=self.at(start))

    # --- binders

    def _arg_follows(self) -> bool:
        token = self.peek(1)
        return token is not None and token.kind in ("command", "word") and token.text in ("max", "min")

    def _arg(self, token: Token) -> Node:
        self.i += 1
        follower = self.peek()
        assert follower is not None
        return self._big(follower, f"arg{follower.text}")

    def _big(self, token: Token, op: str) -> Node:
        start = self.i
        self.i += 1
        sub: Node | None = None
        sup: Node | None = None
        while (nxt := self.peek()) is not None and nxt.kind in ("sub", "sup"):
            self.i += 1
            value = self._argument(script=True)
            if nxt.kind == "sub":
                sub = value
            else:
                sup = value
        if op in n.OPTIONAL_BINDERS and sub is None:
            return self._applied_extremum(op, sup, start, (token.start, token.end))
        self._spaces_before_body()
        nxt = self.peek()
        bar = nxt is not None and nxt.kind == "mark" and nxt.text in ("|", "‖")
        if nxt is None or self._at_end(None) or not (self._starts_factor(nxt) or bar or self._is_minus()):
            if op in n.OPTIONAL_BINDERS or op in ("argmax", "argmin"):
                return BigOp(op, sub, sup, Placeholder(), at=self.at(start))  # `f(x) \to \min_x`
            raise self.fail("missing-operand", f"nothing stands behind “{op}”")
        big, self.stop_big = self.stop_big, 0
        self.integrals += op == "int"
        wide = op in n.WIDE_BODIES or token.text.lower() in n.SEARCHES or self._is_minus()
        body = self.additive() if wide else self.multiplicative()
        self.integrals -= op == "int"
        self.stop_big = big
        return BigOp(op, sub, sup, body, at=self.at(start))

    def _spaces_before_body(self) -> None:
        if self.is_("space"):
            self._spaces()

    def _applied_extremum(self, op: str, sup: Node | None, start: int, at: tuple[int, int]) -> Node:
        function: Node = Symbol(op, (), "", True, at=at)
        if sup is not None:
            function = Scripted(function, None, sup)
        token = self.peek()
        if token is not None and self._opens(token):
            return Apply(function, self._argument_bracket(token), bracketed=True, at=self.at(start))
        if token is not None and self._starts_factor(token):
            items, _ = self._prefix_argument()
            argument = items[0] if len(items) == 1 else Juxtaposition(tuple(items))
            return Apply(function, argument, bracketed=False, doubtful=True, at=self.at(start))
        return function

    def _expectation(self, op: str, accents: tuple[str, ...], start: int) -> Node:
        sub: Node | None = None
        sup: Node | None = None
        while (token := self.peek()) is not None and token.kind in ("sub", "sup"):
            self.i += 1
            value = self._argument(script=True)
            if token.kind == "sub":
                sub = value
            else:
                sup = value
        self._spaces()
        token = self.peek()
        assert token is not None
        if token.text in ("|", "‖") or not self._opens(token):
            # `\mathbb{E}_x \|x\|^2` is the mean of the squares: the whole product is inside.
            big, self.stop_big = self.stop_big, 0
            body = self.multiplicative()
            self.stop_big = big
        else:
            begin = self.i
            body = self.primary()
            square = token.text in ("[", "{")
            if not square and self.is_("sup") and (sub is not None or isinstance(_body(body), Binary)):
                body = self.scripts(body, begin)  # `\mathbb{E}(X - \mu)^2`
        return BigOp(op, sub, sup, body, accents, at=self.at(start))


# --- helpers ------------------------------------------------------------------------------------


def _matches(opener: str, closer: str) -> bool:
    if opener in ("|", "‖"):
        return closer == opener
    # Half-open intervals pair unlike brackets: [0, 1), (0, 1].
    return closer in (")", "]") if opener in ("(", "[") else closer == n.CLOSES[opener]


def _body(node: Node) -> Node:
    return node.body if isinstance(node, Group) else node


def _unscripted(node: Node) -> Node:
    return node.base if isinstance(node, Scripted) else node


def _prime_count(node: Node) -> int:
    if isinstance(node, Symbol) and node.name == "prime":
        return 1
    if isinstance(node, Juxtaposition) and all(isinstance(k, Symbol) and k.name == "prime" for k in node.items):
        return len(node.items)
    return 0


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


def _condition_word(token: Token) -> bool:
    return token.text.lower().strip(" ,.:;") in n.CONDITION_WORDS


def _trimmed(tokens: Sequence[Token]) -> list[Token]:
    out = list(tokens)
    while out and (out[-1].kind == "space" or (out[-1].kind == "mark" and out[-1].text in ",.;")):
        out.pop()
    while out and out[0].kind == "space":
        out.pop(0)
    return out
