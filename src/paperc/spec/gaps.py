"""What a reproduction needs and the paper does not state, by the kind of the paper."""

from __future__ import annotations

import re
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
    told: str = ""
    """Wording anywhere in the text that answers it as well."""


OBEYED = frozenset(
    "training.optimizer training.learning_rate training.warmup_steps training.batch_size training.steps training.epsilon"
    " training.beta_1 training.gradient_clipping training.weight_decay model.initialisation model.dropout".split()
)  # fmt: skip
"""Entries of paper.toml that the emitted model and recipe follow; other gaps only the authors can close."""
CHOSEN = frozenset({"training.epsilon", "training.beta_1", "model.dropout"})
"""Where a network is emitted, a recorded choice stands for these."""
_TRAINED = frozenset({"trained"})
_NETWORK = frozenset({"network"})
NEEDS: tuple[Need, ...] = (
    Need("optimizer", ("optimizer",), "training.optimizer", "the paper trains a model and names no optimiser", _TRAINED, ("Adam", "AdamW", "SGD"), told=r"\bAdamW?\b|\bSGD\b|\bRMSProp\b"),
    Need("learning rate", ("learning rate", "schedule equation"), "training.learning_rate", "no sentence or table gives a learning rate", _TRAINED),
    Need("warm-up steps", ("warm-up steps", "warm-up epochs"), "training.warmup_steps", "the learning-rate schedule has a warm-up of unstated length", frozenset({"warm-up"})),
    Need("batch size", ("batch size",), "training.batch_size", "no sentence or table gives a batch size", _TRAINED),
    Need("length of training", ("training steps", "epochs", "training tokens"), "training.steps", "neither steps nor epochs are given", _TRAINED),
    Need("weight initialisation", ("initialisation", "initialisation scale"), "model.initialisation", "no scheme is given for any weight", _NETWORK, ("xavier-uniform", "normal-0.02", "torch-default")),
    Need("seeds and number of runs", ("seeds",), "training.seed", "results are single numbers: no seed, number of runs or spread is stated", _TRAINED),
    Need("gradient clipping", ("gradient clipping",), "training.gradient_clipping", "no statement on clipping", _TRAINED),
    Need("weight decay", ("weight decay",), "training.weight_decay", "no statement on weight decay", _TRAINED),
    Need("hardware", ("hardware",), "", "no machine is named", _TRAINED),
    Need("tokeniser", ("tokenizer",), "data.tokenizer", "the paper works on text and does not say how it is split into tokens", frozenset({"text"}), ("byte-pair encoding", "WordPiece", "SentencePiece")),
    Need("discount factor", ("discount factor",), "training.discount_factor", "a reinforcement learner needs one and none is stated", frozenset({"reinforcement"})),
    Need("epsilon of the optimiser", ("epsilon",), "training.epsilon", "the optimiser needs one and none is stated", frozenset({"adaptive"})),
    Need("exponential decay rates of the optimiser", ("beta_1", "beta_2"), "training.beta_1", "the optimiser needs them and none are stated", frozenset({"adaptive"})),
    Need("dropout", ("dropout",), "model.dropout", "no dropout rate is stated", frozenset({"transformer"})),
    Need("train/validation split", ("train/val/test split", "development set", "validation examples"), "data.split", "no development or validation set is named", frozenset({"supervised"}), told=r"\b(?:validation|development|dev|held-?out) (?:set|split|data)"),
    Need("how BLEU is computed", (), "evaluation.bleu", "no script, tokenisation or case is named, and scores differ between them", frozenset({"BLEU"}), told=r"sacre-?bleu|multi-?bleu|detokeni[sz]ed|tokeni[sz]ed (?:case-\w+ )?BLEU|case-(?:in)?sensitive"),
    Need("samples and reference set for FID", ("number of samples",), "evaluation.fid", "the score depends on the number of samples and the reference statistics; neither is stated", frozenset({"FID"}), told=r"\b(?:10|50)[,]?(?:000|K|k)\b.{0,30}(?:samples|images)"),
    Need("longest sequence", ("sequence length", "maximum output length"), "data.maximum_length", "no bound on the length of training sequences is stated", frozenset({"text"}), told=r"truncat|maximum (?:sequence )?length|longest"),
)  # fmt: skip


_EXPECTED = re.compile(r"training|optimi[sz]|implementation|experiment|set-?up", re.IGNORECASE)
"""Titles of the sections where the answers would be looked for first."""


def find_gaps(
    document: Document, claims: Iterable[Claim], architecture: Architecture | None, training: Training, ledger: Ledger
) -> None:
    """Adds to the ledger what is missing; what the ledger holds already, as gap or choice, is not repeated."""
    ranked = Claims(document, claims)
    stated = {c.name for c in ranked.all if ranked.rank(c) < 40}
    kinds = kinds_of(document, ranked, architecture, training)
    text = " ".join(p.text for p in document.paragraphs)
    place = next((s.span for s in document.sections if _EXPECTED.search(s.title)), None)
    taken = {g.key for g in ledger.gaps} | {c.key for c in ledger.choices}
    for need in NEEDS:
        answered = stated & set(need.names) or (need.told and re.search(need.told, text, re.IGNORECASE))
        if architecture is not None and need.key in CHOSEN:
            continue
        if need.kinds & kinds and not answered and (not need.key or need.key not in taken):
            key = need.key if architecture is not None and need.key in OBEYED else ""
            ledger.gap(need.what, need.why, key, need.options if key else (), place, need.key)


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


_TEXTUAL = re.compile(
    r"\btranslation\b|\blanguage model|\btexts?\b|\btokens?\b|summari[sz]ation|question answering|\bNLP\b",
    re.IGNORECASE,
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
    if _TEXTUAL.search(f"{document.title} {document.abstract}"):
        kinds.add("text")
    if text.count("polic") >= 10 and text.count("reward") >= 5:
        kinds.add("reinforcement")
    elif "trained" in kinds:
        kinds.add("supervised")
    optimizer = training.settings.get("optimizer")
    if optimizer is not None and str(optimizer.value) in ("Adam", "AdamW", "NAdam", "RAdam", "Adamax"):
        kinds.add("adaptive")
    if "warm" in " ".join(e.latex for e in document.equations if "warm" in e.latex) or (
        claims.best("schedule") is not None and "warm" in text
    ):
        kinds.add("warm-up")
    kinds |= {c.unit for c in claims.all if c.name == "reported result" and c.unit in ("BLEU", "FID")}
    return frozenset(kinds)
