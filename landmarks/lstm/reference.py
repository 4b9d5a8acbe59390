"""Hochreiter and Schmidhuber, Long Short-Term Memory, 1997, with the forget gate of Gers et al., 2000."""

import torch

from landmarks._format import Check, tensors

N, D = 3, 5
GATES = ("i", "f", "C", "o")  # torch's order


def cell(r):
    out = {"x_t": r.normal(size=D), "h_{t-1}": r.normal(size=N), "C_{t-1}": r.normal(size=N)}
    for g in GATES:
        out |= {f"W_{g}": r.normal(size=(N, N + D)), f"b_{g}": r.normal(size=N)}
    return out


def step(i):
    x, h, c = tensors(i, "x_t", "h_{t-1}", "C_{t-1}")
    w = torch.cat(tensors(i, *(f"W_{g}" for g in GATES)))
    b = torch.cat(tensors(i, *(f"b_{g}" for g in GATES)))
    lstm = torch.nn.LSTMCell(D, N).double()
    lstm.load_state_dict({"weight_ih": w[:, N:], "weight_hh": w[:, :N], "bias_ih": b, "bias_hh": 0 * b})
    return lstm(x, (h, c))


CHECKS = (
    Check("1", "torch.sigmoid", cell,
          lambda i: torch.sigmoid(torch.as_tensor(i["W_f"]) @ torch.cat(tensors(i, "h_{t-1}", "x_t")) + torch.as_tensor(i["b_f"]))),
    Check("4", "torch.nn.LSTMCell", cell, lambda i: step(i)[1], "the cell state through Eqs. 1-3"),
    Check("6", "torch.nn.LSTMCell", cell, lambda i: step(i)[0], "the output through Eqs. 1-5"),
)
