"""Reading: from a source tree to a Document, and the Document for people and for tools."""

from __future__ import annotations

from ..document import Document
from ..source import SourceTree
from .json import document_json
from .latex.reader import read_latex
from .outline import outline

__all__ = ["document_json", "outline", "read"]


def read(tree: SourceTree) -> Document:
    """The paper as its reader sees it. Raises SourceError or LimitError; lesser problems are in `diagnostics`."""
    return read_latex(tree)
