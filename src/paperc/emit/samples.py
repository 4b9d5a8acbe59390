r"""Series whose elements only unknown functions look at.

In `\sum_{i,j} k(x_i, y_j)` nothing but `k` knows what a sample is: a number, a vector, an image. The code that takes
samples along the first axis and hands each one on whole serves all of these, so that no axis may be counted from the last.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..ir.node import Access, Arg, ArrayType, Call, CallCompiled, Function, Node, Pick
from ..ir.shapes import parts


def samples(function: Function, functions: Mapping[str, Function]) -> frozenset[str]:
    """The arguments with one axis whose elements are, wherever they stand, handed to functions that are arguments.

    An argument that is passed on whole to a compiled function counts if it is such a series there.
    """
    handed: dict[str, bool] = {}
    _find(function.body, functions, handed)
    return frozenset(
        a.name
        for a in function.arguments
        if isinstance(a.type, ArrayType) and len(a.type.axes) == 1 and a.type.sort == "real" and handed.get(a.name)
    )


def _find(node: Node, functions: Mapping[str, Function], handed: dict[str, bool]) -> None:
    if isinstance(node, Arg):
        handed[node.name] = False
    elif isinstance(node, Call):
        for argument in node.args:
            if (name := _element_of(argument)) is None:
                _find(argument, functions, handed)
            else:
                handed.setdefault(name, True)
                for part in parts(argument):
                    if not isinstance(part, Arg):
                        _find(part, functions, handed)
    elif isinstance(node, CallCompiled) and node.function in functions:
        whole = samples(functions[node.function], functions)
        for name, argument in node.args:
            if isinstance(argument, Arg) and name in whole:
                handed.setdefault(argument.name, True)
            else:
                _find(argument, functions, handed)
        for lead in node.lead:
            _find(lead, functions, handed)
    else:
        for part in parts(node):
            _find(part, functions, handed)


def _element_of(node: Node) -> str | None:
    """The series of which a node is one element."""
    match node:
        case Access(base=Arg(name=name), positions=(Pick(),)):
            return name
    return None
