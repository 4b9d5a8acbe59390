"""The field's terms for numbers: what a reproduction must know, and how papers write it. Frozen data.

A term's `phrases` stand before their value ("dropout rate of 0.1", "we set the batch size to 32"), its `counted` nouns behind
it ("6 identical layers", "20 epochs"); `symbols` are the signs that the field uses for it, in canonical LaTeX. `needs` must be
found in the sentence or in its section's title.
"""

from __future__ import annotations

from dataclasses import dataclass

from .model import Area


@dataclass(frozen=True, slots=True)
class Term:
    name: str
    area: Area
    phrases: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    needs: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    integer: bool = False
    unit: str = ""
    bare: bool = False
    """The counted noun takes no adjective but those that its pattern lists: "6 layers", not "4 highlighted layers"."""
    sized: bool = False
    """Counted numbers must be sizes: "16×16 patches", not "two patches"."""
    lead: str = ""
    """What must stand right before a counted number: "trained on 200B tokens"."""


_SIZE = r"(?:sizes?|dimensions?|dim|dimensionality|width)"
_TRAIN = r"train|fine-?tun|optimi[sz]|learn|epoch|schedule|gradient|online|offline"

ARCHITECTURE: tuple[Term, ...] = (
    Term("number of layers", "architecture",
         (r"(?:total )?number of (?:\w+ ){0,2}(?:layers|blocks)", r"number of (?:\w+ )?(?:encoder|decoder) layers", r"(?:network|model|transformer) depth"),
         (r"(?:identical|hidden|transformer|encoder|decoder|self-attention|attention|MLP|stacked|residual|recurrent|LSTM|GRU|graph convolution(?:al)?|GCN|GNN|message[- ]passing|fully[- ]connected|dense|linear|convolution(?:al)?)? ?layers?", r"(?:identical|transformer|encoder|decoder|attention|residual|convolution(?:al)?|dense|Conformer) blocks"),
         low=1, high=2000, integer=True, bare=True),
    Term("number of heads", "architecture", (r"number of (?:\w+ ){0,2}heads",),
         (r"(?:parallel |self-|multi-|attention )*(?:attention layers, or heads|heads)",), ("h", "n_{h}", "n_{heads}", "H"),
         needs=r"heads?\b|head_", low=1, high=1024, integer=True),
    Term("hidden size", "architecture",
         (rf"(?:hidden|model|hidden[- ]state|hidden[- ]layer|latent state|residual stream) {_SIZE}", r"hidden units",
          r"(?:outputs?|vectors|representations|input and output) (?:of|is|are|has|have) dimension(?:ality)?", r"dimensionality of (?:the )?input and output",
          r"number of hidden units", r"hidden (?:layer )?width"),
         (r"hidden units", r"hidden dimensions?", r"units"), ("d_{model}", "d_{hidden}", "d_{h}"), low=1, high=1e6, integer=True),
    Term("feed-forward size", "architecture",
         (rf"(?:inner|intermediate|feed-?forward|FFN)[- ](?:inner[- ]|hidden[- ]|intermediate[- ])?(?:layers?[- ])?(?:has |of |network )?{_SIZE}", rf"MLP (?:hidden )?{_SIZE}",
          r"inner[- ]layer has dimensionality", r"filter size"),
         (), ("d_{ff}", "d_{ffn}", "d_{FF}", "d_{FFN}", "d_{inner}"), low=1, high=1e6, integer=True),
    Term("head dimension", "architecture", (r"per-head dimension", r"head (?:dimension|size|dim)", r"dimension of each head", r"dimension per head"),
         (), ("d_{head}",), low=1, high=1e5, integer=True),
    Term("key dimension", "architecture", (r"key dimension", r"key size"), (), ("d_{k}",), low=1, high=1e5, integer=True),
    Term("value dimension", "architecture", (r"value dimension",), (), ("d_{v}",), low=1, high=1e5, integer=True),
    Term("embedding size", "architecture", (rf"(?:(?:token|word|node|time|position(?:al)?|input|character|edge|feature) )?embeddings? {_SIZE}",), (), ("d_{emb}", "d_{e}"), low=1, high=1e6, integer=True),
    Term("latent dimension", "architecture", (r"latent (?:space )?(?:dimension(?:ality)?|size|dim)", r"dimension(?:ality)? of the latent (?:space|code|vector|variable)s?"),
         (r"latent (?:dimensions|variables|units)", r"dimensional latent (?:space|code|vector|variable)s?"), low=1, high=1e6, integer=True),
    Term("number of experts", "architecture", (r"number of (?:\w+ )?experts",), (r"(?:(?:routed|shared|total) )?experts|(?:routed|shared) expert",), ("N_{E}",), low=1, high=1e5, integer=True, bare=True),
    Term("patch size", "architecture", (r"patch sizes?", r"patches of size"), (r"patches",), low=1, high=1024, sized=True),
    Term("kernel size", "architecture", (r"(?:kernel|filter) sizes?", r"(?:kernels|filters) (?:are |is )?of size", r"receptive field"), (r"(?:convolution(?:al)? )?(?:kernels?|filters?)(?! with)",), low=1, high=1024, needs=r"size|[×]|kernel", sized=True),
    Term("stride", "architecture", (r"strides?",), (), low=1, high=64, integer=True),
    Term("number of channels", "architecture", (r"number of (?:\w+ )?(?:channels|filters|feature maps)", r"channel (?:width|dimension|size)"),
         (r"(?:output |input |hidden |base )?channels", r"filters", r"feature maps"), low=1, high=1e5, integer=True, bare=True),
    Term("number of groups", "architecture", (r"number of groups",), (), low=1, high=1e4, integer=True),
    Term("active parameters", "architecture", (r"parameters, of which",), (r"activated parameters",), low=1e2, high=1e14),
    Term("number of parameters", "architecture", (r"number of (?:\w+ )?parameters",), (r"(?:total |trainable |learnable |activated |model )?parameters",), low=1e2, high=1e14),
    Term("sequence length", "architecture", (r"(?:maximum |max |input |training )?(?:sequence|context) (?:length|size|window)s?", r"context window"), (), low=1, high=1e8),
    Term("image size", "architecture", (r"(?:image|input) (?:size|resolution)", r"resolution", r"images? (?:are |is )?(?:resized|rescaled|cropped|scaled)(?: to| to a size of)?", r"grid of size"), (r"(?:\w+ )?images|resolution|pixels",), low=1, high=16384, sized=True),
    Term("codebook size", "architecture", (r"codebook size", r"number of codes"), (r"(?:codes|codebook entries|codebook vectors)",), low=2, high=1e7, integer=True),
    Term("number of nearest neighbours", "architecture", (r"number of (?:nearest )?neighbou?rs",), (r"(?:nearest neighbou?rs|NN graph)",), low=1, high=1e4, integer=True),
    Term("filter support", "architecture", (r"(?:filter )?support",), (), (), low=1, high=1e4, integer=True),
    Term("number of nodes", "data", (r"number of (?:nodes|vertices)",), (r"nodes|vertices",), needs=r"graph of|graphs? (?:with|has|have|contain|consist)|produc\w+ a graph", low=10, high=1e12, integer=True, bare=True),
    Term("number of edges", "data", (r"number of edges",), (r"edges",), needs=r"graph of|graphs? (?:with|has|have|contain|consist)|produc\w+ a graph", low=10, high=1e12, integer=True, bare=True),
    Term("noise standard deviation", "training", (r"(?:Gaussian |exploration |action )?noise (?:\w+ ){0,2}?(?:with|of) (?:an? )?(?:standard deviation|std|scale)",), (), low=0, high=1e4),
    Term("gradient updates per step", "training", (), (r"gradient (?:updates?|steps?) ?(?:/|per|for every|for each) ?(?:environment |training )?(?:step|timestep)",), low=0, high=1e4),
    Term("number of components", "architecture", (r"number of (?:mixture )?components",), (r"(?:mixture |Gaussian )components",), low=1, high=1e5, integer=True),
)  # fmt: skip

TRAINING: tuple[Term, ...] = (
    Term("learning rate decay", "training", (r"learning[- ]rate decay(?: (?:rate|factor))?", r"(?:lr|LR) decay"), low=0, high=1e3),
    Term("learning rate", "training", (r"(?:(?:initial|peak|maximum|max|base|constant|final|minimum|actor|critic|policy) )?(?:learning[- ]rates?|step[- ]?sizes?|LR)",),
         (), ("lr", r"\eta_{0}"), low=0, high=1e3),
    Term("batch size", "training", (r"(?:(?:mini-?|global |total |effective |training |per-device |per-GPU )*batch[- ]?sizes?)", r"(?:mini-?)?batch(?:es)? (?:are |is |was |were )?(?:of size|size of)", r"(?:mini-?)?batch(?:es)? (?:contain(?:s|ed|ing)?|consist(?:s|ed|ing)? of|with|of)(?: a set of sentence pairs containing)?"),
         (r"(?:examples|samples|images|sequences|sentences|transitions|tokens) per (?:mini-?)?batch",), ("B", "S", "B_{size}"), needs=r"batch", low=1, high=1e9, integer=True),
    Term("weight decay", "training", (r"weight decay(?: (?:rate|coefficient|factor|parameter|regulari[sz]ation))?", r"(?:(?:L2|ℓ2|l2|[\ue300-\ue4ff])[- ])?(?:regulari[sz]ation|penalty) (?:weight|coefficient|parameter|strength|factor)", r"regulari[sz]ation weight", r"weight_decay"),
         (), ("weight\\_decay", "wd"), low=0, high=100),
    Term("momentum", "training", (r"(?:Nesterov )?momentum(?: (?:coefficient|parameter|rate|factor|of))?",), (), low=0, high=1),
    Term("beta_1", "training", (), (), (r"\beta_{1}",), needs=r"\bN?Adam|\bLAMB\b|\bLion\b|\bAdafactor|optimi[sz]|momentum|hyper|\btrain", low=0, high=1),
    Term("beta_2", "training", (), (), (r"\beta_{2}",), needs=r"\bN?Adam|\bLAMB\b|\bLion\b|\bAdafactor|optimi[sz]|momentum|hyper|\btrain", low=0, high=1),
    Term("epsilon", "training", (), (), (r"\epsilon", r"\varepsilon"), needs=r"\bN?Adam|\bLAMB\b|\bAdafactor|\bRMSProp|optimi[sz]er", low=0, high=1),
    Term("training steps", "training", (r"(?:total )?number of (?:total )?(?:training |gradient |optimi[sz]ation )?(?:steps|iterations|updates)", r"training (?:steps|iterations)"),
         (r"(?:(?:total|training|gradient|optimi[sz]ation|update|pre-?training|SGD|mini-?batch|offline|online|parameter|fine-?tuning) )*(?:steps|iterations|updates)(?!-| of (?!online|offline|training|fine-?tuning|pre-?training|RL|SGD|Adam|gradient|optimi))",),
         needs=_TRAIN, low=20, high=1e12),
    Term("epochs", "training", (r"number of (?:training )?epochs",), (r"(?:training |full |pre-?training |fine-?tuning )?epochs?",), low=1, high=1e6),
    Term("warm-up steps", "training", (r"warm-?up(?: (?:steps|iterations|period|phase|stage|duration|length|updates))?", r"warmup_steps"),
         (r"(?:linear )?warm-?up (?:steps|iterations|updates)", r"(?:steps|iterations|updates) of (?:linear |learning[- ]rate )?warm-?up"), (r"warmup\_steps", r"T_{warmup}", r"N_{warmup}", r"\mathrm{warmup}"), low=1, high=1e9),
    Term("warm-up epochs", "training", (), (r"(?:linear )?warm-?up epochs", r"epochs of (?:linear |learning[- ]rate )?warm-?up"), low=0, high=1e5),
    Term("dropout", "training", (r"(?:(?:attention|residual|embedding|word|hidden|variational|input|output) )?drop-?out(?: (?:rate|ratio|probability|probabilities|rates|layers?|factor|value))?", r"drop(?:ping)? probability"),
         (), ("P_{drop}", "p_{drop}", r"p_{dropout}"), low=0, high=0.999),
    Term("stochastic depth", "training", (r"stochastic depth(?: (?:rates?|probability|drop rate))?", r"drop-?path(?: rate)?"), (), low=0, high=1),
    Term("label smoothing", "training", (r"label[- ]smoothing(?: (?:of value|value|factor|coefficient|parameter|rate))?",), (), (r"\epsilon_{ls}", r"\varepsilon_{ls}"), low=0, high=1),
    Term("gradient clipping", "training", (r"gradient[- ]clipping(?: (?:norm|threshold|value|of norm))?", r"clip(?:ped|ping)? (?:the )?(?:global )?(?:gradients?|gradient norms?|norm of the gradients?)(?: norms?)?(?: (?:at|to|by|with|if|when)(?: (?:a|the))?(?: (?:maximum|max|global|threshold|norm|of))*)?", r"gradients? (?:norm )?(?:is|are|was|were) clipped(?: (?:at|to|by))?(?: (?:a|the))?(?: (?:maximum|max|global|norm|threshold|of|value))*", r"max(?:imum)? (?:gradient|grad)[- ]norm"), (), low=0, high=1e6),
    Term("discount factor", "training", (r"discount(?: factor| rate)?",), (), (), low=0, high=1),
    Term("target update rate", "training", (r"(?:soft|target)[- ](?:target )?(?:network )?updates? (?:rate|coefficient|parameter|with parameter|factor)", r"soft updates? with (?:parameter|coefficient|rate)", r"Polyak(?: averaging)?(?: coefficient| factor)?"), (), low=0, high=1),
    Term("EMA decay", "training", (r"(?:EMA|exponential moving average)s?(?: of (?:the )?(?:\w+ ){1,3})?(?: with)?(?: a)?(?: (?:decay|momentum|rate|coefficient|factor|parameter))*",), (), low=0, high=1),
    Term("temperature", "training", (r"(?:softmax |sampling |inverse |distillation )?temperature(?: (?:parameter|hyper-?parameter|coefficient))?",), (), low=0, high=1e4),
    Term("replay buffer size", "training", (r"replay buffer (?:size|capacity)", r"buffer size"), (), low=1, high=1e10),
    Term("margin", "training", (r"margin(?: parameter)?",), (), needs=r"loss|triplet|hinge|contrastive|rank", low=-1e3, high=1e3),
    Term("number of negatives", "training", (r"number of negatives?(?: samples)?",), (r"negative (?:samples|examples)", r"negatives"), low=1, high=1e8),
    Term("entropy coefficient", "training", (r"entropy (?:coefficient|bonus|regulari[sz]ation coefficient)",), (), low=0, high=100),
    Term("initialisation scale", "training", (r"initiali[sz]\w+ (?:\w+ ){0,4}standard deviation",), (), low=0, high=100),
    Term("training tokens", "data", (r"pre-?trained on|trained on|training corpus (?:\w+ ){0,3}consists of|total of",), (r"(?:training |(?:high-quality |diverse |unique |text |language )(?:and (?:high-quality |diverse |unique ))?)?tokens",), needs=r"\btrain|pre-?train|corpus", low=1e6, high=1e15, lead=r"\b(?:on|of|with|for|over|about|approximately|around)\s*$"),
)  # fmt: skip

DATA: tuple[Term, ...] = (
    Term("vocabulary size", "data", (r"(?:shared |joint |source-target |source |target |extended |token |output )*vocabular(?:y|ies)(?: size)?(?: of size)?",),
         (r"(?:word|sub-?word|BPE|byte)?[- ]?(?:pieces?|unit)? ?vocabulary", r"most (?:common|frequent) words", r"BPE (?:merges|merge operations|operations)", r"merge operations"), ("|V|", "V"), needs=r"vocab|word|merge", low=10, high=1e8),
    Term("number of classes", "data", (r"number of (?:classes|categories|labels)",), (r"(?:object |semantic )?(?:classes|categories)(?! of)",), needs=r"dataset|data set|images|documents|consist|contain|classif", low=2, high=1e6, integer=True),
)  # fmt: skip

EVALUATION: tuple[Term, ...] = (
    Term("beam size", "evaluation", (r"beam[- ](?:size|width)s?", r"beams? of (?:size|width)"), (r"beams",), low=1, high=1e4, integer=True),
    Term("length penalty", "evaluation", (r"length (?:penalty|normali[sz]ation)(?: (?:of|parameter|coefficient|factor|weight))?",), (), low=-10, high=10),
    Term("checkpoint averaging", "evaluation", (), (r"(?:last |best |final )?checkpoints",), needs=r"averag", low=2, high=1000, integer=True),
    Term("seeds", "evaluation", (r"number of (?:random )?seeds",), (r"(?:different |random |independent |training )*seeds", r"runs(?=[.,;)]| and\b|$)", r"(?:random|different|independent|training) (?:training )?(?:runs|trials|initiali[sz]ations|restarts)", r"(?:runs|trials)(?= with (?:different|random))", r"random sampled synthetic data"),
         low=2, high=1e4, integer=True),
    Term("evaluation episodes", "evaluation", (), (r"(?:evaluation|test|different) (?:episodes|trajectories|rollouts)",), low=1, high=1e6, integer=True),
    Term("number of samples", "evaluation", (r"number of (?:generated )?samples",), (r"(?:generated|random|synthetic) (?:images|samples)",), low=1, high=1e9, integer=True),
    Term("sampling steps", "evaluation", (r"number of (?:sampling|diffusion|denoising|discreti[sz]ation|inference) steps", r"sampling steps"), (r"(?:sampling|denoising|diffusion|DDIM|discreti[sz]ation|inference|integration|function) (?:steps|evaluations)",), low=1, high=1e6, integer=True),
    Term("guidance scale", "evaluation", (r"(?:classifier-free )?guidance (?:scale|weight|strength)", r"(?:CFG|cfg) (?:scale|weight)"), (), low=0, high=1000),
    Term("number of folds", "evaluation", (), (r"-?fold cross[- ]validation",), low=2, high=100, integer=True),
    Term("maximum output length", "evaluation", (r"maximum (?:output|generation|decoding) length(?: during inference)?", r"output length", r"output a maximum"), (), low=1, high=1e7),
    Term("top-p", "evaluation", (r"top-p|nucleus sampling",), (), low=0, high=1),
)  # fmt: skip

TERMS: tuple[Term, ...] = ARCHITECTURE + TRAINING + DATA + EVALUATION
LABELS: dict[str, str] = {
    "layers": "number of layers", "layer": "number of layers", "# layers": "number of layers", "depth": "number of layers", "num layers": "number of layers",
    "blocks": "number of layers", "# blocks": "number of layers", "heads": "number of heads", "# heads": "number of heads", "num heads": "number of heads",
    "attention heads": "number of heads", "width": "hidden size", "hidden": "hidden size", "hidden dim": "hidden size", "hidden dim.": "hidden size", "dim": "hidden size", "d model": "hidden size",
    "mlp dim": "feed-forward size", "mlp size": "feed-forward size", "ffn": "feed-forward size", "ffn dim": "feed-forward size", "lr": "learning rate", "learning rate": "learning rate", "batch": "batch size",
    "batch size": "batch size", "epochs": "epochs", "epoch": "epochs", "training epochs": "epochs", "steps": "training steps", "train steps": "training steps", "training steps": "training steps", "iterations": "training steps",
    "warmup": "warm-up steps", "warm-up": "warm-up steps", "warmup epochs": "warm-up epochs", "warmup steps": "warm-up steps", "optimizer": "optimizer", "optimiser": "optimizer", "params": "number of parameters",
    "# params": "number of parameters", "#params": "number of parameters", "#param": "number of parameters", "#param.": "number of parameters", "parameters": "number of parameters", "dropout": "dropout", "drop path": "stochastic depth", "activation": "activation",
    "nodes": "number of nodes", "seeds": "seeds", "vocab size": "vocabulary size", "patch": "patch size", "# train": "training examples", "#train": "training examples", "# test": "test examples", "#test": "test examples", "# validation": "validation examples", "# val": "validation examples",
    "# nodes": "number of nodes", "# edges": "number of edges", "# classes": "number of classes", "#nodes": "number of nodes", "#edges": "number of edges", "# rows": "number of rows", "# graphs": "number of graphs", "# features": "number of features", "resolution": "image size", "gamma": "discount factor", "embed dim": "hidden size",
}  # fmt: skip
"""Short headings of tables → the term."""
