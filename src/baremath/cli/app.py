"""The command `baremath`: its sub-commands, and the options they share."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from baremath import __version__
from baremath.cli import console, errors
from baremath.cli.datasets import datasets
from baremath.cli.explain import explain
from baremath.cli.fit import fit
from baremath.cli.playground import playground
from baremath.cli.predict import predict

app = typer.Typer(
    name="baremath",
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (fit, predict, explain, playground, datasets):
    app.command()(command)


def _show_version(wanted: bool) -> None:
    if wanted:
        console.results().print(f"baremath {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def baremath(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error; may stand anywhere."),
    ] = False,
) -> None:
    """Machine learning with the maths laid bare.

    Which model predicts your table, how well, and why: baremath fit data.csv --target price
    """
    if context.invoked_subcommand is None:
        context.get_help()  # typer prints what it returns by rich
        raise typer.Exit(errors.USAGE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What was typed after the program's name; `sys.argv[1:]` if not given.

    Returns
    -------
    int
        The exit status: 0, 1 where the data are at fault, 2 where the command is, 130 after Ctrl-C.

    Examples
    --------
    >>> from baremath.cli import main
    >>> main(["--version"])
    baremath ...
    0
    """
    typed = list(sys.argv[1:] if arguments is None else arguments)
    # Taken out here, so that it may stand before or after the command and works even where
    # the rest can't be understood. A file of that name is still ./--debug.
    debug = "--debug" in typed
    typed = [argument for argument in typed if argument != "--debug"]
    console.prepare_streams()
    return errors.guard(lambda: _dispatch(typed), debug=debug)


def _dispatch(typed: list[str]) -> None:
    command = typer.main.get_command(app)
    # Not command.main(): that has its own ideas of errors, Ctrl-C and closed pipes.
    with command.make_context("baremath", typed) as context:
        command.invoke(context)
