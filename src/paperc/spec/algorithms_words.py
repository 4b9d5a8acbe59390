"""The words of a printed line: formulas among them, remarks behind them, verbs that only announce a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..formula.tree import Ellipsis, Juxtaposition, List, Node, Scripted, Symbol

VERBS = (
    "accumulate adapt apply assign bias calculate choose clip compute construct correct decay define determine draw evaluate encode decode predict find"
    " form get initialise initialize let normalise normalize obtain perform project rescale scale set solve store take update use"
).split()


COUNTS = re.compile(r"\b(?:number|steps|iterations|epochs|length|horizon)\b", re.I)
"""Words for one whole number, which the next symbol of a list does not share."""


def in_one_form(text: str) -> str:
    r"""A line with the commands and operators of pseudocode as mathematics.

    `\Call{f}{x}` is f(x), `==` an equation, `x += y` the assignment x ← x + (y); a word before an arrow (`heap $\gets …$`) is the
    name of a variable.
    """
    while found := re.search(r"\\Call\s*\{([^{}]*)\}\s*\{", text):
        end, depth = found.end(), 1
        while end < len(text) and depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inside = text[found.end() : end - 1]
        text = f"{text[: found.start()]}\\operatorname{{{found[1]}}}({inside}){text[end:]}"
    text = re.sub(r"\\KwTo(?![a-zA-Z])", r"\\text{ to }", text)
    text = re.sub(r"(?<![<>=!:])==(?!=)", "=", text)
    text = re.sub(
        r"\$([^$=]*?)(?<![\^_{])(?:\\mathrel\{\s*([-+])\s*\}|\s([-+]))\s*=(?!=)([^$=]*)\$",
        lambda m: f"${m[1]} \\gets {m[1]} {m[2] or m[3]} ({m[4]})$",
        text,
    )
    return re.sub(
        r"^(\s*)([A-Za-z]\w*)\s*\$\s*(\\(?:gets|leftarrow|sim)(?![a-zA-Z]))",
        lambda m: f"{m[1]}$\\text{{{m[2]}}} {m[3]}",
        text,
    )


def listed(tree: Node) -> list[Node]:
    """`1 … T` without commas."""
    if isinstance(tree, Juxtaposition) and any(isinstance(i, Ellipsis) for i in tree.items):
        return list(tree.items)
    return []


def elliptic(tree: Node) -> bool:
    return isinstance(tree, List) and any(isinstance(i, Ellipsis) for i in tree.items)


def assigns(text: str) -> bool:
    return bool(re.search(r"\\(?:gets|leftarrow|coloneqq)|:=|=", text))


def joined(trees: Sequence[Node]) -> Iterator[Node]:
    """`m_0, v_0 ← 0` may come apart as a name and a statement: put together again."""
    waiting: list[Node] = []
    for tree in trees:
        if isinstance(tree, List) and all(isinstance(i, (Symbol, Scripted)) for i in tree.items):
            waiting += tree.items
            continue
        if isinstance(tree, (Symbol, Scripted)):
            waiting.append(tree)
            continue
        yield from waiting
        waiting = []
        yield tree
    yield from waiting


def pieces(text: str) -> list[tuple[str, str]]:
    """Words and formulas of a line, in order."""
    out: list[tuple[str, str]] = []
    for k, piece in enumerate(text.split("$")):
        if piece.strip():
            out.append(("math" if k % 2 else "text", piece))
    return out


def without_comment(text: str) -> str:
    """Without a remark in brackets or behind a comment sign at the end; brackets inside mathematics stay."""
    text = re.split(r"▷|⊳|\\triangleright|(?:^|\s)//|\s#\s", text)[0].rstrip()
    dash = re.search(r"\s(?:—|–|-{2,3})\s", text)
    if dash and text[: dash.start()].count("$") % 2 == 0 and text[: dash.start()].strip():
        text = text[: dash.start()].rstrip()
    depth = 0
    for k in range(len(text) - 1, -1, -1):
        if not text.endswith(")"):
            break
        depth += (text[k] == ")") - (text[k] == "(")
        if depth == 0:
            return text[:k].rstrip() if text[:k].count("$") % 2 == 0 and text[:k].strip() else text
    return text


def idle(words: str, *, first: bool, drawing: bool) -> bool:
    """Words that change nothing: a verb with what it is about, separators, a full stop."""
    bare = words.strip(" ,;.").lower()
    if not bare or bare in ("and", "then", "as", "by", "to", "with", "for all"):
        return True
    if not first:
        return False
    if words.rstrip().endswith(":"):
        return len(bare.split()) <= 8
    verb, *rest = bare.split()
    known = verb in VERBS or (drawing and verb in ("sample", "draw", "generate"))
    blocked = {
        "if",
        "unless",
        "until",
        "from",
        "such",
        "that",
        "minimise",
        "minimize",
        "maximise",
        "maximize",
        "using",
        "via",
        "step",
        "steps",
    }
    return known and len(rest) <= 7 and not blocked & set(rest)


def named_thing(words: str) -> bool:
    """What stands before a symbol in a list of first values: `, second moment vector`."""
    found = re.findall(r"[a-z]+", words.lower())
    verbs = {
        "from",
        "as",
        "with",
        "by",
        "using",
        "at",
        "randomly",
        "random",
        "such",
        "that",
        "where",
        "according",
        *VERBS,
    }
    return 0 < len(found) <= 5 and not verbs & set(found) and not re.search(r"[.:()]", words)
