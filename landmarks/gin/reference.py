"""Xu et al., How Powerful are Graph Neural Networks?, 2018 (arXiv:1810.00826)."""

import torch
from torch_geometric.nn import GINConv

from landmarks._format import Check, tensors
from landmarks._graphs import edges, neighbours, ring_with_chords


def mlp(x):
    return torch.tanh(x) + x**2


class Mlp(torch.nn.Module):
    def forward(self, x):
        return mlp(x)


def nodes(r):
    return {"h^{(k-1)}": r.normal(size=(6, 3)), r"\epsilon^{(k)}": 0.3, r"\mathcal{N}": neighbours(ring_with_chords()),
            r"\mathrm{MLP}^{(k)}": mlp}


def layer(i):
    return GINConv(Mlp(), eps=0.3).double()(*tensors(i, "h^{(k-1)}"), edges(ring_with_chords()))


CHECKS = (Check("1", "torch_geometric.nn.GINConv", nodes, layer),)
