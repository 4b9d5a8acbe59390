"""How a network is put together, as papers say it in words and in displays.

Each rule is a name, a value and the wording that states it. Rules read one sentence at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .model import Area
from .prose import FORMULA, NUM, Sentence
from .told import Told


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


def features(sentence: Sentence) -> Iterator[Told]:
    """What one sentence says of the network and of how it is run."""
    text = sentence.text
    for feature, pattern, also, never in _COMPILED:
        m = pattern.search(text)
        if m is None or (also and not also.search(text)) or (never and never.search(text)):
            continue
        yield Told(
            feature.name, feature.area, feature.value or sentence.written(m.start(), m.end()), m.start(), m.end()
        )
    yield from _formulas(sentence)
    yield from _weight_sharing(sentence)


def _formulas(sentence: Sentence) -> Iterator[Told]:
    text = sentence.text
    for m in re.finditer(FORMULA, text):
        atom = sentence.atoms.get(m[0])
        if atom is None:  # the paper has this private character itself
            continue
        latex = atom.text
        if position := norm_position(latex):
            yield Told("norm position", "architecture", position, m.start(), m.end())
            kind = "RMSNorm" if "RMS" in latex else "LayerNorm"
            yield Told("normalization", "architecture", kind, m.start(), m.end())
        if (
            "\\sqrt" in latex
            and re.search(r"embedding", text, re.IGNORECASE)
            and re.search(r"\b(?:multipl(?:y|ied)|scaled?|scaling)\b", text)
        ):
            yield Told("embedding scale", "architecture", latex.strip("$"), m.start(), m.end())


_SHARE = re.compile(r"\b(?:shar(?:e|es|ed|ing)|tie[sd]?|tying)\b")


def _weight_sharing(sentence: Sentence) -> Iterator[Told]:
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
        yield Told("weight sharing", "architecture", ",".join(parts), m.start(), len(text))
