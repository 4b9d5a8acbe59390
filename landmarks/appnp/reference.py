"""Gasteiger et al., Predict then Propagate, 2018 (arXiv:1810.05997)."""

import numpy as np
import torch
from torch_geometric.nn import APPNP

from landmarks._format import Check, tensors
from landmarks._graphs import edges, ring_with_chords

A, H, Z = r"\hat{\tilde{\bm{A}}}", r"\bm{H}", r"\bm{Z}^{(k)}"


def graph(r):
    t = ring_with_chords() + np.eye(6)
    h = r.normal(size=(6, 3))
    return {A: t / np.sqrt(np.outer(t.sum(1), t.sum(1))), H: h, Z: h, r"f_\theta": lambda x: x, r"\bm{X}": h, "n": 6}


def steps(k):
    return lambda i: APPNP(k, 0.1)(*tensors(i, H), edges(ring_with_chords()))


CHECKS = (
    Check("1", "torch_geometric.nn.APPNP, 400 steps", graph, lambda i: torch.softmax(steps(400)(i), -1), "the limit of the iteration"),
    Check("2", "torch_geometric.nn.APPNP, 1 step", graph, steps(1), "Z^(0) = H"),
)
