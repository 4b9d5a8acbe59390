"""Attention: masks, the scaled dot product, and several heads of it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def causal_mask(length: int, device: torch.device | None = None) -> Tensor:
    """(length, length), True where position i may attend to position j, that is j <= i."""
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


def attention(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None = None, dropout: float = 0.0) -> Tensor:
    r"""Scaled dot-product attention ({attention}).

        Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V

    Q (..., n, d_k), K (..., m, d_k), V (..., m, d_v) -> (..., n, d_v). `mask` broadcasts to (..., n, m) and is
    True where attention is allowed; elsewhere the input of the softmax is minus infinity.
    """
    return F.scaled_dot_product_attention(Q, K, V, attn_mask=mask, dropout_p=dropout)


class MultiHeadAttention(nn.Module):
    r"""Multi-head attention ({multi_head}).

        MultiHead(Q, K, V) = Concat(head_1, ..., head_h) W^O
        head_i = Attention(Q W_i^Q, K W_i^K, V W_i^V)

    The projections of all heads stand side by side in one matrix each.
    """

    def __init__(self, d_model: int, n_heads: int, d_k: int, d_v: int, bias: bool = False, dropout: float = 0.0):
        super().__init__()
        self.n_heads = n_heads
        self.dropout = dropout
        self.W_Q = nn.Linear(d_model, n_heads * d_k, bias=bias)
        self.W_K = nn.Linear(d_model, n_heads * d_k, bias=bias)
        self.W_V = nn.Linear(d_model, n_heads * d_v, bias=bias)
        self.W_O = nn.Linear(n_heads * d_v, d_model, bias=bias)

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """query (B, n, d_model) attends to memory (B, m, d_model); mask broadcasts to (B, h, n, m)."""
        Q, K, V = self.split(self.W_Q(query)), self.split(self.W_K(memory)), self.split(self.W_V(memory))
        heads = attention(Q, K, V, mask, self.dropout if self.training else 0.0)
        return self.W_O(heads.transpose(1, 2).flatten(2))

    def split(self, x: Tensor) -> Tensor:
        """(B, n, h d) -> (B, h, n, d)"""
        return x.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
