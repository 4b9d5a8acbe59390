"""LaTeX formulas as MathML, so that a page shows mathematics without any script."""

from .convert import MathError, formula, to_mathml, visible

__all__ = ["MathError", "formula", "to_mathml", "visible"]
