"""Szegedy et al., Rethinking the Inception Architecture, 2015 (arXiv:1512.00567)."""

import numpy as np
from torch.nn import functional as F

from landmarks._format import Check, tensors


def example(r):
    z, q = r.normal(size=7), r.uniform(size=7)
    return {"z": z, "q": q / q.sum(), "K": 7}


def probabilities(i):
    return {"p": F.softmax(tensors(i, "z")[0], -1).numpy()}


def entropy(i):
    z, q = tensors(i, "z", "q")
    return F.cross_entropy(z[None], q[None])


CHECKS = (
    Check("1", "torch.nn.functional.cross_entropy", example, entropy, "p by the prose", derived=probabilities),
    Check("2", "numpy", lambda r: {"y": 2, "K": 5, r"\epsilon": 0.1, "u": np.full(5, 0.2), r"\delta": np.eye(5)[2]},
          lambda i: 0.9 * np.eye(5)[2] + 0.1 / 5),
)
