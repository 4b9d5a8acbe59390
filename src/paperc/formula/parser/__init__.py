"""A Pratt parser from tokens to the surface tree. It knows notation, never types.

Binding, from loose to tight: statements, relations, sums, explicit products, juxtaposition, prefix functions and big
operators, scripts. A slash takes the juxtaposition that begins with a number (`a / 2b` is a/(2b)) up to the next big
operator; before two names (`a / bc`) both readings are usual, and nothing is read.
Each part has its file; all of them read the same tokens through the `Cursor`.
"""

from __future__ import annotations

from .atoms import Atoms
from .binders import Binders
from .brackets import Brackets
from .commands import Commands
from .cursor import ParseFailure
from .operators import Operators

__all__ = ["ParseFailure", "Parser"]


class Parser(Operators, Atoms, Brackets, Commands, Binders):
    """Parses one run of tokens that holds no top-level statement break."""
