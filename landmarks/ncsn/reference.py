"""Song and Ermon, Generative Modeling by Estimating Gradients of the Data Distribution, 2019 (arXiv:1907.05600)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors

X, T, S = r"\mathbf{x}", r"\tilde{\mathbf{x}}", r"\mathbf{s}_{\boldsymbol{\theta}}"


def samples(r):
    x = r.normal(size=(7, 3))
    return {X: x, T: x + 0.3 * r.normal(size=(7, 3)), r"\sigma": 0.3, S: lambda x, sigma: -x / (1 + sigma**2)}


def denoising(i):
    x, t = tensors(i, X, T)
    score = torch.func.vmap(torch.func.grad(lambda t, x: torch.distributions.Normal(x, 0.3, validate_args=False).log_prob(t).sum()))(t, x)
    return 3 * F.mse_loss(-t / 1.09, score) / 2


CHECKS = (Check("1", "torch.func.grad of torch.distributions.Normal.log_prob", samples, denoising, "nested expectations"),)
