"""The place in the tokens: looking ahead, and what kind of thing comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from .. import notation as n
from ..tokens import Token
from ..tree import Node

MAX_DEPTH = 120


class ParseFailure(Exception):
    """The formula cannot be read; becomes a `Problem`."""

    def __init__(self, code: str, message: str, at: tuple[int, int]) -> None:
        super().__init__(message)
        self.code, self.message, self.at = code, message, at


class Cursor:
    """Tokens with a place in them. Bars close themselves, so those that are open are remembered."""

    def __init__(self, tokens: Sequence[Token], words: frozenset[str] = frozenset(), depth: int = 0) -> None:
        self.t, self.i, self.words, self.depth = tokens, 0, words, depth
        self.bars: list[str] = []
        """Bars that are open: "|" and "‖" close themselves, so the parser must remember."""
        self.stop_big = 0
        self.in_script = False
        """A colon without a number beside it is a whole axis or an open end: `X_{:,j}`, `x_{t:}`."""
        self.integrals = 0
        """Integrals that are open: inside them a `d` before a name is a differential."""

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

    def spaces(self) -> None:
        while self.is_("space"):
            self.i += 1

    def at_end(self, closing: str | None) -> bool:
        token = self.peek()
        return token is None or self.ends(token, closing)

    def ends(self, token: Token, closing: str | None) -> bool:
        if token.kind in ("close", "right", "cell", "row", "end"):
            return True
        if token.kind == "mark":
            if token.text in ("|", "‖"):
                return closing == token.text and bool(self.bars) and self.bars[-1] == token.text
            return token.text in (")", "]", "}")
        return token.kind == "command" and token.text in (
            "rangle", "rfloor", "rceil", "rvert", "rVert", "rbrace", "rbrack", "rrbracket",
        )  # fmt: skip

    def is_bar(self, token: Token) -> bool:
        if token.kind == "middle":
            return token.text in ("|", "‖")
        if token.kind == "mark" and token.text in ("|", "‖"):
            return not (self.bars and self.bars[-1] == token.text)
        return token.kind == "command" and token.text in ("mid", "parallel", "vert", "Vert")

    def sign(self, token: Token, table: object) -> str | None:
        if token.kind not in ("mark", "command"):
            return None
        assert hasattr(table, "get")
        if token.kind == "mark" and token.text.isalpha():
            return None
        found = table.get(token.text)
        return found if isinstance(found, str) else None

    def is_minus(self) -> bool:
        token = self.peek()
        return token is not None and token.kind == "mark" and self.sign(token, n.ADDITIVE) == "-"

    def is_big(self, token: Token) -> bool:
        return token.kind == "command" and token.text in n.BIG_OPERATORS

    def is_prefix(self, token: Token) -> bool:
        return token.kind in ("command", "word") and token.text in n.FUNCTIONS

    def is_differential(self) -> bool:
        """`d x` at the end of an integrand: an upright d, or any d inside an integral, before a name."""
        token, after = self.peek(), self.peek(1)
        if token is None or after is None or token.kind != "letter" or token.text != "d":
            return False
        name = after.kind in ("letter", "open") or (
            after.kind == "command" and (after.text in n.LETTERS or after.text in n.FONTS or after.text in n.ACCENTS)
        )
        return name and (token.font == "rm" or self.integrals > 0)

    def starts_factor(self, token: Token) -> bool:
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
                if name in ("stackrel", "overset", "underset") and self.stacked() is not None:
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

    def has_partner(self, token: Token) -> bool:
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

    def opens(self, token: Token) -> bool:
        if token.kind == "left":
            return token.text in ("(", "[", "{")
        return token.kind == "mark" and token.text in ("(", "[", "{")

    def raw_group(self) -> list[Token]:
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

    def operand_ahead(self) -> bool:
        """After optional scripts a value follows, to which an operator without brackets can apply."""
        j = self._behind_scripts()
        save, self.i = self.i, j
        try:
            self.spaces()
            token = self.peek()
            return (
                token is not None and (self.starts_factor(token) or token.text in ("|", "‖")) and not self.at_end(None)
            )
        finally:
            self.i = save

    def bracket_ahead(self) -> bool:
        """After optional scripts an opening bracket follows."""
        j = self._behind_scripts()
        return j < len(self.t) and (
            self.t[j].kind == "left" or (self.t[j].kind == "mark" and self.t[j].text in ("[", "(", "{", "|", "‖"))
        )

    def nested(self, tokens: Sequence[Token]) -> Self:
        """A parser of the same kind for what stands inside."""
        inner = type(self)(tokens, self.words, self.depth + 1)
        inner.enter()
        return inner

    # --- what the other parts give

    def sequence(self, closing: str | None = None) -> Node:
        raise NotImplementedError

    def additive(self) -> Node:
        raise NotImplementedError

    def multiplicative(self) -> Node:
        raise NotImplementedError

    def juxtaposed(self) -> Node:
        raise NotImplementedError

    def comma_list(self, closing: str | None) -> Node:
        raise NotImplementedError

    def relation_sign(self) -> tuple[str, int] | None:
        raise NotImplementedError

    def stacked(self) -> tuple[str, int] | None:
        raise NotImplementedError

    def factor(self) -> Node:
        raise NotImplementedError

    def primary(self) -> Node:
        raise NotImplementedError

    def scripts(self, base: Node, start: int) -> Node:
        raise NotImplementedError

    def argument(self, *, script: bool = False) -> Node:
        raise NotImplementedError

    def script_body(self) -> Node:
        raise NotImplementedError

    def expect_end(self) -> None:
        raise NotImplementedError

    def applied(self, function: Node, start: int) -> Node:
        raise NotImplementedError

    def prefix_argument(self, name: str = "") -> tuple[list[Node], bool]:
        raise NotImplementedError

    def braced(self) -> Node:
        raise NotImplementedError

    def delimited(self, token: Token) -> Node:
        raise NotImplementedError

    def bracket(self, opener: str, closer: str | None = None) -> Node:
        raise NotImplementedError

    def argument_bracket(self, token: Token) -> Node:
        raise NotImplementedError

    def environment(self, token: Token) -> Node:
        raise NotImplementedError

    def command(self, token: Token) -> Node:
        raise NotImplementedError

    def big(self, token: Token, op: str) -> Node:
        raise NotImplementedError

    def arg_follows(self) -> bool:
        raise NotImplementedError

    def arg(self, token: Token) -> Node:
        raise NotImplementedError

    def expectation(self, op: str, accents: tuple[str, ...], start: int) -> Node:
        raise NotImplementedError
