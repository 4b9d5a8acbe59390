"""Golden documents: what each formula becomes, or why it is refused."""

from pathlib import Path

import pytest
from lower.lowering import Case, as_text, cases, lowered

FIXTURES = Path(__file__).parent.parent / "fixtures" / "lower"


@pytest.mark.parametrize("case", cases(FIXTURES), ids=str)
def test_golden(case: Case) -> None:
    assert as_text(lowered(case)) == case.expected


@pytest.mark.parametrize("case", cases(FIXTURES)[::7], ids=str)
def test_same_input_same_output(case: Case) -> None:
    """Rule 4: "Same input, byte-identical output"."""
    assert as_text(lowered(case)) == as_text(lowered(case))
