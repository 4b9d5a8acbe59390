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


def gate(g, activation=torch.sigmoid):
    def run(i):
        w, b = tensors(i, f"W_{g}", f"b_{g}")
        return activation(torch.nn.functional.linear(torch.cat(tensors(i, "h_{t-1}", "x_t")), w, b))

    return run


def derived(i):
    return {"C_t": step(i)[1], r"\tilde{C}_t": gate("C", torch.tanh)(i), "f_t": gate("f")(i), "i_t": gate("i")(i), "o_t": gate("o")(i)}


CHECKS = (
    Check("1", "torch.nn.functional.linear", cell, gate("f")),
    Check("2", "torch.nn.functional.linear", cell, gate("i")),
    Check("3", "torch.nn.functional.linear", cell, gate("C", torch.tanh)),
    Check("4", "torch.nn.LSTMCell", cell, lambda i: step(i)[1], "the cell state through Eqs. 1-3", derived=derived),
    Check("5", "torch.nn.functional.linear", cell, gate("o")),
    Check("6", "torch.nn.LSTMCell", cell, lambda i: step(i)[0], "the output through Eqs. 1-5", derived=derived),
)
