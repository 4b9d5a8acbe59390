"""The architecture as a picture: what it shows, and that nothing in it overlaps or leaves the frame."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from model_paper import PAPERS, Paper, paper

from paperc.emit.architecture_diagram import architecture_mermaid, architecture_svg
from paperc.spec.model import Architecture, Value

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return [t.text or "" for t in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of the filled boxes."""
    found = [r for r in ElementTree.fromstring(svg).iter(f"{SVG}rect") if r.get("fill") != "none"]
    numbers = [[float(r.get(a, "0")) for a in ("x", "y", "width", "height")] for r in found]
    return [(x, y, x + w, y + h) for x, y, w, h in numbers]


def test_the_picture_shows_the_sublayers_from_the_input_upwards() -> None:
    svg = architecture_svg(Paper().architecture)
    shown = words(svg)
    assert shown.count("4 ×") == 2 and "encoder" in shown and "decoder" in shown
    decoder = shown[len(shown) - shown[::-1].index("target tokens, shifted right") :]
    assert [w for w in decoder if "ttention" in w or w in ("Feed-forward", "Linear", "Softmax")] == [
        "Masked self-attention", "Attention over the encoder", "Feed-forward", "Linear", "Softmax",
    ]  # fmt: skip
    assert "ReLU, 1024" in shown and "4 heads, d_k 64" in shown and "size 256, times √size" in shown


@pytest.mark.parametrize("name", PAPERS)
def test_boxes_neither_overlap_nor_leave_the_picture(name: str) -> None:
    svg = architecture_svg(paper(name).architecture)
    root = ElementTree.fromstring(svg)
    width, height = map(float, root.get("viewBox", "").split()[2:])
    placed = boxes(svg)
    for left, top, right, bottom in placed:
        assert 0 <= left < right <= width and 0 <= top < bottom <= height
    for i, a in enumerate(placed):
        for b in placed[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("x", "0")) < width and 0 < float(text.get("y", "0")) < height


def test_the_picture_follows_the_architecture() -> None:
    pre = words(architecture_svg(paper("pre_norm_gelu").architecture))
    assert "Add & LayerNorm" not in pre and "LayerNorm" in pre and "GELU, 1024" in pre
    llama = words(architecture_svg(paper("llama").architecture))
    assert "RMSNorm" in llama and "4 heads, d_k 64, rotary positions" in llama
    assert not [w for w in llama if w.endswith("rotary positions") and "heads" not in w]
    mlp = words(architecture_svg(paper("mlp").architecture))
    assert {"input", "3 ×", "tanh", "output"} <= set(mlp)


def test_what_is_not_known_is_left_out() -> None:
    made = Paper(dims={"number of heads": None, "feed-forward size": None}, stack={"layers": Value(None)})
    shown = words(architecture_svg(made.architecture))
    assert "N ×" in shown and "None" not in " ".join(shown)


def test_no_stack_no_picture() -> None:
    nothing = Architecture("encoder-only", (), {})
    assert architecture_svg(nothing) == "" and architecture_mermaid(nothing) == ""


def test_words_of_a_paper_stay_words() -> None:
    evil = 'a<script>"`]&'
    made = Paper(dims={"activation": evil, "positional encoding": evil}, stack={"name": evil})
    svg = architecture_svg(made.architecture)
    assert evil in words(svg) and "<script" not in svg
    labels = re.findall(r'\["(.*?)"\]$', architecture_mermaid(made.architecture), re.MULTILINE)
    assert labels and not any("<script" in label or '"' in label or "`" in label for label in labels)


@pytest.mark.parametrize("name", PAPERS)
def test_mermaid_draws_arrows_between_nodes_that_exist(name: str) -> None:
    text = architecture_mermaid(paper(name).architecture)
    nodes = set(re.findall(r"^\s*(?:subgraph )?(\w+)[(\[]", text, re.MULTILINE))
    arrows = re.findall(r"^\s*(\w+) (?:-->|-\. residual \.->) (\w+)$", text, re.MULTILINE)
    assert arrows and {end for arrow in arrows for end in arrow} <= nodes
    assert text.startswith("flowchart BT\n")
    residual = text.count("residual")
    assert residual == {"mlp": 0, "gpt": 2, "llama": 2, "bert": 2}.get(name, 5)
