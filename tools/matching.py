"""What the tools that hold emitted functions against a library share: whose argument is meant, and how far values differ."""

from __future__ import annotations

import re
from typing import Any

FONTS = {"mathbf", "boldsymbol", "bm", "mathrm", "mathit", "mathsf", "mathtt", "text", "textrm", "textit", "textbf", "textsc",
        "textnormal", "operatorname", "vec", "rm", "bf", "it", "cal", "sf", "tt", "left", "right", "mathcal", "mathbb", "mathfrak",
        "tiny", "small", "scriptsize", "scriptstyle", "scriptscriptstyle", "displaystyle"}  # fmt: skip
SAME = {
    r"\widehat": r"\hat",
    r"\widetilde": r"\tilde",
    r"\overline": r"\bar",
    r"\ast": "*",
    r"\star": "*",
    r"\mid": "|",
    r"\langle": "<",
    r"\rangle": ">",
}


def plain(symbol: str) -> str:
    """A symbol without fonts, braces and spaces, its primes before superscripts before subscripts."""
    tokens = [
        t
        for t in re.findall(r"\\[A-Za-z]+|\\.|\S", symbol.strip("$ "))
        if t[1:] not in FONTS and t not in (r"\,", r"\ ", r"\!", r"\;")
    ]
    text, rest = _sequence([SAME.get(t, t) for t in tokens])
    return text if not rest else text + "".join(rest)


def _sequence(tokens: list[str]) -> tuple[str, list[str]]:
    """Text up to the closing brace that is not ours, and the tokens after it."""
    out: list[str] = []
    while tokens and tokens[0] != "}":
        token, tokens = tokens[0], tokens[1:]
        if token in ("_", "^", "'", r"\prime"):
            primes, scripts = 0, {"^": "", "_": ""}
            tokens = [token, *tokens]
            while tokens and tokens[0] in ("_", "^", "'", r"\prime"):
                mark, tokens = tokens[0], tokens[1:]
                if mark in ("'", r"\prime"):
                    primes += 1
                    continue
                body, tokens = _atom(tokens)
                if mark == "^" and body and set(body) <= {"'", "\\prime"}:
                    primes += body.count("'") or 1
                else:
                    scripts[mark] += body
            out.append("'" * primes + "".join(k + v for k, v in scripts.items() if v))
        elif token == "{":
            body, tokens = _sequence(tokens)
            tokens = tokens[1:]
            out.append(body)
        else:
            out.append(token)
    return "".join(out), tokens


def _atom(tokens: list[str]) -> tuple[str, list[str]]:
    if not tokens:
        return "", []
    if tokens[0] == "{":
        body, rest = _sequence(tokens[1:])
        return body, rest[1:]
    return tokens[0], tokens[1:]


def bare(symbol: str) -> str:
    """The plain symbol without index letters in its scripts: `x_{ij}` and `x` agree, `x_0` and `x_old` stay."""
    return re.sub(r"[_^](?:\(?[a-z](?:,?[a-z]){0,3}\)?)(?=$|[_^])", "", plain(symbol))


def ascii_name(symbol: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", re.sub(r"\\(hat|bar|tilde)(\\[A-Za-z]+|.)", r"\2\1", plain(symbol)))


def find(argument: dict[str, Any], values: dict[str, Any], strict: bool) -> str | None:
    """The key of `values` that an argument means: by its exact symbol, its name, or up to index letters."""
    symbol = argument.get("symbol") or ""
    name = re.sub(r"[^A-Za-z0-9]", "", argument["name"])
    squeezed = lambda k: re.sub(r"[{}\s]", "", k.replace(r"\bm", r"\mathbf").replace(r"\boldsymbol", r"\mathbf"))  # noqa: E731
    tests = [
        lambda k: squeezed(k) == squeezed(symbol),
        lambda k: plain(k) == plain(symbol),
        lambda k: ascii_name(k) == name,
    ]
    if not strict:
        tests += [
            lambda k: bare(k) == plain(symbol),
            lambda k: plain(k) == bare(symbol),
            lambda k: bare(k) == bare(symbol),
        ]
    for test in tests:
        hits = [k for k in values if test(k)]
        if len(hits) == 1:
            return hits[0]
    return None


def array(out: Any) -> Any:
    import numpy as np
    import torch

    if isinstance(out, (list, tuple)):
        out = np.stack([array(o) for o in out])
    return np.asarray(out.detach().numpy() if isinstance(out, torch.Tensor) else out, dtype=np.float64)


def error(got: Any, want: Any) -> float:
    """Largest difference where something is expected, relative to the value or, near zero, to the largest one."""
    import numpy as np

    if got.size == want.size == 1:
        got, want = got.reshape(()), want.reshape(())
    if got.shape != want.shape:
        return float("inf")
    seen = ~np.isnan(want)
    if not np.isfinite(got[seen]).all():
        return float("inf")
    scale = np.maximum(np.abs(want[seen]), 1e-3 * np.max(np.abs(want[seen]), initial=1e-300))
    return float(np.max(np.abs(got[seen] - want[seen]) / scale, initial=0.0))


def hint(got: Any, want: Any) -> str:
    import numpy as np

    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if np.allclose(got, -want, equal_nan=True):
        return "sign flipped"
    ratio = got / want
    if np.isfinite(ratio).all() and np.ptp(ratio) < 1e-9 * abs(ratio.mean()):
        return f"constant factor {ratio.mean():.6g}"
    return f"got {np.array2string(got.reshape(-1)[:3], precision=5)}, expected {np.array2string(want.reshape(-1)[:3], precision=5)}"
