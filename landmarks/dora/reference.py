"""Liu et al., DoRA: Weight-Decomposed Low-Rank Adaptation, 2024 (arXiv:2402.09353), with LoRA (arXiv:2106.09685)."""

import torch

from landmarks._format import Check, tensors


def weights(r):
    return {"W_0": r.normal(size=(5, 4)), "B": r.normal(size=(5, 2)), "A": r.normal(size=(2, 4)), "m": r.normal(size=(1, 4))}


def low_rank(i):
    return torch.addmm(*tensors(i, "W_0", "B", "A"))


CHECKS = (
    Check("1", "torch.addmm", weights, low_rank, derived=lambda i: {r"\Delta W": i["B"] @ i["A"]}),
    Check("2", "torch._weight_norm", weights, lambda i: torch._weight_norm(low_rank(i), *tensors(i, "m"), 1), "a norm by columns",
          derived=lambda i: {"V": i["W_0"], r"\Delta V": i["B"] @ i["A"]}),
)
