"""Factors: names, numbers, scripts, functions by notation and what they apply to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import notation as n
from ..tokens import Token
from ..tree import (
    Apply,
    BigOp,
    Ellipsis,
    Fraction,
    Group,
    Juxtaposition,
    List,
    Node,
    Number,
    Placeholder,
    Relation,
    Scripted,
    Symbol,
    Text,
    Unary,
)
from ..walk import walk
from .cursor import Cursor


class Atoms(Cursor):
    """A factor is a primary with its scripts; a function by notation takes its argument."""

    def factor(self) -> Node:
        """A primary with its scripts."""
        self.enter()
        try:
            start = self.i
            token = self.peek()
            if token is None:
                raise self.fail("missing-operand", "the formula ends where something should follow")
            if token.kind == "command" and token.text in n.BIG_OPERATORS:
                return self.scripts(self.big(token, n.BIG_OPERATORS[token.text]), start)
            if token.kind == "command" and token.text in n.UNIONS and self.is_("sub", ahead=1):
                return self.big(token, n.UNIONS[token.text])
            if token.kind == "word" and token.text.lower() in ("argmax", "argmin"):
                return self.big(token, token.text.lower())
            if token.kind == "command" and token.text == "arg" and self.arg_follows():
                return self.arg(token)
            if token.kind == "word" and token.text.lower() in n.SEARCHES and self.is_("sub", ahead=1):
                return self.big(token, n.SEARCHES[token.text.lower()])
            if token.kind == "word" and token.text in ("max", "min", "sup", "inf"):
                return self.scripts(self.big(token, token.text), start)
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
                primes += 1
                continue
            value = self.argument(script=True)
            if token.kind == "sub":
                if sub is not None:
                    base, sub, sup, primes = Scripted(base, sub, sup, primes, at=self.at(start)), None, None, 0
                sub = value
                continue
            count, above = _split_primes(value)
            primes += count
            if above is not None and sup is not None:
                base = Scripted(base, sub, sup, primes, at=self.at(start))
                sub, sup, primes = None, above, 0
            elif above is not None:
                sup = above
        if sub is None and sup is None and not primes:
            return base
        if isinstance(sub, Placeholder) and sup is None and not primes:
            return base
        return Scripted(base, sub, sup, primes, at=self.at(start))

    def argument(self, *, script: bool = False) -> Node:
        """A braced group or a single token, as TeX takes it (`x_12` has the subscript 1)."""
        token = self.peek()
        if token is None:
            raise self.fail("misplaced-script", "a script or an argument is missing at the end")
        if token.kind == "open":
            inner = self.raw_group()
            sub = self.nested(inner)
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
        self.in_script = True
        items = [self.sequence()]
        rows = []
        while self.is_("row"):  # \substack
            self.i += 1
            items.append(self.sequence())
            rows.append(",")
        if len(items) == 1:
            return _sliced(_ranged(items[0]))
        parts = [part for item in map(_ranged, items) for part in (item.items if isinstance(item, List) else (item,))]
        return List(tuple(parts), (",",) * (len(parts) - 1), at=self.at(start))

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
                return self.letters()
            case "word":
                return self.word(token)
            case "text":
                self.i += 1
                return Text(token.text, at=at)
            case "open":
                return self.braced()
            case "begin":
                return self.environment(token)
            case "left":
                return self.delimited(token)
            case "mark" if token.text in ("(", "[", "{"):
                return self.bracket(token.text)
            case "mark" if token.text in ("|", "‖"):
                return self.bracket(token.text)
            case "command":
                return self.command(token)
            case "sub" | "sup" | "prime":
                # `{}^{k}x`, `_+`: a script on nothing belongs to what follows in tensor notation; keep it visible.
                return Placeholder(at=at)
            case "mark" if token.text in ("-", "+"):
                self.i += 1
                return Unary(token.text, self.factor(), at=self.at(start))
            case "mark" if token.text == "." and (self.closes_argument(1)):
                self.i += 1
                return Placeholder(at=at)  # `f(., x)`
            case "mark" if token.text in ("∞", "%", "#", "&"):
                raise self.fail("unexpected", f"“{token.text}” cannot stand here")
        raise self.fail("unexpected", f"“{token.text}” cannot stand here")

    def closes_argument(self, ahead: int) -> bool:
        token = self.peek(ahead)
        return (
            token is None
            or token.kind in ("right", "close", "middle")
            or token.text in (")", "]", ",", "|", "mid", ";")
        )

    def letters(self) -> Node:
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
        if name == "Pr" and self.bracket_ahead():
            return self.expectation("Pr", (), self.i - take)
        if name in n.WORD_FUNCTIONS:
            return self.applied(Symbol(name, (), "", True, at=at), self.i - take)
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
            return self.relation_sign() is not None
        finally:
            self.i = save

    def word(self, token: Token) -> Node:
        start = self.i
        self.i += 1
        symbol = Symbol(token.text, (), "" if token.font == "rm" else token.font, True, at=(token.start, token.end))
        if token.text in ("E", "Var", "Cov", "Pr") and (
            self.bracket_ahead() or (token.text != "Pr" and self.operand_ahead())
        ):
            return self.expectation(n.EXPECTATIONS[token.text], (), start)
        if token.text in n.WORD_FUNCTIONS:
            return self.applied(symbol, start)
        return symbol

    def applied(self, function: Node, start: int) -> Node:
        """A function by notation with its scripts and argument; the bare name where no argument follows."""
        function = self.scripts(function, start)
        token = self.peek()
        base = function.base if isinstance(function, Scripted) else function
        name = base.name if isinstance(base, Symbol) else ""
        if token is not None and self.opens(token):
            argument = self.argument_bracket(token)
            return Apply(function, argument, bracketed=True, at=self.at(start))
        if name not in n.FUNCTIONS and name not in ("softmax", "sg", "ReLU", "sigmoid", "mean", "var", "std"):
            return function
        if token is None or not (self.starts_factor(token) or self._bars_follow(token)):
            if token is not None and self.is_minus() and name in ("exp", "log", "ln"):
                here = self.i
                self.i += 1
                operand = Unary("-", self.juxtaposed(), at=self.at(here))
                if self.is_("mark", "/"):
                    raise self.fail(
                        "ambiguous",
                        f"the slash may belong to the argument of “{name}” or divide its value; brackets would tell",
                    )
                return Apply(function, operand, bracketed=False, doubtful=True, at=self.at(start))
            return function
        if token.kind == "text":
            return function
        items, doubtful = self.prefix_argument(name)
        if name in n.CIRCULAR and self.is_("mark", "/"):
            raise self.fail(
                "ambiguous",
                f"the slash may belong to the argument of “{name}” or divide its value; brackets would tell",
            )
        argument = (
            items[0] if len(items) == 1 else Juxtaposition(tuple(items), at=(token.start, self.t[self.i - 1].end))
        )
        # `\ln{(x)}`: braces around the bracket change nothing.
        bracketed = isinstance(argument, Group) and argument.open in ("(", "[", "{")
        return Apply(function, argument, bracketed=bracketed, doubtful=doubtful, at=self.at(start))

    def _bars_follow(self, token: Token) -> bool:
        """Behind the name of a function no condition can begin: `\\log | x |`, however it is spaced."""
        within = bool(self.bars) and self.bars[-1] == token.text
        return token.kind == "mark" and token.text == "|" and not within and self.has_partner(token)

    def prefix_argument(self, name: str = "") -> tuple[list[Node], bool]:
        """The factors that an unbracketed prefix function takes, and whether another extent is plausible."""
        items = [self.factor()]
        if name in ("log", "ln") and isinstance(items[0], Fraction) and _has_symbol(items[0]):
            return items, False  # `\\log \\frac{p}{q} r`: the bar of the fraction ends the argument
        while (token := self.peek()) is not None and self.starts_factor(token):
            if self.is_prefix(token) or self.is_big(token) or token.kind == "text" or self.is_differential():
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


def _sliced(node: Node) -> Node:
    """`:,1:k`: the parts between commas, each a range of its own."""
    if not isinstance(node, List) or not {",", ":"} <= set(node.separators):
        return node
    if any(isinstance(i, Relation) for i in node.items):
        return node  # `i,j: i < j` is a condition
    parts: list[list[Node]] = [[node.items[0]]]
    for separator, item in zip(node.separators, node.items[1:]):
        if separator == ":":
            parts[-1].append(item)
        else:
            parts.append([item])
    items = tuple(p[0] if len(p) == 1 else List(tuple(p), (":",) * (len(p) - 1)) for p in parts)
    return List(items, (",",) * (len(items) - 1), at=node.at)


def _ranged(node: Node) -> Node:
    """`i=1,2` and `i=1,\\dots,n` below a sum: what follows a number or an ellipsis belongs to the right side."""
    if not isinstance(node, List):
        return node
    out: list[Node] = []
    for item in node.items:
        last = out[-1] if out else None
        if isinstance(last, Relation) and last.rest[-1][0] == "=" and not isinstance(item, Relation):
            op, right = last.rest[-1]
            before = right.items if isinstance(right, List) else (right,)
            counts = all(isinstance(i, (Number, Ellipsis)) for i in (before[-1], item)) or isinstance(
                before[-1], Ellipsis
            )
            if counts or isinstance(item, Ellipsis):
                grown = List((*before, item), (",",) * len(before), at=right.at)
                out[-1] = replace(last, rest=(*last.rest[:-1], (op, grown)))
                continue
        out.append(item)
    if len(out) == len(node.items):
        return node
    return out[0] if len(out) == 1 else List(tuple(out), (",",) * (len(out) - 1), at=node.at)


def _has_symbol(node: Node) -> bool:
    return any(isinstance(part, Symbol) for part in walk(node))


def _unscripted(node: Node) -> Node:
    return node.base if isinstance(node, Scripted) else node


def _split_primes(node: Node) -> tuple[int, Node | None]:
    """The primes that a superscript begins with, and what is left of it: `x^{\\prime k}`."""
    if isinstance(node, Symbol) and node.name == "prime":
        return 1, None
    if isinstance(node, Juxtaposition):
        count = next(
            (k for k, i in enumerate(node.items) if not (isinstance(i, Symbol) and i.name == "prime")), len(node.items)
        )
        rest = node.items[count:]
        if count:
            return count, None if not rest else rest[0] if len(rest) == 1 else replace(node, items=rest)
    return 0, node
