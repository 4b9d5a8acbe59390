"""Gulrajani et al., Improved Training of Wasserstein GANs, 2017 (arXiv:1704.00028)."""

import torch

from landmarks._format import Check, tensors

X, T, H = r"\boldsymbol{x}", r"\tilde{\boldsymbol{x}}", r"\hat{\boldsymbol{x}}"


def critic(x):
    return (torch.tanh(x) * x).sum(-1)


def samples(r):
    return {X: r.normal(size=(7, 3)), T: r.normal(size=(7, 3)), H: r.normal(size=(7, 3)), "D": critic}


def loss(i):
    x, t, h = tensors(i, X, T, H)
    h = h.clone().requires_grad_()
    slope = torch.autograd.grad(critic(h).sum(), h)[0]
    return critic(t).mean() - critic(x).mean() + 10 * torch.nn.functional.mse_loss(slope.norm(dim=-1), torch.ones(7, dtype=x.dtype))


CHECKS = (Check("1", "torch.autograd.grad", samples, loss, "a gradient inside an expectation; the value of lambda from the prose"),)
