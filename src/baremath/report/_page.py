"""Pages put together: facts from a climb or a derivation, layout from the templates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from baremath.report.format import duration, quantity, score, signed

if TYPE_CHECKING:
    from baremath.ladder import Climb
    from baremath.maths import Derivation


def write_report(climb: Climb, path: str | os.PathLike[str]) -> None:
    """Write all that was found about one table as one HTML file that opens offline.

    The page holds its styles, formulas (MathML) and pictures (SVG); it loads nothing, runs
    nothing, and says so to the browser by a Content-Security-Policy. An older file of the name
    is replaced only when the new one is complete.

    Parameters
    ----------
    climb : Climb
        What `baremath.ladder.climb` returned.
    path : str or path-like
        Where to write; the folder must exist.

    Raises
    ------
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import polars as pl
    >>> from baremath.ladder import climb
    >>> from baremath.report import write_report
    >>> table = pl.DataFrame({"x": range(40), "y": [2.0 * x + x % 3 for x in range(40)]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_report(climb(table, "y"), Path(folder, "report.html"))
    ...     Path(folder, "report.html").read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    from baremath.report._columns import describe_columns
    from baremath.report._own import other_rungs
    from baremath.report._pictures import picture_of_rungs, pictures_of_best
    from baremath.report._typical import explain_row, typical_row

    row = typical_row(climb)
    best = next(rung for rung in climb.models if rung.name == climb.best)
    _write(
        path,
        "report.html",
        climb=climb,
        best=best,
        columns=describe_columns(climb),
        rungs=picture_of_rungs(climb),
        pictures=pictures_of_best(climb),
        others=other_rungs(climb),
        row=row,
        derivation=explain_row(climb, row),
    )


def write_derivation(derivation: Derivation, path: str | os.PathLike[str]) -> None:
    """Write one derivation as an HTML file that opens offline, in the style of the report.

    Parameters
    ----------
    derivation : Derivation
        What a model's `explain` returned.
    path : str or path-like
        Where to write; the folder must exist.

    Raises
    ------
    OSError
        If the file can't be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from baremath.linear_model import LinearRegression
    >>> from baremath.report import write_derivation
    >>> X, y = [[1.0], [2.0], [4.0]], [3.0, 5.0, 9.0]
    >>> derivation = LinearRegression().fit(X, y).explain(X, y, row=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_derivation(derivation, Path(folder, "row.html"))
    ...     Path(folder, "row.html").read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    _write(path, "derivation.html", derivation=derivation)


def _write(path: str | os.PathLike[str], template: str, **facts: Any) -> None:
    """Fill in `template` and write the page, all of it or nothing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from baremath import __version__
    from baremath.files import atomic_write

    environment = Environment(
        loader=PackageLoader("baremath.report"),
        autoescape=True,  # every name in the data is a stranger's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(score=score, signed=signed, duration=duration, quantity=quantity)
    page = environment.get_template(template).render(version=__version__, **facts)
    with atomic_write(path) as partial:
        partial.write_text(page, encoding="utf-8")
