"""Runs inside the sandbox: what functions, modules and optimisers an installed library has, and what they take.

Stands alone beside `_runner.py`. A compiled function has no signature to inspect: the first line of its documentation has it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import types
from pathlib import Path
from typing import Any

import torch

MOST = 400
_PLAIN = (bool, int, float, str, type(None))


def look(module: str, names: str) -> list[dict[str, Any]]:
    """The things of a module that are named ("a, b"), or all its public ones ("")."""
    found = importlib.import_module(module)
    wanted = [n.strip() for n in names.split(",") if n.strip()]
    public = wanted or [n for n in getattr(found, "__all__", dir(found)) if not n.startswith("_")]
    out: list[dict[str, Any]] = []
    for name in public[:MOST]:
        thing: Any = found
        try:
            for part in name.split("."):
                thing = getattr(thing, part)
        except AttributeError:
            if wanted:
                out.append({"module": module, "name": name, "missing": True})
            continue
        if wanted or _own(thing, module.split(".")[0]):
            entry = _entry(thing)
            if entry is not None or wanted:
                out.append({"module": module, "name": name, **(entry or {"useless": True})})
    return out


def _own(thing: Any, package: str) -> bool:
    return str(getattr(thing, "__module__", None) or package).split(".")[0] == package


def _entry(thing: Any) -> dict[str, Any] | None:
    if inspect.isclass(thing):
        if issubclass(thing, torch.optim.Optimizer):
            kind, call = "optimizer", None
        elif issubclass(thing, torch.nn.Module) and "unimplemented" not in thing.forward.__name__:
            kind, call = "module", thing.forward
        else:
            return None
        construct = _parameters(thing.__init__, 1)
        values = _parameters(call, 1) if call else []
        if construct is None or values is None:
            return None
        if kind == "optimizer":
            construct = construct[1:]  # the parameters that it optimises
        construct = [y for x in construct for y in _settings(x, thing)]
    elif callable(thing) and not isinstance(thing, (types.ModuleType, torch.nn.Module)):
        kind, construct, values = "function", [], _parameters(thing, 0)
        if values is None:
            return None
    else:
        return None
    text, file, line = _source(thing)
    return {
        "kind": kind, "parameters": [_said(p) for p in values], "construct": [_said(p) for p in construct], "text": text, "file": file,
        "line": line, "doc": inspect.getdoc(thing) or "",
    }  # fmt: skip


def _said(parameter: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in parameter.items() if k not in ("type", "settings")}


def _source(thing: Any) -> tuple[str, str, int]:
    try:
        lines, line = inspect.getsourcelines(thing)
        return "".join(lines)[:60000], Path(inspect.getsourcefile(thing) or "").name, line
    except (OSError, TypeError):
        return "", "", 1


# --- signatures -------------------------------------------------------------------------------------------


def _parameters(thing: Any, skip: int) -> list[dict[str, Any]] | None:
    """Names, defaults and annotations; None where nothing tells them."""
    try:
        given = list(inspect.signature(thing).parameters.values())[skip:]
    except (TypeError, ValueError):
        return _printed(inspect.getdoc(thing) or "")
    if not skip and [p.kind for p in given] == [inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD]:
        return _printed(inspect.getdoc(thing) or "")
    out = []
    for p in given:
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        required = p.default is p.empty
        note = "" if p.annotation is p.empty else p.annotation if isinstance(p.annotation, str) else _named(p)
        if pair := _PAIR.search(note):  # a state of several tensors
            for k in range(pair[1].count("Tensor")):
                out.append({"name": f"{p.name}.{k}", "required": required, "default": None, "annotation": "Tensor"})
            continue
        out.append({
            "name": p.name, "required": required, "default": _plain(p.default), "annotation": note,
            "type": p.annotation if inspect.isclass(p.annotation) and p.annotation is not p.empty else None,
        })  # fmt: skip
    return out


_PAIR = re.compile(r"[tT]uple\[((?:(?:torch\.)?Tensor,\s*)+(?:torch\.)?Tensor)\]")


def _named(parameter: inspect.Parameter) -> str:
    note = parameter.annotation
    return note.__name__ if inspect.isclass(note) else str(note)


def _plain(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (tuple, list)) and 0 < len(value) <= 8 and all(isinstance(x, _PLAIN) for x in value):
        return list(value)
    return None


_HEAD = re.compile(r"^\s*[\w.]*?(\w+)\(", re.MULTILINE)


def _printed(doc: str) -> list[dict[str, Any]] | None:
    """`lerp(input, end, weight, *, out=None) -> Tensor`, as documentation of compiled functions begins."""
    head = _HEAD.match(doc)
    if head is None:
        return None
    depth, end = 0, -1
    for k in range(head.end() - 1, len(doc)):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(doc[k], 0)
        if depth == 0:
            end = k
            break
    if end < 0:
        return None
    try:
        tree = ast.parse(f"def f{doc[head.end() - 1 : end + 1]}: pass").body[0]
    except SyntaxError:
        return None
    assert isinstance(tree, ast.FunctionDef)
    given = [*tree.args.posonlyargs, *tree.args.args]
    defaults = [None] * (len(given) - len(tree.args.defaults)) + list(tree.args.defaults)
    pairs = [*zip(given, defaults), *zip(tree.args.kwonlyargs, tree.args.kw_defaults)]
    return [
        {"name": a.arg, "required": d is None, "default": _value(d), "annotation": ""} for a, d in pairs if a.arg != "out"
    ]  # fmt: skip


def _value(node: ast.expr | None) -> Any:
    try:
        return _plain(ast.literal_eval(node)) if node is not None else None
    except (ValueError, TypeError):
        return None


def _settings(parameter: dict[str, Any], owner: Any) -> list[dict[str, Any]]:
    """A parameter as it is filled: a settings object by the settings that the class reads, a pair by its members."""
    name = parameter["name"]
    if isinstance(parameter["default"], list):
        return [
            {**parameter, "name": f"{name}.{k}", "default": x, "annotation": ""}
            for k, x in enumerate(parameter["default"])
        ]
    kind = parameter.get("type")
    if name not in ("config", "cfg", "args") and not (kind and kind.__name__.endswith("Config")):
        return [parameter]
    kind = kind or settings_of(owner)
    read = dict.fromkeys(x for c in owner.__mro__ for x in _read(c, name))
    try:
        usual = kind() if kind else None
    except Exception:
        usual = None
    out = []
    for attribute in read:
        default = _plain(getattr(usual, attribute, None))
        size = isinstance(default, int) and not isinstance(default, bool) and default > 1
        out.append({
            "name": f"{name}.{attribute}", "required": size or usual is None, "default": default,
            "annotation": "int" if size else "", "type": None,
        })  # fmt: skip
    return out


def settings_of(owner: Any) -> Any:
    """The class of settings that a class takes: the only one that its module knows; None where that is not told."""
    known = vars(inspect.getmodule(owner) or types).items()
    found = {v for k, v in known if k.endswith("Config") and inspect.isclass(v) and not k.startswith("PreTrained")}
    return found.pop() if len(found) == 1 else None


def _read(owner: Any, name: str) -> list[str]:
    if owner is object or owner is torch.nn.Module:
        return []
    try:
        text = inspect.getsource(owner.__init__) if "__init__" in vars(owner) else ""
    except (OSError, TypeError):
        return []
    return re.findall(rf"\b{name}\.([a-z]\w*)\b(?!\()", text)
