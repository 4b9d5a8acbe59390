"""From an Architecture to the shape of the network.

Every property that changes the computation must be stated, or be a recorded choice; otherwise the model is not
emitted, and the gaps say what is missing. Sizes are different: a size that the paper does not state becomes a field
without a default.
"""

from __future__ import annotations

import re

from ..spec.model import Architecture, Stack, Value
from .model_plan import UNCITED, Entry, Resolver, citation
from .model_shape import Family, ModelPlan, StackPlan, SublayerPlan
from .model_words import (
    ACTIVATIONS,
    GATED,
    NORMS,
    POSITIONS,
    Scalar,
    formula_activation,
    identifier,
    integer,
    is_true,
    key_of,
    lookup,
)  # fmt: skip


def plan_model(architecture: Architecture, resolver: Resolver) -> ModelPlan | None:
    """The plan, or None with the reasons in `resolver.blocked_by`."""
    return _Planner(architecture, resolver).plan()


class _Planner:
    def __init__(self, architecture: Architecture, resolver: Resolver) -> None:
        self.architecture = architecture
        self.resolver = resolver
        self.entries: list[Entry] = []
        self.notes: list[str] = []
        self.open: list[str] = []
        """Gaps of sizes that whoever builds the model must give."""

    def plan(self) -> ModelPlan | None:
        stated, _, _ = self.resolver.needed(Value(self.architecture.family or None), "family")
        family = str(stated)
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
                    "the text does not say whether each token sees all others or only those before it",
                    options=("encoder-decoder", "encoder-only", "decoder-only", "mlp"),
                )
        if not any(e.type == "int" and e.value is not None and e.name != "padding" for e in self.entries):
            # Not one size is known: this is no description of a network yet.
            self.resolver.blocked_by += self.open
        return None if self.resolver.blocked_by else plan

    # --- entries -----------------------------------------------------------------------------------

    def dim(self, *names: str) -> Value | None:
        return next((self.architecture.dims[n] for n in names if n in self.architecture.dims), None)

    def number(self, name: str, *dims: str, what: str, value: Value | None = None) -> int | None:
        """Add the size `name`; where the paper does not state it, a gap and a field without a default."""
        value = value or self.dim(*dims)
        found, comment, symbol = self.resolver.needed(value, name)
        number = integer(found)
        if number is None:
            comment = self._open(name, what, f"the text does not state the {what}", value)
        self.entries.append(Entry(name, "int", number, comment, symbol))
        return number

    def _open(self, name: str, what: str, why: str, value: Value | None) -> str:
        id = self.resolver.miss(name, what, why, blocks=False, value=value)
        self.open.append(id)
        return f"{id}: not stated in the paper"

    def word(
        self, key: str, table: dict[str, str], *dims: str, what: str, value: Value | None = None
    ) -> tuple[str, str]:
        """The value as one of the words of `table`, with its citation; a gap if it is missing or unknown."""
        value = value or self.dim(*dims)
        found, comment, _ = self.resolver.needed(value, key)
        return self._read(found, comment, key, table, what, value)

    def _read(
        self, found: Scalar | None, comment: str, key: str, table: dict[str, str], what: str, value: Value | None
    ) -> tuple[str, str]:
        word = lookup(found, table)
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
        self.number("vocabulary_size", "vocabulary size", what="vocabulary size")
        d_model = self.number("d_model", "hidden size", what="hidden size")
        attends = any("attention" in k for k in kinds)
        if attends:
            self._heads(d_model)
            self._attention()
        gated = False
        if "feed-forward" in kinds:
            self.number("d_ff", "feed-forward size", what="feed-forward size")
            gated = self._activation()
        stacks = tuple(
            self._stack(s, single=expected == 1, decodes=family == "decoder-only" or (expected == 2 and i == 1))
            for i, s in enumerate(self.architecture.stacks)
        )
        positions, positions_cite = self.word(
            "positional_encoding", POSITIONS, "positional encoding", what="positional encoding"
        )
        if positions == "learned":
            self.number("max_length", "maximum length", what="maximum length")
        dropout = self._dropout(("residual", "embedding", *(["attention"] if attends else []), "feed-forward"))
        if any(s.norm for s in stacks):
            self._norm_epsilon()
        scale = self._embedding_scale()
        shared, tied, sharing_cite = self._sharing(family)
        attention_bias = attends and self._flag(
            "attention_bias", "attention bias", False, "no bias was found in the text"
        )
        feed_forward_bias = self._flag("feed_forward_bias", "feed-forward bias", not gated, "PyTorch's default") if "feed-forward" in kinds else False  # fmt: skip
        output_bias = self._flag("output_bias", "output bias", False, "no bias was found in the text")
        init, init_cite = self._initialisation()
        self.entries.append(
            Entry("padding", "int", 0, "a convention of this code: the token that fills short sequences")
        )
        return ModelPlan(
            family=family, entries=tuple(self.entries), stacks=stacks, gated=gated, positions=positions,
            positions_cite=positions_cite, embedding_scale=scale, shared_embedding=shared, tied_output=tied,
            sharing_cite=sharing_cite, attention_bias=attention_bias, feed_forward_bias=feed_forward_bias,
            output_bias=output_bias, initialisation=init, initialisation_cite=init_cite, dropout=dropout,
            notes=tuple(dict.fromkeys(self.notes)),
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
        self.number("input_size", "input size", "input dimension", what="input size")
        self.number("output_size", "output size", "output dimension", "number of classes", what="output size")
        self.number("hidden_size", "hidden size", what="hidden size")
        self.number("layers", what="number of layers", value=stack.layers)
        counted, comment = self.resolver.choose(
            "layers_count", "hidden", ("hidden", "linear"), "the number of layers counts the hidden ones"
        )
        if counted == "linear":
            self.entries[-1] = one_less(self.entries[-1], comment)
        self._activation()
        dropout = self._dropout(())
        init, init_cite = self._initialisation()
        cites = (citation(stack.quote),) if stack.quote else ()
        plan = StackPlan(stack.name, "Layer", "layers", (), False, "", False, False, (*cites, comment))
        return ModelPlan(
            family="mlp", entries=tuple(self.entries), stacks=(plan,), dropout=dropout, initialisation=init,
            initialisation_cite=init_cite, notes=tuple(self.notes),
        )  # fmt: skip

    # --- parts -------------------------------------------------------------------------------------

    def _attention(self) -> None:
        """The building block is the scaled dot product; a paper that writes something else has another attention."""
        context = self.resolver.context
        if context.odd_attention:
            place = context.places.get(context.odd_attention) or context.odd_attention
            why = f"{place} is not the scaled dot product that the building block computes"
            self.resolver.miss("attention", "the attention function", why, needs="a building block for it")

    def _heads(self, d_model: int | None) -> None:
        heads = self.number("n_heads", "number of heads", what="number of heads")
        derived = (d_model // heads) if d_model and heads and d_model % heads == 0 else None
        for name, dim, what in (
            ("d_k", "key dimension", "key dimension"),
            ("d_v", "value dimension", "value dimension"),
        ):
            value = self.dim(dim, "head dimension")
            found, comment, symbol = self.resolver.needed(value, name)
            number = integer(found)
            if number is None and derived is not None:
                chosen, comment = self.resolver.choose(
                    name, derived, (), f"no {what} was found in the text; the heads divide the hidden size evenly"
                )
                number = integer(chosen)
            if number is None:
                comment = self._open(name, what, f"the {what} is not stated and does not follow", value)
            self.entries.append(Entry(name, "int", number, comment, symbol))

    def _activation(self) -> bool:
        """Add the activation; True if the feed-forward network is gated."""
        found, cite, _ = self.resolver.needed(self.dim("activation"), "activation")
        written = formula_activation(self.resolver.context.formulas.get("feed_forward", ""))
        if found is not None and written and lookup(found, ACTIVATIONS) not in (None, written):
            # Two places of the paper disagree: the words win, and the user can decide.
            place = self.resolver.context.cites["feed_forward"]
            why = f"{cite} – although {place} writes {written}; the words are followed"
            found, cite = self.resolver.choose("activation", key_of(found), (key_of(found), written), why)
        activation, cite = self._read(
            found, cite, "activation", ACTIVATIONS | GATED, "activation", self.dim("activation")
        )
        self.entries.append(Entry("activation", "str", activation, cite))
        return key_of(found) in GATED

    def _dropout(self, places: tuple[str, ...]) -> tuple[str, ...]:
        """Add the rate; where it is applied."""
        found, comment, symbol = self.resolver.value(self.dim("dropout"))
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < 1:
            found, comment = self.resolver.choose("dropout", 0.0, (), "no dropout was found in the text")
        self.entries.append(Entry("dropout", "float", float(found), comment, symbol))
        out = []
        for place in places:
            default = place in ("residual", "embedding")
            key = f"{place.replace('-', '_')}_dropout"
            stated, cite, _ = self.resolver.value(self.dim(f"{place} dropout"))
            if isinstance(stated, float) and stated > 0:
                self.entries.append(Entry(key, "float", stated, cite))
                out.append(place)
                continue
            if stated is None and found:
                why = "the paper does not say where dropout is applied"
                if any(f"{p} dropout" in self.architecture.dims for p in places):
                    why = f"the paper says where dropout is applied and does not name this place ({place})"
                stated, cite = self.resolver.choose(key, default, ("true", "false"), why)
            if is_true(stated):
                out.append(place)
                if found and cite:
                    self.notes.append(cite)
        return tuple(out)

    def _norm_epsilon(self) -> None:
        found, comment, symbol = self.resolver.value(self.dim("norm eps", "norm epsilon"))
        if isinstance(found, bool) or not isinstance(found, int | float):
            found, comment = self.resolver.choose(
                "norm_eps", 1e-5, (), "no epsilon of the normalisation was found in the text; 1e-5 is PyTorch's default"
            )
        self.entries.append(Entry("norm_eps", "float", float(found), comment, symbol))

    def _flag(self, key: str, dim: str, default: bool, why: str) -> bool:
        """A yes or no that changes little; unsaid, a recorded choice."""
        found, comment, _ = self.resolver.value(self.dim(dim))
        if not isinstance(found, bool):
            found, comment = self.resolver.choose(key, default, ("true", "false"), why)
        self.notes.append(f"{dim.capitalize()}: {'yes' if found else 'none'}. {comment}")
        return bool(found)

    def _stack(self, stack: Stack, *, single: bool, decodes: bool) -> StackPlan:
        name = identifier(stack.name)
        depth = "layers" if single else f"{name}_layers"
        self.number(depth, what=f"number of {stack.name} layers", value=stack.layers)
        key = "" if single else f"{name}_"
        residual, _, _ = self.resolver.needed(stack.residual, f"{key}residual")
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
        if norm:
            stated, final_cite, _ = self.resolver.value(self.dim("final norm"))
            if stated is None:
                why = "no last normalisation was found in the text; it is usual exactly where layers normalise their input"
                stated, final_cite = self.resolver.choose("final_norm", first == "pre", ("true", "false"), why)
            final = is_true(stated)
            if final:
                self.notes.append(f"Last normalisation: {final_cite}")
        cites = dict.fromkeys(
            c for c in (citation(stack.quote) if stack.quote else "", norm_cite, first_cite) if c not in ("", UNCITED)
        )
        return StackPlan(
            name=name,
            layer_class=f"{name.title().replace('_', '')}Layer",
            depth=depth,
            sublayers=self._sublayers(stack, decodes),
            residual=is_true(residual),
            norm=norm,
            norm_first=first == "pre",
            final_norm=final,
            cites=tuple(cites),
        )

    def _sublayers(self, stack: Stack, decodes: bool) -> tuple[SublayerPlan, ...]:
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
            masked = sublayer.masked
            if kind == "self-attention" and decodes and not masked:
                hidden, cite = self.resolver.choose(
                    "decoder_mask", True, ("true", "false"),
                    "what predicts the next token must not see it; the paper does not mention a mask",
                )  # fmt: skip
                masked = is_true(hidden)
                self.notes.append(cite)
            plans.append(SublayerPlan(kind, attribute, masked, citation(sublayer.quote)))
        return tuple(plans)

    def _embedding_scale(self) -> bool:
        value = self.dim("embedding scale")
        found, comment, _ = self.resolver.value(value)
        if found is None:
            found, comment = self.resolver.choose(
                "embedding_scale",
                "1",
                ("1", "sqrt(hidden size)"),
                "no factor on the embeddings was found in the text",
            )
        key = key_of(found)
        if key in ("sqrthiddensize", "sqrtdmodel"):
            self.notes.append(comment)
            return True
        if key not in ("1", "10", "none", "false"):
            why = f"cannot read {found!r} as a factor on the embeddings"
            self.resolver.miss(
                "embedding_scale", "the scale of the embeddings", why, options=("1", "sqrt(hidden size)")
            )
        return False

    def _sharing(self, family: Family) -> tuple[bool, bool, str]:
        """(one embedding for source and target, output tied to the target embedding, citation)."""
        options = ("none", "target,output", "source,target,output")
        found, comment, _ = self.resolver.value(self.dim("weight sharing"))
        if found is None:
            found, comment = self.resolver.choose(
                "weight_sharing", "none", options, "nothing about shared weights was found in the text"
            )
        one = family != "encoder-decoder"
        words = {"all": "source,target,output", "embeddings": "source,target"}.get(str(found), str(found))
        shared = {key_of(part) for part in words.split(",")}
        if not shared <= {"none", "false", "source", "target", "output"}:
            why = f"cannot read {found!r} as matrices that are shared"
            self.resolver.miss("weight_sharing", "which weights are shared", why, options=options)
        return one or {"source", "target"} <= shared, {"target", "output"} <= shared, comment

    def _initialisation(self) -> tuple[str, str]:
        found, comment, _ = self.resolver.value(self.dim("initialisation", "initialization"))
        if found is None:
            found, comment = self.resolver.choose(
                "initialisation", "xavier-uniform", ("xavier-uniform", "normal-0.02", "torch-default"),
                "no initialisation was found in the text; Glorot's uniform one for matrices, d_model^-0.5 for embeddings",
            )  # fmt: skip
        key = key_of(found)
        if "xavier" in key or "glorot" in key:
            return "xavier_uniform", comment
        if key in ("pytorchdefault", "torchdefault"):
            return "pytorch_default", comment
        if deviation := re.fullmatch(r"(?:normal[-_ ]?)?(0?\.\d+(?:e-?\d+)?)", str(found).lower()):
            return deviation[1], comment
        why = f"no building block for {found!r}; PyTorch's defaults are used"
        id = self.resolver.miss("initialisation", "the initialisation", why, blocks=False)
        return "pytorch_default", f"{id}: {why}"


def one_less(entry: Entry, comment: str) -> Entry:
    number = entry.value - 1 if isinstance(entry.value, int) else entry.value
    return Entry(entry.name, entry.type, number, f"{entry.comment}; {comment}", entry.symbol)
