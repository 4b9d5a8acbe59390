"""What a network was trained on and with: data sets and their division, machines and time, lengths and rates told in words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .prose import FORMULA, NUM, Sentence
from .told import Told
from .vocabulary import DATASETS


def circumstances(sentence: Sentence) -> Iterator[Told]:
    """What one sentence says of data, machines and the course of training."""
    yield from _datasets(sentence)
    yield from _splits(sentence)
    yield from _hardware(sentence)
    yield from _durations(sentence)
    yield from _longest_output(sentence)
    yield from _betas(sentence)
    yield from _warm_up(sentence)


def _longest_output(sentence: Sentence) -> Iterator[Told]:
    m = re.search(
        rf"maximum (?:output|decoding|generation) length(?: during inference)?(?: was| is)?(?: set)? to (?:the )?(?P<value>input length \+ {NUM})",
        sentence.text,
    )
    if m:
        yield Told(
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


def _hardware(sentence: Sentence) -> Iterator[Told]:
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
        yield Told("hardware", "training", sentence.written(m.start(), m.end()), m.start(), m.end(), number)


def _durations(sentence: Sentence) -> Iterator[Told]:
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
        yield Told(
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
        yield Told(
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


def _datasets(sentence: Sentence) -> Iterator[Told]:
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
        yield Told("dataset", "data", value, m.start(), m.end() + (size.end() if size else 0))
    if taken < 0 and (unnamed := _UNNAMED.search(text)):
        value = sentence.written(unnamed.start("size"), unnamed.end("size"))
        yield Told("dataset", "data", value, unnamed.start(), unnamed.end())


_DEVELOPMENT = re.compile(
    rf"\b(?P<kind>development|validation|dev|test) sets?(?:,| is| was| \(|:)?\s+(?:the\s+)?(?P<name>[a-z]*newstest ?\d*(?:{NUM})?|[A-Z][a-z]+ {NUM}(?= of|[.,;)]|$))|(?P<name2>[A-Z][a-z]+ {NUM}|newstest\d+) (?P<kind2>development|validation|dev|test) set"
)
_RATIO = re.compile(
    rf"\bratio of (?P<ratio>\d+(?:\.\d+)?(?:\s?[/:]\s?\d+(?:\.\d+)?)+|{FORMULA})|(?P<ratio2>\d+(?:\.\d+)?(?:[/:]\d+(?:\.\d+)?)+|{FORMULA}) (?:ratio|split)\b|(?P<n1>{NUM}) (?:\w+ )?(?:for )?train(?:ing)?(?: \w+)?(?:,| and) (?P<n2>{NUM}) (?:\w+ )?(?:for )?(?:test(?:ing)?|validation)"
)


def _splits(sentence: Sentence) -> Iterator[Told]:
    """Development sets by name, and how data are divided."""
    text = sentence.text
    for m in _DEVELOPMENT.finditer(text):
        k = "" if m["name"] else "2"
        kind = "test set" if m["kind" + k] == "test" else "development set"
        yield Told(kind, "evaluation", sentence.written(m.start("name" + k), m.end("name" + k)), m.start(), m.end())
    if not re.search(r"\b(?:train\w*|validation|test\w*|split)\b", text):
        return
    for m in _RATIO.finditer(text):
        ratio = m["ratio"] or m["ratio2"]
        if ratio and re.match(FORMULA, ratio):
            ratio = sentence.atoms[ratio].text.strip("$")
        if ratio and not re.fullmatch(r"[\d.\s]+(?:[/:][\d.\s]+)+", ratio):
            continue
        value = ratio or " / ".join(sentence.atoms[m[n]].text for n in ("n1", "n2"))
        yield Told("train/val/test split", "data", value, m.start(), m.end())


_BETAS = re.compile(
    rf"(?:\bbetas?(?: parameters?| values| coefficients)?\b|\bmomentum parameters\b)[^.;()]{{0,40}}\(?({NUM})(?:, | and )({NUM})"
)


def _betas(sentence: Sentence) -> Iterator[Told]:
    """ "The beta parameters for AdamW are set to (0.9, 0.95)"."""
    for m in _BETAS.finditer(sentence.text):
        for name, mark in (("beta_1", m[1]), ("beta_2", m[2])):
            q = sentence.atoms[mark].quantity
            if q is not None and q.number is not None and 0 <= q.number < 1:
                yield Told(name, "training", q.text, m.start(), m.end(), q.number)


_RISES = re.compile(
    rf"\b(?:increas\w+|rises?|ramp\w*|warm\w*)\b[^.;]*?\b(?:first|initial) ({NUM}) (?:training )?(?P<unit>steps|iterations|updates|epochs)\b"
)


def _warm_up(sentence: Sentence) -> Iterator[Told]:
    """ "Increased linearly over the first 2K steps"."""
    text = sentence.text
    m = _RISES.search(text)
    if m is None or not re.search(r"learning[- ]rate|\blr\b|warm", text, re.IGNORECASE):
        return
    q = sentence.atoms[m[1]].quantity
    if q is not None:
        name = "warm-up epochs" if m["unit"] == "epochs" else "warm-up steps"
        yield Told(name, "training", q.text, m.start(), m.end(), q.number)
