"""You et al., Large Batch Optimization for Deep Learning, 2019 (arXiv:1904.00962): Algorithm 2, one layer.

As printed, m_t and v_t are overwritten by their corrected values, so the next step reads those.
"""

import numpy as np
import torch

from landmarks._format import Check
from landmarks._training import STEPS, gradient, objective


def start(r):
    return {"x_1": r.normal(size=5), r"\eta": np.full(STEPS, 0.02), r"\beta_1": 0.9, r"\beta_2": 0.99, r"\phi": lambda z: z, r"\epsilon": 1e-6,
            r"\lambda": 0.01, "T": STEPS, r"\ell": objective}


def lamb(i):
    x = torch.as_tensor(i["x_1"])
    m = v = torch.zeros(5, dtype=torch.float64)
    for t in range(1, STEPS + 1):
        g = gradient(x)
        m, v = torch.lerp(g, m, 0.9) / (1 - 0.9**t), torch.lerp(g**2, v, 0.99) / (1 - 0.99**t)
        step = m / (v.sqrt() + 1e-6) + 0.01 * x
        x = x - 0.02 * x.norm() * torch.nn.functional.normalize(step, dim=0, eps=0.0)
    return x


CHECKS = (Check("1", "numpy", start, lamb, "60 steps; samples drawn in prose", kind="algorithm"),)
