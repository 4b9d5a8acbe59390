"""Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006."""

import numpy as np
import torch
from scipy.stats import multivariate_normal
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from landmarks._format import Check

SN = 0.3


def kernel(a, b):
    """Squared exponential of unit length between rows, as tensors."""
    return torch.exp(-0.5 * torch.cdist(a, b) ** 2)


def data(r):
    return {"X": r.normal(size=(6, 2)), "X_*": r.normal(size=(4, 2)), r"\mathbf{y}": r.normal(size=6), r"\sigma_n": SN, "K": kernel, "n": 6}


def posterior(i):
    gp = GaussianProcessRegressor(RBF(1.0), alpha=SN**2, optimizer=None).fit(i["X"], i[r"\mathbf{y}"])
    return gp.predict(i["X_*"], return_cov=True)


def marginal(r):
    k = RBF(1.0)(r.normal(size=(6, 2)))
    return {"K_f": k, r"\sigma_n": SN, r"\mathbf{y}": r.normal(size=6), "n": 6}


def evidence(i):
    return multivariate_normal(np.zeros(6), i["K_f"] + SN**2 * np.eye(6)).logpdf(i[r"\mathbf{y}"])


CHECKS = (
    Check("1", "sklearn.gaussian_process.kernels.RBF",
          lambda r: {r"\mathbf{x}_p": r.normal(size=3), r"\mathbf{x}_q": r.normal(size=3), r"\sigma_f": 1.3, r"\ell": 0.8},
          lambda i: 1.69 * RBF(0.8)(i[r"\mathbf{x}_p"][None], i[r"\mathbf{x}_q"][None])[0, 0]),
    Check("2", "sklearn.gaussian_process.GaussianProcessRegressor", data, lambda i: posterior(i)[0], "K as a function of two sets"),
    Check("3", "sklearn.gaussian_process.GaussianProcessRegressor", data, lambda i: posterior(i)[1], "K as a function of two sets"),
    Check("4", "scipy.stats.multivariate_normal.logpdf", marginal, evidence,
          derived=lambda i: {"K_y": i["K_f"] + SN**2 * np.eye(6)}),
)
