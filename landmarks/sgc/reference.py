"""Wu et al., Simplifying Graph Convolutional Networks, 2019 (arXiv:1902.07153)."""

import numpy as np
import torch
from torch_geometric.nn import SGConv
from torch_geometric.utils import to_dense_adj
from torch_geometric.nn.conv.gcn_conv import gcn_norm

from landmarks._format import Check, tensors
from landmarks._graphs import edges, ring_with_chords


def graph(r):
    a = ring_with_chords()
    return {r"\mathbf{A}": a, r"\mathbf{X}": r.normal(size=(6, 3)), r"\mathbf{\Theta}": r.normal(size=(3, 4)), "K": 3}


def degrees(i):
    t = i[r"\mathbf{A}"] + np.eye(6)
    return {r"\tilde{\mathbf{A}}": t, r"\tilde{\mathbf{D}}": np.diag(t.sum(1))}


def propagation(i):
    index, weight = gcn_norm(edges(i[r"\mathbf{A}"]), num_nodes=6, dtype=torch.float64)
    return to_dense_adj(index, edge_attr=weight)[0]


def classifier(i):
    x, theta = tensors(i, r"\mathbf{X}", r"\mathbf{\Theta}")
    conv = SGConv(3, 4, K=3, bias=False).double()
    conv.lin.weight.data = theta.T.contiguous()
    return conv(x, edges(i[r"\mathbf{A}"])).softmax(-1)


CHECKS = (
    Check("1", "torch_geometric.nn.conv.gcn_conv.gcn_norm", graph, propagation, derived=degrees),
    Check("2", "torch_geometric.nn.SGConv", graph, classifier,
          derived=lambda i: degrees(i) | {r"\mathbf{S}": propagation(i).numpy()}),
)
