"""Ulyanov et al., Instance Normalization: The Missing Ingredient for Fast Stylization, 2016 (arXiv:1607.08022)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors


def images(r):
    return {"x": r.normal(size=(2, 3, 5, 7)), r"\epsilon": 1e-4, "T": 2, "W": 5, "H": 7}


CHECKS = (
    Check("1", "torch.nn.functional.batch_norm", images,
          lambda i: F.batch_norm(*tensors(i, "x"), None, None, training=True, eps=1e-4), "three statements in a display"),
    Check("2", "torch.nn.functional.instance_norm", images, lambda i: F.instance_norm(*tensors(i, "x"), eps=1e-4)),
)
