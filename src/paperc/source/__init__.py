"""Opening a paper: a file, a folder or an archive, bounded, and nothing outside its root."""

from .tree import Limits, SourceTree, open_source

__all__ = ["Limits", "SourceTree", "open_source"]
