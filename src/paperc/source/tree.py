"""The source tree: the files of a paper as bytes, from a file, a folder or an archive.

Archives are untrusted: members with absolute or parent paths, links and devices are errors, and so is anything larger
than the limits. Nothing is unpacked to disk.
"""

from __future__ import annotations

import gzip
import io
import os
import posixpath
import re
import tarfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..errors import Diagnostic, LimitError, Severity, SourceError
from ..provenance import Span

_TEXT = frozenset(
    {".tex", ".sty", ".cls", ".bbl", ".bib", ".ltx", ".def", ".tikz", ".txt", ".latex", ".clo", ".cfg", ".pgf", ""}
)
_BINARY = frozenset(
    ".pdf .png .jpg .jpeg .gif .eps .ps .svg .tif .tiff .bmp .webp .zip .gz .bz2 .xz .7z .tar .npy .npz .pkl .pt .h5 .mp4 .mov .avi .mp3"
    " .wav .ttf .otf .pfb .pfm .tfm .vf .woff .xlsx .docx .pptx .synctex".split()
)
"""Members of an archive that are left out: a paper may include a text file of any other name."""
_ARXIV = re.compile(r"^(?:arxiv:)?(?:\d{4}\.\d{4,5}(?:v\d+)?|[a-z\-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on untrusted input (design: Limits and safety)."""

    unpacked_bytes: int = 200 * 1024 * 1024
    files: int = 2000
    text_bytes: int = 20 * 1024 * 1024
    include_depth: int = 8


LIMITS = Limits()


@dataclass(frozen=True)
class SourceTree:
    """The files of one paper. Paths are relative to the root, with forward slashes.

    `main` is the file the user named, "" if the main file is still to be chosen.
    """

    name: str
    main: str
    members: dict[str, bytes] = field(default_factory=dict)
    root: Path | None = None
    """For a folder on disk: files are read from here on demand."""

    def text(self, path: str) -> str | None:
        """The decoded text of a file, None if there is no such file.

        UTF-8, else Latin-1; a byte order mark is dropped, and lines end with a line feed.
        """
        data = self.data(path)
        if data is None:
            return None
        text = _decoded(data)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; a path that leaves the root, or a link that does, is an error."""
        clean = posixpath.normpath(path)
        if clean.startswith(("/", "..")) or PurePosixPath(clean).is_absolute():
            raise SourceError(
                Diagnostic(
                    "include-outside-root",
                    f"“{path}” points outside the paper's folder",
                    help="copy the file into the paper's folder and include it by a relative path",
                    severity=Severity.ERROR,
                )
            )
        if clean in self.members:
            return self.members[clean]
        if self.root is None:
            return None
        target = self.root / clean
        try:
            if not target.is_file():
                return None
        except (OSError, ValueError):  # no name that a file can have
            return None
        if not target.resolve().is_relative_to(self.root.resolve()):
            raise _error(
                "include-outside-root", f"“{path}” is a link out of the paper's folder", "replace the link by the file"
            )
        if target.stat().st_size > LIMITS.text_bytes:
            raise _limit("text_bytes", f"“{path}” is larger than {LIMITS.text_bytes // 2**20} MB")
        return target.read_bytes()

    def texts(self) -> list[str]:
        """Paths of the files that may hold LaTeX, sorted; at most `LIMITS.files` folders and files times ten are seen."""
        names = set(self.members)
        if self.root is not None:
            seen = 0
            for folder, folders, files in os.walk(self.root):
                folders[:] = sorted(f for f in folders if not f.startswith("."))
                for file in sorted(files):
                    path = Path(folder, file)
                    if not path.is_symlink():
                        names.add(path.relative_to(self.root).as_posix())
                seen += len(files) + len(folders)
                if seen > LIMITS.files * 10:
                    break
        return sorted(n for n in names if PurePosixPath(n).suffix.lower() in _TEXT)

    def beside(self, folder: str, ending: str) -> list[str]:
        """The files of one folder whose names end so, sorted."""
        found = [n for n in self.members if posixpath.dirname(n) == folder and n.endswith(ending)]
        if self.root is not None and (self.root / folder).is_dir():
            found += [posixpath.join(folder, n) for n in os.listdir(self.root / folder) if n.endswith(ending)]
        return sorted(found)


def _decoded(data: bytes) -> str:
    for bom, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _error(code: str, message: str, help: str = "", span: Span | None = None) -> SourceError:
    return SourceError(Diagnostic(code, message, span, help, Severity.ERROR))


def _limit(name: str, message: str) -> LimitError:
    return LimitError(
        Diagnostic(
            "limit",
            f"{message} (limit: {name})",
            help="split the paper or remove what is not LaTeX",
            severity=Severity.ERROR,
        )
    )


def open_source(ref: str) -> SourceTree:
    """Open a paper. `ref` is a .tex file, a folder, an archive (.tar, .tar.gz, .tgz, .zip) or a gzipped single file.

    Raises SourceError (missing, empty, not a paper, unsafe member) or LimitError (too many or too large files).
    """
    path = Path(ref)
    if not path.exists():
        if _ARXIV.match(ref):
            raise _error(
                "needs-network", f"“{ref}” is an arXiv id, and this build has no downloader",
                "download the source from the paper's page (“TeX Source”) and pass the archive",
            )  # fmt: skip
        raise _error(
            "missing-file",
            f"there is no file or folder “{ref}”",
            "check the path; it is taken relative to the current folder",
        )
    if path.is_dir():
        tree = SourceTree(path.resolve().name, "", {}, path)
        if not any(n.endswith((".tex", ".ltx", ".latex")) for n in tree.texts()):
            raise _error(
                "no-latex", f"the folder “{ref}” holds no .tex file", "pass the folder with the paper's LaTeX source"
            )
        return tree
    if not path.is_file():
        raise _error(
            "not-a-file", f"“{ref}” is neither a file nor a folder", "pass a .tex file, a folder or an archive"
        )
    size = path.stat().st_size
    if size == 0:
        raise _error("empty-file", f"“{ref}” is empty", "pass the paper's LaTeX source")
    if size > LIMITS.unpacked_bytes:
        raise _limit("unpacked_bytes", f"“{ref}” is larger than {LIMITS.unpacked_bytes // 2**20} MB")
    head = path.open("rb").read(512)
    if head.startswith(b"%PDF"):
        raise _error(
            "pdf-input",
            f"“{ref}” is a PDF; equations cannot be read from it with certainty",
            "pass the LaTeX source of the paper",
        )
    if head.startswith(b"PK\x03\x04") or path.suffix.lower() == ".zip":
        return SourceTree(path.name, "", _unzip(path))
    if head.startswith(b"\x1f\x8b"):
        return _gzipped(path)
    if path.suffix.lower() == ".tar" or (len(head) > 262 and head[257:262] == b"ustar"):
        return SourceTree(path.name, "", _untar(path.read_bytes(), ref))
    if size > LIMITS.text_bytes:
        raise _limit("text_bytes", f"“{ref}” is larger than {LIMITS.text_bytes // 2**20} MB")
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _error(
            "not-latex",
            f"“{ref}” is binary data, not LaTeX",
            "pass a .tex file, a folder or an archive of LaTeX source",
        )
    return SourceTree(path.name, path.name, {}, path.resolve().parent)


def _gzipped(path: Path) -> SourceTree:
    """`.tar.gz`, or the `.gz` of a single .tex file, as arXiv serves them; bounded while it unpacks."""
    out = io.BytesIO()
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(1 << 20):
                out.write(chunk)
                if out.tell() > LIMITS.unpacked_bytes:
                    raise _limit(
                        "unpacked_bytes", f"“{path.name}” unpacks to more than {LIMITS.unpacked_bytes // 2**20} MB"
                    )
    except (OSError, EOFError, zlib.error) as problem:
        raise _error("broken-archive", f"“{path.name}” cannot be unpacked: {problem}", "download it again") from None
    data = out.getvalue()
    if len(data) > 262 and data[257:262] == b"ustar":
        return SourceTree(path.name, "", _untar(data, path.name))
    if not data.strip():
        raise _error("empty-file", f"“{path.name}” unpacks to nothing", "download it again")
    if b"\x00" in data[:512]:
        raise _error("not-latex", f"“{path.name}” holds binary data, not LaTeX", "pass the LaTeX source")
    name = path.stem if path.stem.endswith((".tex", ".ltx")) else f"{path.stem}.tex"
    return SourceTree(path.name, name, {name: data})


def _check_member(name: str, archive: str) -> str:
    clean = posixpath.normpath(name)
    if name.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", name) or clean.startswith("..") or "\x00" in name:
        raise _error(
            "unsafe-archive",
            f"“{archive}” has the member “{name[:80]}”, which leaves the archive's folder",
            "repack it with relative paths",
        )
    return clean


def _untar(data: bytes, name: str) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    total = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for count, info in enumerate(archive):
                if count >= LIMITS.files:
                    raise _limit("files", f"“{name}” has more than {LIMITS.files} members")
                path = _check_member(info.name, name)
                if info.isdir():
                    continue
                if not info.isreg():
                    kind = "link" if info.issym() or info.islnk() else "device"
                    raise _error(
                        "unsafe-archive",
                        f"“{name}” has a {kind} named “{info.name[:80]}”",
                        "repack it with plain files only",
                    )
                total += info.size
                if total > LIMITS.unpacked_bytes:
                    raise _limit("unpacked_bytes", f"“{name}” unpacks to more than {LIMITS.unpacked_bytes // 2**20} MB")
                if PurePosixPath(path).suffix.lower() not in _BINARY:
                    stream = archive.extractfile(info)
                    members[path] = stream.read() if stream else b""
    except (tarfile.TarError, EOFError, zlib.error, ValueError) as problem:
        raise _error("broken-archive", f"“{name}” cannot be unpacked: {problem}", "download it again") from None
    return members


def _unzip(path: Path) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > LIMITS.files:
                raise _limit("files", f"“{path.name}” has more than {LIMITS.files} members")
            for info in infos:
                clean = _check_member(info.filename, path.name)
                if info.is_dir():
                    continue
                mode = (info.external_attr >> 16) & 0o170000
                if mode not in (0, 0o100000):
                    raise _error(
                        "unsafe-archive",
                        f"“{path.name}” has a link or device named “{info.filename[:80]}”",
                        "repack it with plain files only",
                    )
                total += info.file_size
                if total > LIMITS.unpacked_bytes:
                    raise _limit(
                        "unpacked_bytes", f"“{path.name}” unpacks to more than {LIMITS.unpacked_bytes // 2**20} MB"
                    )
                if PurePosixPath(clean).suffix.lower() not in _BINARY:
                    with archive.open(info) as stream:
                        members[clean] = stream.read(info.file_size + 1)[: info.file_size]
    except (zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError, RuntimeError, ValueError) as problem:
        raise _error("broken-archive", f"“{path.name}” cannot be unpacked: {problem}", "download it again") from None
    return members
