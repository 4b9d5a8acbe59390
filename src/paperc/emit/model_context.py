"""What the model's code cites and calls: claims, choices, places of equations, compiled functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..ir.node import ArrayType, Function
from ..provenance import Span
from ..settings import Settings
from ..spec.model import Choice, Claim, Gap, PaperSpec, Statement
from .equations import Origin, ordered
from .model_words import is_scaled_dot_product


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function of `equations.py` that the model's code may call."""

    name: str
    arguments: tuple[tuple[str, str, bool], ...]
    """(name, symbol, it has a default), in the order of the call."""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _, _ in self.arguments)


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What the model's code cites and how it is named."""

    package: str
    """The importable package's name."""
    title: str
    source: str = ""
    """Main file and version, for the header."""
    claims: Mapping[str, Claim] = field(default_factory=dict)
    choices: Mapping[str, Choice] = field(default_factory=dict)
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    cites: Mapping[str, str] = field(default_factory=dict)
    """Building block ("attention", "multi_head", "feed_forward", "positions", "schedule", "loss") → where the paper
    defines it: "Eq. (1), §3.2.1"."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Equation id → "Eq. (1), §3.2.1"."""
    statements: Mapping[str, str] = field(default_factory=dict)
    """Equation id → LaTeX of its first statement."""
    schedule_formula: str = ""
    """LaTeX of the paper's learning rate, if a display defines it."""
    functions: Mapping[str, Compiled] = field(default_factory=dict)
    """Equation id → its compiled function."""
    blocks: Mapping[str, Compiled] = field(default_factory=dict)
    """Building block → the compiled equation that defines it in the paper, if it takes what the block takes."""
    formulas: Mapping[str, str] = field(default_factory=dict)
    """Building block → LaTeX of the first equation that defines it."""
    odd_attention: str = ""
    """An equation that defines attention as something else than the scaled dot product, if none defines it so."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Choices in paper.toml, as written: "model.norm_eps" → "1e-6"."""
    where: Mapping[str, Span] = field(default_factory=dict)
    """Where those entries stand in it."""
    changed_claims: frozenset[str] = frozenset()
    """Ids of the claims whose value paper.toml changes."""

    @classmethod
    def from_spec(
        cls,
        spec: PaperSpec,
        package: str,
        origins: Mapping[str, Origin] | None = None,
        functions: Sequence[Function] = (),
        settings: Settings | None = None,
    ) -> ModelContext:
        """The context of a paper. `functions` are those that stand in the package's `equations.py`."""
        compiled = {f.equation: _compiled(f) for f in functions if f.equation is not None}
        found = find_blocks(spec.statements)
        statements = {s.equation: s.latex for s in reversed(spec.statements) if s.equation}
        attention = found.pop("attention", [])
        usual = [e for e in attention if is_scaled_dot_product(statements[e])]
        if usual:
            found["attention"] = usual
        changed = settings.claims if settings else {}
        schedule = spec.training.settings.get("schedule equation") if spec.training else None
        if schedule is not None and schedule.value is not None:
            found["schedule"] = [str(schedule.value)]
        return cls(
            package=package,
            title=spec.title,
            source=f"{spec.source}, sha256 {spec.sha256[:12]}" if spec.sha256 else spec.source,
            claims={c.id: c for c in spec.claims},
            choices={c.id: c for c in spec.choices},
            gaps={g.id: g for g in spec.gaps},
            cites={block: cite(equations, origins or {}) for block, equations in found.items()},
            places={id: origin.cite for id, origin in (origins or {}).items()},
            statements=statements,
            schedule_formula=statements.get(str(schedule.value), "") if schedule else "",
            functions=compiled,
            blocks={
                block: compiled[e]
                for block, equations in reversed(found.items())
                for e in reversed(equations)
                if e in compiled and compiled[e].names == _TAKES.get(block)
            },
            formulas={b: statements[e[0]] for b, e in found.items() if e[0] in statements},
            odd_attention=attention[0] if attention and not usual else "",
            overrides=settings.choices if settings else {},
            where=_places(settings) if settings else {},
            changed_claims=frozenset(c.id for c in spec.claims if c.id in changed or c.name in changed),
        )


_BLOCKS = {
    "attention": (r"Attention|Attn", r"softmax"),
    "multi_head": (r"Multi-?Head\w*|MHA|MHSA|MSA|head_?.*", r"Concat|Attention|Attn|\[.*;"),
    "feed_forward": (r"FFN|FeedForward|MLP|FF", r"W"),
    "positions": (r"PE|PosEnc\w*", r"\\sin|\\cos|\bsin|\bcos"),
}
"""Building block → names that the field gives its left side, and what its right side contains."""


_TAKES = {
    "attention": frozenset({"Q", "K", "V"}),
    "multi_head": frozenset({"Q", "K", "V", "W_Q", "W_K", "W_V", "W_O"}),
    "feed_forward": frozenset({"x", "W_1", "b_1", "W_2", "b_2"}),
}
"""Building block → the arguments of a compiled equation that can be held against it."""


def find_blocks(statements: Iterable[Statement]) -> dict[str, list[str]]:
    """Which equations of the paper define a building block: block → equation ids, in order."""
    found: dict[str, list[str]] = {}
    for statement in statements:
        left, sign, right = statement.latex.partition("=")
        name = re.sub(r"\\(?:mathrm|text|operatorname|mathit|textrm)\b|[{}\s]|\(.*", "", left)
        for block, (names, contains) in _BLOCKS.items():
            if (
                sign
                and statement.equation
                and re.fullmatch(rf"(?:{names})(?:_.*)?", name)
                and re.search(contains, right)
            ):
                places = found.setdefault(block, [])
                if statement.equation not in places:
                    places.append(statement.equation)
    return found


def cite(equations: Sequence[str], origins: Mapping[str, Origin]) -> str:
    """ "Eq. (1), §3.2.1" or "Eqs. (2) and (3), §3.2.2"; "" where nothing is known of them."""
    known = [origins[e] for e in equations if e in origins]
    numbers = [f"({o.number})" for o in known if o.number]
    sections = list(dict.fromkeys(f"§{o.section}" for o in known if o.section))
    parts = [f"Eq. {numbers[0]}"] if len(numbers) == 1 else []
    if len(numbers) > 1:
        parts = [f"Eqs. {', '.join(numbers[:-1])} and {numbers[-1]}"]
    return ", ".join([*parts, *sections])


def _places(settings: Settings) -> dict[str, Span]:
    found = {key: settings.place("choices", key) for key in settings.choices}
    return {key: span for key, span in found.items() if span is not None}


def _compiled(function: Function) -> Compiled:
    arguments = ordered([a for a in function.arguments if isinstance(a.type, ArrayType)])
    return Compiled(function.name, tuple((a.name, a.symbol, a.default is not None) for a in arguments))
