"""Wu and He, Group Normalization, 2018 (arXiv:1803.08494)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors

CHECKS = (
    Check("1", "torch.nn.functional.group_norm",
          lambda r: {"x": r.normal(size=(2, 6, 3, 5)), "G": 3, r"\epsilon": 1e-5, "C": 6},
          lambda i: F.group_norm(*tensors(i, "x"), 3, eps=1e-5), "sets of 4-vectors as indices"),
)
