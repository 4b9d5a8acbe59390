"""Shalev-Shwartz et al., Pegasos, 2007."""

import numpy as np
from sklearn.metrics import hinge_loss

from landmarks._format import Check


def example(r):
    return {r"\mathbf{w}": r.normal(size=3), r"\mathbf{x}": r.normal(size=3), "y": -1}


def hinge(i):
    score = i[r"\mathbf{w}"] @ i[r"\mathbf{x}"]
    return hinge_loss([-1], [score], labels=np.array([-1, 1]))


CHECKS = (Check("2", "sklearn.metrics.hinge_loss", example, hinge, "braces as the brackets of max"),)
