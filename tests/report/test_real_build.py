"""The documents of a real build of the bundled paper, and a rebuild that obeys the user."""

import json
import re
import shutil
from pathlib import Path

import pytest
from test_documents import Page, _readme_is_safe

from paperc import pipeline
from paperc.errors import UsageError
from paperc.ir.node import ArrayType

PAPER = str(Path(__file__).parents[2] / "examples" / "attention" / "paper.tex")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first") / "out"
    pipeline.build(PAPER, folder, verify=False)
    return folder


def rebuilt(first: Path, folder: Path, edit: tuple[str, str]) -> tuple[pipeline.Build, str]:
    """A build into a copy of the first one's settings with `edit` made."""
    folder.mkdir()
    text = (first / "paper.toml").read_text()
    assert edit[0] in text
    out = folder / "out"
    shutil.copytree(first, out)
    (out / "paper.toml").write_text(text.replace(*edit, 1))
    return pipeline.build(PAPER, out, verify=False), (out / "paper.toml").read_text()


def test_the_documents_are_whole(first: Path) -> None:
    html = (first / "report.html").read_text()
    page = Page(html)
    assert page.outside == [] or all(o.startswith("data:image/svg+xml") for o in page.outside)
    assert {l[1:] for l in page.links if l.startswith("#")} <= set(page.ids)
    for path in (l for l in page.links if not l.startswith("#") and "://" not in l):
        assert (first / path).is_file()
    assert 'class="unknown"' not in html and 'class="tex"' not in html
    _readme_is_safe((first / "README.md").read_text())


def test_every_function_of_the_evidence_is_in_the_package(first: Path) -> None:
    evidence = json.loads((first / "evidence.json").read_text())
    functions = [f for e in evidence["equations"] for f in e["functions"]]
    assert functions
    for f in functions:
        path = first / (f["module"].replace(".", "/") + ".py")
        assert f"def {f['name']}(" in path.read_text()


def test_a_rebuild_obeys_and_keeps_comments(first: Path, tmp_path: Path) -> None:
    """ "A rebuild obeys them, keeps comments, and shows what changed." """
    build, text = rebuilt(first, tmp_path / "b", ('"model.norm_eps" = 1e-05', '# measured\n"model.norm_eps" = 1e-06'))
    assert "# measured\n" in text and '"model.norm_eps" = 1e-06' in text
    assert any("model.norm_eps" in c and "1e-06" in c for c in build.changes)
    assert re.search(r"norm_eps: float = 1e-0?6", (build.folder / "transformer" / "config.py").read_text())
    assert "| `model.norm_eps` | 1e-06 |" in (build.folder / "README.md").read_text()


def test_other_values_and_facts_are_obeyed(first: Path, tmp_path: Path) -> None:
    """ "Choices and symbol facts that the user can edit; a rebuild obeys them." """
    said = "[claims]\n'warm-up steps' = 2000\n"
    build, text = rebuilt(first, tmp_path / "b", ("[claims]\n", said))
    assert "'warm-up steps' = 2000" in text
    assert "configuration training: warm-up steps: 4000 → 2000" in build.changes
    build, _ = rebuilt(first, tmp_path / "c", ("[symbols]\n", "[symbols]\n'Q' = { shape = \"a, d_k\" }\n"))
    (attention,) = [f for f in build.record.functions if f.id == "eq:1"]
    argument = next(a for a in attention.arguments if a.name == "Q")
    assert isinstance(argument.type, ArrayType) and [str(d) for d in argument.type.dims] == ["a", "d_{k}"]


def test_a_rebuild_without_edits_changes_nothing(first: Path, tmp_path: Path) -> None:
    """ "Same input, byte-identical output", and paper.toml as paperc wrote it says nothing new."""
    before = {p.relative_to(first): p.read_bytes() for p in sorted(first.rglob("*")) if p.is_file()}
    again = tmp_path / "again"
    shutil.copytree(first, again)
    build = pipeline.build(PAPER, again, verify=False)
    assert build.changes == ()
    assert {p.relative_to(again): p.read_bytes() for p in sorted(again.rglob("*")) if p.is_file()} == before


def test_two_folders_get_the_same_bytes(first: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    pipeline.build(PAPER, other, verify=False)
    for path in ("README.md", "report.html", "evidence.json", "paper.toml"):
        assert (other / path).read_bytes() == (first / path).read_bytes()


@pytest.mark.parametrize(
    ("entry", "words"),
    [('"model.norm_epz" = 1e-6', "model.norm_epz"), ('"model.norm_eps" = [1]', "must be"), ("[choises]", "choises")],
)
def test_a_wrong_entry_stops_the_build_with_its_line(first: Path, tmp_path: Path, entry: str, words: str) -> None:
    path = tmp_path / "paper.toml"
    lines = (first / "paper.toml").read_text().splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith('"model.norm_eps"'))
    lines[at] = entry
    path.write_text("\n".join(lines))
    with pytest.raises(UsageError) as caught:
        pipeline.build(PAPER, tmp_path / "out", verify=False, settings=path)
    found = caught.value.diagnostics[0]
    assert words in found.message and found.span is not None
    assert (found.span.file, found.span.line) == ("paper.toml", at + 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("table", "entry", "advice"),
    [("symbols", "'QQ' = { shape = 'd' }", "did you mean Q?"), ("claims", "dropuot = 0.3", "did you mean dropout")],
)
def test_what_the_paper_does_not_have_is_no_entry(
    first: Path, tmp_path: Path, table: str, entry: str, advice: str
) -> None:
    path = tmp_path / "paper.toml"
    path.write_text((first / "paper.toml").read_text().replace(f"[{table}]\n", f"[{table}]\n{entry}\n"))
    with pytest.raises(UsageError) as caught:
        pipeline.build(PAPER, tmp_path / "out", verify=False, settings=path)
    (found,) = caught.value.diagnostics
    assert found.span is not None and path.read_text().splitlines()[found.span.line - 1] == entry
    assert advice in found.help
