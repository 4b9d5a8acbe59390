"""The legal IR as tables: every operation with its operands, what it means and where its tests draw operands from.

A cell that is empty is a bug: `tests/ir/test_legal.py` asks for each entry a shape rule (`shapes`), a reference meaning
(`evaluate`), an emission (`emit.rules`) and a test (the domains here, which `inputs` knows how to draw from).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ResultSort = Literal["real", "integer", "boolean", "join"]
"""What the result's elements are; "join": integer if all operands are, else real."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An element-wise operation. `most` is None where any number of operands is legal."""

    means: str
    """In words or as a formula of its operands x, y, z."""
    domains: tuple[str, ...] = ("real",)
    """Where each operand is drawn from in tests (the last one repeats)."""
    least: int = 1
    most: int | None = 1
    result: ResultSort = "real"


def _unary(means: str, domain: str = "real", result: ResultSort = "real") -> Operation:
    return Operation(means, (domain,), 1, 1, result)


def _binary(means: str, x: str = "real", y: str = "real", result: ResultSort = "real") -> Operation:
    return Operation(means, (x, y), 2, 2, result)


OPERATIONS: dict[str, Operation] = {
    # arithmetic
    "add": Operation("x + y + …", ("real",), 2, None, "join"),
    "mul": Operation("x y …", ("real",), 2, None, "join"),
    "neg": _unary("-x", result="join"),
    "sub": _binary("x - y", result="join"),
    "div": _binary("x / y", "real", "positive"),
    "pow": _binary("x to the power y", "positive", "real"),
    "mod": _binary("x - y floor(x / y)", "integer", "positive integer", "join"),
    "sqrt": _unary("the non-negative square root of x", "positive"),
    "square": _unary("x x", result="join"),
    "reciprocal": _unary("1 / x", "positive"),
    "abs": _unary("|x|", result="join"),
    "sign": _unary("-1, 0 or 1", result="join"),
    "floor": _unary("the largest integer <= x", result="integer"),
    "ceil": _unary("the smallest integer >= x", result="integer"),
    "round": _unary("the nearest integer, halves to even", result="integer"),
    "min": Operation("the smallest operand", ("real",), 2, None, "join"),
    "max": Operation("the largest operand", ("real",), 2, None, "join"),
    "clip": Operation("min(max(x, y), z)", ("real", "negative", "positive"), 3, 3),
    "hypot": _binary("sqrt(x^2 + y^2)"),
    # exponentials and logarithms
    "exp": _unary("e to the power x"),
    "log": _unary("the natural logarithm", "positive"),
    "log2": _unary("the logarithm to base 2", "positive"),
    "log10": _unary("the logarithm to base 10", "positive"),
    "log1p": _unary("log(1 + x)", "positive"),
    "expm1": _unary("exp(x) - 1"),
    "logaddexp": _binary("log(exp(x) + exp(y))"),
    "xlogy": _binary("x log(y), and 0 where x = 0", "unit", "positive"),
    "entropy": _unary("-x log(x), and 0 where x = 0", "unit"),
    "logit": _unary("log(x / (1 - x))", "unit"),
    # trigonometric and hyperbolic
    "sin": _unary("sine"),
    "cos": _unary("cosine"),
    "tan": _unary("tangent", "unit"),
    "asin": _unary("inverse sine", "unit"),
    "acos": _unary("inverse cosine", "unit"),
    "atan": _unary("inverse tangent"),
    "atan2": _binary("the angle of the point (y, x)"),
    "sinh": _unary("hyperbolic sine"),
    "cosh": _unary("hyperbolic cosine"),
    "tanh": _unary("hyperbolic tangent"),
    "asinh": _unary("inverse hyperbolic sine"),
    "acosh": _unary("inverse hyperbolic cosine", "above one"),
    "atanh": _unary("inverse hyperbolic tangent", "unit"),
    "logcosh": _unary("log(cosh(x))"),
    "sinc": _unary("sin(pi x) / (pi x), and 1 at 0"),
    # activations
    "sigmoid": _unary("1 / (1 + exp(-x))"),
    "logsigmoid": _unary("log(1 / (1 + exp(-x)))"),
    "softplus": _unary("log(1 + exp(x))"),
    "relu": _unary("max(x, 0)", result="join"),
    "relu6": _unary("min(max(x, 0), 6)"),
    "leaky_relu": _binary("x if x > 0, else y x", "real", "unit"),
    "elu": _binary("x if x > 0, else y (exp(x) - 1)", "real", "positive"),
    "selu": _unary("scale (x if x > 0, else alpha (exp(x) - 1)), the constants of self-normalising networks"),
    "huber": _binary("x^2 / 2 if |x| <= y, else y (|x| - y / 2)", "real", "positive"),
    "gelu": _unary("x Phi(x)"),
    "gelu_tanh": _unary("x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2"),
    "silu": _unary("x / (1 + exp(-x))"),
    "mish": _unary("x tanh(log(1 + exp(x)))"),
    "softsign": _unary("x / (1 + |x|)"),
    "hardtanh": _unary("min(max(x, -1), 1)"),
    "hardsigmoid": _unary("min(max(x / 6 + 1/2, 0), 1)"),
    "hardswish": _unary("x min(max(x / 6 + 1/2, 0), 1)"),
    # special functions
    "erf": _unary("the error function"),
    "erfc": _unary("1 - erf(x)"),
    "erfinv": _unary("the inverse error function", "unit"),
    "normal_cdf": _unary("Phi(x), the standard normal distribution function"),
    "normal_pdf": _unary("the standard normal density"),
    "gamma": _unary("the gamma function", "positive"),
    "lgamma": _unary("the logarithm of the gamma function", "positive"),
    "digamma": _unary("the derivative of lgamma", "positive"),
    "factorial": _unary("x!", "positive integer"),
    "binomial": _binary("x over y", "positive integer", "positive integer"),
    "beta": _binary("gamma(x) gamma(y) / gamma(x + y)", "positive", "positive"),
    "bessel_i0": _unary("the modified Bessel function of order 0"),
    "bessel_i1": _unary("the modified Bessel function of order 1"),
    # comparisons and logic
    "eq": _binary("x = y", "integer", "integer", "boolean"),
    "ne": _binary("x differs from y", "integer", "integer", "boolean"),
    "lt": _binary("x < y", result="boolean"),
    "le": _binary("x <= y", result="boolean"),
    "gt": _binary("x > y", result="boolean"),
    "ge": _binary("x >= y", result="boolean"),
    "and": Operation("x and y and …", ("boolean",), 2, None, "boolean"),
    "or": Operation("x or y or …", ("boolean",), 2, None, "boolean"),
    "xor": _binary("exactly one of x and y", "boolean", "boolean", "boolean"),
    "not": _unary("not x", "boolean", "boolean"),
    "isfinite": _unary("x is finite", result="boolean"),
    "indicator": _unary("1 where x holds, else 0", "boolean", "integer"),
    "where": Operation("y where x holds, else z", ("boolean", "real", "real"), 3, 3, "join"),
    "heaviside": _unary("0 for x < 0, 1/2 at 0, 1 for x > 0"),
    # sorts
    "stored": _unary(
        "the zero-based position of the number x that counts from one: x - 1", "positive integer", "integer"
    ),
    "number": _unary(
        "the number, counting from one, of the zero-based position x: x + 1", "positive integer", "integer"
    ),
}


@dataclass(frozen=True, slots=True)
class LinearOperation:
    """An operation on whole own shapes. `takes` and `gives` are shapes in letters: "n n" is a square matrix."""

    means: str
    takes: tuple[str, ...]
    gives: str
    domains: tuple[str, ...] = ("real",)


LINEAR: dict[str, LinearOperation] = {
    "transpose": LinearOperation("rows become columns", ("n m",), "m n"),
    "inverse": LinearOperation("the inverse matrix", ("n n",), "n n", ("spd",)),
    "pinv": LinearOperation("the Moore-Penrose inverse", ("n m",), "m n"),
    "det": LinearOperation("the determinant", ("n n",), ""),
    "logdet": LinearOperation("the logarithm of |det|", ("n n",), "", ("spd",)),
    "trace": LinearOperation("the sum of the diagonal", ("n n",), ""),
    "diag": LinearOperation("the diagonal matrix of a vector", ("n",), "n n"),
    "diagonal": LinearOperation("the diagonal of a matrix", ("n n",), "n"),
    "kron": LinearOperation("the Kronecker product", ("n m", "p q"), "n*p m*q"),
    "cholesky": LinearOperation("the lower Cholesky factor", ("n n",), "n n", ("spd",)),
    "matrix_power": LinearOperation("the k-th power, k a whole number", ("n n", ""), "n n", ("spd", "small integer")),
    "matrix_exp": LinearOperation("the matrix exponential", ("n n",), "n n"),
    "matrix_sqrt": LinearOperation("the square root of a symmetric positive matrix", ("n n",), "n n", ("spd",)),
    "cross": LinearOperation("the cross product in three dimensions", ("n", "n"), "n"),
    "vec": LinearOperation("the columns below one another", ("n m",), "n*m"),
    "flatten": LinearOperation("the rows one after another", ("n m",), "n*m"),
    "tril": LinearOperation("zero above the diagonal", ("n m",), "n m"),
    "triu": LinearOperation("zero below the diagonal", ("n m",), "n m"),
    "solve": LinearOperation("inverse(A) b", ("n n", "n"), "n", ("spd", "real")),
    "inner": LinearOperation("the sum of the products of the elements", ("n m", "n m"), ""),
    "max_eigenvalue": LinearOperation("the largest eigenvalue of a symmetric matrix", ("n n",), "", ("spd",)),
    "min_eigenvalue": LinearOperation("the smallest eigenvalue of a symmetric matrix", ("n n",), "", ("spd",)),
    "column": LinearOperation("a vector as a matrix with one column", ("n",), "n 1"),
    "row": LinearOperation("a vector as a matrix with one row", ("n",), "1 n"),
}

NORMS: dict[str, str] = {
    "2": "the root of the sum of the squares of all elements (Frobenius for a matrix)",
    "1": "the sum of the absolute values of all elements",
    "0": "the number of elements that are not zero",
    "inf": "the largest absolute value",
    "p": "the p-th root of the sum of the p-th powers of the absolute values",
    "nuclear": "the sum of the singular values",
    "spectral": "the largest singular value",
}

REDUCTIONS: dict[str, str] = {
    "sum": "0 where empty",
    "prod": "1 where empty",
    "max": "-inf where empty",
    "min": "+inf where empty",
    "mean": "the sum divided by the number of terms",
    "any": "false where empty",
    "all": "true where empty",
    "argmax": "the zero-based position of the first largest element",
    "argmin": "the zero-based position of the first smallest element",
    "logsumexp": "log of the sum of the exponentials; -inf where empty",
}
"""Of `Reduce`, over an index."""

AXES_REDUCTIONS: dict[str, str] = {
    **REDUCTIONS,
    "var": "the mean squared deviation from the mean (biased)",
    "std": "its root",
    "var_unbiased": "the sum of squared deviations over the number of elements less one",
    "std_unbiased": "its root",
}
"""Of `ReduceAxes`, over own axes (argmax and argmin over one)."""

ALONG: dict[str, str] = {
    "softmax": "exp(x) over the sum of exp(x)",
    "log_softmax": "its logarithm",
    "cumsum": "each element with all before it added",
    "cumprod": "each element with all before it multiplied",
    "normalize": "x over its Euclidean norm",
    "sort": "ascending",
    "sort_descending": "descending",
    "flip": "in reverse order",
}

GRADIENTS: dict[str, str] = {
    "gradient": "the own shape of `wrt`",
    "jacobian": "the own shape of the body, then that of `wrt`",
    "hessian": "the own shape of `wrt` twice",
    "divergence": "scalar: the trace of the Jacobian of a vector body",
    "laplacian": "scalar: the trace of the Hessian",
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """One way to give a family's parameters: names with their domains, in order."""

    names: tuple[str, ...]
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A named distribution. `value` is the domain of its values; `event` its own rank: 1 for a vector-valued one."""

    value: str
    forms: tuple[Parameters, ...]
    event: int = 0


FAMILIES: dict[str, Family] = {
    "normal": Family(
        "real",
        (
            Parameters(("mean", "variance"), ("real", "positive")),
            Parameters(("mean", "std"), ("real", "positive")),
            Parameters(("mean", "precision"), ("real", "positive")),
            Parameters(("mean", "covariance"), ("real", "spd")),
        ),
    ),  # with a covariance matrix the density is that of the whole vector, else one for each element
    "laplace": Family("real", (Parameters(("loc", "scale"), ("real", "positive")),)),
    "cauchy": Family("real", (Parameters(("loc", "scale"), ("real", "positive")),)),
    "logistic": Family("real", (Parameters(("loc", "scale"), ("real", "positive")),)),
    "gumbel": Family("real", (Parameters(("loc", "scale"), ("real", "positive")),)),
    "student_t": Family("real", (Parameters(("df", "loc", "scale"), ("positive", "real", "positive")),)),
    "uniform": Family("unit", (Parameters(("low", "high"), ("negative", "above one")),)),
    "lognormal": Family("positive", (Parameters(("mean", "std"), ("real", "positive")),)),
    "exponential": Family("positive", (Parameters(("rate",), ("positive",)),)),
    "gamma": Family(
        "positive",
        (Parameters(("shape", "rate"), ("positive",) * 2), Parameters(("shape", "scale"), ("positive",) * 2)),
    ),
    "inverse_gamma": Family("positive", (Parameters(("shape", "scale"), ("positive", "positive")),)),
    "chi2": Family("positive", (Parameters(("df",), ("positive",)),)),
    "half_normal": Family("positive", (Parameters(("scale",), ("positive",)),)),
    "weibull": Family("positive", (Parameters(("shape", "scale"), ("positive", "positive")),)),
    "beta": Family("unit", (Parameters(("alpha", "beta"), ("positive", "positive")),)),
    "von_mises": Family("real", (Parameters(("mean", "concentration"), ("real", "positive")),)),
    "bernoulli": Family(
        "binary", (Parameters(("probs",), ("unit",)), Parameters(("logits",), ("real",)))
    ),  # the value is 0 or 1
    "geometric": Family("positive integer", (Parameters(("probs",), ("unit",)),)),  # the number of trials: 1, 2, …
    "poisson": Family("positive integer", (Parameters(("rate",), ("positive",)),)),
    "binomial": Family("positive integer", (Parameters(("total", "probs"), ("large integer", "unit")),)),
    "categorical": Family(
        "stored", (Parameters(("probs",), ("simplex",)), Parameters(("logits",), ("real",)))
    ),  # the value is a zero-based label; the parameter is a vector
    "dirichlet": Family("simplex", (Parameters(("concentration",), ("positive",)),), event=1),
    "multinomial": Family("counts", (Parameters(("total", "probs"), ("large integer", "simplex")),), event=1),
}

DOMAINS: tuple[str, ...] = (
    "real", "positive", "negative", "unit", "above one", "boolean", "binary", "integer", "positive integer",
    "small integer", "large integer", "stored", "simplex", "spd", "counts", "mask", "unit vector", "orthogonal",
)  # fmt: skip
"""Domains that `inputs` can draw from; an argument's own words are mapped onto them ("[0,1]" and "probability" are "unit")."""
