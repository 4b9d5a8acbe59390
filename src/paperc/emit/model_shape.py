"""The shape of the network: from an Architecture to the plan that the model's templates draw.

Every property that changes the computation must be stated, or be a recorded choice; otherwise the model is not
emitted, and the gaps say what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..spec.model import Architecture, Stack, Value
from .model_plan import Entry, Resolver, Scalar, citation

Family = Literal["encoder-decoder", "encoder-only", "decoder-only", "mlp"]

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
    "sineandcosine": "sinusoidal", "learned": "learned", "learnable": "learned", "absolute": "learned",
    "rotary": "rotary", "rope": "rotary", "none": "none",
}  # fmt: skip


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
    attention_bias_cite: str = ""
    initialisation: str = "xavier-uniform"
    initialisation_cite: str = ""
    dropout_cite: str = ""

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


def plan_model(architecture: Architecture, resolver: Resolver) -> ModelPlan | None:
    """The plan, or None with the reasons in `resolver.blocked_by`."""
    return _Planner(architecture, resolver).plan()


class _Planner:
    def __init__(self, architecture: Architecture, resolver: Resolver) -> None:
        self.architecture = architecture
        self.resolver = resolver
        self.entries: list[Entry] = []

    def plan(self) -> ModelPlan | None:
        family = self.architecture.family
        if not self.architecture.stacks:
            self.resolver.miss("stacks", "the stack of layers", "the text describes no repeated block of layers")
            return None
        plan: ModelPlan | None = None
        match family:
            case "encoder-decoder" | "encoder-only" | "decoder-only":
                plan = self.transformer(family)
            case "mlp":
                plan = self.mlp()
            case _:
                self.resolver.miss(
                    "family",
                    "the kind of network",
                    f"no building blocks for {family or 'a network of unknown kind'}",
                    options=("encoder-decoder", "encoder-only", "decoder-only", "mlp"),
                )
        return None if self.resolver.blocked_by else plan

    # --- entries -----------------------------------------------------------------------------------

    def dim(self, *names: str) -> Value | None:
        return next((self.architecture.dims[n] for n in names if n in self.architecture.dims), None)

    def number(self, name: str, *dims: str, what: str, blocks: bool = True, value: Value | None = None) -> int | None:
        """Add the integer field `name`; where the paper does not state it, a gap (or a field without a default)."""
        value = value or self.dim(*dims)
        found, comment, symbol = self.resolver.value(value, name)
        number = _integer(found)
        if number is None:
            id = self.resolver.miss(name, what, f"the text does not state the {what}", blocks=blocks, value=value)
            comment = f"{id}: not stated in the paper"
        self.entries.append(Entry(name, "int", number, comment, symbol))
        return number

    def word(
        self, key: str, table: dict[str, str], *dims: str, what: str, value: Value | None = None
    ) -> tuple[str, str]:
        """The value as one of the words of `table`, with its citation; a gap if it is missing or unknown."""
        value = value or self.dim(*dims)
        found, comment, _ = self.resolver.value(value, key)
        word = _lookup(found, table)
        if word is None:
            why = f"the text does not state the {what}" if found is None else f"no building block for {found!r}"
            self.resolver.miss(key, what, why, value=value, options=tuple(table))
            return "", ""
        return word, comment

    # --- families ----------------------------------------------------------------------------------

    def transformer(self, family: Family) -> ModelPlan | None:
        kinds = [s.kind for stack in self.architecture.stacks for s in stack.sublayers]
        expected = 2 if family == "encoder-decoder" else 1
        if len(self.architecture.stacks) != expected:
            found = ", ".join(s.name for s in self.architecture.stacks)
            self.resolver.miss("stacks", "the stacks", f"{family} has {expected}, the text describes: {found}")
            return None
        self.number("vocabulary_size", "vocabulary size", what="vocabulary size", blocks=False)
        d_model = self.number("d_model", "hidden size", "model size", "embedding size", what="hidden size")
        attends = any("attention" in k for k in kinds)
        if attends:
            self._heads(d_model)
        gated = False
        if "feed-forward" in kinds:
            self.number("d_ff", "feed-forward size", what="feed-forward size")
            gated = self._activation()
        stacks = tuple(self._stack(s, single=expected == 1) for s in self.architecture.stacks)
        positions, positions_cite = self.word(
            "positional_encoding", POSITIONS, "positional encoding", what="positional encoding"
        )
        if positions == "learned":
            self.number("max_length", "maximum length", "context length", what="maximum length")
        self._dropout()
        self._norm_epsilon(stacks)
        scale, scale_cite = self._embedding_scale()
        shared, tied, sharing_cite = self._sharing(family)
        bias, bias_cite = self._attention_bias() if attends else (False, "")
        init, init_cite = self._initialisation()
        self.entries.append(
            Entry("padding", "int", 0, "a convention of this code: the token that fills short sequences")
        )
        return ModelPlan(
            family=family, entries=tuple(self.entries), stacks=stacks, gated=gated, positions=positions,
            positions_cite=positions_cite, embedding_scale=scale, embedding_cite=scale_cite, shared_embedding=shared,
            tied_output=tied, sharing_cite=sharing_cite, attention_bias=bias, attention_bias_cite=bias_cite,
            initialisation=init, initialisation_cite=init_cite,
        )  # fmt: skip

    def mlp(self) -> ModelPlan | None:
        stack = self.architecture.stacks[0]
        if len(self.architecture.stacks) != 1:
            self.resolver.miss(
                "stacks", "the stack of layers", "several networks are described; which one is the model?"
            )
            return None
        if any(s.kind != "feed-forward" for s in stack.sublayers):
            self.resolver.miss("stacks", "the layers", "a plain network has fully connected layers only")
            return None
        self.number("input_size", "input size", "input dimension", what="input size", blocks=False)
        self.number(
            "output_size", "output size", "output dimension", "number of classes", what="output size", blocks=False
        )
        self.number("hidden_size", "hidden size", what="hidden size")
        self.number("layers", what="number of hidden layers", value=stack.layers)
        self._activation()
        self._dropout()
        cites = (citation(stack.quote),) if stack.quote else ()
        plan = StackPlan(stack.name, "Layer", "layers", (), False, "", False, False, cites)
        return ModelPlan(family="mlp", entries=tuple(self.entries), stacks=(plan,))

    # --- parts -------------------------------------------------------------------------------------

    def _heads(self, d_model: int | None) -> None:
        heads = self.number("n_heads", "number of heads", what="number of heads")
        derived = (d_model // heads) if d_model and heads and d_model % heads == 0 else None
        for name, dim, what in (
            ("d_k", "key dimension", "key dimension"),
            ("d_v", "value dimension", "value dimension"),
        ):
            value = self.dim(dim, "head dimension")
            found, comment, symbol = self.resolver.value(value, name)
            number = _integer(found)
            if number is None and derived is not None:
                chosen, comment = self.resolver.choose(
                    name, derived, (), f"the paper states no {what}; the heads divide the hidden size evenly"
                )
                number = _integer(chosen)
            if number is None:
                self.resolver.miss(name, what, f"the {what} is not stated and does not follow", value=value)
            self.entries.append(Entry(name, "int", number, comment, symbol))

    def _activation(self) -> bool:
        """Add the activation; True if the feed-forward network is gated."""
        activation, cite = self.word("activation", ACTIVATIONS | GATED, "activation", what="activation")
        found, _, _ = self.resolver.value(self.dim("activation"), "activation")
        self.entries.append(Entry("activation", "str", activation, cite))
        return _key(found) in GATED

    def _dropout(self) -> None:
        for name, dim in (("dropout", "dropout"), ("attention_dropout", "attention dropout")):
            found, comment, symbol = self.resolver.value(self.dim(dim), name)
            if isinstance(found, int | float) and not isinstance(found, bool):
                self.entries.append(Entry(name, "float", float(found), comment, symbol))
            elif name == "dropout":
                rate, comment = self.resolver.choose(name, 0.0, (), "the paper states no dropout")
                self.entries.append(Entry(name, "float", rate, comment))

    def _norm_epsilon(self, stacks: tuple[StackPlan, ...]) -> None:
        if not any(s.norm for s in stacks):
            return
        found, comment, symbol = self.resolver.value(self.dim("norm epsilon"), "norm_eps")
        if not isinstance(found, float):
            found, comment = self.resolver.choose(
                "norm_eps", 1e-5, (), "the paper states no epsilon of the normalisation; 1e-5 is PyTorch's default"
            )
        self.entries.append(Entry("norm_eps", "float", found, comment, symbol))

    def _stack(self, stack: Stack, *, single: bool) -> StackPlan:
        name = re_name(stack.name)
        depth = "layers" if single else f"{name}_layers"
        self.number(depth, what=f"number of {stack.name} layers", value=stack.layers)
        key = "" if single else f"{name}_"
        residual, _, _ = self.resolver.value(stack.residual, f"{key}residual")
        if residual is None:
            self.resolver.miss(
                f"{key}residual", f"residual connections of the {stack.name}",
                "the text does not say whether the layers have residual connections",
                value=stack.residual, options=("true", "false"),
            )  # fmt: skip
        norm, norm_cite = self.word(f"{key}norm", NORMS, what=f"normalisation of the {stack.name}", value=stack.norm)
        first, first_cite = "", ""
        if norm:
            table = {"post": "post", "pre": "pre", "postnorm": "post", "prenorm": "pre"}
            what = f"place of the normalisation in the {stack.name}"
            first, first_cite = self.word(f"{key}norm_position", table, what=what, value=stack.norm_position)
        final = False
        if first == "pre":
            stated, _, _ = self.resolver.value(self.dim("final norm"), f"{key}final_norm")
            if stated is None:
                stated, _ = self.resolver.choose(
                    f"{key}final_norm", True, ("True", "False"),
                    "layers that normalise their input are followed by one last normalisation, as is usual",
                )  # fmt: skip
            final = _true(stated)
        cites = dict.fromkeys(c for c in (citation(stack.quote) if stack.quote else "", norm_cite, first_cite) if c)
        return StackPlan(
            name=name,
            layer_class=f"{name.title().replace('_', '')}Layer",
            depth=depth,
            sublayers=self._sublayers(stack),
            residual=_true(residual),
            norm=norm,
            norm_first=first == "pre",
            final_norm=final,
            cites=tuple(cites),
        )

    def _sublayers(self, stack: Stack) -> tuple[SublayerPlan, ...]:
        plans: list[SublayerPlan] = []
        if not stack.sublayers:
            self.resolver.miss(f"{stack.name}.sublayers", f"the sub-layers of the {stack.name}", "none are described")
        for sublayer in stack.sublayers:
            kind = sublayer.kind
            if kind not in ("self-attention", "cross-attention", "feed-forward"):
                named = sublayer.name or kind
                self.resolver.miss(
                    f"{stack.name}.{kind}", f"the sub-layer “{named}” of the {stack.name}", "no building block for it"
                )
                continue
            base = kind.replace("-", "_")
            before = sum(p.kind == kind for p in plans)
            attribute = base if not before else f"{base}_{before + 1}"
            plans.append(SublayerPlan(kind, attribute, sublayer.masked, citation(sublayer.quote)))
        return tuple(plans)

    def _embedding_scale(self) -> tuple[bool, str]:
        found, comment, _ = self.resolver.value(self.dim("embedding scale"), "embedding_scale")
        if found is None:
            found, comment = self.resolver.choose(
                "embedding_scale", "none", ("none", "sqrt(d_model)"), "the paper states no scale of the embeddings"
            )
        key = _key(found)
        if key in ("none", "false", "1"):
            return False, comment
        if key.startswith(("sqrt", "squareroot")) or _true(found):
            return True, comment
        self.resolver.miss("embedding_scale", "the scale of the embeddings", f"cannot read {found!r}")
        return False, comment

    def _sharing(self, family: Family) -> tuple[bool, bool, str]:
        """(one embedding for source and target, output tied to the target embedding, citation)."""
        found, comment, _ = self.resolver.value(self.dim("weight sharing"), "weight_sharing")
        if found is None:
            found, comment = self.resolver.choose(
                "weight_sharing", "none", ("none", "embeddings", "output", "all"), "the paper states no shared weights"
            )
        key = _key(found)
        if key in ("none", "false"):
            return family != "encoder-decoder", False, comment
        if (
            _true(found)
            or key in ("all", "three", "threeway")
            or ("embedding" in key and ("output" in key or "softmax" in key))
        ):
            return True, True, comment
        if key in ("embeddings", "sourceandtargetembeddings"):
            return True, False, comment
        if key in ("output", "tied", "inputoutput"):
            return family != "encoder-decoder", True, comment
        self.resolver.miss("weight_sharing", "which weights are shared", f"cannot read {found!r}")
        return False, False, comment

    def _attention_bias(self) -> tuple[bool, str]:
        found, comment, _ = self.resolver.value(self.dim("attention bias"), "attention_bias")
        if found is None:
            found, comment = self.resolver.choose(
                "attention_bias", False, ("True", "False"), "the paper's projections of the heads have no bias"
            )
        return _true(found), comment

    def _initialisation(self) -> tuple[str, str]:
        found, comment, _ = self.resolver.value(self.dim("initialization", "initialisation"), "initialisation")
        if found is None:
            found, comment = self.resolver.choose(
                "initialisation", "xavier-uniform", ("xavier-uniform", "torch-default"),
                "the paper states no initialisation; Glorot's uniform one for matrices, d_model^-0.5 for embeddings",
            )  # fmt: skip
        key = _key(found)
        if "xavier" in key or "glorot" in key:
            return "xavier-uniform", comment
        if key == "torchdefault":
            return "torch-default", comment
        try:
            return f"normal:{float(str(found).removeprefix('normal:'))!r}", comment
        except ValueError:
            self.resolver.miss("initialisation", "the initialisation", f"no building block for {found!r}")
            return "", comment


# --- reading values --------------------------------------------------------------------------------


def re_name(name: str) -> str:
    """A stack's name as an identifier."""
    word = "".join(c if c.isalnum() else "_" for c in name.lower()).strip("_")
    return word if word and word[0].isalpha() else f"stack_{word}".rstrip("_")


def _key(value: Scalar | None) -> str:
    return "".join(c for c in str(value).lower() if c.isalnum())


def _lookup(value: Scalar | None, table: dict[str, str]) -> str | None:
    return None if value is None else table.get(_key(value), table.get(_key(str(value).split("(")[0])))


def _integer(value: Scalar | None) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value <= 0:
        return None
    return int(value)


def _true(value: Scalar | None) -> bool:
    return value is True or str(value).lower() in ("true", "yes")
