"""The torch.nn network with the structure and the weights of an emitted one. Runs inside the sandbox."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_MODULES = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "elu": nn.ELU}


def twin_output(model: Any, config: Any, inputs: list[Tensor], norm_first: list[bool], causal: bool) -> Tensor:
    """What torch.nn computes from `inputs` with the weights of `model`, masks for padding and future included."""
    if not hasattr(config, "vocabulary_size"):
        steps = [step for linear in model.hidden for step in (linear, _MODULES[config.activation]())]
        plain: Tensor = nn.Sequential(*steps, model.output)(*inputs)
        return plain
    stacks = [(name, child) for name, child in model.named_children() if isinstance(child, nn.ModuleList)]
    twins: list[Any] = [_stack(stack, config, first) for (_, stack), first in zip(stacks, norm_first)]
    whole = None
    if len(twins) == 2:
        encoder, decoder = twins
        whole = nn.Transformer(config.d_model, custom_encoder=encoder, custom_decoder=decoder, batch_first=True)
    # Only now: nn.Transformer initialises whatever it is given.
    for (name, stack), twin in zip(stacks, twins):
        with torch.no_grad():
            for theirs, ours in zip(twin.layers, stack):
                _transfer(theirs, ours)
        twin.norm = getattr(model, f"{name}_norm", None)
    length = inputs[-1].shape[1]
    future = torch.ones(length, length, dtype=torch.bool).triu(1) if causal else None
    blind = [tokens == config.padding for tokens in inputs]
    if whole is None:
        hidden = twins[0](model.embed(inputs[0]), mask=future, src_key_padding_mask=blind[0])
    else:
        hidden = whole(
            *_embedded(model, inputs), tgt_mask=future, src_key_padding_mask=blind[0], tgt_key_padding_mask=blind[1],
            memory_key_padding_mask=blind[0],
        )  # fmt: skip
    output: Tensor = model.output(hidden)
    return output


def _embedded(model: Any, inputs: list[Tensor]) -> list[Tensor]:
    if hasattr(model, "embedding"):
        return [model.embed(tokens) for tokens in inputs]
    return [model.embed(inputs[0], model.source_embedding), model.embed(inputs[1], model.target_embedding)]


def _stack(stack: Any, config: Any, norm_first: bool) -> nn.Module:
    options: dict[str, Any] = {
        "dropout": 0.0, "activation": getattr(F, config.activation), "layer_norm_eps": config.norm_eps,
        "batch_first": True, "dtype": torch.float64, "norm_first": norm_first,
    }  # fmt: skip
    sizes = config.d_model, config.n_heads, config.d_ff
    if hasattr(stack[0], "cross_attention"):
        return nn.TransformerDecoder(nn.TransformerDecoderLayer(*sizes, **options), len(stack))
    return nn.TransformerEncoder(nn.TransformerEncoderLayer(*sizes, **options), len(stack), enable_nested_tensor=False)


def _transfer(theirs: Any, ours: Any) -> None:
    """The weights of one emitted layer into its twin."""
    pairs = [(theirs.self_attn, ours.self_attention)]
    norms = [ours.self_attention_norm, ours.feed_forward_norm]
    if hasattr(ours, "cross_attention"):
        pairs.append((theirs.multihead_attn, ours.cross_attention))
        norms.insert(1, ours.cross_attention_norm)
    for twin, attention in pairs:
        maps = [attention.W_Q, attention.W_K, attention.W_V]
        twin.in_proj_weight.copy_(torch.cat([m.weight for m in maps]))
        twin.out_proj.weight.copy_(attention.W_O.weight)
        twin.in_proj_bias.zero_()
        twin.out_proj.bias.zero_()
        if attention.W_O.bias is not None:
            twin.in_proj_bias.copy_(torch.cat([m.bias for m in maps]))
            twin.out_proj.bias.copy_(attention.W_O.bias)
    for i, norm in enumerate(norms, start=1):
        if isinstance(norm, nn.RMSNorm):
            setattr(theirs, f"norm{i}", nn.RMSNorm(norm.normalized_shape, norm.eps, dtype=torch.float64))
        getattr(theirs, f"norm{i}").load_state_dict(norm.state_dict())
    for twin, linear in ((theirs.linear1, ours.feed_forward.W_1), (theirs.linear2, ours.feed_forward.W_2)):
        twin.weight.copy_(linear.weight)
        twin.bias.copy_(linear.bias) if linear.bias is not None else twin.bias.zero_()
