"""From statements and symbols to typed IR: every ambiguity decided by types and by what the paper says, or refused."""

from .boxes import LoweredBox, lower_box
from .paper import Lowered, Property, lower

__all__ = ["Lowered", "LoweredBox", "Property", "lower", "lower_box"]
