"""Which file of a source tree is the paper."""

from __future__ import annotations

import posixpath
import re

from ...errors import Collector, Diagnostic, Severity, SourceError
from ...source import SourceTree

_COMMENT = re.compile(r"(?<!\\)%.*")
_CLASS = re.compile(r"\\document(?:class|style)\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}")
_INCLUDE = re.compile(r"\\(?:input|include|subfile)\s*\{?\s*([^\s{}%]+)")
_GOOD = re.compile(r"(?:^|[/_\-])(?:main|ms|paper|article|manuscript|arxiv|root)(?=[._\-]|$)", re.IGNORECASE)
_BAD = re.compile(r"supp|appendix|rebuttal|response|cover|letter|slides|talk|poster|standalone|template|sample|example|review|diff|old|backup", re.IGNORECASE)  # fmt: skip
_EVIDENCE = ("\\title", "\\begin{abstract}", "\\section", "\\bibliography", "\\maketitle", "\\begin{equation", "\\cite")


def choose_main(tree: SourceTree, problems: Collector) -> str:
    """The named file, else the one that reads most like a whole paper; a close decision is reported."""
    if tree.main:
        return tree.main
    texts: dict[str, str] = {}
    for name in tree.texts():
        if name.lower().endswith((".tex", ".ltx", ".latex")) or ("." not in posixpath.basename(name)):
            text = tree.text(name)
            if text is not None and "\\" in text:
                texts[name] = _COMMENT.sub("", text)
    if not texts:
        raise SourceError(Diagnostic("no-latex", f"“{tree.name}” holds no LaTeX file", help="pass the folder or archive with the paper's LaTeX source", severity=Severity.ERROR))  # fmt: skip
    included = {
        posixpath.normpath(posixpath.join(folder, m.group(1).removesuffix(".tex")))
        for name, text in texts.items()
        for m in _INCLUDE.finditer(text)
        for folder in ("", posixpath.dirname(name))
    }
    whole = [n for n, t in texts.items() if _CLASS.search(t)]
    scores = {n: _score(n, texts[n], n.removesuffix(".tex") in included) for n in whole or texts}
    ranked = sorted(scores, key=lambda n: (-scores[n], len(n), n))
    best = ranked[0]
    if len(ranked) > 1:
        others = ", ".join(f"“{n}”" for n in ranked[1:4])
        problems.add(Diagnostic("main-file", f"“{best}” is read as the paper; it could also be {others}", help="pass the main file itself to choose another", severity=Severity.NOTE))  # fmt: skip
    return best


def _score(name: str, text: str, included: bool) -> float:
    score = 3.0 * sum(word in text for word in _EVIDENCE) + 2 * min(10, len(_INCLUDE.findall(text)))
    score += min(10.0, len(text) / 10_000)
    found = _CLASS.search(text)
    if found and re.search(r"beamer|standalone|letter|slides|poster|minimal", found.group(1)):
        score -= 25
    if "\\begin{document}" in text:
        score += 5
    score += 6 if _GOOD.search(posixpath.basename(name)) else 0
    score -= 8 if _BAD.search(posixpath.basename(name)) else 0
    score -= 12 if included else 0
    return score - name.count("/")
