"""Deng et al., ArcFace, 2018 (arXiv:1801.07698). (b_j in R^n is the original's slip: b is.)"""

from torch.nn import functional as F

from landmarks._format import Check, tensors


def batch(r):
    return {"x": r.normal(size=(7, 3)), "W": r.normal(size=(3, 5)), "b": r.normal(size=5), "y": r.integers(0, 5, size=7), "N": 7, "n": 5, "d": 3}


def softmax_loss(i):
    x, w, b, y = tensors(i, "x", "W", "b", "y")
    return F.cross_entropy(F.linear(x, w.T, b), y)


CHECKS = (Check("1", "torch.nn.functional.cross_entropy", batch, softmax_loss, "labels as indices, columns of W by a subscript"),)
