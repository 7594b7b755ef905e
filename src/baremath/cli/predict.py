"""`baremath predict`: a saved model's predictions beside the rows they are for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from baremath.cli import console, files

if TYPE_CHECKING:
    import polars as pl

    from baremath.ladder import TableModel


def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model saved by baremath fit --save.")
    ],
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="CSV, TSV or Parquet, or a built-in table's name.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write .csv, .tsv or .parquet; else CSV to stdout."),
    ] = None,
) -> None:
    """Predict every row of DATA: its columns, then the prediction.

    A classifier adds the probability of each class too, as P(class).
    """
    files.check_output("--output", output, files.TABLES)
    files.check_not_input("--output", output, data)
    fitted = files.load_model(model)
    table = add_predictions(fitted, files.read_source(data).table)
    if output is None:
        for chunk in files.csv_chunks(table):
            sys.stdout.buffer.write(chunk)
    else:
        files.write_table(table, output)
        console.print_prose(console.messages(), f"{table.height:,} predictions written to {output}")


def add_predictions(model: TableModel, table: pl.DataFrame) -> pl.DataFrame:
    """Return `table` with a column ``target_predicted``, and ``P(class)`` for each class.

    Raises
    ------
    ValueError
        If the table has a column of such a name already.
    """
    import polars as pl

    columns = {f"{model.target_name_}_predicted": model.predict(table)}
    if model.task == "classification" and hasattr(model, "predict_proba"):
        for label, share in zip(model.classes_, model.predict_proba(table).T, strict=True):
            columns[f"P({label})"] = share
    taken = [name for name in columns if name in table.columns]
    if taken:
        raise ValueError(
            f"the table already has a column {taken[0]!r}, the name of a prediction; "
            "rename or remove it first"
        )
    return table.with_columns(pl.Series(name, values) for name, values in columns.items())
