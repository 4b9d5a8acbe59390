"""Appleyard et al., Optimizing Performance of Recurrent Neural Networks on GPUs, 2016 (arXiv:1604.01946)."""

import torch

from landmarks._format import Check, tensors

N, D = 3, 5
GATES = ("r", "i", "h")  # torch's order


def cell(r):
    out = {"x_t": r.normal(size=D), "h_{t-1}": r.normal(size=N)}
    for g in GATES:
        out |= {f"W_{g}": r.normal(size=(N, D)), f"R_{g}": r.normal(size=(N, N)),
                f"b_{{W{g}}}": r.normal(size=N), f"b_{{R{g}}}": r.normal(size=N)}
    return out


def step(i):
    gru = torch.nn.GRUCell(D, N).double()
    gru.load_state_dict({
        "weight_ih": torch.cat(tensors(i, *(f"W_{g}" for g in GATES))),
        "weight_hh": torch.cat(tensors(i, *(f"R_{g}" for g in GATES))),
        "bias_ih": torch.cat(tensors(i, *(f"b_{{W{g}}}" for g in GATES))),
        "bias_hh": torch.cat(tensors(i, *(f"b_{{R{g}}}" for g in GATES))),
    })
    return gru(*tensors(i, "x_t", "h_{t-1}"))


def gate(g):
    def run(i):
        w, x, u, h, b, c = tensors(i, f"W_{g}", "x_t", f"R_{g}", "h_{t-1}", f"b_{{W{g}}}", f"b_{{R{g}}}")
        return torch.sigmoid(torch.nn.functional.linear(x, w, b) + torch.nn.functional.linear(h, u, c))

    return run


def candidate(i):
    """From h = (1 - i) h' + i h_{t-1}."""
    z, h = gate("i")(i), torch.as_tensor(i["h_{t-1}"])
    return (step(i) - z * h) / (1 - z)


CHECKS = (
    Check("1", "torch.nn.functional.linear", cell, gate("i")),
    Check("2", "torch.nn.functional.linear", cell, gate("r")),
    Check("3", "torch.nn.GRUCell", cell, candidate, "through Eq. 2"),
    Check("4", "torch.nn.GRUCell", cell, step, "through Eqs. 1-3", derived=lambda i: {"h'_t": candidate(i), "i_t": gate("i")(i)}),
)
