"""Rosenblatt, The Perceptron, 1958."""

import numpy as np
from sklearn.linear_model import Perceptron

from landmarks._format import Check


def examples(r):
    x = r.normal(size=(20, 3))
    return {"x": x, "y": np.where(x @ [1.0, -2.0, 0.5] + 0.3 * r.normal(size=20) > 0, 1.0, -1.0), "T": 4, "m": 20, "n": 3}


def weights(i):
    model = Perceptron(fit_intercept=False, shuffle=False, max_iter=4, tol=None)
    return model.fit(i["x"], i["y"]).coef_[0]


CHECKS = (Check("1", "sklearn.linear_model.Perceptron", examples, weights, "80 updates", kind="algorithm"),)
