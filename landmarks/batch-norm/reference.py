"""Ioffe and Szegedy, Batch Normalization, 2015 (arXiv:1502.03167)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors


def transform(i):
    (x,) = tensors(i, "x")
    g, b = (x.new_tensor([i[s]]) for s in (r"\gamma", r"\beta"))
    return F.batch_norm(x[:, None], None, None, g, b, training=True, eps=i[r"\epsilon"])[:, 0]


CHECKS = (
    Check("1", "torch.nn.functional.batch_norm",
          lambda r: {"x": r.normal(size=11), r"\gamma": 1.7, r"\beta": -0.3, r"\epsilon": 1e-3, "m": 11},
          transform, kind="algorithm"),
)
