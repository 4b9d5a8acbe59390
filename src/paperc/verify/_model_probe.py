"""Runs inside the sandbox beside the emitted package: looks at the whole model and prints a JSON list of checks.

It knows the emitted code only by its public names: `ModelConfig`, the network's class, its stacks of layers and the
sub-layers in them. What the network should compute it takes from torch.nn, never from the emitter.
"""

from __future__ import annotations

import importlib
import inspect
import io
import json
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from _model_twin import twin_output  # type: ignore[import-not-found]
from torch import Tensor

SIZES = {
    "vocabulary_size": 11, "d_model": 24, "n_heads": 4, "d_k": 6, "d_v": 6, "d_ff": 20, "max_length": 16,
    "input_size": 5, "output_size": 3, "hidden_size": 7, "layers": 2, "encoder_layers": 2, "decoder_layers": 3,
    "dropout": 0.0, "attention_dropout": 0.0, "residual_dropout": 0.0, "embedding_dropout": 0.0,
    "feed_forward_dropout": 0.0,
}  # fmt: skip
Outcome = tuple[bool, float | str]


class Probe:
    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.module: Any = importlib.import_module(f"{order['package']}.model")
        self.settings: Any = importlib.import_module(f"{order['package']}.config")
        self.network: Any = getattr(self.module, "Transformer", None) or self.module.MLP
        self.fields = fields(self.settings.ModelConfig)
        self.config = self.settings.ModelConfig(**{f.name: SIZES[f.name] for f in self.fields if f.name in SIZES})
        self.reads_tokens = hasattr(self.config, "vocabulary_size")
        self.checks: list[dict[str, object]] = []

    def run(self) -> list[dict[str, object]]:
        printed = self.order["parameters"]
        claim, within = (f"printed: {printed:,.0f}", "within 5%") if printed else ("none printed", "")
        self.check("parameters", claim, within, partial(self.parameters, self.settings.ModelConfig, printed))
        for words, number in self.order["variants"]:
            make = next((v for w in words if inspect.ismethod(v := getattr(self.settings.ModelConfig, w, None))), None)
            if make is not None:
                name = f"parameters of {make.__name__}"
                self.check(name, f"printed: {number:,.0f}", "within 5%", partial(self.parameters, make, number))
        self.check("runs", "every parameter has a finite gradient", "", self.runs)
        self.check("save and load", "the same output bit for bit", 0, self.save_and_load)
        if self.reads_tokens:
            self.check("padding", "the output without padding", 1e-9, self.padding)
        if self.order["causal"]:
            self.check("causality", "the output with another future", 1e-12, self.causality)
        if self.order["twin"]:
            self.check(f"oracle: {self.order['twin']}", f"{self.order['twin']} with the same weights", 1e-9, self.twin)
        for name, oracle, compare in self.equations():
            self.check(name, oracle, 1e-9, compare)
        if self.order["overfit"]:
            self.check("overfits one batch", "control without the contribution, 3 seeds", "half its loss", self.overfit)
        return self.checks

    def check(self, name: str, oracle: str, tolerance: float | str, run: Callable[[], Outcome]) -> None:
        try:
            passed, observed = run()
        except Exception as problem:
            passed, observed = False, f"{type(problem).__name__}: {problem}"
        self.checks.append(
            {"name": name, "passed": bool(passed), "observed": observed, "tolerance": tolerance, "oracle": oracle}
        )

    # --- the checks --------------------------------------------------------------------------------

    def parameters(self, make: Callable[..., Any], printed: float | None) -> Outcome:
        needed = {f.name for f in self.fields if f.default is MISSING} & set(inspect.signature(make).parameters)
        with torch.device("meta"):
            model = self.network(make(**{name: SIZES[name] for name in needed}))
        count = sum(p.numel() for p in model.parameters())
        if needed:
            return True, f"{count:,} with {', '.join(f'{n} {SIZES[n]}' for n in sorted(needed))}"
        ratio = count / (printed or count)
        return abs(ratio - 1) <= 0.05, f"{count:,} ({ratio - 1:+.1%})" if printed else f"{count:,}"

    def runs(self) -> Outcome:
        model = self.model()
        output = model(*self.inputs())
        output.logsumexp(-1).sum().backward()
        gradients = [p.grad for p in model.parameters()]
        finite = output.isfinite().all() and all(g is not None and g.isfinite().all() for g in gradients)
        reached = sum(g is not None and bool(g.abs().sum() > 0) for g in gradients)
        return bool(finite) and reached == len(gradients), f"{reached} of {len(gradients)} parameters reached"

    def save_and_load(self) -> Outcome:
        model, file = self.model(), io.BytesIO()
        torch.save(model.state_dict(), file)
        file.seek(0)
        again = self.model(seed=1)
        again.load_state_dict(torch.load(file, weights_only=True))
        error = (again(*self.inputs()) - model(*self.inputs())).abs().max().item()
        return error == 0, error

    def padding(self) -> Outcome:
        model, (first, *rest) = self.model(), self.inputs()
        before = model(first, *rest)
        after = model(F.pad(first, (0, 3), value=self.config.padding), *rest)
        error = _relative(after[:, : before.shape[1]], before)
        return error <= 1e-9, error

    def causality(self) -> Outcome:
        model, (*rest, last) = self.model(), self.inputs()
        before, worst = model(*rest, last), 0.0
        for t in range(1, last.shape[1]):
            changed = last.clone()
            changed[:, t:] = 1 + changed[:, t:] % (self.config.vocabulary_size - 1)
            after = model(*rest, changed)
            worst = max(worst, (after[:, :t] - before[:, :t]).abs().max().item())
            if torch.allclose(after[:, t], before[:, t]):
                return False, f"position {t} does not see its own token"
        return worst <= 1e-12, worst

    def twin(self) -> Outcome:
        model, inputs = self.model(), self.inputs()
        if self.reads_tokens:
            for tokens, row in zip(inputs, (1, 2)):
                tokens[row, 4:] = self.config.padding
        expected = twin_output(model, self.config, inputs, self.order["norm_first"], self.order["causal"])
        found = model(*inputs)
        real = inputs[-1] != self.config.padding if self.reads_tokens else slice(None)
        error = _relative(found[real], expected[real])
        return error <= 1e-9, error

    def equations(self) -> list[tuple[str, str, Callable[[], Outcome]]]:
        """Parts of the model that the paper's compiled equations define, found by what these take."""
        try:
            module: Any = importlib.import_module(f"{self.order['package']}.equations")
        except ImportError:
            return []
        compare = {
            frozenset({"Q", "K", "V"}): ("attention", self.attention),
            frozenset({"Q", "K", "V", "W_Q", "W_K", "W_V", "W_O"}): ("MultiHeadAttention", self.multi_head),
            frozenset({"x", "W_1", "b_1", "W_2", "b_2"}): ("FeedForward", self.feed_forward),
        }
        found: list[tuple[str, str, Callable[[], Outcome]]] = []
        for name, function in vars(module).items():
            takes = frozenset(inspect.signature(function).parameters) if inspect.isfunction(function) else frozenset()
            part, check = compare.get(takes, ("", None))
            if check is not None and hasattr(self.module, part):
                found.append((f"{part} equals {name}", f"equations.{name}", partial(check, function)))
        return found

    def attention(self, equation: Callable[..., Tensor]) -> Outcome:
        Q, K, V = _random((5, 6), (7, 6), (7, 4))
        error = _relative(self.module.attention(Q, K, V), equation(Q=Q, K=K, V=V))
        return error <= 1e-9, error

    def multi_head(self, equation: Callable[..., Tensor]) -> Outcome:
        torch.manual_seed(0)
        layer = self.module.MultiHeadAttention(d_model=24, n_heads=4, d_k=6, d_v=5).double()
        query, memory = _random((5, 24), (7, 24))
        heads = {n: getattr(layer, n).weight.T.unflatten(1, (4, -1)).transpose(0, 1) for n in ("W_Q", "W_K", "W_V")}
        expected = equation(Q=query, K=memory, V=memory, W_O=layer.W_O.weight.T, **heads)
        error = _relative(layer(query[None], memory[None])[0], expected)
        return error <= 1e-9, error

    def feed_forward(self, equation: Callable[..., Tensor]) -> Outcome:
        torch.manual_seed(0)
        layer = self.module.FeedForward(6, 10, self.config.activation).double()
        (x,) = _random((6,))
        first, second = layer.W_1, layer.W_2
        expected = equation(x=x, W_1=first.weight.T, b_1=first.bias, W_2=second.weight.T, b_2=second.bias)
        error = _relative(layer(x), expected)
        return error <= 1e-9, error

    def overfit(self) -> Outcome:
        train: Any = importlib.import_module("train")
        worst, seen = 0.0, []
        for seed in range(3):
            whole = train.overfit(seed)
            control = train.overfit(seed, steps=len(whole), ablated=True)
            worst = max(worst, whole[-1] / control[-1])
            seen.append(f"{whole[-1]:.2f} against {control[-1]:.2f}")
            if worst >= 0.5:
                break
        return worst < 0.5, "; ".join(seen)

    # --- what they look at -------------------------------------------------------------------------

    def model(self, seed: int = 0) -> Any:
        torch.manual_seed(seed)
        return self.network(self.config).double().eval()

    def inputs(self) -> list[Tensor]:
        generator = torch.Generator().manual_seed(1)
        if not self.reads_tokens:
            return [torch.randn(64, self.config.input_size, dtype=torch.float64, generator=generator)]
        lengths = (7, 5) if hasattr(self.network, "decode") else (7,)
        return [torch.randint(1, self.config.vocabulary_size, (3, n), generator=generator) for n in lengths]


def _random(*shapes: tuple[int, ...]) -> list[Tensor]:
    generator = torch.Generator().manual_seed(2)
    return [torch.randn(*shape, dtype=torch.float64, generator=generator) for shape in shapes]


def _relative(found: Tensor, expected: Tensor) -> float:
    return ((found - expected).abs().max() / expected.abs().max()).item()


if __name__ == "__main__":
    torch.set_num_threads(1)
    checks = Probe(json.loads(sys.argv[1])).run()
    sys.stdout.write("\n" + json.dumps(checks) + "\n")
