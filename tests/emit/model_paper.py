"""A made-up paper's architecture and training, as the spec stage would hand them over."""

from dataclasses import replace

from paperc.emit.model_context import ModelContext
from paperc.provenance import Quote, Span
from paperc.spec.model import Architecture, Claim, Stack, Sublayer, Training, Value

RATE = r"lrate = d^{-0.5} \cdot \min({s}^{-0.5}, s \cdot {w}^{-1.5})"


def quote(text: str, section: str = "2") -> Quote:
    return Quote(text, Span("paper.tex", 1, 1, 0, len(text)), section)


class Paper:
    """The base paper of the tests; `dims`, `stack` and `settings` change it, None takes a value away."""

    def __init__(self, family="encoder-decoder", dims=None, stack=None, settings=None, **context):
        self.claims: dict[str, Claim] = {}
        self.architecture = self._architecture(family, dims or {}, stack or {})
        self.training = Training(self._merged(self._settings(), settings or {}))
        self.context = ModelContext(
            package=context.pop("package", "net"),
            title=context.pop("title", "A Network"),
            source="paper.tex",
            claims=self.claims,
            cites={"attention": "Eq. (1), §2.1", "feed_forward": "Eq. (2), §2.2"},
            places={"eq:3": "Eq. (3), §3"},
            statements={"eq:3": RATE},
            schedule_formula=RATE,
            **context,
        )

    def say(self, name, value, text, section="2", symbol=None, unit=""):
        id = f"C{len(self.claims) + 1}"
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
        self.claims[id] = Claim(id, "architecture", name, str(value), quote(text, section), number, symbol, unit)
        return Value(value, claim=id)

    def _merged(self, base, changes):
        out = dict(base)
        for name, value in changes.items():
            if value is None:
                out.pop(name, None)
            else:
                out[name] = value if isinstance(value, Value) else Value(value)
        return out

    def _architecture(self, family, dims, stack):
        if family == "mlp":
            layer = Sublayer("feed-forward", quote("fully connected layers"))
            none = Value("none")
            base = Stack(
                "mlp", self.say("number of layers", 3, "with 3 hidden layers"), (layer,), Value(False), none, none
            )
            said = {
                "hidden size": self.say("hidden size", 64, "of 64 units"),
                "activation": self.say("activation", "tanh", "and tanh units"),
            }
            return Architecture("mlp", (replace(base, **stack),), self._merged(said, dims))
        layers = self.say("number of layers", 4, "a stack of $N=4$ layers", symbol="N")
        attention = Sublayer("self-attention", quote("self-attention"))
        feed_forward = Sublayer("feed-forward", quote("a feed-forward network"))
        common = {
            "layers": layers,
            "residual": self.say("residual connection", True, "with residual connections"),
            "norm": self.say("normalization", "layernorm", "and layer normalization"),
            "norm_position": self.say("norm position", "post", "after each sub-layer"),
        }
        masked = replace(attention, masked=True)
        cross = Sublayer("cross-attention", quote("attention over the encoder"))
        encoder = Stack("encoder", sublayers=(attention, feed_forward), **common)
        decoder = Stack("decoder", sublayers=(masked, cross, feed_forward), **common)
        stacks = {
            "encoder-decoder": (encoder, decoder),
            "encoder-only": (encoder,),
            "decoder-only": (replace(decoder, sublayers=(masked, feed_forward)),),
        }[family]
        said = {
            "hidden size": self.say(
                "hidden size", 256, r"vectors of size $d_{\text{model}} = 256$", symbol=r"d_{\text{model}}"
            ),
            "number of heads": self.say("number of heads", 4, "$h = 4$ heads", symbol="h"),
            "key dimension": self.say("key dimension", 64, "$d_k = 64$"),
            "value dimension": self.say("value dimension", 64, "$d_v = 64$"),
            "feed-forward size": self.say("feed-forward size", 1024, "$d_{ff} = 1024$"),
            "activation": self.say("activation", "relu", "with a ReLU activation"),
            "positional encoding": self.say("positional encoding", "sinusoidal", "we add sinusoidal encodings"),
            "embedding scale": self.say("embedding scale", "sqrt(hidden size)", r"multiplied by $\sqrt{d}$"),
            "weight sharing": self.say("weight sharing", "source,target,output", "all share one matrix"),
            "dropout": self.say("dropout", 0.1, "a rate of $0.1$"),
            "residual dropout": self.say("dropout placement", True, "to the output of each sub-layer"),
            "embedding dropout": self.say("dropout placement", True, "and to the embeddings"),
            "vocabulary size": self.say("vocabulary size", 8000, "a vocabulary of 8000 tokens"),
        }
        return Architecture(family, tuple(replace(s, **stack) for s in stacks), self._merged(said, dims))

    def _settings(self):
        return {
            "optimizer": self.say("optimizer", "Adam", "We use Adam", "3"),
            "beta_1": self.say("beta_1", 0.9, r"$\beta_1 = 0.9$", "3"),
            "beta_2": self.say("beta_2", 0.98, r"$\beta_2 = 0.98$", "3"),
            "epsilon": self.say("epsilon", 1e-9, r"$\epsilon = 10^{-9}$", "3"),
            "warm-up steps": self.say("warm-up steps", 4000, "4000 steps of warm-up", "3"),
            "schedule equation": self.say("schedule equation", "eq:3", "according to", "3"),
            "label smoothing": self.say("label smoothing", 0.1, "label smoothing of 0.1", "3"),
            "batch size": self.say("batch size", 5000, "batches of 5000 tokens", "3", unit="tokens"),
            "training steps": self.say("training steps", 100000, "for 100,000 steps", "3"),
        }


PRE = {"norm_position": Value("pre")}
PAPERS = {
    "post_norm": {},
    "pre_norm_gelu": {"dims": {"activation": "GELU"}, "stack": PRE},
    "unshared_biased_rms": {
        "dims": {"activation": "SiLU", "attention bias": True, "feed-forward bias": False, "output bias": True,
                 "weight sharing": "none", "embedding scale": None, "vocabulary size": None},
        "stack": PRE | {"norm": Value("RMSNorm")},
    },
    "gpt": {
        "family": "decoder-only", "stack": PRE,
        "dims": {"positional encoding": "learned", "maximum length": 128, "activation": "gelu",
                 "weight sharing": "target,output", "attention dropout": True},
        "settings": {"optimizer": "AdamW", "weight decay": 0.1, "gradient clipping": 1.0, "learning rate": 6e-4,
                     "schedule": "cosine", "schedule equation": None, "label smoothing": None},
    },
    "llama": {
        "family": "decoder-only", "stack": PRE | {"norm": Value("RMSNorm")},
        "dims": {"positional encoding": "RoPE", "activation": "SwiGLU", "dropout": None, "feed-forward bias": False},
    },
    "bert": {
        "family": "encoder-only",
        "dims": {"positional encoding": "learned", "maximum length": 128, "initialisation": "normal_0.02"},
    },
    "mlp": {
        "family": "mlp",
        "settings": {"schedule equation": None, "warm-up steps": None, "learning rate": 0.001, "label smoothing": None,
                     "loss": "cross-entropy", "batch size": 32, "training steps": None, "epochs": 10},
    },
}  # fmt: skip
"""Networks of every family, as changes of the base paper."""


def paper(name: str, **more) -> Paper:
    made = Paper(**PAPERS[name], **more)
    if name == "mlp":
        made.context = replace(made.context, statements={}, schedule_formula="")
    if name == "gpt":
        made.context = replace(made.context, statements={})
    return made
