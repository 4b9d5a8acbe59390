"""Press et al., Train Short, Test Long: Attention with Linear Biases, 2021 (arXiv:2108.12409)."""

import torch

from landmarks._format import Check, tensors


def query(r):
    return {r"\mathbf{q}_i": r.normal(size=(1, 3)), r"\mathbf{K}": r.normal(size=(7, 3)), "i": 7, "m": 0.25}


def scores(i):
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor

    q, k = tensors(i, r"\mathbf{q}_i", r"\mathbf{K}")
    bias = build_alibi_tensor(torch.ones(1, 7), 8, torch.float64)[1]  # second of eight heads: slope 1/4; up to a shift
    return torch.softmax(q @ k.T + bias, -1)


CHECKS = (Check("1", "transformers bloom.build_alibi_tensor", query, scores, "a row by an ellipsis, no left side"),)
