"""The command line: the verbs of the package for a shell. Results go to stdout, everything else to stderr.

Imports of the stages stand inside the verbs: `paperc --version` and `--help` must not pay for PyTorch.
"""

from __future__ import annotations

from importlib.metadata import version as installed_version
from typing import Annotated

import typer

app = typer.Typer(
    name="paperc",
    help="The paper compiler: from a research paper to PyTorch code that carries its own evidence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


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


def main() -> None:
    """Entry point; usage errors exit with 2."""
    app()
