"""The reproduction record: every result that the paper reports for its own method, beside what was measured here.

A number is reproduced only when it was measured on the paper's data with the paper's protocol. No run of paperc does
that, so each row says what is missing; a trial on small data stands beside the rows and is never taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..spec.model import Result
from .record import BuildRecord


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One reported number, and what is known of it here."""

    result: Result
    measured: str
    """ "not measured", or the number."""
    protocol: str
    """Under which protocol it was measured; "" where it was not."""
    why: str
    """Why this is no reproduction."""
    reproduced: bool = False

    @property
    def verdict(self) -> str:
        return "reproduced" if self.reproduced else "not reproduced"


def reproductions(record: BuildRecord) -> tuple[Reproduction, ...]:
    """A row for each own result, in the order of the paper."""
    if f"{record.package}/model.py" not in record.files:
        why = "no network was emitted that could be trained"
    elif "train.py" not in record.files:
        why = "no training script was emitted"
    else:
        why = "the emitted network was not trained on the paper's data with the paper's protocol"
    return tuple(Reproduction(r, "not measured", "", why) for r in record.spec.evaluation.results if r.own)


def trial_text(record: BuildRecord) -> tuple[str, ...]:
    """What the trials on small data showed, a paragraph each."""
    trials = record.verification.trials if record.verification else ()
    out = []
    for t in trials:
        if t.interval is None or t.difference is None:
            out.append(f"Trial on {t.data}: {t.finding}.")
            continue
        whole, control = (sum(v) / len(v) for v in (t.whole, t.control))
        low, high = t.interval
        out.append(
            f"Trial on {t.data} ({t.protocol}): {t.metric} {whole:.3f} with {t.contribution}, {control:.3f} without; "
            f"mean paired difference {t.difference:+.3f}, 95 % interval [{low:+.3f}, {high:+.3f}] over "
            f"{len(t.seeds)} seeds: {t.finding}."
        )
    return tuple(out)
