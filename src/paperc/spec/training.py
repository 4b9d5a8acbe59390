"""The training recipe: each setting with the claim that states it."""

from __future__ import annotations

from collections.abc import Iterable

from ..document import Document
from .configuration import Claims, Ledger, simple
from .model import Claim, Training, Value

SETTINGS = (
    "learning rate", "learning rate decay", "beta_1", "beta_2", "epsilon", "momentum", "weight decay", "batch size", "training steps", "epochs",
    "warm-up steps", "warm-up epochs", "label smoothing", "dropout", "stochastic depth", "gradient clipping", "discount factor", "target update rate",
    "EMA decay", "temperature", "replay buffer size", "entropy coefficient", "margin", "number of negatives", "hardware", "training time", "compute cost",
    "training tokens", "framework", "number format", "initialisation", "data augmentation", "sequence length",
)  # fmt: skip
"""The field's names, in the order of a recipe."""


AS_PRINTED = frozenset({"hardware", "training time", "compute cost"})
"""Settings whose number says nothing without its words: "8 P100 GPUs"."""


def read_training(document: Document, claims: Iterable[Claim], ledger: Ledger | None = None) -> Training:
    """The settings that the paper states for its default configuration; `ledger` receives the choices taken."""
    ranked = Claims(document, claims)
    settings: dict[str, Value] = {}
    if (optimizer := ranked.best("optimizer")) is not None:
        settings["optimizer"] = Value(optimizer.value, claim=optimizer.id)
    for name in SETTINGS:
        claim = ranked.best(name)
        if claim is not None:
            settings[name] = Value(claim.value, claim=claim.id) if name in AS_PRINTED else simple(claim)
    batch = ranked.best("batch size")
    if batch is not None and batch.unit:
        settings["batch size unit"] = Value(batch.unit, claim=batch.id)
    _schedule(ranked, settings)
    if (loss := ranked.best("loss")) is not None:
        settings["loss"] = Value(loss.value, claim=loss.id)
    return Training(settings)


def _schedule(claims: Claims, settings: dict[str, Value]) -> None:
    """The schedule's name, and the display that defines the learning rate."""
    words = [c for c in claims.named("schedule") if claims.rank(c) < 40]
    named = [c for c in words if c.value != "linear warm-up"]
    if named:
        settings["schedule"] = Value(named[0].value, claim=named[0].id)
    told = claims.best("schedule equation")
    if told is not None:
        settings["schedule equation"] = Value(told.value, claim=told.id)
