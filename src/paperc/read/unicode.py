"""Formulas as a line of text for people: `\\alpha_t^2` → αₜ². For the terminal alone; nothing computes with it."""

from __future__ import annotations

import re

_NAMES = {
    name: chr(code)
    for code, name in enumerate("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi o pi rho varsigma sigma tau upsilon phi chi psi omega".split(), 0x3B1)
}  # fmt: skip
_NAMES |= {
    name: chr(code)
    for code, name in ((0x393, "Gamma"), (0x394, "Delta"), (0x398, "Theta"), (0x39B, "Lambda"), (0x39E, "Xi"), (0x3A0, "Pi"),
                       (0x3A3, "Sigma"), (0x3A5, "Upsilon"), (0x3A6, "Phi"), (0x3A8, "Psi"), (0x3A9, "Omega"))
}  # fmt: skip
_NAMES |= {"varepsilon": "ε", "epsilon": "ϵ", "varphi": "φ", "phi": "ϕ", "vartheta": "ϑ", "varrho": "ϱ", "ell": "ℓ", "hbar": "ħ", "nabla": "∇",
           "partial": "∂", "infty": "∞", "sum": "∑", "prod": "∏", "int": "∫", "oint": "∮", "cdot": "·", "times": "×", "div": "÷", "pm": "±",
           "mp": "∓", "odot": "⊙", "oplus": "⊕", "otimes": "⊗", "oslash": "⊘", "circ": "∘", "ast": "∗", "star": "⋆", "bullet": "•", "leq": "≤",
           "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈", "equiv": "≡", "sim": "∼", "simeq": "≃", "propto": "∝",
           "ll": "≪", "gg": "≫", "triangleq": "≜", "coloneqq": "≔", "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆",
           "supset": "⊃", "cup": "∪", "cap": "∩", "setminus": "∖", "emptyset": "∅", "varnothing": "∅", "forall": "∀", "exists": "∃",
           "neg": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←",
           "mapsto": "↦", "Rightarrow": "⇒", "implies": "⟹", "iff": "⟺", "Leftrightarrow": "⇔", "leftrightarrow": "↔", "longrightarrow": "⟶",
           "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "Vert": "‖", "|": "‖", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
           "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "top": "⊤", "intercal": "⊤", "bot": "⊥", "perp": "⊥", "dagger": "†",
           "prime": "′", "dots": "…", "ldots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "colon": ":", "parallel": "∥", "lbrace": "{",
           "rbrace": "}", "{": "{", "}": "}", "_": "_", "%": "%", "&": "&", "#": "#", "$": "$", "quad": "  ", "qquad": "    ", ",": " ", ";": " ",
           ":": " ", " ": " ", "!": "", ">": " ", "left": "", "right": "", "big": "", "Big": "", "bigg": "", "Bigg": "", "bigl": "", "bigr": "",
           "Bigl": "", "Bigr": "", "biggl": "", "biggr": "", "Biggl": "", "Biggr": "", "middle": "", "limits": "", "nolimits": "",
           "displaystyle": "", "textstyle": "", "scriptstyle": "", "lbrack": "[", "rbrack": "]", "backslash": "∖", "Re": "ℜ", "Im": "ℑ",
           "rm": "", "bf": "", "it": "", "cal": "", "mathstrut": "", "nonumber": "", "notag": "", "thinspace": " ", "allowbreak": "", "~": " "}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304", "overline": "\u0305",
            "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "underline": "\u0332"}  # fmt: skip
_SUPER = dict(zip("0123456789+-=()niTtkdjxabce", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵗᵏᵈʲˣᵃᵇᶜᵉ")) | {
    "⊤": "ᵀ",
    "∗": "*",
    "*": "*",
    "′": "′",
}
_SUB = dict(zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")) | {"θ": "_θ", "ϕ": "ᵩ"}
_BOARD = dict(zip("RNZQCEPHKFSBD", "ℝℕℤℚℂ𝔼ℙℍ𝕂𝔽𝕊𝔹𝔻")) | {"1": "𝟙"}
_CALLIGRAPHIC = dict(zip("LDNFHXYZSATOPQRUBVWMGCEK", "ℒ𝒟𝒩ℱℋ𝒳𝒴𝒵𝒮𝒜𝒯𝒪𝒫𝒬ℛ𝒰ℬ𝒱𝒲ℳ𝒢𝒞ℰ𝒦"))
_TOKEN = re.compile(r"\\(?:[A-Za-z]+\*?|.)|[{}^_]|\s+|[^\\{}^_\s]", re.S)
_FENCE = re.compile(r"[-+∑∏=/·×,\s]")


def text_of(latex: str) -> str:
    """One line; what has no sign of its own stays as it is written."""
    return re.sub(r"\s+", " ", _Writer(_TOKEN.findall(latex)).run()).strip()


class _Writer:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def run(self, stop: str | None = None) -> str:
        out: list[str] = []
        while self.at < len(self.tokens):
            if self.tokens[self.at] == stop:
                self.at += 1
                break
            out.append(self._one())
        return "".join(out)

    def _argument(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self._one() if self.at < len(self.tokens) else ""

    def _optional(self) -> str | None:
        if self.at < len(self.tokens) and self.tokens[self.at] == "[":
            self.at += 1
            return self.run("]")
        return None

    def _one(self) -> str:
        token = self.tokens[self.at]
        self.at += 1
        self.depth += 1
        try:
            if self.depth > 100:
                return token
            if token == "{":
                return self.run("}")
            if token in "^_":
                return _script(self._argument(), token)
            if token[0] == "\\" and len(token) > 1:
                return self._command(token[1:])
            return "" if token == "}" else " " if token.isspace() or token == "~" else token
        finally:
            self.depth -= 1

    def _command(self, name: str) -> str:
        if name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"):
            return f"{_fenced(self._argument())}/{_fenced(self._argument())}"
        if name in ("binom", "dbinom", "tbinom"):
            return f"C({self._argument()}, {self._argument()})"
        if name == "sqrt":
            root = self._optional()
            return f"{_script(root, '^') if root else ''}√{_fenced(self._argument())}"
        if name in _ACCENTS:
            inner = self._argument()
            return inner + _ACCENTS[name] if len(inner) == 1 else f"{name.removeprefix('wide')}({inner})"
        if name in ("mathbb", "mathds", "Bbb", "mathbbm"):
            return "".join(_BOARD.get(c, c) for c in self._argument())
        if name in ("mathcal", "mathscr"):
            return "".join(_CALLIGRAPHIC.get(c, c) for c in self._argument())
        if name in ("begin", "end"):
            kind = self._argument().removesuffix("*")
            if name == "begin" and kind in ("array", "tabular", "alignedat"):
                self._argument()
            return "{ " if (name, kind) == ("begin", "cases") else " "
        if name in ("\\", "cr"):
            return " ; "
        if name in ("stackrel", "overset", "underset"):
            over = self._argument()
            return f"{self._argument()}{_script(over, '_' if name == 'underset' else '^')}"
        if name in ("phantom", "vphantom", "hphantom", "label", "hspace", "vspace"):
            self._argument()
            return ""
        if name in _NAMES:
            return _NAMES[name]
        if self.at < len(self.tokens) and self.tokens[self.at] == "{":
            return self._argument()  # \mathrm, \text, \operatorname and what is not known
        return name.removesuffix("*")


def _fenced(text: str) -> str:
    text = text.strip()
    return f"({text})" if _FENCE.search(text) else text


def _script(text: str, side: str) -> str:
    text = text.strip()
    table = _SUPER if side == "^" else _SUB
    if text and all(c in table for c in text):
        return "".join(table[c] for c in text)
    if len(text) == 1 or (text.startswith("(") and text.find(")") == len(text) - 1):
        return f"{side}{text}"
    return f"{side}({text})"
