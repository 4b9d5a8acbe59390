"""Papers are untrusted input: a pure stage runs in a child process with a bound on processor time and memory.

The child is a fork of ours and runs our own code alone, so its result comes back as a pickle. It has no way to leave
half-written output behind: it writes nothing.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from .errors import Diagnostic, LimitError, PapercError, Severity

READ_SECONDS = 30
COMPILE_SECONDS = 240
MEMORY_BYTES = 2 * 1024**3

P = ParamSpec("P")
R = TypeVar("R")


def bounded(function: Callable[P, R], seconds: int, *args: P.args, **kwargs: P.kwargs) -> R:
    """`function(*args)` in a child of at most `seconds` of processor time and `MEMORY_BYTES` of memory.

    A `PapercError` of the child is raised here; past a bound it is a `LimitError` that names it.
    """
    if sys.platform == "win32":  # no fork: the bounds of the reader itself are what is left
        return function(*args, **kwargs)
    context = multiprocessing.get_context("fork")
    hear, say = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(say, function, seconds, args, kwargs))
    sys.stdout.flush()
    sys.stderr.flush()
    child.start()
    say.close()
    try:
        # Twice the processor time: a child that sleeps or is starved must end as well.
        answer: Any = hear.recv() if hear.poll(seconds * 4 + 30) else None
    except EOFError:
        answer = None
    finally:
        hear.close()
        child.join(1)
        if child.is_alive():
            child.kill()
            child.join()
    if answer is None:
        raise _past(seconds, child.exitcode)
    kind, value = answer
    if kind == "value":
        result: R = value
        return result
    if kind == "error":
        raise value
    if kind == "memory":
        raise _limit("memory", f"more than {MEMORY_BYTES // 2**30} GB of memory")
    raise RuntimeError(value)


def _child(say: Connection, function: Callable[..., Any], seconds: int, args: Any, kwargs: Any) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    try:
        say.send(("value", function(*args, **kwargs)))
    except PapercError as error:
        say.send(("error", error))
    except MemoryError:
        say.send(("memory", ""))
    except Exception:
        import traceback

        say.send(("bug", traceback.format_exc()))


def _past(seconds: int, code: int | None) -> LimitError:
    if code == -signal.SIGXCPU or code is None or code == -signal.SIGKILL:
        return _limit("processor time", f"more than {seconds} s of processor time")
    return _limit("process", f"the process ended with status {code}")


def _limit(name: str, message: str) -> LimitError:
    return LimitError(
        Diagnostic(
            "limit",
            f"this paper needs {message} (limit: {name})",
            help="remove what is not part of the paper, or split it; if it is an ordinary paper, please report it",
            severity=Severity.ERROR,
        )
    )
