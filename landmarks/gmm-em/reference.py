"""Dempster et al., 1977; notation of Bishop, Pattern Recognition and Machine Learning, 2006."""

import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

from landmarks._format import Check

X, MU, S = r"\mathbf{x}", r"\boldsymbol{\mu}", r"\boldsymbol{\Sigma}"


def mixture(r):
    x = np.concatenate([r.normal(size=(15, 2)) + [2, 0], r.normal(size=(15, 2)) * 0.7 - [1, 1]])
    return {X: x, MU: np.array([[1.0, 0.5], [-1.0, 0.0]]), S: np.stack([np.eye(2), np.diag([1.5, 0.5])]), r"\pi": np.array([0.4, 0.6]),
            "N": 30, "K": 2, "T": 50, "D": 2}


def model(i, steps=1):
    gm = GaussianMixture(2, weights_init=i[r"\pi"], means_init=i[MU], precisions_init=np.linalg.inv(i[S]), max_iter=steps, tol=0.0, reg_covar=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gm.fit(i[X])
    return gm


def given(i):
    gm = model(i)
    gm.weights_, gm.means_, gm.covariances_ = i[r"\pi"], i[MU], i[S]
    gm.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(i[S]))
    return gm


CHECKS = (
    Check("1", "sklearn.mixture.GaussianMixture.predict_proba", mixture, lambda i: given(i).predict_proba(i[X]), "densities by name"),
    Check("2", "sklearn.mixture.GaussianMixture.score", mixture, lambda i: 30 * given(i).score(i[X])),
    Check("1", "sklearn.mixture.GaussianMixture", mixture, lambda i: model(i, 50).means_, "50 iterations", kind="algorithm"),
)
