"""Meng et al., SimPO, 2024 (arXiv:2405.14734), with the reward model of Ouyang et al., 2022 (arXiv:2203.02155)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def comparisons(r):
    return {"x": r.normal(size=7), "y_w": r.normal(size=7), "y_l": r.normal(size=7), "K": 4, r"r_\theta": lambda x, y: x * y + y**2}


def ranking(i):
    x, w, l = tensors(i, "x", "y_w", "y_l")  # noqa: E741
    return F.softplus(-(x * w + w**2 - x * l - l**2)).mean() / 6


CHECKS = (Check("2", "torch.nn.functional.softplus", comparisons, ranking, "a binomial coefficient, an expectation by a plain E",
                derived=lambda i: {r"\sigma": torch.sigmoid}),)
