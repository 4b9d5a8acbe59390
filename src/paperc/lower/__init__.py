"""From statements and symbols to typed IR: every ambiguity decided by types and by what the paper says, or refused."""

from .paper import Lowered, Property, lower

__all__ = ["Lowered", "Property", "lower"]
