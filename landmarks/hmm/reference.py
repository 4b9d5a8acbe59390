"""Viterbi, 1967; notation of Rabiner, 1989. The best path is a shortest path, which scipy's Dijkstra finds."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from landmarks._format import Check

T, K = 55, 3


def model(r):
    return {r"\pi": r.dirichlet([2.0] * K), "A": r.dirichlet([2.0] * K, size=K), "B": r.dirichlet([2.0] * 4, size=K),
            "o": r.integers(0, 4, size=T), "K": K, "T": T}


def best_path(i):
    node = lambda t, k: 1 + t * K + k  # noqa: E731
    end = 1 + T * K
    rows, cols, cost = [], [], []
    for k in range(K):
        rows.append(0), cols.append(node(0, k)), cost.append(-np.log(i[r"\pi"][k] * i["B"][k, i["o"][0]]))
        rows.append(node(T - 1, k)), cols.append(end), cost.append(1e-300)
        for t in range(1, T):
            for j in range(K):
                rows.append(node(t - 1, j)), cols.append(node(t, k))
                cost.append(-np.log(i["A"][j, k] * i["B"][k, i["o"][t]]))
    graph = coo_array((cost, (rows, cols)), shape=(end + 1, end + 1)).tocsr()
    _, parent = dijkstra(graph, indices=0, return_predecessors=True)
    path, at = [], parent[end]
    while at > 0:
        path.append((at - 1) % K)
        at = parent[at]
    return path[::-1]


CHECKS = (Check("1", "scipy.sparse.csgraph.dijkstra", model, best_path, "55 observations, zero-based states", kind="algorithm"),)
