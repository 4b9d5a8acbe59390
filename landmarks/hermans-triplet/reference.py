"""Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, 2017 (arXiv:1703.07737)."""

import torch
from scipy.spatial.distance import cdist
from torch.nn import functional as F

from landmarks._format import Check, tensors


def batch(r):
    x = r.normal(size=(6, 3))
    return {"D": cdist(x, x), "y": torch.tensor([0, 0, 1, 1, 2, 0]).numpy(), "m": 0.2}


def triplets(i):
    """All anchors, positives (the anchor itself counts: the sum's condition does not exclude it) and negatives."""
    d, y = tensors(i, "D", "y")
    a, p, n = [], [], []
    for s in range(6):
        for t in range(6):
            for u in range(6):
                if y[s] == y[t] != y[u]:
                    a.append(s), p.append(t), n.append(u)
    return F.margin_ranking_loss(d[a, n], d[a, p], torch.ones(len(a)), margin=0.2, reduction="sum")


CHECKS = (Check("1", "torch.nn.functional.margin_ranking_loss", batch, triplets, "a substack of conditions under the sum"),)
