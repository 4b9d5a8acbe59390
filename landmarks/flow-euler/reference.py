"""Liu et al., Flow Straight and Fast, 2022 (arXiv:2209.03003). A linear drift makes the Euler steps a matrix power."""

import numpy as np
import torch

from landmarks._format import Check

A = np.array([[-0.5, 1.0, 0.0], [-1.0, -0.5, 0.3], [0.2, 0.0, -1.0]])


def start(r):
    return {"Z_0": r.normal(size=3), "v": lambda z, t: torch.as_tensor(A) @ z, "N": 64}


CHECKS = (
    Check("1", "numpy.linalg.matrix_power", start, lambda i: np.linalg.matrix_power(np.eye(3) + A / 64, 64) @ i["Z_0"], "64 steps",
          kind="algorithm"),
)
