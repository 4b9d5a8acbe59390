"""Kendall and Gal, What Uncertainties Do We Need in Bayesian Deep Learning?, 2017 (arXiv:1703.04977)."""

import numpy as np
from torch.nn import functional as F

from landmarks._format import Check, tensors

Y, P = r"\mathbf{y}", r"\hat{\mathbf{y}}"


def pixels(r):
    s = r.uniform(0.3, 2, size=7)
    return {Y: r.normal(size=(7, 1)), P: r.normal(size=(7, 1)), r"\hat{\sigma}": s, "s": np.log(s**2), "D": 7}


def likelihood(i):
    y, p, s = tensors(i, Y, P, r"\hat{\sigma}")
    return F.gaussian_nll_loss(p[:, 0], y[:, 0], s**2)


CHECKS = (
    Check("1", "torch.nn.functional.gaussian_nll_loss", pixels, likelihood, "the sum reaches over both summands"),
    Check("2", "torch.nn.functional.gaussian_nll_loss", pixels, likelihood, "the sum reaches over both summands"),
)
