"""Runs inside the sandbox's process: gives up rights one layer after another, reports the level, then runs the target.

Started by `sandbox.run_python` as a script in a fresh interpreter; imports nothing of paperc, since the foreign code
shares its process. A layer of the minimum that is missing ends the process (status 125) before foreign code is read.
"""

import ctypes
import json
import os
import platform
import resource
import runpy
import struct
import sys

REFUSED = 125
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

# Landlock: access rights by the ABI that brought them (linux/landlock.h).
_READ = (1 << 2) | (1 << 3)
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_WRITE = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 14)
_ON_FILE = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 14) | (1 << 15)

# x86-64 numbers. Threads stay allowed, processes do not: that also settles fork bombs for root, whom
# RLIMIT_NPROC does not bind.
_DENIED = (
    *range(41, 51), *range(53, 56), 288, 299, 307,  # sockets of every kind
    57, 58, 59, 322,  # fork, vfork, execve, execveat
    62, 200, 129, 297, 424, 434, 438,  # kill, tkill, queued signals, pidfd_*
    101, 310, 311, 312, 440,  # ptrace, process_vm_*, kcmp, process_madvise
    165, 166, 155, 161, 272, 308, *range(428, 434), 442,  # mounts, roots, namespaces
    *range(90, 95), 260, 268, 452, *range(188, 200), 132, 235, 261, 280, 463, 466,  # modes, owners, xattrs, times
    *range(105, 107), 113, 114, 117, 119, 126, 160,  # identities, capabilities, setrlimit
    135, 141, 142, 144, 203, 251, 314,  # personality, priorities, schedulers, affinity
    103, 163, 164, 167, 168, 169, 170, 171, 172, 173, 175, 176, 179, 227, 246, 305, 313, 320,  # the machine
    *range(248, 251), 298, 303, 304, 321, 323, *range(425, 428),  # keys, perf, handles, bpf, userfaultfd, io_uring
    29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 240, 241, 242, 244,  # System V and POSIX queues: outlive the process
)  # fmt: skip
_LAST_KNOWN = 467


def _checked(value: int, what: str) -> int:
    if value < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return value


def _namespaces() -> bool:
    """An own user, network and IPC namespace; many hosts forbid it, so it is a bonus and not part of the minimum."""
    return bool(_libc.unshare(0x10000000 | 0x40000000 | 0x08000000) == 0)


def _limits(cpu: int, memory: int, file_size: int) -> None:
    for what, value in (
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def _landlock(readable: list[str], writable: list[str]) -> int:
    abi = _checked(_libc.syscall(444, 0, 0, 1), "landlock")
    handled = sum(right for since, right in _RIGHTS.items() if abi >= since)
    attributes = struct.pack("QQQ", handled, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = _checked(_libc.syscall(444, ctypes.c_char_p(attributes), ctypes.c_size_t(size), 0), "landlock ruleset")
    for paths, rights in ((readable, _READ), (writable, _READ | _WRITE)):
        for path in paths:
            if not os.path.exists(path):
                continue
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
            allowed = rights & handled & (-1 if os.path.isdir(path) else _ON_FILE)
            rule = struct.pack("=Qi", allowed, place)
            _checked(_libc.syscall(445, ruleset, 1, ctypes.c_char_p(rule), 0), "landlock rule")
            os.close(place)
    _checked(_libc.syscall(446, ruleset, 0), "landlock restrict")
    os.close(ruleset)
    return abi


def _drop_capabilities() -> None:
    for capability in range(64):
        _libc.prctl(24, capability, 0, 0, 0)  # not every number exists
    header, data = struct.pack("Ii", 0x20080522, 0), bytes(24)
    _checked(_libc.capset(ctypes.c_char_p(header), ctypes.c_char_p(data)), "capset")


def _seccomp() -> None:
    if platform.machine() != "x86_64" or sys.maxsize < 2**32:
        raise OSError("the system-call filter is written for 64-bit x86 only")
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse = 0x7FFF0000, 0x80000000, 0x00050000
    perm, nosys = refuse | 1, refuse | 38
    program: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4), (equal, 1, 0, 0xC000003E), (give, 0, 0, kill),
        (load, 0, 0, 0), (at_least, 0, 1, _LAST_KNOWN + 1), (give, 0, 0, nosys),  # also the x32 numbers
        (equal, 0, 1, 435), (give, 0, 0, nosys),  # clone3: its flags lie in memory; libc falls back to clone
        (equal, 0, 4, 56), (load, 0, 0, 16), (any_bit, 0, 1, 0x00010000), (give, 0, 0, allow), (give, 0, 0, perm),
        (equal, 0, 4, 234), (load, 0, 0, 16), (equal, 0, 1, os.getpid()), (give, 0, 0, allow), (give, 0, 0, perm),
        # prlimit64 may read limits and never set them: both halves of the pointer must be zero
        (equal, 0, 6, 302), (load, 0, 0, 32), (equal, 0, 3, 0), (load, 0, 0, 36), (equal, 0, 1, 0),
        (give, 0, 0, allow), (give, 0, 0, perm),
    ]  # fmt: skip
    for number in _DENIED:
        program += [(equal, 0, 1, number), (give, 0, 0, perm)]
    program.append((give, 0, 0, allow))
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    _checked(_libc.prctl(22, 2, ctypes.c_char_p(head), 0, 0), "seccomp")


def main() -> None:
    order = json.loads(sys.argv[1])
    report = order["report"]
    level: list[str] = []
    try:
        _checked(_libc.prctl(1, 9, 0, 0, 0), "death signal")
        if os.getppid() != order["parent"]:
            raise OSError("the parent has gone")
        namespaces = _namespaces()
        _checked(_libc.prctl(38, 1, 0, 0, 0), "no new privileges")
        _limits(order["cpu"], order["memory"], order["file_size"])
        level += [f"landlock-{_landlock(order['readable'], order['writable'])}"]
        _drop_capabilities()
        _seccomp()
        level += ["seccomp", "rlimits", *(["namespaces"] if namespaces else [])]
    except (OSError, ValueError, AttributeError) as problem:
        os.write(report, json.dumps({"refused": str(problem)}).encode())
        os._exit(REFUSED)
    os.write(report, json.dumps({"level": "+".join(level)}).encode())
    os.close(report)  # before any foreign code: it cannot forge the level
    sys.argv = [order["target"], *order["arguments"]]
    sys.path.insert(0, order["root"])
    if order["target"].endswith(".py"):
        runpy.run_path(os.path.join(order["root"], order["target"]), run_name="__main__")
    else:
        runpy.run_module(order["target"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
