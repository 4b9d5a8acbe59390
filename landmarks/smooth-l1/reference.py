"""Girshick, Fast R-CNN, 2015 (arXiv:1504.08083)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors

CHECKS = (
    Check("1", "torch.nn.functional.smooth_l1_loss", lambda r: {"t^u": r.normal(size=4) * 2, "v": r.normal(size=4)},
          lambda i: F.smooth_l1_loss(*tensors(i, "t^u", "v"), reduction="sum"), "a sum over a set of names"),
    Check("2", "torch.nn.functional.smooth_l1_loss", lambda r: {"x": r.normal(size=9) * 2},
          lambda i: F.smooth_l1_loss(tensors(i, "x")[0], 0 * tensors(i, "x")[0], reduction="none")),
)
