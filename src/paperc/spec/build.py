"""The whole PaperSpec of a Document, and the user's overrides on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..document import Document
from ..settings import Settings, SymbolSetting
from .declarations import find_facts
from .model import Architecture, Claim, PaperSpec, Stack, SymbolInfo, Training, Value
from .ranks import rank_facts
from .rows import with_joined_rows
from .settings import settings_of
from .statements import find_statements
from .statements_unread import unread
from .statements_words import paper_words
from .symbols import symbol_table
from .symbols_problems import paper_problems


def build_spec(document: Document) -> PaperSpec:
    """What the paper asks to be built, and what it leaves out. Deterministic."""
    document = with_joined_rows(document)
    words = paper_words(document)
    statements = find_statements(document, words)
    part = settings_of(document)
    facts = find_facts(document, words)
    facts += rank_facts(document, statements, facts)
    symbols = symbol_table(document, statements, facts, part.claims, words)
    return PaperSpec(
        title=document.title,
        authors=document.authors,
        source=document.main,
        sha256=document.sha256,
        contribution=part.contribution,
        statements=statements,
        symbols=symbols,
        claims=part.claims,
        architecture=part.architecture,
        training=part.training,
        evaluation=part.evaluation,
        gaps=(*part.gaps, *unread(document, words)),
        choices=part.choices,
        diagnostics=(*part.diagnostics, *paper_problems(document, statements, symbols, words)),
    )


def with_settings(spec: PaperSpec, settings: Settings) -> PaperSpec:
    """The spec as the user wants it: other values of claims, facts about symbols, other choices.

    Quotes stay what the paper says; only values change. Entries that fit nothing are left to `check_settings`.
    """
    if not (settings.claims or settings.symbols or settings.choices):
        return spec
    changed = {
        c.id: _claim(c, settings.claims[key]) for c in spec.claims for key in (c.name, c.id) if key in settings.claims
    }
    values = {id: _scalar(c.value) for id, c in changed.items()}
    symbols = dict(spec.symbols)
    for claim in changed.values():
        # A symbol takes the value of the claim that gave it one.
        info = symbols.get(claim.symbol or "")
        if info is not None and info.value is not None:
            symbols[info.symbol] = replace(info, value=claim.number, default=claim.number)
    for key, said in settings.symbols.items():
        if key in symbols:
            symbols[key] = _symbol(symbols[key], said)
    return replace(
        spec,
        claims=tuple(changed.get(c.id, c) for c in spec.claims),
        symbols=symbols,
        architecture=_architecture(spec.architecture, values) if spec.architecture else None,
        training=Training(_values(spec.training.settings, values)) if spec.training else None,
        choices=tuple(replace(c, value=settings.choices.get(c.key, c.value)) for c in spec.choices),
    )


def _claim(claim: Claim, text: str) -> Claim:
    value = _scalar(text)
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return replace(claim, value=text, number=number)


def _scalar(text: str) -> float | int | str | bool:
    if text in ("true", "false"):
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _values(entries: Mapping[str, Value], claims: Mapping[str, float | int | str | bool]) -> dict[str, Value]:
    return {name: _value(v, claims) for name, v in entries.items()}


def _value(value: Value, claims: Mapping[str, float | int | str | bool]) -> Value:
    return replace(value, value=claims[value.claim]) if value.claim and value.claim in claims else value


def _architecture(found: Architecture, claims: Mapping[str, float | int | str | bool]) -> Architecture:
    def stack(s: Stack) -> Stack:
        return replace(
            s,
            layers=_value(s.layers, claims),
            residual=_value(s.residual, claims),
            norm=_value(s.norm, claims),
            norm_position=_value(s.norm_position, claims),
        )

    return replace(found, stacks=tuple(stack(s) for s in found.stacks), dims=_values(found.dims, claims))


def _symbol(info: SymbolInfo, said: SymbolSetting) -> SymbolInfo:
    given = {
        "kind": said.kind,
        "shape": said.shape,
        "role": said.role,
        "value": said.value,
        "default": said.value,
        "domain": said.domain,
    }
    stated = {k: v for k, v in given.items() if v is not None}
    # What the paper says of it, here or there, no longer counts.
    facts = tuple(f for f in info.facts if f.what not in stated)
    return replace(info, **stated, facts=facts)  # type: ignore[arg-type]
