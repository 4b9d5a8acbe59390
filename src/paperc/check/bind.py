"""Which equation a piece of the user's code is: as the map says, as its comments say, or as its name says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ..document import Document, Equation
from ..errors import Diagnostic, Severity, UsageError
from ..ir.node import Function
from .code import Code
from .mapping import Bound
from .model import Candidate, How, Parameter
from .names import alike


@dataclass(frozen=True, slots=True)
class Group:
    """A piece of code, and the statements one of which it should be: a display may hold several."""

    candidate: Candidate
    functions: tuple[Function, ...]
    how: How
    evidence: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


def groups(
    document: Document, functions: Sequence[Function], code: Code, bounds: Sequence[Bound]
) -> tuple[list[Group], list[Diagnostic]]:
    """What the user says, then what names say. Raises UsageError for a map that names what there is not."""
    out: list[Group] = []
    problems: list[Diagnostic] = []
    for bound in bounds:
        out.append(_mapped(bound, document, functions, code))
    told = {g.candidate.dotted for g in out}
    for candidate in code.candidates:
        if candidate.dotted in told:
            continue
        for word in candidate.mentions:
            equation = find_equation(word, document)
            if equation is None:
                problems.append(
                    Diagnostic(
                        "no-such-equation",
                        f"{candidate.dotted} speaks of equation {word}, which the paper does not have",
                    )
                )
                continue
            own = _of(equation, functions)
            evidence = f"it says so: equation {word}"
            out.append(Group(candidate, tuple(own), "mention", evidence, key=equation.id))
    told |= {g.candidate.dotted for g in out}
    for candidate in code.candidates:
        if candidate.dotted in told:
            continue
        named = [f for f in functions if alike(f.name, candidate.name)]
        best = [f for f in named if f.name == candidate.name] or named
        if best:
            said = f"its name {candidate.name} is that of {best[0].name}"
            out.append(Group(candidate, tuple(best), "name", said, key=best[0].equation or best[0].id))
    return out, problems


def _mapped(bound: Bound, document: Document, functions: Sequence[Function], code: Code) -> Group:
    equation = find_equation(bound.equation, document)
    own = _of(equation, functions) if equation is not None else [f for f in functions if f.id == bound.equation]
    exact = [f for f in functions if f.id == bound.equation or f.name == bound.equation]
    if equation is None and not own and not exact:
        labels = [e.label for e in document.equations if e.label] + [e.number for e in document.equations if e.number]
        raise _wrong(f"the paper has no equation {bound.equation!r}", get_close_matches(bound.equation, labels, 3))
    candidate = code.find(bound.function)
    if candidate is None and "." in bound.function:
        module, _, name = bound.function.rpartition(".")
        if module in code.modules or code.root is None:  # made by an assignment or a compiled module: no text to read
            candidate = Candidate(module, name, f"{module.split('.')[-1]}.py", 1, "function", ())
    if candidate is None:
        known = [c.dotted for c in code.candidates]
        raise _wrong(f"the code has no function {bound.function!r}", get_close_matches(bound.function, known, 3))
    if not candidate.parameters and bound.arguments:
        candidate = replace(candidate, parameters=tuple(Parameter(p) for p in bound.arguments.values()))
    symbols = {a.symbol: a.name for f in (exact or own) for a in f.arguments}
    arguments = {symbols.get(a, a): p for a, p in bound.arguments.items()}
    key = equation.id if equation is not None else bound.equation
    return Group(candidate, tuple(exact or own), "map", f"the map binds {bound.equation}", arguments, key)


def _wrong(message: str, near: list[str]) -> UsageError:
    help = f"did you mean {' or '.join(near)}?" if near else ""
    return UsageError(Diagnostic("wrong-map", message, help=help, severity=Severity.ERROR))


def find_equation(word: str, document: Document) -> Equation | None:
    """By label, printed number ("4", "(4)"), or id."""
    number = word.strip().strip("()").strip()
    labelled = [e for e in document.equations if e.label == word]
    numbered = [e for e in document.equations if e.number is not None and e.number.strip("()") == number]
    return next(
        (e for e in (*labelled, *numbered, *document.equations) if e in labelled + numbered or e.id == word), None
    )


def _of(equation: Equation, functions: Sequence[Function]) -> list[Function]:
    return [f for f in functions if f.equation == equation.id]
