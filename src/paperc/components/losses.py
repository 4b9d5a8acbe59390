"""What training minimises."""

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, target: Tensor, padding: int = -100) -> Tensor:
    r"""Mean negative log-likelihood of the target tokens, places with the target `padding` left out ({loss}).

    logits (..., V), target (...) -> scalar.
    """
    return F.cross_entropy(logits.flatten(0, -2), target.flatten(), ignore_index=padding)


def label_smoothed_cross_entropy(logits: Tensor, target: Tensor, smoothing: float, padding: int = -100) -> Tensor:
    r"""Cross entropy against the smoothed target q, averaged over all tokens that are not padding ({loss}).

        q(k) = (1 - smoothing) [k = target] + smoothing / V

    logits (..., V), target (...) -> scalar.
    """
    return F.cross_entropy(logits.flatten(0, -2), target.flatten(), ignore_index=padding, label_smoothing=smoothing)


def mean_squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Mean of the squared differences ({loss}).

    prediction (...), target (...) -> scalar.
    """
    return F.mse_loss(prediction, target)
