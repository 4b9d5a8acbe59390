"""Zhang and Sennrich, Root Mean Square Layer Normalization, 2019 (arXiv:1910.07467)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def layer(r):
    return {"w": r.normal(size=(7, 5)), r"\mathbf{x}": r.normal(size=5), "b": r.normal(size=7),
            r"\mathbf{g}": r.normal(size=7), "f": torch.tanh, "m": 5, "n": 7}


def rms(i):
    w, x, g = tensors(i, "w", r"\mathbf{x}", r"\mathbf{g}")
    return F.rms_norm(F.linear(x, w), (7,), g, eps=0.0)


CHECKS = (
    Check("2", "torch.nn.functional.rms_norm", layer, rms,
          derived=lambda i: {r"\mathbf{a}": i["w"] @ i[r"\mathbf{x}"], "a": i["w"] @ i[r"\mathbf{x}"]}),
)
