"""paper.toml: what the user decides where the paper leaves room. Reading it; a wrong entry is an error with its line.

    [choices]                      # decisions, by the key that gaps and choices name
    "model.norm_eps" = 1e-6
    [claims]                       # a value other than the printed one, by the claim's id or name
    dropout = 0.0
    [symbols]                      # facts about symbols, by their LaTeX
    'W_{1}' = { shape = "d, k", role = "learnable" }

`report/paper_toml.py` writes the file, with a mark `#: default: …` above each decision of paperc's own. An entry that
still has its default says nothing: a later build may decide otherwise. Values are kept as they are written ("1e-6"
stays "1e-6").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import tomlkit
from tomlkit.exceptions import ParseError, TOMLKitError
from tomlkit.items import Array, Bool, Float, Integer, Item, String

from .errors import Diagnostic, Severity, UsageError
from .formula import canonical, parse
from .provenance import Span

TABLES = ("choices", "claims", "symbols")
FACTS = ("kind", "shape", "role", "value", "domain")
KINDS = ("scalar", "vector", "matrix", "tensor", "set", "function", "distribution", "index")
ROLES = ("input", "learnable", "hyper-parameter", "index", "random", "callable", "constant", "derived", "label")
MAX_BYTES = 200_000
MAX_ENTRY_LINES = 50
_DEFAULT = re.compile(r"#:\s+default: (.*)")


@dataclass(frozen=True, slots=True)
class SymbolSetting:
    """What the user says of one symbol; None where nothing is said."""

    kind: str | None = None
    shape: tuple[str, ...] | None = None
    """Named dims; () for a scalar."""
    role: str | None = None
    value: float | None = None
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user says in a paper.toml. The values of choices and claims are text, as written."""

    choices: Mapping[str, str] = field(default_factory=dict)
    """Without those that still have the default which paperc wrote."""
    claims: Mapping[str, str] = field(default_factory=dict)
    symbols: Mapping[str, SymbolSetting] = field(default_factory=dict)
    """By canonical LaTeX."""
    file: str = "paper.toml"
    places: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """(table, key) → line, for messages."""

    def place(self, table: str, key: str) -> Span | None:
        """Where an entry stands."""
        line = self.places.get((table, key))
        return Span(self.file, line) if line is not None else None


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole lines of a TOML file: a header, an entry with all its lines, a comment, or an empty line."""

    kind: str
    """ "header", "entry", "comment" or "blank"."""
    text: str
    line: int
    path: tuple[str, ...] = ()
    """Of a header its table; of an entry the table and the key."""


def load_settings(path: Path) -> Settings:
    """Read a paper.toml.

    Raises UsageError with one diagnostic for each wrong entry: file, line, key and near matches.
    """
    name = path.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(_wrong(f"cannot read the settings: {error.strerror or error}", name, 0)) from None
    if len(data) > MAX_BYTES:
        raise UsageError(_wrong(f"the settings are larger than {MAX_BYTES} bytes", name, 0))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(_wrong("the settings are not UTF-8 text", name, 0)) from None
    return parse_settings(text, name)


def parse_settings(text: str, file: str = "paper.toml") -> Settings:
    """The same for text.

    Raises UsageError.
    """
    try:
        tomlkit.parse(text)
    except ParseError as error:
        raise UsageError(_wrong(f"not valid TOML: {error}", file, error.line)) from None
    except (TOMLKitError, RecursionError, ValueError) as error:
        raise UsageError(_wrong(f"not valid TOML: {error}", file, _line_of(type(error), text))) from None
    return _Reader(file).read(text)


def check_settings(
    settings: Settings,
    keys: Mapping[str, Sequence[str]],
    symbols: Iterable[str],
    claims: Iterable[str] = (),
    former: Iterable[str] = (),
) -> tuple[Diagnostic, ...]:
    """Hold the entries against what this paper asks for.

    `keys` has the options of every choice and gap ("" or none: any value); `symbols` and `claims` are the names in use.
    Keys in `former` were asked for by the build before and are so no longer: they give a note instead of an error.

    Raises UsageError for an entry that nothing in this paper asks for, or whose value is none of its options.
    """
    errors, notes = [], []
    past = set(former)
    for key, value in settings.choices.items():
        where = settings.place("choices", key)
        if key in keys:
            options = [o for o in keys[key] if o]
            if not value.strip() and not options:
                help = "give a value, or remove the entry"
                errors.append(Diagnostic("wrong-setting", f"{key} is empty", where, help, Severity.ERROR))
            if options and value not in options:
                errors.append(_unknown(f"{key} cannot be {value!r}", where, value, options, "one of"))
        elif key in past:
            text = f"{key} is no longer asked for; its entry is kept as a comment"
            notes.append(Diagnostic("settings-unused", text, where, severity=Severity.NOTE))
        else:
            errors.append(_unknown(f"nothing in this paper asks for {key!r}", where, key, list(keys), "known keys:"))
    for table, entries, known in (
        ("symbols", settings.symbols, list(symbols)),
        ("claims", settings.claims, list(claims)),
    ):
        for key in entries:
            if key not in known:
                what = "symbol" if table == "symbols" else "claim"
                text = f"the paper has no {what} {key!r}"
                errors.append(_unknown(text, settings.place(table, key), key, known, f"known {table}:"))
    if errors:
        raise UsageError(*errors)
    return tuple(notes)


def blocks(text: str) -> Iterator[Block]:
    """The lines of valid TOML, grouped. The texts joined give `text` again.

    Raises UsageError for an entry of very many lines.
    """
    lines = text.splitlines(keepends=True)
    table: tuple[str, ...] = ()
    k = 0
    while k < len(lines):
        line = lines[k]
        bare = line.strip()
        if not bare or bare.startswith("#"):
            yield Block("comment" if bare else "blank", line, k + 1)
            k += 1
            continue
        end = k + 1
        while end < len(lines) and not _complete("".join(lines[k:end])):
            if end - k > MAX_ENTRY_LINES:
                raise UsageError(_wrong(f"an entry has more than {MAX_ENTRY_LINES} lines", "paper.toml", k + 1))
            end += 1
        chunk = "".join(lines[k:end])
        path = _path(tomlkit.parse(chunk))
        if bare.startswith("["):
            table = path
            yield Block("header", chunk, k + 1, path)
        else:
            yield Block("entry", chunk, k + 1, table + path)
        k = end


def with_defaults(found: Iterable[Block]) -> Iterator[tuple[Block, str | None]]:
    """Each block, and for an entry the default (as text) that a mark above it names."""
    default: str | None = None
    for block in found:
        if block.kind == "comment":
            mark = _DEFAULT.match(block.text.strip())
            default = _literal(mark.group(1)) if mark else default
            yield block, None
        else:
            yield block, default if block.kind == "entry" else None
            default = None


def _literal(text: str) -> str | None:
    try:
        return _scalar(_leaf(tomlkit.parse(f"x = {text}")))
    except (TOMLKitError, ValueError):
        return None


def value_of(block: Block) -> str | None:
    """The value of an entry as text; None where it is no single value."""
    return _scalar(_leaf(tomlkit.parse(block.text)))


def symbol_key(latex: str) -> str:
    """Canonical LaTeX of a symbol as a user may write it; the text itself where it is no symbol."""
    parsed = parse(latex)
    if parsed.problems or len(parsed.statements) != 1:
        return latex.strip()
    return canonical(parsed.statements[0])


def _complete(chunk: str) -> bool:
    try:
        tomlkit.parse(chunk)
    except TOMLKitError:
        return False
    return True


def _line_of(kind: type[Exception], text: str) -> int:
    """The first line up to which the text fails in this way (tomlkit gives a line only for errors of syntax)."""
    lines = text.splitlines(keepends=True)
    for k in range(1, min(len(lines), 2000)):
        try:
            tomlkit.parse("".join(lines[:k]))
        except kind as error:
            if not isinstance(error, ParseError):
                return k
        except (TOMLKitError, RecursionError, ValueError):
            continue
    return len(lines)


def _path(document: Mapping[str, object]) -> tuple[str, ...]:
    """The keys down to the one value (or the empty table) of a chunk."""
    found: list[str] = []
    node: object = document
    while isinstance(node, Mapping) and len(node) == 1 and not _inline(node):
        key, node = next(iter(node.items()))
        found.append(str(key))
    return tuple(found)


def _inline(node: object) -> bool:
    return isinstance(node, tomlkit.items.InlineTable)


def _wrong(message: str, file: str, line: int, help: str = "") -> Diagnostic:
    return Diagnostic("wrong-setting", message, Span(file, max(line, 1)), help, Severity.ERROR)


def _unknown(message: str, where: Span | None, word: str, known: Sequence[str], label: str) -> Diagnostic:
    return Diagnostic("wrong-setting", message, where, near(word, known, label), Severity.ERROR)


def near(word: str, known: Sequence[str], label: str = "known:") -> str:
    """Advice for a mistyped word: near matches, else the first few known ones."""
    close = get_close_matches(word, known, n=1, cutoff=0.85) or get_close_matches(word, known, n=3, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(close) + "?"
    shown = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
    return f"{label} {shown}" if shown else "this paper has none"


class _Reader:
    """Collects the entries of a file and everything that is wrong with them."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[Diagnostic] = []
        self.tables: dict[str, dict[str, str]] = {"choices": {}, "claims": {}}
        self.symbols: dict[str, dict[str, Item]] = {}
        self.places: dict[tuple[str, str], int] = {}

    def read(self, text: str) -> Settings:
        for block, default in with_defaults(blocks(text)):
            if block.kind == "header":
                self._table(block)
            elif block.kind == "entry" and (default is None or default != value_of(block)):
                self._entry(block)
        symbols = {key: self._symbol(key, facts) for key, facts in self.symbols.items()}
        if self.errors:
            raise UsageError(*self.errors)
        return Settings(self.tables["choices"], self.tables["claims"], symbols, self.file, self.places)

    def _fail(self, message: str, line: int, help: str = "") -> None:
        self.errors.append(_wrong(message, self.file, line, help))

    def _table(self, block: Block) -> None:
        if block.text.lstrip().startswith("[["):
            self._fail(f"[[{'.'.join(block.path)}]] is a list of tables, which paper.toml has not", block.line)
        elif block.path[0] not in TABLES:
            self._fail(f"unknown table [{block.path[0]}]", block.line, near(block.path[0], TABLES, "tables:"))

    def _entry(self, block: Block) -> None:
        table, *rest = block.path
        if not rest or table not in TABLES:
            if table not in TABLES:
                help = near(table, TABLES, "tables:") if rest == [] else ""
                if not any(e.span == Span(self.file, block.line) for e in self.errors) and not rest:
                    self._fail(f"the entry {table!r} stands in no table", block.line, help)
            else:
                self._fail(f"{table} is a table, not a value", block.line, f"write it as [{table}]")
            return
        value = _leaf(tomlkit.parse(block.text))
        if table == "symbols":
            self._facts(rest, value, block.line)
            return
        for path, leaf in _leaves(tuple(rest), value):
            self._value(table, ".".join(path), leaf, block.line)

    def _value(self, table: str, key: str, value: object, line: int) -> None:
        text = _scalar(value)
        if text is None:
            self._fail(f"{key} must be a text, a number, true or false", line)
        elif key in self.tables[table]:
            self._fail(f"{key} is given twice", line, f"first in line {self.places[table, key]}")
        else:
            self.tables[table][key] = text
            self.places[table, key] = line

    def _facts(self, rest: list[str], value: object, line: int) -> None:
        latex, *fact = rest
        key = symbol_key(latex)
        found = [((fact[0],), value)] if len(fact) == 1 else list(_leaves(tuple(fact), value))
        self.places.setdefault(("symbols", key), line)
        facts = self.symbols.setdefault(key, {})
        for path, item in found:
            name = ".".join(path)
            if not name:
                text = f"what is said of the symbol {latex} must be named"
                self._fail(text, line, f"for example '{latex}' = {{ shape = \"d, k\" }}")
            elif name not in FACTS:
                self._fail(f"unknown fact {name!r} of the symbol {latex}", line, near(name, FACTS, "facts:"))
            elif name in facts:
                self._fail(f"the {name} of the symbol {latex} is given twice", line)
            elif isinstance(item, Item):
                facts[name] = item
                self.places["symbols", f"{key}.{name}"] = line

    def _symbol(self, key: str, facts: Mapping[str, Item]) -> SymbolSetting:
        def word(name: str, known: Sequence[str]) -> str | None:
            item = facts.get(name)
            if item is None:
                return None
            if isinstance(item, String) and str(item) in known:
                return str(item)
            shown = str(item.unwrap())
            self._fail(f"{name} of {key} cannot be {shown!r}", line(name), near(shown, known, f"{name}:"))
            return None

        def line(name: str) -> int:
            return self.places["symbols", f"{key}.{name}"]

        value, domain = facts.get("value"), facts.get("domain")
        if value is not None and not isinstance(value, (Integer, Float)):
            self._fail(f"value of {key} must be a number", line("value"))
            value = None
        if domain is not None and not isinstance(domain, String):
            self._fail(f"domain of {key} must be a text", line("domain"))
            domain = None
        return SymbolSetting(
            word("kind", KINDS),
            self._shape(key, facts["shape"], line("shape")) if "shape" in facts else None,
            word("role", ROLES),
            float(value.unwrap()) if value is not None else None,
            str(domain) if domain is not None else None,
        )

    def _shape(self, key: str, item: Item, line: int) -> tuple[str, ...] | None:
        """ "d_k, d" or ["d_k", "d"]; "" and [] are a scalar."""
        raw = item.unwrap()
        if isinstance(raw, int) and not isinstance(raw, bool):
            parts = [str(raw)]
        elif isinstance(raw, str):
            parts = [p.strip() for p in re.split(r",|\\times|×", raw)] if raw.strip() else []
        elif isinstance(item, Array) and all(isinstance(p, (str, int)) for p in raw):
            parts = [str(p).strip() for p in raw]
        else:
            parts = [""]
        if not all(parts):
            self._fail(f"shape of {key} must name its sizes", line, 'for example "n, d_k", or "" for a scalar')
            return None
        return tuple(p if p.isdigit() else symbol_key(p) for p in parts)


def _leaf(document: Mapping[str, object]) -> object:
    node: object = document
    while isinstance(node, Mapping) and len(node) == 1 and not _inline(node):
        node = next(iter(node.values()))
    return node


def _leaves(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves((*path, str(key)), item)
    else:
        yield path, value


def _scalar(value: object) -> str | None:
    """The value as text, digits as written."""
    match value:
        case Bool():
            return "true" if value.unwrap() else "false"
        case bool():
            return "true" if value else "false"
        case Integer() | Float():
            return value.as_string().strip().removeprefix("+").replace("_", "")
        case String():
            return str(value)
    return None
