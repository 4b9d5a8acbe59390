"""Writing paper.toml: every choice as an entry, every gap that a key would resolve as a commented-out one.

Lines that begin with `#:` are written anew by each build, and so is a value that still is the default. All other lines
are the user's and survive it: their comments, their order, their values. An entry of theirs that this paper no longer
asks for stays as a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomlkit
from tomlkit.items import SingleKey

from ..provenance import Span
from ..settings import Block, blocks, value_of, with_defaults
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
    found = list(with_defaults(blocks(previous or "")))
    own = [b for b, _ in found if not b.text.lstrip().startswith(_MARK)]
    defaults = {".".join(b.path[1:]): d for b, d in found if d is not None and b.path[0] == "choices"}
    asked = _Asked(_asked(choices, gaps), defaults)
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """What may be set, and the defaults that the file had for it."""

    items: Mapping[str, Choice | Gap]
    defaults: Mapping[str, str]

    def kept(self, block: Block) -> list[str]:
        """An entry of the file, with its marks: refreshed if it has its default, as a comment if nothing asks for it."""
        text = block.text if block.text.endswith("\n") else f"{block.text}\n"
        key = ".".join(block.path[1:])
        item = self.items.get(key)
        default = self.defaults.get(key)
        untouched = default is not None and default == value_of(block)
        if item is None:
            inside = any(a.startswith(f"{key}.") for a in self.items)  # `train = { lr = 0.1 }`
            comment = [f"# no longer asked for: {line}\n" for line in text.splitlines()]
            return [text] if inside else [] if untouched else comment
        if untouched and isinstance(item, Choice):
            return [*_marks(item, item.value), _with_value(text, item)]
        return [*_marks(item, default), text]


def _with_value(text: str, choice: Choice) -> str:
    """The entry with another value; a comment behind it stays."""
    found = tomlkit.parse(text)
    table: Any = found
    while isinstance(table[next(iter(table))], Mapping):
        table = table[next(iter(table))]
    table[next(iter(table))] = tomlkit.parse(f"x = {_value(choice)}")["x"]
    return tomlkit.dumps(found)


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


def _choices(own: Sequence[Block], asked: _Asked) -> list[str]:
    """The user's lines with the marks above their entries; then what they do not set; then their sub-tables."""
    cut = next((k for k, b in enumerate(own) if b.kind == "header"), len(own))
    written = {".".join(b.path[1:]) for b in own if b.kind == "entry"}
    out = ["[choices]\n"]
    out += _kept(own[:cut], asked)
    for key, item in asked.items.items():
        if key not in written:
            out.append("\n" if len(out) > 1 else "")
            entry = f"{_key(key)} = {_value(item)}"
            if isinstance(item, Choice):
                out += [*_marks(item, item.value), f"{entry}\n"]
            else:
                out += [*_marks(item, None), f"{_MARK} {entry}\n"]
    if cut < len(own):
        out.append("\n")
        out += _kept(own[cut:], asked)
    return out


def _kept(own: Sequence[Block], asked: _Asked) -> list[str]:
    """Blocks as they were, entries by `_Asked.kept`; the empty lines around what vanished vanish too."""
    out: list[str] = []
    for block in own:
        if block.kind == "blank":
            if out and out[-1].strip():
                out.append("\n")
        elif block.kind == "entry":
            out += asked.kept(block)
        else:
            out.append(block.text if block.text.endswith("\n") else f"{block.text}\n")
    while out and not out[-1].strip():
        out.pop()
    return out


def _marks(item: Choice | Gap, default: str | None) -> list[str]:
    if isinstance(item, Choice):
        lines = [f"{item.id}: {item.why}{_place(item.span)}"]
    else:
        lines = [f"{item.id}: {item.what}{_place(item.span)}", f"    {item.why}"]
    if item.options:
        lines.append("    options: " + ", ".join(item.options))
    if default is not None:
        lines.append(f"    default: {_literal(default)}")
    return [f"{_MARK} {_one_line(line)}\n" for line in lines]


def _place(span: Span | None) -> str:
    return f" ({span})" if span else ""


def _one_line(text: str) -> str:
    """No line of the paper may end a comment: control characters become spaces."""
    return "".join(c if c.isprintable() else " " for c in text).rstrip()


def _key(key: str) -> str:
    return SingleKey(key).as_string() if key and _printable(key) else tomlkit.item(key).as_string()


def _value(item: Choice | Gap) -> str:
    return _literal(item.value if isinstance(item, Choice) else (item.options[0] if item.options else ""))


def _literal(text: str) -> str:
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
