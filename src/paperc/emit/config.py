"""`config.py` of the output: frozen dataclasses whose every value cites the place that states it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .model_context import ModelContext
from .model_parts import comment, doc
from .model_plan import Entry
from .model_words import Scalar


@dataclass(frozen=True, slots=True)
class Variant:
    """A further configuration that the paper lists: only what differs from the first one."""

    name: str
    """An identifier: "big"."""
    values: Mapping[str, Scalar]
    cites: Mapping[str, str]


def config_file(
    context: ModelContext,
    model: Sequence[Entry],
    training: Sequence[Entry] | None,
    model_variants: Sequence[Variant] = (),
    training_variants: Sequence[Variant] = (),
) -> str:
    """The text of `config.py`, unformatted."""
    parts = [
        f'r"""The configuration of "{doc(context.title)}".\n\n'
        "Each value cites the place of the paper that states it; ASSUMED marks what the paper leaves open.\n"
        '"""\n\nfrom __future__ import annotations\n\nfrom dataclasses import dataclass\n',
        _class("ModelConfig", "The network.", model, model_variants),
    ]
    if training is not None:
        parts.append(_class("TrainingConfig", "How it is trained.", training, training_variants))
    return "\n\n".join(parts)


def _class(name: str, summary: str, entries: Sequence[Entry], variants: Sequence[Variant]) -> str:
    lines = ["@dataclass(frozen=True)", f"class {name}:", f'    """{summary}"""', ""]
    # Fields without a default must come first.
    ordered = sorted(entries, key=lambda e: e.value is not None)
    cites = _once([e.comment for e in ordered])
    for entry, cite in zip(ordered, cites):
        lines += [comment(cite), f"    {entry.name}: {entry.type}{_default(entry.value)}"]
    for variant in variants:
        given = [e for e in entries if e.value is None and e.name not in variant.values]
        parameters = ", ".join(f"{e.name}: {e.type}" for e in given)
        lines += ["", "    @classmethod", f"    def {variant.name}(cls{', ' if given else ''}{parameters}) -> {name}:"]
        lines += [f'        """The configuration that the paper calls {variant.name}."""', "        return cls("]
        lines += [f"            {e.name}={e.name}," for e in given]
        cites = _once([variant.cites[field] for field in variant.values])
        for (field, value), cite in zip(variant.values.items(), cites):
            lines += [comment(cite, 12), f"            {field}={_literal(value)},"]
        lines.append("        )")
    return "\n".join(lines) + "\n"


def _once(cites: Sequence[str]) -> list[str]:
    """A long quote in full the first time, then only where it stands."""
    out = []
    for before, cite in zip([""] + list(cites), cites):
        same = cite == before and not cite.startswith("ASSUMED") and ': "' in cite
        out.append(f"{cite.split(':', 1)[0]}, the same words" if same else cite)
    return out


def _default(value: Scalar | None) -> str:
    return "" if value is None else f" = {_literal(value)}"


def _literal(value: Scalar) -> str:
    """Python that reads well: 37000, 0.98, 1e-09 as 1e-9, 1000000 as 1_000_000."""
    text = repr(value)
    if isinstance(value, float) and "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 100_000:
        text = f"{value:_}"
    assert ast.literal_eval(text) == value
    return text
