"""Doersch, Tutorial on Variational Autoencoders, 2016 (arXiv:1606.05908)."""

import numpy as np
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from landmarks._format import Check, tensors


def spd(r, n):
    a = r.normal(size=(n, n))
    return a @ a.T + np.eye(n)


def gaussians(r):
    return {r"\mu_0": r.normal(size=3), r"\Sigma_0": spd(r, 3), r"\mu_1": r.normal(size=3), r"\Sigma_1": spd(r, 3), "k": 3}


def divergence(i):
    m0, s0, m1, s1 = tensors(i, r"\mu_0", r"\Sigma_0", r"\mu_1", r"\Sigma_1")
    return kl_divergence(MultivariateNormal(m0, s0), MultivariateNormal(m1, s1))


def encoder(r):
    return {"X": 0.3, r"\mu": lambda x: torch.stack((x, x**2, 1 - x)), "k": 3,
            r"\Sigma": lambda x: torch.diag(torch.stack((1 + x, 1 + x**2, 2 - x))) + 0.1 * torch.ones(3, 3, dtype=x.dtype)}


def to_standard(i):
    x = torch.tensor(0.3, dtype=torch.float64)
    one = MultivariateNormal(torch.zeros(3, dtype=x.dtype), torch.eye(3, dtype=x.dtype))
    return kl_divergence(MultivariateNormal(i[r"\mu"](x), i[r"\Sigma"](x)), one)


CHECKS = (
    Check("1", "torch.distributions.kl_divergence", gaussians, divergence, "an equation laid out by an array"),
    Check("2", "torch.distributions.kl_divergence", encoder, to_standard, "mean and covariance as functions"),
)
