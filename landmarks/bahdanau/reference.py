"""Bahdanau et al., Neural Machine Translation by Jointly Learning to Align and Translate, 2014 (arXiv:1409.0473)."""

import torch

from landmarks._format import Check, tensors


def states(r):
    return {"h": r.normal(size=(5, 6)), "s": r.normal(size=(4, 3)), "W_a": r.normal(size=(7, 3)),
            "U_a": r.normal(size=(7, 6)), "v_a": r.normal(size=7), "T_x": 5}


def energies(i):
    h, s, w, u, v = tensors(i, "h", "s", "W_a", "U_a", "v_a")
    return torch.tanh((s @ w.T)[:, None] + (h @ u.T)[None]) @ v


CHECKS = (
    Check("1", "torch.softmax", states, lambda i: energies(i).softmax(-1) @ torch.as_tensor(i["h"]), "through Eqs. 2 and 3"),
    Check("2", "torch.softmax", states, lambda i: energies(i).softmax(-1)),
    Check("3", "torch.tanh", states, energies),
)
