"""Which of several claims is the default, where claims disagree, and the ledger of choices and gaps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..document import Document, Section
from ..errors import Diagnostic
from ..provenance import Span
from .model import Choice, Claim, Gap, Value

VARIANTS = re.compile(r"\b(big|large|small|tiny|huge|medium|mini|xl)\b", re.IGNORECASE)
_DEFAULT = re.compile(r"\b(?:base|default|ours|standard|final)\b", re.IGNORECASE)
_LETTERED = re.compile(r"^\(?[A-Z0-9]\)?$")
_CENTRAL = re.compile(
    r"architecture|model|method|training|optimi[sz]|implementation|hyper|regulari|setup|set-up|setting|detail|encoder|decoder|attention|embedding|network|approach|pre-?training|schedule|data",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"result|ablation|variation|analysis|comparison|additional|extended|baseline|transfer|toy|parsing|generali[sz]|fine-?tun|finetun|efficiency|latency|robust|visuali|preliminary|discussion",
    re.IGNORECASE,
)


@dataclass
class Ledger:
    """Collects choices ("A1", …), gaps ("G1", …) and diagnostics in the order in which they arise."""

    choices: list[Choice] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def choose(
        self, key: str, value: float | int | str | bool, options: Sequence[str], why: str, span: Span | None = None
    ) -> Value:
        """Records a decision that the user can overrule; the value cites it."""
        choice = Choice(f"A{len(self.choices) + 1}", key, shown(value), tuple(options), why, span)
        self.choices.append(choice)
        return Value(value, choice=choice.id)

    def gap(
        self, what: str, why: str, key: str, options: Sequence[str] = (), span: Span | None = None, subject: str = ""
    ) -> Value:
        """Records what the paper does not say; the value cites it and holds nothing. `key` "" where no entry helps."""
        needs = f"a value for {key} in paper.toml" if key else "the authors, or their code"
        gap = Gap(f"G{len(self.gaps) + 1}", what, why, needs, span, subject or key, key, tuple(options))
        self.gaps.append(gap)
        return Value(None, gap=gap.id)


def shown(value: float | int | str | bool) -> str:
    """A value as paper.toml writes it: "true", "1e-05", "pre"."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def simple(claim: Claim) -> Value:
    """A claim's value: an int where it is whole, else a float, else the words."""
    number = claim.number
    if number is None:
        return Value(claim.value, claim=claim.id)
    if claim.unit == "%" and claim.name in ("dropout", "label smoothing", "stochastic depth"):
        number = number / 100
    return Value(int(number) if number == int(number) and abs(number) < 2**53 else number, claim=claim.id)


class Claims:
    """The claims of a paper, ranked: what holds for the default configuration comes first."""

    def __init__(self, document: Document, claims: Iterable[Claim]) -> None:
        self.all = tuple(claims)
        self._document = document
        self._by_name: dict[str, Section] = {}
        for s in document.sections:
            self._by_name.setdefault(s.number or s.title, s)
        self._order = {c.id: k for k, c in enumerate(self.all)}

    def named(self, name: str) -> list[Claim]:
        """All claims of a name, best first."""
        return sorted((c for c in self.all if c.name == name), key=lambda c: (self.rank(c), self._order[c.id]))

    def best(self, name: str, about: str = "", rivals: tuple[str, ...] = ()) -> Claim | None:
        """The claim of the default configuration; `about` prefers what is said of it, never what is said of `rivals` alone."""
        found = [c for c in self.named(name) if self.rank(c) < 40]
        if about:
            found = [c for c in found if not any(r in scope(c) for r in rivals) or about in scope(c)]
            found.sort(key=lambda c: about not in scope(c))
        return found[0] if found else None

    def rank(self, claim: Claim) -> int:
        """0 for what is told of the default model where models are described; more the further away."""
        label = claim.context.split(";")[0].strip()
        words = re.sub(r"§[^;]*", "", claim.context)
        titles = self._titles(claim)
        rank = 0
        if VARIANTS.search(words) and not _DEFAULT.search(words):
            rank += 50
        if _LETTERED.match(label):
            rank += 60
        if claim.quote.text.count("&") > 1:
            rank += 4 if _DEFAULT.search(label) else 12
        if _SIDE.search(titles):
            rank += 10
        elif not _CENTRAL.search(titles):
            rank += 5
        return rank

    def _titles(self, claim: Claim) -> str:
        section = self._by_name.get(claim.quote.section)
        titles = []
        while section is not None:
            titles.append(section.title)
            section = self._document.section_of(section.parent) if section.parent else None
        return " ".join(titles)

    def variants(self) -> dict[str, list[Claim]]:
        """Claims by named variant ("big"), in order of appearance; the default's are not among them."""
        out: dict[str, list[Claim]] = {}
        for c in self.all:
            words = re.sub(r"§[^;]*", "", c.context)
            if (m := VARIANTS.search(words)) and not _DEFAULT.search(words) and c.name != "reported result":
                out.setdefault(m[1].lower(), []).append(c)
        return out


def scope(claim: Claim) -> str:
    """What a claim says it holds for, in lower case, with its section."""
    return claim.context.lower()


def contradictions(claims: Claims) -> list[Diagnostic]:
    """Places that give one setting of the default configuration differently.

    Compared are the sentence that counts and the row of a table that is labelled as the default ("base"), the
    activation in words and in a display, and results in text and tables.
    """
    out: list[Diagnostic] = []
    for name in dict.fromkeys(c.name for c in claims.all):
        found = [c for c in claims.named(name) if c.number is not None and claims.rank(c) < 20]
        if not found or name in _MANY_VALUED:
            continue
        first = found[0]
        rows = [c for c in found if "&" in c.quote.text and _LABELLED_DEFAULT.search(c.context.split(";")[0])]
        for other in rows:
            if other.number != first.number and other.symbol in (first.symbol, None):
                message = f"the {name} is {first.value} in one place and {other.value} in another"
                out.append(_conflict(message, first, other))
    out += _activation_conflict(claims)
    out += _result_conflicts(claims)
    return out


_MANY_VALUED = frozenset({"reported result", "dataset", "hardware", "training time", "compute cost", "step time"})
"""What a paper rightly gives several times."""


_LABELLED_DEFAULT = re.compile(r"\b(?:base|default)\b", re.IGNORECASE)


def _activation_conflict(claims: Claims) -> list[Diagnostic]:
    """The text names one activation and a display writes another."""
    told = claims.best("activation")
    written = next((c for c in claims.named("activation") if c.context.startswith("display ")), None)
    if told is None or written is None or told.context.startswith("display ") or told.value == written.value:
        return []
    message = f"the activation is {told.value} in the text, while {written.context} writes {written.value}"
    return [_conflict(message, told, written)]


def _conflict(message: str, first: Claim, second: Claim) -> Diagnostic:
    return Diagnostic(
        "conflicting-values", f"{message} ({first.quote.span} and {second.quote.span})", second.quote.span,
        f"the first place says: “{_short(first.quote.text)}”; the second: “{_short(second.quote.text)}”; decide in paper.toml",
    )  # fmt: skip


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 140 else flat[:139] + "…"


LANGUAGES = {"english": "en", "german": "de", "french": "fr", "spanish": "es", "chinese": "zh", "romanian": "ro", "czech": "cs", "russian": "ru", "japanese": "ja", "finnish": "fi", "turkish": "tr", "italian": "it", "korean": "ko"}  # fmt: skip
_PAIR = re.compile(rf"({'|'.join(LANGUAGES)})[\s–-]+(?:to[\s–-]+)?({'|'.join(LANGUAGES)})", re.IGNORECASE)


def task(text: str) -> str:
    """The task of a result in one spelling: "English-to-French" and "EN-FR" are "en-fr"."""
    if m := _PAIR.search(text):
        return f"{LANGUAGES[m[1].lower()]}-{LANGUAGES[m[2].lower()]}"
    m2 = re.search(r"\b([A-Z]{2})[-–]([A-Z]{2})\b", text)
    return f"{m2[1]}-{m2[2]}".lower() if m2 else ""


def _result_conflicts(claims: Claims) -> list[Diagnostic]:
    """A result told in a sentence that no other place repeats, while the table of the same task says another number."""
    results = [c for c in claims.all if c.name == "reported result" and c.number is not None]
    cells = [c for c in results if "&" in c.quote.text]
    out: list[Diagnostic] = []
    for told in results:
        if told in cells or not (where := task(told.context)):
            continue
        m = VARIANTS.search(told.context)
        rows = [
            c
            for c in cells
            if task(c.context) == where and c.unit == told.unit and (not m or m[1].lower() in c.context.lower())
        ]
        if rows and all(c.number != told.number for c in rows):
            near = min(rows, key=lambda c: abs((c.number or 0.0) - (told.number or 0.0)))
            out.append(
                _conflict(
                    f"{told.unit or 'the result'} on {where} is {told.value} in the text and {near.value} in a table",
                    told,
                    near,
                )
            )
    return out
