"""A package is written whole or not at all, and never over a user's edits."""

import json
import os

import pytest

from paperc.errors import UsageError
from paperc.output import digests, write_package

FILES = {"pkg/model.py": "x = 1\n", "README.md": "hello\n", "paper.toml": "[choices]\n"}


def _build(target, files=FILES, **kwargs):
    record = json.dumps({"paper": {"title": "t"}, "files": digests(files)})
    write_package({**files, "evidence.json": record}, target, **kwargs)


def test_a_fresh_folder_is_made_with_its_parents(tmp_path):
    _build(tmp_path / "a" / "b")
    assert (tmp_path / "a/b/pkg/model.py").read_text() == "x = 1\n"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"], "nothing temporary is left"


def test_a_rebuild_replaces_files_and_drops_those_no_longer_written(tmp_path):
    _build(tmp_path / "out")
    _build(tmp_path / "out", {"README.md": "new\n"})
    assert (tmp_path / "out/README.md").read_text() == "new\n"
    assert not (tmp_path / "out/pkg/model.py").exists()


def test_edited_code_is_not_overwritten(tmp_path):
    _build(tmp_path / "out")
    (tmp_path / "out/pkg/model.py").write_text("mine\n")
    with pytest.raises(UsageError, match=r"model\.py") as caught:
        _build(tmp_path / "out")
    assert "--force" in caught.value.diagnostics[0].help
    assert (tmp_path / "out/pkg/model.py").read_text() == "mine\n"
    _build(tmp_path / "out", force=True)
    assert (tmp_path / "out/pkg/model.py").read_text() == "x = 1\n"


def test_edited_settings_are_no_obstacle_and_added_files_stay(tmp_path):
    _build(tmp_path / "out")
    (tmp_path / "out/paper.toml").write_text("[choices]\n'a' = 1\n")
    (tmp_path / "out/runs").mkdir()
    (tmp_path / "out/runs/log.jsonl").write_text("{}\n")
    _build(tmp_path / "out")
    assert (tmp_path / "out/runs/log.jsonl").read_text() == "{}\n"


def test_a_folder_of_somebody_else_is_refused(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home/thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="no paperc build"):
        _build(tmp_path / "home")
    assert os.listdir(tmp_path / "home") == ["thesis.txt"]


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        _build(tmp_path / "out")


def test_nothing_half_written_when_a_file_cannot_be(tmp_path):
    with pytest.raises(OSError):
        write_package({"a": "1", "a/b": "2"}, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
