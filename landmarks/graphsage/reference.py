"""Hamilton et al., Inductive Representation Learning on Large Graphs, 2017 (arXiv:1706.02216).

Eq. (1) lacks a closing parenthesis, as the original prints it.
"""

import torch
from torch_geometric.nn import SAGEConv

from landmarks._format import Check, tensors
from landmarks._graphs import edges, neighbours, ring_with_chords

A = ring_with_chords()


def nodes(r):
    return {r"\mathbf{h}^{k-1}": r.normal(size=(6, 3)), r"\mathbf{W}": r.normal(size=(2, 3)), r"\sigma": torch.tanh,
            r"\mathcal{N}": neighbours(A)}


def mean_layer(i):
    h, w = tensors(i, r"\mathbf{h}^{k-1}", r"\mathbf{W}")
    sage = SAGEConv(3, 2, root_weight=False, bias=False).double()
    sage.lin_l.weight.data = w
    return torch.tanh(sage(h, edges(A + torch.eye(6).numpy())))


def stack(r):
    mean = lambda h: h.mean(0)  # noqa: E731
    return {r"\mathbf{x}": r.normal(size=(6, 3)), r"\mathbf{W}": r.normal(size=(2, 3, 6)), r"\sigma": torch.tanh, "K": 2,
            r"\mathcal{N}": neighbours(A), r"\mathcal{V}": list(range(6)), r"\mathrm{aggregate}": mean}


def embed(i):
    h, w = tensors(i, r"\mathbf{x}", r"\mathbf{W}")
    for k in range(2):
        sage = SAGEConv(3, 3, bias=False).double()
        sage.lin_r.weight.data, sage.lin_l.weight.data = w[k][:, :3].contiguous(), w[k][:, 3:].contiguous()
        h = torch.nn.functional.normalize(torch.tanh(sage(h, edges(A))), dim=-1, eps=0.0)
    return h


CHECKS = (
    Check("1", "torch_geometric.nn.SAGEConv", nodes, mean_layer, "an unbalanced parenthesis in print"),
    Check("1", "torch_geometric.nn.SAGEConv", lambda r: stack(r) | {r"\mathbf{W}": r.normal(size=(2, 3, 6))}, embed, kind="algorithm"),
)
