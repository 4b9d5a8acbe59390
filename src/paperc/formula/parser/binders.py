"""What binds: sums, products, extrema, expectations, integrals."""

from __future__ import annotations

from .. import notation as n
from ..tokens import Token
from ..tree import Apply, BigOp, Binary, Group, Juxtaposition, Node, Placeholder, Scripted, Symbol
from .cursor import Cursor


class Binders(Cursor):
    """`\\sum`, `\\max`, `\\arg\\min`, `\\mathbb{E}`: an operator with scripts and a body."""

    def arg_follows(self) -> bool:
        token = self.peek(1)
        return token is not None and token.kind in ("command", "word") and token.text in ("max", "min")

    def arg(self, token: Token) -> Node:
        self.i += 1
        follower = self.peek()
        assert follower is not None
        return self.big(follower, f"arg{follower.text}")

    def big(self, token: Token, op: str) -> Node:
        start = self.i
        self.i += 1
        sub: Node | None = None
        sup: Node | None = None
        while (nxt := self.peek()) is not None and nxt.kind in ("sub", "sup"):
            self.i += 1
            value = self.argument(script=True)
            if nxt.kind == "sub":
                sub = value
            else:
                sup = value
        if op in n.OPTIONAL_BINDERS and sub is None:
            return self.applied_extremum(op, sup, start, (token.start, token.end))
        self.spaces()
        nxt = self.peek()
        bar = nxt is not None and nxt.kind == "mark" and nxt.text in ("|", "‖")
        if nxt is None or self.at_end(None) or not (self.starts_factor(nxt) or bar or self.is_minus()):
            if op in n.OPTIONAL_BINDERS or op in ("argmax", "argmin"):
                return BigOp(op, sub, sup, Placeholder(), at=self.at(start))  # `f(x) \to \min_x`
            raise self.fail("missing-operand", f"nothing stands behind “{op}”")
        big, self.stop_big = self.stop_big, 0
        self.integrals += op == "int"
        wide = op in n.WIDE_BODIES or token.text.lower() in n.SEARCHES or self.is_minus()
        body = self.additive() if wide else self.multiplicative()
        self.integrals -= op == "int"
        self.stop_big = big
        return BigOp(op, sub, sup, body, at=self.at(start))

    def applied_extremum(self, op: str, sup: Node | None, start: int, at: tuple[int, int]) -> Node:
        function: Node = Symbol(op, (), "", True, at=at)
        if sup is not None:
            function = Scripted(function, None, sup)
        token = self.peek()
        if token is not None and self.opens(token):
            return Apply(function, self.argument_bracket(token), bracketed=True, at=self.at(start))
        if token is not None and self.starts_factor(token):
            items, _ = self.prefix_argument()
            argument = items[0] if len(items) == 1 else Juxtaposition(tuple(items))
            return Apply(function, argument, bracketed=False, doubtful=True, at=self.at(start))
        return function

    def expectation(self, op: str, accents: tuple[str, ...], start: int) -> Node:
        sub: Node | None = None
        sup: Node | None = None
        while (token := self.peek()) is not None and token.kind in ("sub", "sup"):
            self.i += 1
            value = self.argument(script=True)
            if token.kind == "sub":
                sub = value
            else:
                sup = value
        self.spaces()
        token = self.peek()
        if token is None:
            raise self.fail("missing-operand", f"nothing stands behind “{op}”")
        if token.text in ("|", "‖") or not self.opens(token):
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


def _body(node: Node) -> Node:
    return node.body if isinstance(node, Group) else node
