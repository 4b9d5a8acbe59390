"""van den Oord et al., Representation Learning with Contrastive Predictive Coding, 2018 (arXiv:1807.03748)."""

import torch

from landmarks._format import Check, tensors


def pair(r):
    return {"z_{t+k}": r.normal(size=3), "W_k": r.normal(size=(3, 5)) * 0.3, "c_t": r.normal(size=5)}


def score(i):
    z, w, c = tensors(i, "z_{t+k}", "W_k", "c_t")
    return torch.nn.functional.bilinear(z[None], c[None], w[None])[0, 0].exp()


CHECKS = (Check("1", "torch.nn.functional.bilinear", pair, score),)
