"""Shazeer, GLU Variants Improve Transformer, 2020 (arXiv:2002.05202)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors


def layer(r):
    return {"x": r.normal(size=(3, 5)), "W": r.normal(size=(5, 7)), "V": r.normal(size=(5, 7)), "b": r.normal(size=7),
            "c": r.normal(size=7), r"\beta": 1.0}


def block(r):
    return layer(r) | {"W_2": r.normal(size=(7, 5))}


def gated(activation):
    def run(i):
        x, w, v, b, c = tensors(i, "x", "W", "V", "b", "c")
        return activation(F.linear(x, w.T, b)) * F.linear(x, v.T, c)

    return run


def glu(i):
    x, w, v, b, c = tensors(i, "x", "W", "V", "b", "c")
    return F.glu(torch.cat((F.linear(x, v.T, c), F.linear(x, w.T, b)), -1))


def llama(activation):
    def run(i):
        from transformers import LlamaConfig
        from transformers.models.llama.modeling_llama import LlamaMLP

        x, w, v, w2 = tensors(i, "x", "W", "V", "W_2")
        mlp = LlamaMLP(LlamaConfig(hidden_size=5, intermediate_size=7, num_attention_heads=1, head_dim=2, hidden_act=activation)).double()
        mlp.gate_proj.weight.data, mlp.up_proj.weight.data, mlp.down_proj.weight.data = w.T, v.T, w2.T
        return mlp(x)

    return run


CHECKS = (
    Check("1", "torch.nn.functional.glu", layer, glu, "two statements in one number", defines=r"\text{GLU}"),
    Check("2", "torch.nn.functional.relu", layer, gated(F.relu)),
    Check("3", "torch.nn.functional.gelu", layer, gated(F.gelu)),
    Check("4", "torch.nn.functional.silu", layer, gated(F.silu)),
    Check("5", "transformers LlamaMLP(gelu)", block, llama("gelu")),
    Check("6", "transformers LlamaMLP(silu)", block, llama("silu")),
)
