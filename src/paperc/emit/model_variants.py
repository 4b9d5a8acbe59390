"""Further configurations that the paper names ("big"): what it states of them, over the first configuration."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping

from ..spec.model import Value
from .config import Variant
from .model_plan import Entry, Resolver
from .model_words import Scalar

FIELDS: dict[str, tuple[str, ...]] = {
    "hidden size": ("d_model", "hidden_size"), "feed-forward size": ("d_ff",), "number of heads": ("n_heads",),
    "key dimension": ("d_k",), "value dimension": ("d_v",), "head dimension": ("d_k", "d_v"), "dropout": ("dropout",),
    "vocabulary size": ("vocabulary_size",), "maximum length": ("max_length",),
    "number of layers": ("layers", "encoder_layers", "decoder_layers"), "training steps": ("steps",),
    "epochs": ("epochs",), "learning rate": ("learning_rate",), "warm-up steps": ("warmup_steps",),
    "batch size": ("batch_tokens", "batch_size"), "label smoothing": ("label_smoothing",),
    "weight decay": ("weight_decay",), "beta_1": ("beta_1",), "beta_2": ("beta_2",), "epsilon": ("epsilon",),
    "gradient clipping": ("gradient_clipping",), "momentum": ("momentum",),
}  # fmt: skip
"""The field's name for a claim → fields of the configuration, as far as they exist."""


def variants(
    stated: Mapping[str, Mapping[str, Value]], entries: Iterable[Entry], resolver: Resolver
) -> tuple[Variant, ...]:
    """For each named configuration the fields in which it differs; those that differ in nothing are left out."""
    known = {entry.name: entry for entry in entries}
    out: list[Variant] = []
    for name, values in stated.items():
        fields: dict[str, Scalar] = {}
        cites: dict[str, str] = {}
        for dim, value in values.items():
            found, cite, _ = resolver.value(value)
            for field in FIELDS.get(dim, ()):
                if (entry := known.get(field)) is not None and (number := _as(entry, found)) is not None:
                    if number != entry.value:
                        fields[field], cites[field] = number, cite
        _heads_follow(known, fields, cites)
        if fields:
            ordered = [n for n in known if n in fields]
            method = _identifier(name)
            if method not in (*known, *(v.name for v in out)):
                out.append(Variant(method, {n: fields[n] for n in ordered}, cites))
    return tuple(out)


def _heads_follow(known: Mapping[str, Entry], fields: dict[str, Scalar], cites: dict[str, str]) -> None:
    """Where the size of a head was chosen as hidden size by heads, it is so here too."""
    for name in ("d_k", "d_v"):
        entry = known.get(name)
        if entry is None or name in fields or not entry.comment.startswith("ASSUMED"):
            continue
        d_model = fields.get("d_model", known["d_model"].value)
        heads = fields.get("n_heads", known["n_heads"].value)
        if (
            isinstance(d_model, int)
            and isinstance(heads, int)
            and d_model % heads == 0
            and d_model // heads != entry.value
        ):
            fields[name], cites[name] = d_model // heads, entry.comment


def _as(entry: Entry, value: Scalar | None) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if entry.type == "int":
        return int(value) if value == int(value) and value > 0 else None
    return float(value)


def _identifier(name: str) -> str:
    word = re.sub(r"\W+", "_", name.lower()).strip("_")
    return word if word.isidentifier() and not keyword.iskeyword(word) else f"variant_{word}"
