"""What LaTeX and common packages provide, as data: arguments of mathematical commands, and packages' macros."""

from __future__ import annotations

from functools import cache

from .definitions import Macro
from .lexer import Token, lex

ARGUMENTS: dict[str, int] = {
    **dict.fromkeys(["frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom", "overset", "underset", "stackrel", "nicefrac", "sfrac", "textcolor"], 2),
    **dict.fromkeys(
        (
            "sqrt hat widehat bar tilde widetilde vec dot ddot dddot check breve acute grave mathring overline underline overbrace"
            " underbrace overrightarrow overleftarrow mathrm mathbf mathbb mathcal mathfrak mathsf mathtt mathit mathscr mathnormal"
            " boldsymbol bm mathds mathbbm pmb operatorname operatorname* text textrm textbf textit textsf texttt mbox phantom"
            " mathop mathbin mathrel mathord mathopen mathclose xrightarrow xleftarrow substack boxed cancel"
        ).split(),
        1,
    ),
}  # fmt: skip
"""Command → the number of its mandatory arguments."""

# Macros that a package gives to a paper, in LaTeX's own terms: (name, arguments, body).
_PACKAGES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "physics": (
        ("abs", "pm", r"\left|#1\right|"),
        ("norm", "pm", r"\left\|#1\right\|"),
        ("qty", "pm", r"\left(#1\right)"),
        ("pqty", "pm", r"\left(#1\right)"),
        ("bqty", "pm", r"\left[#1\right]"),
        ("Bqty", "pm", r"\left\{#1\right\}"),
        ("order", "pm", r"\mathcal{O}\left(#1\right)"),
        ("ev", "pm", r"\left\langle #1\right\rangle"),
        ("expval", "pm", r"\left\langle #1\right\rangle"),
        ("bra", "pm", r"\left\langle #1\right|"),
        ("ket", "pm", r"\left| #1\right\rangle"),
        ("braket", "pmm", r"\left\langle #1\middle|#2\right\rangle"),
        ("dv", "omm", r"\frac{\mathrm{d} #2}{\mathrm{d} #3}"),
        ("pdv", "omm", r"\frac{\partial #2}{\partial #3}"),
        ("dd", "om", r"\mathrm{d} #2"),
        ("vb", "sm", r"\mathbf{#2}"),
        ("vu", "sm", r"\hat{\mathbf{#2}}"),
        ("grad", "-", r"\nabla"),
        ("laplacian", "-", r"\nabla^2"),
        ("tr", "-", r"\operatorname{tr}"),
        ("Tr", "-", r"\operatorname{Tr}"),
        ("rank", "-", r"\operatorname{rank}"),
        ("erf", "-", r"\operatorname{erf}"),
    ),
    "braket": (
        ("bra", "m", r"\langle #1|"),
        ("ket", "m", r"|#1\rangle"),
        ("braket", "m", r"\langle #1\rangle"),
    ),
    "dsfont": (),
}


@cache
def _bodies(package: str) -> tuple[tuple[str, str, tuple[Token, ...]], ...]:
    return tuple((name, kinds, tuple(lex(body, 0))) for name, kinds, body in _PACKAGES.get(package, ()))


def package_macros(package: str, place: Token) -> list[tuple[str, Macro]]:
    """The macros that loading `package` defines."""
    return [(name, Macro(tuple(t.at(place) for t in body), specification=kinds)) for name, kinds, body in _bodies(package)]  # fmt: skip
