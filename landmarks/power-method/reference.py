"""von Mises and Pollaczek-Geiringer, 1929; Brin and Page, 1998."""

import networkx
import numpy as np

from landmarks._format import Check
from landmarks._graphs import ring_with_chords


def matrix(r):
    q, _ = np.linalg.qr(r.normal(size=(5, 5)))
    return {"A": q @ np.diag([4.0, 2.0, 1.0, 0.5, -1.0]) @ q.T, "b_0": r.normal(size=5), "N": 80, "n": 5}


def links(r):
    a = ring_with_chords()
    a[0, 1] = a[3, 0] = 0  # directed
    return {"M": (a / a.sum(1, keepdims=True)).T, "d": 0.85, "T": 200, "n": 6}


def ranks(i):
    graph = networkx.from_numpy_array(i["M"].T, create_using=networkx.DiGraph)
    scores = networkx.pagerank(graph, alpha=0.85, tol=1e-15, max_iter=1000)
    return [scores[v] for v in range(6)]


CHECKS = (
    Check("1", "numpy.linalg.eigvalsh", matrix, lambda i: np.linalg.eigvalsh(i["A"])[-1], "80 steps", kind="algorithm"),
    Check("2", "networkx.pagerank", links, ranks, "200 steps, default damping", kind="algorithm"),
)
