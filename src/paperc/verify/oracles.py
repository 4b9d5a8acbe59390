"""Corroboration: a compiled function equals an operation of a library that has never seen the paper.

An oracle is tried where its signature fits; it corroborates if it equals the emitted code on every input. A match by chance
is out of the question for a formula of several terms; for one-line activations the paper's own name must agree as well, since
a misread variant may coincide with another activation.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from ..ir.node import ArrayType, Function
from .cases import Prepared, error_of
from .execute import CallSpec, Outcome
from .record import Check

TOLERANCE = 1e-10
T = torch.Tensor


@dataclass(frozen=True, slots=True)
class Oracle:
    """`takes`: for each operand its rank, or "label" (zero-based), or "number" for a scalar. `hints`: words one of which
    must stand in the function's name or symbol (none: the match alone is convincing)."""

    name: str
    takes: tuple[int | str, ...]
    call: Callable[..., T]
    gives: int = 0
    hints: tuple[str, ...] = ()


def _layer_norm(x: T, gain: T | None = None, bias: T | None = None) -> T:
    return F.layer_norm(x, list(x.shape[-1:]), gain, bias, eps=0.0)


def _feed_forward(act: Callable[[T], T]) -> Callable[..., T]:
    return lambda x, a, b, c, d: act(x @ a + b) @ c + d


def _kl_normal(m: T, s: T) -> T:
    p, q = torch.distributions.Normal(m, s), torch.distributions.Normal(torch.zeros_like(m), torch.ones_like(s))
    return torch.distributions.kl_divergence(p, q).sum()


def _log_prob(density: Any, x: T) -> T:
    out: T = density.log_prob(x)
    return out


def _normal(x: T, m: T, s: T) -> T:
    return _log_prob(torch.distributions.Normal(m, s, validate_args=False), x)


def _multivariate(x: T, m: T, s: T) -> T:
    return _log_prob(torch.distributions.MultivariateNormal(m, s, validate_args=False), x)


def _minus(f: Callable[..., T]) -> Callable[..., T]:
    return lambda *xs: -f(*xs)


def _wrap(f: Callable[..., T], **keywords: Any) -> Callable[..., T]:
    return lambda *xs: f(*xs, **keywords)


_F = "torch.nn.functional."
_NORMS = ("norm",)
ORACLES: tuple[Oracle, ...] = (
    Oracle(_F + "scaled_dot_product_attention", (2, 2, 2), F.scaled_dot_product_attention, 2),
    Oracle("torch.softmax", (1,), lambda x: torch.softmax(x, -1), 1),
    Oracle("torch.softmax of x / T", (1, "number"), lambda x, t: torch.softmax(x / t, -1), 1),
    Oracle("torch.softmax over rows", (2,), lambda x: torch.softmax(x, -1), 2),
    Oracle("torch.log_softmax", (1,), lambda x: torch.log_softmax(x, -1), 1),
    Oracle("torch.logsumexp", (1,), lambda x: torch.logsumexp(x, -1)),
    Oracle(_F + "layer_norm", (1, 1, 1), _layer_norm, 1),
    Oracle(_F + "layer_norm", (1,), _layer_norm, 1),
    Oracle(_F + "layer_norm", (1, 1, 1, "number"), lambda x, g, b, e: F.layer_norm(x, x.shape[-1:], g, b, float(e)), 1),
    Oracle(_F + "layer_norm", (1, "number"), lambda x, e: F.layer_norm(x, x.shape[-1:], eps=float(e)), 1),
    Oracle(_F + "rms_norm", (1, 1), lambda x, g: F.rms_norm(x, x.shape[-1:], g, eps=0.0), 1),
    Oracle(_F + "rms_norm", (1, 1, "number"), lambda x, g, e: F.rms_norm(x, x.shape[-1:], g, eps=float(e)), 1),
    Oracle(_F + "rms_norm", (1,), lambda x: F.rms_norm(x, x.shape[-1:], eps=0.0), 1),
    Oracle(_F + "normalize", (1,), lambda x: F.normalize(x, dim=-1), 1),
    Oracle(_F + "cross_entropy", (2, "labels"), F.cross_entropy),
    Oracle(_F + "cross_entropy (sum)", (2, "labels"), _wrap(F.cross_entropy, reduction="sum")),
    Oracle(_F + "cross_entropy (none)", (2, "labels"), _wrap(F.cross_entropy, reduction="none"), 1),
    Oracle(_F + "cross_entropy", (1, "label"), lambda z, y: F.cross_entropy(z, torch.as_tensor(y))),
    Oracle(_F + "cross_entropy, soft targets", (2, 2), F.cross_entropy),
    Oracle(_F + "cross_entropy, soft targets", (1, 1), lambda z, p: F.cross_entropy(z[None], p[None])),
    Oracle(_F + "nll_loss", (2, "labels"), F.nll_loss),
    Oracle(_F + "binary_cross_entropy", (1, 1), lambda p, y: F.binary_cross_entropy(p, y)),
    Oracle(_F + "binary_cross_entropy (sum)", (1, 1), lambda p, y: F.binary_cross_entropy(p, y, reduction="sum")),
    Oracle(_F + "binary_cross_entropy", ("number", "number"), lambda p, y: F.binary_cross_entropy(p, y)),
    Oracle(_F + "binary_cross_entropy_with_logits", (1, 1), lambda x, y: F.binary_cross_entropy_with_logits(x, y)),
    Oracle(_F + "binary_cross_entropy_with_logits (sum)", (1, 1), lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="sum")),
    Oracle(_F + "kl_div", (1, 1), lambda p, q: F.kl_div(q.log(), p, reduction="sum")),
    Oracle("torch.special.entr (sum)", (1,), lambda p: torch.special.entr(p).sum()),
    Oracle(_F + "mse_loss", (1, 1), F.mse_loss),
    Oracle(_F + "mse_loss", (2, 2), F.mse_loss),
    Oracle(_F + "mse_loss (sum)", (1, 1), _wrap(F.mse_loss, reduction="sum")),
    Oracle(_F + "mse_loss (sum)", (2, 2), _wrap(F.mse_loss, reduction="sum")),
    Oracle(_F + "l1_loss", (1, 1), F.l1_loss),
    Oracle(_F + "l1_loss (sum)", (1, 1), _wrap(F.l1_loss, reduction="sum")),
    Oracle(_F + "huber_loss", ("number", "number"), lambda a, d: F.huber_loss(a, torch.zeros_like(a), delta=float(d))),
    Oracle(_F + "smooth_l1_loss", ("number", "number"), lambda a, b: F.smooth_l1_loss(a, torch.zeros_like(a), beta=float(b))),
    Oracle(_F + "soft_margin_loss", (1, 1), F.soft_margin_loss),
    Oracle(_F + "poisson_nll_loss", (1, 1), lambda x, y: F.poisson_nll_loss(x, y)),
    Oracle(_F + "cosine_similarity", (1, 1), lambda u, v: F.cosine_similarity(u, v, dim=-1)),
    Oracle(_F + "cosine_similarity of all pairs", (2, 2), lambda u, v: F.cosine_similarity(u[:, None], v[None], dim=-1), 2),
    Oracle("torch.cdist", (2, 2), torch.cdist, 2),
    Oracle("torch.dist", (1, 1), torch.dist),
    Oracle(_F + "triplet_margin_loss (sum)", (2, 2, 2, "number"), lambda a, p, n, m: F.triplet_margin_loss(a, p, n, margin=float(m), eps=0.0, reduction="sum")),
    Oracle(_F + "triplet_margin_loss", (2, 2, 2, "number"), lambda a, p, n, m: F.triplet_margin_loss(a, p, n, margin=float(m), eps=0.0)),
    Oracle(_F + "linear", (1, 2, 1), F.linear, 1),
    Oracle(_F + "bilinear", (1, 1, 2), lambda x, y, w: F.bilinear(x[None], y[None], w[None])[0, 0]),
    Oracle("torch.nn.Linear, ReLU, Linear", (1, 2, 1, 2, 1), _feed_forward(torch.relu), 1),
    Oracle("torch.nn.Linear, ReLU, Linear", (2, 2, 1, 2, 1), _feed_forward(torch.relu), 2),
    Oracle("torch.nn.Linear, GELU, Linear", (1, 2, 1, 2, 1), _feed_forward(F.gelu), 1),
    Oracle("torch.distributions.kl_divergence of normals", (1, 1), _kl_normal),
    Oracle("minus torch.distributions.kl_divergence of normals", (1, 1), _minus(_kl_normal)),
    Oracle("torch.distributions.Normal.log_prob", ("number", "number", "number"), _normal),
    Oracle("torch.distributions.MultivariateNormal.log_prob", (1, 1, 2), _multivariate),
    Oracle("torch.distributions.Bernoulli.log_prob", ("number", "number"), lambda p, y: _log_prob(torch.distributions.Bernoulli(p, validate_args=False), y)),
    Oracle("torch.lerp", (1, 1, "number"), lambda a, b, t: torch.lerp(a, b, t), 1),
    Oracle("torch.baddbmm-like low-rank update", (2, 2, 2, 1), lambda w, b, a, x: (w + b @ a) @ x, 1),
    Oracle(_F + "glu", (1, 1), lambda a, b: F.glu(torch.cat([a, b]), dim=0), 1),
    Oracle("torch.corrcoef", (1, 1), lambda x, y: torch.corrcoef(torch.stack([x, y]))[0, 1]),
    Oracle("torch.var (biased)", (1,), lambda x: torch.var(x, correction=0)),
    Oracle("torch.var (unbiased)", (1,), lambda x: torch.var(x, correction=1)),
    *(
        Oracle(name, (takes, *extra), call, gives, hints)
        for name, call, extra, hints in (
            (_F + "gelu", F.gelu, (), ("gelu",)),
            (_F + "gelu (tanh)", _wrap(F.gelu, approximate="tanh"), (), ("gelu",)),
            (_F + "silu", F.silu, (), ("silu", "swish")),
            (_F + "silu of beta x", lambda x, b: x * torch.sigmoid(b * x), ("number",), ("swish",)),
            (_F + "mish", F.mish, (), ("mish",)),
            (_F + "relu", F.relu, (), ("relu", "[·]_+")),
            (_F + "leaky_relu", lambda x, a: F.leaky_relu(x, float(a)), ("number",), ("relu",)),
            (_F + "elu", lambda x, a: F.elu(x, float(a)), ("number",), ("elu",)),
            (_F + "selu", F.selu, (), ("selu",)),
            (_F + "softplus", _wrap(F.softplus, threshold=40), (), ("softplus", "varsigma", "zeta")),
            (_F + "logsigmoid", F.logsigmoid, (), ("logsigmoid",)),
            (_F + "softsign", F.softsign, (), ("softsign",)),
            (_F + "hardswish", F.hardswish, (), ("swish",)),
            ("torch.sigmoid", torch.sigmoid, (), ("sigma", "sigmoid", "logistic")),
            ("torch.tanh", torch.tanh, (), ("tanh",)),
            ("torch.special.ndtr", torch.special.ndtr, (), ("phi",)),
        )
        for takes, gives in (("number", 0), (1, 1), (2, 2))
    ),
)  # fmt: skip


def corroborate(prepared: Prepared, outcomes: Sequence[Outcome], sandbox: str = "") -> Check | None:
    """A check by the first library operation that the emitted code equals on every input, if there is one."""
    f = prepared.function
    values = [o.value for o in outcomes]
    if not values or any(o.error or v is None or not np.size(v) for o, v in zip(outcomes, values)):
        return None
    for oracle in ORACLES:
        if oracle.gives != np.ndim(values[0]) or not _named(f, oracle.hints):
            continue
        for names in _bindings(f, oracle.takes):
            errors = _errors(oracle, names, prepared, values)
            if errors is not None:
                return Check(
                    f"oracle: {oracle.name}", True, max(errors), TOLERANCE, f"{oracle.name}({', '.join(names)})",
                    sandbox=sandbox, step="corroborated",
                )  # fmt: skip
    return None


def _named(f: Function, hints: tuple[str, ...]) -> bool:
    text = f"{f.name} {f.symbol} {' '.join(f.notes)}".lower()
    return not hints or any(h in text for h in hints)


def _bindings(f: Function, takes: tuple[int | str, ...]) -> Iterator[tuple[str, ...]]:
    """Ways to give the function's arguments to an oracle: all of them, each to a slot of its rank (sizes do not count)."""
    from ..ir.shapes import size_argument

    arguments = [a for a in f.arguments if size_argument(a) is None]
    kinds = {a.name: _kind(a.type) for a in arguments}
    if len(arguments) != len(takes) or sorted(map(str, kinds.values())) != sorted(map(str, takes)):
        return
    count = 0
    for order in itertools.permutations([a.name for a in arguments]):
        if all(kinds[n] == t for n, t in zip(order, takes)):
            yield order
            count += 1
            if count >= 120:
                return


def _kind(kind: object) -> int | str:
    if not isinstance(kind, ArrayType):
        return "function"
    if kind.sort == "stored":
        return "labels" if kind.axes else "label"
    return len(kind.axes) if kind.axes else "number"


def _errors(oracle: Oracle, names: tuple[str, ...], prepared: Prepared, values: Sequence[Any]) -> list[float] | None:
    """The errors on all inputs; None if the oracle does not take them or differs on one."""
    errors = []
    defaults: Mapping[str, Any] = {a.name: a.default for a in prepared.function.arguments if a.default is not None}
    for case, value in zip(prepared.cases, values):
        given = {**defaults, **case.arguments}
        try:
            operands = [_operand(given[n]) for n in names]
            with (
                warnings.catch_warnings()
            ):  # the library warns of shapes that are not meant for it: it is then no match
                warnings.simplefilter("ignore")
                expected = oracle.call(*operands)
        except (RuntimeError, ValueError, TypeError, IndexError):
            return None
        if not isinstance(expected, torch.Tensor):
            return None
        error = error_of(value, expected.detach().numpy(), TOLERANCE)
        if not isinstance(error, float) or error > TOLERANCE:
            return None
        errors.append(error)
    # One that is nowhere different from a constant proves nothing.
    flat = [np.asarray(v, dtype=np.float64).reshape(-1) for v in values]
    return errors if np.ptp(np.concatenate(flat)) > 1e-9 else None


def _operand(value: Any) -> Any:
    if isinstance(value, (bool, int)) and not isinstance(value, bool):
        return torch.tensor(value)
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    return torch.from_numpy(np.array(value))


# --- multi-head attention ---------------------------------------------------------------------------------


def multi_head_call(f: Function, module: str) -> tuple[CallSpec, T] | None:
    """A call of a function that takes (Q, K, V) and projections for each head, with what nn.MultiheadAttention gives.

    Its sizes are tied (d = h d_k), so it needs inputs of its own. None where the signature is another.
    """
    roles = _multi_head_roles(f)
    if roles is None:
        return None
    h, d_k, n, m = 2, 3, 5, 7
    d = h * d_k
    rng = np.random.default_rng(11)
    q, k, v = rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=(m, d))
    wq, wk, wv = (rng.normal(size=(h, d, d_k)) for _ in range(3))
    wo = rng.normal(size=(d, d))
    values = dict(zip(("Q", "K", "V", "WQ", "WK", "WV", "WO"), (q, k, v, wq, wk, wv, wo)))
    attention = torch.nn.MultiheadAttention(d, h, bias=False, dtype=torch.float64)
    with torch.no_grad():
        packed = np.concatenate([w.transpose(0, 2, 1).reshape(d, d) for w in (wq, wk, wv)])
        attention.in_proj_weight.copy_(torch.from_numpy(packed))
        attention.out_proj.weight.copy_(torch.from_numpy(wo.T.copy()))
        expected = attention(*(torch.from_numpy(x) for x in (q, k, v)), need_weights=False)[0]
    return CallSpec(f"{f.id}/mha", module, f.name, {a: values[r] for a, r in roles.items()}), expected


def _multi_head_roles(f: Function) -> dict[str, str] | None:
    """The role of each argument by its name and rank: `W^Q_i` → WQ."""
    ranks = {"Q": 2, "K": 2, "V": 2, "WQ": 3, "WK": 3, "WV": 3, "WO": 2}
    roles: dict[str, str] = {}
    for a in f.arguments:
        letters = "".join(c for c in a.name.upper() if c in "WQKVO")
        if not isinstance(a.type, ArrayType) or ranks.get(letters) != len(a.type.axes):
            if a.default is not None:
                continue
            return None
        roles[a.name] = letters
    return roles if sorted(roles.values()) == sorted(ranks) else None


def multi_head_check(outcome: Outcome, expected: T, sandbox: str) -> Check | None:
    """The check of a multi-head call; None where it differs (the sizes or the order of heads may be meant otherwise)."""
    if outcome.error or outcome.value is None:
        return None
    error = error_of(outcome.value, expected.numpy(), TOLERANCE)
    if not isinstance(error, float) or error > TOLERANCE:
        return None
    name = "torch.nn.MultiheadAttention"
    return Check(
        f"oracle: {name}", True, error, TOLERANCE, f"{name} with the same weights", sandbox=sandbox, step="corroborated"
    )
