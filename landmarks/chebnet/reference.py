"""Defferrard et al., Convolutional Neural Networks on Graphs with Fast Localized Spectral Filtering, 2016 (arXiv:1606.09375)."""

import numpy as np
import torch
from torch_geometric.nn import ChebConv

from landmarks._format import Check
from landmarks._graphs import edges, ring_with_chords

A = ring_with_chords()


def scaled(lam):
    d = A.sum(1)
    return 2 * (np.eye(6) - A / np.sqrt(np.outer(d, d))) / lam - np.eye(6)


def signal(r):
    return {"W": A, "x": r.normal(size=6), r"\theta": r.normal(size=4), "K": 4, r"\lambda_{max}": 1.8, "n": 6,
            r"\tilde{L}": scaled(1.8)}


def filtered(i):
    conv = ChebConv(1, 1, K=4, bias=False).double()
    for lin, w in zip(conv.lins, i[r"\theta"], strict=True):
        lin.weight.data = torch.tensor([[w]])
    lam = torch.tensor(1.8, dtype=torch.float64)
    return conv(torch.as_tensor(i["x"])[:, None], edges(A), lambda_max=lam)[:, 0]


def polynomial(*arguments):
    """T_k of a diagonal matrix, its order before or after it."""
    matrix, k = sorted((torch.as_tensor(a) for a in arguments), key=lambda a: -a.ndim)
    return torch.diag(torch.cos(k * torch.arccos(torch.diagonal(matrix))))


def basis(i):
    x = [i["x"], i[r"\tilde{L}"] @ i["x"]]
    for _ in range(2):
        x.append(2 * i[r"\tilde{L}"] @ x[-1] - x[-2])
    return {r"\bar{x}": np.stack(x)}


CHECKS = (
    Check("1", "numpy.polynomial.chebyshev.chebval",
          lambda r: {r"\Lambda": np.diag(np.sort(r.uniform(0, 1.8, 6))), r"\theta": r.normal(size=4), "K": 4,
                     r"\lambda_{max}": 1.8, "n": 6, "I_n": np.eye(6)},
          lambda i: np.diag(np.polynomial.chebyshev.chebval(2 * np.diag(i[r"\Lambda"]) / 1.8 - 1, i[r"\theta"])),
          derived=lambda i: {r"\tilde{\Lambda}": 2 * i[r"\Lambda"] / 1.8 - np.eye(6), "T": polynomial}),
    Check("3", "torch_geometric.nn.ChebConv", signal, filtered, "a matrix of columns by an ellipsis", derived=basis),
)
