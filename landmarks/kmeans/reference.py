"""Lloyd, Least Squares Quantization in PCM, 1982; notation of Bishop, 2006."""

import numpy as np
from sklearn.cluster import KMeans

from landmarks._format import Check

X, MU = r"\mathbf{x}", r"\boldsymbol{\mu}"


def points(r):
    centres = np.array([[0.0, 4.0], [4.0, 0.0], [-4.0, -4.0]])
    x = np.concatenate([c + r.normal(size=(7, 2)) for c in centres])
    mu = x[[0, 8, 20]]
    return {X: x, MU: mu, "r": np.eye(3)[assign(x, mu)], "N": 21, "K": 3, "T": 50, "D": 2}


def assign(x, mu):
    model = KMeans(3, init=mu, n_init=1, max_iter=1).fit(x)
    model.cluster_centers_ = mu
    return model.predict(x)


def distortion(i):
    model = KMeans(3, init=i[MU], n_init=1, max_iter=1).fit(i[X])
    model.cluster_centers_ = i[MU]
    return -model.score(i[X])


def updated(i):
    return KMeans(3, init=i[MU], n_init=1, max_iter=50, tol=0).fit(i[X]).cluster_centers_


def settled(r):
    """At the fixed point J is the same whether the centres are given or computed from the indicators."""
    i = points(r)
    model = KMeans(3, init=i[MU], n_init=1, max_iter=50, tol=0).fit(i[X])
    return i | {MU: model.cluster_centers_, "r": np.eye(3)[model.labels_]}


CHECKS = (
    Check("1", "sklearn.cluster.KMeans.score", settled, distortion),
    Check("2", "sklearn.cluster.KMeans.predict", settled, lambda i: np.eye(3)[assign(i[X], i[MU])]),
    Check("3", "sklearn.cluster.KMeans", settled, updated),
    Check("1", "sklearn.cluster.KMeans", points, lambda i: KMeans(3, init=i[MU], n_init=1, max_iter=50, tol=0).fit(i[X]).cluster_centers_,
          "50 iterations", kind="algorithm"),
)
