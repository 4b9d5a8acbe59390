"""The command line: the verbs of the package for a shell. Results go to stdout, everything else to stderr.

Imports of the stages stand inside the verbs: `paperc --version` and `--help` must not pay for PyTorch.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

app = typer.Typer(
    name="paperc",
    help="The paper compiler: from a research paper to PyTorch code that carries its own evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

T = TypeVar("T")
Source = Annotated[
    str, typer.Argument(help="A .tex file, a folder, an archive (.tar.gz, .zip, .gz).", metavar="SOURCE")
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


@app.command()
def read(source: Source, as_json: AsJson = False) -> None:
    """What the paper says: sections, numbered equations, algorithms, tables."""
    from . import pipeline
    from .read import document_json, outline
    from .report.terminal import print_diagnostics

    document = _or_exit(lambda: pipeline.read(source))
    print_diagnostics(document.diagnostics, document.files)
    _print(document_json(document) if as_json else outline(document))


@app.command()
def spec(
    source: Source,
    as_json: AsJson = False,
    settings: Annotated[Path | None, typer.Option(help="A paper.toml with your choices.")] = None,
) -> None:
    """What to build: symbols, claims, architecture, training, evaluation, and what is missing."""
    from . import pipeline
    from .report.spec_view import spec_json, spec_text
    from .report.terminal import print_diagnostics

    document, found = _or_exit(lambda: pipeline.spec(source, settings=settings))
    print_diagnostics(found.diagnostics, document.files)
    _print(spec_json(found) if as_json else spec_text(found))


@app.command()
def build(
    source: Source,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="The package's folder (default: its title).")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="Run the emitted code against the paper.")
    ] = True,
    train: Annotated[
        bool, typer.Option("--train", help="Train an emitted network on small data too, beside its control (minutes).")
    ] = False,
    settings: Annotated[Path | None, typer.Option(help="A paper.toml (default: that of the former build).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite emitted files that you have edited.")] = False,
) -> None:
    """Emit the package, run it against the paper, and leave the evidence beside it."""
    from . import pipeline
    from .report.terminal import Progress, print_build, print_changes, print_diagnostics

    if train and not verify:
        raise typer.BadParameter("--train needs verification: leave out --no-verify")
    with Progress() as progress:
        built = _or_exit(
            lambda: pipeline.build(
                source, output, verify=verify, train=train, settings=settings, force=force, progress=progress.step
            )
        )
    print_diagnostics(built.record.all_diagnostics, built.record.document.files)
    print_changes(built.changes)
    print_build(built.record, built.folder)
    if built.record.document.errors:
        # The package holds what could be read; a script must not take it for the whole paper.
        print("the paper was read only in part: see the errors above", file=sys.stderr)
        raise typer.Exit(2)
    if not built.record.compiled:
        raise typer.Exit(1)


@app.command()
def check(
    source: Source,
    code: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE", help="A .py file, a folder, an installed module or package:attribute; may be given again."
        ),
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(metavar="MODULE:CLASS", help="Instead: a module to hold the emitted model against, part by part."),
    ] = None,
    bindings: Annotated[
        Path | None, typer.Option("--map", metavar="M.toml", help="A TOML file whose [bind] table names the functions.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold anyone's code against the paper's equations: equal, different and why, or not bound."""
    from . import pipeline
    from .check import check_json, check_text, reference_json, reference_text
    from .report.terminal import Progress, print_diagnostics, printable

    if (code is None) == (reference is None):
        raise typer.BadParameter("give --code or --reference")
    if reference is not None:
        with Progress() as progress:
            compared = _or_exit(lambda: pipeline.compare(source, reference, progress.step))
        _print(reference_json(compared) if as_json else printable(reference_text(compared)))
        if compared.exit_code:
            raise typer.Exit(compared.exit_code)
        return
    with Progress() as progress:
        found = _or_exit(lambda: pipeline.check(source, code or (), bindings=bindings, progress=progress.step))
    print_diagnostics(found.report.diagnostics, found.document.files)
    _print(check_json(found.report) if as_json else printable(check_text(found.report)))
    if found.report.exit_code:
        raise typer.Exit(found.report.exit_code)


@app.command()
def refs(source: Source, as_json: AsJson = False) -> None:
    """What the paper itself refers to: official code, other links, its bibliography."""
    from . import pipeline
    from .refs import refs_json, refs_text
    from .report.terminal import print_diagnostics

    document, found = _or_exit(lambda: pipeline.references(source))
    print_diagnostics(document.diagnostics, document.files)
    _print(refs_json(found) if as_json else refs_text(found))


def _print(result: dict[str, Any] | str) -> None:
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, indent=1)
    sys.stdout.write(text.rstrip("\n") + "\n")


def _or_exit(work: Callable[[], T]) -> T:
    """The result, or the diagnostics of what went wrong and its exit code."""
    from .errors import PapercError

    try:
        return work()
    except PapercError as error:
        _fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except Exception as bug:
        _report_bug(bug)


def _fail(error: Any) -> NoReturn:
    from .report.terminal import print_diagnostics

    print_diagnostics(error.diagnostics, getattr(error, "files", ()))
    raise typer.Exit(error.exit_code)


def _report_bug(bug: Exception) -> NoReturn:
    """An error of paperc itself: say so, in one line unless the whole story is asked for."""
    if os.environ.get("PAPERC_DEBUG"):
        raise bug
    last = (str(bug).strip().splitlines() or [""])[-1]
    print(f"error[internal]: {type(bug).__name__}: {last}", file=sys.stderr)
    print("  help: this is a fault of paperc, not of the paper; set PAPERC_DEBUG=1 for the full story", file=sys.stderr)
    raise typer.Exit(3)


def main() -> None:
    """Entry point; usage errors exit with 2."""
    app()
