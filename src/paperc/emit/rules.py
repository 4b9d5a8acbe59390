"""How each operation is written: for tensors, and (`python`) for numbers that are known before any tensor is.

`{0}` … are the operands, in brackets where needed. Infix operators stand in `INFIX`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .values import AND, ATOM, BIT_AND, BIT_OR, COMPARE, OR, POWER, PRODUCT, SUM


@dataclass(frozen=True, slots=True)
class Rule:
    tensor: str
    python: str | None = None
    operand: int = 0
    """The level that operands need to stand without brackets."""
    level: int = ATOM
    real: bool = True
    """The operands must be real: whole numbers are converted first."""


INFIX: dict[str, tuple[str, int]] = {
    "add": ("+", SUM),
    "sub": ("-", SUM),
    "mul": ("*", PRODUCT),
    "div": ("/", PRODUCT),
    "pow": ("**", POWER),
    "mod": ("%", PRODUCT),
    "eq": ("==", COMPARE),
    "ne": ("!=", COMPARE),
    "lt": ("<", COMPARE),
    "le": ("<=", COMPARE),
    "gt": (">", COMPARE),
    "ge": (">=", COMPARE),
    "and": ("&", BIT_AND),
    "or": ("|", BIT_OR),
    "xor": ("!=", COMPARE),
}
PYTHON_LOGIC = {"and": ("and", AND), "or": ("or", OR)}

SPECIAL = ("neg", "min", "max", "clip", "not", "indicator", "where", "square", "reciprocal", "stored", "number", *INFIX)
"""Operations with an emission of their own (`elementwise`)."""


def _torch(name: str, python: str | None = None, real: bool = True) -> Rule:
    return Rule(f"torch.{name}({{0}})", f"math.{python}({{0}})" if python else None, real=real)


OPERATIONS: dict[str, Rule] = {
    "sqrt": _torch("sqrt", "sqrt"),
    "abs": Rule("torch.abs({0})", "abs({0})", real=False),
    "sign": _torch("sign", real=False),
    "floor": _torch("floor", "floor"),
    "ceil": _torch("ceil", "ceil"),
    "round": Rule("torch.round({0})", "round({0})"),
    "hypot": Rule("torch.hypot({0}, {1})", "math.hypot({0}, {1})"),
    "exp": _torch("exp", "exp"),
    "log": _torch("log", "log"),
    "log2": _torch("log2", "log2"),
    "log10": _torch("log10", "log10"),
    "log1p": _torch("log1p", "log1p"),
    "expm1": _torch("expm1", "expm1"),
    "logaddexp": Rule("torch.logaddexp({0}, {1})"),
    "xlogy": Rule("torch.special.xlogy({0}, {1})"),
    "entropy": Rule("torch.special.entr({0})"),
    "logit": Rule("torch.logit({0})"),
    "sin": _torch("sin", "sin"),
    "cos": _torch("cos", "cos"),
    "tan": _torch("tan", "tan"),
    "asin": _torch("asin", "asin"),
    "acos": _torch("acos", "acos"),
    "atan": _torch("atan", "atan"),
    "atan2": Rule("torch.atan2({0}, {1})", "math.atan2({0}, {1})"),
    "sinh": _torch("sinh", "sinh"),
    "cosh": _torch("cosh", "cosh"),
    "tanh": _torch("tanh", "tanh"),
    "asinh": _torch("asinh", "asinh"),
    "acosh": _torch("acosh", "acosh"),
    "atanh": _torch("atanh", "atanh"),
    # log cosh x = |x| + log(1 + exp(-2|x|)) - log 2: no overflow
    "logcosh": Rule("torch.abs({0}) + F.softplus(-2 * torch.abs({0})) - math.log(2)", level=SUM),
    "sinc": _torch("sinc"),
    "sigmoid": _torch("sigmoid"),
    "logsigmoid": Rule("F.logsigmoid({0})"),
    # F.softplus switches to x beyond a threshold; its default of 20 costs digits in double precision
    "softplus": Rule("F.softplus({0}, threshold=40)"),
    "relu": _torch("relu", real=False),
    "relu6": Rule("F.relu6({0})"),
    "leaky_relu": Rule("torch.where({0} > 0, {0}, {1} * {0})", operand=PRODUCT),
    # no torch.where: its branches are slow to choose between, and slower to differentiate
    "elu": Rule("torch.relu({0}) + {1} * torch.expm1({0}.clamp(max=0))", operand=ATOM, level=SUM),
    "selu": Rule("F.selu({0})"),
    "gelu": Rule("F.gelu({0})"),
    "gelu_tanh": Rule('F.gelu({0}, approximate="tanh")'),
    "huber": Rule(
        "torch.where(torch.abs({0}) <= {1}, 0.5 * {0} ** 2, {1} * (torch.abs({0}) - 0.5 * {1}))", operand=ATOM
    ),
    "silu": Rule("F.silu({0})"),
    "mish": Rule("{0} * torch.tanh(F.softplus({0}, threshold=40))", operand=PRODUCT, level=PRODUCT),
    "softsign": Rule("F.softsign({0})"),
    "hardtanh": Rule("F.hardtanh({0})"),
    "hardsigmoid": Rule("F.hardsigmoid({0})"),
    "hardswish": Rule("F.hardswish({0})"),
    "erf": _torch("erf", "erf"),
    "erfc": _torch("erfc", "erfc"),
    "erfinv": _torch("erfinv"),
    "normal_cdf": Rule("torch.special.ndtr({0})"),
    "normal_pdf": Rule("torch.exp(-({0} ** 2) / 2) / math.sqrt(2 * math.pi)", operand=ATOM, level=PRODUCT),
    "gamma": Rule("torch.exp(torch.lgamma({0}))", "math.gamma({0})"),
    "lgamma": _torch("lgamma", "lgamma"),
    "digamma": _torch("digamma"),
    "factorial": Rule("torch.exp(torch.lgamma({0} + 1))", "math.factorial({0})", operand=SUM),
    "binomial": Rule(
        "torch.exp(torch.lgamma({0} + 1) - torch.lgamma({1} + 1) - torch.lgamma({0} - {1} + 1))",
        "math.comb({0}, {1})",
        operand=PRODUCT,
    ),
    "beta": Rule("torch.exp(torch.lgamma({0}) + torch.lgamma({1}) - torch.lgamma({0} + {1}))", operand=PRODUCT),
    "bessel_i0": Rule("torch.special.i0({0})"),
    "bessel_i1": Rule("torch.special.i1({0})"),
    "isfinite": _torch("isfinite", "isfinite"),
    "heaviside": Rule("torch.heaviside({0}, torch.full_like({0}, 0.5))"),
}

BY_NUMBER: dict[str, Rule] = {
    "leaky_relu": Rule("F.leaky_relu({0}, {1})"),
    "elu": Rule("F.elu({0}, alpha={1})"),
}
"""Library calls whose second operand must be a Python number: a tensor would lose its gradient there."""

LINEAR: dict[str, str] = {
    "transpose": "{0}.mT",
    "inverse": "torch.linalg.inv({0})",
    "pinv": "torch.linalg.pinv({0})",
    "det": "torch.linalg.det({0})",
    "logdet": "torch.linalg.slogdet({0}).logabsdet",
    "trace": "{0}.diagonal(dim1=-2, dim2=-1).sum(-1)",
    "diag": "torch.diag_embed({0})",
    "diagonal": "{0}.diagonal(dim1=-2, dim2=-1)",
    "kron": "torch.kron({0}, {1})",
    "cholesky": "torch.linalg.cholesky({0})",
    "matrix_power": "torch.linalg.matrix_power({0}, {1})",
    "matrix_exp": "torch.linalg.matrix_exp({0})",
    "matrix_sqrt": "matrix_sqrt({0})",  # a helper of the module: the eigenvectors are needed twice
    "cross": "torch.linalg.cross({0}, {1})",
    "vec": "{0}.mT.flatten(-2)",
    "flatten": "{0}.flatten(-2)",
    "tril": "torch.tril({0})",
    "triu": "torch.triu({0})",
    "solve": "torch.linalg.solve({0}, {1})",
    "inner": "({0} * {1}).sum((-2, -1))",
    "max_eigenvalue": "torch.linalg.eigvalsh({0})[..., -1]",
    "min_eigenvalue": "torch.linalg.eigvalsh({0})[..., 0]",
    "column": "{0}[..., :, None]",
    "row": "{0}[..., None, :]",
}

NORMS: dict[str, tuple[str, str]] = {
    # of a vector, of a matrix
    "2": ("torch.linalg.vector_norm({0}, dim={dim})", "torch.linalg.matrix_norm({0})"),
    "1": ("{0}.abs().sum({dim})", "{0}.abs().sum({dim})"),
    "0": ("({0} != 0).sum({dim})", "({0} != 0).sum({dim})"),
    "inf": ("{0}.abs().amax({dim})", "{0}.abs().amax({dim})"),
    "p": ("({0}.abs() ** {p}).sum({dim}) ** (1 / {p})", "({0}.abs() ** {p}).sum({dim}) ** (1 / {p})"),
    "nuclear": ("", 'torch.linalg.matrix_norm({0}, ord="nuc")'),
    "spectral": ("", "torch.linalg.matrix_norm({0}, ord=2)"),
}

REDUCTIONS: dict[str, str] = {
    "sum": "{0}.sum({dim})",
    "prod": "{0}.prod({dim})",
    "max": "{0}.amax({dim})",
    "min": "{0}.amin({dim})",
    "mean": "{0}.mean({dim})",
    "any": "{0}.any({dim})",
    "all": "{0}.all({dim})",
    "argmax": "{0}.argmax({dim})",
    "argmin": "{0}.argmin({dim})",
    "logsumexp": "torch.logsumexp({0}, dim={dim})",
    "var": "{0}.var({dim}, correction=0)",
    "std": "{0}.std({dim}, correction=0)",
    "var_unbiased": "{0}.var({dim}, correction=1)",
    "std_unbiased": "{0}.std({dim}, correction=1)",
}
EMPTY: dict[str, str] = {
    "sum": "0.0", "prod": "1.0", "max": "-torch.inf", "min": "torch.inf", "any": "False", "all": "True",
    "argmax": "-torch.inf", "argmin": "torch.inf", "logsumexp": "-torch.inf", "mean": "0.0",
}  # fmt: skip
"""What stands where a condition excludes a term."""

ALONG: dict[str, str] = {
    "softmax": "torch.softmax({0}, dim={dim})",
    "log_softmax": "torch.log_softmax({0}, dim={dim})",
    "cumsum": "{0}.cumsum({dim})",
    "cumprod": "{0}.cumprod({dim})",
    "normalize": "{0} / torch.linalg.vector_norm({0}, dim={dim}, keepdim=True)",
    "sort": "{0}.sort({dim}).values",
    "sort_descending": "{0}.sort({dim}, descending=True).values",
    "flip": "{0}.flip({dim})",
}

GRADIENTS: dict[str, str] = {
    "gradient": "torch.func.grad({0})({1})",
    "jacobian": "torch.func.jacrev({0})({1})",
    "hessian": "torch.func.hessian({0})({1})",
    "divergence": "torch.func.jacrev({0})({1}).trace()",
    "laplacian": "torch.func.hessian({0})({1}).trace()",
}

_D = "torch.distributions."
DISTRIBUTIONS: dict[tuple[str, tuple[str, ...]], str] = {
    ("normal", ("mean", "variance")): f"{_D}Normal({{0}}, {{1}}.sqrt())",
    ("normal", ("mean", "std")): f"{_D}Normal({{0}}, {{1}})",
    ("normal", ("mean", "precision")): f"{_D}Normal({{0}}, {{1}}.rsqrt())",
    ("normal", ("mean", "covariance")): f"{_D}MultivariateNormal({{0}}, {{1}})",
    ("laplace", ("loc", "scale")): f"{_D}Laplace({{0}}, {{1}})",
    ("cauchy", ("loc", "scale")): f"{_D}Cauchy({{0}}, {{1}})",
    ("logistic", ("loc", "scale")): "",  # not in torch.distributions: written out by `calls`
    ("gumbel", ("loc", "scale")): f"{_D}Gumbel({{0}}, {{1}})",
    ("student_t", ("df", "loc", "scale")): f"{_D}StudentT({{0}}, {{1}}, {{2}})",
    ("uniform", ("low", "high")): f"{_D}Uniform({{0}}, {{1}})",
    ("lognormal", ("mean", "std")): f"{_D}LogNormal({{0}}, {{1}})",
    ("exponential", ("rate",)): f"{_D}Exponential({{0}})",
    ("gamma", ("shape", "rate")): f"{_D}Gamma({{0}}, {{1}})",
    ("gamma", ("shape", "scale")): f"{_D}Gamma({{0}}, 1 / {{1}})",
    ("inverse_gamma", ("shape", "scale")): f"{_D}InverseGamma({{0}}, {{1}})",
    ("chi2", ("df",)): f"{_D}Chi2({{0}})",
    ("half_normal", ("scale",)): f"{_D}HalfNormal({{0}})",
    ("weibull", ("shape", "scale")): f"{_D}Weibull({{1}}, {{0}})",
    ("beta", ("alpha", "beta")): f"{_D}Beta({{0}}, {{1}})",
    ("von_mises", ("mean", "concentration")): "",  # torch approximates the Bessel function to single precision
    ("bernoulli", ("probs",)): f"{_D}Bernoulli({{0}})",
    ("bernoulli", ("logits",)): f"{_D}Bernoulli(logits={{0}})",
    ("geometric", ("probs",)): f"{_D}Geometric({{0}})",  # counts failures: `calls` shifts the value by one
    ("poisson", ("rate",)): f"{_D}Poisson({{0}})",
    ("binomial", ("total", "probs")): f"{_D}Binomial({{0}}, {{1}})",
    ("categorical", ("probs",)): f"{_D}Categorical({{0}})",
    ("categorical", ("logits",)): f"{_D}Categorical(logits={{0}})",
    ("dirichlet", ("concentration",)): f"{_D}Dirichlet({{0}})",
    ("multinomial", ("total", "probs")): f"{_D}Multinomial({{0}}, {{1}})",
}
