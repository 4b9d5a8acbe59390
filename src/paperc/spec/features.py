"""What papers say in words rather than numbers: how a network is put together, what it was trained on and with.

Each rule is a name, a value and the wording that states it. Rules read one sentence at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .model import Area
from .prose import FORMULA, MARK, NUM, Sentence
from .vocabulary import DATASETS, METRICS


@dataclass(frozen=True, slots=True)
class Statement:
    """A value told in words, with the stretch of the sentence that tells it."""

    name: str
    area: Area
    value: str
    start: int
    end: int
    number: float | None = None
    unit: str = ""
    context: str = ""
    """What it holds for, where the rule knows better than the words around it."""


@dataclass(frozen=True, slots=True)
class Feature:
    """`pattern` states it; `also` must be in the sentence too; `never` must not."""

    name: str
    area: Area
    value: str
    pattern: str
    also: str = ""
    never: str = ""


_WE = r"\b(?:we|our|use[sd]?|using|employ\w*|adopt\w*|appl(?:y|ies|ied)|add(?:s|ed)?|are|is|contains?|consists?|surround\w*|with|has|have)\b"
_TRIED = r"\b(?:also experimented|instead of|alternative|could|replac\w+|there are many|experiment(?:ed)? with|compared? (?:to|with)|variant|ablat\w+)\b"

FEATURES: tuple[Feature, ...] = (
    Feature("residual connection", "architecture", "around each sub-layer", r"(?:residual|skip|shortcut)[- ]connections?", _WE, _TRIED + r"|facilitate|without"),
    Feature("norm position", "architecture", "pre", r"\bpre-?(?:norm|LN|layer ?norm)\w*|(?:norm(?:ali[sz]ation)?|LN|LayerNorm|RMSNorm) (?:is |are )?(?:applied )?before (?:each|every|the) (?:sub-?layer|block|attention)", "", _TRIED),
    Feature("norm position", "architecture", "post", r"\bpost-?(?:norm|LN|layer ?norm)\w*|(?:norm(?:ali[sz]ation)?|LN|LayerNorm|RMSNorm) (?:is |are )?(?:applied )?after (?:each|every|the) (?:sub-?layer|block|residual|attention)", "", _TRIED),
    Feature("masking", "architecture", "later positions hidden", r"\bmask(?:ed|ing)?\b|\bprevent\w*\b|\bcausal(?:ly)?\b", r"(?:attend|attention|softmax|flow).{0,120}\b(?:later|subsequent|future|leftward|illegal|causal)|(?:later|subsequent|future|leftward|illegal|causal)\b.{0,120}(?:attend|attention|softmax|flow)", _TRIED + r"|\b(?:not|without|language model\w*|pre-?train\w*)\b.{0,40}\bmask"),
    Feature("positional encoding", "architecture", "sinusoidal", r"\bsines? and cosines?\b|\bsinusoid(?:al|s)?(?: positional| position)? (?:encoding|embedding|functions?|version)|\bsinusoidal\b", r"\b(?:we|use[sd]?|add|chose)\b", r"\b(?:replace|instead|nearly identical|learned)\b"),
    Feature("positional encoding", "architecture", "learned", r"\b(?:learn(?:ed|able|t)|trainable)(?: absolute)? position(?:al)? (?:embedding|encoding)s?", r"\b(?:we use|is|are|add(?:ed)?|employ|use[sd]?)\b", _TRIED + r"|\b(?:replace|identical|instead)\b"),
    Feature("positional encoding", "architecture", "rotary", r"\b[Rr]otary (?:position(?:al)? )?(?:embedding|encoding)s?|\bRoPE\b", r"\b(?:we|use[sd]?|apply|appl(?:y|ied)|carry|carries)\b", _TRIED),
    Feature("positional encoding", "architecture", "relative", r"\brelative position(?:al)? (?:encoding|embedding|bias)\w*", r"\b(?:we use|are used|employ|adopt)\b", _TRIED),
    Feature("positional encoding", "architecture", "alibi", r"\bALiBi\b", r"\b(?:we use|employ|adopt)\b", _TRIED),
    Feature("dropout placement", "training", "sub-layer outputs", r"\bdropout\b(?:[^.;]{0,40}) to the outputs? of (?:each|every|the) (?:sub-?layers?|blocks?)", "", _TRIED),
    Feature("dropout placement", "training", "embedding sums", r"\bdropout\b(?:[^.;]{0,40}) to the (?:sums? of (?:the )?)?(?:\w+ )?embeddings?", "", _TRIED),
    Feature("dropout placement", "training", "attention weights", r"\bdropout\b(?:[^.;]{0,40}) (?:to|on) (?:the )?attention (?:weights|probabilities|scores|matrix)|\battention dropout\b(?! rate)", r"\b(?:apply|applied|use[sd]?)\b", _TRIED),
    Feature("architecture", "architecture", "encoder-decoder", r"\bencoder[-–]decoder (?:network|architecture|structure|model|transformer)|\ban encoder\b.{0,120}\band a decoder\b", r"\b(?:we|our|this|the model|model has|is)\b", r"\b(?:most|prior|previous|typical)\b"),
    Feature("architecture", "architecture", "decoder-only", r"\bdecoder-only\b", r"\b(?:we|our|is)\b", _TRIED),
    Feature("architecture", "architecture", "encoder-only", r"\bencoder-only\b|\bencoder only\b", r"\b(?:we|our|is)\b", _TRIED),
    Feature("checkpoint selection", "evaluation", "", r"(?:best|lowest|highest) (?:performing )?(?:checkpoint|model)?.{0,40}\bvalidation|checkpoints? with the (?:lowest|highest|best) [\w -]+|early stopping", r"\b(?:we|our)\b", r"\bnot\b"),
    Feature("missing values", "data", "imputed", r"missing values\b.{0,60}\b(?:replac|fill|imput|treat)\w*", "", ""),
    Feature("decoding", "evaluation", "beam search", r"\bbeam search\b", r"\b(?:we|use[sd]?)\b", _TRIED),
    Feature("decoding", "evaluation", "greedy", r"\bgreedy decoding\b", r"\b(?:we|use[sd]?)\b", _TRIED),
)  # fmt: skip

_COMPILED = tuple(
    (
        f,
        re.compile(f.pattern),
        re.compile(f.also, re.IGNORECASE) if f.also else None,
        re.compile(f.never, re.IGNORECASE) if f.never else None,
    )
    for f in FEATURES
)
_POST = re.compile(r"(?:Norm|LN)\w*\}?\s*(?:\\left)?\(\s*\\?\w+(?:_\{?\w+\}?)?\s*\+\s*\\?\w+")
_PRE = re.compile(r"\\?\w+(?:_\{?\w+\}?)?\s*\+\s*[^=]*\(\s*(?:\\(?:mathrm|text|operatorname)\{)?\s*(?:\\?\w*Norm|LN)\b")


def norm_position(latex: str) -> str:
    """ "post" for Norm(x + f(x)), "pre" for x + f(Norm(x)), "" for anything else.

    >>> norm_position(r"\\mathrm{LayerNorm}(x + \\mathrm{Sublayer}(x))")
    'post'
    """
    if _POST.search(latex):
        return "post"
    return "pre" if _PRE.search(latex) else ""


_PROJECTION = re.compile(
    r"[QKVXHx]\s*W\s*[\^_][^,)+&]{0,16}?[QKV]|W\s*[_^]\{?(?:\\mathrm\{|\\text\{)?[QKVqkv]\}?\}?(?:_\w)?\s*[xhXH]"
)
_TWO_LAYERS = re.compile(r"W_\{?1\}?.*W_\{?2\}?|W_\{?2\}?.*W_\{?1\}?")


def display_statements(latex: str) -> Iterator[tuple[str, Area, str]]:
    """What a display says about the network: (name, area, value). Biases that formulas have or have not, the place of the norm."""
    if position := norm_position(latex):
        yield "norm position", "architecture", position
    right = latex.partition("=")[2]
    if re.search(r"pos", latex) and re.search(r"(?:sin|cos)\W", right) and re.search(r"10\s*000|\^\{", right):
        yield "positional encoding", "architecture", "sinusoidal"
    bias = bool(re.search(r"\+\s*b(?![A-Za-z])", right))
    if _PROJECTION.search(right):
        yield "attention bias", "architecture", str(bias)
    if _TWO_LAYERS.search(right) and re.search(
        r"\\max|\\sigma|\\phi|[Rr]e[Ll][Uu]|[Gg][Ee][Ll][Uu]|\\tanh|act|FFN|MLP|FF", latex
    ):
        yield "feed-forward bias", "architecture", str(bias)
        if re.search(r"\\max\s*(?:\\left)?\s*[({\\]*\s*0\s*,", right):
            yield "activation", "architecture", "ReLU"


def is_rate(latex: str) -> bool:
    """The left side is a learning rate: `lrate`, `\\eta_t`, `lr`, `\\alpha_t`.

    >>> is_rate(r"lrate = d^{-0.5} \\cdot s"), is_rate(r"y = x")
    (True, False)
    """
    left = re.sub(r"[\s&{}]|\\(?:mathrm|text|mathit)", "", latex.partition("=")[0])
    return bool(
        re.fullmatch(
            r"(?:lrate|lr|LR|learning\\?_?rate|\\eta|\\alpha|\\gamma|\\epsilon|\\mu)(?:_\w+|\(\w+\)|\^\w+|_\\text\w+)*",
            left,
        )
    )


def statements(sentence: Sentence) -> Iterator[Statement]:
    """What one sentence says in words."""
    text = sentence.text
    for feature, pattern, also, never in _COMPILED:
        m = pattern.search(text)
        if m is None or (also and not also.search(text)) or (never and never.search(text)):
            continue
        yield Statement(
            feature.name, feature.area, feature.value or sentence.written(m.start(), m.end()), m.start(), m.end()
        )
    yield from _formulas(sentence)
    yield from _weight_sharing(sentence)
    yield from _longest_output(sentence)
    yield from _hardware(sentence)
    yield from _durations(sentence)
    yield from _datasets(sentence)
    yield from _splits(sentence)
    yield from _betas(sentence)
    yield from _warm_up(sentence)


def _formulas(sentence: Sentence) -> Iterator[Statement]:
    text = sentence.text
    for m in re.finditer(FORMULA, text):
        latex = sentence.atoms[m[0]].text
        if position := norm_position(latex):
            yield Statement("norm position", "architecture", position, m.start(), m.end())
            kind = "RMSNorm" if "RMS" in latex else "LayerNorm"
            yield Statement("normalization", "architecture", kind, m.start(), m.end())
        if (
            "\\sqrt" in latex
            and re.search(r"embedding", text, re.IGNORECASE)
            and re.search(r"\b(?:multipl(?:y|ied)|scaled?|scaling)\b", text)
        ):
            yield Statement("embedding scale", "architecture", latex.strip("$"), m.start(), m.end())


_SHARE = re.compile(r"\b(?:shar(?:e|es|ed|ing)|tie[sd]?|tying)\b")


def _weight_sharing(sentence: Sentence) -> Iterator[Statement]:
    text = sentence.text
    m = _SHARE.search(text)
    if (
        m is None
        or not re.search(r"\b(?:weights?|matri(?:x|ces)|embeddings?|parameters)\b", text)
        or not re.search(r"embedding", text)
    ):
        return
    parts: list[str] = []
    if re.search(
        rf"(?:{NUM}|two|both|source and target|encoder and decoder|encoder and the decoder)(?: the)?(?: input)? (?:word |token )?embedding",
        text,
    ):
        parts += ["source", "target"]
    elif re.search(r"(?:decoder|target|input|token|word|the) (?:word |token )?embedding", text):
        parts += ["target"]
    if re.search(
        r"softmax|output (?:projection|layer|embedding|matrix|weights|softmax)|linear transformation|classifier|LM head|language model(?:ing)? head",
        text,
    ):
        parts += ["output"]
    if len(parts) >= 2:
        yield Statement("weight sharing", "architecture", ",".join(parts), m.start(), len(text))


def _longest_output(sentence: Sentence) -> Iterator[Statement]:
    m = re.search(
        rf"maximum (?:output|decoding|generation) length(?: during inference)?(?: was| is)?(?: set)? to (?:the )?(?P<value>input length \+ {NUM})",
        sentence.text,
    )
    if m:
        yield Statement(
            "maximum output length",
            "evaluation",
            sentence.written(m.start("value"), m.end("value")),
            m.start(),
            m.end(),
        )


_CARD = r"(?:(?:NVIDIA|Nvidia|nVidia|Google|AMD|Tesla|GeForce|Quadro|Titan|TITAN|Cloud|RTX|GTX|\d+GB|\d+G|SXM\d?|PCIe|Volta|Ampere)[ -])*(?:[A-Z]{0,3}\d{2,5}[A-Za-z]{0,2}|TITAN|Titan|TPU ?v\d\w*|v\d|RTX|GTX|X|Xp|V|[A-Z]\d{2,4})?(?:[ -](?:Ti|SXM\d?|PCIe|\d+GB|GeForce|80GB|40GB))*"
_HARDWARE = re.compile(
    rf"(?P<count>{NUM}|\ban?\b|\bone\b|\bsingle\b|\bA\b)\s*(?:×|x|\\times)?\s*(?P<card>(?:{_CARD}[ -]?)(?:GPUs?|TPUs?(?: cores| chips)?|accelerators|CPUs?|graphics cards?)\b(?: v\d)?|(?:GTX|RTX)[ ]?\d{{4}}(?: Ti)?(?: GPUs?)?)(?![- ]?(?:hours?|days?|memory|version))"
)


def _hardware(sentence: Sentence) -> Iterator[Statement]:
    text = sentence.text
    if not re.search(
        r"\b(?:train\w*|experiment\w*|machine|run|ran|perform\w*|us(?:e|ed|ing)|cluster|implement\w*|equipped|conduct\w*|took|takes|running|runs)\b",
        text,
    ):
        return
    for m in _HARDWARE.finditer(text):
        card = m["card"].strip()
        if re.search(r"\b(?:each|per|every|RTX|GTX|Titan|TITAN)\s*$", text[: m.start()]) or (
            card in ("GPU", "GPUs", "CPU", "CPUs") and m["count"] in ("a", "an", "A")
        ):
            continue
        number = sentence.atoms[m["count"]].quantity.number if m["count"] in sentence.atoms else 1.0  # type: ignore[union-attr]
        yield Statement("hardware", "training", sentence.written(m.start(), m.end()), m.start(), m.end(), number)


def _durations(sentence: Sentence) -> Iterator[Statement]:
    text = sentence.text
    if not re.search(r"\b(?:train\w*|took|step time)\b", text, re.IGNORECASE):
        return
    for m in re.finditer(rf"({NUM})\s+(?P<unit>hours|days|minutes|weeks|seconds)\b", text):
        if (
            re.search(r"\b(?:every|than|within|at)\s*$", text[: m.start()])
            or re.search(r"GPU", text[m.end() : m.end() + 8])
            or re.search(r"interval|checkpoint", text)
            or re.match(
                r"[)\s]*(?:of )?(?:\w+ )?(?:interaction|data|video|audio|speech|footage|recordings?|demonstrations?)\b",
                text[m.end() :],
            )
        ):
            continue
        q = sentence.atoms[m[1]].quantity
        name = (
            "step time"
            if re.search(r"step (?:time|took)|each (?:training )?step|per (?:step|iteration)", text[: m.start()])
            else "training time"
        )
        yield Statement(
            name,
            "training",
            sentence.written(m.start(), m.end()),
            m.start(),
            m.end(),
            q.number if q else None,
            m["unit"],
        )
    for m in re.finditer(rf"({NUM})\s+(?:[A-Z]\d{{2,4}} )?(?:GPU|TPU)[- ](?P<unit>hours|days)", text):
        q = sentence.atoms[m[1]].quantity
        yield Statement(
            "compute cost",
            "training",
            sentence.written(m.start(), m.end()),
            m.start(),
            m.end(),
            q.number if q else None,
            f"GPU {m['unit']}",
        )


_ITEMS = r"(?:sentence pairs|sentence-pairs|sentences|images|digits|examples|samples|instances|documents|trajector(?:y|ies)|pairs|tokens|questions|videos|clips|hours|graphs|molecules|nodes|users|ratings|words|points|reviews|articles|utterances|episodes|transitions|records|rows)"
_NAMED_SET = re.compile(
    rf"(?P<name>(?:(?:standard |larger |significantly larger |popular |public |benchmark )?(?:{DATASETS})(?:[ -]{NUM})?(?:\s(?:[A-Z][a-z]+(?:[-–][A-Z]?[\w-]*)+|[A-Z][a-z]+[- ]to[- ][A-Z][a-z]+|en[- ]\w\w))?)|[A-Z][\w+-]*(?: [A-Z0-9][\w+-]*){{0,3}}(?= (?:data ?set|corpus|corpora|benchmark)))"
)
_NO_NAME = frozenset(
    "One Two Three Four Five Six Seven Eight Real Both All Considered Following Several Different Using Standard Other Many New Such Similar Existing Public Large Small The This Each We Our These In For Table On".split()
)
_UNNAMED = re.compile(
    rf"\b(?:[Tt]he|[Oo]ur) (?:[\w-]+ )?(?:data ?sets?|corpus|training set|training data)(?: to)? (?:consists? of|contains?|comprises?|include[sd]?|has|have) (?:about |approximately |around |over )?(?P<size>{NUM} (?:[\w-]+ ){{0,3}}?{_ITEMS}(?: and {NUM} (?:[\w-]+ )?{_ITEMS})?)"
)
_SET_WORD = re.compile(
    r"\b(?:data ?-?sets?|corpus|corpora|benchmarks?|portion of|train(?:ed|ing)? on|evaluat\w+ (?:is |was )?on|pre-?train\w* on|experiments? on|results? on|classification problem)\b",
    re.IGNORECASE,
)


def _datasets(sentence: Sentence) -> Iterator[Statement]:
    text = sentence.text
    if not _SET_WORD.search(text) or not re.search(
        r"\b(?:we|our|models?|is|are|was|were|experiments?|evaluat\w+|train\w*|consist\w*)\b", text
    ):
        return
    if re.search(r"\b(?:omitted|excluded?|unlike|do(?:es)? not use|instead of)\b", text):
        return
    taken = -1
    for m in _NAMED_SET.finditer(text):
        if (
            m.start() < taken
            or (taken > 0 and text[m.start() - 1] == "(")
            or (m.start() and re.match(r"[\w/-]", text[m.start() - 1]))
            or re.match(r"[\w]", text[m.end() : m.end() + 1])
        ):
            continue
        name = re.sub(
            r"^(?:standard|larger|significantly larger|popular|public|benchmark) ",
            "",
            sentence.written(m.start(), m.end()),
        )
        if (
            name.split()[0].rstrip(",") in _NO_NAME
            or len(name) < 2
            or re.search(r"-(?:related|based|specific|style|like|scale|level|world)$", name)
            or (len(name) < 3 and not re.fullmatch(DATASETS, name))
        ):
            continue
        if not (
            _SET_WORD.search(text[max(0, m.start() - 60) : m.start()]) or _SET_WORD.search(text[m.end() : m.end() + 40])
        ):
            continue
        taken = m.end()
        size = re.search(
            rf"\b(?:consist\w*(?: of)?|contain\w*|holds?|of|has|compris\w*|with|dataset of|about|approximately)\s+(?:about |approximately |around |over |roughly )?(?P<size>{NUM}\s+(?:[\w-]+ ){{0,2}}?{_ITEMS})\b",
            text[m.end() :],
        )
        value = (
            f"{name}, {sentence.written(m.end() + size.start('size'), m.end() + size.end('size'))}"
            if size and not _NAMED_SET.search(text[m.end() : m.end() + size.start()])
            else name
        )
        yield Statement("dataset", "data", value, m.start(), m.end() + (size.end() if size else 0))
    if taken < 0 and (unnamed := _UNNAMED.search(text)):
        value = sentence.written(unnamed.start("size"), unnamed.end("size"))
        yield Statement("dataset", "data", value, unnamed.start(), unnamed.end())


_DEVELOPMENT = re.compile(
    rf"\b(?P<kind>development|validation|dev|test) sets?(?:,| is| was| \(|:)?\s+(?:the\s+)?(?P<name>[a-z]*newstest ?\d*(?:{NUM})?|[A-Z][a-z]+ {NUM}(?= of|[.,;)]|$))|(?P<name2>[A-Z][a-z]+ {NUM}|newstest\d+) (?P<kind2>development|validation|dev|test) set"
)
_RATIO = re.compile(
    rf"\bratio of (?P<ratio>\d+(?:\.\d+)?(?:\s?[/:]\s?\d+(?:\.\d+)?)+|{FORMULA})|(?P<ratio2>\d+(?:\.\d+)?(?:[/:]\d+(?:\.\d+)?)+|{FORMULA}) (?:ratio|split)\b|(?P<n1>{NUM}) (?:\w+ )?(?:for )?train(?:ing)?(?: \w+)?(?:,| and) (?P<n2>{NUM}) (?:\w+ )?(?:for )?(?:test(?:ing)?|validation)"
)


def _splits(sentence: Sentence) -> Iterator[Statement]:
    """Development sets by name, and how data are divided."""
    text = sentence.text
    for m in _DEVELOPMENT.finditer(text):
        k = "" if m["name"] else "2"
        kind = "test set" if m["kind" + k] == "test" else "development set"
        yield Statement(
            kind, "evaluation", sentence.written(m.start("name" + k), m.end("name" + k)), m.start(), m.end()
        )
    if not re.search(r"\b(?:train\w*|validation|test\w*|split)\b", text):
        return
    for m in _RATIO.finditer(text):
        ratio = m["ratio"] or m["ratio2"]
        if ratio and re.match(FORMULA, ratio):
            ratio = sentence.atoms[ratio].text.strip("$")
        if ratio and not re.fullmatch(r"[\d.\s]+(?:[/:][\d.\s]+)+", ratio):
            continue
        value = ratio or " / ".join(sentence.atoms[m[n]].text for n in ("n1", "n2"))
        yield Statement("train/val/test split", "data", value, m.start(), m.end())


_BETAS = re.compile(
    rf"(?:\bbetas?(?: parameters?| values| coefficients)?\b|\bmomentum parameters\b)[^.;()]{{0,40}}\(?({NUM})(?:, | and )({NUM})"
)


def _betas(sentence: Sentence) -> Iterator[Statement]:
    """ "The beta parameters for AdamW are set to (0.9, 0.95)"."""
    for m in _BETAS.finditer(sentence.text):
        for name, mark in (("beta_1", m[1]), ("beta_2", m[2])):
            q = sentence.atoms[mark].quantity
            if q is not None and q.number is not None and 0 <= q.number < 1:
                yield Statement(name, "training", q.text, m.start(), m.end(), q.number)


_RISES = re.compile(
    rf"\b(?:increas\w+|rises?|ramp\w*|warm\w*)\b[^.;]*?\b(?:first|initial) ({NUM}) (?:training )?(?P<unit>steps|iterations|updates|epochs)\b"
)


def _warm_up(sentence: Sentence) -> Iterator[Statement]:
    """ "Increased linearly over the first 2K steps"."""
    text = sentence.text
    m = _RISES.search(text)
    if m is None or not re.search(r"learning[- ]rate|\blr\b|warm", text, re.IGNORECASE):
        return
    q = sentence.atoms[m[1]].quantity
    if q is not None:
        name = "warm-up epochs" if m["unit"] == "epochs" else "warm-up steps"
        yield Statement(name, "training", q.text, m.start(), m.end(), q.number)


_METRIC = "|".join(p for name, p in METRICS if name not in ("parameters", "training time", "FLOPs", "loss"))
_ACHIEVES = (
    r"\b(?:achiev\w+|obtain\w*|reach\w*|get|attain\w*|scores?|yield\w*|establish\w*|report\w*|ranks?|result\w*)\b"
)
_REACHED = re.compile(
    rf"(?P<value>{NUM})\s+(?:points? )?(?P<metric>{_METRIC})(?![\w-])|(?P<metric2>(?:average |mean )?(?:[\w{MARK[1:-1]}-]+[ -])?(?:{_METRIC})(?: scores?| rate)?)(?: score)? (?:of|is|to|reaches)(?: over| about)? (?P<value2>{NUM})|\b(?P<verb>{_ACHIEVES}) (?P<value3>{NUM}) on (?P<set>{DATASETS})"
)


_THEIRS = re.compile(r"\b(?:outperform|surpass|exceed|beat)\w*\b[^.;]*\bwith an? (?:\w+ )?$")
"""What is outperformed reaches the number that follows: "outperforming A with a score of 68.7"."""


def _pair(following: str) -> str:
    """ "English to French" of "41.8 BLEU from English to French"."""
    m = re.match(r"\s+from ([A-Z]\w+ to [A-Z]\w+)", following)
    return m[1] if m else ""


def results(sentence: Sentence, own: tuple[str, ...] = ()) -> Iterator[Statement]:
    """Numbers that the paper says its method (called by one of `own`) reaches; `unit` is the metric."""
    text = sentence.text
    ours = re.search(r"\b(?:we|our|ours|it|this (?:model|method|approach)|the (?:\w+ )?model)\b", text, re.IGNORECASE)
    if not re.search(_ACHIEVES, text) or not (ours or any(name in sentence.readable for name in own)):
        return
    for m in _REACHED.finditer(text):
        mark = m["value"] or m["value2"] or m["value3"]
        if sentence.atoms[mark].text.isalpha() or _THEIRS.search(text[: m.start()]):
            continue
        at = text.index(mark)
        before = text[:at]
        if (
            re.search(
                r"\b(?:by|than|over|improv\w+|gain\w*|increase\w*|margin of|within|drop\w*|closer to|near|exceed\w*|outperform\w*|surpass\w*|worse|better)\s+(?:(?:more|of|over|up|about|approximately|an|average|to|than)\s+)*$",
                before,
            )
            or re.match(
                r"\s*(?:improvement|gain|more|less|better|points?|increase|drop|higher|lower|reduction|relative|faster)\b",
                text[m.end() :],
            )
            or re.search(r"\b(?:worse|lower|poor|previous|prior|baseline\W*\w*|others?)\b[^,;]{0,40}$", before)
        ):
            continue
        q = sentence.atoms[mark].quantity
        metric = m["metric"] or (sentence.written(m.start("metric2"), m.end("metric2")) if m["metric2"] else "")
        metric = re.sub(
            r"^(?:an?|the|of|average|mean|new|highest|best|state-of-the-art|our)\s+|\s+scores?$", "", metric
        ).strip()
        if q is not None:
            yield Statement(
                "reported result",
                "evaluation",
                q.text,
                min(m.start(), at),
                max(m.end(), at + 1),
                q.number,
                metric or q.unit,
                m["set"] or _pair(text[m.end() :]),
            )
