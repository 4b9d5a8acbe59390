"""What the model and its training need, resolved: each entry with its value and the place it comes from.

The plan is the only thing that the templates see. A value comes from paper.toml, from a claim of the paper, or from
a choice that is recorded; a value that is neither stated nor safe to choose is a gap, and what needs it is not
emitted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Diagnostic, Severity, UsageError
from ..provenance import Quote, Span
from ..spec.model import Choice, Gap, Value
from .model_context import ModelContext
from .model_words import Scalar

UNCITED = "stated in the paper"
"""The comment of a value whose claim is not at hand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a configuration."""

    name: str
    type: str
    value: Scalar | None
    """None: the paper does not say; whoever builds the model must."""
    comment: str
    """`§3.1: "…"`, `ASSUMED A3: …`, or what is missing."""
    symbol: str = ""
    """The paper's symbol, for the glossary."""


class Resolver:
    """Looks up values, and collects the choices taken and the gaps met."""

    def __init__(self, context: ModelContext, area: str) -> None:
        self.context = context
        self.area = area
        """ "model" or "training": the table in paper.toml."""
        self.choices: list[Choice] = []
        self.gaps: list[Gap] = []
        self.blocked_by: list[str] = []

    def within(self, area: str) -> Resolver:
        """A resolver for another area whose choices and gaps are counted together with these."""
        other = Resolver(self.context, area)
        other.choices, other.gaps = self.choices, self.gaps
        return other

    def value(self, value: Value | None) -> tuple[Scalar | None, str, str]:
        """The value, the comment that cites it, and the symbol; (None, "", "") if nothing states it.

        A choice or gap of the spec that paper.toml decides has the user's value.
        """
        context = self.context
        if value is None:
            return None, "", ""
        choice = context.choices.get(value.choice or "")
        if choice is not None:
            written = context.overrides.get(choice.key, choice.value)
            if written == shown(value.value if value.value is not None else ""):
                return value.value, f"ASSUMED {choice.id}: {choice.why}", ""
            return scalar(written), f"ASSUMED {choice.id}: set in paper.toml", ""
        gap = context.gaps.get(value.gap or "")
        if gap is not None and gap.key in context.overrides:
            return self._filled(gap.key, gap.options)
        if value.value is None:
            return None, "", ""
        claim = context.claims.get(value.claim or "")
        if claim is None:
            return value.value, UNCITED, ""
        changed = (
            f"paper.toml: {shown(value.value)}, where the paper says " if claim.id in context.changed_claims else ""
        )
        return value.value, changed + citation(claim.quote), claim.symbol or ""

    def needed(self, value: Value | None, key: str) -> tuple[Scalar | None, str, str]:
        """The same for a value that has no default: paper.toml may state it under `key`."""
        found = self.value(value)
        full = f"{self.area}.{key}"
        return self._filled(full, ()) if found[0] is None and full in self.context.overrides else found

    def _filled(self, key: str, options: tuple[str, ...]) -> tuple[Scalar, str, str]:
        written = self.context.overrides[key]
        known = self._known(key)
        id = known.id if known else self._id("A", self.context.choices, self.choices)
        # What the user decides stays a decision of this build, or the next one would no longer ask for it.
        self._record(Choice(id, key, written, options, "not found in the text; set in paper.toml"))
        return scalar(written), f"ASSUMED {id}: set in paper.toml", ""

    def _known(self, key: str) -> Choice | None:
        return next((c for c in (*self.context.choices.values(), *self.choices) if c.key == key), None)

    def _record(self, choice: Choice) -> None:
        if choice not in self.choices and choice.id not in self.context.choices:
            self.choices[:] = [*(c for c in self.choices if c.id != choice.id), choice]

    def choose(self, key: str, value: Scalar, options: tuple[str, ...], why: str) -> tuple[Scalar, str]:
        """Take and record a choice, by default `value`: the value and its comment.

        Raises UsageError if paper.toml overrules it with something that is not among `options` (empty: anything of
        the same type).
        """
        full = f"{self.area}.{key}"
        written = self.context.overrides.get(full, shown(value))
        if written != shown(value):
            value, why = self._checked(full, written, value, options), "set in paper.toml"
        known = next((c for c in (*self.context.choices.values(), *self.choices) if c.key == full), None)
        id = known.id if known else self._id("A", self.context.choices, self.choices)
        self._record(Choice(id, full, written, options, why))
        return value, f"ASSUMED {id}: {why}"

    def _checked(self, key: str, written: str, default: Scalar, options: tuple[str, ...]) -> Scalar:
        value = scalar(written)
        number = isinstance(default, int | float) and not isinstance(default, bool)
        fits = (
            isinstance(value, int | float) and not isinstance(value, bool) if number else type(value) is type(default)
        )
        if not fits or (options and written not in options):
            allowed = ", ".join(options) or ("a number" if number else type(default).__name__)
            raise UsageError(
                Diagnostic(
                    "wrong-setting",
                    f"{key} cannot be {written!r}",
                    self.context.where.get(key),
                    help=f"paper.toml allows: {allowed}",
                    severity=Severity.ERROR,
                )
            )
        return value

    def miss(
        self,
        key: str,
        what: str,
        why: str,
        *,
        blocks: bool = True,
        value: Value | None = None,
        options: tuple[str, ...] = (),
        span: Span | None = None,
        needs: str = "",
    ) -> str:
        """Record a gap (or take the one that the spec has recorded already); returns its id.

        `needs` says what would resolve it, where an entry in paper.toml cannot.
        """
        full = f"{self.area}.{key}"
        known = self.context.gaps.get(value.gap or "") if value is not None else None
        known = known or next(
            (g for g in (*self.context.gaps.values(), *self.gaps) if full in (g.subject, g.key)), None
        )
        if known is None:
            known = Gap(
                id=self._id("G", self.context.gaps, self.gaps),
                what=what,
                why=why,
                needs=needs or f"set `{full}` in paper.toml",
                span=span,
                subject=full,
                key="" if needs else full,
                options=options,
            )
            self.gaps.append(known)
        if blocks and known.id not in self.blocked_by:
            self.blocked_by.append(known.id)
        return known.id

    @staticmethod
    def _id(letter: str, before: Mapping[str, object], now: list[Choice] | list[Gap]) -> str:
        numbers = [int(i[len(letter) :]) for i in before if re.fullmatch(rf"{letter}\d+", i)]
        return f"{letter}{max(numbers, default=0) + len(now) + 1}"


def scalar(text: str) -> Scalar:
    """An entry of paper.toml as the number or truth value that it is."""
    if text in ("true", "false"):
        return text == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text


def shown(value: Scalar) -> str:
    """A value as paper.toml writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def citation(quote: Quote) -> str:
    """`§3.1: "a stack of $N=6$ identical layers"`: words of the quote on one line, cut at a word if long."""
    text = quote.text
    before, begin, display = text.partition("\\begin{")
    if begin and len(before.split()) > 3:
        text = f"{before.rstrip(' :')} …"
    elif begin:
        # The formula alone: neither its environment nor its label nor what is commented out.
        inside = re.split(r"\\end\{|\\label\{|(?<!\\)%", display.partition("}")[2])
        text = next((part for part in inside if part.strip()), text)
    text = " ".join(text.split())
    if len(text) > 160:
        text = f"{text[:157].rsplit(' ', 1)[0].rstrip(' …')} …"
    return f'{place(quote.section)}"{text}"'


def place(section: str) -> str:
    """ "§3.1: " for a number, "Regularization: " for a title, "" for neither."""
    section = section.strip(" .:")
    if not section:
        return ""
    numbered = re.fullmatch(r"[A-Z]?\d*(\.\d+)*", section)
    return f"§{section}: " if numbered else f"{section}: "
