"""What each element-wise operation, reduction and density means, as plain formulas.

The formulas are written once against a small library of elementary functions: numpy's (`FLOAT`), or mpmath's on arrays of
objects (`high(digits)`), which evaluates at any precision. They are literal: nothing here is rewritten for stability.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

SINGULAR = 1e8
"""Condition number beyond which an inverse has too few digits to be compared."""

Array = Any
"""An array of float64, or of mpmath numbers (dtype object)."""


class Library:
    """Elementary functions on numpy arrays of float64."""

    digits: int | None = None
    pi: Any = math.pi

    def array(self, value: object) -> Array:
        out = np.asarray(value)
        return out if out.dtype.kind in "iub" else out.astype(np.float64)

    def number(self, value: float) -> Any:
        return np.float64(value)

    def __getattr__(self, name: str) -> Callable[..., Array]:
        if name in _SPECIAL:
            return np.vectorize(_SPECIAL[name], otypes=[np.float64])
        found: Callable[..., Array] = getattr(np, name)
        return found

    def i0(self, x: Array) -> Array:
        return np.vectorize(lambda v: _bessel(0, v), otypes=[np.float64])(x)

    def i1(self, x: Array) -> Array:
        return np.vectorize(lambda v: _bessel(1, v), otypes=[np.float64])(x)

    def inv(self, a: Array) -> Array:
        if np.linalg.cond(a) > SINGULAR:
            raise np.linalg.LinAlgError("the matrix is singular, or nearly so")
        return np.linalg.inv(a)

    def det(self, a: Array) -> Array:
        return np.linalg.det(a)

    def cholesky(self, a: Array) -> Array:
        return np.linalg.cholesky(a)

    def eigh(self, a: Array) -> tuple[Array, Array]:
        values, vectors = np.linalg.eigh(a)
        return values, vectors

    def expm(self, a: Array) -> Array:
        """Scaling and squaring of the series."""
        a = np.asarray(a, dtype=np.float64)
        squarings = max(0, math.ceil(math.log2(max(1.0, float(np.abs(a).sum())))) + 4)
        small, term, total = a / 2**squarings, np.eye(len(a)), np.eye(len(a))
        for k in range(1, 24):
            term = term @ small / k
            total = total + term
        for _ in range(squarings):
            total = total @ total
        return total


def _bessel(order: int, x: float) -> float:
    """The series; every term is positive, so nothing cancels."""
    term = (x / 2) ** order / math.factorial(order)
    total, k = 0.0, 0
    while abs(term) > 1e-17 * abs(total) or k < 3:
        total += term
        k += 1
        term *= (x / 2) ** 2 / (k * (k + order))
        if k > 2000:
            break
    return total


def _digamma(x: float) -> float:
    """Recurrence up to 12, then the asymptotic series."""
    shift = 0.0
    while x < 12:
        shift -= 1 / x
        x += 1
    y = 1 / (x * x)
    tail = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y * (1 / 132 - y * 691 / 32760)))))
    return shift + math.log(x) - 0.5 / x - tail


def _erfinv(y: float) -> float:
    """Newton's method on erf."""
    if abs(y) >= 1:
        return math.copysign(math.inf, y) if abs(y) == 1 else math.nan
    a = math.log(1 - y * y)
    b = 2 / (math.pi * 0.147) + a / 2
    x = math.copysign(math.sqrt(math.sqrt(b * b - a / 0.147) - b), y)
    for _ in range(6):
        x -= (math.erf(x) - y) / (2 / math.sqrt(math.pi) * math.exp(-x * x))
    return x


def _lgamma(x: float) -> float:
    return math.inf if x <= 0 and x == math.floor(x) else math.lgamma(x)


_SPECIAL: dict[str, Callable[[float], float]] = {
    "erf": math.erf,
    "erfc": math.erfc,
    "erfinv": _erfinv,
    "lgamma": _lgamma,
    "digamma": _digamma,
}

FLOAT = Library()


def _ufunc(f: Callable[..., Any], inputs: int = 1) -> Callable[..., Array]:
    out: Callable[..., Array] = np.frompyfunc(f, inputs, 1)
    return out


class High(Library):
    """The same functions by mpmath, on arrays of objects."""

    def __init__(self, digits: int) -> None:
        import mpmath

        self.digits = digits
        self.mp = mpmath.MPContext()
        self.mp.dps = digits
        self.pi = self.mp.pi

    def array(self, value: object) -> Array:
        out = np.asarray(value)
        if out.dtype.kind in "iub":
            return out
        return np.asarray(_ufunc(self.mp.mpf)(out), dtype=object)

    def number(self, value: float) -> Any:
        return self.mp.mpf(value)

    def __getattr__(self, name: str) -> Callable[..., Array]:
        mp = self.mp
        match name:
            case (
                "sign" | "floor" | "ceil" | "exp" | "sqrt" | "sin" | "cos" | "tan" | "sinh" | "cosh" | "tanh" | "expm1"
            ):
                return _ufunc(getattr(mp, name))
            case "erf" | "erfc" | "erfinv" | "log1p" | "digamma":
                return _ufunc(getattr(mp, name))
            case "lgamma":
                return _ufunc(mp.loggamma)
            case "arcsin" | "arccos" | "arctan" | "arcsinh" | "arccosh" | "arctanh":
                return _ufunc(getattr(mp, name.replace("arc", "a")))
            case "log":
                return _ufunc(lambda x: -mp.inf if x == 0 else mp.log(x) if x > 0 else mp.nan)
            case "log2" | "log10":
                return _ufunc(lambda x: mp.log(x, int(name[3:])))
            case "arctan2":
                return _ufunc(mp.atan2, 2)
            case "power":
                return _ufunc(lambda x, y: mp.power(x, y), 2)
            case "abs":
                return _ufunc(abs)
            case "isfinite":
                return self._finite
            case "round":
                return _ufunc(mp.nint)
        found: Callable[..., Array] = getattr(np, name)
        return found

    def _finite(self, x: Array) -> Array:
        return np.asarray(_ufunc(lambda v: bool(self.mp.isfinite(v)))(x), dtype=bool)

    def i0(self, x: Array) -> Array:
        return _ufunc(lambda v: self.mp.besseli(0, v))(x)

    def i1(self, x: Array) -> Array:
        return _ufunc(lambda v: self.mp.besseli(1, v))(x)

    def _matrix(self, a: Array) -> Any:
        return self.mp.matrix([list(row) for row in a])

    def _array(self, a: Any) -> Array:
        return np.array([[a[i, j] for j in range(a.cols)] for i in range(a.rows)], dtype=object)

    def inv(self, a: Array) -> Array:
        return self._array(self.mp.inverse(self._matrix(a)))

    def det(self, a: Array) -> Array:
        return np.asarray(self.mp.det(self._matrix(a)), dtype=object)

    def cholesky(self, a: Array) -> Array:
        return self._array(self.mp.cholesky(self._matrix(a)))

    def eigh(self, a: Array) -> tuple[Array, Array]:
        values, vectors = self.mp.eigsy(self._matrix(a))
        return np.array(list(values), dtype=object), self._array(vectors)

    def expm(self, a: Array) -> Array:
        return self._array(self.mp.expm(self._matrix(a)))


def high(digits: int = 50) -> Library:
    """Elementary functions at `digits` decimal digits. Raises ImportError where mpmath is not installed."""
    return High(digits)


def _power(m: Library, x: Array, y: Array) -> Array:
    # An integer exponent keeps the sign of a negative base; 0^0 = 1.
    return m.power(x if m.digits else np.asarray(x, dtype=np.float64), y)


def _round(m: Library, x: Array) -> Array:
    return m.round(x)


def _fold(f: Callable[[Any, Any], Any], args: tuple[Array, ...]) -> Array:
    total = args[0]
    for a in args[1:]:
        total = f(total, a)
    return total


def _truth(x: Array) -> Array:
    return np.asarray(x, dtype=bool)


_SELU = (1.0507009873554805, 1.6732632423543772)

OPERATIONS: dict[str, Callable[..., Array]] = {
    "add": lambda m, *xs: _fold(lambda a, b: a + b, xs),
    "mul": lambda m, *xs: _fold(lambda a, b: a * b, xs),
    "neg": lambda m, x: -x,
    "sub": lambda m, x, y: x - y,
    "div": lambda m, x, y: np.true_divide(m.array(x) if m.digits is None else x * m.number(1), y),
    "pow": _power,
    "mod": lambda m, x, y: x - y * m.floor(x / m.number(1) / y),
    "sqrt": lambda m, x: m.sqrt(x),
    "square": lambda m, x: x * x,
    "reciprocal": lambda m, x: m.number(1) / x,
    "abs": lambda m, x: m.abs(x),
    "sign": lambda m, x: m.sign(x),
    "floor": lambda m, x: m.floor(x),
    "ceil": lambda m, x: m.ceil(x),
    "round": _round,
    "min": lambda m, *xs: _fold(np.minimum, xs),
    "max": lambda m, *xs: _fold(np.maximum, xs),
    "clip": lambda m, x, lo, hi: np.minimum(np.maximum(x, lo), hi),
    "hypot": lambda m, x, y: m.sqrt(x * x + y * y),
    "exp": lambda m, x: m.exp(x),
    "log": lambda m, x: m.log(x),
    "log2": lambda m, x: m.log2(x),
    "log10": lambda m, x: m.log10(x),
    "log1p": lambda m, x: m.log(1 + x) if m.digits else m.log1p(x),
    "expm1": lambda m, x: m.exp(x) - 1 if m.digits else m.expm1(x),
    "logaddexp": lambda m, x, y: m.log(m.exp(x) + m.exp(y)),
    "xlogy": lambda m, x, y: np.where(x == 0, m.number(0), x * m.log(np.where(x == 0, m.number(1), y))),
    "entropy": lambda m, x: np.where(x == 0, m.number(0), -x * m.log(np.where(x == 0, m.number(1), x))),
    "logit": lambda m, x: m.log(x / (1 - x)),
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: m.cos(x),
    "tan": lambda m, x: m.tan(x),
    "asin": lambda m, x: m.arcsin(x),
    "acos": lambda m, x: m.arccos(x),
    "atan": lambda m, x: m.arctan(x),
    "atan2": lambda m, x, y: m.arctan2(x, y),
    "sinh": lambda m, x: m.sinh(x),
    "cosh": lambda m, x: m.cosh(x),
    "tanh": lambda m, x: m.tanh(x),
    "asinh": lambda m, x: m.arcsinh(x),
    "acosh": lambda m, x: m.arccosh(x),
    "atanh": lambda m, x: m.arctanh(x),
    "logcosh": lambda m, x: m.log(m.cosh(x)),
    "sinc": lambda m, x: np.where(x == 0, m.number(1), m.sin(m.pi * x) / np.where(x == 0, m.number(1), m.pi * x)),
    "sigmoid": lambda m, x: 1 / (1 + m.exp(-x)),
    "logsigmoid": lambda m, x: m.log(1 / (1 + m.exp(-x))),
    "softplus": lambda m, x: m.log(1 + m.exp(x)),
    "relu": lambda m, x: np.maximum(x, 0),
    "relu6": lambda m, x: np.minimum(np.maximum(x, 0), 6),
    "leaky_relu": lambda m, x, y: np.where(x > 0, x, y * x),
    "elu": lambda m, x, y: np.where(x > 0, x, y * (m.exp(x) - 1)),
    "selu": lambda m, x: _SELU[0] * np.where(x > 0, x, _SELU[1] * (m.exp(x) - 1)),
    "huber": lambda m, x, y: np.where(m.abs(x) <= y, x * x / 2, y * (m.abs(x) - y / 2)),
    "gelu": lambda m, x: x * (1 + m.erf(x / m.sqrt(m.number(2)))) / 2,
    "gelu_tanh": lambda m, x: x * (1 + m.tanh(m.sqrt(2 / m.pi) * (x + 0.044715 * x * x * x))) / 2,
    "silu": lambda m, x: x / (1 + m.exp(-x)),
    "mish": lambda m, x: x * m.tanh(m.log(1 + m.exp(x))),
    "softsign": lambda m, x: x / (1 + m.abs(x)),
    "hardtanh": lambda m, x: np.minimum(np.maximum(x, -1), 1),
    "hardsigmoid": lambda m, x: np.minimum(np.maximum(x / m.number(6) + 0.5, 0), 1),
    "hardswish": lambda m, x: x * np.minimum(np.maximum(x / m.number(6) + 0.5, 0), 1),
    "erf": lambda m, x: m.erf(x),
    "erfc": lambda m, x: m.erfc(x),
    "erfinv": lambda m, x: m.erfinv(x),
    "normal_cdf": lambda m, x: m.erfc(-x / m.sqrt(m.number(2))) / 2,
    "normal_pdf": lambda m, x: m.exp(-x * x / 2) / m.sqrt(2 * m.pi),
    "gamma": lambda m, x: m.exp(m.lgamma(x)),
    "lgamma": lambda m, x: m.lgamma(x),
    "digamma": lambda m, x: m.digamma(x),
    "factorial": lambda m, x: m.exp(m.lgamma(x + m.number(1))),
    "binomial": lambda m, x, y: m.exp(m.lgamma(x + m.number(1)) - m.lgamma(y + m.number(1)) - m.lgamma(x - y + m.number(1))),
    "beta": lambda m, x, y: m.exp(m.lgamma(x) + m.lgamma(y) - m.lgamma(x + y)),
    "bessel_i0": lambda m, x: m.i0(x),
    "bessel_i1": lambda m, x: m.i1(x),
    "eq": lambda m, x, y: _truth(x == y),
    "ne": lambda m, x, y: _truth(x != y),
    "lt": lambda m, x, y: _truth(x < y),
    "le": lambda m, x, y: _truth(x <= y),
    "gt": lambda m, x, y: _truth(x > y),
    "ge": lambda m, x, y: _truth(x >= y),
    "and": lambda m, *xs: _fold(np.logical_and, tuple(_truth(x) for x in xs)),
    "or": lambda m, *xs: _fold(np.logical_or, tuple(_truth(x) for x in xs)),
    "xor": lambda m, x, y: np.logical_xor(_truth(x), _truth(y)),
    "not": lambda m, x: np.logical_not(_truth(x)),
    "isfinite": lambda m, x: m.isfinite(x),
    "indicator": lambda m, x: np.where(_truth(x), 1, 0),
    "where": lambda m, c, x, y: np.where(_truth(c), x, y),
    "heaviside": lambda m, x: np.where(x < 0, 0.0, np.where(x > 0, 1.0, 0.5)),
    "stored": lambda m, x: x - 1,
    "number": lambda m, x: x + 1,
}  # fmt: skip


def _normal(m: Library, x: Array, p: dict[str, Array]) -> Array:
    if "covariance" in p:
        d, s = x - p["mean"], p["covariance"]
        return -(len(x) * m.log(2 * m.pi * m.number(1)) + m.log(m.det(s)) + d @ m.inv(s) @ d) / 2
    v = p["variance"] if "variance" in p else p["std"] * p["std"] if "std" in p else 1 / p["precision"]
    return -(m.log(2 * m.pi * v) + (x - p["mean"]) * (x - p["mean"]) / v) / 2


def _logits(m: Library, p: dict[str, Array]) -> Array:
    """Log-probabilities of a categorical distribution."""
    if "probs" in p:
        return m.log(p["probs"])
    return p["logits"] - m.log(np.sum(m.exp(p["logits"])))


def _bernoulli(m: Library, x: Array, p: dict[str, Array]) -> Array:
    q = p["probs"] if "probs" in p else 1 / (1 + m.exp(-p["logits"]))
    return np.where(x == 1, m.log(q), m.log(1 - q))


def _gamma(m: Library, x: Array, p: dict[str, Array]) -> Array:
    a, b = p["shape"], p["rate"] if "rate" in p else 1 / p["scale"]
    return a * m.log(b) - m.lgamma(a) + (a - 1) * m.log(x) - b * x


def _student(m: Library, x: Array, p: dict[str, Array]) -> Array:
    n, z = p["df"], (x - p["loc"]) / p["scale"]
    return (
        m.lgamma((n + 1) / 2) - m.lgamma(n / 2) - m.log(n * m.pi) / 2 - m.log(p["scale"])
        - (n + 1) / 2 * m.log(1 + z * z / n)
    )  # fmt: skip


def _gumbel(m: Library, x: Array, p: dict[str, Array]) -> Array:
    z = (x - p["loc"]) / p["scale"]
    return -z - m.exp(-z) - m.log(p["scale"])


def _logistic(m: Library, x: Array, p: dict[str, Array]) -> Array:
    z = (x - p["loc"]) / p["scale"]
    return -z - 2 * m.log(1 + m.exp(-z)) - m.log(p["scale"])


def _lognormal(m: Library, x: Array, p: dict[str, Array]) -> Array:
    return _normal(m, m.log(x), p) - m.log(x)


def _log_choose(m: Library, n: Array, k: Array) -> Array:
    return m.lgamma(n + m.number(1)) - m.lgamma(k + m.number(1)) - m.lgamma(n - k + m.number(1))


DENSITIES: dict[str, Callable[[Library, Array, dict[str, Array]], Array]] = {
    "normal": _normal,
    "laplace": lambda m, x, p: -m.abs(x - p["loc"]) / p["scale"] - m.log(2 * p["scale"]),
    "cauchy": lambda m, x, p: -m.log(m.pi * p["scale"] * (1 + ((x - p["loc"]) / p["scale"]) * ((x - p["loc"]) / p["scale"]))),
    "logistic": _logistic,
    "gumbel": _gumbel,
    "student_t": _student,
    "uniform": lambda m, x, p: np.where(_truth(x >= p["low"]) & _truth(x <= p["high"]), -m.log(p["high"] - p["low"]), -np.inf),
    "lognormal": _lognormal,
    "exponential": lambda m, x, p: m.log(p["rate"]) - p["rate"] * x,
    "gamma": _gamma,
    "inverse_gamma": lambda m, x, p: p["shape"] * m.log(p["scale"]) - m.lgamma(p["shape"]) - (p["shape"] + 1) * m.log(x) - p["scale"] / x,
    "chi2": lambda m, x, p: _gamma(m, x, {"shape": p["df"] / 2, "rate": m.number(1) / 2}),
    "half_normal": lambda m, x, p: m.log(m.number(2)) + _normal(m, x, {"mean": m.number(0), "std": p["scale"]}),
    "weibull": lambda m, x, p: m.log(p["shape"] / p["scale"]) + (p["shape"] - 1) * m.log(x / p["scale"]) - m.exp(p["shape"] * m.log(x / p["scale"])),
    "beta": lambda m, x, p: (
        (p["alpha"] - 1) * m.log(x) + (p["beta"] - 1) * m.log(1 - x)
        - m.lgamma(p["alpha"]) - m.lgamma(p["beta"]) + m.lgamma(p["alpha"] + p["beta"])
    ),
    "von_mises": lambda m, x, p: p["concentration"] * m.cos(x - p["mean"]) - m.log(2 * m.pi * m.i0(p["concentration"])),
    "bernoulli": _bernoulli,
    "geometric": lambda m, x, p: (x - 1) * m.log(1 - p["probs"]) + m.log(p["probs"]),
    "poisson": lambda m, x, p: x * m.log(p["rate"]) - p["rate"] - m.lgamma(x + m.number(1)),
    "binomial": lambda m, x, p: _log_choose(m, p["total"], x) + x * m.log(p["probs"]) + (p["total"] - x) * m.log(1 - p["probs"]),
    "categorical": lambda m, x, p: _logits(m, p)[int(x)],
    "dirichlet": lambda m, x, p: (
        np.sum((p["concentration"] - 1) * m.log(x)) + m.lgamma(np.sum(p["concentration"])) - np.sum(m.lgamma(p["concentration"]))
    ),
    "multinomial": lambda m, x, p: (
        m.lgamma(p["total"] + m.number(1)) - np.sum(m.lgamma(x + m.number(1))) + np.sum(x * m.log(p["probs"]))
    ),
}  # fmt: skip
