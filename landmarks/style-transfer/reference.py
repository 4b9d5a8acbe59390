"""Gatys et al., A Neural Algorithm of Artistic Style, 2015 (arXiv:1508.06576)."""

from torch.nn import functional as F

from landmarks._format import Check, tensors


def layer(r):
    return {"F^l": r.normal(size=(4, 6)), "P^l": r.normal(size=(4, 6)), "A^l": r.normal(size=(4, 4)), "N_l": 4, "M_l": 6}


def gram(i):
    (f,) = tensors(i, "F^l")
    return f @ f.T


CHECKS = (
    Check("1", "torch.nn.functional.mse_loss", layer, lambda i: F.mse_loss(*tensors(i, "F^l", "P^l"), reduction="sum") / 2),
    Check("2", "torch.matmul", layer, gram),
    Check("3", "torch.nn.functional.mse_loss", layer, lambda i: F.mse_loss(gram(i), *tensors(i, "A^l"), reduction="sum") / (4 * 16 * 36),
          "through Eq. 2", derived=lambda i: {"G^l": gram(i)}),
)
