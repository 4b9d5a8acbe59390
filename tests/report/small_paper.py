"""A small build record, made by hand around a small paper of our own."""

from pathlib import Path

from paperc.document import Document
from paperc.errors import Diagnostic
from paperc.formula import parse
from paperc.ir.dims import Dim
from paperc.ir.node import Along, Arg, Argument, ArrayType, Axis, Function, FunctionType, Index, Over
from paperc.provenance import Quote, Span
from paperc.read import read
from paperc.refs.paper import Link, References
from paperc.report.record import BuildRecord, Measurement
from paperc.source import open_source
from paperc.spec.model import (
    Architecture,
    Choice,
    Claim,
    Contribution,
    Evaluation,
    Gap,
    PaperSpec,
    Result,
    Statement,
    Training,
    Value,
)
from paperc.verify.record import Check, Mutation, Verdict, Verification

PAPER = r"""
\documentclass{article}
\title{Gated sums}
\author{A. Author and B. Writer}
\begin{document}
\maketitle
\begin{abstract}
We propose gated sums, which weigh their inputs by a softmax.
\end{abstract}
\section{Method}
\label{sec:method}
The gates of an input $x \in \mathbb{R}^{d}$ are
\begin{equation}
  g(x) = \mathrm{softmax}(W x / \tau) \label{eq:gate}
\end{equation}
where we use a temperature of $\tau = 0.5$ everywhere.

They sum to one:
\begin{equation}
  \sum_{i=1}^{n} g_i = 1 \label{eq:one}
\end{equation}
The loss compares the output with its target,
\begin{equation}
  L = d(f(x), y) . \label{eq:loss}
\end{equation}
\section{Results}
\begin{table}
\caption{Error on the toy task.}
\begin{tabular}{lc}
Method & Error \\
Sum & 12.1 \\
Gated sum & 9.8 \\
\end{tabular}
\end{table}
Our code is available at \url{https://github.com/example/gated-sums}.
\end{document}
"""

CODE = '''"""Equations of "Gated sums"."""

from torch import Tensor


def gate(x: Tensor, W: Tensor, *, tau: float = 0.5) -> Tensor:
    r"""Eq. (1), §1: g(x) = softmax(W x / tau)."""
    return (W @ x / tau).softmax(-1)
'''


def read_paper(folder: Path) -> Document:
    """The paper, through the reader."""
    path = folder / "paper.tex"
    path.write_text(PAPER)
    return read(open_source(str(path)))


def quote(document: Document, words: str) -> Quote:
    """The words, where the paper has them."""
    source = document.files[0]
    start = source.text.index(words)
    line = source.text.count("\n", 0, start) + 1
    return Quote(words, Span(source.path, line, 1, start, start + len(words), line), "1")


def gate_function() -> Function:
    d, n = Axis(Dim.of("d")), Axis(Dim.of("n"))
    return Function(
        "eq:1",
        "eq:1",
        "gate",
        "g",
        (
            Argument("x", "x", ArrayType((d,))),
            Argument("W", "W", ArrayType((n, d)), "learnable"),
            Argument("tau", r"\tau", ArrayType(), "hyper-parameter", 0.5, "positive", "temperature", "C1"),
            Argument("f", "f", FunctionType((ArrayType((d,)),), ArrayType()), "callable"),
        ),
        (Index("i", "i", Over(n)),),
        Along("softmax", Arg("x"), 0),
        ArrayType(),
        "definition",
        ("A1",),
    )


def small_record(document: Document) -> BuildRecord:
    """A build of it: one function, one identity, one gap, one choice, one claim."""
    equations = document.equations
    kinds = ("definition", "identity", "objective")
    statements = tuple(
        Statement(e.id, e.id, kind, parse(e.latex).statements[0], e.latex, e.span, e.section)
        for e, kind in zip(equations, kinds, strict=True)
    )
    claims = (
        Claim(
            "C1",
            "training",
            "temperature",
            "0.5",
            quote(document, r"we use a temperature of $\tau = 0.5$"),
            0.5,
            r"\tau",
        ),
    )
    choice = Choice(
        "A1", "eq:1.axis", "outputs", ("outputs", "inputs"), "the paper does not name the axis", equations[0].span
    )
    gap = Gap(
        "G1",
        "the distance d of Eq. (3)",
        "d is used and nowhere defined",
        "a definition of d",
        equations[2].span,
        "eq:3",
        "eq:3.d",
        ("l1", "l2"),
    )
    spec = PaperSpec(
        document.title,
        document.authors,
        document.main,
        document.sha256,
        Contribution((quote(document, "We propose gated sums"),), (), ("eq:1",)),
        statements,
        {},
        claims,
        Architecture("mlp", (), {"hidden size": Value(None, gap="G1"), "axis": Value("outputs", choice="A1")}),
        Training({"temperature": Value(0.5, claim="C1")}),
        Evaluation(results=(Result("Error", "toy task", "Gated sum", "9.8", quote(document, "9.8"), 9.8, own=True),)),
    )
    checks = (
        Check("runs", True, "finite", "", "two sets of sizes", step="runs"),
        Check("conforms", True, 2.2e-16, 1e-9, "float64 evaluator", step="conforms"),
        Check("oracle", True, 1.1e-16, 1e-10, "torch.softmax", step="corroborated"),
    )
    verification = Verification(
        {
            "eq:1": Verdict("eq:1", "corroborated", checks, Mutation(10, 9, ("eq:1: scale dropped",))),
            "eq:2": Verdict("eq:2", "parsed", (Check("property: sums to one", True, 1e-16, 1e-9, "Eq. (2)"),)),
        },
        (Check("overfits one batch", True, 0.01, 0.1, "control does not"),),
        "landlock+seccomp",
    )
    return BuildRecord(
        document,
        spec,
        "gated_sums",
        "0.1.0",
        functions=(gate_function(),),
        files={"gated_sums/equations.py": CODE},
        verification=verification,
        references=References(
            (Link("https://github.com/example/gated-sums", "official code", "Our code", document.urls[0].span),), ()
        ),
        gaps=(gap,),
        choices=(choice,),
        diagnostics=(Diagnostic("undefined-symbol", "d is used and nowhere defined", equations[2].span, "define d"),),
        measurements=(Measurement("parameters", "1 × 10^3", "1,024", "agrees"),),
    )
