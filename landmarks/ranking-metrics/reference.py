"""Metrics as retrieval and language-modelling papers print them (Burges et al., 2005; van Rijsbergen, 1979)."""

from scipy.stats import hmean
from sklearn.metrics import dcg_score

from landmarks._format import Check


def ranked(r):
    return {"rel": r.integers(0, 5, size=5).astype(float), "k": 5}


CHECKS = (
    Check("1", "sklearn.metrics.dcg_score", ranked, lambda i: dcg_score([2 ** i["rel"] - 1], [list(range(5, 0, -1))], k=5),
          "an at-sign in a name"),
    Check("2", "scipy.stats.hmean(weights)", lambda r: {"P": 0.7, "R": 0.4, r"\beta": 2.0}, lambda i: hmean([0.7, 0.4], weights=[1, 4])),
    Check("3", "scipy.stats.hmean", lambda r: {r"\text{rank}": r.integers(1, 9, size=6).astype(float), "Q": list(range(6))},
          lambda i: 1 / hmean(i[r"\text{rank}"])),
)
