"""Sequences, relations and operators, from loose to tight."""

from __future__ import annotations

from .. import notation as n
from ..tokens import Token
from ..tree import (
    Binary,
    Given,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Placeholder,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from .cursor import Cursor

PREFIXED = ("Delta", "delta", "partial", "d", "nabla")
"""Signs that make one name with what follows: `x / \\Delta t`."""


class Operators(Cursor):
    """Binding from loose to tight: lists and bars, conditions, relations, sums, explicit products, juxtaposition."""

    def sequence(self, closing: str | None = None) -> Node:
        """A comma list, a bar, or a single expression, up to the closing bracket or the end."""
        start = self.i
        token = self.peek()
        if token is not None and self.is_bar(token) and token.kind == "mark" and not self.has_partner(token):
            left: Node = Placeholder()  # `\pi(|s)`
        else:
            left = self.comma_list(closing)
        token = self.peek()
        if token is not None and self.is_bar(token) and not self.ends(token, closing):
            self.i += 1
            op = "|" if token.text in ("|", "mid") else "||"
            right = self.sequence(closing) if not self.at_end(closing) else Placeholder()
            return Given(left, right, op, at=self.at(start))
        return left

    def comma_list(self, closing: str | None) -> Node:
        start = self.i
        items: list[Node] = []
        separators: list[str] = []
        while True:
            if self.at_end(closing):
                if separators:  # `a, b,` and `f(x,)`: a trailing separator carries nothing
                    separators.pop()
                break
            token = self.peek()
            assert token is not None
            if self.in_script and token.kind == "mark" and token.text == ":" and len(items) == len(separators):
                self.i += 1
                items.append(Placeholder(at=(token.start, token.end)))
                alone = self.at_end(closing) or self.is_("mark", ",")
                if self.is_("mark", ","):
                    self.i += 1
                if not self.at_end(closing):
                    separators.append("," if alone else ":")
                    continue
                break
            if token.kind == "mark" and token.text in (",", ";", ":") and not items:
                self.i += 1
                continue
            item = self.condition()
            if isinstance(item, List):  # `f(a, {b; c})`: braces leave no mark
                items += item.items
                separators += item.separators
            else:
                items.append(item)
            if self.is_("mark", ".") and self.is_("space", ahead=1):
                self.i += 1
            token = self.peek()
            if token is not None and token.kind == "mark" and token.text in (",", ";"):
                separators.append(token.text)
                self.i += 1
                self.spaces()
                continue
            if token is not None and token.kind == "mark" and token.text == ":" and not self.at_end(closing):
                separators.append(":")
                self.i += 1
                if self.in_script and (self.at_end(closing) or self.is_("mark", ",")):
                    items.append(Placeholder())  # `x_{t:}`
                    if self.is_("mark", ","):
                        separators.append(",")
                        self.i += 1
                        continue
                    break
                continue
            if token is not None and token.kind == "space":
                self.spaces()
                after = self.peek()
                if after is not None and not self.ends(after, closing) and not self.is_bar(after):
                    # Only at the top is a wide space no comma: there it parts statements.
                    separators.append(" " if self.depth == 0 and closing is None else ",")
                    continue
            break
        if not items:
            return Placeholder(at=self.at(start))
        if len(items) == 1:
            return items[0]
        return List(tuple(items), tuple(separators[: len(items) - 1]), at=self.at(start))

    def condition(self) -> Node:
        """A relation with the words beside it: `x, if x > 0`; `a = b for all i`; `\\forall i \\in S`."""
        start = self.i
        token = self.peek()
        kind = None if token is None else self._condition_kind(token)
        body: Node = Placeholder() if kind in ("forall", "exists", "st") else self.relation()
        while True:
            mark = self.i
            self.spaces()
            token = self.peek()
            kind = None if token is None else self._condition_kind(token)
            if token is None or kind is None:
                self.i = mark
                return body
            self.i += 1
            self.spaces()
            while self.is_("mark", ":") or self.is_("mark", ","):
                self.i += 1
            condition = self.comma_list(None)
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
        if self.relation_sign() is not None:
            first = Placeholder()  # a row that continues a chain
        else:
            first = self.additive()
        rest: list[tuple[str, Node]] = []
        while (sign := self.relation_sign()) is not None:
            op, width = sign
            self.i += width
            self._script_on_relation()
            self.spaces()
            if self.at_end(None) or (self.is_("mark") and self.peek().text in (",", ";", ".")):  # type: ignore[union-attr]
                rest.append((op, Placeholder()))
                break
            rest.append((op, self.additive()))
        if not rest:
            return first
        return Relation(first, tuple(rest), at=self.at(start))

    def relation_sign(self) -> tuple[str, int] | None:
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
                return self.stacked()
            if token.text in n.RELATIONS and token.text not in ("<", ">"):
                return n.RELATIONS[token.text], 1
        return None

    def stacked(self) -> tuple[str, int] | None:
        """`\\overset{def}{=}`: the relation of the second group, if it is one."""
        token = self.peek()
        assert token is not None
        save, groups = self.i, []
        self.i += 1
        if token.text in ("xrightarrow", "xleftarrow"):
            self.raw_group()
            width, self.i = self.i - save, save
            return ("→" if token.text == "xrightarrow" else "←"), width
        for _ in range(2):
            groups.append(self.raw_group())
        width, self.i = self.i - save, save
        note, base = ("".join(t.text for t in g) for g in groups)
        if token.text == "underset":
            pass
        if len(groups[1]) == 1 and base in n.RELATIONS:
            if base == "=" and any(w in note.lower() for w in ("def", "△", "triangle", "!", "Delta")):
                return ":=", width
            return n.RELATIONS[base], width
        return None

    def _script_on_relation(self) -> None:
        while self.is_("sub") or self.is_("sup"):
            self.i += 1
            self.argument()

    def additive(self) -> Node:
        self.spaces()
        start = self.i
        self.enter()
        try:
            token = self.peek()
            if token is not None and self.sign(token, n.ADDITIVE) in ("-", "+", "±", "∓"):
                self.i += 1
                operand = self.multiplicative()
                left: Node = Unary(self.sign(token, n.ADDITIVE) or "-", operand, at=self.at(start))
            else:
                left = self.multiplicative()
            while (token := self.peek()) is not None and (op := self.sign(token, n.ADDITIVE)) is not None:
                self.i += 1
                self.spaces()
                nxt = self.peek()
                if nxt is not None and self.sign(nxt, n.ADDITIVE) in ("-", "+"):
                    here = self.i
                    self.i += 1
                    right: Node = Unary(self.sign(nxt, n.ADDITIVE) or "-", self.multiplicative(), at=self.at(here))
                elif self.at_end(None) or self.relation_sign() is not None:
                    raise self.fail("missing-operand", f"nothing stands behind “{op}”")
                else:
                    right = self.multiplicative()
                left = Binary(op, left, right, at=self.at(start))
            return left
        finally:
            self.depth -= 1

    def multiplicative(self) -> Node:
        start = self.i
        left = self.juxtaposed()
        while (token := self.peek()) is not None:
            op = self.sign(token, n.MULTIPLICATIVE)
            if op is None:
                if self.stop_big == 0 and self.starts_factor(token):
                    # What a slash did not take (a big operator, a bracket): the product goes on.
                    right = self.juxtaposed()
                    items = (left, *right.items) if isinstance(right, Juxtaposition) else (left, right)
                    left = Juxtaposition(items, at=self.at(start))
                    continue
                break
            if token.kind == "command" and token.text == "parallel":
                break
            self.i += 1
            if self.at_end(None) and op == "*":
                left = Scripted(left, None, Symbol("*"), at=self.at(start))  # `{g*}`
                continue
            if self.at_end(None) and op == "·" and not isinstance(left, Juxtaposition):
                return Juxtaposition((left, Placeholder()), at=self.at(start))  # `A_{i\cdot}`
            if self.at_end(None) or (self.is_("mark", ",")) or self.relation_sign() is not None:
                raise self.fail("missing-operand", f"nothing stands behind “{op}”")
            if op in ("/", "÷"):
                self.stop_big += 1
                try:
                    right = self._denominator(left)
                finally:
                    self.stop_big -= 1
            elif self.is_minus():
                here = self.i
                self.i += 1
                right = Unary("-", self.juxtaposed(), at=self.at(here))
            else:
                right = self.juxtaposed()
            left = Binary(op, left, right, at=self.at(start))
        return left

    def _denominator(self, numerator: Node) -> Node:
        """What a slash divides by: the names that follow, `x / 2 \\sigma^2`; not a norm or a bracket that goes on with the
        product, `1/2 \\|x\\|^2`. Where both are usual, `a / b \\|x\\|`, nothing is read.
        """
        if self.is_minus():
            here = self.i
            self.i += 1
            return Unary("-", self.factor(), at=self.at(here))
        if isinstance(numerator, Number) and self.is_("number"):
            half = self.factor()  # `1/2 x` is one half of x
            if self._close_by() and (half != Number("2") or self._encloses_behind()):
                raise self.fail(
                    "ambiguous", "the slash may or may not divide by the next name as well; brackets would tell"
                )
            return half
        start = self.i
        items = [self.factor()]
        if isinstance(items[0], Group) and items[0].open == "(":
            following = self.peek()
            if following is not None and self._encloses(following) and not following.spaced and following.text == "(":
                raise self.fail("ambiguous", "the slash may or may not divide by the second bracket as well")
            return items[0]  # `x / (a + b) c` goes on behind the bracket
        while (token := self.peek()) is not None and self.starts_factor(token):
            if self.is_big(token) or self.is_prefix(token) or self.is_differential():
                break
            if self._encloses(token) and not self._enclosed(items[-1]):
                bars = token.text in ("|", "‖", "lVert", "lvert")
                counts = isinstance(numerator, Number) or isinstance(items[0], Number)
                apart = token.spaced or token.kind == "left" or bars
                if apart and counts:
                    break
                if bars:
                    raise self.fail(
                        "ambiguous", "the slash may or may not divide by the norm as well; brackets would tell"
                    )
            divisor = self.factor()
            if len(items) == 1 and self._stands_alone(items[0]) and not isinstance(divisor, Group):
                raise self.fail(
                    "ambiguous", "the slash may or may not divide by the next name as well; brackets would tell"
                )
            items.append(divisor)
        return items[0] if len(items) == 1 else Juxtaposition(tuple(items), at=self.at(start))

    @staticmethod
    def _stands_alone(node: Node) -> bool:
        """A name that is a whole divisor, `a / b c`; not a number (`x / 2 \\sigma^2`) or what begins a name (`\\Delta t`)."""
        base = node.base if isinstance(node, Scripted) else node
        return not isinstance(base, Number) and not (isinstance(base, Symbol) and base.name in PREFIXED)

    def _close_by(self) -> bool:
        """A name stands right behind, without a space: `1/4n`."""
        token = self.peek()
        if token is None or token.spaced:
            return False
        return token.kind == "letter" or (
            token.kind == "command" and (token.text in n.LETTERS or token.text in n.ACCENTS)
        )

    def _encloses_behind(self) -> bool:
        """Behind the next factor stands a norm or a bracket: `1/2\\sigma^2 \\|x\\|^2`."""
        save = self.i
        self.factor()
        token, self.i = self.peek(), save
        return token is not None and self._encloses(token) and self.starts_factor(token)

    def _encloses(self, token: Token) -> bool:
        if token.kind == "left":
            return True
        if token.kind == "mark":
            return token.text in ("(", "[", "|", "‖")
        return token.kind == "command" and token.text in ("lVert", "lvert")

    @staticmethod
    def _enclosed(node: Node) -> bool:
        base = node.base if isinstance(node, Scripted) else node
        return isinstance(base, Group)

    def _evaluates(self, token: Token) -> bool:
        """A bar that no bar has opened, with a subscript right behind it."""
        return token.kind == "mark" and token.text == "|" and "|" not in self.bars and self.is_("sub", ahead=1)

    def juxtaposed(self) -> Node:
        start = begun = self.i
        items = [_elements(self.factor())]
        since = 0
        while (token := self.peek()) is not None:
            if self._evaluates(token):
                # `f(x)|_{x=0}`: what stands before the bar, since the last such bar, at a point.
                self.i += 1
                inner = items[since] if since == len(items) - 1 else Juxtaposition(tuple(items[since:]))
                items[since:] = [self.scripts(Group(".", "|", inner, at=self.at(begun)), begun)]
                since, begun = len(items), self.i
                continue
            if not self.starts_factor(token):
                break
            if self.stop_big and (self.is_big(token) or self.is_prefix(token) or self.is_differential()):
                break
            items.append(self.factor())
        if len(items) == 1:
            return items[0]
        return Juxtaposition(tuple(items), at=self.at(start))


def _elements(node: Node) -> Node:
    """`(V_H)_{ij}` at the beginning of a product are the elements of V_H; a power in the brackets keeps them."""
    match node:
        case Scripted(Group("(", _, Symbol() as name), sub, sup, primes) if sub is not None and not _is_label(sub):
            return Scripted(name, sub, sup, primes, at=node.at)
        case Scripted(Group("(", _, Scripted(Symbol(), _, None) as name), sub, sup, primes) if sub is not None:
            if name.sub is None:
                return Scripted(name.base, sub, sup, name.primes + primes, at=node.at)
            return node if _is_label(sub) else Scripted(name, sub, sup, primes, at=node.at)
    return node


def _is_label(script: Node) -> bool:
    return isinstance(script, Symbol) and (script.name in ("+", "-") or script.name.isupper())
