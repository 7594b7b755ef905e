"""`baremath explain`: how a saved model gets the prediction of one row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baremath.cli import console, files
from baremath.cli.errors import UsageError

if TYPE_CHECKING:
    from baremath.ladder import TableModel
    from baremath.maths import Derivation


def explain(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model saved by baremath fit --save.")
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="CSV, TSV or Parquet, or a built-in table's name.")
    ],
    row: Annotated[int, typer.Option(min=0, help="Which row; the first is 0, as in Python.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, every number to full precision.")
    ] = False,
    as_latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page that opens offline.")] = None,
) -> None:
    """Explain the prediction of one row of DATA, step by step, with its numbers put in.

    Where DATA has the target too, the loss of the row and its gradient are shown as well.
    """
    if as_json + as_latex + (html is not None) > 1:
        raise UsageError("--json, --latex and --html each say what to write: choose one")
    files.check_output("--html", html, files.PAGES)
    derivation = _derive(files.load_model(model), files.read_source(data), row)
    if html is not None:
        from baremath.report import write_derivation

        write_derivation(derivation, html)
        console.print_prose(console.messages(), f"explanation written to {html}")
    elif as_json:
        console.print_json(derivation.to_dict())
    elif as_latex:
        print(derivation.to_latex())
    else:
        console.results().print(derivation)


def _derive(model: TableModel, source: files.Source, row: int) -> Derivation:
    rows = source.table.height
    if row >= rows:
        raise UsageError(f"--row {row}: {source.name} has {rows:,} rows, 0 to {rows - 1}")
    known = model.target_name_ in source.table.columns
    y = source.table[model.target_name_] if known else None
    return model.explain(source.table, y, row=row)
