"""Writing a package: whole or not at all, and never over a user's own edits.

Files go to a temporary folder beside the target, which is then moved into place. What a former build wrote is known from
the digests in its `evidence.json`: files that changed since are the user's, and are not overwritten without being asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from .errors import Diagnostic, Severity, UsageError

RECORD = "evidence.json"
KEPT = frozenset({"paper.toml"})
"""Files that the user is meant to edit; a rebuild has already merged them."""


def digests(files: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 of each file's text, by path."""
    return {path: hashlib.sha256(text.encode()).hexdigest() for path, text in sorted(files.items())}


def write_package(files: Mapping[str, str], target: Path, *, force: bool = False) -> None:
    """Write `files` (relative path → text) to the folder `target`, replacing a former build in place.

    Raises UsageError if the target is a file, is a folder that no build made, or holds edited files (unless `force`).
    """
    check_target(target, force=force)
    target = target.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as problem:
        raise _error("output-not-writable", f"“{target}” cannot be written: {problem.strerror}") from None
    try:
        fresh.chmod(0o755)
        for path, text in sorted(files.items()):
            place = fresh / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            _keep_foreign_files(target, fresh, files)
            old = fresh.with_name(fresh.name + "-old")
            os.rename(target, old)
            os.rename(fresh, target)
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def check_target(target: Path, *, force: bool = False) -> None:
    """Raise UsageError now rather than after a long build, if `target` could not be written in the end."""
    if not target.exists():
        return
    if not target.is_dir():
        raise _error("output-not-a-folder", f"“{target}” is a file", "name a folder with -o")
    if not any(target.iterdir()):
        return
    recorded = _recorded(target)
    if recorded is None:
        if force:
            return
        raise _error(
            "output-not-empty",
            f"“{target}” holds files that no paperc build wrote",
            "name a new or empty folder with -o, or add --force to write beside them",
        )
    edited = [path for path, digest in recorded.items() if path not in KEPT and _changed(target / path, digest)]
    if edited and not force:
        shown = ", ".join(edited[:5]) + (" …" if len(edited) > 5 else "")
        raise _error(
            "output-edited",
            f"files in “{target}” were edited since the last build: {shown}",
            "build into another folder with -o, or add --force to overwrite them",
        )


def _recorded(target: Path) -> dict[str, str] | None:
    try:
        record = json.loads((target / RECORD).read_text(encoding="utf-8"))
        files = record["paper"] and record["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else None


def _changed(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() != digest
    except OSError:
        return False  # removed by the user: written again


def _keep_foreign_files(target: Path, fresh: Path, files: Mapping[str, str]) -> None:
    """Copy what the user added (data, runs, notes) into the new folder; former output and caches are left behind."""
    former = _recorded(target) or {}
    for path in sorted(target.rglob("*")):
        relative = path.relative_to(target)
        if {"__pycache__", ".pytest_cache", ".hypothesis"} & set(relative.parts):
            continue
        name = relative.as_posix()
        if name in former or name in files or name == RECORD or not path.is_file():
            continue
        place = fresh / relative
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place, follow_symlinks=False)


def _error(code: str, message: str, help: str = "") -> UsageError:
    return UsageError(Diagnostic(code, message, help=help, severity=Severity.ERROR))
