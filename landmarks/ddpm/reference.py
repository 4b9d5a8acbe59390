"""Ho et al., Denoising Diffusion Probabilistic Models, 2020 (arXiv:2006.11239).

The sampler draws its noise from `generator`; the test passes one whose draws the reference repeats.
"""

import torch
from torch.distributions import Normal
from torch.nn import functional as F

from landmarks._format import Check, tensors

X0, XT = r"\mathbf{x}_0", r"\mathbf{x}_t"
BETA = torch.linspace(0.01, 0.2, 5, dtype=torch.float64)


def levels(t):
    """(alpha_bar before, alpha_bar) of step t, counted from one."""
    bar = torch.cumprod(1 - BETA, 0)
    return (bar[t - 2] if t > 1 else torch.ones(())), bar[t - 1]


def state(r):
    return {X0: r.normal(size=4), XT: r.normal(size=4), r"\beta": BETA.numpy(), "t": 3, "T": 5}


def derived(i):
    before, now = levels(3)
    return {r"\alpha": (1 - BETA).numpy(), r"\alpha_t": (1 - BETA[2]).item(), r"\bar\alpha": torch.cumprod(1 - BETA, 0).numpy(),
            r"\bar\alpha_t": now.item(), r"\bar\alpha_{t-1}": before.item(), r"\beta_t": BETA[2].item()}


def marginal(i):
    x0, xt = tensors(i, X0, XT)
    _, bar = levels(3)
    return Normal(bar.sqrt() * x0, (1 - bar).sqrt()).log_prob(xt).sum().exp()


def posterior_mean(i):
    """By Bayes: the product of two Gaussians in x_{t-1}, natural parameters added."""
    x0, xt = tensors(i, X0, XT)
    before, _ = levels(3)
    b = BETA[2]
    precision = (1 - b) / b + 1 / (1 - before)
    return ((1 - b).sqrt() * xt / b + before.sqrt() * x0 / (1 - before)) / precision


def batch(r):
    return {X0: r.normal(size=(7, 4)), r"\boldsymbol{\epsilon}": r.normal(size=(7, 4)), "t": r.integers(1, 6, size=7),
            r"\beta": BETA.numpy(), r"\boldsymbol{\epsilon}_\theta": lambda x, t: torch.tanh(x) * t, "T": 5}


def simple(i):
    x0, e, t = tensors(i, X0, r"\boldsymbol{\epsilon}", "t")
    bar = torch.cumprod(1 - BETA, 0)[t - 1][:, None]
    return 4 * F.mse_loss(torch.tanh(bar.sqrt() * x0 + (1 - bar).sqrt() * e) * t[:, None], e)


LONG = torch.linspace(0.001, 0.1, 60, dtype=torch.float64)


def schedule(r):
    bar = torch.cumprod(1 - LONG, 0)
    return {r"\beta": LONG.numpy(), r"\alpha": (1 - LONG).numpy(), r"\bar\alpha": bar.numpy(), r"\sigma": LONG.sqrt().numpy(),
            r"\boldsymbol{\epsilon}_\theta": lambda x, t: torch.tanh(x) * t / 60, "T": 60, "d": 4, r"\mathbf{x}_T": noise()[0].numpy()}


def noise():
    g = torch.Generator().manual_seed(0)
    return [torch.randn(4, generator=g, dtype=torch.float64) for _ in range(60)]


def sample(i):
    """Each step from the predicted x_0, its mean by the product of two Gaussians (the variance is beta_t)."""
    draws = noise()
    x, bar = draws[0], torch.cumprod(1 - LONG, 0)
    for n, t in enumerate(range(60, 0, -1), start=1):
        e = torch.tanh(x) * t / 60
        clean = (x - (1 - bar[t - 1]).sqrt() * e) / bar[t - 1].sqrt()
        if t == 1:
            return clean
        before, b = bar[t - 2], LONG[t - 1]
        precision = (1 - b) / b + 1 / (1 - before)
        mean = ((1 - b).sqrt() * x / b + before.sqrt() * clean / (1 - before)) / precision
        x = mean + b.sqrt() * draws[n]
    return x


CHECKS = (
    Check("1", "torch.distributions.Normal.log_prob", state, marginal, "a density", derived=derived),
    Check("3", "torch.distributions.Normal (product of Gaussians)", state, posterior_mean, "the mean of the posterior",
          derived=derived, defines=r"\tilde{\boldsymbol{\mu}}_t"),
    Check("4", "torch.nn.functional.mse_loss", batch, simple, derived=lambda i: {r"\bar\alpha": torch.cumprod(1 - BETA, 0).numpy()}),
    Check("1", "torch.distributions.Normal (product of Gaussians)", schedule, sample, "60 steps, the noise by a generator", kind="algorithm"),
)
