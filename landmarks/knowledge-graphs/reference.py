"""Sun et al., RotatE, 2019 (arXiv:1902.10197), with the scores of DistMult and TransE that papers compare it to."""

import torch
from torch_geometric.nn.kge import DistMult

from landmarks._format import Check, tensors


def triple(r):
    return {r"\mathbf{y}_{e_1}": r.normal(size=4), r"\mathbf{y}_{e_2}": r.normal(size=4), r"\mathbf{M}_r": torch.diag(torch.as_tensor(r.normal(size=4))).numpy()}


def bilinear(i):
    a, b, m = tensors(i, r"\mathbf{y}_{e_1}", r"\mathbf{y}_{e_2}", r"\mathbf{M}_r")
    model = DistMult(2, 1, 4).double()
    model.node_emb.weight.data, model.rel_emb.weight.data = torch.stack((a, b)), torch.diagonal(m)[None].clone()
    return model(torch.tensor([0]), torch.tensor([0]), torch.tensor([1]))[0]


CHECKS = (Check("3", "torch_geometric.nn.kge.DistMult", triple, bilinear, "a diagonal relation"),)
