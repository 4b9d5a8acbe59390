"""Runs inside the sandbox beside an emitted package: trains its network and the control, prints one JSON object.

It uses the emitted `train.py` as a reader would: its small sizes, optimiser, learning rate, loss and `ablate`. Only the
data, the number of steps and the batch are of the protocol (`training.py`).
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor


class Trial:
    def __init__(self, order: dict[str, Any], data: Any) -> None:
        self.order = order
        self.train: Any = importlib.import_module("train")
        self.regression = bool(order["regression"])
        self.network: Any = getattr(self.train, "Transformer", None) or self.train.MLP
        self.reads_tokens = hasattr(self.train, "Transformer")
        self.x = torch.as_tensor(data["x"], dtype=torch.float32)
        self.y = torch.as_tensor(data["y"], dtype=torch.float32 if self.regression else torch.int64)
        if self.regression:
            self.y = self.y[:, None]
        self.config = self.sizes()

    def sizes(self) -> Any:
        """The emitted small configuration with the sizes of this data."""
        if not self.reads_tokens:
            outputs = 1 if self.regression else int(self.y.max()) + 1
            return replace(self.train.SMALL, input_size=self.x.shape[1], output_size=outputs)
        # Ids: padding, then a token that asks, then the classes, then the shades of grey.
        self.ask = self.train.PADDING + 1
        self.first_class = self.ask + 1
        self.first_shade = self.first_class + int(self.y.max()) + 1
        vocabulary = self.first_shade + int(self.x.max()) + 1
        known = {f.name for f in fields(self.train.SMALL)}
        sized = {"vocabulary_size": vocabulary, "max_length": self.x.shape[1] + 2}
        return replace(self.train.SMALL, **{k: v for k, v in sized.items() if k in known})

    def batch(self, rows: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """What the network takes, and what it should give."""
        if not self.reads_tokens:
            return (self.x[rows],), self.y[rows]
        shades = self.x[rows].long() + self.first_shade
        classes = self.y[rows][:, None] + self.first_class
        ask = torch.full_like(classes, self.ask)
        if hasattr(self.network, "decode"):
            return (shades, ask), classes
        unasked = torch.full_like(shades, self.train.PADDING)
        return (torch.cat((shades, ask), 1),), torch.cat((unasked, classes), 1)

    def run(self, seed: int, ablated: bool) -> float:
        """Train from one seed; the metric on the rows that were kept back. Split, order and draws depend on the seed alone."""
        rows = torch.randperm(len(self.x), generator=torch.Generator().manual_seed(seed))
        kept = len(rows) // 4
        test, rest = rows[:kept], rows[kept:]
        torch.manual_seed(seed)
        model, config = self.network(self.config), self.train.SMALL_TRAINING
        if ablated:
            self.train.ablate(model)
        optimizer = self.train.make_optimizer(model, config)
        takes = "model_config" in inspect.signature(self.train.learning_rate).parameters
        order, steps = torch.Generator().manual_seed(seed + 1000), self.order["steps"]
        model.train()
        for i in range(1, steps + 1):
            chosen = rest[torch.randint(len(rest), (self.order["batch"],), generator=order)]
            rate = self.train.learning_rate(i, steps, *((self.config,) if takes else ()), config)
            self.train.step(model, optimizer, self.batch(chosen), rate, config)
        model.eval()
        with torch.no_grad():
            return self.metric(model, test)

    def metric(self, model: Any, rows: Tensor) -> float:
        inputs, expected = self.batch(rows)
        found = model(*inputs)
        if self.regression:
            return float((found - expected).square().mean())
        if self.reads_tokens:
            found, expected = found[:, -1], expected[:, -1]
        return float((found.argmax(-1) == expected).double().mean())


if __name__ == "__main__":
    torch.set_num_threads(1)
    order = json.loads(sys.argv[1])
    with np.load(Path(__file__).with_name("trial.npz"), allow_pickle=False) as data:
        trial = Trial(order, data)
    whole = [trial.run(seed, False) for seed in order["seeds"]]
    control = [trial.run(seed, True) for seed in order["seeds"]]
    sys.stdout.write("\n" + json.dumps({"whole": whole, "control": control}) + "\n")
