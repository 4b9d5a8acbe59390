"""Small seeded graphs, as the matrices that papers print and as the edge lists that torch_geometric reads."""

from __future__ import annotations

import numpy as np
import torch


def ring_with_chords(nodes: int = 6) -> np.ndarray:
    """A connected undirected graph without self-loops, degrees not all equal: adjacency (nodes, nodes)."""
    a = np.zeros((nodes, nodes))
    for v in range(nodes):
        a[v, (v + 1) % nodes] = 1
    a[0, 2] = a[0, 3] = a[1, 4] = 1
    return np.maximum(a, a.T)


def edges(adjacency: np.ndarray) -> torch.Tensor:
    """Edge list (2, edges) of an adjacency matrix."""
    return torch.as_tensor(np.stack(np.nonzero(adjacency)))


def neighbours(adjacency: np.ndarray, loops: bool = False) -> np.ndarray:
    """The neighbourhood of each node as a boolean mask (nodes, nodes), optionally with the node itself."""
    return (adjacency + np.eye(len(adjacency)) if loops else adjacency) > 0
