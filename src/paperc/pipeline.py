"""The ordered passes from a source to a package with its evidence; the only module that knows every stage."""

from __future__ import annotations

from . import read as reading
from . import refs as referring
from .bounded import READ_SECONDS, bounded
from .document import Document
from .refs import References
from .source import open_source


def read(source: str) -> Document:
    """The Document of a file, folder or archive.

    Raises SourceError, LimitError.
    """
    return bounded(_read, READ_SECONDS, source)


def _read(source: str) -> Document:
    return reading.read(open_source(source))


def references(source: str) -> tuple[Document, References]:
    """What the paper refers to, gathered from its own text."""
    document = read(source)
    return document, referring.references(document)
