"""paper.toml: what is read, what is refused with its line, and that a rebuild loses nothing of the user's."""

import string
from dataclasses import replace
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from paperc.errors import UsageError
from paperc.provenance import Span
from paperc.report.paper_toml import write_settings
from paperc.settings import blocks, check_settings, load_settings, parse_settings, value_of
from paperc.spec.model import Choice, Gap, SymbolInfo

FULL = r"""# mine
[choices]
"model.norm_eps" = 1e-6
model.bias = true
"eq:3.axis" = "keys"

[choices.train]
lr = 0.1

[claims]
dropout = 0.0

[symbols]
'W_1' = { shape = "d_k, k", role = "learnable" }
[symbols.'\hat m_t']
kind = "vector"
shape = ["d", 3]
value = 2
"""


def test_reads_every_form_of_an_entry() -> None:
    found = parse_settings(FULL)
    assert dict(found.choices) == {
        "model.norm_eps": "1e-6",
        "model.bias": "true",
        "eq:3.axis": "keys",
        "train.lr": "0.1",
    }
    assert dict(found.claims) == {"dropout": "0.0"}
    assert found.symbols["W_{1}"].shape == ("d_{k}", "k") and found.symbols["W_{1}"].role == "learnable"
    moment = found.symbols[r"\hat{m}_{t}"]
    assert (moment.kind, moment.shape, moment.value) == ("vector", ("d", "3"), 2.0)
    assert found.place("choices", "train.lr") == Span("paper.toml", 8)


WRONG = [
    ("[choises]\na = 1\n", 1, "choises", "did you mean choices?"),
    ("[choices]\n\na = [1, 2]\n", 3, "a must be", ""),
    ('[choices]\nb.c = "x"\n"b.c" = 2\n', 3, "b.c is given twice", "line 2"),
    ("[choices]\na = 1\na = 2\n", 3, "already exists", ""),
    ("x = 1\n", 1, "'x' stands in no table", "choices"),
    ("choices = 3\n", 1, "choices is a table", "[choices]"),
    ("[[choices]]\na = 1\n", 1, "list of tables", ""),
    ("[choices\n", 1, "not valid TOML", ""),
    ("[symbols]\nW = { shap = 'd' }\n", 2, "shap", "did you mean shape?"),
    ("[symbols]\nW = 3\n", 2, "must be named", "shape"),
    ("[symbols.W]\nkind = 'vectr'\n", 2, "vectr", "vector"),
    ("[symbols.W]\nrole = 'learnt'\n", 2, "learnt", "learnable"),
    ("[symbols.W]\nvalue = 'two'\n", 2, "must be a number", ""),
    ("[symbols.W]\nshape = 'd,,k'\n", 2, "must name its sizes", ""),
    ("[choices]\nx = 1979-05-27\n", 2, "x must be", ""),
]


@pytest.mark.parametrize(("text", "line", "words", "advice"), WRONG, ids=[w[2] for w in WRONG])
def test_a_wrong_entry_names_its_line(text: str, line: int, words: str, advice: str) -> None:
    """ "A wrong entry is an error that names the line." """
    with pytest.raises(UsageError) as caught:
        parse_settings(text)
    (found,) = caught.value.diagnostics
    assert found.span == Span("paper.toml", line)
    assert words in found.message and advice in found.help


def test_all_wrong_entries_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_settings("[choices]\na = []\n[symbols]\nW = { kind = 'x', rule = 'y' }\n[other]\n")
    assert [d.span.line for d in caught.value.diagnostics if d.span] == [2, 4, 5, 4]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\x00", b"a" * 300_000, b"a = [\n" + b"1,\n" * 5000 + b"]\n"])
def test_junk_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "paper.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError):
        load_settings(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        load_settings(tmp_path / "none.toml")


def test_keys_are_held_against_the_paper() -> None:
    found = parse_settings(
        "[choices]\n'model.nrom' = 1\n'eq:3.axis' = 'key'\nold = 2\n[symbols]\nV = {kind='matrix'}\n"
    )
    keys = {"model.norm": (), "eq:3.axis": ("keys", "rows")}
    with pytest.raises(UsageError) as caught:
        check_settings(found, keys, ["W"], former=["old"])
    texts = [(d.span and d.span.line, d.help) for d in caught.value.diagnostics]
    assert texts == [(2, "did you mean model.norm?"), (3, "did you mean keys?"), (6, "known symbols: W")]
    with pytest.raises(UsageError, match=r"training\.seed is empty"):
        check_settings(parse_settings("[choices]\n'training.seed' = ''\n"), {"training.seed": ()}, [])
    (note,) = check_settings(parse_settings("[choices]\nold = 2\n"), keys, [], former=["old"])
    assert note.severity == "note" and "no longer asked for" in note.message


# --- writing ----------------------------------------------------------------------------------------

CHOICES = (
    Choice("A1", "model.norm_eps", "1e-5", ("1e-5", "1e-6"), "the paper does not give it\n[claims]", Span("p.tex", 3)),
    Choice("A2", "model.act", "relu", (), "the usual one"),
)
GAPS = (
    Gap("G1", "axis of the softmax in Eq. (3)", "not stated", "the axis", None, "eq:3", "eq:3.axis", ("keys", "rows")),
    Gap("G2", "something else", "not stated", "a sentence"),
)


def test_writes_every_choice_and_every_gap_with_a_key() -> None:
    assert write_settings(None, CHOICES, GAPS, {"W_{1}": SymbolInfo("W_{1}", "W_1")}) == (
        """\
#: Decisions where the paper leaves room. Change a value, or remove the mark before a key to set it, and build
#: again. Lines with this mark are written anew by each build; everything else is yours and is kept.

[choices]
#: A1: the paper does not give it [claims] (p.tex:3)
#:     options: 1e-5, 1e-6
#:     default: 1e-5
"model.norm_eps" = 1e-5

#: A2: the usual one
#:     default: "relu"
"model.act" = "relu"

#: G1: axis of the softmax in Eq. (3)
#:     not stated
#:     options: keys, rows
#: "eq:3.axis" = "keys"

[claims]
#: A value other than the printed one, by the claim's id or name.

[symbols]
#: What you know of a symbol and the paper does not say:
#: 'W_{1}' = { kind = "matrix", shape = "d, k", role = "learnable" }   (also: value, domain)
#: no shape is stated for 'W_{1}'
"""
    )


def test_a_rebuild_keeps_values_and_comments() -> None:
    """ "A rebuild obeys them, keeps comments, and shows what changed." """
    first = write_settings(None, CHOICES, GAPS)
    mine = first.replace("= 1e-5", "= 1e-6  # from the code").replace('#: "eq:3.axis"', '# as in §3\n"eq:3.axis"')
    mine = mine.replace("\n[claims]", "\n# small ones\n[claims]\ndropout = 0.2")
    again = write_settings(mine, CHOICES, GAPS)
    for line in ('"model.norm_eps" = 1e-6  # from the code', "# as in §3", '"eq:3.axis" = "keys"', "# small ones"):
        assert f"\n{line}\n" in again
    found = parse_settings(again)
    assert found.choices["model.norm_eps"] == "1e-6" and found.claims == {"dropout": "0.2"}


def test_an_entry_that_is_no_longer_asked_for_becomes_a_comment() -> None:
    first = write_settings(None, CHOICES, GAPS).replace('"relu"\n\n', '"gelu"\n\n')
    again = write_settings(first, CHOICES[:1], ())
    assert '# no longer asked for: "model.act" = "gelu"' in again
    assert list(entries(again)) == ["model.norm_eps"]


def test_an_entry_with_its_default_says_nothing() -> None:
    """A decision of paperc's that the user left alone may be another one in a later build."""
    first = write_settings(None, CHOICES, GAPS)
    assert parse_settings(first).choices == {}
    other = replace(CHOICES[1], value="gelu")
    again = write_settings(first.replace('"relu"\n\n', '"relu"  # fine\n\n'), (other,), ())
    assert entries(again) == {"model.act": "gelu"} and '"gelu"  # fine' in again and "norm_eps" not in again
    assert parse_settings(again).choices == {}


WORD = st.text(string.ascii_letters + string.digits + "_:.-' \"\\#=[]{}é", max_size=12)
VALUE = st.one_of(WORD, st.integers().map(str), st.floats(allow_nan=False, allow_infinity=False).map(str))
KEY = WORD.filter(lambda k: k.strip(".") == k and bool(k))
CHOICE = st.builds(Choice, st.just("A1"), KEY, VALUE, st.lists(WORD).map(tuple), st.text())
GAP = st.builds(
    Gap,
    st.just("G1"),
    st.text(),
    st.text(),
    st.text(),
    st.none(),
    st.just(""),
    WORD.filter(bool),
    st.lists(WORD).map(tuple),
)
CHOICE_LISTS = st.lists(CHOICE, max_size=5, unique_by=lambda c: c.key)


def entries(text: str) -> dict[str, str | None]:
    """Every entry of [choices], whoever wrote it."""
    found = [b for b in blocks(text) if b.kind == "entry" and b.path[0] == "choices"]
    return {".".join(b.path[1:]): value_of(b) for b in found}


def edited(text: str, mine: dict[str, str]) -> str:
    """The file after a user has changed some values."""
    out = []
    for block in blocks(text):
        key = ".".join(block.path[1:])
        changed = block.kind == "entry" and key in mine
        out.append(
            f"{tomlkit.key(key).as_string()} = {tomlkit.item(mine[key]).as_string()}\n" if changed else block.text
        )
    return "".join(out)


@settings(max_examples=60, deadline=None)
@given(CHOICE_LISTS, st.lists(GAP, max_size=3, unique_by=lambda g: g.key))
def test_what_is_written_is_read_back(choices: list[Choice], gaps: list[Gap]) -> None:
    """ "Every choice as an entry": whatever the paper's words, the file is valid and has exactly the choices."""
    text = write_settings(None, choices, gaps)
    assert entries(text) == {c.key: c.value for c in choices}
    assert parse_settings(text).choices == {}
    assert write_settings(text, choices, gaps) == text


@settings(max_examples=60, deadline=None)
@given(CHOICE_LISTS, st.data(), CHOICE_LISTS)
def test_values_of_the_user_survive_any_other_build(
    before: list[Choice], data: st.DataObject, after: list[Choice]
) -> None:
    """ "User's comments and values kept across rebuilds", and nothing else is."""
    keys = st.sampled_from([c.key for c in before] or ["none"])
    mine = data.draw(st.dictionaries(keys, VALUE, max_size=3)) if before else {}
    mine = {k: v for k, v in mine.items() if next(c.value for c in before if c.key == k) != v}
    text = edited(write_settings(None, before), mine) + "# a last word\n"
    assert parse_settings(text).choices == mine
    obeyed = [replace(c, value=mine.get(c.key, c.value)) for c in after]
    again = write_settings(text, obeyed)
    assert entries(again) == {c.key: c.value for c in obeyed}
    assert parse_settings(again).choices == {k: v for k, v in mine.items() if any(c.key == k for c in after)}
    assert "# a last word" in again
    assert write_settings(again, obeyed) == again


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.integers() | st.booleans() | WORD, lambda x: st.dictionaries(WORD.filter(bool), x, max_size=3)))
def test_blocks_cover_the_text(data: object) -> None:
    """ "The texts joined give `text` again." """
    text = tomlkit.dumps({"a": data, "b": {"c": data}}) + "\n# end\n"
    assert "".join(b.text for b in blocks(text)) == text
