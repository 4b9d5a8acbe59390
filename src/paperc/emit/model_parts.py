"""Copies verified building blocks into a generated file, and brings the file into its final form."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

LINE_LENGTH = 120
IMPORTS = """\
from __future__ import annotations

import argparse
import json
import math
import os
import random
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
"""
"""All that building blocks and templates may use; what a file does not use is dropped from it."""

_PLACEHOLDER = re.compile(r" \(\{(\w+)\}\)")


def parts(names: Iterable[str], cites: Mapping[str, str]) -> str:
    """The source of the named definitions and of all they build on, in an order in which they can be read.

    Raises KeyError for a name that no component defines.
    """
    defined = _definitions()
    order: dict[str, None] = {}

    def add(name: str) -> None:
        if name in order:
            return
        for needed in _needs(defined[name], defined):
            add(needed)
        order.setdefault(name)

    for name in names:
        add(name)
    return "\n\n\n".join(_cited(defined[name], cites) for name in order)


@cache
def _definitions() -> dict[str, str]:
    """Top-level classes, functions and constants of all components: name → source."""
    out: dict[str, str] = {}
    root = files("paperc.components")
    for entry in sorted(root.iterdir(), key=lambda e: e.name):
        if not entry.name.endswith(".py") or entry.name == "__init__.py":
            continue
        text = entry.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                name = node.name
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
            else:
                continue
            lines = text.splitlines()
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1
            while lines[first - 1].startswith("#"):
                first -= 1
            out[name] = "\n".join(lines[first : node.end_lineno])
    return out


def _needs(source: str, defined: Mapping[str, str]) -> list[str]:
    """What a definition uses of the others, in the order of the files."""
    names = {n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    local = {n.arg for n in ast.walk(ast.parse(source)) if isinstance(n, ast.arg)}
    return [name for name in defined if name in names - local]


def _cited(source: str, cites: Mapping[str, str]) -> str:
    def place(match: re.Match[str]) -> str:
        cite = cites.get(match[1], "")
        return f" ({cite})" if cite else ""

    return _PLACEHOLDER.sub(place, source)


# --- templates -------------------------------------------------------------------------------------


def render(template: str, **values: object) -> str:
    """A template of `templates/model`, filled."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("paperc", "emit/templates/model"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters["doc"] = doc
    environment.filters["comment"] = comment
    environment.filters["paragraph"] = paragraph
    environment.filters["docstring"] = docstring
    environment.globals["imports"] = IMPORTS
    return environment


def doc(text: str) -> str:
    """Text of the paper made safe inside a raw docstring: one line that cannot end it."""
    return " ".join(text.split()).replace('"""', "'''").rstrip("\\")


def comment(text: str, indent: int = 4) -> str:
    """Text as comment lines of a reasonable width."""
    width = LINE_LENGTH - 10 - indent
    lines = textwrap.wrap(" ".join(text.split()), width, break_long_words=False, break_on_hyphens=False)
    return "\n".join(" " * indent + f"# {line}" for line in lines)


def paragraph(text: str, indent: int = 4) -> str:
    """Text of the paper as lines of a raw docstring, the further ones set in."""
    width = LINE_LENGTH - 10
    lines = textwrap.wrap(
        doc(text), width - indent, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(" " * indent + line for line in lines)


def docstring(text: str, indent: int = 4) -> str:
    """A raw docstring of one paragraph."""
    text = text if text.endswith((".", ":", "!", "?", '"')) else f"{text}."
    lines = paragraph(text, indent).splitlines() or [" " * indent]
    closing = f"\n{' ' * indent}" if len(lines) > 1 or lines[-1].endswith('"') else ""
    return " " * indent + 'r"""' + "\n".join(lines)[indent:] + closing + '"""'


def finish(sources: Mapping[str, str], package: str) -> dict[str, str]:
    """The files of `package` and beside it with unused imports dropped, imports sorted, and formatted; other than Python is left alone.

    Raises RuntimeError if a file is not valid Python: a fault of the emitter, never of the paper.
    """
    python = {name: text for name, text in sources.items() if name.endswith(".py")}
    with tempfile.TemporaryDirectory(prefix="paperc-format-") as folder:
        # A flat folder: the names stay out of the way of ruff's rules about packages.
        paths = {name: Path(folder) / f"file_{i}.py" for i, name in enumerate(python)}
        for name, path in paths.items():
            path.write_text(python[name], encoding="utf-8")
        own = f"--config=lint.isort.known-first-party=['{package}', 'train']"
        _ruff(folder, "check", "--select=F401,F821,I001", own, "--fix", "--quiet")
        _ruff(folder, "format", f"--line-length={LINE_LENGTH}", "--quiet")
        return {n: paths[n].read_text(encoding="utf-8") if n in paths else text for n, text in sources.items()}


def _ruff(folder: str, verb: str, *options: str) -> None:
    command = [sys.executable, "-m", "ruff", verb, "--isolated", "--no-cache", "--target-version=py311", *options, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"ruff {verb}: {done.stdout}{done.stderr}")
