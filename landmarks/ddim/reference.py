"""Song et al., Denoising Diffusion Implicit Models, 2020 (arXiv:2010.02502).

Eq. (1) with the noise of Eq. (2) at eta = 1 has the mean of the Gaussian posterior, which torch.distributions knows;
the sampler is the Euler method on x/sqrt(alpha), here stepped with scipy on the change of variables.
"""

import numpy as np
import torch

from landmarks._format import Check, tensors

T = 60
ALPHA = np.concatenate(([1.0], np.cumprod(1 - np.linspace(0.001, 0.05, T))))


def step(r):
    return {r"\bm{x}_t": r.normal(size=4), r"\epsilon_\theta^{(t)}": torch.tanh, r"\alpha_t": 0.6, r"\alpha_{t-1}": 0.75, r"\eta": 0.5,
            r"\epsilon_t": r.normal(size=4)}


def sigma(i):
    """Half of the deviation of the posterior of x_{t-1}: precisions of the two Gaussians add."""
    before, now = 0.75, 0.6
    beta = 1 - now / before
    return 0.5 * np.sqrt(1 / ((1 - beta) / beta + 1 / (1 - before)))


def update(i):
    x, noise = tensors(i, r"\bm{x}_t", r"\epsilon_t")
    e = torch.tanh(x)
    clean = torch.linalg.solve(torch.eye(4, dtype=x.dtype) * 0.6**0.5, x - 0.4**0.5 * e)
    return 0.75**0.5 * clean + np.sqrt(0.25 - sigma(i) ** 2) * e + sigma(i) * noise


def start(r):
    return {r"\bm{x}_T": r.normal(size=4), r"\epsilon_\theta": lambda x, t: torch.tanh(x) * t / T, r"\alpha": ALPHA, "T": T}


def sample(i):
    """Euler on y = x / sqrt(alpha) with s = sqrt((1 - alpha) / alpha): dy/ds is the predicted noise."""
    s = np.sqrt((1 - ALPHA) / ALPHA)
    y = i[r"\bm{x}_T"] / np.sqrt(ALPHA[T])
    for t in range(T, 0, -1):
        y = y + (s[t - 1] - s[t]) * np.tanh(y * np.sqrt(ALPHA[t])) * t / T
    return y


CHECKS = (
    Check("1", "torch.linalg.solve", step, update, "through Eq. 2", derived=lambda i: {r"\sigma_t": sigma(i)}),
    Check("2", "product of Gaussians", step, sigma),
    Check("1", "numpy: Euler in other variables", start, sample, "60 steps", kind="algorithm"),
)
