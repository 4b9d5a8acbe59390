"""Chen and He, Exploring Simple Siamese Representation Learning, 2020 (arXiv:2011.10566).

The paper defines p and z by networks in prose; a function may ask for either the vectors or the networks.
"""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def f(x):
    return torch.tanh(x) + 0.1 * x


def h(z):
    return z**2 - z


def views(r):
    return {"x_1": r.normal(size=5), "x_2": r.normal(size=5), "f": f, "h": h}


def outputs(i):
    x1, x2 = tensors(i, "x_1", "x_2")
    return {"p_1": h(f(x1)), "p_2": h(f(x2)), "z_1": f(x1), "z_2": f(x2)}


def distance(i, a, b):
    o = outputs(i)
    return -F.cosine_similarity(o[a], o[b], dim=0, eps=0.0)


def loss(i):
    return 0.5 * distance(i, "p_1", "z_2") + 0.5 * distance(i, "p_2", "z_1")


CHECKS = (
    Check("1", "torch.nn.functional.cosine_similarity", views, lambda i: distance(i, "p_1", "z_2"), derived=outputs),
    Check("2", "torch.nn.functional.cosine_similarity", views, loss, derived=outputs),
    Check("3", "torch.nn.functional.cosine_similarity", views, loss, "with stop-gradient", derived=outputs),
)
