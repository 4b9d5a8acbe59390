"""From a display to its statements: rows joined or split, where-clauses, several formulas side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from . import notation as n
from .parser import ParseFailure, Parser
from .rewrite import rewrite
from .tokens import Token, tokenize
from .tree import (
    Apply,
    BigOp,
    Fraction,
    List,
    Node,
    Parsed,
    Placeholder,
    Problem,
    Quantified,
    Relation,
    Scripted,
    Symbol,
    Text,
)
from .walk import walk

MAX_TOKENS = 6000
_ROW_BREAK = "a row without a relation follows one that has not ended: whether it goes on with that one is not clear"


@lru_cache(maxsize=16384)
def parse(latex: str, words: frozenset[str] = frozenset()) -> Parsed:
    """Parse one equation record (or inline formula) into its statements.

    `words` are runs of letters that this paper uses as one name. Never raises: what cannot be read is a `Problem`.
    """
    tokens = _unwrapped(tokenize(latex))
    if len(tokens) <= MAX_TOKENS and _balance(tokens) is None:
        tokens = rewrite(tokens, words)
    if len(tokens) > MAX_TOKENS:
        return Parsed(latex, (), (Problem("too-long", f"more than {MAX_TOKENS} symbols in one formula"),))
    unbalanced = _balance(tokens)
    if unbalanced is not None:
        return Parsed(latex, (), (unbalanced,))
    statements: list[Node] = []
    problems: list[Problem] = []
    try:
        rows = _rows(tokens)
    except ParseFailure as failure:
        return Parsed(latex, (), (Problem(failure.code, failure.message, failure.at),))
    for k, row in enumerate(rows):
        if k + 1 < len(rows) and _cut_short(row, rows[k + 1]):
            problems.append(Problem("row-break", _ROW_BREAK, (rows[k + 1][0].start, rows[k + 1][0].end)))
            continue
        if k and _cut_short(rows[k - 1], row):
            continue
        for part in _parts(row):
            try:
                found = _parse_part(part, words)
            except ParseFailure as failure:
                problems.append(Problem(failure.code, failure.message, failure.at))
                continue
            except RecursionError:
                problems.append(Problem("too-deep", "the formula nests too deeply"))
                continue
            statements += found
    merged = _merged(statements)
    if not merged and not problems:
        problems.append(Problem("empty", "there is no formula here"))
    return Parsed(latex, tuple(merged), tuple(problems))


def _balance(tokens: Sequence[Token]) -> Problem | None:
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth < 0:
            return Problem("unbalanced-bracket", "a brace is closed that was not opened", (token.start, token.end))
        if depth > 100:
            return Problem("too-deep", "braces nest deeper than 100 levels", (token.start, token.end))
    if depth:
        first = next(t for t in tokens if t.kind == "open")
        return Problem("unbalanced-bracket", "a brace is opened and never closed", (first.start, first.end))
    return None


def _unwrapped(tokens: list[Token]) -> list[Token]:
    """Drops environments that only arrange rows (`aligned`, `split`), keeping their rows as rows of the display."""
    out: list[Token] = []
    stack: list[bool] = []
    for k, token in enumerate(tokens):
        if token.kind == "begin":
            before = next((t for t in reversed(tokens[:k]) if t.kind not in ("space", "cell")), None)
            braced = before is not None and before.kind == "left" and before.text == "{"
            drop = (token.text in n.ROW_ENVIRONMENTS and not braced) or (before is None and _lays_out(tokens, k))
            stack.append(drop)
            if drop:
                continue
        elif token.kind == "end" and stack:
            if stack.pop():
                continue
        out.append(token)
    return out


def _lays_out(tokens: Sequence[Token], start: int) -> bool:
    """An `array` that is the whole display and holds its relations: it arranges rows, as `aligned` does."""
    if tokens[start].text != "array":
        return False
    depth = 0
    relation = False
    for k in range(start, len(tokens)):
        depth += (tokens[k].kind == "begin") - (tokens[k].kind == "end")
        relation = relation or (depth == 1 and _relation_token(tokens[k]) and _group_depth(tokens, start, k) == 0)
        if depth == 0:
            return relation and all(t.kind in ("space", "mark", "cell") for t in tokens[k + 1 :])
    return False


def _group_depth(tokens: Sequence[Token], start: int, end: int) -> int:
    return sum((t.kind in ("open", "left")) - (t.kind in ("close", "right")) for t in tokens[start:end])


def _rows(tokens: Sequence[Token]) -> list[list[Token]]:
    """Top-level rows, joined where the next one continues the formula; alignment marks dropped."""
    rows: list[list[Token]] = [[]]
    depth = env = cells = 0
    kept = _inner_rows(tokens)
    for k, token in enumerate(tokens):
        if token.kind in ("open", "left") and not (token.kind == "left" and token.font == "big"):
            depth += 1
        elif token.kind in ("close", "right") and not (token.kind == "right" and token.font == "big"):
            depth -= 1
        elif token.kind == "begin":
            env += 1
        elif token.kind == "end":
            env -= 1
        if env > 0 or token.kind == "end" or k in kept:
            rows[-1].append(token)
        elif token.kind == "row":
            cells = 0
            if depth <= 0 and not _open_bracket(rows[-1]):
                rows.append([])
            # A row broken inside a bracket simply goes on.
        elif token.kind == "cell":
            cells += 1
            if cells % 2 == 0 and depth <= 0 and _ends_statement(rows[-1]):
                # `a &= b & c &= d`: every second mark separates statements.
                rows[-1].append(Token("space", "quad", token.start, token.end))
        else:
            rows[-1].append(token)
    out: list[list[Token]] = []
    for row in rows:
        if not row:
            continue
        if out and _continues(out[-1], row):
            # A relation repeated at the break is meant once: `a = \\ = b`.
            before, after = _trim_spaces(out[-1]), _trim_spaces(row)
            repeated = before and after and _relation_token(before[-1]) and before[-1].text == after[0].text
            out[-1] = before + (after[1:] if repeated else after)
        else:
            out.append(row)
    return out


def _inner_rows(tokens: Sequence[Token]) -> frozenset[int]:
    """The row breaks inside `\\substack{…}`: they part the conditions below a sum."""
    found: set[int] = set()
    stack: list[bool] = []
    for k, token in enumerate(tokens):
        if token.kind == "open":
            stack.append(k > 0 and tokens[k - 1].kind == "command" and tokens[k - 1].text == "substack")
        elif token.kind == "close" and stack:
            stack.pop()
        elif token.kind == "row" and any(stack):
            found.add(k)
    return frozenset(found)


def _trim_spaces(row: Sequence[Token]) -> list[Token]:
    out = list(row)
    while out and out[0].kind == "space":
        out.pop(0)
    while out and out[-1].kind == "space":
        out.pop()
    return out


def _ends_statement(row: Sequence[Token]) -> bool:
    last = next((t for t in reversed(row) if t.kind != "space"), None)
    return (
        last is not None
        and not _open_bracket(row)
        and _top_relation(row)
        and not _relation_token(last)
        and not _operator_token(last)
    )


def _open_bracket(row: Sequence[Token]) -> bool:
    depth = 0
    for token in row:
        if token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        elif token.font == "big" and token.kind in ("left", "right") and token.text in "([{)]}⟨⟩":
            depth += 1 if token.kind == "left" else -1
    return depth > 0


def _relation_token(token: Token) -> bool:
    if token.kind == "mark":
        return token.text in ("=", "<", ">")
    return token.kind == "command" and (token.text in n.RELATIONS or token.text in ("stackrel", "overset"))


def _operator_token(token: Token) -> bool:
    if token.kind == "mark":
        return token.text in ("+", "-", "/", "*")
    return token.kind == "command" and (token.text in n.ADDITIVE or token.text in n.MULTIPLICATIVE)


def _top_relation(row: Sequence[Token]) -> bool:
    depth = 0
    for token in row:
        if token.kind in ("open", "left", "begin") or (token.kind == "mark" and token.text in "([{"):
            depth += 1
        elif token.kind in ("close", "right", "end") or (token.kind == "mark" and token.text in ")]}"):
            depth -= 1
        elif depth == 0 and _relation_token(token) and token.text not in ("in", "to", "rightarrow"):
            return True
    return False


def continues(before: str, row: str) -> bool:
    """A numbered row without a value of its own for some left side: it goes on with the row before (or seems to)."""
    above, below = _unwrapped(tokenize(before)), _unwrapped(tokenize(row))
    if _balance(above) is not None or _balance(below) is not None:
        return False
    upper, lower = _rows(above), _rows(below)
    if not upper or not lower or not _trim_spaces(upper[-1]) or not (following := _trim_spaces(lower[0])):
        return False
    if _relation_token(following[0]) or (following[0].text == ":" and following[0].kind == "mark"):
        return False
    return _open_bracket(upper[-1]) or _continues(upper[-1], lower[0]) or _cut_short(upper[-1], lower[0])


def _continues(before: Sequence[Token], row: Sequence[Token]) -> bool:
    last = next((t for t in reversed(before) if t.kind != "space"), None)
    first = next((t for t in row if t.kind != "space"), None)
    if last is None or first is None:
        return True
    if last.kind == "mark" and last.text in (",", ";", "."):
        return False
    if _relation_token(last) or _operator_token(last) or last.kind in ("sub", "sup") or _waits(before):
        return True
    if _relation_token(first):
        return True
    if _operator_token(first):
        return not _top_relation(row[1:]) or first.text not in ("+", "-")
    return not _top_relation(row) and _top_relation(before) and first.kind in ("left", "command") and first.text in (
        "sum", "left", "(", "[", "frac", "times", "cdot",
    ) and not (last.kind == "mark" and last.text in ".,")  # fmt: skip


def _waits(row: Sequence[Token]) -> bool:
    """It ends with an operator that waits for its operand: `\\sum_{i=1}^n`, `\\mathbb{E}_x`, `\\log`."""
    k = len(_trim_spaces(row))
    tokens = _trim_spaces(row)
    while k > 1 and (start := _script_start(tokens, k)) is not None:
        k = start
    if not k:
        return False
    last = tokens[k - 1]
    if last.kind in ("command", "word"):
        return last.text in n.BIG_OPERATORS or last.text in n.FUNCTIONS or (last.kind == "word" and last.text == "E")
    if last.kind == "close":  # `\\mathbb{E}`
        return (
            k >= 4
            and [t.kind for t in tokens[k - 4 : k - 1]] == ["command", "open", "letter"]
            and tokens[k - 4].text in ("mathbb", "mathds")
            and tokens[k - 2].text == "E"
        )
    return k >= 2 and last.text == "E" and tokens[k - 2].kind == "command" and tokens[k - 2].text == "mathbb"


def _script_start(tokens: Sequence[Token], end: int) -> int | None:
    """Where the script that ends before `end` begins; None where no script ends there."""
    if tokens[end - 1].kind != "close":
        return end - 2 if end >= 2 and tokens[end - 2].kind in ("sub", "sup") else None
    depth = 0
    for k in range(end - 1, -1, -1):
        depth += (tokens[k].kind == "close") - (tokens[k].kind == "open")
        if depth == 0:
            return k - 1 if k and tokens[k - 1].kind in ("sub", "sup") else None
    return None


def _cut_short(before: Sequence[Token], row: Sequence[Token]) -> bool:
    """A formula without a mark at its end, and a row below that is a value without a relation: one product, or two things."""
    last = next((t for t in reversed(before) if t.kind != "space"), None)
    first = next((t for t in row if t.kind != "space"), None)
    if last is None or first is None or (last.kind == "mark" and last.text in ",;.:"):
        return False
    if any(t.kind in ("text", "end") for t in (last, first)) or any(t.kind == "space" for t in row[1:-1]):
        return False
    worded = any(t.kind == "text" or (t.kind == "command" and t.text in ("forall", "exists")) for t in row)
    starts = first.kind in ("letter", "number", "open", "left") or (
        first.kind == "command" and first.text not in n.ELLIPSES
    )
    return starts and not worded and _top_relation(before) and not _top_relation(row)


def _parts(row: Sequence[Token]) -> list[list[Token]]:
    """Splits a row at words that begin another statement: `a = b, \\text{where } c = d`."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in row:
        if token.kind in ("open", "begin") or (token.kind == "left" and token.font != "big"):
            depth += 1
        elif token.kind in ("close", "end") or (token.kind == "right" and token.font != "big"):
            depth -= 1
        elif token.kind == "mark" and token.text in "([{":
            depth += 1
        elif token.kind == "mark" and token.text in ")]}":
            depth -= 1
        if depth <= 0 and token.kind == "text" and token.text.lower().strip(" ,.:;") in n.SPLIT_WORDS:
            parts.append([])
            continue
        parts[-1].append(token)
    return [p for p in (_trim(p) for p in parts) if p]


def _trim(tokens: Sequence[Token]) -> list[Token]:
    out = list(tokens)
    while out and (out[0].kind in ("space", "cell") or (out[0].kind == "mark" and out[0].text in ",;")):
        out.pop(0)
    while out and (out[-1].kind in ("space", "cell") or (out[-1].kind == "mark" and out[-1].text in ",.;:")):
        out.pop()
    return out


def _parse_part(tokens: Sequence[Token], words: frozenset[str]) -> list[Node]:
    parser = Parser(tokens, words)
    node = parser.sequence()
    parser.expect_end()
    return [_tidy(statement) for statement in _split_list(node)]


def _tidy(node: Node) -> Node:
    """`for i = 1, …, n`: the list belongs to the right side."""
    if not isinstance(node, Quantified):
        return node
    condition = node.condition
    if isinstance(condition, List) and any(isinstance(i, Relation) for i in condition.items):
        parts = _split_list(condition)
        condition = parts[0] if len(parts) == 1 else List(tuple(parts), (",",) * (len(parts) - 1), at=condition.at)
    return replace(node, body=_tidy(node.body), condition=condition)


def _split_list(node: Node) -> list[Node]:
    """`a = b, c = d` are two statements; `W, V ∈ S`, `f : A → B` and `i = 1, …, N` are one each."""
    if isinstance(node, Quantified) and (named := _names_condition(node)) is not None:
        return [node.body, named]
    if isinstance(node, Quantified) and isinstance(node.body, Placeholder):
        return [_quantified_first(node)]
    if not isinstance(node, List):
        return [node]
    out: list[Node] = []
    pending: list[Node] = []
    between: list[str] = []
    for k, item in enumerate(node.items):
        separator = node.separators[k] if k < len(node.separators) else ","
        if isinstance(item, Quantified) and isinstance(item.body, Placeholder):
            if out and not pending:
                out[-1] = replace(item, body=out[-1])
            else:
                out.append(_quantified_first(item))
        elif _is_statement(item):
            core = item.body if isinstance(item, Quantified) else item
            joins = set(between) <= {",", ":", ";"} and all(map(_is_name, pending))
            if pending and (not joins or _indexes(core, pending)):
                out += pending
                pending, between = [], []
            if pending and isinstance(core, Relation):
                joined = List((*pending, core.first), tuple(between), at=core.at)
                relation = replace(core, first=joined)
                item = replace(item, body=relation) if isinstance(item, Quantified) else relation
                pending, between = [], []
            out.append(item)
        elif isinstance(item, Text):
            continue
        elif out and isinstance(out[-1], Relation) and not pending and not isinstance(item, Placeholder):
            # `i = 1, …, N`: what follows without a relation of its own extends the last right side.
            op, last = out[-1].rest[-1]
            items = (*last.items, item) if isinstance(last, List) else (last, item)
            out[-1] = replace(out[-1], rest=(*out[-1].rest[:-1], (op, List(items, (",",) * (len(items) - 1)))))
        elif out and isinstance(out[-1], Quantified) and not pending:
            condition = out[-1].condition
            items = (*condition.items, item) if isinstance(condition, List) else (condition, item)
            out[-1] = replace(out[-1], condition=List(items, (",",) * (len(items) - 1)))
        else:
            pending.append(item)
            between.append(separator)
    if pending:
        if " " in between[:-1]:
            out += pending
        else:
            out.append(pending[0] if len(pending) == 1 else List(tuple(pending), tuple(between[:-1])))
    return out


def _names_condition(node: Quantified) -> Relation | None:
    """`y = x_k for k = \\arg\\max_j s_j`: the words introduce a second definition."""
    condition = node.condition
    if node.kind != "forall" or not isinstance(node.body, Relation) or not isinstance(condition, Relation):
        return None
    (op, value), left = condition.rest[0], node.body.first
    defines = isinstance(condition.first, (Symbol, Scripted)) and op in ("=", ":=") and len(condition.rest) == 1
    if not defines or condition.first in walk(left):
        return None
    return condition if isinstance(value, (BigOp, Apply, Fraction)) else None


def _indexes(core: Node, pending: Sequence[Node]) -> bool:
    """`W_i^Q, W_i^K, i \\in [h]`: the relation speaks of an index of the names before it."""
    if not isinstance(core, Relation) or not isinstance(core.first, Symbol) or core.first.word:
        return False
    scripts = [s for p in pending if isinstance(p, Scripted) for s in (p.sub, p.sup) if s is not None]
    return any(core.first == part for script in scripts for part in walk(script))


def _is_name(node: Node) -> bool:
    """What may stand in a list before a relation: `W, V \\in S`, `f(x), g(x) > 0`, `f : A \\to B`."""
    return not isinstance(node, (BigOp, Text, Fraction))


def _quantified_first(node: Quantified) -> Node:
    """`\\forall t, f(t) \\le 0`: the last relation behind the quantifier is the statement."""
    condition = node.condition
    if isinstance(condition, List) and isinstance(condition.items[-1], Relation):
        body, rest = condition.items[-1], condition.items[:-1]
        if body.rest[0][0] not in ("∈", "∉"):
            return replace(
                node, body=body, condition=rest[0] if len(rest) == 1 else List(rest, condition.separators[:-1])
            )
    return node


def _is_statement(node: Node) -> bool:
    return isinstance(node, Relation) or (
        isinstance(node, Quantified) and isinstance(node.body, (Relation, Quantified))
    )


def _merged(statements: Sequence[Node]) -> list[Node]:
    """Puts chains back together whose row began with a relation, and conditions that stand alone beside a statement."""
    out: list[Node] = []
    for node in statements:
        if isinstance(node, Relation) and isinstance(node.first, Placeholder) and out:
            before = out[-1]
            if isinstance(before, Relation):
                out[-1] = replace(before, rest=before.rest + node.rest)
                continue
            if not isinstance(before, (Quantified, Text)):
                out[-1] = Relation(before, node.rest)
                continue
        if isinstance(node, Quantified) and isinstance(node.body, Placeholder) and out:
            out[-1] = replace(node, body=out[-1])
            continue
        if isinstance(node, Text) or (isinstance(node, Placeholder) and out):
            continue
        out.append(node)
    return out
