"""The network as the text describes it: stacks, their sub-layers, and every number that a module needs.

What the paper states cites a claim. What a Transformer-like network needs and the paper leaves open becomes a recorded
choice with its alternatives, or a gap where no default can be defended.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ..document import Document
from ..errors import Diagnostic
from ..formula import canonical, parse
from ..provenance import Quote
from .configuration import Claims, Ledger, simple
from .model import Architecture, Claim, Stack, Sublayer, Value
from .prose import Prose, Sentence

_SIZES = (
    ("hidden size", "model.d_model"),
    ("feed-forward size", "model.d_ff"),
    ("number of heads", "model.n_heads"),
    ("vocabulary size", "model.vocabulary_size"),
)
"""What every Transformer needs, with the entry of paper.toml that would settle it."""
SublayerKind = Literal["self-attention", "cross-attention", "feed-forward", "convolution", "recurrent", "other"]


@dataclass(frozen=True, slots=True)
class _Part:
    kind: SublayerKind
    pattern: re.Pattern[str]


_PARTS = (
    _Part("cross-attention", re.compile(r"(?:multi-?head(?:ed)? )?attention over the outputs? of the encoder(?: stack)?|cross-?attention|encoder[-–]decoder attention|attends? (?:over|to) the (?:outputs? of the )?encoder", re.IGNORECASE)),
    _Part("self-attention", re.compile(r"(?:masked |causal )?(?:multi-?head(?:ed)? )?(?:masked |causal )?self-?attention|multi-?head(?:ed)? (?:scaled dot-product )?attention(?! over)|\bM[HS]A\b|\bMHSA\b", re.IGNORECASE)),
    _Part("feed-forward", re.compile(r"(?:position-?wise )?(?:fully[- ]connected )?feed-?forward(?: neural)?(?: networks?| layers?| block)?|fully[- ]connected network|\bFFN\b|\bMLP\b(?: block| layer)?", re.IGNORECASE)),
    _Part("convolution", re.compile(r"convolution(?:al)? (?:sub-?layer|module|block)", re.IGNORECASE)),
)  # fmt: skip
_STRUCTURAL = re.compile(
    r"sub-?layers?|\beach (?:\w+ )?(?:layer|block)|\bconsists? of|\bcomposed of|\bcontains?\b|\bcomprises?|\balternat\w+|\bfirst is\b|\bstack of\b|\bperforms?\b",
    re.IGNORECASE,
)
_INHERITS = re.compile(
    r"\b(?:in addition to|besides|apart from|like|as in|same as) the (?:.\s|two |three )?(?:sub-?layers?)\b.{0,30}\bencoder\b",
    re.IGNORECASE,
)


def read_architecture(
    document: Document, claims: Iterable[Claim], ledger: Ledger | None = None, prose: Prose | None = None
) -> Architecture | None:
    """The architecture, or None where the paper describes no network in these blocks.

    `ledger` receives the choices and gaps that the values cite; without it they are dropped.
    """
    reader = _Reader(document, Claims(document, claims), ledger or Ledger(), prose or Prose(document))
    return reader.read()


_PERCEPTRON = re.compile(
    r"\bMLPs?\b|perceptron|fully[- ]connected (?:network|layers)|feed-?forward (?:neural )?network", re.IGNORECASE
)
_OTHER_NETWORKS = re.compile(
    r"\btransformers?\b|\bconvolution\w*|\bCNNs?\b|\bLSTMs?\b|\bGRUs?\b|\brecurrent\b|\bself-attention\b|\bgraph neural",
    re.IGNORECASE,
)
"""A paper that speaks of these more than in passing is not about a plain network."""


class _Reader:
    def __init__(self, document: Document, claims: Claims, ledger: Ledger, prose: Prose) -> None:
        self.document = document
        self.claims = claims
        self.ledger = ledger
        self.prose = prose

    def read(self) -> Architecture | None:
        stacks = self._stacks()
        if not stacks:
            return self._perceptron()
        names = [s.name for s in stacks]
        family = {
            ("encoder", "decoder"): "encoder-decoder",
            ("encoder",): "encoder-only",
            ("decoder",): "decoder-only",
        }.get(tuple(names), "transformer")
        dims = self._dims(stacks)
        quotes = tuple(c.quote for c in self.claims.all if c.name == "architecture")[:3]
        return Architecture(family, stacks, dims, quotes, self._variants())

    # Stacks

    def _stacks(self) -> tuple[Stack, ...]:
        encoder = self._sublayers("encoder", ())
        decoder = self._sublayers("decoder", encoder)
        stated = self.claims.best("architecture")
        if encoder and any(s.kind == "self-attention" for s in encoder):
            both = bool(decoder) or (stated is not None and stated.value == "encoder-decoder")
            out = [self._stack("encoder", encoder, "decoder")]
            if both and decoder:
                out.append(self._stack("decoder", decoder, "encoder"))
            return tuple(out)
        if decoder and any(s.kind == "self-attention" for s in decoder):
            return (self._stack("decoder", decoder, "encoder"),)
        trunk = self._trunk()
        if trunk and any(s.kind == "self-attention" for s in trunk):
            name = {"decoder-only": "decoder", "encoder-only": "encoder"}.get(stated.value if stated else "", "trunk")
            if name == "decoder":
                # A decoder without an encoder generates left to right: its self-attention is causal.
                trunk = tuple(replace(s, masked=True) if s.kind == "self-attention" else s for s in trunk)
            return (self._stack(name, trunk, ""),)
        return ()

    def _sublayers(self, name: str, encoder: tuple[Sublayer, ...]) -> tuple[Sublayer, ...]:
        """The sub-layers that the sentences about one stack name, in the order of the text."""
        found: dict[str, Sublayer] = {}
        inherits = False
        for sentence in self._about(name):
            inherits = inherits or bool(_INHERITS.search(sentence.text))
            found.update(
                {
                    k: v
                    for k, v in self._parts(sentence).items()
                    if k not in found and (name == "decoder" or k != "cross-attention")
                }
            )
        if name == "decoder" and found:
            masked = self._masking()
            if inherits or ("self-attention" not in found and encoder):
                found = {**{s.kind: s for s in encoder}, **found}
            elif "feed-forward" not in found and (ff := next((s for s in encoder if s.kind == "feed-forward"), None)):
                found["feed-forward"] = ff
            order = ("self-attention", "cross-attention", "convolution", "feed-forward")
            found = {k: found[k] for k in order if k in found}
            if masked is not None and "self-attention" in found:
                found["self-attention"] = Sublayer("self-attention", masked.quote, True, found["self-attention"].name)
        return tuple(found.values())

    def _about(self, name: str) -> list[Sentence]:
        """Sentences whose subject is a stack: under its heading, or naming it first."""
        other = "encoder" if name == "decoder" else "decoder"
        out = []
        for s in (s for s in self.prose.sentences if not s.endless):
            title = s.section.title.lower().strip(" .:") if s.section else ""
            heading = title.startswith(name) or title in (f"the {name}", f"transformer {name}")
            subject = re.match(
                rf"(?:(?:Each|The|Our|Every|In the) (?:\w+ )?)?(?:layers? (?:of|in) (?:the|each) )?{name}\b",
                s.text,
                re.IGNORECASE,
            )
            both = re.search(
                rf"\beach of the layers\b|\blayers? (?:of|in) (?:the|our) {name} and (?:of )?(?:the )?{other}|both the {name} and|\b{other} and {name}\b|\b{name} and (?:of the )?{other}\b",
                s.text,
                re.IGNORECASE,
            )
            if s.paragraph.role in ("body", "item") and (heading or subject or both) and _STRUCTURAL.search(s.text):
                out.append(s)
        return out

    def _parts(self, sentence: Sentence) -> dict[str, Sublayer]:
        quote = self.prose.quote(sentence)
        if quote is None:
            return {}
        places: list[tuple[int, _Part, str]] = []
        covered: list[tuple[int, int]] = []
        for part in _PARTS:
            m = part.pattern.search(sentence.text)
            if m and not any(a < m.end() and m.start() < b for a, b in covered):
                covered.append((m.start(), m.end()))
                places.append((m.start(), part, m[0]))
        return {
            p.kind: Sublayer(p.kind, quote, bool(re.search(r"mask|causal", words, re.IGNORECASE)), words)
            for _, p, words in sorted(places, key=lambda t: t[0])
        }

    def _trunk(self) -> tuple[Sublayer, ...]:
        """The blocks of a network that is neither called encoder nor decoder."""
        for s in self.prose.sentences:
            if (
                s.endless
                or s.paragraph.role not in ("body", "item")
                or not re.search(
                    r"\b(?:each|every) (?:\w+ )?(?:layer|block)\b|\bblocks? consists? of\b|\btransformer blocks?\b",
                    s.text,
                    re.IGNORECASE,
                )
            ):
                continue
            parts = self._parts(s)
            if "self-attention" in parts and "feed-forward" in parts:
                return tuple(v for k, v in parts.items() if k in ("self-attention", "feed-forward"))
        return ()

    def _masking(self) -> Claim | None:
        found = [
            c
            for c in self.claims.named("masking")
            if re.search(
                r"decoder|causal|subsequent|later|future|leftward|illegal", c.quote.text + c.context, re.IGNORECASE
            )
        ]
        return found[0] if found else None

    def _stack(self, name: str, sublayers: tuple[Sublayer, ...], rival: str) -> Stack:
        depth = self.claims.best("number of layers", name, (rival,) if rival else ())
        key = f"model.{name}_layers" if rival else "model.layers"
        layers = (
            simple(depth)
            if depth
            else self.ledger.gap(f"number of {name} layers", "no sentence or table states it", key)
        )
        quote = depth.quote if depth else sublayers[0].quote
        own = f"model.{name}_" if rival else "model."
        return Stack(
            name,
            layers,
            sublayers,
            self._residual(f"{own}residual"),
            self._norm(f"{own}norm"),
            self._norm_position(f"{own}norm_position"),
            quote,
        )

    def _residual(self, key: str) -> Value:
        claim = self.claims.best("residual connection") or self._norm_position_claim()
        if claim:
            return Value(True, claim=claim.id)
        return self.ledger.choose(
            key,
            True,
            ("true", "false"),
            "the paper does not mention residual connections; blocks of this kind have them",
        )

    def _norm(self, key: str) -> Value:
        claim = self.claims.best("normalization")
        if claim is not None:
            return Value(claim.value.lower(), claim=claim.id)
        if (claim := self._norm_position_claim()) is not None:
            return Value("layernorm", claim=claim.id)
        return self.ledger.choose(
            key, "layernorm", ("layernorm", "rmsnorm", "none"), "the paper does not name a normalisation"
        )

    def _norm_position_claim(self) -> Claim | None:
        return self.claims.best("norm position")

    def _norm_position(self, key: str) -> Value:
        if (claim := self._norm_position_claim()) is not None:
            return Value(claim.value, claim=claim.id)
        for c in self.claims.named("normalization"):
            if re.search(
                r"residual connection.{0,120}followed by (?:a )?layer norm",
                " ".join(c.quote.text.split()),
                re.IGNORECASE,
            ):
                return Value("post", claim=c.id)
        why = "the paper does not say whether the norm stands before or after a sub-layer"
        return self.ledger.choose(key, "pre", ("pre", "post"), why)

    # Numbers and words

    def _dims(self, stacks: tuple[Stack, ...]) -> dict[str, Value]:
        dims: dict[str, Value] = {}
        for name, key in _SIZES:
            claim = self.claims.best(name)
            dims[name] = simple(claim) if claim else self.ledger.gap(name, "no sentence or table states it", key)
        self._head_dimensions(dims)
        dims["dropout"] = self._stated("dropout", "model.dropout", 0.0, (), "the paper states no dropout")
        self._dropout_places(dims)
        dims["activation"] = self._word("activation", "model.activation", ("relu", "gelu", "silu", "swiglu", "geglu"))
        dims["positional encoding"] = self._word(
            "positional encoding", "model.positional_encoding", ("sinusoidal", "learned", "rotary", "none")
        )
        self._embeddings(dims)
        dims["attention bias"] = self._bias(
            "attention bias", "model.attention_bias", False, "the paper does not write the projections of the heads out"
        )
        if (bias := self.claims.best("feed-forward bias")) is not None:
            dims["feed-forward bias"] = Value(bias.value == "True", claim=bias.id)
        dims["norm epsilon"] = self._stated(
            "norm epsilon",
            "model.norm_eps",
            1e-5,
            (),
            "the paper states no epsilon of the normalisation; 1e-5 is PyTorch's default",
        )
        if any(s.norm_position.value == "pre" for s in stacks):
            for stack in stacks:
                key = f"model.{stack.name}_final_norm" if len(stacks) > 1 else "model.final_norm"
                why = "layers that normalise their input are followed by one last normalisation, as is usual"
                dims["final norm"] = self.ledger.choose(key, True, ("true", "false"), why)
        dims["initialisation"] = self._initialisation()
        return dims

    def _stated(self, name: str, key: str, default: float | str, options: tuple[str, ...], why: str) -> Value:
        claim = self.claims.best(name)
        return simple(claim) if claim else self.ledger.choose(key, default, options, why)

    def _word(self, name: str, key: str, options: tuple[str, ...]) -> Value:
        claim = self.claims.best(name)
        if claim:
            return Value(claim.value.lower(), claim=claim.id)
        return self.ledger.gap(name, "no sentence names it", key, options)

    def _bias(self, name: str, key: str, default: bool, why: str) -> Value:
        claim = self.claims.best(name)
        return (
            Value(claim.value == "True", claim=claim.id)
            if claim
            else self.ledger.choose(key, default, ("true", "false"), why)
        )

    def _head_dimensions(self, dims: dict[str, Value]) -> None:
        """Key and value dimension: stated, or the hidden size shared out among the heads."""
        shared = self.claims.best("head dimension")
        hidden, heads = dims["hidden size"].value, dims["number of heads"].value
        for name, key in (("key dimension", "model.d_k"), ("value dimension", "model.d_v")):
            claim = self.claims.best(name) or shared
            if claim:
                dims[name] = simple(claim)
            elif isinstance(hidden, int) and isinstance(heads, int) and heads and hidden % heads == 0:
                why = f"the paper states no {name}; the heads divide the hidden size evenly"
                dims[name] = self.ledger.choose(key, hidden // heads, (), why)
            else:
                dims[name] = self.ledger.gap(name, "not stated, and it does not follow from hidden size and heads", key)

        self._check_shares(dims)

    def _check_shares(self, dims: dict[str, Value]) -> None:
        """Where the paper writes the key dimension as hidden size by heads, the three numbers must agree."""
        size, heads, key = (self.claims.best(n) for n in ("hidden size", "number of heads", "key dimension"))
        if size is None or heads is None or key is None or not re.search(r"/\s*(?:h|H|n_)|\\frac", key.quote.text):
            return
        numbers = (size.number, heads.number, key.number)
        if None not in numbers and size.number != (heads.number or 0) * (key.number or 0):
            self.ledger.diagnostics.append(
                Diagnostic(
                    "inconsistent-sizes",
                    f"{size.value} by {heads.value} heads is not {key.value} ({size.quote.span}, {heads.quote.span}, {key.quote.span})",
                    key.quote.span,
                    "one of the three numbers is wrong in the paper, or they belong to different models; decide in paper.toml",
                )
            )

    def _dropout_places(self, dims: dict[str, Value]) -> None:
        """Where dropout is applied, as far as the paper says so."""
        for claim in self.claims.named("dropout placement"):
            name = {
                "sub-layer outputs": "residual dropout",
                "embedding sums": "embedding dropout",
                "attention weights": "attention dropout placed",
            }[claim.value]
            dims.setdefault(name, Value(True, claim=claim.id))
        rate = next((c for c in self.claims.named("dropout") if "attention dropout" in c.quote.text.lower()), None)
        if rate is not None and self.claims.rank(rate) < 40:
            dims["attention dropout"] = simple(rate)

    def _embeddings(self, dims: dict[str, Value]) -> None:
        scale = self.claims.best("embedding scale")
        if scale is not None:
            dims["embedding scale"] = Value(
                "sqrt(hidden size)" if self._is_root_of_size(scale.value) else scale.value, claim=scale.id
            )
        else:
            dims["embedding scale"] = self.ledger.choose(
                "model.embedding_scale",
                "1",
                ("1", "sqrt(hidden size)"),
                "the paper states no scale of the embeddings",
            )
        sharing = self.claims.best("weight sharing")
        if sharing is not None:
            dims["weight sharing"] = Value(sharing.value, claim=sharing.id)
        else:
            dims["weight sharing"] = self.ledger.choose(
                "model.weight_sharing",
                "none",
                ("none", "target,output", "source,target,output"),
                "the paper states no shared weights",
            )
        length = self.claims.best("sequence length")
        if length is not None:
            dims["maximum length"] = simple(length)
        elif dims["positional encoding"].value == "learned":
            dims["maximum length"] = self.ledger.gap(
                "maximum length", "learned positions need a bound and none is stated", "model.max_length"
            )

    def _is_root_of_size(self, latex: str) -> bool:
        """The formula is the root of the symbol that carries the hidden size."""
        size = self.claims.best("hidden size")
        m = re.fullmatch(r"\\sqrt\{(?P<inner>.*)\}", latex.strip())
        if m is None:
            return False
        parsed = parse(m["inner"]).statements
        symbol = canonical(parsed[0]) if len(parsed) == 1 else ""
        return symbol in ((size.symbol if size else None), "d_{model}", "d_{h}", "d")

    def _initialisation(self) -> Value:
        claim = self.claims.best("initialisation")
        if claim is not None:
            spread = next((c for c in self.claims.named("initialisation scale") if c.number is not None), None)
            if claim.value in ("normal", "truncated normal") and spread is not None and spread.number is not None:
                return Value(f"normal-{spread.number!r}", claim=spread.id)
            words = {"Xavier": "xavier-uniform"}
            return Value(words.get(claim.value, claim.value.lower()), claim=claim.id)
        why = "the paper states no initialisation; Glorot's uniform one for matrices, d_model^-0.5 for embeddings"
        return self.ledger.choose(
            "model.initialisation", "xavier-uniform", ("xavier-uniform", "normal-0.02", "torch-default"), why
        )

    def _variants(self) -> dict[str, dict[str, Value]]:
        """Named configurations beside the default ("big"): only what is stated of them, a table's row before prose."""
        out: dict[str, dict[str, Value]] = {}
        for variant, claims in self.claims.variants().items():
            for c in sorted(claims, key=lambda c: "&" not in c.quote.text):
                if c.number is not None:
                    out.setdefault(variant, {}).setdefault(c.name, simple(c))
        return out

    # Plain networks

    def _perceptron(self) -> Architecture | None:
        """ "A 2-layer MLP with ReLU activations and 256 hidden units": one stack of linear layers."""
        depth = next((c for c in self.claims.named("number of layers") if _PERCEPTRON.search(c.quote.text)), None)
        size = self.claims.best("hidden size")
        text = " ".join(p.text for p in self.document.paragraphs)
        if depth is None or size is None or size.quote.section != depth.quote.section:
            return None
        if len(_OTHER_NETWORKS.findall(text)) > 12:
            return None
        quote: Quote = depth.quote
        layers = Sublayer("feed-forward", quote, name="linear")
        none = Value(False, claim=depth.id)
        norm = self.claims.best("normalization")
        stack = Stack(
            "mlp",
            simple(depth),
            (layers,),
            none,
            Value(norm.value.lower(), claim=norm.id) if norm else Value("none", claim=depth.id),
            Value("none", claim=depth.id),
            quote,
        )
        dims: dict[str, Value] = {}
        dims["hidden size"] = simple(size)
        dims["activation"] = self._word("activation", "model.activation", ("relu", "tanh", "gelu"))
        if dropout := self.claims.best("dropout"):
            dims["dropout"] = simple(dropout)
        if (start := self.claims.best("initialisation")) is not None:
            dims["initialisation"] = Value(start.value.lower(), claim=start.id)
        return Architecture("mlp", (stack,), dims, (quote,), self._variants())
