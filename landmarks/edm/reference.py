"""Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022 (arXiv:2206.00364).

The preconditioned denoiser is checked by what it is for: with F the optimal network of unit-variance Gaussian data of
deviation sigma_data the denoiser is the conditional mean x sigma_data^2 / (sigma_data^2 + sigma^2), whose F is zero.
"""

import numpy as np
import torch

from landmarks._format import Check, tensors


def network(x, c):
    return torch.tanh(x) + c


def denoiser(i):
    (x,) = tensors(i, r"\bm{x}")
    s = torch.tensor(i[r"\sigma"], dtype=x.dtype)
    from torch.distributions import Normal

    joint = Normal(0.0, torch.hypot(s, torch.tensor(0.5, dtype=x.dtype)))  # deviation of a noisy datum
    shrink = (0.5 / joint.scale) ** 2
    return shrink * x + s * 0.5 / joint.scale * network(x / joint.scale, torch.log(s) / 4)


def steps(i):
    return np.linspace(80 ** (1 / 7), 0.002 ** (1 / 7), 10)[i["i"]] ** 7


TIMES = np.append(np.linspace(80 ** (1 / 7), 0.002 ** (1 / 7), 60) ** 7, 0.0)


def ideal(x, t):
    """Denoiser of Gaussian data of deviation 1/2."""
    return x / (1 + 4 * t**2)


def sampler(r):
    g = torch.Generator().manual_seed(0)
    start = 80 * torch.randn(4, generator=g, dtype=torch.float64)
    return {r"D_\theta": ideal, "t": TIMES, "N": 60, "d": 4, r"\bm{x}_0": start.numpy()}


def heun(i):
    """An explicit Runge-Kutta method by its Butcher tableau; the last step, to t = 0, is Euler's."""
    x, slope = i[r"\bm{x}_0"], lambda x, t: (x - ideal(x, t)) / t
    a, b, c = np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([0.5, 0.5]), np.array([0.0, 1.0])
    for t, after in zip(TIMES[:-1], TIMES[1:], strict=True):
        h = after - t
        if after == 0:
            return x + h * slope(x, t)
        k = np.zeros((2, 4))
        for s in range(2):
            k[s] = slope(x + h * a[s] @ k, t + c[s] * h)
        x = x + h * b @ k
    return x


CHECKS = (
    Check("1", "numpy.linspace", lambda r: {"i": 4, "N": 10}, steps, "one step's level; two statements in a display", defines=r"\sigma_{i < N}"),
    Check("1", "numpy: Butcher tableau of Heun", sampler, heun, "60 steps", kind="algorithm"),
    Check("2", "torch.hypot", lambda r: {r"\bm{x}": r.normal(size=5), r"\sigma": 0.7, r"F_\theta": network}, denoiser,
          "through Eqs. 3-6, semicolons as separators"),
)
