"""He et al., Delving Deep into Rectifiers, 2015 (arXiv:1502.01852)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def channels(i):
    y, a = tensors(i, "y", "a")
    return F.prelu(y[None], a)[0]


CHECKS = (
    Check("1", "torch.nn.functional.prelu", lambda r: {"y": r.normal(size=11), "a": r.uniform(size=11)}, channels),
)
