"""From statements and symbols to typed IR: every ambiguity decided by types and by what the paper says, or refused."""

from .paper import Lowered, Property, lower
from .program import LoweredBox, lower_box

__all__ = ["Lowered", "LoweredBox", "Property", "lower", "lower_box"]
