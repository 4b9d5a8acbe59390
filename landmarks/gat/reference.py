"""Velickovic et al., Graph Attention Networks, 2017 (arXiv:1710.10903)."""

import numpy as np
import torch
from torch_geometric.nn import GATConv

from landmarks._format import Check, tensors
from landmarks._graphs import edges, neighbours, ring_with_chords

H, W, A = r"\vec{h}", r"\mathbf{W}", r"\vec{\mathbf{a}}"


def nodes(r):
    return {H: r.normal(size=(6, 3)), W: r.normal(size=(2, 3)), A: r.normal(size=4),
            r"\mathcal{N}": neighbours(ring_with_chords(), loops=True), r"\sigma": torch.tanh, "N": 6}


def layer(i):
    h, w, a = tensors(i, H, W, A)
    gat = GATConv(3, 2, heads=1, bias=False, negative_slope=0.2).double()
    gat.lin.weight.data = w  # torch_geometric: alpha_dst (the centre) + alpha_src (the neighbour)
    gat.att_dst.data, gat.att_src.data = a[None, None, :2], a[None, None, 2:]
    return gat(h, edges(ring_with_chords()), return_attention_weights=True)


def coefficients(i):
    _, (index, alpha) = layer(i)
    out = np.full((6, 6), np.nan)  # outside a neighbourhood nothing is said
    out[index[1].numpy(), index[0].numpy()] = alpha[:, 0].detach().numpy()
    return out


CHECKS = (
    Check("1", "torch_geometric.nn.GATConv attention weights", nodes, coefficients),
    Check("2", "torch_geometric.nn.GATConv", nodes, lambda i: torch.tanh(layer(i)[0])),
)
