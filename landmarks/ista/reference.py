"""Beck and Teboulle, A Fast Iterative Shrinkage-Thresholding Algorithm, 2009. It converges to the lasso's solution."""

import numpy as np
import torch
from sklearn.linear_model import Lasso
from torch.nn import functional as F

from landmarks._format import Check

A, B = r"\mathbf{A}", r"\mathbf{b}"


def regression(r):
    a = np.linalg.qr(r.normal(size=(12, 4)))[0] * [1.0, 1.2, 0.9, 1.1]
    return {A: a, B: r.normal(size=12), r"\lambda": 0.3, "L": 2 * np.linalg.norm(a, 2) ** 2, "N": 400, "n": 4}


def lasso(i):
    return Lasso(alpha=0.3 / 24, fit_intercept=False, tol=1e-16, max_iter=100_000).fit(i[A], i[B]).coef_


CHECKS = (
    Check("1", "torch.nn.functional.softshrink", lambda r: {r"\mathbf{x}": r.normal(size=9), "x": r.normal(size=9), r"\alpha": 0.5} | (lambda x: {r"\mathbf{x}": x, "x": x})(r.normal(size=9)),
          lambda i: F.softshrink(torch.as_tensor(i["x"]), 0.5)),
    Check("1", "sklearn.linear_model.Lasso", regression, lasso, "400 steps, to the solution", kind="algorithm"),
)
