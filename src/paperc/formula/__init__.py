"""Formulas: from LaTeX to a surface tree that keeps what is ambiguous ambiguous."""

from .names import ascii_name, canonical, plain
from .render import to_latex, to_text
from .statements import continues, parse

__all__ = ["ascii_name", "canonical", "continues", "parse", "plain", "to_latex", "to_text"]
