"""Each building block equals its torch.nn twin in float64, or the formula written out with plain loops."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from paperc.components.attention import MultiHeadAttention, attention, causal_mask
from paperc.components.feed_forward import FeedForward, GatedFeedForward
from paperc.components.losses import cross_entropy, label_smoothed_cross_entropy, mean_squared_error
from paperc.components.positions import RotaryMultiHeadAttention, rotate, sinusoidal_encoding
from paperc.components.schedules import constant, cosine, inverse_square_root, inverse_square_root_from_peak, linear


@pytest.fixture(autouse=True)
def _double() -> None:
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def same(a: torch.Tensor, b: torch.Tensor, rtol: float = 1e-10) -> None:
    torch.testing.assert_close(a, b, rtol=rtol, atol=1e-12)


def slow_attention(Q, K, V, allowed):
    """One query at a time: exp over a sum of exps."""
    out = torch.zeros(Q.shape[0], V.shape[1])
    for i in range(len(Q)):
        scores = [sum(Q[i, c] * K[j, c] for c in range(Q.shape[1])) / math.sqrt(Q.shape[1]) for j in range(len(K))]
        weights = [torch.exp(s) if allowed[i][j] else torch.zeros(()) for j, s in enumerate(scores)]
        for j, w in enumerate(weights):
            out[i] += w / sum(weights) * V[j]
    return out


def test_attention_is_the_formula_with_and_without_a_mask() -> None:
    Q, K, V = torch.randn(5, 3), torch.randn(7, 3), torch.randn(7, 2)
    mask = torch.rand(5, 7) < 0.6
    mask[:, 0] = True
    same(attention(Q, K, V), slow_attention(Q, K, V, torch.ones(5, 7)))
    same(attention(Q, K, V, mask), slow_attention(Q, K, V, mask))


def test_causal_mask_shows_only_the_past() -> None:
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize("bias", [False, True])
def test_multi_head_attention_equals_torch(bias: bool) -> None:
    ours = MultiHeadAttention(12, 3, 4, 4, bias=bias)
    twin = nn.MultiheadAttention(12, 3, bias=bias, batch_first=True)
    with torch.no_grad():
        twin.in_proj_weight.copy_(torch.cat([ours.W_Q.weight, ours.W_K.weight, ours.W_V.weight]))
        twin.out_proj.weight.copy_(ours.W_O.weight)
        if bias:
            twin.in_proj_bias.copy_(torch.cat([ours.W_Q.bias, ours.W_K.bias, ours.W_V.bias]))
            twin.out_proj.bias.copy_(ours.W_O.bias)
    x, memory = torch.randn(2, 5, 12), torch.randn(2, 7, 12)
    mask = torch.rand(5, 7) < 0.6
    mask[:, 0] = True
    same(ours(x, memory, mask), twin(x, memory, memory, attn_mask=~mask, need_weights=False)[0])
    padding = torch.tensor([[True] * 7, [True] * 4 + [False] * 3])
    expected = twin(x, memory, memory, key_padding_mask=~padding, need_weights=False)[0]
    same(ours(x, memory, padding[:, None, None, :]), expected)


def test_multi_head_attention_with_unequal_key_and_value_sizes() -> None:
    ours = MultiHeadAttention(11, 3, 5, 2)
    x, memory = torch.randn(2, 5, 11), torch.randn(2, 7, 11)
    heads = []
    for i in range(3):
        Q = x @ ours.W_Q.weight.T[:, 5 * i : 5 * i + 5]
        K = memory @ ours.W_K.weight.T[:, 5 * i : 5 * i + 5]
        V = memory @ ours.W_V.weight.T[:, 2 * i : 2 * i + 2]
        heads.append((Q @ K.mT / math.sqrt(5)).softmax(-1) @ V)
    same(ours(x, memory), torch.cat(heads, dim=-1) @ ours.W_O.weight.T)


def test_attention_dropout_acts_in_training_only() -> None:
    ours = MultiHeadAttention(8, 2, 4, 4, dropout=0.5)
    x = torch.randn(1, 6, 8)
    assert not torch.equal(ours(x, x), ours(x, x))
    ours.eval()
    assert torch.equal(ours(x, x), ours(x, x))


@pytest.mark.parametrize("name", ["relu", "gelu", "silu"])
def test_feed_forward_equals_torch(name: str) -> None:
    ours = FeedForward(6, 10, name)
    twin = nn.Sequential(
        nn.Linear(6, 10), {"relu": nn.ReLU(), "gelu": nn.GELU(), "silu": nn.SiLU()}[name], nn.Linear(10, 6)
    )
    twin[0].load_state_dict(ours.W_1.state_dict())
    twin[2].load_state_dict(ours.W_2.state_dict())
    x = torch.randn(2, 5, 6)
    same(ours(x), twin(x))


def test_gated_feed_forward_is_swiglu() -> None:
    ours = GatedFeedForward(6, 10, "silu")
    x = torch.randn(2, 5, 6)
    gate, value = x @ ours.W_1.weight.T, x @ ours.W_3.weight.T
    same(ours(x), (gate / (1 + torch.exp(-gate)) * value) @ ours.W_2.weight.T)


@pytest.mark.parametrize("d_model", [8, 7])
def test_sinusoidal_encoding_is_the_formula(d_model: int) -> None:
    encoding = sinusoidal_encoding(9, d_model, like=torch.empty(()))
    for pos in range(9):
        for i in range(d_model):
            angle = pos / 10000 ** (2 * (i // 2) / d_model)
            assert encoding[pos, i].item() == pytest.approx(math.cos(angle) if i % 2 else math.sin(angle), abs=1e-12)


def test_rotated_products_depend_on_the_distance_only() -> None:
    q, k = torch.randn(6), torch.randn(6)
    Q, K = rotate(q.expand(9, 6)), rotate(k.expand(9, 6))
    for distance in range(4):
        products = torch.stack([Q[p + distance] @ K[p] for p in range(5)])
        same(products, products[:1].expand(5))
    same(Q[0], q)
    same(Q.norm(dim=-1), q.norm().expand(9))


def test_rotary_attention_without_distance_is_plain_attention() -> None:
    rotary, plain = RotaryMultiHeadAttention(8, 2, 4, 4), MultiHeadAttention(8, 2, 4, 4)
    plain.load_state_dict(rotary.state_dict())
    x = torch.randn(3, 1, 8)
    same(rotary(x, x), plain(x, x))
    x = torch.randn(3, 4, 8)
    assert not torch.allclose(rotary(x, x), plain(x, x))


def test_label_smoothing_is_the_cross_entropy_with_the_mixture() -> None:
    logits, target = torch.randn(3, 4, 7), torch.randint(1, 7, (3, 4))
    target[0, 3] = target[2, 2] = 0
    log_p = logits - logits.exp().sum(-1, keepdim=True).log()
    losses = []
    for b in range(3):
        for t in range(4):
            if target[b, t] != 0:
                q = [0.9 * (k == target[b, t]) + 0.1 / 7 for k in range(7)]
                losses.append(-sum(q[k] * log_p[b, t, k] for k in range(7)))
    same(label_smoothed_cross_entropy(logits, target, padding=0, smoothing=0.1), torch.stack(losses).mean())
    plain = F.nll_loss(F.log_softmax(logits, -1).flatten(0, 1), target.flatten(), ignore_index=0)
    same(cross_entropy(logits, target, padding=0), plain)


def test_mean_squared_error() -> None:
    a, b = torch.randn(5, 2), torch.randn(5, 2)
    same(mean_squared_error(a, b), sum((x - y) ** 2 for x, y in zip(a.flatten(), b.flatten())) / 10)


def test_schedules_at_the_points_that_define_them() -> None:
    peak = 512**-0.5 * 4000**-0.5
    assert inverse_square_root(4000, 512, 4000) == pytest.approx(peak)
    assert inverse_square_root(2000, 512, 4000) == pytest.approx(peak / 2)
    assert inverse_square_root(16000, 512, 4000) == pytest.approx(peak / 2)
    for step in (1, 2000, 4000, 9000):
        from_peak = inverse_square_root_from_peak(step, peak, 4000)
        assert from_peak == pytest.approx(inverse_square_root(step, 512, 4000))
    assert constant(5, 1.0, 10) == 0.5 and constant(50, 1.0, 10) == 1.0 and constant(1, 1.0) == 1.0
    for schedule in (cosine, linear):
        assert schedule(5, 2.0, 110, 10) == pytest.approx(1.0)
        assert schedule(10, 2.0, 110, 10) == pytest.approx(2.0)
        assert schedule(60, 2.0, 110, 10, 0.2) == pytest.approx(1.1)
        assert schedule(110, 2.0, 110, 10, 0.2) == pytest.approx(0.2)
        assert schedule(500, 2.0, 110, 10, 0.2) == pytest.approx(0.2)


def test_cosine_equals_torch() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.3)
    twin = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    for step in range(20):
        assert cosine(step, 0.3, 20) == pytest.approx(twin.get_last_lr()[0], abs=1e-12)
        optimizer.step()
        twin.step()
