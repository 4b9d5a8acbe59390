"""Calls of emitted functions, run together in one sandboxed process; only plain arrays and JSON cross the border."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..ir.inputs import SyntheticCallable
from ..ir.stubs import Stub
from .sandbox import SandboxedProcess, run_python

_RUNNER = Path(__file__).with_name("_runner.py")
_LOOK = Path(__file__).with_name("_look.py")
_SCRIPT = "paperc_runner.py"
_MEMORY = 8 << 30


@dataclass(frozen=True, slots=True)
class CallSpec:
    """One call of a function of the package."""

    id: str
    module: str
    name: str
    arguments: Mapping[str, Any]
    """Arrays, numbers and synthetic callables by name."""
    gradients: tuple[str, ...] = ()
    """Arguments by which the weighted sum of the value is differentiated."""
    weights: Any = None
    dtype: str = "float64"
    scalars_as_tensors: bool = False
    gradcheck: bool = False
    source: str = ""
    """Text of the function to call instead of the module's own; it sees the module's names."""
    construct: Mapping[str, Any] | None = None
    """The name is that of a class: it is built with these, and the instance is called."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values of the built module's parameters."""
    zeroed: tuple[str, ...] = ()
    """Its parameters that are set to zero."""
    describe: bool = False
    """Do not call it: `Outcome.shapes` are those of its parameters."""
    everything: bool = False
    """Further tensors of a tuple that it gives come back as `Outcome.more`."""
    ranks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Axes of the arguments of a callable argument: called with more, it maps over the leading ones."""
    seconds: float = 0
    """The call is stopped after so many seconds of the clock (0: only the whole run has a limit)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave: its value and gradients, or an error."""

    value: Any = None
    gradients: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = ""
    error: str = ""
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    more: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    outcomes: Mapping[str, Outcome]
    level: str
    """The sandbox level reached."""
    problem: str = ""
    """Why the process as a whole did not finish."""


def run_calls(package: Path, calls: Sequence[CallSpec], seconds: int = 300) -> Run:
    """Run all calls against the modules in the folder `package`. Raises SandboxError where isolation is not to be had."""
    with (
        tempfile.TemporaryDirectory(prefix="paperc-run-") as folder,
        tempfile.TemporaryDirectory(prefix="paperc-out-") as out,
    ):
        root = Path(folder)
        _staged(package, root)
        _job(root, "", calls)
        result = run_python(
            root,
            _SCRIPT,
            cpu_seconds=seconds,
            wall_seconds=seconds + 60,
            memory_bytes=_MEMORY,
            writable=Path(out),
        )
        problem = _problem(result.returncode, result.timed_out, result.stderr)
        return _outcomes(calls, Path(out), "", result.level, problem)


class Session:
    """Calls in one sandboxed process that stays alive between them, so that libraries are imported once.

    A job that ends the process or passes the time limit ends only itself: the next one gets a new process. Use as a context.
    """

    def __init__(self, package: Path, seconds: int = 120) -> None:
        self._package, self._seconds = package, seconds
        self._folders = ExitStack()
        self._process: SandboxedProcess | None = None
        self._jobs = 0
        self.level = ""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.stop()
            self._process = None
        self._folders.close()

    def _begin(self) -> SandboxedProcess:
        if self._process is None or not self._process.alive:
            self._end()
            self._root = Path(self._folders.enter_context(tempfile.TemporaryDirectory(prefix="paperc-run-")))
            self._out = Path(self._folders.enter_context(tempfile.TemporaryDirectory(prefix="paperc-out-")))
            _staged(self._package, self._root)
            self._process = SandboxedProcess(
                self._root, _SCRIPT, self._out, cpu_seconds=10 * self._seconds, memory_bytes=_MEMORY
            )
            self.level = self._process.level
        return self._process

    def run(self, calls: Sequence[CallSpec], seconds: int | None = None) -> Run:
        """The outcomes of some calls. Raises SandboxError where isolation is not to be had."""
        if not calls:
            return Run({}, self.level)
        process = self._begin()
        name = self._next()
        _job(self._root, name, calls)
        problem = self._wait(process, name, seconds)
        run = _outcomes(calls, self._out, name, process.level, problem)
        if problem:
            self._end()
        return run

    def look(self, wanted: Sequence[tuple[str, str]]) -> list[list[dict[str, Any]]] | str:
        """For each (installed module, names) what it has, as foreign code says it; a text where that cannot be had."""
        process = self._begin()
        name = self._next()
        (self._root / f"job{name}.json").write_text(json.dumps({"calls": [], "look": [list(w) for w in wanted]}))
        np.savez(self._root / f"inputs{name}.npz")
        if problem := self._wait(process, name, None):
            self._end()
            return problem
        try:
            said = json.loads((self._out / f"result{name}.json").read_text())["looked"]
            return [[dict(entry) for entry in entries] for entries in said]
        except (OSError, ValueError, KeyError, TypeError):
            return "no answer could be read"

    def _next(self) -> str:
        self._jobs += 1
        return f"-{self._jobs}"

    def _wait(self, process: SandboxedProcess, name: str, seconds: int | None) -> str:
        """Have a job done; why it was not, or nothing."""
        done, limit = self._out / f"result{name}.json", time.monotonic() + (seconds or self._seconds)
        process.tell(name)
        while not done.exists():
            if not process.alive and not done.exists():
                return process.problem
            if time.monotonic() > limit:
                return "the time limit was reached"
            time.sleep(0.002)
        return ""


def _staged(package: Path, root: Path) -> None:
    for path in sorted(package.rglob("*.py")):
        target = root / path.relative_to(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.copyfile(_RUNNER, root / _SCRIPT)
    shutil.copyfile(_LOOK, root / "paperc_look.py")


def _job(root: Path, name: str, calls: Sequence[CallSpec]) -> None:
    """Write the calls and their arrays where the runner reads them."""
    arrays: dict[str, Any] = {}
    known: dict[int, str] = {}
    job = {"calls": [_call(c, arrays, known) for c in calls]}
    (root / f"job{name}.json").write_text(json.dumps(job))
    np.savez(root / f"inputs{name}.npz", **arrays)


def _problem(code: int, late: bool, stderr: bytes) -> str:
    if not code:
        return ""
    return "the time limit was reached" if late else stderr[-400:].decode(errors="replace").strip() or f"status {code}"


def _call(call: CallSpec, arrays: dict[str, Any], known: dict[int, str]) -> dict[str, Any]:
    def stored(value: Any) -> str:
        key = known.setdefault(id(value), f"a{len(arrays)}")
        arrays.setdefault(key, np.asarray(value))
        return key

    def spec(name: str, value: Any, plain: bool = False) -> dict[str, Any]:
        if isinstance(value, SyntheticCallable):
            ranks = {"ranks": list(call.ranks[name])} if name in call.ranks else {}
            return {"callable": value.spec() | ranks}
        if isinstance(value, Stub):
            return {"stub": value.spec()}
        if value is None or isinstance(value, (bool, int, float, str)):
            return {"number": value, "tensor": not plain and (call.scalars_as_tensors or name in call.gradients)}
        return {"array": stored(value)}

    out: dict[str, Any] = {
        "id": call.id, "module": call.module, "name": call.name, "dtype": call.dtype,
        "arguments": {n: spec(n, v) for n, v in call.arguments.items()},
        "gradients": list(call.gradients), "gradcheck": call.gradcheck, "source": call.source,
    }  # fmt: skip
    if call.construct is not None:
        out["construct"] = {n: spec("", v, plain=True) for n, v in call.construct.items()}
        out["parameters"] = {n: spec("", v) for n, v in call.parameters.items()}
        out["zeroed"], out["describe"] = list(call.zeroed), call.describe
    if call.everything:
        out["all"] = True
    if call.seconds:
        out["seconds"] = call.seconds
    if call.weights is not None:
        out["weights"] = stored(call.weights)
    return out


def _outcomes(calls: Sequence[CallSpec], out: Path, name: str, level: str, problem: str) -> Run:
    try:
        said = json.loads((out / f"result{name}.json").read_text())
        with np.load(out / f"result{name}.npz", allow_pickle=False) as stored:
            values = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as wrong:
        reason = problem or f"no result could be read ({type(wrong).__name__})"
        return Run({c.id: Outcome(error=reason) for c in calls}, level, reason)
    outcomes: dict[str, Outcome] = {}
    for call in calls:
        entry = said.get(call.id) if isinstance(said, dict) else None
        if not isinstance(entry, dict):
            outcomes[call.id] = Outcome(error=problem or "no result")
        elif "error" in entry:
            outcomes[call.id] = Outcome(error=str(entry["error"]))
        else:
            grads = {n: values[f"{call.id}/grad.{n}"] for n in call.gradients if f"{call.id}/grad.{n}" in values}
            dtype = str(entry.get("dtype", ""))
            more: list[Any] = []
            while (key := f"{call.id}/more.{len(more)}") in values:
                more.append(values[key])
            shapes = _shapes(dtype) if call.describe else {}
            outcomes[call.id] = Outcome(values.get(f"{call.id}/value"), grads, dtype, "", shapes, tuple(more))
    return Run(outcomes, level, problem)


def _shapes(said: str) -> dict[str, tuple[int, ...]]:
    """The shapes of a module's parameters, as foreign code says them."""
    try:
        found = json.loads(said)["parameters"]
        return {str(n): tuple(int(k) for k in shape) for n, shape in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
