"""Runs inside the sandbox: calls the emitted functions of a job and writes their values as plain arrays.

Stands alone (numpy and torch only), since it shares its process with foreign code. Reads `job.json` and `inputs.npz`
beside itself, writes `result.json` and `result.npz` into the working directory. Without a `job.json` it serves a session:
each line of its input names a job (`job-3.json` for "-3").
"""

from __future__ import annotations

import importlib
import inspect
import json
import math
import os
import signal
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}


def synthetic(spec: dict[str, Any]) -> Callable[..., torch.Tensor]:
    """The smooth function of `ir.inputs.SyntheticCallable`, written once more for tensors."""

    ranks = spec.get("ranks")

    def call(*args: Any) -> torch.Tensor:
        if ranks is not None:
            lead = [a.shape[: a.dim() - r] for a, r in zip(args, ranks) if isinstance(a, torch.Tensor) and a.dim() > r]
            if lead:  # foreign code calls a function of one element with all of them
                shape = torch.Size(np.broadcast_shapes(*lead))
                flat = [
                    a.expand(*shape, *a.shape[a.dim() - r :]).reshape(-1, *a.shape[a.dim() - r :])
                    for a, r in zip(args, ranks)
                ]
                out = torch.stack([once(*row) for row in zip(*flat)])
                return out.reshape(*shape, *out.shape[1:])
        return once(*args)

    def once(*args: Any) -> torch.Tensor:
        us = [a if isinstance(a, torch.Tensor) else torch.tensor(float(a), dtype=torch.float64) for a in args]
        dtype = next((u.dtype for u in us if u.dtype.is_floating_point), torch.float64)
        us = [u.to(dtype) for u in us]
        shape = [r if isinstance(r, int) else us[r[0]].shape[r[1]] for r in spec["result"]]
        seed, out = spec["seed"], []
        for r in range(math.prod(shape)):
            q = torch.zeros((), dtype=dtype) + math.sin(seed + r)
            for k, u in enumerate(us):
                j = torch.arange(u.numel(), dtype=dtype)
                flat = u.reshape(-1)
                if not len(flat):
                    continue
                q = q + (torch.cos(seed + 0.7 * j + 1.1 * k + 0.5 * r) * flat).sum() / math.sqrt(u.numel())
                q = q + (torch.sin(seed + j + 1.3 * r) * flat * flat).sum() / (4 * u.numel())
            if spec["kind"] == "positive":
                q = 0.2 + q * q / (1 + q * q)
            elif spec["kind"] == "unit":
                q = 0.05 + 0.9 * (q * q / (1 + q * q))
            elif spec["kind"] == "boolean":
                q = q > 0
            out.append(q)
        return torch.stack(out).reshape(shape) if shape else out[0]

    return call


class Stub:
    """The stand-in of `ir.stubs.RunningStub`, written once more for tensors."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec, self.calls, self.digest = spec, 0, 0.0

    def __call__(self, *args: Any) -> Any:
        u = numbers(args)
        self.calls += 1
        c, seed = self.calls, self.spec["seed"]
        s = sum(math.cos(seed + 0.7 * j) * x for j, x in enumerate(u)) / math.sqrt(len(u) or 1)
        self.digest += math.sin(1.3 * c + seed) * s
        if self.spec["form"] == "condition":
            return math.sin(seed + 2.4 * c) + 0.3 * math.tanh(s) > 0
        if self.spec["form"] == "items":
            return [self.values(s, c), self.values(s, c + 0.5)]
        return self.values(s, c)

    def values(self, s: float, c: float) -> Any:
        out = []
        for r, (shape, sort) in enumerate(self.spec["results"]):
            k = torch.arange(math.prod(shape), dtype=torch.float64).reshape(shape)
            found = torch.sin(self.spec["seed"] + r + k + 0.9 * c) + 0.5 * math.tanh(s)
            if sort in ("stored", "integer"):
                found = (found > 0).to(torch.int64) + (sort == "integer")
            elif sort == "boolean":
                found = found > 0
            out.append(found)
        return None if not out else out[0] if len(out) == 1 else tuple(out)


def numbers(value: Any) -> list[float]:
    if isinstance(value, torch.Tensor):
        return [float(x) for x in value.detach().to(torch.float64).reshape(-1)]
    if isinstance(value, (bool, int, float)):
        return [float(value)]
    return [x for item in value for x in numbers(item)] if isinstance(value, (list, tuple)) else []


def value(spec: dict[str, Any], arrays: dict[str, Any], dtype: torch.dtype) -> Any:
    if "callable" in spec:
        return synthetic(spec["callable"])
    if "stub" in spec:
        return Stub(spec["stub"])
    if "number" in spec:
        if spec.get("tensor") and isinstance(spec["number"], float):
            return torch.tensor(spec["number"], dtype=dtype)
        return spec["number"]
    array = torch.from_numpy(np.array(arrays[spec["array"]]))
    return array.to(dtype) if array.dtype.is_floating_point else array


def describe(problem: BaseException) -> str:
    lines = traceback.format_exception(type(problem), problem, problem.__traceback__)
    return "".join(lines)[-1500:]


def assembled(kind: Any, flat: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a constructor: `config.hidden_size` is a setting of an object, `betas.0` a member of a tuple."""
    import paperc_look

    out = {name: value for name, value in flat.items() if "." not in name}
    inner: dict[str, dict[str, Any]] = {}
    for name, value in flat.items():
        if "." in name:
            head, _, rest = name.partition(".")
            inner.setdefault(head, {})[rest] = value
    given = inspect.signature(kind.__init__).parameters if inner else {}
    for head, members in inner.items():
        known = given.get(head)
        if all(m.isdigit() for m in members):
            usual = list(known.default if known is not None and isinstance(known.default, (tuple, list)) else ())
            size = max(len(usual), 1 + max(int(m) for m in members))
            out[head] = tuple(members.get(str(k), usual[k] if k < len(usual) else 0.0) for k in range(size))
            continue
        note = known.annotation if known is not None else None
        typed = inspect.isclass(note) and note is not inspect.Parameter.empty
        settings_class = note if typed else paperc_look.settings_of(kind)
        settings = settings_class() if settings_class else types.SimpleNamespace()
        for member, value in members.items():
            setattr(settings, member, value)
        out[head] = settings
    return out


def tupled(flat: dict[str, Any]) -> dict[str, Any]:
    """Arguments with the members of tuples (`hx.0`, `hx.1`) put together."""
    out = {name: value for name, value in flat.items() if "." not in name}
    for head in dict.fromkeys(name.partition(".")[0] for name in flat if "." in name):
        out[head] = tuple(flat[n] for n in sorted(n for n in flat if n.startswith(f"{head}.")))
    return out


def constructed(kind: Any, call: dict[str, Any], arrays: dict[str, Any], dtype: torch.dtype) -> Any:
    """A module of foreign code: built, switched to evaluation, with the parameters that the call gives."""
    flat = {name: value(spec, arrays, dtype) for name, spec in call["construct"].items()}
    if inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer):
        return lambda params, objective, steps: optimised(kind, assembled(kind, flat), params, objective, int(steps))
    module = kind(**assembled(kind, flat))
    if isinstance(module, torch.nn.Module):
        module.to(dtype).eval()
        own = dict(module.named_parameters())
        with torch.no_grad():
            for name, spec in call["parameters"].items():
                new = torch.as_tensor(value(spec, arrays, dtype), dtype=dtype)
                if own[name].shape != new.shape:  # never broadcast
                    raise ValueError(f"the parameter {name} is {tuple(own[name].shape)}, not {tuple(new.shape)}")
                own[name].copy_(new)
            for name in call["zeroed"]:
                own[name].zero_()
    return module


def late(*_: object) -> None:
    raise TimeoutError("the call did not end in its time")


def optimised(kind: Any, settings: dict[str, Any], params: Any, objective: Any, steps: int) -> torch.Tensor:
    """Where an optimiser is after some steps down an objective."""
    parameter = torch.nn.Parameter(torch.as_tensor(params).clone())
    optimiser = kind([parameter], **settings)
    for _ in range(steps):
        optimiser.zero_grad()
        objective(parameter).backward()
        optimiser.step()
    return parameter.detach()


def run(call: dict[str, Any], arrays: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """One call: the value, and (if asked) gradients of the weighted sum of the value by every real argument."""
    dtype = DTYPES[call["dtype"]]
    module = importlib.import_module(call["module"])
    function: Any = module
    for part in call["name"].split("."):
        function = getattr(function, part)
    if call["source"]:
        names = dict(vars(module))
        exec(compile(call["source"], "mutant", "exec"), names)
        function = names[call["name"]]
    if "construct" in call:
        function = constructed(function, call, arrays, dtype)
        if call.get("describe"):
            own = function.named_parameters() if isinstance(function, torch.nn.Module) else ()
            shapes = {name: list(p.shape) for name, p in own}
            return {}, json.dumps({"parameters": shapes})
    given = {name: value(spec, arrays, dtype) for name, spec in call["arguments"].items()}
    wanted = call["gradients"]
    leaves: dict[str, Any] = {}
    for name in wanted:
        if name.startswith("@"):  # a parameter of the module
            leaves[name] = dict(function.named_parameters())[name[1:]]
            continue
        leaves[name] = given[name].clone().requires_grad_(True)
        given[name] = leaves[name].clone()  # foreign code may write into its inputs
    out = function(**tupled(given))
    stubs = [v for v in given.values() if isinstance(v, Stub)]
    if stubs:  # all that it gives, and what its holes were called with
        flat = [*numbers(out), *(s.digest for s in stubs), *(float(s.calls) for s in stubs)]
        return {"value": np.array(flat)}, "float64"
    more = (
        [x for x in out[1:] if isinstance(x, torch.Tensor)]
        if isinstance(out, (tuple, list)) and call.get("all")
        else []
    )
    if isinstance(out, (tuple, list)):
        out = out[0]
    if not isinstance(out, torch.Tensor):
        out = torch.tensor(out, dtype=dtype)
    found = {"value": out.detach().to(torch.float64 if out.dtype.is_floating_point else out.dtype).numpy()}
    found |= {f"more.{k}": x.detach().to(torch.float64).numpy() for k, x in enumerate(more)}
    dtypes = str(out.dtype).removeprefix("torch.")
    if wanted and out.requires_grad:
        weights = torch.from_numpy(np.array(arrays[call["weights"]])).to(out.dtype)
        grads = torch.autograd.grad((out * weights).sum(), [leaves[n] for n in wanted], allow_unused=True)
        for name, grad in zip(wanted, grads):
            found[f"grad.{name}"] = (torch.zeros_like(leaves[name]) if grad is None else grad).detach().numpy()
    elif wanted:
        for name in wanted:
            found[f"grad.{name}"] = torch.zeros_like(leaves[name]).detach().numpy()
    if call.get("gradcheck") and wanted and out.requires_grad:

        def closed(*xs: torch.Tensor) -> Any:
            return function(**tupled({**given, **dict(zip(wanted, xs))}))

        torch.autograd.gradcheck(closed, [leaves[n] for n in wanted], fast_mode=True)
    return found, dtypes


def work(folder: Path, name: str = "") -> None:
    """One job: `job.json` and `inputs.npz` of the folder, answered by `result.json` and `result.npz` here."""
    job = json.loads((folder / f"job{name}.json").read_text())
    with np.load(folder / f"inputs{name}.npz", allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    results: dict[str, Any] = {}
    values: dict[str, Any] = {}
    if "look" in job:
        import paperc_look

        results["looked"] = [paperc_look.look(module, names) for module, names in job["look"]]
    for call in job["calls"]:
        try:
            torch.manual_seed(0)
            signal.setitimer(signal.ITIMER_REAL, call.get("seconds", 0))
            try:
                found, dtype = run(call, arrays)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            results[call["id"]] = {"dtype": dtype, "values": sorted(found)}
            values.update({f"{call['id']}/{name}": array for name, array in found.items()})
        except (Exception, SystemExit) as problem:  # whatever foreign code raises is a result
            results[call["id"]] = {"error": f"{type(problem).__name__}: {problem}"[:400], "trace": describe(problem)}
    np.savez(f"result{name}.npz", **values)
    Path(f"part{name}.json").write_text(json.dumps(results))
    os.rename(f"part{name}.json", f"result{name}.json")  # whole when it is seen


def main() -> None:
    here = Path(__file__).parent
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    signal.signal(signal.SIGALRM, late)
    if (here / "job.json").exists():
        work(here)
        return
    for line in sys.stdin:  # a session: the parent names one job after another
        work(here, line.strip())


if __name__ == "__main__":
    main()
    sys.stdout.flush()
