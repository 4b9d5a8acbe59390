"""Attacks from inside the sandbox, and the honest work that must still run there."""

import os
import sys
from pathlib import Path

import pytest

from paperc.verify import sandbox
from paperc.verify.sandbox import SandboxError, SandboxResult, run_python

if not sys.platform.startswith("linux"):
    pytest.skip("the sandbox needs Linux", allow_module_level=True)


def run(tmp_path: Path, code: str, **options: object) -> SandboxResult:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    (root / "main.py").write_text(code)
    return run_python(root, "main.py", **{"wall_seconds": 30, **options})  # type: ignore[arg-type]


def test_honest_work_runs_and_names_the_level(tmp_path: Path) -> None:
    code = "import sys, torch; print(torch.eye(3).double().det().item(), sys.stdin.read(), sys.argv[1:])"
    seen = run(tmp_path, code, stdin=b"in", arguments=["a"])
    assert (seen.returncode, seen.stdout) == (0, b"1.0 in ['a']\n"), seen.stderr
    assert seen.level.startswith("landlock-") and "+seccomp+rlimits" in seen.level
    assert not seen.timed_out


def test_threads_and_own_folder_work(tmp_path: Path) -> None:
    code = (
        "import threading; t = threading.Thread(target=lambda: open('x', 'w').write('ok')); t.start(); t.join()\n"
        "print(open('x').read())"
    )
    assert run(tmp_path, code).stdout == b"ok\n"


@pytest.mark.parametrize(
    "attack",
    [
        "import socket; socket.socket()",
        "import socket; socket.socketpair()",
        "import os; os.fork()",
        "import subprocess; subprocess.run(['/bin/true'])",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.kill(os.getppid(), 0)",
        "import os; os.kill(-1, 0)",
        "import os; os.kill(os.getpid(), 0)",
        "import signal, os; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
        "open('{outside}/new', 'w')",
        "open('{outside}/secret').read()",
        "open('{outside}/secret', 'a')",
        "import os; os.truncate('{outside}/secret', 0)",
        "import os; os.chmod('{outside}/secret', 0o777)",
        "import os; os.utime('{outside}/secret', (0, 0))",
        "import os; os.remove('{outside}/secret')",
        "import os; os.rename('{outside}/secret', 'mine')",
        "import os; os.link('{outside}/secret', 'mine')",
        "import os; os.symlink('{outside}/secret', 'mine'); open('mine').read()",
        "import os; open('{outside}/../root/main.py', 'w')",
        "import os; os.listdir('{home}')",
        "import os; os.listdir('/proc')",
        "import os; open('/proc/%d/environ' % os.getppid()).read()",
        "import resource as r; r.setrlimit(r.RLIMIT_CPU, (1, 1))",
        "import resource as r; r.prlimit(0, r.RLIMIT_CPU, (1, 1))",
        "import paperc",
    ],
)
def test_attack_is_refused(tmp_path: Path, attack: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    code = attack.replace("{outside}", str(outside)).replace("{home}", str(Path.home()))
    body = code.replace("; ", "\n").replace("\n", "\n    ")
    wrapped = f"try:\n    {body}\nexcept (OSError, ValueError, ImportError) as e:\n    print('refused')"
    seen = run(tmp_path, wrapped)
    assert seen.stdout == b"refused\n", (seen.stdout, seen.stderr)
    assert [p.name for p in outside.iterdir()] == ["secret"]
    assert (outside / "secret").read_text() == "secret"


def test_endless_loop_ends(tmp_path: Path) -> None:
    assert run(tmp_path, "while True: pass", cpu_seconds=1).timed_out
    assert run(tmp_path, "import time; time.sleep(60)", wall_seconds=1).timed_out


def test_memory_is_bounded(tmp_path: Path) -> None:
    code = "try:\n    b = bytearray(3 << 30)\nexcept MemoryError:\n    print('bounded')"
    assert run(tmp_path, code, memory_bytes=1 << 30).stdout == b"bounded\n"


def test_environment_is_not_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERC_TEST_KEY", "secret")
    assert b"secret" not in run(tmp_path, "import os; print(dict(os.environ))").stdout


def test_level_cannot_be_forged(tmp_path: Path) -> None:
    code = 'import os\nfor fd in range(3, 64):\n    try: os.write(fd, b\'{"level": "all"}\')\n    except OSError: pass'
    assert run(tmp_path, code).level.startswith("landlock-")


def test_missing_layer_means_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jail = tmp_path / "jail.py"
    jail.write_text(sandbox._JAIL.read_text().replace("_libc.syscall(444, 0, 0, 1)", "-1"))
    monkeypatch.setattr(sandbox, "_JAIL", jail)
    mark = tmp_path / "mark"
    mark.mkdir()
    with pytest.raises(SandboxError, match="not run"):
        run(tmp_path, "open('ran', 'w')", writable=mark)
    assert os.listdir(mark) == []
