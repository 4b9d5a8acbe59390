"""The network as a flow of named parts: what both forms of the diagram draw."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..spec.model import Architecture, Stack, Sublayer, Value

PartKind = Literal["attention", "feed-forward", "norm", "add", "embedding", "positions", "output", "other"]


@dataclass(frozen=True, slots=True)
class Part:
    """One box of the diagram."""

    kind: PartKind
    label: str
    detail: str = ""
    skips: int = 0
    """A residual connection ends here; it starts this many parts below."""
    reads_memory: bool = False
    """It also reads the output of the first stack."""


@dataclass(frozen=True, slots=True)
class Column:
    """One stack with what feeds it and what follows it, from the input upwards."""

    name: str
    source: str
    before: tuple[Part, ...]
    layer: tuple[Part, ...]
    """The parts that are repeated."""
    times: str
    """ "6 ×", or "N ×" where the number is not known."""
    after: tuple[Part, ...]
    result: str
    """ "" where the output only feeds another column."""


def columns(architecture: Architecture) -> tuple[Column, ...]:
    """The stacks from left to right."""
    two = architecture.family == "encoder-decoder" and len(architecture.stacks) == 2
    out = []
    for i, stack in enumerate(architecture.stacks):
        last = i == len(architecture.stacks) - 1
        if architecture.family == "mlp":
            out.append(_plain(architecture, stack))
            continue
        source = ("source tokens", "target tokens, shifted right")[i] if two else "tokens"
        out.append(
            Column(
                name=stack.name,
                source=source,
                before=_embedding(architecture),
                layer=_layer(architecture, stack),
                times=f"{_text(stack.layers) or 'N'} ×",
                after=(*_final_norm(architecture, stack), *(_output(architecture) if last else ())),
                result=_result(architecture) if last else "",
            )
        )
    return tuple(out)


def _result(architecture: Architecture) -> str:
    return "probabilities" if architecture.family == "encoder-only" else "probabilities of the next token"


def _plain(architecture: Architecture, stack: Stack) -> Column:
    size = _dim(architecture, "hidden size")
    layer = (
        Part("feed-forward", "Linear", size),
        Part("other", _name(_dim(architecture, "activation")) or "activation"),
    )
    return Column(
        stack.name, "input", (), layer, f"{_text(stack.layers) or 'N'} ×", (Part("output", "Linear"),), "output"
    )


def _embedding(architecture: Architecture) -> tuple[Part, ...]:
    size = _dim(architecture, "hidden size")
    scaled = _dim(architecture, "embedding scale").startswith("sqrt")
    parts = [
        Part(
            "embedding",
            "Embedding",
            ", ".join(filter(None, (f"size {size}" if size else "", "times √size" if scaled else ""))),
        )
    ]
    positions = _positions(architecture)
    if positions and positions not in ("rotary", "none", "relative", "alibi"):
        parts.append(Part("positions", "+", f"{positions} positions"))
    return tuple(parts)


def _layer(architecture: Architecture, stack: Stack) -> tuple[Part, ...]:
    norm = _name(_text(stack.norm))
    residual = stack.residual.value is not False
    first = _text(stack.norm_position) == "pre"
    out: list[Part] = []
    for sublayer in stack.sublayers:
        part = _sublayer(architecture, sublayer)
        if first and norm:
            out += [Part("norm", norm), part]
            if residual:
                out.append(Part("add", "+", skips=2))
        else:
            out.append(part)
            words = " & ".join(filter(None, ("Add" if residual else "", norm)))
            if words:
                out.append(Part("norm" if norm else "add", words if norm else "+", skips=1 if residual else 0))
    return tuple(out)


def _sublayer(architecture: Architecture, sublayer: Sublayer) -> Part:
    heads, key = _dim(architecture, "number of heads"), _dim(architecture, "key dimension")
    rotary = "rotary positions" if _positions(architecture) == "rotary" else ""
    detail = ", ".join(filter(None, (f"{heads} heads" if heads else "", f"d_k {key}" if key else "")))
    match sublayer.kind:
        case "self-attention":
            label = "Masked self-attention" if sublayer.masked else "Self-attention"
            return Part("attention", label, ", ".join(filter(None, (detail, rotary))))
        case "cross-attention":
            return Part("attention", "Attention over the encoder", detail, reads_memory=True)
        case "feed-forward":
            words = (_name(_dim(architecture, "activation")), _dim(architecture, "feed-forward size"))
            return Part("feed-forward", "Feed-forward", ", ".join(filter(None, words)))
    return Part("other", (sublayer.name or sublayer.kind).capitalize())


def _final_norm(architecture: Architecture, stack: Stack) -> tuple[Part, ...]:
    norm = _name(_text(stack.norm))
    return (Part("norm", norm),) if norm and architecture.dims.get("final norm", Value(False)).value is True else ()


def _output(architecture: Architecture) -> tuple[Part, ...]:
    words = _dim(architecture, "vocabulary size")
    shared = "output" in _dim(architecture, "weight sharing")
    detail = ", ".join(filter(None, (f"{words} tokens" if words else "", "shares the embedding" if shared else "")))
    return (Part("output", "Linear", detail), Part("output", "Softmax"))


def _positions(architecture: Architecture) -> str:
    stated = _dim(architecture, "positional encoding")
    return "rotary" if stated.lower() == "rope" else stated


def _dim(architecture: Architecture, name: str) -> str:
    return _text(architecture.dims.get(name))


def _text(value: Value | None) -> str:
    if value is None or value.value is None:
        return ""
    return str(value.value)


def _name(word: str) -> str:
    """A technical word as it is usually written."""
    known = {
        "relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "swish": "Swish", "swiglu": "SwiGLU", "geglu": "GEGLU",
        "layernorm": "LayerNorm", "rmsnorm": "RMSNorm", "batchnorm": "BatchNorm", "none": "", "false": "",
    }  # fmt: skip
    return known.get(re.sub(r"[\W_]", "", word.lower()), word)
