"""Runs inside the sandbox: a part of the emitted model and a reference module on the same weights and inputs.

Both are built at the same small sizes, the weights of ours go into theirs by role, order and shape, and hooks record what
every sub-module gives. Ours are then looked for among theirs in the order in which they run: the first that nothing of theirs
equals is where the two part. Prints one JSON object.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from typing import Any

import torch
from paperc_look import settings_of  # type: ignore[import-not-found]
from torch import Tensor, nn

TOLERANCE = 1e-9
SIZES = {
    "vocabulary_size": 11, "d_model": 24, "n_heads": 4, "d_k": 6, "d_v": 6, "d_ff": 20, "max_length": 16, "layers": 2,
    "encoder_layers": 2, "decoder_layers": 2, "input_size": 5, "output_size": 3, "hidden_size": 7,
}  # fmt: skip
_WORDS = {
    24: r"d_model|embed_dim|hidden_size|^dim$|^d$|n_embd|normalized_shape",
    4: r"n_?heads?|num_heads|num_attention_heads|encoder_attention_heads|n_head|num_key_value_heads",
    20: r"d_ff|dim_feedforward|intermediate_size|ffn_dim|encoder_ffn_dim|hidden_features",
    6: r"^head_dim$|^d_k$|^d_v$",
}
_OFF = re.compile(r"dropout|^p$")


def main() -> None:
    order = json.loads(sys.argv[1])
    torch.set_num_threads(1)
    model: Any = importlib.import_module(f"{order['package']}.model")
    settings: Any = importlib.import_module(f"{order['package']}.config")
    names = set(inspect.signature(settings.ModelConfig).parameters)
    config = settings.ModelConfig(**{n: v for n, v in SIZES.items() if n in names})
    theirs_class: Any = importlib.import_module(order["module"])
    for part in order["name"].split("."):
        theirs_class = getattr(theirs_class, part)
    torch.manual_seed(0)
    own = {n: c for n, c in vars(model).items() if inspect.isclass(c) and issubclass(c, nn.Module)}
    own = {n: c for n, c in own.items() if c.__module__ == model.__name__}
    name = _alike(order["name"], own)
    ours = own[name](**_ours(own[name], config)).double().eval()
    theirs = theirs_class(**_theirs(theirs_class, config)).double().eval()
    with torch.no_grad():
        for p in ours.parameters():
            p.copy_(0.3 * torch.randn(p.shape, dtype=torch.float64) + (p.dim() == 1))
        moved, left = _transfer(ours, theirs)
    seen_ours, seen_theirs = _watched(ours, _inputs(ours, True)), _watched(theirs, _inputs(theirs, False))
    print("\n" + json.dumps({"part": name, "weights": moved, "left": left, **_compared(seen_ours, seen_theirs)}))


def _alike(word: str, own: dict[str, Any]) -> str:
    """The part of the emitted model that a class is named after."""

    def plain(x: str) -> str:
        return re.sub(r"[^a-z]", "", x.lower())

    found = [n for n in own if plain(n) in plain(word) or plain(word) in plain(n)]
    if not found:
        raise SystemExit(f"the emitted model has no part like {word}; it has {', '.join(own)}")
    return word if word in own else max(found, key=len)


def _ours(kind: Any, config: Any) -> dict[str, Any]:
    given = {}
    for p in inspect.signature(kind).parameters.values():
        if p.name == "config":
            given[p.name] = config
        elif p.name in SIZES:
            given[p.name] = SIZES[p.name]
        elif p.default is p.empty:
            given[p.name] = getattr(config, p.name)
    return given


def _theirs(kind: Any, config: Any) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for p in inspect.signature(kind).parameters.values():
        value = _setting(p.name, config)
        if p.name in ("config", "cfg"):
            typed = inspect.isclass(p.annotation) and p.annotation is not p.empty
            found = (p.annotation if typed else settings_of(kind))()
            for attribute in [a for a in vars(found) if _setting(a, config) is not None]:
                setattr(found, attribute, _setting(attribute, config))
            found._attn_implementation = "eager"
            given[p.name] = found
        elif value is not None and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            given[p.name] = value
    return given


def _setting(name: str, config: Any) -> Any:
    for value, words in _WORDS.items():
        if re.search(rf"(?:{words})$" if "^" not in words else words, name):
            return value
    if _OFF.search(name):
        return 0.0
    if name in ("layer_norm_eps", "norm_eps", "eps", "rms_norm_eps"):
        return getattr(config, "norm_eps", None)
    if name in ("activation", "hidden_act", "activation_function"):
        return getattr(config, "activation", None)
    return True if name == "batch_first" else None


# --- weights -------------------------------------------------------------------------------------------------


def _role(name: str) -> str:
    """Query, key, value, output of an attention, by the usual names; "" for all else."""
    last = re.split(r"[._]", name.removesuffix(".weight").lower())
    for role, words in (
        ("q", {"q", "query"}),
        ("k", {"k", "key"}),
        ("v", {"v", "value"}),
        ("o", {"o", "out", "output"}),
    ):
        if words & set(last[-3:]) and (
            "attn" in name.lower() or "attention" in name.lower() or "w" in last or "proj" in last
        ):
            return role
    return ""


def _transfer(ours: nn.Module, theirs: nn.Module) -> tuple[list[str], list[str]]:
    """Weights by role, then by order among those of one shape; several stacked where theirs are; biases go with them."""
    source = {n: p for n, p in ours.named_parameters() if n.endswith("weight")}
    biases = dict(ours.named_parameters())
    free, moved, left = list(source), [], []
    owners: dict[str, str] = {}
    rest = dict(theirs.named_parameters())
    for name, p in list(rest.items()):
        if not name.endswith("weight"):
            continue
        rest.pop(name)
        role = _role(name)
        same = [n for n in free if source[n].shape == p.shape]
        named = [n for n in same if _role(n) == role]
        stacked = [
            n
            for n in free
            if p.dim() == 2 and source[n].shape == (p.shape[0] // 3, p.shape[1]) and _role(n) in ("q", "k", "v")
        ]
        if same:
            chosen = (named or same)[0]
            p.copy_(source[chosen])
            free.remove(chosen)
            owners[name.rpartition(".")[0]] = chosen.rpartition(".")[0]
            moved.append(f"{name} is {chosen}")
        elif p.dim() == 2 and p.shape[0] % 3 == 0 and len(stacked) >= 3:
            parts = [next(n for n in stacked if _role(n) == r) for r in "qkv"]
            p.copy_(torch.cat([source[n] for n in parts]))
            for n in parts:
                free.remove(n)
            moved.append(f"{name} is [{'; '.join(parts)}]")
        else:
            left.append(name)
    for name, p in rest.items():
        owner, _, kind = name.rpartition(".")
        mine = biases.get(f"{owners.get(owner, '?')}.{kind}")
        if mine is not None and mine.shape == p.shape:
            p.copy_(mine)
        else:
            p.zero_()
            moved.append(f"{name} is zero")
    return moved, [*left, *(f"ours: {n}" for n in free)]


# --- runs ----------------------------------------------------------------------------------------------------


def _inputs(module: Any, own: bool) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(1)
    x, memory = (torch.randn(2, n, 24, dtype=torch.float64, generator=generator) for n in (5, 7))
    given: dict[str, Any] = {}
    for p in inspect.signature(module.forward).parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) or (p.default is not p.empty and p.name not in ("key", "value")):
            continue
        if "mask" in p.name:
            seen = torch.ones(2, 1, 1, 7 if "memory" in p.name else 5, dtype=torch.bool)  # ours: everything is visible
            given[p.name] = seen if own else None
        elif p.name in ("memory", "encoder_hidden_states") and any(
            n in inspect.signature(module.forward).parameters for n in ("x", "tgt")
        ):
            given[p.name] = memory
        else:
            given[p.name] = x
    return given


def _watched(module: nn.Module, inputs: dict[str, Any]) -> list[tuple[str, Tensor]]:
    seen: list[tuple[str, Tensor]] = []

    def watch(name: str) -> Any:
        def hook(_: nn.Module, __: Any, out: Any) -> None:
            value = out[0] if isinstance(out, (tuple, list)) else out
            if isinstance(value, Tensor):
                seen.append((name, value.detach().clone()))

        return hook

    for name, part in module.named_modules():
        part.register_forward_hook(watch(name or "the whole"))
    module(**inputs)
    return seen


def _compared(ours: list[tuple[str, Tensor]], theirs: list[tuple[str, Tensor]]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    unlike: list[tuple[str, list[tuple[int, str, float]], int]] = []
    at = 0
    for name, value in ours:
        later = [(k, n, _error(v, value)) for k, (n, v) in enumerate(theirs) if v.shape == value.shape]
        same = [x for x in later if x[2] <= TOLERANCE]
        equal = [x for x in same if x[0] >= at] or same
        if equal:
            at = equal[0][0]
            steps.append({"ours": name, "theirs": equal[0][1], "error": equal[0][2]})
        else:
            unlike.append((name, later, at))
    whole = _error(ours[-1][1], theirs[-1][1])
    found = {s["ours"] for s in steps}
    diverges = None
    for name, later, since in unlike:
        if any(name.startswith(f"{outer}.") for outer in found):
            continue  # theirs does it in one piece, whose result is the same
        near = min((x for x in later if x[0] > since), key=lambda x: x[2], default=None)
        diverges = {"ours": name, "theirs": near[1] if near else "", "error": near[2] if near else None}
        break
    return {"steps": steps, "diverges": diverges if whole > TOLERANCE else None, "error": whole}


def _error(found: Tensor, expected: Tensor) -> float:
    if found.shape != expected.shape:
        return float("inf")
    return float((found - expected).abs().max() / expected.abs().max().clamp_min(1e-12))


if __name__ == "__main__":
    main()
