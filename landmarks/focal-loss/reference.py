"""Lin et al., Focal Loss for Dense Object Detection, 2017 (arXiv:1708.02002)."""

import torch
from torch.nn import functional as F

from landmarks._format import Check


def focal(z, positive, alpha):
    from transformers.loss.loss_for_object_detection import sigmoid_focal_loss

    z = torch.tensor([[z]], dtype=torch.float64)
    return sigmoid_focal_loss(z, torch.full_like(z, float(positive)), 1, alpha, 2.0)


def prob(z):
    return torch.sigmoid(torch.tensor(z, dtype=torch.float64)).item()


CHECKS = (
    Check("1", "torch.nn.functional.binary_cross_entropy", lambda r: {"p": 0.3, "y": -1},
          lambda i: F.binary_cross_entropy(torch.tensor(0.3, dtype=torch.float64), torch.tensor(0.0, dtype=torch.float64)), "y = -1"),
    Check("1", "torch.nn.functional.binary_cross_entropy", lambda r: {"p": 0.3, "y": 1},
          lambda i: F.binary_cross_entropy(torch.tensor(0.3, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)), "y = 1"),
    Check("3", "transformers sigmoid_focal_loss", lambda r: {"p": prob(-0.7), "y": -1, r"\gamma": 2.0},
          lambda i: focal(-0.7, False, -1), derived=lambda i: {r"p_\textrm{t}": 1 - i["p"]}),
    Check("4", "transformers sigmoid_focal_loss", lambda r: {"p": prob(0.4), "y": 1, r"\gamma": 2.0, r"\alpha_\textrm{t}": 0.25},
          lambda i: focal(0.4, True, 0.25), derived=lambda i: {r"p_\textrm{t}": i["p"]}),
)
