"""The build record: everything that the documents of a build are made from, gathered once by the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..document import Document
from ..errors import Collector, Diagnostic
from ..ir.node import Function
from ..ir.optimiser import Optimiser
from ..ir.program import Program
from ..provenance import Span
from ..refs.paper import References
from ..spec.model import Choice, Gap, PaperSpec
from ..verify.record import Verification


@dataclass(frozen=True, slots=True)
class Measurement:
    """A number of the paper beside the one that was measured here: "parameters", "65 × 10^6", "63.1 × 10^6"."""

    what: str
    claimed: str
    measured: str
    verdict: str
    """One or two words: "agrees", "differs by 2.9 %", "not measured"."""
    span: Span | None = None
    note: str = ""
    """The protocol, or the reason of a difference."""


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """What one build read, wrote and saw. Frozen; ids of gaps and choices are final.

    `gaps` and `choices` are those of *all* stages (the spec's included), in the order of discovery.
    `verification` is None when the build was asked not to verify.
    """

    document: Document
    spec: PaperSpec
    package: str
    """Import name of the emitted package ("transformer")."""
    version: str
    """Of paperc."""
    functions: tuple[Function, ...] = ()
    programs: tuple[Program, ...] = ()
    """Compiled algorithms; their signatures stand among `functions` too."""
    optimisers: tuple[Optimiser, ...] = ()
    """Those of the programs that are optimisers, written as classes too."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Emitted text files by their path in the output folder ("transformer/equations.py")."""
    verification: Verification | None = None
    references: References = field(default_factory=lambda: References((), ()))
    gaps: tuple[Gap, ...] = ()
    choices: tuple[Choice, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """Of the stages after the spec; `all_diagnostics` has the others too."""
    modules: Mapping[str, str] = field(default_factory=dict)
    """Module of a function by its id; `<package>.equations` (or `.algorithms` for "alg:…") where it is not named."""
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For an algorithm's id: the step that each of its lines reached."""
    measurements: tuple[Measurement, ...] = ()
    diagram: str = ""
    """The architecture as Mermaid text, if there is one; an `architecture.svg` among the files is preferred."""
    identifier: str = ""
    """arXiv id with version, DOI, or "" — never guessed."""

    def __post_init__(self) -> None:
        # A later stage may restate a choice of an earlier one (the user's value): the later word counts, once.
        object.__setattr__(self, "choices", tuple({c.key: c for c in self.choices}.values()))

    @property
    def all_diagnostics(self) -> tuple[Diagnostic, ...]:
        """Of every stage, each once, in the order of discovery."""
        found = Collector()
        for stage in (self.document.diagnostics, self.spec.diagnostics, self.diagnostics):
            found.extend(stage)
        return found.done()

    @property
    def compiled(self) -> tuple[Function, ...]:
        """The functions that the package holds."""
        return self.functions

    def module_of(self, function: Function) -> str:
        """The dotted module in which the function stands."""
        own = self.modules.get(function.id)
        if own:
            return own
        return f"{self.package}.{'algorithms' if function.id.startswith('alg:') else 'equations'}"
