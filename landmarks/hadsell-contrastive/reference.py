"""Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping, 2006."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def g(x):
    return torch.tanh(x) + 0.2 * x


def pair(label):
    return lambda r: {r"\vec{X_1}": r.normal(size=5), r"\vec{X_2}": r.normal(size=5) * 0.5, "G_W": g, "Y": label, "m": 4.0}


def distance(i):
    a, b = tensors(i, r"\vec{X_1}", r"\vec{X_2}")
    return F.pairwise_distance(g(a)[None], g(b)[None], eps=0.0)[0]


def loss(i):
    return F.hinge_embedding_loss(distance(i), torch.tensor(1.0 - 2 * i["Y"]), margin=4.0) ** 2 / 2


CHECKS = (
    Check("1", "torch.nn.functional.pairwise_distance", pair(0), distance),
    Check("2", "torch.nn.functional.hinge_embedding_loss", pair(0), loss, "similar pair", derived=lambda i: {"D_W": distance(i)}),
    Check("2", "torch.nn.functional.hinge_embedding_loss", pair(1), loss, "dissimilar pair", derived=lambda i: {"D_W": distance(i)}),
)
