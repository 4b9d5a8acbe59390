"""A stage that takes too much, fails or dies ends with a clean error in the parent."""

import os

import pytest

from paperc.bounded import bounded
from paperc.errors import Diagnostic, LimitError, SourceError


def _spin() -> None:
    while True:
        pass


def test_the_value_comes_back():
    assert bounded(sorted, 5, [3, 1, 2], reverse=True) == [3, 2, 1]


def test_an_endless_loop_names_its_limit():
    with pytest.raises(LimitError, match="processor time"):
        bounded(_spin, 1)


def test_too_much_memory_names_its_limit():
    with pytest.raises(LimitError, match="memory"):
        bounded(bytearray, 5, 8 * 1024**3)


def test_a_paperc_error_crosses_with_its_diagnostics():
    def fail() -> None:
        raise SourceError(Diagnostic("empty", "nothing here"))

    with pytest.raises(SourceError) as caught:
        bounded(fail, 5)
    assert caught.value.diagnostics[0].code == "empty"


def test_a_child_that_dies_is_an_error():
    with pytest.raises(LimitError, match="status"):
        bounded(lambda: os._exit(7), 5)


def test_a_bug_is_not_hidden():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        bounded(lambda: 1 // 0, 5)
