"""How a model knows the order of its input: added encodings and rotation."""

import torch
from torch import Tensor

from .attention import MultiHeadAttention, attention


def sinusoidal_encoding(length: int, d_model: int, like: Tensor, base: float = 10000.0) -> Tensor:
    r"""Sinusoidal positional encoding ({positions}).

        PE_(pos, 2i)   = sin(pos / base^(2i / d_model))
        PE_(pos, 2i+1) = cos(pos / base^(2i / d_model))

    Returns (length, d_model) in the dtype and on the device of `like`; the first position is 0.
    """
    position = torch.arange(length, dtype=torch.float64, device=like.device)[:, None]
    two_i = torch.arange(0, d_model, 2, dtype=torch.float64, device=like.device)
    angle = position / base ** (two_i / d_model)
    encoding = torch.empty(length, d_model, dtype=torch.float64, device=like.device)
    encoding[:, 0::2] = angle.sin()
    encoding[:, 1::2] = angle.cos()[:, : d_model // 2]
    return encoding.to(like.dtype)


def rotate(x: Tensor, base: float = 10000.0) -> Tensor:
    r"""Rotary position embedding ({positions}).

    Turns the pair (x_i, x_{i + d/2}) of position p by the angle p / base^(2i / d), so that the product of a query
    and a key depends on the difference of their positions. x (..., n, d) -> (..., n, d), d even.
    """
    length, d = x.shape[-2:]
    position = torch.arange(length, dtype=torch.float64, device=x.device)[:, None]
    angle = position / base ** (torch.arange(0, d, 2, dtype=torch.float64, device=x.device) / d)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


class RotaryMultiHeadAttention(MultiHeadAttention):
    r"""Multi-head attention whose queries and keys are rotated by their positions ({positions})."""

    def forward(self, query: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """query (B, n, d_model) attends to memory (B, m, d_model); mask broadcasts to (B, h, n, m)."""
        Q, K, V = self.split(self.W_Q(query)), self.split(self.W_K(memory)), self.split(self.W_V(memory))
        heads = attention(rotate(Q), rotate(K), V, mask, self.dropout if self.training else 0.0)
        return self.W_O(heads.transpose(1, 2).flatten(2))
