"""The field's names for choices: optimisers, activations, schedules, data sets, metrics. Frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from .model import Area


@dataclass(frozen=True, slots=True)
class Choosable:
    """A setting whose value is a name. `trigger` must stand near the name for the mention to be a statement of use."""

    name: str
    area: Area
    values: tuple[tuple[str, str], ...]
    """(the value's usual name, a pattern for how papers write it)."""
    before: str = ""
    """What must stand in the same clause before the name, unless `after` follows it."""
    after: str = ""
    reach: int = 90
    """How many characters before the name `before` may stand."""


_USE = r"\b(?:us(?:e|es|ed|ing)|with|by|via|employ\w*|adopt\w*|appl(?:y|ies|ied)|optimi[sz]\w*|train\w*|choose|followed by|choice of)\b"

CHOOSABLE: tuple[Choosable, ...] = (
    Choosable("optimizer", "training", (
        ("AdamW", r"AdamW"), ("Adamax", r"Adama[xX]"), ("NAdam", r"NAdam"), ("RAdam", r"RAdam"), ("Adam", r"(?:Adam|ADAM)(?!W|ax|aX|\w)"),
        ("RMSProp", r"RMS-?[Pp]rop"), ("Adagrad", r"Ada[Gg]rad"), ("Adadelta", r"Ada[Dd]elta"), ("Adafactor", r"Ada[Ff]actor"), ("LAMB", r"LAMB"),
        ("LARS", r"LARS"), ("Lion", r"Lion(?= optimi)"), ("Muon", r"Muon"), ("Shampoo", r"Shampoo"), ("L-BFGS", r"L-?BFGS"),
        ("SGD", r"(?:mini-?batch )?(?:SGD|[Ss]tochastic [Gg]radient [Dd]escent)")), before=_USE, after=r"^\s*(?:[\ue500-\ue5ff]\s*)*optimi[sz]er", reach=45),
    Choosable("activation", "architecture", (
        ("Leaky ReLU", r"(?:Leaky|leaky)[- ]?ReLUs?|LeakyReLU"), ("PReLU", r"PReLU"), ("ELU", r"(?<!\w)ELUs?(?!\w)"), ("SELU", r"SELU"),
        ("GELU", r"GELUs?|GeLUs?|Gaussian [Ee]rror [Ll]inear [Uu]nits?"), ("SwiGLU", r"SwiGLU"), ("GEGLU", r"GE?GLU"), ("SiLU", r"SiLU|Swish|swish"), ("Mish", r"Mish"),
        ("ReLU", r"(?<!Leaky )(?<!leaky )(?<!\w)ReLUs?(?!6)|[Rr]ectified [Ll]inear(?: [Uu]nits?)?"), ("softplus", r"[Ss]oftplus"), ("tanh", r"(?:tanh|hyperbolic tangent)(?= (?:activation|non-?linear|unit))")),
        before=r"(?!)", after=r"^(?:\s|[\ue100-\ue7ff()])*(?:activations?|non-?linearit|units\b|MLP|in between)"),
    Choosable("schedule", "training", (
        ("cosine", r"(?:half-)?cosine (?:learning[- ]rate )?(?:decay|schedule|annealing|scheduler|learning[- ]rate|curve)|cosine (?:decay )?learning[- ]rate"),
        ("inverse square root", r"inverse square[- ]root(?: of the (?:step|iteration|update)(?: number)?| (?:schedule|decay|learning))"),
        ("linear decay", r"linear(?:ly)? (?:learning[- ]rate )?(?:decay(?:ed|s)?(?! \W)|anneal(?:ed|ing)?)|(?:decay|anneal)(?:ed|s)? linearly"), ("step decay", r"step(?:wise)?[- ](?:decay|schedule)"),
        ("exponential decay", r"exponential(?:ly)? decay(?:ed|s)?(?: (?:schedule|learning))?"), ("constant", r"constant learning[- ]rate"), ("polynomial decay", r"polynomial decay"),
        ("one-cycle", r"one-?cycle|1cycle"), ("linear warm-up", r"linear (?:learning[- ]rate )?warm-?up")),
        before=r"learning[- ]rate|\blr\b|\bLR\b|anneal|schedul|decay", after=r"learning[- ]rate|schedul"),
    Choosable("normalization", "architecture", (
        ("LayerNorm", r"[Ll]ayer[- ]?[Nn]orm(?:ali[sz]ation)?(?!\w)|(?<!\w)LN(?!\w)"), ("RMSNorm", r"RMS-?[Nn]orm(?:ali[sz]ation)?"), ("BatchNorm", r"[Bb]atch[- ]?[Nn]orm(?:ali[sz]ation)?(?!\w)"),
        ("GroupNorm", r"[Gg]roup[- ]?[Nn]orm(?:ali[sz]ation)?(?!\w)"), ("InstanceNorm", r"[Ii]nstance[- ]?[Nn]orm(?:ali[sz]ation)?(?!\w)"), ("weight normalization", r"weight normali[sz]ation"), ("spectral normalization", r"spectral normali[sz]ation")),
        before=r"\b(?:us(?:e|ed|ing)|followed by|employ\w*|appl(?:y|ied)|adopt)\b[^,;]{0,40}$"),
    Choosable("tokenizer", "data", (
        ("byte-level BPE", r"[Bb]yte-level BPE"), ("byte-pair encoding", r"byte[- ]pair[- ]encoding|BPE(?! (?:merge|oper))"), ("SentencePiece", r"[Ss]entence-?[Pp]iece"),
        ("WordPiece", r"word-?[ ]?piece|Word-?Piece"), ("unigram", r"unigram (?:language model )?tokeni[sz]er"), ("characters", r"character[- ]level tokeni[sz]")),
        before=r"encod|tokeni[sz]|segment|split|vocab|us(?:e|ed|ing)", after=r"^.{0,20}vocab"),
    Choosable("framework", "training", (
        ("PyTorch", r"Py[Tt]orch(?!-)"), ("TensorFlow", r"Tensor[Ff]low"), ("JAX", r"JAX|(?<!\w)Jax(?!\w)"), ("Keras", r"Keras"), ("Theano", r"Theano"), ("Caffe", r"Caffe2?"), ("MXNet", r"MXNet"),
        ("Chainer", r"Chainer"), ("Flax", r"Flax"), ("Torch7", r"Torch7"), ("Julia", r"Julia(?= )"), ("DGL", r"\bDGL\b"), ("PyTorch Geometric", r"PyTorch Geometric|PyG")),
        before=r"\b(?:implement\w*|written|built|build|us(?:e|ed|ing)|experiments? (?:in|with)|code)\b"),
    Choosable("loss", "training", (
        ("cross-entropy", r"(?:binary |softmax |categorical |negative |weighted |the )*cross[- ]entropy(?: loss)?"), ("mean squared error", r"mean[- ]squared[- ]error|MSE(?! of)|squared error loss"),
        ("negative log-likelihood", r"negative log[- ]?likelihood"), ("hinge", r"hinge loss"), ("Huber", r"Huber loss"), ("L1", r"L1 loss"), ("contrastive", r"InfoNCE|NT-Xent"), ("CTC", r"CTC loss")),
        before=r"\b(?:minimi[sz]\w*|train\w*|optimi[sz]\w*|loss (?:energy|function)? ?[\ue300-\ue3ff]? ?(?:is|was|we use)|objective (?:is|was)|as (?:the|our) (?:loss|objective))\b"),
    Choosable("data augmentation", "data", (
        ("random crop", r"random(?:ly)? (?:resized[- ])?crop(?:s|ping|ped)?"), ("horizontal flip", r"(?:random(?:ly)? )?(?:horizontal(?:ly)?[- ]flip(?:s|ping|ped)?|left-right flip)"), ("Mixup", r"[Mm]ix-?[Uu]p(?!\w)"), ("CutMix", r"CutMix"),
        ("RandAugment", r"RandAug(?:ment)?"), ("AutoAugment", r"AutoAugment"), ("color jitter", r"colou?r jitter(?:ing)?"), ("random erasing", r"[Rr]andom [Ee]rasing"), ("Cutout", r"Cutout"), ("Gaussian blur", r"Gaussian blur(?:ring)?")),
        before=r"\b(?:augment\w*|us(?:e|ed|ing)|with|appl(?:y|ied)|train\w*|perform\w*)\b"),
    Choosable("number format", "training", (
        ("bfloat16", r"bfloat16|BF16|bf16"), ("float16", r"(?:FP16|fp16|float16|half[- ]precision)"), ("FP8", r"FP8(?= (?:training|mixed|precision))"), ("mixed precision", r"mixed[- ]precision")),
        before=r"\b(?:we|our)\b[^.;]*\b(?:us(?:e|ed|ing)|with|in|train\w*|adopt\w*)\b"),
    Choosable("initialisation", "training", (
        ("Xavier", r"(?:Xavier|Glorot)(?: (?:uniform|normal))?(?: initiali[sz]ation)?"), ("He", r"(?:Kaiming|(?<!\w)He(?= (?:uniform|normal|initiali[sz])))(?: (?:uniform|normal))?(?: initiali[sz]ation)?"), ("orthogonal", r"orthogonal(?:ly)?(?= initiali|\w* matri)"),
        ("truncated normal", r"truncated normal"), ("normal", r"(?:normal|Gaussian) distribution|standard deviation"), ("uniform", r"uniform(?:ly)? distribut\w+|uniformly"), ("zeros", r"(?:to |with |as )(?:all[- ])?(?:zeros?)(?! mean)"), ("identity", r"identity matrix"), ("ones", r"(?:to |as )?(?:an? )?all-?one")),
        before=r"initiali[sz](?:e|ed|es|ation|ing)\b(?!.*\b(?:state|method|alternative)\b)"),
)  # fmt: skip

METRICS: tuple[tuple[str, str], ...] = (
    ("BLEU", r"BLEU(?:-\d)?"), ("ROUGE", r"ROUGE(?:-\w+)?"), ("perplexity", r"[Pp]erplexit(?:y|ies)|PPL"), ("F1", r"F1|F_1"), ("AUC", r"(?:ROC[- ])?AU(?:RO)?C|AUPRC"), ("mAP", r"mAP|AP(?:_?\d\d)?"),
    ("mIoU", r"mIoU|IoU"), ("FID", r"FID"), ("inception score", r"[Ii]nception [Ss]core|IS(?=\W)"), ("accuracy", r"(?:top-\d )?[Aa]ccurac(?:y|ies)|[Aa]cc\.?(?=\W|$)"), ("error", r"[Ee]rror(?: rate)?s?"), ("RMSE", r"RMSE"), ("MSE", r"MSE"), ("MAE", r"MAE(?! ViT)"),
    ("WER", r"WER|word error rate"), ("PSNR", r"PSNR"), ("SSIM", r"SSIM"), ("bits per dimension", r"bits[/ ](?:per )?dim(?:ension)?|BPD|bpd"), ("bits per character", r"BPC|bpc|bits per character"), ("log-likelihood", r"[Ll]og[- ]?[Ll]ikelihood|NLL|ELBO"),
    ("return", r"[Rr]eturns?|[Rr]ewards?"), ("success rate", r"[Ss]uccess [Rr]ates?"), ("win rate", r"[Ww]in [Rr]ates?"), ("score", r"[Ss]cores?"), ("recall", r"[Rr]ecall(?:@\w+)?|R@\d+"), ("precision", r"[Pp]recision(?:@\w+)?"), ("exact match", r"EM|[Ee]xact [Mm]atch"),
    ("pass@1", r"[Pp]ass@\d+"), ("loss", r"[Ll]oss(?:es)?"), ("NMI", r"NMI"), ("correlation", r"[Pp]earson|[Ss]pearman|[Cc]orrelation"), ("training time", r"[Tt]ime(?: \(\w+\))?|[Ll]atency|[Rr]untime|ms"), ("FLOPs", r"FLOPs?"), ("parameters", r"[Pp]arams?|\# ?[Pp]aram(?:eter)?s?"),
)  # fmt: skip

DATASETS = (
    r"WMT(?:['’ ]?\d{2,4})?|IWSLT(?:['’ ]?\d{2,4})?|MNIST|Fashion-?MNIST|EMNIST|CIFAR-?100|CIFAR-?10|ImageNet(?:-?\d+k?|-?1K|-?21K|-?22K)?|SVHN|STL-?10|CelebA(?:-?HQ)?|FFHQ|LSUN|COCO|MS[- ]?COCO|"
    r"Pascal VOC|PASCAL VOC(?: \d{4})?|ADE20[kK]|Cityscapes|KITTI|Kinetics(?:-?\d+)?|UCF-?101|LibriSpeech|TIMIT|VCTK|AudioSet|Penn Treebank|PTB|WikiText-?(?:2|103)|enwik8|text8|C4|The Pile|OpenWebText|"
    r"BookCorpus|Wikipedia|SQuAD|GLUE|SuperGLUE|SNLI|MultiNLI|MNLI|MMLU|GSM8K|HumanEval|MATH|HellaSwag|TriviaQA|Natural Questions|20NEWS|20 ?[Nn]ewsgroups|Reuters|IMDB|Yelp|AG ?News|Cora|Citeseer|CiteSeer|"
    r"PubMed|PPI|Reddit|ogbn-\w+|OGB|QM9|ZINC|D4RL|Atari(?: 2600)?|MuJoCo|OpenAI Gym|DeepMind Control(?: Suite)?|Meta-?World|MovieLens|Criteo|UCI|Omniglot|mini-?ImageNet|ModelNet40|ShapeNet|NYUv2|VTAB|LAION(?:-\w+)?|"
    r"Flickr30k|VQAv?2?|Visual Genome|Adult|Wall Street Journal|WSJ|GenomicBenchmarks"
)
