"""The small build record, verified and not."""

from dataclasses import replace

import pytest
from small_paper import read_paper, small_record

from paperc.report.record import BuildRecord


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> BuildRecord:
    return small_record(read_paper(tmp_path_factory.mktemp("paper")))


@pytest.fixture(scope="session")
def unverified(record: BuildRecord) -> BuildRecord:
    return replace(record, verification=None)
