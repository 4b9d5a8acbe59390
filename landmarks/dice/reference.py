"""Milletari et al., V-Net, 2016 (arXiv:1606.04797)."""

import torch
from scipy.spatial.distance import dice

from landmarks._format import Check, tensors


def volumes(r):
    return {"p": (r.uniform(size=11) < 0.6) * 1.0, "g": (r.uniform(size=11) < 0.5) * 1.0, "N": 11}


def slope(i):
    p, g = tensors(i, "p", "g")
    return torch.func.grad(lambda p: 2 * (p @ g) / (p @ p + g @ g))(p)


CHECKS = (
    Check("1", "scipy.spatial.distance.dice", volumes, lambda i: 1 - dice(i["p"].astype(bool), i["g"].astype(bool))),
    Check("2", "torch.func.grad", lambda r: {"p": r.uniform(size=11), "g": (r.uniform(size=11) < 0.5) * 1.0, "N": 11}, slope,
          "a printed derivative"),
)
