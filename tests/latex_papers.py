"""Papers for tests from a few lines of LaTeX, through the real reader."""

import tempfile
from pathlib import Path

from paperc.document import Document
from paperc.read import read
from paperc.source import open_source

FRAME = "\\documentclass{{article}}\n\\usepackage{{amsmath}}\n\\begin{{document}}\n{}\n\\end{{document}}\n"


def paper(body: str) -> Document:
    """A document whose body is this LaTeX."""
    return whole(FRAME.format(body))


def whole(text: str) -> Document:
    """A document from a complete LaTeX file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.tex"
        path.write_text(text, encoding="utf-8")
        return read(open_source(str(path)))
