"""What a reproduction needs and the paper does not state, by the kind of the paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..document import Document
from .configuration import Claims, Ledger
from .model import Architecture, Claim, Training


@dataclass(frozen=True, slots=True)
class Need:
    """A setting that papers of some kinds must state; any of `names` answers it."""

    what: str
    names: tuple[str, ...]
    key: str
    why: str
    kinds: frozenset[str]
    options: tuple[str, ...] = ()


OBEYED = frozenset(
    {
        "training.optimizer",
        "training.learning_rate",
        "training.warmup_steps",
        "training.batch_size",
        "training.steps",
        "training.gradient_clipping",
        "training.weight_decay",
        "model.initialisation",
        "model.dropout",
        "training.epsilon",
        "training.beta_1",
    }
)
"""Entries of paper.toml that the emitted model and recipe follow; other gaps only the authors can close."""
_TRAINED = frozenset({"trained"})
_NETWORK = frozenset({"network"})
NEEDS: tuple[Need, ...] = (
    Need("optimizer", ("optimizer",), "training.optimizer", "the paper trains a model and names no optimiser", _TRAINED, ("Adam", "AdamW", "SGD")),
    Need("learning rate", ("learning rate", "schedule equation"), "training.learning_rate", "no sentence or table gives a learning rate", _TRAINED),
    Need("warm-up steps", ("warm-up steps", "warm-up epochs"), "training.warmup_steps", "the learning-rate schedule has a warm-up of unstated length", frozenset({"warm-up"})),
    Need("batch size", ("batch size",), "training.batch_size", "no sentence or table gives a batch size", _TRAINED),
    Need("length of training", ("training steps", "epochs", "training tokens"), "training.steps", "neither steps nor epochs are given", _TRAINED),
    Need("weight initialisation", ("initialisation", "initialisation scale"), "model.initialisation", "no scheme is given for any weight", _NETWORK, ("xavier-uniform", "torch-default")),
    Need("seeds and number of runs", ("seeds",), "training.seed", "results are single numbers: no seed, number of runs or spread is stated", _TRAINED),
    Need("gradient clipping", ("gradient clipping",), "training.gradient_clipping", "no statement on clipping", _TRAINED),
    Need("weight decay", ("weight decay",), "training.weight_decay", "no statement on weight decay", _TRAINED),
    Need("hardware", ("hardware",), "", "no machine is named", _TRAINED),
    Need("tokeniser", ("tokenizer",), "data.tokenizer", "the paper works on text and does not say how it is split into tokens", frozenset({"text"}), ("byte-pair encoding", "WordPiece", "SentencePiece")),
    Need("discount factor", ("discount factor",), "training.discount_factor", "a reinforcement learner needs one and none is stated", frozenset({"reinforcement"})),
    Need("epsilon of the optimiser", ("epsilon",), "training.epsilon", "the optimiser needs one and none is stated", frozenset({"adaptive"})),
    Need("exponential decay rates of the optimiser", ("beta_1", "beta_2"), "training.beta_1", "the optimiser needs them and none are stated", frozenset({"adaptive"})),
    Need("dropout", ("dropout",), "model.dropout", "no dropout rate is stated", frozenset({"transformer"})),
    Need("train/validation split", ("split", "development set"), "data.split", "no development or validation set is named", _TRAINED),
)  # fmt: skip


def find_gaps(
    document: Document, claims: Iterable[Claim], architecture: Architecture | None, training: Training, ledger: Ledger
) -> None:
    """Adds to the ledger what is missing; what the ledger holds already, as gap or choice, is not repeated."""
    ranked = Claims(document, claims)
    stated = {c.name for c in ranked.all if ranked.rank(c) < 40}
    kinds = kinds_of(document, ranked, architecture, training)
    taken = {g.key for g in ledger.gaps} | {c.key for c in ledger.choices}
    for need in NEEDS:
        if need.kinds & kinds and not stated & set(need.names) and (not need.key or need.key not in taken):
            obeyed = architecture is not None and need.key in OBEYED
            ledger.gap(
                need.what, need.why, need.key if obeyed else "", need.options if obeyed else (), subject=need.key
            )


_RECIPE = frozenset(
    {
        "optimizer",
        "learning rate",
        "batch size",
        "epochs",
        "training steps",
        "weight decay",
        "beta_1",
        "beta_2",
        "momentum",
        "dropout",
        "gradient clipping",
    }
)


def kinds_of(
    document: Document, claims: Claims, architecture: Architecture | None, training: Training
) -> frozenset[str]:
    """What kind of paper it is, as far as it decides what must be stated."""
    kinds: set[str] = set()
    recipe = _RECIPE & set(training.settings)
    if len(recipe) >= 2 or (architecture is not None and recipe):
        kinds |= {"trained", "network"}
    if architecture is not None:
        kinds.add("network")
    if architecture is not None and architecture.family != "mlp":
        kinds.add("transformer")
    text = " ".join(p.text for p in document.paragraphs).lower()
    if (
        text.count("token") >= 5
        and text.count("vocabular") + text.count("language model") + text.count("translation") >= 2
    ):
        kinds.add("text")
    if text.count("polic") >= 10 and text.count("reward") >= 5:
        kinds.add("reinforcement")
    optimizer = training.settings.get("optimizer")
    if optimizer is not None and str(optimizer.value) in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax"):
        kinds.add("adaptive")
    if "warm" in " ".join(e.latex for e in document.equations if "warm" in e.latex) or (
        claims.best("schedule") is not None and "warm" in text
    ):
        kinds.add("warm-up")
    return frozenset(kinds)
