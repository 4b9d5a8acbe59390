"""The user's code as text: which functions and modules it has, what they take, and which equations they mention."""

from __future__ import annotations

import ast
import keyword
import re
import shutil
import sys
import sysconfig
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..errors import Diagnostic, Severity, UsageError
from .model import Candidate, Parameter

MAX_FILES = 400
MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Code:
    """The user's code: where it is read from, what is copied for a run, and what can be called."""

    root: Path | None
    """Folder whose modules are importable; None for an installed package, which is imported where it lies."""
    files: tuple[tuple[str, Path], ...]
    """(path below the root of the run, file)."""
    candidates: tuple[Candidate, ...]
    modules: tuple[str, ...]
    installed: tuple[tuple[str, str], ...] = ()
    """(installed module, its names "a, b" or "" for all): looked at in the sandbox, since to read their compiled parts is
    to import them."""

    def stage(self, folder: Path) -> None:
        """Copy what a run needs into an empty folder."""
        for name, path in self.files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    def find(self, name: str) -> Candidate | None:
        """A function or module by its dotted name, or by its last part where only one has it."""
        exact = [c for c in self.candidates if name in (c.dotted, c.name)]
        loose = [c for c in self.candidates if c.dotted.endswith(f".{name}")]
        found = exact or loose
        return found[0] if len(found) == 1 or (exact and len({c.dotted for c in exact}) == 1) else None


def read_code(*wheres: str) -> Code:
    """Read files, folders of packages and installed modules ("torch.nn.functional", "torch.nn:GELU, SiLU"), taken together.

    Nothing is imported here. Raises UsageError where there is no such code, or it is no Python.
    """
    found = [_read(w) for w in wheres]
    if len(found) == 1:
        return found[0]
    named: dict[str, Path] = {}
    for name, path in (f for c in found for f in c.files):
        if named.setdefault(name, path).resolve() != path.resolve():
            raise _wrong(f"two files would be imported as {name}: check them one by one")
    return Code(
        next((c.root for c in found if c.root is not None), None), tuple(named.items()),
        tuple(x for c in found for x in c.candidates), tuple(m for c in found for m in c.modules),
        tuple(i for c in found for i in c.installed),
    )  # fmt: skip


def _read(where: str) -> Code:
    path = Path(where)
    if path.is_file() and path.suffix == ".py":
        return _file(path)
    if path.is_dir():
        return _folder(path)
    module, _, names = where.partition(":")
    if _DOTTED.fullmatch(module):
        if _installed(module) is not None:
            return Code(None, (), (), (module,), ((module, names),))
        head, _, name = module.rpartition(".")
        if not names and head and _installed(head) is not None:
            return Code(None, (), (), (head,), ((head, name),))
    raise _wrong(f"there is no Python file, package or installed module {where!r}")


def looked(code: Code, said: Sequence[Sequence[Mapping[str, Any]]]) -> Code:
    """The code with what was found in its installed modules. Raises UsageError for a name that a module does not have."""
    found: list[Candidate] = []
    for (module, names), entries in zip(code.installed, said):
        for entry in entries:
            name = str(entry.get("name"))
            if entry.get("missing"):
                raise _wrong(f"{module} has no {name!r}")
            if not entry.get("useless"):
                found.append(_candidate(module, entry))
            elif names:
                raise _wrong(f"{module}:{name} is no function, module or optimiser whose arguments can be told")
    if not found and not code.candidates:
        raise _wrong(f"{', '.join(m for m, _ in code.installed)} has no functions and no modules")
    return replace(code, candidates=(*code.candidates, *found), installed=())


_STEPPED = (Parameter("params"), Parameter("objective", annotation="Callable"), Parameter("steps", annotation="int"))
"""What the run of an optimiser takes: where it begins, what it goes down, and how many steps."""


def _candidate(module: str, entry: Mapping[str, Any]) -> Candidate:
    text = textwrap.dedent(str(entry.get("text", "")))
    literals: tuple[float, ...] = ()
    try:
        tree = _undocumented(ast.parse(text))
        text, literals = ast.unparse(tree), _literals(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    kinds: tuple[Literal["module", "optimizer"], ...] = ("module", "optimizer")
    kind: Literal["function", "module", "optimizer"] = next((k for k in kinds if k == entry["kind"]), "function")
    values, construct = (tuple(_parameter(p) for p in entry[k]) for k in ("parameters", "construct"))
    return Candidate(
        module, str(entry["name"]), str(entry.get("file") or f"{module}"), int(entry.get("line", 1)), kind,
        _STEPPED if kind == "optimizer" else values, construct, text, mentions(str(entry.get("doc", ""))), literals,
        installed=True,
    )  # fmt: skip


def _undocumented(tree: ast.Module) -> ast.Module:
    """A text without its docstrings, which speak of more than the code does."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _parameter(said: Mapping[str, Any]) -> Parameter:
    return Parameter(str(said["name"]), bool(said["required"]), said.get("default"), str(said.get("annotation", "")))


_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def _wrong(
    message: str, help: str = "name a .py file, the folder of a package, an installed module, or package:attribute"
) -> UsageError:
    return UsageError(Diagnostic("no-code", message, help=help, severity=Severity.ERROR))


def _file(path: Path) -> Code:
    top = path.resolve().parent
    inside: list[str] = []
    while (top / "__init__.py").is_file() and len(inside) < 20:
        inside.insert(0, top.name)
        top = top.parent
    if inside:  # a module of a package needs the package
        package = top / inside[0]
        own = path.resolve().relative_to(top)
        files = tuple((str(p.relative_to(top)), p) for p in _sources(package))
        return _code(top, files, ((_dotted(own), path),), path.name)
    stem = _safe(path.stem)
    near = {p.stem: p for p in sorted(top.glob("*.py")) if p.resolve() != path.resolve()}
    needed = _siblings(path, near)
    return _code(top, ((f"{stem}.py", path), *((p.name, p) for p in needed)), ((stem, path),), path.name)


def _folder(path: Path) -> Code:
    folder = path.resolve()
    found = _sources(folder)
    if not found:
        raise _wrong(f"the folder {path} has no Python files")
    package = (folder / "__init__.py").is_file()
    base = folder.parent if package else folder
    files = tuple((str(p.relative_to(base)), p) for p in found)
    named = tuple((_dotted(p.relative_to(base)), p) for p in found if all(x.isidentifier() for x in _parts(p, base)))
    return _code(base, files, named, path.name)


def _parts(path: Path, base: Path) -> tuple[str, ...]:
    return path.relative_to(base).with_suffix("").parts


def _sources(folder: Path) -> list[Path]:
    found = [p for p in sorted(folder.rglob("*.py")) if not any(x.startswith(".") for x in p.relative_to(folder).parts)]
    if len(found) > MAX_FILES:
        raise _wrong(f"{folder.name} has more than {MAX_FILES} Python files", "name the file with the equations")
    return found


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _safe(stem: str) -> str:
    """A name to import a single file under, which hides no module that the run needs."""
    name = re.sub(r"\W", "_", stem)
    taken = {*sys.stdlib_module_names, "torch", "numpy", "paperc_runner", "transformers", "scipy"}
    return f"code_{name}" if not name.isidentifier() or keyword.iskeyword(name) or name in taken else name


def _siblings(path: Path, near: dict[str, Path]) -> list[Path]:
    """Files beside a single file that it imports, and those that these import."""
    wanted: dict[str, Path] = {}
    todo = [path]
    while todo and len(wanted) < MAX_FILES:
        for name in _imports(_parse(todo.pop())):
            if name in near and name not in wanted:
                wanted[name] = near[name]
                todo.append(near[name])
    return list(wanted.values())


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name.split(".")[0] for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _installed(name: str) -> Path | None:
    """The file of an installed module, found by its path: importing it would run it."""
    for root in dict.fromkeys(sysconfig.get_path(k) for k in ("purelib", "platlib")):
        base = Path(root, *name.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file():
                return path
    return None


def _parse(path: Path) -> ast.Module:
    return ast.parse(_text(path))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _wrong(f"{path.name} is larger than {MAX_BYTES} bytes")
        text = path.read_text(encoding="utf-8-sig")
        ast.parse(text)
        return text
    except (SyntaxError, ValueError, UnicodeDecodeError, RecursionError, MemoryError) as wrong:
        line = f", line {wrong.lineno}" if isinstance(wrong, SyntaxError) else ""
        raise _wrong(f"{path.name} is not Python{line}: {getattr(wrong, 'msg', wrong)}", "correct the file") from None
    except OSError as wrong:
        raise _wrong(f"{path.name} cannot be read: {wrong.strerror}") from None


def _code(
    root: Path | None, files: tuple[tuple[str, Path], ...], named: tuple[tuple[str, Path], ...], what: str
) -> Code:
    found = tuple(c for module, path in named for c in candidates(_text(path), module, path.name))
    if not found:
        raise _wrong(f"{what} has no functions and no modules", "top-level functions and classes with a forward count")
    return Code(root, files, found, tuple(m for m, _ in named))


# --- functions of one file ---------------------------------------------------------------------------------

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def candidates(text: str, module: str, file: str) -> Iterator[Candidate]:
    """Top-level functions, and top-level classes with a `forward`, of a file."""
    tree, lines = ast.parse(text), text.splitlines()
    classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            body = ast.get_source_segment(text, node) or ""
            yield Candidate(
                module, node.name, file, node.lineno, "function", _parameters(node), (), body,
                mentions(_words(node, lines)), _literals(node),
            )  # fmt: skip
        elif isinstance(node, ast.ClassDef):
            forward = _method(node, "forward", classes) or _method(node, "__call__", classes)
            if forward is None:
                continue
            init = _method(node, "__init__", classes)
            body = ast.get_source_segment(text, node) or ""
            yield Candidate(
                module, node.name, file, node.lineno, "module", _parameters(forward)[1:],
                _parameters(init)[1:] if init else (), body, mentions(_words(node, lines)), _literals(node),
            )  # fmt: skip


def _method(node: ast.ClassDef, name: str, classes: dict[str, ast.ClassDef], depth: int = 6) -> AnyFunction | None:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == name:
            return item
    for base in node.bases:
        if isinstance(base, ast.Name) and base.id in classes and base.id != node.name and depth:
            if (found := _method(classes[base.id], name, classes, depth - 1)) is not None:
                return found
    return None


def _parameters(node: AnyFunction) -> tuple[Parameter, ...]:
    given = [*node.args.posonlyargs, *node.args.args]
    defaults: list[ast.expr | None] = [None] * (len(given) - len(node.args.defaults)) + list(node.args.defaults)
    pairs = [*zip(given, defaults), *zip(node.args.kwonlyargs, node.args.kw_defaults)]
    return tuple(
        Parameter(a.arg, d is None, _literal(d), ast.unparse(a.annotation) if a.annotation else "") for a, d in pairs
    )


def _literal(node: ast.expr | None) -> object:
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError):
        return None


def _literals(node: ast.AST) -> tuple[float, ...]:
    values = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
    found = [float(v) for v in values if isinstance(v, (int, float)) and not isinstance(v, bool) and abs(v) < 1e12]
    return tuple(dict.fromkeys(found))[:40]


def _words(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> str:
    """Docstrings and comments that speak of a definition: inside it, beside it, and in the block above it."""
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
    above = first
    while above > 0 and lines[above - 1].lstrip().startswith("#"):
        above -= 1
    own = lines[above : node.end_lineno or node.lineno]
    comments = [_comment(line) for line in own]
    docs = [ast.get_docstring(n) or "" for n in ast.walk(node) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
    return "\n".join([*docs, *comments])


def _comment(line: str) -> str:
    """The comment of a line; a `#` inside a string of that line does little harm here."""
    return line.split("#", 1)[1] if "#" in line else ""


_NUMBER = r"\(?\s*((?:[A-Z]\.?)?\d+(?:\.\d+)*[a-z]?)\s*\)?"
_WORD = re.compile(
    r"\b(?:eqs?|eqns?|equations?|formulas?|formulae?)\b\.?\s*~?\s*"
    + _NUMBER
    + r"((?:\s*(?:,|and|&|,\s*and)\s*"
    + _NUMBER
    + ")*)",
    re.IGNORECASE,
)
_REF = re.compile(r"\\(?:eq)?ref\{([^}]+)\}|\b((?:eqn?|equation|eqs?):[\w:.\-]+)", re.IGNORECASE)
_NOT = re.compile(
    r"(?:\b(?:unlike|not|instead of|differs? from|contrast to|compare|cf\.?|see also|except)\s*(?:to\s*)?)$", re.I
)


def mentions(words: str) -> tuple[str, ...]:
    """Printed numbers and labels of equations that a text names; those it sets itself apart from do not count."""
    found: dict[str, None] = {}
    for match in _WORD.finditer(words):
        if _NOT.search(words[: match.start()]):
            continue
        found[match.group(1)] = None
        for more in re.finditer(_NUMBER, match.group(2) or ""):
            found[more.group(1)] = None
    for match in _REF.finditer(words):
        if not _NOT.search(words[: match.start()]):
            found[match.group(1) or match.group(2)] = None
    return tuple(found)
