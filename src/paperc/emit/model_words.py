"""The field's words for parts of a network, and how values are read."""

from __future__ import annotations

import re
from keyword import iskeyword

Scalar = float | int | str | bool

ACTIVATIONS = {
    "relu": "relu", "gelu": "gelu", "silu": "silu", "swish": "silu", "tanh": "tanh", "sigmoid": "sigmoid", "elu": "elu",
    "selu": "selu", "leakyrelu": "leaky_relu", "softplus": "softplus", "mish": "mish",
}  # fmt: skip
"""The field's names → torch.nn.functional."""
GATED = {"swiglu": "silu", "geglu": "gelu", "reglu": "relu", "glu": "sigmoid"}
NORMS = {
    "layernorm": "nn.LayerNorm", "layernormalization": "nn.LayerNorm", "rmsnorm": "nn.RMSNorm",
    "rootmeansquarelayernormalization": "nn.RMSNorm", "none": "", "nonorm": "", "false": "",
}  # fmt: skip
POSITIONS = {
    "sinusoidal": "sinusoidal", "sine": "sinusoidal", "sinusoid": "sinusoidal", "sinecosine": "sinusoidal",
    "sineandcosine": "sinusoidal", "learned": "learned", "learnable": "learned",
    "rotary": "rotary", "rope": "rotary", "none": "none",
}  # fmt: skip


def identifier(name: str) -> str:
    """A stack's name as an identifier."""
    word = "".join(c if c.isalnum() else "_" for c in name.lower()).strip("_")
    taken = ("output", "embedding", "dropout", "positions", "config", "forward", "embed", "encode", "decode", "visible")
    return word if word.isidentifier() and word not in taken and not iskeyword(word) else f"stack_{word}".rstrip("_")


def formula_activation(latex: str) -> str:
    """The activation that a feed-forward formula writes out, "" where none can be told.

    >>> formula_activation(r"\\mathrm{FFN}(x) = \\max(0, x W_1 + b_1) W_2 + b_2")
    'relu'
    """
    right = latex.partition("=")[2]
    if re.search(r"\\max\s*(?:\\left)?\s*[({\\]+\s*0\s*,", right):
        return "relu"
    words = re.findall(r"[A-Za-z]+", right)
    return next((ACTIVATIONS[w.lower()] for w in words if w.lower() in ACTIVATIONS), "")


def is_gated(latex: str) -> bool:
    """A feed-forward formula multiplies element by element: the gate."""
    return bool(re.search(r"\\(?:odot|otimes|circ|bullet)\b", latex))


def is_scaled_dot_product(latex: str) -> bool:
    """softmax(Q K^T / sqrt(d)) V, at most with a mask added inside.

    >>> is_scaled_dot_product(r"A(Q, K, V) = softmax(Q K^\\top / \\sqrt{d_k}) V")
    True
    >>> is_scaled_dot_product(r"A(Q, K, V) = softmax(Q K^\\top + B) V")
    False
    """
    right = re.sub(r"\s", "", latex.partition("=")[2])
    scaled = "\\sqrt" in right or re.search(r"\^\{?-(?:1/2|0?\.5|\\frac\{?1\}?\{?2\}?)", right)
    without_mask = re.sub(r"\+\\?(?:mathbf|mathrm|text|mathcal|bm)?\{?(?:M|mask|Mask)\b", "", right)
    return "softmax" in right and bool(scaled) and not re.search(r"\+|-\\lambda|\\phi", without_mask)


def key_of(value: Scalar | None) -> str:
    """The letters and digits alone, in lower case: "Layer Norm" and "layernorm" agree."""
    return "".join(c for c in str(value).lower() if c.isalnum())


def lookup(value: Scalar | None, table: dict[str, str]) -> str | None:
    """What a table of the field's words says of a value, None for an unknown one."""
    return None if value is None else table.get(key_of(value), table.get(key_of(str(value).split("(")[0])))


def integer(value: Scalar | None) -> int | None:
    """A size: a whole number above zero, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value <= 0:
        return None
    return int(value)


def is_true(value: Scalar | None) -> bool:
    """True for what paper.toml or the spec writes for yes."""
    return value is True or str(value).lower() in ("true", "yes")
