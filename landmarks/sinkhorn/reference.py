"""Peyre and Cuturi, Computational Optimal Transport, 2018 (arXiv:1803.00567); Cuturi, 2013.

After many iterations the plan is the optimum of a smooth convex dual, which scipy finds on its own.
"""

import numpy as np
from scipy.optimize import root
from scipy.special import entr

from landmarks._format import Check

C, A, B, P = r"\mathbf{C}", r"\mathbf{a}", r"\mathbf{b}", r"\mathbf{P}"


def problem(r):
    return {C: r.uniform(size=(3, 4)), A: r.dirichlet([5.0] * 3), B: r.dirichlet([5.0] * 4), r"\varepsilon": 0.5, "L": 200}


def plan(i):
    def violation(h):
        p = np.exp((h[:3, None] + np.append(h[3:], 0.0)[None] - i[C]) / 0.5)
        return np.append(p.sum(1) - i[A], p.sum(0)[:3] - i[B][:3])

    h = root(violation, np.zeros(6), tol=1e-14).x
    return np.exp((h[:3, None] + np.append(h[3:], 0.0)[None] - i[C]) / 0.5)


CHECKS = (
    Check("1", "scipy.special.entr", lambda r: {P: r.dirichlet([1.0] * 12).reshape(3, 4)}, lambda i: entr(i[P]).sum() + i[P].sum()),
    Check("1", "scipy.optimize.root of the marginals", problem, plan, "200 iterations, to the fixed point", kind="algorithm"),
)
