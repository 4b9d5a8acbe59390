"""Emitted code beside the equation: the text of one function, highlighted."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

MAX_SHOWN = 100_000


@dataclass(frozen=True, slots=True)
class Listing:
    """A stretch of an emitted file."""

    path: str
    line: int
    text: str

    @property
    def html(self) -> Markup:
        """The code with one class a token, for the page's own style sheet."""
        return _highlighted(self.text)


def listing(files: Mapping[str, str], module: str, name: str) -> Listing | None:
    """The definition of a function (or class) at the top level of an emitted module; None where it does not stand."""
    path = module.replace(".", "/") + ".py"
    found = _definitions(files.get(path, "")).get(name)
    if found is None:
        return None
    first, last = found
    return Listing(path, first, "\n".join(files[path].splitlines()[first - 1 : last]))


def whole_files(files: Mapping[str, str]) -> list[Listing]:
    """Every emitted module in order of its path, package before scripts and tests; those too long to read are left out."""
    shown = [p for p in files if p.endswith(".py") and len(files[p].strip()) > 0 and len(files[p]) < MAX_SHOWN]
    order = sorted(shown, key=lambda p: (p.startswith("tests/"), "/" not in p, p))
    return [Listing(p, 1, files[p].rstrip("\n")) for p in order]


@lru_cache(maxsize=64)
def _definitions(text: str) -> dict[str, tuple[int, int]]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    return {
        node.name: (min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.end_lineno or node.lineno)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


@lru_cache(maxsize=1024)
def _highlighted(text: str) -> Markup:
    return Markup(highlight(text, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip("\n"))
