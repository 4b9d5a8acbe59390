"""Ranks from how the whole paper writes its symbols, as golden documents (fixtures/ranks)."""

import re
from pathlib import Path

import pytest
from papers import paper

from paperc.spec.declarations import find_facts
from paperc.spec.ranks import number_word, rank_facts
from paperc.spec.statements import find_statements, paper_words

CASES = [
    (title.strip(), body)
    for file in sorted((Path(__file__).parent.parent / "fixtures" / "ranks").glob("*.md"))
    for part in re.split(r"^## ", file.read_text(), flags=re.M)[1:]
    for title, body in [part.split("\n", 1)]
]


def facts_of(text: str) -> dict[str, tuple[str, str]]:
    document = paper(text)
    words = paper_words(document)
    statements = find_statements(document, words)
    found = rank_facts(document, statements, find_facts(document, words))
    return {f.symbol: (f.value, f.quote.text) for f in found}


@pytest.mark.parametrize(("title", "body"), CASES, ids=[t for t, _ in CASES])
def test_golden(title: str, body: str) -> None:
    expected = sorted(line.strip() for line in body.splitlines() if line.startswith("    "))
    text = "\n".join(line for line in body.splitlines() if not line.startswith("    "))
    found = facts_of(text)
    assert sorted(f"{symbol} {kind}" for symbol, (kind, _) in found.items()) == [e for e in expected if e != "nothing"]


@pytest.mark.parametrize(("title", "body"), CASES, ids=[t for t, _ in CASES])
def test_quotes_are_verbatim(title: str, body: str) -> None:
    """design, rule 1: "a quote that is not verbatim in the source is an error"."""
    text = "\n".join(line for line in body.splitlines() if not line.startswith("    "))
    assert all(quote and quote in text for _, quote in facts_of(text).values())


def test_the_head_noun_decides() -> None:
    assert number_word("number of layers")
    assert number_word("total reward")
    assert not number_word("state at time t")
    assert not number_word("feature vector")
