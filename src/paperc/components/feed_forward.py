"""Position-wise feed-forward networks, plain and gated."""

import torch.nn.functional as F
from torch import Tensor, nn


class FeedForward(nn.Module):
    r"""Position-wise feed-forward network ({feed_forward}).

        FFN(x) = f(x W_1 + b_1) W_2 + b_2

    with the activation f, applied to each position alike.
    """

    def __init__(self, d_model: int, d_ff: int, activation: str, bias: bool = True, dropout: float = 0.0):
        super().__init__()
        self.W_1 = nn.Linear(d_model, d_ff, bias=bias)
        self.W_2 = nn.Linear(d_ff, d_model, bias=bias)
        self.activation = getattr(F, activation)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., d_model) -> (..., d_model)"""
        return self.W_2(self.dropout(self.activation(self.W_1(x))))


class GatedFeedForward(nn.Module):
    r"""Gated feed-forward network ({feed_forward}).

        FFN(x) = (f(x W_1) * x W_3) W_2

    with the activation f of the gate, applied to each position alike.
    """

    def __init__(self, d_model: int, d_ff: int, activation: str, bias: bool = False, dropout: float = 0.0):
        super().__init__()
        self.W_1 = nn.Linear(d_model, d_ff, bias=bias)
        self.W_2 = nn.Linear(d_ff, d_model, bias=bias)
        self.W_3 = nn.Linear(d_model, d_ff, bias=bias)
        self.activation = getattr(F, activation)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(..., d_model) -> (..., d_model)"""
        return self.W_2(self.dropout(self.activation(self.W_1(x)) * self.W_3(x)))
