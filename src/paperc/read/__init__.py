"""Reading: from a source tree to a Document."""

from __future__ import annotations

from ..document import Document
from ..source import SourceTree
from .latex.reader import read_latex

__all__ = ["read"]


def read(tree: SourceTree) -> Document:
    """The paper as its reader sees it. Raises SourceError or LimitError; lesser problems are in `diagnostics`."""
    return read_latex(tree)
