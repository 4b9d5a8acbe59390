"""Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units, 2015 (arXiv:1511.07289)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors

CHECKS = (
    Check("1", "torch.nn.functional.elu", lambda r: {"x": r.normal(size=13) * 3, r"\alpha": 0.7},
          lambda i: F.elu(*tensors(i, "x"), alpha=0.7), "array in place of cases; the derivative stands beside it"),
)
