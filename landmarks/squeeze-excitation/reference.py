"""Hu et al., Squeeze-and-Excitation Networks, 2017 (arXiv:1709.01507)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors

W1, W2 = r"\mathbf{W}_1", r"\mathbf{W}_2"


def maps(r):
    u = r.normal(size=(6, 3, 5))
    return {r"\mathbf{u}": u, "u": u, W1: r.normal(size=(2, 6)), W2: r.normal(size=(6, 2)), "H": 3, "W": 5, "C": 6, "r": 3}


def squeeze(i):
    return F.adaptive_avg_pool2d(*tensors(i, "u"), 1)[:, 0, 0]


def excite(i):
    w1, w2 = tensors(i, W1, W2)
    return F.linear(F.relu(F.linear(squeeze(i), w1)), w2).sigmoid()


CHECKS = (
    Check("1", "torch.nn.functional.adaptive_avg_pool2d", maps, squeeze, "a pixel as u_c(i,j)"),
    Check("2", "torch.nn.functional.linear", maps, excite, "through Eq. 1", derived=lambda i: {r"\mathbf{z}": squeeze(i), r"\sigma": torch.sigmoid}),
    Check("3", "torch.mul", maps, lambda i: excite(i)[:, None, None] * tensors(i, "u")[0], "through Eqs. 1 and 2",
          derived=lambda i: {r"\mathbf{s}": excite(i), "s": excite(i), r"\sigma": torch.sigmoid}),
)
