"""Brackets, bars and environments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import notation as n
from ..tokens import Token
from ..tree import Binary, Cases, Group, List, Matrix, Node, Placeholder, Relation, Symbol, Unary
from .cursor import Cursor, ParseFailure


class Brackets(Cursor):
    """`( )`, `\\left \\right`, `|x|`, braces, matrices and case distinctions."""

    def braced(self) -> Node:
        """Bare TeX braces: grouping that leaves no mark, but keeps a product together."""
        start = self.i
        inner = self.raw_group()
        old = inner[0] if inner and inner[0].kind == "command" and inner[0].text in n.OLD_FONTS else None
        if old is not None:
            inner = [replace(t, font=t.font or n.OLD_FONTS[old.text]) for t in inner[1:]]
        if not inner:
            return Placeholder(at=self.at(start))
        if all(t.kind == "letter" for t in inner) and len(inner) > (1 if inner[0].font in ("rm", "sf", "tt") else 2):
            name = "".join(t.text for t in inner)
            if "_" in name or name in self.words or len(name) > 3 or inner[0].font in ("rm", "sf", "tt"):
                word = Symbol(name, (), "", True, at=self.at(start))
                if name in ("Var", "Cov", "Pr") and self.bracket_ahead():
                    return self.expectation(name, (), start)
                return self.applied(word, start) if name in n.WORD_FUNCTIONS else word
        sub = self.nested(inner)
        if len(inner) == 1 and inner[0].kind == "mark" and self.sign(inner[0], n.ADDITIVE):
            return Symbol(inner[0].text, at=self.at(start))
        if len(inner) == 1 and inner[0].kind == "command" and inner[0].text in n.MULTIPLICATIVE:
            return Symbol(inner[0].text, at=self.at(start))
        node = sub.sequence()
        sub.expect_end()
        if isinstance(node, (Binary, Unary, Relation)):
            return Group(".", ".", node, at=self.at(start))
        return node

    def delimited(self, token: Token) -> Node:
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
        if "." not in (opener, closer.text) and not _matches(opener, closer.text):
            raise self.fail("unbalanced-bracket", f"“\\left{opener}” ends with “\\right{closer.text}”")
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

    def bracket(self, opener: str, closer: str | None = None) -> Node:
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

    def argument_bracket(self, token: Token) -> Node:
        return self.delimited(token) if token.kind == "left" else self.bracket(token.text)

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

    def environment(self, token: Token) -> Node:
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
            sub = self.nested(flat)
            node = sub.sequence()
            sub.expect_end()
            return node
        raise ParseFailure(
            "unknown-environment", f"the environment “{token.text}” is not known", (token.start, token.end)
        )

    def _cell(self, tokens: Sequence[Token]) -> Node:
        if not tokens:
            return Placeholder()
        sub = self.nested(tokens)
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


def _matches(opener: str, closer: str) -> bool:
    if opener in ("|", "‖"):
        return closer == opener
    # Half-open intervals pair unlike brackets: [0, 1), (0, 1].
    return closer in (")", "]") if opener in ("(", "[") else closer == n.CLOSES[opener]


def _condition_word(token: Token) -> bool:
    return token.text.lower().strip(" ,.:;") in n.CONDITION_WORDS


def _trimmed(tokens: Sequence[Token]) -> list[Token]:
    out = list(tokens)
    while out and (out[-1].kind == "space" or (out[-1].kind == "mark" and out[-1].text in ",.;")):
        out.pop()
    while out and out[0].kind == "space":
        out.pop(0)
    return out
