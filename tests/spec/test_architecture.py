"""Architecture, recipe and gaps, from few lines and from the bundled paper with other numbers."""

from dataclasses import replace
from pathlib import Path

import pytest
from golden import Case, check
from latex_papers import paper, whole

from paperc.provenance import Span
from paperc.read import read
from paperc.source import open_source
from paperc.spec.model import Value
from paperc.spec.settings import SettingsPart, settings_of

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/spec"
SHARED = ROOT.parent / "shared"
BUNDLED = (ROOT / "examples/attention/paper.tex").read_text(encoding="utf-8")


def shown(value: Value) -> str:
    source = "stated" if value.claim else "chosen" if value.choice else "open"
    return f"{value.value} ({source})"


def network(text: str) -> str:
    found = settings_of(paper(text)).architecture
    if found is None:
        return "none"
    lines = [found.family]
    for s in found.stacks:
        norm = f"residual {shown(s.residual)}, norm {shown(s.norm)}, {shown(s.norm_position)}"
        lines.append(f"{s.name}: {shown(s.layers)} layers, {norm}")
        lines += [f"  {k.kind}{', masked' if k.masked else ''}" for k in s.sublayers]
    return "\n".join([*lines, *(f"{name}: {shown(value)}" for name, value in found.dims.items())])


def recipe(text: str) -> str:
    part = settings_of(paper(text))
    lines = [f"{name}: {shown(value)}" for name, value in part.training.settings.items()]
    return "\n".join([*lines, *(f"gap: {g.what} [{g.subject}]" for g in part.gaps)])


@check(FIXTURES / "architecture", network)
def test_networks(case: Case) -> None:
    assert network(case.text) == case.expected


@check(FIXTURES / "training", recipe)
def test_recipes(case: Case) -> None:
    assert recipe(case.text) == case.expected


# --- nothing knows the bundled paper ---------------------------------------------------------------


def changed(*pairs: tuple[str, str]) -> SettingsPart:
    """The bundled paper with other words; each must stand in it."""
    text = BUNDLED
    for before, after in pairs:
        assert before in text, before
        text = text.replace(before, after)
    return settings_of(whole(text))


def stated(part: SettingsPart, name: str) -> object:
    """The value of a dim or setting, if a claim states it."""
    assert part.architecture is not None
    value = part.architecture.dims.get(name) or part.training.settings.get(name)
    return value.value if value is not None and value.claim else None


def test_the_bundled_paper_as_it_is() -> None:
    part = changed()
    assert part.architecture is not None
    assert part.architecture.family == "encoder-decoder"
    assert [s.layers.value for s in part.architecture.stacks] == [6, 6]
    kinds = [[k.kind for k in s.sublayers] for s in part.architecture.stacks]
    assert kinds == [["self-attention", "feed-forward"], ["self-attention", "cross-attention", "feed-forward"]]
    expected = {
        "hidden size": 512, "feed-forward size": 2048, "number of heads": 8, "key dimension": 64, "value dimension": 64, "dropout": 0.1,
        "vocabulary size": 37000, "activation": "relu", "positional encoding": "sinusoidal", "embedding scale": "sqrt(hidden size)",
        "weight sharing": "source,target,output", "attention bias": False, "feed-forward bias": True,
    }  # fmt: skip
    assert {name: stated(part, name) for name in expected} == expected
    recipe = {"optimizer": "Adam", "beta_1": 0.9, "beta_2": 0.98, "epsilon": 1e-9, "warm-up steps": 4000, "label smoothing": 0.1, "batch size": 25000, "training steps": 100000, "schedule equation": "eq:7"}  # fmt: skip
    assert {name: stated(part, name) for name in recipe} == recipe
    assert part.architecture.variants["big"]["hidden size"].value == 1024
    assert part.diagnostics == ()


def test_other_numbers_change_the_configuration() -> None:
    part = changed(
        ("$N=6$", "$N=4$"), ("$h = 8$", "$h = 4$"), ("$\\dmodel = 512$", "$\\dmodel = 256$"), ("a ReLU activation", "a GELU activation"),
        ("$\\beta_2 = 0.98$", "$\\beta_2 = 0.999$"), ("$warmup\\_steps = 4000$", "$warmup\\_steps = 1000$"),
        ("base & 6 & 512 & 2048 & 8 &", "base & 4 & 256 & 2048 & 4 &"), ("big & 6 &", "big & 4 &"), ("\\max(0, x W_1 + b_1)", "\\mathrm{GELU}(x W_1 + b_1)"),
    )  # fmt: skip
    assert part.architecture is not None
    assert [s.layers.value for s in part.architecture.stacks] == [4, 4]
    expected = {"number of heads": 4, "hidden size": 256, "activation": "gelu", "beta_2": 0.999, "warm-up steps": 1000}
    assert {name: stated(part, name) for name in expected} == expected
    assert part.diagnostics == ()


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("$\\dmodel = 512$", "$\\dmodel = 256$", "hidden size"),
        ("a ReLU activation", "a GELU activation", "activation"),
        ("$h = 8$", "$h = 4$", "number of heads"),
        ("41.8 BLEU from", "41.0 BLEU from", "BLEU"),
    ],
)
def test_places_that_disagree_are_reported_with_both(before: str, after: str, what: str) -> None:
    """Two places that disagree: the diagnostic names both."""
    part = changed((before, after))
    (found,) = [d for d in part.diagnostics if d.code == "conflicting-values"]
    assert what in found.message and found.message.count("paper.tex:") == 2


@pytest.mark.parametrize(
    ("sentence", "name", "key"),
    [
        ("We used $warmup\\_steps = 4000$.", "warm-up steps", "training.warmup_steps"),
        (" in a shared vocabulary of about 37000 tokens", "vocabulary size", "model.vocabulary_size"),
        (
            "Each training batch contained approximately 25000 source tokens and 25000 target tokens.",
            "batch size",
            "training.batch_size",
        ),
        (" with a ReLU activation in between", "activation", "model.activation"),
    ],
)
def test_a_missing_sentence_becomes_a_gap(sentence: str, name: str, key: str) -> None:
    """Removing the sentence that gives a value turns it into a gap."""
    more = [("\\max(0, x W_1 + b_1)", "\\phi(x W_1 + b_1)")] if name == "activation" else []
    more += [("with a vocabulary of 32000 word pieces", "")] if name == "vocabulary size" else []
    part = changed((sentence, ""), *more)
    assert stated(part, name) is None
    assert key in {g.key for g in part.gaps}


def test_missing_sizes_become_gaps_of_the_network() -> None:
    part = changed(
        ("The inner layer has dimensionality $\\dff = 2048$.", ""),
        ("& 512 & 2048 &", "& 512 & &"),
        ("& 1024 & 4096 &", "& 1024 & &"),
    )
    assert part.architecture is not None
    value = part.architecture.dims["feed-forward size"]
    assert value.value is None
    assert value.gap in {g.id for g in part.gaps if g.key == "model.d_ff"}


def test_the_norm_moves_with_the_formula() -> None:
    part = changed(
        ("$\\mathrm{LayerNorm}(x + \\mathrm{Sublayer}(x))$", "$x + \\mathrm{Sublayer}(\\mathrm{LayerNorm}(x))$")
    )
    assert part.architecture is not None
    assert {s.norm_position.value for s in part.architecture.stacks} == {"pre"}


def test_a_document_without_places_makes_no_claims() -> None:
    """Where the reader knows no offsets (other formats), nothing can be quoted, so nothing is claimed."""
    document = whole(BUNDLED)
    lost = Span("paper.html", 1)
    paragraphs = tuple(
        replace(p, span=lost, inlines=tuple(replace(i, span=lost) for i in p.inlines)) for p in document.paragraphs
    )
    equations = tuple(replace(e, span=lost) for e in document.equations)
    tables = tuple(
        replace(t, span=lost, rows=tuple(tuple(replace(c, span=lost) for c in r) for r in t.rows))
        for t in document.tables
    )
    part = settings_of(replace(document, paragraphs=paragraphs, equations=equations, tables=tables, files=()))
    assert part.claims == ()
    assert part.architecture is None


@pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="no shared corpus beside the repository")
def test_the_original_paper_contradicts_itself_once() -> None:
    """41.0 BLEU in the text, 41.8 in abstract and table."""
    part = settings_of(read(open_source(str(SHARED / "corpus/attention-is-all-you-need/ms.tex"))))
    (found,) = part.diagnostics
    assert "41.0" in found.message and "41.8" in found.message
    assert "results.tex:39" in found.message and "results.tex:26" in found.message


def test_sizes_that_do_not_fit_are_reported() -> None:
    """$d_k = d_model / h = 64$ cannot hold for 512 and 4."""
    part = changed(("$h = 8$", "$h = 4$"), ("512 & 2048 & 8 &", "512 & 2048 & 4 &"))
    (found,) = part.diagnostics
    assert found.code == "inconsistent-sizes"
    assert "512 by 4 heads is not 64" in found.message


def test_every_value_cites_one_source() -> None:
    part = changed()
    assert part.architecture is not None
    ids = {c.id for c in part.claims} | {c.id for c in part.choices} | {g.id for g in part.gaps}
    values = [*part.architecture.dims.values(), *part.training.settings.values()]
    for stack in part.architecture.stacks:
        values += [stack.layers, stack.residual, stack.norm, stack.norm_position]
    for value in values:
        (source,) = [s for s in (value.claim, value.choice, value.gap) if s]
        assert source in ids


def test_the_contribution_is_quoted() -> None:
    part = changed()
    assert part.contribution.what_is_new[0].text.startswith("We propose the Transformer")
    assert part.contribution.problem[0].text.startswith("However, this sequential order")
    assert part.contribution.key_equations[0] == "eq:1"


def test_own_results_and_baselines() -> None:
    part = changed()
    own = {(r.method, r.dataset, r.value) for r in part.evaluation.results if r.own and r.table}
    assert ("Transformer (big)", "EN-DE", "28.4") in own
    assert part.evaluation.baselines == ("GNMT + RL", "ConvS2S", "MoE")
    assert part.evaluation.metrics == ("BLEU", "FLOPs")
