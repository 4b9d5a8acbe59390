"""Sutskever et al., On the Importance of Initialization and Momentum in Deep Learning, 2013."""

import torch

from landmarks._format import Check
from landmarks._training import STEPS, objective


def start(r):
    return {r"\theta_0": r.normal(size=5), "f": objective, r"\varepsilon": 0.03, r"\mu": 0.8, "T": STEPS}


def sgd(nesterov):
    def run(i):
        p = torch.nn.Parameter(torch.as_tensor(i[r"\theta_0"]).clone())
        opt = torch.optim.SGD([p], lr=0.03, momentum=0.8, nesterov=nesterov)
        for _ in range(STEPS):
            opt.zero_grad()
            objective(p).backward()
            opt.step()
        # torch carries the point looked ahead at, theta + mu v with v = -lr buffer
        ahead = -0.03 * 0.8 * opt.state[p]["momentum_buffer"] if nesterov else 0.0
        return p.detach() - ahead

    return run


def one_step(i):
    return 0.8 * torch.as_tensor(i["v_t"]) - 0.03 * torch.func.grad(objective)(torch.as_tensor(i[r"\theta_t"]))


def point(r):
    return start(r) | {r"\theta_t": r.normal(size=5), "v_t": r.normal(size=5)}


CHECKS = (
    Check("1", "torch.func.grad", point, one_step),
    Check("2", "torch.func.grad", point, lambda i: torch.as_tensor(i[r"\theta_t"]) + one_step(i), "through Eq. 1",
          derived=lambda i: {"v_{t+1}": one_step(i)}),
    Check("1", "torch.optim.SGD(momentum)", start, sgd(False), "60 steps", kind="algorithm"),
    Check("2", "torch.optim.SGD(nesterov)", start, sgd(True), "60 steps", kind="algorithm"),
)
