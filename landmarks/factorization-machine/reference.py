"""Rendle, Factorization Machines, 2010."""

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

from landmarks._format import Check


def model(r):
    v = r.normal(size=(6, 3))
    return {"w_0": 0.4, r"\mathbf{w}": r.normal(size=6), r"\mathbf{v}": v, "v": v, r"\mathbf{V}": v, r"\mathbf{x}": r.normal(size=6),
            "n": 6, "k": 3}


def crossed(i):
    pairs = PolynomialFeatures(2, interaction_only=True, include_bias=False).fit_transform(i[r"\mathbf{x}"][None])[0, 6:]
    return pairs @ (i["v"] @ i["v"].T)[np.triu_indices(6, 1)]


CHECKS = (
    Check("1", "sklearn.preprocessing.PolynomialFeatures", model, lambda i: 0.4 + i[r"\mathbf{w}"] @ i[r"\mathbf{x}"] + crossed(i)),
    Check("3", "sklearn.preprocessing.PolynomialFeatures", model, crossed, "an identity continued over a row"),
)
