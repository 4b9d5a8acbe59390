"""Klambauer et al., Self-Normalizing Neural Networks, 2017 (arXiv:1706.02515)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors

CHECKS = (
    Check("1", "torch.nn.functional.selu", lambda r: {"x": r.normal(size=13) * 3}, lambda i: F.selu(*tensors(i, "x")),
          "constants from the prose"),
)
