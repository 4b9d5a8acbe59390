"""Katharopoulos et al., Transformers are RNNs, 2020 (arXiv:2006.16236)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def sequence(r):
    return {"Q": r.normal(size=(5, 3)), "K": r.normal(size=(5, 3)), "V": r.normal(size=(5, 2)), "N": 5, "D": 3, r"\elu": F.elu, r"\mathrm{elu}": F.elu}


def attend(i, causal=False):
    q, k, v = tensors(i, "Q", "K", "V")
    w = (F.elu(q) + 1) @ (F.elu(k) + 1).T
    w = w.tril() if causal else w
    return F.normalize(w, p=1, dim=-1, eps=0.0) @ v


def softmax(i):
    q, k, v = tensors(i, "Q", "K", "V")
    return F.scaled_dot_product_attention(q[None], k[None], v[None])[0]


CHECKS = (
    Check("1", "torch.nn.functional.scaled_dot_product_attention", sequence, softmax, "the similarity from the prose"),
    Check("2", "torch.nn.functional.elu", sequence, attend),
    Check("3", "torch.nn.functional.elu", lambda r: {"x": r.normal(size=11), r"\mathrm{elu}": F.elu}, lambda i: F.elu(*tensors(i, "x")) + 1),
    Check("4", "torch.nn.functional.elu", sequence, lambda i: attend(i, causal=True), "a sum up to the free index"),
)
