"""Salimans and Kingma, Weight Normalization, 2016 (arXiv:1602.07868)."""

import torch

from landmarks._format import Check, tensors

V, X = r"\mathbf{v}", r"\mathbf{x}"


def neuron(r):
    return {V: r.normal(size=5), "g": 1.7, X: r.normal(size=5), "b": 0.2, r"\phi": torch.tanh, r"\nabla_{\mathbf{w}}L": r.normal(size=5)}


def weight(v, g):
    return torch._weight_norm(v[None], g.reshape(1, 1), 0)[0]


def w(i):
    return weight(torch.as_tensor(i[V]), torch.tensor(1.7, dtype=torch.float64))


def output(i):
    return torch.tanh(torch.nn.functional.linear(torch.as_tensor(i[X]), w(i)[None], torch.tensor([0.2], dtype=torch.float64))[0])


def gradient(i):
    v, upstream = tensors(i, V, r"\nabla_{\mathbf{w}}L")
    return torch.func.grad(lambda g: upstream @ weight(v, g))(torch.tensor(1.7, dtype=v.dtype))


CHECKS = (
    Check("1", "torch._weight_norm", neuron, output, derived=lambda i: {r"\mathbf{w}": w(i)}),
    Check("2", "torch._weight_norm", neuron, w),
    Check("3", "torch.func.grad of torch._weight_norm", neuron, gradient, "gradients as symbols; two statements", defines=r"\nabla_{g}L"),
)
