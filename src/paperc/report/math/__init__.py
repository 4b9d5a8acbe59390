"""LaTeX formulas as MathML, so that a page shows mathematics without any script."""

from .convert import formula, to_mathml
from .tokens import MathError, visible

__all__ = ["MathError", "formula", "to_mathml", "visible"]
