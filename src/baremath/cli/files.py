"""The files a command reads and writes: checked before the work, replaced only when complete."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from baremath.cli.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from baremath.ladder import TableModel

TABLES = (".csv", ".tsv", ".parquet")
MODELS = (".skops",)
PAGES = (".html", ".htm")


@dataclass(frozen=True)
class Source:
    """A table and what is known of it before anybody looks inside.

    Parameters
    ----------
    name : str
        As the user typed it.
    table : polars.DataFrame
    target : str, optional
        The column a built-in table is there to predict; a file names none.
    task : str, optional
        "regression" or "classification", for a built-in table.
    """

    name: str
    table: pl.DataFrame
    target: str | None = None
    task: str | None = None


def read_source(name: str) -> Source:
    """Read the built-in table called `name`, or else the file.

    Raises
    ------
    baremath.datasets.TableError
        If the file is missing or can't be read as a table.
    """
    from baremath.datasets import DATASETS, read_table

    if name in DATASETS:
        known = DATASETS[name]
        return Source(name, known.load(), known.target, known.task)
    if not Path(name).suffix and not Path(name).exists():
        raise ValueError(_nothing_called(name, list(DATASETS)))
    return Source(name, read_table(Path(name)))


def _nothing_called(name: str, tables: list[str]) -> str:
    near = difflib.get_close_matches(name.lower(), tables, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"built in are {', '.join(tables)}"
    return f"{name}: no such file, and no built-in table of that name; {hint}"


def load_model(path: Path) -> TableModel:
    """Read a model that ``baremath fit --save`` wrote.

    Raises
    ------
    ValueError
        If the file is no such model.
    """
    from baremath.ladder import TableModel
    from baremath.persistence import load

    model = load(path)
    if not isinstance(model, TableModel):
        raise ValueError(
            f"{path}: holds a {type(model).__name__}, which doesn't know the table it was fitted "
            "on; save one with baremath fit --save"
        )
    return model


def check_output(option: str, path: Path | None, suffixes: tuple[str, ...]) -> None:
    """Refuse, before any work is done, a place that `option` couldn't be written to.

    Parameters
    ----------
    option : str
        The option that named it, for the message: ``"--report"``.
    path : Path, optional
        Nothing is checked where there is none.
    suffixes : tuple of str
        The endings that say what kind of file it will be.

    Raises
    ------
    UsageError
        If the ending is another, the folder is missing or closed, or something there isn't a file.
    """
    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        endings = " or ".join(suffixes)
        raise UsageError(f"{option} {path}: the name has to end in {endings}")
    if path.exists() and not path.is_file():
        raise UsageError(f"{option} {path}: is a {'folder' if path.is_dir() else 'device'}")
    if not path.parent.is_dir():
        raise UsageError(f"{option} {path}: there is no folder {path.parent}; create it first")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{option} {path}: no permission to write in {path.parent}")


def check_not_input(option: str, output: Path | None, source: str) -> None:
    """Refuse an output that is the input file under whatever name."""
    if output and output.exists() and Path(source).exists() and output.samefile(source):
        raise UsageError(f"{option} {output}: is the input itself; choose another name")


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write `table` in the format that the ending of `path` says, all of it or nothing."""
    from baremath.files import atomic_write

    with atomic_write(path) as partial:
        match path.suffix.lower():
            case ".parquet":
                table.write_parquet(partial)
            case ".tsv":
                table.write_csv(partial, separator="\t")
            case _:
                table.write_csv(partial)


def csv_chunks(table: pl.DataFrame, rows: int = 10_000) -> Iterator[bytes]:
    r"""Yield `table` as CSV in UTF-8, some rows at a time.

    >>> import polars as pl
    >>> list(csv_chunks(pl.DataFrame({"x": [1, 2, 3]}), rows=2))
    [b'x\n1\n2\n', b'3\n']
    """
    if table.is_empty():
        yield table.write_csv().encode()
    for start, part in enumerate(table.iter_slices(rows)):
        yield part.write_csv(include_header=start == 0).encode()
