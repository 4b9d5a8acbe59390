"""Liu et al., Swin Transformer V2, 2021 (arXiv:2111.09883)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def window(r):
    return {"Q": r.normal(size=(4, 3)), "K": r.normal(size=(4, 3)), "V": r.normal(size=(4, 3)), "B": r.normal(size=(4, 4)), "d": 3}


def attention(i):
    q, k, v, b = tensors(i, "Q", "K", "V", "B")
    return F.scaled_dot_product_attention(q[None], k[None], v[None], attn_mask=b[None])[0]


def cosine(i):
    q, k, b = tensors(i, r"\mathbf{q}", r"\mathbf{k}", "B")
    return F.cosine_similarity(q[:, None], k[None], dim=-1) / 0.2 + b


CHECKS = (
    Check("1", "torch.nn.functional.scaled_dot_product_attention(attn_mask)", window, attention),
    Check("2", "torch.nn.functional.cosine_similarity",
          lambda r: {r"\mathbf{q}": r.normal(size=(5, 3)), r"\mathbf{k}": r.normal(size=(5, 3)), "B": r.normal(size=(5, 5)), r"\tau": 0.2},
          cosine),
    Check("3", "torch.log1p", lambda r: {r"\Delta x": r.normal(size=7) * 4, r"\Delta y": r.normal(size=7)},
          lambda i: (lambda x: x.sign() * x.abs().log1p())(*tensors(i, r"\Delta x")), "two statements in a number", defines=r"\widehat{\Delta x}"),
)
