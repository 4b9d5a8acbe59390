"""Reading an algorithm box: blocks, loops and branches, and the statements of each line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..document import Algorithm, AlgorithmLine
from ..formula import ascii_name, parse
from ..formula.tree import Ellipsis, Group, Juxtaposition, List, Node, Number, Quantified, Relation, Scripted, Symbol
from .algorithms import (
    Assign,
    Box,
    Condition,
    Declare,
    Draw,
    Each,
    Endless,
    Ensure,
    For,
    Hole,
    If,
    Remark,
    Return,
    Step,
    While,
)
from .algorithms_holes import call_of, clauses, read_condition, read_hole, read_items, settable
from .algorithms_words import (
    COUNTS,
    VERBS,
    assigns,
    elliptic,
    idle,
    in_one_form,
    joined,
    listed,
    named_thing,
    pieces,
    without_comment,
)

ASSIGNS = frozenset({"=", ":=", "←", "≡"})


def read_box(algorithm: Algorithm, words: frozenset[str] = frozenset()) -> Box:
    """The statements of a box. Never raises: what cannot be read is a `Hole`."""
    reader = _Reader(algorithm.lines, words)
    steps = reader.block(frozenset())
    while reader.at < len(reader.lines):  # a closing line without an opening one
        reader.problems.append((reader.at, "this line closes a block that was not opened"))
        reader.at += 1
        steps += reader.block(frozenset())
    return Box(algorithm, tuple(steps), tuple(reader.problems))


_CLOSERS = {
    "for": frozenset({"endfor"}),
    "while": frozenset({"endwhile"}),
    "if": frozenset({"endif", "elif", "else"}),
    "repeat": frozenset({"until"}),
    "loop": frozenset({"endloop"}),
    "procedure": frozenset({"endprocedure", "endfunction"}),
}
_ENDS = frozenset().union(*_CLOSERS.values()) | {"end"}
_TIMES = re.compile(r"^(?:for )?(\$[^$=]+\$) (?:steps|iterations|times|epochs|updates|rounds|sweeps)\b")
_ACTION = rf"(?:{'|'.join(VERBS)}|sample|shuffle|append|add|remove|receive|observe)\b"
_ROUNDS = re.compile(
    r"(?:each |every |all |a number of )?(?:(?:gradient|training|time|environment|update|inner|outer) )?"
    r"(?:steps?|iterations?|episodes?|epochs?|rounds?|updates?|sweeps?|timesteps?)\s*(?:\$\s*=\s*1\s*,\s*2\s*,\s*\\[a-z]*dots\s*\$)?",
    re.I,
)
"""A loop that only says what one round of it is."""
_OPEN_END = re.compile(r"converge|stopping|\bdone\b|\btrue\b|termina|budget|forever|satisf", re.I)
"""Ends that the paper leaves to the reader."""
_INPUT = re.compile(r"^\W*(?:require|inputs?|given|parameters|hyper-?parameters?|data)\b[:\s]*", re.I)
_OUTPUT = re.compile(r"^\W*(?:ensure|outputs?|result)\b[:\s]*", re.I)
_RETURN = re.compile(r"^\W*(?:return|output)s?\b[:\s]*", re.I)


class _Reader:
    def __init__(self, lines: Sequence[AlgorithmLine], words: frozenset[str]) -> None:
        self.lines = [replace(x, text=in_one_form(x.text), condition=in_one_form(x.condition)) for x in lines]
        self.words = words
        self.at = 0
        self.problems: list[tuple[int, str]] = []
        self.depth = 0
        """How many blocks are open."""
        self.behind: list[Step] = []
        """Statements printed behind the word that closes a block: `end if $i ← i + 1$`."""

    # --- blocks

    def block(self, closers: frozenset[str], indent: int = -1) -> list[Step]:
        """Statements up to a line that closes the block (which stays unread).

        Where lines carry no closing words (algorithm2e), the block ends with its indentation.
        """
        steps: list[Step] = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.keyword in closers or (line.keyword == "end" and closers):
                break
            if indent >= 0 and line.indent <= indent:
                break
            if line.keyword in _ENDS and not closers:
                break
            steps += self.statement(line)
            steps += self.behind
            self.behind = []
        return steps

    def closed(self) -> None:
        """Reads the line that closes a block, and what is printed behind it."""
        said = self.lines[self.at].text
        rest = re.sub(r"^\s*end\s*(?:for|while|if|loop|procedure|function)?\b\W*?(?=[\w$\\]|$)", "", said, flags=re.I)
        self.at += 1
        if "$" in rest:
            self.behind += self.plain(rest, self.at - 1)

    def opening(self, line: AlgorithmLine, here: int) -> list[Step]:
        """What is printed behind the condition, on the line that opens a block: `if $x$ then $y ← 1$`."""
        rest = line.text.partition(line.condition)[2] if line.condition else ""
        rest = re.sub(r"^\W*?(?:do|then|:)\b", "", without_comment(rest)).strip(" :.,;")
        return self.plain(rest, here) if "$" in rest else []

    def body(self, kind: str, line: AlgorithmLine) -> tuple[Step, ...]:
        """The block under a line that opens one, its closing line read."""
        opened = self.at - 1
        closers = _CLOSERS[kind]
        self.depth += kind != "procedure"
        steps = self.opening(line, opened) + self.block(closers, line.indent)
        self.depth -= kind != "procedure"
        if self.at < len(self.lines) and self.lines[self.at].keyword in closers | {"end"}:
            if kind != "if":
                self.closed()
        elif kind != "if" and any(x.keyword in closers | {"end"} for x in self.lines):
            self.problems.append((opened, "this block is never closed"))
        return tuple(steps)

    def statement(self, line: AlgorithmLine) -> list[Step]:
        here = self.at
        self.at += 1
        match line.keyword:
            case "for":
                return [self.loop(line, here)]
            case "while":
                body = self.body("while", line)
                return [self.ended(line.condition, body, here, False)]
            case "loop":
                return [Endless(line.text, self.body("loop", line), here)]
            case "repeat":
                opened = line
                self.depth += 1
                body = tuple(self.block(_CLOSERS["repeat"], opened.indent))
                self.depth -= 1
                words = ""
                if self.at < len(self.lines) and self.lines[self.at].keyword == "until":
                    words = self.lines[self.at].condition
                    self.at += 1
                return [self.ended(words, body, here, True)]
            case "if":
                return [self.branch(line, here)]
            case "return":
                return self.returned(line.text, here)
            case "procedure" | "function" if self.begun(here):
                self.problems.append((here, "another procedure begins inside the box"))
                return [Remark(line.text, here)]
            case "procedure" | "function":
                return [self.declared(line.condition or line.text, here), *self.body("procedure", line)]
            case "require" | "input":
                return [self.declared(_INPUT.sub("", line.text), here)]
            case "ensure" | "output":
                return [self.ensured(line.text, here)]
            case "comment":
                return [Remark(line.text, here)]
            case "heading" if self.announces(line):
                return [Remark(line.text, here)]
        return self.plain(line.text, here)

    def loop(self, line: AlgorithmLine, here: int) -> Step:
        body = self.body("for", line)
        found = self.range(line.condition)
        if found is not None:
            variable, first, last, down = found
            return For(variable, first, last, down, body, here)
        said = without_comment(line.condition)
        if _ROUNDS.fullmatch(said.strip(" .,:")):
            return Endless(said, body, here)
        member = re.match(r"^[^$]*\$([^$]*?)\\in(?![a-zA-Z])([^$]*)\$[^$]*$", said)
        trees = self.statements(said.split("$")[1]) if member else None
        if trees and len(trees) == 1 and isinstance(trees[0], Relation):
            targets, items = settable((trees[0].first,)), trees[0].rest[0][1]
            if targets and isinstance(items, Symbol | Scripted):
                return Each(tuple(targets), Hole(line.text, (items,), here, told=True), body, here)
        hole = read_items(line.text, said, here, self.statements)
        return Each(hole.targets, hole, body, here)

    def ended(self, words: str, body: tuple[Step, ...], here: int, until: bool) -> Step:
        """A loop with a condition; without an end where the paper leaves it to the reader when enough is enough."""
        condition = self.formula(words)
        if condition is not None:
            return While(condition, body, here, until)
        if not words.strip() or _OPEN_END.search(words):
            return Endless(words, body, here)
        return While(read_condition(words, here, self.statements), body, here, until)

    def branch(self, line: AlgorithmLine, here: int) -> Step:
        branches: list[tuple[Condition | None, tuple[Step, ...]]] = []
        branches.append((self.condition(line.condition, here), self.body("if", line)))
        while self.at < len(self.lines) and self.lines[self.at].keyword in ("elif", "else", "endif", "end"):
            nxt, place = self.lines[self.at], self.at
            if nxt.keyword in ("endif", "end"):
                self.closed()
                break
            self.at += 1
            other = self.condition(nxt.condition, place) if nxt.keyword == "elif" else None
            branches.append((other, self.body("if", nxt)))
        return If(tuple(branches), here)

    def condition(self, text: str, here: int) -> Condition:
        return self.formula(text.split("i.e.,")[-1]) or read_condition(text, here, self.statements)

    def announces(self, line: AlgorithmLine) -> bool:
        """A line in bold that says what the formula of the next line does: a heading, no step of its own."""
        verb = re.match(r"[a-z]+", line.text.lower())
        after = self.lines[self.at] if self.at < len(self.lines) else None
        if verb is None or verb[0] not in ("update", "compute", "calculate") or after is None:
            return False
        return after.keyword == "state" and after.indent == line.indent and bool(self.assignments(after.text, self.at))

    # --- lines

    def plain(self, text: str, here: int) -> list[Step]:
        """A line without a keyword of its own."""
        bare = re.sub(r"^(?:step )?\(?\d+[.):]\s*", "", text.strip(), flags=re.I)
        if re.match(r"(?:function|procedure|subroutine|class|def)\b", bare, re.I):
            if self.begun(here):
                self.problems.append((here, "another procedure begins inside the box"))
                return [Remark(text, here)]
            return [self.declared(f"${bare.partition('$')[2]}" if "$" in bare else "", here)]
        if bare.endswith(":") and not assigns(bare):
            return [Remark(text, here)]
        choice = re.fullmatch(r"(.*?),? if (\$[^$]+\$),? (?:else|otherwise),? (.*)", bare)
        if choice and (condition := self.formula(choice[2])) is not None:
            yes, no = self.assignments(choice[1], here), self.assignments(choice[3], here)
            if yes and no:
                return [If(((condition, tuple(yes)), (None, tuple(no))), here)]
        if _RETURN.match(bare) and not assigns(bare):
            return self.returned(bare, here)
        if _OUTPUT.match(bare):
            return [self.ensured(bare, here)]
        if _INPUT.match(bare) and "\\gets" not in bare and "\\leftarrow" not in bare:
            return [self.declared(_INPUT.sub("", bare), here)]
        steps = self.assignments(bare, here)
        if steps is not None:
            return steps
        if (given := self.given(bare, here)) is not None:
            return [given]
        said = clauses(bare)
        if len(said) > 1 and "$" in bare:
            # `Observe $s$ and encode $z = e(s)$`: each clause for itself.
            return [s for c in said for s in self.assignments(c, here) or [read_hole(c, here, self.statements)]]
        if "$" not in bare and not re.match(_ACTION, bare, re.I):
            return [Remark(text, here)]
        return [read_hole(text, here, self.statements)]

    def begun(self, here: int) -> bool:
        """Something other than inputs, results and remarks stands before this line."""
        return any(x.keyword not in ("require", "input", "ensure", "output", "comment") for x in self.lines[:here])

    def given(self, text: str, here: int) -> Declare | None:
        """What a line only brings in, at the head of a box: `Initialise the networks $Q$ and $\\pi$`, `$n$, the number of …`."""
        bare = without_comment(text).strip()
        begins = re.match(r"(?:initiali[sz]e|select|choose|fix|set up)\b\W*", bare, re.I)
        described = re.match(r"\$[^$]+\$,? (?:is |denotes )?(?:the|a|an) ", bare)
        if self.depth or (not begins and not described):
            return None
        if begins and re.search(r"\b(?:using|as|by|from|via|such that|so that|according|randomly|to)\b", bare):
            return None
        out: list[tuple[Node, str]] = []
        for kind, piece in pieces(bare):
            if kind == "math":
                trees = self.statements(piece)
                if not trees or any(not settable((t,)) or assigns(piece) for t in trees):
                    return None
                out += [(t, "") for t in trees]
        return Declare(tuple(out), here) if out else None

    def assignments(self, text: str, here: int) -> list[Step] | None:
        """`Compute $a ← b$ and $c ← d$ (comment)`; None if the line says anything else."""
        parts = pieces(re.sub(r"[,\s]*\bfor (?:all|each|every|any) \$[^$]*\$\s*\.?$", "", without_comment(text)))
        if not parts or not any(kind == "math" for kind, _ in parts):
            return None
        initial = bool(re.match(r"initiali[sz]e\b", text, re.I))
        steps: list[Step] = []
        declared: list[tuple[Node, str]] = []
        words = ""
        for k, (kind, piece) in enumerate(parts):
            if kind == "text":
                if initial and named_thing(
                    thing := re.sub(r"^initiali[sz]e\b", "", piece, flags=re.I) if not k else piece
                ):
                    words = thing.strip(" ,;")
                    continue
                if not idle(piece, first=k == 0, drawing="sim" in text):
                    return None
                words = ""
                continue
            trees = self.statements(piece)
            if trees is None:
                return None
            for tree in joined(trees):
                step = self._one(tree, here)
                if step is None and initial and (isinstance(tree, (Symbol, Scripted)) or _member(tree)):
                    declared.append((tree, words))
                elif step is None:
                    return None
                else:
                    steps.append(step)
        if declared:
            steps.insert(0, Declare(tuple(declared), here))
        return steps or None

    def _one(self, tree: Node, here: int) -> Step | None:
        if isinstance(tree, Quantified) and tree.kind == "forall":
            tree = tree.body  # its free indices run over their axes anyhow
        if not isinstance(tree, Relation):
            return None
        if len(tree.rest) == 1 and tree.rest[0][0] in ("∼", "iid∼"):
            return Draw(tree.first, tree.rest[0][1], here)
        if len(tree.rest) == 1 and (gradient := _subgradient(tree)) is not None:
            return Assign((tree.first,), (gradient,), here)
        if any(op not in ASSIGNS for op, _ in tree.rest):
            return None
        sides = [tree.first, *(right for _, right in tree.rest)]
        # `y_1 = x_0 = 0`: all take the last value. `a, b ← c, d` is simultaneous.
        targets, value = sides[:-1], sides[-1]
        if any(not isinstance(t, Symbol | Scripted | List) for t in targets[1:]):
            targets, value = sides[:1], sides[1]  # `y ← γ x + β ≡ BN(x)`: what follows is another word for the value
        if len(targets) == 1 and isinstance(targets[0], List):
            names = targets[0].items
            if not isinstance(value, List) and not isinstance(value, Number | Symbol):
                return self.unpacked(names, value, here)
            values = value.items if isinstance(value, List) else (value,) * len(names)
            return Assign(tuple(names), tuple(values), here) if len(values) == len(names) else None
        if isinstance(value, List):
            return None
        return Assign(tuple(targets), (value,) * len(targets), here)

    def unpacked(self, names: Sequence[Node], value: Node, here: int) -> Step | None:
        """`A, b ← Fit(x, y)`: several results of a function that the paper names."""
        called = call_of(value)
        targets = settable(tuple(names))
        if called is None or len(targets) != len(names):
            return None
        if not all(isinstance(a, Symbol | Scripted) for a in called[1]):
            return None
        return Hole(self.lines[here].text, called[1], here, ascii_name(called[0]), tuple(targets), told=True)

    def returned(self, text: str, here: int) -> list[Step]:
        bare = without_comment(_RETURN.sub("", text))
        trees: list[Node] = []
        for kind, piece in pieces(bare):
            if kind == "math":
                found = self.statements(piece)
                if found is None:
                    return [Hole(text, (), here, unread=f"the formula ${piece.strip()}$ could not be read")]
                for tree in found:
                    tree = tree.body if isinstance(tree, Group) and isinstance(tree.body, List) else tree
                    trees += [tree] if elliptic(tree) else tree.items if isinstance(tree, List) else [tree]
        if not trees and bare.strip(" .;"):
            return [Hole(text, (), here, unread="what is returned is said in words")]
        return [Return(tuple(trees), here)]

    def ensured(self, text: str, here: int) -> Step:
        """`Output: θ` announces a result."""
        trees: list[Node] = []
        for kind, piece in pieces(without_comment(_OUTPUT.sub("", text))):
            found = self.statements(piece) if kind == "math" else ()
            for tree in found or ():
                if isinstance(tree, Group) and tree.open == "{" and isinstance(tree.body, Relation):
                    tree = tree.body.first  # `{y_i = f(x_i)}`
                trees += tree.items if isinstance(tree, List) and not elliptic(tree) else [tree]
        return Ensure(tuple(trees), here) if trees else Remark(text, here)

    def declared(self, text: str, here: int) -> Step:
        out: list[tuple[Node, str]] = []
        words = ""
        parts = pieces(text)
        if len(parts) > 1 and parts[0][0] == "math" and parts[1][1].lstrip().startswith(":"):
            # `$\alpha$: step size` says what it is behind the symbol.
            trees = self.statements(parts[0][1]) or ()
            return Declare(tuple((t, parts[1][1].strip(" :,;.")) for t in trees), here)
        for kind, piece in parts:
            if kind == "text":
                said = piece.strip(" ,;:.()")
                words = words if said in ("", "and", "or") else said.removeprefix("and ").strip()
                continue
            for tree in self.statements(piece) or []:
                out.append((tree, words))
            if COUNTS.search(words):
                words = ""  # `number of steps $T$, $\\beta$`: the next symbol is none
        return Declare(tuple(out), here)

    # --- conditions and formulas

    def range(self, text: str) -> tuple[Node | None, Node, Node, bool] | None:
        """`t = 1, …, T`, `t = 1 to T`, `t ∈ {1, …, T}`, `t = T-1 downto 0`, `T steps`, `k = 0, 1, …, m - 1`, `t = 1:T`."""
        times = _TIMES.match(text.strip())
        if times:
            last = self.formula(times[1])
            return (None, Number("1"), last, False) if last is not None else None
        text = re.sub(r"\([^()$]*(?:\$[^$]*\$[^()$]*)*\)\s*$", "", text) if text.rstrip().endswith(")") else text
        down = bool(re.search(r"\bdown\s*to\b|decreasing|backwards?|counting down", text, re.I))
        maths = [piece for kind, piece in pieces(text) if kind == "math"]
        words = " ".join(piece for kind, piece in pieces(text) if kind == "text").strip(" :,.").lower()
        words = re.sub(
            r"\b(?:do|each|all|every|steps?|iterations?|epochs?|episodes?|rounds?|updates?|training|time ?steps?|layers?|number|in|the"
            r"|with|decreasing|order|counting)\b",
            " ",
            words,
        )
        if words.replace("down", "").split() not in ([], ["to"], ["downto"], ["backwards"], ["backward"]):
            return None
        joined = " ".join(maths)
        joined = re.sub(
            r"\\(?:text|mathrm|mbox|textbf)\{\s*(down)?\s*to\s*\}|\\(?:to|rightarrow)(?![a-zA-Z])",
            r" , \\dots , ",
            joined,
        )
        if len(maths) == 2:
            joined = f"{maths[0]} , \\dots , {maths[1]}"
        if len(maths) == 2 and re.search(r"\$\s*in\s*\$", text):
            joined = f"{maths[0]} \\in {maths[1]}"  # `$k$ in $1 \dots K$`
        joined = re.sub(r"(?<=[\w}]):(?=[\w\\{])", r" , \\dots , ", joined)
        joined = joined.replace("\\mathellipsis", "\\dots")
        trees = self.statements(joined)
        if trees and len(trees) == 2 and isinstance(trees[0], Relation) and isinstance(trees[1], Symbol | Scripted):
            # `k = 1, K` comes apart at its comma
            trees = (replace(trees[0], rest=((trees[0].rest[0][0], List((trees[0].rest[0][1], trees[1]), (",",))),)),)
        if not trees or len(trees) != 1 or not isinstance(trees[0], Relation) or len(trees[0].rest) != 1:
            return None
        op, right = trees[0].rest[0]
        if op not in ("=", "∈", "←", ":="):
            return None
        if isinstance(right, Group):
            if right.open == "[" and not isinstance(right.body, List):
                return trees[0].first, Number("1"), right.body, False
            right = right.body
        items = list(right.items) if isinstance(right, List) else listed(right)
        if len(items) == 2 and op == "=" and isinstance(items[0], Number) and isinstance(items[1], Symbol | Scripted):
            return trees[0].first, items[0], items[1], False  # `k = 1, K`, as in Fortran's DO
        if len(items) < 3 or not any(isinstance(i, Ellipsis) for i in items):
            return None
        first, last = items[0], items[-1]
        falls = down or (not isinstance(first, Number) and isinstance(last, Number))
        return trees[0].first, first, last, falls

    def formula(self, text: str) -> Node | None:
        """The one formula of a condition; None if words take part in it."""
        parts = [p for p in pieces(text) if p[0] == "math" or p[1].strip(" .,:;")]
        if len(parts) != 1 or parts[0][0] != "math":
            return None
        trees = self.statements(parts[0][1])
        return trees[0] if trees and len(trees) == 1 else None

    def formulas(self, text: str) -> Iterator[Node]:
        for kind, piece in pieces(text):
            if kind == "math":
                yield from self.statements(piece) or ()

    def statements(self, latex: str) -> tuple[Node, ...] | None:
        parsed = parse(latex.strip().rstrip(".,;"), self.words)
        return parsed.statements if parsed.statements and not parsed.problems else None


def _member(tree: Node) -> bool:
    """`θ_0 ∈ R^n`."""
    return isinstance(tree, Relation) and len(tree.rest) == 1 and tree.rest[0][0] == "∈"


def _subgradient(tree: Relation) -> Node | None:
    r"""`g ∈ ∂f(y, …)`: the gradient of f by its first argument, where there is one."""
    match tree.rest[0]:
        case (
            "∈",
            Juxtaposition((Symbol("partial"), Symbol() | Scripted() as function, Group("(", ")", inner) as given)),
        ):
            point = inner.items[0] if isinstance(inner, List) else inner
            if isinstance(point, Symbol | Scripted):
                return Juxtaposition((Scripted(Symbol("nabla"), point, None), function, given), at=tree.at)
    return None
