"""The shape of the network, fully decided: what the templates of the model draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .model_plan import Entry

Family = Literal["encoder-decoder", "encoder-only", "decoder-only", "mlp"]


@dataclass(frozen=True, slots=True)
class SublayerPlan:
    """One line of a layer's forward pass."""

    kind: Literal["self-attention", "cross-attention", "feed-forward"]
    attribute: str
    """ "self_attention", "feed_forward", "feed_forward_2" …"""
    masked: bool
    cite: str


@dataclass(frozen=True, slots=True)
class StackPlan:
    """A repeated layer."""

    name: str
    layer_class: str
    depth: str
    """The configuration's field that holds the number of layers."""
    sublayers: tuple[SublayerPlan, ...]
    residual: bool
    norm: str
    """ "nn.LayerNorm", "nn.RMSNorm", or "" for none."""
    norm_first: bool
    final_norm: bool
    cites: tuple[str, ...]
    """What the paper says of this stack, a line each."""

    @property
    def causal(self) -> bool:
        return any(s.masked for s in self.sublayers)

    @property
    def crosses(self) -> bool:
        return any(s.kind == "cross-attention" for s in self.sublayers)


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """All that the templates of the model need."""

    family: Family
    entries: tuple[Entry, ...]
    stacks: tuple[StackPlan, ...]
    gated: bool = False
    positions: str = "none"
    positions_cite: str = ""
    embedding_scale: bool = False
    embedding_cite: str = ""
    shared_embedding: bool = True
    """One embedding matrix for source and target (families with one input have only one)."""
    tied_output: bool = False
    sharing_cite: str = ""
    attention_bias: bool = False
    feed_forward_bias: bool = True
    output_bias: bool = False
    initialisation: str = "xavier_uniform"
    """ "xavier_uniform", "pytorch_default", or the standard deviation of a normal distribution."""
    initialisation_cite: str = ""
    dropout: tuple[str, ...] = ()
    """Where: "residual", "embedding", "attention", "feed-forward"."""
    notes: tuple[str, ...] = ()
    """What the paper says, or what was chosen, of biases, dropout and embeddings."""

    @property
    def required(self) -> tuple[Entry, ...]:
        """The fields that the paper leaves open."""
        return tuple(e for e in self.entries if e.value is None)

    @property
    def attends(self) -> bool:
        return any(s.kind != "feed-forward" for stack in self.stacks for s in stack.sublayers)

    @property
    def feeds_forward(self) -> bool:
        return any(s.kind == "feed-forward" for stack in self.stacks for s in stack.sublayers)

    def entry(self, name: str) -> Entry | None:
        return next((e for e in self.entries if e.name == name), None)
