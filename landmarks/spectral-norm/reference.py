"""Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018 (arXiv:1802.05957)."""

import torch

from landmarks._format import Check, tensors


def matrix(r):
    return {"W": r.normal(size=(5, 3)), "A": r.normal(size=(5, 3))}


CHECKS = (
    Check("1", "torch.linalg.matrix_norm(ord=2)", matrix, lambda i: torch.linalg.matrix_norm(*tensors(i, "A"), 2),
          "a maximum over a continuous set: known as an operator norm"),
    Check("2", "torch.linalg.matrix_norm(ord=2)", matrix,
          lambda i: tensors(i, "W")[0] / torch.linalg.matrix_norm(*tensors(i, "W"), 2), "through Eq. 1",
          derived=lambda i: {r"\sigma": lambda w: torch.linalg.matrix_norm(w, 2)}),
)
