"""One sandboxed process for many jobs."""

from pathlib import Path

import numpy as np

from paperc.verify.execute import CallSpec, Session

CODE = """
import os
count = 0

def double(x):
    global count
    count += 1
    return 2 * x + 0 * count

def jobs(x):
    return x * 0 + count

def end(x):
    os._exit(3)

def loop(x):
    while True:
        pass
"""


def test_jobs_share_a_process_and_one_that_ends_it_ends_only_itself(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(CODE)
    x = np.array([1.0, 2.0])
    with Session(tmp_path) as session:

        def value(name: str, seconds: int | None = None) -> object:
            run = session.run([CallSpec("a", "code", name, {"x": x})], seconds)
            outcome = run.outcomes["a"]
            return outcome.error or outcome.value.tolist()

        assert [value("double"), value("double"), value("jobs")] == [[2, 4], [2, 4], [2, 2]]
        assert "status" in str(value("end"))
        assert value("jobs") == [0, 0]  # a new process
        assert "time limit" in str(value("loop", 1))
        assert value("double") == [2, 4]
        assert session.level.startswith("landlock")
