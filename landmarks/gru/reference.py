"""Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014 (arXiv:1406.1078).

torch.nn.GRUCell resets after the recurrent product; with a diagonal U the two agree, so Eq. (3) is checked there.
"""

import numpy as np
import torch

from landmarks._format import Check, tensors

P = r"\mathbf{h}_{\left< t-1 \right>}"


def cell(r):
    h = r.normal(size=3)  # printed with the step below and above
    out = {r"\mathbf{x}": r.normal(size=5), P: h, r"h^{\left< t-1 \right>}": h, r"\phi": torch.tanh}
    for g in ("_r", "_z", ""):
        out |= {rf"\mathbf{{W}}{g}": r.normal(size=(3, 5)),
                rf"\mathbf{{U}}{g}": r.normal(size=(3, 3)) if g else np.diag(r.normal(size=3))}
    return out


def step(i):
    gru = torch.nn.GRUCell(5, 3, bias=False).double()
    gru.load_state_dict({f"weight_{k}": torch.cat(tensors(i, *(rf"\mathbf{{{s}}}{g}" for g in ("_r", "_z", ""))))
                         for k, s in (("ih", "W"), ("hh", "U"))})
    return gru(*tensors(i, r"\mathbf{x}", P))


def gate(i):
    w, x, u, h = tensors(i, r"\mathbf{W}_r", r"\mathbf{x}", r"\mathbf{U}_r", P)
    return torch.sigmoid(w @ x + u @ h)


CHECKS = (
    Check("1", "torch.sigmoid", cell, gate),
    Check("3", "torch.nn.GRUCell", cell, step, "angle-bracket time superscripts"),
)
