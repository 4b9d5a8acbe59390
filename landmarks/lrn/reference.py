"""Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks, 2012."""

from torch.nn import functional as F

from landmarks._format import Check, tensors


def normalise(i):
    (a,) = tensors(i, "a")  # torch divides alpha by the window's size
    return F.local_response_norm(a[None], 5, alpha=5 * i[r"\alpha"], beta=0.6, k=1.5)[0]


CHECKS = (
    Check("1", "torch.nn.functional.local_response_norm",
          lambda r: {"a": r.normal(size=(11, 3, 2)), "n": 4, "k": 1.5, r"\alpha": 0.3, r"\beta": 0.6, "N": 11},
          normalise, "an even n, so that n/2 is exact: windows of n + 1 maps"),
)
