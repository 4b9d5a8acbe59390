"""The only way emitted or foreign code is run: a fresh interpreter that has given up its rights.

Landlock (files), seccomp (system calls), rlimits and, where the host allows them, namespaces. The first three are
the minimum; without them nothing is run (`SandboxError`). See `_jail` for what is given up.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..errors import Diagnostic, PapercError, Severity

_JAIL = Path(__file__).with_name("_jail.py")
_FILE_SIZE = 256 << 20
_CAPTURED = 64 << 20
_SYSTEM = (
    "/usr/lib", "/lib", "/lib64", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo",
    "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip


class SandboxError(PapercError):
    """The isolation that running foreign code needs is not to be had here."""


@dataclass(frozen=True, slots=True)
class SandboxResult:
    """What a sandboxed run left. Output is raw bytes from untrusted code: never unpickle it."""

    returncode: int
    """Negative: ended by that signal, as in `subprocess`."""
    stdout: bytes
    stderr: bytes
    level: str
    """The layers in force, "landlock-7+seccomp+rlimits+namespaces"."""
    timed_out: bool
    """The wall-clock or CPU limit was reached."""


def run_python(
    root: Path,
    target: str,
    *,
    arguments: Sequence[str] = (),
    stdin: bytes = b"",
    cpu_seconds: int = 60,
    memory_bytes: int = 4 << 30,
    wall_seconds: float = 120,
    writable: Path | None = None,
) -> SandboxResult:
    """Run `target` (a script "x.py" below `root`, or a module "a.b" found there) and wait for it.

    It may read `root`, the interpreter and its installed packages, and write only `writable` (default: a scratch
    folder that is removed), which is its working directory. At most 64 MiB of each output stream come back.
    Raises SandboxError when a layer of the minimum is missing; the target has then not run.
    """
    with tempfile.TemporaryDirectory(prefix="paperc-") as scratch, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        work = writable or Path(scratch)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child, hear = _launch(
                root, target, arguments, work, cpu_seconds, memory_bytes,
                {"stdin": given, "stdout": out, "stderr": err},
            )  # fmt: skip
            with os.fdopen(hear, "rb") as channel:
                late = _wait(child, wall_seconds)
                report = channel.read(1 << 16)
            level = _level(report)
            return SandboxResult(
                child.returncode, _captured(out.fileno()), _captured(err.fileno()), level,
                late or child.returncode in (-signal.SIGXCPU, -signal.SIGKILL),
            )  # fmt: skip


class SandboxedProcess:
    """A sandboxed process that stays: its parent tells it line by line what to do, and finds what it did in `writable`.

    The same isolation as `run_python`; the CPU limit is that of its whole life. Raises SandboxError when a layer of the
    minimum is missing.
    """

    def __init__(
        self, root: Path, target: str, writable: Path, *, cpu_seconds: int = 600, memory_bytes: int = 4 << 30
    ) -> None:
        self._err = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `stop`)
        self._child, hear = _launch(
            root, target, (), writable, cpu_seconds, memory_bytes,
            {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": self._err},
        )  # fmt: skip
        try:
            with os.fdopen(hear, "rb") as channel:
                self.level = _level(channel.read(1 << 16))
        except BaseException:
            self.stop()
            raise

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def problem(self) -> str:
        """What a process that has ended said last."""
        return _captured(self._err.fileno())[-400:].decode(errors="replace").strip() or f"status {self._child.poll()}"

    def tell(self, line: str) -> None:
        """Give it one line; a process that has ended is told nothing."""
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):
            self._child.stdin.write(line.encode() + b"\n")
            self._child.stdin.flush()

    def stop(self) -> None:
        if self.alive:
            self._child.kill()
        self._child.wait()
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        self._err.close()


def _launch(
    root: Path,
    target: str,
    arguments: Sequence[str],
    work: Path,
    cpu: int,
    memory: int,
    streams: Mapping[str, IO[bytes] | int],
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the interpreter that seals itself; the descriptor on which it reports its level."""
    root, work = root.resolve(), work.resolve()
    hear, say = os.pipe()
    order = {
        "parent": os.getpid(), "report": say, "root": str(root), "target": target,
        "arguments": list(arguments), "cpu": cpu, "memory": memory, "file_size": _FILE_SIZE,
        "readable": [str(root), *_interpreter(), *_SYSTEM], "writable": [str(work), "/dev/null"],
    }  # fmt: skip
    try:
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_JAIL), json.dumps(order)],
            cwd=work, env=_environment(str(work)), pass_fds=(say,), start_new_session=True,
            stdin=streams["stdin"], stdout=streams["stdout"], stderr=streams["stderr"],
        )  # fmt: skip
    except BaseException:
        os.close(hear)
        raise
    finally:
        os.close(say)
    return child, hear


def _wait(child: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the end; past the limit (or when interrupted) kill the child. True if it was late."""
    try:
        child.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        return True
    finally:
        if child.poll() is None:
            child.kill()  # it cannot have children of its own
            child.wait()


def _level(report: bytes) -> str:
    """The level that was reached; anything but a clean report means that the minimum was not."""
    said = json.loads(report) if report else {}
    if "level" in said:
        return str(said["level"])
    why = said.get("refused", "the sandboxed interpreter ended before it was sealed")
    raise SandboxError(
        Diagnostic(
            "sandbox-unavailable",
            f"generated code was not run: {why}",
            help="Landlock and seccomp are needed (Linux 5.13 or newer, 64-bit x86); build with --no-verify elsewhere",
            severity=Severity.ERROR,
        )
    )


def _interpreter() -> list[str]:
    """Folders of the interpreter, its standard library and the installed packages."""
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths.append(str(Path(sys.prefix) / "pyvenv.cfg"))
    return sorted({*paths, *(os.path.realpath(p) for p in paths)})


def _environment(work: str) -> dict[str, str]:
    """Nothing of the caller's environment, which may hold keys; one thread, so that sums have one order."""
    return {
        "HOME": work, "TMPDIR": work, "PATH": "", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "",
    }  # fmt: skip


def _captured(descriptor: int) -> bytes:
    return os.pread(descriptor, _CAPTURED, 0)
