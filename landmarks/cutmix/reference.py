"""Yun et al., CutMix, 2019 (arXiv:1905.04899)."""

import torch

from landmarks._format import Check, tensors


def images(r):
    return {"x_A": r.normal(size=(5, 3, 2)), "x_B": r.normal(size=(5, 3, 2)), r"\mathbf{M}": (r.uniform(size=(5, 3)) < 0.5) * 1.0,
            "y_A": r.normal(size=4), "y_B": r.normal(size=4), r"\lambda": 0.3}


def mixed(i):
    m, a, b = tensors(i, r"\mathbf{M}", "x_A", "x_B")
    return torch.where(m[..., None] > 0, a, b)


CHECKS = (Check("1", "torch.where", images, mixed, "a mask with fewer axes than the images; two statements", defines=r"\tilde{x}"),)
