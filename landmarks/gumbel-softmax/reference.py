"""Jang et al., Categorical Reparameterization with Gumbel-Softmax, 2016 (arXiv:1611.01144)."""

import torch
from torch.distributions import RelaxedOneHotCategorical
from torch.nn import functional as F

from landmarks._format import Check, tensors


def classes(r):
    p, y = r.dirichlet([2.0] * 5), r.dirichlet([2.0] * 5)
    return {r"\pi": p, "g": r.gumbel(size=5), "y": y, r"\tau": 0.7, "k": 5}


def perturbed(i):
    p, g = tensors(i, r"\pi", "g")
    return p.log() + g


def density(i):
    p, y = tensors(i, r"\pi", "y")
    return RelaxedOneHotCategorical(torch.tensor(0.7, dtype=p.dtype), probs=p).log_prob(y).exp()


CHECKS = (
    Check("1", "torch.nn.functional.one_hot", classes, lambda i: F.one_hot(perturbed(i).argmax(), 5)),
    Check("2", "torch.nn.functional.softmax", classes, lambda i: F.softmax(perturbed(i) / 0.7, -1)),
    Check("3", "torch.distributions.RelaxedOneHotCategorical", classes, density, "a gamma function, arguments by an ellipsis"),
)
