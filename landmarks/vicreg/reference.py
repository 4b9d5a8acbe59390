"""Bardes et al., VICReg, 2021 (arXiv:2105.04906)."""

import numpy as np
import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def batches(r):
    z, y = r.normal(size=(2, 7, 4)) * 0.8
    return {"Z": z, "Z'": y, "z": z, "z'": y, "n": 7, "d": 4}


def variance(z, correction=1):
    return F.relu(1 - torch.sqrt(torch.var(z, dim=0, correction=correction) + 1e-4)).mean()


def covariance(z):
    c = torch.cov(z.T)
    return (c.square().sum() - c.diagonal().square().sum()) / 4


def invariance(i):
    z, y = tensors(i, "Z", "Z'")
    return 4 * F.mse_loss(z, y)


def total(i, correction=1):
    z, y = tensors(i, "Z", "Z'")
    return 25 * invariance(i) + 25 * (variance(z, correction) + variance(y, correction)) + covariance(z) + covariance(y)


CHECKS = (
    Check("1", "torch.var", batches, lambda i: variance(*tensors(i, "Z")), "the variance's correction is not printed",
          also=lambda i: variance(*tensors(i, "Z"), correction=0)),
    Check("3", "numpy.cov", batches, lambda i: np.cov(i["Z"], rowvar=False)),
    Check("4", "torch.cov", batches, lambda i: covariance(*tensors(i, "Z"))),
    Check("5", "torch.nn.functional.mse_loss", batches, invariance),
    Check("6", "torch.var, torch.cov", batches, total, also=lambda i: total(i, correction=0)),
)
