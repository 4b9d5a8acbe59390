"""Bellman, 1957; Howard, 1960. The optimal values are the solution of a linear programme, which scipy solves."""

import numpy as np
from scipy.optimize import linprog

from landmarks._format import Check


def process(r):
    return {"P": r.dirichlet([1.0] * 4, size=(4, 3)), "R": r.normal(size=(4, 3)), r"\gamma": 0.7, "T": 90, "S": 4, "A": 3}


def optimal(i):
    """Minimise the sum of V subject to V_s >= R_sa + gamma P_sa V; its active constraints, solved exactly."""
    p, r = i["P"].reshape(12, 4), i["R"].reshape(12)
    rows = 0.7 * p - np.repeat(np.eye(4), 3, axis=0)
    v = linprog(np.ones(4), A_ub=rows, b_ub=-r, bounds=(None, None)).x
    best = (i["R"] + 0.7 * i["P"] @ v).argmax(1)
    at = np.arange(4)
    return np.linalg.solve(np.eye(4) - 0.7 * i["P"][at, best], i["R"][at, best])


CHECKS = (
    Check("1", "scipy.optimize.linprog", process, optimal, "90 sweeps, to the fixed point", kind="algorithm"),
    Check("2", "scipy.optimize.linprog", process, optimal, "90 rounds, to the fixed point", kind="algorithm"),
)
