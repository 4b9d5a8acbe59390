"""Numbers against a model of LaTeX's counters, written apart from the reader, on papers made at random."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from paperc.read import read
from paperc.source import SourceTree

ROW = st.sampled_from(["plain", "notag", "tag"])
ITEM = st.one_of(
    st.just(("section",)),
    st.just(("subsection",)),
    st.just(("section*",)),
    st.just(("appendix",)),
    st.just(("equation",)),
    st.just(("equation*",)),
    st.just(("multline",)),
    st.just(("\\[",)),
    st.just(("theorem",)),
    st.just(("lemma",)),
    st.just(("figure",)),
    st.just(("setcounter",)),
    st.tuples(st.sampled_from(["align", "gather", "eqnarray", "align*"]), st.lists(ROW, min_size=1, max_size=4)),
    st.tuples(st.just("subequations"), st.lists(ROW, min_size=1, max_size=3)),
)


@dataclass
class Model:
    """What LaTeX does, one statement a rule."""

    within: bool
    section: int = 0
    subsection: int = 0
    equation: int = 0
    theorem: int = 0
    figure: int = 0
    appendix: bool = False
    numbers: list[str | None] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    source: list[str] = field(default_factory=list)

    def the_section(self) -> str:
        return chr(64 + self.section) if self.appendix and self.section else str(self.section)

    def the_equation(self) -> str:
        return f"{self.the_section()}.{self.equation}" if self.within else str(self.equation)

    def step(self) -> str:
        self.equation += 1
        return self.the_equation()

    def label(self, number: str) -> str:
        name = f"l{len(self.labels)}"
        self.labels[name] = number
        return f"\\label{{{name}}}"

    def add(self, item: tuple[object, ...]) -> None:
        match item:
            case ("section",):
                self.section, self.subsection = self.section + 1, 0
                self.equation = 0 if self.within else self.equation
                self.source.append(f"\\section{{S}}{self.label(self.the_section())}")
            case ("subsection",):
                self.subsection += 1
                self.source.append(f"\\subsection{{T}}{self.label(f'{self.the_section()}.{self.subsection}')}")
            case ("section*",):
                self.source.append("\\section*{U}")
            case ("appendix",):
                if not self.appendix:
                    self.appendix, self.section, self.subsection = True, 0, 0
                    self.source.append("\\appendix")
                    self.add(("section",))
            case ("equation" | "multline" as name,):
                number = self.step()
                self.numbers.append(number)
                self.source.append(f"\\begin{{{name}}} a {self.label(number)} \\end{{{name}}}")
            case ("equation*",):
                self.numbers.append(None)
                self.source.append("\\begin{equation*} a \\end{equation*}")
            case ("\\[",):
                self.numbers.append(None)
                self.source.append("\\[ a \\]")
            case ("theorem" | "lemma" as name,):
                self.theorem += 1
                self.source.append(f"\\begin{{{name}}}{self.label(str(self.theorem))} T. \\end{{{name}}}")
            case ("figure",):
                self.figure += 1
                self.source.append(f"\\begin{{figure}}\\caption{{C}}{self.label(str(self.figure))}\\end{{figure}}")
            case ("setcounter",):
                self.equation = 7
                self.source.append("\\setcounter{equation}{7}")
            case ("subequations", list() as rows):
                number = self.step()
                outer = self.label(number)
                body = self.rows("align", rows, number)
                self.source.append(f"\\begin{{subequations}}{outer}{body}\\end{{subequations}}")
            case (str() as name, list() as rows):
                self.source.append(self.rows(name, rows, None))

    def rows(self, name: str, rows: list[str], parent: str | None) -> str:
        out, numbers, part = [], [], 0
        for row in rows:
            if row == "tag":
                numbers.append("T")
                out.append(f"x &= y \\tag{{T}} {self.label('T')}")
            elif row == "notag" or name.endswith("*"):
                numbers.append(None)
                out.append("x &= y \\nonumber")
            else:
                part += 1
                number = f"{parent}{chr(96 + part)}" if parent else self.step()
                numbers.append(number)
                out.append(f"x &= y {self.label(number)}")
        printed = [n for n in numbers if n is not None]
        self.numbers += printed or [None]
        return f"\\begin{{{name}}} " + " \\\\ ".join(out) + f" \\end{{{name}}}"


@given(st.lists(ITEM, max_size=14), st.booleans())
@settings(max_examples=200, deadline=None)
def test_numbers_and_labels_are_those_of_latex(items: list[tuple[object, ...]], within: bool) -> None:
    model = Model(within)
    for item in items:
        model.add(item)
    preamble = "\\newtheorem{theorem}{Theorem}\\newtheorem{lemma}[theorem]{Lemma}" + "\\numberwithin{equation}{section}" * within  # fmt: skip
    text = f"\\documentclass{{article}}\n{preamble}\n\\begin{{document}}\n" + "\n".join(model.source) + "\n\\end{document}\n"  # fmt: skip
    document = read(SourceTree("case", "p.tex", {"p.tex": text.encode()}))
    assert [e.number for e in document.equations] == model.numbers
    assert document.labels == model.labels
