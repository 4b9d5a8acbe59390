"""Notation of Trefethen and Bau, Numerical Linear Algebra, 1997: Algorithm 8.1."""

import numpy as np

from landmarks._format import Check


def columns(i):
    q, r = np.linalg.qr(i["A"])
    return (q * np.sign(np.diag(r))).T  # q_i along the leading axis


CHECKS = (
    Check("1", "numpy.linalg.qr", lambda r: (lambda a: {"A": a, "a": a.T.copy(), "m": 6, "n": 4})(r.normal(size=(6, 4))), columns,
          "columns by name", kind="algorithm"),
)
