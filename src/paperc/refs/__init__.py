"""Where else to look: code and pages that the paper itself names, without any network."""

from .paper import Link, References, gather, official_code, references, refs_json, refs_text

__all__ = ["Link", "References", "gather", "official_code", "references", "refs_json", "refs_text"]
