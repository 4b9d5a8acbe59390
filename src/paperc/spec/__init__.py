"""From the Document to the PaperSpec: what to build, each fact with its place, and what the paper leaves out."""

from .build import build_spec, with_settings
from .model import PaperSpec

__all__ = ["PaperSpec", "build_spec", "with_settings"]
