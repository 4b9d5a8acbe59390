"""Reading somebody's code: what can be called, and which equations it mentions. Nothing of it runs here."""

from pathlib import Path

import pytest

from paperc.check.code import candidates, mentions, read_code
from paperc.check.mapping import read_map
from paperc.check.names import EXACT, SYMBOL, USUAL, alike, fit
from paperc.errors import UsageError

CODE = '''
import os
raise SystemExit("importing this would end the process")

# Eq. (2), up to rounding.
@decorated
def scaled(x, *, factor=2.0):
    return x * factor

class Layer(nn.Module):
    """Equations (4) and (5)."""
    def __init__(self, dim: int, eps=1e-6): ...
    def forward(self, x, mask=None):
        return x / (x.norm() + 1e-3)

class Data:
    def size(self): ...
'''


def test_functions_and_modules_are_read_without_running_them() -> None:
    scaled, layer = candidates(CODE, "m", "m.py")
    assert (scaled.name, scaled.kind, scaled.mentions, scaled.literals) == ("scaled", "function", ("2",), (2.0,))
    assert [(p.name, p.required, p.default) for p in scaled.parameters] == [("x", True, None), ("factor", False, 2.0)]
    assert (layer.name, layer.kind, layer.mentions) == ("Layer", "module", ("4", "5"))
    assert [p.name for p in layer.parameters] == ["x", "mask"]
    assert [(p.name, p.annotation) for p in layer.construct] == [("dim", "int"), ("eps", "")]
    assert 1e-3 in layer.literals


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Eq. (4)", ("4",)),
        ("see Eqs. (1), (2) and (3)", ("1", "2", "3")),
        ("implements equation 7", ("7",)),
        ("Equation (A.2)", ("A.2",)),
        (r"this is \eqref{eq:attention}", ("eq:attention",)),
        ("computes eq:norm of the paper", ("eq:norm",)),
        ("unlike Eq. (3), without a scale", ()),
        ("no equation is named, and 4 is a number", ()),
    ],
)
def test_mentions(words: str, found: tuple[str, ...]) -> None:
    assert mentions(words) == found


def test_names_fit_by_symbol_and_by_usual_words() -> None:
    assert fit("Q", "Q", "Q") == EXACT
    assert fit("W_1", "W_{1}", "w1") == SYMBOL
    assert fit("epsilon", r"\varepsilon", "epsilon") == EXACT
    assert fit("Q", "Q", "query") == USUAL
    assert fit("x", "x", "reward") == 0
    assert alike("MultiHead", "MultiHeadAttention") and alike("GELU", "gelu") and not alike("f", "softmax")
    assert not alike("RMS", "elu") and not alike("mean", "main")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("broken.py", "def f(:\n"),
        ("empty.py", ""),
        ("data.py", "x = 1\n"),
        ("zero.py", "\0"),
        ("latin.py", "é".encode("latin-1")),
    ],
)
def test_what_is_no_code_is_a_usage_error(tmp_path: Path, name: str, text: str | bytes) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError):
        read_code(str(path))


def test_code_that_is_not_there(tmp_path: Path) -> None:
    for where in (str(tmp_path / "gone.py"), str(tmp_path), "no.such.module", "../../etc/passwd", ""):
        with pytest.raises(UsageError):
            read_code(where)


def test_a_single_file_hides_no_module_and_brings_the_files_that_it_imports(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import helper\n\ndef f(x):\n    return helper.g(x)\n")
    (tmp_path / "helper.py").write_text("def g(x):\n    return x\n")
    (tmp_path / "other.py").write_text("def h(x):\n    return x\n")
    code = read_code(str(tmp_path / "torch.py"))
    assert [c.dotted for c in code.candidates] == ["code_torch.f"]
    assert sorted(name for name, _ in code.files) == ["code_torch.py", "helper.py"]


def test_an_installed_module_is_found_without_importing_it() -> None:
    code = read_code("torch.nn.functional", "torch.nn:GELU, SiLU", "torch.nn.LayerNorm")
    assert code.files == () and code.installed == (
        ("torch.nn.functional", ""),
        ("torch.nn", "GELU, SiLU"),
        ("torch.nn", "LayerNorm"),
    )


@pytest.mark.parametrize(
    "text", ["", "[bind]\n", "[bind]\na = 1\n", "[bind]\na = {function = 3}\n", "[bind\n", "[other]\nx = 'y'\n"]
)
def test_wrong_maps(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(UsageError):
        read_map(path)


def test_a_map(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[bind]\n"eq:1" = "m.f"\n"(2)" = { function = "g", arguments = { Q = "query" } }\n')
    first, second = read_map(path)
    assert (first.equation, first.function, dict(first.arguments)) == ("eq:1", "m.f", {})
    assert (second.equation, second.function, dict(second.arguments)) == ("(2)", "g", {"Q": "query"})
