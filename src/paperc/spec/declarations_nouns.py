"""What the words for a symbol say about it: "learning rate" is a positive scalar and a hyper-parameter."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .model import Role


@dataclass(frozen=True, slots=True)
class NounFacts:
    """What a noun phrase says. Empty strings and None where it says nothing."""

    kind: str = ""
    role: Role | None = None
    domain: str = ""


_Rule = tuple[str, NounFacts]
_COUNT_WORDS: tuple[_Rule, ...] = (
    (r"(?:total |maximum |max |minimum )?numbers? of .*", NounFacts("scalar", None, "positive integer")),
    (r"(?:dimension(?:ality|s)?|length|size|width|depth|rank|cardinality|count|order|horizon) (?:of|for) .*",
     NounFacts("scalar", None, "positive integer")),
)  # fmt: skip

# The last words of the head decide; rules are tried in order.
_HEADS: tuple[_Rule, ...] = (
    (r".*\b(?:learning[- ]rate|step[- ]?size|temperature|bandwidth|length ?scale|scale parameter|radius)s?(?: parameter)?",
     NounFacts("scalar", "hyper-parameter", "positive")),
    (r".*\b(?:batch size|minibatch size|mini-batch size|hidden (?:size|dimension)|vocabulary size|sequence length|"
     r"(?:embedding|feature|latent|key|value|head|input|output|model|state|action) (?:size|dimension(?:ality)?)|size|height|width|depth|length|"
     r"dimension(?:ality)?|window size|kernel size|patch size|rank|horizon|context length)", NounFacts("scalar", None, "positive integer")),
    # hyper-parameters
    (r".*\b(?:discount(?:ing)?(?: factor| rate)?|dropout (?:rate|probability)|decay (?:rate|factor)|"
     r"momentum(?: parameter| coefficient| factor)?|smoothing (?:parameter|factor)|mixing (?:coefficient|weight|parameter)|"
     r"exponential decay rates?|polyak (?:factor|coefficient)|damping factor)s?", NounFacts("scalar", "hyper-parameter", "[0,1]")),
    (r".*\b(?:(?:regulari[sz]ation|penalty|weight decay|entropy|trade-?off|balancing|loss|scaling|weighting|clipping|margin|"
     r"confidence|concentration|focusing|sharpness|inverse temperature|guidance|tuning|control)[- ]"
     r"(?:strength|parameter|coefficient|weight|factor|constant|term|scale|range|threshold|hyper-?parameter)|"
     r"hyper-?parameters?|margin|threshold|weight decay|guidance scale|constant|coefficients?|trade-?off|cut-?off|tolerance)s?",
     NounFacts("scalar", "hyper-parameter")),
    # probability
    (r".*\b(?:probabilit(?:y|ies)|mixture weights?|mixing weights?|fractions?|proportions?)",
     NounFacts("", None, "[0,1]")),
    (r".*\bcovariance(?: matri(?:x|ces))?s?", NounFacts("matrix", None, "spd")),
    (r".*\bprecision matri(?:x|ces)", NounFacts("matrix", None, "spd")),
    (r".*\b(?:(?:gram|kernel|positive[- ](?:semi-?)?definite|symmetric positive[- ]definite|fisher information) matri(?:x|ces))",
     NounFacts("matrix", None, "spd")),
    (r".*\b(?:variances?|standard deviations?|precision|noise (?:level|scale)s?)", NounFacts("", None, "positive")),
    # data
    (r".*\b(?:one-?hot)\b.*", NounFacts("vector", "label", "one-hot")),
    (r".*\b(?:(?:ground[- ]?truth|class|target|true|correct|gold)[- ](?:class(?: label)?|label|index|category)(?: index)?|class labels?|"
     r"labels?|class(?:es)?)", NounFacts("", "label")),
    (r".*\b(?:data ?sets?|training data|corpus|training set|replay buffer|collection|(?:mini-?)?batch|sets?)", NounFacts("set")),
    (r".*\b(?:random variable|noise|gaussian noise)s?", NounFacts("", "random")),
    # indices
    (r".*\b(?:index|indices|position|time-?step|time step|iteration|epoch|layer index|step index)", NounFacts("scalar", "index")),
    # arrays
    (r".*\b(?:(?:weight|projection|transformation|parameter|embedding) matri(?:x|ces))", NounFacts("matrix")),
    (r".*\b(?:matrix|matrices)", NounFacts("matrix")),
    (r".*\b(?:vectors?|embeddings?|unit vectors?)", NounFacts("vector")),
    (r".*\b(?:scalars?|real numbers?)", NounFacts("scalar")),
    (r".*\btensors?", NounFacts("tensor")),
    (r".*\b(?:residual|scalar weight|scalar gate)", NounFacts("scalar")),
    # functions and distributions
    (r".*\b(?:distributions?|densit(?:y|ies)|priors?|posteriors?|likelihoods?|polic(?:y|ies))", NounFacts("distribution", "callable")),
    (r".*\b(?:functions?|functionals?|networks?|models?|encoders?|decoders?|critics?|discriminators?|generators?|kernels?|mappings?|maps?|"
     r"non-?linearit(?:y|ies)|activations? functions?|vector fields?|velocity fields?|score functions?|classifiers?|regressors?|"
     r"transformations?|oracles?|q-functions?|mlps?|transformers?|operators?|predictors?|"
     r"sigmoid|softmax|relu|softplus|energy)",
     NounFacts("function", "callable")),
    # learnable things by name
    (r".*\b(?:parameters?|weights?|biases|bias(?: term| vector)?)", NounFacts("")),
)  # fmt: skip

_COMPLEMENT = re.compile(
    r"\b(?:of|for|that|which|with|in|at|between|on|from|used|given|whose|where|under|to|as|by|over|after|and|is|are)\b"
)
_COUNTS = tuple((re.compile(pattern, re.I), facts) for pattern, facts in _COUNT_WORDS)
_HEAD_PATTERNS = tuple((re.compile(pattern, re.I), facts) for pattern, facts in _HEADS)

_LEARNABLE = re.compile(
    r"\b(?:learn(?:able|ed|t)|trainable|trained|optimi[sz]ed|to be learned|fitted|model parameters?)\b", re.I
)
_FIXED = re.compile(r"\b(?:frozen|fixed|pre-?trained|constant|not (?:learn|train)\w*|non-?trainable)\b", re.I)
_PARAMETERS = re.compile(
    r"\b(?:(?:network|model|policy|generator|discriminator|encoder|decoder|critic|learned|trainable|learnable)'?s? parameters?|"
    r"parameters? of (?:the|a|an|our|each|this)|weights and biases|bias(?:es)?(?: terms?| vectors?)?$|(?:weight|parameter|projection) matri(?:x|ces)$|"
    r"network weights|model weights)",
    re.I,
)
_DOMAINS = (
    (re.compile(r"\b(?:positive integers?)\b", re.I), "positive integer"),
    (re.compile(r"\b(?:strictly )?positive(?!\s*(?:semi|-?\s*definite|pair|example|sample|view|class|part|one|item|set))\b(?! definite)", re.I), "positive"),
    (re.compile(r"\bnon-?negative\b", re.I), "nonnegative"),
    (re.compile(r"\bpositive[- ]definite\b", re.I), "spd"),
    (re.compile(r"\bpositive[- ]semi-?definite\b", re.I), "psd"),
    (re.compile(r"\b(?:orthogonal|orthonormal)\b", re.I), "orthogonal"),
    (re.compile(r"\b(?:unit[- ]norm|unit[- ]length|(?:l2|ℓ2)[- ]?normali[sz]ed|unit vectors?)\b", re.I), "unit norm"),
    (re.compile(r"\bone-?hot\b", re.I), "one-hot"),
    (re.compile(r"\bbinary\b", re.I), "{0,1}"),
    (re.compile(r"\binvertible\b", re.I), "invertible"),
    (re.compile(r"\b(?:integers?)\b", re.I), "integer"),
    (re.compile(r"\bprobabilit(?:y|ies)(?: of\b.*)?$", re.I), "[0,1]"),
    (re.compile(r"\bprobability (?:vector|simplex)\b", re.I), "simplex"),
)  # fmt: skip


def noun_facts(phrase: str) -> NounFacts:
    """What a noun phrase says of the symbol that it names; the head noun decides, adjectives add."""
    text = re.sub(r"[\ue000-\uf8ff]+(?:-th|th)?", " ", phrase)
    text = re.sub(
        r"^(?:the|a|an|our|some|any|each|its|their|all|these|both|every|one|same)\s+",
        "",
        " ".join(text.split()),
        flags=re.I,
    )
    if not text:
        return NounFacts()
    kind, role, domain = "", None, ""
    # The head stands before its complement, except where the phrase counts or measures its complement.
    head = _COMPLEMENT.split(text)[0].strip()
    found = next((f for pattern, f in _COUNTS if pattern.fullmatch(text)), None)
    found = found or next((f for pattern, f in _HEAD_PATTERNS if pattern.fullmatch(head)), None)
    if found is not None:
        kind, role, domain = found.kind, found.role, found.domain
    for pattern, name in _DOMAINS:
        if not domain and pattern.search(text):
            domain = name
    if _FIXED.search(text):
        role = role if role not in (None, "learnable") else None
    elif (_LEARNABLE.search(text) or _PARAMETERS.search(text)) and kind not in ("function", "distribution", "set"):
        role = "learnable"
    return NounFacts(kind, role, domain)
