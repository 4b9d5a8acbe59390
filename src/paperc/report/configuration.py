"""The configuration as rows: what is set, to which value, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..provenance import Quote
from ..spec.model import Choice, Claim, Gap, PaperSpec, Value
from .record import BuildRecord


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry. `source` is "stated", "assumed", "missing" or "derived"; `id` names the claim, choice or gap."""

    area: str
    """ "architecture" or "training"."""
    name: str
    value: str
    source: str
    id: str = ""
    quote: Quote | None = None
    why: str = ""


def configuration(record: BuildRecord) -> tuple[Setting, ...]:
    """Every value of the architecture and of the training recipe."""
    by_id = _ById(record)
    return tuple(
        by_id.setting(area, name, value) for area, named in _areas(record.spec) for name, value in named.items()
    )


def value_text(claim: Claim) -> str:
    """The value with its unit, once."""
    return claim.value if not claim.unit or claim.value.endswith(claim.unit) else f"{claim.value} {claim.unit}"


def _areas(spec: PaperSpec) -> Iterator[tuple[str, Mapping[str, Value]]]:
    if spec.architecture is not None:
        values: dict[str, Value] = {}
        for stack in spec.architecture.stacks:
            values[f"{stack.name}: layers"] = stack.layers
            values[f"{stack.name}: residual connections"] = stack.residual
            values[f"{stack.name}: normalisation"] = stack.norm
            values[f"{stack.name}: normalisation position"] = stack.norm_position
        yield "architecture", values | dict(spec.architecture.dims)
    if spec.training is not None:
        yield "training", spec.training.settings


class _ById:
    def __init__(self, record: BuildRecord) -> None:
        self.claims: dict[str, Claim] = {c.id: c for c in record.spec.claims}
        self.choices: dict[str, Choice] = {c.id: c for c in record.choices}
        self.gaps: dict[str, Gap] = {g.id: g for g in record.gaps}

    def setting(self, area: str, name: str, value: Value) -> Setting:
        shown = "—" if value.value is None else str(value.value)
        if value.claim in self.claims:
            claim = self.claims[value.claim]
            return Setting(area, name, shown, "stated", claim.id, claim.quote)
        if value.choice in self.choices:
            choice = self.choices[value.choice]
            return Setting(area, name, shown, "assumed", choice.id, None, choice.why)
        if value.gap in self.gaps or value.value is None:
            gap = self.gaps.get(value.gap or "")
            return Setting(area, name, shown, "missing", gap.id if gap else "", None, gap.why if gap else "")
        return Setting(area, name, shown, "derived", value.claim or value.choice or "")
