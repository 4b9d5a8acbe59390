"""LaTeX's counters: what number is printed, and what is reset by what."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


def _roman(n: int) -> str:
    if n > 100_000:
        return str(n)
    out = ""
    for value, text in _ROMAN:
        while n >= value:
            out, n = out + text, n - value
    return out


def _alph(n: int) -> str:
    return chr(96 + n) if 1 <= n <= 26 else str(n)


STYLES: dict[str, Callable[[int], str]] = {
    "arabic": str,
    "alph": _alph,
    "Alph": lambda n: _alph(n).upper(),
    "roman": _roman,
    "Roman": lambda n: _roman(n).upper(),
}
_FORM = re.compile(
    r"\\(arabic|alph|Alph|roman|Roman)\s*(?:\{\s*([^{}]+?)\s*\}|\\c@([A-Za-z@]+))|\\the([A-Za-z]+)|\\p@[a-z]+"
)
_DECORATION = re.compile(
    r"\\(?:textbf|textit|textrm|mathrm|rm|bf|normalfont|upshape|protect|unskip|hbox)(?![A-Za-z])|[{}$~]|\\[ ,]"
)


@dataclass(frozen=True)
class Parts:
    """A number that is divided into parts, and what is put back behind them."""

    number: str
    outer: int
    form: str | None


@dataclass
class Counters:
    """Values, parents and printed forms of all counters of one paper."""

    values: dict[str, int] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    """Counter → the counter whose step resets it."""
    forms: dict[str, str] = field(default_factory=dict)
    """Counter → LaTeX of its \\the-command."""
    prefixes: dict[str, str] = field(default_factory=dict)
    """Counter → what a reference prints before its number (LaTeX's \\p@counter)."""
    chapters: bool = False
    only: frozenset[str] | None = None
    """Where equations are numbered only if they are referred to: the labels that are."""

    def numbers(self, labels: list[str]) -> bool:
        """Is a row of a numbered display with these labels given a number?"""
        return self.only is None or any(label.strip() in self.only for label in labels)

    def reference(self, name: str) -> str:
        """What `\\ref` prints."""
        form = self.prefixes.get(name)
        return f"{self._filled(form)}{self.printed(name)}" if form else self.printed(name)

    @classmethod
    def of_class(cls, document_class: str, chapters: bool = False) -> Counters:
        """The counters as the class sets them up; `chapters`: the paper has some, so they are numbered within."""
        chapters = chapters or bool(re.search(r"book|report|memoir|scrreprt", document_class))
        top = "chapter" if chapters else ""
        self = cls(chapters=chapters)
        self.forms = {
            "part": "\\Roman{part}",
            "chapter": "\\arabic{chapter}",
            "section": "\\thechapter.\\arabic{section}" if chapters else "\\arabic{section}",
            "subsection": "\\thesection.\\arabic{subsection}",
            "subsubsection": "\\thesubsection.\\arabic{subsubsection}",
            "paragraph": "\\thesubsubsection.\\arabic{paragraph}",
            "subfigure": "\\alph{subfigure}",
            "subtable": "\\alph{subtable}",
            "enumii": "(\\alph{enumii})",
            "enumiii": "\\roman{enumiii}",
            "enumiv": "\\Alph{enumiv}",
        }
        self.parents = {"subsection": "section", "subsubsection": "subsection", "paragraph": "subsubsection"}
        if chapters:
            self.parents["section"] = "chapter"
            for name in ("equation", "figure", "table"):
                self.within(name, top)
        if re.search(r"IEEE|revtex|ieeeconf|ieeetran", document_class, re.IGNORECASE):
            roman = "\\thesection-" if "revtex" not in document_class else ""
            self.forms |= {
                "section": "\\Roman{section}",
                "subsection": f"{roman}\\Alph{{subsection}}",
                "subsubsection": f"{chr(92)}thesubsection\\arabic{{subsubsection}}"
                if roman
                else "\\arabic{subsubsection}",
                "table": "\\Roman{table}",
            }
            if not roman:
                self.prefixes = {"subsection": "\\thesection ", "subsubsection": "\\thesection \\thesubsection "}
        return self

    def within(self, name: str, parent: str) -> None:
        """`\\numberwithin{name}{parent}`."""
        self.parents[name] = parent
        self.forms[name] = f"\\the{parent}.\\arabic{{{name}}}"

    def without(self, name: str) -> None:
        """`\\counterwithout`."""
        self.parents.pop(name, None)
        self.forms[name] = f"\\arabic{{{name}}}"

    def step(self, name: str) -> str:
        """Advance, reset what depends on it, and give the printed form."""
        self.values[name] = self.values.get(name, 0) + 1
        self.reset(name)
        return self.printed(name)

    def part(self) -> str:
        """The next of "5a", "5b", … as IEEEtrantools numbers single rows; a whole number in between begins anew."""
        whole = self.values.get("equation", 0)
        if self.values.get(" parted") != whole:
            self.step("equation")
            self.values[" parted"], self.values[" part"] = self.values["equation"], 0
        self.values[" part"] += 1
        return f"{self.printed('equation')}{_alph(self.values[' part'])}"

    def begin_parts(self) -> Parts:
        """From now on equations are "3a", "3b": a new number is taken, and the counter counts its parts."""
        number = self.step("equation")
        parts = Parts(number, self.values["equation"], self.forms.get("equation"))
        self.values["equation"] = 0
        self.forms["equation"] = f"{number}\\alph{{equation}}"
        self.forms["parentequation"] = number
        return parts

    def end_parts(self, parts: Parts) -> None:
        self.values["equation"] = parts.outer
        self.restore_form("equation", parts.form)

    def restore_form(self, name: str, form: str | None) -> None:
        self.forms.pop(name, None)
        if form is not None:
            self.forms[name] = form

    def peek(self, name: str) -> str:
        """The printed form after the next step, without stepping."""
        self.values[name] = self.values.get(name, 0) + 1
        text = self.printed(name)
        self.values[name] -= 1
        return text

    def number(self, text: str) -> int | None:
        """The value of a TeX number: digits, `\\value{x}`, `\\numexpr` sums of them."""
        plain = re.sub(
            r"\\(?:value\s*\{\s*(\w+)\s*\}|c@(\w+)|the(\w+))",
            lambda m: str(self.values.get(m.group(1) or m.group(2) or m.group(3), 0)),
            text,
        )
        plain = re.sub(r"\\(?:numexpr|relax)|\s|[{}]", "", plain)
        if not re.fullmatch(r"[+-]*\d{1,6}(?:[+-]+\d{1,6})*", plain):
            return None
        return sum(int(n) * (-1 if sign.count("-") % 2 else 1) for sign, n in re.findall(r"([+-]*)(\d+)", plain))

    def reset(self, name: str, depth: int = 0) -> None:
        """Set back to zero what depends on `name`."""
        if depth > 8:
            return
        for child, parent in self.parents.items():
            if parent == name and child != name:
                self.values[child] = 0
                self.reset(child, depth + 1)

    def _filled(self, form: str) -> str:
        return re.sub(r"\\the([a-z]+)", lambda m: self.printed(m.group(1)), form)

    def printed(self, name: str, depth: int = 0) -> str:
        """The printed form now."""
        form = self.forms.get(name, f"\\arabic{{{name}}}")
        if depth > 8:
            return str(self.values.get(name, 0))

        def part(m: re.Match[str]) -> str:
            if m.group(4):
                return self.printed(m.group(4), depth + 1)
            if m.group(1):
                return STYLES[m.group(1)](self.values.get(m.group(2) or m.group(3), 0))
            return ""

        text = _DECORATION.sub("", _FORM.sub(part, form)).strip()
        # A chapter or section that has not begun yet is not printed: 0.1 → 1 in classes that guard it.
        return re.sub(r"^0\.(?=\d+$)", "", text) if name in ("equation", "figure", "table") and self.chapters else text
