"""Writing paper.toml: every choice as an entry, every gap that a key would resolve as a commented-out one.

Lines that begin with `#:` are written anew by each build. All other lines are the user's and survive it: their
comments, their order, their values. An entry that this paper no longer asks for stays as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import tomlkit
from tomlkit.items import SingleKey

from ..provenance import Span
from ..settings import Block, blocks
from ..spec.model import Choice, Gap, SymbolInfo

_MARK = "#:"
_HEADER = (
    "#: Decisions where the paper leaves room. Change a value, or remove the mark before a key to set it, and build",
    "#: again. Lines with this mark are written anew by each build; everything else is yours and is kept.",
)
_HINTS = {
    "symbols": (
        "#: What you know of a symbol and the paper does not say:",
        '#: \'W_{1}\' = { kind = "matrix", shape = "d, k", role = "learnable" }   (also: value, domain)',
    ),
    "claims": ("#: A value other than the printed one, by the claim's id or name.",),
}
_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")


def write_settings(
    previous: str | None,
    choices: Sequence[Choice],
    gaps: Iterable[Gap] = (),
    symbols: Mapping[str, SymbolInfo] | None = None,
) -> str:
    """The new text of paper.toml. `previous` is the text before, valid by `parse_settings`, or None.

    Writing twice with the same arguments gives the same text. Symbols without kind and shape are listed, so that the
    user sees how to name them.
    """
    own = _without_marks(previous or "")
    asked = _asked(choices, gaps)
    out = [*(f"{line}\n" for line in _HEADER), "\n"]
    preamble, tables = _sections(own)
    out += [b.text for b in preamble if b.kind == "comment"]
    if any(b.kind == "comment" for b in preamble):
        out.append("\n")
    out += _choices(tables.get("choices", []), asked)
    hints = {**_HINTS, "symbols": _HINTS["symbols"] + _unknown_symbols(symbols or {})}
    for table in ("claims", "symbols"):
        out.append("\n")
        out += _with_hints(table, tables.get(table, []), hints[table])
    return "".join(out).rstrip("\n") + "\n"


def _asked(choices: Iterable[Choice], gaps: Iterable[Gap]) -> dict[str, Choice | Gap]:
    """What may be set, by key; a choice before a gap of the same key."""
    asked: dict[str, Choice | Gap] = {}
    for choice in choices:
        asked.setdefault(choice.key, choice)
    for gap in gaps:
        if gap.key:
            asked.setdefault(gap.key, gap)
    return asked


def _without_marks(text: str) -> list[Block]:
    return [b for b in blocks(text) if not b.text.lstrip().startswith(_MARK)]


def _sections(own: Sequence[Block]) -> tuple[list[Block], dict[str, list[Block]]]:
    """The blocks before the first table, and those of each table; its own header dropped, sub-tables kept."""
    preamble: list[Block] = []
    tables: dict[str, list[Block]] = {}
    current = preamble
    for block in own:
        if block.kind == "header":
            # Comments right above a header are about its table.
            lead: list[Block] = []
            while current and current[-1].kind == "comment":
                lead.insert(0, current.pop())
            current = tables.setdefault(block.path[0], [])
            current += lead
            if len(block.path) == 1:
                continue
        elif block.kind == "entry" and current is preamble:
            # `choices.key = …` before any header: written below, as an entry of its table.
            text = block.text.split(".", 1)[1].lstrip() if "." in block.text.split("=")[0] else block.text
            tables.setdefault(block.path[0], []).insert(0, Block("entry", text, block.line, block.path))
            continue
        current.append(block)
    return preamble, {name: _trimmed(found) for name, found in tables.items()}


def _trimmed(found: list[Block]) -> list[Block]:
    """Without empty lines at either end, and never two of them together."""
    out: list[Block] = []
    for block in found:
        if block.kind == "blank" and (not out or out[-1].kind == "blank"):
            continue
        out.append(block)
    while out and out[-1].kind == "blank":
        out.pop()
    return out


def _choices(own: Sequence[Block], asked: Mapping[str, Choice | Gap]) -> list[str]:
    """The user's lines with the marks above their entries; then what they do not set; then their sub-tables."""
    cut = next((k for k, b in enumerate(own) if b.kind == "header"), len(own))
    set_by_user = {".".join(b.path[1:]) for b in own if b.kind == "entry"}
    out = ["[choices]\n"]
    out += _kept(_trimmed(list(own[:cut])), asked)
    for key, item in asked.items():
        if key not in set_by_user:
            out.append("\n" if len(out) > 1 else "")
            out += _marks(item)
            entry = f"{_key(key)} = {_value(item)}"
            out.append(f"{entry}\n" if isinstance(item, Choice) else f"{_MARK} {entry}\n")
    if cut < len(own):
        out.append("\n")
        out += _kept(own[cut:], asked)
    return out


def _kept(own: Sequence[Block], asked: Mapping[str, Choice | Gap]) -> list[str]:
    out: list[str] = []
    for block in own:
        text = block.text if block.text.endswith("\n") else f"{block.text}\n"
        key = ".".join(block.path[1:])
        if block.kind != "entry" or (len(block.path) > 2 and key not in asked and any(_under(key, a) for a in asked)):
            out.append(text)
        elif key in asked:
            out += [*_marks(asked[key]), text]
        else:
            out.append("".join(f"# no longer asked for: {line}\n" for line in text.splitlines()))
    return out


def _under(key: str, asked: str) -> bool:
    """An inline table holds several keys: `train = { lr = 0.1 }`."""
    return asked.startswith(f"{key}.")


def _marks(item: Choice | Gap) -> list[str]:
    if isinstance(item, Choice):
        lines = [f"{item.id}: {item.why}{_place(item.span)}"]
    else:
        lines = [f"{item.id}: {item.what}{_place(item.span)}", f"    {item.why}"]
    if item.options:
        lines.append("    options: " + ", ".join(item.options))
    return [f"{_MARK} {_one_line(line)}\n" for line in lines]


def _place(span: Span | None) -> str:
    return f" ({span})" if span else ""


def _one_line(text: str) -> str:
    """No line of the paper may end a comment: control characters become spaces."""
    return "".join(c if c.isprintable() else " " for c in text).rstrip()


def _key(key: str) -> str:
    return SingleKey(key).as_string() if key and _printable(key) else tomlkit.item(key).as_string()


def _value(item: Choice | Gap) -> str:
    text = item.value if isinstance(item, Choice) else (item.options[0] if item.options else "")
    if text in ("true", "false") or _NUMBER.fullmatch(text):
        return text
    return tomlkit.item(text).as_string()


def _printable(text: str) -> bool:
    return all(c.isprintable() for c in text)


def _unknown_symbols(symbols: Mapping[str, SymbolInfo]) -> tuple[str, ...]:
    found = [
        key
        for key, info in symbols.items()
        if info.shape is None and info.role not in ("index", "callable", "derived") and info.kind in ("", "tensor")
    ]
    shown = [f"'{_one_line(key)}'" for key in found if "'" not in key]
    if not shown:
        return ()
    lines, line = [], "#: no shape is stated for"
    for name in shown:
        if len(line) + len(name) > 110:
            lines.append(line)
            line = "#:    "
        line += f" {name}"
    return (*lines, line)


def _with_hints(table: str, own: Sequence[Block], hints: Sequence[str]) -> list[str]:
    out = [f"[{table}]\n", *(f"{h}\n" for h in hints)]
    return out + [b.text if b.text.endswith("\n") else f"{b.text}\n" for b in own]
