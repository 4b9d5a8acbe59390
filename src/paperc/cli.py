"""The command line: the verbs of the package for a shell. Results go to stdout, everything else to stderr.

Imports of the stages stand inside the verbs: `paperc --version` and `--help` must not pay for PyTorch.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import PapercError

app = typer.Typer(
    name="paperc",
    help="The paper compiler: from a research paper to PyTorch code that carries its own evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Source = Annotated[
    str, typer.Argument(help="A .tex file, a folder, or an archive (.tar.gz, .zip, .gz).", metavar="SOURCE")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def _version(show: bool) -> None:
    if show:
        typer.echo(f"paperc {installed_version('paperc')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@contextmanager
def _reported() -> Iterator[None]:
    """Turns the errors a user can act on into diagnostics and an exit code; nobody sees a traceback."""
    from .report.terminal import print_diagnostics

    try:
        yield
    except PapercError as error:
        print_diagnostics(error.diagnostics, fallback=str(error))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("paperc: interrupted; nothing was written", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:
        # The reader of our output went away (`paperc read … | head`): not an error of ours.
        sys.stderr.close()
        raise typer.Exit(0) from None


def _show(as_json: bool, data: Callable[[], dict[str, Any]], text: Callable[[], str]) -> None:
    if as_json:
        typer.echo(json.dumps(data(), ensure_ascii=False, indent=1))
    else:
        typer.echo(text())


@app.command()
def read(source: Source, as_json: AsJson = False) -> None:
    """Read the paper: sections, equations, algorithms and tables, numbered as printed."""
    from .read import document_json, outline
    from .read import read as read_paper
    from .report.terminal import print_diagnostics

    with _reported():
        document = read_paper(source)
        _show(as_json, lambda: document_json(document), lambda: outline(document))
        print_diagnostics(document.diagnostics, document.files)


@app.command()
def spec(source: Source, as_json: AsJson = False) -> None:
    """Say what the paper asks to be built: architecture, training, evaluation, and what is missing."""
    from .read import read as read_paper
    from .report.terminal import print_diagnostics
    from .spec import spec_json, spec_text, understand

    with _reported():
        document = read_paper(source)
        result = understand(document)
        _show(as_json, lambda: spec_json(result), lambda: spec_text(result))
        print_diagnostics((*document.diagnostics, *result.diagnostics), document.files)


@app.command()
def build(
    source: Source,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Where the package goes (default: ./<slug of the title>)."),
    ] = None,
    no_verify: Annotated[bool, typer.Option("--no-verify", help="Emit without running any check.")] = False,
) -> None:
    """Build the package: code, tests, documents and the evidence that the code is the paper."""
    from .pipeline import build as build_package
    from .report.terminal import Progress, print_changes, print_diagnostics, print_verdicts

    with _reported():
        with Progress() as progress:
            result = build_package(source, output, verify=not no_verify, progress=progress.step)
        print_diagnostics(result.diagnostics, result.files)
        print_changes(result.changes)
        print_verdicts(result.evidence)
        typer.echo(f"wrote  {result.folder}")
        typer.echo(f"report {result.folder / 'report.html'}")
        if not result.compiled:
            typer.echo("paperc: no equation or algorithm could be compiled; see the gaps in the report", err=True)
            raise typer.Exit(1)


@app.command()
def check(
    source: Source,
    code: Annotated[
        Path, typer.Option("--code", metavar="FILE.py", help="The implementation: a Python file or package.")
    ],
    bindings: Annotated[
        Path | None,
        typer.Option("--map", metavar="MAP.toml", help="A [bind] table: function name = equation number or label."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold anyone's code against the paper's equations."""
    from .pipeline import check as check_code

    with _reported():
        report = check_code(source, code, bindings)
        _show(as_json, report.to_json, report.to_text)
        if not report.ok:
            raise typer.Exit(1)


@app.command()
def refs(source: Source, as_json: AsJson = False) -> None:
    """List what the paper itself points to: official code, other code, and its bibliography."""
    from .read import read as read_paper
    from .refs import references, refs_json, refs_text

    with _reported():
        found = references(read_paper(source))
        _show(as_json, lambda: refs_json(found), lambda: refs_text(found))


def main() -> None:
    """Entry point; usage errors exit with 2."""
    app()
