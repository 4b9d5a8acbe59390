"""How the modules and functionals of torch.nn are called, so that a formula of their documentation can be held against them.

A case draws inputs, calls the module, and says under which symbols the documentation speaks of the inputs, the weights
and the results. It holds no formula: a result is what the module returns, a size is the size of what it returns, a bound
is what an initialiser drew from. Attributes of the module (`kernel_size`, `margin`, `eps` …) are found by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class Case:
    """One call: values by the symbol that the documentation uses, and what came out.

    `results`: the value of the documented function, or values by left side ("h'", "L_{out}"). `owner` gives its
    attributes as values too.
    """

    values: Mapping[str, Any]
    results: Any
    owner: Any = None
    sizes: Mapping[str, int] = field(default_factory=dict)


Draw = Callable[..., Tensor]
"""`draw(*shape, low=…, high=…)`: normal numbers, or uniform ones between two bounds."""
CASES: dict[str, Callable[[Draw, int], Case]] = {}
"""By the name of a module or functional: a case for the formula of this number in its documentation."""
FUNCTIONS: Mapping[str, Any] = {
    r"\sigma": torch.sigmoid,
    r"\Phi": torch.special.ndtr,
    r"\text{Softmax}": lambda x: torch.softmax(x, -1),
    r"\text{Attention}": F.scaled_dot_product_attention,
}
"""Functions that documentation calls by a name alone."""
NAMES: Mapping[str, str] = {"lambda_": "lambd", "epsilon": "eps"}
"""Attributes whose name in Python is not their symbol's."""


def case(*names: str) -> Callable[[Callable[[Draw, int, str], Case]], None]:
    """Registers a function of (draw, number of the formula, name) for these names."""

    def register(make: Callable[[Draw, int, str], Case]) -> None:
        for name in names:
            CASES[name] = lambda draw, number, name=name: make(draw, number, name)  # type: ignore[misc]

    return register


# ---- activations ------------------------------------------------------------------------------------------------------

SETTINGS: Mapping[str, Mapping[str, float]] = {
    "CELU": {"alpha": 0.7}, "ELU": {"alpha": 0.7}, "Hardshrink": {"lambd": 0.7}, "Softshrink": {"lambd": 0.7},
    "Hardtanh": {"min_val": -0.7, "max_val": 1.3}, "LeakyReLU": {"negative_slope": 0.2}, "Softplus": {"beta": 1.7},
    "Threshold": {"threshold": 0.4, "value": -2.5},
}  # fmt: skip


@case(
    "CELU", "ELU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid", "Mish", "ReLU", "ReLU6",
    "SELU", "SiLU", "Sigmoid", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
)  # fmt: skip
def _(draw: Draw, number: int, name: str) -> Case:
    module = getattr(nn, name)(**SETTINGS.get(name, {}))
    x = 3 * draw(23)
    return Case({"x": x, r"\text{scale}": 1.0507009873554804934193349852946}, module(x), module)


@case("Softmax", "Softmin", "LogSoftmax")
def _(draw: Draw, number: int, name: str) -> Case:
    x = draw(7)
    return Case({"x": x}, getattr(nn, name)(-1)(x))


@case("GELU", "F.gelu")
def _(draw: Draw, number: int, name: str) -> Case:
    x = 3 * draw(23)
    exact = number == (1 if name == "GELU" else 2)  # the formula with the hyperbolic tangent is the approximate one
    return Case({"x": x}, F.gelu(x, approximate="none" if exact else "tanh"))


@case("GLU", "F.glu")
def _(draw: Draw, number: int, name: str) -> Case:
    a, b = draw(7), draw(7)
    out = nn.GLU()(torch.cat([a, b]))
    return Case({"a": a, "b": b, "N": 14}, out, sizes={"M": len(out)})


@case("PReLU", "F.prelu")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.PReLU(init=0.3)
    x = 3 * draw(23)
    return Case({"x": x, "a": module.weight, r"\text{weight}": module.weight}, module(x))


@case("RReLU")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.RReLU(0.1, 0.4).eval()
    x = 3 * draw(23)
    return Case({"x": x}, {"RReLU": module(x), "a": module(torch.tensor([-1.0], dtype=x.dtype)).neg()[0]}, module)


# ---- functionals that their documentation gives a formula ---------------------------------------------------------------


@case(
    "F.hardsigmoid", "F.hardswish", "F.mish", "F.silu", "F.logsigmoid", "F.relu6", "F.sigmoid", "F.softsign", "F.tanh",
    "F.tanhshrink", "F.selu",
)  # fmt: skip
def _(draw: Draw, number: int, name: str) -> Case:
    x = 3 * draw(23)
    return Case({"x": x, "scale": 1.0507009873554804934193349852946}, getattr(F, name[2:])(x))


@case("F.softmax", "F.softmin")
def _(draw: Draw, number: int, name: str) -> Case:
    x = draw(7)
    return Case({"x": x}, getattr(F, name[2:])(x, -1))


@case("F.celu", "F.leaky_relu", "F.softplus")
def _(draw: Draw, number: int, name: str) -> Case:
    x = 3 * draw(23)
    said = {"F.celu": {"alpha": 0.7}, "F.leaky_relu": {"negative_slope": 0.2}, "F.softplus": {"beta": 1.7}}[name]
    return Case(
        {"x": x, **{k if k[0] == "n" else f"\\{k}": v for k, v in said.items()}}, getattr(F, name[2:])(x, **said)
    )


@case("F.normalize")
def _(draw: Draw, number: int, name: str) -> Case:
    v = draw(7)
    return Case({"v": v, "p": 3.0, r"\epsilon": 1e-12}, F.normalize(v, p=3.0, dim=-1))


@case("F.linear", "Linear", "LazyLinear")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.Linear(5, 3)
    x = draw(5)
    values = {"x": x, "A": module.weight, "b": module.bias}
    return Case(values, {"y": module(x), "k": drawn_from(lambda: nn.Linear(5, 3))}, module)


@case("F.bilinear", "Bilinear")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.Bilinear(5, 3, 2)
    left, right = draw(5), draw(3)
    values = {"x_1": left, "x_2": right, "A": module.weight, "b": module.bias}
    return Case(values, {"y": module(left, right), "k": drawn_from(lambda: nn.Bilinear(5, 3, 2))}, module)


# ---- losses: unreduced, or of one sample ----------------------------------------------------------------------------------


@case("BCELoss", "BCEWithLogitsLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y, w, p = (draw(7, 3, low=low, high=high) for low, high in ((0.05, 0.95), (0, 1), (0.5, 2), (0.5, 2)))
    if number == 3:
        out = nn.BCEWithLogitsLoss(w, reduction="none", pos_weight=p[0])(x, y)
        return Case({"x": x, "y": y, "w": w, "p": p[0]}, {"l": out, r"\ell_c": out.T})  # for each class, a vector
    x, y, w = x[:, 0], y[:, 0], w[:, 0]
    return Case({"x": x, "y": y, "w": w}, getattr(nn, name)(w, reduction="none")(x, y))


@case("L1Loss", "MSELoss", "HuberLoss", "SmoothL1Loss")
def _(draw: Draw, number: int, name: str) -> Case:
    said = {"HuberLoss": {"delta": 0.8}, "SmoothL1Loss": {"beta": 0.8}}.get(name, {})
    module = getattr(nn, name)(reduction="none", **said)
    x, y = draw(17), draw(17)
    return Case({"x": x, "y": y}, module(x, y), module)


@case("CrossEntropyLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, w = draw(7, 5), draw(5, low=0.5, high=2)
    module = nn.CrossEntropyLoss(w, reduction="none")
    y = torch.softmax(draw(7, 5), -1) if number > 2 else torch.arange(7) % 5  # probabilities of classes, or a class
    return Case({"x": x, "y": y, "w": w}, module(x, y), module)


@case("NLLLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, w = torch.log_softmax(draw(7, 5), -1), draw(5, low=0.5, high=2)
    module = nn.NLLLoss(w, reduction="none")
    y = torch.arange(7) % 5
    return Case({"x": x, "y": y, "w": w}, {r"\ell": module(x, y), "l": module(x, y)}, module)


@case("CosineEmbeddingLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.CosineEmbeddingLoss(margin=0.1)
    x_1, x_2, y = draw(7), draw(7), torch.sign(draw())
    x_2 = x_2 + x_1  # so that the margin is passed
    return Case({"x_1": x_1, "x_2": x_2, "y": y}, module(x_1, x_2, y), module)


@case("CosineSimilarity", "F.cosine_similarity")
def _(draw: Draw, number: int, name: str) -> Case:
    x_1, x_2, module = draw(7), draw(7), nn.CosineSimilarity(dim=-1)
    return Case({"x_1": x_1, "x_2": x_2}, module(x_1, x_2), module)


@case("PairwiseDistance")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y, module = draw(7), draw(7), nn.PairwiseDistance(p=3.0, eps=1e-3)
    return Case({"x": x, "y": y, "e": torch.ones(7), "p": 3.0}, {r"\mathrm{dist}": module(x, y)}, module)


@case("GaussianNLLLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.GaussianNLLLoss(reduction="none", eps=0.4)  # large enough to count
    x, y, variance = draw(17), draw(17), draw(17, low=0.1, high=2)
    values = {r"\text{input}": x, r"\text{target}": y, r"\text{var}": variance, r"\text{const.}": torch.zeros(())}
    return Case(values, module(x, y, variance), module)


@case("HingeEmbeddingLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y, module = draw(17), torch.sign(draw(17)), nn.HingeEmbeddingLoss(margin=0.8, reduction="none")
    return Case({"x": x, "y": y}, {"l": module(x, y)}, module)


@case("KLDivLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    seen, true = (
        torch.softmax(draw(7), 0),
        torch.softmax(draw(7), 0),
    )  # the module takes the logarithm of the prediction
    return Case({r"y_{\text{pred}}": seen, r"y_{\text{true}}": true}, nn.KLDivLoss(reduction="none")(seen.log(), true))


@case("MarginRankingLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x1, x2, y, module = draw(17), draw(17), torch.sign(draw(17)), nn.MarginRankingLoss(margin=0.3, reduction="none")
    return Case({"x1": x1, "x2": x2, "y": y}, module(x1, x2, y), module)


@case("MultiLabelMarginLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y = draw(7), torch.tensor([3, 0, 5, -1, 1, 1, 1])
    return Case({"x": x, "y": y}, nn.MultiLabelMarginLoss()(x, y))


@case("MultiLabelSoftMarginLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y = draw(7), (draw(7) > 0).to(torch.float64)
    return Case({"x": x, "y": y, "C": 7}, nn.MultiLabelSoftMarginLoss()(x, y))


@case("MultiMarginLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y, w = draw(7), torch.tensor(4), draw(7, low=0.5, high=2)
    module = nn.MultiMarginLoss(p=2, margin=1.3, weight=None if number == 1 else w)
    return Case({"x": x, "y": y, "w": w, "w_y": w[y]}, module(x, y), module)


@case("PoissonNLLLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    # above 1 the module approximates the factorial; eps stands in no formula
    module = nn.PoissonNLLLoss(log_input=False, full=True, eps=0.0, reduction="none")
    rate, target = draw(17, low=0.1, high=2), (draw(17) > 0).to(torch.float64)
    return Case({r"\text{input}": rate, r"\text{target}": target}, {r"\text{loss}": module(rate, target)}, module)


@case("SoftMarginLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    x, y = draw(17), torch.sign(draw(17))
    return Case({"x": x, "y": y}, nn.SoftMarginLoss()(x, y))


@case("TripletMarginLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    a, p, n = draw(7, 3), draw(7, 3), draw(7, 3)
    module = nn.TripletMarginLoss(margin=0.7, p=3, eps=0.0, reduction="none")  # eps stands in no formula
    distance = nn.PairwiseDistance(p=3, eps=0.0)
    values = {"a": a, r"\text{n}": n, "n": n, "x": a, "y": n, "d": distance, r"\text{margin}": 0.7}
    values |= {"p": p} if number == 1 else {"p": 3.0}
    return Case(values, {"L": module(a, p, n), "d": distance(a, n)}, module)


@case("TripletMarginWithDistanceLoss")
def _(draw: Draw, number: int, name: str) -> Case:
    a, p, n = draw(7, 3), draw(7, 3), draw(7, 3)
    module = nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance(), margin=0.7, reduction="none")
    values = {"a": a, "p": p, "n": n, "d": nn.PairwiseDistance()}
    return Case(values, module(a, p, n), module)


# ---- normalisations -------------------------------------------------------------------------------------------------------


@case(
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d", "SyncBatchNorm"
)
def _(draw: Draw, number: int, name: str) -> Case:
    kind = getattr(nn, "BatchNorm1d" if name == "SyncBatchNorm" else name)
    module, observed = kind(5, momentum=0.3, track_running_stats=True), kind(5, momentum=1.0, track_running_stats=True)
    x = draw(3, 5, *(4,) * int(name[-2] if name[-1] == "d" else 1))
    module.running_mean.copy_(draw(5))
    before = module.running_mean.clone()
    y = module(x)
    observed(x)  # with momentum 1 the new statistic is the observed one
    values = {"x": x, r"\gamma": module.weight, r"\beta": module.bias}
    values |= {r"\hat{x}": before, "x_t": observed.running_mean}
    return Case(values, {"y": y, r"\hat{x}_{\text{new}}": module.running_mean}, module)


@case("LayerNorm", "GroupNorm")
def _(draw: Draw, number: int, name: str) -> Case:
    module: Any = nn.LayerNorm(5) if name == "LayerNorm" else nn.GroupNorm(1, 5)
    x = draw(3, 5)
    return Case({"x": x, r"\gamma": module.weight, r"\beta": module.bias}, module(x), module)


@case("RMSNorm")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.RMSNorm(5, eps=0.1)
    module.weight.data = draw(5)
    x = draw(5)
    return Case({"x": x, r"\gamma": module.weight, "n": 5}, {"y": module(x)}, module)


@case("LocalResponseNorm")
def _(draw: Draw, number: int, name: str) -> Case:
    # an even window of the module is one element shorter than the formula's
    module, a = nn.LocalResponseNorm(5, alpha=0.3, beta=0.6, k=1.2), draw(1, 7, 1)
    return Case({"a": a.reshape(7), "n": 5, "N": 7}, module(a).reshape(7), module)


# ---- recurrent cells and attention ----------------------------------------------------------------------------------------


def weights(module: Any, gates: str, suffix: str = "") -> dict[str, Tensor]:
    """The weights and biases of each gate, which the module keeps in one array: `W_{ir}`, `b_{hz}` …"""
    out = {}
    for side, letter in (("ih", "i"), ("hh", "h")):
        for what, symbol in (("weight", "W"), ("bias", "b")):
            parts = getattr(module, f"{what}_{side}{suffix}").chunk(len(gates))
            out |= {f"{symbol}_{{{letter}{gate}}}": part for gate, part in zip(gates, parts, strict=True)}
    return out


@case("RNN", "RNNCell", "GRU", "GRUCell", "LSTM", "LSTMCell")
def _(draw: Draw, number: int, name: str) -> Case:
    module = getattr(nn, name)(5, 3)
    suffix = "" if name.endswith("Cell") else "_l0"
    if name == "LSTM" and number == 3:
        return projected(draw)
    if name == "GRU" and number in (2, 3):  # 2: what the module says that it does not do
        return new_gate(draw, module) if number == 3 else Case({}, {})
    x, h, c = draw(5), draw(3), draw(3)
    k = drawn_from(lambda: getattr(nn, name)(5, 3))
    values = {"x": x, "x_t": x, "h": h, "h_{t-1}": h, "h_{(t-1)}": h, "c": c, "c_{t-1}": c}
    if name.startswith("RNN"):
        values |= {s.replace("gate", "h"): v for s, v in weights(module, "h", suffix).items()}
    else:
        values |= weights(module, "rzn" if name.startswith("GRU") else "ifgo", suffix)
    if suffix:
        state = (h[None], c[None]) if name == "LSTM" else h[None]
        out, last = module(x[None], state)
        results = {"h_t": out[0]} | ({"c_t": last[1][0]} if name == "LSTM" else {})
    else:
        said = module(x, (h, c) if name == "LSTMCell" else h)
        results = {"h'": said[0], "c'": said[1]} if name == "LSTMCell" else {"h'": said}
    return Case(values, results | {"k": k}, module)


def projected(draw: Draw) -> Case:
    """An LSTM with projection, whose hidden state before it is that of the same LSTM without."""
    module, inner = nn.LSTM(5, 3, proj_size=2), nn.LSTM(5, 3)
    inner.weight_ih_l0, inner.bias_ih_l0, inner.bias_hh_l0 = module.weight_ih_l0, module.bias_ih_l0, module.bias_hh_l0
    x = draw(1, 5)  # the first step: the hidden state before it is zero
    return Case({"h_t": inner(x)[0][0], "W_{hr}": module.weight_hr_l0}, {"h_t": module(x)[0][0]}, module)


def new_gate(draw: Draw, module: Any) -> Case:
    """A GRU whose reset gate is what we draw and whose update gate is shut: its result is the new gate."""
    x, h, r = draw(5), draw(3), draw(3, low=0.1, high=0.9)
    with torch.no_grad():
        for side in ("ih", "hh"):
            getattr(module, f"weight_{side}_l0")[:6] = 0
            getattr(module, f"bias_{side}_l0")[:6] = 0
        module.bias_ih_l0[:3] = torch.logit(r)
        module.bias_ih_l0[3:6] = -1e4
    n, _ = module(x[None], h[None])
    return Case({"x_t": x, "h_{(t-1)}": h, "r_t": r, **weights(module, "rzn", "_l0")}, {"n_t": n[0]}, module)


@case("MultiheadAttention")
def _(draw: Draw, number: int, name: str) -> Case:
    module = nn.MultiheadAttention(6, 2, bias=False)
    q, k, v = draw(4, 6), draw(5, 6), draw(5, 6)
    heads = {
        f"W_i^{letter}": part.reshape(2, 3, 6).mT
        for letter, part in zip("QKV", module.in_proj_weight.chunk(3), strict=True)
    }
    values = {"Q": q, "K": k, "V": v, "W^O": module.out_proj.weight.T, **heads}
    return Case(values, {r"\text{MultiHead}": module(q, k, v, need_weights=False)[0]}, module)


# ---- convolutions, pooling, padding: values and sizes -----------------------------------------------------------------------


def sizes(x: Tensor, y: Tensor, letters: str) -> dict[str, int]:
    """The sizes of the last axes before and after: `H_{in}`, `H_{out}` …"""
    last = range(-len(letters), 0)
    return {f"{a}_{{in}}": x.shape[k] for a, k in zip(letters, last, strict=True)} | {
        f"{a}_{{out}}": y.shape[k] for a, k in zip(letters, last, strict=True)
    }


def axes(name: str) -> str:
    """The letters of the spatial axes of a module for so many dimensions."""
    return {"1": "L", "2": "HW", "3": "DHW"}[name[-2]]


EXTENTS = (11, 13, 10)
KERNELS, STRIDES, PADDINGS, DILATIONS = (3, 4, 2), (2, 3, 1), (1, 2, 0), (2, 1, 3)


def settings(name: str, *which: str) -> dict[str, Any]:
    """Arguments of a module, different on each axis."""
    chosen = {
        "kernel_size": KERNELS,
        "stride": STRIDES,
        "padding": PADDINGS,
        "dilation": DILATIONS,
        "output_padding": (1, 2, 0),
    }
    said: dict[str, Any] = {k: chosen[k][: int(name[-2])] for k in which}
    return {k: v[0] if len(v) == 1 else v for k, v in said.items()}


@case("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
def _(draw: Draw, number: int, name: str) -> Case:
    extra = ("output_padding",) if "Transpose" in name else ()
    said = settings(name, "kernel_size", "stride", "padding", "dilation", *extra)
    make = lambda: getattr(nn, name)(4, 6, groups=2, **said)  # noqa: E731
    module, x = make(), draw(2, 4, *EXTENTS[: int(name[-2])])
    found = sizes(x, module(x), axes(name))
    return Case({**found, "C_{in}": 4, "C_{out}": 6}, {"k": drawn_from(make)}, module, found)


@case("AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d", "LPPool1d", "LPPool2d", "LPPool3d")
def _(draw: Draw, number: int, name: str) -> Case:
    letters, dims = axes(name), int(name[-2])
    if number == 1:
        return window(draw, name, letters)
    which = [
        "kernel_size",
        "stride",
        *(["padding"] if name[0] != "L" else []),
        *(["dilation"] if name[0] == "M" else []),
    ]
    ceil = (
        name == "MaxPool1d" and number > 2
    )  # formula 3 rounds up twice: it holds only where the stride does not divide
    said = settings(name, *which)
    if name == "MaxPool1d" and number > 3:  # the last window would begin outside
        said |= {"stride": 5, "kernel_size": 2, "padding": 0, "dilation": 1}
    module = getattr(nn, name)(*([2.0] if name[0] == "L" else []), ceil_mode=ceil, **said)
    x = draw(2, 3, *((10, 12)[number == 3] if ceil else EXTENTS[0], *EXTENTS[1:dims]))
    found = sizes(x, module(x), letters)
    return Case({**found, **({"L_{out}": 3} if number > 3 else {})}, {}, module, found)


def window(draw: Draw, name: str, letters: str) -> Case:
    """The value at one place of each plane: the formula calls the input by its indices."""
    dims = len(letters)
    said = settings(name, "kernel_size", "stride")
    module = getattr(nn, name)(*([3.0] if name[0] == "L" else []), **said)
    x = draw(2, 3, *EXTENTS[:dims], low=0.1, high=2)
    at = (1, 2, 3)[:dims]
    kernel, stride = (x if isinstance(x, tuple) else (x,) for x in (said["kernel_size"], said["stride"]))
    starts = [a * s for a, s in zip(at, stride, strict=True)]
    values: dict[str, Any] = {
        "N": torch.arange(2.0), "C": torch.arange(3.0), "p": 3.0,
        r"\text{input}": lambda *index: x[tuple(int(i) for i in index)],
        "x": x[(0, 0, *(slice(s, s + k) for s, k in zip(starts, kernel, strict=True)))].reshape(-1),
    }  # fmt: skip
    values |= dict(
        zip(["l"] if dims == 1 and name[0] == "A" else ["k"] if dims == 1 else letters.lower(), at, strict=True)
    )
    values |= {f"k{a}": k for a, k in zip(letters, kernel, strict=True)}
    if name == "AvgPool1d":
        values["k"] = kernel[0]
    out = module(x)[(..., *at)]
    return Case(values, out[0, 0] if name[0] == "L" else out, module)


@case("MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d")
def _(draw: Draw, number: int, name: str) -> Case:
    said = settings(name, "kernel_size", "stride", "padding")
    said["padding"] = (1, 1, 1)[: int(name[-2])]
    x, where = getattr(nn, name.replace("Un", "").replace("pool", "Pool"))(return_indices=True, **said)(
        draw(1, 1, *EXTENTS[: int(name[-2])])
    )
    module = getattr(nn, name)(**said)
    found = sizes(x, module(x, 0 * where), "H" if name[-2] == "1" else axes(name))
    return Case(found, {}, module, found)


PADS = ("left", "right", "top", "bottom", "front", "back")


@case(*(f"{kind}Pad{d}d" for kind in ("Circular", "Constant", "Reflection", "Replication", "Zero") for d in (1, 2, 3)))
def _(draw: Draw, number: int, name: str) -> Case:
    dims = int(name[-2])
    said = (1, 2, 3, 0, 2, 1)[: 2 * dims]
    module = getattr(nn, name)(said, *([0.0] if name[0] == "C" and name[1] == "o" else []))
    x = draw(1, 2, *(6, 5, 7)[:dims])
    found = sizes(x, module(x), "DHW"[-dims:])
    return Case({**found, **{rf"\text{{padding\_{side}}}": n for side, n in zip(PADS, said)}}, {}, module, found)


@case("Fold", "Unfold")
def _(draw: Draw, number: int, name: str) -> Case:
    said = {"kernel_size": (2, 3), "dilation": (2, 1), "padding": (1, 2), "stride": (2, 3)}
    blocks = nn.Unfold(**said)(draw(1, 2, 9, 11))  # Fold takes what Unfold gives
    module = nn.Unfold(**said) if name == "Unfold" else nn.Fold((9, 11), **said)
    values = {} if name == "Fold" else {r"\text{spatial\_size}": (9, 11)}
    if name == "Fold":
        module(blocks)  # raises if the number of blocks does not fit
    return Case(values, {}, module, {"L": blocks.shape[-1]})


@case("PixelShuffle", "PixelUnshuffle")
def _(draw: Draw, number: int, name: str) -> Case:
    module: Any = getattr(nn, name)(3)
    x = draw(1, 18, 6, 9)
    found = sizes(x, module(x), "CHW")
    return Case(found, {}, module, found)


@case("Upsample", "UpsamplingBilinear2d", "UpsamplingNearest2d")
def _(draw: Draw, number: int, name: str) -> Case:
    module = getattr(nn, name)(scale_factor=1.7)
    letters = "DHW" if name == "Upsample" else "HW"
    x = draw(1, 2, *(5, 6, 7)[: len(letters)])
    found = sizes(x, module(x), letters)
    return Case({**found, r"\text{scale\_factor}": 1.7}, {}, module, found)


# ---- what an initialiser draws from -------------------------------------------------------------------------------------------


def drawn_from(make: Callable[[], nn.Module]) -> float:
    """The k of weights that are drawn from (-√k, √k) when a module is made."""
    bounds: list[float] = []

    def record(tensor: Tensor, low: float, high: float, **_: Any) -> Tensor:
        bounds.extend((-low, high))
        return tensor

    with mock.patch.object(Tensor, "uniform_", record):
        make()
    assert bounds and max(bounds) - min(bounds) < 1e-12, "weights are drawn from more than one interval"
    return bounds[0] ** 2
