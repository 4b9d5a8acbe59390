"""Vaswani et al., Attention Is All You Need, 2017 (arXiv:1706.03762)."""

import numpy as np
import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors

H, D, DK = 2, 6, 3


def attention(i):
    q, k, v = tensors(i, "Q", "K", "V")
    return F.scaled_dot_product_attention(q[None], k[None], v[None])[0]


def heads(r):
    return {
        "Q": r.normal(size=(5, D)), "K": r.normal(size=(7, D)), "V": r.normal(size=(7, D)),
        "W^Q": r.normal(size=(H, D, DK)), "W^K": r.normal(size=(H, D, DK)), "W^V": r.normal(size=(H, D, DK)),
        "W^O": r.normal(size=(H * DK, D)), "h": H, "d_k": DK, "d_v": DK, r"d_{\text{model}}": D,
    }


def multi_head(i):
    q, k, v, wq, wk, wv, wo = tensors(i, "Q", "K", "V", "W^Q", "W^K", "W^V", "W^O")
    rows = [w.permute(0, 2, 1).reshape(H * DK, D) for w in (wq, wk, wv)]
    out, _ = F.multi_head_attention_forward(
        q[:, None], k[:, None], v[:, None], D, H, torch.cat(rows), None, None, None, False, 0.0, wo.T, None,
        training=False, need_weights=False,
    )
    return out[:, 0]


def feed_forward(i):
    x, w1, b1, w2, b2 = tensors(i, "x", "W_1", "b_1", "W_2", "b_2")
    return F.linear(F.relu(F.linear(x, w1.T, b1)), w2.T, b2)


def noam(i):
    step = int(i[r"step\_num"])
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=512**-0.5)
    schedule = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: min(max(s, 1) ** -0.5, s * 4000**-1.5))
    for _ in range(step):
        opt.step()
        schedule.step()
    return schedule.get_last_lr()[0]


CHECKS = (
    Check("1", "torch.nn.functional.scaled_dot_product_attention",
          lambda r: {"Q": r.normal(size=(5, 3)), "K": r.normal(size=(7, 3)), "V": r.normal(size=(7, 2)), "d_k": 3}, attention),
    Check("2", "torch.nn.functional.multi_head_attention_forward", heads, multi_head),
    Check("3", "torch.nn.functional.linear",
          lambda r: {"x": r.normal(size=(5, 3)), "W_1": r.normal(size=(3, 7)), "b_1": r.normal(size=7),
                     "W_2": r.normal(size=(7, 3)), "b_2": r.normal(size=3)}, feed_forward),
    Check("4", "numpy", lambda r: {"pos": 11.0, "i": 3.0, r"d_{\text{model}}": 16},
          lambda i: np.sin(11 / 10000 ** (6 / 16)), "one position and dimension"),
    Check("5", "numpy", lambda r: {"pos": 11.0, "i": 3.0, r"d_{\text{model}}": 16},
          lambda i: np.cos(11 / 10000 ** (6 / 16)), "one position and dimension"),
    Check("6", "torch.optim.lr_scheduler.LambdaLR", lambda r: {r"step\_num": 100.0}, noam, "defaults of the paper"),
)
