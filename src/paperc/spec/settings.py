"""Everything about settings in one pass: claims, architecture, training, evaluation, contribution, gaps."""

from __future__ import annotations

from dataclasses import dataclass

from ..document import Document
from ..errors import Diagnostic
from .architecture import read_architecture
from .claims import claims_of
from .configuration import Claims, Ledger, contradictions
from .contribution import read_contribution
from .evaluation import read_evaluation
from .gaps import find_gaps
from .model import Architecture, Choice, Claim, Contribution, Evaluation, Gap, Training
from .prose import Prose
from .training import read_training


@dataclass(frozen=True, slots=True)
class SettingsPart:
    """The part of a PaperSpec that prose and tables give."""

    claims: tuple[Claim, ...]
    architecture: Architecture | None
    training: Training
    evaluation: Evaluation
    contribution: Contribution
    gaps: tuple[Gap, ...]
    choices: tuple[Choice, ...]
    diagnostics: tuple[Diagnostic, ...]


def settings_of(document: Document) -> SettingsPart:
    """Reads all settings of a paper. Deterministic; ids count from C1, A1 and G1."""
    prose = Prose(document)
    claims = claims_of(document, prose)
    ledger = Ledger()
    architecture = read_architecture(document, claims, ledger, prose)
    training = read_training(document, claims, ledger)
    evaluation = read_evaluation(document, claims, prose)
    find_gaps(document, claims, architecture, training, ledger)
    diagnostics = (*ledger.diagnostics, *contradictions(Claims(document, claims)))
    return SettingsPart(
        claims, architecture, training, evaluation, read_contribution(document, prose),
        tuple(ledger.gaps), tuple(ledger.choices), tuple(dict.fromkeys(diagnostics)),
    )  # fmt: skip
