"""Where else to look: code and pages that the paper itself names, without any network."""

from .paper import Link, References, references, refs_json, refs_text

__all__ = ["Link", "References", "references", "refs_json", "refs_text"]
