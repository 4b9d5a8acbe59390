"""Mikolov et al., 2013 (arXiv:1310.4546) and Pennington et al., GloVe, 2014."""

import numpy as np
import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def words(r):
    return {"v": r.normal(size=(7, 3)), "v'": r.normal(size=(7, 3)), "w_O": 2, "w_I": 4, "W": 7}


def skip_gram(i):
    v, u = tensors(i, "v", "v'")
    return F.softmax(u @ v[4], -1)[2]


def counts(r):
    return {"X": r.uniform(0.5, 200, size=(5, 5)), "w": r.normal(size=(5, 3)), r"\tilde w": r.normal(size=(5, 3)), "b": r.normal(size=5),
            r"\tilde b": r.normal(size=5), "V": 5}


def glove(i):
    x, w, c, b, d = tensors(i, "X", "w", r"\tilde w", "b", r"\tilde b")
    return F.mse_loss(w @ c.T + b[:, None] + d[None], x.log(), weight=(x / 100).clamp(max=1) ** 0.75, reduction="sum")


CHECKS = (
    Check("1", "torch.nn.functional.softmax", words, skip_gram, "subscripted subscripts",
          derived=lambda i: {"v'_{w_O}": i["v'"][2], "v_{w_I}": i["v"][4]}),
    Check("2", "torch.nn.functional.mse_loss(weight)", counts, glove, "through Eq. 3, with its defaults"),
    Check("3", "torch.clamp", lambda r: {"x": np.array([3.0, 99.0, 150.0])},
          lambda i: (torch.as_tensor(i["x"]) / 100).clamp(max=1) ** 0.75),
)
