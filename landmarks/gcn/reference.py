"""Kipf and Welling, Semi-Supervised Classification with Graph Convolutional Networks, 2016 (arXiv:1609.02907)."""

import numpy as np
import torch
from torch_geometric.nn import GCNConv

from landmarks._format import Check, tensors
from landmarks._graphs import edges, ring_with_chords


def conv(h, a, w):
    layer = GCNConv(*w.shape, bias=False).double()
    layer.lin.weight.data = w.T.contiguous()
    return layer(h, edges(a))


def rule(r):
    return {"A": ring_with_chords(), "H^{(l)}": r.normal(size=(6, 3)), "W^{(l)}": r.normal(size=(3, 2)),
            r"\sigma": torch.tanh, "N": 6}


def normalised(i):
    t = i["A"] + np.eye(6)
    return {r"\tilde{A}": t, r"\tilde{D}": np.diag(t.sum(1)), r"\hat{A}": t / np.sqrt(np.outer(t.sum(1), t.sum(1)))}


def model(r):
    return {"A": ring_with_chords(), "X": r.normal(size=(6, 3)), "W^{(0)}": r.normal(size=(3, 5)), "W^{(1)}": r.normal(size=(5, 4)),
            "N": 6, "Y": np.eye(4)[[0, 2, 1, 3, 3, 0]], r"\mathcal{Y}_L": np.isin(np.arange(6), [1, 3, 4]), "F": 4}


def forward(i):
    x, w0, w1 = tensors(i, "X", "W^{(0)}", "W^{(1)}")
    return conv(conv(x, i["A"], w0).relu(), i["A"], w1).log_softmax(-1)


def loss(i):
    y = torch.as_tensor(i["Y"].argmax(1))
    at = torch.as_tensor(i[r"\mathcal{Y}_L"])
    return torch.nn.functional.nll_loss(forward(i)[at], y[at], reduction="sum")


CHECKS = (
    Check("1", "torch_geometric.nn.GCNConv", rule,
          lambda i: torch.tanh(conv(torch.as_tensor(i["H^{(l)}"]), i["A"], torch.as_tensor(i["W^{(l)}"]))), derived=normalised),
    Check("2", "torch_geometric.nn.GCNConv", model, lambda i: forward(i).exp(), derived=normalised),
    Check("3", "torch.nn.functional.nll_loss", model, loss, derived=lambda i: {"Z": forward(i).exp().detach().numpy()}),
)
