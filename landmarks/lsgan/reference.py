"""Mao et al., Least Squares Generative Adversarial Networks, 2016 (arXiv:1611.04076)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def d(x):
    return torch.tanh(x).sum(-1)


def g(z):
    return z**2 - z


def samples(r):
    return {r"\boldsymbol{x}": r.normal(size=(7, 3)), r"\boldsymbol{z}": r.normal(size=(7, 3)), "D": d, "G": g, "a": 0.1, "b": 0.9, "c": 0.8}


def discriminator(i):
    x, z = tensors(i, r"\boldsymbol{x}", r"\boldsymbol{z}")
    return F.mse_loss(d(x), torch.full((7,), 0.9, dtype=x.dtype)) / 2 + F.mse_loss(d(g(z)), torch.full((7,), 0.1, dtype=x.dtype)) / 2


CHECKS = (Check("1", "torch.nn.functional.mse_loss", samples, discriminator, "the value that is minimised; two statements", defines=r"V_{\text{\tiny LSGAN}}(D)"),)
