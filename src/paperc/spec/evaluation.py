"""The evaluation protocol: data sets, metrics, baselines, and every number that the paper reports."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..document import Document
from .model import Claim, Evaluation, Result
from .naming import naming
from .ownership import is_own, own_names
from .prose import Prose
from .tables import table_facts

DATA = frozenset({"dataset", "development set", "test set", "train/val/test split"})
"""Claims about what is trained and evaluated on."""


def read_evaluation(document: Document, claims: Iterable[Claim], prose: Prose | None = None) -> Evaluation:
    """Results of tables (the paper's own and the baselines') and of sentences; each quotes a row or a sentence."""
    prose = prose or Prose(document)
    claims = tuple(claims)
    own, meanings = own_names(document, prose), naming(prose.sentences)
    results: list[Result] = []
    for table in document.tables:
        results += table_facts(document, prose, table, meanings, own).results
    results += [_told(c) for c in claims if c.name == "reported result" and "&" not in c.quote.text]
    datasets = tuple(c for c in claims if c.name in DATA)
    metrics = tuple(dict.fromkeys(r.metric for r in results if r.metric))
    baselines = tuple(dict.fromkeys(r.method for r in results if not r.own and r.method and _is_method(r.method, own)))
    return Evaluation(datasets, metrics, baselines, tuple(results))


def _told(claim: Claim) -> Result:
    where = "; ".join(p for p in claim.context.split("; ") if not p.startswith("§"))
    return Result(claim.unit, where, "", claim.value, claim.quote, claim.number, own=True)


def _is_method(label: str, own: tuple[str, ...]) -> bool:
    """A row's label that names another method: not a letter, a number or a total."""
    return (
        not is_own(label, own)
        and bool(re.search(r"[A-Za-z]{2}", label))
        and not re.match(r"^(?:average|avg|mean|total|#)\b", label, re.IGNORECASE)
    )
