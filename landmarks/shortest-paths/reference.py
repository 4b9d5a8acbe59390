"""Floyd, Algorithm 97: Shortest Path, 1962."""

import numpy as np
from scipy.sparse.csgraph import floyd_warshall

from landmarks._format import Check


def weights(r):
    d = r.uniform(0.1, 3, size=(7, 7))
    np.fill_diagonal(d, 0)
    return {"D": d, "n": 7}


CHECKS = (Check("1", "scipy.sparse.csgraph.floyd_warshall", weights, lambda i: floyd_warshall(i["D"]), "an order that matters", kind="algorithm"),)
