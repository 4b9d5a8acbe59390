"""Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021 (arXiv:2104.09864)."""

import torch

from landmarks._format import Check


def rotate(x, angles):
    from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb

    return apply_rotary_pos_emb(x[None, None, None], angles.sin()[None, None], angles.cos()[None, None])[0, 0, 0]


def pair(r):
    return {f"W_{{\\{{q,k\\}}}}^{{({a}{b})}}": r.normal() for a in (1, 2) for b in (1, 2)} | {
        "x_m^{(1)}": r.normal(), "x_m^{(2)}": r.normal(), "m": 3, r"\theta": 0.7}


def two_dims(i):
    w = torch.tensor([[i[f"W_{{\\{{q,k\\}}}}^{{({a}{b})}}"] for b in (1, 2)] for a in (1, 2)], dtype=torch.float64)
    x = torch.tensor([i["x_m^{(1)}"], i["x_m^{(2)}"]], dtype=torch.float64)
    return rotate(w @ x, torch.tensor([2.1], dtype=torch.float64))


def general(i):
    theta = 10000 ** (-2 * torch.arange(4, dtype=torch.float64) / 8)
    return rotate(torch.as_tensor(i[r"\mathbf{x}"]), 5 * theta)


CHECKS = (
    Check("1", "transformers gptj.apply_rotary_pos_emb", pair, two_dims),
    Check("2", "transformers gptj.apply_rotary_pos_emb", lambda r: {r"\mathbf{x}": r.normal(size=8), "m": 5, "d": 8}, general,
          "columns by ellipses"),
)
