"""Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023 (arXiv:2303.15343)."""

import numpy as np
import torch
from torch.nn import functional as F

from landmarks._format import Check, tensors

X, Y = r"\mathbf{x}", r"\mathbf{y}"


def batch(r):
    x, y = r.normal(size=(2, 5, 3))
    unit = lambda a: a / np.linalg.norm(a, axis=-1, keepdims=True)  # noqa: E731
    return {"I": x, "T": y, "f": lambda a: a, "g": lambda a: a, X: unit(x), Y: unit(y), "t": 3.0, "b": 1.2,
            "z": 2 * np.eye(5) - 1, r"\mathcal{B}": np.arange(5)}


def softmax(i):
    from transformers.models.clip.modeling_clip import image_text_contrastive_loss

    x, y = tensors(i, X, Y)
    return image_text_contrastive_loss(3.0 * x @ y.T)


def sigmoid(i):
    x, y = tensors(i, X, Y)
    return F.binary_cross_entropy_with_logits(3.0 * x @ y.T - 1.2, torch.eye(5, dtype=torch.float64), reduction="sum") / 5


CHECKS = (
    Check("1", "transformers clip.image_text_contrastive_loss", batch, softmax, "no left side; braces with words"),
    Check("2", "torch.nn.functional.binary_cross_entropy_with_logits", batch, sigmoid, "no left side"),
)
