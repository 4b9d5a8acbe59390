"""Hendrycks and Gimpel, Gaussian Error Linear Units, 2016 (arXiv:1606.08415)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors


def points(r):
    return {"x": r.normal(size=13) * 3}


CHECKS = (
    Check("1", "torch.nn.functional.gelu", points, lambda i: F.gelu(*tensors(i, "x"))),
    Check("2", "torch.nn.functional.gelu(approximate='tanh')", points,
          lambda i: F.gelu(*tensors(i, "x"), approximate="tanh"), "no left side"),
    Check("3", "transformers.activations.QuickGELUActivation", points, lambda i: _quick(*tensors(i, "x")), "no left side"),
)


def _quick(x):
    from transformers.activations import QuickGELUActivation

    return QuickGELUActivation()(x)
