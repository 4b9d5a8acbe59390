"""The emitted model: what its configuration cites, how the architecture shapes it, what keeps it from being emitted."""

import ast
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from model_paper import PAPERS, Paper, paper, quote

from paperc.emit.model import emit_model
from paperc.emit.model_words import is_scaled_dot_product
from paperc.errors import UsageError
from paperc.provenance import Span
from paperc.spec.model import Choice, Gap, Value


def emit(made: Paper):
    return emit_model(made.architecture, made.training, made.context)


def text(made: Paper, name: str = "config") -> str:
    return emit(made).files[f"net/{name}.py"]


def fields(source: str, name: str = "ModelConfig") -> dict[str, object]:
    """Field → default of a dataclass in `source` (… where there is none)."""
    found = next(n for n in ast.parse(source).body if isinstance(n, ast.ClassDef) and n.name == name)
    return {
        n.target.id: ast.literal_eval(n.value) if n.value else ...
        for n in found.body
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }


# --- configuration ---------------------------------------------------------------------------------


def test_each_value_stands_under_the_words_that_state_it() -> None:
    lines = text(Paper()).splitlines()
    for comment, field in (
        ('    # §2: "$h = 4$ heads"', "    n_heads: int = 4"),
        ('    # §2: "a vocabulary of 8000 tokens"', "    vocabulary_size: int = 8000"),
        ('    # §3: "$\\beta_2 = 0.98$"', "    beta_2: float = 0.98"),
        ('    # §3: "$\\epsilon = 10^{-9}$"', "    epsilon: float = 1e-9"),
        ('    # §3: "for 100,000 steps"', "    steps: int = 100_000"),
    ):
        assert lines[lines.index(field) - 1] == comment


def test_other_digits_and_words_give_another_configuration() -> None:
    """Issue: nothing knows a paper; what changes in the text changes in the code."""
    base = fields(text(Paper()))
    other = Paper(
        dims={"hidden size": 320, "number of heads": 5, "activation": "GELU", "dropout": 0.3},
        stack={"layers": Value(7)},
        settings={"beta_2": 0.95, "warm-up steps": 8000},
    )
    changed = fields(text(other))
    assert {n: v for n, v in changed.items() if base[n] != v} == {
        "d_model": 320, "n_heads": 5, "activation": "gelu", "dropout": 0.3, "encoder_layers": 7, "decoder_layers": 7,
    }  # fmt: skip
    training = fields(text(other), "TrainingConfig")
    assert (training["beta_2"], training["warmup_steps"]) == (0.95, 8000)


def test_what_is_assumed_is_a_choice_with_the_same_id_in_the_code() -> None:
    result = emit(Paper())
    chosen = {c.key: c for c in result.choices}
    epsilon = chosen["model.norm_eps"]
    assert f"# ASSUMED {epsilon.id}: {epsilon.why}" in result.files["net/config.py"]
    assert [c.id for c in result.choices] == [f"A{i}" for i in range(1, len(result.choices) + 1)]


def test_ids_go_on_from_those_of_the_spec() -> None:
    made = Paper(choices={"A7": Choice("A7", "model.other", "1", (), "")}, gaps={"G3": Gap("G3", "", "", "")})
    made.architecture.dims.pop("vocabulary size")
    result = emit(made)
    assert result.choices[0].id == "A8"
    assert [g.id for g in result.gaps] == ["G4"]


def test_a_choice_of_the_spec_is_cited_and_not_taken_again() -> None:
    made = Paper(choices={"A4": Choice("A4", "model.norm_eps", "1e-06", (), "as its authors do")})
    made.architecture.dims["norm eps"] = Value(1e-6, choice="A4")
    result = emit(made)
    assert "    # ASSUMED A4: as its authors do\n    norm_eps: float = 1e-6\n" in result.files["net/config.py"]
    assert "model.norm_eps" not in [c.key for c in result.choices]


def test_paper_toml_overrules_a_choice() -> None:
    made = Paper(overrides={"model.norm_eps": "1e-12", "model.attention_bias": "true"})
    result = emit(made)
    chosen = {c.key: c for c in result.choices}
    assert chosen["model.norm_eps"].value == "1e-12"
    assert (
        f"# ASSUMED {chosen['model.norm_eps'].id}: set in paper.toml\n    norm_eps: float = 1e-12"
        in (result.files["net/config.py"])
    )
    assert "bias=True" in result.files["net/model.py"]


def test_paper_toml_fills_a_gap_of_the_spec() -> None:
    made = Paper(
        gaps={"G2": Gap("G2", "activation", "", "", key="model.activation", subject="model.activation")},
        overrides={"model.activation": "gelu"},
    )
    made.architecture.dims["activation"] = Value(None, gap="G2")
    result = emit(made)
    (chosen,) = (c for c in result.choices if c.key == "model.activation")
    assert (
        f'    # ASSUMED {chosen.id}: set in paper.toml\n    activation: str = "gelu"\n' in result.files["net/config.py"]
    )


def test_a_wrong_entry_of_paper_toml_is_an_error() -> None:
    where = {"model.norm_eps": Span("paper.toml", 7)}
    with pytest.raises(UsageError, match=r"model.norm_eps cannot be 'small'") as caught:
        emit(Paper(overrides={"model.norm_eps": "small"}, where=where))
    assert caught.value.diagnostics[0].span == Span("paper.toml", 7)


def test_a_changed_claim_says_so_beside_the_words_of_the_paper() -> None:
    made = Paper()
    claim = made.architecture.dims["dropout"].claim
    made = Paper(changed_claims=frozenset({claim}))
    made.architecture.dims["dropout"] = Value(0.0, claim=claim)
    assert '# paper.toml: 0.0, where the paper says §2: "a rate of $0.1$"\n    dropout: float = 0.0' in text(made)


def test_named_configurations_hold_what_differs() -> None:
    made = Paper()
    variant = {
        "hidden size": made.say("hidden size", 512, "big & 512 & 8", "4"),
        "number of heads": made.say("number of heads", 8, "big & 512 & 8", "4"),
        "feed-forward size": Value(1024),
        "training steps": made.say("training steps", 300000, "300K steps", "4"),
    }
    object.__setattr__(made.architecture, "variants", {"big": variant, "same": {"hidden size": Value(256)}})
    source = text(made)
    namespace: dict[str, object] = {"__name__": "config"}
    sys.modules["config"] = type(sys)("config")
    exec(compile(source, "config.py", "exec"), namespace)
    big = namespace["ModelConfig"].big()
    assert (big.d_model, big.n_heads, big.d_ff, big.encoder_layers) == (512, 8, 1024, 4)
    assert namespace["TrainingConfig"].big().steps == 300_000
    assert not hasattr(namespace["ModelConfig"], "same")
    assert 'names = ["base", "big"]' in emit(made).files["train.py"]


def test_a_head_that_follows_from_the_hidden_size_follows_in_every_configuration() -> None:
    made = Paper(dims={"key dimension": None, "value dimension": None})
    object.__setattr__(made.architecture, "variants", {"big": {"hidden size": Value(512)}})
    source = text(made)
    assert fields(source)["d_k"] == 64
    assert "d_k=128" in source and "d_v=128" in source


# --- structure -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, line",
    [
        ({}, "x = self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))"),
        ({"stack": {"norm_position": Value("pre")}}, "x = x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))"),
        ({"stack": {"norm": Value("none")}}, "x = x + self.dropout(self.feed_forward(x))"),
        ({"stack": {"residual": Value(False)}}, "x = self.feed_forward_norm(self.dropout(self.feed_forward(x)))"),
        ({"dims": {"residual dropout": False}}, "x = self.feed_forward_norm(x + self.feed_forward(x))"),
        ({"stack": {"norm": Value("RMSNorm")}}, "self.feed_forward_norm = nn.RMSNorm(config.d_model, eps=config.norm_eps)"),
        ({"dims": {"activation": "SwiGLU"}}, "self.feed_forward = GatedFeedForward(config.d_model, config.d_ff, config.activation)"),
        ({"dims": {"positional encoding": "learned", "maximum length": 99}}, "self.positions = nn.Embedding(config.max_length, config.d_model)"),
        ({"dims": {"positional encoding": "rotary"}}, "class RotaryMultiHeadAttention(MultiHeadAttention):"),
        ({"dims": {"weight sharing": "none"}}, "self.target_embedding = nn.Embedding(config.vocabulary_size, config.d_model)"),
        ({"dims": {"embedding scale": "1"}}, "x = self.embedding(tokens)"),
        ({"dims": {"initialisation": "normal_0.006"}}, "nn.init.normal_(module.weight, std=0.006)"),
    ],
)  # fmt: skip
def test_the_architecture_shapes_the_code(changes, line) -> None:
    lines = [piece.strip() for piece in text(Paper(**changes), "model").splitlines()]
    assert line in lines
    if changes:
        assert line not in [piece.strip() for piece in text(Paper(), "model").splitlines()]


def test_words_and_formula_that_disagree_on_the_activation_are_a_choice() -> None:
    made = Paper(dims={"activation": "GELU"}, formulas={"feed_forward": r"FFN(x) = \max(0, x W_1 + b_1) W_2 + b_2"})
    result = emit(made)
    (chosen,) = (c for c in result.choices if c.key == "model.activation")
    assert (chosen.value, chosen.options) == ("gelu", ("gelu", "relu"))
    assert "Eq. (2), §2.2 writes relu" in chosen.why
    same = Paper(formulas=made.context.formulas)
    assert "model.activation" not in [c.key for c in emit(same).choices]


def test_only_what_the_paper_uses_is_there() -> None:
    source = text(Paper(), "model")
    assert "Gated" not in source and "rotate" not in source and "RMSNorm" not in source
    assert "sinusoidal" not in text(paper("llama"), "model")
    assert "MultiHeadAttention" not in text(paper("mlp"), "model")


def test_a_block_cites_the_equation_that_the_paper_gives_it() -> None:
    source = text(Paper(), "model")
    assert 'r"""Scaled dot-product attention (Eq. (1), §2.1).' in source
    assert 'r"""Position-wise feed-forward network (Eq. (2), §2.2).' in source
    assert 'r"""Multi-head attention.\n' in source  # the paper has no equation for it
    assert "({" not in source


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"dims": {"hidden size": None}}, "d_model"),
        ({"dims": {"number of heads": None}}, "n_heads"),
        ({"dims": {"number of heads": None, "key dimension": None}}, "d_k"),
        ({"dims": {"feed-forward size": None}}, "d_ff"),
        ({"dims": {"positional encoding": "learned"}}, "max_length"),
        ({"stack": {"layers": Value(None)}}, "encoder_layers"),
        ({"dims": {"vocabulary size": None}}, "vocabulary_size"),
    ],
)
def test_a_size_that_the_paper_does_not_state_must_be_given(changes, field) -> None:
    """A gap, a field without a default, and an option of the training script: never a guess."""
    result = emit(Paper(**changes))
    (gap,) = (g for g in result.gaps if g.key == f"model.{field}")
    assert fields(result.files["net/config.py"])[field] is ...
    assert f"    # {gap.id}: not stated in the paper\n    {field}: int\n" in result.files["net/config.py"]
    assert f"--{field.replace('_', '-')}" in result.files["train.py"]


def test_a_network_without_any_size_is_no_network() -> None:
    sizes = (
        "hidden size",
        "number of heads",
        "key dimension",
        "value dimension",
        "feed-forward size",
        "vocabulary size",
    )
    result = emit(Paper(dims=dict.fromkeys(sizes), stack={"layers": Value(None)}))
    assert result.files == {} and len(result.blocked_by) >= 6


@pytest.mark.parametrize(
    "changes, key",
    [
        ({"dims": {"activation": None}}, "model.activation"),
        ({"dims": {"activation": "squared ReLU"}}, "model.activation"),
        ({"dims": {"positional encoding": None}}, "model.positional_encoding"),
        ({"dims": {"positional encoding": "alibi"}}, "model.positional_encoding"),
        ({"dims": {"embedding scale": "3d"}}, "model.embedding_scale"),
        ({"stack": {"norm": Value(None)}}, "model.encoder_norm"),
        ({"stack": {"norm_position": Value(None)}}, "model.encoder_norm_position"),
        ({"stack": {"residual": Value(None)}}, "model.encoder_residual"),
        ({"stack": {"sublayers": ()}}, "model.encoder.sublayers"),
    ],
)
def test_what_the_paper_does_not_say_is_a_gap_and_no_model(changes, key) -> None:
    result = emit(Paper(**changes))
    assert result.files == {}
    assert key in [g.key for g in result.gaps]
    assert {g.id for g in result.gaps} >= set(result.blocked_by)
    assert all(g.what and g.why and g.needs for g in result.gaps)


def test_no_building_block_is_a_gap_that_names_the_sublayer() -> None:
    from paperc.spec.model import Sublayer

    odd = Sublayer("convolution", quote("a convolution module"), name="convolution module")
    (gap,) = {
        g.what for g in emit(Paper(stack={"sublayers": (odd,)})).gaps if "convolution" in g.what and "encoder" in g.what
    }
    assert gap == "the sub-layer “convolution module” of the encoder"


@pytest.mark.parametrize(
    "settings, key",
    [
        ({"optimizer": None}, "training.optimizer"),
        ({"optimizer": "Lion"}, "training.optimizer"),
        ({"loss": "hinge"}, "training.loss"),
        ({"schedule equation": "eq:9"}, "training.schedule"),
    ],
)
def test_an_unknown_recipe_leaves_the_model_and_no_training(settings, key) -> None:
    result = emit(Paper(settings=settings))
    assert "net/model.py" in result.files and "train.py" not in result.files
    assert key in [g.key for g in result.gaps]
    assert result.blocked_by


def test_a_warm_up_without_a_schedule_is_not_taken_for_a_constant_rate() -> None:
    made = Paper(settings={"schedule equation": None, "learning rate": 0.1})
    object.__setattr__(made.context, "statements", {})
    assert "training.schedule" in [g.key for g in emit(made).gaps]


def test_what_the_training_does_not_do_is_said() -> None:
    made = Paper()
    made.training.settings["EMA decay"] = made.say("EMA decay", 0.999, "an average of the weights (0.999)", "3")
    result = emit(made)
    (gap,) = result.gaps
    assert gap.what == "EMA decay in training" and "an average of the weights" in gap.why and not gap.key
    assert "Stated in the paper and not done here: EMA decay (0.999)." in result.files["train.py"]


def test_a_warm_up_in_epochs_needs_steps() -> None:
    settings = {
        "schedule equation": None, "schedule": "cosine", "warm-up steps": None, "warm-up epochs": 5, "learning rate": 0.1,
    }  # fmt: skip
    made = Paper(settings=settings)
    object.__setattr__(made.context, "statements", {})
    assert fields(text(made), "TrainingConfig")["warmup_steps"] is ...


def test_no_architecture_no_files() -> None:
    assert emit_model(None, None, Paper().context).files == {}


# --- the files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAPERS)
def test_files_are_formatted_and_know_nothing_of_paperc(name: str, tmp_path: Path) -> None:
    files = emit(paper(name)).files
    for path, source in files.items():
        ast.parse(source)
        assert "paperc" not in source.replace("paperc-", "")
        assert max(map(len, source.splitlines())) <= 120, path
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(source)
    for verb in (["format", "--check"], ["check", "--select=F,I,E9"]):
        own = ["--config=lint.isort.known-first-party=['net', 'train']"] if verb[0] == "check" else []
        command = [
            sys.executable,
            "-m",
            "ruff",
            *verb,
            "--isolated",
            "--line-length=120",
            "--target-version=py311",
            *own,
            ".",
        ]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout


def test_hostile_words_of_a_paper_cannot_leave_their_comment_or_docstring() -> None:
    evil = 'x"""\nimport os; os.system("id")\n"""\\'
    made = Paper(title=evil)
    for id, claim in made.claims.items():
        made.claims[id] = type(claim)(id, claim.area, claim.name, claim.value, quote(evil, evil), claim.number, evil)
    for source in emit(made).files.values():
        modules = [n.names[0].name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import)]
        calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute) and n.attr == "system"]
        assert not calls and ("os" not in modules or "WORLD_SIZE" in source)


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    program = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from model_paper import Paper\nfrom paperc.emit.model import emit_model\n"
        "p = Paper(); files = emit_model(p.architecture, p.training, p.context).files\n"
        "print(hashlib.sha256(repr(files).encode()).hexdigest())"
    )
    root = str(Path(__file__).parent)
    digests = {
        subprocess.run(
            [sys.executable, "-c", program, root],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, timeout=120, check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }  # fmt: skip
    made = Paper()
    assert digests == {hashlib.sha256(repr(emit(made).files).encode()).hexdigest()}


@pytest.mark.parametrize(
    "latex, usual",
    [
        (r"A(Q, K, V) = \mathrm{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V", True),
        (r"A(Q, K, V) = \mathrm{softmax}(d^{-1/2} Q K^\top + M)V", True),
        (r"A(Q, K, V) = \mathrm{softmax}(QK^T)V", False),
        (r"A(Q, K, V) = \mathrm{softmax}(QK^T / \sqrt{d} + B)V", False),
        (r"A(X) = (\mathrm{softmax}(Q_1 K_1^T / \sqrt{d}) - \lambda\, \mathrm{softmax}(Q_2 K_2^T / \sqrt{d}))V", False),
        (r"A(Q, K, V) = \phi(Q) \phi(K)^T V", False),
    ],
)
def test_only_the_scaled_dot_product_is_taken_for_it(latex: str, usual: bool) -> None:
    assert is_scaled_dot_product(latex) is usual


def test_another_attention_function_is_no_model() -> None:
    result = emit(Paper(odd_attention="eq:3"))
    assert result.files == {} and "Eq. (3), §3 is not the scaled dot product" in result.gaps[0].why


def test_a_gated_network_does_not_cite_a_formula_without_a_gate() -> None:
    plain = {"feed_forward": r"FFN(x) = \max(0, x W_1) W_2"}
    assert "Gated feed-forward network.\n" in text(Paper(dims={"activation": "SwiGLU"}, formulas=plain), "model")
    gated = {"feed_forward": r"FFN(x) = (\mathrm{SiLU}(x W_1) \otimes x W_3) W_2"}
    source = text(Paper(dims={"activation": "SwiGLU"}, formulas=gated), "model")
    assert "Gated feed-forward network (Eq. (2), §2.2).\n" in source
